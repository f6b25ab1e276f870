"""What lies in a store: looked at from outside, measured and damaged."""
import contextlib
import os
import shutil
import sqlite3
import subprocess

TABLES = ("certificate", "content", "issuer", "chain", "slot", "claim", "holding", "source", "run",
          "run_certificate", "gone", "outbox", "sqlite_sequence")


def size_of(folder):
    """Files and their bytes, of all that lies below a folder."""
    count = size = 0
    for at, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        size += sum(os.lstat(os.path.join(at, name)).st_size for name in files)
    return count, size


def measure(store):
    figures = {}
    for part in ("objects", "live", "reports"):
        figures[f"{part}: files"], figures[f"{part}: bytes"] = size_of(store / part)
    figures["store: files"], figures["store: bytes"] = size_of(store)
    figures["index: bytes"] = (store / "index.db").stat().st_size
    with contextlib.closing(sqlite3.connect(f"file:{store}/index.db?mode=ro&immutable=1",
                                            uri=True)) as database:
        figures["index: free pages"], = database.execute("PRAGMA freelist_count").fetchone()
        known = {name for name, in database.execute("SELECT name FROM sqlite_master"
                                                    " WHERE type = 'table'")}
        # A table that nobody has told of would grow unseen.
        if unknown := known - {*TABLES, "meta"}:
            raise SystemExit(f"the index has tables that the soak does not know: {unknown}")
        for table in TABLES:
            figures[f"rows: {table}"], = database.execute(
                f"SELECT count(*) FROM {table}").fetchone()
    return figures


def keys(store):
    """The certificates whose private keys are in the store."""
    return {path.parent.name for path in (store / "objects").glob("*/privkey.pem")}


def not_after(store, fingerprint):
    """Of a certificate of the store, as text."""
    return subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in",
                           store / "objects" / fingerprint / "cert.pem"],
                          check=True, capture_output=True, text=True).stdout.strip()


def append(path):
    with open(path, "ab") as file:
        file.write(b"\n")


def point_elsewhere(link):
    link.unlink()
    link.symlink_to("../../../objects")


def leave_temporary(place):
    left = place.parents[2] / "objects" / ".new-left"
    left.mkdir(exist_ok=True)
    (left / "privkey.pem").write_text("a key that a killed run left\n")


# What goes wrong with one slot's files; each is repaired by the next night.
DAMAGES = (
    lambda place: (place / "current/privkey.pem").unlink(),
    lambda place: (place / "current/privkey.pem").chmod(0o644),
    lambda place: append(place / "current/cert.pem"),
    lambda place: append(place / "current/privkey.pem"),
    lambda place: (place / "current/fullchain.pem").unlink(),
    lambda place: shutil.rmtree((place / "current").resolve()),
    lambda place: (place / "current").unlink(),
    lambda place: point_elsewhere(place / "current"),
    shutil.rmtree,
    leave_temporary,
)


def damage(store, slot, chance):
    chance.choice(DAMAGES)(store / "live" / slot)
