#!/usr/bin/python3
"""A receiver of reports: what a team would put behind report.url, in one file.

    receiver.py --dir DIR [--port 0] [--fail ANSWER ...]

It listens on loopback, prints its port as the first line of standard output, and keeps in DIR

    0001-<run id>.html    each report that it took, once: a run id that it has is acknowledged only
    requests.jsonl        each request: method, path, headers, size, the status of the answer

With --token-file or --secret-file it takes only requests with that bearer token, or with a
signature made with that secret and not older than five minutes (X-Certroll-Signature:
t=TIME,v1=HMAC-SHA256 over "TIME." and the body).

For tests it misbehaves on demand: --fail names the answers to the first requests, in order.

    NUMBER     that status (3xx with --location, 4xx and 5xx with --retry-after where given)
    stall      takes the request and says nothing for 60 seconds
    reset      closes the connection with a reset
    huge       200 with a body that does not end
    large      200 with a body of 10 MB
    half       200 with a tenth of the body that it announces
    cut        half a status line
    garbage    an answer that is no HTTP
    lost       takes and keeps the report, and closes the connection with a reset
    taken      takes and keeps the report, and answers 503

After them every request is answered 204; with --fail-half SEED every other one on average is
answered 503, half of those after the report was kept. It ends on SIGTERM.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import pathlib
import random
import re
import socket
import ssl
import struct
import threading
import time

BODY_MOST = 64 * 1024 * 1024
SIGNATURE_AGE_MOST = 300
STALL_SECONDS = 60
LARGE = 10 * 1000 * 1000
TAKEN = ("huge", "large", "half", "lost", "taken")


class Receiver(http.server.ThreadingHTTPServer):
    """What all requests share."""

    daemon_threads = True

    def __init__(self, options):
        super().__init__((options.host, options.port), Handler)
        self.options = options
        self.folder = pathlib.Path(options.dir)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.misbehaviour = list(options.fail)
        self.chance = random.Random(options.fail_half)
        self.token = read_secret(options.token_file)
        self.secret = read_secret(options.secret_file)
        self.lock = threading.Lock()
        if options.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*options.tls)
            if options.client_ca:
                context.load_verify_locations(options.client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request, client_address):
        """A client that hangs up is no news."""

    def next_answer(self):
        with self.lock:
            if self.misbehaviour:
                return self.misbehaviour.pop(0)
            if self.options.fail_half is None:
                return "204"
            return self.chance.choice(("204", "204", "503", "taken"))

    def keep(self, run_id, body):
        """Keeps a report unless the run is known."""
        with self.lock:
            known = sorted(self.folder.glob("*.html"))
            if any(name.name[5:] == f"{run_id}.html" for name in known):
                return
            (self.folder / f"{len(known) + 1:04d}-{run_id}.html").write_bytes(body)

    def note(self, entry):
        with self.lock, (self.folder / "requests.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.read_body()
        if body is None:
            self.answer(413, b"")
            return
        time.sleep(self.server.options.delay)
        answer = self.server.next_answer()
        refusal = self.refusal(body)
        if answer[0] == "2" and not refusal or answer in TAKEN:
            run_id = re.sub(r"[^0-9A-Za-z._-]", "_", self.headers["Idempotency-Key"] or "none")
            self.server.keep(run_id, body)
        if refusal and answer == "204":
            self.answer(refusal, body)
        elif answer == "taken":
            self.answer(503, body)
        elif answer.isdigit():
            self.answer(int(answer), body)
        else:
            self.misbehave(answer, body)

    def log_message(self, *_):
        """Standard error stays empty: requests.jsonl has it all."""

    def read_body(self):
        size = int(self.headers.get("Content-Length", 0))
        return self.rfile.read(size) if size <= BODY_MOST else None

    def refusal(self, body):
        """The status that a request gets which is not authentic, or None."""
        token, secret = self.server.token, self.server.secret
        given = (self.headers.get("Authorization") or "").encode()
        if token and not hmac.compare_digest(given, b"Bearer " + token):
            return 401
        if secret and not self.signature_is_good(secret, body):
            return 403
        return None

    def signature_is_good(self, secret, body):
        match = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})",
                             self.headers.get("X-Certroll-Signature") or "")
        if not match or abs(time.time() - int(match[1])) > SIGNATURE_AGE_MOST:
            return False
        wanted = hmac.new(secret, match[1].encode() + b"." + body, hashlib.sha256)
        return hmac.compare_digest(wanted.hexdigest(), match[2])

    def note(self, status, body):
        self.server.note({"method": self.command, "path": self.path, "size": len(body),
                          "sha256": hashlib.sha256(body).hexdigest(),
                          "headers": dict(self.headers), "status": status})

    def answer(self, status, body):
        options = self.server.options
        self.note(status, body)
        self.send_response(status)
        if 300 <= status < 400 and options.location:
            self.send_header("Location", options.location)
        if status >= 400 and options.retry_after:
            self.send_header("Retry-After", options.retry_after)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def misbehave(self, how, body):
        self.note(how, body)
        self.close_connection = True
        if how == "stall":
            time.sleep(STALL_SECONDS)
        elif how == "garbage":
            self.wfile.write(b"this is no answer\r\n\r\n")
        elif how == "cut":
            self.wfile.write(b"HTTP/1.1 20")
        elif how in ("half", "large"):
            size = 100 if how == "half" else LARGE
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(b"x" * (10 if how == "half" else LARGE))
        elif how == "huge":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        elif how in ("reset", "lost"):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()


def read_secret(path):
    return pathlib.Path(path).read_bytes().removesuffix(b"\n") if path else None


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--dir", required=True, help="where reports are kept; made where missing")
    parser.add_argument("--fail", nargs="*", default=[], metavar="ANSWER",
                        help="answers to the first requests: a status, or a word of those above")
    parser.add_argument("--fail-half", type=int, metavar="SEED", help="fail every other request")
    parser.add_argument("--delay", type=float, default=0, help="seconds before each answer")
    parser.add_argument("--retry-after", help="the header's value, with every 4xx and 5xx")
    parser.add_argument("--location", help="where redirects lead to")
    parser.add_argument("--token-file", help="the bearer token that is wanted")
    parser.add_argument("--secret-file", help="the secret of the signature that is wanted")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="PEM files: serve https")
    parser.add_argument("--client-ca", help="PEM file: ask for a client certificate of this CA")
    return parser.parse_args()


def main():
    server = Receiver(parse_options())
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
