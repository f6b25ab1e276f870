"""What a case left, and whether that may be.

A store is seen from outside: its links, the files of its objects, and what status says. The state
before the run and after it is known from a run without a fault, and so is where the next run ends.
"""
import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import re
import sqlite3
import stat

from harness import PASSWORD, fingerprints

from scenes import OLD_REPORT, REFUSED, TAKEN, copy, run_injected, run_plainly

PARTS = {"index.db", "index.db.spare", "lock", "outbox.lock", "objects", "live", "reports"}
KILLED = 128 + 9
SYNCS = ("fsync", "fdatasync", "syncfs", "sync_file_range", "msync")
SAID_BY_SQLITE = ["disk I/O error", "database or disk is full", "database is locked",
                  "cannot be opened for writing"]
ERROR = re.compile(r"(?:certroll|.*:\d+:\d+): error: |certroll: standard output: ")


class Wrong(AssertionError):
    """Something that must not be."""


def require(condition, *what):
    if not condition:
        raise Wrong(" ".join(map(str, what)))


def read_object(folder):
    """Name to rights and content; "." is the folder itself."""
    found = {}
    for path in [folder, *folder.iterdir()]:
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found["." if path == folder else path.name] = (stat.S_IMODE(status.st_mode), status.st_gid,
                                                       content)
    return found


def read_links(store):
    return {str(path.relative_to(store / "live")): os.readlink(path)
            for path in (store / "live").rglob("*") if path.is_symlink()}


def read_objects(store):
    folder = store / "objects"
    return {path.name: read_object(path) for path in folder.iterdir()} if folder.is_dir() else {}


def read_slots(folder):
    """What status says, without when."""
    run = run_plainly(folder, ["status", "-o", "json"])
    status = json.loads(run.out)
    return {f"{slot['scope']}/{slot['type']}": slot for slot in status.get("slots", [])}, \
        status.get("unassigned", [])


@dataclasses.dataclass
class State:
    links: dict
    objects: dict
    slots: dict
    unassigned: list

    @classmethod
    def read(cls, folder):
        store = folder / "store"
        return cls(read_links(store), read_objects(store), *read_slots(folder))

    def difference(self, other):
        """In words, for who has to find the fault; "" where there is none."""
        found = []
        for name in ("links", "objects", "slots"):
            mine, others = getattr(self, name), getattr(other, name)
            found += [f"{name}: {key}: {mine.get(key)} instead of {others.get(key)}"
                      for key in sorted({*mine, *others}) if mine.get(key) != others.get(key)]
        if self.unassigned != other.unassigned:
            found.append(f"unassigned: {self.unassigned} instead of {other.unassigned}")
        return "\n".join(found)


@dataclasses.dataclass
class Course:
    """How it goes without a fault."""
    before: State
    after: State
    settled: State  # after one more run
    errors: list    # what the run says


def error_lines(run):
    return [line for line in run.err.splitlines() if ERROR.match(line)]


def follow(scene, folder, mailbox):
    """The next run, as if nothing had been."""
    mailbox.status = TAKEN
    run = run_plainly(folder, scene.command)
    if run.code == 0 and scene.tidy:
        run = run_plainly(folder, scene.tidy)
    mailbox.status = REFUSED
    return run


def find_course(scene, folder, mailbox):
    copy(scene.template, folder)
    before = State.read(folder)
    mailbox.status, mailbox.keys[:] = scene.receiver, []
    run, calls = run_injected(folder, scene.command, 1)
    require(run.code == scene.code, "without a fault:", run)
    after = State.read(folder)
    require(follow(scene, folder, mailbox).code == 0, "the second run fails")
    course = Course(before, after, State.read(folder), error_lines(run))
    require(course.settled == course.after, course.settled.difference(course.after))
    return course, calls


# One check a function; each takes a case.

@dataclasses.dataclass
class Case:
    scene: object
    course: Course
    folder: object
    fault: str
    call: object   # that was reached, or None
    run: object
    state: object = None

    @property
    def store(self):
        return self.folder / "store"

    @property
    def is_kill(self):
        return self.fault in ("before", "after") and self.call is not None

    @property
    def is_mute(self):
        """What it had to say could not be said."""
        return self.call is not None and self.call.fd == "2" and self.call.path.endswith("/err")


def check_exit(case):
    if case.is_kill:
        require(case.run.code == KILLED, f"exit {case.run.code}")
    else:
        require(case.run.code in (0, 1), f"exit {case.run.code}")


def check_secrets(case):
    for text in (case.run.out, case.run.err):
        require(PASSWORD not in text, "a password is said")
        require("PRIVATE KEY" not in text, "a key is said")
        require("(null)" not in text, "says (null)")


def check_links(case):
    """Each leads to an object as it was or as it is to be; none is lost that is to stay."""
    before, after = case.course.before, case.course.after
    links, objects = read_links(case.store), read_objects(case.store)
    for path, target in links.items():
        if path.rpartition("/")[2].startswith("."):
            continue
        name = target.rpartition("/")[2]
        require(target in (before.links.get(path), after.links.get(path)), path, "leads to", target)
        require(name in objects, path, "leads nowhere")
        require(objects[name] in (before.objects.get(name), after.objects.get(name)),
                path, "leads to what is neither old nor new:", objects[name])
    for path in before.links:
        require(path in links or path not in after.links, path, "is gone")


def check_order(case):
    """What relies on the old certificate finds it in previous before another one is current."""
    before, after, links = case.course.before.links, case.course.after.links, read_links(case.store)
    for path, target in after.items():
        slot, _, place = path.rpartition("/")
        previous = f"{slot}/previous"
        if place == "current" and before.get(path, target) != target == links.get(path):
            require(after.get(previous, links.get(previous)) == links.get(previous), slot,
                    "has a new current before its previous")


