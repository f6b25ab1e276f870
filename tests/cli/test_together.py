"""Many runs at once, and runs that are killed."""
import datetime
import os
import random
import signal
import subprocess
import sys
import time

from harness import (CLOCK_ENVIRONMENT, PASSWORD, PATIENCE, SLOWNESS, CliTest, environment, main,
                     needs_clock, often, pki, rfc3339)


# Holds the lock of its first argument, and says who it is, as a certroll does that writes.
HOLDER = """
import fcntl, os, sys, time
with open(sys.argv[1], "a+") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if sys.argv[2:] != ["unnamed"]:
        lock.truncate(0)
        print(f"certroll apply, pid {os.getpid()}, since now", file=lock, flush=True)
        fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(3600)
"""

# Prints a password: when it is asked first, once another run was faster; then once it may go on.
ASKED = """
import os, sys, time
folder = sys.argv[1]

def wait_for(name):
    while not os.path.exists(folder + "/" + name):
        time.sleep(0.02)

try:
    os.mkdir(folder + "/first")
    wait_for("faster")
except FileExistsError:
    with open(folder + "/asked.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(folder + "/asked.new", folder + "/asked")
    wait_for("go")
print(sys.argv[2])
"""


class Together(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.other = pki().leaf("web"), pki().leaf("other")
        self.edge = self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"})

    def finish(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), err.decode()

    def hold(self, *arguments):
        """A process that holds the store's lock until it is killed."""
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(self.store / "lock"), *arguments],
            stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stdout.readline()
        return process

    def hold_lock(self):
        """The same, of a store that is there."""
        self.apply(self.manifest({"path": self.other.pem(), "type": "Internal"}, name="holder"))
        return self.hold()

    def wait_for(self, path):
        until = time.monotonic() + PATIENCE
        while not path.exists():
            self.assertLess(time.monotonic(), until, f"{path} does not come")
            time.sleep(0.01)
        return path

    def hold_by_certroll(self):
        """An apply that holds the store's lock until the file 'go' is there: another one was faster
        while it planned, so it plans again, and has to ask for its password again."""
        manifest = self.manifest({
            "path": pki().leaf("held").pfx(), "type": "External",
            "password": {"command": [sys.executable, "-c", ASKED, str(self.folder), PASSWORD]}},
            name="held")
        process = self.start("apply", manifest)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.wait_for(self.folder / "first")
        self.apply(self.manifest({"path": self.other.pem(), "type": "Internal"}, name="faster"))
        (self.folder / "faster").touch()
        self.wait_for(self.folder / "asked")
        self.addCleanup((self.folder / "go").touch)
        return process

    def assert_locked(self, *arguments, **options):
        """An apply does not get the lock; what it says."""
        result = self.apply("-o", "json", self.edge, "--lock-timeout", "1", code=1, **options)
        self.assertEqual(result.codes(), ["store_locked"])
        self.assertNotIn("local/Default", self.slots(**options))
        return result.json["problems"][0]["message"]

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

    def test_stopped_holder_is_named(self):
        holder = self.hold_by_certroll()
        holder.send_signal(signal.SIGSTOP)
        self.assertIn(f"certroll apply, pid {holder.pid}", self.assert_locked())

    def test_lock_file_that_was_removed_is_still_held(self):
        self.hold_by_certroll()
        (self.store / "lock").unlink()
        self.assertIn("lock file", self.assert_locked())

    def test_lock_file_that_was_replaced_is_still_held(self):
        self.hold_by_certroll()
        self.write("other", "certroll apply, pid 1, since the beginning\n")
        os.rename(self.folder / "other", self.store / "lock")
        self.assertNotIn("pid 1,", self.assert_locked())

    def test_waiter_does_not_hold_a_lock_file_that_was_removed(self):
        first = self.hold_lock()
        waiter = self.start("apply", "-o", "json", self.edge, "--lock-timeout", 3 * SLOWNESS)
        time.sleep(SLOWNESS)
        (self.store / "lock").unlink()
        second = self.hold()
        first.kill()
        code, out, err = self.finish(waiter)
        self.assertEqual(code, 1, out + err)
        self.assertIn(f"pid {second.pid}", out)

    def test_name_that_a_killed_run_left_is_nobodys(self):
        holder = self.hold_lock()
        holder.kill()
        holder.wait()
        left = (self.store / "lock").read_text()
        self.assertIn(str(holder.pid), left)
        (self.store / "lock").write_text(left.replace(str(holder.pid), str(os.getpid())))
        other = self.hold("unnamed")
        self.assertIn("held by another process", self.assert_locked())
        other.kill()
        other.wait()
        self.apply(self.edge, "--lock-timeout", "0")

    def test_password_program_that_outlives_a_killed_run_does_not_hold_the_lock(self):
        holder = self.hold_by_certroll()
        holder.kill()
        holder.wait()
        os.kill(int((self.folder / "asked").read_text()), 0)  # it is still there
        self.apply(self.edge, "--lock-timeout", "0")
        self.assertIn("local/Default", self.slots())

    def test_store_that_is_moved_while_a_run_writes_is_still_the_same(self):
        holder = self.hold_by_certroll()
        moved = self.folder / "moved"
        self.store.rename(moved)
        self.assert_locked(store=moved)
        (self.folder / "go").touch()
        code, out, err = self.finish(holder)
        self.assertEqual(code, 0, out + err)
        self.assertFalse(self.store.exists())
        self.assertIn("local/External", self.slots(store=moved))
        self.certroll("verify", store=moved)

    def test_store_that_has_two_paths_has_one_lock(self):
        self.hold_by_certroll()
        (self.folder / "link").symlink_to(self.store)
        self.assert_locked(store=self.folder / "link")
        if os.geteuid() != 0:
            return
        mounted = self.folder / "mounted"
        mounted.mkdir()
        if subprocess.run(["mount", "--bind", self.store, mounted], check=False).returncode == 0:
            self.addCleanup(subprocess.run, ["umount", mounted], check=True)
            self.assert_locked(store=mounted)

    @needs_clock
    def test_clock_that_runs_fast_does_not_shorten_the_wait(self):
        self.hold_lock()
        start = time.monotonic()
        line = ["faketime", "-f", "+0 x3600", *self.arguments("apply", self.edge)]
        process = subprocess.run([*line, "--lock-timeout", "1"], capture_output=True, check=False,
                                 env=environment(HOME=self.folder, **CLOCK_ENVIRONMENT))
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn(b"store_locked", process.stderr)
        self.assertGreaterEqual(time.monotonic() - start, 1)

    def damage_for_a_while(self):
        """A file that is not as the index has it, and a way to make it so again."""
        chain = self.object_of(self.other) / "chain.pem"
        content = chain.read_bytes()
        chain.write_bytes(b"")
        return lambda: chain.write_bytes(content)

    def test_verify_waits_for_a_run_before_it_tells_damage(self):
        holder = self.hold_lock()
        mend = self.damage_for_a_while()
        verify = self.start("verify", "--lock-timeout", PATIENCE)
        time.sleep(SLOWNESS)
        self.assertIsNone(verify.poll())
        mend()
        holder.kill()
        code, out, err = self.finish(verify)
        self.assertEqual(code, 0, out + err)

    def test_verify_that_waited_in_vain_names_the_holder(self):
        holder = self.hold_lock()
        self.damage_for_a_while()
        result = self.certroll("verify", "--lock-timeout", "1", code=1)
        self.assertIn(f"pid {holder.pid}", result.err)
        self.assertIn("chain.pem: was changed", result.err)

    def test_verify_tells_damage_at_once_where_nobody_writes(self):
        self.hold_lock().kill()
        self.damage_for_a_while()
        start = time.monotonic()
        self.certroll("verify", "--lock-timeout", PATIENCE, code=1)
        self.assertLess(time.monotonic() - start, PATIENCE / 2)

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
