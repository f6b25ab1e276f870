"""What the tests of whole runs against receivers share: certroll, a receiver, and what it got."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))

from harness import CliTest, pki  # noqa: E402  (its folder is known only now)


def wait_for_port(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Receiver:
    """receiver.py in a folder of its own, which stays when it is started anew."""

    def __init__(self, folder, *arguments, scheme="http", host="localhost"):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.process, self.port = None, 0
        self.start(*arguments)
        self.url = f"{scheme}://{host}:{self.port}/certroll"

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(HERE / "receiver.py"), "--dir", str(self.dir), "--port",
             str(self.port), *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()

    def requests(self):
        log = self.dir / "requests.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def statuses(self):
        return [request["status"] for request in self.requests()]

    def reports(self):
        """The ids of the runs whose reports arrived, in order."""
        return [path.stem.partition("-")[2] for path in sorted(self.dir.glob("*.html"))]


class WorldTest(CliTest):
    """Manifests that turn one slot to and fro, so that every run has something to do."""

    def setUp(self):
        super().setUp()
        self.manifests = [
            self.manifest({"name": "web", "path": pki().leaf("web", key_of=key).pem(),
                           "type": "Default"}, file=f"{i}.yaml")
            for i, key in enumerate((None, pki().leaf("web")))]
        self.edge = self.manifests[0]

    def receiver(self, *arguments, **options):
        receiver = Receiver(self.folder, *arguments, **options)
        self.addCleanup(receiver.stop)
        return receiver

    def run_once(self, url, turn=0, code=None, timeout=3, **environment):
        """The JSON of a run with this report URL."""
        return self.apply("-o", "json", self.manifests[turn % 2], "--report-url", url,
                          "--report-timeout", timeout, code=code,
                          env={"CERTROLL_REPORT_TIMEOUT": "", **environment}).json

    def outbox(self):
        return [(item["run"], item["url"]) for item in self.status()["outbox"]]


def many(usual):
    """How often, unless the environment says it."""
    return int(os.environ.get("CERTROLL_TIMES", usual))
