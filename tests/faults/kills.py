#!/usr/bin/env python3
"""Thousands of runs killed at random instants, while a watcher reads every pair all the time.

    kills.py [--kills N] [--seconds N] [--seed N] [--folder DIR]... [--slots N] [--plant FAULT]

The environment says what is run: CERTROLL, the program, and WATCH, the watcher (watch.c).

An endless series of manifests alternates in one store: rolls that are activated, clean cuts,
cancels, access given and taken, slots that come and are pruned. Before some runs the store is
damaged where no service looks. Each run is killed by SIGKILL at an instant spread over its life;
at times eight runs and eight readers go at once, with and without kills among them. What must hold:

  at every instant     the watcher's rules
  after every kill     the index is that of before or that of after, as a whole; so is each link
  readers              never fail, and what they say is one state that was asked for
  a run that may end   ends well, converges to the state of its manifest, and leaves nothing over

A store of its own stands in each --folder (a tmpfs and a disk, say); the kills are shared out among
them. The seed is printed; given again, it gives the same sequence, though not the same timing.
--plant says a fault that is put into the store behind certroll's back: then it must be found.
"""
import argparse
import collections
import contextlib
import fcntl
import grp
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from pki import PASSWORD, Pki, rfc3339  # pylint: disable=wrong-import-position

PROGRAM = os.environ.get("CERTROLL", "")
WATCH = os.environ.get("WATCH", "")
PATIENCE = 120
AT_ONCE = 8
LEAVES_EACH = 6  # more than one variant needs, so that objects come and go
SOONER, NOW_IN_EFFECT, LATER, MUCH_LATER = -2, -1, 10, 20  # effective dates, in days

PHASES = ("before the lock", "lock held, nothing written", "writing objects", "writing the index",
          "setting links", "removing what is left", "keeping the run", "after the lock")


class Wrong(Exception):
    """Something that must hold does not."""


def group():
    """A group that this process may give files to."""
    return grp.getgrnam("daemon") if os.geteuid() == 0 else grp.getgrgid(os.getegid())


def environment(home):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("CERTROLL") and name not in ("XDG_STATE_HOME", "NO_COLOR")}
    return kept | {"TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": str(home)}


class Leaves:
    """The certificates that all stores share, and how each may be read."""

    SHARED = {kind: tuple(f"{kind[0]}{number}" for number in range(LEAVES_EACH))
              for kind in ("never", "always", "sometimes")}

    def __init__(self):
        self.pki = Pki()
        self.by_name = {name: self.pki.leaf(name, dns=["a.example.com"])
                        for names in self.SHARED.values() for name in names}
        self.by_fingerprint = {leaf.fingerprint: name for name, leaf in self.by_name.items()}
        self.secret = self.pki.folder / "secret.pass"
        self.secret.write_text(PASSWORD + "\n")

    def kind(self, name):
        return next(kind for kind, names in self.SHARED.items() if name in names)

    def source(self, name):
        """An entry's path, and its password: of a few certificates a program has to be asked."""
        if name in ("n1", "s2"):
            return {"path": self.by_name[name].pfx(),
                    "password": {"command": ["cat", str(self.secret)]}}
        return {"path": self.by_name[name].pem()}

    def write_pairs(self, folder):
        """The bytes that services should see; the watcher's lines about them."""
        lines = []
        for name, leaf in self.by_name.items():
            chain = folder / f"{name}.fullchain"
            chain.write_bytes(leaf.cert.read_bytes() + self.pki.intermediate.read_bytes())
            lines.append(f"pair {chain} {leaf.key} {self.kind(name)}")
        return lines


