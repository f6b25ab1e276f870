"""The model: what a store must be after an apply, as sections 2 to 4 of the design and the manuals say.

apply(store, manifests, files, options, at) -> (store, failures)

It shares nothing with the program but what both are said to do. It has no plan and no actions: it says
what is, not how to get there. All values are plain tuples and dictionaries, instants are seconds since
1970, and nothing that is handed in is changed.
"""

from typing import NamedTuple, Optional


class Certificate(NamedTuple):
    fingerprint: str
    not_before: int
    not_after: int  # still valid at this second
    key: str  # its key pair: certificates of one word have the same


class File(NamedTuple):
    """What a source gives: a certificate, with its private key or without; or an error."""

    certificate: Optional[Certificate]
    has_key: bool = True
    error: Optional[str] = None


class Entry(NamedTuple):
    name: str
    path: Optional[str] = None
    fingerprint: Optional[str] = None  # in place of path
    types: tuple = ()
    scope: str = "local"
    date: Optional[int] = None
    roll: bool = False
    exportable: bool = False
    allow_expired: bool = False


class Manifest(NamedTuple):
    name: str
    entries: tuple


class Options(NamedTuple):
    prune: bool = False
    allow_empty: bool = False
    take_over: bool = False
    atomic: bool = False


class Claim(NamedTuple):
    """A certificate's place in a slot, and what the entry that put it there said."""

    fingerprint: str
    entry: str
    date: Optional[int]
    roll: bool
    exportable: bool


class Slot(NamedTuple):
    owner: str
    current: Optional[Claim] = None
    previous: Optional[Claim] = None
    next: tuple = ()
    damaged: bool = False  # a link of it is not what it should be


class Holding(NamedTuple):
    fingerprint: str
    exportable: bool


class Object(NamedTuple):
    certificate: Certificate
    has_key: bool
    exportable: bool = False
    damaged: bool = False  # files or rights, which can be mended from what is known
    key_lost: bool = False


class Store(NamedTuple):
    slots: dict = {}  # (scope, type) -> Slot
    holdings: dict = {}  # (owner, entry) -> Holding
    objects: dict = {}  # fingerprint -> Object


class Failure(NamedTuple):
    manifest: str
    entry: Optional[str]  # None: no entry in particular
    code: str


IMPORT = "import"  # the owner of what `certroll import` brings: no manifest lists it
KEYLESS_TYPES = {"UserDefined"}


def needs_key(kind):
    return kind.split("@")[0] not in KEYLESS_TYPES


# Which manifests are refused


def slots_of(entry):
    return [(entry.scope, kind) for kind in entry.types]


def own_faults(manifest):
    """What is wrong with a manifest by itself: (entry, code)."""
    names, claims = set(), set()
    for entry in manifest.entries:
        if entry.roll and entry.date is None:
            yield entry.name, "roll_needs_date"
        if entry.roll and not entry.types:
            yield entry.name, "type_required"
        if entry.scope == "global" and not entry.types:
            yield entry.name, "type_required"
        if entry.name in names:
            yield entry.name, "duplicate_name"
        names.add(entry.name)
        for slot in slots_of(entry):
            if (slot, entry.date) in claims:
                yield entry.name, "duplicate_claim"
            claims.add((slot, entry.date))


def refused(manifests):
    """The manifests, by their place in the list, that have errors and change nothing."""
    broken = {i for i, manifest in enumerate(manifests) if any(own_faults(manifest))}
    names, claims = {}, {}
    for i, manifest in enumerate(manifests):
        other = names.setdefault(manifest.name, i)
        if other != i:
            broken |= {i, other}
        for entry in manifest.entries:
            for slot in slots_of(entry):
                other = claims.setdefault(slot, i)
                if other != i:
                    broken |= {i, other}
    return broken


# What a manifest says of a slot at an instant


class Lineup(NamedTuple):
    current: Optional[Entry]
    previous: Optional[Entry]
    ahead: tuple
    superseded: tuple


def line_up(entries, at):
    """The entries that claim one slot, by effective date; one without a date is in effect from the
    beginning."""
    entries = sorted(entries, key=lambda entry: (entry.date is not None, entry.date))
    due = [entry for entry in entries if entry.date is None or entry.date <= at]
    ahead = tuple(entries[len(due) :])
    if not due:
        return Lineup(None, None, ahead, ())
    current = due[-1]
    if current.roll and len(due) > 1:
        return Lineup(current, due[-2], ahead, tuple(due[:-2]))
    return Lineup(current, None, ahead, tuple(due[:-1]))


