"""A day of the soak, and the night after it."""
import json
import os
import subprocess

import shelf
from people import NIGHT, BEGIN, DAY, night

PATIENCE = 300
RUNS_KEPT = 30
# Error codes that a night may end with: of sources that are broken, and of a receiver that is down.
FAILING = {"unreadable", "not_a_certificate"}
DOWN = {"delivery_failed", "report_dropped"}
# What a year has of everything; where it was not met, the soak has shown nothing of it.
MET = {"import", "schedule", "activate", "assign", "retire", "remove", "repair", "delivery_failed",
       "report_dropped"}


def receiver_answer(day):
    """Three weeks a year the receiver's path is gone; some days it is overloaded, or off."""
    of_year = day % 365
    if 100 <= of_year < 121:
        return 404
    if 200 <= of_year < 203:
        return 503
    return None if of_year == 300 else 204


class Nights:
    def __init__(self, build, folder, people, receiver, chance):
        self.folder, self.people, self.receiver, self.chance = folder, people, receiver, chance
        self.program = build / "src/cli/certroll"
        self.meter = build / "tests/bench/meter"
        self.store = folder / "store"
        self.complaints = []
        self.costs = []  # (processor ns, peak KiB, elapsed ns) of each night since the last month
        self.all_runs = []  # their ids
        self.runs = []  # of those that are recorded: certificates that it touched; did it commit?
        self.old_name = None
        self.seen = {}  # how often each action and each problem came
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "LD_PRELOAD": str((build / "tests/soak/clock.so").resolve()),
            "CERTROLL_REPORT_TIMEOUT": "2"}

    def complain(self, day, text):
        self.complaints.append(f"night {day}: {text}")

    def certroll(self, day, *arguments, hour=NIGHT):
        """Runs it; the exit code, and what it printed."""
        result = self.folder / "meter"
        run = subprocess.run(
            [self.meter, result, self.program, *map(str, arguments), "--store", self.store],
            env=self.environment | {"SOAK_CLOCK": str(BEGIN + day * DAY + hour)},
            capture_output=True, text=True, check=False, timeout=PATIENCE)
        if run.returncode:
            raise SystemExit(f"{self.meter}: {run.stderr}")
        elapsed, processors, peak, code, _ = map(int, result.read_text().split())
        self.cost = processors, peak, elapsed
        return code, run

    def take(self, day, code, run):
        """What a run said of itself; its error codes."""
        if not run.stdout.startswith("{"):
            self.complain(day, f"exit {code}, and no run: {run.stderr[-500:]}")
            return {"run died"}
        told = json.loads(run.stdout)
        touched, committed = set(), False
        for action in told["actions"]:
            touched |= {action["fingerprint"], action["relieves"]}
            committed |= action["outcome"] == "done"
            self.count(action["action"])
            if action["outcome"] != "done":
                self.complain(day, f"{action['action']} of {action['certificate']}: "
                                   f"{action['outcome']}")
        for problem in told["problems"]:
            self.count(problem["code"])
        errors = {problem["code"] for problem in told["problems"]
                  if problem["severity"] == "error"}
        if told["actions"] or errors:  # any other leaves no trace
            self.runs.append((touched - {None}, committed))
        self.all_runs.append(told["run_id"])
        return errors

    def count(self, what):
        self.seen[what] = self.seen.get(what, 0) + 1

    def pass_day(self, day):
        """The people work, something breaks, and certroll is started at night."""
        answer = receiver_answer(day)
        more = []
        self.receiver.behave(answer)
        self.events(day)
        self.people.work(day)
        if day % 14 == 5:
            self.import_by_hand(day)
        if day % 5 == 3 and self.people.expected(day - 1):
            shelf.damage(self.store, self.sound_slot(day), self.chance)
        if day % 30 == 20:
            more.append("--prune")
        if day % 700 == 400:
            more.append("--take-over")
        if day % 700 == 401:
            self.let_go_of_the_old_name(day)
        code, run = self.certroll(
            day, "apply", "-o", "json", "--jobs", "2", *more, "--report",
            self.folder / "last.html", "--report-url", self.receiver.url, self.people.manifests)
        self.costs.append(self.cost)
        self.judge(day, answer, code, self.take(day, code, run))

    def events(self, day):
        """What happens once in some years."""
        teams = self.people.teams
        if day % 700 == 400:
            self.old_name = teams[-1].name
            self.people.rename(teams[-1], f"team-renamed-{day}")
        if day in (400, 2000):
            self.people.lose(teams[0], day == 400)

    def sound_slot(self, day):
        """One that was in order yesterday, and whose source is still there."""
        slots = [site.slot for team in self.people.teams for site in team.sites
                 if site.typed and site.entries[0].from_day < day
                 and site.expected(day) is site.expected(day - 1)
                 and site.expected(day).from_day < day]
        return self.chance.choice(slots)

    def import_by_hand(self, day):
        path = self.folder / "by-hand.pem"
        self.people.issuer.issue(path, "by-hand.example.com", BEGIN + (day - 1) * DAY,
                                 BEGIN + (day + 40) * DAY)
        code, run = self.certroll(day, "import", "-o", "json", "--path", path, "--type",
                                  "LogRetentionService", "--report-timeout", "1", hour=NIGHT - 3600)
        if self.take(day, code, run) - DOWN:
            self.complain(day, f"the import by hand: exit {code}: {run.stderr[-500:]}")

    def let_go_of_the_old_name(self, day):
        """What was only imported under it did not move with the slots (certroll(8), EVERY NIGHT)."""
        path = self.folder / "old-name.yaml"
        path.write_text(f"version: 1\nname: {self.old_name}\ncertificates: []\n")
        code, run = self.certroll(day, "apply", "-o", "json", "--prune", "--allow-empty", path,
                                  "--report-timeout", "1", hour=NIGHT - 1800)
        if self.take(day, code, run) - DOWN:
            self.complain(day, f"letting go of {self.old_name}: exit {code}: {run.stderr[-500:]}")

    def judge(self, day, answer, code, errors):
        """Did the run fail where it had to, and nowhere else?"""
        failing, down = self.people.has_failing(), answer != 204
        back = answer == 204 and receiver_answer(day - 1) != 204
        allowed = (FAILING if failing else set()) | (DOWN if down or back else set())
        if errors - allowed:
            self.complain(day, f"errors {sorted(errors - allowed)}")
        if failing and not errors & FAILING or down and not errors & DOWN:
            self.complain(day, f"nothing was said of what failed: {sorted(errors)}")
        if code != (1 if errors else 0):
            self.complain(day, f"exit {code} with {sorted(errors)}")

    def missing(self):
        """Of a year or more: what should have come and did not; and how reports arrived."""
        runs = self.receiver.runs
        order = {run: i for i, run in enumerate(self.all_runs)}
        places = [order[run] for run in runs if run in order]
        complaints = [f"no {what} was met" for what in sorted(MET - {*self.seen})]
        if len(places) < len(runs) or places != sorted({*places}):
            complaints.append("reports came twice, out of order, or of runs that nobody knows")
        return complaints

    def summary(self):
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.seen.items()))
        return f"{len(self.receiver.runs)} reports received; {told}"

    def may_be_kept(self):
        """What runs have touched that the last commit still knew of: 30, and those since."""
        commits = [i for i, (_, committed) in enumerate(self.runs) if committed]
        first = max(0, (commits[-1] if commits else 0) - RUNS_KEPT)
        return set().union(*(touched for touched, _ in self.runs[first:]))
