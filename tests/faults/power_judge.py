"""Whether a store that a power cut left is one that certroll may leave.

What is held against it: the state before the recorded run and the state after it, both read from
the disk, and what certroll itself says. Each fault is a sentence.
"""
import contextlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess

from harness import PATIENCE, PROGRAM, CliTest, environment, fingerprints

STORE = "var/lib/certroll"
PAGE = "out/last.html"
PAGE_ENDS = (b"<!DOCTYPE", b"</html>")
KEPT = ("cert.pem", "privkey.pem")
LEFTOVERS = ("left over from a run that was killed", "that the index does not know")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return (self.out + self.err).strip()


class World:
    """A folder with a disk in it, the store on that disk, and manifests beside it."""

    def __init__(self, folder):
        self.folder, self.disk = folder, folder / "disk"
        self.store, self.page = self.disk / STORE, self.disk / PAGE
        self.urls = []

    def environment(self):
        return environment(HOME=self.folder, CERTROLL_REPORT_TIMEOUT=60,
                           CERTROLL_SERVICE_GROUP=CliTest.group())

    def command(self, command, *arguments):
        return [PROGRAM, command, "--store", str(self.store), *map(str, arguments)]

    def run(self, command, *arguments):
        run = subprocess.run(self.command(command, *arguments), capture_output=True, check=False,
                             stdin=subprocess.DEVNULL, timeout=PATIENCE, env=self.environment())
        return Result(run.returncode, run.stdout.decode(), run.stderr.decode())

    def rows(self, sql):
        """Of the index, by no program of ours; [] where there is none."""
        index = self.store / "index.db"
        if not index.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{index}?immutable=1", uri=True)) as base:
            return base.execute(sql).fetchall()


def as_hex(value):
    return value.hex() if isinstance(value, bytes) else value


class State:
    """What there is on the disk, whatever its index is worth."""

    def __init__(self, world):
        store = world.store
        self.links = {str(path.relative_to(store)): os.readlink(path)
                      for path in store.glob("live/*/*/[!.]*") if path.is_symlink()}
        self.objects = {path.name: self._object(path) for path in store.glob("objects/*")
                        if not path.name.startswith(".")}
        self.texts = {path.name: path.read_bytes() for path in store.glob("reports/*")}
        self.page = world.page.read_bytes() if world.page.exists() else None
        self.has_index = (store / "index.db").exists()

    @staticmethod
    def _object(folder):
        """Modes and bytes of its files."""
        found = {".": (oct(stat.S_IMODE(folder.lstat().st_mode)), b"")}
        for path in folder.iterdir() if folder.is_dir() else ():
            status = path.lstat()
            found[path.name] = (oct(stat.S_IMODE(status.st_mode)), status.st_gid,
                                path.read_bytes() if path.is_file() else b"")
        return found


class Known(State):
    """A state that stands at rest: its index too."""

    def __init__(self, world):
        super().__init__(world)
        self.certificates = {as_hex(row[0]) for row in world.rows(
            "SELECT fingerprint FROM certificate")}
        self.referenced = {as_hex(row[0]) for row in world.rows(
            "SELECT fingerprint FROM claim UNION SELECT fingerprint FROM holding")}
        self.runs = {row[0]: row[1:] for row in world.rows("SELECT id, finished, report FROM run")}
        self.waiting = set(world.rows("SELECT run, url FROM outbox"))
        self.slots = slots(world.run("status", "-o", "json")) if self.has_index else []


def slots(result):
    return json.loads(result.out)["slots"]