def lineups(manifest, at):
    """slot -> Lineup, for all that the manifest claims."""
    claims = {}
    for entry in manifest.entries:
        for slot in slots_of(entry):
            claims.setdefault(slot, []).append(entry)
    return {slot: line_up(entries, at) for slot, entries in claims.items()}


# An apply


class Desire:
    """A manifest that is in order, and what becomes of its entries at an instant."""

    def __init__(self, manifest, at):
        self.manifest = manifest
        self.at = at
        self.lineups = lineups(manifest, at)
        self.serving = set()  # entries that are or will be current, by name
        self.wanted = set()  # those, and previous ones: superseded are not opened
        self.needing_key = set()
        for (_, kind), lineup in self.lineups.items():
            for entry in lineup.ahead + ((lineup.current,) if lineup.current else ()):
                self.serving.add(entry.name)
                if needs_key(kind):
                    self.needing_key.add(entry.name)
            if lineup.previous:
                self.wanted.add(lineup.previous.name)
        self.wanted |= self.serving
        self.wanted |= {entry.name for entry in manifest.entries if not entry.types}
        self.files = {}  # entry -> File, of what was opened without an error
        self.failed = {}  # entry -> codes

    def fail(self, entry, code):
        codes = self.failed.setdefault(entry.name, [])
        if code not in codes:
            codes.append(code)

    def is_spent(self, entry, file):
        """A previous one that has expired is as if it were not there."""
        only_previous = entry.types and entry.name not in self.serving
        return only_previous and file.certificate.not_after < self.at

    def brings(self, entry):
        """Does its certificate come into the store? A previous one comes with what relieves it."""
        return not entry.types or entry.name in self.serving or any(
            lineup.previous is entry and lineup.current.name not in self.failed for lineup in self.lineups.values()
        )

    def opened(self):
        """The entries whose certificate is known and can be used."""
        for entry in self.manifest.entries:
            if entry.name in self.files and entry.name not in self.failed:
                yield entry, self.files[entry.name]


def open_sources(desires, store, files):
    """Reads what entries name: a source; or a certificate that a source of this run brings with its
    key, or that the store has. A previous one that is neither there nor there any more is no error."""
    brought = {}
    for desire in desires:
        for entry in desire.manifest.entries:
            if entry.name not in desire.wanted or entry.fingerprint:
                continue
            file = files[entry.path]
            if file.error:
                desire.fail(entry, file.error)
            elif not desire.is_spent(entry, file):
                desire.files[entry.name] = file
                if file.has_key or file.certificate.fingerprint not in brought:
                    brought[file.certificate.fingerprint] = file
    for desire in desires:
        for entry in desire.manifest.entries:
            if entry.name not in desire.wanted or not entry.fingerprint:
                continue
            held = store.objects.get(entry.fingerprint)
            file = brought.get(entry.fingerprint)
            if held and not (file and file.has_key):
                file = File(held.certificate, has_key=False)
            if file and not desire.is_spent(entry, file):
                desire.files[entry.name] = file
            elif not file and (entry.name in desire.serving or not entry.types):
                desire.fail(entry, "not_in_store")


def check_owners(desire, store, options):
    """A manifest changes only what its own name owns. A superseded entry cannot fail."""
    for slot, lineup in desire.lineups.items():
        held = store.slots.get(slot)
        if not held or held.owner == desire.manifest.name or options.take_over:
            continue
        for entry in lineup.ahead + (lineup.current, lineup.previous):
            if entry:
                desire.fail(entry, "owned_by_other")


def check_validity(desire):
    """Of what is or will be current; never of a previous one. One that is only imported may be too
    young, but not too old."""
    for entry, file in list(desire.opened()):
        if entry.types and entry.name not in desire.serving:
            continue
        certificate = file.certificate
        if certificate.not_after < desire.at and not entry.allow_expired:
            desire.fail(entry, "expired")
        elif entry.types:
            begin = desire.at if entry.date is None else entry.date
            if begin < certificate.not_before:
                desire.fail(entry, "effective_outside_validity")
            elif entry.date is not None and entry.date > certificate.not_after and not entry.allow_expired:
                desire.fail(entry, "effective_outside_validity")


def keys_of(store):
    return {held.certificate.key for held in store.objects.values() if held.has_key and not held.key_lost}


