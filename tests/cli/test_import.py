"""certroll import: the cmdlet, as a manifest of one entry."""
from harness import CliTest, fingerprints, main, pki, read, rfc3339


class Import(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.new = pki().leaf("web"), pki().leaf("new", dns=["web.example.com"])

    def put(self, *arguments, **options):
        return self.certroll("import", *arguments, **options)

    def contents(self, store):
        return {name: entry[:1] + entry[2:] for name, entry in fingerprints(store).items()
                if name.split("/")[0] in ("live", "objects")}

    def test_effect_is_that_of_a_manifest(self):
        self.put("--path", self.web.pfx(), "--password-file", self.password_file(), "--type",
                 "WebServicesExternal", "--type", "default", "--private-key-exportable",
                 "--service-group", self.group())
        other = self.folder / "other"
        self.apply(self.manifest({
            "path": self.web.pem(), "type": ["WebServicesExternal", "Default"],
            "private_key_exportable": True}, name="import"), "--service-group", self.group(),
            store=other)
        self.assertEqual(self.contents(self.store), self.contents(other))
        self.assertEqual(self.status(), self.status(store=other))
        self.assertEqual({slot["owner"] for slot in self.status()["slots"]}, {"import"})

    def test_key_and_chain_from_files(self):
        self.put("--path", self.web.der(), "--key-path", self.web.key_file(), "--chain-path",
                 pki().intermediate, "--type", "Default")
        self.assertEqual(read(self.live("local/Default", "current", "fullchain.pem")),
                         read(self.web.cert) + read(pki().intermediate))
        self.assertEqual(read(self.live("local/Default", "current", "privkey.pem")),
                         read(self.web.key))

    def test_relative_paths_are_relative_to_the_working_folder(self):
        self.write("here/web.pem", read(self.web.pem()))
        self.put("--path", "web.pem", "--type", "Default", cwd=self.folder / "here")
        self.assertIn("local/Default", self.slots())

    def test_several_imports_do_not_disturb_each_other(self):
        self.put("--path", self.web.pem(), "--type", "Default")
        result = self.put("-o", "json", "--path", self.new.pem(), "--type", "Internal")
        self.assertEqual(result.codes(), [])
        self.put("--path", pki().leaf("loose").pem())
        self.assertEqual(self.slots(), {"local/Default": (self.web.fingerprint, [], None),
                                        "local/Internal": (self.new.fingerprint, [], None)})
        self.assertEqual([c["fingerprint"] for c in self.status()["unassigned"]],
                         [pki().leaf("loose").fingerprint])

    def test_again_changes_nothing_and_needs_no_password(self):
        secret = self.password_file()
        arguments = ["--path", self.web.pfx(), "--password-file", secret, "--type", "Default"]
        self.put(*arguments)
        before = fingerprints(self.store)
        (self.folder / "secret.pass").unlink()
        self.put(*arguments, "--detailed-exitcode")
        self.assert_unchanged(before)

    def test_another_certificate_replaces_it_at_once(self):
        self.put("--path", self.web.pem(), "--type", "Default")
        self.put("--path", self.new.pem(), "--type", "Default", "--detailed-exitcode", code=2)
        self.assertEqual(self.slots(), {"local/Default": (self.new.fingerprint, [], None)})

    def test_roll_is_staged(self):
        self.put("--path", self.web.pem(), "--type", "Default")
        self.put("--path", self.new.pem(), "--type", "Default", "--effective-date", rfc3339(9),
                 "--roll")
        self.assertEqual(self.slots(), {
            "local/Default": (self.web.fingerprint, [self.new.fingerprint], None)})
        self.assertTrue(self.live("local/Default", "next").exists())

    def test_identity_is_the_scope(self):
        self.put("--path", self.web.pem(), "--type", "Default", "--identity", "Global")
        self.put("--path", self.web.pem(), "--type", "Default", "--identity", "Local")
        self.assertEqual(list(self.slots()), ["global/Default", "local/Default"])

    def test_roll_without_a_date_is_refused_as_the_cmdlet_does(self):
        result = self.put("-o", "json", "--path", self.web.pem(), "--type", "Default", "--roll",
                          code=1)
        self.assertEqual(result.codes(), ["roll_needs_date"])
        self.assertFalse(self.store.exists())

    def test_mistakes_of_the_arguments_have_their_codes(self):
        path = ["-o", "json", "--path", self.web.pem()]
        for arguments, code in ((["--type", "Defualt"], "unknown_type"),
                                (["--identity", "Global"], "type_required"),
                                (["--identity", "Mars", "--type", "Default"], "invalid_value"),
                                (["--effective-date", "7/31/2012 8:00 AM"], "invalid_date")):
            result = self.put(*path, *arguments, code=1)
            self.assertEqual(result.codes(), [code])
            self.assertIsNone(result.json["problems"][0]["line"])
        self.assertFalse(self.store.exists())
        result = self.put("-o", "json", "--path", self.folder / "none.pem", code=1)
        self.assertEqual(result.codes(), ["unreadable"])
        for arguments, code in ((["--path", self.web.pfx()], "password_needed"),
                                (["--path", self.web.pfx(), "--password-file", "none"],
                                 "password_unavailable"),
                                (["--path", self.web.pem(), "--type", "Default",
                                  "--effective-date", "2099-01-01"], "effective_outside_validity")):
            result = self.put("-o", "json", *arguments, code=1)
            self.assertEqual(result.codes(), [code])
            self.assertIsNone(result.json["problems"][0]["file"])
            self.assertTrue(self.put(*arguments, code=1).err.startswith("certroll: error: "))

    def test_what_if_and_confirm(self):
        arguments = ["--path", self.web.pem(), "--type", "Default"]
        for flag in ("--what-if", "-n", "--dry-run"):
            self.assertIn("1 to import", self.put(flag, *arguments).out)
        self.put("--confirm", *arguments, code=64)
        self.assertFalse(self.store.exists())
        self.assertEqual(self.on_terminal("import", "--confirm", *arguments, answer="n")[0], 1)
        self.assertFalse(self.store.exists())
        self.assertEqual(self.on_terminal("import", "--confirm", *arguments, answer="y")[0], 0)
        self.assertIn("local/Default", self.slots())

    def test_report_force_and_expired(self):
        report = self.folder / "r.html"
        self.put("--path", self.web.pem(), "--type", "Default", "--report", report)
        self.assertIn(self.web.fingerprint, report.read_text())
        bare = ["--path", self.web.bare(), "--key-path", self.web.key_file(), "--type", "Internal"]
        store = self.folder / "other"
        self.assertIn("[incomplete_chain]", self.put("-n", *bare, store=store).err)
        self.assertEqual(self.put("-n", "--force", *bare, store=store).err, "")
        old = ["-o", "json", "--path", pki().leaf("old", -300, -5).pem(), "--type", "External"]
        self.assertEqual(self.put(*old, code=1).codes(), ["expired"])
        self.put(*old, "--allow-expired")

    def test_slots_of_manifests_are_not_taken_silently(self):
        self.apply(self.manifest({"path": self.web.pem(), "type": "Default"}))
        arguments = ["-o", "json", "--path", self.new.pem(), "--type", "Default"]
        self.assertEqual(self.put(*arguments, code=1).codes(), ["owned_by_other"])
        self.put(*arguments, "--take-over")
        self.assertEqual(self.status()["slots"][0]["owner"], "import")


if __name__ == "__main__":
    main()
