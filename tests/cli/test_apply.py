"""certroll apply: idempotent, careful, and honest in its exit code."""
import json
import os
import re
import subprocess

from harness import PASSWORD, ROOT, CliTest, fingerprints, main, pki, read, rfc3339


class Idempotent(CliTest):
    def test_second_run_changes_nothing_and_needs_no_secret(self):
        web, new, other = (pki().leaf(name, dns=["a.example.com"])
                           for name in ("web", "new", "other"))
        secret = self.password_file()
        key = self.write("enc.pem", read(other.encrypted()))
        manifest = self.manifest(
            {"path": web.pfx(), "password": {"file": secret},
             "type": ["WebServicesExternal", "Default"], "private_key_exportable": True},
            {"path": new.pfx(), "password": {"env": "NEW_PASSWORD"}, "type": "Default",
             "effective_date": rfc3339(50), "roll": True},
            {"path": key, "password": {"file": secret}, "type": "SipTrunk@b2b", "scope": "global"},
            {"path": pki().leaf("loose").bare()}, custom_types=["SipTrunk"])
        group = ["--service-group", self.group()]
        self.apply(manifest, *group, env={"NEW_PASSWORD": PASSWORD})
        before = fingerprints(self.store)
        os.unlink(secret)
        for _ in range(2):
            result = self.apply("-o", "json", manifest, *group)
            self.assertEqual(result.actions(), [])
            self.assertEqual(result.json["summary"]["unchanged"], 4)
        result = self.apply("--detailed-exitcode", manifest, *group)
        self.assertIn("Nothing to do", result.out)
        self.certroll("plan", manifest, *group)
        self.certroll("verify", *group)
        self.certroll("status")
        self.assert_unchanged(before)

    def test_order_and_layout_of_a_manifest_do_not_matter(self):
        one = {"name": "one", "path": pki().leaf("one").pem(), "type": "Default"}
        two = {"name": "two", "path": pki().leaf("two").pem(), "type": "Internal"}
        self.apply(self.manifest(one, two))
        before = fingerprints(self.store)
        self.apply(self.manifest(two, one, defaults={"scope": "local"}))
        self.assert_unchanged(before)


class Manifests(CliTest):
    """What a manifest says is what the store has."""

    def test_aliases_defaults_and_the_case_of_types(self):
        web, new = pki().leaf("web"), pki().leaf("new", -10, 500, dns=["web.example.com"])
        self.apply(self.manifest(
            {"path": web.pem(), "types": ["default", "webservicesEXTERNAL@Shop-1.a", "siptrunk"],
             "identity": "Global", "effective_date": rfc3339(-1)},
            {"path": new.pem(), "type": "DEFAULT", "effective_time": rfc3339(30)},
            defaults={"scope": "global", "roll": True}, custom_types=["SipTrunk"]))
        self.assertEqual(self.slots(), {
            "global/Default": (web.fingerprint, [new.fingerprint], None),
            "global/SipTrunk": (web.fingerprint, [], None),
            "global/WebServicesExternal@Shop-1.a": (web.fingerprint, [], None)})
        self.assertTrue(self.live("global/Default", "next", "cert.pem").exists())
        self.assertEqual(self.status()["slots"][0]["next"][0]["effective_date"], rfc3339(30))

    def test_every_built_in_type_is_a_slot(self):
        manual = read(ROOT / "docs/certroll-manifest.5").decode()
        listed = re.findall(r"(?m)^\.Ql (\w+)", manual[manual.index(".Ss Types"):
                                                      manual.index(".Ss What holds")])
        self.assertEqual(len(listed), 21)
        self.apply(self.manifest({"path": pki().leaf("web").pem(), "type": listed}))
        self.assertEqual([slot["type"] for slot in self.status()["slots"]], sorted(listed))

    def test_several_manifests_and_folders_make_one_run(self):
        self.manifest({"path": pki().leaf("one").pem(), "type": "Default"}, name="one",
                      file="d/1.yaml")
        self.manifest({"path": pki().leaf("two").pem(), "type": "Internal"}, name="two",
                      file="d/2.yml")
        alone = self.manifest({"path": pki().leaf("three").pem(), "type": "External"}, name="three")
        result = self.apply("-o", "json", self.folder / "d", alone).json
        self.assertEqual([m["name"] for m in result["manifests"]], ["one", "two", "three"])
        self.assertEqual({s["type"]: s["owner"] for s in self.status()["slots"]},
                         {"Default": "one", "Internal": "two", "External": "three"})
        self.assertEqual(len(self.history()), 1)

    def test_headline_tells_a_refused_manifest_from_the_others(self):
        good = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"}, name="good")
        bad = self.manifest({"path": "a.pem"}, {"path": "b.pem", "effective_date": "2026-02-30"},
                            name="bad")
        said = "1 manifest with 2 certificates refused, 1 error"
        self.assertEqual(self.certroll("plan", bad, code=1).out, f"Plan: nothing; {said}.\n")
        self.apply(good)
        well = "Nothing to do: 1 certificate is as the other manifests say; "
        self.assertEqual(self.apply(good, bad, code=1).out, f"{well}{said}.\n")
        self.write("bad.yaml", "a: [")
        self.assertEqual(self.apply(good, bad, code=1).out, f"{well}1 manifest refused, 1 error.\n")

    def test_entry_without_an_effect_yet(self):
        manifest = self.manifest({"path": pki().leaf("web").pem(), "type": "Default",
                                  "effective_date": rfc3339(9)})
        result = self.apply("-o", "json", manifest)
        self.assertEqual(result.codes(), ["empty_until_effective"])
        self.assertEqual([a["action"] for a in result.json["actions"]], ["import", "schedule"])
        self.assertFalse(self.live("local/Default").exists())
        self.assertFalse(self.live("local/Default", "next").exists())

    def test_global_without_a_type_and_roll_without_a_date_are_refused(self):
        path = pki().leaf("web").pem()
        for entry, code in (({"scope": "global"}, "type_required"),
                            ({"type": "Default", "roll": True}, "roll_needs_date"),
                            ({"roll": True, "effective_date": rfc3339(5)}, "type_required"),
                            ({"type": "Default", "effective_date": "2027-01-31T02:00:00"},
                             "invalid_date")):
            result = self.apply("-o", "json", self.manifest({"path": path, **entry}), code=1)
            self.assertEqual(result.codes(), [code])
        self.assertFalse(self.store.exists())


