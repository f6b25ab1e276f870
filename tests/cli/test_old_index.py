"""An index that is older than its store, as a copy is that was brought back: it is noticed, nothing
is changed by it, and certroll verify --rebuild makes a new one that loses nothing."""
import contextlib
import functools
import json
import os
import shutil
import sqlite3
import time
import unittest

from harness import SLOWNESS, fingerprints, main, pki
from test_rebuild import Rebuild


class Old(Rebuild):
    """Behind the copy came a slot, a certificate that is held, an import by hand, one that took
    over, and a roll that was staged; and a slot went."""

    def setUp(self):
        super().setUp()
        self.copy = self.folder / "copy.db"
        self.leaf |= {name: pki().leaf(name, dns=["a.example.com"])
                      for name in ("extra", "kept", "newer", "relief", "second", "staged")}

    def entry(self, name, **more):
        return {"name": name, "path": self.leaf[name].pem(), **more}

    def changed(self):
        """The manifests of both, as they are after the copy."""
        return (self.manifest(
            self.entry("web", type="Default", private_key_exportable=True),
            self.entry("newer", type="Default", roll=True, effective_date=self.day(-1)),
            self.entry("staged", type="Default", roll=True, effective_date=self.day(90)),
            self.entry("extra", type="PICWebService"),
            self.entry("held"), self.entry("kept"), name="edge", file="edge2.yaml"),
            self.manifest(
                self.entry("old", type="OAuthTokenIssuer"),
                self.entry("young", type="OAuthTokenIssuer", roll=True, effective_date=self.day(-2)),
                self.entry("relief", type="WebServicesExternal@shop", scope="global"),
                name="auth", file="auth2.yaml"))

    def go_on(self):
        """Brings the copy back behind three runs; what the store was like before."""
        self.make()
        shutil.copyfile(self.store / "index.db", self.copy)
        self.both = self.changed()
        self.run_all("--prune")
        self.certroll("import", "--path", self.leaf["second"].pem(), "--type", "XMPPServer",
                      *self.group_option)
        self.run_all()
        before = self.status()
        self.bring_back()
        return before

    def bring_back(self):
        shutil.copyfile(self.copy, self.store / "index.db")


