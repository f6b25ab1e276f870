"""Where memory runs out: certroll's commands on stores that were made for them, a receiver, and runs
in which scarce.c refuses an allocation."""
import collections
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import ssl
import struct
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))

from harness import PROGRAM, SANITIZED, CliTest, clock_fault, environment, pki  # noqa: E402
from loopback import self_signed  # noqa: E402
from pki import rfc3339  # noqa: E402

SHIM = os.environ.get("SCARCE", "")
HANGS = 120
WHERE, PLACES = 16, 8192  # where they stand in what scarce.c writes
RUN_ID = re.compile(r"\b\d{8}T\d{6}Z-[0-9a-f]{6}\b")
TIME = re.compile(r'\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z| UTC)|\bin \d+ days?|"attempts": \d+')
# What these lose on the way of an error is theirs. Their own stacks are all that is seen of it.
LEAKING = ("libcrypto.so", "libssl.so", "libcurl.so", "libgnutls.so", "libp11-kit.so", "libk5crypto",
           "ld-linux", "legacy.so", "libjansson.so")
PASSING = ("lock", "outbox.lock", "index.db.spare")  # who came last may have made them


class Sink(http.server.BaseHTTPRequestHandler):
    """Takes every report."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken[self.headers["Idempotency-Key"]] += body.endswith(b"</html>\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    """What a client does not finish is no reason to say anything."""

    daemon_threads = True

    def __init__(self, cert, key):
        super().__init__(("127.0.0.1", 0), Sink)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)
        self.taken = collections.Counter()
        self.url = f"https://localhost:{self.server_address[1]}/certroll"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


class Scenario:
    """One command line, on a store that was made for it."""

    def __init__(self, world, name, arguments, follow=None, env=None, writes=None, sends=False):
        self.world, self.name, self.arguments = world, name, [str(a) for a in arguments]
        self.follow = [str(a) for a in follow or []]  # what the next run is
        self.env = env or {}
        self.writes = writes  # a file that it makes
        self.sends = sends
        self.pristine = world.folder / f"pristine-{name}"
        if world.store.is_dir():
            world.store.rename(self.pristine)
        else:
            self.pristine = None

    def reset(self):
        shutil.rmtree(self.world.store, ignore_errors=True)
        if self.pristine:
            copy(self.pristine, self.world.store)
        if self.writes:
            pathlib.Path(self.writes).unlink(missing_ok=True)


def copy(store, to):
    """With times and owners."""
    subprocess.run(["cp", "-a", store, to], check=True)


def unnamed(name):
    """What is being made has a name of chance."""
    return re.sub(r"/\.new-[0-9a-f]+", "/.new", name)


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class State:
    """What services see, and the names of all that is there."""

    def __init__(self, store):
        self.links, self.objects, self.names = {}, {}, set()
        for folder, folders, files in os.walk(store):
            inside = os.path.relpath(folder, store)
            for name in [*folders, *files]:
                path = pathlib.Path(folder, name)
                short = os.path.normpath(os.path.join(inside, name))
                if not short.startswith("reports/") and short not in PASSING:
                    self.names.add(short)
                if path.is_symlink():
                    self.links[short] = os.readlink(path)
                elif short.startswith("objects/") and path.is_file():
                    self.objects[short] = (path.stat().st_mode, path.stat().st_gid, sha(path))

    def same(self, other):
        return (self.links, self.objects) == (other.links, other.objects)


class World(CliTest):
    """The folder, the receiver and the runs."""

    def __init__(self, jobs):
        super().__init__()
        self.setUp()
        self.jobs = jobs
        self.log = self.folder / "scarce.log"
        cert, key = self_signed(self.folder, "receiver")
        self.server = QuietServer(cert, key)
        self.sending = {"CERTROLL_REPORT_CA": cert, "CERTROLL_REPORT_TOKEN": "t-0123456789abcdef",
                        "CERTROLL_REPORT_SECRET": "s-0123456789abcdef",
                        "CERTROLL_REPORT_TIMEOUT": "10"}
        self.report = self.folder / "report.html"
        self.suppressions = self.write("suppressions", "".join(
            f"leak:{library}\n" for library in LEAKING))
        self.scenarios = {}

    # what is run

    def add(self, name, *arguments, **options):
        self.scenarios[name] = Scenario(self, name, arguments, **options)

    def formats(self):
        """One entry of each format."""
        leaf = pki().leaf
        secret = {"file": self.password_file()}
        return [
            {"name": "pem", "path": leaf("pem").pem(), "type": "Default"},
            {"name": "der", "path": leaf("der").der(), "key_path": leaf("der").key_file(),
             "chain_path": str(pki().intermediate), "type": ["Internal", "External"]},
            {"name": "pfx", "path": leaf("pfx").pfx(), "password": secret, "scope": "global",
             "type": "WebServicesInternal@shop", "private_key_exportable": True},
            {"name": "p7b", "path": leaf("p7b").p7b(), "key_path": leaf("p7b").key_file()},
            {"name": "encrypted", "path": leaf("encrypted").encrypted(),
             "password": {"command": ["/bin/cat", self.password_file()]},
             "type": "AccessEdgeExternal"},
            {"name": "ahead", "path": leaf("ahead", end=400).pem(), "type": "Default",
             "effective_date": rfc3339(30), "roll": True},
        ]

    def make(self):
        self.make_plain()
        self.make_roll()
        self.make_reports()

    def make_plain(self):
        first = self.manifest(*self.formats(), file="first.yaml")
        jobs = ("--jobs", self.jobs)
        anchored = self.write("anchored.yaml", (
            "version: 1\nname: anchored\ncustom_types: [SipTrunk]\n"
            "defaults: &d {scope: local, force: true}\ncertificates:\n"
            "  - &one {name: one, path: a.pem, type: SipTrunk}\n"
            "  - {<<: *one, name: two, type: [Default@b, 'Internal@c'], effective_date: 2030-01-01}\n"
            "report: {file: r.html, url: 'https://localhost/x'}\n"))
        wrong = self.write("wrong.yaml", (
            "version: 1\nname: wrong\nunknown: 1\ncertificates:\n"
            "  - {name: a, path: a.pem, type: Defualt}\n"
            "  - {name: a, path: b.pem, path: c.pem, roll: true}\n"
            "  - {path: b.pem, type: Default, effective_date: 7/31/2012}\n"))
        self.add("validate", "validate", first, anchored, *jobs)
        self.add("refused", "validate", wrong)
        self.add("broken", "validate", self.write("syntax.yaml", "version: [1\n  a: {\n"))
        self.add("schema", "schema", "report")
        self.add("preview", "plan", first, "-o", "json", *jobs)
        self.add("draft", "plan", first, "--out", self.folder / "saved", *jobs,
                 writes=self.folder / "saved")
        self.add("first", "apply", first, "-o", "json", *jobs, "--report", self.report,
                 "--report-url", self.server.url, follow=["apply", first, *jobs],
                 env=self.sending, writes=self.report, sends=True)
        self.add("import", "import", "--path", pki().leaf("pfx").pfx(), "--password-file",
                 self.password_file(), "--type", "Default", "--private-key-exportable", "-o",
                 "json", follow=["import", "--path", pki().leaf("pfx").pfx(), "--password-file",
                                 self.password_file(), "--type", "Default",
                                 "--private-key-exportable"])
        self.certroll("plan", first, "--out", self.folder / "kept")
        self.add("saved", "apply", "--plan", self.folder / "kept", "-o", "json",
                 follow=["apply", first, *jobs])
        failing = [{"name": "password", "path": pki().leaf("pfx").pfx(), "type": "Default",
                    "password": "not-this-one"},
                   {"name": "mismatch", "path": pki().leaf("der").der(), "type": "Internal",
                    "key_path": pki().leaf("pem").key_file()},
                   {"name": "text", "path": self.write("text", "nothing"), "type": "External"},
                   {"name": "good", "path": pki().leaf("pem").pem(), "type": "OAuthTokenIssuer"}]
        failing = self.manifest(*failing, file="failing.yaml", name="failing")
        self.add("faulty", "apply", failing, "-o", "json", *jobs, follow=["apply", failing, *jobs])

    def make_roll(self):
        """A night on which much comes together."""
        leaf, jobs = pki().leaf, ("--jobs", self.jobs)
        before, now = self.rolling()
        self.apply(before, **({} if clock_fault() else {"at": -20}), code=None)
        gone = self.store / "objects" / leaf("pem").fingerprint / "chain.pem"
        gone.unlink()
        (self.live("local/Internal")).unlink()
        damaged = self.folder / "damaged"
        copy(self.store, damaged)
        self.add("roll", "apply", now, "--prune", "-o", "json", *jobs, "--report", self.report,
                 follow=["apply", now, "--prune", *jobs], writes=self.report)
        copy(damaged, self.store)
        self.add("text", "apply", now, "--atomic", *jobs, follow=["apply", now, *jobs])
        copy(damaged, self.store)
        self.add("verify", "verify", "-o", "json", *jobs)
        copy(damaged, self.store)
        self.add("markdown", "plan", now, "-o", "markdown", *jobs)
        self.apply(now, *jobs)
        whole = self.folder / "whole"
        copy(self.store, whole)
        self.add("idle", "apply", now, *jobs, "--report-url", self.server.url, env=self.sending,
                 follow=["apply", now, *jobs], sends=True)
        copy(whole, self.store)
        self.add("status", "status", "-o", "json")
        copy(whole, self.store)
        self.add("shown", "status")
        copy(whole, self.store)
        self.add("history", "history", "-o", "json")
        copy(whole, self.store)
        self.add("told", "history")
        copy(whole, self.store)
        self.add("clean", "verify")

    def rolling(self):
        leaf = pki().leaf
        secret = {"file": self.password_file()}
        staged = {"name": "staged", "path": leaf("staged").pem(), "type": "Default",
                  "effective_date": rfc3339(-2), "roll": True}
        gone = {"name": "cancelled", "path": leaf("cancelled").pem(), "type": "External",
                "effective_date": rfc3339(20), "roll": True}
        base = [{"name": "pem", "path": leaf("pem").pem(), "type": "Default"},
                {"name": "der", "path": leaf("der").der(), "key_path": leaf("der").key_file(),
                 "type": ["Internal", "External"]}]
        pfx = {"name": "pfx", "path": leaf("pfx").pfx(), "password": secret,
               "type": "WebServicesExternal"}
        moved = {"name": "moved", "path": leaf("moved").pem(), "type": "AccessEdgeExternal",
                 "effective_date": rfc3339(5), "roll": True}
        pruned = {"name": "pruned", "path": leaf("pruned").pem(), "type": "OAuthTokenIssuer"}
        before = self.manifest(*base, staged, gone, pfx, moved, pruned, file="before.yaml")
        now = self.manifest(
            *base, staged, {**pfx, "private_key_exportable": True},
            {**moved, "effective_date": rfc3339(6)},
            {"name": "fresh", "path": leaf("fresh").p7b(), "key_path": leaf("fresh").key_file(),
             "type": "WebServicesInternal"}, file="now.yaml")
        return before, now

    def make_reports(self):
        """Two reports wait."""
        dead = {**self.sending, "CERTROLL_REPORT_CA": self.write("no.ca", "none"),
                "CERTROLL_REPORT_TIMEOUT": "1"}
        for i, name in enumerate(("pem", "der")):
            path = self.manifest({"name": "web", "path": pki().leaf(name).pem(), "type": "Default"},
                                 file=f"turn{i}.yaml")
            self.apply(path, "--report-url", self.server.url, code=1, env=dead)
        self.add("deliver", "deliver", env=self.sending, follow=["deliver"], sends=True)

    # runs

    def scarce(self, scenario, **wanted):
        """A run with memory that may run out; the result, and what scarce.c wrote."""
        self.log.unlink(missing_ok=True)
        env = environment(HOME=self.folder, LD_PRELOAD=SHIM, SCARCE_LOG=self.log,
                          **{**scenario.env, **wanted})
        if SANITIZED:
            env["ASAN_OPTIONS"] += (":verify_asan_link_order=0:allocator_may_return_null=1"
                                    ":handle_segv=0")
            env["LSAN_OPTIONS"] += f":print_suppressions=0:suppressions={self.suppressions}"
        line = [PROGRAM, scenario.arguments[0]]
        if scenario.arguments[0] not in ("validate", "schema"):
            line += ["--store", str(self.store)]
        line += scenario.arguments[1:]
        run = subprocess.run(line, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=HANGS, check=False)
        return (run.returncode, run.stdout.decode(errors="backslashreplace"),
                run.stderr.decode(errors="backslashreplace"))

    def places(self):
        """Of each allocation of the last run."""
        found = self.log.read_bytes()
        count, = struct.unpack_from("Q", found)
        return struct.unpack_from(f"{count}Q", found, PLACES)

    def refused(self):
        """How many allocations were refused in the last run, and where the first one was."""
        found = self.log.read_bytes()[:PLACES]
        where = found[WHERE:].split(b"\0")[0].decode()
        return struct.unpack_from("Q", found, 8)[0], where.splitlines()

    def command(self, arguments, **env):
        """A run with enough memory."""
        line = [PROGRAM, arguments[0], "--store", str(self.store), *arguments[1:]]
        return subprocess.run(line, env=environment(HOME=self.folder, **env), timeout=HANGS,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)

    def shown(self):
        status = self.command(["status", "-o", "json"])
        return plain(status.stdout)


def plain(text):
    """Without what differs from run to run."""
    return TIME.sub("TIME", RUN_ID.sub("RUN", text))
