"""Whether there is a store at all, and what is said and done where its index is lost."""
import contextlib
import shutil
import sqlite3
import unittest

from harness import CliTest, fingerprints, main, pki
from inotify import Watch

READERS = ("verify", "status", "history", "deliver")


class LostIndex(CliTest):
    """Objects and links are there, and nothing says what they are."""

    def setUp(self):
        super().setUp()
        self.web, self.shop = pki().leaf("web"), pki().leaf("shop")
        self.entries = [{"name": "web", "path": self.web.pem(), "type": "Default"},
                        {"name": "shop", "path": self.shop.pem(), "scope": "global",
                         "type": "WebServicesExternal@shop"}]
        self.edge = self.manifest(*self.entries)

    def lose(self):
        self.apply(self.edge)
        (self.store / "index.db").unlink()

    def assert_refused(self, *command):
        before = fingerprints(self.store)
        result = self.certroll(*command, code=1)
        self.assertIn("[store_damaged]", result.err)
        self.assertIn("the index is lost", result.err)
        self.assert_unchanged(before, spare=("lock",))
        self.assertFalse((self.store / "index.db").exists())
        return result

    def test_who_reads_the_store_fails_and_says_what_to_do(self):
        self.lose()
        for command in READERS:
            result = self.assert_refused(command)
            self.assertEqual(result.out, "")
            self.assertIn("help: Make it anew with certroll verify --rebuild, bring back a copy of index.db "
                          "that is no older than the last change, or apply all manifests", result.err)
            found = self.certroll(command, "-o", "json", code=1).json
            self.assertEqual([p["code"] for p in found["problems"]], ["store_damaged"])

    def test_dropping_reports_is_no_success_where_nobody_knows_what_waited(self):
        self.lose()
        self.assert_refused("deliver", "--drop", "https://example.com/")

    def test_objects_without_links_are_enough(self):
        self.edge = self.manifest({"path": self.web.pem()})
        self.lose()
        self.assertEqual(list((self.store / "live").iterdir()), [])
        self.assert_refused("verify")
        self.assertEqual(self.plan(self.edge).codes(), ["index_lost"])
        self.apply(self.edge)
        self.assert_verified()

    def test_index_that_knows_of_no_commit_is_lost_too(self):
        other = self.folder / "other"
        self.apply(self.manifest({"path": "nowhere.pem", "type": "Default"}, name="failing"),
                   store=other, code=1)
        self.lose()
        shutil.copy(other / "index.db", self.store / "index.db")
        shutil.rmtree(self.store / "reports")
        shutil.copytree(other / "reports", self.store / "reports")
        for command in ("verify", "status"):
            self.assertIn("[store_damaged]", self.certroll(command, code=1).err)
        self.apply(self.edge)
        self.assert_verified()

    def test_all_manifests_in_one_run_write_it_anew_and_no_path_fails_meanwhile(self):
        self.lose()
        self.assertEqual(self.plan(self.edge).codes(), ["index_lost"])
        slots = [self.watch("live/local/Default"), self.watch("live/global/WebServicesExternal@shop")]
        objects = self.watch("objects")
        result = self.apply(self.edge, "-o", "json")
        self.assertEqual(result.codes(), ["index_lost"])
        self.assertEqual([watch.events() for watch in slots], [[], []])
        self.assertFalse([name for kind, name in objects.events()
                          if kind == "deleted" and not name.startswith(".new-")])
        self.assert_verified()
        again = self.apply(self.edge, "-o", "json")
        self.assertEqual((again.actions(), again.codes()), ([], []))

    def watch(self, folder):
        watch = Watch(self.store / folder)
        self.addCleanup(watch.close)
        return watch

    def test_index_that_is_damaged_is_moved_away_and_written_anew(self):
        self.apply(self.edge)
        (self.store / "index.db").write_bytes(b"no database\n" * 100)
        result = self.apply(self.edge, code=1)
        self.assertRegex(result.err, r"index\.db is damaged \([^)]*\) \[store_damaged\]\n"
                                     r"  help: Make it anew with certroll verify --rebuild, or bring back a copy ")
        self.assertNotIn("repairs what it can", result.err)
        (self.store / "index.db").rename(self.folder / "damaged")
        self.apply(self.edge)
        self.assert_verified()

    def test_index_of_a_later_version_is_left_alone(self):
        self.apply(self.edge)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.execute("PRAGMA user_version = 99")
        before = fingerprints(self.store)
        for command in (["apply", self.edge], ["verify"]):
            self.assertIn("index.db: written by another version of certroll (schema 99, this one knows 4) "
                          "[store_failed]\n  help: Use that version or a later one",
                          self.certroll(*command, code=1).err)
        self.assert_unchanged(before, spare=("lock",))

    def test_index_can_be_copied_while_runs_write(self):
        edges = [self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                               file=f"{leaf.stem.name}.yaml") for leaf in (self.web, self.shop)]
        self.apply(edges[0])
        copy = self.folder / "copy.db"
        for i in range(1, 9):
            run = self.start("apply", edges[i % 2])
            while True:
                ended = run.poll() is not None
                shutil.copyfile(self.store / "index.db", copy)
                with contextlib.closing(sqlite3.connect(copy)) as index:
                    self.assertEqual(index.execute("PRAGMA integrity_check").fetchone(), ("ok",))
                if ended:
                    break
            self.assertEqual(run.returncode, 0)
            run.communicate()
        copy.replace(self.store / "index.db")
        self.assert_verified()

    def test_run_that_would_take_a_certificate_away_does_not_begin(self):
        self.lose()
        part = self.manifest(self.entries[0], name="part")
        failing = self.manifest(self.entries[0], self.entries[1] | {"path": "nowhere.pem"},
                                file="failing.yaml")
        held_back = self.manifest(*self.entries, {"path": "nowhere.pem"}, file="held-back.yaml")
        for command in (["plan", part], ["apply", part], ["apply", failing],
                        ["apply", self.manifest(name="none")], ["apply", "--atomic", held_back],
                        ["import", "--path", self.web.pem(), "--type", "Default"]):
            result = self.assert_refused(*command)
        self.assertIn("would leave live/global/WebServicesExternal@shop without a certificate",
                      result.err)
        self.assertIn("remove from live/ what is not to be served any more", result.err)
        shutil.rmtree(self.store / "live/global/WebServicesExternal@shop")
        self.apply(part)
        self.assert_verified()

    def test_what_was_imported_by_hand_needs_an_entry(self):
        self.apply(self.manifest(self.entries[0]))
        by_hand = ["import", "--path", self.shop.pem(), "--type", "Default@hand"]
        self.certroll(*by_hand)
        (self.store / "index.db").unlink()
        edge = self.manifest(self.entries[0])
        self.assert_refused(*by_hand)
        self.assert_refused("apply", edge)
        self.apply(edge, self.manifest({"path": self.shop.pem(), "type": "Default@hand"}, name="import"))
        self.assert_verified()
        self.assertEqual(self.certroll(*by_hand, "-o", "json").actions(), [])

    def test_slot_whose_certificate_is_only_to_come_is_not_emptied(self):
        self.lose()
        later = self.manifest(self.entries[0] | {"effective_date": "2999-01-01", "allow_expired": True},
                              self.entries[1], file="later.yaml")
        self.assert_refused("apply", later)


