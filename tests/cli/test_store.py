"""The store's files: their rights, and what happens when somebody touches them."""
import contextlib
import errno
import os
import pwd
import shutil
import sqlite3
import stat
import struct
import unittest

from harness import CliTest, fingerprints, main, pki, read, rfc3339
from inotify import WRITES, Watch


ACL_SOMEBODY, ACL_NOBODY = 1, 0xffffffff
ACL_TAGS = {"owner": 0x01, "user": 0x02, "group": 0x04, "mask": 0x10, "other": 0x20}


def acl(**rights):
    """An access control list as the kernel takes it: of the classes of a mode, and of one user."""
    entries = ((ACL_TAGS[tag], bits, ACL_SOMEBODY if tag == "user" else ACL_NOBODY)
               for tag, bits in rights.items())
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


class StoreTest(CliTest):
    def setUp(self):
        super().setUp()
        self.web, self.new, self.open = (pki().leaf(name, dns=["a.example.com"])
                                         for name in ("web", "new", "open"))
        self.edge = self.manifest(
            {"name": "web", "path": self.web.pem(), "type": "Default"},
            {"name": "new", "path": self.new.pem(), "type": "Default",
             "effective_date": rfc3339(20), "roll": True},
            {"name": "open", "path": self.open.pem(), "type": "WebServicesExternal@shop",
             "scope": "global", "private_key_exportable": True})
        self.by_group = ["--service-group", self.group()]

    def apply_edge(self, *arguments, **options):
        return self.apply(self.edge, *self.by_group, *arguments, **options)

    def verify(self, code=0):
        return self.certroll("verify", "-o", "json", *self.by_group, code=code)


