"""Makes the pages that the browser looks at: one test, one page, in the folder that PAGES names.

NAME.html is what `certroll apply --report` or `certroll history --html` wrote, NAME.json what the
same run or the history printed, and NAME.texts.json, where there is one, what a reader of the page
must find in it.

    make_pages.py [Few | Many | Measured]

    PAGES                where they go
    PAGE_CERTIFICATES    how many certificates the pages of many have: 1000, if not said
"""
import contextlib
import functools
import json
import os
import pathlib
import sqlite3
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "cli"), str(TESTS / "corpus")]

import certificates
from harness import CliTest, main, pki
from pki import PASSWORD, instant, rfc3339
from test_hostile_names import visible

PAGES = pathlib.Path(os.environ.get("PAGES", "pages"))
COUNT = int(os.environ.get("PAGE_CERTIFICATES", "1000"))
BIDI = "x\u202e\u2066\u200b\ufeffz"
RAN = "globalThis.ran=1"
HOSTILE = [
    f"<script>{RAN}</script>",
    f"</script><script>{RAN}</script>",
    f"<!--<script>{RAN}",
    f"--></title></style></textarea></pre></svg><script>{RAN}</script>",
    f"\"><img src=x onerror={RAN}>",
    f"'><svg onload={RAN}>",
    f"\" onfocus=\"{RAN}\" autofocus x=\"",
    f"' onmouseover='{RAN}' x='",
    f"<details open ontoggle={RAN}>",
    f"<iframe srcdoc=\"<script>parent.{RAN}</script>\">",
    f"<a href=\"javascript:{RAN}\">x</a>",
    "<img src=http://127.0.0.1:9/x>",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content=0;url=http://127.0.0.1:9/>",
    "<style>*{display:none}</style>",
    "</main></body><h1>Everything is in order</h1>",
    "&lt;script&gt; &#60;b> &amp;amp; &nbsp",
    "\\u003cscript\\u003e %3Cscript%3E \\x3cb>",
    "]]><b>", "'", "\"", "`", "${7*7}", "{{7*7}}",
    BIDI,
    "\u05d0\u05d1\u05d2 1234", "Z" + "\u0335\u0489" * 30, "w" * 120,
]


def day(when):
    return instant(when).strftime("%Y-%m-%d")


@functools.lru_cache
def signature():
    return certificates.sign(b"")


def generated(number, start, end, own=False):
    """A certificate of which thousands can be made: nobody looks at its signature; own: it says that
    it issued itself, so that no other is missed."""
    stamp = [certificates.generalized_time(instant(at).strftime("%Y%m%d%H%M%SZ"))
             for at in (start, end)]
    host = f"host-{number:05}.example.com"
    names = certificates.alternative_names(certificates.dns(host))
    subject = certificates.common_name(certificates.utf8(host))
    return certificates.certificate(subject, issuer=subject if own else None,
                                    not_before=stamp[0], not_after=stamp[1], extensions=[names],
                                    signature=signature())


class PageTest(CliTest):
    def page(self, name, *manifests, code=0, texts=None):
        """Applies manifests once more, and keeps the report and the run."""
        run = self.apply("-o", "json", "--report", PAGES / f"{name}.html", *manifests,
                         code=code)
        self.keep(name, run.out, texts)
        return run.json

    def past(self, name, texts=None):
        """Keeps the page over the runs that the store knows, and what says the same."""
        self.certroll("history", "--html", PAGES / f"{name}.html")
        printed = self.certroll("history", "-o", "json")
        self.keep(name, printed.out, texts)
        return printed.json["runs"]

    def keep(self, name, printed, texts):
        (PAGES / f"{name}.json").write_text(printed)
        if texts is not None:
            (PAGES / f"{name}.texts.json").write_text(json.dumps(texts))


