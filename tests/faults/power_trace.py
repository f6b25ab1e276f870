"""What a command did to a folder, system call by system call: recorded by strace, as operations.

record() runs a command and adds what it did to a History. Threads are put in one order, that in
which their calls ended; each sync knows what had ended before it began, for it vouches for no more.
What the recording does not understand, it refuses (Untrusted): a call that would change a file of
the folder in a way that is not modelled, a file that it does not know, a second process. And a
History that is replayed whole must give the very folder that the command left; who records has to
compare that (power_disk.differences).

Not modelled: times (but for what power_disk says of them), extended attributes and access control
lists.
"""
import collections
import os
import pathlib
import re
import shutil
import stat
import subprocess

STRACE = shutil.which("strace")
LONGEST = 64 * 1024 * 1024  # bytes of one write
PATIENCE = 120  # seconds

# Calls that change a file, the folders or the descriptors; and those that would write unseen.
CALLS = """open openat openat2 creat close dup dup2 dup3 fcntl lseek chdir fchdir
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    mknod mknodat write pwrite64 writev pwritev pwritev2 truncate ftruncate fallocate
    copy_file_range sendfile splice chmod fchmod fchmodat chown fchown lchown fchownat
    fsync fdatasync syncfs sync sync_file_range msync mmap io_uring_setup io_submit
    clone clone3 fork vfork execve umask prctl""".split()

LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)", re.DOTALL)
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)(?: .*)?$", re.DOTALL)
CLOSE = re.compile(r"close\((\d+)")
UNFINISHED = " <unfinished ...>"
THROUGH = re.compile(rb"/proc/(?:self|\d+)/fd/(\d+)(/.*)?$")


class Untrusted(Exception):
    """The recording holds something that it cannot be sure of."""


class Node:
    """A file, a folder or a link of the disk, as it was when it was found or made. Its place is
    told by the names of folders, not by itself."""

    def __init__(self, number, kind, mode, owner, *, target=None, data=b""):
        self.number, self.kind, self.mode, self.owner = number, kind, mode, owner
        self.target, self.data = target, data
        self.looks = []  # what stat said of it, before and afterwards, and the names in it then


class Operation:
    """One call that changed something or made it durable.

    kind      what it does       with
    names     sets names         sets: ((folder, name), node or None), all of them at once
    data      writes             node, offset, data
    size      cuts or extends    node, size
    mode      chmod              node, mode
    owner     chown              node, owner: (uid, gid)
    sync      fsync              node: of a file all but its name, of a folder the names in it
    syncdata  fdatasync          node: data and size alone
    syncall   syncfs, sync       all
    """

    def __init__(self, kind, call, began, **of):
        self.kind, self.call = kind, call
        self.began = began  # so many operations had ended when it began
        self.node = of.get("node")
        self.sets = of.get("sets", ())
        self.offset, self.data, self.size = of.get("offset"), of.get("data"), of.get("size")
        self.mode, self.owner = of.get("mode"), of.get("owner")
        self.nth = of.get("nth")  # of the calls of its name in that process

    @property
    def is_sync(self):
        return self.kind.startswith("sync")


class History:
    """A folder as it was found, and what was done to it since."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        self.nodes, self.operations = [], []
        self.found = {}  # names at first: (folder, name) -> node
        self._scan(self.root, self._node_of(self.root))
        self.names = dict(self.found)  # as they are now
        self.note_looks()

    def _node_of(self, path):
        status = os.lstat(path)
        kind = {stat.S_IFDIR: "dir", stat.S_IFREG: "file", stat.S_IFLNK: "link"}[
            stat.S_IFMT(status.st_mode)]
        return self.add(kind, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid),
                        target=os.readlink(path) if kind == "link" else None,
                        data=pathlib.Path(path).read_bytes() if kind == "file" else b"")

    def _scan(self, path, folder):
        for name in sorted(os.listdir(path)):
            below = os.path.join(path, name)
            self.found[folder.number, name] = node = self._node_of(below)
            if node.kind == "dir":
                self._scan(below, node)

    def add(self, kind, mode, owner, **more):
        node = Node(len(self.nodes), kind, mode, owner, **more)
        self.nodes.append(node)
        return node

    def note_looks(self):
        """Remembers of each node what stat says of it now."""
        def walk(path, folder):
            names = {}
            for name in os.listdir(path):
                below = os.path.join(path, name)
                names[name] = node = self.names.get((folder.number, name))
                if node and node.kind == "dir":
                    walk(below, node)
                elif node:
                    node.looks.append((os.lstat(below), None))
            folder.looks.append((os.lstat(path), names))
        walk(self.root, self.nodes[0])

    def content(self, node):
        """Its bytes after all that was done."""
        data = bytearray(node.data)
        for operation in self.operations:
            if operation.node is node:
                change(data, operation)
        return bytes(data)


def change(data, operation):
    """What an operation does to a file's bytes."""
    if operation.kind == "data":
        end = operation.offset + len(operation.data)
        data.extend(bytes(max(0, end - len(data))))
        data[operation.offset:end] = operation.data
    elif operation.kind == "size":
        del data[operation.size:]
        data.extend(bytes(operation.size - len(data)))


