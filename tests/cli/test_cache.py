"""A source that looks as it did is not read again, and the plan is the same as if it were."""
import contextlib
import itertools
import os
import pathlib
import random
import shutil
import sqlite3

from harness import CliTest, fingerprints, main, often, pki
from inotify import OPENINGS, Watch

SIZE = 8192  # of each source, so that the size tells nothing


# What was hex in the index before its version 3.
DIGESTS = {"certificate": "fingerprint thumbprint key_id chain_digest",
           "content": "fingerprint key_digest", "issuer": "digest", "chain": "fingerprint",
           "claim": "fingerprint", "holding": "fingerprint", "source": "digest fingerprint",
           "run_certificate": "fingerprint"}


class CacheTest(CliTest):
    def setUp(self):
        super().setUp()
        self.sources = self.folder / "sources"
        self.sources.mkdir()

    def put(self, name, leaf):
        """A leaf's file under a name, always of one size."""
        content = pathlib.Path(leaf.pem()).read_bytes()
        (self.sources / name).write_bytes(content.ljust(SIZE, b"\n"))
        return self.sources / name

    def entries(self, *names):
        return [{"name": name, "path": str(self.sources / name), "type": f"UserDefined@{i}"}
                for i, name in enumerate(names)]

    def opened(self, command, *arguments, **options):
        watch = Watch(self.sources, kinds=OPENINGS)
        self.addCleanup(watch.close)
        self.certroll(command, *arguments, **options)
        return sorted({name for _, name in watch.events()})


class Cache(CacheTest):
    def test_source_that_looks_as_it_did_is_not_opened(self):
        names = [f"{i}" for i in range(4)]
        for name in names:
            self.put(name, pki().leaf(f"cache-{name}"))
        manifest = self.manifest(*self.entries(*names))
        self.assertEqual(self.opened("apply", manifest), names)
        before = fingerprints(self.store)
        for command in "apply", "plan":
            self.assertEqual(self.opened(command, manifest), [])
        self.assertEqual(self.opened("plan", "--no-cache", manifest), names)
        self.assert_unchanged(before)

    def test_look_is_remembered_with_the_next_change(self):
        for name in "a", "b":
            self.put(name, pki().leaf(f"cache-{name}"))
        manifest = self.manifest(*self.entries("a", "b"))
        self.apply(manifest)
        os.utime(self.sources / "a", (1, 1))
        before = fingerprints(self.store)
        self.assertEqual(self.opened("apply", manifest), ["a"])
        self.assert_unchanged(before)
        self.assertEqual(self.opened("apply", manifest), ["a"], "nothing was written")
        self.put("b", pki().leaf("cache-c"))
        self.assertEqual(self.opened("apply", manifest), ["a", "b"])
        self.assertEqual(self.opened("apply", manifest), [])

    def test_each_file_of_an_entry_counts(self):
        leaf, other = pki().leaf("cache-a"), pki().leaf("cache-b")
        files = {"path": leaf.bare(), "key_path": leaf.key_file()}
        for field, path in files.items():
            files[field] = str(shutil.copy(path, self.sources / field))
        manifest = self.manifest({"type": "Default", **files})
        self.apply(manifest)
        self.assertEqual(self.opened("plan", manifest), [])
        shutil.copy(other.key_file(), files["key_path"])
        self.assertIn("key_mismatch", self.plan("-o", "json", manifest, code=1).codes())

    def test_pin_counts(self):
        self.put("a", pki().leaf("cache-a"))
        entry, = self.entries("a")
        self.apply(self.manifest(entry))
        pinned = self.manifest({**entry, "sha256": "0" * 64})
        self.assertNotEqual(self.plan("-o", "json", pinned, code=1).codes(), [])

    def test_file_of_the_future_is_read(self):
        path = self.put("a", pki().leaf("cache-a"))
        os.utime(path, (2**32, 2**32))
        manifest = self.manifest(*self.entries("a"))
        self.apply(manifest)
        self.assertEqual(self.opened("apply", manifest), ["a"])

    def test_source_that_brings_more_than_the_store_has_is_opened_again(self):
        """Its certificate was let go, while what was remembered of it stayed, and came back from a
        file that brings less."""
        leaf = pki().leaf("cache-a")
        stay, full = self.entries(self.put("stay", pki().leaf("cache-b")).name,
                                  self.put("full", leaf).name)
        less = {"path": str(self.sources / "less"), "type": "UserDefined@less"}
        whole = leaf.key.read_bytes(), pki().intermediate.read_bytes()
        for number, (lesser, lacks) in enumerate(((pki().intermediate, "privkey.pem"),
                                                  (leaf.key, "chain.pem"))):
            with self.subTest(lacks=lacks):
                store = self.folder / f"store-{number}"
                part = store / "objects" / leaf.fingerprint / lacks
                (self.sources / "less").write_text(leaf.cert.read_text() + lesser.read_text())
                self.apply(self.manifest(stay, full), store=store)
                complete = part.read_bytes()
                self.assertIn(complete, whole)
                failing = {"path": str(self.sources / "none")}
                self.apply(self.manifest(stay, failing), "--prune", store=store, code=1)
                self.assertFalse(part.parent.exists())
                self.apply(self.manifest(less, name="other"), store=store)
                self.assertNotEqual(part.exists() and part.read_bytes(), complete)
                edge = self.manifest(stay, full)
                self.apply(edge, store=store)
                self.assertEqual(part.read_bytes(), complete)
                self.assertEqual(self.opened("plan", edge, store=store), [])

    def test_index_of_the_version_before(self):
        self.put("a", pki().leaf("cache-a"))
        manifest = self.manifest(*self.entries("a"))
        self.apply(manifest)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            for table, columns in DIGESTS.items():
                for column in columns.split():
                    index.execute(f"UPDATE {table} SET {column} = lower(hex({column}))")
            index.executescript("ALTER TABLE source DROP COLUMN sight;"
                                "ALTER TABLE source DROP COLUMN has_key;"
                                "ALTER TABLE source DROP COLUMN has_chain;"
                                "ALTER TABLE slot DROP COLUMN links;"
                                "ALTER TABLE run ADD COLUMN json TEXT NOT NULL DEFAULT '{}';"
                                "PRAGMA user_version = 1;")
        self.assertEqual(self.plan("-o", "json", manifest).json["actions"], [])
        self.assertEqual([past["run"] for past in self.history()], [{}])
        self.assertEqual(self.opened("apply", manifest), ["a"])
        self.put("b", pki().leaf("cache-b"))
        more = self.manifest(*self.entries("a", "b"))
        self.apply(more)
        self.assertEqual(self.opened("apply", more), [])
        self.assert_verified()

    def test_what_a_source_brought_is_learned_once_where_an_earlier_version_did_not_say(self):
        (self.sources / "bare").write_text(pki().leaf("cache-a").cert.read_text())
        self.put("a", pki().leaf("cache-b"))
        manifest = self.manifest(*self.entries("a", "bare"))
        self.apply(manifest)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            index.executescript("ALTER TABLE source DROP COLUMN has_key;"
                                "ALTER TABLE source DROP COLUMN has_chain;"
                                "PRAGMA user_version = 3;")
        self.assertEqual(self.opened("apply", manifest), ["bare"])
        before = fingerprints(self.store)
        self.assertEqual(self.opened("apply", manifest), [])
        self.assert_unchanged(before)


