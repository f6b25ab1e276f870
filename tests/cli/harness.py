"""What all command-line tests have in common: a folder and a store each, and a way to run certroll.

The environment says what is run:

    CERTROLL           the program
    CERTROLL_WRAPPER   what it is run under, such as 'valgrind --error-exitcode=99 -q'

Every run is checked, whatever the test is about: that it did not die of a sanitizer or a signal,
that no password is in what it printed, and that its JSON is what its schema says. When a test ends,
no file of its store but the private keys themselves may hold a key, and none a password.
"""
import functools
import grp
import hashlib
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

import jsonschema

from loopback import Receiver
from pki import NOW, PASSWORD, Pki, instant, rfc3339

PROGRAM = os.environ.get("CERTROLL", "")
WRAPPER = shlex.split(os.environ.get("CERTROLL_WRAPPER", ""))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SANITIZED = bool(PROGRAM) and b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()
SKIPPED = 77  # the exit code of a file of which nothing could be run
BROKEN = 99  # the exit code of a sanitizer or of valgrind that found something
SLOWNESS = 20 if WRAPPER else 3 if SANITIZED else 1
PATIENCE = 60 * SLOWNESS

SCHEMAS = {"Plan": "plan", "Run": "report", "Status": "status"}


def often(count):
    """How often something is tried that has to be tried often: less where each time is slow."""
    return max(4, count // 6) if WRAPPER else count


@functools.lru_cache
def pki():
    return Pki()


@functools.lru_cache
def validator(kind):
    schema = json.loads((ROOT / "schemas" / f"{SCHEMAS[kind]}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def environment(**more):
    """This process's, without what would change what certroll does."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("CERTROLL") and not name.lower().endswith("_proxy")
            and name not in ("NO_COLOR", "XDG_STATE_HOME", "CREDENTIALS_DIRECTORY", "TERM")}
    kept |= {"TZ": "UTC", "LC_ALL": "C.UTF-8", "CERTROLL_REPORT_TIMEOUT": "3"}
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
        kept[name] = ":".join(filter(None, [kept.get(name), f"exitcode={BROKEN}"]))
    return kept | {name: str(value) for name, value in more.items()}


def clock(at):
    """A command that runs another one with its clock at an instant."""
    return ["faketime", "-m", "-f", instant(at).strftime("@%Y-%m-%d %H:%M:%S")]


CLOCK_ENVIRONMENT = {"NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
if SANITIZED:
    CLOCK_ENVIRONMENT["ASAN_OPTIONS"] = f"verify_asan_link_order=0:exitcode={BROKEN}"


@functools.lru_cache
def clock_fault():
    """Why the clock cannot be moved for this program, or None."""
    if not shutil.which("faketime"):
        return "faketime is not installed"
    run = subprocess.run([*clock("2030-01-01"), *WRAPPER, PROGRAM, "--version"], check=False,
                         capture_output=True, env=environment(**CLOCK_ENVIRONMENT), timeout=60)
    return None if run.returncode == 0 else f"faketime does not work here: {run.stderr[:200]}"


def needs_clock(test):
    """Skips a test, or a class of them, where the clock cannot be moved."""
    fault = clock_fault() if PROGRAM else None
    return unittest.skipIf(fault, fault or "")(test)


def read(path):
    return pathlib.Path(path).read_bytes()


def fingerprints(folder):
    """Every file, folder and link below a folder: its mode, its mtime, and what is in it."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        content = ""
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = (oct(status.st_mode), status.st_mtime_ns,
                                                status.st_uid, status.st_gid, content)
    return found


class Listener:
    """A receiver that takes a connection and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.connections = []

    def wait(self):
        """Until somebody has connected."""
        self.connections.append(self.socket.accept()[0])

    def close(self):
        for each in [*self.connections, self.socket]:
            each.close()


class Result:
    """What a run left: its exit code and what it printed."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __str__(self):
        return f"exit {self.code}\n--- standard output\n{self.out}\n--- standard error\n{self.err}"

    @property
    def json(self):
        return json.loads(self.out)

    def codes(self):
        """The codes of all problems of a JSON result, sorted."""
        return sorted(problem["code"] for problem in self.json["problems"])

    def actions(self):
        """Of a JSON result: (action, certificate, type), in order."""
        return [(a["action"], a["certificate"], a["type"]) for a in self.json["actions"]]


class CliTest(unittest.TestCase):
    """A test with a folder of its own, a store in it, and certroll."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certroll-cli."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.check_secrets)
        self.store = self.folder / "store"

    # files

    def write(self, name, content, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)

    def password_file(self, name="secret.pass", password=PASSWORD):
        return self.write(name, password + "\n")

    def manifest(self, *entries, name="edge", file=None, **more):
        """A manifest of these entries; JSON is YAML, one entry a line."""
        body = {"version": 1, "name": name, **more, "certificates": list(entries)}
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in body.items()
                 if key != "certificates"]
        lines += ["certificates:" if entries else "certificates: []"]
        lines += [f"  - {json.dumps(entry)}" for entry in entries]
        return self.write(file or f"{name}.yaml", "\n".join(lines) + "\n")

    # running

    def arguments(self, command, *arguments, store=None, at=None):
        line = [*(clock(at) if at else []), *WRAPPER, PROGRAM]
        line += [command] if command else []
        if command and not command.startswith("-") and store is not False:
            line += ["--store", str(store or self.store)]
        return [*line, *map(str, arguments)]

    def start(self, command, *arguments, store=None, at=None, env=None, **options):
        """Starts certroll and does not wait for it."""
        changes = {**(CLOCK_ENVIRONMENT if at else {}), **(env or {})}
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(self.arguments(command, *arguments, store=store, at=at),
                                env=environment(HOME=self.folder, **changes), **options)

    def certroll(self, command, *arguments, code=0, given=None, **options):
        """Runs certroll and checks its exit code; code=None takes any."""
        if given is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(command, *arguments, **options)
        try:
            out, err = process.communicate(given, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"certroll {command} {arguments} did not end")
        result = Result(process.returncode, (out or b"").decode(), (err or b"").decode())
        self.check(result, code)
        return result

    def check(self, result, code):
        self.assertNotEqual(result.code, BROKEN, str(result))
        if code is not None:
            self.assertEqual(result.code, code, str(result))
            self.assertGreaterEqual(result.code, 0, str(result))
        self.assertNotIn(PASSWORD, result.out + result.err)
        self.assertNotIn("PRIVATE KEY", result.out + result.err)
        if result.out.startswith("{") and '"$schema"' not in result.out[:100]:
            self.check_json(result.json)

    def check_json(self, document):
        self.assertEqual(document["api_version"], "certroll/v1")
        if document["kind"] in SCHEMAS:
            errors = sorted(validator(document["kind"]).iter_errors(document), key=str)
            self.assertEqual([], [f"{list(e.absolute_path)}: {e.message}" for e in errors])

    def on_terminal(self, command, *arguments, answer=None, **options):
        """Runs certroll on a terminal of its own, types an answer; exit code and what was shown."""
        controller, terminal = pty.openpty()
        process = self.start(command, *arguments, stdin=terminal, stdout=terminal, stderr=terminal,
                             start_new_session=True, **options)
        os.close(terminal)
        shown = b""
        if answer is not None:
            os.write(controller, answer.encode() + b"\n")
        while True:
            try:
                part = os.read(controller, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            shown += part
        os.close(controller)
        code = process.wait(timeout=PATIENCE)
        self.check(Result(code, shown.decode().replace("\r\n", "\n"), ""), None)
        return code, shown.decode().replace("\r\n", "\n")

    def apply(self, *arguments, **options):
        return self.certroll("apply", *arguments, **options)

    def plan(self, *arguments, **options):
        return self.certroll("plan", "-o", "json", *arguments, **options)

    def status(self, **options):
        return self.certroll("status", "-o", "json", **options).json

    def slots(self, **options):
        """Fingerprints by slot: {"local/Default": (current, [next...], previous)}."""
        found = {}
        for slot in self.status(**options)["slots"]:
            found[f"{slot['scope']}/{slot['type']}"] = (
                slot["current"] and slot["current"]["fingerprint"],
                [certificate["fingerprint"] for certificate in slot["next"]],
                slot["previous"] and slot["previous"]["fingerprint"])
        return found

    def history(self):
        return self.certroll("history", "-o", "json").json["runs"]

    @staticmethod
    def group():
        """A group that this process may give files to: one of the system, or its own."""
        return "daemon" if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name

    def listener(self):
        listener = Listener()
        self.addCleanup(listener.close)
        return listener

    def receiver(self, *arguments, **options):
        receiver = Receiver(self.folder, *arguments, **options)
        self.addCleanup(receiver.stop)
        return receiver

    def embedded(self, page):
        """The run in a report's file."""
        html = page.read_text()
        self.assertTrue(html.startswith("<!DOCTYPE html>"))
        script, = re.findall(r'<script type="application/json" id="certroll-run">(.*?)</script>',
                             html, re.DOTALL)
        run = json.loads(script)
        self.check_json(run)
        return run

    # the store's files

    def live(self, slot, place="current", file=None):
        path = self.store / "live" / slot / place
        return path / file if file else path

    def object_of(self, leaf):
        return self.store / "objects" / leaf.fingerprint

    def assert_unchanged(self, before, spare=()):
        """Nothing of the store differs from its fingerprints of before, but what is spared."""
        now = fingerprints(self.store)
        changed = {name: (before.get(name), now.get(name)) for name in {*before, *now}
                   if before.get(name) != now.get(name) and name.split("/")[0] not in spare}
        self.assertEqual({}, changed)

    def assert_same_state(self, before):
        """A run may be remembered; what services see has not changed."""
        self.assert_unchanged(before, spare=("index.db", "index.db.spare", "lock", "reports"))

    def assert_verified(self):
        return self.certroll("verify")

    def check_secrets(self):
        """No file but a private key holds a private key, and none a password."""
        for path in self.store.rglob("*") if self.store.is_dir() else []:
            if path.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
                continue
            content = path.read_bytes()
            self.assertNotIn(PASSWORD.encode(), content, str(path))
            if path.name != "privkey.pem":
                self.assertNotIn(b"PRIVATE KEY", content, str(path))


def main():
    if not PROGRAM:
        sys.exit("CERTROLL names no program")
    result = unittest.main(exit=False).result
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}", file=sys.stderr)
    if result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIPPED)
    sys.exit(not result.wasSuccessful())
