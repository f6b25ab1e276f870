"""Names, numbers and times that mean harm, from certificates and manifests, on their way through
every command and every form of output: shown escaped, never obeyed, never a path, never a date."""
import html.parser
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unicodedata
import unittest

from harness import WRAPPER, CliTest, fingerprints, main, often, pki

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "corpus"))

import certificates

TEXT_MOST = 1024  # bytes of a name that are shown
SGR = re.compile(r"\x1b\[[0-9;]*m")
PROGRESS = re.compile(r"\r[^\n]*?\x1b\[K|\r\w[^\r\n]*\d+/\d+")
# Default_Ignorable_Code_Point, what of it is of no category that is hidden anyhow
IGNORABLE = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164,
             *range(0xFE00, 0xFE10), 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)}
HOSTILE = "x\x1b[2J\u202e\u2066\u200b\U000e0041\x9b\x7f\t<script>\"'&</script>\r\n$(id)\ufeffz"
NAMED = HOSTILE.replace("\x1b", "").replace("\x9b", "").replace("\x7f", "")  # YAML has these


def unseen(char):
    """Whether a character has no shape of its own, and so is never shown as it is."""
    code = ord(char)
    return (unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
            or code in IGNORABLE or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF)


def visible(text):
    """A text as it is shown."""
    shown = re.sub(r"\\(?=x[0-9A-Fa-f]{2}|u\{)", r"\\x5C", text)
    return "".join((f"\\x{ord(c):02X}" if c < "\x80" else f"\\u{{{ord(c):04X}}}")
                   if unseen(c) else c for c in shown)


def value_of(subject):
    """The text of a name with one attribute: RFC 2253, 2.4, undone."""
    kept = subject.partition("=")[2].encode()
    plain = re.sub(rb"\\([0-9A-F]{2}|.)", lambda found: bytes.fromhex(found[1].decode())
                   if len(found[1]) == 2 else found[1], kept, flags=re.DOTALL)
    return plain.decode()


