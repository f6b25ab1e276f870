"""certroll verify --rebuild: an index that is lost or damaged, made anew from what is there."""
import contextlib
import functools
import grp
import os
import random
import resource
import shutil
import sqlite3
import stat
import time
import unittest

from harness import CliTest, fingerprints, main, pki
from inotify import Watch
from pki import instant, rfc3339

SLOTS = ("live/local/Default", "live/local/External", "live/global/WebServicesExternal@shop",
         "live/local/OAuthTokenIssuer", "live/local/Internal")


class Rebuild(CliTest):
    """A store with all that there can be in one: of two manifests and of import; a roll that is
    staged, one that was made, a date ahead that nobody sees, a key for the service group, and
    something that is assigned to nothing."""

    def setUp(self):
        super().setUp()
        names = ("web", "new", "old", "young", "shop", "later", "held", "hand")
        self.leaf = {name: pki().leaf(name, dns=["a.example.com"]) for name in names}
        leaf = {name: each.pem() for name, each in self.leaf.items()}
        self.edge = self.manifest(
            {"name": "web", "path": leaf["web"], "type": "Default", "private_key_exportable": True},
            {"name": "new", "path": leaf["new"], "type": "Default", "roll": True,
             "effective_date": self.day(100)},
            {"name": "held", "path": leaf["held"]}, name="edge")
        self.auth = self.manifest(
            {"name": "old", "path": leaf["old"], "type": "OAuthTokenIssuer"},
            {"name": "young", "path": leaf["young"], "type": "OAuthTokenIssuer", "roll": True,
             "effective_date": self.day(-2)},
            {"name": "shop", "path": leaf["shop"], "scope": "global",
             "type": "WebServicesExternal@shop"},
            {"name": "later", "path": leaf["later"], "type": "Internal",
             "effective_date": self.day(50)}, name="auth")
        self.both = (self.edge, self.auth)
        self.group_option = ("--service-group", self.group())

    @staticmethod
    def day(days):
        return rfc3339(instant(days))

    def run_all(self, *options, **more):
        return self.apply(*self.both, *self.group_option, "-o", "json", *options, **more)

    def make(self):
        self.run_all()
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External",
                      *self.group_option)
        self.run_all()
        return self.status()

    def lose(self, *names):
        for name in names or ("index.db", "index.db.spare"):
            (self.store / name).unlink()

    def damage(self, name="index.db"):
        (self.store / name).write_bytes(b"no database\n" * 4096)

    def rebuild(self, code=0):
        return self.certroll("verify", "--rebuild", "-o", "json", *self.group_option, code=code)

    def key_mode(self, name):
        return stat.S_IMODE((self.object_of(self.leaf[name]) / "privkey.pem").stat().st_mode)

    def contents(self):
        """What services read: every path in live/ and what is in it, with its rights."""
        found = {}
        for path in sorted((self.store / "live").rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.store))] = (os.readlink(path), {
                    each.name: (each.read_bytes(), oct(each.stat().st_mode), each.stat().st_gid)
                    for each in sorted(path.iterdir())})
        return found

    @contextlib.contextmanager
    def nothing_vanishes(self):
        """No link, and nothing that one leads to, is missing for a moment meanwhile."""
        before = self.contents()
        watches = [Watch(self.store / slot) for slot in SLOTS if (self.store / slot).exists()]
        objects = Watch(self.store / "objects")
        yield
        events = [event for watch in watches for event in watch.events()]
        gone = [name for kind, name in objects.events()
                if kind == "deleted" and not name.startswith(".new-")]
        for watch in [*watches, objects]:
            watch.close()
        self.assertEqual(([], []), (events, gone))
        self.assertEqual(before, self.contents())

    def assert_converges(self, before):
        """The next run of all manifests gives the state that there would have been."""
        self.run_all()
        after = self.status()
        for each in before, after:
            each.pop("at", None)
        self.assertEqual(self.without_times(before), self.without_times(after))
        again = self.run_all()
        self.assertEqual(([], ["empty_until_effective"]), (again.actions(), again.codes()))
        self.certroll("verify", *self.group_option)

    @staticmethod
    def without_times(status):
        return {"slots": status["slots"], "unassigned": status["unassigned"]}