class Few(PageTest):
    def entry(self, leaf, slot, **more):
        return {"name": leaf.stem.name, "path": leaf.pem(), "type": slot, **more}

    def test_everything_is_in_order(self):
        edge = self.manifest(self.entry(pki().leaf("web"), "WebServicesExternal"),
                             self.entry(pki().leaf("edge"), ["Default", "Internal"]),
                             self.entry(pki().leaf("token"), "OAuthTokenIssuer", scope="global"),
                             {"name": "unassigned", "path": pki().leaf("mail").pem()})
        self.apply(edge)
        run = self.page("in-order", edge)
        self.assertEqual([], run["actions"] + run["problems"])

    def test_nothing_at_all(self):
        self.page("empty", self.manifest())

    def test_changes(self):
        web, edge, mail = (pki().leaf(name) for name in ("web", "edge", "mail"))
        self.apply(self.manifest(self.entry(mail, ["Internal", "External"]),
                                 self.entry(web, ["WebServicesExternal", "WebServicesInternal"])))
        renewed = pki().leaf("web", -2, 400)
        run = self.page("changes", "--prune", self.manifest(
            self.entry(renewed, "WebServicesExternal"),
            self.entry(pki().leaf("web", -1, 500), "WebServicesInternal", roll=True,
                       effective_date=day(14)),
            {**self.entry(web, "WebServicesInternal"), "name": "old"},
            self.entry(edge, "AccessEdgeExternal"),
            self.entry(mail, "Internal", private_key_exportable=True)), "--service-group",
            self.group())
        self.assertLessEqual({"import", "assign", "schedule", "access", "remove"},
                             {action["action"] for action in run["actions"]})

    def test_failures(self):
        web, edge = pki().leaf("web"), pki().leaf("edge")
        entries = [
            {"name": "wrong", "path": pki().leaf("shop").pfx(), "type": "External",
             "password": {"file": self.password_file("wrong.pass", "not this one")}},
            {"name": "unlocked", "path": web.pfx(PASSWORD), "type": "Default",
             "password": {"file": self.password_file()}},
            {"name": "keyless", "path": edge.bare(), "type": "Internal"},
            {"name": "mixed", "path": edge.bare(), "key_path": web.key_file(), "type": "MPNService"},
            self.entry(pki().leaf("late", -60, -3), "PICWebService"),
            {"name": "absent", "path": "no/such/file.pem", "type": "XMPPServer"},
            {"name": "text", "path": self.write("text.pem", "What is this?\n"),
             "type": "DataEdgeExternal"},
        ]
        run = self.page("failures", self.manifest(*entries), code=1)
        self.assertLessEqual({"wrong_password", "no_private_key", "key_mismatch", "expired",
                              "not_a_certificate"}, {p["code"] for p in run["problems"]})
        self.assertTrue(run["actions"])

    def test_broken_manifest(self):
        edge = self.write("edge.yaml", "version: 1\nname: edge\nreprot: {}\ncertificates:\n"
                          "  - {path: a.pem, type: Defualt}\n  - {path: a.pem, roll: true}\n"
                          "  - {path: b.pem, effective_date: 7/31/2012 8:00 AM, typ: Default}\n")
        run = self.page("broken-manifest", edge, code=1)
        self.assertGreaterEqual(len(run["problems"]), 4)

    def test_rolls(self):
        def leaf(name, start, end):
            return pki().leaf(name, start, end, dns=["roll.example.com"])

        def rolls(slot, *lives):
            """Entries of one slot: (start, end, effective), the first one without a date."""
            for i, (start, end, at) in enumerate(lives):
                name = f"{slot.partition('@')[2]}-{i}"
                date = {} if at is None else {"effective_date": rfc3339(at), "roll": True}
                yield {"name": name, "path": leaf(name, start, end).pem(), "type": slot, **date}

        run = self.page("rolls", self.manifest(
            *rolls("WebServicesExternal@gap", (-300, 10, None), (-5, 360, 20)),
            *rolls("WebServicesExternal@overlap", (-330, 40, None), (-5, 360, 25)),
            *rolls("WebServicesExternal@rolled", (-360, 12, None), (-30, 335, -3)),
            *rolls("WebServicesExternal@queue", (-300, 60, None), (-1, 120, 50), (-1, 200, 110)),
            *rolls("OAuthTokenIssuer@short", (-300, 30, None), (-1, 365, 29.9)),
            *rolls("Default@expiring", (-360, 4, None)),
            {"name": "empty-until", "path": pki().leaf("later").pem(), "type": "Internal",
             "effective_date": day(7)}))
        self.assertLessEqual({"coverage_gap", "short_overlap", "expiring",
                              "empty_until_effective"}, {p["code"] for p in run["problems"]})

    def change_history(self, change, run):
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            self.assertEqual(index.execute(f"UPDATE run SET {change} WHERE id = ?",
                                           [run["run_id"]]).rowcount, 1)

    def test_history(self):
        """Changed, failed, not delivered; one that was killed, and one that cannot be read."""
        web, edge, mail = (self.entry(pki().leaf(name), slot) for name, slot in
                           (("web", "Default"), ("edge", "Internal"), ("mail", "External")))
        absent = {"path": "no/such/file.pem", "type": "XMPPServer"}
        with contextlib.closing(self.listener()) as gone:
            url = gone.url
        entries, runs = [], []
        for entry, code, arguments in (
                (web, 0, []), (absent, 1, []), (edge, 1, ["--report-url", url]), (mail, 1, []),
                ({**mail, "type": "MPNService"}, 1, [])):
            entries.append({**entry, "name": f"entry-{len(entries)}"})
            runs.append(self.apply("-o", "json", *arguments, self.manifest(*entries), code=code,
                                   env={"CERTROLL_REPORT_TIMEOUT": "1"}).json)
        self.change_history("finished = 0", runs[-2])
        (self.store / "reports" / f"{runs[-1]['run_id']}.json").write_text("?")
        past = self.past("history")
        self.assertEqual([run["run"] and run["run"]["run_id"] for run in past],
                         [run["run_id"] for run in runs[:-1]] + [None])
        self.assertEqual([run["finished"] for run in past], [True, True, True, False, True])
        self.assertEqual(past[2]["run"]["report"]["delivery"], "queued")

    def test_history_of_nothing(self):
        self.assertEqual([], self.past("history-empty"))

    # names that mean harm, and the same without them

    def named(self, page, names, rows):
        """Certificates and entries, some of which fail, with these names at every place."""
        entries = []
        for i, name in enumerate(names):
            subject = certificates.common_name(certificates.utf8(name))
            path = self.write(f"{page}/{i}.cer", certificates.certificate(subject, issuer=subject))
            entries.append({"name": name, "path": path, "type": f"UserDefined@n{i}"})
            entries.append({"name": f"{name} ", "path": name, "type": f"UserDefined@p{i}"})
        for slug, der in rows.items():
            entries.append({"name": slug, "path": self.write(f"{page}/{slug}.cer", der),
                            "type": f"UserDefined@{slug}", "allow_expired": True})
        folder = names[0].replace("/", "") + "'\"&"
        texts = [visible(name) for name in names]
        run = self.page(page, self.manifest(*entries, file=f"{folder}/edge.yaml"), code=1,
                        texts=texts)
        self.assertGreaterEqual(len(run["actions"]), len(names) + len(rows))
        self.assertGreaterEqual(len(run["problems"]), len(names))
        self.past(f"history-{page}", texts)

    def test_hostile_names(self):
        kept = ("not_before", "not_after", "digest", "kind")
        rows = [row for i, row in enumerate(certificates.rows())
                if row["expected"] == "accept" and not row["slug"].startswith("time-")
                and (i % 10 == 0 or "html" in row["slug"])]
        self.named("hostile", HOSTILE, {row["slug"]: row["der"] for row in rows})
        self.store = self.folder / "other"
        harmless = {row["slug"]: certificates.certificate(
            certificates.common_name(certificates.utf8(row["slug"])),
            **{key: value for key, value in row["arguments"].items() if key in kept})
            for row in rows}
        self.named("harmless", [f"name-{i}" for i in range(len(HOSTILE))], harmless)