class Page(html.parser.HTMLParser):
    """The elements of a page with their attributes, in order; its text; the run in it."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.data, self.inside, self.others = [], [], "", "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        changing = ("datetime", "title")
        self.elements.append((tag, [(key, None if key in changing else value)
                                    for key, value in attrs]))
        self.others += [(key, value) for key, value in attrs if key in changing]

    def handle_endtag(self, tag):
        self.elements.append(("/" + tag, []))
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script":
            self.data += data
        elif self.inside != "style":
            self.texts.append(data)

    def handle_comment(self, data):
        self.elements.append(("!--", [data]))

    def handle_decl(self, decl):
        self.elements.append(("!", [decl]))

    def unknown_decl(self, data):
        self.elements.append(("![", [data]))

    def handle_pi(self, data):
        self.elements.append(("?", [data]))


class HostileTest(CliTest):
    def assert_clean(self, text, color=False):
        """No character steers, hides or forges; colours only where they were asked for."""
        if color:
            text = SGR.sub("", text)
        found = {f"U+{ord(c):04X}" for c in text if c != "\n" and unseen(c)}
        self.assertEqual(set(), found, text[:2000])

    def clean(self, *arguments, color=False, **options):
        """Runs certroll; what it prints is clean."""
        result = self.certroll(*arguments, code=None, **options)
        self.assert_clean(result.out, color)
        self.assert_clean(result.err, color)
        return result

    def in_every_form(self, *arguments):
        """The same on a pipe, in colour, on a terminal, with more and less of it, as
        Markdown and as JSON."""
        self.clean(*arguments, "--color", "always", "-v", color=True)
        if not WRAPPER:  # each run takes long
            self.clean(*arguments)
            self.clean(*arguments, "-q")
            self.clean(*arguments, "-o", "markdown")
            _, shown = self.on_terminal(*arguments, env={"TERM": "xterm"})
            self.assert_clean(PROGRESS.sub("", shown), color=True)
        return self.clean(*arguments, "-o", "json").json


def chosen():
    """The rows: some of them where each takes long."""
    return certificates.rows()[::6] if WRAPPER else certificates.rows()


class Certificates(HostileTest):
    """All rows, each for an instance of its own: those that can be imported in one manifest, the
    others in a second; and as many certificates that mean no harm. What the first test makes, all
    of them look at."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="certroll-names."))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        refused = [row for row in chosen() if row["expected"] == "reject"]
        cls.refused = {row["slug"]: row for row in refused}
        cls.rows = {row["slug"]: row for row in chosen() if row["slug"] not in cls.refused}
        cls.runs = {}

    def setUp(self):
        super().setUp()
        self.folder, self.store = self.shared, self.shared / "store"
        self.names = self.prepare("bad", {slug: row["der"] for slug, row in self.rows.items()})
        self.others = self.prepare("refused", {slug: row["der"] for slug, row in
                                               self.refused.items()})
        if not self.runs:
            self.runs["bad"] = self.reported("bad", self.names)
            harmless = {slug: self.harmless(slug, row) for slug, row in self.rows.items()}
            self.runs["good"] = self.reported("good", self.prepare("good", harmless),
                                              store=self.folder / "good.store")

    def prepare(self, name, files):
        for slug, der in files.items():
            if not (self.folder / name / f"{slug}.cer").exists():
                self.write(f"{name}/{slug}.cer", der)
        entries = [{"name": slug, "path": f"{name}/{slug}.cer", "type": f"UserDefined@{slug}",
                    "allow_expired": True} for slug in files]
        for entry in entries:
            if entry["name"] in ("time-future", "time-reversed"):
                entry["effective_date"] = "2095-01-01T00:00:00Z"
        return self.manifest(*entries, name=name)

    def harmless(self, slug, row):
        """A certificate with the same dates and key."""
        kept = ("not_before", "not_after", "digest", "kind")
        subject = certificates.common_name(certificates.utf8(f"{slug}.example.com"))
        return certificates.certificate(subject, **{key: value for key, value in
                                                    row["arguments"].items() if key in kept})

    def reported(self, name, manifest, **options):
        report = self.folder / f"{name}.html"
        run = self.apply("-o", "json", manifest, "--report", report, **options)
        self.assert_clean(run.out + run.err)
        return run.json, report.read_text()

    def certificates(self):
        """By the instances, which are named as the rows are."""
        return {slot["type"].partition("@")[2]: certificate for slot in self.status()["slots"]
                for certificate in [slot["current"], *slot["next"]] if certificate}

    def test_each_is_imported_and_json_gives_back_what_it_holds(self):
        found = self.certificates()
        self.assertEqual(set(found), set(self.rows))
        for slug, row in self.rows.items():
            with self.subTest(slug, note=row["note"]):
                self.assertEqual(found[slug]["fingerprint"], row["leaf"])
                for field in ("serial", "not_after", "dns_names"):
                    if row["shown"].get(field) is not None:
                        self.assertEqual(found[slug][field], row["shown"][field])
                if "text" in row["shown"]:
                    self.check_subject(found[slug]["subject"], row["shown"]["text"])
        self.assert_verified()

    def check_subject(self, subject, text):
        self.assertEqual(subject[:3], "CN=")
        if subject.endswith("…"):
            self.assertLessEqual(len(subject.encode()), TEXT_MOST + 3)
            self.assertEqual(value_of(subject[:-1]), text[:len(subject) - 4])
        else:
            self.assertEqual(value_of(subject), text)

    def test_what_cannot_be_read_is_refused_as_unreadable_and_leaves_nothing(self):
        before = fingerprints(self.store / "live") | fingerprints(self.store / "objects")
        run = self.in_every_form("apply", self.others)
        self.assertEqual([], run["actions"])
        found = {problem["certificate"]: problem["code"] for problem in run["problems"]}
        self.assertEqual(found, dict.fromkeys(self.refused, "unreadable"))
        after = fingerprints(self.store / "live") | fingerprints(self.store / "objects")
        self.assertEqual(before, after)

    def test_nothing_that_is_printed_steers_or_hides(self):
        none, saved = self.folder / "none", self.folder / "bad.plan"
        self.in_every_form("apply", "--what-if", "--store", none, self.names)
        self.in_every_form("plan", "--store", none, "--out", saved, self.names)
        self.assert_clean(saved.read_text())
        self.in_every_form("apply", "--what-if", "--store", none, "--plan", saved)
        for command in (["apply", self.names], ["status"], ["history"], ["verify"]):
            self.in_every_form(*command)

    def test_every_name_is_shown_in_its_escaped_form_with_its_day(self):
        lines = self.certroll("status", "-v").out.splitlines()
        for slug, certificate in self.certificates().items():
            with self.subTest(slug):
                self.assertTrue(any(f"  {slug} " in line and visible(certificate["subject"]) in line
                                    and certificate["not_after"][:10] in line for line in lines))

    @unittest.skipIf(WRAPPER, "not all rows are used")
    def test_the_year_9999_is_shown_and_is_not_never(self):
        line = next(line for line in self.certroll("status").out.splitlines()
                    if "  time-9999 " in line)
        self.assertIn("expires 9999-12-31", line)
        self.assertNotIn("never", line)
        self.assertIn("9999-12-31T23:59:59Z", self.runs["bad"][1])

    def test_no_name_is_a_path(self):
        expected = re.compile(r"(index\.db(\.spare)?|lock|objects|reports|live(/local)?"
                              r"|objects/[0-9a-f]{64}(/(cert|chain|fullchain)\.pem)?"
                              r"|reports/[0-9TZ]+-[0-9a-f]+\.(?:html|json)"
                              r"|live/local/UserDefined@([a-z0-9-]+)(/(current|next))?)")
        for path in self.store.rglob("*"):
            found = expected.fullmatch(str(path.relative_to(self.store)))
            self.assertTrue(found, str(path))
            if found[6]:
                self.assertIn(found[6], self.rows)
        self.assertLessEqual({name.partition(".")[0] for name in os.listdir(self.folder)},
                             {"store", "bad", "good", "refused"})

    def test_the_report_has_no_element_or_attribute_from_a_name(self):
        (run, bad), (_, good) = self.runs["bad"], self.runs["good"]
        self.assert_clean(bad)
        page = Page(bad)
        self.assertEqual(page.elements, Page(good).elements)
        for key, value in page.others:
            self.assertRegex(value, r"\A([0-9a-f]{64}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\Z", key)
        for _, attributes in page.elements:
            names = {key for key, *_ in attributes}
            self.assertFalse(names & {"src", "action", "formaction", "style", "srcdoc"})
            self.assertFalse({key for key in names if key.startswith("on")})
        links = {value for _, attributes in page.elements
                 for key, *rest in attributes for value in rest if key == "href"}
        self.assertLessEqual(links, {"#changes", "#problems", "#next", "#state", "#run", "#grid"})
        for action in run["actions"]:
            self.assertIn(visible(action["subject"]), [*page.texts, ""])

    def test_the_run_in_the_report_is_the_run(self):
        for run, text in self.runs.values():
            self.assertEqual(json.loads(Page(text).data), run)


