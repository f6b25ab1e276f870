"""The sets of sources: made once, by make_set, and kept in a cache folder for all later runs.

A set is a folder with `certs/000000` and so on, the file `password`, and manifests that claim a
slot for each of them. A manifest has a bound (300,000 nodes of YAML), so a large set has several.
"""
import datetime
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENTRIES_MOST = 20_000  # of one manifest
PASSWORD = "of the bench"


def ranges(count, parts):
    """Splits 0..count: [(first, count)]."""
    bounds = [count * part // parts for part in range(parts + 1)]
    return [(a, b - a) for a, b in zip(bounds, bounds[1:]) if b > a]


def scope(number):
    """Of a certificate; every fourth is for all hosts."""
    return "local" if number % 4 else "global"


def path_line(number):
    return f"    path: certs/{number:06}\n"


def entry(number, effective_date):
    """As people write them (DESIGN, section 3)."""
    return (f"  - name: site-{number:06}\n"
            f"{path_line(number)}"
            f"    password: {{file: password}}\n"
            f"    type: WebServicesExternal@s{number:06}\n"
            f"    effective_date: {effective_date}T02:00:00+01:00\n"
            + ("    scope: global\n    roll: true\n" if scope(number) == "global" else ""))


def write_manifests(folder, count):
    effective_date = datetime.date.today() - datetime.timedelta(days=7)
    for part, (first, entries) in enumerate(ranges(count, -(-count // ENTRIES_MOST))):
        (folder / f"manifest-{part}.yaml").write_text(
            f"version: 1\nname: bench-{part}\ncertificates:\n"
            + "".join(entry(first + number, effective_date) for number in range(entries)))


def make(folder, tool, kind, count):
    """Makes a set in an empty folder, with all processors."""
    (folder / "certs").mkdir()
    (folder / "password").touch(0o600)
    (folder / "password").write_text(PASSWORD + "\n")
    makers = [subprocess.Popen([tool, kind, folder / "certs", str(first), str(part),
                                folder / "password"])
              for first, part in ranges(count, os.cpu_count() or 1)]
    codes = [maker.wait() for maker in makers]
    if any(codes):
        raise SystemExit(f"the set of {count} {kind} could not be made")
    write_manifests(folder, count)


def manifests(folder):
    return sorted(folder.glob("manifest-*.yaml"))


def get(cache, tool, kind, count):
    """The folder of a set, which is made when it is not there. What made it is part of its name."""
    recipe = (HERE / "make_set.c").read_bytes() + pathlib.Path(__file__).read_bytes()
    folder = cache / f"{kind}-{count}-{hashlib.sha256(recipe).hexdigest()[:8]}"
    if not folder.exists():
        unfinished = pathlib.Path(tempfile.mkdtemp(prefix="unfinished.", dir=cache))
        try:
            make(unfinished, tool, kind, count)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return folder
