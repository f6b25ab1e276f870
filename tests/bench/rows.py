"""The rows of the table: what is measured, against what, and what the goal is.

A row prepares a size and gives two functions, of the program and of its yardstick, that run once
and return a figure (seconds, mostly). They are called in turn; each pair makes a ratio.
"""
import dataclasses
import subprocess

from bench import PEAK_MOST_KIB, Missing, need
from sets import manifests

ANY = None
ROWS = []


@dataclasses.dataclass
class Row:
    name: str
    says: str
    prepare: object
    pairs: int
    goals: dict = dataclasses.field(default_factory=dict)  # by size, or for ANY
    sizes: object = list
    large: bool = False  # the goal is a least value
    difference: bool = False  # milliseconds more, not a ratio
    warm: bool = False  # a pair comes before the first one, and does not count

    def goal(self, size):
        return self.goals.get(size, self.goals.get(ANY))

    def holds(self, size, median):
        """Is the goal reached? None: this size has none."""
        goal = self.goal(size)
        if goal is None:
            return None
        return median >= goal if self.large else median <= goal

    def figure(self, program, yardstick):
        return 1000 * (program - yardstick) if self.difference else program / yardstick


def row(name, says, pairs, **options):
    def add(prepare):
        ROWS.append(Row(name, says, prepare, pairs, **options))
        return prepare
    return add


def once(_sizes):
    return [0]


def up_to_a_thousand(sizes):
    """One of them: the peers are slow."""
    return [max([size for size in sizes if size <= 1000], default=1000)]


def grown(sizes):
    """Those that are held against the smallest one."""
    return [size for size in sizes if size >= 10 * min(sizes)]


# The first import


def against_raw2(bench, kind, size):
    folder = bench.set(kind, size)
    return (lambda: bench.import_all(kind, size),
            lambda: bench.tool("raw2", folder / "certs", size, folder / "password"))


@row("import-ec", "first import of {} EC PFX / raw2", 3, goals={10_000: 0.50})
def import_ec(bench, size, _sizes):
    return against_raw2(bench, "ec", size)


@row("import-rsa", "first import of {} RSA-2048 PFX / raw2", 3, goals={10_000: 0.50})
def import_rsa(bench, size, _sizes):
    return against_raw2(bench, "rsa", size)


def birth(path):
    """When a folder was made: seconds."""
    told = subprocess.run(["stat", "-c", "%.9W", path], check=True, capture_output=True, text=True)
    if float(told.stdout) <= 0:
        raise Missing("this file system does not keep when a folder was made")
    return float(told.stdout)


def commit_alone(bench, size):
    """Gives the seconds from when the store's `objects` is made until the end of a first import of
    PEM files: all sources were read before; objects, index and links are written after it."""
    if bench.cpu:
        raise Missing("it waits for the disk: processor time does not tell of it")
    files = manifests(bench.set("pem", size))

    def measured():
        store = bench.fresh(size) / "store"
        ran = bench.certroll("apply", store, files, code=2)
        return ran.ended - birth(store / "objects")
    return measured


@row("durable", "durable write of {} objects / 3 KB written, synced, renamed each", 5,
     goals={10_000: 0.25})
def durable(bench, size, _sizes):
    return (commit_alone(bench, size),
            lambda: bench.tool("sync_each", bench.fresh(size), size))