class Outcome(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.other = pki().leaf("web"), pki().leaf("other")
        self.good = {"name": "web", "path": self.web.pem(), "type": "Default"}
        self.bad = {"name": "bad", "path": self.write("bad.pem", "nonsense"), "type": "Internal"}

    def test_what_if_writes_locks_and_posts_nothing(self):
        manifest = self.manifest(self.good)
        planned = self.certroll("plan", manifest).out
        for flag in ("--what-if", "-n", "--dry-run"):
            result = self.apply(flag, manifest, "--report", self.folder / "r.html",
                                "--report-url", "http://127.0.0.1:1/")
            self.assertEqual(result.out, planned)
        self.assertEqual(self.apply("-n", "-o", "json", manifest).json["kind"], "Plan")
        self.apply("-n", "--detailed-exitcode", manifest, code=2)
        self.assertFalse(self.store.exists())
        self.assertFalse((self.folder / "r.html").exists())

    def test_failing_certificate_lets_the_others_go_on(self):
        manifest = self.manifest(self.bad, self.good)
        result = self.apply("-o", "json", manifest, code=1)
        self.assertEqual(result.codes(), ["not_a_certificate"])
        self.assertEqual(result.json["summary"]["failed"], 1)
        self.assertEqual({a["outcome"] for a in result.json["actions"]}, {"done"})
        self.assertEqual(list(self.slots()), ["local/Default"])
        text = self.apply(manifest, code=1)
        self.assertRegex(text.err, r"edge\.yaml:\d+:\d+: error: .*\[not_a_certificate\]")

    def test_failing_certificate_leaves_its_slot_as_it_is(self):
        manifest = self.manifest(self.good | {"path": self.write(
            "web.pem", read(self.web.pem()))})
        self.apply(manifest)
        before = fingerprints(self.store)
        self.write("web.pem", "nonsense")
        self.apply(manifest, code=1)
        self.assert_same_state(before)

    def test_detailed_exit_codes(self):
        good, both, bad = (self.manifest(*entries, file=f"{i}.yaml")
                           for i, entries in enumerate(
                               ((self.good,), (self.good, self.bad), (self.good, self.bad))))
        detailed = lambda manifest, code: self.apply("--detailed-exitcode", manifest, code=code)
        detailed(good, 2)
        detailed(good, 0)
        detailed(bad, 4)
        changed = self.manifest(self.good | {"path": self.other.pem()}, self.bad)
        detailed(changed, 6)
        detailed(changed, 4)
        self.apply(both, code=1)

    def test_warnings_never_change_the_code(self):
        manifest = self.manifest(self.good | {"path": self.write(
            "c.pem", read(self.web.bare()) + read(self.web.key_file()))})
        result = self.apply("-o", "json", "--detailed-exitcode", manifest, code=2)
        self.assertEqual(result.codes(), ["incomplete_chain"])
        self.apply("--detailed-exitcode", manifest, code=0)

    def test_atomic_is_all_or_nothing(self):
        manifest = self.manifest(self.good, self.bad)
        result = self.apply("--atomic", "-o", "json", manifest, code=1)
        self.assertEqual({a["outcome"] for a in result.json["actions"]}, {"skipped"})
        self.assertEqual(self.slots(), {})
        self.assertRegex(self.certroll("history").out, r"  \d+ not done, 1 failed\n$")
        self.apply("--atomic", "--detailed-exitcode", manifest, code=4)
        self.apply("--atomic", "--detailed-exitcode", self.manifest(self.good), code=2)

    def test_force_hides_warnings_on_the_terminal_alone(self):
        entry = self.good | {"path": self.write(
            "c.pem", read(self.web.bare()) + read(self.web.key_file()))}
        self.assertIn("[incomplete_chain]", self.certroll("plan", self.manifest(entry)).err)
        forced = self.manifest(entry | {"force": True})
        self.assertNotIn("[incomplete_chain]", self.certroll("plan", forced).err)
        self.assertEqual(self.plan(forced).codes(), ["incomplete_chain"])

    def test_errors_come_last_where_the_eye_is(self):
        weak = self.good | {"effective_date": rfc3339(5)}
        out = self.apply("-n", self.manifest(self.bad, weak), code=1, stderr=subprocess.STDOUT).out
        error, advice = out.splitlines()[-2:]
        self.assertIn("[not_a_certificate]", error)
        self.assertIn("help: Point path at a PKCS#12, PEM", advice)
        self.assertLess(out.index("Plan: "), out.index("[empty_until_effective]"))
        self.assertLess(out.index("[empty_until_effective]"), out.index("[not_a_certificate]"))

    def test_progress_is_for_long_work_on_a_terminal(self):
        slow = {"command": ["sh", "-c", f"sleep 1.1; cat {self.password_file()}"]}
        manifest = self.manifest(self.good | {"path": self.web.pfx(), "password": slow})
        self.assertEqual(self.certroll("plan", manifest).err, "")
        shown = self.on_terminal("plan", manifest)[1]
        self.assertIn("sources [##############################] 1/1", shown)
        quick = self.manifest(self.good)
        self.assertNotIn("sources [", self.on_terminal("plan", quick)[1])

    def test_quiet_and_verbose(self):
        manifest = self.manifest(self.good, self.bad)
        text = {flag: self.apply("-n", *flag.split(), manifest, code=1)
                for flag in ("-q", "", "-v")}
        self.assertLess(len(text["-q"].out), len(text[""].out))
        self.assertLess(len(text[""].out), len(text["-v"].out))
        self.assertIn(self.web.fingerprint, text["-v"].out)
        self.assertNotIn(self.web.fingerprint, text[""].out)
        self.assertIn("[not_a_certificate]", text["-q"].err)

    def test_quiet_hides_warnings(self):
        manifest = self.manifest(self.good | {"effective_date": rfc3339(5)})
        self.assertIn("[empty_until_effective]", self.certroll("plan", manifest).err)
        quiet = self.certroll("plan", "-q", manifest)
        self.assertEqual(quiet.err, "")
        self.assertNotIn("warning", quiet.out, "what is not shown is not counted")

    def test_quiet_is_silent_where_nothing_is_done_and_nothing_failed(self):
        """So that cron sends no mail; status and history are asked for what they say."""
        manifest = self.manifest(self.good)
        self.assertRegex(self.apply("-q", manifest).out, r"^Done: .*\n$")
        for command in (["apply", manifest], ["apply", "-n", manifest], ["plan", manifest],
                        ["validate", manifest], ["verify"], ["deliver"]):
            told = self.certroll(*command, "-q")
            self.assertEqual((told.out, told.err), ("", ""), command)
            self.assertTrue(self.certroll(*command, "-q", "-o", "json").json, command)
        for command in "status", "history":
            self.assertTrue(self.certroll(command, "-q").out)
        imports = ["import", "-q", "--path", self.web.pem(), "--type", "External"]
        self.assertTrue(self.certroll(*imports).out)
        self.assertEqual(self.certroll(*imports).out, "")
        broken = self.manifest(self.good | {"typ": "Default"}, name="broken")
        for command in "validate", "plan", "apply":
            told = self.certroll(command, "-q", broken, code=1)
            self.assertTrue(told.out)
            self.assertIn("[unknown_key]", told.err)
        self.live("local/Default").unlink()
        self.assertIn("difference", self.certroll("verify", "-q", code=1).out)

    def test_errors_of_sources_have_their_codes(self):
        web, other = self.web, self.other
        mixed = self.write("mixed.pem", read(web.bare()) + read(other.key_file()))
        cases = {
            "unreadable": {"path": "none.pem"},
            "not_a_certificate": {"path": self.write("text", "hello")},
            "key_mismatch": {"path": mixed},
            "no_private_key": {"path": pki().leaf("nokey").bare(), "type": "Internal"},
            "expired": {"path": pki().leaf("old", -300, -5).pem(), "type": "External"},
            "effective_outside_validity": {"path": pki().leaf("early", 5, 100).pem(),
                                           "type": "XMPPServer"},
            "wrong_password": {"path": web.pfx(), "password": "another"},
            "password_needed": {"path": web.pfx()},
            "password_unavailable": {"path": web.pfx(), "password": {"env": "NO_SUCH"}},
            "pin_mismatch": {"path": web.pem(), "sha256": other.fingerprint},
            "not_in_store": {"fingerprint": other.thumbprint, "type": "TenantAdmin"},
        }
        manifest = self.manifest(*({"name": code, **entry} for code, entry in cases.items()))
        result = self.apply("-o", "json", manifest, code=1)
        errors = {(p["certificate"], p["code"]) for p in result.json["problems"]
                  if p["severity"] == "error"}
        self.assertEqual(errors, {(code, code) for code in cases})
        self.assertEqual(result.json["summary"]["failed"], len(cases))
        self.assertEqual(self.slots(), {})

    def test_expired_can_be_allowed(self):
        old = pki().leaf("old", -300, -5)
        self.apply(self.manifest({"path": old.pem(), "type": "Default", "allow_expired": True}))
        self.assertEqual(self.slots(), {"local/Default": (old.fingerprint, [], None)})


class Ownership(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.other = pki().leaf("web"), pki().leaf("other")
        self.two = [{"name": "web", "path": self.web.pem(), "type": "Default"},
                    {"name": "other", "path": self.other.pem(), "type": "Internal"}]
        self.apply(self.manifest(*self.two))

    def test_what_is_listed_no_more_is_kept_with_a_warning(self):
        before = fingerprints(self.store)
        result = self.apply("-o", "json", self.manifest(self.two[0]))
        self.assertEqual((result.codes(), result.actions()), (["unmanaged"], []))
        self.assert_same_state(before)
        before = fingerprints(self.store)
        self.apply(self.manifest(self.two[0]))
        self.assert_unchanged(before)

    def test_prune_removes_it(self):
        result = self.apply("-o", "json", "--prune", self.manifest(self.two[0]))
        self.assertIn(("remove", None, "Internal"),
                      [(a, None, t) for a, _, t in result.actions()])
        self.assertEqual(list(self.slots()), ["local/Default"])
        self.assertFalse(self.live("local/Internal").exists())
        self.assert_verified()

    def test_empty_manifest_prunes_only_when_told(self):
        empty = self.manifest()
        before = fingerprints(self.store)
        result = self.apply("-o", "json", "--prune", empty)
        self.assertIn("prune_skipped", result.codes())
        self.assertEqual(len(self.slots()), 2)
        self.assert_same_state(before)
        self.apply("--prune", "--allow-empty", empty)
        self.assertEqual(self.slots(), {})
        self.assert_verified()

    def test_slot_of_another_is_an_error_unless_taken_over(self):
        theirs = self.manifest({"name": "x", "path": self.other.pem(), "type": "Default"},
                               name="another")
        before = fingerprints(self.store)
        result = self.apply("-o", "json", theirs, code=1)
        self.assertEqual(result.codes(), ["owned_by_other"])
        self.assert_same_state(before)
        self.apply("--take-over", theirs)
        slot = next(s for s in self.status()["slots"] if s["type"] == "Default")
        self.assertEqual((slot["owner"], slot["current"]["fingerprint"]),
                         ("another", self.other.fingerprint))
        self.assertEqual(self.apply("-o", "json", self.manifest(*self.two), code=1).codes(),
                         ["owned_by_other"])

    def test_pruning_spares_what_another_manifest_owns(self):
        theirs = self.manifest({"path": pki().leaf("third").pem(), "type": "External"},
                               name="another")
        self.apply(theirs)
        self.apply("--prune", theirs)
        self.assertEqual(set(self.slots()), {"local/Default", "local/Internal", "local/External"})


class Confirm(CliTest):
    def setUp(self):
        super().setUp()
        self.edge = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})

    def test_without_a_terminal_it_is_wrong_usage(self):
        for given in (None, b"y\n"):
            result = self.apply("--confirm", self.edge, code=64, given=given)
            self.assertIn("terminal", result.err)
        self.assertFalse(self.store.exists())

    def test_yes_applies(self):
        code, shown = self.on_terminal("apply", "--confirm", self.edge, answer="y")
        self.assertEqual(code, 0, shown)
        self.assertIn("Apply this? [y/N]", shown)
        self.assertLess(shown.index("1 to import"), shown.index("Apply this?"))
        self.assertEqual(list(self.slots()), ["local/Default"])

    def test_anything_else_changes_nothing(self):
        for answer in ("n", "", "no", "maybe", "\x04"):
            code, shown = self.on_terminal("apply", "--confirm", self.edge, answer=answer)
            self.assertEqual(code, 1, shown)
            self.assertIn("nothing was changed", shown)
            self.assertFalse(self.store.exists())

    def test_nothing_to_do_is_not_asked_about(self):
        self.apply(self.edge)
        code, shown = self.on_terminal("apply", "--confirm", self.edge)
        self.assertEqual(code, 0)
        self.assertNotIn("Apply this?", shown)


