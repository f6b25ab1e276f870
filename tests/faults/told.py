"""What a run says of a call that failed, where more hangs on it than that it is said."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from calls import Bench  # noqa: E402
from harness import main  # noqa: E402
from outcome import State, check_next_run, is_complete, read_objects  # noqa: E402


class Told(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)

    def fault(self, scene, kind, fault, nth=0):
        """The run of a scene in which the nth call of this kind fails."""
        self.addCleanup(self.bench.clear)
        at = [call.number for call, each in self.bench.calls(scene, 1) if each == kind][nth]
        case = self.bench.begin(scene, 1, at, fault)
        self.assertEqual(case.call.number, at)
        return case

    def converge(self, case):
        check_next_run(case, self.bench.ground.mailbox)

    def test_index_whose_new_name_may_not_be_durable_is_no_success(self):
        case = self.fault("first", "fsync STORE", "EIO")
        self.assertEqual(case.run.code, 1)
        self.assertRegex(case.run.err, "case/store: cannot sync: Input/output error")
        case.state = State.read(case.folder)
        self.assertTrue(is_complete(case), "what was done stays done")
        self.assertIn("0 unchanged; 1 error", case.run.out)
        self.converge(case)

    def test_objects_that_the_index_before_knows_stay_while_it_may_come_back(self):
        case = self.fault("prune", "fsync STORE", "EIO")
        self.assertEqual(case.run.code, 1)
        self.assertEqual(set(read_objects(case.store)), set(case.course.before.objects))
        self.converge(case)
        self.assertEqual(set(read_objects(case.store)), set(case.course.after.objects))

    @unittest.skipIf(os.geteuid() != 0, "an ordinary user's own group may be the only one")
    def test_group_that_cannot_be_set_for_another_reason_is_not_said_to_be_foreign(self):
        kind = "fchown objects/NEW/privkey.pem"
        case = self.fault("first", kind, "EIO")
        self.assertEqual(case.run.code, 1)
        self.assertRegex(case.run.err, "objects/[0-9a-f]+: cannot write it: Input/output error")
        self.converge(case)
        self.bench.clear()
        case = self.fault("first", kind, "EPERM")
        self.assertRegex(case.run.err, "run as root or as a member of the group")
        self.assertIn("1 failed", case.run.out)

    def test_copy_of_the_index_that_cannot_be_opened_for_writing_is_named(self):
        case = self.fault("first", "openat index.db.new", "EACCES", nth=1)
        self.assertEqual(case.run.code, 1)
        self.assertRegex(case.run.err, r"index\.db\.new: cannot be opened for writing")
        self.converge(case)

    def test_report_that_was_being_written_when_a_run_was_killed_goes_with_the_next(self):
        for fault in ("before", "after"):
            case = self.fault("first", "write report.tmp", fault)
            self.assertTrue(list(case.folder.glob("*.tmp")))
            self.converge(case)
            self.bench.clear()


if __name__ == "__main__":
    main()
