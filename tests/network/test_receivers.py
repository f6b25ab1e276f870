"""Whole runs against real servers and faulty receivers: what happened, how often the report was
sent, what waits."""
import email.utils
import hmac
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from world import HERE, CliTest, WorldTest, pki
from harness import PATIENCE, SLOWNESS, WRAPPER, main
from loopback import NGINX, free_port, nginx_configuration, self_signed, wait_for_port

class Faults(WorldTest):
    """A receiver that misbehaves first and then takes what comes."""

    def check_fault(self, receiver, run, delivered, statuses, error=None):
        """What the run says, what the receiver saw, what the outbox holds."""
        delivery, = run["report"]["deliveries"]
        self.assertEqual(delivery["delivery"], "delivered" if delivered else "queued", delivery)
        self.assertEqual(receiver.statuses(), statuses)
        self.assertEqual(delivery["attempts"], len(statuses))
        self.assertEqual(self.outbox(), [] if delivered else [(run["run_id"], receiver.url)])
        self.assertEqual({r["headers"]["Idempotency-Key"] for r in receiver.requests()},
                         {run["run_id"]})
        self.assertEqual(len({r["sha256"] for r in receiver.requests()}), 1)
        if error:
            self.assertRegex(delivery["error"], error)
        self.assertEqual([a["outcome"] for a in run["actions"]], ["done"] * len(run["actions"]))
        if not delivered:
            self.certroll("deliver")
        self.assertEqual(receiver.reports(), [run["run_id"]])

    def try_fault(self, *fault, delivered, statuses, error=None, timeout=20):
        receiver = self.receiver("--fail", *fault)
        start = time.monotonic()
        run = self.run_once(receiver.url, code=0 if delivered else 1, timeout=timeout)
        self.took = time.monotonic() - start
        self.assertLess(self.took, timeout + 10 * SLOWNESS)
        self.check_fault(receiver, run, delivered, statuses, error)

    def test_reset(self):
        self.try_fault("reset", delivered=True, statuses=["reset", 204])

    def test_reset_after_the_report_was_taken(self):
        self.try_fault("lost", delivered=True, statuses=["lost", 204])

    def test_stall(self):
        self.try_fault("stall", delivered=False, statuses=["stall"], error="imed? ?out", timeout=1)

    def test_busy_for_some_seconds(self):
        self.try_fault("503", "--retry-after", "2", delivered=True, statuses=[503, 204])
        self.assertGreaterEqual(self.took, 2)

    def test_busy_until_a_date(self):
        date = email.utils.formatdate(time.time() + 4, usegmt=True)
        self.try_fault("503", "--retry-after", date, delivered=True, statuses=[503, 204])

    def test_busy_for_longer_than_there_is_time(self):
        self.try_fault("503", "--retry-after", "3600", delivered=False, statuses=[503],
                       error="503")
        self.assertLess(self.took, 10 * SLOWNESS)

    def test_busy_until_a_date_that_is_too_late(self):
        date = email.utils.formatdate(time.time() + 3600, usegmt=True)
        self.try_fault("503", "--retry-after", date, delivered=False, statuses=[503], error="503")

    def test_too_many_requests(self):
        self.try_fault("429", delivered=True, statuses=[429, 204])

    def test_half_an_answer(self):
        self.try_fault("half", delivered=True, statuses=["half", 204])

    def test_half_a_status_line(self):
        self.try_fault("cut", delivered=True, statuses=["cut", 204])

    def test_no_http(self):
        self.try_fault("garbage", delivered=False, statuses=["garbage"], error="HTTP/0.9")

    def test_ten_megabytes(self):
        self.try_fault("large", delivered=True, statuses=["large"])

    def test_refused_for_good(self):
        self.try_fault("422", delivered=False, statuses=[422], error="422")

    @unittest.skipIf(WRAPPER, "it would slow down what wraps certroll")
    def test_resolver_that_hangs(self):
        start = time.monotonic()
        run = self.run_once("http://reports.example.invalid/", code=1, timeout=2,
                            LD_PRELOAD=os.environ["SLOW_RESOLVER"],
                            ASAN_OPTIONS="verify_asan_link_order=0")
        self.assertLess(time.monotonic() - start, 15)
        self.assertRegex(run["report"]["deliveries"][0]["error"], "imed out")
        self.assertEqual([run_id for run_id, _ in self.outbox()], [run["run_id"]])

    def test_redirect_to_another_host_takes_nothing_there(self):
        token = self.write("token", "t0ken-t0ken")
        other = self.receiver()
        first = self.receiver("--fail", "307", "--location", other.url)
        run = self.run_once(first.url, code=1, CERTROLL_REPORT_TOKEN_FILE=token)
        self.assertEqual(other.requests(), [])
        self.check_fault(first, run, False, [307], "redirect")

    def test_redirect_down_to_http_takes_nothing_there(self):
        plain = self.receiver()
        leaf = pki().leaf("receiver", dns=["localhost"])
        safe = self.receiver("--tls", leaf.pem(), leaf.key_file(), "--fail", "308", "--location",
                             plain.url, scheme="https")
        run = self.run_once(safe.url, code=1, CERTROLL_REPORT_CA=pki().root,
                            CERTROLL_REPORT_TOKEN="t0ken-t0ken")
        self.assertEqual((plain.requests(), safe.statuses()), ([], [308]))
        self.assertEqual(self.outbox(), [(run["run_id"], safe.url)])