class Rights(StoreTest):
    def modes(self, store):
        found = {}
        for path in [store, *sorted(store.rglob("*"))]:
            name = str(path.relative_to(store.parent)).replace(self.open.fingerprint, "OPEN")
            for leaf in (self.web, self.new):
                name = name.replace(leaf.fingerprint, "OTHER")
            name = "reports/RUN" if "/reports/" in name else name
            if not path.is_symlink():
                found[name.partition("/")[2]] = oct(stat.S_IMODE(path.lstat().st_mode))
        return found

    def test_modes_do_not_depend_on_the_umask(self):
        public = {"cert.pem": "0o644", "chain.pem": "0o644", "fullchain.pem": "0o644"}
        expected = {
            "": "0o711", "index.db": "0o600", "index.db.spare": "0o600", "lock": "0o600", "objects": "0o711",
            "live": "0o755", "live/local": "0o755", "live/local/Default": "0o755",
            "live/global": "0o755", "live/global/WebServicesExternal@shop": "0o755",
            "objects/OPEN": "0o755", "objects/OTHER": "0o755", "objects/OPEN/privkey.pem": "0o640",
            "objects/OTHER/privkey.pem": "0o600",
            **{f"objects/{kind}/{name}": mode for kind in ("OPEN", "OTHER")
               for name, mode in public.items()}}
        for mask in (0o000, 0o022, 0o077):
            store = self.folder / f"store-{mask:o}"
            self.apply_edge(store=store, umask=mask)
            found = self.modes(store)
            self.assertEqual(found.pop("reports"), "0o700")
            self.assertEqual(found.pop("RUN", found.pop("reports/RUN", None)), "0o600")
            self.assertEqual(found, expected, oct(mask))

    def test_store_has_its_mode_from_the_beginning(self):
        """Where a run was killed right after it had made the folder, nothing would widen it."""
        watch = Watch(self.folder, kinds=WRITES)
        self.addCleanup(watch.close)
        self.apply_edge(umask=0o077)
        self.assertEqual([kind for kind, name in watch.events() if name == self.store.name],
                         ["created"])
        self.assertEqual(self.store.stat().st_mode & 0o7777, 0o711)

    def test_report_file_obeys_the_umask(self):
        self.apply_edge("--report", self.folder / "r.html", umask=0o027)
        self.assertEqual(stat.S_IMODE((self.folder / "r.html").stat().st_mode), 0o640)

    def test_exportable_key_belongs_to_the_service_group(self):
        self.apply_edge()
        key = (self.object_of(self.open) / "privkey.pem").stat()
        self.assertEqual((stat.S_IMODE(key.st_mode), key.st_uid), (0o640, os.geteuid()))
        group = next(line.split(":")[2] for line in read("/etc/group").decode().splitlines()
                     if line.startswith(self.group() + ":"))
        self.assertEqual(key.st_gid, int(group))
        self.assertEqual(stat.S_IMODE((self.object_of(self.web) / "privkey.pem").stat().st_mode),
                         0o600)
        readable = {s["type"]: s["current"]["key_readable_by_service"]
                    for s in self.status()["slots"]}
        self.assertEqual(readable, {"Default": False, "WebServicesExternal@shop": True})

    def set_acl(self, path, kind, **rights):
        try:
            os.setxattr(path, f"system.posix_acl_{kind}", acl(**rights))
        except OSError as error:
            if error.errno != errno.ENOTSUP:
                raise
            self.skipTest("this file system has no access control lists")

    def test_inherited_access_control_list_opens_no_key_and_shuts_none(self):
        self.set_acl(self.folder, "default", owner=7, user=7, group=0, mask=7, other=5)
        self.apply_edge()
        for leaf, mode in ((self.web, 0o600), (self.open, 0o640)):
            key = self.object_of(leaf) / "privkey.pem"
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), mode)
        self.assertEqual(os.listxattr(self.object_of(self.open) / "privkey.pem"), [])
        self.verify()

    def test_access_control_list_of_a_key_is_repaired(self):
        self.apply_edge()
        key = self.object_of(self.open) / "privkey.pem"
        self.set_acl(key, "access", owner=6, user=4, group=4, mask=4, other=0)
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o640)
        told = self.verify(code=1).json["problems"]
        self.assertEqual([p["code"] for p in told], ["store_damaged"])
        self.assertIn("an access control list", told[0]["message"])
        result = self.apply_edge("-o", "json")
        self.assertEqual([a["action"] for a in result.json["actions"]], ["repair"])
        self.assertEqual(os.listxattr(key), [])
        self.verify()

    @unittest.skipIf(os.geteuid() != 0, "an ordinary user's own group may be the only one")
    def test_service_group_is_that_of_each_call_and_not_kept(self):
        key = self.object_of(self.open) / "privkey.pem"
        self.apply(self.edge, env={"CERTROLL_SERVICE_GROUP": "daemon"})
        self.assertEqual(key.group(), "daemon")
        self.assertRegex(self.certroll("verify", code=1).err,
                         r"its group is daemon, not [^\n]*\n  help: Name the group that apply was given")
        result = self.apply(self.edge, "-o", "json")
        self.assertEqual([action for action, *_ in result.actions()], ["repair"])
        self.assertNotEqual(key.group(), "daemon")

    @unittest.skipIf(os.geteuid() == 0, "root may give files to every group")
    def test_group_that_keys_cannot_be_given_to_is_refused_before_anything_is_done(self):
        self.apply_edge()
        before = fingerprints(self.store)
        result = self.apply(self.edge, "--service-group", "shadow", code=1)
        self.assertIn("keys cannot be given to the group 'shadow'", result.err)
        self.assert_unchanged(before)

    def test_access_is_granted_and_withdrawn(self):
        key = self.object_of(self.web) / "privkey.pem"
        entry = {"name": "web", "path": self.web.pem(), "type": "Default"}
        self.apply(self.manifest(entry), *self.by_group)
        for exportable, mode in ((True, 0o640), (False, 0o600)):
            manifest = self.manifest(entry | {"private_key_exportable": exportable})
            result = self.apply("-o", "json", manifest, *self.by_group)
            self.assertEqual([a["action"] for a in result.json["actions"]], ["access"])
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), mode)
            self.verify()

    def test_store_that_others_could_change_is_refused(self):
        self.apply_edge()
        before = fingerprints(self.store)
        self.store.chmod(0o777)
        for command in (["apply", self.edge], ["plan", self.edge], ["status"], ["verify"]):
            result = self.certroll(*command, code=1)
            self.assertIn("[unsafe_store]", result.err)
        self.store.chmod(0o711)
        self.assert_unchanged(before)

    def test_unsafe_store_has_advice_that_fits(self):
        self.apply_edge()
        self.store.chmod(0o733)
        self.assertIn("help: Take the right to write from others (chmod go-w)",
                      self.certroll("status", code=1).err)
        self.store.chmod(0o711)
        result = self.certroll("status", store=self.write("file", "x"), code=1)
        self.assertIn("help: Look at what stands there", result.err)
        self.assertNotRegex(result.err, "chown|chmod")

    @unittest.skipIf(os.geteuid() != 0, "an ordinary user cannot give the store to another one")
    def test_store_of_a_user_is_not_to_be_taken_from_him(self):
        self.apply_edge()
        os.chown(self.store, 1, -1)
        result = self.certroll("status", code=1)
        self.assertIn("belongs to another user (uid 1) [unsafe_store]\n"
                      "  help: Run certroll as the user that it belongs to", result.err)
        self.assertNotIn("chown", result.err)

    def test_places_that_can_be_no_store(self):
        for place, commands in ((self.write("file", "x"), ("apply", "status")),
                                ("etcd://localhost/x", ("apply", "status")),
                                ("/proc/certroll", ("apply",))):
            for command in commands:
                operands = [self.edge] if command == "apply" else []
                result = self.certroll(command, *operands, store=place, code=1)
                self.assertRegex(result.err, r"\[(store_failed|unsafe_store)\]", str(result))
                self.assertIn(str(place), result.err)

    def test_index_that_is_none_is_refused_and_left_alone(self):
        self.apply_edge()
        (self.store / "index.db").write_bytes(b"this is no database\n" * 100)
        before = fingerprints(self.store)
        for command in (["apply", self.edge], ["apply", "-n", self.edge], ["plan", self.edge],
                        ["status"], ["history"], ["verify"], ["deliver"]):
            result = self.certroll(*command, code=1)
            self.assertIn("index.db is damaged", result.err)
            self.assertEqual(result.err.count("[store_damaged]"), 1, str(result))
        self.assert_unchanged(before)


