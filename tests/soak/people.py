"""The people of the soak: they renew certificates in turn, bring some in a broken file and mend that,
take away entries that have done their duty, give hosts up and set up new ones. They know what
certroll should have made of it.

A day is a night's number; a team is a manifest with its folder of sources.
"""
import datetime
import json

from issuer import PASSWORD

DAY = 24 * 3600
BEGIN = 2_335_219_200  # 2044-01-01T00:00:00Z: the years of UTCTime end within the soak
NIGHT = 2 * 3600 + 1800
LIVES = (90, 180, 365, 398, 730)


def night(day):
    """The instant at which certroll is started."""
    return BEGIN + day * DAY + NIGHT


def rfc3339(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Entry:
    """One certificate of a site, as the manifest lists it."""

    def __init__(self, name, path, fingerprint, from_day, to_day):
        self.name, self.path, self.fingerprint = name, path, fingerprint
        self.from_day, self.to_day = from_day, to_day
        self.roll = False
        self.mended_on = 0  # until then its file is broken
        self.exportable = False

    def is_broken(self, day):
        return day < self.mended_on


class Site:
    """A slot, or (without a type) a certificate that is only imported."""

    def __init__(self, name, life, typed):
        self.name, self.life, self.typed = name, life, typed
        self.scope = "global" if typed and sum(map(ord, name)) % 4 == 0 else "local"
        self.entries = []
        self.count = 0

    @property
    def slot(self):
        return f"{self.scope}/WebServicesExternal@{self.name}"

    def expected(self, day):
        """The entry that stands in current after the night: the last that is in effect."""
        return [each for each in self.entries if each.from_day <= day][-1]


class Team:
    """A manifest."""

    def __init__(self, people, name):
        self.people, self.name = people, name
        self.folder = people.folder / name
        self.folder.mkdir()
        (self.folder / "password").write_text(PASSWORD + "\n")
        (self.folder / "password").chmod(0o600)
        self.sites = []
        self.lost = False  # one entry's file never came
        self.changed = True

    def write(self):
        lines = [json.dumps(self.entry(site, each)) for site in self.sites for each in site.entries]
        if self.lost:
            lines.append(json.dumps({"name": "lost", "path": "never-came.pem"}))
        (self.people.manifests / f"{self.folder.name}.yaml").write_text(
            f"version: 1\nname: {self.name}\ncertificates:\n"
            + "".join(f"  - {line}\n" for line in lines))
        self.changed = False

    def entry(self, site, entry):
        fields = {"name": entry.name, "path": str(entry.path)}
        if entry.path.suffix == ".pfx":
            fields["password"] = {"file": str(self.folder / "password")}
        if entry.exportable:
            fields["private_key_exportable"] = True
        if site.typed:
            fields |= {"type": f"WebServicesExternal@{site.name}", "scope": site.scope,
                       "effective_date": rfc3339(BEGIN + entry.from_day * DAY)}
        if entry.roll:
            fields["roll"] = True
        return fields


class People:
    def __init__(self, folder, issuer, chance, sites, team_count=5):
        self.folder, self.issuer, self.chance = folder, issuer, chance
        self.manifests = folder / "manifests"
        self.manifests.mkdir()
        self.teams = [Team(self, f"team-{number}") for number in range(team_count)]
        self.broken = []  # (team, site, entry)
        self.site_count = self.issued = 0
        for number in range(sites):
            self.set_up(self.teams[number % team_count], 0, everything_at_once=True)

    def set_up(self, team, day, everything_at_once=False):
        """A new site. Those of the beginning are of all ages, so that no day has all renewals."""
        name = f"s{self.site_count:05}"
        life = LIVES[self.site_count // len(LIVES) % len(LIVES)]
        site = Site(name, life, typed=self.site_count % 25 != 24)
        self.site_count += 1
        age = self.chance.randrange(life - lead_of(life)) if everything_at_once else 0
        site.entries.append(self.bring(team, site, day - age, day, day - age + life))
        team.sites.append(site)
        team.changed = True

    def bring(self, team, site, valid_from, from_day, to_day):
        """An entry whose source has just come."""
        site.count += 1
        kind = "pfx" if site.count % 5 == 0 else "pem"
        path = team.folder / f"{site.name}-{site.count}.{kind}"
        fingerprint = self.issuer.issue(path, f"{site.name}.example.com",
                                        BEGIN + valid_from * DAY, BEGIN + to_day * DAY, kind)
        self.issued += 1
        entry = Entry(f"{site.name}-{site.count}", path, fingerprint, from_day, to_day)
        entry.exportable = self.chance.random() < 0.3
        return entry

    def work(self, day):
        """What they do on the day before the night."""
        for team, site, entry in [each for each in self.broken if each[2].mended_on <= day]:
            self.broken.remove((team, site, entry))
            entry.path.with_suffix(".good").replace(entry.path)
        for team in self.teams:
            for site in team.sites:
                self.look_after(team, site, day)
        if day and day % 30 == 17:
            self.exchange_hosts(day)
        for team in self.teams:
            if team.changed:
                team.write()

    def look_after(self, team, site, day):
        last = site.entries[-1]
        if day >= last.to_day - lead_of(site.life):
            self.renew(team, site, day)
        # The predecessor's file goes some time after its successor took over.
        elif len(site.entries) > 1 and day >= last.from_day + 3 + last.to_day % 40:
            self.take_away(team, site)

    def renew(self, team, site, day):
        old = site.entries[-1]
        from_day = old.to_day - 2 - self.chance.randrange(8)
        entry = self.bring(team, site, day - 1, from_day, day + site.life)
        entry.roll = site.typed and self.chance.random() < 0.85
        if self.chance.random() < 0.04:
            entry.mended_on = day + 1 + self.chance.randrange(4)
            good = entry.path.with_suffix(".good")
            entry.path.replace(good)
            entry.path.write_bytes(good.read_bytes()[:200])
            self.broken.append((team, site, entry))
        if not site.typed:  # nothing takes over from anything: the new one stands in its place
            self.take_away(team, site)
        site.entries.append(entry)
        team.changed = True

    def take_away(self, team, site):
        site.entries.pop(0).path.unlink()
        team.changed = True

    def exchange_hosts(self, day):
        """Of each team in turn a host is given up, and another is set up."""
        team = self.teams[day // 30 % len(self.teams)]
        whole = [site for site in team.sites if not any(each[1] is site for each in self.broken)]
        site = self.chance.choice(whole)
        team.sites.remove(site)
        for entry in site.entries:
            entry.path.unlink()
        self.set_up(team, day)

    def rename(self, team, name):
        team.name, team.changed = name, True

    def lose(self, team, lost):
        team.lost, team.changed = lost, True

    def has_failing(self):
        return bool(self.broken) or any(team.lost for team in self.teams)

    def expected(self, day):
        """What current is in each slot after the night of this day."""
        return {site.slot: site.expected(day).fingerprint
                for team in self.teams for site in team.sites if site.typed}


def lead_of(life):
    """So many days before the end people begin with the renewal."""
    return 25 if life <= 90 else 42
