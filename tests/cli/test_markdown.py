"""-o markdown: a comment for a merge request, as an independent renderer of GitHub's Markdown sees
it. Names that mean harm stay text, tables and folds are whole, and it is never too long."""
import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from harness import CliTest, main, pki, rfc3339

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "corpus"))

import certificates

RENDERER = shutil.which("cmark-gfm")
EXTENSIONS = ("table", "autolink", "strikethrough", "tasklist")
SIZE_MOST = 60000
OURS = {"h3", "h4", "p", "br", "strong", "code", "pre", "ul", "li", "table", "thead", "tbody", "tr",
        "th", "td", "details", "summary"}
# what GitHub, GitLab and Gitea look for in text that is not code
TAKEN_UP = re.compile(r"[@#!&$%~][\w\"{\[]|:[a-z]\w*:|://|www\.|\b[\w-]+/[\w-]|\b(?=\w*\d)[0-9a-f]{7,}\b")
HOSTILE = [
    "a|b", "a\\|b", "`", "``` x", "a`|`b", "\\", "<script>alert(1)</script>", "<!-- x", "</details>",
    "[a](javascript:alert(1))", "![a](https://example.com/a.png)", "https://example.com/",
    "www.example.com", "a@b.example", "@all", "#1", "!1", "owner/repo#1", "GH-1", "~bug", "%1", "$1",
    "&epic;", ":x:", "*a* _b_ ~~c~~", "# a", "- [ ] a", "1. a", "> a", "/close", "---", "    a",
    "deadbeef01", "a\u202eb", "a\u200bb", "[^1]", "$`a`$", "{+ a +}", "[[_TOC_]]", "&lt;b&gt;"]


class Comment(html.parser.HTMLParser):
    """What a renderer made of a comment: elements, the code in it, the other text, table rows."""

    def __init__(self, markdown):
        super().__init__()
        command = [RENDERER, "--unsafe", *(word for name in EXTENSIONS for word in ("-e", name))]
        done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True)
        self.elements, self.codes, self.texts, self.open, self.widths = [], [], [], [], []
        self.feed(done.stdout.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))
        self.open.append(tag)
        if tag == "code":
            self.codes.append("")
        elif tag == "tr":
            self.widths.append(0)
        elif tag in ("td", "th"):
            self.widths[-1] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> ends something else"

    def handle_data(self, data):
        if "code" in self.open:
            self.codes[-1] += data
        elif data.strip():
            self.texts.append(data)


def shown(name):
    """A name as it stands in code; one that has only what is escaped in it needs no more."""
    name = re.sub(r"\\(?=x[0-9A-Fa-f]{2}|u\{)", r"\\x5C", name)
    for char in "`|":
        name = name.replace(char, f"\\x{ord(char):02X}")
    return re.sub("[\u200b\u202e]", lambda found: f"\\u{{{ord(found[0]):04X}}}", name)


class MarkdownTest(CliTest):
    def comment(self, command, *arguments, **options):
        out = self.certroll(command, "-o", "markdown", *arguments, **options).out
        self.assertTrue(out.startswith("### certroll"), out[:200])
        self.assertLess(len(out.encode()), SIZE_MOST)
        return out

    def rendered(self, markdown):
        """A comment that is nothing but what certroll means it to be."""
        comment = Comment(markdown)
        self.assertEqual([], comment.open)
        self.assertLessEqual({tag for tag, _ in comment.elements}, OURS)
        for tag, attributes in comment.elements:
            self.assertIn(attributes, ([], [("class", "language-text")]), tag)
        for text in comment.texts:
            self.assertNotRegex(text, TAKEN_UP)
            self.assertNotRegex(text, r"[|`<>\[\]]|\*\*|---|```")
        return comment


