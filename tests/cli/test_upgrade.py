"""Stores whose index an earlier version wrote, and one that a later version did.

indexes/ has one of each earlier schema, as its program left it: 1.sql to 3.sql, of equal stores, and
the private keys (of nobody) of the certificates in them. The rest of such a store is made from that.
"""
import contextlib
import json
import pathlib
import random
import shutil
import sqlite3
import time

from harness import CliTest, fingerprints, main, often
from inotify import Watch

INDEXES = pathlib.Path(__file__).with_name("indexes")
KEYS = json.loads((INDEXES / "keys.json").read_text())
PLACES = {0: "current", 1: "previous", 2: "next"}
READERS = (["status"], ["history"], ["verify"], ["deliver", "--drop", "http://127.0.0.1:1/"])
VERSIONS = ("1", "2", "3")
LAST = 4


def as_hex(digest):
    """Bytes, or the text that they were before version 3."""
    return digest.hex() if isinstance(digest, bytes) else digest


def texts_of_runs():
    """Before version 3 they stood in the index."""
    with contextlib.closing(sqlite3.connect(":memory:")) as index:
        index.executescript((INDEXES / "2.sql").read_text())
        return index.execute("SELECT id, json FROM run").fetchall()


class OldStore(CliTest):
    def build(self, version):
        """The store that this version left, and the manifests that it was made by."""
        shutil.rmtree(self.store, ignore_errors=True)
        self.store.mkdir(mode=0o711)
        for name, mode in (("objects", 0o711), ("live", 0o755), ("reports", 0o700)):
            (self.store / name).mkdir()
            (self.store / name).chmod(mode)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.executescript((INDEXES / f"{version}.sql").read_text())
            self.add_objects(index)
            self.add_links(index)
            for run, in index.execute("SELECT id FROM run WHERE report"):
                self.write(f"store/reports/{run}.html", "<!DOCTYPE html>\n<p>kept\n")
        for run, text in texts_of_runs() if version == "3" else ():
            self.write(f"store/reports/{run}.json", text)
        (self.store / "index.db").chmod(0o600)
        self.store.chmod(0o711)

    def add_objects(self, index):
        names = dict(index.execute("SELECT fingerprint, entry FROM claim UNION"
                                   " SELECT fingerprint, entry FROM holding"))
        for digest, cert in index.execute("SELECT fingerprint, cert_pem FROM content"):
            fingerprint = as_hex(digest)
            chain = "".join(pem for pem, in index.execute(
                "SELECT pem FROM chain JOIN issuer ON id = issuer WHERE fingerprint = ?"
                " ORDER BY position", [digest]))
            for name, text, mode in (("cert.pem", cert, 0o644), ("chain.pem", chain, 0o644),
                                     ("fullchain.pem", cert + chain, 0o644),
                                     ("privkey.pem", KEYS[fingerprint], 0o600)):
                self.write(f"store/objects/{fingerprint}/{name}", text, mode)
            (self.store / "objects" / fingerprint).chmod(0o755)
            self.write(f"{names[digest]}.pem", cert + KEYS[fingerprint] + chain)

    def add_links(self, index):
        for scope, slot, position, fingerprint, roll in index.execute(
                "SELECT scope, type, position, fingerprint, roll FROM claim"):
            folder = self.store / "live" / scope / slot
            if position < 2 or roll:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / PLACES[position]).symlink_to(f"../../../objects/{as_hex(fingerprint)}")
        for folder in (self.store / "live").rglob("*"):
            if not folder.is_symlink():
                folder.chmod(0o755)

    def manifests(self):
        """Those of the old runs."""
        return [self.manifest({"path": "web.pem", "type": "Default"},
                              {"path": "new.pem", "type": "Default", "roll": True,
                               "effective_date": "2080-01-01"}, {"path": "held.pem"}),
                self.manifest({"path": "old.pem", "type": "OAuthTokenIssuer"},
                              {"path": "young.pem", "type": "OAuthTokenIssuer", "roll": True,
                               "effective_date": "2026-06-01"},
                              {"path": "later.pem", "type": "Internal",
                               "effective_date": "2081-01-01"}, name="auth")]

    def version(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.store}/index.db?immutable=1",
                                                uri=True)) as index:
            return index.execute("PRAGMA user_version").fetchone()[0]

    def shown(self):
        """All that is known of the store, but the ids of runs and when they were."""
        status = self.status()
        runs = [{key: run["run"].get(key) for key in ("summary", "actions")}
                for run in self.history()]
        waiting = [{key: each[key] for key in ("url", "attempts", "last_error")}
                   for each in status["outbox"]]
        return {"slots": status["slots"], "unassigned": status["unassigned"], "runs": runs,
                "outbox": waiting}

    def change(self):
        """The manifests, with one thing more to do."""
        return [*self.manifests(),
                self.manifest({"path": "held.pem", "type": "UserDefined"}, name="more")]


