"""Reports on their way to a receiver that is there, or is not."""
import fcntl
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import ROOT, CliTest, fingerprints, main, pki

QUICK = {"CERTROLL_REPORT_TIMEOUT": "1"}


class Receiver:
    """tests/network/receiver.py in a folder of its own; it can be stopped, and started anew on the
    same port."""

    def __init__(self, folder, *arguments):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.process, self.port = None, 0
        self.start(*arguments)
        self.url = f"http://127.0.0.1:{self.port}/reports"

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(ROOT / "tests/network/receiver.py"), "--dir", str(self.dir),
             "--port", str(self.port), *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def requests(self):
        log = self.dir / "requests.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def reports(self):
        """The ids of the runs whose reports arrived, in order."""
        return [path.stem[5:] for path in sorted(self.dir.glob("*.html"))]


class Delivery(CliTest):
    def setUp(self):
        super().setUp()
        leaves = [pki().leaf("web"), pki().leaf("other")]
        self.manifests = [self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                                        file=f"{i}.yaml") for i, leaf in enumerate(leaves)]
        self.edge = self.manifests[0]

    def receiver(self, *arguments):
        receiver = Receiver(self.folder, *arguments)
        self.addCleanup(lambda: receiver.process.poll() is None and receiver.stop())
        return receiver

    def post(self, url, manifest=None, *arguments, code=0, env=None):
        """Applies with a report to a URL; the run's JSON."""
        return self.apply("-o", "json", manifest or self.edge, "--report-url", url, *arguments,
                          code=code, env=env or QUICK).json

    def dead_url(self):
        receiver = self.receiver()
        receiver.stop()
        return receiver.url

    def test_report_arrives_with_its_headers(self):
        receiver = self.receiver()
        first = self.post(receiver.url)
        self.assertEqual(first["report"],
                         {"file": None, "url": receiver.url, "delivery": "delivered"})
        again = self.post(receiver.url)
        broken = self.manifest({"path": "none.pem"}, name="broken")
        failed = self.post(receiver.url, broken, code=1)
        for request, run, result in zip(receiver.requests(), (first, again, failed),
                                        ("changed", "ok", "failed"), strict=True):
            self.assertEqual((request["method"], request["path"], request["status"]),
                             ("POST", "/reports", 204))
            headers = request["headers"]
            self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
            self.assertEqual(headers["Idempotency-Key"], run["run_id"])
            self.assertEqual(headers["X-Certroll-Result"], result)
        self.assertEqual(receiver.reports(), [r["run_id"] for r in (first, again, failed)])

    def test_what_arrives_is_the_report_that_is_kept(self):
        receiver = self.receiver()
        run = self.post(receiver.url, None, "--report", self.folder / "r.html")
        body = next(receiver.dir.glob("*.html")).read_bytes()
        self.assertEqual(body, (self.folder / "r.html").read_bytes())
        script = re.search(rb'<script type="application/json"[^>]*>(.*?)</script>', body, re.S)
        self.assertEqual(json.loads(script[1])["run_id"], run["run_id"])
        self.assertEqual(self.history()[0]["run"]["report"]["delivery"], "delivered")

    def test_run_with_nothing_to_do_posts_and_leaves_no_trace(self):
        receiver = self.receiver()
        self.apply(self.edge)
        before = fingerprints(self.store)
        run = self.post(receiver.url)
        self.assertEqual(run["report"]["delivery"], "delivered")
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assert_unchanged(before)

    def test_dead_receiver_fails_the_run_but_undoes_nothing(self):
        result = self.post(self.dead_url(), code=1)
        self.assertEqual(result["report"]["delivery"], "queued")
        self.assertEqual([p["code"] for p in result["problems"]], ["delivery_failed"])
        self.assertEqual([a["outcome"] for a in result["actions"]], ["done", "done"])
        self.assertIn("local/Default", self.slots())
        self.assert_verified()
        status = self.certroll("status").out
        self.assertRegex(status, r"1 report waits")

    def test_detailed_exit_code_knows_both(self):
        self.apply("--detailed-exitcode", self.edge, "--report-url", self.dead_url(), code=6,
                   env=QUICK)

    def test_deliver_sends_what_waits(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        self.assertRegex(self.certroll("status").out, r"2 reports wait")
        result = self.certroll("deliver", "-o", "json", code=1, env=QUICK).json
        self.assertEqual(result["kind"], "Delivery")
        self.assertEqual({p["code"] for p in result["problems"]}, {"delivery_failed"})
        receiver.start()
        self.assertEqual(self.certroll("deliver").out, "2 reports delivered, 0 still waiting.\n")
        self.assertEqual(receiver.reports(), runs)
        self.assertNotRegex(self.certroll("status").out, r"reports? wait")
        before = fingerprints(self.store)
        self.assertEqual(self.certroll("deliver").out, "No report waits.\n")
        self.assert_unchanged(before)
        self.assertEqual(len(receiver.requests()), 2)

    def test_later_run_sends_what_waits_before_its_own_and_once(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        receiver.start()
        runs.append(self.post(receiver.url)["run_id"])
        self.assertEqual(receiver.reports(), runs)
        self.post(receiver.url)
        self.assertEqual([r["headers"]["Idempotency-Key"] for r in receiver.requests()][:3], runs)
        self.assertEqual(len(receiver.requests()), 4)

    def test_report_that_is_held_up_holds_up_those_after_it(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        receiver.start("--fail", "stall")
        self.certroll("deliver", code=1, env=QUICK)
        self.assertEqual((receiver.reports(), len(receiver.requests())), ([], 1))
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), runs)

    def test_run_with_nothing_to_do_sends_what_waits(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, code=1)["run_id"]]
        receiver.start()
        self.apply(self.edge)
        self.assertEqual(receiver.reports(), runs)

    def test_report_of_nothing_waits_too(self):
        receiver = self.receiver()
        self.apply(self.edge)
        receiver.stop()
        run = self.post(receiver.url, code=1)
        self.assertEqual((run["report"]["delivery"], run["actions"]), ("queued", []))
        receiver.start()
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), [run["run_id"]])

    def test_lost_answer_does_not_deliver_twice(self):
        receiver = self.receiver("--fail", "503", "--retry-after", "0")
        run = self.post(receiver.url, env={"CERTROLL_REPORT_TIMEOUT": "10"})
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assertEqual([r["status"] for r in receiver.requests()], [503, 204])

    def test_refusing_receiver_is_not_asked_again_in_the_run(self):
        receiver = self.receiver("--fail", "400")
        result = self.post(receiver.url, code=1, env={"CERTROLL_REPORT_TIMEOUT": "10"})
        self.assertEqual(result["report"]["delivery"], "queued")
        self.assertEqual(len(receiver.requests()), 1)

    def test_token_and_secret_come_from_files(self):
        token, secret = self.write("token", "t0ken-t0ken\n"), self.write("hmac", "s3cret-s3cret\n")
        receiver = self.receiver("--token-file", token, "--secret-file", secret)
        self.post(receiver.url, code=1)
        result = self.certroll("deliver", "-o", "json", env={
            "CERTROLL_REPORT_TOKEN_FILE": token, "CERTROLL_REPORT_SECRET_FILE": secret, **QUICK})
        self.assertNotIn("t0ken-t0ken", result.out)
        self.assertEqual([r["status"] for r in receiver.requests()], [401, 204])
        for path in self.store.rglob("*"):
            if path.is_file() and not path.is_symlink():
                self.assertNotIn(b"t0ken-t0ken", path.read_bytes())

    def test_flag_beats_environment_beats_manifest(self):
        receivers = [self.receiver() for _ in range(3)]
        entry = {"path": pki().leaf("web").pem(), "type": "Default"}
        manifest = self.manifest(entry, report={"url": receivers[0].url})
        environment = QUICK | {"CERTROLL_REPORT_URL": receivers[1].url}
        self.apply(manifest, env=QUICK)
        self.apply(manifest, env=environment)
        self.apply(manifest, "--report-url", receivers[2].url, env=environment)
        self.assertEqual([len(receiver.requests()) for receiver in receivers], [1, 1, 1])

    def test_urls_that_are_none_change_nothing_of_what_was_applied(self):
        for url in ("ftp://127.0.0.1/", "http://user:hunter2@127.0.0.1/", "nonsense"):
            store = self.folder / f"store-{len(url)}"
            page = self.folder / f"report-{len(url)}.html"
            result = self.apply("-o", "json", self.edge, "--report-url", url, "--report", page,
                                store=store, code=1)
            self.assertIn("invalid_value", result.codes())
            self.assertIn("invalid_value", page.read_text())
            self.assertNotIn("hunter2", result.out + result.err)

    def test_slow_receiver_keeps_nobody_from_writing(self):
        receiver = self.receiver()
        slow = self.listener()
        process = self.start("apply", self.edge, "--report-url", slow.url,
                             env={"CERTROLL_REPORT_TIMEOUT": "600"})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        slow.wait()
        change = self.manifest({"name": "other", "path": pki().leaf("other").pem(),
                                "type": "Internal"}, name="second")
        result = self.apply("-o", "json", change, "--lock-timeout", "0").json
        self.assertEqual([a["outcome"] for a in result["actions"]], ["done", "done"])
        result = self.post(receiver.url, change, "--lock-timeout", "0")
        self.assertEqual(result["report"]["delivery"], "delivered", "its own goes out all the same")

    def test_store_that_another_holds_is_no_reason_to_lose_a_report(self):
        receiver = self.receiver()
        self.apply(self.edge)
        with open(self.store / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.apply("-o", "json", self.manifests[1], "--lock-timeout", "0",
                                "--report-url", receiver.url, code=1).json
        self.assertEqual([p["code"] for p in result["problems"]], ["store_locked"])
        self.assertEqual(result["report"]["delivery"], "delivered")
        self.assertEqual([r["headers"]["X-Certroll-Result"] for r in receiver.requests()],
                         ["failed"])


if __name__ == "__main__":
    main()
