"""What a store stands in: links that others planted, folders that are swapped while a run is on, a disk
that is full or for reading only, a clock that jumps back."""
import contextlib
import ctypes
import os
import pathlib
import shutil
import threading
import time
import unittest

from harness import CLOCK_ENVIRONMENT, CliTest, fingerprints, main, needs_clock, often, pki
from pki import PASSWORD, instant

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, RENAME_EXCHANGE, CLONE_NEWNS = -100, 2, 0x20000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
NOBODY = 65534


def exchange(one, other):
    if LIBC.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2")


class Surroundings(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.new, self.shop = (pki().leaf(name, dns=["a.example.com"])
                                         for name in ("web", "new", "shop"))
        self.first = self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"})
        self.second = self.manifest(
            {"name": "web", "path": self.web.pem(), "type": "Default"},
            {"name": "shop", "path": self.shop.pem(), "type": "External"},
            {"name": "held", "path": self.new.pem()}, file="second.yaml")

    def served(self):
        """What services read."""
        return {str(path): path.read_bytes() for path in sorted((self.store / "live").rglob("*/*.pem"))
                } | {str(link / name): (link / name).read_bytes()
                     for link in (self.store / "live").rglob("*") if link.is_symlink()
                     for name in ("fullchain.pem", "privkey.pem")}

    def assert_converges(self):
        self.apply(self.second)
        self.certroll("verify")
        again = self.apply(self.second, "-o", "json")
        self.assertEqual(([], []), (again.actions(), again.codes()))
        self.assertEqual(len(self.slots()), 2)


class Planted(Surroundings):
    """Whoever could write into the store once has left links at every name that certroll uses."""

    def setUp(self):
        super().setUp()
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        self.write("outside/file", "of somebody else\n")
        self.write("outside/folder/file", "of somebody else\n")
        self.before = fingerprints(self.outside)

    def names(self):
        """All that is there, and what a run makes for a moment."""
        names = ["index.db", "index.db.new", "index.db.new-journal", "index.db.spare", "lock",
                 "outbox.lock", "objects", "live", "reports", "live/local", "live/local/Default",
                 "live/local/External", "live/local/Default/current", "live/local/Default/.current.new",
                 "live/local/Default/next", "live/local/Default/previous"]
        for leaf in (self.web, self.shop):
            names += [f"objects/{leaf.fingerprint}"]
            names += [f"objects/{self.web.fingerprint}/{name}"
                      for name in ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")]
        return sorted(set(names))

    def plant(self, name, target):
        """False where it cannot stand there."""
        path = self.store / name
        if not path.parent.is_dir():
            return False
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.symlink_to(target)
        return True

    def check(self, result, code):
        super().check(result, code)
        if hasattr(self, "before"):
            self.assertEqual(self.before, fingerprints(self.outside), str(result))

    def try_each(self, make):
        for target in (self.outside / "file", self.outside / "folder", self.outside / "none"):
            for name in self.names():
                with self.subTest(name=name, target=target.name):
                    shutil.rmtree(self.store, ignore_errors=True)
                    make()
                    if not self.plant(name, target):
                        continue
                    for command in (["status"], ["verify"], ["plan", self.second],
                                    ["verify", "--rebuild"]):
                        result = self.certroll(*command, code=None)
                        self.assertIn(result.code, (0, 1), str(result))
                    result = self.apply(self.second, code=None)
                    self.assertIn(result.code, (0, 1), str(result))
                    if result.code == 1:
                        self.assertRegex(result.err, r"\[(unsafe_store|store_damaged)\]\n  help: ")
                    path = self.store / name
                    if path.is_symlink() and os.readlink(path) == str(target):
                        path.unlink()
                    if not (self.store / "index.db").exists() and (self.store / "live").exists():
                        self.certroll("verify", "--rebuild", code=None)
                    self.apply(self.second, code=None)
                    if name == "reports":  # what was in it was removed
                        self.assertNotRegex(self.certroll("verify", code=1).err,
                                            "store/(objects|live|index)")
                        continue
                    self.assert_converges()

    def test_beside_a_store(self):
        template = self.folder / "template"
        self.apply(self.first, store=template)
        self.try_each(lambda: shutil.copytree(template, self.store, symlinks=True))

    def test_before_the_first_run(self):
        for target in (self.outside / "file", self.outside / "folder", self.outside / "none"):
            for name in ("index.db", "index.db.new", "index.db.spare", "lock", "objects", "live",
                         "reports"):
                with self.subTest(name=name, target=target.name):
                    shutil.rmtree(self.store, ignore_errors=True)
                    self.store.mkdir(mode=0o711)
                    self.plant(name, target)
                    result = self.apply(self.second, code=None)
                    if result.code:
                        self.assertIn("[unsafe_store]", result.err)
                    (self.store / name).unlink() if (self.store / name).is_symlink() else None
                    self.assert_converges()

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_part_that_belongs_to_another_user_is_refused(self):
        self.apply(self.first)
        for name in ("", "objects", "live", "reports"):
            with self.subTest(name=name):
                path = self.store / name
                os.chown(path, NOBODY, NOBODY)
                served = self.served()
                result = self.apply(self.second, code=1)
                self.assertRegex(result.err, r"\[(unsafe_store|store_failed)\]")
                self.assertLessEqual(served.items(), self.served().items())
                os.chown(path, 0, 0)
        self.assert_converges()

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_slot_that_belongs_to_another_user_is_taken_from_him(self):
        """He could have its links lead to what he likes."""
        self.apply(self.second)
        for name in ("live/local", "live/local/Default"):
            with self.subTest(name=name):
                os.chown(self.store / name, NOBODY, NOBODY)
                self.assertIn("its owner is nobody, not root", self.certroll("verify", code=1).err)
                self.assertIn(("repair", "web", "Default"),
                              self.apply(self.second, "-o", "json").actions())
                self.assertEqual((self.store / name).stat().st_uid, 0)
                self.assert_converges()


class Swapped(Surroundings):
    """A component of a path is another one at each look. Nothing outside is ever written to, or read
    into the store."""

    def setUp(self):
        super().setUp()
        self.apply(self.first)
        self.outside = self.folder / "outside"
        shutil.copytree(self.store, self.outside, symlinks=True)
        for path in self.outside.rglob("*.pem"):
            path.write_text("DECOY\n")
        self.before = fingerprints(self.outside)
        self.swaps = 0

    @contextlib.contextmanager
    def swapping(self, name):
        path, link, ended = self.store / name, self.folder / "link", threading.Event()
        link.symlink_to(self.outside / name)

        def swap():
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    exchange(path, link)
                    self.swaps += 1
                time.sleep(0.0003)
        thread = threading.Thread(target=swap)
        thread.start()
        yield
        ended.set()
        thread.join()
        if path.is_symlink():
            exchange(path, link)
        if link.is_symlink():
            link.unlink()
        else:  # the run has put another in its place, and let the link go
            shutil.rmtree(link)

    def race(self, name):
        with self.swapping(name):
            for _ in range(often(8)):
                for command in (["apply", self.second], ["apply", "--prune", self.first], ["verify"],
                                ["status"]):
                    result = self.certroll(*command, code=None)
                    self.assertIn(result.code, (0, 1), str(result))
        self.assertGreater(self.swaps, 10)
        self.assertEqual(self.before, fingerprints(self.outside))
        for path in self.store.rglob("*.pem"):
            self.assertNotIn(b"DECOY", path.read_bytes(), str(path))
        self.assert_converges()

    def test_objects(self):
        self.race("objects")

    def test_live(self):
        self.race("live")

    def test_scope(self):
        self.race("live/local")

    def test_slot(self):
        self.race("live/local/Default")

    def test_object(self):
        self.race(f"objects/{self.web.fingerprint}")

    def test_reports(self):
        self.race("reports")

    def test_the_store_itself_is_one_store_for_a_whole_run(self):
        """Two stores that change places: each run has done all of its work in one of them."""
        other, ended = self.folder / "other", threading.Event()
        shutil.copytree(self.store, other, symlinks=True)

        def swap():
            while not ended.is_set():
                exchange(self.store, other)
        thread = threading.Thread(target=swap)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(ended.set)
        for i in range(often(60)):
            self.apply([self.second, self.first][i % 2], "--prune")
        ended.set()
        thread.join()
        for store in (self.store, other):
            self.certroll("verify", store=store)


def private_mounts():
    """From now on this process mounts for itself alone. Why it cannot, or None."""
    if os.geteuid() != 0:
        return "only root can mount"
    if LIBC.unshare(CLONE_NEWNS) or LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        return f"nothing can be mounted here: {os.strerror(ctypes.get_errno())}"
    return None


class Mounted(Surroundings):
    """The store is a file system of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fault = private_mounts()
        if fault:
            raise unittest.SkipTest(fault)

    def setUp(self):
        super().setUp()
        self.store.mkdir()

    def mount(self, size):
        self.umount()
        if LIBC.mount(b"none", os.fsencode(self.store), b"tmpfs", 0, f"size={size},mode=711".encode()):
            self.fail(os.strerror(ctypes.get_errno()))
        self.addCleanup(self.umount)

    def umount(self):
        LIBC.umount2(os.fsencode(self.store), 2)

    def remount(self, flags, options=b""):
        self.assertEqual(LIBC.mount(b"none", os.fsencode(self.store), b"tmpfs", MS_REMOUNT | flags,
                                    options), 0)


class Full(Mounted):
    def fill(self, free):
        """Leaves so many bytes."""
        status = os.statvfs(self.store)
        with open(self.store / "filler", "wb") as filler:
            filler.truncate(0)
            os.posix_fallocate(filler.fileno(), 0, max(1, status.f_bavail * status.f_bsize - free))

    def test_first_run(self):
        """However little there is: a clear error and a store that is none, or all of it."""
        codes = set()
        for size in range(8, 1000, 48):
            with self.subTest(kilobytes=size):
                self.mount(f"{size}k")
                result = self.apply(self.second, code=None)
                codes.add(result.code)
                self.assert_clear(result)
                self.remount(0, b"size=8m")
                self.assert_converges()
        self.assertEqual(codes, {0, 1})

    def assert_clear(self, result):
        self.assertIn(result.code, (0, 1), str(result))
        if result.code:
            self.assertRegex(result.err, "No space left on device|database or disk is full")

    def test_later_run(self):
        """Whatever is left: what is served is served on, and readers read."""
        codes = set()
        for free in range(0, 360 * 1024, 16 * 1024):
            with self.subTest(free=free):
                self.mount("1m")
                self.apply(self.first)
                served = self.served()
                self.fill(free)
                result = self.apply(self.second, code=None)
                codes.add(result.code)
                self.assert_clear(result)
                self.assertEqual(served, {path: text for path, text in self.served().items()
                                          if path in served})
                self.certroll("status")
                if result.code:
                    self.certroll("verify", code=None)
                (self.store / "filler").unlink()
                self.assert_converges()
        self.assertEqual(codes, {0, 1})

    def test_rebuild(self):
        """The damaged index stays where it is until there is another."""
        codes = set()
        for free in range(0, 480 * 1024, 32 * 1024):
            with self.subTest(free=free):
                self.mount("1m")
                self.apply(self.second)
                served = self.served()
                (self.store / "index.db").write_bytes(b"no database\n" * 1000)
                self.fill(free)
                result = self.certroll("verify", "--rebuild", code=None)
                codes.add(result.code)
                self.assertEqual(served, self.served())
                if result.code:
                    self.assert_clear(result)
                    self.assertNotIn("made anew", result.err)
                    self.assertEqual((self.store / "index.db").read_bytes()[:11], b"no database")
                    self.assertEqual(list(self.store.glob("index.db.damaged-*")), [])
                (self.store / "filler").unlink()
                self.certroll("verify", "--rebuild")
                self.assert_converges()
        self.assertEqual(codes, {0, 1})


class ReadOnly(Mounted):
    def test_readers_read_and_writers_say_so(self):
        self.mount("4m")
        self.apply(self.first)
        before, served = fingerprints(self.store), self.served()
        self.remount(MS_RDONLY)
        for command in (["status"], ["verify"], ["history"], ["plan", self.second],
                        ["apply", self.first], ["verify", "--rebuild"]):
            self.certroll(*command)
        for command in (["apply", self.second], ["import", "--path", self.shop.pem(), "--type",
                                                 "External"]):
            self.assertIn("Read-only file system", self.certroll(*command, code=1).err)
        self.assertEqual((before, served), (fingerprints(self.store), self.served()))
        self.remount(0)
        (self.store / "index.db").write_bytes(b"no database\n")
        self.remount(MS_RDONLY)
        self.assertIn("Read-only file system", self.certroll("verify", "--rebuild", code=1).err)
        self.remount(0)
        self.certroll("verify", "--rebuild")
        self.assert_converges()


@needs_clock
class Clock(Surroundings):
    def rolling(self):
        return self.manifest(
            {"name": "web", "path": self.web.pem(), "type": "Default"},
            {"name": "new", "path": self.new.pem(), "type": "Default", "roll": True,
             "effective_date": instant(10).strftime("%Y-%m-%dT%H:%M:%SZ")})

    def test_jumps_back_two_days_between_runs(self):
        """The state is that of the manifests and the clock, whichever way it went."""
        rolling = self.rolling()
        for days in (9, 11):
            self.apply(rolling, at=days)
        after = self.slots()
        self.assertEqual(after["local/Default"],
                         (self.new.fingerprint, [], self.web.fingerprint))
        served = self.served()
        back = self.apply(rolling, "-o", "json", at=9)
        self.assertEqual(back.codes(), [])
        again = self.apply(rolling, "-o", "json", at=9)
        self.assertEqual(again.actions(), [])
        self.certroll("verify", at=9)
        self.apply(rolling, at=11)
        self.assertEqual((after, served), (self.slots(), self.served()))
        self.certroll("history", at=9)

    def test_jumps_back_two_days_within_a_run(self):
        """While a password is asked for."""
        offset = self.folder / "offset"
        offset.write_text("+0d")
        jump = self.write("jump", f"#!/bin/sh\necho -2d > {offset}\necho {PASSWORD}\n", 0o700)
        edge = self.manifest({"name": "web", "path": str(self.web.pfx()), "type": "Default",
                              "password": {"command": [jump]}},
                             {"name": "shop", "path": self.shop.pem(), "type": "External"})
        page = self.folder / "r.html"
        libraries = [path for path in pathlib.Path("/usr/lib").rglob("libfaketimeMT.so.1")]
        if not libraries:
            self.skipTest("libfaketime is not where it should be")
        settings = CLOCK_ENVIRONMENT | {"LD_PRELOAD": libraries[0], "FAKETIME_NO_CACHE": "1",
                                        "FAKETIME_TIMESTAMP_FILE": offset}
        run = self.apply(edge, "--report", page, "-o", "json", env=settings).json
        self.assertEqual(offset.read_text(), "-2d\n")
        self.assertEqual({action["outcome"] for action in run["actions"]}, {"done"})
        self.embedded(page)
        offset.write_text("+0d")
        again = self.apply(edge, "-o", "json", env=settings)
        self.assertEqual((again.actions(), again.codes()), ([], []))
        self.certroll("verify")


if __name__ == "__main__":
    main()
