"""Runs that overlap: order, one report under one key, and what each says of its own."""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import time

from world import WorldTest
from harness import PATIENCE, SLOWNESS, Listener, main, read


class Overlap(WorldTest):
    def setUp(self):
        super().setUp()
        self.apply(self.manifests[1])

    @contextlib.contextmanager
    def sending(self):
        """Another command sends, as long as this lasts."""
        with open(self.store / "outbox.lock", "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def begin(self, url, turn, *more, timeout=PATIENCE):
        """Starts a run that changes something, and waits until its report is queued."""
        before = len(self.outbox())
        process = self.start("apply", "-o", "json", self.manifests[turn % 2], "--report-url", url,
                             "--report-timeout", timeout, "--lock-timeout", PATIENCE, *more)
        deadline = time.monotonic() + PATIENCE
        while len(self.outbox()) == before:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return process

    def end(self, process, code=0):
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, code, err.decode())
        return json.loads(out)

    def queue(self, url):
        """What another run does that has the store: its report goes into the outbox."""
        index, copy = self.store / "index.db", self.folder / "index.db"
        shutil.copyfile(index, copy)
        with contextlib.closing(sqlite3.connect(copy)) as database, database:
            run_id, = database.execute("SELECT max(run) FROM outbox").fetchone()
            run_id = run_id.rpartition("-")[0] + f"-{time.monotonic_ns() % 2**64:016x}"
            database.execute("INSERT INTO outbox (run, url, result, queued_at, attempts)"
                             " VALUES (?, ?, 'ok', ?, 0)", (run_id, url, int(time.time())))
        (self.store / "reports" / f"{run_id}.html").write_text("<!DOCTYPE html>")
        os.replace(copy, index)

    def crowd(self, process, url):
        """As long as a process runs, others have the store before it, and queue what is theirs."""
        path = self.store / "lock"
        with open(path, "a", encoding="utf-8") as lock:
            while process.poll() is None:
                fcntl.flock(lock, fcntl.LOCK_EX)
                time.sleep(0.2 * SLOWNESS)
                self.queue(url)
                fcntl.flock(lock, fcntl.LOCK_UN)
                while process.poll() is None and not path.stat().st_size:
                    time.sleep(0.001)

    def kept(self, run_id):
        return hashlib.sha256((self.store / "reports" / f"{run_id}.html").read_bytes()).hexdigest()

    def test_reports_arrive_in_the_order_of_their_runs(self):
        receiver = self.receiver("--delay", "0.2")
        with self.sending():
            processes = [self.begin(receiver.url, turn) for turn in range(3)]
            queued = [run_id for run_id, _ in self.outbox()]
        runs = [self.end(process) for process in processes]
        self.assertEqual([run["run_id"] for run in runs], queued)
        self.assertEqual(receiver.reports(), queued)
        self.assertEqual([run["report"]["delivery"] for run in runs], ["delivered"] * 3)
        self.assertEqual([past["run"]["report"]["delivery"] for past in self.history()[1:]],
                         ["delivered"] * 3)
        self.assertEqual(self.outbox(), [])

    def test_run_that_comes_while_another_one_sends_is_sent_by_either(self):
        receiver = self.receiver("--delay", "1")
        first = self.begin(receiver.url, 0)
        second = self.begin(receiver.url, 1)
        runs = [self.end(process)["run_id"] for process in (first, second)]
        self.assertEqual(receiver.reports(), runs)
        self.assertEqual(len(receiver.requests()), 2)

    def test_what_another_command_can_send_stays_as_it_is(self):
        receiver = self.receiver("--fail", "taken", "422")
        dead = self.receiver()
        dead.stop()
        with self.sending():
            stale = self.begin(dead.url, 0, timeout=1)
            stale = self.end(stale, code=1)["run_id"]
            process = self.begin(receiver.url, 1, timeout=4)
            run_id = self.outbox()[-1][0]
            sealed = self.kept(run_id)
            process.send_signal(signal.SIGSTOP)
        self.certroll("deliver", "--report-timeout", "2", code=1)
        process.send_signal(signal.SIGCONT)
        run = self.end(process, code=1)
        self.assertIn(stale, [item[0] for item in self.outbox()])
        self.assertEqual(run["run_id"], run_id)
        self.assertEqual({request["sha256"] for request in receiver.requests()}, {sealed})
        self.assertEqual(self.kept(run_id), sealed)
        self.assertEqual(len({request["headers"]["X-Certroll-Result"]
                              for request in receiver.requests()}), 1)

    def test_what_is_sent_is_what_is_kept_whoever_queues_meanwhile(self):
        receiver = self.receiver("--fail", "503", "204", "taken", "--retry-after", "3600",
                                 "--delay", "0.5")
        others = self.receiver()
        self.end(self.begin(receiver.url, 0), code=1)
        process = self.begin(receiver.url, 1, "--report", self.folder / "none" / "report.html")
        run_id = self.outbox()[-1][0]
        self.crowd(process, others.url)
        self.end(process, code=1)
        self.certroll("deliver")
        sent = [request["sha256"] for request in receiver.requests()
                if request["headers"]["Idempotency-Key"] == run_id]
        self.assertEqual(sent, [self.kept(run_id)] * 2)

    def test_what_another_command_delivered_is_delivered(self):
        receiver = self.receiver()
        with self.sending():
            process = self.begin(receiver.url, 0)
            process.send_signal(signal.SIGSTOP)
        self.certroll("deliver")
        process.send_signal(signal.SIGCONT)
        run = self.end(process)
        self.assertEqual(run["report"]["delivery"], "delivered")
        self.assertEqual(self.history()[1]["run"]["report"]["delivery"], "delivered")
        self.assertEqual(len(receiver.requests()), 1)

    def test_report_that_is_queued_late_has_its_turn_too(self):
        receiver = self.receiver()
        dead = self.receiver()
        dead.stop()
        lost = self.run_once(dead.url, code=1, timeout=1)["run_id"]
        (self.store / "reports" / f"{lost}.html").unlink()
        entry = json.loads(read(self.manifests[0]).split(b"\n  - ")[1])
        wish = self.manifest(entry, report={"url": receiver.url, "on": "failure"}, file="wish.yaml")
        with self.sending():
            process = self.start("apply", "-o", "json", wish, "--lock-timeout", PATIENCE,
                                 "--report-timeout", PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while lost in str(self.outbox()) or not self.outbox():
                self.assertLess(time.monotonic(), deadline)
                self.assertIsNone(process.poll())
                time.sleep(0.05)
        run = self.end(process, code=1)
        self.assertEqual([problem["code"] for problem in run["problems"]], ["report_dropped"])
        self.assertEqual(run["report"]["delivery"], "delivered")
        self.assertEqual(receiver.reports(), [run["run_id"]])

    def test_run_that_is_kept_has_all_its_reports_in_the_outbox_before_it_sends(self):
        listener = Listener()
        self.addCleanup(listener.close)
        dead = self.receiver()
        dead.stop()
        self.run_once(dead.url, code=1, timeout=1)
        entry = json.loads(read(self.manifests[0]).split(b"\n  - ")[1])
        wish = self.manifest(entry, report={"url": [dead.url, listener.url]}, file="wish.yaml")
        process = self.start("apply", wish, "--report-timeout", "4")
        listener.wait()
        process.kill()
        process.communicate(timeout=PATIENCE)
        last = self.history()[-1]
        self.assertTrue(last["finished"])
        self.assertEqual([url for run_id, url in self.outbox()
                          if run_id == last["run"]["run_id"]], [dead.url, listener.url])

    def test_command_that_does_not_stop_sending_is_not_waited_for(self):
        receiver = self.receiver()
        with self.sending():
            run = self.end(self.begin(receiver.url, 0, timeout=1), code=1)
            problem, = run["problems"]
            self.assertEqual(problem["code"], "delivery_failed")
            self.assertIn("another command", problem["message"])
            self.assertEqual(run["report"]["delivery"], "queued")
        self.assertEqual(receiver.requests(), [])
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), [run["run_id"]])


if __name__ == "__main__":
    main()
