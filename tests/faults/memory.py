#!/usr/bin/python3
"""Every allocation of certroll fails once.

    memory.py                      the first and another allocation of places drawn by lot, for as
                                   long as --seconds says
    memory.py --all                those of every place
    memory.py --seed N ...         the same lots again
    memory.py roll --number 1234   one allocation of one scenario
    memory.py ... --onward         with each allocation all that come behind it fail as well

A place is what calls: the innermost --frames return addresses, as scarce.c finds them. The
environment names the program (CERTROLL) and scarce.c (SCARCE). Of each run is demanded:

    - it ends by itself, with 0 or 1, and no sanitizer finds anything;
    - with 0 it has done and said what a run with enough memory does and says;
    - with 1 it says that memory was out, and no error that is not so;
    - every link of the store shows what it showed before or what it is to show, whole;
    - verify finds nothing, or what the next run mends;
    - after the next run the store is as if nothing had happened, and nothing is left over.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

from scarcity import RUN_ID, SHIM, State, World, plain, unnamed

from harness import BROKEN, PROGRAM

ERROR = re.compile(r"error: (.*) \[([a-z_]+)\]")
# Functions of libraries that end the process where there is no memory, and how: getgrnam(3) of glibc
# does not look, OpenSSL's tidies up what it has not made. glibc ends it also where a library touches
# its thread-local storage for the first time, in its last moments too.
DEATHS = {"getgrnam": (-signal.SIGSEGV, -signal.SIGABRT),
          "OSSL_PROVIDER_try_load": (-signal.SIGSEGV,),
          "OSSL_LIB_CTX_get0_global_default": (-signal.SIGSEGV,)}
NO_STORAGE = "cannot allocate memory for thread-local data: ABORT"
SANITIZERS_OWN = "AddressSanitizer: CHECK failed"
FOLLOWED = 0.1  # of the runs that leave what others have left, so many are followed by a next one


def known(target, *states):
    """The files that a link shows, as these states have them."""
    folder = target.removeprefix("../../../") + "/"
    return {name for state in states for name in state.objects if name.startswith(folder)}


class Expected:
    """What a scenario does with enough memory."""

    def __init__(self, world, scenario, frames):
        self.scenario = scenario
        scenario.reset()
        self.before = State(world.store)
        self.code, self.out, self.err = world.scarce(scenario, SCARCE_FRAMES=frames)
        self.places = world.places()
        self.after = State(world.store)
        self.follow_code = None
        if scenario.follow:
            self.follow_code = world.command(scenario.follow, **scenario.env).returncode
        self.final = State(world.store)
        self.status = world.shown() if scenario.follow else ""
        self.followed = set()  # states that a next run was made in
        self.errors = {code for _, code in ERROR.findall(self.err)}
        if scenario.sends:
            self.errors.add("delivery_failed")  # it did; the reason is in libcurl's own words

    def lots(self, chance):
        """Of each place its first allocation and another one, in any order."""
        numbers = collections.defaultdict(list)
        for number, place in enumerate(self.places, 1):
            numbers[place].append(number)
        found = [found[0] for found in numbers.values()]
        found += [chance.choice(found[1:]) for found in numbers.values() if len(found) > 1]
        chance.shuffle(found)
        return len(numbers), found


class Judge:
    """Holds one run with a failed allocation against what is demanded."""

    def __init__(self, world, expected, chance):
        self.world, self.expected, self.scenario = world, expected, expected.scenario
        self.chance = chance
        self.faults = []

    def blame(self, what):
        self.faults.append(what)

    def run(self, **wanted):
        world, scenario = self.world, self.scenario
        scenario.reset()
        try:
            code, out, err = world.scarce(scenario, **wanted)
        except subprocess.TimeoutExpired:
            self.blame("it hung")
            return "hung"
        refused, self.where = world.refused()
        self.told = f"{err}\n{out[:2000]}"
        if not refused:
            return "not reached"
        outcome = "failed" if code else "done"
        if self.is_death(code, err):
            outcome = "ended by a library"
        elif code not in (0, 1) or code == BROKEN:
            self.blame(f"exit code {code}")
        elif code == 0 or (out, err) == (self.expected.out, self.expected.err):
            self.check_done(code, out, err)
        else:
            self.check_told(out, err)
        self.check_file()
        if scenario.follow:
            state = self.check_store(code)
            if state not in self.expected.followed or self.chance.random() < FOLLOWED:
                self.check_next(state)
        elif not State(world.store).same(self.expected.after):
            self.blame("a command that only reads changed the store")
        return outcome

    def is_death(self, code, err):
        """Did a library end it that did not look at what it asked for?"""
        if (code == 127 and NO_STORAGE in err) or SANITIZERS_OWN in err:
            return True
        names = {line.split()[-1] for line in self.where}
        return any(code in codes and name in names for name, codes in DEATHS.items())

    def check_done(self, code, out, err):
        expected = self.expected
        if code != expected.code:
            self.blame(f"exit code {code} in place of {expected.code}")
        if plain(out) != plain(expected.out):
            self.blame("done, and it says something else")
        if not {c for _, c in ERROR.findall(err)} <= expected.errors:
            self.blame("done, with other errors")
        if self.scenario.sends and self.scenario.name != "deliver":
            found = RUN_ID.search(out) if "json" in self.scenario.arguments else None
            if found and not self.world.server.taken[found[0]]:
                self.blame("done, and its report did not arrive")

    def check_told(self, out, err):
        # What fails in any case may say just that: an excerpt, or a look at the outbox, is left out.
        as_ever = self.expected.code and {c for _, c in ERROR.findall(err)} == self.expected.errors
        if ("memory" not in err and not as_ever
                and not (self.scenario.sends and "[delivery_failed]" in err)):
            self.blame("failed, and nothing says that memory was out")
        for message, code in ERROR.findall(err):
            if code not in self.expected.errors and "memory" not in message:
                self.blame(f"an error that is not so: {message} [{code}]")
        if "json" in self.scenario.arguments and out:
            try:
                for problem in json.loads(out).get("problems", []):
                    if (problem["severity"] == "error" and "memory" not in problem["message"]
                            and problem["code"] not in self.expected.errors):
                        self.blame(f"an error that is not so: {problem['message']}")
            except json.JSONDecodeError:
                pass  # it was cut, and the exit code says so

    def check_file(self):
        """What it writes is whole or not there."""
        path = self.scenario.writes and pathlib.Path(self.scenario.writes)
        if path and path.exists():
            end = path.read_bytes().rstrip()[-7:]
            if not (end == b"</html>" or end.endswith(b"}")):
                self.blame(f"{path.name} is not whole")

    def check_store(self, code):
        expected, now = self.expected, State(self.world.store)
        for name in {*now.links, *expected.before.links, *expected.after.links}:
            if now.links.get(name) not in (expected.before.links.get(name),
                                           expected.after.links.get(name)):
                self.blame(f"{name} shows {now.links.get(name)}")
        for name, found in now.objects.items():
            if name.startswith("objects/.new-"):
                continue  # not there yet for anybody
            if found not in (expected.before.objects.get(name), expected.after.objects.get(name)):
                self.blame(f"{name} is none of what it may be")
        for name, target in now.links.items():
            missing = known(target, expected.before, expected.after) - known(target, now)
            was = known(target, expected.before) if expected.before.links.get(name) == target else {}
            if not missing.isdisjoint(was or missing):
                self.blame(f"{name} shows half a certificate")
        if code == 0 and not now.same(expected.after):
            self.blame("done, and the store is not what it is to be")
        checked = self.world.command(["verify"])
        state = (code, json.dumps([now.links, now.objects]), frozenset(map(unnamed, now.names)),
                 plain(checked.stdout + checked.stderr))
        if checked.returncode not in (0, 1):
            self.blame(f"verify: exit code {checked.returncode}")
        elif checked.returncode and code == 0:
            self.blame(f"done, and verify finds: {checked.stderr}{checked.stdout}")
        return state

    def check_next(self, state):
        world, scenario, expected = self.world, self.scenario, self.expected
        run = world.command(scenario.follow, **scenario.env)
        if run.returncode != expected.follow_code:
            self.blame(f"the next run: exit code {run.returncode}: {run.stderr}")
        now = State(world.store)
        if not now.same(expected.final):
            self.blame("the next run does not converge")
        if now.names != expected.final.names:
            self.blame(f"left over or lost: {sorted(now.names ^ expected.final.names)}")
        if world.shown() != expected.status:
            self.blame("the next run leaves another status")
        verified = world.command(["verify"])
        if verified.returncode != 0:
            self.blame(f"verify after the next run: {verified.stdout}{verified.stderr}")
        self.expected.followed.add(state)


def symbols(where):
    """The functions of these places, for people."""
    for line in where[2:18]:
        path, offset, symbol = line.split()
        path = PROGRAM if path == "certroll" else path
        try:
            found = subprocess.run(["addr2line", "-fsi", "-e", path, hex(int(offset, 16) - 1)],
                                   capture_output=True, text=True, check=False).stdout.split("\n")
        except OSError:
            found = ["??"]
        yield f"{pathlib.Path(path).name} {offset} {symbol if '?' in found[0] else found[0]}"


class Tally:
    def __init__(self):
        self.outcomes = collections.Counter()
        self.faults = 0

    def try_one(self, world, expected, chance, **wanted):
        judge = Judge(world, expected, chance)
        outcome = judge.run(**wanted)
        self.outcomes[outcome] += 1
        if judge.faults:
            self.faults += 1
            print(f"\n{expected.scenario.name} {wanted}: {outcome}")
            for fault in judge.faults:
                print("  " + fault.replace("\n", "\n      "))
            print("  said: " + getattr(judge, "told", "")[:1500].replace("\n", "\n      "))
            for place in symbols(getattr(judge, "where", [])):
                print("    " + place)
            sys.stdout.flush()


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--number", type=int)
    parser.add_argument("--onward", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    if not PROGRAM or not SHIM:
        sys.exit("CERTROLL and SCARCE name the program and the shim")
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    chance = random.Random(seed)
    print(f"seed {seed}", flush=True)
    world = World(options.jobs)
    try:
        world.make()
        sys.exit(run(options, world, chance))
    finally:
        world.doCleanups()


def run(options, world, chance):
    faults = 0
    chosen = options.scenario or list(world.scenarios)
    how = "SCARCE_FROM" if options.onward else "SCARCE_REFUSE"
    for name in chosen:
        expected = Expected(world, world.scenarios[name], options.frames)
        places, lots = expected.lots(chance)
        tally = Tally()
        start = time.monotonic()
        for number in [options.number] if options.number else lots:
            if not options.all and time.monotonic() - start > options.seconds / len(chosen):
                break
            tally.try_one(world, expected, chance, **{how: number})
        print(f"{name:10} exit {expected.code}: {len(expected.places)} allocations, {places} places, "
              f"{dict(tally.outcomes)}, {tally.faults} faults, "
              f"{time.monotonic() - start:.1f} s", flush=True)
        faults += tally.faults
    return faults > 0


if __name__ == "__main__":
    main()
