"""certroll verify --rebuild: an index that is lost or damaged, made anew from what is there."""
import contextlib
import os
import shutil
import sqlite3

from harness import CliTest, fingerprints, main, pki
from inotify import Watch
from pki import instant, rfc3339

SLOTS = ("live/local/Default", "live/local/External", "live/global/WebServicesExternal@shop",
         "live/local/OAuthTokenIssuer", "live/local/Internal")


class Rebuild(CliTest):
    """A store with all that there can be in one: of two manifests and of import; a roll that is
    staged, one that was made, a date ahead that nobody sees, a key for the service group, and
    something that is assigned to nothing."""

    def setUp(self):
        super().setUp()
        names = ("web", "new", "old", "young", "shop", "later", "held", "hand")
        self.leaf = {name: pki().leaf(name, dns=["a.example.com"]) for name in names}
        leaf = {name: each.pem() for name, each in self.leaf.items()}
        self.edge = self.manifest(
            {"name": "web", "path": leaf["web"], "type": "Default", "private_key_exportable": True},
            {"name": "new", "path": leaf["new"], "type": "Default", "roll": True,
             "effective_date": self.day(100)},
            {"name": "held", "path": leaf["held"]}, name="edge")
        self.auth = self.manifest(
            {"name": "old", "path": leaf["old"], "type": "OAuthTokenIssuer"},
            {"name": "young", "path": leaf["young"], "type": "OAuthTokenIssuer", "roll": True,
             "effective_date": self.day(-2)},
            {"name": "shop", "path": leaf["shop"], "scope": "global",
             "type": "WebServicesExternal@shop"},
            {"name": "later", "path": leaf["later"], "type": "Internal",
             "effective_date": self.day(50)}, name="auth")
        self.both = (self.edge, self.auth)
        self.group_option = ("--service-group", self.group())

    @staticmethod
    def day(days):
        return rfc3339(instant(days))

    def run_all(self, *options, **more):
        return self.apply(*self.both, *self.group_option, "-o", "json", *options, **more)

    def make(self):
        self.run_all()
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External",
                      *self.group_option)
        self.run_all()
        return self.status()

    def lose(self, *names):
        for name in names or ("index.db", "index.db.spare"):
            (self.store / name).unlink()

    def damage(self, name="index.db"):
        (self.store / name).write_bytes(b"no database\n" * 4096)

    def rebuild(self, code=0):
        return self.certroll("verify", "--rebuild", "-o", "json", *self.group_option, code=code)

    def contents(self):
        """What services read: every path in live/ and what is in it, with its rights."""
        found = {}
        for path in sorted((self.store / "live").rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.store))] = (os.readlink(path), {
                    each.name: (each.read_bytes(), oct(each.stat().st_mode), each.stat().st_gid)
                    for each in sorted(path.iterdir())})
        return found

    @contextlib.contextmanager
    def nothing_vanishes(self):
        """No link, and nothing that one leads to, is missing for a moment meanwhile."""
        before = self.contents()
        watches = [Watch(self.store / slot) for slot in SLOTS if (self.store / slot).exists()]
        objects = Watch(self.store / "objects")
        yield
        events = [event for watch in watches for event in watch.events()]
        gone = [name for kind, name in objects.events()
                if kind == "deleted" and not name.startswith(".new-")]
        for watch in [*watches, objects]:
            watch.close()
        self.assertEqual(([], []), (events, gone))
        self.assertEqual(before, self.contents())

    def assert_converges(self, before):
        """The next run of all manifests gives the state that there would have been."""
        self.run_all()
        after = self.status()
        for each in before, after:
            each.pop("at", None)
        self.assertEqual(self.without_times(before), self.without_times(after))
        again = self.run_all()
        self.assertEqual(([], ["empty_until_effective"]), (again.actions(), again.codes()))
        self.certroll("verify", *self.group_option)

    @staticmethod
    def without_times(status):
        return {"slots": status["slots"], "unassigned": status["unassigned"]}


class Recalled(Rebuild):
    """The generation before is still there: nothing is lost but what the last change made."""

    def assert_nothing_is_lost(self, before):
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()), str(result))
        self.assertTrue(result.json["rebuilt"])
        self.assertNotIn("owner_unknown", result.codes())
        self.assertIn("index_rebuilt", result.codes())
        plan = self.plan(*self.both, *self.group_option)
        self.assertEqual(([], ["empty_until_effective"]), (plan.actions(), plan.codes()))
        return result

    def test_lost(self):
        before = self.make()
        runs = [run["run"]["run_id"] for run in self.history()]
        self.lose("index.db")
        self.assert_nothing_is_lost(before)
        self.assertEqual(runs, [run["run"]["run_id"] for run in self.history()])
        self.assert_converges(before)

    def test_damaged(self):
        before = self.make()
        self.damage()
        self.assert_nothing_is_lost(before)
        self.assert_converges(before)

    def test_damaged_alone(self):
        """Of one whose tables but one can be read, those are."""
        before = self.make()
        self.lose("index.db.spare")
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.execute("DROP TABLE content")
            index.commit()
        self.certroll("verify", code=1)
        self.assert_nothing_is_lost(before)
        self.assert_converges(before)


class Replayed(Rebuild):
    """No index is left, but the texts of the kept runs are."""

    def test_owners_entries_and_dates_are_known(self):
        before = self.make()
        self.lose()
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()))
        self.assertEqual(result.codes(), ["index_rebuilt", "index_rebuilt"])
        self.assertIn("which reports waited to be sent is not known", result.err)
        self.assertEqual(len(self.history()), 2)
        with self.nothing_vanishes():
            self.assertEqual(self.run_all().codes(), ["empty_until_effective"])
        self.assert_converges(before)

    def test_what_has_left_its_slot_is_nobodys_no_more(self):
        """A certificate that was relieved is kept as long as the runs that tell of it are."""
        self.make()
        other = self.manifest({"name": "web", "path": pki().leaf("other").pem(), "type": "Default"})
        self.apply(other, self.auth, *self.group_option)
        before = self.status()
        self.lose()
        self.assertNotIn("owner_unknown", self.rebuild().codes())
        self.assertTrue(self.object_of(self.leaf["web"]).is_dir())
        self.assertEqual(self.without_times(before), self.without_times(self.status()))

    def test_text_that_cannot_be_read_tells_nothing(self):
        self.make()
        self.lose()
        for i, text in enumerate((self.store / "reports").glob("*.json")):
            text.write_text(["[" * 9999, '{"run_id": 1, "actions": {"a": 1}}'][i % 2])
        self.assertIn("owner_unknown", self.rebuild().codes())
        self.assertEqual({slot["owner"] for slot in self.status()["slots"]}, {None})


class Forgotten(Rebuild):
    """Objects and links are all there is."""

    def test_next_run_of_all_manifests_converges(self):
        before = self.make()
        self.lose()
        shutil.rmtree(self.store / "reports")
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual({slot["owner"] for slot in self.status()["slots"]}, {None})
        with self.nothing_vanishes():
            codes = self.run_all().codes()
        self.assertEqual(codes, ["empty_until_effective"] + 4 * ["owner_unknown"])
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External",
                      *self.group_option)
        self.assert_converges(before)


if __name__ == "__main__":
    main()
