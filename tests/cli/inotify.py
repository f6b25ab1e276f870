"""What happened to the names in folders, in order, as inotify(7) tells it."""
import ctypes
import os
import struct

NAMES = {0x40: "moved from", 0x80: "moved to", 0x100: "created", 0x200: "deleted"}
WRITES = NAMES | {0x2: "modified", 0x4: "attributes"}
OPENINGS = {0x20: "opened"}
OVERFLOW = 0x4000
HEADER = struct.Struct("iIII")


class Watch:
    """Of some folders, without those below them, until it is closed."""

    def __init__(self, *folders, kinds=NAMES):
        libc = ctypes.CDLL(None, use_errno=True)
        self.kinds = kinds
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for folder in folders:
            if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), sum(kinds)) < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))

    def events(self):
        """(kind, name) of everything since the last call."""
        found = []
        while True:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return found
            while data:
                _, mask, _, size = HEADER.unpack_from(data)
                name = data[HEADER.size:HEADER.size + size].rstrip(b"\0").decode()
                if mask & OVERFLOW:
                    raise OverflowError("more happened than inotify can tell")
                if mask & sum(self.kinds):
                    found.append((self.kinds[mask & sum(self.kinds)], name))
                data = data[HEADER.size + size:]

    def close(self):
        os.close(self.fd)