class Recalled(Rebuild):
    """The generation before is still there: nothing is lost but what the last change made."""

    def assert_nothing_is_lost(self, before):
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()), str(result))
        self.assertTrue(result.json["rebuilt"])
        self.assertNotIn("owner_unknown", result.codes())
        self.assertIn("index_rebuilt", result.codes())
        plan = self.plan(*self.both, *self.group_option)
        self.assertEqual(([], ["empty_until_effective"]), (plan.actions(), plan.codes()))
        return result

    def test_lost(self):
        before = self.make()
        runs = [run["run"]["run_id"] for run in self.history()]
        self.lose("index.db")
        self.assert_nothing_is_lost(before)
        self.assertEqual(runs, [run["run"]["run_id"] for run in self.history()])
        self.assert_converges(before)

    def test_damaged(self):
        before = self.make()
        self.damage()
        self.assert_nothing_is_lost(before)
        self.assert_converges(before)

    def test_who_may_read_a_key_is_what_its_mode_says(self):
        """The generation before the last change does not know of it."""
        for before, after, mode in (True, False, 0o600), (False, True, 0o640):
            with self.subTest(after=after):
                for exportable in before, after:
                    if (self.store / "index.db").exists():
                        shutil.copy(self.store / "index.db", self.folder / "before.db")
                    self.apply(self.manifest({"name": "web", "path": self.leaf["web"].pem(),
                                              "type": "Default",
                                              "private_key_exportable": exportable}),
                               *self.group_option)
                self.lose("index.db")
                shutil.move(self.folder / "before.db", self.store / "index.db.spare")
                self.assertEqual(self.key_mode("web"), mode)
                self.rebuild()
                self.assertEqual(self.key_mode("web"), mode)

    def test_what_is_damaged_is_said_on_one_line(self):
        self.make()
        index = self.store / "index.db"
        content = bytearray(index.read_bytes())
        content[32 * 1024:48 * 1024] = b"no page\n" * 2048
        index.write_bytes(content)
        result = self.certroll("verify", code=1)
        self.assertRegex(result.err, r"index\.db is damaged \([^\\*]+\) \[store_damaged\]\n")
        self.assertNotIn("\\x0A", result.err)

    def test_damaged_alone(self):
        """Of one whose tables but one can be read, those are."""
        before = self.make()
        self.lose("index.db.spare")
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.execute("DROP TABLE content")
            index.commit()
        self.certroll("verify", code=1)
        self.assert_nothing_is_lost(before)
        self.assert_converges(before)

    def test_generation_that_cannot_be(self):
        """It is counted on from one that can."""
        before = self.make()
        for generation in (2**63 - 1, 2**53 + 1, -1):
            with self.subTest(generation=generation):
                with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
                    index.execute("UPDATE meta SET generation = ?", (generation,))
                self.assertIn("its generation cannot be", self.certroll("status", code=1).err)
                self.rebuild()
                self.assert_converges(before)
                for each in self.store.glob("index.db.damaged-*"):
                    each.unlink()


class Replayed(Rebuild):
    """No index is left, but the texts of the kept runs are."""

    def test_owners_entries_and_dates_are_known(self):
        before = self.make()
        self.lose()
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual(self.without_times(before), self.without_times(self.status()))
        self.assertEqual(result.codes(), ["index_rebuilt", "index_rebuilt"])
        self.assertIn("which reports waited to be sent is not known", result.err)
        self.assertEqual(len(self.history()), 2)
        with self.nothing_vanishes():
            self.assertEqual(self.run_all().codes(), ["empty_until_effective"])
        self.assert_converges(before)

    def test_what_has_left_its_slot_is_nobodys_no_more(self):
        """A certificate that was relieved is kept as long as the runs that tell of it are."""
        self.make()
        other = self.manifest({"name": "web", "path": pki().leaf("other").pem(), "type": "Default"})
        self.apply(other, self.auth, *self.group_option)
        before = self.status()
        self.lose()
        self.assertNotIn("owner_unknown", self.rebuild().codes())
        self.assertTrue(self.object_of(self.leaf["web"]).is_dir())
        self.assertEqual(self.without_times(before), self.without_times(self.status()))

    def test_key_of_what_is_assigned_to_nothing_stays_readable(self):
        self.apply(self.manifest({"name": "held", "path": self.leaf["held"].pem(),
                                  "private_key_exportable": True}, name="one"), *self.group_option)
        self.lose()
        self.rebuild()
        result = self.apply(self.manifest({"name": "web", "path": self.leaf["web"].pem(),
                                           "type": "Default"}, name="two"),
                            *self.group_option, "-o", "json")
        self.assertNotIn("access", [action[0] for action in result.actions()])
        self.assertEqual(self.key_mode("held"), 0o640)

    def test_what_is_no_run_of_ours_becomes_none(self):
        self.make()
        runs = {run["run"]["run_id"] for run in self.history()}
        for name in ("readme.html", "notes.json", "20261399T250000Z-abcdef.json"):
            self.write(str(self.store / "reports" / name), "{}")
        self.lose()
        self.rebuild()
        self.assertEqual(runs, {run["run"]["run_id"] for run in self.history()})

    def test_text_that_cannot_be_read_tells_nothing(self):
        self.make()
        self.lose()
        for i, text in enumerate((self.store / "reports").glob("*.json")):
            text.write_text(["[" * 9999, '{"run_id": 1, "actions": {"a": 1}}'][i % 2])
        self.assertIn("owner_unknown", self.rebuild().codes())
        self.assertEqual({slot["owner"] for slot in self.status()["slots"]}, {None})


