#!/usr/bin/python3
"""test_deliver.py DELIVER_ONCE: reports against receivers that behave and that do not."""
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from harness import SLOWNESS, environment  # noqa: E402  (its folder is known only now)
from loopback import Receiver, self_signed  # noqa: E402

PROGRAM = None
BODY = "<!DOCTYPE html><p>Grüße</p>\n".encode()


class Parrot:
    """Says the same bytes to whoever has sent a request, over and over until he hangs up."""

    def __init__(self, first, again):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/certroll"
        self.first, self.again = first, again
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):  # the socket is closed
            while True:
                connection = self.socket.accept()[0]
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self.first)
                    while True:
                        connection.sendall(self.again)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class DeliverTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.body = self.folder / "report.html"
        self.body.write_bytes(BODY)

    def deliver(self, url, **more):
        """What deliver_once says, and how long it took."""
        start = time.monotonic()
        run = subprocess.run([PROGRAM, url, str(self.body)], capture_output=True, text=True,
                             env=environment(**{"CERTROLL_REPORT_TIMEOUT": "10", **more}),
                             timeout=60, check=False)
        self.took = time.monotonic() - start
        self.error = run.stderr
        self.assertIn(run.returncode, (0, 1), run.stderr)
        return json.loads(run.stdout) if run.returncode == 0 else None

    def secret(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def test_report_arrives_whole_with_its_headers(self):
        with Receiver(self.folder) as receiver:
            result = self.deliver(receiver.url)
            self.assertEqual(result, {"delivered": True, "permanent": False, "attempts": 1,
                                      "status": 204})
            self.assertEqual(receiver.reports(), ["20261122T090000Z-3f9a1c"])
            self.assertEqual(receiver.pages()[0].read_bytes(), BODY)
            request, = receiver.requests()
            self.assertEqual(request["method"], "POST")
            headers = request["headers"]
            self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
            self.assertEqual(headers["Idempotency-Key"], "20261122T090000Z-3f9a1c")
            self.assertEqual(headers["X-Certroll-Result"], "changed")
            self.assertNotIn("Authorization", headers)
            self.assertNotIn("X-Certroll-Signature", headers)
            self.assertNotIn("Expect", headers)

    def test_large_report_arrives_whole(self):
        self.body.write_bytes(BODY * 200000)
        with Receiver(self.folder) as receiver:
            self.assertTrue(self.deliver(receiver.url)["delivered"])
            self.assertEqual(receiver.pages()[0].stat().st_size, len(BODY) * 200000)

    def test_busy_receiver_is_asked_again_when_it_says(self):
        with Receiver(self.folder, "--fail", "503", "--retry-after", "2") as receiver:
            result = self.deliver(receiver.url)
            self.assertTrue(result["delivered"])
            self.assertEqual(result["attempts"], 2)
            self.assertGreaterEqual(self.took, 2)

    def test_retry_after_may_be_a_date(self):
        until = int(time.time()) + 3
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(until))
        with Receiver(self.folder, "--fail", "429", "--retry-after", date) as receiver:
            self.assertTrue(self.deliver(receiver.url)["delivered"])
            self.assertGreaterEqual(time.time(), until - 1, "counted in whole seconds")

    def test_retry_after_beyond_the_budget_is_not_waited_for(self):
        with Receiver(self.folder, "--fail", "503", "--retry-after", "3600") as receiver:
            result = self.deliver(receiver.url)
            self.assertFalse(result["delivered"] or result["permanent"])
            self.assertEqual(result["attempts"], 1)
            self.assertLess(self.took, 6 * SLOWNESS)

    def test_errors_of_the_receiver_end_with_the_budget(self):
        with Receiver(self.folder, "--fail", *["500"] * 20) as receiver:
            result = self.deliver(receiver.url, CERTROLL_REPORT_TIMEOUT="4")
            self.assertFalse(result["delivered"] or result["permanent"])
            self.assertGreaterEqual(result["attempts"], 2)
            self.assertEqual(result["status"], 500)
            self.assertLess(self.took, 6 * SLOWNESS)
            self.assertIn("500", self.error)

    def test_bad_request_is_permanent_and_not_repeated(self):
        with Receiver(self.folder, "--fail", "400") as receiver:
            result = self.deliver(receiver.url)
            self.assertEqual(result, {"delivered": False, "permanent": True, "attempts": 1,
                                      "status": 400})
            self.assertEqual(len(receiver.requests()), 1)

    def test_reset_connection_is_tried_again(self):
        with Receiver(self.folder, "--fail", "reset") as receiver:
            result = self.deliver(receiver.url)
            self.assertTrue(result["delivered"])
            self.assertEqual(result["attempts"], 2)

    def test_answer_that_is_no_http_is_no_success(self):
        with Receiver(self.folder, "--fail", *["garbage"] * 9) as receiver:
            self.assertFalse(self.deliver(receiver.url, CERTROLL_REPORT_TIMEOUT="1")["delivered"])

    def test_refused_connection_is_an_error_in_words(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
            result = self.deliver(url, CERTROLL_REPORT_TIMEOUT="1")
        self.assertFalse(result["delivered"] or result["permanent"])
        self.assertEqual(result["status"], 0)
        self.assertIn("connect", self.error)

    def test_stalling_receiver_is_left_after_the_budget(self):
        with Receiver(self.folder, "--fail", "stall", "stall") as receiver:
            result = self.deliver(receiver.url, CERTROLL_REPORT_TIMEOUT="1")
            self.assertFalse(result["delivered"])
            self.assertLess(self.took, 6 * SLOWNESS)

    def test_endless_answer_is_broken_off_and_counts_by_its_status(self):
        with Receiver(self.folder, "--fail", "huge") as receiver:
            result = self.deliver(receiver.url)
            self.assertTrue(result["delivered"])
            self.assertLess(self.took, 6 * SLOWNESS)

    def test_endless_head_of_an_answer_is_no_success(self):
        for first, again in ((b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096),
                             (b"HTTP/1.1 200 ", b"x" * 4096),
                             (b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 1024),
                             (b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 128)):
            parrot = Parrot(first, again)
            self.addCleanup(parrot.close)
            result = self.deliver(parrot.url, CERTROLL_REPORT_TIMEOUT="2")
            self.assertIsNotNone(result, first)
            self.assertFalse(result["delivered"] or result["permanent"])
            self.assertNotEqual(self.error, "")

    def test_redirect_to_another_host_is_refused_and_gets_no_token(self):
        token = self.secret("token", "s3cr3t-token\n")
        with Receiver(self.folder) as other:
            with Receiver(self.folder, "--fail", "307", "--location", other.url) as receiver:
                result = self.deliver(receiver.url, CERTROLL_REPORT_TOKEN_FILE=token)
                self.assertFalse(result["delivered"])
                self.assertEqual(result["status"], 307)
                self.assertEqual(result["attempts"], 1)
                self.assertEqual(other.requests(), [])
                self.assertNotIn("s3cr3t", self.error)

    def test_redirect_within_the_host_keeps_the_post(self):
        with Receiver(self.folder, "--fail", "308", "--location", "/elsewhere") as receiver:
            self.assertTrue(self.deliver(receiver.url)["delivered"])
            self.assertEqual([(r["method"], r["path"]) for r in receiver.requests()],
                             [("POST", "/certroll"), ("POST", "/elsewhere")])
            self.assertEqual(receiver.pages()[0].read_bytes(), BODY)

    def test_redirect_that_would_drop_the_body_is_not_followed(self):
        with Receiver(self.folder, "--fail", "302", "--location", "/elsewhere") as receiver:
            self.assertFalse(self.deliver(receiver.url)["delivered"])
            self.assertEqual(len(receiver.requests()), 1)

    def test_endless_redirects_end(self):
        with Receiver(self.folder, "--fail", *["307"] * 50, "--location", "/again") as receiver:
            self.assertFalse(self.deliver(receiver.url)["delivered"])
            self.assertLess(len(receiver.requests()), 10)

    def test_token_and_signature_are_what_the_receiver_wants(self):
        token, key = self.secret("token", "s3cr3t-token\n"), self.secret("key", "hmac key\n")
        with Receiver(self.folder, "--token-file", token, "--secret-file", key) as receiver:
            self.assertTrue(self.deliver(receiver.url, CERTROLL_REPORT_TOKEN_FILE=token,
                                         CERTROLL_REPORT_SECRET="hmac key")["delivered"])
            self.assertEqual(self.deliver(receiver.url)["status"], 401)
            result = self.deliver(receiver.url, CERTROLL_REPORT_TOKEN="s3cr3t-token",
                                  CERTROLL_REPORT_SECRET="another key")
            self.assertEqual(result["status"], 403)
            self.assertFalse(result["permanent"], "it is for the sender, and holds for every report")
            self.assertNotIn("s3cr3t", self.error)

    def test_tls_is_verified_and_a_client_certificate_shown(self):
        cert, key = self_signed(self.folder, "server", "IP:127.0.0.1")
        other, other_key = self_signed(self.folder, "other", "DNS:other.example.com")
        client, client_key = self_signed(self.folder, "client", "DNS:client.example.com")
        with Receiver(self.folder, "--tls", cert, key, scheme="https") as receiver:
            result = self.deliver(receiver.url)
            self.assertFalse(result["delivered"] or result["permanent"])
            self.assertEqual(result["attempts"], 1)
            self.assertEqual(receiver.requests(), [])
            self.assertTrue(self.deliver(receiver.url, CERTROLL_REPORT_CA=cert)["delivered"])
        with Receiver(self.folder, "--tls", other, other_key, scheme="https") as receiver:
            self.assertFalse(self.deliver(receiver.url, CERTROLL_REPORT_CA=other)["delivered"])
        with Receiver(self.folder, "--tls", cert, key, "--client-ca", client,
                     scheme="https") as receiver:
            self.assertFalse(self.deliver(receiver.url, CERTROLL_REPORT_CA=cert,
                                          CERTROLL_REPORT_TIMEOUT="1")["delivered"])
            self.assertTrue(self.deliver(receiver.url, CERTROLL_REPORT_CA=cert,
                                         CERTROLL_REPORT_CERT=client,
                                         CERTROLL_REPORT_KEY=client_key)["delivered"])

    def test_key_with_a_pass_phrase_asks_nobody(self):
        cert, key = self_signed(self.folder, "server", "IP:127.0.0.1")
        client, client_key = self_signed(self.folder, "client", "DNS:client.example.com")
        locked = str(self.folder / "locked.key")
        subprocess.run(["openssl", "pkey", "-in", client_key, "-aes128", "-passout", "pass:hunter2",
                        "-out", locked], check=True, capture_output=True)
        with Receiver(self.folder, "--tls", cert, key, "--client-ca", client,
                     scheme="https") as receiver:
            run = subprocess.Popen([PROGRAM, receiver.url, str(self.body)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True,
                                   env=environment(CERTROLL_REPORT_CA=cert,
                                                         CERTROLL_REPORT_CERT=client,
                                                         CERTROLL_REPORT_KEY=locked))
            self.addCleanup(run.communicate)
            self.addCleanup(run.kill)
            self.assertEqual(run.wait(timeout=30), 0)
            self.assertFalse(json.loads(run.stdout.read())["delivered"])
            self.assertNotIn("phrase", run.stderr.read())

    def test_url_with_a_password_is_refused_without_quoting_it(self):
        self.assertIsNone(self.deliver("http://user:hunter2@127.0.0.1/"))
        self.assertIn("[invalid_value]", self.error)
        self.assertNotIn("hunter2", self.error)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
