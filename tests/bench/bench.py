"""What all rows have in common: running commands one after the other, and folders for them.

Each run gets a new folder, and no file is deleted before the end (scratch.py tells why).
"""
import collections
import os
import shutil
import subprocess
import sys
import time

import sets

PEAK_MOST_KIB = 12 * 1024  # and 1 KiB a certificate
STORE_BYTES = 40 * 1024  # of a certificate in a store
STILL_BYTES = 2 * STORE_BYTES  # beside it its source, and both of them in git

Ran = collections.namedtuple("Ran", "seconds peak ended")  # peak in KiB; ended, as files' times


class Failed(Exception):
    """A command did not do what it was to do: there is nothing to compare."""


class Missing(Exception):
    """A peer is not installed."""


def need(program):
    if not shutil.which(program):
        raise Missing(f"{program} is not installed")


class Bench:
    """The program, its yardsticks, the sets, and a place for all that runs leave behind."""

    def __init__(self, build, scratch, cpu=False):
        self.program = build / "src/cli/certroll"
        self.tools = build / "tests/bench"
        for tool in (self.program, self.tools / "meter"):
            if not os.access(tool, os.X_OK):
                raise Failed(f"{tool} is not there: build it first")
        self.scratch = scratch
        self.cpu = cpu
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8",
                            "HOME": str(scratch.folder), "GIT_CONFIG_GLOBAL": os.devnull}
        self.peaks = {}
        self.sets = {}
        self.still_sets = {}

    # folders

    def fresh(self, count):
        """An empty folder for what one run makes of so many certificates. The last one may be
        gone."""
        return self.scratch.renew(count * STORE_BYTES)

    def set(self, kind, count):
        """The folder of a set. All of it was read: no row's first pair waits for the disk."""
        if (kind, count) not in self.sets:
            folder = sets.get(self.scratch.cache, self.tools / "make_set", kind, count)
            for path in (folder / "certs").iterdir():
                path.read_bytes()
            self.sets[kind, count] = folder
        return self.sets[kind, count]

    # running

    def meter(self, command, code=0, folder=None):
        """Runs a command and tells what it took."""
        result, output = self.scratch.folder / "result", self.scratch.folder / "output"
        with output.open("wb") as stream:
            subprocess.run([self.tools / "meter", result, *command], check=True, cwd=folder,
                           env=self.environment, stdin=subprocess.DEVNULL, stdout=stream,
                           stderr=subprocess.STDOUT)
        elapsed, processors, peak, found, ended = map(int, result.read_text().split())
        if found != code:
            told = output.read_text(errors="replace")[-2000:]
            raise Failed(f"{command[0]} ended with {found}, not {code}:\n{told}")
        return Ran((processors if self.cpu else elapsed) / 1e9, peak, ended / 1e9)

    def seconds(self, command, **options):
        return self.meter(command, **options).seconds

    def tool(self, name, *arguments):
        return self.seconds([self.tools / name, *map(str, arguments)])

    def certroll(self, command, store, manifests, code):
        """Code: 0 where nothing is to be done, 2 where something is."""
        return self.meter([self.program, command, "-q", "--detailed-exitcode", "--store", store,
                           *manifests], code=code)

    def import_all(self, kind, count):
        """A first import into a new store: seconds."""
        ran = self.certroll("apply", self.fresh(count) / "store",
                            sets.manifests(self.set(kind, count)), code=2)
        self.peaks[kind, count] = max(ran.peak, self.peaks.get((kind, count), 0))
        return ran.seconds

    def still(self, count):
        """A set whose certificates are all in order, the same for all rows."""
        if count not in self.still_sets:
            self.still_sets[count] = Still(self, count)
        return self.still_sets[count]


class Still:
    """A copy of a set of PEM files, applied."""

    def __init__(self, bench, count):
        self.bench = bench
        self.count = count
        self.place = bench.scratch.keep("still", count * STILL_BYTES)
        self.whole = self.place / "whole"  # what certroll looks at, and nothing else
        self.whole.mkdir()
        self.folder = self.whole / "set"
        shutil.copytree(bench.set("pem", count), self.folder)
        self.store = self.whole / "store"
        self.manifests = sets.manifests(self.folder)
        self.repositories = {}
        self.edited = False
        self.apply(code=2)
        time.sleep(1.1)  # a timestamp of this second proves nothing yet, neither to git

    def git(self, work_tree, *arguments):
        return self.bench.seconds(["git", f"--git-dir={self.repositories[work_tree]}",
                                   f"--work-tree={work_tree}", "-c", "gc.auto=0", *arguments],
                                  folder=work_tree)

    def commit(self, work_tree):
        """The repository is elsewhere, so that each work tree has the files that it is to have."""
        self.nothing()  # what only the first run after a change writes
        self.repositories[work_tree] = self.place / f"{work_tree.name}.git"
        self.git(work_tree, "init", "-q")
        self.git(work_tree, "-c", "core.looseCompression=0", "add", ".")
        self.git(work_tree, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit",
                 "-qm", "all of them")
        time.sleep(1.1)

    def git_status(self, work_tree):
        """Seconds of a status, which has nothing to tell. All is committed when it is first asked
        for."""
        if work_tree not in self.repositories:
            self.commit(work_tree)
        return self.git(work_tree, "status", "--porcelain")

    def apply(self, code):
        return self.bench.certroll("apply", self.store, self.manifests, code)

    def nothing(self):
        """A run that finds nothing to do: seconds."""
        return self.apply(code=0).seconds

    def peak(self):
        """Its KiB."""
        return self.apply(code=0).peak

    def changed(self):
        """A run that has something to do: seconds."""
        return self.apply(code=2).seconds

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
