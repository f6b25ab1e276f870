"""What certificates come from: formats, keys of the store, fingerprints, chains and pins."""
import base64
import shutil
import unittest.mock

from harness import PROGRAM, CliTest, fingerprints, main, often, pki, read, rfc3339
from pki import openssl


class Formats(CliTest):
    def test_every_format_gives_the_same_object(self):
        web = pki().leaf("web")
        key, chain = web.key_file(), str(pki().intermediate)
        sources = {
            "pem": {"path": web.pem()}, "pfx": {"path": web.pfx(), "password": "Tr0ub4dor-and-3"},
            "der": {"path": web.der(), "key_path": key, "chain_path": chain},
            "p7b": {"path": web.p7b(), "key_path": key},
            "misnamed": {"path": self.write("web.txt", read(web.pfx())),
                         "password": "Tr0ub4dor-and-3"},
        }
        contents = set()
        for name, source in sources.items():
            store = self.folder / name
            result = self.apply("-o", "json", self.manifest({"type": "Default", **source}),
                                store=store)
            self.assertEqual(result.codes(), [], name)
            current = store / "live/local/Default/current"
            contents.add(tuple(read(current / file) for file in (
                "cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")))
        self.assertEqual(len(contents), 1)
        cert, chain, full, private = contents.pop()
        self.assertEqual((cert, chain, private),
                         (read(web.cert), read(pki().intermediate), read(web.key)))
        self.assertEqual(full, cert + chain)

    def test_what_one_entry_opens_is_open_to_all_of_its_owner_from_the_first_run_on(self):
        pfx = pki().leaf("web").pfx()
        opens = {"name": "opens", "path": pfx, "password": "Tr0ub4dor-and-3", "type": "Default"}
        for number, fails in enumerate((
                {}, {"password": "wrong"}, {"password": {"file": str(self.folder / "none")}})):
            also = {"name": "also", "path": pfx, "type": "Internal", **fails}
            for entries in ((opens, also), (also, opens)):
                store = self.folder / f"store-{number}-{entries[0]['name']}"
                manifest = self.manifest(*entries)
                first = self.apply("-o", "json", manifest, store=store)
                self.assertEqual(first.codes(), [])
                again = self.apply("-o", "json", manifest, store=store)
                self.assertEqual((again.codes(), again.json["actions"]), ([], []))
                alone = self.manifest(also, name="other")
                self.apply(alone, "--take-over", store=store, code=1)

    def test_library_that_opens_sources_is_loaded_when_there_is_one_to_open(self):
        (self.folder / "sbin").mkdir()
        alone = shutil.copy(PROGRAM, self.folder / "sbin/certroll")
        web = self.manifest(*({"path": pki().leaf(name).pem(), "type": f"Default@{name}"}
                              for name in ("web", "shop", "mail")))
        with unittest.mock.patch("harness.PROGRAM", alone):
            self.apply(self.manifest(file="empty.yaml"))
            failed = self.apply("-o", "json", web, code=1)
            told = self.certroll("plan", "-v", web, code=1)
        self.assertEqual(failed.codes(), ["library_missing"], "it is one fault")
        self.assertEqual(failed.json["summary"]["failed"], 3)
        self.assertRegex(told.err, r"\Acertroll: error: the library that opens sources")
        self.assertNotIn("Unchanged", told.out)
        self.apply(web)
        with unittest.mock.patch("harness.PROGRAM", alone):
            self.assert_verified()
            self.certroll("status")

    def test_root_is_not_in_the_chain(self):
        web = pki().leaf("web")
        path = self.write("all.pem", b"".join(map(read, (
            pki().root, web.key, pki().intermediate, web.cert))))
        self.apply(self.manifest({"path": path, "type": "Default"}))
        self.assertEqual(read(self.live("local/Default", "current", "fullchain.pem")),
                         read(web.cert) + read(pki().intermediate))


class SeveralPairs(CliTest):
    def test_each_entry_takes_the_pair_that_its_subject_names(self):
        web, shop = pki().leaf("web"), pki().leaf("shop")
        path = self.write("all.pem", b"".join(map(read, (
            shop.key, web.cert, pki().intermediate, shop.cert, web.key))))
        result = self.apply("-o", "json", self.manifest({"path": path, "type": "Default"}), code=1)
        self.assertEqual(result.codes(), ["ambiguous_leaf"])
        for leaf in (web, shop):
            self.assertIn(leaf.fingerprint, result.json["problems"][0]["message"])
        entries = [{"name": name, "path": path, "type": kind, "subject": subject}
                   for name, kind, subject in (("a", "Default", "web.example.com"),
                                               ("b", "External", "shop.example.com"))]
        manifest = self.manifest(*entries)
        self.apply(manifest)
        self.assertEqual(self.slots(), {"local/Default": (web.fingerprint, [], None),
                                        "local/External": (shop.fingerprint, [], None)})
        before = fingerprints(self.store)
        self.apply(manifest)
        self.assert_unchanged(before)

    def test_another_subject_is_another_certificate_of_the_same_file(self):
        web, shop = pki().leaf("web"), pki().leaf("shop")
        path = self.write("all.pem", b"".join(map(read, (web.key, web.cert, shop.cert, shop.key))))
        for leaf, subject in ((web, "web.example.com"),
                              (shop, "C=DE, O=Example, CN=shop.example.com"),
                              (web, "WEB.example.com")):
            self.apply(self.manifest({"path": path, "type": "Default", "subject": subject}))
            self.assertEqual(self.slots(), {"local/Default": (leaf.fingerprint, [], None)})
        result = self.apply("-o", "json", self.manifest(
            {"path": path, "type": "Default", "subject": "mail.example.com"}), code=1)
        self.assertEqual(result.codes(), ["subject_mismatch"])
        self.assertEqual(self.slots(), {"local/Default": (web.fingerprint, [], None)})


