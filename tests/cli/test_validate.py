"""certroll validate: every mistake in one pass, at its place."""
import json

from harness import PASSWORD, CliTest, fingerprints, main, pki

MISTAKES = """\
version: 1
name: Edge Pool                            # 2 invalid_value
custom_types: [SipTrunk, Default]          # 3 invalid_value
certificates:
  - path: a.pfx
    type: Defualt                          # 6 unknown_type
  - path: b.pfx
    pasword: {file: x}                     # 8 unknown_key
    type: Default
  - path: c.pfx
    type: Internal
    roll: true                             # 12 roll_needs_date
  - path: d.pfx
    type: External
    effective_date: 7/31/2012 8:00 AM      # 15 invalid_date
  - path: e.pfx
    scope: global                          # 17 type_required
  - name: nothing                          # 18 missing_key
    type: XMPPServer
  - path: f.pfx                            # 20 conflicting_keys
    fingerprint: a123456789012345678901234567890123456789
  - path: g.pfx
    path: h.pfx                            # 23 duplicate_key
  - path: i.pfx
    force: maybe                           # 25 wrong_kind
  - path: j.pfx
    sha256: abc                            # 27 invalid_value
  - path: k.pfx
    name: twice
  - path: l.pfx
    name: twice                            # 31 duplicate_name
  - {path: m.pfx, type: TenantAdmin}
  - {path: n.pfx, type: TenantAdmin}       # 33 duplicate_claim
  - path: o.pfx
    password: {file: a, env: B}            # 35 conflicting_keys
  - path: p.pfx
    type: WebServicesExternal@../..        # 37 invalid_value
report:
  url: ftp://example.com/                  # 39 invalid_value
"""


def expected_mistakes():
    found = []
    for number, line in enumerate(MISTAKES.splitlines(), 1):
        comment = line.partition("# ")[2].split()
        if comment:
            assert int(comment[0]) == number, line
            found.append((number, comment[1]))
    return found