class Descriptor:
    def __init__(self, node):
        self.node, self.offset = node, 0


class Reader:
    """Turns the calls of one process into operations."""

    def __init__(self, history, folder, umask):
        self.history = history
        self.folder, self.umask = folder, umask
        self.descriptors = {}
        self.running = False
        self.counts = collections.Counter()
        self.began = 0
        self.call = ""

    # paths

    def text(self, argument):
        if not argument.startswith('"') or argument.endswith("..."):
            raise Untrusted(f"no whole string: {self.call[:200]}")
        return bytes.fromhex(argument[1:-1].replace("\\x", ""))

    def start_of(self, directory, path):
        """The folder from which a path is followed, and its components; None: not of the disk."""
        through = THROUGH.match(path)
        if through:
            held = self.descriptors.get(int(through[1]))
            return (held.node, (through[2] or b"").decode().split("/")) if held else None
        path = path.decode()
        if not path.startswith("/") and directory != "AT_FDCWD":
            held = self.descriptors.get(int(directory))
            return (held.node, path.split("/")) if held else None
        whole = os.path.normpath(os.path.join(self.folder, path))
        if whole != self.history.root and not whole.startswith(self.history.root + "/"):
            return None
        return self.history.nodes[0], whole[len(self.history.root):].split("/")

    def trail_of(self, folder):
        """The folders from the disk's own to this one."""
        trail = [folder]
        while trail[0] is not self.history.nodes[0]:
            above = [number for (number, _), node in self.history.names.items()
                     if node is trail[0]]
            if len(above) != 1:
                raise Untrusted(f"a folder without a place: {self.call}")
            trail.insert(0, self.history.nodes[above[0]])
        return trail

    def resolve(self, directory, path, follow=True):
        """(folder, name, node or None) of a path on the disk; None for one elsewhere."""
        start = self.start_of(directory, path)
        if not start:
            return None
        trail, name, rest = self.trail_of(start[0]), ".", [part for part in start[1] if part not in ("", ".")]
        hops = 0
        while rest:
            name = rest.pop(0)
            if name == "..":
                trail = trail[:-1]
                if not trail:
                    return None
                continue
            node = self.history.names.get((trail[-1].number, name))
            if not rest and (not node or node.kind != "link" or not follow):
                return trail[-1], name, node
            if not node:
                raise Untrusted(f"a folder that is not known: {self.call}")
            if node.kind == "link":
                hops += 1
                if hops > 40 or node.target.startswith("/"):
                    raise Untrusted(f"follows a link: {self.call}")
                rest = [part for part in node.target.split("/") if part not in ("", ".")] + rest
            elif rest:
                trail.append(node)
        return trail[-1], ".", trail[-1]  # by "." or ".."

    def node_at(self, descriptor):
        held = self.descriptors.get(int(descriptor))
        return held.node if held else None

    # what calls do

    def add(self, kind, **of):
        self.history.operations.append(
            Operation(kind, self.call,
                      self.began, nth=self.counts[self.call.partition("(")[0]], **of))

    def set_names(self, *sets):
        for (folder, name), node in sets:
            if node is None:
                self.history.names.pop((folder.number, name), None)
            else:
                self.history.names[folder.number, name] = node
        self.add("names", sets=tuple(((folder.number, name), node)
                                     for (folder, name), node in sets))

    def make(self, place, kind, mode, target=None):
        """A new node with a name of its own."""
        folder, name, node = place
        if node:
            raise Untrusted(f"is there already: {self.call}")
        mode = 0o777 if kind == "link" else mode & ~self.umask
        node = self.history.add(kind, mode, (os.geteuid(), os.getegid()), target=target)
        self.set_names(((folder, name), node))
        return node

    def open(self, result, directory, path, flags, mode="0"):
        place = self.resolve(directory, self.text(path), "O_NOFOLLOW" not in flags)
        self.descriptors.pop(result, None)
        if not place:
            return
        node = place[2]
        if not node and "O_CREAT" not in flags or "O_APPEND" in flags or "O_TMPFILE" in flags:
            raise Untrusted(f"opens what is not known: {self.call}")
        node = node or self.make(place, "file", int(mode, 8))
        if "O_TRUNC" in flags:
            self.add("size", node=node, size=0)
        self.descriptors[result] = Descriptor(node)

    def write_at(self, descriptor, data, offset=None):
        held = self.descriptors.get(int(descriptor))
        if not held:
            return
        if offset is None:
            offset, held.offset = held.offset, held.offset + len(data)
        if data:
            self.add("data", node=held.node, offset=offset, data=data)

    def copy_range(self, result, source, at, target, to, *_):
        held, into = (self.descriptors.get(int(fd)) for fd in (source, target))
        if not into:
            return
        if not held or at != "NULL" or to != "NULL":
            raise Untrusted(f"copies from elsewhere: {self.call}")
        data = self.history.content(held.node)[held.offset:held.offset + result]
        if len(data) != result:
            raise Untrusted(f"copies what is not known: {self.call}")
        held.offset += result
        self.write_at(target, data)

    def rename(self, one, other, flags="0"):
        places = [self.resolve(*place, follow=False) for place in (one, other)]
        if places == [None, None]:
            return
        if None in places or not places[0][2]:
            raise Untrusted(f"moves over the border: {self.call}")
        (from_folder, from_name, node), (to_folder, to_name, there) = places
        self.set_names(((from_folder, from_name), there if "EXCHANGE" in flags else None),
                       ((to_folder, to_name), node))

    def on(self, kind, node, **of):
        if node:
            self.add(kind, node=node, **of)

    def owner_of(self, node, uid, gid):
        """What chown makes of the owner it has now."""
        owner = node.owner
        for operation in self.history.operations:
            if operation.kind == "owner" and operation.node is node:
                owner = operation.owner
        return tuple(now if new == "-1" else int(new) for now, new in zip(owner, (uid, gid)))

    def take(self, name, arguments, result):
        """One call that succeeded."""
        cwd = "AT_FDCWD"
        match name, arguments:
            case ("open", [path, *more]):
                self.open(result, cwd, path, *more)
            case ("openat", [directory, path, *more]):
                self.open(result, directory, path, *more)
            case ("close", [fd]):
                self.descriptors.pop(int(fd), None)
            case ("write", [fd, data, _]):
                if int(fd) in self.descriptors:
                    self.write_at(fd, self.text(data)[:result])
            case ("pwrite64", [fd, data, _, offset]):
                if int(fd) in self.descriptors:
                    self.write_at(fd, self.text(data)[:result], int(offset))
            case ("lseek", [fd, *_]):
                if int(fd) in self.descriptors:
                    self.descriptors[int(fd)].offset = result
            case ("copy_file_range", _):
                self.copy_range(result, *arguments)
            case ("ftruncate", [fd, size]):
                self.on("size", self.node_at(fd), size=int(size))
            case ("mkdir", [path, mode]):
                self.make_folder(cwd, path, mode)
            case ("mkdirat", [directory, path, mode]):
                self.make_folder(directory, path, mode)
            case ("symlinkat", [target, directory, path]):
                self.link_to(directory, path, target)
            case ("symlink", [target, path]):
                self.link_to(cwd, path, target)
            case (("unlink" | "rmdir"), [path]):
                self.remove(cwd, path)
            case ("unlinkat", [directory, path, _]):
                self.remove(directory, path)
            case ("rename", [one, other]):
                self.rename((cwd, self.text(one)), (cwd, self.text(other)))
            case (("renameat" | "renameat2"), [from_, one, to, other, *flags]):
                self.rename((from_, self.text(one)), (to, self.text(other)), *flags)
            case ("fchmod", [fd, mode]):
                self.on("mode", self.node_at(fd), mode=int(mode, 8))
            case ("fchown", [fd, uid, gid]):
                node = self.node_at(fd)
                if node:
                    self.on("owner", node, owner=self.owner_of(node, uid, gid))
            case ("fsync", [fd]):
                self.on("sync", self.node_at(fd))
            case ("fdatasync", [fd]):
                self.on("syncdata", self.node_at(fd))
            case (("syncfs" | "sync"), _):
                self.add("syncall")
            case ("umask", [mode]):
                self.umask = int(mode, 8)
            case ("fcntl", [fd, command, *_]):
                if command.startswith("F_DUPFD"):
                    self.descriptors.pop(result, None)
                    if int(fd) in self.descriptors:
                        self.descriptors[result] = self.descriptors[int(fd)]
            case _:
                self.refuse(name, arguments)

    def make_folder(self, directory, path, mode):
        place = self.resolve(directory, self.text(path), follow=False)
        if place:
            self.make(place, "dir", int(mode, 8))

    def link_to(self, directory, path, target):
        place = self.resolve(directory, self.text(path), follow=False)
        if place:
            self.make(place, "link", 0o777, self.text(target).decode())

    def remove(self, directory, path):
        place = self.resolve(directory, self.text(path), follow=False)
        if place and not place[2]:
            raise Untrusted(f"removes what is not known: {self.call}")
        if place:
            self.set_names((place[:2], None))

    def refuse(self, name, arguments):
        """What is harmless where it is not about the disk."""
        about = [int(argument) for argument in arguments if argument.isdigit()]
        harmless = {"prctl": True, "mmap": "MAP_SHARED" not in "".join(arguments) or
                            not any(fd in self.descriptors for fd in about[-2:]),
                    "clone3": "CLONE_THREAD" in "".join(arguments),
                    "clone": "CLONE_THREAD" in "".join(arguments),
                    "execve": not self.running}
        self.running = True
        if name in ("writev", "sendfile", "splice", "dup", "dup2", "dup3", "sync_file_range"):
            harmless[name] = not any(fd in self.descriptors for fd in about)
        if not harmless.get(name):
            raise Untrusted(f"a call that is not modelled: {self.call[:300]}")


