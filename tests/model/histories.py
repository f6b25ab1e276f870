"""Random histories of stores: made from a seed, played by the model, and written for `histories`.

A history is plain data, so that it can be shrunk: a few certificates, and steps that say what happens
(a file changes, a manifest changes, the store is damaged) and when an apply is made of what.
"""

import hashlib
import json
import random
from datetime import datetime, timezone
from typing import NamedTuple

import model
from model import Certificate, Entry, File, Manifest, Options, Store

DAY = 86400
BEGIN = 1798761600  # 2027-01-01
TIMES = [BEGIN + i * 30 * DAY for i in range(12)]  # where things happen, and just beside
SLOTS = [
    ("local", "Default"),
    ("local", "Default@a"),
    ("global", "Default"),
    ("local", "UserDefined"),
    ("global", "OAuthTokenIssuer"),
]
OWNERS = ["edge", "sip", model.IMPORT]
ERRORS = ["unreadable", "wrong_password", "key_mismatch"]


# The steps


class SetFile(NamedTuple):
    path: str
    certificate: str
    what: str  # "key", "bare", "error CODE"


class SetManifest(NamedTuple):
    number: int
    manifest: Manifest


class Damage(NamedTuple):
    target: object  # a slot, or the fingerprint of an object
    what: str  # of an object: "rights", "public", "key"


class Run(NamedTuple):
    """The nights at which the same is applied; the last one is also the only one of another store, and
    with anew the first one of a third."""

    nights: tuple
    manifests: tuple  # numbers
    options: Options
    skip: bool
    anew: bool


class History(NamedTuple):
    certificates: tuple
    steps: tuple
    keep: bool  # does the store keep what nothing refers to, as for the runs that it keeps?


# Making one


def near(rng, instant):
    """An instant, or a second beside it."""
    return instant + (rng.choice((-1, 1)) if rng.random() < 0.2 else 0)


def make_certificates(rng):
    keys = "kkkklmn"
    for name in "abcdef"[: rng.randint(3, 6)]:
        begin, end = -4, 60
        if rng.random() < 0.3:
            end = rng.randint(3, 13)
        if rng.random() < 0.15:
            begin = rng.randint(0, 2)
        key = rng.choice(keys) if rng.random() < 0.4 else name
        yield Certificate(name + ".pem", BEGIN + begin * 30 * DAY, BEGIN + end * 30 * DAY, key)


