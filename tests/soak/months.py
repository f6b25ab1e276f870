"""What is looked at after thirty nights, and judged at the end."""
import json

import shelf

MONTH = 30
LARGER = 1.15  # the largest of a later month, against the largest of the second year
SLOWER = 2  # for time: other programs of the machine make it longer, too
# ... and so much more: what chance makes of small numbers.
SLACK = {"files": 40, "bytes": 128 * 1024, "pages": 8, "rows": 40, "KiB": 2048, "ms": 3}


class Months:
    def __init__(self, nights, people, quiet):
        self.nights, self.people, self.quiet = nights, people, quiet
        self.figures = []
        self.complaints = []

    def complain(self, day, text):
        self.complaints.append(f"after night {day}: {text}")

    def close(self, day):
        nights = self.nights
        code, run = nights.certroll(day, "verify")
        if code or run.stderr:
            self.complain(day, f"verify: exit {code}: {run.stdout}{run.stderr}")
        code, run = nights.certroll(day, "status", "-o", "json")
        if code:
            self.complain(day, f"status: exit {code}: {run.stderr}")
        status = json.loads(run.stdout)
        self.hold_against_people(day, status)
        self.look_for_keys(day, status)
        figures = shelf.measure(nights.store)
        figures |= self.costs()
        self.figures.append(figures)
        if not self.quiet:
            self.say(day, figures)

    def hold_against_people(self, day, status):
        found = {f"{slot['scope']}/{slot['type']}": slot["current"]["fingerprint"]
                 for slot in status["slots"] if slot["owner"] != "import"}
        for slot, fingerprint in self.people.expected(day).items():
            if found.get(slot) != fingerprint:
                self.complain(day, f"{slot} has {found.get(slot)}, not {fingerprint}")

    def look_for_keys(self, day, status):
        """A private key is kept while a slot, a holding or a kept run refers to it, not longer."""
        referred = {each["fingerprint"] for each in status["unassigned"]}
        for slot in status["slots"]:
            referred |= {each["fingerprint"] for each in
                         [slot["current"], slot["previous"], *slot["next"]] if each}
        store = self.nights.store
        for fingerprint in sorted(shelf.keys(store) - referred - self.nights.may_be_kept()):
            self.complain(day, f"the private key of {fingerprint[:16]} is still there, of a "
                               f"certificate with {shelf.not_after(store, fingerprint)}")

    def costs(self):
        costs, self.nights.costs = sorted(self.nights.costs), []
        return {"a night: processor ms": costs[len(costs) // 2][0] / 1e6,
                "a night: elapsed ms": sorted(cost[2] for cost in costs)[len(costs) // 2] / 1e6,
                "a night: peak KiB": max(cost[1] for cost in costs)}

    @staticmethod
    def say(day, figures):
        print(f"{day + 1:5} nights: {figures['a night: elapsed ms']:5.0f} ms, "
              f"{figures['a night: processor ms']:5.0f} ms of processor, "
              f"{figures['a night: peak KiB'] / 1024:5.1f} MiB, store "
              f"{figures['store: bytes'] / 1e6:6.2f} MB in {figures['store: files']} files, index "
              f"{figures['index: bytes'] / 1e6:5.2f} MB, {figures['rows: certificate']} certificates, "
              f"{figures['rows: source']} sources, {figures['rows: run']} runs", flush=True)

    def judge(self, days):
        """What grew; and the table of all figures."""
        year = 12 if days >= 3 * 365 else 3
        early, late = self.figures[year:2 * year], self.figures[2 * year:]
        if not early or not late:
            return []
        complaints = []
        print(f"{'':24}{'second ' + ('year' if year == 12 else 'quarter'):>16}{'later':>16}")
        for name in self.figures[0]:
            before, after = (max(month[name] for month in months) for months in (early, late))
            print(f"{name:24}{before:16,.0f}{after:16,.0f}")
            unit = name.split()[0].rstrip(":") if name.startswith("rows") else name.split()[-1]
            most = (SLOWER if unit == "ms" else LARGER) * before + SLACK[unit]
            if name != "a night: elapsed ms" and after > most:
                complaints.append(f"{name} has grown from {before:,.0f} to {after:,.0f}")
        return complaints