class Damage(StoreTest):
    """Each way to spoil the store is found by verify and undone by apply."""

    def spoil_and_repair(self, spoil):
        if not self.store.exists():
            self.apply_edge()
        before = self.contents()
        spoil()
        found = self.verify(code=1)
        self.assertEqual(set(found.codes()), {"store_damaged"}, found.out)
        self.assertEqual(self.plan(self.edge, *self.by_group).json["summary"].get("repair"), 1,
                         "the plan repairs it")
        result = self.apply_edge("-o", "json")
        self.assertEqual({a["action"] for a in result.json["actions"]}, {"repair"})
        self.assertEqual(self.contents(), before)
        self.verify()
        self.assertEqual(self.apply_edge("-o", "json").actions(), [])

    def contents(self):
        """What services see: everything but times and what runs leave behind."""
        return {name: (mode, owner, group, content)
                for name, (mode, _, owner, group, content) in fingerprints(self.store).items()
                if name.split("/")[0] in ("objects", "live")}

    def test_every_file_deleted(self):
        for name in ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"):
            for leaf in (self.web, self.open):
                with self.subTest(name, leaf=leaf.stem.name):
                    self.spoil_and_repair((self.object_of(leaf) / name).unlink)

    def test_every_file_changed(self):
        for name in ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"):
            path = self.object_of(self.web) / name
            other = self.object_of(self.new) / name
            with self.subTest(name):
                if name != "chain.pem":
                    self.spoil_and_repair(lambda: path.write_bytes(other.read_bytes()))
                self.spoil_and_repair(lambda: path.write_bytes(b""))
                self.spoil_and_repair(lambda: path.write_bytes(path.read_bytes()[:-30] + b"x" * 30))

    def test_every_file_with_other_rights(self):
        for name, mode in (("cert.pem", 0o600), ("chain.pem", 0o666), ("fullchain.pem", 0o755),
                           ("privkey.pem", 0o644), ("", 0o700), ("", 0o777)):
            for leaf in (self.web, self.open):
                with self.subTest(name, mode=oct(mode)):
                    self.spoil_and_repair(lambda: (self.object_of(leaf) / name).chmod(mode))

    def test_every_file_replaced_by_something_else(self):
        for name in ("cert.pem", "privkey.pem"):
            path = self.object_of(self.web) / name

            def by_link():
                path.rename(self.folder / "elsewhere")
                path.symlink_to(self.folder / "elsewhere")

            def by_folder():
                path.unlink()
                path.mkdir()

            def by_pipe():
                path.unlink()
                os.mkfifo(path)

            for spoil in (by_link, by_folder, by_pipe):
                with self.subTest(name, how=spoil.__name__):
                    self.spoil_and_repair(spoil)

    def test_object_lost(self):
        self.spoil_and_repair(lambda: shutil.rmtree(self.object_of(self.web)))

    def test_all_objects_lost(self):
        """With their folder; and something else stood in its place."""
        self.apply_edge()
        before = self.contents()
        for planted in (False, True):
            shutil.rmtree(self.store / "objects")
            if planted:
                self.write(str(self.store / "objects"), "planted")
                self.apply_edge(code=1)
                (self.store / "objects").unlink()
            self.verify(code=1)
            self.apply_edge()
            self.assertEqual(self.contents(), before)
            self.verify()

    def test_object_with_a_file_of_others_can_go(self):
        self.apply_edge()
        self.write(str(self.object_of(self.new) / "extra.pem"), "x")
        self.apply(self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"}),
                   "--prune", *self.by_group)
        self.assertFalse(self.object_of(self.new).exists())
        self.verify()

    def test_folder_of_others_in_the_place_of_a_link_is_not_removed(self):
        self.apply_edge()
        current = self.live("local/Default")
        current.unlink()
        kept = self.write(str(current / "precious"), "x")
        self.verify(code=1)
        result = self.apply_edge("-o", "json", code=1)
        self.assertEqual(result.codes(), ["unsafe_store"])
        self.assertEqual(read(kept), b"x")
        shutil.rmtree(current)
        self.apply_edge()
        self.verify()

    def test_what_a_link_shows_that_cannot_be_set_stays_night_after_night(self):
        old, new = (self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                                  file=f"{leaf.cert.stem}.yaml") for leaf in (self.web, self.new))
        other = self.manifest({"path": self.open.pem(), "type": "Internal"}, name="other")
        self.apply(old)
        in_the_way = self.live("local/Default").parent / ".current.new/precious"
        in_the_way.mkdir(parents=True)
        for manifest in (new, new, other, new):
            self.apply(manifest, "--prune", code=1)
            self.assertEqual(read(self.live("local/Default", file="privkey.pem")),
                             read(self.web.key))
        shutil.rmtree(in_the_way.parent)
        self.apply(new, "--prune")
        self.assertFalse(self.object_of(self.web).exists())
        self.verify()

    def test_links_lost_changed_or_replaced(self):
        current, next_ = self.live("local/Default"), self.live("local/Default", "next")
        far = self.live("global/WebServicesExternal@shop")

        def point(link, target):
            link.unlink()
            link.symlink_to(target)

        objects = "../../../objects"
        for spoil in (current.unlink, next_.unlink, far.unlink,
                      lambda: point(current, f"{objects}/{self.new.fingerprint}"),
                      lambda: point(next_, f"{objects}/{self.web.fingerprint}"),
                      lambda: point(current, "/etc"), lambda: point(far, "nowhere")):
            with self.subTest(spoil):
                self.spoil_and_repair(spoil)

    def test_folders_of_live_lost(self):
        self.apply_edge()
        before = self.contents()
        shutil.rmtree(self.store / "live")
        self.verify(code=1)
        self.apply_edge()
        self.assertEqual(self.contents(), before)
        self.verify()

    def test_link_that_the_index_does_not_know(self):
        self.apply_edge()
        stray = self.live("local/Default", "previous")
        stray.symlink_to(f"../../../objects/{self.web.fingerprint}")
        self.verify(code=1)
        self.apply_edge()
        self.assertFalse(stray.is_symlink())
        self.verify()

    def test_lost_key_without_a_source_cannot_be_repaired(self):
        source = self.write("web.pem", read(self.web.pem()))
        manifest = self.manifest({"name": "web", "path": source, "type": "Default"})
        self.apply(manifest)
        (self.object_of(self.web) / "privkey.pem").unlink()
        self.write("web.pem", read(self.web.bare()))
        result = self.apply("-o", "json", manifest, code=1)
        self.assertTrue({"not_repairable", "no_private_key"} & set(result.codes()), result.out)
        self.write("web.pem", read(self.web.pem()))
        self.apply(manifest)
        self.assert_verified()

    def test_what_only_the_history_refers_to_is_repaired(self):
        turns = [self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                               file=f"{number}.yaml")
                 for number, leaf in enumerate((self.web, self.new, self.open))]
        for turn in turns[:2]:
            self.apply(turn)
        for turn in turns[1:]:  # there is nothing else to do, and something
            (self.object_of(self.web) / "privkey.pem").chmod(0o644)
            (self.object_of(self.web) / "chain.pem").write_text("spoilt")
            self.assertEqual(len(self.verify(code=1).codes()), 2)
            self.apply(turn)
            self.verify()
            self.assertEqual(read(self.object_of(self.web) / "privkey.pem"), read(self.web.key))

    def test_what_a_run_lets_go_is_repaired_for_the_history(self):
        self.apply(self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"}))
        (self.object_of(self.web) / "chain.pem").chmod(0o600)
        self.apply(self.manifest({"name": "web", "path": self.new.pem(), "type": "Default"}))
        self.verify()

    def test_leftovers_of_a_killed_run_go_away(self):
        self.apply_edge()
        before = self.contents()
        for name in ("0" * 64, ".new-0123456789abcdef"):
            shutil.copytree(self.object_of(self.web), self.store / "objects" / name)
        self.assertEqual(len(self.verify(code=1).codes()), 2)
        self.apply_edge()
        self.assertEqual(self.contents(), before)
        self.verify()


class Replaced(StoreTest):
    """What a service reads comes into its place by rename, whole, and is never missed there."""

    def watch(self, folder):
        watch = Watch(folder)
        self.addCleanup(watch.close)
        return watch

    def test_links_are_only_ever_renamed_over(self):
        edge = [self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                              file=f"{leaf.stem.name}.yaml") for leaf in (self.web, self.new)]
        self.apply(edge[0])
        watch = self.watch(self.store / "live/local/Default")
        for turn in (1, 0, 1):
            self.apply(edge[turn])
            self.assertEqual([kind for kind, name in watch.events() if name == "current"],
                             ["moved to"])

    def test_objects_and_index_appear_whole(self):
        self.apply(self.manifest({"name": "web", "path": self.web.pem(), "type": "Default"},
                                 file="one.yaml"))
        objects, store = self.watch(self.store / "objects"), self.watch(self.store)
        self.apply_edge()
        came = {name: kind for kind, name in objects.events() if not name.startswith(".")}
        self.assertEqual(came, {self.new.fingerprint: "moved to",
                                self.open.fingerprint: "moved to"})
        kinds = {kind for kind, name in store.events() if name == "index.db"}
        self.assertIn("moved to", kinds)
        self.assertLessEqual(kinds, {"moved to", "moved from"}, "or exchanged")

    def test_repaired_object_is_exchanged(self):
        self.apply_edge()
        (self.object_of(self.web) / "cert.pem").write_text("spoilt")
        objects = self.watch(self.store / "objects")
        inside = self.watch(self.object_of(self.web))
        self.apply_edge()
        self.assertNotIn(("deleted", self.web.fingerprint), objects.events())
        self.assertFalse([event for event in inside.events() if event[0] == "created"])