class Maker:
    """What a history has come to while it is made."""

    def __init__(self, rng):
        self.rng = rng
        self.certificates = tuple(make_certificates(rng))
        self.names = [certificate.fingerprint for certificate in self.certificates]
        self.paths = self.names + [name[0] + ".cer" for name in self.names[:2]] + ["m.pem", "n.pem"]
        self.manifests = {}
        self.at = near(rng, rng.choice(TIMES[:3]))
        self.steps = []
        self.slots = rng.sample(SLOTS, rng.randint(2, len(SLOTS)))

    def chance(self, probability):
        return self.rng.random() < probability

    def make(self):
        for path in self.paths:
            name = path if path in self.names else self.rng.choice(self.names)
            if path.endswith(".cer"):
                name = path[0] + ".pem"
            self.steps.append(SetFile(path, name, "bare" if path.endswith(".cer") else "key"))
        for _ in range(self.rng.randint(1, 7)):
            self.change()
        return History(self.certificates, tuple(self.steps), self.chance(0.3))

    def change(self):
        rng = self.rng
        if not self.manifests or self.chance(0.6):
            self.change_manifest()
        if self.chance(0.2):
            self.change_file()
        if self.chance(0.15):
            self.damage()
        self.run()

    def change_file(self):
        path = self.rng.choice(self.paths)
        if self.chance(0.5):
            path = self.rng.choice(("m.pem", "n.pem"))
        name = self.rng.choice(self.names) if path in ("m.pem", "n.pem") else path[0] + ".pem"
        what = "bare" if path.endswith(".cer") else "key"
        if self.chance(0.4):
            what = "error " + self.rng.choice(ERRORS)
        elif path == "n.pem" and self.chance(0.5):
            what = "bare"
        self.steps.append(SetFile(path, name, what))

    def damage(self):
        if self.chance(0.3):
            self.steps.append(Damage(self.rng.choice(self.slots), "slot"))
        else:
            what = self.rng.choice(("rights", "public", "key"))
            self.steps.append(Damage(self.rng.choice(self.names), what))

    def change_manifest(self):
        number = self.rng.choice((0, 0, 0, 0, 1, 1, 2))
        old = self.manifests.get(number)
        self.mine = self.slots
        if not self.chance(0.08):  # mostly, each has slots of its own
            self.mine = [slot for i, slot in enumerate(self.slots) if i % 3 == number] or self.slots[:1]
        for _ in range(3):
            manifest = self.changed(old) if old else self.new_manifest(number)
            if not any(model.own_faults(manifest)):
                break
        self.manifests[number] = manifest
        self.steps.append(SetManifest(number, manifest))

    def new_manifest(self, number):
        entries = [self.new_entry() for _ in range(self.rng.choice((0, 1, 2, 2, 3, 3, 4, 5)))]
        return Manifest(OWNERS[number], tuple(entries))

    def new_entry(self):
        rng = self.rng
        name = rng.choice("pqrstuvw")
        types = ()
        scope = "local"
        if self.chance(0.9):
            slot = rng.choice(self.mine)
            scope, types = slot[0], (slot[1],)
            others = [kind for other, kind in self.mine if other == scope and kind != slot[1]]
            if others and self.chance(0.2):
                types += (rng.choice(others),)
        date = near(rng, rng.choice(TIMES)) if self.chance(0.75) else None
        path, fingerprint = rng.choice(self.paths if self.chance(0.4) else self.names), None
        if self.chance(0.06):
            path, fingerprint = None, rng.choice(self.names)
        return Entry(
            name, path, fingerprint, types, scope, date,
            roll=bool(types) and date is not None and self.chance(0.65),
            exportable=self.chance(0.25),
            allow_expired=self.chance(0.2),
        )

    def changed(self, manifest):
        rng, entries = self.rng, list(manifest.entries)
        for _ in range(rng.choice((1, 1, 2, 3))):
            what = rng.random()
            if what < 0.3 or not entries:
                entries.insert(rng.randint(0, len(entries)), self.new_entry())
            elif what < 0.5:
                entries.pop(rng.randrange(len(entries)))
            elif what < 0.55:
                rng.shuffle(entries)
            else:
                i = rng.randrange(len(entries))
                entries[i] = self.changed_entry(entries[i])
        return Manifest(manifest.name, tuple(entries))

    def changed_entry(self, entry):
        new = self.new_entry()
        what = self.rng.randrange(7)
        if what == 0:
            return entry._replace(name=new.name)
        if what == 1:
            return entry._replace(path=new.path, fingerprint=new.fingerprint)
        if what == 2:
            return entry._replace(types=new.types, scope=new.scope, roll=entry.roll and bool(new.types))
        if what == 3:
            return entry._replace(date=new.date, roll=entry.roll and new.date is not None)
        if what == 4:
            return entry._replace(roll=bool(entry.types) and entry.date is not None and not entry.roll)
        if what == 5:
            return entry._replace(exportable=not entry.exportable)
        return entry._replace(allow_expired=not entry.allow_expired)

    def instants(self):
        """What is worth looking at: dates of the manifests, ends of certificates."""
        for manifest in self.manifests.values():
            for entry in manifest.entries:
                if entry.date is not None:
                    yield entry.date
        for certificate in self.certificates:
            if certificate.not_after < TIMES[-1] + 90 * DAY or self.chance(0.02):
                yield certificate.not_after
                yield certificate.not_after + 1

    def move_clock(self):
        rng = self.rng
        ahead = sorted({instant for instant in self.instants() if instant > self.at})
        what = rng.random()
        if what < 0.6 and ahead:
            self.at = near(rng, rng.choice(ahead[:2]))
        elif what < 0.7:
            self.at += rng.randint(1, 40 * DAY)
        elif what < 0.71:
            self.at += rng.randint(1, 3) * 365 * DAY
        elif what < 0.76:
            self.at -= rng.randint(1, 60 * DAY)

    def run(self):
        rng, nights = self.rng, []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            self.move_clock()
            nights.append(self.at)
        numbers = list(self.manifests)
        if len(numbers) > 1 and self.chance(0.6):
            numbers = rng.sample(numbers, rng.randint(1, len(numbers)))
        options = Options(self.chance(0.15), self.chance(0.1), self.chance(0.2), self.chance(0.07))
        nights.sort()
        self.at = nights[-1]
        self.steps.append(
            Run(tuple(nights), tuple(sorted(numbers)), options, len(nights) > 1, self.chance(0.2))
        )


