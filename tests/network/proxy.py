#!/usr/bin/python3
"""A forward proxy on loopback, one connection a thread: CONNECT, and requests with an absolute URI.
Every host is this one: names need not be known here.

Prints its port, then a line for each request: its method and target, and whether an Authorization
came with it.
"""
import http.client
import http.server
import socket
import threading
import urllib.parse


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side has gone


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def note(self):
        print(self.command, self.path, "Authorization" in self.headers, flush=True)

    def do_CONNECT(self):
        self.note()
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=pump, args=(upstream, self.connection), daemon=True)
            back.start()
            pump(self.connection, upstream)
            back.join(30)
        self.close_connection = True

    def do_POST(self):
        self.note()
        target = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
        upstream.request("POST", target.path, body, dict(self.headers))
        answer = upstream.getresponse()
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()
        upstream.close()

    def log_message(self, *_):
        """Standard error stays empty."""


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
