"""What a run with nothing to do does not do: counted, so that no clock decides.

    CERTROLL   the program
    TOOLS      the folder of make_set
    COUNTER    count_calls, to be preloaded
"""
import collections
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))

import sets
from harness import CliTest, main
from inotify import OPENINGS, WRITES, Watch

TOOLS = pathlib.Path(os.environ.get("TOOLS", "."))
COUNTER = os.environ.get("COUNTER", "")
COUNT = 20
SETTLED = 2.5  # seconds: after them no timestamp of a source is too fresh to be trusted

Seen = collections.namedtuple("Seen", "derivations fetches searches sources other_files writes")


class NothingToDo(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="certroll-nothing."))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.set = cls.base / "set"
        cls.set.mkdir()
        sets.make(cls.set, TOOLS / "make_set", "ec", COUNT)
        time.sleep(SETTLED)

    def setUp(self):
        super().setUp()
        self.first = self.run_and_look()
        self.second = self.run_and_look()

    def run_and_look(self):
        """Applies the manifests, and tells what that did."""
        counts = self.base / "counts"
        counts.unlink(missing_ok=True)
        folders = [path for path in self.folder.rglob("*") if path.is_dir()]
        watches = [Watch(self.set / "certs", kinds=OPENINGS), Watch(self.set, kinds=OPENINGS),
                   Watch(self.folder, self.set, self.set / "certs", *folders, kinds=WRITES)]
        for watch in watches:
            self.addCleanup(watch.close)
        self.apply("-q", *sets.manifests(self.set),
                   env={"LD_PRELOAD": COUNTER, "BENCH_COUNTS": counts})
        calls = map(int, counts.read_text().split())
        sources, others, writes = (watch.events() for watch in watches)
        return Seen(*calls, {name for _, name in sources if name},
                    {name for _, name in others if name}, writes)

    def test_whatever_is_counted_occurs_in_a_first_import(self):
        self.assertGreaterEqual(self.first.derivations, 2 * COUNT)
        self.assertGreater(self.first.fetches, 0)
        self.assertEqual(len(self.first.sources), COUNT)
        self.assertIn("password", self.first.other_files)
        self.assertTrue(self.first.writes)

    def test_a_first_import_searches_no_decoder_for_a_private_key(self):
        # X509 searches one for each certificate, leaf and issuer, where there is none to be found
        self.assertLessEqual(self.first.searches, 2 * COUNT)
        self.assertEqual(self.second.searches, 0)

    def test_no_key_is_derived(self):
        self.assertEqual(self.second.derivations, 0)

    def test_no_password_is_asked_for(self):
        self.assertNotIn("password", self.second.other_files)

    def test_nothing_is_fetched(self):
        self.assertEqual(self.second.fetches, 0)

    def test_no_source_is_opened(self):
        self.assertEqual(self.second.sources, set())

    def test_nothing_is_written(self):
        self.assertEqual(self.second.writes, [])


if __name__ == "__main__":
    main()
