"""Lets every system call of a run that writes fail in every way, and looks at what is left.

    CERTROLL   the program
    INJECT     inject.c, built

Without arguments: one case for each kind of call, the fault drawn by a seed that is printed; that is
what ctest runs. With arguments: see --help.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import scenes  # noqa: E402
from harness import SKIPPED, clock_fault  # noqa: E402
from outcome import Case, Wrong, anonymous, error_lines, find_course, judge  # noqa: E402

FAULTS = ["EIO", "ENOSPC", "EDQUOT", "EINTR", "short", "one", "before", "after"]
SHORT = ("short", "one")
SCENES = ["first", "posted", "changes", "prune", "trim", "killed_early", "killed_late", "deliver",
          "many"]
NEED_CLOCK = {"changes", "killed_early", "killed_late"}
JOBS = (1, 2)

# Paths below the folder of a case to what they are; the first that fits.
KINDS = [(re.compile(pattern), kind) for pattern, kind in (
    (r"(?:.*/)?(?:store|proc/self/fd/\d+)/(index\.db[-.a-z]*|lock|outbox\.lock)$", r"\1"),
    (r"store/objects/\.new-[0-9a-f]+$", "objects/NEW"),
    (r"store/objects/\.new-[0-9a-f]+/(.*)$", r"objects/NEW/\1"),
    (r"store/objects/[0-9a-f]{64}$", "objects/OBJECT"),
    (r"store/objects/[0-9a-f]{64}/(.*)$", r"objects/OBJECT/\1"),
    (r"store/live/[^/]+/[^/]+/\.[a-z]+\.new$", "live/SCOPE/TYPE/LINK.new"),
    (r"store/live/[^/]+/[^/]+/[a-z]+$", "live/SCOPE/TYPE/LINK"),
    (r"store/live/[^/]+/[^/]+$", "live/SCOPE/TYPE"),
    (r"store/live/[^/]+$", "live/SCOPE"),
    (r"store/reports/[^/]+\.(json|html)\.[0-9a-z]+\.tmp$", r"reports/RUN.\1.tmp"),
    (r"store/reports/[^/]+\.(json|html)$", r"reports/RUN.\1"),
    (r"store/(objects|live|reports)$", r"\1"),
    (r"store$", "STORE"),
    (r"last-run\.html\.[0-9a-z]+\.tmp$", "report.tmp"),
    (r"last-run\.html$", "report"),
    (r"out$", "standard output"),
    (r"err$", "standard error"),
    (r"$", "folder above"),
    (r"(pipe|socket):.*$", r"\1"),
    (r"/.*$", "folder above"),
)]


def kind_of(path, folder):
    below = path.removeprefix(str(folder)).lstrip("/") if path.startswith(str(folder)) else path
    for pattern, kind in KINDS:
        if match := pattern.fullmatch(below):
            return match.expand(kind)
    return below


def describe(call, folder):
    kinds = [kind_of(path, folder) for path in (call.path, call.other) if path]
    return f"{call.name} {' > '.join(kinds)}".strip()


class Bench:
    """Makes scenes, and runs cases in them."""

    def __init__(self):
        self.ground = scenes.Ground()
        self.folder = self.ground.folder / "case"
        self.made = {}
        self.table = collections.defaultdict(collections.Counter)
        self.messages = collections.Counter()
        self.wrong = []
        self.count = 0

    def close(self):
        self.ground.doCleanups()

    def scene(self, name):
        """The scene, its course without a fault, and the calls of that."""
        if name not in self.made:
            scene = getattr(self.ground, name)()
            made = scene, *find_course(scene, self.folder, self.ground.mailbox)
            self.made[name] = made
            self.clear()
        return self.made[name]

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def calls(self, name, jobs):
        """All calls of a run without a fault; what one is about as its name."""
        scene, _, calls = self.scene(name)
        if jobs > 1:
            mailbox = self.ground.mailbox
            scenes.copy(scene.template, self.folder)
            mailbox.status = scene.receiver
            calls = scenes.run_injected(self.folder, scene.command, jobs)[1]
            self.clear()
        return [(call, describe(call, self.folder)) for call in calls]

    def begin(self, name, jobs, at, fault):
        """The run of one case in its folder; what it left is not looked at yet."""
        scene, course, _ = self.scene(name)
        mailbox = self.ground.mailbox
        scenes.copy(scene.template, self.folder)
        mailbox.status, mailbox.keys[:] = scene.receiver, []
        run, reached = scenes.run_injected(self.folder, scene.command, jobs, at, fault)
        return Case(scene, course, self.folder, fault, reached[0] if reached else None, run)

    def run(self, name, jobs, at, fault):
        """One case; what is wrong is kept and printed."""
        case = None
        self.count += 1
        try:
            case = self.begin(name, jobs, at, fault)
            word = judge(case, self.ground.mailbox)
        except (Wrong, OSError, ValueError, subprocess.TimeoutExpired) as error:
            word = "WRONG"
            self.report(name, jobs, at, fault, case and case.call, error)
        if case and case.call:
            self.table[describe(case.call, self.folder)][fault, word] += 1
        if case and not case.is_kill:
            self.messages.update(anonymous(line) for line in error_lines(case.run))
        self.clear()

    def report(self, name, jobs, at, fault, call, error):
        self.wrong.append((name, jobs, at, fault))
        about = describe(call, self.folder) if call else "not reached"
        print(f"WRONG: --scene {name} --jobs {jobs} --at {at} --fault {fault} ({about}): "
              f"{type(error).__name__}: {error}", flush=True)


def usable(names):
    fault = clock_fault()
    if fault:
        print(f"skipped: {', '.join(sorted(NEED_CLOCK & set(names)))}: {fault}", file=sys.stderr)
    return [name for name in names if not (fault and name in NEED_CLOCK)]


def faults_for(call):
    return [fault for fault in FAULTS if fault not in SHORT or call.can_be_short]


def run_all(bench, names, jobs, faults, wanted, chosen):
    for name in names:
        for threads in jobs:
            start = time.monotonic()
            calls = [each for each in bench.calls(name, threads) if wanted.search(each[1])]
            for call, _ in calls:
                for fault in faults_for(call):
                    if fault in faults and chosen():
                        bench.run(name, threads, call.number, fault)
            print(f"{name}, --jobs {threads}: {len(calls)} calls, "
                  f"{time.monotonic() - start:.0f} s", flush=True)


def run_sample(bench, names, draw):
    """Each kind of call once."""
    met = set()
    for name in names:
        threads = draw.choice(JOBS)
        kinds = collections.defaultdict(list)
        for call, kind in bench.calls(name, 1):
            kinds[kind].append(call)
        for kind in [kind for kind in kinds if kind not in met]:
            met.add(kind)
            call = draw.choice(kinds[kind])
            bench.run(name, threads, call.number, draw.choice(faults_for(call)))


def print_table(bench):
    """Markdown: calls by faults, in each cell how often what came of it."""
    print("| call | " + " | ".join(FAULTS) + " |")
    print("| --- |" + " --- |" * len(FAULTS))
    for kind in sorted(bench.table):
        cells = []
        for fault in FAULTS:
            words = {word: count for (name, word), count in bench.table[kind].items()
                     if name == fault}
            cells.append(", ".join(f"{word} {count}" for word, count in sorted(words.items())))
        print(f"| {kind} | " + " | ".join(cells) + " |")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every call, every fault")
    parser.add_argument("--table", action="store_true", help="the same, and a table of it")
    parser.add_argument("--scene", action="append", choices=SCENES, help="these alone")
    parser.add_argument("--jobs", action="append", type=int, help="with so many threads alone")
    parser.add_argument("--fault", action="append", help="these alone")
    parser.add_argument("--call", type=re.compile, default=re.compile(""), metavar="PATTERN",
                        help="with --all: calls that look so alone")
    parser.add_argument("--part", type=float, default=1, metavar="P",
                        help="with --all: each case with this probability alone")
    parser.add_argument("--at", type=int, help="this call alone")
    parser.add_argument("--list", action="store_true", help="the calls, and nothing fails")
    parser.add_argument("--messages", action="store_true", help="what was said, and how often")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    return parser.parse_args()


def act(bench, options):
    print(f"seed {options.seed}")
    draw = random.Random(options.seed)
    names = usable(options.scene or SCENES)
    jobs = options.jobs or JOBS
    faults = options.fault or FAULTS
    if options.list:
        for name in names:
            for call, kind in bench.calls(name, jobs[0]):
                print(name, call.number, call.count, kind)
    elif options.at:
        for name in names:
            for threads in jobs:
                for fault in faults:
                    bench.run(name, threads, options.at, fault)
    elif options.all or options.table:
        run_all(bench, names, jobs, faults, options.call, lambda: draw.random() < options.part)
    else:
        run_sample(bench, [name for name in names if name != "many"], draw)


def main():
    options = read_arguments()
    for name in ("CERTROLL", "INJECT"):
        if not os.environ.get(name):
            sys.exit(f"{name} names no program")
    bench = Bench()
    try:
        act(bench, options)
        if options.table:
            print_table(bench)
        if options.messages:
            for message, count in sorted(bench.messages.items()):
                print(f"{count:6} {message}")
    finally:
        bench.close()
    print(f"{bench.count} cases, {len(bench.wrong)} wrong")
    sys.exit(1 if bench.wrong else 0)


if __name__ == "__main__":
    main()
