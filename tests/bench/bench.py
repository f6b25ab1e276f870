"""What all rows have in common: running commands one after the other, and folders for them.

Files that are made right after many others were deleted are slow on ext4. So each run gets a folder
of its own, and nothing is deleted before the end.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import sets

PEAK_MOST_KIB = 12 * 1024  # and 1 KiB a certificate


class Failed(Exception):
    """A command did not do what it was to do: there is nothing to compare."""


class Missing(Exception):
    """A peer is not installed."""


def need(program):
    if not shutil.which(program):
        raise Missing(f"{program} is not installed")


class Bench:
    """The program, its yardsticks, the sets, and a folder for all that runs leave behind."""

    def __init__(self, build, cache, cpu=False):
        self.program = build / "src/cli/certroll"
        self.tools = build / "tests/bench"
        for tool in (self.program, self.tools / "meter"):
            if not os.access(tool, os.X_OK):
                raise Failed(f"{tool} is not there: build it first")
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cache = cache
        self.cpu = cpu
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run.", dir=cache))
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8",
                            "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": os.devnull}
        self.made = 0
        self.peaks = {}
        self.still_sets = {}

    def close(self):
        subprocess.run(["rm", "-rf", self.folder], check=True)  # a million files: it is quicker

    # folders

    def fresh(self, name):
        """A new folder's path; who uses it makes it."""
        self.made += 1
        return self.folder / f"{self.made:04}-{name}"

    def fresh_folder(self, name):
        path = self.fresh(name)
        path.mkdir()
        return path

    def set(self, kind, count):
        return sets.get(self.cache, self.tools / "make_set", kind, count)

    # running

    def meter(self, command, code=0, folder=None):
        """Runs a command: seconds, peak KiB."""
        result, output = self.folder / "result", self.folder / "output"
        with output.open("wb") as stream:
            subprocess.run([self.tools / "meter", result, *command], check=True, cwd=folder,
                           env=self.environment, stdin=subprocess.DEVNULL, stdout=stream,
                           stderr=subprocess.STDOUT)
        elapsed, processors, peak, found = map(int, result.read_text().split())
        if found != code:
            told = output.read_text(errors="replace")[-2000:]
            raise Failed(f"{command[0]} ended with {found}, not {code}:\n{told}")
        return (processors if self.cpu else elapsed) / 1e9, peak

    def seconds(self, command, **options):
        return self.meter(command, **options)[0]

    def tool(self, name, *arguments):
        return self.seconds([self.tools / name, *map(str, arguments)])

    def certroll(self, command, store, manifests, code):
        """Seconds and peak KiB; code: 0 where nothing is to be done, 2 where something is."""
        return self.meter([self.program, command, "-q", "--detailed-exitcode", "--store", store,
                           *manifests], code=code)

    def import_all(self, kind, count):
        """A first import into a new store: seconds."""
        took, peak = self.certroll("apply", self.fresh("store"),
                                   sets.manifests(self.set(kind, count)), code=2)
        self.peaks["import", kind, count] = max(peak, self.peaks.get(("import", kind, count), 0))
        return took

    def still(self, count):
        """A set whose certificates are all in order, the same for all rows."""
        if count not in self.still_sets:
            self.still_sets[count] = Still(self, count)
        return self.still_sets[count]


class Still:
    """A copy of a set of PEM files, applied, and in a git repository."""

    def __init__(self, bench, count):
        self.bench = bench
        self.count = count
        self.folder = bench.fresh("set")
        shutil.copytree(bench.set("pem", count), self.folder)
        self.store = bench.fresh("store")
        self.manifests = sets.manifests(self.folder)
        self.edited = False
        bench.certroll("apply", self.store, self.manifests, code=2)
        if shutil.which("git"):
            self.git("init", "-q")
            self.git("add", ".")
            self.git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm",
                     "all of them")
        time.sleep(1.1)  # a timestamp of this second proves nothing yet, neither to git
        self.settle()

    def git(self, *arguments):
        return self.bench.seconds(["git", "-c", "gc.auto=0", *arguments], folder=self.folder)

    def git_status(self):
        return self.git("status", "--porcelain")

    def settle(self):
        """What only the first run after a change does is done."""
        self.nothing()
        if shutil.which("git"):
            self.git_status()

    def apply(self, code):
        took, peak = self.bench.certroll("apply", self.store, self.manifests, code)
        return took, peak

    def nothing(self):
        """A run that finds nothing to do: seconds."""
        took, peak = self.apply(code=0)
        key = ("nothing", self.count)
        self.bench.peaks[key] = max(peak, self.bench.peaks.get(key, 0))
        return took

    def changed(self):
        """A run that has something to do: seconds."""
        return self.apply(code=2)[0]

    def edit(self):
        """Other bytes for one entry, with which the store is as it should be all the same."""
        path = self.manifests[0]
        middle = sets.path_line(self.count // len(self.manifests) // 2)
        old, new = middle, middle + "    force: true\n"
        text = path.read_text()
        self.edited = not self.edited
        path.write_text(text.replace(*((old, new) if self.edited else (new, old))))

    def rewrite_source(self):
        """One source is written anew and renamed into place, as git and editors do: same bytes."""
        path = self.folder / f"certs/{self.count // 2:06}"
        new = path.with_suffix(".new")
        new.write_bytes(path.read_bytes())
        new.rename(path)

    def slot(self):
        number = self.count // 2
        return self.store / f"live/{sets.scope(number)}/WebServicesExternal@s{number:06}/current"

    def lose_link(self):
        self.slot().unlink()

    def spoil_file(self):
        """A certificate of the store, which services read, has other bytes."""
        (self.slot() / "cert.pem").resolve().write_text("lost\n")


def say(text):
    print(text, file=sys.stderr, flush=True)