class Many(PageTest):
    def site(self, i, end, own=False):
        return {"name": f"site-{i:05}", "type": f"UserDefined@site-{i:05}",
                "path": self.write(f"many/{i}.cer", generated(i, -40, end, own))}

    def test_many(self):
        """Most are in order; of every hundred one rolls, one expires soon, and one cannot be had."""
        before, after = [], []
        for i in range(COUNT):
            kind = {17: "rolls", 42: "expires", 99: "absent"}.get(i % 100)
            end = 300 + i % 60 if kind != "expires" else 5 + i % 20
            first = self.site(i, end)
            before.append(first)
            after.append(first)
            if kind == "rolls":
                path = self.write(f"many/{i}-next.cer", generated(i, -1, 500))
                after.append({**first, "name": f"site-{i:05}-next", "path": path, "roll": True,
                              "effective_date": rfc3339(30 + i % 90)})
            elif kind == "absent":
                after.append({"name": f"absent-{i:05}", "type": f"UserDefined@absent-{i:05}",
                              "path": "absent.pem"})
        edge = self.manifest(*before)
        self.apply(edge)
        run = self.page("many", self.manifest(*after), code=1)
        self.assertEqual(len(run["actions"]), 2 * (COUNT // 100))
        self.past("history-many")


class Measured(Many):
    """What tests/page/measure looks at: all are new, and then all are in order."""

    def seconds(self, *arguments):
        """The shortest of three runs."""
        def once():
            start = time.monotonic()
            self.apply("-q", *arguments)
            return time.monotonic() - start
        return min(once() for _ in range(3))

    def test_many(self):
        edge = self.manifest(*(self.site(i, 300 + i % 60, own=True) for i in range(COUNT)))
        self.assertEqual(len(self.page("first-import", edge)["actions"]), 2 * COUNT)
        run = self.page("all-in-order", edge)
        self.assertEqual(run["actions"] + run["problems"], [])
        alone = self.seconds(edge)
        both = self.seconds(edge, "--report", self.folder / "report.html")
        print(f"all in order: a run takes {alone:.2f} s, with a report {both:.2f} s")


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    main()
