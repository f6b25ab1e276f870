"""What tests start on loopback: receivers of reports, nginx, whatever listens on a port."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

RECEIVER = pathlib.Path(__file__).resolve().parents[1] / "network/receiver.py"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
NGINX_CONFIGURATION = """
daemon off;
{user}
{main}
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        {server}
    }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_for_port(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def nginx_configuration(folder, port, server, main=""):
    """Of an nginx that does TLS on this port and keeps to a folder."""
    return NGINX_CONFIGURATION.format(folder=folder, port=port, server=server, main=main,
                                      user="user root;" if os.geteuid() == 0 else "")


def self_signed(folder, name="self", host="DNS:localhost"):
    """The paths of a certificate that nobody else signed, and of its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={host}", "-out", cert, "-keyout", key],
                   check=True, capture_output=True)
    return str(cert), str(key)


class Receiver:
    """receiver.py in a folder of its own; it can be stopped, and started anew on the same port.
    In a with statement it stops at the end."""

    def __init__(self, folder, *arguments, scheme="http", host="127.0.0.1"):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.process, self.port = None, 0
        self.start(*arguments)
        self.url = f"{scheme}://{host}:{self.port}/certroll"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(RECEIVER), "--dir", str(self.dir), "--port",
             str(self.port), *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        """Once more does no harm."""
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def requests(self):
        log = self.dir / "requests.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def statuses(self):
        return [request["status"] for request in self.requests()]

    def pages(self):
        """The files of the reports that arrived, in order."""
        return sorted(self.dir.glob("*.html"))

    def reports(self):
        """The ids of their runs."""
        return [path.stem.partition("-")[2] for path in self.pages()]
