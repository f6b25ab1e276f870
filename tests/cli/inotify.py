"""What happened to the names in a folder, in order, as inotify(7) tells it."""
import ctypes
import os
import struct

KINDS = {0x40: "moved from", 0x80: "moved to", 0x100: "created", 0x200: "deleted"}
OPENED = {0x20: "opened"}
HEADER = struct.Struct("iIII")


class Watch:
    """Of one folder, until it is closed."""

    def __init__(self, folder, kinds=None):
        self.kinds = kinds or KINDS
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), sum(self.kinds)) < 0:
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
                kind = self.kinds.get(mask & sum(self.kinds))
                if kind:
                    found.append((kind, name))
                data = data[HEADER.size + size:]

    def close(self):
        os.close(self.fd)