def keys_at_hand(desires, store):
    """The key pairs whose private key the store has, or a source of what this run brings there."""
    opened = [(desire, entry, file) for desire in desires for entry, file in desire.opened()]
    coming = {file.certificate.fingerprint for desire, entry, file in opened if desire.brings(entry)}
    return keys_of(store) | {
        file.certificate.key
        for _, _, file in opened
        if file.has_key and file.certificate.fingerprint in coming
    }


def check_keys(desires, store):
    """Where one fails, another may get no key either, so it is looked at again until none does."""
    while True:
        keys = keys_at_hand(desires, store)
        brought = {file.certificate.fingerprint for desire in desires for _, file in desire.opened() if file.has_key}
        if not any([lack_keys(desire, store, keys, brought) for desire in desires]):
            return keys


def lack_keys(desire, store, keys, brought):
    failed = len(desire.failed)
    for entry, file in list(desire.opened()):
        if file.certificate.fingerprint in brought or file.certificate.key in keys:
            continue
        if entry.name not in desire.needing_key:
            continue
        stored = store.objects.get(file.certificate.fingerprint)
        desire.fail(entry, "not_repairable" if stored and stored.key_lost else "no_private_key")
    return len(desire.failed) > failed


def in_queue(claims):
    """By date; the same certificate from the same instant stands there once."""
    seen, queue = set(), []
    for claim in sorted(claims, key=lambda claim: claim.date):
        if (claim.fingerprint, claim.date) not in seen:
            seen.add((claim.fingerprint, claim.date))
            queue.append(claim)
    return tuple(queue)


def valid(claim, certificates, at):
    """A previous one stays until its own notAfter."""
    return claim if claim and certificates[claim.fingerprint].not_after >= at else None


def new_slot(desire, slot, held, certificates):
    """What a slot that a manifest claims is to hold; held is what it holds."""
    at, lineup, owner = desire.at, desire.lineups[slot], desire.manifest.name

    def claim(entry):
        if not entry or entry.name in desire.failed or entry.name not in desire.files:
            return None
        fingerprint = desire.files[entry.name].certificate.fingerprint
        return Claim(fingerprint, entry.name, entry.date, entry.roll, entry.exportable)

    current = claim(lineup.current)
    ahead = [claim(entry) for entry in lineup.ahead]
    if held is None:
        held = Slot(owner)
    elif held.owner != owner and not current and not any(ahead):
        return held  # nothing of the manifest comes into it: it does not change hands

    # What fails stays as it is, in the queue too; where the one that is due fails, so does all
    # that is due with it.
    waiting = {entry.name for entry in lineup.ahead if entry.name in desire.failed}
    if lineup.current and not current:
        waiting |= {entry.name for entry in lineup.superseded + (lineup.previous, lineup.current) if entry}
    queue = [claim for claim in held.next if claim.entry in waiting] if held.owner == owner else []
    queue = in_queue([claim for claim in ahead if claim] + queue)

    if not current:  # none is in effect yet, or it fails: what the slot holds stays
        return Slot(owner, held.current, valid(held.previous, certificates, at), queue)
    previous = None
    if current.roll:
        previous = claim(lineup.previous)
        if not lineup.previous or lineup.previous.name in desire.failed:
            # Not listed any more, or not known: what the slot held when the current one took over.
            same = held.current and held.current.fingerprint == current.fingerprint
            previous = held.previous if same else held.current
        previous = valid(previous, certificates, at)
    if previous and previous.fingerprint == current.fingerprint:
        previous = None
    return Slot(owner, current, previous, queue)


def left_alone(held, certificates, at):
    """A slot that its manifest claims no more: its previous one retires, no roll stays armed."""
    return Slot(held.owner, held.current, valid(held.previous, certificates, at))


def come_due(held, certificates, at):
    """What `certroll import` staged takes over on its date in any run, unless it has expired; each
    relieves the one before it in the queue."""
    current, previous, queue = held.current, held.previous, held.next
    relieved = held.current
    for i, claim in enumerate(held.next):
        if claim.date <= at:
            if valid(claim, certificates, at):
                current, previous, queue = claim, relieved if claim.roll else None, held.next[i + 1 :]
            relieved = claim
    if previous and previous.fingerprint == current.fingerprint:
        previous = None
    return Slot(held.owner, current, valid(previous, certificates, at), queue)