class Edits(CacheTest):
    """Random edits, as people and tools make them: with and without the cache the plan is one."""

    SEED = int(os.environ.get("CERTROLL_SEED", "1"))
    NAMES = [f"{i}" for i in range(5)]

    def setUp(self):
        super().setUp()
        self.leaves = [pki().leaf(f"cache-{i}") for i in range(4)]
        self.chance = random.Random(self.SEED)
        self.spare = itertools.count()

    def any(self, things):
        return self.chance.choice(things)

    def rewrite(self, path):
        self.put(path.name, self.any(self.leaves))

    def rewrite_and_put_the_time_back(self, path):
        status = path.stat()
        self.rewrite(path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def replace_with_the_old_time(self, path):
        status = path.stat()
        new = self.put(f"new{next(self.spare)}", self.any(self.leaves))
        os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
        new.rename(path)

    def touch(self, path):
        path.touch()

    def exchange(self, path):
        other, middle = self.sources / self.any(self.NAMES), self.sources / "middle"
        path.rename(middle)
        if other != path:
            other.rename(path)
        middle.rename(other)

    def point_elsewhere(self, path):
        target = self.put(f"target{next(self.spare)}", self.any(self.leaves))
        path.unlink()
        path.symlink_to(target)

    def write_through(self, path):
        self.put(path.resolve().name, self.any(self.leaves))

    def leave(self, _):
        pass

    def look(self, manifest, *arguments):
        plan = self.plan("-o", "json", manifest, *arguments, code=None).json
        del plan["at"]
        return plan

    def test_plan_is_the_same_with_and_without(self):
        edits = [self.rewrite, self.rewrite_and_put_the_time_back, self.replace_with_the_old_time,
                 self.touch, self.exchange, self.point_elsewhere, self.write_through, self.leave]
        for name in self.NAMES:
            self.put(name, self.any(self.leaves))
        manifest = self.manifest(*self.entries(*self.NAMES))
        changed = 0
        for turn in range(often(60)):
            self.apply(manifest)
            edit, name = self.any(edits), self.any(self.NAMES)
            edit(self.sources / name)
            plan = self.look(manifest)
            self.assertEqual(plan, self.look(manifest, "--no-cache"),
                             f"seed {self.SEED}, turn {turn}: {edit.__name__} of {name}")
            changed += bool(plan["actions"])
        self.assertGreater(changed, often(60) // 5)


if __name__ == "__main__":
    main()
