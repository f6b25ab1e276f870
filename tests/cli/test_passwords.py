"""Where passwords come from, and that they go nowhere else."""
import os
import pathlib

from harness import PASSWORD, CliTest, main, pki
from inotify import OPENINGS, Watch


class Passwords(CliTest):
    def setUp(self):
        super().setUp()
        self.web = pki().leaf("web")

    def entry(self, password=None, path=None):
        more = {} if password is None else {"password": password}
        return {"name": "web", "path": path or self.web.pfx(), "type": "Default", **more}

    def assert_applied(self, password, **options):
        result = self.apply(self.manifest(self.entry(password)), **options)
        self.assertEqual(self.slots(), {"local/Default": (self.web.fingerprint, [], None)})
        return result

    def assert_refused(self, code, password, **options):
        result = self.apply("-o", "json", self.manifest(self.entry(password)), code=1, **options)
        self.assertEqual(result.codes(), [code])
        self.assertEqual(self.slots(), {})
        return result.json["problems"][0]["message"]

    def test_text(self):
        self.assert_applied(PASSWORD)

    def test_environment(self):
        self.assert_applied({"env": "WEB_PASSWORD"}, env={"WEB_PASSWORD": PASSWORD})

    def test_file_without_its_last_newline(self):
        self.write("d/secret", PASSWORD + "\n")
        self.manifest(self.entry({"file": "secret"}), file="d/edge.yaml")
        self.apply(self.folder / "d/edge.yaml")

    def test_file_without_a_newline(self):
        self.assert_applied({"file": self.write("secret", PASSWORD)})

    def test_only_one_newline_is_dropped(self):
        self.assert_refused("wrong_password", {"file": self.write("secret", PASSWORD + "\n\n")})

    def test_credential(self):
        self.write("credentials/web", PASSWORD + "\n")
        self.assert_applied({"credential": "web"},
                            env={"CREDENTIALS_DIRECTORY": self.folder / "credentials"})

    def test_command_without_a_shell(self):
        path = self.password_file()
        self.assert_applied({"command": ["cat", path]})

    def test_command_arguments_are_not_expanded(self):
        message = self.assert_refused("password_unavailable",
                                      {"command": ["sh", "-c", "exit 7", "$HOME"]})
        self.assertNotIn(str(self.folder), message)

    def test_command_has_no_input(self):
        self.assert_refused("wrong_password", {"command": ["cat"]}, given=PASSWORD.encode())

    def test_encrypted_key_of_its_own(self):
        key = pathlib.Path(self.web.encrypted()).read_text()
        key = self.write("web.key", key[key.index("-----BEGIN ENCRYPTED"):])
        entry = self.entry(PASSWORD, self.web.bare()) | {"key_path": key}
        self.apply(self.manifest(entry))
        self.assertEqual(self.live("local/Default", "current", "privkey.pem").read_bytes(),
                         self.web.key.read_bytes())

    def test_wrong_and_missing_ones(self):
        self.assert_refused("wrong_password", "something else")
        self.assert_refused("password_needed", None)
        self.assert_refused("password_unavailable", {"env": "NO_SUCH_VARIABLE"})
        self.assert_refused("password_unavailable", {"file": str(self.folder / "none")})
        self.assert_refused("password_unavailable", {"credential": "web"})
        self.assert_refused("password_unavailable", {"command": ["false"]})
        self.assert_refused("password_unavailable", {"command": ["no-such-program-here"]})
        self.assert_refused("wrong_password", "x", env={"CERTROLL_PASSWORD": PASSWORD})

    def test_one_failing_password_fails_alone(self):
        other = pki().leaf("other")
        self.apply(self.manifest(self.entry("wrong"), {"path": other.pem(), "type": "Internal"}),
                   code=1)
        self.assertEqual(list(self.slots()), ["local/Internal"])

    def test_readable_file_is_warned_of(self):
        path = self.password_file()
        os.chmod(path, 0o644)
        result = self.plan(self.manifest(self.entry({"file": path})))
        self.assertEqual(result.codes(), ["password_exposed"])
        os.chmod(path, 0o600)
        self.assertEqual(self.plan(self.manifest(self.entry({"file": path}))).codes(), [])

    def entries_of(self, password):
        return [{"name": name, "path": pki().leaf(name).pfx(), "type": f"Default@{name}",
                 "password": password} for name in ("web", "api", "shop")]

    def test_file_of_many_entries_is_read_once_a_thread(self):
        self.write("passwords/secret", PASSWORD)
        watch = Watch(self.folder / "passwords", kinds=OPENINGS)
        self.addCleanup(watch.close)
        self.apply("--jobs", "1", self.manifest(
            *self.entries_of({"file": str(self.folder / "passwords/secret")})))
        self.assertEqual(watch.events(), [("opened", "secret")])
        self.assertEqual(len(self.slots()), 3)

    def test_each_entry_is_warned_of_its_readable_file(self):
        path = self.write("secret", PASSWORD)
        os.chmod(path, 0o644)
        result = self.apply("--jobs", "1", "-o", "json",
                            self.manifest(*self.entries_of({"file": path})))
        self.assertEqual(result.codes(), ["password_exposed"] * 3)

    def test_files_of_their_own_are_not_mistaken_for_each_other(self):
        entries = self.entries_of({"file": self.write("secret", PASSWORD)})
        entries[1]["password"] = {"file": self.write("other", "wrong")}
        result = self.apply("--jobs", "1", "-o", "json", self.manifest(*entries), code=1)
        self.assertEqual(result.codes(), ["wrong_password"])
        self.assertEqual(len(self.slots()), 2)

    def test_legacy_and_odd_archives(self):
        for path, password in ((self.web.pfx(PASSWORD, "-legacy"), PASSWORD),
                               (self.web.pfx(""), ""), (self.web.pfx("Zürich…"), "Zürich…"),
                               (self.web.pfx(PASSWORD, "-nomac"), PASSWORD)):
            store = self.folder / pathlib.Path(path).name
            self.apply(self.manifest(self.entry(password, path)), store=store)
            self.assertEqual(len(self.status(store=store)["slots"]), 1)

    def test_never_in_arguments_output_report_or_history(self):
        """While a command of a password runs, every process of the run shows its arguments."""
        seen = self.folder / "seen"
        secret = self.password_file()
        script = self.write("ask", f"""#!/bin/sh
for each in self $PPID; do tr '\\0' ' ' </proc/$each/cmdline >>{seen}; echo >>{seen}; done
cat {secret}
""", 0o755)
        report = self.folder / "r.html"
        bad = {"name": "bad", "path": self.web.pfx(PASSWORD, "-iter", "3"), "type": "Internal",
               "password": "hunter2-not-it"}
        manifest = self.manifest(self.entry({"command": [script]}), bad)
        result = self.apply("-v", "--report", report, manifest, code=1)
        history = self.certroll("history", "-v", "-o", "json")
        arguments = seen.read_text()
        self.assertIn("apply", arguments)
        for text in (arguments, result.out + result.err, report.read_text(), history.out):
            self.assertNotIn(PASSWORD, text)
            self.assertNotIn("hunter2-not-it", text)
            self.assertNotIn("PRIVATE KEY", text)


if __name__ == "__main__":
    main()
