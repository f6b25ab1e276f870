"""The situations in which system calls fail: a store, files around it, and a command.

A scene is made once, as a folder that every case gets a copy of. In the command {folder} stands for
that copy. The manifests and their sources stay where they are.
"""
import contextlib
import dataclasses
import http.server
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from harness import PROGRAM, CliTest, environment, pki, rfc3339  # noqa: E402

INJECT = os.environ.get("INJECT", "")
OLD_REPORT = "<!DOCTYPE html>\n<title>an earlier report</title>\n"
REFUSED, TAKEN = 400, 204
KEPT_RUNS = 30
BY_GROUP = ["--service-group", CliTest.group()]


class Mailbox:
    """A receiver in this process, which takes reports or refuses them."""

    def __init__(self):
        mailbox = self
        self.status, self.keys = REFUSED, []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                page = self.rfile.read(int(self.headers["Content-Length"]))
                whole = page.startswith(b"<!DOCTYPE html") and page.endswith(b"</html>\n")
                if mailbox.status == TAKEN and whole:
                    mailbox.keys.append(self.headers["Idempotency-Key"])
                self.send_response(mailbox.status if whole else REFUSED)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """Who sends may be killed meanwhile."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@dataclasses.dataclass
class Scene:
    name: str
    template: pathlib.Path
    command: list
    code: int = 0            # of a run without a fault
    tidy: list = None        # a command that follows, where that one does not write on its own
    posts: bool = False      # the run sends a report of its own
    receiver: int = REFUSED  # what the mailbox does while the fault happens


class Ground(CliTest):
    """Where scenes are made."""

    def runTest(self):
        raise NotImplementedError

    def __init__(self):
        super().__init__()
        self.mailbox = Mailbox()
        self.addCleanup(self.mailbox.close)
        self.setUp()
        self.report = ["--report", "{folder}/last-run.html"]

    def template(self, name):
        """The folder of a scene, and self.store in it."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "last-run.html").write_text(OLD_REPORT)
        self.store = folder / "store"
        return folder

    def entry(self, name, *types, **more):
        leaf = more.pop("leaf", None) or pki().leaf(name)
        return {"name": name, "path": leaf.pem(), **({"type": list(types)} if types else {}), **more}

    # the scenes

    def first(self, name="first", posts=False):
        """Everything is new: folders, objects of all kinds, a password that a command knows."""
        secret = self.password_file()
        asked = {"path": pki().leaf("asked").pfx(), "password": {"command": ["cat", secret]}}
        manifest = self.manifest(
            self.entry("web", "Default"), self.entry("asked", "External") | asked,
            self.entry("open", "WebServicesExternal@shop", scope="global",
                            private_key_exportable=True),
            self.entry("new", "Default", effective_date=rfc3339(20), roll=True),
            self.entry("spare"), name=name)
        post = ["--report-url", self.mailbox.url] if posts else []
        return Scene(name, self.template(name),
                     ["apply", manifest, *self.report, *post], posts=posts,
                     code=1 if posts else 0)

    def posted(self):
        """The same with a receiver that refuses: the report waits in the outbox."""
        return self.first("posted", posts=True)

    def old_store(self, name):
        """A store that has come far, and the manifest that it is brought to next."""
        folder = self.template(name)
        roll = [self.entry("web", "Default"),
                self.entry("new", "Default", effective_date=rfc3339(-10), roll=True),
                self.entry("old", "Internal", leaf=pki().leaf("old", -400, -1)),
                self.entry("young", "Internal", effective_date=rfc3339(-15), roll=True)]
        rest = [self.entry("edge", "External"), self.entry("lost", "AccessEdgeExternal"),
                self.entry("bent", "WebServicesInternal"), self.entry("open", "XMPPServer")]
        later = self.entry("later", "External", effective_date=rfc3339(10), roll=True)
        manifest = self.manifest(*roll, *rest, later, name="edge", file=f"{name}-old.yaml")
        for day in (-20, -12):
            self.apply(manifest, *BY_GROUP, at=day)
        self.live("local/AccessEdgeExternal").unlink()
        (self.object_of(pki().leaf("bent")) / "cert.pem").write_text("bent\n")
        rest[-1]["private_key_exportable"] = True
        manifest = self.manifest(*roll, *rest, name="edge", file=f"{name}.yaml")
        return folder, ["apply", manifest, *self.report]

    def changes(self):
        """A roll comes due, one is cancelled, one retires, rights change, damage is repaired."""
        return Scene("changes", *self.old_store("changes"))

    def prune(self):
        """Slots are emptied and objects go."""
        folder = self.template("prune")
        entries = [self.entry("web", "Default"), self.entry("edge", "External"),
                   self.entry("open", "Internal", private_key_exportable=True),
                   self.entry("spare")]
        self.apply(self.manifest(*entries, name="prune", file="prune-old.yaml"), *BY_GROUP)
        manifest = self.manifest(entries[0], name="prune", file="prune.yaml")
        return Scene("prune", folder, ["apply", manifest, *self.report, "--prune"])

    def trim(self):
        """As many runs are known as are kept: the oldest one goes."""
        folder = self.template("trim")
        web = self.entry("web", "Default")
        self.apply(self.manifest(web, name="trim", file="trim-old.yaml"))
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            for second in range(1, KEPT_RUNS):
                run = f"20260101T0000{second:02}Z-0123ab"
                index.execute("INSERT INTO run VALUES (?, 1767225600, 1, 0)", (run,))
                (self.store / f"reports/{run}.json").write_text('{"kind": "Run"}')
        manifest = self.manifest(web, self.entry("edge", "External"), name="trim",
                                 file="trim.yaml")
        return Scene("trim", folder, ["apply", manifest, *self.report])

    def killed(self, name, fault):
        """What a run left that was killed when its index was to be put in place."""
        folder, command = self.old_store(name)
        trial = copy(folder, folder.with_name(f"{name}.trial"))
        at = next(call.number for call in run_injected(trial, command, 1)[1]
                  if call.name == "renameat2" and call.other.endswith("/index.db"))
        shutil.rmtree(trial)
        run_injected(folder, command, 1, at, fault)
        return Scene(name, folder, command)

    def killed_early(self):
        """A run follows one that was killed when its objects were in place, and nothing else."""
        return self.killed("killed_early", "before")

    def killed_late(self):
        """A run follows one that was killed when its links were to be set."""
        return self.killed("killed_late", "after")

    def deliver(self):
        """A report goes out that waits in the outbox."""
        folder = self.template("deliver")
        self.mailbox.status = REFUSED
        manifest = self.manifest(self.entry("web", "Default"), name="deliver")
        self.apply(manifest, "--report-url", self.mailbox.url, code=1)
        return Scene("deliver", folder, ["deliver"], tidy=["apply", manifest], receiver=TAKEN)

    def many(self):
        """So many objects and slots that the file system is synced once for all of them."""
        leaves = [pki().leaf(f"site{i}") for i in range(33)]
        manifest = self.manifest(
            *(self.entry(f"site{i}", f"WebServicesExternal@site{i}", leaf=leaf)
              for i, leaf in enumerate(leaves)), name="many")
        return Scene("many", self.template("many"), ["apply", manifest, *self.report])