class Report(CliTest):
    def setUp(self):
        super().setUp()
        self.web = pki().leaf("web")
        self.entry = {"name": "web", "path": self.web.pem(), "type": "Default"}

    def test_run_is_in_json_report_and_history(self):
        file = self.folder / "r.html"
        result = self.apply("-o", "json", "--report", file, self.manifest(self.entry)).json
        self.assertEqual((result["kind"], result["generation"], result["generation_after"]),
                         ("Run", 0, 1))
        self.assertEqual(result["report"],
                         {"file": str(file), "url": None, "delivery": "none",
                          "deliveries": []})
        self.assertLessEqual(result["started_at"], result["finished_at"])
        self.assertEqual([a["outcome"] for a in result["actions"]], ["done", "done"])
        self.assertEqual(self.embedded(file)["run_id"], result["run_id"])
        runs = self.history()
        self.assertEqual(len(runs), 1)
        self.assertTrue(runs[0]["finished"])
        self.assertEqual(runs[0]["run"], result)
        self.check_json(runs[0]["run"])
        kept = self.store / "reports" / f"{result['run_id']}.html"
        self.assertEqual(kept.read_bytes(), file.read_bytes())
        self.assertEqual(runs[0]["html"], str(kept))
        text = self.certroll("history").out
        self.assertIn(f"{result['run_id']}  1 imported, 1 assigned\n", text)
        self.assertIn(str(kept), self.certroll("history", "-v").out)

    def test_run_without_changes_has_a_report_and_no_trace(self):
        manifest = self.manifest(self.entry)
        self.apply(manifest)
        before = fingerprints(self.store)
        file = self.folder / "r.html"
        file.write_text("older")
        self.apply("--report", file, manifest)
        self.assertEqual(self.embedded(file)["actions"], [])
        self.assert_unchanged(before)

    def test_manifest_names_its_report_and_a_flag_beats_it(self):
        manifest = self.manifest(self.entry, file="d/edge.yaml", report={"file": "last.html"})
        self.apply(manifest)
        self.embedded(self.folder / "d/last.html").get("run_id")
        (self.folder / "d/last.html").unlink()
        self.apply("--report", self.folder / "other.html", manifest)
        self.assertFalse((self.folder / "d/last.html").exists())
        self.assertTrue((self.folder / "other.html").exists())

    def test_report_that_cannot_be_written_fails_but_undoes_nothing(self):
        result = self.apply("-o", "json", "--report", self.folder / "none/r.html",
                            self.manifest(self.entry), code=1)
        self.assertEqual(result.codes(), ["report_failed"])
        self.assertIsNone(result.json["report"]["file"])
        self.assertEqual(list(self.slots()), ["local/Default"])
        self.apply("--report", self.folder, self.manifest(self.entry), code=1)

    def test_report_spares_what_a_run_needs(self):
        password = self.password_file()
        manifest = self.manifest({"name": "web", "path": pki().leaf("web").pfx(),
                                  "password": {"file": password}, "type": "Default"})
        self.apply(manifest)
        sources = [pki().leaf("web").pfx(), password, manifest, self.store / "index.db",
                   next((self.store / "reports").iterdir()),
                   self.live("local/Default", file="privkey.pem")]
        for path in sources:
            start = read(path)[:15]  # the index learns of the run that failed
            result = self.apply("-o", "json", manifest, "--report", path, code=1)
            self.assertEqual(result.codes(), ["report_failed"], path)
            self.assertEqual(read(path)[:15], start, path)
        for path in sources[3:]:
            result = self.certroll("history", "--html", path, code=1)
            self.assertIn("[report_failed]", result.err)
        self.apply(manifest)
        inside = self.store / "last.html"
        for path in [inside, inside, self.write("old.txt", "old\n")]:
            self.apply(manifest, "--report", path)
            self.assertIn("</html>", read(path).decode())

    def test_failing_run_has_a_report_too(self):
        file = self.folder / "r.html"
        self.apply("--report", file, self.write("m.yaml", "version: 2\n"), code=1)
        codes = [p["code"] for p in self.embedded(file)["problems"]]
        self.assertIn("unsupported_version", codes)

    def test_what_comes_from_outside_is_escaped(self):
        evil = pki().leaf("evil", subject="/O=Example/CN=<script>alert(1)<\\/script>",
                          dns=["evil.example.com"])
        manifest = self.manifest({"name": "<b>&\u202e", "path": evil.pem(),
                                  "type": "Default"})
        file = self.folder / "r.html"
        result = self.apply("--report", file, manifest)
        html = file.read_text()
        self.assertNotIn("<script>alert", html)
        self.assertNotIn("<b>&", html)
        for dangerous in ("\u202e", "\x1b"):
            self.assertNotIn(dangerous, result.out)
        self.embedded(file)
        self.assertNotIn("\x1b", self.certroll("status").out)

    def test_history_is_a_page_over_the_runs(self):
        page = self.folder / "history.html"
        self.certroll("history", "--html", page)
        self.assertIn("No run has done anything yet", page.read_text())
        name = "<b>&\u202e"
        self.apply(self.manifest(self.entry | {"name": name}))
        self.apply(self.manifest(self.entry | {"name": name}, {"path": "none.pem"}), code=1)
        result = self.certroll("history", "--html", page)
        html = page.read_text()
        self.assertEqual(result.out, "")
        for run in self.history():
            self.assertIn(run["run"]["run_id"], html)
        self.assertIn("The last run: failed", html)
        self.assertIn("1 imported, 1 assigned", html)
        self.assertIn("none.pem", html)
        self.assertNotIn("<b>&", html)
        self.assertNotIn("\u202e", html)
        self.assertLess(html.index("none.pem"), html.index("1 imported, 1 assigned"))
        error = self.certroll("history", "--html", self.folder / "none/h.html", code=1)
        self.assertIn("[report_failed]", error.err)

    def test_run_whose_text_is_lost_or_spoilt_hides_no_other(self):
        texts = []
        for leaf in ("web", "other", "web"):
            run = self.apply("-o", "json", self.manifest(
                self.entry | {"path": pki().leaf(leaf).pem()})).json["run_id"]
            texts.append(self.store / "reports" / f"{run}.json")
        self.assertEqual(json.loads(texts[2].read_bytes()), self.history()[2]["run"])
        texts[0].unlink()
        texts[1].write_text("{")
        self.assertEqual([past["run"] is None for past in self.history()], [True, True, False])
        shown = self.certroll("history").out
        self.assertEqual(shown.count("what it did cannot be read"), 2)
        self.assertIn("1 assigned", shown)
        self.assertIn(f"{texts[0].name}: what the run did is lost", self.certroll(
            "verify", code=1).err)

    def test_last_30_runs_are_kept(self):
        other = pki().leaf("other")
        manifests = [self.manifest(self.entry, file="a.yaml"),
                     self.manifest(self.entry | {"path": other.pem()}, file="b.yaml")]
        for i in range(33):
            self.apply(manifests[i % 2])
        self.assertEqual(len(self.history()), 30)
        for end in ("html", "json"):
            self.assertEqual(len(list((self.store / "reports").glob(f"*.{end}"))), 30)
        self.assertEqual(len(list((self.store / "reports").iterdir())), 60)
        self.assert_verified()


if __name__ == "__main__":
    main()
