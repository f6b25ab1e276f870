#!/usr/bin/python3
"""A power cut at every instant of a run: what the disk may then hold is built, and judged.

    power.py [--scenario NAME]... [--seed N] [--states N | --full] [--lie | --syncs]

A run of certroll is recorded (power_trace.py): every write, every name, every sync. For each instant
of it, and for each choice that a disk has of what was not yet durable (power_disk.py), the store is
built anew and judged (power_judge.py): by certroll's own status, history and verify, by its files,
and by the run that comes next. CERTROLL names the program.

    --states N   judges about so many states of each scenario, chosen at random (default 12), and
                 the one that has only what was durable in the end
    --full       judges all, with each single operation dropped or alone, and many at random
    --kills N    so many more recordings of each scenario, in which the run is killed at an instant
                 chosen at random, and comes again; the power fails during either, or after
    --lie        one sync after the other is a lie: what it was to make durable is not. The last run
                 may be lost; the next one must notice and repair
    --syncs      does the judgement see a sync that is missing? Each is taken away in turn, as if the
                 program lacked it, and the syncs that no state misses are told
    --at N       judges the states of one instant only, as a failure names it
    --kill CALL:N   of the recording that was killed there, likewise
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
# pylint: disable=wrong-import-position
from harness import PROGRAM, SKIPPED
from power_disk import build, choices, differences, keep_stamps, replay
from power_judge import STORE, Judge, Known, World, out_of_reach, say
from power_scenarios import SCENARIOS
from power_trace import STRACE, History, record

OFTEN, OFTEN_FULL = 3, 8  # random choices at one instant
WEIGHTS = {"data": 1, "size": 1}  # of instants; of all others 4
ALWAYS_MOST = 3  # instants of one scenario
FAULTS_TOLD = 5  # of one scenario


class Recording:
    """A scenario that has run once: its history, and the states before and after."""

    def __init__(self, name, folder, kill_at=None):
        self.name, self.scenario, self.kill_at = name, SCENARIOS[name](), kill_at
        self.world, self.indexes_lost = World(folder), 0
        (self.world.disk / "out").mkdir(parents=True)
        self.world.store.parent.mkdir(parents=True)
        self.scenario.prepare(self.world)
        self.before = Known(self.world)
        self.history = History(self.world.disk)
        self.scenario.begin()
        if kill_at:
            self._run(kill_at)
            self.scenario.begin()
        code = self._run()
        # what a killed run had done the next one need not do again
        if code != self.scenario.code and not kill_at:
            raise RuntimeError(f"{name}: the recorded run ended with {code}")
        self.history.note_looks()
        differing = differences(self.history, self.world.disk)
        if differing:
            raise RuntimeError(f"{name}: the replay of all differs from what the run left: "
                               f"{differing}")
        self.after = Known(self.world)

    def _run(self, kill_at=None):
        command = self.world.command(*self.scenario.again(self.world))
        return record(self.history, command, str(self.world.folder / "trace"),
                      self.world.environment(), kill_at).returncode

    @property
    def end(self):
        return len(self.history.operations)

    @property
    def title(self):
        return self.name + (" --kill {}:{}".format(*self.kill_at) if self.kill_at else "")

    def what(self, number):
        """Which call, and of which file."""
        operation, node = self.history.operations[number], self.history.operations[number].node
        names = sorted({path for path, item in replay(self.history).tree().items()
                        if item[0] is node} |
                       {name for each in self.history.operations if each.kind == "names"
                        for (_, name), named in each.sets if named is node})
        return f"{operation.call.partition('(')[0]} of {', '.join(names) or 'all'}"

    def syncs(self):
        return [i for i, each in enumerate(self.history.operations) if each.is_sync]

    def states_at(self, until, seed, whole, ignored=()):
        """(instant, how, what identifies it, disk) of each state that a cut then may leave."""
        rng = random.Random(f"{seed}/{self.title}/{until}/{sorted(ignored)}")
        for how, disk in choices(self.history, until, rng, OFTEN_FULL if whole else OFTEN, ignored,
                                 whole):
            looks = hash((until == self.end, *((path, *item[1:])
                                               for path, item in disk.tree().items())))
            yield until, how, looks, disk

    def states(self, seed, whole, ignored=(), instants=None, but=()):
        """Those of all instants, none twice."""
        seen = set(but)
        for until in range(self.end + 1) if instants is None else instants:
            for until, how, looks, disk in self.states_at(until, seed, whole, ignored):
                if looks not in seen:
                    seen.add(looks)
                    yield until, how, looks, disk

    def sample(self, seed, amount):
        """So many, and what is durable in the end."""
        rng = random.Random(f"{seed}/{self.title}")
        instants = range(1, self.end + 1)
        weights = [WEIGHTS.get(self.history.operations[i - 1].kind, 4) for i in instants]
        always = [i for i in instants if re.search(self.scenario.always,
                                                   self.history.operations[i - 1].call)]
        states = [rng.choice(list(self.states_at(until, seed, False)))
                  for until in rng.choices(instants, weights, k=amount)]
        states += self.states(seed, False, instants=always[:ALWAYS_MOST])
        states += [state for state in self.states_at(self.end, seed, False)
                   if state[1] == "any, none of it"]
        return {looks: (until, how, looks, disk) for until, how, looks, disk in states}.values()

    def judge(self, until, disk, lied=False):
        """The faults of one state."""
        out_of_reach(self.world)
        tree = build(disk, self.world.disk)
        keep_stamps(tree, self.world.disk, STORE)
        self.scenario.begin()
        judge = Judge(self.world, self.scenario, self.before, self.after, self.kill_at is not None)
        faults = judge.lied() if lied else judge.honest(until == self.end)
        self.indexes_lost += judge.index_lost
        return faults


def tell(recording, until, how, faults, more=""):
    call = recording.history.operations[until - 1].call if until else "nothing"
    say(f"FAULT {recording.title} --at {until} ({how}){more}, after {call}")
    for fault in faults[:FAULTS_TOLD]:
        say(f"    {fault[:600]}")


def judge_states(recording, states):
    failed = judged = 0
    for until, how, _, disk in states:
        judged += 1
        faults = recording.judge(until, disk)
        failed += bool(faults)
        if faults and failed <= FAULTS_TOLD:
            tell(recording, until, how, faults)
    return judged, failed


def judge_honest(recording, options):
    if options.at is not None:
        states = recording.states(options.seed, options.full, instants=[options.at])
    elif options.full:
        states = recording.states(options.seed, True)
    else:
        states = recording.sample(options.seed, options.states)
    return judge_states(recording, states)


def after_sync(recording, sync, options, rng, amount):
    """States of some instants after a sync that did nothing."""
    instants = range(sync + 1, recording.end + 1)
    some = sorted(rng.sample(instants, min(len(instants), amount)) + [recording.end])
    return recording.states(options.seed, options.full, (sync,), some)


def judge_lies(recording, options):
    """Each sync a lie, or some of them."""
    rng = random.Random(f"{options.seed}/{recording.title}/lies")
    syncs, failed, judged = recording.syncs(), 0, 0
    for sync in syncs if options.full else rng.sample(syncs, min(options.states, len(syncs))):
        states = list(after_sync(recording, sync, options, rng, 4))
        for until, how, _, disk in rng.sample(states, min(len(states), 12 if options.full else 1)):
            judged += 1
            faults = recording.judge(until, disk, lied=True)
            failed += bool(faults)
            if faults and failed <= FAULTS_TOLD:
                tell(recording, until, how, faults, f", {recording.what(sync)} ({sync}) having lied")
    say(f"{recording.title}: the index was lost in {recording.indexes_lost} states")
    return judged, failed


def judge_syncs(recording, options):
    """Each sync left out: those that no state misses are told, and count as no failure."""
    rng = random.Random(f"{options.seed}/{recording.title}/syncs")
    syncs, unseen, judged = recording.syncs(), [], 0
    for sync in syncs:
        states = list(after_sync(recording, sync, options, rng, 8))
        rng.shuffle(states)
        states.sort(key=lambda state: "none of it" not in state[1])
        for until, _, _, disk in states[:200 if options.full else options.states]:
            judged += 1
            if recording.judge(until, disk):
                break
        else:
            unseen.append(sync)
    for sync in unseen:
        say(f"    missed by no state: {sync} {recording.what(sync)}")
    say(f"{recording.title}: {len(syncs) - len(unseen)} of {len(syncs)} syncs are missed")
    return judged, 0


def kill_points(recording, seed, amount):
    rng = random.Random(f"{seed}/{recording.name}/kills")
    calls = {(each.call.partition("(")[0], each.nth) for each in recording.history.operations
             if each.kind not in ("data", "size")}
    return rng.sample(sorted(calls), min(amount, len(calls)))


def known_kill(recording):
    """Where the scenario says that it is killed as well."""
    operations, scenario = recording.history.operations, recording.scenario
    found = [after for each, after in zip(operations, operations[1:])
             if scenario.killed and re.search(scenario.killed, each.call)]
    return [(found[scenario.killed_nth].call.partition("(")[0], found[scenario.killed_nth].nth)
            ] if found else []


def run_one(name, options, judge, kill_at=None):
    """A scenario in a folder of its own: its recording, and (judged, failed)."""
    start = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="certroll-power."))
    recording = None
    try:
        recording = Recording(name, folder, kill_at)
        judged, failed = judge(recording, options)
    finally:
        if recording:
            recording.scenario.close()
            out_of_reach(recording.world)
        shutil.rmtree(folder, ignore_errors=True)
    say(f"{recording.title}: {recording.end} operations, {len(recording.syncs())} syncs; "
        f"{judged} states, {failed} failed; {time.monotonic() - start:.1f} s")
    return recording, judged, failed


def run_all(options):
    judge = judge_lies if options.lie else judge_syncs if options.syncs else judge_honest
    totals = collections.Counter()
    for name in options.scenario or SCENARIOS:
        kills = [options.kill.split(":")] if options.kill else [None]
        while kills:
            recording, judged, failed = run_one(name, options, judge, kills.pop(0))
            totals += {"states": judged, "failed": failed, "recordings": 1}
            if judge is judge_honest and not recording.kill_at and options.at is None:
                kills = known_kill(recording) + kill_points(recording, options.seed, options.kills)
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", action="append", choices=sorted(SCENARIOS))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--states", type=int, default=12)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--lie", action="store_true")
    parser.add_argument("--syncs", action="store_true")
    parser.add_argument("--at", type=int)
    parser.add_argument("--kill")
    options = parser.parse_args()
    if not PROGRAM:
        sys.exit("CERTROLL names no program")
    if not STRACE:
        say("skipped: strace is not installed")
        sys.exit(SKIPPED)
    say(f"seed {options.seed}")
    totals = run_all(options)
    say(f"{totals['recordings']} recordings, {totals['states']} states, {totals['failed']} failed")
    sys.exit(1 if totals["failed"] else 0)


if __name__ == "__main__":
    os.umask(0o022)
    main()