class Forgotten(Rebuild):
    """Objects and links are all there is."""

    def test_next_run_of_all_manifests_converges(self):
        before = self.make()
        self.lose()
        shutil.rmtree(self.store / "reports")
        with self.nothing_vanishes():
            result = self.rebuild()
        self.assertEqual({slot["owner"] for slot in self.status()["slots"]}, {None})
        with self.nothing_vanishes():
            codes = self.run_all().codes()
        self.assertEqual(codes, ["empty_until_effective"] + 4 * ["owner_unknown"])
        self.certroll("import", "--path", self.leaf["hand"].pem(), "--type", "External",
                      *self.group_option)
        self.assert_converges(before)

    def test_what_no_manifest_lists_is_kept_until_it_is_pruned(self):
        self.make()
        self.lose()
        shutil.rmtree(self.store / "reports")
        self.rebuild()
        other = self.manifest({"name": "other", "path": pki().leaf("other").pem(),
                               "type": "UserDefined"}, name="other")
        pruned = self.plan("--prune", other)
        self.assertEqual(set(pruned.codes()), {"owner_unknown"})
        self.assertNotIn("remove", [action[0] for action in pruned.actions()])
        self.run_all()
        self.assertEqual([slot["type"] for slot in self.status()["slots"] if not slot["owner"]],
                         ["External"])
        result = self.run_all("--prune", "--take-over")
        self.assertIn(("remove", None, "External"), result.actions())
        self.assertFalse((self.store / "live/local/External").exists())
        self.assertNotIn("owner_unknown", self.run_all().codes())