class Tls(WorldTest):
    """Certificates that must not be taken, and those that must."""

    def refuse(self, cert, key, error, ca=None, untrusted=False):
        receiver = self.receiver("--tls", cert, key, scheme="https")
        run = self.run_once(receiver.url, code=1, CERTROLL_REPORT_CA=ca or pki().root)
        delivery, = run["report"]["deliveries"]
        self.assertEqual((delivery["delivery"], delivery["attempts"]), ("queued", 1))
        self.assertRegex(delivery["error"], error)
        self.assertEqual("CERTROLL_REPORT_CA" in delivery["error"], untrusted)
        self.assertEqual(receiver.requests(), [])
        self.assertEqual(self.outbox(), [(run["run_id"], receiver.url)])

    def test_wrong_host(self):
        leaf = pki().leaf("other", dns=["other.example.com"])
        self.refuse(leaf.pem(), leaf.key_file(), "localhost")

    def test_expired(self):
        leaf = pki().leaf("old", start=-30, end=-2, dns=["localhost"])
        self.refuse(leaf.pem(), leaf.key_file(), "expired")

    def test_not_yet_valid(self):
        leaf = pki().leaf("young", start=2, end=30, dns=["localhost"])
        self.refuse(leaf.pem(), leaf.key_file(), "not yet valid")

    def test_self_signed(self):
        self.refuse(*self_signed(self.folder), "self.signed", untrusted=True)

    def test_authority_of_somebody_else(self):
        leaf = pki().leaf("receiver", dns=["localhost"])
        self.refuse(leaf.pem(), leaf.key_file(), "unable to get|issuer",
                    ca=self_signed(self.folder)[0], untrusted=True)


