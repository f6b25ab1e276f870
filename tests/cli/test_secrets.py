"""Where secrets are while certroll runs: not in its environment, not in what it starts, not in a
core, and in no part of its memory once they were used."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

from harness import PATIENCE, PROGRAM, SANITIZED, WRAPPER, CliTest, environment, main, pki
from pki import openssl

INLINE = "Wq7dVn3kXz5tRb1m"
VARIABLE = "Hs9cLp2gYf8jQe4u"
IN_FILE = "Ta6oKv0iZw3xMn5r"
SPOKEN = "Gd1lBh7yPs9cUq2e"
FOREIGN = "ÄöÜ-Xk4vJm8aFz6oWt3i"
TOKEN = "Rb2nCx5hLd9gVp7s"
OTHER_HEAP = os.environ.get("OTHER_HEAP")
PAGE = 4096
WINDOW = 8  # so many bytes of a secret in a row are too many


def debugger_fault():
    """Why the memory of a process cannot be looked at, or None."""
    if SANITIZED or WRAPPER:
        return "this build, or what it runs under, keeps memory that was freed"
    if not shutil.which("gdb"):
        return "gdb is not installed"
    if os.geteuid() != 0:
        return "certroll lets nobody but root look at its memory"
    with subprocess.Popen(["sleep", "60"]) as process:
        run = subprocess.run(["gdb", "-nx", "-batch", "-p", str(process.pid)], check=False,
                             capture_output=True)
        process.kill()
    return "this machine lets nobody trace a process" if b"ptrace" in run.stderr else None


def needs_debugger(test):
    fault = debugger_fault()
    return unittest.skipIf(fault, fault or "")(test)


def core(process, everything, folder):
    """The core that gcore writes; everything: also what was excluded from cores."""
    path = pathlib.Path(folder) / "core"
    settings = ["-ex", "set use-coredump-filter off", "-ex", "set dump-excluded-mappings on"]
    subprocess.run(["gdb", "-nx", "-batch", "-p", str(process.pid), *(settings * everything),
                    "-ex", f"gcore {path}"], check=True, capture_output=True, timeout=PATIENCE)
    content = path.read_bytes()
    path.unlink()
    pages = (content[at:at + PAGE] for at in range(0, len(content), PAGE))
    return b"".join(page for page in pages if any(page))


def forms_of_password(password):
    for encoding in ("utf-8", "utf-16-be", "utf-16-le", "latin-1"):
        yield encoding, password.encode(encoding)


def private_numbers(path):
    """The numbers of a key that nobody else may know."""
    text = openssl("pkey", "-in", path, "-noout", "-text").decode()
    for name, digits in re.findall(r"^(priv|privateExponent|prime1|prime2|exponent1):"
                                   r"((?:\s+[0-9a-f:]+$)+)", text, re.MULTILINE):
        yield name, bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0")


def forms_of_key(path):
    """As they are written, as OpenSSL computes with them, and as they stand in PEM, line by line.
    (The other parts of a key are public.)"""
    der = openssl("pkcs8", "-topk8", "-nocrypt", "-in", path, "-outform", "DER")
    text = base64.b64encode(der)
    for name, number in private_numbers(path):
        yield name, number
        yield f"{name} reversed", number[::-1]
        at = der.find(number)
        if at >= 0:
            first, last = (at + 2) // 3 * 4, (at + len(number)) // 3 * 4
            for line in range(first // 64, (last - 1) // 64 + 1):
                yield f"PEM of {name}", text[max(first, line * 64):min(last, line * 64 + 64)]


def windows(form):
    """Parts of a form: from its beginning and to its end, and some between."""
    last = len(form) - WINDOW
    places = [*range(0, last + 1, max(4, last // 8)), last]
    return {form[at:at + WINDOW] for at in places if at >= 0}


def found(content, forms):
    return sorted({name for name, form in forms if any(w in content for w in windows(form))})


class Secrets(CliTest):
    """A run that is stopped by what it waits for: a receiver, or the command of a password."""

    def setUp(self):
        super().setUp()
        self.leaves = {}

    def leaf(self, name):
        if name not in self.leaves:
            self.leaves[name] = pki().leaf(f"secret-{name}")
        return self.leaves[name]

    def entry(self, name, password, path=None, secret=None):
        leaf = self.leaf(name)
        return {"name": name, "path": path or leaf.pfx(secret), "type": f"Default@{name}",
                "password": password}

    def entries(self):
        """One for each place that a password comes from, and for each way to seal a key."""
        spoken = self.password_file("spoken", SPOKEN)
        return [
            self.entry("inline", INLINE, secret=INLINE),
            self.entry("variable", {"env": "WEB_PASSWORD"},
                       self.leaf("variable").pfx(VARIABLE, "-legacy")),
            self.entry("file", {"file": self.password_file("pass", IN_FILE)}, secret=IN_FILE),
            self.entry("command", {"command": ["cat", spoken]},
                       self.leaf("command").encrypted(SPOKEN)),
            self.entry("foreign", FOREIGN, secret=FOREIGN),
            {"name": "plain", "path": self.leaf("plain").pem(), "type": "Default@plain"},
            *self.keys_of_all_kinds(),
        ]

    def keys_of_all_kinds(self):
        """In PKCS#12, and in the traditional form whose cipher stands in DEK-Info."""
        for name, *how in (("rsa", "rsa:2048"), ("ed25519", "ed25519"),
                           ("p521", "ec", "-pkeyopt", "ec_paramgen_curve:P-521")):
            key, cert, path = (self.folder / f"{name}.{end}" for end in ("key", "crt", "pfx"))
            if not path.exists():
                openssl("req", "-x509", "-newkey", *how, "-nodes", "-keyout", key, "-out", cert,
                        "-subj", f"/CN={name}.example.com", "-days", "90")
                openssl("pkcs12", "-export", "-inkey", key, "-in", cert, "-out", path, "-passout",
                        f"pass:{INLINE}")
            yield {"name": name, "path": str(path), "type": f"Default@{name}", "password": INLINE}
            if name == "ed25519":
                continue
            sealed = openssl("pkey", "-in", key, "-traditional", "-aes256", "-passout",
                             f"pass:{INLINE}")
            self.assertIn(b"DEK-Info", sealed)
            path = self.write(f"{name}.pem", cert.read_bytes() + sealed)
            yield {"name": f"{name}-pem", "path": path, "type": f"Default@{name}-pem",
                   "password": INLINE}

    def keys(self):
        return [*(leaf.key for leaf in self.leaves.values()), *self.folder.glob("*.key")]

    def begin(self, manifest, *arguments, **options):
        process = self.start("apply", *arguments, manifest,
                             env={"WEB_PASSWORD": VARIABLE, "CERTROLL_REPORT_TOKEN": TOKEN},
                             **options)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def waiting_command(self):
        """The command of a password that waits, and how to wait until it does."""
        ready = self.folder / "ready"
        script = self.write("wait", f"#!/bin/sh\necho $$ >{ready}.new\nmv {ready}.new {ready}\n"
                            "sleep 600 & wait\n", 0o755)
        return script, ready

    def wait_for(self, path):
        until = time.monotonic() + PATIENCE
        while not path.exists():
            self.assertLess(time.monotonic(), until, f"{path} was not made")
            time.sleep(0.02)
        return path.read_text().strip()

    def assert_no_password(self, content, *passwords):
        for password in passwords:
            self.assertEqual([], found(content, forms_of_password(password)), password)

    def assert_no_key(self, content):
        for key in self.keys():
            self.assertEqual([], found(content, forms_of_key(key)), key)

    @needs_debugger
    def test_nothing_is_left_of_passwords_and_keys_that_were_used(self):
        """All of the memory, also what no core has, while a receiver keeps a report waiting."""
        for jobs in ("1", "2"):
            with self.subTest(jobs=jobs):
                shutil.rmtree(self.store, ignore_errors=True)
                receiver = self.listener()
                process = self.begin(self.manifest(*self.entries(), name="its-name-is-a-marker"),
                                     "--jobs", jobs, "--report-url", receiver.url)
                receiver.wait()
                content = core(process, True, self.folder)
                self.assertIn(b"its-name-is-a-marker", content)
                self.assertEqual(len(self.slots()), 11)
                self.assert_no_password(content, INLINE, VARIABLE, IN_FILE, SPOKEN, FOREIGN)
                self.assert_no_key(content)

    @needs_debugger
    def test_a_core_has_no_secret_while_sources_are_still_loaded(self):
        """Passwords that may be asked for again are in pages that no core has; of the others
        nothing is left at all."""
        script, ready = self.waiting_command()
        last = self.entry("last", {"command": [script]}, secret=SPOKEN)
        for jobs in ("1", "2"):
            with self.subTest(jobs=jobs):
                ready.unlink(missing_ok=True)
                process = self.begin(self.manifest(*self.entries(), last), "--jobs", jobs)
                self.wait_for(ready)
                time.sleep(1)
                content = core(process, False, self.folder)
                self.assertIn(b"Default@plain", content)
                self.assert_no_password(content, INLINE, VARIABLE, IN_FILE, SPOKEN, FOREIGN, TOKEN)
                self.assert_no_key(content)
                content = core(process, True, self.folder)
                self.assertEqual(["utf-8"], found(content, [("utf-8", INLINE.encode())]))
                self.assertIn("PEM of priv", found(content, forms_of_key(self.leaf("inline").key)))
                self.assert_no_password(content, IN_FILE, SPOKEN)
                process.kill()
                process.wait()

    def test_the_environment_is_emptied(self):
        """Before any command is run: it inherits nothing of it, and can read nothing of it."""
        seen = self.folder / "seen"
        script = self.write("ask", f"#!/bin/sh\nenv >{seen}\ntr '\\0' '\\n' </proc/$PPID/environ "
                            f">{seen}.block\ncat {self.password_file('spoken', SPOKEN)}\n", 0o755)
        manifest = self.manifest(
            self.entry("command", {"command": [script]}, secret=SPOKEN),
            self.entry("variable", {"env": "WEB_PASSWORD"}, secret=VARIABLE),
            self.entry("again", {"env": "WEB_PASSWORD"}, secret=VARIABLE),
            self.entry("unset", {"env": "NO_SUCH_VARIABLE"}, secret=VARIABLE))
        secrets = {"WEB_PASSWORD": VARIABLE, "CERTROLL_REPORT_TOKEN": TOKEN,
                   "CERTROLL_REPORT_SECRET": TOKEN, "OTHER": "stays"}
        result = self.apply("-o", "json", "--jobs", "2", manifest, env=secrets, code=1)
        self.assertEqual(result.codes(), ["password_unavailable"])
        self.assertEqual(len(self.slots()), 3)
        texts = [seen.read_text()]
        if not WRAPPER and (os.geteuid() == 0 or SANITIZED):
            texts.append(pathlib.Path(f"{seen}.block").read_text())
        for text in texts:
            self.assertIn("OTHER=stays", text)
            for secret in (VARIABLE, TOKEN):
                self.assertNotIn(secret, text)

    def installed(self):
        """The program and its library where others can look."""
        library = pathlib.Path(PROGRAM).parents[1] / "lib"
        shutil.copytree(library, self.folder / "lib")
        (self.folder / "bin").mkdir()
        return shutil.copy(PROGRAM, self.folder / "bin")

    @unittest.skipIf(SANITIZED or WRAPPER, "a program under test lets itself be looked at")
    def test_nobody_but_root_looks_into_the_process(self):
        script, ready = self.waiting_command()
        manifest = self.manifest(self.entry("web", {"command": [script]}, secret=SPOKEN))
        user = {}
        program = self.installed()
        if os.geteuid() == 0:
            user = {"user": 65534, "group": 65534, "extra_groups": []}
            self.folder.chmod(0o755)
            for path in (self.folder, manifest, script, self.leaf("web").pfx(SPOKEN)):
                os.chown(path, 65534, 65534)
            pki().folder.chmod(0o755)
        process = self.begin(manifest, executable=program, **user)
        self.wait_for(ready)
        for name in ("environ", "mem", "maps", "fd/0"):
            run = subprocess.run(["cat", f"/proc/{process.pid}/{name}"], check=False,
                                 capture_output=True, **user)
            self.assertIn(b"Permission denied", run.stderr, name)
        limit = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        self.assertRegex(limit, r"Max core file size +0 +0 ")


