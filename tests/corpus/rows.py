"""The set that is being made: its folder, and one row of INDEX.tsv for each file."""
import hashlib
import pathlib

COLUMNS = ("file", "format", "password", "expected", "leaf", "n_certs", "has_key", "note")
HEAD = ("file", "format", "password", "expected", "leaf_sha256", "n_certs", "has_key", "note",
        "source")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Corpus:
    """A row says what a sound importer makes of a file, whatever certroll does.

    pitfall: the number of the trap that the file is for. soft: importers may differ, with good
    reason. code: the problem, or a|b, that a refusal names. seconds: how long it may take.
    password: text, None for none given; '<latin1>X' and '<empty>' as the index has them.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.rows = []

    def path(self, name):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def accept(self, name, data, pitfall, text, leaf, certificates=1, keys=0, **more):
        """leaf: the DER of a certificate, or of all that it may be; None: nobody can tell."""
        leaves = [leaf] if isinstance(leaf, bytes) else leaf or []
        self._add(name, data, pitfall, text, "accept", "|".join(map(sha256, leaves)) or "-",
                  certificates, keys, **more)

    def reject(self, name, data, pitfall, text, code, **more):
        self._add(name, data, pitfall, f"{text}; code={code}", "reject", "-", 0, 0, **more)

    def _add(self, name, data, pitfall, text, expected, leaf, certificates, keys, password=None,
             soft=False, seconds=None, kind=None):
        if data is not None:
            self.path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
        limit = f"; MAXSEC={seconds}" if seconds else ""
        self.rows.append({
            "file": name, "format": kind or kind_of(name), "expected": expected, "leaf": leaf,
            "password": "<none>" if password is None else password or "<empty>",
            "n_certs": certificates, "has_key": keys,
            "note": f"{'SOFT' if soft else 'HARD'} #{pitfall}; {text}{limit}"})

    def write_index(self):
        lines = ["\t".join(HEAD)]
        for row in self.rows:
            fields = [str(row[column]) for column in COLUMNS] + ["generated"]
            if any("\t" in field or "\n" in field for field in fields):
                raise ValueError(f"{row['file']}: a tab or a newline in its row")
            lines.append("\t".join(fields))
        names = [(row["file"], row["password"]) for row in self.rows]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"rows that are there twice: {sorted(twice)}")
        (self.folder / "INDEX.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def kind_of(name):
    endings = {".p12": "PKCS12", ".pfx": "PKCS12", ".pem": "PEM", ".p7b": "PKCS7-DER",
               ".p7s": "PKCS7-DER", ".p7m": "PKCS7-DER"}
    return endings.get(pathlib.PurePath(name).suffix, "DER")