@dataclasses.dataclass
class Call:
    """A line of inject's log."""
    number: int
    name: str
    fd: str
    count: str
    outcome: str
    path: str = ""
    other: str = ""

    @property
    def can_be_short(self):
        return self.count.isdigit() and int(self.count) > 1


@dataclasses.dataclass
class Run:
    code: int
    out: str
    err: str


PATIENCE = 120  # seconds: far beyond what any run takes
NOTHING = open(os.devnull, "rb")


def copy(folder, to):
    subprocess.run(["cp", "-a", folder, to], check=True)
    return to


def line_of(folder, command):
    words = (word.replace("{folder}", str(folder)) for word in command[1:])
    return [PROGRAM, command[0], "--store", folder / "store", *BY_GROUP, *words]


def run_plainly(folder, command):
    run = subprocess.run(line_of(folder, command), capture_output=True, check=False,
                         timeout=PATIENCE, env=environment(HOME=folder), stdin=NOTHING)
    return Run(run.returncode, run.stdout.decode(), run.stderr.decode())


def run_injected(folder, command, jobs, at=None, fault=None):
    """The run, and the calls that its log names: all of them, or the one that failed."""
    log, out, err = (folder / name for name in ("log", "out", "err"))
    how = ["--at", str(at), "--fault", fault] if at else ["--list"]
    line = [INJECT, *how, "--log", log, "--", *line_of(folder, command), "--jobs", str(jobs)]
    with open(out, "wb") as out_file, open(err, "wb") as err_file:
        code = subprocess.run(line, stdout=out_file, stderr=err_file, check=False,
                              timeout=PATIENCE, env=environment(HOME=folder),
                              stdin=NOTHING).returncode
    calls = [Call(int(fields[0]), *fields[1:])
             for fields in (line.split("\t") for line in log.read_text().splitlines())]
    run = Run(code, out.read_text(errors="replace"), err.read_text(errors="replace"))
    for path in (log, out, err):
        path.unlink()
    return run, calls