def yaml_escape(pair):
    """JSON's two escapes of a character above U+FFFF as YAML's one."""
    return f"\\U{ord(json.loads(chr(34) + pair[0] + chr(34))):08X}"


class Manifests(HostileTest):
    """What a manifest says itself."""

    def manifest(self, *entries, **more):
        path = pathlib.Path(super().manifest(*entries, **more))
        path.write_text(re.sub(r"\\ud[89ab]..\\ud[c-f]..", yaml_escape, path.read_text()))
        return str(path)

    def entry(self, **more):
        return {"path": pki().leaf("web").pem(), "type": "UserDefined", **more}

    def everywhere(self, manifest):
        """All commands over a manifest, in every form."""
        for command in ("validate", "plan", "apply"):
            self.in_every_form(command, manifest)

    def test_names_of_entries(self):
        path = pki().leaf("web").pem()
        manifest = self.manifest({"name": HOSTILE, "path": path, "type": "UserDefined"},
                                 {"name": "../../x/" + NAMED[1:], "path": path,
                                  "type": "UserDefined@a"},
                                 {"name": "%s%n\\x1B", "path": path, "type": "UserDefined@b"})
        self.everywhere(manifest)
        for command in ("status", "history", "verify"):
            self.in_every_form(command)
        for path in self.store.rglob("*"):
            self.assertNotRegex(str(path), r"script|%s|\x1b")

    def test_names_that_are_taken_come_back_as_they_are(self):
        names = ["%s%n\\x1B\\u{202E}", "\u05d0\u05d1", "a\u202eb\U000e0041", "<b>&amp;'\"",
                 "--></script><script>alert(1)</script><!--<script>"]
        entries = [self.entry(name=name, type=f"UserDefined@{i}") for i, name in enumerate(names)]
        manifest = self.manifest(*entries)
        run = self.apply("-o", "json", manifest, "--report", self.folder / "r.html").json
        self.assertEqual({action["certificate"] for action in run["actions"]}, set(names))
        page = Page((self.folder / "r.html").read_text())
        self.assertEqual(json.loads(page.data), run)
        for name in names:
            self.assertIn(visible(name), page.texts)

    def test_paths(self):
        paths = (HOSTILE, "../../../../etc/passwd", "/etc/passwd", "/dev/null", "%s%n", "-x",
                 "javascript:alert(1)", "http://127.0.0.1:9/", "a\\x1Bb")
        entries = [{"name": f"a{i}", "path": path, "type": f"UserDefined@a{i}"}
                   for i, path in enumerate(paths)]
        entries += [self.entry(name=f"b{i}", key_path=path, type=f"UserDefined@b{i}")
                    for i, path in enumerate(paths)]
        self.everywhere(self.manifest(*entries))

    def test_files_with_such_names_are_read(self):
        for i, name in enumerate((HOSTILE.replace("/", ""), "..\\..\\x", "--help", "%n", " ")):
            leaf = pki().leaf("web")
            self.write(name, pathlib.Path(leaf.pem()).read_bytes())
            manifest = self.manifest({"name": f"e{i}", "path": name, "type": f"UserDefined@n{i}"},
                                     name=f"m{i}")
            run = self.in_every_form("apply", manifest)
            self.assertNotIn("error", [problem["severity"] for problem in run["problems"]])
        self.assertEqual(len(self.status()["slots"]), 5)

    def test_every_other_field(self):
        fields = ("type", "types", "scope", "identity", "effective_date", "roll", "sha256",
                  "fingerprint", "private_key_exportable", "force", "subject", HOSTILE)
        forms = ("env", "file", "credential", "command", HOSTILE)
        entries = [self.entry(**{"name": f"a{i}", field: HOSTILE})
                   for i, field in enumerate(fields)]
        entries += [self.entry(name=f"b{i}", password={form: given})
                    for i, form in enumerate(forms) for given in (HOSTILE, [HOSTILE])]
        self.everywhere(self.manifest(*entries))

    def test_passwords_that_cannot_be_had(self):
        pfx = pki().leaf("web").pfx()
        forms = [{"env": "X" * 300}, {"file": HOSTILE}, {"credential": "x"}, {"command": [HOSTILE]},
                 {"command": ["/bin/sh", "-c", "printf '\\033[2J\\n\\342\\200\\256' >&2; false"]}]
        entries = [{"name": f"e{i}", "path": pfx, "password": form, "type": f"UserDefined@e{i}"}
                   for i, form in enumerate(forms)]
        self.everywhere(self.manifest(*entries))

    def test_owners_types_and_reports(self):
        self.everywhere(self.manifest(self.entry(), name=HOSTILE, file="m.yaml"))
        for more in ({"custom_types": [HOSTILE]}, {HOSTILE: 1}, {"defaults": {HOSTILE: HOSTILE}},
                     {"report": {"url": HOSTILE}}, {"report": {"file": "nowhere/" + HOSTILE}}):
            self.everywhere(self.manifest(self.entry(type=HOSTILE), **more))

    def test_manifests_that_are_none(self):
        for body in (HOSTILE.encode(), b"version: 1\nname: \xff\xfe\x80\n", b"\0\x1b[2J", b"*\x1b",
                     b"%YAML 9.9\n" + HOSTILE.encode(), b"&" + HOSTILE.encode(), b"\xff\xfe<\0b\0"):
            self.everywhere(self.write("broken.yaml", body))

    def test_files_and_folders_with_such_names_as_arguments(self):
        body = pathlib.Path(self.manifest(self.entry(name="web"))).read_bytes()
        for name in (HOSTILE.replace("/", "").encode(), b"\xff\xfe\x9b2J.yaml", b"\xe2\x80.yaml"):
            folder = os.fsencode(self.folder) + b"/" + name
            os.mkdir(folder)
            inner = folder + b"/" + name.replace(b".yaml", b"") + b".yaml"
            pathlib.Path(os.fsdecode(inner)).write_bytes(body)
            for given in (folder, inner):
                given = os.fsdecode(given)
                for command in ("validate", "plan", "apply"):
                    for more in ([], ["-o", "json"], ["-v", "--color", "always"]):
                        if command != "apply":
                            self.clean(command, given, *more, color=bool(more))
                            continue
                        report = os.path.join(os.path.dirname(given), os.fsdecode(name) + "r.html")
                        self.clean(command, given, *more, "--report", report, color=bool(more))
                        self.assert_clean(pathlib.Path(report).read_text())
            for command in ("status", "history", "verify"):
                self.clean(command, store=os.fsdecode(folder))


class Characters(HostileTest):
    def test_what_has_no_shape_is_escaped_and_everything_else_is_shown(self):
        """Every character that this Python's Unicode knows, through a message."""
        known = [chr(code) for code in range(0x21, 0x110000) if code not in range(0xD800, 0xE000)]
        known = [c for c in known if unseen(c) or unicodedata.category(c) != "Cn"]
        known = [c for c in known if unicodedata.category(c) != "Co" or ord(c) % 997 == 0]
        size = 30000
        for at in range(0, len(known), size * (60 // often(60))):
            part = "".join(known[at:at + size])
            result = self.certroll("x" + part, store=False, code=64)
            self.assert_clean(result.err)
            self.assertIn(visible(part), result.err)


if __name__ == "__main__":
    main()
