"""The files of a history: real certificates with the dates and keys that it names, real errors."""

import os
import pathlib
import re

KEY = re.compile(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n", re.DOTALL)
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


class Real:
    """A certificate of the history: what its files are made of."""

    def __init__(self, fingerprint, text):
        self.fingerprint = fingerprint
        self.key = KEY.search(text)[0]
        self.leaf, self.issuer = CERTIFICATE.findall(text)


class Sources:
    """folder: the manifests' own. Each history begins with an empty one."""

    def __init__(self, folder, issuer, history, word):
        self.folder = pathlib.Path(folder)
        self.real = {}
        for each in history.certificates:
            path = self.folder / "issued"
            fingerprint = issuer.issue(path, f"{each.fingerprint}.example.com", each.not_before,
                                       each.not_after, key=f"{word}-{each.key}")
            self.real[each.fingerprint] = Real(fingerprint, path.read_text())
            path.unlink()
        issuer.issue(self.folder / "other.pfx", "other.example.com", 0, 1, "pfx")
        self.other = (self.folder / "other.pfx").read_bytes()
        issuer.issue(self.folder / "other.pem", "other.example.com", 0, 1)
        self.other_key = KEY.search((self.folder / "other.pem").read_text())[0]
        (self.folder / "password").write_text("not that of any file\n")
        (self.folder / "password").chmod(0o600)
        self.stamp = 0

    def name(self, fingerprint):
        """The history's name of a real certificate."""
        return next((name for name, real in self.real.items() if real.fingerprint == fingerprint),
                    fingerprint)

    def put(self, path, certificate, what):
        """what: key, bare, or 'error CODE'."""
        real, path = self.real[certificate], self.folder / path
        path.unlink(missing_ok=True)
        content = real.leaf + real.issuer
        if what == "key":
            content += real.key
        elif what == "error unreadable":
            return
        elif what == "error key_mismatch":
            content += self.other_key
        elif what == "error wrong_password":
            content = self.other
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        # Within one tick of the clock a file could look as the one before it did.
        self.stamp += 1
        os.utime(path, ns=(self.stamp, self.stamp))