class Commands(CliTest):
    """The commands of passwords."""

    def entry(self, script, *more):
        return {"name": "web", "path": pki().leaf("web").pfx(SPOKEN), "type": "Default",
                "password": {"command": ["sh", "-c", script, "sh", *more]}}

    def texts(self, result, report):
        """All that a run left, but what it said to the terminal."""
        yield "standard output", result.out.encode()
        for path in [report, *self.store.rglob("*")]:
            if path.is_file():
                yield str(path), path.read_bytes()

    def assert_nowhere(self, secret, result, report):
        for name, content in self.texts(result, report):
            self.assertNotIn(secret.encode(), content, name)

    def test_what_a_failed_one_said_is_for_the_terminal_alone(self):
        report = self.folder / "r.html"
        manifest = self.manifest(self.entry(f"echo {SPOKEN}; echo 'the vault is sealed' >&2;"
                                            f" echo 'was: {SPOKEN}, {INLINE}, {VARIABLE}' >&2;"
                                            " printf '\\033[31mred\\n' >&2; exit 7"),
                                 {"name": "other", "path": pki().leaf("other").pfx(INLINE),
                                  "type": "Internal", "password": INLINE},
                                 {"name": "third", "path": pki().leaf("third").pfx(VARIABLE),
                                  "type": "External", "password": {"env": "WEB_PASSWORD"}})
        receiver = "http://127.0.0.1:9/"
        for output in ("text", "json"):
            result = self.apply("-o", output, "--report", report, "--report-url", receiver,
                                manifest, env={"WEB_PASSWORD": VARIABLE,
                                               "CERTROLL_REPORT_TIMEOUT": "1"}, code=1)
            self.assertIn("certroll: web: sh: the vault is sealed\n", result.err)
            self.assertNotIn("\033[31mred", result.err)
            self.assertIn("it exited with status 7", result.err)
            self.assertIn("it exited with status 7", report.read_text())
            for secret in (SPOKEN, INLINE, VARIABLE):
                self.assertNotIn(secret, result.err)
                self.assert_nowhere(secret, result, report)
            self.assert_nowhere("vault is sealed", result, report)

    def test_what_a_good_one_said_is_not_shown(self):
        path = self.password_file("spoken", SPOKEN)
        result = self.apply(self.manifest(self.entry(f"echo 'the vault opens' >&2; cat {path}")))
        self.assertNotIn("the vault opens", result.out + result.err)
        self.assertEqual(len(self.slots()), 1)

    def test_it_has_no_descriptor_of_ours(self):
        seen = self.folder / "seen"
        inherited = os.open("/dev/null", os.O_RDONLY)
        self.addCleanup(os.close, inherited)
        script = f"ls -l /proc/$$/fd >{seen}; cat {self.password_file('spoken', SPOKEN)}"
        self.apply(self.manifest(self.entry(script)), pass_fds=[inherited])
        numbers = re.findall(r" (\d+) -> (\S+)", seen.read_text())
        listed = {number: target for number, target in numbers if int(number) <= inherited}
        self.assertEqual(listed["0"], "/dev/null")
        self.assertRegex(listed["2"], "^pipe:")
        for number, target in numbers:
            self.assertNotIn(str(self.store), target)
            self.assertNotIn("index.db", target)
        self.assertNotIn(str(inherited), {n for n, t in numbers if t == "/dev/null"} - {"0"})

    def test_it_ends_with_certroll(self):
        for number, jobs in ((signal.SIGTERM, "1"), (signal.SIGINT, "2"), (signal.SIGHUP, "4")):
            with self.subTest(number=number):
                ready = self.folder / "ready"
                ready.unlink(missing_ok=True)
                script = f"sleep 600 & echo $! $$ >{ready}.new; mv {ready}.new {ready}; wait"
                process = self.start("plan", "--jobs", jobs, self.manifest(self.entry(script)))
                self.addCleanup(process.communicate)
                until = time.monotonic() + PATIENCE
                while not ready.exists():
                    self.assertLess(time.monotonic(), until)
                    time.sleep(0.02)
                started = time.monotonic()
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=PATIENCE), -number)
                self.assertLess(time.monotonic() - started, PATIENCE / 10)
                for pid in ready.read_text().split():
                    self.assert_gone(int(pid))

    @unittest.skipIf(WRAPPER, "a program under test is not the first process")
    def test_the_first_process_of_a_container_is_told_of_a_signal(self):
        """It ends nobody there: what was not read is not taken for unchanged."""
        unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
        if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("no process may have a namespace of its own here")
        ready = self.folder / "ready"
        web = self.entry(f"touch {ready}; sleep 600")
        other = {"name": "other", "path": pki().leaf("other").pfx(""), "type": "Internal"}
        manifest = self.manifest(web, other)
        process = subprocess.Popen(
            [*unshare, *self.arguments("plan", "-o", "json", "--jobs", "1", manifest)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(HOME=self.folder))
        self.addCleanup(process.kill)
        until = time.monotonic() + PATIENCE
        while not ready.exists():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(children.split()[0]), signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        problems = json.loads(out)["problems"]
        self.assertEqual({problem["certificate"]: problem["code"] for problem in problems},
                         {"web": "password_unavailable", "other": "unreadable"})
        for problem in problems:
            self.assertIn("certroll is to end", problem["message"])

    def test_whoever_started_certroll_may_ignore_its_children(self):
        manifest = self.manifest(self.entry(f"cat {self.password_file('spoken', SPOKEN)}"))
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            process = self.start("apply", manifest)
        finally:
            signal.signal(signal.SIGCHLD, before)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (0, b""))

    def assert_gone(self, pid):
        """A zombie that nobody has waited for yet is gone, too."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                return
            if state == "Z":
                return
            time.sleep(0.02)
        self.fail(f"process {pid} is still there")

    def test_one_that_takes_too_long_is_ended(self):
        started = time.monotonic()
        result = self.plan(self.manifest(self.entry("sleep 600")), code=1)
        self.assertEqual(result.codes(), ["password_unavailable"])
        self.assertIn("longer than 30 seconds", result.json["problems"][0]["message"])
        self.assertLess(time.monotonic() - started, 30 + PATIENCE / 2)


@unittest.skipIf(SANITIZED or WRAPPER, "a program under test has another heap")
@unittest.skipUnless(OTHER_HEAP, "it was not built")
class Heap(CliTest):
    """What wipes freed memory stands before any heap, not before glibc's alone, and beside whatever
    else is preloaded."""

    def test_it_gives_blocks_back_to_the_heap_that_they_came_from(self):
        leaf = pki().leaf("web")
        manifest = self.manifest({"path": leaf.pfx(SPOKEN), "type": "Default", "password": SPOKEN})
        result = self.apply(manifest, env={"LD_PRELOAD": OTHER_HEAP})
        self.assertNotIn("LD_PRELOAD", result.err)
        self.assertEqual(len(self.slots()), 1)


class Traces(CliTest):
    """Whatever goes wrong with a password, it is in nothing that certroll leaves behind."""

    SECRET = "Zk8tRw3mQx6v"
    OTHER = "Yb5nLc1sJd9g"

    def places(self):
        """Each place that a password can come from, as it is and over several lines."""
        for number, text in enumerate((self.SECRET, f"{self.SECRET}\n{self.OTHER}\n")):
            path = self.write(f"credentials/p{number}", text)
            yield f"text{number}", text
            yield f"file{number}", {"file": path}
            yield f"env{number}", {"env": f"PASSWORD{number}"}
            yield f"credential{number}", {"credential": f"p{number}"}
            yield f"command{number}", {"command": ["cat", path]}
        yield "failing", {"command": ["sh", "-c", f"cat {path}; cat {path} >&2; exit 1"]}

    def sources(self):
        """What a password can fail with."""
        web = pki().leaf("web")
        good = pathlib.Path(web.pfx(INLINE)).read_bytes()
        body = pathlib.Path(web.encrypted(INLINE)).read_text()
        yield "wrong", web.pfx(INLINE)
        yield "cut", self.write("cut.pfx", good[:-20])
        yield "flipped", self.write("flipped.pfx", good[:-60] + bytes([good[-60] ^ 1]) + good[-59:])
        yield "pem", self.write("wrong.pem", body)
        flipped = "B" if body[-80] == "A" else "A"
        yield "damaged", self.write("damaged.pem", body[:-80] + flipped + body[-79:])
        yield "legacy", web.pfx(INLINE, "-legacy")
        yield "cheap", web.pfx(INLINE, "-nomac")
        yield "password", self.write("password.pem", self.SECRET)
        yield "right", pki().leaf("right").pfx(self.SECRET)

    def test_no_file_output_or_argument_has_it(self):
        listed = self.folder / "listed"
        lister = self.write("lister", f"""#!/bin/sh