class Validate(CliTest):
    def test_every_mistake_is_found_at_its_line(self):
        path = self.write("m.yaml", MISTAKES)
        expected = expected_mistakes()
        self.assertGreaterEqual(len(expected), 15)
        result = self.certroll("validate", "-o", "json", path, code=1)
        self.assertEqual([(p["line"], p["code"]) for p in result.json["problems"]], expected)
        for problem in result.json["problems"]:
            self.assertEqual(problem["severity"], "error")
            self.assertEqual(problem["file"], path)
            self.assertGreater(problem["column"], 0)
        self.assertFalse(self.store.exists())

    def test_text_shows_the_place_the_line_and_a_caret(self):
        path = self.write("m.yaml", MISTAKES)
        result = self.certroll("validate", path, code=1)
        self.assertIn(f"{len(expected_mistakes())} errors", result.out)
        lines = result.err.splitlines()
        at = next(i for i, line in enumerate(lines) if "[unknown_type]" in line)
        self.assertEqual(lines[at], f"{path}:6:11: error: a: unknown type 'Defualt', did you mean "
                                    "'Default'? [unknown_type]")
        self.assertIn("type: Defualt", lines[at + 1])
        self.assertEqual(lines[at + 2].rstrip(), lines[at + 2])
        self.assertEqual(lines[at + 2].index("^"), lines[at + 1].index("Defualt"))
        self.assertEqual(sum("error: " in line for line in lines), len(expected_mistakes()))

    def test_apply_with_mistakes_changes_nothing(self):
        path = self.write("m.yaml", MISTAKES)
        self.certroll("apply", path, code=1)
        self.assertFalse(self.store.exists())
        good = self.manifest({"path": pki().leaf("web").pem(), "type": "Default"})
        self.apply(good)
        before = fingerprints(self.store)
        for command in ("validate", "plan", "apply"):
            self.certroll(command, path, code=1)
        self.assert_unchanged(before)

    def test_other_manifests_of_the_run_go_on(self):
        self.write("d/bad.yaml", "version: 1\nname: bad\ncertificates: []\nnonsense: 1\n")
        self.manifest({"path": pki().leaf("web").pem(), "type": "Default"}, file="d/good.yml")
        result = self.apply("-o", "json", self.folder / "d", code=1)
        self.assertEqual(result.codes(), ["unknown_key"])
        self.assertEqual(self.slots(), {"local/Default": (pki().leaf("web").fingerprint, [], None)})

    def test_secrets_never_show_in_excerpts(self):
        path = self.write("m.yaml", f"""\
version: 1
name: edge
certificates:
  - {{path: a.pfx, password: {PASSWORD}, type: Defualt}}
  - path: b.pfx
    password: {PASSWORD}
    pasword: {PASSWORD}
  - path: c.pfx
    password: [{PASSWORD}]
  - path: d.pfx
    password: {{text: {PASSWORD}}}
  - {{path: e.pfx, type: Nonsense, password: "{PASSWORD}", roll: 5}}
""")
        for form in ("text", "json"):
            self.certroll("validate", "-o", form, path, code=1)

    def test_yaml_that_is_none_is_an_error_at_its_place(self):
        for text, line in (("version: 1\nname: [\n", 3), ("a: b: c\n", 1), ("\tx: 1\n", 1),
                           ("version: 1\nname: \x01\n", 2)):
            result = self.certroll("validate", "-o", "json", self.write("m.yaml", text), code=1)
            self.assertIn("yaml_syntax", result.codes(), text)
            self.assertEqual(result.json["problems"][0]["line"], line, text)

    def test_valid_manifests_are_counted(self):
        self.manifest({"path": "a.pem"}, {"path": "b.pem"}, name="one", file="d/1.yaml")
        self.manifest({"path": "a.pem"}, name="two", file="d/2.yml")
        self.write("d/notes.txt", "no manifest")
        result = self.certroll("validate", self.folder / "d")
        self.assertEqual(result.out, "2 manifests, 3 certificates: valid.\n")
        self.assertEqual(result.err, "")
        result = self.certroll("validate", "-o", "json", self.folder / "d")
        self.assertEqual(result.json["kind"], "Validation")
        self.assertEqual([(m["name"], m["certificates"]) for m in result.json["manifests"]],
                         [("one", 2), ("two", 1)])

    def test_paths_without_a_manifest_are_errors(self):
        (self.folder / "empty").mkdir()
        for path in (self.folder / "none.yaml", self.folder / "empty", "/dev/null/x"):
            result = self.certroll("validate", "-o", "json", path, code=1)
            self.assertEqual(result.codes(), ["unreadable_manifest"])
        self.certroll("validate", self.write("empty.yaml", ""), code=1)

    def test_rules_across_manifests(self):
        one = self.manifest({"path": "a.pem", "type": "Default"}, name="one")
        two = self.manifest({"path": "b.pem", "type": "Default"}, name="two")
        same = self.manifest({"path": "c.pem"}, name="one", file="same.yaml")
        result = self.certroll("validate", "-o", "json", one, two, code=1)
        self.assertEqual(result.codes(), ["duplicate_claim"])
        result = self.certroll("validate", "-o", "json", one, same, code=1)
        self.assertEqual(result.codes(), ["duplicate_name"])

    def test_merge_keys_and_anchors_work_and_bombs_do_not(self):
        path = self.write("m.yaml", f"""\
version: 1
name: edge
certificates:
  - &base {{path: {json.dumps(pki().leaf("web").pem())}, type: Default}}
  - <<: *base
    name: second
    type: Internal
""")
        self.apply(path)
        self.assertEqual(set(self.slots()), {"local/Default", "local/Internal"})
        bomb = "version: 1\nname: edge\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        bomb += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
        result = self.certroll("validate", "-o", "json", self.write("bomb.yaml", bomb), code=1)
        self.assertIn("limit_exceeded", result.codes())


if __name__ == "__main__":
    main()
