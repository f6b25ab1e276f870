"""A small PKI, made by the openssl command: certificates with chosen dates, names and formats.

Root > Intermediate > leaves. What was made once is made no more: every leaf and every file of it
is kept for the length of the process.
"""
import atexit
import base64
import datetime
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile

PASSWORD = "Tr0ub4dor-and-3"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)

CONFIGURATION = """
[ca]
default_ca = test
[test]
database = {folder}/index.txt
new_certs_dir = {folder}
unique_subject = no
rand_serial = yes
default_md = sha256
policy = policy
[policy]
countryName = optional
organizationName = optional
commonName = optional
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
utf8 = yes
[dn]
"""
IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" + IDENTIFIERS
SERVER = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n" + IDENTIFIERS


def instant(when):
    """A number of days from now, a text such as 2030-01-31T02:00:00Z, or a datetime."""
    if isinstance(when, (int, float)):
        return NOW + datetime.timedelta(days=when)
    if isinstance(when, str):
        when = datetime.datetime.fromisoformat(when.replace("Z", "+00:00"))
        return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)
    return when


def rfc3339(when):
    return instant(when).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def openssl(*arguments, given=None):
    run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, input=given,
                         check=False)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {arguments}: {run.stderr.decode()}")
    return run.stdout


def first_der(pem):
    body = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.DOTALL)[1]
    return base64.b64decode(body)


class Leaf:
    """A certificate and its private key, and the files that hold them."""

    def __init__(self, pki, stem, key):
        self.pki, self.stem, self.key = pki, stem, key
        self.cert = stem.with_suffix(".crt")
        der = first_der(self.cert.read_text())
        self.fingerprint = hashlib.sha256(der).hexdigest()
        self.thumbprint = hashlib.sha1(der).hexdigest()

    def _made(self, suffix, make):
        path = self.stem.with_suffix(suffix)
        if not path.exists():
            make(path)
        return str(path)

    def bare(self):
        """The certificate alone, PEM."""
        return str(self.cert)

    def key_file(self):
        return str(self.key)

    def pem(self):
        """Leaf, key, intermediate."""
        parts = [self.cert, self.key, self.pki.intermediate]
        return self._made(".pem", lambda path: path.write_text(
            "".join(part.read_text() for part in parts)))

    def der(self):
        return self._made(".der", lambda path: openssl(
            "x509", "-in", self.cert, "-outform", "DER", "-out", path))

    def p7b(self):
        return self._made(".p7b", lambda path: openssl(
            "crl2pkcs7", "-nocrl", "-certfile", self.cert, "-certfile", self.pki.intermediate,
            "-outform", "DER", "-out", path))

    def pfx(self, password=PASSWORD, *options):
        name = hashlib.sha256(repr((password, options)).encode()).hexdigest()[:8]
        return self._made(f".{name}.pfx", lambda path: openssl(
            "pkcs12", "-export", "-out", path, "-in", self.cert, "-inkey", self.key, "-certfile",
            self.pki.intermediate, "-passout", f"pass:{password}", *options))

    def encrypted(self, password=PASSWORD):
        """Leaf, intermediate and an encrypted key, PEM."""
        def make(path):
            key = openssl("pkcs8", "-topk8", "-in", self.key, "-passout", f"pass:{password}")
            path.write_bytes(self.cert.read_bytes() + self.pki.intermediate.read_bytes() + key)
        return self._made(".enc.pem", make)


class Pki:
    """Makes certificates in a temporary folder that goes with the process."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certroll-pki."))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.configuration = self.folder / "ca.cnf"
        self.configuration.write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "index.txt").touch()
        self.leaves = {}
        self.root = self._authority("root", None)
        self.intermediate = self._authority("intermediate", "root")

    def _authority(self, name, issuer):
        self._key_and_request(name, f"/O=Example/CN=Test {name}", None)
        self._sign(name, issuer, "2020-01-01", "2090-01-01", CA)
        return self.folder / f"{name}.crt"

    def _key_and_request(self, name, subject, key):
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
               self.folder / f"{name}.key"]
        openssl("req", "-new", "-config", self.configuration, "-subj", subject, "-utf8", "-out",
                self.folder / f"{name}.csr", *(["-key", key] if key else new))

    def _sign(self, name, issuer, start, end, extensions):
        extension_file = self.folder / f"{name}.ext"
        extension_file.write_text(extensions)
        by = ["-cert", self.folder / f"{issuer}.crt", "-keyfile", self.folder / f"{issuer}.key"]
        themselves = ["-selfsign", "-keyfile", self.folder / f"{name}.key"]
        openssl("ca", "-batch", "-notext", "-config", self.configuration, "-in",
                self.folder / f"{name}.csr", "-out", self.folder / f"{name}.crt", "-extfile",
                extension_file, "-startdate", instant(start).strftime("%Y%m%d%H%M%SZ"), "-enddate",
                instant(end).strftime("%Y%m%d%H%M%SZ"), "-preserveDN",
                *(by if issuer else themselves))

    def leaf(self, name, start=-30, end=365, dns=None, key_of=None, subject=None,
             extensions=SERVER):
        """A leaf, the same one for the same arguments; key_of: another leaf, whose key it has."""
        dns = [f"{name}.example.com"] if dns is None else dns
        identity = (name, start, end, tuple(dns), key_of and key_of.fingerprint, subject,
                    extensions)
        if identity in self.leaves:
            return self.leaves[identity]
        stem = f"{name}-{len(self.leaves)}"
        key = key_of.key if key_of else self.folder / f"{stem}.key"
        self._key_and_request(stem, subject or f"/C=DE/O=Example/CN={name}.example.com",
                              key if key_of else None)
        if dns:
            extensions += "subjectAltName=" + ",".join(f"DNS:{host}" for host in dns) + "\n"
        self._sign(stem, "intermediate", start, end, extensions)
        self.leaves[identity] = Leaf(self, self.folder / stem, key)
        return self.leaves[identity]