class Broken(Rebuild):
    """Not only the index is damaged."""

    def setUp(self):
        super().setUp()
        self.before = self.make()

    def web(self, name):
        return self.object_of(self.leaf["web"]) / name

    def aside(self):
        """The folder of what did not hold: for its owner alone."""
        folder, = self.store.glob("damaged-*")
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        return folder

    def check_secrets(self):
        """A private key that was set aside is one still."""
        for folder in self.store.glob("damaged-*"):
            shutil.rmtree(folder)
        super().check_secrets()

    def test_object_that_is_none_is_set_aside_and_said(self):
        for recalled in (True, False):
            with self.subTest(recalled=recalled):
                key = self.web("privkey.pem").read_bytes()
                for name in ("cert.pem", "fullchain.pem"):
                    self.web(name).write_text("nothing\n")
                self.lose(*["index.db"] if recalled else [])
                result = self.rebuild(code=1)
                self.assertIn(f"objects/{self.leaf['web'].fingerprint}: it is not the certificate "
                              "of that name", result.err)
                self.assertIn("live/local/Default: its current certificate "
                              f"{self.leaf['web'].fingerprint} is lost", result.err)
                self.assertEqual((self.aside() / self.leaf["web"].fingerprint /
                                  "privkey.pem").read_bytes(), key)
                self.assertEqual(self.slots()["local/Default"],
                                 (None, [self.leaf["new"].fingerprint], None))
                shutil.rmtree(self.aside())
                self.assert_converges(self.before)

    def test_file_that_was_changed_is_mended_from_the_others(self):
        for name in ("cert.pem", "chain.pem", "fullchain.pem"):
            for content in (b"nothing\n", b"", None):
                with self.subTest(name=name, content=content):
                    whole = self.web(name).read_bytes()
                    self.web(name).unlink()
                    if content is not None:
                        self.web(name).write_bytes(content)
                    self.damage()
                    result = self.rebuild(code=1)
                    self.assertIn("a file was changed or lost, and is mended", result.err)
                    self.assertEqual(self.web(name).read_bytes(), whole)
                    kept = self.aside() / self.leaf["web"].fingerprint / name
                    self.assertEqual(kept.read_bytes() if kept.exists() else None, content)
                    self.certroll("verify", *self.group_option)
                    shutil.rmtree(self.aside())
                    for each in self.store.glob("index.db.damaged-*"):
                        each.unlink()
        self.assert_converges(self.before)

    def test_key_of_another_is_not_served(self):
        theirs = (self.object_of(self.leaf["new"]) / "privkey.pem").read_bytes()
        self.web("privkey.pem").write_bytes(theirs)
        self.lose()
        result = self.rebuild(code=1)
        self.assertIn(f"objects/{self.leaf['web'].fingerprint}: its private key is lost", result.err)
        self.assertFalse(self.web("privkey.pem").exists())
        kept = self.aside() / self.leaf["web"].fingerprint / "privkey.pem"
        self.assertEqual(kept.read_bytes(), theirs)
        self.certroll("verify", *self.group_option)
        self.assertIn(("import", "web", None), self.run_all().actions())
        self.assert_converges(self.before)

    def test_key_that_was_lost_comes_with_the_next_run(self):
        """The index before knows the source: it is opened all the same."""
        key = self.web("privkey.pem").read_bytes()
        self.web("privkey.pem").unlink()
        self.lose("index.db")
        result = self.rebuild(code=1)
        self.assertIn(f"objects/{self.leaf['web'].fingerprint}: its private key is lost", result.err)
        self.assertIn(("import", "web", None), self.run_all().actions())
        self.assertEqual(self.web("privkey.pem").read_bytes(), key)
        self.assert_converges(self.before)

    def test_certificate_under_the_name_of_another(self):
        mine, other = self.object_of(self.leaf["web"]), self.object_of(self.leaf["new"])
        shutil.rmtree(mine)
        shutil.copytree(other, mine)
        self.lose()
        self.rebuild(code=1)
        self.assertEqual(self.slots()["local/Default"][0], None)
        self.assert_converges(self.before)

    def test_where_it_fails_all_is_served_as_before(self):
        """Also what does not hold: nothing is taken away before there is an index."""
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        self.live("local/External").unlink()
        self.live("local/External").symlink_to(elsewhere)
        for name in ("cert.pem", "fullchain.pem"):
            self.web(name).write_text("nothing\n")
        (self.store / "index.db.new" / "/".join("not to be removed by it")).mkdir(parents=True)
        self.lose()
        served = self.contents()
        self.assertNotIn("made anew", self.rebuild(code=1).err)
        self.assertEqual(served, self.contents())
        shutil.rmtree(self.store / "index.db.new")
        for each in self.store.glob("damaged-*"):
            shutil.rmtree(each)
        (self.web("mine") / "too").mkdir(parents=True)
        self.rebuild(code=1)
        self.assertEqual({"cert.pem", "chain.pem", "fullchain.pem", "mine", "privkey.pem"},
                         {each.name for each in
                          (self.aside() / self.leaf["web"].fingerprint).iterdir()})
        self.assertTrue((self.aside() / self.leaf["web"].fingerprint / "mine/too").is_dir())
        self.assertFalse(self.object_of(self.leaf["web"]).exists())
        self.assertEqual(os.readlink(self.aside() / "local.External.current"), str(elsewhere))

    def test_what_is_no_file_is_not_followed(self):
        """Links and folders where files should be; what they lead to is neither read nor moved."""
        outside = self.write("outside", self.leaf["shop"].cert.read_bytes())
        for name in ("cert.pem", "fullchain.pem", "privkey.pem"):
            self.web(name).unlink()
        self.web("cert.pem").symlink_to(outside)
        self.web("fullchain.pem").mkdir()
        os.mkfifo(self.web("privkey.pem"))
        self.lose()
        self.rebuild(code=1)
        self.assertTrue(os.path.exists(outside))
        self.assert_converges(self.before)

    def test_link_that_leads_elsewhere_is_set_aside(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        for slot, target in (("Default", elsewhere), ("External", "../../../objects/none")):
            self.live(f"local/{slot}").unlink()
            self.live(f"local/{slot}").symlink_to(target)
        self.lose()
        shutil.rmtree(self.store / "reports")
        result = self.rebuild(code=1)
        self.assertEqual(result.err.count("it leads to no object"), 2)
        self.assertEqual(os.readlink(self.aside() / "local.Default.current"), str(elsewhere))
        self.assertEqual(self.slots()["local/Default"][0], None)
        self.assertEqual(list(elsewhere.iterdir()), [])
        self.certroll("verify", *self.group_option)

    def test_link_to_an_object_that_is_spelt_otherwise_is_one(self):
        """Nothing but the link knows what is current: it is written anew, and never missing."""
        web = self.object_of(self.leaf["web"])
        link = self.live("local/Default")
        for target in (web, f"../../../objects/{web.name}/", f"../../../live/../objects/{web.name}"):
            with self.subTest(target=target):
                link.unlink()
                link.symlink_to(target)
                for index in self.store.glob("index.db*"):
                    index.unlink()
                shutil.rmtree(self.store / "reports", ignore_errors=True)
                watch = Watch(link.parent)
                self.rebuild()
                self.assertEqual([name for kind, name in watch.events()
                                  if kind in ("deleted", "moved from") and name == "current"], [])
                watch.close()
                self.assertEqual(os.readlink(link), f"../../../objects/{web.name}")
                self.assertEqual(self.slots()["local/Default"][0], web.name)

    def test_who_may_read_a_key_stays(self):
        """Who rebuilds may have left out the group that apply is given: it is said, not changed."""
        others = [1 + grp.getgrnam(self.group()).gr_gid] if os.geteuid() == 0 else [
            gid for gid in os.getgroups() if gid != os.getegid()]
        names = [each.gr_name for each in grp.getgrall() if each.gr_gid in others]
        if not names:
            self.skipTest("this user has no second group")
        before = self.web("privkey.pem").stat()
        for left in ("reports", "nothing"):
            with self.subTest(left=left):
                for index in self.store.glob("index.db*"):
                    index.unlink()
                if left == "nothing":
                    shutil.rmtree(self.store / "reports")
                result = self.certroll("verify", "--rebuild", "--service-group", names[0], code=1)
                self.assertIn("privkey.pem: its group is ", result.err)
                after = self.web("privkey.pem").stat()
                self.assertEqual((oct(before.st_mode), before.st_gid),
                                 (oct(after.st_mode), after.st_gid))
        self.run_all()
        self.certroll("verify", *self.group_option)

    @unittest.skipIf(os.geteuid() == 0, "root may read all")
    def test_slot_that_cannot_be_read_is_not_one_that_is_not_there(self):
        for folder in (self.store / "live/local/Default", self.store / "live/local"):
            with self.subTest(folder=folder.name):
                self.damage()
                before = (self.store / "index.db").read_bytes()
                folder.chmod(0)
                result = self.rebuild(code=1)
                folder.chmod(0o755)
                self.assertIn("live: cannot read it: Permission denied", result.err)
                self.assertEqual((self.store / "index.db").read_bytes(), before)
        self.rebuild()
        self.assert_converges(self.before)

    def plant(self):
        """A link to elsewhere that services can read, a folder in the place of one, and an object
        that is not the certificate of its name."""
        elsewhere = self.folder / "elsewhere"
        shutil.copytree(self.object_of(self.leaf["web"]), elsewhere)
        self.live("local/Default").unlink()
        self.live("local/Default").symlink_to(elsewhere)
        self.live("local/External").unlink()
        shutil.copytree(elsewhere, self.live("local/External"))
        for name in ("cert.pem", "fullchain.pem"):
            shutil.copy(elsewhere / name, self.object_of(self.leaf["shop"]))

    def test_where_it_fails_nothing_is_set_aside(self):
        self.plant()
        self.damage()
        before = [fingerprints(self.store / part) for part in ("live", "objects")]
        limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (2000, 2000))
        self.certroll("verify", "--rebuild", *self.group_option, code=1, preexec_fn=limit)
        after = [fingerprints(self.store / part) for part in ("live", "objects")]
        self.assertEqual([set(part) for part in before], [set(part) for part in after])
        self.assertTrue(all(self.live(f"local/{slot}").exists() for slot in ("Default", "External")))
        self.rebuild(code=1)
        self.assertEqual(len(list(self.aside().iterdir())), 3)

    def test_link_that_leads_elsewhere_stays_until_another_takes_its_place(self):
        self.plant()
        self.damage()
        watch = Watch(self.live("local/Default").parent)
        self.rebuild(code=1)
        self.assertEqual([name for kind, name in watch.events()
                          if kind in ("deleted", "moved from") and name == "current"], [])
        watch.close()
        self.assertEqual(os.readlink(self.aside() / "local.Default.current"),
                         str(self.folder / "elsewhere"))
        self.assertEqual(self.slots()["local/Default"][0], self.leaf["web"].fingerprint)

    def test_links_that_were_lost_are_set_again_where_the_index_tells_of_them(self):
        for table in ("run", "outbox", "run_certificate", "holding", "source", "meta"):
            with self.subTest(table=table):
                shutil.rmtree(self.store / "live/local/Default")
                with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
                    index.execute(f"DROP TABLE {table}")
                    index.commit()
                self.rebuild()
                self.assertEqual(self.slots()["local/Default"],
                                 (self.leaf["web"].fingerprint, [self.leaf["new"].fingerprint], None))
                self.assert_converges(self.before)
                for each in self.store.glob("index.db.damaged-*"):
                    each.unlink()

    def check_missed(self, *lost):
        """A slot whose links are gone, as the index is: it is said, and its keys stay."""
        shutil.rmtree(self.store / "live/local/OAuthTokenIssuer")
        self.lose(*lost)
        result = self.rebuild()
        told, = [problem["message"] for problem in result.json["problems"]
                 if "links are lost" in problem["message"]]
        self.assertIn("live/local/OAuthTokenIssuer: ", told)
        kept = {each["fingerprint"] for each in self.status()["unassigned"]}
        for name in "old", "young":
            self.assertIn(self.leaf[name].fingerprint, kept)
            self.assertTrue((self.object_of(self.leaf[name]) / "privkey.pem").exists())
        self.assert_converges(self.before)

    def test_slot_without_links_that_the_spare_tells_of(self):
        self.check_missed("index.db")

    def test_slot_without_links_that_only_texts_tell_of(self):
        self.check_missed()

    def test_slot_that_was_removed_is_not_missed(self):
        self.manifest(name="auth")
        self.run_all("--prune", "--allow-empty")
        self.lose()
        self.assertNotIn("links are lost", self.rebuild().err)

    def test_what_is_to_be_done_next_is_said(self):
        self.lose()
        self.assertIn("Apply all manifests next", self.certroll(
            "verify", "--rebuild", *self.group_option).out)

    def test_any_damage_of_both_indexes(self):
        """Bytes that were changed anywhere: what verify then says is mended, and the next run
        converges. The seed is said where it fails."""
        seed = int(os.environ.get("CERTROLL_SEED", time.time_ns() % 1000000))
        chance = random.Random(seed)
        whole = {name: (self.store / name).read_bytes() for name in ("index.db", "index.db.spare")}
        rebuilt = 0
        for turn in range(int(os.environ.get("CERTROLL_TURNS", 12))):
            with self.subTest(seed=seed, turn=turn):
                for name in whole:
                    content = bytearray((self.store / name).read_bytes())
                    for _ in range(chance.choice((1, 3, 30))):
                        at = chance.randrange(len(content))
                        length = chance.choice((1, 16, 4096))
                        content[at:at + length] = chance.randbytes(len(content[at:at + length]))
                    (self.store / name).write_bytes(content[:chance.choice((None, None, -7, 5000))])
                served = self.contents()
                first = self.certroll("verify", *self.group_option, code=None)
                result = self.certroll("verify", "--rebuild", "-o", "json", *self.group_option,
                                       code=None)
                rebuilt += result.json.get("rebuilt", False)
                if result.code != 0 and "written by another version" in result.err:
                    (self.store / "index.db").write_bytes(b"")
                    self.rebuild()
                elif first.code != 0:
                    self.assertEqual(result.code, 0, str(result))
                self.assertEqual(served, self.contents(), str(result))
                self.run_all()
                self.certroll("verify", *self.group_option)
                for each in self.store.glob("index.db.damaged-*"):
                    each.unlink()
        self.assertGreater(rebuilt, 0)


