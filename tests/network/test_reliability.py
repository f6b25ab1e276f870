"""Nothing is lost: many runs against a receiver that fails half the time, and runs that are killed
while they send. CERTROLL_TIMES says how many runs or kills, CERTROLL_SEED which."""
import collections
import os
import random
import re
import signal
import time

from world import WorldTest, many
from harness import PATIENCE, WRAPPER, main

SEED = int(os.environ.get("CERTROLL_SEED", "1"))


class Reliability(WorldTest):
    def check_keys(self, receiver):
        """One key, one report: whatever came twice was the same."""
        digests = collections.defaultdict(set)
        for request in receiver.requests():
            digests[request["headers"]["Idempotency-Key"]].add(request["sha256"])
        self.assertEqual([key for key, found in digests.items() if len(found) != 1], [])
        for path in receiver.dir.glob("*.html"):
            run_id = re.search(r'"run_id":"([^"]+)"', path.read_text())[1]
            self.assertEqual(path.stem.partition("-")[2], run_id)

    def test_receiver_that_fails_half_the_time_gets_every_report_in_order(self):
        receiver = self.receiver("--fail-half", SEED, "--retry-after", "3600")
        count = many(10 if WRAPPER else 200)
        runs = [self.run_once(receiver.url, turn // 4)["run_id"] for turn in range(count)]
        self.assertEqual(len(set(runs)), count)
        receiver.stop()
        receiver.start()
        self.certroll("deliver", code=None)
        self.assertEqual(self.outbox(), [])
        self.assertEqual(receiver.reports(), runs)
        self.check_keys(receiver)
        tries = collections.Counter(
            request["headers"]["Idempotency-Key"] for request in receiver.requests())
        self.assertGreater(max(tries.values()), 1, "it did fail")

    def kill_at(self, url, turn, after):
        process = self.start("apply", self.manifests[turn % 2], "--report-url", url,
                             "--report-timeout", "20")
        try:
            time.sleep(after)
            process.send_signal(signal.SIGKILL)
        finally:
            process.communicate(timeout=PATIENCE)
        return process.returncode

    def finished(self):
        return {past["run"]["run_id"] for past in self.history() if past["finished"]}

    def test_run_that_is_killed_while_it_sends_loses_nothing(self):
        receiver = self.receiver("--delay", "0.05")
        start = time.monotonic()
        first = self.run_once(receiver.url, code=0)["run_id"]
        whole = time.monotonic() - start
        chance = random.Random(SEED)
        wanted, queued, killed = {first}, 0, 0
        for turn in range(1, many(5 if WRAPPER else 50) + 1):
            killed += self.kill_at(receiver.url, turn, chance.uniform(0.2, 1.2) * whole) < 0
            wanted |= self.finished()
            waits = {run for run, _ in self.outbox()}
            queued += bool(waits)
            wanted |= waits
        self.assertGreater(killed, 0)
        self.certroll("deliver")
        self.assertEqual(self.outbox(), [])
        arrived = receiver.reports()
        self.assertLessEqual(wanted, set(arrived))
        changed = {request["headers"]["Idempotency-Key"] for request in receiver.requests()
                   if request["headers"]["X-Certroll-Result"] != "ok"}
        self.assertLessEqual(changed, wanted, "what did something was kept before it was sent")
        self.assertEqual(arrived, sorted(arrived, key=lambda run_id: run_id[:15]))
        self.check_keys(receiver)
        self.assert_verified()
        print(f"{killed} killed, {queued} times something waited, "
              f"{len(receiver.requests()) - len(arrived)} came twice")


if __name__ == "__main__":
    main()