@row("durable-same", "durable write of {} objects / the same files, each synced", 5, goals={10_000: 0.25})
def durable_same(bench, size, _sizes):
    """The yardstick makes a tenth of the objects, and nothing else of a store."""
    share = max(size // 10, 1)
    store = bench.scratch.little / f"model-{size}"
    bench.certroll("apply", store, manifests(bench.set("pem", 2)), code=2)
    model = next((store / "objects").iterdir())
    return (commit_alone(bench, size),
            lambda: bench.tool("sync_each", bench.fresh(size), share, model) * size / share)


# The same by peers


def peer(bench, size, program, script):
    """Seconds a certificate of a shell's loop over some files, and of a first import of all. The
    script finds the folder of the set in $1, an empty one in $2, the numbers in `numbers`."""
    need(program)
    share = max(size // (10 if program == "pk12util" else 1), 1)
    folder = bench.set("ec", size)
    script = f"set -e; numbers=$(seq -f %06.0f 0 {share - 1}); {script}"

    def loop():
        out = bench.fresh(size)
        return bench.seconds(["sh", "-c", script, "sh", folder, out]) / share
    return loop, lambda: bench.import_all("ec", size) / size


@row("openssl", "shell loop of openssl pkcs12 / first import of {}", 3, goals={1000: 8}, large=True,
     sizes=up_to_a_thousand)
def loop_of_openssl(bench, size, _sizes):
    return peer(bench, size, "openssl", """
        for i in $numbers; do
            openssl pkcs12 -in "$1/certs/$i" -passin "file:$1/password" -nodes -out "$2/$i"
        done""")


@row("certtool", "shell loop of certtool / first import of {}", 3, sizes=up_to_a_thousand)
def loop_of_certtool(bench, size, _sizes):
    return peer(bench, size, "certtool", """
        password=$(cat "$1/password")
        for i in $numbers; do
            certtool --inder --p12-info --password "$password" --infile "$1/certs/$i" >"$2/$i"
        done""")


@row("pk12util", "shell loop of pk12util / first import of {}", 3, sizes=up_to_a_thousand)
def loop_of_pk12util(bench, size, _sizes):
    return peer(bench, size, "pk12util", """
        certutil -N -d "sql:$2" --empty-password
        for i in $numbers; do
            pk12util -i "$1/certs/$i" -d "sql:$2" -w "$1/password" -k /dev/null
        done""")


# Nothing to do, or next to nothing


@row("nothing", "nothing to do, {} / git status of manifest and sources", 9, warm=True,
     goals={10_000: 1.5, 100_000: 1.2})
def nothing_to_do(bench, size, _sizes):
    need("git")
    still = bench.still(size)
    return still.nothing, lambda: still.git_status(still.folder)


@row("nothing-all", "nothing to do, {} / git status of these and the store", 9, warm=True,
     goals={10_000: 1.5, 100_000: 1.2})
def nothing_and_all(bench, size, _sizes):
    need("git")
    still = bench.still(size)
    return still.nothing, lambda: still.git_status(still.whole)


@row("nothing-stat", "nothing to do, {} / stat of each source", 9, warm=True)
def nothing_and_stat(bench, size, _sizes):
    still = bench.still(size)
    return still.nothing, lambda: bench.tool("stat_each", still.folder / "certs", size)


@row("edited", "manifest edited in one entry, {} / libyaml's events", 9, warm=True,
     goals={10_000: 2.5})
def edited(bench, size, _sizes):
    still = bench.still(size)

    def edit_and_apply():
        still.edit()
        return still.nothing()
    return edit_and_apply, lambda: bench.tool("yaml_events", *still.manifests)


def after(still, change, run):
    def change_and_run():
        change()
        return run()
    return change_and_run, still.nothing


@row("renamed", "one source of {} written anew and renamed, less nothing to do", 9, warm=True,
     goals={10_000: 20}, difference=True)
def renamed(bench, size, _sizes):
    still = bench.still(size)
    return after(still, still.rewrite_source, still.nothing)


@row("repair-link", "one lost link of {} repaired, less nothing to do", 9, warm=True,
     goals={10_000: 20}, difference=True)
def repaired_link(bench, size, _sizes):
    still = bench.still(size)
    return after(still, still.lose_link, still.changed)


@row("repair-file", "one changed file of {} objects repaired, less nothing to do", 9, warm=True,
     goals={10_000: 20}, difference=True)
def repaired_file(bench, size, _sizes):
    still = bench.still(size)
    return after(still, still.spoil_file, still.changed)


@row("empty", "empty manifest / an empty C program", 31, warm=True, goals={ANY: 3.0}, sizes=once)
def empty(bench, _size, _sizes):
    manifest, store = (bench.scratch.little / name for name in ("manifest.yaml", "empty"))
    manifest.write_text("version: 1\nname: bench\ncertificates: []\n")
    return (lambda: bench.certroll("apply", store, [manifest], code=0).seconds,
            lambda: bench.tool("empty"))


# Memory and growth


@row("memory-import", "peak memory, first import of {} EC PFX / 12 MiB + 1 KiB each", 1,
     goals={ANY: 1.0})
def memory_of_import(bench, size, _sizes):
    """The largest of all such runs until now; of one, where there was none."""
    def peak():
        if ("ec", size) not in bench.peaks:
            bench.import_all("ec", size)
        return bench.peaks["ec", size]
    return peak, lambda: PEAK_MOST_KIB + size


@row("memory-nothing", "peak memory, nothing to do, {} / 12 MiB + 1 KiB each", 3, warm=True,
     goals={ANY: 1.0})
def memory_of_nothing(bench, size, _sizes):
    return bench.still(size).peak, lambda: PEAK_MOST_KIB + size


@row("memory-edited", "peak memory, manifest edited, {} / 12 MiB + 1 KiB each", 3, warm=True,
     goals={ANY: 1.0})
def memory_of_edited(bench, size, _sizes):
    """Nothing has to be done, but that is not known before the manifest was parsed."""
    still = bench.still(size)

    def edit_and_apply():
        still.edit()
        return still.peak()
    return edit_and_apply, lambda: PEAK_MOST_KIB + size


def growth(size, small, run):
    """Both figures are of one certificate."""
    return lambda: run(size) / size, lambda: run(small) / small


@row("growth-import", "time a certificate, first import of {} PEM / of the smallest set", 3,
     goals={ANY: 1.3}, sizes=grown)
def growth_of_import(bench, size, sizes):
    """Of PEM files: where no key is derived, it shows what does not grow in proportion."""
    return growth(size, min(sizes), lambda count: bench.import_all("pem", count))


@row("growth-nothing", "time a certificate, nothing to do, {} / of the smallest set", 9, warm=True,
     goals={ANY: 1.3}, sizes=grown)
def growth_of_nothing(bench, size, sizes):
    return growth(size, min(sizes), lambda count: bench.still(count).nothing())
