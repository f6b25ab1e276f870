"""A receiver of reports within this process: it can be down, and it notes who came."""
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left > 0 and (part := self.rfile.read(min(left, 1 << 16))):
            left -= len(part)
        receiver = self.server.receiver
        if receiver.answer == 204:
            receiver.runs.append(self.headers["Idempotency-Key"])
        self.send_response(receiver.answer)
        if receiver.answer == 503:
            self.send_header("Retry-After", "86400")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


class Receiver:
    """answer: 204, 404 (somebody took the path away), 503, or None (nothing listens)."""

    def __init__(self):
        self.runs = []
        self.answer, self.server, self.port = None, None, 0
        self.behave(204)
        self.url = f"http://127.0.0.1:{self.port}/certroll"

    def behave(self, answer):
        if answer is None and self.server:
            self.close()
        self.answer = answer
        if answer is None or self.server:
            return
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.receiver, self.port = self, self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
