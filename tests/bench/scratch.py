"""Where runs leave their files: file systems of the suite's own, in images that go as one file each.

Files that are made within minutes after many others were deleted are slow on ext4, and each run
leaves tens of thousands. Without root, loop devices or mkfs.ext4, a folder has to do.
"""
import contextlib
import fcntl
import os
import pathlib
import subprocess
import tempfile

BLOCK = 1 << 20
SIZE_LEAST = 160 << 20  # of an image: journal, and what else is there before the first file
# As on a large disk; but a store has a file, folder or link for each 5 KB, nothing may be left to the
# kernel to do in the background, and what the image has of the disk it keeps.
MKFS = ["mkfs.ext4", "-q", "-F", "-b", "4096", "-I", "256", "-i", "4096", "-J", "size=64", "-E",
        "nodiscard,lazy_itable_init=1,lazy_journal_init=1"]
MOUNT = ["mount", "-o", "loop,noinit_itable,nosuid,nodev"]


class Refused(Exception):
    """A file system cannot be made here."""


def execute(*command):
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise Refused(f"{command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().partition("\n")[0]
        raise Refused(told or f"{command[0]} ended with {error.returncode}") from error


class Image:
    """A file with an ext4 in it, mounted beside it: FOLDER/image, FOLDER/files.

    It is written in full: in a sparse one each sync of a small file would find blocks for the image,
    too, and take twice as long as it does on the disk.
    """

    def __init__(self, folder, size):
        folder.mkdir()
        self.file = folder / "image"
        self.files = folder / "files"
        self.files.mkdir()
        try:
            self.write(SIZE_LEAST + size)
        except OSError as error:
            raise Refused(f"an image of {size >> 20} MiB: {error.strerror}") from error

    def write(self, size):
        with self.file.open("xb") as stream:
            for _ in range(-(-size // BLOCK)):
                stream.write(bytes(BLOCK))
            os.fsync(stream.fileno())

    def renew(self):
        """An empty file system in place of the one before; the folder in which it is."""
        if self.files.is_mount():
            execute("umount", self.files)
        execute(*MKFS, self.file)
        execute(*MOUNT, self.file, self.files)
        return self.files


def remove(folder):
    for files in folder.glob("*/files"):
        if files.is_mount():
            # lazily: what an interrupted run has started may be there, and has it until it ends
            subprocess.run(["umount", "--lazy", files], check=True)
    # a million files, where there is no image: rm is quicker
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


def lock(folder, wait):
    """A descriptor that holds the lock; None where another run has it. Killed runs have none."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def clear_leftovers(cache):
    """Of runs that were killed."""
    for folder in cache.glob("run.*"):
        descriptor = lock(folder, wait=False)
        if descriptor is not None:
            remove(folder)
            os.close(descriptor)


@contextlib.contextmanager
def run_folder(cache):
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = lock(cache, wait=True)  # nobody clears a folder between its making and its lock
    try:
        clear_leftovers(cache)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="run.", dir=cache))
        own = lock(folder, wait=True)
    finally:
        os.close(whole)
    try:
        yield folder
    finally:
        remove(folder)
        os.close(own)


class Scratch:
    """FOLDER is for the suite itself, LITTLE for small things that are measured."""

    def __init__(self, cache, folder, with_image):
        self.cache = cache
        self.folder = folder
        self.refusal = None if with_image else "--no-image"
        self.images = {}
        self.made = 0
        self.little = self.keep_if_allowed("little") if with_image else self.make("little")

    def keep_if_allowed(self, name):
        try:
            return self.keep(name, 0)
        except Refused as refused:
            self.refusal = str(refused)
            return self.make(name)

    def next_folder(self, name):
        self.made += 1
        return self.folder / f"{self.made:04}-{name}"

    def make(self, name):
        path = self.next_folder(name)
        path.mkdir()
        return path

    def keep(self, name, size):
        """An empty folder for files of SIZE bytes, that is there until the end."""
        return self.make(name) if self.refusal else Image(self.next_folder(name), size).renew()

    def renew(self, size):
        """An empty folder for what one run writes; that of the last one may be gone. Each has a new
        file system."""
        if self.refusal:
            return self.make("run")
        if size not in self.images:
            self.images[size] = Image(self.next_folder("run"), size)
        return self.images[size].renew()


@contextlib.contextmanager
def open_scratch(cache, with_image):
    with run_folder(cache) as folder:
        yield Scratch(cache, folder, with_image)