def make(seed):
    return Maker(random.Random(seed)).make()


# Writing it for the program


def as_date(instant):
    return datetime.fromtimestamp(instant, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def digits(name):
    return hashlib.sha256(name.encode()).hexdigest()


def as_mapping(entry):
    fields = {"name": entry.name}
    if entry.path:
        fields["path"] = entry.path
    else:
        fields["fingerprint"] = digits(entry.fingerprint)
    if entry.types:
        fields["type"] = list(entry.types)
    if entry.scope != "local":
        fields["scope"] = entry.scope
    if entry.date is not None:
        fields["effective_date"] = as_date(entry.date)
    for name, value in (
        ("roll", entry.roll),
        ("private_key_exportable", entry.exportable),
        ("allow_expired", entry.allow_expired),
    ):
        if value:
            fields[name] = True
    return fields


def as_yaml(manifest):
    """On one line; JSON is YAML."""
    entries = [as_mapping(entry) for entry in manifest.entries]
    return json.dumps({"version": 1, "name": manifest.name, "certificates": entries})


def words(options, keep):
    chosen = [name for name, value in zip(options._fields, options) if value] + ["keep"] * keep
    return ",".join(chosen) or "-"


# What the program must say


def say_claim(claim):
    if not claim:
        return " -"
    date = "" if claim.date is None else claim.date
    return f" {claim.fingerprint}:{claim.entry}:{date}:{'r' * claim.roll}{'x' * claim.exportable}"


def say_store(store):
    lines = []
    for (scope, kind), slot in sorted(store.slots.items()):
        claims = "".join(map(say_claim, (slot.current, slot.previous) + slot.next))
        lines.append(f"slot {scope}/{kind} {slot.owner}{claims}{' damaged' * slot.damaged}")
    for (owner, entry), held in sorted(store.holdings.items()):
        lines.append(f"holding {owner} {entry} {held.fingerprint}{' x' * held.exportable}")
    wishes = model.references(store.slots, store.holdings)
    for fingerprint, held in sorted(store.objects.items()):
        if fingerprint in wishes:
            lines.append(
                f"object {fingerprint}{' key' * held.has_key}{' access' * held.exportable}"
                f"{' lost' * held.key_lost}{' damaged' * held.damaged}"
            )
    return lines


def say(store, failures, numbers, manifests, blocked):
    broken = model.refused(manifests)
    lines = ["plan"] + [f"refused {number}" for i, number in enumerate(numbers) if i in broken]
    names = {manifest.name: number for number, manifest in zip(numbers, manifests)}
    for failure in failures:
        if failure.entry is None:
            lines.append(f"error - - {failure.code}")
        else:
            lines.append(f"error {names[failure.manifest]} {failure.entry} {failure.code}")
    if blocked:
        lines.append("blocked")
    return lines + say_store(store)


class Planned(NamedTuple):
    before: Store
    after: Store
    at: int
    options: Options
    manifests: list


class Playing:
    """The model plays a history and writes what the program is to be told."""

    def __init__(self, history, name):
        self.history = history
        self.stores = {0: Store()}  # 0: the one that lives on
        self.files = {}
        self.manifests = {}
        self.certificates = {certificate.fingerprint: certificate for certificate in history.certificates}
        self.lines = [f"history {name}"]
        self.answers = []  # one a plan
        self.plans = []  # what they were made of
        self.broken_rules = []
        for certificate in history.certificates:
            self.lines.append("certificate %s %d %d %s" % certificate)

    def play(self):
        for step in self.history.steps:
            if isinstance(step, Run):
                self.run(step)
            elif isinstance(step, SetFile):
                self.set_file(step)
            elif isinstance(step, SetManifest):
                self.manifests[step.number] = step.manifest
                self.lines.append(f"manifest {step.number} {as_yaml(step.manifest)}")
            else:
                self.damage(step)
        return self

    def set_file(self, step):
        error = step.what[6:] if step.what.startswith("error ") else None
        self.files[step.path] = File(self.certificates[step.certificate], step.what == "key", error)
        self.lines.append(f"file {step.path} {step.certificate} {step.what}")

    def damage(self, step):
        store = self.stores[0]
        if step.what == "slot":
            if step.target not in store.slots:
                return
            slots = dict(store.slots)
            slots[step.target] = slots[step.target]._replace(damaged=True)
            self.stores[0] = store._replace(slots=slots)
            self.lines.append("damage 0 slot %s/%s" % step.target)
            return
        held = store.objects.get(step.target)
        if not held or (step.what == "key" and not held.has_key):
            return
        objects = dict(store.objects)
        damage = {"key_lost": True} if step.what == "key" else {"damaged": True}
        objects[step.target] = held._replace(**damage)
        self.stores[0] = store._replace(objects=objects)
        self.lines.append(f"damage 0 object {step.target} {step.what}")

    def apply(self, origin, target, at, step, numbers, manifests):
        before = self.stores.get(origin, Store())
        store, failures = model.apply(before, manifests, self.files, step.options, at)
        blocked = step.options.atomic and bool(failures or model.refused(manifests))
        if self.history.keep and not step.options.prune and not blocked:
            store = store._replace(objects={**before.objects, **store.objects})
        self.stores[target] = store
        self.plans.append(Planned(before, store, at, step.options, manifests))
        self.lines.append(
            f"plan {origin} {target} {at} {words(step.options, self.history.keep)} "
            + " ".join(map(str, numbers))
        )
        self.answers.append("\n".join(say(store, failures, numbers, manifests, blocked)))
        return store, failures

    def run(self, step):
        numbers = [number for number in step.manifests if number in self.manifests]
        manifests = [self.manifests[number] for number in numbers]
        if not numbers:
            return
        failed = []
        if step.skip:
            skipped, failures = self.apply(0, 1, step.nights[-1], step, numbers, manifests)
            failed += failures
        for night in step.nights:
            store, failures = self.apply(0, 0, night, step, numbers, manifests)
            failed += failures
        named = any(entry.fingerprint for manifest in manifests for entry in manifest.entries)
        if step.skip and not failed and not named and not self.anything_waits(skipped, step.nights[-1]):
            self.expect_same("nights that were skipped", store, skipped)
        if step.anew:
            self.apply(9, 2, step.nights[-1], step, numbers, manifests)

    @staticmethod
    def anything_waits(store, at):
        """What was imported and has expired before its date was seen stays where it is."""
        return any(claim.date <= at for slot in store.slots.values() for claim in slot.next)

    def expect_same(self, what, left, right):
        """The slots: a key that a superseded entry brought is there for good, and an import whose
        certificate its manifest had elsewhere for a while is gone."""
        left, right = (
            [line for line in say_store(store) if line.startswith("slot")] for store in (left, right)
        )
        if left != right:
            different = [line for line in left + right if (line in left) != (line in right)]
            self.broken_rules.append(what + ":\n" + "\n".join(different))