class DamagedKey(CliTest):
    def test_certificate_comes_without_it_but_takes_no_slot_that_needs_it(self):
        web = pki().leaf("web")
        pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", "-in", web.key, "-outform", "DER")
        number = pkcs8.index(bytes.fromhex("0201010420")) + 3  # an OCTET STRING no more
        key = base64.encodebytes(pkcs8[:number] + b"\x05" + pkcs8[number + 1:]).decode()
        path = self.write("web.pem", read(web.cert).decode() + "-----BEGIN PRIVATE KEY-----\n" +
                          key + "-----END PRIVATE KEY-----\n")
        result = self.apply("-o", "json", self.manifest({"path": path, "type": "Default"}), code=1)
        self.assertEqual(result.codes(), ["no_private_key"])
        self.assertIn("cannot be decoded", result.json["problems"][0]["message"])
        self.apply(self.manifest({"path": path}))
        self.assertEqual(self.status()["unassigned"][0]["fingerprint"], web.fingerprint)


class SeveralThreads(CliTest):
    def test_key_belongs_to_its_certificate_whoever_else_opens_one(self):
        key, path = self.folder / "pss.key", self.folder / "pss.pem"
        openssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048",
                "-out", key)
        certificate = openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=pss.example.com",
                              "-days", "90")
        path.write_bytes(read(key) + certificate)
        manifest = self.manifest(*({"name": f"s{number}", "path": str(path),
                                    "type": f"Default@s{number}"} for number in range(24)))
        for attempt in range(often(12)):
            store = self.folder / f"store-{attempt}"
            result = self.apply("--jobs", "8", "-o", "json", manifest, store=store)
            self.assertEqual(result.codes(), [])


class KeyOfTheStore(CliTest):
    def test_renewal_under_the_same_key(self):
        web = pki().leaf("web")
        renewed = pki().leaf("renewed", -1, 600, dns=["web.example.com"], key_of=web)
        entry = {"name": "web", "path": web.pem(), "type": "Default"}
        renewal = {"name": "renewed", "path": renewed.p7b(), "type": "Default",
                   "effective_date": rfc3339(-0.5), "roll": True}
        result = self.apply("-o", "json", self.manifest(renewal), code=1)
        self.assertEqual(result.codes(), ["no_private_key"])
        self.apply(self.manifest(entry))
        self.apply(self.manifest(entry, renewal))
        self.assertEqual(self.slots()["local/Default"],
                         (renewed.fingerprint, [], web.fingerprint))
        self.assertEqual(read(self.live("local/Default", "current", "privkey.pem")), read(web.key))
        self.assert_verified()

    def test_answer_to_a_request_whose_key_is_in_a_file(self):
        web = pki().leaf("web")
        self.apply(self.manifest({"path": web.p7b(), "key_path": web.key_file(),
                                  "type": "Default"}))
        self.assertEqual(read(self.live("local/Default", "current", "privkey.pem")), read(web.key))