class NoStore(CliTest):
    def test_verify_fails_where_there_is_none(self):
        nowhere, empty = self.folder / "nowhere", self.folder / "empty"
        empty.mkdir()
        for place in (nowhere, empty):
            result = self.certroll("verify", store=place, code=1)
            self.assertEqual(result.out, "")
            self.assertIn(f"there is no store at {place}: ", result.err)
            self.assertIn("[store_failed]", result.err)
            self.assertIn("--store", result.err)
            self.assertEqual(self.certroll("verify", "-o", "json", store=place, code=1).codes(),
                             ["store_failed"])
        self.assertFalse(nowhere.exists())
        self.assertEqual(list(empty.iterdir()), [])

    def test_the_others_say_where_nothing_was_found(self):
        empty = self.folder / "empty"
        empty.mkdir()
        for command, words in (("status", ""), ("history", "No run has done anything yet. "),
                               ("deliver", "No report waits. ")):
            self.assertEqual(self.certroll(command).out,
                             f"{words}There is no store at {self.store}.\n")
            self.assertEqual(self.certroll(command, store=empty).out,
                             f"{words}The store {empty} is empty.\n")
            self.assertEqual(self.certroll(command, "-o", "json").json["problems"], [])
        self.assertFalse(self.store.exists())
        self.assertEqual(list(empty.iterdir()), [])

    def kill_first_run(self):
        """What it leaves before there is an index."""
        edge = self.manifest({"name": "web", "path": pki().leaf("web").pem(), "type": "Default"})
        self.apply(edge)
        for name in ("index.db", "index.db.spare"):
            (self.store / name).unlink(missing_ok=True)
        for name in ("live", "reports"):
            shutil.rmtree(self.store / name)
        (self.store / "lock").write_text("certroll apply, pid 1\n")
        return edge

    def test_store_that_a_first_run_is_making_is_empty_still(self):
        """It puts its objects into place before there is an index; so may one that was killed."""
        edge = self.kill_first_run()
        self.assertIn("is empty", self.certroll("status").out)
        self.assertEqual(self.plan(edge).codes(), [])
        self.apply(edge)
        self.assert_verified()

    def test_run_that_fails_behind_a_first_one_that_was_killed_loses_no_index(self):
        edge = self.kill_first_run()
        self.apply(self.manifest({"path": "nowhere.pem", "type": "Default"}, file="failing.yaml"), code=1)
        self.assertTrue((self.store / "index.db").exists())
        self.assertIn("is empty", self.certroll("status").out)
        self.assertEqual(self.certroll("deliver").out, "No report waits.\n")
        self.assertEqual(self.apply(edge, "-o", "json").codes(), [])
        self.assert_verified()


if __name__ == "__main__":
    main()