def check_slots(case):
    """The index has each slot as before or as after."""
    slots, before, after = case.state.slots, case.course.before.slots, case.course.after.slots
    for name in {*before, *after, *slots}:
        require(slots.get(name) in (before.get(name), after.get(name)), name, "is", slots.get(name))


def check_known(case):
    """What the index names is there."""
    for name, slot in case.state.slots.items():
        for claim in [slot["current"], slot["previous"], *slot["next"]]:
            require(not claim or claim["fingerprint"] in case.state.objects, name,
                    "names an object that is not there:", claim)
    for claim in case.state.unassigned:
        require(claim["fingerprint"] in case.state.objects, "an object is not there:", claim)


def check_report(case):
    path = case.folder / "last-run.html"
    require(path.exists(), "the report is gone")
    text = path.read_text()
    whole = text.startswith("<!DOCTYPE html") and text.endswith("</html>\n")
    require(text == OLD_REPORT or whole, "the report is neither old nor new")


def is_complete(case):
    state, after = case.state, case.course.after
    report = (case.folder / "last-run.html").read_text()
    return state == after and ("--report" not in case.scene.command or report != OLD_REPORT)


def check_success(case):
    """It says that all is done only where it is; else it says what is not."""
    if case.is_kill:
        return
    complete = is_complete(case)
    said = list(error_lines(case.run))
    for line in case.course.errors:
        said = [each for each in said if anonymous(each) != anonymous(line)]
    if case.run.code == 0:
        require(complete, "exit 0, but not all is done:",
                case.state.difference(case.course.after))
        require(case.call is None or case.call.outcome != "failed" or case.call.name not in SYNCS,
                "exit 0, though it is not durable")
    elif not complete or case.scene.code == 0:
        require(said or case.is_mute, "fails without a word:", case.run.err)
        require(not said or any(is_readable(case, line) for line in said), "says too little:", said)


def is_readable(case, line):
    """It names the file and what happened; of what other programs do it need not know why."""
    if case.call.path.startswith(("pipe:", "socket:")):
        return True
    why = [os.strerror(getattr(errno, case.fault))] if case.fault.startswith("E") else []
    where = str(case.folder) in line or "standard output" in line
    return where and any(each in line for each in why + SAID_BY_SQLITE)


def check_verify(case):
    """Clean, or it says what is wrong and where; clean behind a run that says that all is done."""
    run = run_plainly(case.folder, ["verify"])
    require(run.code in (0, 1), "verify:", run)
    require(run.code == 0 or error_lines(run), "verify fails without a word")
    require(run.code == 0 or case.is_kill or case.run.code == 1, "exit 0, but verify says:", run.err)


def check_next_run(case, mailbox):
    run = follow(case.scene, case.folder, mailbox)
    require(run.code == 0, "the next run fails:", run.err)
    state, settled = State.read(case.folder), case.course.settled
    require(state == settled, "the next run does not converge:\n" + state.difference(settled))
    verified = run_plainly(case.folder, ["verify"])
    require(verified.code == 0, "verify after the next run:", verified.err)
    check_leftovers(case)
    before = fingerprints(case.store)
    run = follow(case.scene, case.folder, mailbox)
    require(run.code == 0, "the run after the next fails:", run.err)
    now = fingerprints(case.store)
    require(now == before, "the run after the next changes something:",
            sorted({*now.items()} ^ {*before.items()}))


def check_leftovers(case):
    found = {path.name for path in case.store.iterdir()}
    require(found <= PARTS, "left over in the store:", found - PARTS)
    for path in case.folder.rglob("*"):
        name = path.name
        require(not name.endswith((".tmp", ".new")) and not name.startswith(".new"),
                "left over:", path)
    with contextlib.closing(sqlite3.connect(f"file:{case.store}/index.db?immutable=1",
                                            uri=True)) as index:
        runs = {run for run, in index.execute("SELECT id FROM run")}
    for path in (case.store / "reports").glob("*"):
        require(path.stem in runs, "left over:", path)


def check_delivery(case, mailbox):
    """Each report arrives, and none arrives twice but where it could not be written down."""
    keys = mailbox.keys
    ours = case.scene.posts or case.scene.receiver == TAKEN
    require(not ours or keys, "no report arrived")
    again = len(keys) - len(set(keys))
    recorded = not case.is_kill and case.run.code == 0
    require(again == 0 or not recorded, "a report arrived twice")
    require(again <= 1, "a report arrived more than twice")


def anonymous(text):
    """A message without what differs from run to run."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{6}", "RUN", text)
    text = re.sub(r"[0-9a-f]{64}", "FINGERPRINT", text)
    text = re.sub(r"[^ :]*/case(?=/|:| |$)", "CASE", text)
    return re.sub(r"\b[0-9a-f]{16}\b", "RANDOM", text)


def verdict(case):
    """A word for the table."""
    if case.call is None:
        return "not reached"
    if case.is_kill:
        return "killed"
    if case.call.outcome == "untouched":
        return "not hit"
    complete = is_complete(case)
    if case.run.code == 0:
        return "done"
    if complete:
        return "done, told"
    return "unchanged, told" if case.state == case.course.before else "part, told"


def judge(case, mailbox):
    check_exit(case)
    check_secrets(case)
    check_links(case)
    check_order(case)
    check_report(case)
    case.state = State.read(case.folder)
    check_slots(case)
    check_known(case)
    word = verdict(case)
    check_success(case)
    check_verify(case)
    check_next_run(case, mailbox)
    check_delivery(case, mailbox)
    return word
