"""The run that is embedded in its report: what reached a receiver, and what lies in a file."""
import copy

from harness import CliTest, main, pki
from test_delivery import QUICK


class ReportData(CliTest):
    """The file says what was printed. What is sent says the same of all but itself: until it has
    arrived it is queued, and nobody knows of a receiver that it does not reach."""

    def setUp(self):
        super().setUp()
        self.entry = {"name": "web", "path": pki().leaf("web").pem(), "type": "Default"}
        self.file = self.folder / "report.html"

    def run_with(self, *urls, code=0, entries=None):
        """A run's JSON, with its report in a file and at URLs; the file has the same in it."""
        manifest = self.manifest(*(entries or [self.entry]), report={"url": list(urls)} if urls
                                 else {"file": "other.html"})
        run = self.apply("-o", "json", manifest, "--report", self.file, code=code, env=QUICK).json
        self.assertEqual(run["report"]["file"], str(self.file))
        self.assertEqual(self.embedded(self.file), run)
        return run

    def assert_sent(self, receiver, run, unknown=()):
        """What arrived is the run, but for its report, and for problems that came of sending."""
        sent = self.embedded(next(receiver.dir.glob(f"*-{run['run_id']}.html")))
        expected = copy.deepcopy(run)
        report, final = sent.pop("report"), expected.pop("report")
        expected["problems"] = [problem for problem in run["problems"]
                                if problem["code"] not in unknown]
        self.assertEqual(sent, expected)
        self.assertEqual((report["url"], report["delivery"]), (final["url"], "queued"))
        self.assertEqual([(each["url"], each["delivery"], each["error"])
                          for each in report["deliveries"]],
                         [(each["url"], "queued", None) for each in final["deliveries"]])

    def test_file_alone(self):
        self.assertEqual(self.run_with()["report"]["delivery"], "none")

    def test_run_that_changed_something_and_run_that_did_not(self):
        receiver = self.receiver()
        for outcomes in (["done", "done"], []):
            run = self.run_with(receiver.url)
            self.assertEqual([action["outcome"] for action in run["actions"]], outcomes)
            self.assertEqual(run["report"]["delivery"], "delivered")
            self.assert_sent(receiver, run)

    def test_run_that_failed(self):
        receiver = self.receiver()
        run = self.run_with(receiver.url, code=1, entries=[
            self.entry, {"name": "absent", "path": "no/such.pem", "type": "Internal"}])
        self.assertEqual(run["summary"]["failed"], 1)
        self.assert_sent(receiver, run)

    def test_several_receivers_one_of_which_is_gone(self):
        here, gone = self.receiver(), self.receiver()
        gone.stop()
        run = self.run_with(here.url, gone.url, code=1)
        self.assertEqual([each["delivery"] for each in run["report"]["deliveries"]],
                         ["delivered", "queued"])
        self.assert_sent(here, run, unknown=["delivery_failed"])
        gone.start()
        self.certroll("deliver")
        self.assert_sent(gone, run, unknown=["delivery_failed"])
        self.assertEqual(here.reports(), gone.reports())


if __name__ == "__main__":
    main()