def split(arguments):
    """At the commas that stand in no bracket: strings are hex and hold none."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[\[{(]|[\]})]|, ", arguments):
        if match[0] in "[{(":
            depth += 1
        elif match[0] in "]})":
            depth -= 1
        elif depth == 0:
            parts.append(arguments[start:match.start()])
            start = match.end()
    return [*parts, arguments[start:]] if arguments else []


def readable(call):
    def plain(match):
        text = bytes.fromhex(match[1].replace("\\x", ""))
        text = text if len(text) < 200 else text[:20] + b"..."
        return '"' + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in text) + '"'
    return re.sub(r'"((?:\\x[0-9a-f]{2})*)"', plain, call)


def read_trace(path, history, folder, umask):
    reader = Reader(history, folder, umask)
    waiting = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            thread, rest = LINE.match(line.rstrip("\n")).groups()
            if rest.startswith(("+++", "---")):
                continue
            ended = len(history.operations)
            resumed = RESUMED.match(rest)
            if rest.endswith(UNFINISHED):
                waiting[thread] = (rest[:-len(UNFINISHED)], ended)
                closed = CLOSE.match(rest)
                if closed:  # another thread may be given its number before this call ends
                    reader.descriptors.pop(int(closed[1]), None)
                continue
            if resumed:
                first, ended = waiting.pop(thread)
                rest = first + resumed[1]
            call = CALL.match(rest)
            if not call:
                if rest.startswith(("exit", "execve")) or waiting.get(thread):
                    continue
                raise Untrusted(f"not understood: {rest[:200]}")
            name, arguments, result = call.groups()
            reader.counts[name] += 1
            if result == "?" or result.startswith("-") or (resumed and name == "close"):
                continue
            reader.began = ended
            reader.call = readable(rest)
            reader.take(name, split(arguments), int(result, 8 if name == "umask" else 0))


def record(history, command, trace, environment, kill_at=None):
    """Runs a command and adds what it does to the history; its exit code and standard error.
    kill_at: (call, number): it is killed as it makes that call for so many times."""
    # its memory may not be read by who traces it, unless that is root: here it may
    open_up = ["-e", "inject=prctl:retval=0"]
    inject = ["-e", "inject={}:signal=KILL:when={}".format(*kill_at)] if kill_at else []
    folder, umask = os.getcwd(), os.umask(0)
    os.umask(umask)
    run = subprocess.run(
        [STRACE, "-f", "-qq", "-xx", "-s", str(LONGEST), "-o", trace, "-e",
         "trace=" + ",".join(CALLS), *open_up, *inject, *command], env=environment, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False, cwd=folder)
    read_trace(trace, history, folder, umask)
    return run
