"""Where runs of the suite leave their files: all of it goes, also what a killed run has left."""
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent

import scratch

KILLED_RUN = """
import pathlib, sys
from scratch import open_scratch
with open_scratch(pathlib.Path(sys.argv[1]), sys.argv[2] == "image") as place:
    (place.renew(0) / "file").touch()
    print(place.refusal or "image", flush=True)
    sys.stdin.read()
"""


class ScratchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="certroll scratch.")
        self.addCleanup(folder.cleanup)
        self.cache = pathlib.Path(folder.name).resolve() / "cache"
        self.addCleanup(self.unmount_all)

    def unmount_all(self):
        """Nothing is mounted, unless a test failed."""
        for mount_point in self.cache.glob("run.*/*/files"):
            if mount_point.is_mount():
                subprocess.run(["umount", "--lazy", mount_point], check=True)

    def left(self):
        return list(self.cache.iterdir())

    def mounts(self):
        shown = str(self.cache).replace(" ", "\\040")
        return [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()
                if shown in line]

    def start_other(self, kind):
        """A run that waits, with its file: the process, and whether it has an image."""
        other = subprocess.Popen([sys.executable, "-B", "-c", KILLED_RUN, self.cache, kind],
                                 cwd=HERE, text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.addCleanup(other.communicate)
        self.addCleanup(other.kill)
        return other, other.stdout.readline().strip()

    def open_and_close(self):
        with scratch.open_scratch(self.cache, with_image=False):
            pass

    def test_everything_goes_at_the_end(self):
        with scratch.open_scratch(self.cache, with_image=True) as place:
            for folder in (place.little, place.keep("still", 0), place.renew(0), place.renew(0)):
                (folder / "file").touch()
        self.assertEqual((self.left(), self.mounts()), ([], []))

    def test_each_run_has_an_empty_folder(self):
        for with_image in (True, False):
            with scratch.open_scratch(self.cache, with_image) as place:
                (place.renew(0) / "file").touch()
                self.assertFalse((place.renew(0) / "file").exists())

    def test_what_is_kept_is_there_until_the_end(self):
        with scratch.open_scratch(self.cache, with_image=True) as place:
            kept = place.keep("still", 0) / "file"
            kept.touch()
            place.renew(0)
            self.assertTrue(kept.exists())

    def test_what_a_killed_run_left_is_cleared_by_the_next_one(self):
        for kind in ("image", "folder"):
            other, _ = self.start_other(kind)
            other.send_signal(signal.SIGKILL)
            other.wait()
            self.assertNotEqual(self.left(), [])
            self.open_and_close()
            self.assertEqual((self.left(), self.mounts()), ([], []))

    def test_a_killed_run_with_a_program_that_still_runs_is_cleared(self):
        other, has = self.start_other("image")
        if has != "image":
            self.skipTest(has)
        file = next(self.cache.glob("run.*/*/files/file"))
        with file.open("a") as stream:
            other.send_signal(signal.SIGKILL)
            other.wait()
            self.open_and_close()
            stream.write("still here\n")
            self.assertEqual((self.left(), self.mounts()), ([], []))

    def test_a_run_that_goes_on_is_left_alone(self):
        for kind in ("image", "folder"):
            other, _ = self.start_other(kind)
            before = self.left()
            self.open_and_close()
            self.assertEqual(self.left(), before)
            other.communicate()
            self.assertEqual(self.left(), [])

    def test_where_there_is_no_mkfs_a_folder_has_to_do(self):
        with mock.patch.object(scratch, "MKFS", ["certroll-has-no-such-program"]):
            with scratch.open_scratch(self.cache, with_image=True) as place:
                self.assertIn("certroll-has-no-such-program", place.refusal)
                (place.renew(0) / "file").touch()
                self.assertEqual(self.mounts(), [])

    def test_where_nothing_may_be_mounted_a_folder_has_to_do(self):
        with mock.patch.object(scratch, "MOUNT", ["false"]):
            with scratch.open_scratch(self.cache, with_image=True) as place:
                self.assertTrue(place.refusal)
                (place.renew(0) / "file").touch()
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()
