"""What a disk may hold after a power cut.

The weakest disk that certroll claims to stand is that of POSIX with the customs of Linux, in the
manner of ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014), CrashMonkey
(Mohan et al., "Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing", OSDI 2018) and
of SQLite's own crash tests (sqlite.org/testing.html, "Crash Testing"):

- fsync(2) of a file makes its bytes, size, mode and owner durable, and not its name; fdatasync(2)
  its bytes and size. fsync of a folder makes the names in it durable, and its own mode and owner;
  neither what they name, nor the folder's own name in the one above. syncfs(2) makes all durable.
  A sync vouches for what had ended before it began, whoever did that.
- What is not durable is there or not, each operation for itself, with two bounds: a rename is
  whole, both its names or neither (RENAME_EXCHANGE too); and what happened to one name of a folder
  keeps its order, so that a later change of a name is there only with the earlier ones.
- Of bytes that are not durable each sector (512 bytes, or 4096) is there or not; the size is the
  old one, the new one or between, and what was never written reads as zero.
- A folder whose own name is lost is lost with all that is in it, however durable that is.
- A file has the inode, size and times that it had; so that what the index remembers of its looks
  fits it, whatever its bytes are (keep_stamps). A folder's looks go with its names.

Three grades, of which each allows what the one before does:

  ordered   all that was done, up to an instant: what a kill leaves, or a disk that keeps order
  unsynced  the names likewise, but bytes that are not durable are lost, zero or torn
  any       any set of operations that the rules above allow

`ordered` is ext4 with data=journal, `unsynced` ext4 with data=writeback or XFS; `any` is more than
any file system of today does, and what POSIX allows.
"""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import stat
import struct

from power_trace import change

SECTORS = (512, 4096)
STAMP = struct.Struct("4q")  # size, modified, changed, inode
FILES = ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")


class Disk:
    """One state: names, and of each node that has changed its mode, owner and bytes."""

    def __init__(self, history, names, modes, owners, contents):
        self.history, self.names = history, names
        self.modes, self.owners, self.contents = modes, owners, contents

    def tree(self):
        """{path: (node, kind, mode, owner, what is in it)}, of what has a name."""
        below = {}
        for (folder, name), node in self.names.items():
            below.setdefault(folder, []).append((name, node))
        found = {}

        def walk(prefix, folder, trail):
            for name, node in sorted(below.get(folder, ()), key=lambda item: item[0]):
                path = f"{prefix}{name}"
                content = node.target if node.kind == "link" else \
                    self.contents.get(node.number, node.data) if node.kind == "file" else None
                found[path] = (node, node.kind, self.modes.get(node.number, node.mode),
                               self.owners.get(node.number, node.owner), content)
                if node.kind == "dir" and node.number not in trail:
                    walk(path + "/", node.number, trail | {node.number})
        walk("", 0, {0})
        return found


def is_vouched(history, until, ignored=()):
    """For each operation before an instant: has a sync made it durable?"""
    operations = history.operations[:until]
    durable = [False] * len(operations)
    for number, sync in enumerate(operations):
        if not sync.is_sync or number in ignored:
            continue
        for i in range(sync.began):
            durable[i] = durable[i] or covers(sync, operations[i])
    return durable


def covers(sync, operation):
    if operation.is_sync:
        return False
    if sync.kind == "syncall":
        return True
    if operation.kind == "names":
        return sync.kind == "sync" and all(folder == sync.node.number
                                           for (folder, _), _ in operation.sets)
    return operation.node is sync.node and (sync.kind == "sync" or
                                            operation.kind in ("data", "size"))


def with_earlier(history, chosen):
    """The chosen operations, and what happened before to the same names."""
    kept, names = set(), set()
    for i in sorted(chosen, reverse=True):
        kept.add(i)
    for i in range(max(kept, default=-1), -1, -1):
        operation = history.operations[i]
        if operation.kind != "names":
            continue
        touched = {name for name, _ in operation.sets}
        if i in kept or touched & names:
            kept.add(i)
            names |= touched
    return kept


def torn(rng, old, new, size, sector):
    """Each sector the old or the new one."""
    longest = max(len(old), len(new), size)
    old, new = old.ljust(longest, b"\0"), new.ljust(longest, b"\0")
    parts = [(new if rng.random() < 0.5 else old)[at:at + sector]
             for at in range(0, longest, sector)]
    return b"".join(parts)[:size]


def fate(rng, how, old, new):
    """What has become of bytes that are not durable."""
    if how == "lost":
        return old
    if how == "zero":
        return old[:len(new)].ljust(len(new), b"\0")
    if how == "torn":
        size = rng.choice((len(old), len(new), rng.randint(min(len(old), len(new)),
                                                          max(len(old), len(new)))))
        return torn(rng, old, new, size, rng.choice(SECTORS))
    return new


def disk_at(history, until, chosen, durable, pick_fate):
    """The disk that holds these operations; pick_fate(old, new): the bytes of a file of which some
    are not durable."""
    names, modes, owners = dict(history.found), {}, {}
    contents, pending = {}, {}
    for i in range(until):
        operation = history.operations[i]
        if operation.kind in ("data", "size"):
            number = operation.node.number
            safe = contents.setdefault(number, bytearray(operation.node.data))
            if durable[i] and number not in pending:
                change(safe, operation)
            else:
                change(pending.setdefault(number, bytearray(safe)), operation)
        elif i not in chosen:
            continue
        elif operation.kind == "names":
            for place, node in operation.sets:
                if node is None:
                    names.pop(place, None)
                else:
                    names[place] = node
        elif operation.kind == "mode":
            modes[operation.node.number] = operation.mode
        elif operation.kind == "owner":
            owners[operation.node.number] = operation.owner
    contents = {number: bytes(data) for number, data in contents.items()}
    for number, data in pending.items():
        contents[number] = pick_fate(contents[number], bytes(data))
    return Disk(history, names, modes, owners, contents)


