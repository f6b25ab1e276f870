"""What the tests of whole runs against receivers share: certroll, and manifests to run."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))

from harness import CliTest, pki  # noqa: E402  (its folder is known only now)


class WorldTest(CliTest):
    """Manifests that turn one slot to and fro, so that every run has something to do."""

    def setUp(self):
        super().setUp()
        self.manifests = [
            self.manifest({"name": "web", "path": pki().leaf("web", key_of=key).pem(),
                           "type": "Default"}, file=f"{i}.yaml")
            for i, key in enumerate((None, pki().leaf("web")))]
        self.edge = self.manifests[0]

    def receiver(self, *arguments, **options):
        return super().receiver(*arguments, host="localhost", **options)

    def run_once(self, url, turn=0, code=None, timeout=3, **environment):
        """The JSON of a run with this report URL."""
        return self.apply("-o", "json", self.manifests[turn % 2], "--report-url", url,
                          "--report-timeout", timeout, code=code,
                          env={"CERTROLL_REPORT_TIMEOUT": "", **environment}).json

    def outbox(self):
        return [(item["run"], item["url"]) for item in self.status()["outbox"]]


def many(usual):
    """How often, unless the environment says it."""
    return int(os.environ.get("CERTROLL_TIMES", usual))