def new_slots(store, desires, options, may_prune, certificates, at):
    slots = dict(store.slots)
    names = {desire.manifest.name: desire for desire in desires}
    for desire in desires:
        for slot in desire.lineups:
            held = store.slots.get(slot)
            if not held or held.owner == desire.manifest.name or options.take_over:
                slots[slot] = new_slot(desire, slot, held, certificates)
    claimed = {slot for desire in desires for slot in desire.lineups}
    for slot, held in store.slots.items():
        desire = names.get(held.owner)
        if slot in claimed and (desire or slots[slot] is not held):
            continue  # whoever has it: where all that claims it fails it stays as it is
        if desire:
            if may_prune(desire.manifest):
                del slots[slot]
            else:
                slots[slot] = left_alone(held, certificates, at)
        elif held.owner == IMPORT:
            slots[slot] = come_due(held, certificates, at)
    return {
        slot: held._replace(damaged=False)
        for slot, held in slots.items()
        if held.current or held.previous or held.next
    }


def new_holdings(store, desires, may_prune):
    """What entries without a type imported; it goes by the entry's name, and stays where that fails."""
    holdings = dict(store.holdings)
    for desire in desires:
        owner = desire.manifest.name
        listed = {entry.name: entry for entry in desire.manifest.entries}
        for name, entry in listed.items():
            if name in desire.failed:
                continue
            if entry.types:
                holdings.pop((owner, name), None)
            else:
                fingerprint = desire.files[name].certificate.fingerprint
                holdings[owner, name] = Holding(fingerprint, entry.exportable)
        # What is no longer listed under its name goes where an entry that does not fail has it.
        used = {file.certificate.fingerprint for entry, file in desire.opened() if desire.brings(entry)}
        for held, holding in store.holdings.items():
            if held[0] == owner and held[1] not in listed:
                if may_prune(desire.manifest) or holding.fingerprint in used:
                    del holdings[held]
    return holdings


def references(slots, holdings):
    """fingerprint -> whether anything that refers to it lets the service read its key."""
    wishes = {}
    for slot in slots.values():
        for claim in (slot.current, slot.previous) + slot.next:
            if claim:
                wishes[claim.fingerprint] = wishes.get(claim.fingerprint, False) or claim.exportable
    for held in holdings.values():
        wishes[held.fingerprint] = wishes.get(held.fingerprint, False) or held.exportable
    return wishes


def new_objects(store, wishes, desires, keys, certificates):
    opened = [file for desire in desires for _, file in desire.opened()]
    brought = {file.certificate.fingerprint for file in opened if file.has_key}
    objects = {}
    for fingerprint, exportable in wishes.items():
        certificate = certificates[fingerprint]
        held = store.objects.get(fingerprint)
        has_key = bool(held and held.has_key) or fingerprint in brought or certificate.key in keys
        lost = bool(held and held.key_lost and fingerprint not in brought and certificate.key not in keys)
        damaged = bool(held and held.damaged and lost)
        objects[fingerprint] = Object(certificate, has_key, exportable and has_key, damaged, lost)
    return objects


def apply(store, manifests, files, options, at):
    """What the store is after `certroll apply` at an instant, and what failed.

    files: path -> File, as the sources are now.
    """
    broken = refused(manifests)
    failures = []
    desires = [Desire(manifest, at) for i, manifest in enumerate(manifests) if i not in broken]
    open_sources(desires, store, files)
    for desire in desires:
        check_owners(desire, store, options)
        check_validity(desire)
    keys = check_keys(desires, store)
    for desire in desires:
        for entry in desire.manifest.entries:
            if entry.name in desire.failed:
                codes = desire.failed[entry.name]
                failures += [Failure(desire.manifest.name, entry.name, code) for code in codes]

    certificates = {fingerprint: held.certificate for fingerprint, held in store.objects.items()}
    for desire in desires:
        for _, file in desire.opened():
            certificates[file.certificate.fingerprint] = file.certificate

    def may_prune(manifest):
        return options.prune and not broken and (manifest.entries or options.allow_empty)

    slots = new_slots(store, desires, options, may_prune, certificates, at)
    holdings = new_holdings(store, desires, may_prune)
    wishes = references(slots, holdings)
    objects = new_objects(store, wishes, desires, keys, certificates)
    told = {
        desire.files[name].certificate.fingerprint
        for desire in desires
        for name, codes in desire.failed.items()
        if "not_repairable" in codes
    }
    for fingerprint, held in objects.items():
        if held.key_lost and fingerprint not in told:
            failures.append(Failure("", None, "not_repairable"))
    if options.atomic and (failures or broken):
        return store, failures
    return Store(slots, holdings, objects), failures