def replay(history):
    """The disk after all that was done."""
    until = len(history.operations)
    return disk_at(history, until, set(range(until)), [True] * until, None)


def choices(history, until, rng, often, ignored=(), whole=False):
    """Disks that a power cut after so many operations may leave: (grade and how, disk). whole: all
    that differ in one operation as well."""
    durable = is_vouched(history, until, ignored)
    everything = set(range(until))
    safe = {i for i in everything if durable[i]}
    open_ = [i for i in everything - safe
             if not history.operations[i].is_sync and history.operations[i].kind not in
             ("data", "size")]

    def made(how, chosen, way):
        return how, disk_at(history, until, chosen, durable,
                            lambda old, new: fate(rng, way or rng.choice(
                                ("lost", "zero", "torn", "kept")), old, new))

    yield made("ordered", everything, "kept")
    for way in ("lost", "zero", "torn"):
        yield made(f"unsynced, {way}", everything, way)
    yield made("any, none of it", with_earlier(history, safe), "lost")
    if whole:
        for i in open_:
            name = f"operation {i}"
            yield made(f"any, {name} alone", with_earlier(history, safe | {i}), None)
            later = {j for j in open_ if i in with_earlier(history, {j})}
            yield made(f"any, all but {name}", everything - later, None)
    for _ in range(often):
        likely = rng.choice((0.2, 0.5, 0.8))
        chosen = {i for i in open_ if rng.random() < likely}
        yield made("any", with_earlier(history, safe | chosen), None)


def differences(history, folder):
    """How a folder differs from what the whole history makes of it."""
    expected = replay(history).tree()
    found = {}
    for path in pathlib.Path(folder).rglob("*"):
        status = path.lstat()
        kind = {stat.S_IFDIR: "dir", stat.S_IFREG: "file", stat.S_IFLNK: "link"}[
            stat.S_IFMT(status.st_mode)]
        content = os.readlink(path) if kind == "link" else \
            path.read_bytes() if kind == "file" else None
        found[str(path.relative_to(folder))] = (kind, stat.S_IMODE(status.st_mode),
                                                (status.st_uid, status.st_gid), content)
    return sorted(path for path in {*expected, *found}
                  if expected.get(path, ())[1:] != found.get(path, ()))


def build(disk, folder):
    """Makes the folder anew as the disk has it."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    tree = disk.tree()
    umask = os.umask(0)
    try:
        for path, (_, kind, mode, owner, content) in tree.items():
            whole = os.path.join(folder, path)
            if kind == "link":
                os.symlink(content, whole)
                continue
            if kind == "dir":
                os.mkdir(whole, 0o700)
            else:
                with open(whole, "wb") as file:
                    file.write(content)
            if owner != (os.geteuid(), os.getegid()):
                os.chown(whole, *owner)
        for path, (_, kind, mode, *_) in reversed(tree.items()):
            if kind != "link":
                os.chmod(os.path.join(folder, path), mode)
    finally:
        os.umask(umask)
    return tree


def keep_stamps(tree, folder, store):
    """Gives the index of a store that was built the looks of the files that were built, where it
    has the looks of the same files on the disk that was recorded. An index that is damaged stays
    as it is."""
    index = os.path.join(folder, store, "index.db")
    if not os.path.exists(index):
        return

    def look(path, stamp):
        """The stamp of what was built, where the old one is of the very node as it is there."""
        node, kind = tree.get(path, (None, None))[:2]
        size, *rest = stamp
        for status, names in node.looks if node else ():
            if rest != [status.st_mtime_ns, status.st_ctime_ns, status.st_ino]:
                continue
            now = os.lstat(os.path.join(folder, path))
            if kind == "dir" and names == names_in(path) or \
                    kind == "file" and now.st_size == size:
                return now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino
        return stamp

    def names_in(above):
        return {path[len(above) + 1:]: item[0] for path, item in tree.items()
                if path.startswith(above + "/") and "/" not in path[len(above) + 1:]}

    with contextlib.suppress(sqlite3.DatabaseError, struct.error, TypeError), \
            contextlib.closing(sqlite3.connect(f"file:{index}?mode=rw", uri=True)) as base, base:
        base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        changed = []
        for fingerprint, stamps in base.execute("SELECT fingerprint, stamps FROM certificate"):
            name = fingerprint.hex() if isinstance(fingerprint, bytes) else fingerprint
            new = b"".join(STAMP.pack(*look(f"{store}/objects/{name}/{file}", part))
                           for file, part in zip(FILES, STAMP.iter_unpack(stamps)))
            if new != stamps:
                changed.append((new, fingerprint))
        base.executemany("UPDATE certificate SET stamps = ? WHERE fingerprint = ?", changed)
        if "links" not in [row[1] for row in base.execute("PRAGMA table_info(slot)")]:
            return
        changed = []
        for scope, kind, links in base.execute("SELECT scope, type, links FROM slot"):
            new = links and STAMP.pack(*look(f"{store}/live/{scope}/{kind}", STAMP.unpack(links)))
            if new != links:
                changed.append((new, scope, kind))
        base.executemany("UPDATE slot SET links = ? WHERE scope = ? AND type = ?", changed)