class Variant:
    """One of the manifests that alternate, and the state that it means."""

    def __init__(self, number, leaves, slots, folder):
        self.number, self.leaves, self.slots = number, leaves, slots
        self.prunes = number == 4
        claims = {slot: self.claims(i) for i, slot in enumerate(slots)}
        if self.prunes:
            del claims["local/External"]
        self.state = {slot: self.places(entries) for slot, entries in claims.items()}
        self.links = {slot: self.places(entries, shown=True) for slot, entries in claims.items()}
        self.path = folder / f"{number}.yaml"
        self.path.write_text(self.manifest(claims))

    def claims(self, i):
        """(leaf, effective date, roll) of the entries that claim the slot."""
        kind = ("never", "always", "sometimes")[i % 3]
        turn = [f"{kind[0]}{(i + self.number + step) % LEAVES_EACH}" for step in range(4)]
        return {
            0: [(turn[0], None, False), (turn[1], LATER, True)],                  # staged
            1: [(turn[0], None, False), (turn[1], NOW_IN_EFFECT, True)],          # rolled
            2: [(turn[0], NOW_IN_EFFECT, False)],                                 # cut, cancelled
            3: [(turn[0], None, False), (turn[1], SOONER, True), (turn[2], NOW_IN_EFFECT, True),
                (turn[3], MUCH_LATER, True)],
            4: [(turn[0], None, False), (turn[1], LATER, False)],                 # not to be seen
        }[self.number]

    @staticmethod
    def places(entries, shown=False):
        """What the entries mean now: (current, all next, previous); of what links show, the first
        next alone."""
        ordered = sorted(entries, key=lambda entry: -10000 if entry[1] is None else entry[1])
        due = [entry for entry in ordered if entry[1] is None or entry[1] <= 0]
        ahead = [entry for entry in ordered if entry not in due and (entry[2] or not shown)]
        previous = due[-2][0] if due[-1][2] and len(due) > 1 else None
        return due[-1][0], tuple(entry[0] for entry in ahead[:1 if shown else None]), previous

    def manifest(self, claims):
        lines = ["version: 1", "name: kills", "certificates:"]
        for slot, entries in claims.items():
            scope, kind = slot.split("/")
            for place, (leaf, date, roll) in enumerate(entries):
                shared = self.leaves.kind(leaf)
                entry = {"name": f"{slot}-{place}".replace("/", "-").replace("@", "-"),
                         "type": kind, "scope": scope, **self.leaves.source(leaf),
                         "private_key_exportable": shared == "always" or
                                                   (shared == "sometimes" and self.number % 2 == 1)}
                if date is not None:
                    entry |= {"effective_date": rfc3339(date), "roll": roll}
                lines.append(f"  - {json.dumps(entry)}")
        return "\n".join(lines) + "\n"

    def key_mode(self, leaf):
        kind = self.leaves.kind(leaf)
        return 0o640 if kind == "always" or (kind == "sometimes" and self.number % 2) else 0o600