class Refused(Rebuild):
    def assert_left_alone(self, code, *arguments):
        before = fingerprints(self.store)
        result = self.certroll("verify", "--rebuild", "-o", "json", *self.group_option, *arguments,
                               code=code)
        self.assert_unchanged(before, spare=("lock",) if code else ())
        return result

    def test_sound_index_is_left_alone(self):
        self.make()
        result = self.assert_left_alone(0)
        self.assertEqual((result.json["rebuilt"], result.codes()), (False, []))
        text = self.certroll("verify", "--rebuild", *self.group_option).out
        self.assertRegex(text, r"\A8 objects, \d+ links: as the index says\.\n\Z")

    def test_damage_of_objects_is_no_damage_of_the_index(self):
        self.make()
        (self.object_of(self.leaf["web"]) / "cert.pem").write_text("nothing\n")
        self.assertEqual(self.assert_left_alone(1).codes(), ["store_damaged"])

    def test_second_time_changes_nothing(self):
        self.make()
        self.damage()
        self.assertTrue(self.rebuild().json["rebuilt"])
        kept, = self.store.glob("index.db.damaged-*")
        self.assertEqual(kept.read_bytes()[:11], b"no database")
        self.assertFalse(self.assert_left_alone(0).json["rebuilt"])

    def test_what_was_kept_in_the_same_second_stays(self):
        self.make()
        now = time.time()
        for second in range(60):
            name = time.strftime("damaged-%Y%m%dT%H%M%SZ", time.gmtime(now + second))
            (self.store / name).mkdir()
            (self.store / f"index.db.{name}-2").write_bytes(b"kept")
        self.damage()
        self.rebuild()
        kept, = self.store.glob("index.db.damaged-*-3")
        self.assertTrue(kept.read_bytes().startswith(b"no database"))

    def test_index_of_a_later_version_is_left_alone(self):
        self.make()
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index:
            index.execute("PRAGMA user_version = 99")
        self.assertEqual(self.assert_left_alone(1).codes(), ["store_failed"])

    def test_where_there_is_no_store_none_is_made(self):
        result = self.certroll("verify", "--rebuild", code=1)
        self.assertIn("there is no store at", result.err)
        self.assertFalse(self.store.exists())

    def test_it_waits_for_the_lock(self):
        import fcntl
        self.make()
        self.damage()
        with open(self.store / "lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.assert_left_alone(1, "--lock-timeout", "0")
        self.assertEqual(result.codes(), ["store_locked"])

    def test_what_is_known_to_be_anothers_is_not_adopted(self):
        self.make()
        self.damage()
        self.rebuild()
        thief = self.manifest({"name": "web", "path": self.leaf["web"].pem(), "type": "Default"},
                              name="thief")
        self.assertIn("owned_by_other", self.plan(thief, code=1).codes())


class Interrupted(Rebuild):
    def test_killed_at_any_instant_it_can_be_begun_again(self):
        """Whenever it is killed, all that is served is, and the next one comes to the same end."""
        before = self.make()
        started = time.monotonic()
        self.damage()
        self.rebuild()
        took = time.monotonic() - started
        chance, killed = random.Random(7), 0
        for _ in range(int(os.environ.get("CERTROLL_TURNS", 12))):
            self.damage()
            served = self.contents()
            run = self.start("verify", "--rebuild", *self.group_option)
            time.sleep(chance.random() * took)
            run.kill()
            run.communicate()
            killed += run.returncode == -9
            self.assertEqual(served, self.contents())
            for each in self.store.glob("index.db.damaged-*"):
                each.unlink()
            result = self.certroll("verify", "--rebuild", *self.group_option, code=None)
            self.assertNotIn("owner_unknown", result.err)
            if result.code:  # it was killed once the index was there: the next run removes the rest
                self.assertEqual(result.err.count("[store_damaged]"), result.err.count("left over"))
                self.run_all("--prune", "--no-cache")
            self.certroll("verify", *self.group_option)
        self.assertGreater(killed, 0)
        self.assert_converges(before)

    def test_reports_that_waited_go_out(self):
        for name in ("index.db", "index.db.spare"):
            with self.subTest(lost=name):
                listener = self.listener()
                listener.close()
                self.run_all("--report-url", listener.url, code=1)
                waiting = [each["run"] for each in self.status()["outbox"]]
                self.assertEqual(len(waiting), 1)
                self.lose(name)
                self.rebuild()
                self.assertEqual(waiting, [each["run"] for each in self.status()["outbox"]])
                self.certroll("deliver", "--drop", listener.url)


if __name__ == "__main__":
    main()
