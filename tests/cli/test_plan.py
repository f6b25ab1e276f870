"""certroll plan: the diff, saved plans, and that nothing is written."""
import json
import os
import pathlib
import shutil
import unittest

from harness import CliTest, fingerprints, main, pki, read, rfc3339


class Plan(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.new = pki().leaf("web"), pki().leaf("new", -10, 500, dns=["web.example.com"])
        self.entries = [
            {"name": "web", "path": self.web.pem(), "type": ["WebServicesExternal", "Default"]},
            {"name": "new", "path": self.new.pem(), "type": "WebServicesExternal",
             "effective_date": rfc3339(40), "roll": True}]
        self.edge = self.manifest(*self.entries)

    def test_text_is_a_diff_by_slot(self):
        out = self.certroll("plan", self.edge).out
        self.assertRegex(out, r"(?m)^Certificates in the store\n  \+ import +web ")
        self.assertRegex(out, r"(?m)^local/Default\n  \+ assign +web ")
        self.assertRegex(out, rf"> schedule +new +{self.new.fingerprint[:16]} ")
        self.assertIn(f"effective {rfc3339(40)} (in ", out)
        self.assertRegex(out, r"\nPlan: 2 to import, 2 to assign, 1 to schedule; 0 unchanged\.\n$")

    def test_json_has_every_field(self):
        plan = self.plan(self.edge).json
        self.assertEqual(plan["kind"], "Plan")
        self.assertEqual(plan["generation"], 0)
        self.assertEqual([(m["path"], m["name"]) for m in plan["manifests"]],
                         [(self.edge, "edge")])
        summary = plan["summary"]
        self.assertEqual({k: v for k, v in summary.items() if v},
                         {"certificates": 2, "import": 2, "assign": 2, "schedule": 1})
        schedule = plan["actions"][-1]
        self.assertEqual(schedule | {"reason": ""}, {
            "action": "schedule", "certificate": "new", "owner": "edge", "scope": "local",
            "type": "WebServicesExternal", "fingerprint": self.new.fingerprint,
            "thumbprint": self.new.thumbprint, "subject": "C=DE, O=Example, CN=new.example.com",
            "not_before": rfc3339(-10), "not_after": rfc3339(500),
            "effective_date": rfc3339(40), "relieves": self.web.fingerprint,
            "file": self.edge, "line": 5, "reason": ""})

    def test_planning_never_writes(self):
        self.certroll("plan", self.edge)
        self.plan(self.edge, "--prune", "--take-over")
        self.assertFalse(self.store.exists())
        self.apply(self.edge)
        before = fingerprints(self.store)
        self.certroll("plan", self.manifest({"path": self.new.pem(), "type": "Default"}), "--prune")
        self.assert_unchanged(before)

    def test_what_is_done_is_not_planned_again(self):
        self.apply(self.edge)
        plan = self.plan(self.edge).json
        self.assertEqual(plan["actions"], [])
        self.assertEqual(plan["summary"]["unchanged"], 2)
        self.assertIn("Nothing to do", self.certroll("plan", self.edge).out)

    def test_other_instants_give_other_plans(self):
        self.apply(self.edge)
        at = lambda days: self.plan("--at", rfc3339(days), self.edge).actions()
        self.assertEqual(at(39.99), [])
        self.assertEqual(at(40), [("activate", "new", "WebServicesExternal")])
        self.assertEqual(self.plan("--at", rfc3339(50), self.edge).json["at"], rfc3339(50))
        self.assertEqual(self.plan("--at", "2099-01-01", self.edge, code=1).codes(),
                         ["expired", "expired"])

    def test_detailed_exit_codes(self):
        detailed = lambda *more, code: self.plan("--detailed-exitcode", *more, code=code)
        detailed(self.edge, code=2)
        self.apply(self.edge)
        detailed(self.edge, code=0)
        broken = self.manifest(*self.entries, {"path": "none.pem"})
        detailed(broken, code=1)

    def test_horizon_moves_the_warning(self):
        manifest = self.manifest({"path": self.web.pem(), "type": "Default"})
        self.assertEqual(self.plan(manifest).codes(), [])
        self.assertEqual(self.plan(manifest, "--horizon", "366").codes(), ["expiring"])
        self.plan(manifest, "--horizon", "366", "--detailed-exitcode", code=2)

    def test_many_jobs_and_one_give_the_same_plan(self):
        self.assertEqual(*(
            [self.plan("--jobs", jobs, "--at", rfc3339(0), self.edge).json for jobs in (1, 7)]))


class Checkout(CliTest):
    """The commit of the checkout that a manifest stands in, told from the files that Git keeps."""
    ONE, OTHER = "1" * 40, "a" * 64

    def setUp(self):
        super().setUp()
        self.leaf = pki().leaf("web")
        self.edge = self.manifest({"path": self.leaf.pem(), "type": "Default"},
                                  file="hosts/edge/m.yaml")
        (self.folder / ".git").mkdir()

    def commit(self, manifest=None):
        return self.plan(manifest or self.edge).json["manifests"][0]["commit"]

    def put(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def test_of_a_branch(self):
        self.put(".git/HEAD", "ref: refs/heads/main\n")
        self.assertIsNone(self.commit())  # no commit yet
        self.put(".git/packed-refs", f"# pack-refs with: peeled fully-peeled sorted\n"
                 f"{'2' * 40} refs/heads/mai\n{'3' * 40} refs/heads/main2\n"
                 f"{self.ONE} refs/heads/main\n")
        self.assertEqual(self.commit(), self.ONE)
        self.put(".git/refs/heads/main", self.OTHER + "\n")
        self.assertEqual(self.commit(), self.OTHER)

    def test_of_a_pipeline_that_is_on_no_branch(self):
        self.put(".git/HEAD", self.ONE + "\n")
        self.assertEqual(self.commit(), self.ONE)

    def test_stands_in_what_people_read_too(self):
        self.put(".git/HEAD", self.ONE + "\n")
        self.assertIn(self.ONE, self.certroll("plan", "-v", self.edge).out)
        self.assertIn(f"| `{self.ONE[:16]}` |", self.certroll("plan", "-o", "markdown",
                                                              self.edge).out)

    def test_of_a_work_tree_of_another_repository(self):
        self.put("repo/refs/heads/next", self.ONE + "\n")
        self.put("repo/worktrees/other/HEAD", "ref: refs/heads/next\n")
        self.put("repo/worktrees/other/commondir", "../..\n")
        self.put("other/.git", "gitdir: ../repo/worktrees/other\n")
        manifest = self.manifest({"path": self.leaf.pem(), "type": "Default"},
                                 file="other/m.yaml")
        self.assertEqual(self.commit(manifest), self.ONE)

    @unittest.skipIf(os.geteuid(), "only root can give files away")
    def test_of_somebody_else_is_none(self):
        for stranger in (".git", "hosts/.git"):
            shutil.rmtree(self.folder / ".git")
            self.put("secret", self.OTHER + "\n")
            self.put(".git/HEAD", self.ONE + "\n")
            self.assertEqual(self.commit(), self.ONE)
            (self.folder / stranger).mkdir(exist_ok=True)
            (self.folder / stranger / "HEAD").unlink(missing_ok=True)
            (self.folder / stranger / "HEAD").symlink_to(self.folder / "secret")
            os.chown(self.folder / stranger, 65534, 65534)
            self.assertIsNone(self.commit(), stranger)
        os.chown(self.folder / ".git", 65534, 65534)
        (self.folder / "hosts/.git/HEAD").unlink()
        (self.folder / "hosts/.git").rmdir()
        (self.folder / "hosts/.git").symlink_to(self.folder / ".git")
        os.chown(self.folder / "hosts/.git", 65534, 65534, follow_symlinks=False)
        self.assertIsNone(self.commit())
        os.chown(pathlib.Path(self.edge).parent, 65534, 65534)  # the manifest's folder is the same one's
        self.assertEqual(self.commit(), self.ONE)

    def test_in_the_report(self):
        self.put(".git/HEAD", self.ONE + "\n")
        self.apply(self.edge, "--report", self.folder / "r.html")
        self.assertIn(f'title="{self.ONE}"', (self.folder / "r.html").read_text())

    def test_what_is_no_commit_is_none(self):
        self.put("secret", self.ONE + "\n")
        for head in ("", "\n", "ref: \n", "ref: refs/heads/none\n", "ref: refs/../../secret\n",
                     "ref: ../secret\n", f"ref: {self.folder}/secret\n", "1" * 39 + "\n",
                     "1" * 41 + "\n", "G" * 40 + "\n", "<script>\n", "ref: refs/" + "x" * 100000):
            with self.subTest(head=head[:40]):
                self.put(".git/HEAD", head)
                self.assertIsNone(self.commit())
        (self.folder / ".git/HEAD").unlink()
        os.mkfifo(self.folder / ".git/HEAD")
        self.assertIsNone(self.commit())


class SavedPlan(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.other = pki().leaf("web"), pki().leaf("other")
        self.source = self.write("web.pem", read(self.web.pem()))
        self.entry = {"name": "web", "path": self.source, "type": "Default"}
        self.edge = self.manifest(self.entry)
        self.saved = self.folder / "plan.json"

    def save(self, *arguments, **options):
        return self.certroll("plan", *arguments, "--out", self.saved, self.edge, **options)

    def refused(self, why, **options):
        before = fingerprints(self.store)
        result = self.apply("-o", "json", "--plan", self.saved, code=1, **options)
        self.assertEqual(result.codes(), ["stale_plan"])
        self.assertIn(why, result.json["problems"][0]["message"])
        self.assert_same_state(before)
        text = self.apply("--plan", self.saved, code=1, **options)
        self.assertEqual(text.err.count("[stale_plan]"), 1)

    def test_fresh_plan_is_applied(self):
        self.save()
        self.assertEqual(json.loads(self.saved.read_text())["kind"], "Plan")
        self.assertFalse(self.store.exists())
        result = self.apply("-o", "json", "--plan", self.saved)
        self.assertEqual(result.actions(), [("import", "web", None), ("assign", "web", "Default")])
        self.refused("store has changed")

    def test_plan_of_nothing_can_be_applied_again_and_again(self):
        self.apply(self.edge)
        self.save()
        before = fingerprints(self.store)
        for _ in range(2):
            self.apply("--plan", self.saved)
        self.assert_unchanged(before)

    def test_options_come_with_the_plan(self):
        self.apply(self.edge)
        self.edge = self.manifest({"name": "x", "path": self.other.pem(), "type": "Internal"})
        self.save("--prune")
        self.apply("--plan", self.saved)
        self.assertEqual(list(self.slots()), ["local/Internal"])

    def test_changed_manifest_is_refused(self):
        self.save()
        self.manifest(self.entry | {"type": "Internal"})
        self.refused("manifest has changed")

    def test_changed_source_is_refused(self):
        self.save()
        self.write("web.pem", read(self.other.pem()))
        self.refused("source has changed")

    def test_changed_store_is_refused(self):
        self.save()
        self.apply(self.manifest({"path": self.other.pem(), "type": "Internal"}, name="another"))
        self.refused("store has changed")

    def test_due_date_that_has_passed_is_refused(self):
        self.apply(self.edge)
        new = pki().leaf("new", -10, 500)
        self.edge = self.manifest(self.entry, {
            "name": "new", "path": new.pem(), "type": "Default", "effective_date": rfc3339(-1),
            "roll": True})
        self.save("--at", rfc3339(-2))
        self.refused("due date has passed")

    def test_flags_that_decide_what_is_done_belong_to_the_plan(self):
        self.save()
        for flag in ("--prune", "--allow-empty", "--take-over", "--atomic"):
            self.apply("--plan", self.saved, flag, code=64)
        self.assertEqual(self.slots(), {})

    def test_another_commit_with_the_same_manifest_is_the_same_plan(self):
        head = pathlib.Path(self.write(".git/HEAD", "1" * 40 + "\n"))
        self.save()
        self.assertEqual(json.loads(self.saved.read_text())["manifests"][0]["commit"], "1" * 40)
        head.write_text("2" * 40 + "\n")
        self.apply("--plan", self.saved)
        self.assertEqual(self.history()[0]["run"]["manifests"][0]["commit"], "2" * 40)

    def test_what_is_no_saved_plan_is_refused(self):
        for content in ("", "{}", "[]", "nonsense", '{"kind": "Plan"}',
                        self.plan(self.edge).out, self.plan(self.edge).out[:-40]):
            self.saved.write_text(content)
            result = self.apply("--plan", self.saved, code=1)
            self.assertIn("[unreadable_plan]", result.err, content[:20])
        whole = json.loads(self.saved_text())
        for change in ({"kind": "Run"}, {"kind": 1}, {"api_version": "certroll/v2"},
                       {"api_version": None}, {"options": []}, {"manifests": []},
                       {"manifests": "m.yaml"}):
            self.saved.write_text(json.dumps(whole | change))
            result = self.apply("--plan", self.saved, code=1)
            self.assertIn("[unreadable_plan]", result.err, change)
        missing = self.apply("--plan", self.folder / "none", code=1).err
        self.assertIn("none: No such file or directory [unreadable_plan]", missing)
        self.assertNotIn("approved", missing)
        self.assertFalse(self.store.exists())

    def saved_text(self):
        self.save()
        return self.saved.read_text()

    def test_plan_of_other_manifests_is_refused(self):
        whole = json.loads(self.saved_text())
        one = whole["manifests"][0]
        second = self.manifest({"path": self.other.pem(), "type": "Internal"}, name="another")
        self.saved.write_text(json.dumps(whole | {"manifests": [one | {"sha256": "0" * 64}]}))
        self.refused("manifest has changed")
        self.saved.write_text(json.dumps(whole | {"manifests": [one, one | {"path": str(second)}]}))
        self.refused("manifest has changed")
        self.saved.write_text(json.dumps(whole | {"manifests": [{"sha256": one["sha256"]}]}))
        self.apply("--plan", self.saved, code=1)
        self.assertEqual(self.slots(), {})

    def test_plan_that_cannot_be_saved_is_a_failure(self):
        result = self.certroll("plan", "--out", self.folder / "none/plan.json", self.edge, code=1)
        self.assertIn("none/plan.json", result.err)


if __name__ == "__main__":
    main()
