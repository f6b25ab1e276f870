"""Commands, flags and what wrong usage gives."""
import os
import pathlib
import re
import subprocess
import unittest

from harness import ROOT, WRAPPER, CliTest, environment, main, pki

COMMON = ("store", "output", "quiet", "verbose", "color", "jobs", "service-group", "lock-timeout",
          "help", "version")
PLANNING = ("take-over", "atomic", "horizon", "detailed-exitcode", "no-cache")
APPLYING = ("what-if", "confirm", "report", "report-url", "report-timeout")
FLAGS = {
    "validate": (), "status": (), "history": ("html",), "verify": ("rebuild",), "schema": (),
    "deliver": ("report-timeout", "drop"),
    "plan": (*PLANNING, "prune", "allow-empty", "at", "out"),
    "apply": (*PLANNING, *APPLYING, "prune", "allow-empty", "plan"),
    "import": (*PLANNING, *APPLYING, "path", "key-path", "chain-path", "password-file", "type",
               "identity", "effective-date", "roll", "private-key-exportable", "allow-expired",
               "force"),
}


class Usage(CliTest):
    def wrong(self, command, *arguments, **options):
        result = self.certroll(command, *arguments, code=64, **options)
        self.assertEqual(result.out, "")
        self.assertIn("--help'.", result.err)
        self.assertFalse(self.store.exists())
        return result.err

    def test_help_lists_every_command(self):
        for flag in ("--help", "-h", "help"):
            out = self.certroll(flag).out
            for command in FLAGS:
                self.assertRegex(out, rf"(?m)^  {command} ")

    def test_help_of_a_command_lists_its_flags_and_no_others(self):
        for command, flags in FLAGS.items():
            for flag in ("--help", "-h"):
                out = self.certroll(command, flag, store=False).out
                listed = set(re.findall(r"(?m)^  (?:-\w, |    )--([a-z-]+)", out))
                self.assertEqual(listed, {*COMMON, *flags}, command)

    def test_version(self):
        version = self.certroll("--version").out
        self.assertRegex(version, r"^certroll \d+\.\d+\.\d+\n$")
        self.assertEqual(self.certroll("plan", "--version").out, version)

    def test_no_command_and_an_unknown_one_are_wrong_usage(self):
        self.assertIn("which command", self.wrong(""))
        self.assertIn("'aply'", self.wrong("aply", store=False))
        self.assertIn("comes first", self.wrong("--quiet", "status", store=False))

    def test_flags_of_other_commands_are_wrong_usage(self):
        everything = set().union(*FLAGS.values())
        for command, flags in FLAGS.items():
            # One of the commands that have none of them is enough for all flags.
            strange = everything - set(flags) if flags or command == "status" else ["prune", "at"]
            for flag in sorted(strange):
                err = self.wrong(command, f"--{flag}")
                self.assertIn(f"--{flag}", err)

    def test_flags_are_not_abbreviated(self):
        for flag in ("--at", "--pr", "--prun", "--take", "--detailed", "--conf"):
            self.assertIn(flag, self.wrong("apply", flag, "m.yaml"))
        self.assertIn("--stor", self.wrong("apply", "--stor=x", "m.yaml"))
        self.assertIn("--hori", self.wrong("apply", "--hori", "5", "m.yaml"))

    def test_values_that_a_flag_cannot_have(self):
        for arguments in (["--no-such-flag"], ["-x"], ["--jobs"], ["--jobs", "0"],
                          ["--jobs", "many"], ["--jobs", "2x"], ["--jobs", ""],
                          ["--lock-timeout", "-1"], ["--lock-timeout", "99999999999"],
                          ["-o", "xml"], ["--output="], ["--color", "sometimes"], ["--color"],
                          ["--horizon", "-1"], ["--horizon", "1e9"], ["--quiet=yes"],
                          ["--service-group", "no-such-group-here"], ["--store="],
                          ["--store", ""], ["--out="], ["--at", ""]):
            self.wrong("plan", *arguments, "m.yaml")
        self.wrong("apply", "--plan=")
        self.wrong("apply", "--report", "", "m.yaml")
        self.wrong("plan", "--at", "7/31/2012 8:00 AM", "m.yaml")
        self.wrong("plan", "--at", "2027-01-31T02:00:00", "m.yaml")

    def test_operands_that_a_command_does_not_take(self):
        for command in ("validate", "plan", "apply"):
            self.wrong(command)
        for command in ("status", "history", "verify", "deliver"):
            self.wrong(command, "m.yaml")
        self.wrong("schema", "manifest", "plan")
        self.wrong("schema", "nonsense")
        self.wrong("import")
        self.wrong("import", "--path", "a.pem", "b.pem")
        self.wrong("apply", "--plan", "p.json", "m.yaml")

    def test_schemas_are_those_of_the_project(self):
        for kind in ("manifest", "plan", "report", "status"):
            out = self.certroll("schema", kind).out
            self.assertEqual(out, (ROOT / "schemas" / f"{kind}.schema.json").read_text())
        self.assertEqual(self.certroll("schema").out, self.certroll("schema", "manifest").out)

    def test_output_that_cannot_be_written_is_a_failure(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        with open("/dev/full", "wb") as full:
            for command, *arguments in (["--help"], ["schema"], ["validate", manifest],
                                        ["plan", manifest], ["apply", "-n", manifest],
                                        ["apply", manifest], ["status"], ["history"], ["verify"],
                                        ["deliver"]):
                for form in ([], ["-o", "json"], ["-o", "markdown"]) if command != "--help" else ([],):
                    result = self.certroll(command, *arguments, *form, stdout=full, code=1)
                    self.assertIn("standard output", result.err)
        self.assertTrue(self.live("local/Default").exists(), "the result was lost, the work not")

    @unittest.skipIf(WRAPPER, "what certroll runs under does not start without the streams")
    def test_closed_streams_are_not_taken_for_files(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        for number, closed in enumerate((">&-", "<&- >&-", "<&- >&- 2>&-", "<&- 2>&-")):
            store = self.folder / f"store-{number}"
            code = subprocess.run(
                ["sh", "-c", f'exec "$@" {closed}', "sh",
                 *self.arguments("apply", manifest, store=store)], env=environment(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
            self.assertEqual(code, 0 if closed == "<&- 2>&-" else 1)
            self.assertEqual((store / "lock").read_bytes(), b"")
            self.certroll("verify", store=store)
            self.assertEqual(len(self.slots(store=store)), 1)

    def test_reader_that_has_gone_ends_no_run_half_way(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        readable, writable = os.pipe()
        os.close(readable)
        with open(writable, "wb") as pipe:
            self.apply(manifest, stdout=pipe, code=1)
        self.assertEqual(len(self.certroll("history", "-o", "json").json["runs"]), 1)
        self.assert_verified()


class Colour(CliTest):
    def test_colour_only_when_asked_for(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        bad = self.write("bad.yaml", "version: 1\nname: bad\ncertificates: 5\n")
        for arguments, env, expected in (
                ([], {"TERM": "xterm"}, False), (["--color", "always"], {}, True),
                (["--color=always"], {"NO_COLOR": "1"}, True), (["--color", "never"], {}, False),
                (["--color", "auto"], {"TERM": "xterm"}, False)):
            result = self.certroll("plan", *arguments, manifest, env=env)
            self.assertEqual("\x1b[" in result.out, expected, arguments)
            result = self.certroll("validate", *arguments, bad, env=env, code=1)
            self.assertEqual("\x1b[" in result.err, expected, arguments)
        self.assertNotIn("\x1b", self.certroll("plan", "--color", "always", "-o", "json",
                                               manifest).out)

    def test_colour_on_a_terminal_unless_told_otherwise(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        for arguments, env, expected in (([], {"TERM": "xterm"}, True),
                                         ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
                                         ([], {"TERM": "xterm", "NO_COLOR": ""}, True),
                                         ([], {"TERM": "dumb"}, False),
                                         (["--color", "never"], {"TERM": "xterm"}, False)):
            shown = self.on_terminal("plan", *arguments, manifest, env=env)[1]
            self.assertEqual("\x1b[3" in shown, expected, (arguments, env, shown))

    def test_environment_is_beaten_by_flags(self):
        other = self.folder / "other"
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        self.apply(manifest, env={"CERTROLL_STORE": other})
        self.assertFalse(other.exists())
        self.certroll("apply", manifest, store=False, env={"CERTROLL_STORE": other})
        self.assertTrue((other / "live/local/Default/current").exists())
        self.certroll("plan", manifest, env={"CERTROLL_SERVICE_GROUP": "no-such-group"}, code=64)
        self.certroll("plan", manifest, "--service-group", self.group(),
                      env={"CERTROLL_SERVICE_GROUP": "no-such-group"})

    @unittest.skipIf(os.geteuid() == 0, "root's own default is the system's store")
    def test_default_store_of_a_user(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        self.certroll("apply", manifest, store=False)
        self.assertTrue((self.folder / ".local/state/certroll/index.db").exists())
        state = self.folder / "state"
        self.certroll("apply", manifest, store=False, env={"XDG_STATE_HOME": state})
        self.assertTrue((state / "certroll/index.db").exists())


class Failures(CliTest):
    """What cannot get as far as its result has its shape all the same, for programs."""

    def setUp(self):
        super().setUp()
        self.edge = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        self.write("none", "no store")
        (self.folder / "damaged").mkdir()
        self.write("damaged/index.db", "no index")

    def commands(self):
        """With the kind that each prints."""
        return {"Plan": (["plan", self.edge], ["apply", "-n", self.edge],
                         ["import", "-n", "--path", "x.pem"]),
                "Run": (["apply", self.edge], ["import", "--path", "x.pem"]),
                "Status": (["status"],), "History": (["history"],), "Delivery": (["deliver"],),
                "Verification": (["verify"],)}

    def each(self, output, code):
        """(kind, problem, result) of each command with a store that it cannot read."""
        for store, problem in (("none", "unsafe_store"), ("damaged", "store_damaged")):
            for kind, commands in self.commands().items():
                for command in commands:
                    yield kind, problem, self.certroll(*command, "-o", output, code=code,
                                                       store=self.folder / store)

    def test_store_that_cannot_be_read_is_in_the_json(self):
        for kind, problem, result in self.each("json", 1):
            self.assertEqual((result.json["kind"], result.codes()), (kind, [problem]))
            self.assertEqual(result.err.count(f"[{problem}]"), 1)

    def test_and_in_the_comment(self):
        for kind, problem, result in self.each("markdown", 1):
            self.assertRegex(result.out, r"\A### certroll( on `.*`)?: .*1 error\n")
            self.assertIn(f"`{problem}`", result.out)

    def test_people_are_told_on_standard_error_alone(self):
        for kind, problem, result in self.each("text", 1):
            self.assertNotIn(problem, result.out)
            self.assertEqual(result.err.count(f"[{problem}]"), 1)

    def test_manifest_and_store_that_cannot_be_read_are_both_said(self):
        result = self.plan(self.folder / "none.yaml", store=self.folder / "none", code=1)
        self.assertEqual(result.codes(), ["unreadable_manifest", "unsafe_store"])
        self.assertEqual([m["name"] for m in result.json["manifests"]], [None])
        for code in result.codes():
            self.assertEqual(result.err.count(f"[{code}]"), 1)

    def test_saved_plan_that_cannot_be_read_has_a_report(self):
        page = self.folder / "r.html"
        for name in "missing", "none":
            for options, kind in ((["--report", page], "Run"), (["-n"], "Plan")):
                result = self.apply("-o", "json", "--plan", self.folder / name, *options, code=1)
                self.assertEqual((result.json["kind"], result.codes()), (kind, ["unreadable_plan"]))
                self.assertEqual(result.err.count("[unreadable_plan]"), 1)
            self.assertIn("unreadable_plan", page.read_text())
            page.unlink()
        self.assertFalse(self.store.exists())

    def test_what_is_in_order_has_no_problems(self):
        self.apply(self.manifest({"path": pki().leaf("web").pem(), "type": "Default"}))
        for command in "status", "history", "verify", "deliver":
            self.assertEqual(self.certroll(command, "-o", "json").json["problems"], [])


class Manual(unittest.TestCase):
    def test_manual_names_every_flag(self):
        manual = (ROOT / "docs/certroll.8").read_text()
        for flag in {*COMMON, *set().union(*FLAGS.values())}:
            self.assertRegex(manual, rf"Fl (-{flag}|[a-z] , -{flag}|.* -{flag})\b")


if __name__ == "__main__":
    main()
