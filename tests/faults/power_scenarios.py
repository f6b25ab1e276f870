"""What runs when the power fails: how the store comes to be, what is recorded, and what comes next."""
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import sqlite3
import threading

from harness import pki
from power_judge import STORE

PAST, AHEAD = "2026-01-01T00:00:00Z", "2035-01-01T00:00:00Z"
LONG = {"start": "2025-01-01", "end": "2040-01-01"}
KEPT_RUNS = 30
MANY = 34  # certificates: from 33 on the file system is synced once, not each file

# What was hex in the index before its version 3.
DIGESTS = {"certificate": "fingerprint thumbprint key_id chain_digest",
           "content": "fingerprint key_digest", "issuer": "digest", "chain": "fingerprint",
           "claim": "fingerprint", "holding": "fingerprint", "source": "digest fingerprint",
           "run_certificate": "fingerprint"}


def leaf(name, key_of=None):
    return pki().leaf(name, **LONG, key_of=key_of)


class Inbox:
    """A receiver of reports in this process, that takes them or, for good, does not."""

    def __init__(self):
        inbox = self
        self.takes, self.taken = True, {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if inbox.takes:
                    inbox.taken.setdefault(self.headers["Idempotency-Key"], body)
                self.send_response(200 if inbox.takes else 422)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Scenario:
    """One of the table below."""

    always = r"^$"          # after calls like these every sample looks: here were faults once
    killed = None           # with each sample it is killed at the call after one like this, too:
    killed_nth = 0          # the first of them; -1: the last
    code = 0                # how the recorded run ends
    code_next = 0           # and those that come next
    waiting_next = None     # what is in the outbox then; None: as after the recorded run
    rests = True            # does the run after the next have nothing to do?
    texts_in_index = False  # an index of an earlier version keeps the texts of the runs

    def prepare(self, world):
        """What earlier runs have made of the store."""

    def begin(self):
        """Before the recorded run, and before each judgement."""

    def go_on(self):
        """Before the next run of a judgement."""

    def check(self, waiting):
        """The faults of what is not on the disk; waiting: what was in the outbox after the cut."""
        return []

    def again(self, world):
        """The recorded command; the next run has the same one."""
        return "apply", "--report", world.page, world.folder / "edge.yaml"

    def rebuild(self, world):
        """What writes a lost index anew."""
        return self.again(world)

    def settle(self, world):
        """What else has to come, for the next run to have done what the recorded one had."""

    def close(self):
        """Lets go of what it holds."""

    def manifest(self, world, *entries):
        lines = ["version: 1", "name: edge"]
        lines += ["certificates:" if entries else "certificates: []"]
        lines += [f"  - {json.dumps(entry)}" for entry in entries]
        (world.folder / "edge.yaml").write_text("\n".join(lines) + "\n")

    def apply(self, world, *arguments):
        run = world.run("apply", *arguments, world.folder / "edge.yaml")
        assert run.code == self.code, run.text


def entry(name, types, source=None, **more):
    return {"name": name, "path": (source or leaf(name)).pem(), "type": types, **more}


class First(Scenario):
    """The first apply: the folders above the store are not there either."""

    always = r"^mkdir\("
    killed = r'mkdirat\(\d+, "local"'

    def prepare(self, world):
        shutil.rmtree(world.disk / STORE.split("/", maxsplit=1)[0])
        self.manifest(world, entry("web", ["Default", "Internal"], private_key_exportable=True),
                      entry("next", "Default", effective_date=AHEAD, roll=True),
                      entry("shop", "WebServicesExternal@shop", scope="global"))


class Roll(Scenario):
    """A roll that has come due, one that is moved, one that is cancelled, a clean cut."""

    def prepare(self, world):
        self.manifest(world, entry("web", "Default"), entry("old", "External"),
                      entry("next", "Default", effective_date=AHEAD, roll=True),
                      entry("gone", "External", effective_date=AHEAD, roll=True),
                      entry("last", "Internal"))
        self.apply(world)
        self.manifest(world, entry("web", "Default"), entry("old", "External"),
                      entry("next", "Default", effective_date=PAST, roll=True),
                      entry("other", "Internal"))


class Repair(Scenario):
    """What was changed, lost or opened to others is put right; a key is given to the service."""

    def prepare(self, world):
        web = entry("web", "Default")
        self.manifest(world, web, entry("shop", "External"), entry("other", "Internal"))
        self.apply(world)
        objects = world.store / "objects"
        (objects / leaf("web").fingerprint / "fullchain.pem").write_bytes(b"changed")
        (objects / leaf("shop").fingerprint / "privkey.pem").chmod(0o644)
        (world.store / "live/local/Internal/current").unlink()
        self.manifest(world, web, entry("shop", "External"),
                      entry("other", "Internal", private_key_exportable=True))


class Prune(Scenario):
    """Slots and certificates that go for good, one of them from a folder that holds more."""

    always = r'unlinkat\(.* AT_REMOVEDIR'
    killed = r"renameat2\(.*EXCHANGE"

    def prepare(self, world):
        self.manifest(world, entry("web", "Default"), entry("shop", "External", scope="global"),
                      entry("old", "Internal"))
        self.apply(world)
        (world.store / "live/local/Internal/note").write_text("ours\n")
        self.manifest(world, entry("web", "Default"))

    def again(self, world):
        return "apply", "--prune", "--report", world.page, world.folder / "edge.yaml"

    def settle(self, world):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(world.store / "live/local/Internal")


class Many(Scenario):
    """More than are synced one by one: new ones, changed ones, and a slot less."""

    def entries(self, *skipped, **more):
        first = leaf("many")
        return [entry(f"many-{i}", f"UserDefined@{i}", leaf(f"many-{i}", key_of=first), **more)
                for i in range(MANY) if i not in skipped]

    def prepare(self, world):
        self.manifest(world, *self.entries(1))
        self.apply(world)
        self.manifest(world, *self.entries(2, private_key_exportable=True))

    def again(self, world):
        return "apply", "--prune", "--report", world.page, world.folder / "edge.yaml"


class Upgrade(Scenario):
    """The first change of a store whose index an earlier version wrote."""

    texts_in_index = True

    def prepare(self, world):
        self.manifest(world, entry("web", "Default"))
        self.apply(world)
        with contextlib.closing(sqlite3.connect(world.store / "index.db")) as index, index:
            for table, columns in DIGESTS.items():
                for column in columns.split():
                    index.execute(f"UPDATE {table} SET {column} = lower(hex({column}))")
            index.executescript("UPDATE source SET sight = lower(hex(sight)) WHERE sight NOTNULL;"
                                "ALTER TABLE source DROP COLUMN has_key;"
                                "ALTER TABLE source DROP COLUMN has_chain;"
                                "ALTER TABLE slot DROP COLUMN links;"
                                "ALTER TABLE run ADD COLUMN json TEXT NOT NULL DEFAULT '{}';"
                                "PRAGMA user_version = 2;")
        for text in world.store.glob("reports/*.json"):
            text.unlink()
        self.manifest(world, entry("web", "Default"), entry("shop", "External"))


class Trim(Scenario):
    """As many runs are known as are kept: of the oldest nothing stays when this one is written
    down, which is the last that it does to the index."""

    always = r"unlinkat\(.*json"
    killed = r"renameat2\(.*EXCHANGE"
    killed_nth = -1

    def prepare(self, world):
        self.manifest(world, entry("web", "Default"))
        self.apply(world)
        with contextlib.closing(sqlite3.connect(world.store / "index.db")) as index, index:
            for second in range(1, KEPT_RUNS):
                run = f"20260101T0000{second:02}Z-0123ab"
                index.execute("INSERT INTO run VALUES (?, 1767225600, 1, 1)", (run,))
                (world.store / f"reports/{run}.json").write_text('{"kind": "Run"}')
                (world.store / f"reports/{run}.html").write_text("<!DOCTYPE html></html>")
        self.manifest(world, entry("web", "Default"), entry("shop", "External"))


class Queue(Scenario):
    """A report that is not taken waits, behind one of an earlier run; the next run brings all."""

    code = 1  # it did not reach the receiver
    code_next = 0
    waiting_next = set()

    def __init__(self):
        self.inbox = Inbox()

    def prepare(self, world):
        self.inbox.takes = False
        self.manifest(world, entry("web", "Default"))
        self.apply(world, "--report-url", self.inbox.url)
        self.manifest(world, entry("web", "Default"), entry("shop", "External"))

    def again(self, world):
        return ("apply", "--report", world.page, "--report-url", self.inbox.url,
                world.folder / "edge.yaml")

    def begin(self):
        self.inbox.takes = False
        self.inbox.taken.clear()

    def go_on(self):
        self.inbox.takes = True

    def check(self, waiting):
        runs = [run for run, _ in waiting]
        faults = [] if list(self.inbox.taken)[:len(runs)] == runs else [
            f"{runs} waited, and {list(self.inbox.taken)} arrived"]
        return faults + [f"the report of {run} that arrived is not whole" for run, body in
                         self.inbox.taken.items() if not body.strip().endswith(b"</html>")]

    def close(self):
        self.inbox.close()


class Deliver(Queue):
    """What waits is sent. What arrived and is not known to have arrived is sent again."""

    code = 0
    rests = False

    def prepare(self, world):
        self.code = 1
        super().prepare(world)
        self.apply(world, "--report", world.page, "--report-url", self.inbox.url)
        self.code = 0

    def begin(self):
        self.inbox.takes = True
        self.inbox.taken.clear()

    def again(self, world):
        return ("deliver",)

    def rebuild(self, world):
        return "apply", world.folder / "edge.yaml"


SCENARIOS = {"first": First, "roll": Roll, "repair": Repair, "prune": Prune, "many": Many,
             "upgrade": Upgrade, "trim": Trim, "queue": Queue, "deliver": Deliver}