class Noticed(Old):
    def assert_refused(self, *command, code=1):
        before = fingerprints(self.store)
        result = self.certroll(*command, code=code)
        self.assertIn("index.db is older than the store", result.err)
        self.assertIn("[index_old]\n  help: Make it anew with certroll verify --rebuild", result.err)
        self.assert_unchanged(before)
        return result

    def test_nothing_is_changed_by_it(self):
        self.go_on()
        saved = self.folder / "saved.json"
        for command in (("plan", *self.both), ("apply", *self.both),
                        ("apply", "--no-cache", "--prune", *self.both),
                        ("apply", "--what-if", *self.both), ("apply", "--atomic", *self.both),
                        ("plan", "--out", saved, *self.both),
                        ("import", "--path", self.leaf["web"].pem()),
                        ("verify",), ("deliver",), ("deliver", "--drop", "https://example.com/")):
            with self.subTest(command=command[:2]):
                self.assert_refused(*command)
        self.assertFalse(saved.exists())
        for command in ("apply", *self.both), ("verify",), ("deliver",), ("plan", *self.both):
            found = self.certroll(*command, "-o", "json", code=1).json
            self.assertIn("index_old", [problem["code"] for problem in found["problems"]])

    def test_who_only_reads_shows_what_it_knows_and_says_so(self):
        self.go_on()
        for command in "status", "history":
            self.assertTrue(self.assert_refused(command).out)

    def test_report_of_a_run_that_was_refused_goes_out_and_none_of_those_that_waited(self):
        listener = self.listener()
        listener.close()
        self.make()
        self.run_all("--report-url", listener.url, code=1)
        shutil.copyfile(self.store / "index.db", self.copy)
        self.certroll("deliver", "--drop", listener.url)
        self.both = self.changed()
        self.run_all()
        self.bring_back()
        receiver = self.receiver()
        before = fingerprints(self.store)
        page = self.folder / "page.html"
        self.run_all("--report-url", receiver.url, "--report", page, code=1)
        self.assert_unchanged(before)
        self.assertEqual(len(receiver.requests()), 1)
        self.assertIn("index_old", [problem["code"] for problem in self.embedded(page)["problems"]])

    def test_one_generation_is_enough(self):
        self.run_all()
        shutil.copyfile(self.store / "index.db", self.copy)
        self.apply(self.edge, self.auth, self.manifest(self.entry("extra"), name="other"))
        self.bring_back()
        self.assert_refused("apply", *self.both)

    def test_generation_before_tells_it_where_the_reports_are_gone(self):
        self.go_on()
        shutil.rmtree(self.store / "reports")
        self.assert_refused("apply", *self.both)
        self.assert_refused("verify")

    def test_generation_before_tells_it_where_claims_alone_have_changed(self):
        """Nothing else of the store shows it."""
        web = functools.partial(self.entry, "web", type="Default", roll=True)
        self.apply(self.manifest(web(effective_date=self.day(-9))))
        shutil.copyfile(self.store / "index.db", self.copy)
        for days in -8, -7, -6:
            moved = self.manifest(web(effective_date=self.day(days)))
            self.assertTrue(self.apply(moved, "-o", "json").actions())
        shutil.rmtree(self.store / "reports")
        self.bring_back()
        for command in ("status",), ("verify",), ("plan", moved), ("apply", "--prune", moved):
            self.assert_refused(*command)

    def test_link_tells_it_where_no_run_does(self):
        self.go_on()
        shutil.rmtree(self.store / "reports")
        self.lose("index.db.spare")
        for command in (("status",), ("verify",), ("deliver",), ("plan", *self.both),
                        ("apply", "--prune", *self.both)):
            self.assert_refused(*command)
        with self.nothing_vanishes():
            self.rebuild()

    def test_link_that_came_by_another_way_tells_it(self):
        """The copy is of as many changes as the store, but of others."""
        self.run_all()
        aside = self.folder / "aside"
        shutil.copytree(self.store, aside, symlinks=True)
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External")
        shutil.copyfile(self.store / "index.db", self.copy)
        shutil.rmtree(self.store)
        aside.rename(self.store)
        self.certroll("import", "--path", self.leaf["second"].pem(), "--type", "XMPPServer")
        self.bring_back()
        self.assert_refused("apply", *self.both)

    def test_link_to_what_was_let_go_is_none_of_that(self):
        """A killed run that pruned has left it: what it was about to remove is removed."""
        self.run_all()
        before = self.folder / "before"
        shutil.copytree(self.store, before, symlinks=True)
        self.apply(self.edge, "--prune", self.manifest(name="auth"), "--allow-empty")
        for part in "live", "objects":
            shutil.rmtree(self.store / part)
            shutil.copytree(before / part, self.store / part, symlinks=True)
        again = self.apply(self.edge, *self.group_option, "-o", "json")
        self.assertEqual(again.codes(), [])
        self.assertFalse(self.live("local/OAuthTokenIssuer").exists())
        self.assertFalse(self.object_of(self.leaf["young"]).exists())

    @unittest.skipIf(os.geteuid() == 0, "root may read all")
    def test_reports_that_cannot_be_read_are_not_none(self):
        self.go_on()
        reports = self.store / "reports"
        reports.chmod(0)
        try:
            self.certroll("apply", *self.both, code=1)
        finally:
            reports.chmod(0o700)
        self.assert_refused("apply", *self.both)

    def test_copy_of_the_present_generation_is_none(self):
        self.make()
        for name in "index.db", "index.db.spare":
            shutil.copyfile(self.store / "index.db", self.copy)
            (self.store / name).unlink()
            self.bring_back()
            self.assertEqual(self.run_all().actions(), [])
            self.certroll("verify", *self.group_option)

    def test_generation_that_cannot_be_is_damage(self):
        self.make()
        for generation in -1, 2**53 + 1:
            with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
                index.execute("UPDATE meta SET generation = ?", (generation,))
            for command in "status", "history", "deliver", "verify":
                with self.subTest(generation=generation, command=command):
                    self.assertIn("its generation cannot be", self.certroll(command, code=1).err)

    def test_text_that_tells_nothing_is_no_evidence(self):
        """Of a run that was killed, of another program, or none at all."""
        self.make()
        reports = self.store / "reports"
        known = json.loads(next(reports.glob("*.json")).read_text())
        texts = {"20300101T000000Z-000001": {**known, "run_id": "20300101T000000Z-000001",
                                             "generation_after": known["generation"]},
                 "20300101T000000Z-000002": {**known, "generation_after": 99},
                 "20300101T000000Z-000003": {"run_id": "20300101T000000Z-000003",
                                             "generation_after": "99"},
                 "20300101T000000Z-000004": {"run_id": "20300101T000000Z-000004",
                                             "generation_after": 2**53 - 1},
                 "20300101T000000Z-000005": [1], "notes": {"generation_after": 99}}
        for name, text in texts.items():
            (reports / f"{name}.json").write_text(json.dumps(text))
        (reports / "20300101T000000Z-000006.json").write_text("[" * 9999)
        os.mkfifo(reports / "20300101T000000Z-000007.json")
        self.assertEqual(self.run_all().actions(), [])
        self.certroll("verify", *self.group_option)

    def test_index_that_was_lost_and_written_anew_is_not_old(self):
        """Also where the run that wrote it was killed before it removed what the lost one left."""
        self.make()
        texts = {path: path.read_bytes() for path in (self.store / "reports").iterdir()}
        last = self.status()["generation"] if "generation" in self.status() else 0
        spare = (self.store / "index.db.spare").read_bytes()
        self.lose("index.db")
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External",
                      *self.group_option, code=1)
        hand = self.manifest(self.entry("hand", type="External"), name="import")
        result = self.apply(*self.both, hand, *self.group_option, "-o", "json")
        self.assertGreater(result.json["generation_after"], last)
        for path, text in texts.items():
            path.write_bytes(text)
        (self.store / "index.db.spare").write_bytes(spare)
        self.assertEqual(self.apply(*self.both, hand, *self.group_option, "-o", "json").codes(),
                         ["empty_until_effective"])
        self.certroll("verify", *self.group_option)


