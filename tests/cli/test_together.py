"""Many runs at once, and runs that are killed."""
import datetime
import random
import signal
import subprocess
import sys
import time

from harness import PATIENCE, SLOWNESS, CliTest, main, often, pki, rfc3339


# Holds the lock of its first argument, and says who it is, as a certroll does that writes.
HOLDER = """
import fcntl, os, sys, time
with open(sys.argv[1], "r+") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print(f"certroll apply, pid {os.getpid()}, since now", file=lock, flush=True)
    print("held", flush=True)
    time.sleep(3600)
"""


class Together(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.other = pki().leaf("web"), pki().leaf("other")
        self.edge = self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"})

    def finish(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), err.decode()

    def hold_lock(self):
        """A process that holds the store's lock until it is killed."""
        self.apply(self.manifest({"path": self.other.pem(), "type": "Internal"}, name="holder"))
        process = subprocess.Popen([sys.executable, "-c", HOLDER, str(self.store / "lock")],
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stdout.readline()
        return process

    def test_waiting_in_vain_names_the_holder(self):
        holder = self.hold_lock()
        for timeout in (0, 1):
            start = time.monotonic()
            result = self.apply("-o", "json", self.edge, "--lock-timeout", timeout, code=1)
            took = time.monotonic() - start
            self.assertEqual(result.codes(), ["store_locked"])
            self.assertRegex(result.json["problems"][0]["message"], "certroll apply, pid")
            self.assertIn(str(holder.pid), result.json["problems"][0]["message"])
            self.assertGreaterEqual(took, timeout)
            self.assertLess(took, (timeout + 2) * SLOWNESS)
        self.assertNotIn("local/Default", self.slots())

    def test_run_that_waited_does_not_undo_what_came_due_meanwhile(self):
        due = datetime.datetime.now(datetime.timezone.utc)
        due += datetime.timedelta(seconds=4 * SLOWNESS)
        rolled = self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"},
                               {"name": "other", "path": self.other.pem(), "type": "Default",
                                "effective_date": rfc3339(due)})
        holder = self.hold_lock()
        waiting = self.start("apply", rolled, "--lock-timeout", PATIENCE)
        time.sleep(2 * SLOWNESS)
        waiting.send_signal(signal.SIGSTOP)
        holder.kill()
        time.sleep(3 * SLOWNESS)
        self.apply(rolled)
        waiting.send_signal(signal.SIGCONT)
        self.finish(waiting)
        self.assertEqual(self.slots()["local/Default"][0], self.other.fingerprint)

    def test_readers_never_wait(self):
        self.hold_lock()
        for command, *arguments in (["status"], ["plan", self.edge], ["apply", "-n", self.edge],
                                    ["history"], ["verify"]):
            self.certroll(command, *arguments, "--lock-timeout", "0")
        self.assertEqual(list(self.slots()), ["local/Internal"])

    def test_run_with_nothing_to_do_never_waits(self):
        self.apply(self.edge)
        self.hold_lock()
        self.apply(self.edge, "--lock-timeout", "0")

    def test_killed_holder_leaves_no_lock(self):
        holder = self.hold_lock()
        holder.kill()
        holder.wait()
        self.apply(self.edge, "--lock-timeout", "0")
        self.assertEqual(set(self.slots()), {"local/Default", "local/Internal"})

    def test_waiter_goes_on_when_the_holder_is_gone(self):
        holder = self.hold_lock()
        waiter = self.start("apply", self.edge)
        time.sleep(0.2)
        self.assertIsNone(waiter.poll())
        holder.kill()
        self.assertEqual(self.finish(waiter)[0], 0)
        self.assertIn("local/Default", self.slots())

    def test_eight_at_once_all_succeed_and_end_in_one_state(self):
        manifests = [self.edge] * 4
        manifests += [self.manifest({"path": pki().leaf(f"site{i}").pem(),
                                     "type": f"WebServicesExternal@site{i}"}, name=f"site{i}")
                      for i in range(4)]
        running = [self.start("apply", manifest) for manifest in manifests]
        for process in running:
            code, out, err = self.finish(process)
            self.assertEqual(code, 0, out + err)
        self.assertEqual(self.slots(), {
            "local/Default": (self.web.fingerprint, [], None),
            **{f"local/WebServicesExternal@site{i}":
               (pki().leaf(f"site{i}").fingerprint, [], None) for i in range(4)}})
        self.assert_verified()
        self.assertEqual(len(self.history()), 5, "three of the four had nothing left to do")

    def test_same_slot_from_several_manifests_goes_to_one_of_them(self):
        manifests = [self.manifest({"path": leaf.pem(), "type": "Default"}, name=name)
                     for name, leaf in (("one", self.web), ("two", self.other))]
        running = [self.start("apply", manifest) for manifest in manifests]
        codes = sorted(self.finish(process)[0] for process in running)
        self.assertEqual(codes, [0, 1])
        self.assert_verified()


class Killed(CliTest):
    TRIES = often(30)

    def setUp(self):
        super().setUp()
        leaves = [pki().leaf(name, dns=["a.example.com"]) for name in ("one", "two", "three")]
        types = ["Default", "WebServicesExternal@shop", "WebServicesInternal"]
        self.manifests = []
        for turn in range(2):
            entries = [{"name": f"e{i}", "path": leaves[(i + turn) % 3].pem(), "type": types[i],
                        "private_key_exportable": bool(turn)} for i in range(3)]
            entries.append({"name": "next", "path": pki().leaf("later").pem(), "type": "Default",
                            "effective_date": rfc3339(10 + turn), "roll": True})
            self.manifests.append(self.manifest(*entries, file=f"{turn}.yaml"))
        self.leaves = [*leaves, pki().leaf("later")]

    def pairs(self):
        """Each link resolves to a whole object whose key belongs to its certificate."""
        by_cert = {leaf.cert.read_bytes(): leaf for leaf in self.leaves}
        links = [path for path in (self.store / "live").rglob("*") if path.is_symlink()] \
            if (self.store / "live").exists() else []
        for link in links:
            leaf = by_cert[(link / "cert.pem").read_bytes()]
            self.assertEqual((link / "privkey.pem").read_bytes(), leaf.key.read_bytes())
            self.assertTrue((link / "fullchain.pem").read_bytes().startswith(
                (link / "cert.pem").read_bytes()))

    def duration(self, group):
        start = time.monotonic()
        self.apply(self.manifests[1], "--service-group", group, store=self.folder / "other")
        return time.monotonic() - start

    def test_store_converges_wherever_a_run_was_killed(self):
        group = self.group()
        most = self.duration(group) * 1.2
        killed = 0
        for attempt in range(self.TRIES):
            manifest = self.manifests[attempt % 2]
            before = self.slots()
            process = self.start("apply", manifest, "--service-group", group,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, most))
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL:
                killed += 1
            else:
                most *= 0.75  # it ended before: the machine has become faster
            self.pairs()
            after = self.slots()
            self.apply(manifest, "--service-group", group)
            wanted = self.slots()
            for slot, places in after.items():
                self.assertIn(places, (before.get(slot), wanted.get(slot)))
            self.certroll("verify", "--service-group", group)
            self.assertEqual(self.apply("-o", "json", manifest, "--service-group",
                                        group).actions(), [])
            self.pairs()
        self.assertGreater(killed, self.TRIES // 4, "most runs ended before they were killed")


if __name__ == "__main__":
    main()