class Upgrade(OldStore):
    def test_who_reads_sees_all_and_writes_nothing(self):
        seen = []
        for version in VERSIONS:
            with self.subTest(version=version):
                self.build(version)
                before = fingerprints(self.store)
                for command in READERS[:3]:
                    self.certroll(*command)
                seen.append(self.shown())
                plan = self.plan(*self.manifests())
                self.assertEqual(([], ["empty_until_effective"]), (plan.actions(), plan.codes()))
                self.assert_unchanged(before)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual([slot["type"] for slot in seen[0]["slots"]],
                         ["Default", "External", "Internal", "OAuthTokenIssuer"])
        self.assertEqual([bool(slot["previous"]) for slot in seen[0]["slots"]],
                         [False, False, False, True])
        self.assertEqual([len(slot["next"]) for slot in seen[0]["slots"]], [1, 0, 1, 0])
        self.assertEqual((len(seen[0]["unassigned"]), len(seen[0]["outbox"]), len(seen[0]["runs"])),
                         (1, 1, 5))

    def test_run_that_has_nothing_to_do_changes_nothing(self):
        """Sources are known by their bytes; version 1 does not remember how they looked, and 2 of
        files that were others."""
        for version in VERSIONS:
            with self.subTest(version=version):
                self.build(version)
                self.certroll("deliver", "--drop", "http://127.0.0.1:9/")
                self.assertEqual(self.version(), LAST)
                self.apply(*self.manifests())
                before = fingerprints(self.store)
                for name in ("web", "new", "young", "later"):
                    self.assertTrue((self.folder / f"{name}.pem").exists())
                result = self.apply(*self.manifests(), "-o", "json")
                self.assertEqual(result.actions(), [])
                self.assert_unchanged(before)

    def test_first_change_upgrades_and_changes_nothing_else(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                self.build(version)
                before, objects = self.shown(), fingerprints(self.store / "objects")
                watch = Watch(self.store / "live/local/Default")
                self.assertEqual(self.apply(*self.change(), "-o", "json", code=None).actions(),
                                 [("assign", "held", "UserDefined")])
                self.assertEqual(watch.events(), [])
                watch.close()
                self.assertEqual(self.version(), LAST)
                self.assertEqual(objects, fingerprints(self.store / "objects"))
                after = self.shown()
                self.assertEqual(before["slots"], after["slots"][:4])
                self.assertEqual([each["url"] for each in before["outbox"]],
                                 [each["url"] for each in after["outbox"]])
                self.assertEqual(before["runs"], after["runs"][:5])
                self.certroll("verify")

    def test_what_each_table_held_is_there_afterwards(self):
        """Row by row, read from the file."""
        for version in VERSIONS:
            with self.subTest(version=version):
                self.build(version)
                old = self.rows()
                self.certroll("deliver", "--drop", "http://127.0.0.1:1/")
                self.assertEqual(self.version(), int(version), "nothing waits there: no change")
                self.apply(*self.change(), code=None)
                new = self.rows()
                for table, rows in old.items():
                    self.assertLessEqual(rows, new[table], table)

    def rows(self):
        """The rows of an index of any version, as those of the last have them."""
        columns = {"certificate": "fingerprint, thumbprint, key_id, chain_digest, subject, issuer,"
                                  " serial, dns_names, not_before, not_after, has_key, findings,"
                                  " exportable",
                   "content": "fingerprint, key_digest, cert_pem",
                   "claim": "scope, type, position, fingerprint, entry, effective_date, roll,"
                            " exportable",
                   "slot": "scope, type, owner",
                   "holding": "owner, entry, fingerprint, exportable", "source": "digest, owner, fingerprint, not_after",
                   "run": "id, started_at, finished, report", "run_certificate": "run, fingerprint",
                   "outbox": "id, run, url, result, queued_at", "issuer": "digest, pem"}
        with contextlib.closing(sqlite3.connect(f"file:{self.store}/index.db?immutable=1",
                                                uri=True)) as index:
            return {table: {tuple(value.hex() if isinstance(value, bytes) and len(value) in (20, 32)
                                  else value for value in row)
                            for row in index.execute(f"SELECT {names} FROM {table}")}
                    for table, names in columns.items()}

    def test_upgrade_that_is_killed_is_before_or_after(self):
        chance = random.Random(11)
        for version in VERSIONS:
            self.build(version)
            started = time.monotonic()
            self.apply(*self.change(), code=None)
            took = time.monotonic() - started
            for _ in range(often(6)):
                with self.subTest(version=version):
                    self.build(version)
                    before = self.shown()
                    run = self.start("apply", *self.change())
                    time.sleep(chance.random() * took)
                    run.kill()
                    run.communicate()
                    self.assertIn(self.version(), (int(version), LAST))
                    self.assertEqual(before["slots"], self.shown()["slots"][:4])
                    self.apply(*self.change(), code=None)
                    self.assertEqual((self.version(), len(self.status()["slots"])), (LAST, 5))
                    self.certroll("verify")

    def test_damaged_index_of_an_earlier_version_is_made_anew(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                self.build(version)
                before = self.shown()
                with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
                    index.execute("DROP TABLE content")
                    index.commit()
                self.certroll("verify", "--rebuild")
                self.assertEqual(self.version(), LAST)
                after = self.shown()
                for part in ("slots", "unassigned", "outbox", "runs"):
                    self.assertEqual(before[part], after[part], part)


class Downgrade(OldStore):
    def test_every_command_refuses_a_later_version_and_touches_nothing(self):
        self.build("2")
        edge = self.manifests()[0]
        self.apply(*self.change(), code=None)
        saved = self.folder / "saved.plan"
        self.plan(edge, "--out", saved)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.execute(f"PRAGMA user_version = {LAST + 1}")
            index.execute("ALTER TABLE slot ADD COLUMN of_the_future TEXT")
            index.commit()
        before = fingerprints(self.store)
        for command in (["plan", edge], ["apply", edge], ["apply", "--plan", saved],
                        ["apply", "-n", edge], ["apply", "--prune", "--take-over", edge],
                        ["import", "--path", self.folder / "held.pem"], ["verify", "--rebuild"],
                        ["deliver"], *READERS):
            with self.subTest(command=command):
                result = self.certroll(*command, code=1)
                self.assertIn("index.db: written by another version of certroll "
                              f"(schema {LAST + 1}, this one knows {LAST}) [store_failed]\n  help: Use that version or a later one",
                              result.err)
                self.assert_unchanged(before, spare=("lock", "outbox.lock"))


if __name__ == "__main__":
    main()
