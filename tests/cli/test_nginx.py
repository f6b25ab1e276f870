"""nginx serves TLS straight from the store, while certificates are replaced below it."""
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import time
import unittest

from harness import PATIENCE, CliTest, main, often, pki
from loopback import NGINX, free_port, nginx_configuration, wait_for_port


class Client(threading.Thread):
    """Makes one handshake after the other until it is told to stop."""

    def __init__(self, port, context):
        super().__init__(daemon=True)
        self.port, self.context = port, context
        self.done = threading.Event()
        self.failures, self.seen, self.count = [], set(), 0

    def handshake(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain, \
                self.context.wrap_socket(plain, server_hostname="www.example.com") as tls:
            return tls.getpeercert(binary_form=True)

    def run(self):
        while not self.done.is_set():
            try:
                self.seen.add(self.handshake())
                self.count += 1
            except OSError as error:
                self.failures.append(repr(error))

    def stop(self):
        self.done.set()
        self.join(PATIENCE)


@unittest.skipUnless(NGINX, "nginx is not installed")
class Nginx(CliTest):
    APPLIES = often(20)

    def setUp(self):
        super().setUp()
        names = ["www.example.com"]
        self.leaves = [pki().leaf(name, dns=names) for name in ("blue", "green")]
        self.manifests = [
            self.manifest({"name": "web", "path": leaf.pem(), "type": "WebServicesExternal"},
                          file=f"{leaf.stem.name}.yaml") for leaf in self.leaves]
        self.context = ssl.create_default_context(cafile=str(pki().root))
        self.ders = [ssl.PEM_cert_to_DER_cert(leaf.cert.read_text()) for leaf in self.leaves]

    def start_nginx(self):
        self.port = free_port()
        live = self.live("local/WebServicesExternal")
        self.configuration = self.write("nginx.conf", nginx_configuration(
            self.folder, self.port, f"""
            ssl_certificate {live}/fullchain.pem;
            ssl_certificate_key {live}/privkey.pem;
            location / {{ return 200 "hello"; }}
            """, main="worker_processes 2;"))
        server = subprocess.Popen(self.nginx(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.master = server.pid
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        try:
            wait_for_port(self.port)
        except TimeoutError:
            self.fail((self.folder / "error.log").read_text())

    def nginx(self, *arguments):
        return [NGINX, "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c",
                self.configuration, *arguments]

    def workers(self):
        found = set()
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = stat.read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue  # it has ended
            if int(parent) == self.master:
                found.add(int(stat.parent.name))
        return found

    def reload(self):
        """Until all workers are new: one of an earlier turn would have the same certificate, and
        nginx would still be reading when the next apply begins."""
        before = self.workers()
        subprocess.run(self.nginx("-s", "reload"), check=True, capture_output=True)
        deadline = time.monotonic() + PATIENCE
        while not (now := self.workers()) or now & before:
            self.assertLess(time.monotonic(), deadline, "the old workers stay")
            time.sleep(0.01)

    def wait_for(self, der):
        """Until new connections are served with this certificate."""
        client = Client(self.port, self.context)
        deadline = time.monotonic() + PATIENCE
        while client.handshake() != der:
            self.assertLess(time.monotonic(), deadline, "the reload did not bring it")
            time.sleep(0.01)

    def test_no_handshake_fails_while_certificates_are_replaced(self):
        self.apply(self.manifests[0])
        self.start_nginx()
        clients = [Client(self.port, self.context) for _ in range(2)]
        for client in clients:
            client.start()
        for turn in range(1, self.APPLIES + 1):
            self.apply("--detailed-exitcode", self.manifests[turn % 2], code=2)
            self.reload()
            self.wait_for(self.ders[turn % 2])
        for client in clients:
            client.stop()
            self.assertEqual(client.failures, [])
            self.assertEqual(client.seen, set(self.ders))
            self.assertGreater(client.count, self.APPLIES)
        errors = (self.folder / "error.log").read_text()
        self.assertNotRegex(errors, r"\[(emerg|alert|crit)\]")
        self.assert_verified()

    def test_pair_matches_for_whoever_reads_it_at_any_moment(self):
        """Without nginx's own pause between reading the two files: through one opened folder."""
        self.apply(self.manifests[0])
        done, wrong, reads = threading.Event(), [], []
        pairs = {(leaf.cert.read_bytes(), leaf.key.read_bytes()) for leaf in self.leaves}

        def read_pairs():
            while not done.is_set():
                folder = os.open(self.live("local/WebServicesExternal"), os.O_PATH)
                try:
                    pair = tuple(read_at(folder, name) for name in ("cert.pem", "privkey.pem"))
                    reads.append(pair)
                    if pair not in pairs:
                        wrong.append(pair)
                except OSError as error:
                    wrong.append(repr(error))
                finally:
                    os.close(folder)

        reader = threading.Thread(target=read_pairs, daemon=True)
        reader.start()
        for turn in range(1, self.APPLIES + 1):
            self.apply(self.manifests[turn % 2])
        done.set()
        reader.join(PATIENCE)
        self.assertEqual(wrong, [])
        self.assertEqual(set(reads), pairs)


def read_at(folder, name):
    with open(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


if __name__ == "__main__":
    main()