class ByFingerprint(CliTest):
    def setUp(self):
        super().setUp()
        self.web = pki().leaf("web")
        self.entry = {"name": "web", "path": self.web.pem()}
        self.apply(self.manifest(self.entry))
        self.assertEqual(self.status()["unassigned"][0]["fingerprint"], self.web.fingerprint)

    def test_certificate_of_the_store_gets_a_type(self):
        for count, name in enumerate((self.web.fingerprint, self.web.thumbprint,
                                      self.web.thumbprint.upper())):
            kind = ("Default", "Internal", "External")[count]
            manifest = self.manifest({"fingerprint": name, "type": kind}, name=f"set-{count}")
            self.apply(manifest)
            self.assertEqual(self.slots()[f"local/{kind}"], (self.web.fingerprint, [], None))
            before = fingerprints(self.store)
            self.apply(manifest)
            self.assert_unchanged(before)
        self.assertEqual(self.status()["unassigned"], [])

    def test_unknown_one_is_an_error(self):
        for name in ("f" * 64, "a" * 40):
            manifest = self.manifest({"fingerprint": name, "type": "Default"}, name="set")
            self.assertEqual(self.apply("-o", "json", manifest, code=1).codes(), ["not_in_store"])

    def test_certificate_that_this_run_brings_gets_a_type_in_the_first_run(self):
        shop = pki().leaf("shop")
        for name in (shop.fingerprint, shop.thumbprint):
            for brings in ({"path": shop.pem()}, {"path": shop.pem(), "type": "Internal"}):
                with self.subTest(name=len(name), brings=brings):
                    store = self.folder / f"store-{len(name)}-{len(brings)}"
                    manifest = self.manifest(
                        {"name": "typed", "fingerprint": name, "type": "Default"}, brings)
                    first = self.apply("-o", "json", manifest, store=store)
                    self.assertEqual(first.codes(), [])
                    self.assertEqual(self.slots(store=store)["local/Default"], (shop.fingerprint, [], None))
                    before = fingerprints(store)
                    self.apply(manifest, store=store)
                    self.assertEqual(fingerprints(store), before)

    def test_key_that_another_entry_opens_serves_though_that_one_fails(self):
        shop = pki().leaf("shop")
        brings = {"path": shop.pem(), "type": "Internal"}
        for held in [], [{"name": "bare", "path": shop.bare()}]:
            for name in (shop.fingerprint, shop.thumbprint):
                with self.subTest(name=len(name), held=bool(held)):
                    store = self.folder / f"store-{len(name)}-{len(held)}"
                    other = self.manifest({**self.entry, "type": "Internal"}, name="other")
                    self.apply(other, self.manifest(*held), store=store)
                    manifest = self.manifest(
                        *held, {"name": "typed", "fingerprint": name, "type": "Default"}, brings)
                    result = self.apply("-o", "json", manifest, store=store, code=1)
                    self.assertEqual(set(result.codes()) - {"incomplete_chain"}, {"owned_by_other"})
                    self.assertEqual(self.slots(store=store)["local/Default"],
                                     (shop.fingerprint, [], None))

    def test_status_shows_what_is_assigned_to_nothing(self):
        self.assertIn("Imported, assigned to nothing", self.certroll("status").out)
        self.assertFalse((self.store / "live/local").exists())


class Chain(CliTest):
    def test_chain_path_completes_a_chain(self):
        web = pki().leaf("web")
        entry = {"name": "web", "path": web.bare(), "key_path": web.key_file(), "type": "Default"}
        result = self.apply("-o", "json", self.manifest(entry))
        self.assertEqual(result.codes(), ["incomplete_chain"])
        chain = self.live("local/Default", "current", "chain.pem")
        self.assertEqual(read(chain), b"")
        whole = self.manifest(entry | {"chain_path": str(pki().intermediate)})
        result = self.apply("-o", "json", whole)
        self.assertEqual(result.codes(), [])
        self.assertEqual(read(chain), read(pki().intermediate))
        before = fingerprints(self.store)
        self.assertEqual(self.apply("-o", "json", whole).codes(), [])
        self.assert_unchanged(before)
        self.assert_verified()


class Pins(CliTest):
    def test_pin_must_be_the_leafs(self):
        web, other = pki().leaf("web"), pki().leaf("other")
        pinned = lambda leaf: self.manifest({"name": "web", "path": web.pem(), "type": "Default",
                                             "sha256": leaf.fingerprint})
        self.assertEqual(self.apply("-o", "json", pinned(other), code=1).codes(), ["pin_mismatch"])
        self.assertEqual(self.slots(), {})
        self.apply(pinned(web))
        self.assertEqual(self.slots(), {"local/Default": (web.fingerprint, [], None)})
        self.assertEqual(self.apply("-o", "json", pinned(other), code=1).codes(), ["pin_mismatch"])

    def test_pin_chooses_among_several_leaves(self):
        leaves = [pki().leaf("web"), pki().leaf("other")]
        path = self.write("both.pem", b"".join(read(leaf.pem()) for leaf in leaves))
        entry = {"name": "one", "path": path, "type": "Default"}
        self.assertEqual(self.apply("-o", "json", self.manifest(entry), code=1).codes(),
                         ["ambiguous_leaf"])
        for leaf in leaves:
            self.apply(self.manifest(entry | {"sha256": leaf.fingerprint}))
            self.assertEqual(self.slots(), {"local/Default": (leaf.fingerprint, [], None)})

    def test_weak_and_unfit_certificates_are_warned_of(self):
        client = pki().leaf("client", extensions="extendedKeyUsage=clientAuth\n"
                                                 "authorityKeyIdentifier=keyid\n")
        manifest = self.manifest({"path": client.pem(), "type": "WebServicesExternal"})
        self.assertEqual(self.plan(manifest).codes(), ["no_server_auth"])
        manifest = self.manifest({"path": client.pem(), "type": "OAuthTokenIssuer"})
        self.assertEqual(self.plan(manifest).codes(), [])

    def test_lost_names_are_warned_of(self):
        old, new = pki().leaf("web", dns=["a.example.com", "b.example.com"]), pki().leaf("other")
        manifest = self.manifest(
            {"name": "old", "path": old.pem(), "type": "Default"},
            {"name": "new", "path": new.pem(), "type": "Default", "effective_date": rfc3339(5)})
        self.assertEqual(self.plan(manifest).codes(), ["lost_names"])


if __name__ == "__main__":
    main()