class Watcher:
    """watch.c on one store."""

    def __init__(self, task):
        self.told = task.with_suffix(".told")
        with open(self.told, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen([WATCH, task], stdout=file)
        self.figures = None

    def wait_for(self, words):
        """Until it has complained in these words; False where it does not."""
        until = time.monotonic() + PATIENCE
        while words not in self.told.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        return words in self.told.read_text()

    def end(self):
        """Ends it; its violations. What it counted is in figures."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)
        *violations, last = self.told.read_text().splitlines()
        self.figures = json.loads(last)
        return violations


class World:
    """One store in one place, its manifests, and its watcher."""

    def __init__(self, folder, leaves, slots, dice, counts):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certroll-kills.", dir=folder))
        self.store = self.folder / "store"
        self.leaves, self.dice, self.counts = leaves, dice, counts
        self.environment = environment(self.folder)
        self.group = group()
        names = ["local/Default", "local/WebServicesExternal@shop", "global/OAuthTokenIssuer",
                 "local/External"]
        names += [f"local/WebServicesInternal@site{i}" for i in range(slots - len(names))]
        self.slots = names
        self.variants = [Variant(number, leaves, names, self.folder) for number in range(5)]
        self.state, self.pending, self.times = None, [], {}
        self.watcher = None

    def close(self):
        if self.watcher and self.watcher.figures is None:
            self.watcher.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    # running

    def line(self, command, *arguments):
        return [PROGRAM, command, "--store", str(self.store), "--service-group",
                self.group.gr_name, *map(str, arguments)]

    def apply_line(self, variant):
        return self.line("apply", variant.path, "-o", "json", "--horizon", "0",
                         *(["--prune"] if variant.prunes else []))

    def start(self, line):
        return subprocess.Popen(line, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process, line, codes=(0,)):
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired as expired:
            process.kill()
            raise Wrong(f"{' '.join(line[1:2])} did not end") from expired
        if process.returncode not in codes:
            raise Wrong(f"{line[1]} exits {process.returncode}:\n{out[-2000:]}\n{err}")
        return out

    def run(self, line, codes=(0,)):
        return self.finish(self.start(line), line, codes)

    # what the store shows

    def shown(self):
        """The state that status tells: {slot: (current, all next, previous)}, names of leaves."""
        return self.read_status(self.run(self.line("status", "-o", "json")))

    def read_status(self, text):
        name = self.leaves.by_fingerprint
        found = {}
        for slot in json.loads(text)["slots"]:
            found[f"{slot['scope']}/{slot['type']}"] = (
                slot["current"] and name[slot["current"]["fingerprint"]],
                tuple(name[each["fingerprint"]] for each in slot["next"]),
                slot["previous"] and name[slot["previous"]["fingerprint"]])
        return found

    def link(self, slot, place):
        """The certificate that a link points at, or None."""
        try:
            target = os.readlink(self.store / "live" / slot / place)
        except FileNotFoundError:
            return None
        return self.leaves.by_fingerprint[pathlib.PurePath(target).name]

    def links(self):
        found = {}
        for slot in self.slots:
            current, ahead, previous = (self.link(slot, place)
                                        for place in ("current", "next", "previous"))
            if current or ahead or previous:
                found[slot] = current, (ahead,) if ahead else (), previous
        return found

    def indexed(self):
        """The generation, and the state as the index has it: what status would tell."""
        index = sqlite3.connect(f"file:{self.store / 'index.db'}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(index):
            generation, = index.execute("SELECT generation FROM meta").fetchone()
            claims = index.execute("SELECT scope || '/' || type, position, lower(hex(fingerprint)) "
                                   "FROM claim ORDER BY position").fetchall()
        places = collections.defaultdict(dict)
        for slot, position, fingerprint in claims:
            places[slot][position] = self.leaves.by_fingerprint[fingerprint]
        return generation, {
            slot: (found.get(0), tuple(leaf for place, leaf in found.items() if place > 1),
                   found.get(1)) for slot, found in places.items()}

    def phase(self, pid, generation, wanted):
        """Where a run died that would have changed the store."""
        text = (self.store / "lock").read_text()
        objects = os.listdir(self.store / "objects")
        temporary = any(name.startswith(".new-") for name in objects)
        unknown = set(objects) - set(self.leaves.by_fingerprint)
        copy = (self.store / "index.db.new").exists()
        if self.indexed()[0] == generation:
            if f"pid {pid}," not in text:
                return 0
            return 3 if copy else 2 if temporary or unknown else 1
        if self.links() != wanted:
            return 4
        if f"pid {pid}," not in text:
            return 7
        return 6 if not temporary else 5

    # what is done to it

    def settle(self, variant):
        """A run that may end: the state of its manifest, and nothing else."""
        self.run(self.apply_line(variant))
        if self.links() != variant.links:
            raise Wrong(f"the links are {self.links()}, not {variant.links}")
        if self.shown() != variant.state:
            raise Wrong(f"status tells {self.shown()}, not {variant.state}")
        self.state, self.pending = variant.state, []
        self.check_rights(variant)
        self.check_nothing_left()
        self.run(self.line("verify"))
        self.counts["converged"] += 1
        if self.dice.random() < 0.2:
            self.check_rest(variant)

    def check_rest(self, variant):
        """A second run has nothing to do, and does nothing."""
        before = self.trace()
        run = json.loads(self.run(self.apply_line(variant)))
        if run["actions"] or self.trace() != before:
            raise Wrong(f"a second run does {run['actions']}, and changes "
                        f"{set(before.items()) ^ set(self.trace().items())}")

    def trace(self):
        found = {}
        for path in self.store.rglob("*"):
            status = path.lstat()
            found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_ino)
        return found

    def check_rights(self, variant):
        for current, ahead, previous in variant.state.values():
            for leaf in filter(None, (current, *ahead, previous)):
                key = self.store / "objects" / self.leaves.by_name[leaf].fingerprint / "privkey.pem"
                mode = key.stat().st_mode & 0o7777
                if mode != variant.key_mode(leaf):
                    raise Wrong(f"the key of {leaf} has mode {mode:o}")

    def check_nothing_left(self):
        left = {path.name for path in self.store.iterdir()}
        left -= {"index.db", "index.db.spare", "lock", "objects", "live", "reports"}
        left |= {path.name for path in (self.store / "objects").iterdir()
                 if path.name not in self.leaves.by_fingerprint}
        left |= {path.name for path in (self.store / "live").rglob("*")
                 if path.is_symlink() and path.name not in ("current", "next", "previous")}
        left |= {path.name for path in (self.store / "reports").iterdir()
                 if path.suffix not in (".json", ".html")}
        if left:
            raise Wrong(f"left over: {left}")
        with open(self.store / "lock", "rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Wrong("the lock is held, and no run is at work") from None

    def damage(self):
        """Something that certroll has to repair and no service looks at."""
        dice = self.dice
        objects = [self.store / "objects" / self.leaves.by_name[places[0]].fingerprint
                   for places in self.state.values()]
        victim = dice.choice(objects)
        slot = self.store / "live" / dice.choice(sorted(self.state))

        def widen_chain():
            if (victim / "chain.pem").exists():  # lost before, and not repaired since
                (victim / "chain.pem").chmod(0o600)

        def cut_cert():
            (victim / "cert.pem").write_bytes(b"")

        def lose_chain():
            (victim / "chain.pem").unlink(missing_ok=True)

        def lose_next():
            (slot / "next").unlink(missing_ok=True)

        def leave_objects():
            (self.store / "objects" / ".new-0123456789abcdef").mkdir(exist_ok=True)

        def leave_copy():
            (self.store / "index.db.new").write_bytes(b"of a run that was killed")

        def lose_spare():
            (self.store / "index.db.spare").unlink(missing_ok=True)

        dice.choice([widen_chain, cut_cert, lose_chain, lose_next, leave_objects, leave_copy,
                     lose_spare])()
        self.counts["damaged"] += 1

    def kill_one(self, variant):
        """One run, killed at an instant of its life; True where it was."""
        generation, before = self.indexed()
        line = self.apply_line(variant)
        most = self.times[variant.number]
        process = subprocess.Popen(line, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.dice.uniform(0, most))
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        self.times[variant.number] = most * (1.01 if killed else 0.93)
        self.counts["killed" if killed else "ended before"] += 1
        if killed:
            self.counts[PHASES[self.phase(process.pid, generation, variant.links)]] += 1
        self.check_either(before, variant)
        return killed

    def check_either(self, before, variant):
        """The index is of before or of after; a link shows either."""
        after = self.indexed()[1]
        if after not in (before, variant.state):
            raise Wrong(f"the index tells {after}, neither {before} nor {variant.state}")
        self.pending += [before, variant.state]  # links may be of any run since one that ended
        for slot in self.slots:
            link = self.link(slot, "current")
            either = {state.get(slot, (None,))[0] for state in self.pending}
            if link not in either:
                raise Wrong(f"{slot} shows {link}, which is not of {either}")
        self.state = after

    def burst(self, kills):
        """Eight runs and eight readers at once; of the runs so many are killed."""
        dice = self.dice
        if not kills:
            self.settle(dice.choice(self.variants))  # what a reader tells is not of a killed run
        before = self.state
        readers = [self.line("status", "-o", "json"), self.line("verify"),
                   self.line("history", "-o", "json"),
                   self.line("plan", dice.choice(self.variants).path, "-o", "json")]
        readers *= AT_ONCE // len(readers)
        lines = [self.apply_line(dice.choice(self.variants)) for _ in range(AT_ONCE)] + readers
        dice.shuffle(lines)
        running = [(self.start(line), line) for line in lines]
        victims = [process for process, line in running if line[1] == "apply"][:kills]
        for victim in victims:
            time.sleep(dice.uniform(0, 0.05))
            victim.send_signal(signal.SIGKILL)
        for process, line in running:
            if process not in victims:
                self.check_in_burst(line, process, before, kills)
            else:
                process.communicate()
                self.counts["killed" if process.returncode < 0 else "ended before"] += 1
                self.counts["in a burst"] += process.returncode < 0
        self.counts["bursts"] += 1
        self.settle(dice.choice(self.variants))

    def check_in_burst(self, line, process, before, kills):
        command = line[1]
        self.counts[f"{command} beside others"] += 1
        out = self.finish(process, line, (0, 1) if command == "verify" and kills else (0,))
        if command == "status":
            known = [variant.state for variant in self.variants] + [before]
            if self.read_status(out) not in known:
                raise Wrong(f"status tells what was never asked for: {self.read_status(out)}")
        elif command == "history":
            lost = sum(run["run"] is None for run in json.loads(out)["runs"])
            if lost:
                raise Wrong(f"history lacks what {lost} of its runs did")
        elif command == "plan":
            actions = {action["action"] for action in json.loads(out)["actions"]}
            self.counts["plans that repair"] += "repair" in actions and not kills

    # all of it

    def begin(self):
        self.counts["stores"] += 1
        for variant in [*self.variants, self.variants[0]]:
            start = time.monotonic()
            self.run(self.apply_line(variant))
            self.times[variant.number] = time.monotonic() - start
        self.settle(self.variants[0])
        task = self.folder / "watch"
        lines = [f"group {self.group.gr_gid}", *self.leaves.write_pairs(self.folder)]
        lines += [f"slot {self.store}/live/{slot} "
                  f"{'sometimes' if slot == 'local/External' else 'always'}" for slot in self.slots]
        task.write_text("\n".join(lines) + "\n")
        self.watcher = Watcher(task)

    def go_on(self):
        """One step of the endless series."""
        dice = self.dice
        choice = dice.random()
        if choice < 0.02:
            self.burst(0)
        elif choice < 0.05:
            self.burst(dice.randrange(1, AT_ONCE))
        else:
            if choice < 0.15:
                self.damage()
            variant = dice.choice([each for each in self.variants if each.state != self.state])
            self.kill_one(variant)
            if dice.random() < 0.25:
                self.settle(dice.choice(self.variants) if dice.random() < 0.5 else variant)

    def end(self):
        self.settle(self.dice.choice(self.variants))
        violations = self.watcher.end()
        for name, count in self.watcher.figures.items():
            self.counts[f"watcher: {name}"] += count
        if violations:
            raise Wrong("the watcher saw:\n" + "\n".join(violations))


# Faults behind certroll's back: each is there until the watcher has seen it, and is then put right.

@contextlib.contextmanager
def gap(slot):
    """The link is removed before it is made again."""
    target = os.readlink(slot / "current")
    (slot / "current").unlink()
    yield
    (slot / "current").symlink_to(target)


@contextlib.contextmanager
def dangling(slot):
    (slot / "next").symlink_to("../../../objects/none")
    yield
    (slot / "next").unlink()


def with_key(change):
    @contextlib.contextmanager
    def fault(slot):
        key = slot / "current" / "privkey.pem"
        status, content = key.stat(), key.read_bytes()
        change(key)
        yield
        key.write_bytes(content)
        os.chmod(key, status.st_mode & 0o7777)
    return fault


def other_key(key):
    others = [path for path in key.resolve().parents[1].glob("*/privkey.pem")
              if path.read_bytes() != key.read_bytes()]
    key.write_bytes(others[0].read_bytes())


PLANTS = {
    "gap": (gap, "No such file"),
    "other-key": (with_key(other_key), "does not belong"),
    "half-key": (with_key(lambda key: key.write_bytes(key.read_bytes()[:9])), "none that is known"),
    "wide-key": (with_key(lambda key: key.chmod(0o644)), "has mode 0644"),
    "shared-key": (with_key(lambda key: key.chmod(0o640)), "has mode 0640"),
    "dangling": (dangling, "does not resolve"),
}


def look_for(fault, folder, leaves):
    """One planted fault, in a store of which nothing else is wrong."""
    world = World(folder, leaves, 4, random.Random(0), collections.Counter())
    plant, words = PLANTS[fault]
    try:
        world.begin()
        world.settle(world.variants[2])  # no next, and the first slot's key is nobody else's
        with plant(world.store / "live" / "local/Default"):
            seen = world.watcher.wait_for(words)
        if not seen:
            raise Wrong(f"the watcher did not see '{fault}'")
        print(f"seen: {fault}: {words}")
    finally:
        world.close()


def show(counts, took):
    killed = max(1, counts["killed"])
    print(f"{counts['killed']} kills in {took:.0f} s, {counts['ended before']} runs ended before; "
          f"{counts['converged']} runs converged; {counts['bursts']} bursts")
    for phase in PHASES:
        print(f"  {phase:28} {counts[phase]:6}  {100 * counts[phase] / killed:5.1f} %")
    print(f"  {'in a burst':28} {counts['in a burst']:6}")
    for name, count in sorted(counts.items()):
        if name.startswith("watcher: ") or name.endswith(" beside others") or \
                name in ("damaged", "plans that repair", "stores"):
            print(f"  {name:28} {count:g}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=24 * 3600, help="when to end in any case")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10 ** 9))
    parser.add_argument("--folder", action="append", help="where a store is made; again: others")
    parser.add_argument("--slots", type=int, default=9, help="how many, at least 4")
    parser.add_argument("--plant", choices=[*PLANTS, "all"], help="a fault that is to be found")
    options = parser.parse_args()
    if not PROGRAM or not WATCH:
        parser.error("CERTROLL and WATCH name no programs")
    return options


def main():
    options = read_options()
    folders = options.folder or [tempfile.gettempdir()]
    leaves, counts, start = Leaves(), collections.Counter(), time.monotonic()
    print(f"seed {options.seed}", flush=True)
    try:
        for fault in PLANTS if options.plant == "all" else filter(None, [options.plant]):
            look_for(fault, folders[0], leaves)
        for number, folder in enumerate(folders):
            world = World(folder, leaves, options.slots,
                          random.Random(f"{options.seed}/{number}"), counts)
            try:
                world.begin()
                part = (number + 1) / len(folders)
                while counts["killed"] < options.kills * part and \
                        time.monotonic() - start < options.seconds * part:
                    world.go_on()
                world.end()
            finally:
                world.close()
    except Wrong as wrong:
        show(counts, time.monotonic() - start)
        sys.exit(f"seed {options.seed}: {wrong}")
    show(counts, time.monotonic() - start)


if __name__ == "__main__":
    main()
