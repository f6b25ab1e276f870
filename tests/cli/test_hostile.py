"""What no test of a feature thinks of: limits, and files that somebody means to do harm with."""
import os
import resource
import shutil
import socket
import subprocess
import unittest

from harness import PASSWORD, PROGRAM, SANITIZED, WRAPPER, CliTest, environment, main, pki


def limit(name, most):
    """Sets a resource limit in the process that is to become certroll."""
    return lambda: resource.setrlimit(name, (most, most))


class Certificates(CliTest):
    def test_very_many_names(self):
        names = [f"host-{i:04}.{'x' * 50}.example.com" for i in range(1200)]
        many, few = pki().leaf("many", dns=names), pki().leaf("few")
        self.apply(self.manifest({"name": "web", "path": many.pem(), "type": "Default"}))
        self.assertEqual(self.status()["slots"][0]["current"]["dns_names"], names)
        self.apply(self.manifest({"name": "web", "path": few.pem(), "type": "Default"}))
        self.assertEqual(self.slots(), {"local/Default": (few.fingerprint, [], None)})
        self.assert_verified()


class Files(CliTest):
    """What a path may lead to that is no file of bytes: told at once, as what it is."""

    def strange(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "folder").mkdir()
        (self.folder / "nowhere").symlink_to("missing")
        (self.folder / "loop").symlink_to("loop")
        (self.folder / "to-device").symlink_to("/dev/zero")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.folder / "socket"))
        with open(self.folder / "huge", "wb") as file:
            file.truncate(1 << 40)
        return ["pipe", "folder", "nowhere", "loop", "to-device", "socket", "huge", "missing",
                "pipe/x", "/dev/zero", "/dev/tty", "/proc/self/mem"]

    def test_as_source_key_or_chain(self):
        web, names = pki().leaf("web"), self.strange()
        for field in ("path", "key_path", "chain_path"):
            entries = [{"name": f"n{number}", "path": web.bare(), field: name,
                        "type": f"Default@n{number}"} for number, name in enumerate(names)]
            manifest = self.manifest({"name": "good", "path": web.pem(), "type": "Default"},
                                     *entries)
            result = self.apply("-o", "json", manifest, code=1)
            self.assertEqual(result.codes(), ["unreadable"] * len(names))
            for problem, name in zip(result.json["problems"], names):
                self.assertIn(name, problem["message"])
            self.assertEqual(self.slots(), {"local/Default": (web.fingerprint, [], None)})

    def test_as_password_file(self):
        web, names = pki().leaf("web"), self.strange()
        entries = [{"name": f"n{number}", "path": web.pfx(), "password": {"file": name},
                    "type": f"Default@n{number}"} for number, name in enumerate(names)]
        result = self.apply("-o", "json", self.manifest(*entries), code=1)
        self.assertEqual(result.codes(), ["password_unavailable"] * len(names))

    def test_as_manifest(self):
        for name in self.strange():
            if name != "folder":
                result = self.certroll("validate", self.folder / name, store=False,
                                       code=1)
                self.assertIn("[limit_exceeded]" if name == "huge" else "[unreadable_manifest]",
                              result.err, name)


class Arguments(CliTest):
    def test_no_argument_steers_the_terminal(self):
        for arguments in (["apply", "--\x1b[2Jx"], ["\x1b[2Jx"], ["plan", "-\x1b"],
                          ["plan", "--service-group", "\x1b[2Jx", "m.yaml"]):
            result = self.certroll(*arguments, store=False, code=64)
            self.assertNotIn("\x1b", result.out + result.err)
            self.assertIn("\\x1B", result.err)