class Verify(StoreTest):
    def test_sound_store_is_counted(self):
        self.apply_edge()
        found = self.verify().json
        self.assertEqual((found["kind"], found["objects"], found["links"], found["problems"]),
                         ("Verification", 3, 3, []))
        self.assertEqual(self.certroll("verify", *self.by_group).out,
                         "3 objects, 3 links: as the index says.\n")

    def found(self):
        """What verify says, below STORE."""
        return sorted(p["message"].removeprefix(f"{self.store}/")
                      for p in self.verify(code=1).json["problems"])

    def test_each_file_is_named_with_what_is_wrong_with_it(self):
        self.apply_edge()
        web, new, shop = (self.object_of(leaf) for leaf in (self.web, self.new, self.open))
        (web / "privkey.pem").chmod(0o644)
        (web / "cert.pem").write_text("spoilt")
        (web / "chain.pem").unlink()
        (web / "fullchain.pem").unlink()
        (web / "fullchain.pem").mkdir()
        shutil.rmtree(new)
        shop.chmod(0o700)
        (self.store / "objects").chmod(0o755)
        self.assertEqual(self.found(), sorted([
            "objects: its mode is 0755, not 0711",
            f"objects/{web.name}/privkey.pem: its mode is 0644, not 0600",
            f"objects/{web.name}/cert.pem: was changed",
            f"objects/{web.name}/chain.pem: is missing",
            f"objects/{web.name}/fullchain.pem: is no file",
            f"objects/{new.name}: is missing",
            f"objects/{shop.name}: its mode is 0700, not 0755"]))
        self.apply_edge()
        self.verify()

    @unittest.skipIf(os.geteuid() != 0, "an ordinary user cannot give files to others")
    def test_owner_and_group_are_named(self):
        self.apply_edge()
        key = self.object_of(self.open) / "privkey.pem"
        os.chown(key, pwd.getpwnam("daemon").pw_uid, 54321)
        self.assertEqual(self.found(), [
            f"objects/{self.open.fingerprint}/privkey.pem: its group is 54321, not daemon",
            f"objects/{self.open.fingerprint}/privkey.pem: its owner is daemon, not root"])
        self.apply_edge()
        self.verify()

    def test_key_of_a_certificate_without_one_is_named(self):
        bare = pki().leaf("bare")
        edge = self.manifest({"path": bare.bare()})
        self.apply(edge)
        self.write(str(self.object_of(bare) / "privkey.pem"), "x")
        self.assertEqual(self.found(), [f"objects/{bare.fingerprint}/privkey.pem: should not be there"])
        self.apply(edge)
        self.verify()

    def test_each_link_is_named_with_what_is_wrong_with_it(self):
        self.apply_edge()
        current, next_ = self.live("local/Default"), self.live("local/Default", "next")
        objects = "../../../objects"
        current.unlink()
        current.symlink_to("/etc")
        next_.unlink()
        self.live("local/Default", "previous").symlink_to(f"{objects}/{self.web.fingerprint}")
        self.live("local/Default", ".next.new").symlink_to("x")
        (self.store / "live/local").chmod(0o700)
        shutil.rmtree(self.store / "live/global/WebServicesExternal@shop")
        self.assertEqual(self.found(), sorted([
            "live/local: its mode is 0700, not 0755",
            f"live/local/Default/current: points at /etc, not at {objects}/{self.web.fingerprint}",
            "live/local/Default/next: is missing",
            "live/local/Default/previous: should not be there",
            "live/local/Default/.next.new: left over from a run that was killed",
            "live/global/WebServicesExternal@shop: is missing"]))
        self.apply_edge()
        self.verify()
        current.unlink()
        current.mkdir()
        self.assertEqual(self.found(), ["live/local/Default/current: is no link"])

    def test_what_apply_does_not_mend_has_other_advice(self):
        self.apply_edge()
        self.write("store/objects/zzz", "x")
        for name in os.listdir(self.store / "reports"):
            (self.store / "reports" / name).unlink()
        (self.object_of(self.web) / "cert.pem").write_text("spoilt")
        hints = {p["message"].rpartition(": ")[2]: p["hint"] for p in self.verify(code=1).json["problems"]}
        self.assertEqual(len(hints), 4)
        mending = "Run certroll apply --no-cache, which repairs what it can."
        self.assertEqual([what for what, hint in hints.items() if hint == mending],
                         ["was changed"])
        self.assertIn("Remove it", hints["nothing that certroll put there"])
        self.assertIn("Nothing can bring it back", hints["the report is lost"])
        self.apply_edge()
        self.assertTrue((self.store / "objects/zzz").exists())

    def wipe_behind_the_looks(self):
        """The files of a certificate hold other bytes, and look as the index knows them."""
        stamps = []
        for name in "cert.pem", "chain.pem", "fullchain.pem", "privkey.pem":
            path = self.object_of(self.web) / name
            path.write_bytes(bytes(path.stat().st_size))
            status = path.stat()
            stamps += [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            index.execute("UPDATE certificate SET stamps = ? WHERE fingerprint = ?",
                          (struct.pack("=16q", *stamps), bytes.fromhex(self.web.fingerprint)))

    def test_one_file_that_looks_different_makes_the_others_suspect(self):
        self.apply_edge()
        self.wipe_behind_the_looks()
        (self.object_of(self.web) / "chain.pem").unlink()
        self.apply_edge()
        self.verify()

    def test_bytes_that_changed_behind_the_looks_of_a_file_are_mended_without_the_cache(self):
        self.apply_edge()
        self.wipe_behind_the_looks()
        self.assertEqual(len(self.verify(code=1).json["problems"]), 4)
        self.assertEqual(self.apply_edge("-o", "json").actions(), [], "as documented")
        self.apply_edge("--no-cache")
        self.verify()

    def test_verify_and_status_never_write(self):
        self.apply_edge()
        (self.object_of(self.web) / "cert.pem").write_text("spoilt")
        before = fingerprints(self.store)
        self.verify(code=1)
        self.certroll("status")
        self.certroll("history")
        self.certroll("deliver")
        self.assert_unchanged(before)

    def test_store_that_does_not_exist_is_empty(self):
        self.assertEqual(self.verify(code=1).codes(), ["store_failed"])
        self.assertEqual(self.status()["slots"], [])
        self.assertEqual(self.history(), [])
        self.assertIn("No run", self.certroll("history").out)
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    main()
