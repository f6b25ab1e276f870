"""How long things stay in the store: what nothing refers to any more goes, by the manual's rule."""
import contextlib
import sqlite3

from harness import CliTest, main, pki, read


class PruningTest(CliTest):
    def setUp(self):
        super().setUp()
        self.old, self.new = pki().leaf("old"), pki().leaf("new")

    def entry(self, leaf, **more):
        return {"name": leaf.cert.stem, "path": leaf.pem(), "type": "Default", **more}

    def replace(self):
        """The old certificate gives way to the new one."""
        self.apply(self.manifest(self.entry(self.old)))
        self.apply(self.manifest(self.entry(self.new)))

    def change(self, turn, **options):
        """A run that changes something, and neither of the two certificates."""
        self.certroll("import", "--path", pki().leaf("other").pem(), "--type", "External",
                      *(["--private-key-exportable"] if turn % 2 else []), **options)

    def fail_once(self):
        """A run that is recorded, and changes nothing."""
        self.apply(self.manifest({"path": "none.pem"}, name="failing"), code=1)

    def has(self, leaf):
        return self.object_of(leaf).exists()

    def sources(self, owner=None):
        """The certificates of the files that the store remembers."""
        with contextlib.closing(sqlite3.connect(
                f"file:{self.store}/index.db?mode=ro&immutable=1", uri=True)) as database:
            return sorted(fingerprint.hex() for fingerprint, of in database.execute(
                "SELECT fingerprint, owner FROM source") if owner in (None, of))


class Objects(PruningTest):
    def test_object_goes_when_30_runs_have_followed_the_last_that_touched_it(self):
        self.replace()
        for turn in range(30):
            self.assertTrue(self.has(self.old), f"gone after {turn} more runs")
            self.change(turn)
        self.assertTrue(self.has(self.old), "the run that replaced it was just let go")
        self.change(30)
        self.assertFalse(self.has(self.old))
        self.assertTrue(self.has(self.new))
        self.assert_verified()

    def test_runs_that_change_nothing_count_and_the_next_change_lets_go(self):
        self.replace()
        for _ in range(31):
            self.fail_once()
        self.assertTrue(self.has(self.old), "a run that changes nothing deletes nothing")
        self.change(0)
        self.assertFalse(self.has(self.old))
        self.assert_verified()

    def test_run_with_nothing_to_do_does_not_count(self):
        self.replace()
        for _ in range(31):
            self.apply(self.manifest(self.entry(self.new)))
        self.change(0)
        self.assertTrue(self.has(self.old))

    def test_change_with_prune_lets_go_at_once(self):
        self.apply(self.manifest(self.entry(self.old)))
        self.apply("--prune", self.manifest(self.entry(self.new)))
        self.assertFalse(self.has(self.old))
        self.assert_verified()

    def test_what_a_slot_or_an_import_has_never_goes(self):
        self.apply(self.manifest({"path": self.old.pem()}, self.entry(self.new)))
        for turn in range(32):
            self.change(turn)
        self.assertTrue(self.has(self.old) and self.has(self.new))


class Runs(PruningTest):
    def test_run_whose_report_waits_is_kept_beyond_the_30(self):
        manifest = self.manifest(self.entry(self.old))
        self.apply("--report-url", "http://127.0.0.1:9/", "--report-timeout", "1", manifest, code=1)
        first, = [run["run"]["run_id"] for run in self.history()]
        without = {"env": {"CERTROLL_REPORT_TIMEOUT": "0"}}
        for turn in range(31):
            self.change(turn, code=None, **without)
        kept = [run["run"]["run_id"] for run in self.history()]
        self.assertEqual((len(kept), kept[0]), (31, first))
        self.certroll("deliver", "--drop", "http://127.0.0.1:9/")
        kept = [run["run"]["run_id"] for run in self.history()]
        self.assertEqual(len(kept), 30)
        self.assertNotIn(first, kept)


class Sources(PruningTest):
    """What is remembered of source files: not of those that went long ago."""

    def test_of_a_manifest_in_order(self):
        self.replace()
        self.assertEqual(self.sources(), [self.new.fingerprint])

    def test_of_a_manifest_with_an_entry_that_fails_every_night(self):
        lost = {"path": "none.pem", "type": "Internal"}
        self.apply(self.manifest(self.entry(self.old), lost), code=1)
        manifest = self.manifest(self.entry(self.new), lost)
        self.apply("--prune", manifest, code=1)
        self.assertFalse(self.has(self.old))
        run = self.apply("-o", "json", manifest, code=1).json
        self.assertEqual(run["generation_after"], run["generation"])  # that alone is no change
        third = {"path": pki().leaf("third").pem()}
        self.apply(self.manifest(self.entry(self.new), lost, third), code=1)
        self.assertEqual(self.sources(),
                         sorted([self.new.fingerprint, pki().leaf("third").fingerprint]))

    def test_of_imports_by_hand(self):
        for leaf in self.old, self.new:
            self.certroll("import", "--path", leaf.pem(), "--type", "Default")
        self.apply("--prune", self.manifest({"path": pki().leaf("third").pem()}))
        self.assertFalse(self.has(self.old))
        self.change(0)
        self.assertEqual(self.sources("import"),
                         sorted([self.new.fingerprint, pki().leaf("other").fingerprint]))

    def test_of_an_owner_that_has_nothing_any_more(self):
        self.apply(self.manifest(self.entry(self.old), name="before"))
        self.apply("--take-over", self.manifest(self.entry(self.old), name="after"))
        self.apply("--prune", self.manifest(self.entry(self.new), name="after"))
        self.assertFalse(self.has(self.old))
        self.assertEqual(self.sources("before"), [])

    def test_file_that_cannot_be_read_for_a_night_is_not_forgotten(self):
        path = self.folder / "old.pfx"
        path.write_bytes(read(self.old.pfx()))
        entry = {"path": str(path), "type": "Default", "password": {"file": self.password_file()}}
        self.apply(self.manifest(entry))
        aside = path.rename(self.folder / "aside")
        self.apply(self.manifest(entry), code=1)
        aside.rename(path)
        (self.folder / "secret.pass").unlink()
        self.apply(self.manifest(entry))


if __name__ == "__main__":
    main()
