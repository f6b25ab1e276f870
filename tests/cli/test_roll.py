"""Rolls across their dates, with the clock moved."""
import os

from harness import CliTest, fingerprints, main, needs_clock, pki


@needs_clock
class Roll(CliTest):
    """old: until 2031-03-01; new: takes over on 2031-02-01; last: on 2031-12-01."""

    BEFORE, ON, OVERLAP, AFTER, LATER = (
        "2031-01-10T08:00:00Z", "2031-02-01T02:00:00Z", "2031-02-10T08:00:00Z",
        "2031-03-02T08:00:00Z", "2031-12-24T18:00:00Z")
    SLOT = "local/WebServicesExternal"

    def setUp(self):
        super().setUp()
        self.old = pki().leaf("old", "2030-01-01", "2031-03-01", dns=["a.example.com"])
        self.new = pki().leaf("new", "2031-01-01", "2032-03-01", dns=["a.example.com"])
        self.last = pki().leaf("last", "2031-06-01", "2032-06-01", dns=["a.example.com"])
        self.edge = self.manifest(
            self.entry(self.old),
            self.entry(self.new, effective_date="2031-02-01T03:00:00+01:00", roll=True),
            self.entry(self.last, effective_date="2031-12-01", roll=True))

    def entry(self, leaf, **more):
        return {"name": leaf.stem.name, "path": leaf.pem(), "type": "WebServicesExternal", **more}

    def read(self, place):
        """The certificate that a service finds at a place, or None; the pair must match."""
        try:
            cert = (self.live(self.SLOT, place, "cert.pem")).read_bytes()
            key = (self.live(self.SLOT, place, "privkey.pem")).read_bytes()
        except FileNotFoundError:
            return None
        leaf = next(leaf for leaf in (self.old, self.new, self.last)
                    if leaf.cert.read_bytes() == cert)
        self.assertEqual(key, leaf.key.read_bytes())
        return leaf

    def places(self):
        return tuple(self.read(place) for place in ("current", "next", "previous"))

    def test_night_by_night(self):
        self.apply(self.edge, at=self.BEFORE)
        self.assertEqual(self.places(), (self.old, self.new, None))
        self.apply(self.edge, at="2031-02-01T01:59:50Z")
        self.assertEqual(self.places(), (self.old, self.new, None))
        result = self.apply("-o", "json", self.edge, at=self.ON)
        self.assertEqual([a["action"] for a in result.json["actions"]], ["activate"])
        self.assertEqual(self.places(), (self.new, self.last, self.old))
        self.apply(self.edge, at=self.OVERLAP)
        self.assertEqual(self.places(), (self.new, self.last, self.old))
        result = self.apply("-o", "json", self.edge, at=self.AFTER)
        self.assertEqual([a["action"] for a in result.json["actions"]], ["retire"])
        self.assertEqual(self.places(), (self.new, self.last, None))
        self.apply(self.edge, at=self.LATER)
        self.assertEqual(self.places(), (self.last, None, self.new))
        self.certroll("verify", at=self.LATER)

    def test_skipped_nights_and_a_new_store_end_the_same(self):
        for last, moments in ((self.BEFORE, []), (self.OVERLAP, [self.BEFORE, self.ON]),
                              (self.AFTER, [self.BEFORE, self.ON, self.OVERLAP]),
                              (self.LATER, [self.BEFORE, self.ON, self.OVERLAP, self.AFTER])):
            stores = {"nightly": moments, "skipped": moments[:1], "anew": []}
            shown = {}
            for name, nights in stores.items():
                store = self.folder / f"{name}-{last[:10]}"
                for night in [*nights, last]:
                    self.apply(self.edge, at=night, store=store)
                shown[name] = self.certroll("status", "-o", "json", store=store, at=last).out
                self.assertEqual(self.apply("-o", "json", self.edge, at=last,
                                            store=store).actions(), [])
            self.assertEqual(shown["nightly"], shown["skipped"], last)
            self.assertEqual(shown["nightly"], shown["anew"], last)

    def test_second_run_at_each_stage_changes_nothing(self):
        for moment in (self.BEFORE, self.ON, self.OVERLAP, self.AFTER, self.LATER):
            self.apply(self.edge, at=moment)
            before = fingerprints(self.store)
            self.apply(self.edge, at=moment)
            self.assert_unchanged(before)

    def test_entry_without_roll_is_a_clean_cut(self):
        edge = self.manifest(self.entry(self.old),
                             self.entry(self.new, effective_date="2031-02-01"))
        self.apply(edge, at=self.BEFORE)
        self.assertEqual(self.places(), (self.old, None, None))
        self.assertEqual(self.slots()[self.SLOT],
                         (self.old.fingerprint, [self.new.fingerprint], None))
        self.apply(edge, at=self.OVERLAP)
        self.assertEqual(self.places(), (self.new, None, None))

    def test_plan_says_what_becomes_of_the_old_one(self):
        self.apply(self.edge, at=self.BEFORE)

        def reason(manifest, at):
            return [a["reason"] for a in self.plan(manifest, at=at).json["actions"]
                    if a["fingerprint"] == self.new.fingerprint]
        cut = self.manifest(self.entry(self.old),
                            self.entry(self.new, effective_date="2031-02-01T02:00:00Z"),
                            file="cut.yaml")
        since = "in effect since 2031-02-01T02:00:00Z; the old one "
        self.assertEqual(reason(self.edge, self.ON),
                         [f"{since}stays as previous until 2031-03-01T00:00:00Z"])
        self.assertEqual(reason(cut, self.ON), [f"{since}leaves the slot"])
        self.apply(self.edge, at=self.ON)
        self.assertEqual(reason(cut, self.OVERLAP),
                         ["it has no roll any more; the previous one leaves the slot"])
        self.apply(cut, at=self.OVERLAP)
        self.assertEqual(self.places(), (self.new, None, None))

    def test_sources_of_what_is_over_are_not_needed(self):
        self.apply(self.edge, at=self.OVERLAP)
        gone = self.manifest(
            self.entry(self.old) | {"path": "gone.pem"},
            self.entry(self.new, effective_date="2031-02-01T03:00:00+01:00", roll=True),
            self.entry(self.last, effective_date="2031-12-01", roll=True))
        result = self.apply("-o", "json", gone, at=self.LATER)
        self.assertIn("superseded", result.codes())
        self.assertEqual(self.places(), (self.last, None, self.new))

    def test_moved_dates_and_entries_that_are_gone(self):
        self.apply(self.edge, at=self.BEFORE)
        moved = self.manifest(
            self.entry(self.old),
            self.entry(self.new, effective_date="2031-02-05", roll=True))
        result = self.apply("-o", "json", moved, at=self.BEFORE)
        self.assertEqual([a["action"] for a in result.json["actions"]], ["reschedule", "cancel"])
        self.assertEqual(self.places(), (self.old, self.new, None))
        self.apply(self.manifest(self.entry(self.old)), at=self.BEFORE)
        self.assertEqual(self.places(), (self.old, None, None))

    def test_dates_in_between_are_shown(self):
        self.apply(self.edge, at=self.BEFORE)
        status = self.certroll("status", at=self.BEFORE).out
        self.assertIn("effective 2031-02-01T02:00:00Z (in 21 days)", status)
        plan = self.certroll("plan", self.edge, "--at", self.AFTER, at=self.BEFORE).out
        self.assertIn("* activate", plan)
        self.certroll("plan", self.edge, "--at", self.AFTER, "--detailed-exitcode", at=self.BEFORE,
                      code=2)

    def test_saved_plan_goes_stale_with_a_date(self):
        self.apply(self.edge, at=self.BEFORE)
        saved = self.folder / "plan.json"
        self.certroll("plan", self.edge, "--out", saved, at=self.BEFORE)
        self.apply("--plan", saved, at="2031-02-01T01:59:00Z")
        result = self.apply("-o", "json", "--plan", saved, at=self.ON, code=1)
        self.assertEqual(result.codes(), ["stale_plan"])
        self.assertEqual(self.places(), (self.old, self.new, None))

    def test_gaps_and_expiry_are_warned_of(self):
        gap = self.manifest(self.entry(self.old),
                            self.entry(self.new, effective_date="2031-03-20", roll=True))
        self.assertEqual(self.plan(gap, at=self.BEFORE).codes(), ["coverage_gap"])
        alone = self.manifest(self.entry(self.old))
        self.assertEqual(self.plan(alone, at=self.OVERLAP).codes(), ["expiring"])
        tokens = self.manifest(
            self.entry(self.old) | {"type": "OAuthTokenIssuer"},
            self.entry(self.new, effective_date="2031-02-28T12:00:00Z", roll=True)
            | {"type": "OAuthTokenIssuer"})
        self.assertEqual(self.plan(tokens, at=self.BEFORE).codes(), ["short_overlap"])

    def test_what_the_slot_held_is_previous_when_no_manifest_lists_it(self):
        self.apply(self.manifest(self.entry(self.old)), at=self.BEFORE)
        edge = self.manifest(
            self.entry(self.new, effective_date="2031-02-01", roll=True))
        self.apply(edge, at=self.BEFORE)
        self.assertEqual(self.places(), (self.old, self.new, None))
        self.apply(edge, at=self.OVERLAP)
        self.assertEqual(self.places(), (self.new, None, self.old))
        self.apply(edge, at=self.AFTER)
        self.assertEqual(self.places(), (self.new, None, None))
        self.certroll("verify", at=self.AFTER)


if __name__ == "__main__":
    main()