@unittest.skipUnless(NGINX, "nginx is not installed")
class Nginx(WorldTest):
    """A receiver behind nginx, which does TLS."""

    def start_nginx(self, behind, client=""):
        leaf, port = pki().leaf("receiver", dns=["localhost"]), free_port()
        configuration = self.write("nginx.conf", nginx_configuration(
            self.folder, port, f"""
            ssl_certificate {leaf.pem()};
            ssl_certificate_key {leaf.key_file()};
            {client}
            location / {{ proxy_pass http://127.0.0.1:{behind.port}; }}
            """, main="master_process off;"))
        server = subprocess.Popen([NGINX, "-e", self.folder / "error.log", "-p", self.folder,
                                   "-c", configuration], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_for_port(port)
        return f"https://localhost:{port}/certroll"

    def test_authority_of_its_own(self):
        receiver = self.receiver()
        url = self.start_nginx(receiver)
        first = self.run_once(url, code=1)
        self.assertEqual((first["report"]["delivery"], receiver.requests()), ("queued", []))
        second = self.run_once(url, 1, code=0, CERTROLL_REPORT_CA=pki().root)
        self.assertEqual(receiver.reports(), [first["run_id"], second["run_id"]])
        self.assertEqual(self.outbox(), [])

    def test_client_certificate(self):
        receiver = self.receiver()
        url = self.start_nginx(receiver, f"ssl_client_certificate {pki().root};"
                                         "ssl_verify_depth 3; ssl_verify_client on;")
        client = pki().leaf("client")
        ours = {"CERTROLL_REPORT_CA": pki().root, "CERTROLL_REPORT_CERT": client.pem()}
        first = self.run_once(url, code=1, CERTROLL_REPORT_CA=pki().root)
        self.assertEqual(first["report"]["deliveries"][0]["error"], "the receiver answered 400")
        own, key = self_signed(self.folder)
        other = self.run_once(url, 1, code=1, CERTROLL_REPORT_CA=pki().root,
                              CERTROLL_REPORT_CERT=own, CERTROLL_REPORT_KEY=key)
        self.assertEqual(receiver.requests(), [])
        third = self.run_once(url, 2, code=0, CERTROLL_REPORT_KEY=client.key_file(), **ours)
        self.assertEqual(receiver.reports(), [run["run_id"] for run in (first, other, third)])
        self.assertEqual(self.run_once(url, code=0, **ours)["report"]["delivery"], "delivered",
                         "the key may stand with the certificate")

    def test_receiver_behind_it_that_is_gone(self):
        receiver = self.receiver()
        url = self.start_nginx(receiver)
        receiver.stop()
        run = self.run_once(url, code=1, timeout=1, CERTROLL_REPORT_CA=pki().root)
        delivery, = run["report"]["deliveries"]
        self.assertEqual((delivery["error"], delivery["attempts"]),
                         ("the receiver answered 502", 1),
                         "an attempt that could only time out would hide what was answered")
        self.assertEqual(self.outbox(), [(run["run_id"], url)])


class Proxies(WorldTest):
    """The usual variables."""

    def setUp(self):
        super().setUp()
        self.proxy = subprocess.Popen([sys.executable, "-B", str(HERE / "proxy.py")],
                                      stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.proxy.stdout.close)
        self.addCleanup(self.proxy.wait)
        self.addCleanup(self.proxy.terminate)
        self.address = f"http://127.0.0.1:{self.proxy.stdout.readline().strip()}"

    def seen(self):
        self.proxy.terminate()
        return self.proxy.stdout.read().splitlines()

    def test_http_goes_through_the_proxy(self):
        receiver = self.receiver()
        run = self.run_once(receiver.url, code=0, http_proxy=self.address)
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assertEqual(self.seen(), [f"POST {receiver.url} False"])

    def test_https_goes_through_it_unseen(self):
        leaf = pki().leaf("receiver", dns=["localhost"])
        receiver = self.receiver("--tls", leaf.pem(), leaf.key_file(), scheme="https")
        run = self.run_once(receiver.url, code=0, https_proxy=self.address,
                            CERTROLL_REPORT_CA=pki().root, CERTROLL_REPORT_TOKEN="t0ken-t0ken")
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assertEqual(receiver.requests()[0]["headers"]["Authorization"], "Bearer t0ken-t0ken")
        self.assertEqual(self.seen(), [f"CONNECT localhost:{receiver.port} False"])

    def test_no_proxy_is_obeyed(self):
        receiver = self.receiver()
        self.run_once(receiver.url, code=0, http_proxy=self.address, no_proxy="localhost")
        self.assertEqual((len(receiver.reports()), self.seen()), (1, []))

    def test_proxy_that_is_gone(self):
        receiver = self.receiver()
        self.seen()
        self.proxy.wait()
        run = self.run_once(receiver.url, code=1, timeout=1, http_proxy=self.address)
        self.assertEqual(receiver.requests(), [])
        self.assertEqual(self.outbox(), [(run["run_id"], receiver.url)])


@unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
class Manual(CliTest):
    """The receiver that stands in certroll(8)."""

    @staticmethod
    def text():
        page = HERE.parents[1] / "docs/certroll.8"
        shown = subprocess.run(["mandoc", "-Tascii", "-Owidth=200", page], check=True, text=True,
                               capture_output=True).stdout
        lines = re.sub(".\x08", "", shown).splitlines()
        first = next(i for i, line in enumerate(lines) if line.strip().startswith("import hmac"))
        last = next(i for i, line in enumerate(lines) if line.endswith("serve_forever()"))
        indent = len(lines[first]) - len(lines[first].lstrip())
        return "".join(line[indent:] + "\n" for line in lines[first:last + 1])

    def setUp(self):
        super().setUp()
        program, self.port = self.write("receiver.py", self.text()), free_port()
        self.kept = self.folder / "kept"
        self.kept.mkdir()
        with open(self.folder / "log", "wb") as log:
            receiver = subprocess.Popen([sys.executable, program, str(self.port)], cwd=self.kept,
                                        stderr=log, env={**os.environ, "SECRET": "hmac-hmac"})
        self.addCleanup(receiver.wait)
        self.addCleanup(receiver.send_signal, signal.SIGKILL)
        wait_for_port(self.port)

    def post(self, key="run", age=0, secret=b"hmac-hmac", **headers):
        """The status that a request of our own is answered with."""
        sent = f"{int(time.time()) - age}"
        code = hmac.digest(secret, sent.encode() + b".<p>", "sha256").hex()
        headers = {"Idempotency-Key": key, "X-Certroll-Signature": f"t={sent},v1={code}", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/", b"<p>", headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def names(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.html"))

    def test_function_has_ten_lines(self):
        function = self.text().partition("\n")[2].rpartition("\nwsgiref")[0]
        self.assertTrue(function.startswith("def receive("))
        self.assertEqual(len(function.splitlines()), 10)
        self.assertNotIn(";", function)

    def test_it_takes_what_is_signed_and_nothing_else(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"},
                                 report={"url": f"http://127.0.0.1:{self.port}/"})
        for env in {}, {"CERTROLL_REPORT_SECRET": "another"}:
            run = self.apply("-o", "json", manifest, env=env, code=1).json
            self.assertRegex(run["report"]["deliveries"][0]["error"], "the receiver answered 403$")
        self.assertEqual(list(self.kept.iterdir()), [])
        other = self.manifest({"path": pki().leaf("mail").pem(), "type": "Default"},
                              report={"url": f"http://127.0.0.1:{self.port}/"})
        run = self.apply("-o", "json", other, env={"CERTROLL_REPORT_SECRET": "hmac-hmac"}).json
        name = f"{run['run_id']}.html"
        self.assertEqual((self.kept / name).read_bytes(),
                         (self.store / "reports" / name).read_bytes())
        self.assertEqual(len(list(self.kept.iterdir())), 3, "and what had waited")

    def test_it_refuses_what_is_old_or_another_signed(self):
        signature = "X-Certroll-Signature"
        self.assertEqual([self.post(age=600), self.post(secret=b"x"), self.post(**{signature: ""}),
                          self.post(**{signature: "t=,v1="}), self.post(**{signature: "\xe9" * 9})],
                         [403] * 5)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.post(age=60), 204)
        self.assertEqual(self.names(), ["kept/run.html"])

    def test_it_keeps_one_report_a_key_and_in_its_folder(self):
        for key in "../out", f"{self.folder}/out", "a.b", "a.b", "":
            self.assertEqual(self.post(key), 204)
        self.assertEqual({name.rpartition("/")[0] for name in self.names()}, {"kept"})
        self.assertEqual(len(self.names()), 4)


if __name__ == "__main__":
    main()