for each in /proc/[0-9]*; do tr '\\0' ' ' <$each/cmdline; echo; done >>{listed} 2>/dev/null
exit 3
""", 0o755)
        entries = [{"name": f"{place}-{kind}", "path": path, "password": password,
                    "type": f"Default@{place}-{kind}"}
                   for place, password in self.places() for kind, path in self.sources()]
        entries.append({"name": "lister", "path": pki().leaf("web").pfx(INLINE),
                        "password": {"command": [lister]}})
        report = self.folder / "report.html"
        env = {"PASSWORD0": self.SECRET, "PASSWORD1": f"{self.SECRET}\n{self.OTHER}\n",
               "CREDENTIALS_DIRECTORY": self.folder / "credentials",
               "CERTROLL_REPORT_TIMEOUT": "1", "CERTROLL_REPORT_TOKEN": self.SECRET}
        manifest = self.manifest(*entries)
        texts = []
        for command in (["apply", "-v", "--report", report, "--report-url", "http://127.0.0.1:9/"],
                        ["apply", "-o", "json"], ["plan"], ["plan", "-o", "json"],
                        ["plan", "--out", self.folder / "saved.json"], ["validate"]):
            result = self.certroll(*command, manifest, env=env, code=None)
            self.assertIn(result.code, (0, 1), str(result))
            texts += [(str(command), (result.out + result.err).encode())]
        self.assertIn("wrong_password", texts[1][1].decode())
        self.assertIn("certroll", listed.read_text())
        kept = [report, listed, *(each for each in self.store.rglob("*") if each.is_file())]
        self.assertTrue(any(each.name == "index.db" for each in kept))
        saved = self.folder / "saved.json"
        texts += [(str(each), each.read_bytes()) for each in [*kept, saved] if each.exists()]
        for secret in (self.SECRET, self.OTHER):
            for encoding in ("utf-8", "utf-16-be"):
                for name, content in texts:
                    self.assertNotIn(secret.encode(encoding), content, name)


class Exposure(CliTest):
    """Files with passwords that others may read."""

    def setUp(self):
        super().setUp()
        self.web = pki().leaf("web")

    def entry(self, password, name="web"):
        return {"name": name, "path": self.web.pfx(INLINE), "type": f"Default@{name}",
                "password": password}

    def test_a_manifest_with_passwords_is_warned_of_once(self):
        manifest = self.manifest(self.entry({"file": self.password_file("p", INLINE)}, "first"),
                                 self.entry(INLINE, "second"), self.entry(INLINE, "third"))
        for mode in (0o644, 0o640, 0o604, 0o662, 0o600):
            os.chmod(manifest, mode)
            exposed = ["password_exposed"] if mode & 0o004 else []
            self.assertEqual(self.plan(manifest).codes(), exposed, oct(mode))
        os.chmod(manifest, 0o644)
        result = self.certroll("validate", manifest)
        self.assertIn(f"{manifest}:5:", result.err)
        self.assertIn("[password_exposed]", result.err)
        self.assertNotIn(INLINE, result.out + result.err)

    def test_a_manifest_without_passwords_is_for_everybody(self):
        manifest = self.manifest(self.entry({"file": self.password_file("p", INLINE)}))
        os.chmod(manifest, 0o644)
        self.assertEqual(self.plan(manifest).codes(), [])

    def test_what_counts_is_the_file_behind_a_link(self):
        target = self.password_file("target", INLINE)
        link = self.folder / "link"
        link.symlink_to(target)
        manifest = self.manifest(self.entry({"file": str(link)}))
        self.assertEqual(self.plan(manifest).codes(), [])
        os.chmod(target, 0o644)
        self.assertEqual(self.plan(manifest).codes(), ["password_exposed"])


if __name__ == "__main__":
    main()