class Judge:
    """before, after: Known. killed: the run was, and came again; what it wrote down of how it ended
    nobody has promised."""

    def __init__(self, world, scenario, before, after, killed):
        self.world, self.scenario, self.killed = world, scenario, killed
        self.before, self.after = before, after
        self.faults = []
        self.index_lost = False

    def fault(self, text):
        self.faults.append(text)

    def ran(self, command, *arguments, codes=(0,)):
        """A run that must end in one of these ways."""
        result = self.world.run(command, *arguments)
        if result.code not in codes:
            self.fault(f"{command} ended with {result.code}: {result.text[-400:]}")
            return None
        return result

    # what is there

    def look_at_object(self, state, fingerprint, why):
        found = state.objects.get(fingerprint)
        versions = [known.objects[fingerprint] for known in (self.before, self.after)
                    if fingerprint in known.objects]
        if found in versions:
            return True
        names = sorted(found) if found else "nothing"
        self.fault(f"{why}: objects/{fingerprint[:16]} is neither as before nor as after: {names}")
        return False

    def look_at_links(self, state, ended):
        """Each is as before or as after, and shows what is whole."""
        for path in {*state.links, *self.before.links, *self.after.links}:
            allowed = [known.links.get(path) for known in (self.before, self.after)]
            target = state.links.get(path)
            if target not in (allowed[1:] if ended else allowed):
                self.fault(f"{path} shows {target and target[-64:][:16]}, and not one of "
                           f"{[each and each[-64:][:16] for each in allowed]}")
            if target:
                self.look_at_object(state, target.rpartition("/")[2], f"{path} shows it")

    def look_at_texts(self, state, ended):
        """The texts of the runs that the index knows, and the report that was asked for."""
        if ended and state.page != self.after.page:
            self.fault("the file of --report is not the one after")
        elif state.page is not None:
            self.look_at_text("the file of --report", state.page, PAGE_ENDS)
        world = self.world
        runs = {row[0]: row[1:] for row in world.rows("SELECT id, finished, report FROM run")}
        waiting = set(world.rows("SELECT run, url FROM outbox"))
        for run in {*self.before.runs} & {*self.after.runs} - {*runs}:
            self.fault(f"the run {run} is forgotten")
        for item in self.before.waiting & self.after.waiting - waiting:
            self.fault(f"the report {item} waits no more")
        same = runs.keys() == self.after.runs.keys() if self.killed else runs == self.after.runs
        if ended and not same:
            self.fault(f"the runs are {runs} and not {self.after.runs}")
        if ended and waiting != self.after.waiting:
            self.fault(f"in the outbox is {waiting} and not {self.after.waiting}")
        for run, (_, has_report) in runs.items():
            if self.scenario.texts_in_index and run in self.before.runs:
                continue
            self.look_at_text(f"{run}.json", state.texts.get(f"{run}.json"), (b"{", b"}"))
            if has_report or run in {item[0] for item in waiting}:
                self.look_at_text(f"{run}.html", state.texts.get(f"{run}.html"), PAGE_ENDS)

    def look_at_text(self, name, text, ends):
        """Whole: a run writes its texts more than once, and each of them will do."""
        text = (text or b"").strip()
        if not text.startswith(ends[0]) or not text.endswith(ends[1]) or b"\0" in text:
            self.fault(f"{name} is not whole: {len(text)} bytes")

    # what certroll says

    def look_at_status(self, state, ended):
        """Before or after, and nothing between."""
        if not state.has_index and not self.before.has_index and not ended:
            self.ran("status", codes=(0, 1))
            return
        result = self.ran("status", "-o", "json")
        if not result:
            return
        allowed = [self.after.slots] if ended else [self.before.slots, self.after.slots]
        if slots(result) not in allowed:
            self.fault("status shows neither the state before nor the one after")
        self.ran("history", "-o", "json")
        for fingerprint in {as_hex(row[0]) for row in self.world.rows(
                "SELECT fingerprint FROM certificate")}:
            self.look_at_object(state, fingerprint, "the index has it")

    def look_at_verify(self, ended):
        """It can tell what there is; after the end only what was to be removed may be left."""
        result = self.ran("verify", codes=(0, 1))
        if not result:
            return
        if "index.db is damaged" in result.text:
            self.fault(f"the index is damaged: {result.text[:300]}")
        told = [line for line in result.err.splitlines() if "[store_damaged]" in line]
        for line in told if ended else ():
            if not any(words in line for words in LEFTOVERS):
                self.fault(f"verify says: {line}")

    def look_at_next(self):
        """The next run makes of it what an undisturbed one would have."""
        world, scenario = self.world, self.scenario
        waiting = world.rows("SELECT run, url FROM outbox ORDER BY id")
        scenario.go_on()
        if not self.ran(*scenario.again(world), codes=(scenario.code_next,)):
            return
        scenario.settle(world)
        now = Known(world)
        self.faults += scenario.check(waiting)
        if now.waiting != (self.after.waiting if scenario.waiting_next is None else
                           scenario.waiting_next):
            self.fault(f"after the next run {now.waiting} waits")
        for what in ("slots", "links", "referenced"):
            if getattr(now, what) != getattr(self.after, what):
                self.fault(f"after the next run the {what} differ: {getattr(now, what)}, and "
                           f"undisturbed {getattr(self.after, what)}")
        for fingerprint in now.referenced:
            if now.objects.get(fingerprint) != self.after.objects.get(fingerprint):
                self.fault(f"after the next run objects/{fingerprint[:16]} differs")
        if self.after.page:
            self.look_at_text("the next run's report", now.page, PAGE_ENDS)
        self.ran("verify")
        self.look_at_modes()
        if scenario.rests:
            self.look_at_rest()

    def look_at_modes(self):
        for name, mode in (("", 0o711), ("objects", 0o711), ("live", 0o755), ("reports", 0o700)):
            found = stat.S_IMODE((self.world.store / name).stat().st_mode)
            if found != mode:
                self.fault(f"after the next run STORE/{name} has the mode {found:o}")

    def look_at_rest(self):
        """And the one after that has nothing to do."""
        before = fingerprints(self.world.store)
        command, *arguments = self.scenario.again(self.world)
        self.ran(command, "--detailed-exitcode", *arguments)
        now = fingerprints(self.world.store)
        if now != before:
            self.fault("the run after the next still changed " + ", ".join(sorted(
                path for path in {*now, *before} if now.get(path) != before.get(path))))

    # the judgements

    def honest(self, ended):
        """All that was promised of a disk that keeps its word."""
        state = State(self.world)
        try:
            self.look_at_status(state, ended)
            self.look_at_links(state, ended)
            self.look_at_texts(state, ended)
            if state.has_index:
                self.look_at_verify(ended)
            self.look_at_next()
        except sqlite3.DatabaseError as error:
            self.fault(f"SQLite cannot read the index: {error}")
        return self.faults

    def lied(self):
        """Of a disk that broke its word once: the last run may be lost, and texts of the past;
        what is served and is broken is told and repaired; and no path shows a key beside a
        certificate that is not its own."""
        world, state = self.world, State(self.world)
        self.look_at_pairs(state)
        mixed, self.faults = self.faults, []
        self.look_at_links(state, False)
        broken, self.faults = self.faults, mixed
        told = world.run("verify") if self.before.has_index or state.has_index else None
        if told and told.code not in (0, 1):
            self.fault(f"verify ended with {told.code}: {told.text[-300:]}")
        if broken and told and told.code == 0:
            self.fault(f"verify finds nothing wrong, but {broken[0]}")
        self.scenario.go_on()
        result = world.run(*self.scenario.again(world))
        if result.code == 1 and "index.db is damaged" in result.text:
            # Of a torn one it may be seen first that it is old, which ends verify: the advice is one.
            if told and not re.search(r"index\.db is damaged|\[index_old\]", told.text):
                self.fault("verify did not say that the index is damaged")
            self.follow_advice()
            self.index_lost = True
        elif result.code == 1 and "[index_old]" in result.text:
            if told and "[index_old]" not in told.text:
                self.fault("verify did not say that the index is old")
            self.make_anew()
        elif result.code != self.scenario.code_next:
            self.fault(f"the next run ended with {result.code}: {result.text[-400:]}")
            return self.faults
        self.look_at_repair()
        return self.faults

    def look_at_pairs(self, state):
        """Told by the bytes of all keys and certificates that are known."""
        owner = {}
        for known in (self.before, self.after):
            for fingerprint, files in known.objects.items():
                for name in KEPT:
                    if name in files:
                        owner.setdefault(files[name][2], set()).add(fingerprint)
        for path, target in state.links.items():
            files = state.objects.get(target.rpartition("/")[2], {})
            owners = [owner[files[name][2]] for name in KEPT
                      if name in files and files[name][2] in owner]
            if len(owners) == 2 and not owners[0] & owners[1]:
                self.fault(f"{path} shows a key beside a certificate that is not its own")

    def follow_advice(self):
        os.rename(self.world.store / "index.db", self.world.folder / "index.bad")
        self.ran(*self.scenario.rebuild(self.world))

    def make_anew(self):
        """The index before came back, though the run was told that its own is durable."""
        self.ran("verify", "--rebuild", codes=(0, 1))
        self.ran(*self.scenario.rebuild(self.world))

    def look_closer(self):
        """Bytes that are lost behind looks that are not: verify sees them, and says what helps."""
        result = self.world.run("verify")
        if "was changed" in result.text:
            if "apply --no-cache" not in result.text:
                self.fault(f"verify does not say what helps: {result.text}")
            self.ran(*self.scenario.rebuild(self.world), "--no-cache")

    def look_at_repair(self):
        """What the manifests tell is there again; the past may be lost."""
        self.look_closer()
        self.scenario.settle(self.world)
        now = Known(self.world)
        for path, target in self.after.links.items():
            if not path.endswith("/previous") and now.links.get(path) != target:
                self.fault(f"after the next run {path} shows {now.links.get(path)}")
            if path in now.links:
                self.look_at_object(now, now.links[path].rpartition("/")[2], f"repaired, {path}")
        result = self.ran("verify", codes=(0, 1))
        told = [line for line in result.err.splitlines() if "error: " in line] if result else []
        for line in told:
            if not line.endswith(("the report is lost [store_damaged]",
                                  "what the run did is lost [store_damaged]")):
                self.fault(f"after the next run verify says: {line}")


def out_of_reach(world):
    """Removes the disk, also where modes forbid to look into it."""
    for folder, _, _ in os.walk(world.disk):
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o700)
    shutil.rmtree(world.disk, ignore_errors=True)


def say(*words):
    print(*words, flush=True)