@unittest.skipIf(WRAPPER, "what certroll runs under would meet the limits itself")
class Limits(CliTest):
    def entry(self):
        return {"name": "web", "path": pki().leaf("web").pfx(), "password": PASSWORD,
                "type": "Default"}

    def reports(self):
        return {path.name for path in self.store.glob("reports/*")}

    def test_a_limit_on_the_size_of_files_is_an_error_and_no_signal(self):
        manifest = self.manifest(self.entry())
        for most in (0, 1000, 30000):
            result = self.apply(manifest, code=1, preexec_fn=limit(resource.RLIMIT_FSIZE, most))
            self.assertIn("[store_failed]", result.err)
        self.apply(manifest)
        self.assertEqual(self.slots(), {"local/Default": (pki().leaf("web").fingerprint, [], None)})
        self.assert_verified()

    def test_run_whose_index_cannot_be_written_leaves_nothing(self):
        self.apply(self.manifest(self.entry()))
        reports = self.reports()
        other = self.manifest({**self.entry(), "type": "Internal"})
        for most in (4096, 32768):
            result = self.apply(other, code=1, preexec_fn=limit(resource.RLIMIT_FSIZE, most))
            self.assertIn("[store_failed]", result.err)
            self.assert_verified()
            self.assertEqual(self.reports(), reports)

    def test_first_run_whose_index_cannot_be_written_leaves_nothing_but_what_others_left(self):
        edge = self.manifest(self.entry())
        for most in (4096, 32768):
            result = self.apply(edge, code=1, preexec_fn=limit(resource.RLIMIT_FSIZE, most))
            self.assertIn("[store_failed]", result.err)
            self.assertEqual(self.reports(), set())
        self.apply(edge)
        reports = self.reports()
        (self.store / "index.db").rename(self.folder / "lost")
        self.apply(edge, code=1, preexec_fn=limit(resource.RLIMIT_FSIZE, 32768))
        self.assertEqual(self.reports(), reports, "a backup would need them")

    @unittest.skipIf(SANITIZED, "the sanitizers need more of either")
    def test_little_room_for_stacks_is_an_error_or_enough(self):
        manifest = self.manifest(*({**self.entry(), "name": f"web{i}", "type": f"Default@{i}"}
                                   for i in range(4)))
        hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
        for jobs in ("1", "4"):
            self.apply(manifest, "--jobs", jobs, store=self.folder / f"small{jobs}",
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (65536, hard)))
        for most in range(12 << 20, 48 << 20, 4 << 20):
            result = self.apply(manifest, "--jobs", "4", code=None, store=self.folder / str(most),
                                preexec_fn=limit(resource.RLIMIT_AS, most))
            self.assertIn(result.code, (0, 1), str(result))
        result = self.certroll("--version", code=1, preexec_fn=limit(resource.RLIMIT_STACK, 98304))
        self.assertIn("the limit on the stack", result.err)

    def test_few_descriptors_are_an_error_or_enough(self):
        manifest = self.manifest(self.entry())
        for most in range(4, 16):
            self.apply(manifest, code=None, preexec_fn=limit(resource.RLIMIT_NOFILE, most))
        self.apply(manifest)
        self.assert_verified()


def bare(folder, options="rw"):
    """A command that runs another one where nothing is in this folder."""
    return ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o {options} none {folder} && exec "$@"',
            "sh"]


def bare_fault():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return "only root may hide folders, and with unshare"
    run = subprocess.run([*bare("/mnt"), "true"], check=False, capture_output=True)
    return "this machine lets nobody hide folders" if run.returncode != 0 else None


@unittest.skipIf(SANITIZED or WRAPPER, "what certroll runs under would need them itself")
@unittest.skipIf(bare_fault(), bare_fault())
class Bare(CliTest):
    """Where an image is made, in a changed root, there may be no /proc; and what is mounted may be
    for reading only."""

    def test_sources_are_opened_without_proc(self):
        edge = self.manifest({"name": "web", "path": pki().leaf("web").pfx(),
                              "password": PASSWORD, "type": "Default"})
        link = self.folder / "by-another-name"
        link.symlink_to(PROGRAM)
        for name in (PROGRAM, link):
            shutil.rmtree(self.store, ignore_errors=True)
            subprocess.run([*bare("/proc"), name, "apply", "--store", self.store, edge],
                           check=True, env=environment(), stdout=subprocess.DEVNULL)
            self.assert_verified()

    def test_place_for_a_store_that_is_for_reading_only_is_called_so(self):
        edge = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        for store in ("/mnt/store", "/mnt/new/store", "/mnt/new/deep/store"):
            run = subprocess.run([*bare("/mnt", "ro"), PROGRAM, "apply", "--store", store, edge],
                                 check=False, env=environment(), capture_output=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn(f"{store}: cannot make the store: Read-only file system".encode(),
                          run.stderr)


if __name__ == "__main__":
    main()