class Rebuilt(Old):
    def assert_nothing_is_lost(self, before):
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()), str(result))
        self.assertEqual(set(result.codes()), {"index_rebuilt"})
        self.assertIn("index.db is older than the store", result.err)
        kept, = self.store.glob("index.db.damaged-*")
        self.assertEqual(kept.read_bytes(), self.copy.read_bytes())
        with self.nothing_vanishes():
            run = self.run_all()
        self.assertEqual((run.actions(), run.codes()), ([], []))
        again = fingerprints(self.store)
        self.run_all()
        self.assert_unchanged(again)
        self.certroll("verify", *self.group_option)
        return result

    def test_with_the_generation_before(self):
        self.assert_nothing_is_lost(self.go_on())

    def test_from_the_copy_and_the_texts_of_the_runs_since(self):
        before = self.go_on()
        self.lose("index.db.spare")
        runs = sorted(path.stem for path in (self.store / "reports").glob("*.json"))
        self.assert_nothing_is_lost(before)
        self.assertEqual(runs, sorted(run["run"]["run_id"] for run in self.history()))

    def test_copies_of_both_were_brought_back(self):
        before = self.go_on()
        shutil.copyfile(self.copy, self.store / "index.db.spare")
        self.assert_nothing_is_lost(before)

    def test_what_nothing_tells_of_is_kept_and_said(self):
        """The copy still tells whose the slots are that it knows."""
        before = self.go_on()
        shutil.rmtree(self.store / "reports")
        spare = self.folder / "spare.db"
        shutil.copyfile(self.store / "index.db.spare", spare)
        with self.nothing_vanishes():
            self.rebuild()
        self.assertEqual(self.without_times(before)["slots"], self.without_times(self.status())["slots"])
        self.lose()
        self.bring_back()
        for text in (self.store / "reports").glob("*") if (self.store / "reports").exists() else ():
            text.unlink()
        shutil.copyfile(spare, self.store / "index.db.spare")
        self.assertEqual(self.certroll("verify", code=1).err.count("[index_old]"), 1)

    def test_run_that_wrote_a_lost_index_anew_is_no_older_one(self):
        """It was planned from nothing, and counted on."""
        mine = self.manifest(self.entry("web", type="Default"), name="mine")
        self.apply(mine)
        shutil.copyfile(self.store / "index.db", self.copy)
        self.apply(self.manifest(self.entry("extra", type="Default"), name="mine"))
        self.lose("index.db")
        theirs = self.manifest(self.entry("extra", type="Default"), name="theirs", file="theirs")
        self.apply(theirs)
        self.lose("index.db.spare")
        self.bring_back()
        self.rebuild()
        self.assertEqual(self.status()["slots"][0]["owner"], "theirs")
        self.assertEqual(self.apply(theirs, "-o", "json").codes(), [])

    def test_again_and_again(self):
        """What is made anew is later than the copy, too, and is not taken for old itself."""
        before = self.go_on()
        for _ in range(2):
            self.rebuild()
            for each in self.store.glob("index.db.damaged-*"):
                each.unlink()
            self.bring_back()
            self.certroll("status", code=1)
        self.assert_nothing_is_lost(before)


class Told(Old):
    """What only the texts of runs tell."""

    def queue(self, *names):
        """A slot that these are to take over, the last of them first."""
        self.both = (self.manifest(self.entry("web", type="Default"), *(
            self.entry(name, type="Default", roll=True, effective_date=self.day(50 + 10 * i))
            for i, name in reversed(list(enumerate(names))))),)
        self.run_all()

    def test_queue_is_in_the_order_of_its_dates(self):
        """Whichever run put them there."""
        for names in ("kept",), ("extra", "kept"), ("staged", "extra", "kept"):
            self.queue(*names)
        before = self.status()
        self.lose()
        with self.nothing_vanishes():
            self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()))

    def test_long_history_of_one_slot(self):
        """A hundred thousand that came and went take seconds, not minutes."""
        self.run_all()
        text = max((self.store / "reports").glob("*.json"))
        run = json.loads(text.read_text())
        template = next(action for action in run["actions"] if action["action"] == "schedule")
        run["actions"] += [{**template, "fingerprint": f"{i:064x}"} for i in range(100000)]
        text.write_text(json.dumps(run))
        self.lose()
        started = time.monotonic()
        self.certroll("verify", "--rebuild", *self.group_option)
        self.assertLess(time.monotonic() - started, 15 * SLOWNESS)


if __name__ == "__main__":
    main()