class Commands(MarkdownTest):
    def test_every_command_has_it(self):
        web, new = pki().leaf("web"), pki().leaf("new", -10, 500)
        manifest = self.manifest(
            {"name": "web", "path": web.pem(), "type": "WebServicesExternal"},
            {"name": "new", "path": new.pem(), "type": "WebServicesExternal",
             "effective_date": rfc3339(40), "roll": True})
        self.assertIn("2 certificates: valid\n", self.comment("validate", manifest))
        plan = self.comment("plan", manifest)
        self.assertTrue(plan.startswith("### certroll: 4 changes\n"))
        self.assertIn(f"| schedule | `new` | `local/WebServicesExternal` | {rfc3339(40)[:10]} ", plan)
        self.assertFalse(self.store.exists())
        self.assertIn("### certroll: 4 changes\n", self.comment("apply", "-n", manifest))
        self.assertRegex(self.comment("apply", manifest), r"\A### certroll on `[^`]+`: 4 changes\n")
        self.assertIn(": nothing to do\n", self.comment("apply", manifest))
        self.assertIn("### certroll: 1 slot\n", self.comment("status"))
        self.assertIn("### certroll: 1 run\n", self.comment("history"))
        self.assertIn("2 objects, 2 links: as the index says", self.comment("verify"))
        self.assertIn("No report waits", self.comment("deliver"))
        other = pki().leaf("other")
        self.assertIn(": 2 changes\n", self.comment("import", "--path", other.pem(), "--type",
                                                    "Default"))

    def test_errors_stand_in_it_and_on_standard_error_with_the_code_as_ever(self):
        manifest = self.manifest({"name": "web", "path": "no.pem", "type": "Defualt"})
        result = self.certroll("validate", "-o", "markdown", manifest, code=1)
        self.assertIn("1 certificate: 1 error\n\n#### Errors\n\n", result.out)
        self.assertIn("\n`unknown_type`: Correct the type", result.out)
        self.assertRegex(result.out, r"\n```text\n +4 \|   - .*\n +\| +\^\n```\n")
        self.assertIn("[unknown_type]", result.err)
        manifest = self.manifest({"name": "web", "path": "no.pem", "type": "Default"})
        out = self.comment("plan", manifest, code=1)
        self.assertTrue(out.startswith("### certroll: no change, 1 failed\n"), out)
        self.assertIn(f"**`{manifest}:4:5`** `web`: ", out)

    def test_colour_and_verbosity_do_not_change_it(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        at = ("--at", rfc3339(0))
        self.assertEqual(1, len({self.comment("plan", *at, *flags, manifest)
                                 for flags in ([], ["-q"], ["-v"], ["--color", "always"])}))


@unittest.skipUnless(RENDERER, "cmark-gfm is not installed")
class Rendered(MarkdownTest):
    def hostile(self):
        """A manifest of a hostile name itself; every other entry's file is not there."""
        web = pki().leaf("web").pem()
        entries = [{"name": name, "path": name.replace("/", "") + ".pem" if i % 2 else web,
                    "type": f"UserDefined@{i}"} for i, name in enumerate(HOSTILE)]
        return self.manifest(*entries, file="a|b`c`|@all #1 [x](y).yaml")

    def check_names(self, comment, names=HOSTILE):
        codes = {code.strip("\n") for code in comment.codes}
        for name in names:
            self.assertTrue(any(shown(name) in code for code in codes), name)

    def test_names_that_mean_harm_stay_text(self):
        manifest = self.hostile()
        for command in ("plan", "apply"):
            comment = self.rendered(self.comment(command, manifest, code=1))
            self.check_names(comment)
            self.assertLess(30, len(comment.widths))
        self.check_names(self.rendered(self.comment("status")), HOSTILE[::2])
        self.rendered(self.comment("history"))
        for command in ("verify", "deliver"):
            self.rendered(self.comment(command))

    def test_subjects_that_mean_harm_stay_text(self):
        entries = []
        for i, name in enumerate(HOSTILE):
            subject = certificates.common_name(certificates.utf8(name))
            path = self.write(f"{i}.cer", certificates.certificate(subject))
            entries.append({"name": f"c{i}", "path": path, "type": f"UserDefined@{i}",
                            "allow_expired": True})
        comments = [self.rendered(self.comment("apply", self.manifest(*entries))),
                    self.rendered(self.comment("status"))]
        for slot in self.status()["slots"]:
            for comment in comments:
                self.assertIn(shown(slot["current"]["subject"]), comment.codes)

    def test_what_a_manifest_has_wrong_stays_text(self):
        lines = ["version: 1", "name: edge", "certificates:"]
        for name in HOSTILE:
            quoted = "'" + name.replace("'", "''") + "'"
            lines += [f"  - name: {quoted}", "    path: a.pem", f"    type: {quoted}",
                      f"    {quoted}: 1"]
        manifest = self.write("m.yaml", "\n".join(lines) + "\n")
        comment = self.rendered(self.comment("validate", manifest, code=1))
        self.assertIn("pre", {tag for tag, _ in comment.elements})

    def test_rows_have_as_many_cells_as_their_head(self):
        comment = self.rendered(self.comment("plan", self.hostile(), code=1))
        self.assertEqual({5, 7}, set(comment.widths))

    def test_what_is_too_long_is_cut_between_rows(self):
        web = pki().leaf("web").pem()
        good = self.manifest(*({"name": f"c{i}|", "path": web, "type": f"UserDefined@{i}"}
                               for i in range(700)), name="good")
        bad = self.manifest(*({"name": f"b{i}`", "path": f"{i}<b>.pem", "type": f"UserDefined@b{i}"}
                              for i in range(300)), name="bad")
        out = self.comment("plan", good, bad, code=1)
        self.assertGreater(len(out), SIZE_MOST * 4 / 5)
        self.assertRegex(out, r"\n\d+ changes are not shown here; `-o json` has all\.\n")
        self.assertRegex(out, r"\n\d+ errors are not shown here")
        comment = self.rendered(out)
        self.assertLess(100, len(comment.widths))
        self.assertEqual({5, 7}, set(comment.widths))


if __name__ == "__main__":
    main()
