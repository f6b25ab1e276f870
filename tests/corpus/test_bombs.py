"""Files of 20 MB that were made to hurt: each is refused within a second of processor time and
100 MB of memory.

CERTROLL names the program. Under a sanitizer memory is not looked at, and time is not that short.
Every file is written by a process of its own: the memory that is measured is that of the largest
of certroll and the process that starts it.
"""
import base64
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "pki")]

# pylint: disable=wrong-import-position
import pfx
from der import (bits, children, context, context_primitive, integer, length, null, octets, oid,
                 seq, set_of, tlv, utc_time, utf8)

PROGRAM = os.environ.get("CERTROLL", "")
SANITIZED = bool(PROGRAM) and b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()
MOST_SECONDS = 8 if SANITIZED else 1
MOST_KILOBYTES = 100 * 1000
FULL = 20 * 1024 * 1024
PASSWORD = "bomb-Pa55"
ED25519 = seq(oid("1.3.101.112"))
SIGNED_DATA = "1.2.840.113549.1.7.2"


def fill(element, size=FULL):
    """As many of them as there is room for."""
    return element * (size // len(element))


def header(tag, size):
    return bytes([tag]) + length(size)


def name(text):
    return seq(set_of(seq(oid("2.5.4.3"), utf8(text))))


def certificate(number=1, subject=None, issuer=None, extensions=b"", key=None, serial=None,
                signature=bytes(64)):
    """Small: an Ed25519 key and no extensions; the signature is none."""
    key = key or seq(ED25519, bits(number.to_bytes(32, "big")))
    signed = seq(context(0, integer(2)), serial or integer(number), ED25519,
                 issuer or name("a"), seq(utc_time("260101000000Z"), utc_time("360101000000Z")),
                 subject or name("b"), key, context(3, seq(extensions)) if extensions else b"")
    return seq(signed, ED25519, bits(signature))


def extension(kind, content):
    return seq(oid(kind), octets(content))


def pem(data, label="CERTIFICATE"):
    return (f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(data) +
            f"-----END {label}-----\n".encode())


def pkcs7(certificates, before=b"", after=b""):
    return seq(oid(SIGNED_DATA), context(0, seq(
        integer(1), set_of(before), seq(oid(pfx.DATA)), context(0, certificates),
        set_of(after))))


def different(count, size=0):
    return [certificate(i + 1, extensions=extension("1.2.3", bytes(size)) if size else b"")
            for i in range(count)]


def sealed(*parts, **options):
    return pfx.pfx(*parts, **({"password": PASSWORD, "iterations": 1} | options))


def unstructured():
    block = pem(b"x")
    return {
        "zeros": lambda: bytes(FULL), "ones": lambda: b"\xff" * FULL,
        "blanks": lambda: b" " * FULL, "newlines": lambda: b"\n" * FULL,
        "dashes": lambda: b"-" * FULL, "letters": lambda: b"A" * FULL,
        "begin lines": lambda: fill(b"-----BEGIN CERTIFICATE-----\n"),
        "begin words": lambda: fill(b"-----BEGIN "),
        "end lines": lambda: fill(b"-----END CERTIFICATE-----\n"),
        "begin without an end": lambda: b"-----BEGIN " + b"A" * (FULL - 20),
        "one open block": lambda: b"-----BEGIN CERTIFICATE-----\n" + fill(b"A" * 64 + b"\n",
                                                                         FULL - 100),
        "empty blocks": lambda: fill(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        "small blocks": lambda: fill(block),
        "blocks of another kind": lambda: fill(pem(b"x", "X509 CRL")),
        "blocks of no kind": lambda: fill(pem(b"x", "NOTHING")),
        "huge base64": lambda: pem(bytes(FULL * 3 // 4 - 700000)),
        "huge base64 of another kind": lambda: pem(bytes(FULL * 3 // 4 - 700000), "NOTHING"),
        "huge base64 of a key": lambda: pem(bytes(FULL * 3 // 4 - 700000), "PRIVATE KEY"),
        "blanks in a block": lambda: b"-----BEGIN CERTIFICATE-----\n" + b" " * (FULL - 100) +
                                     b"\n-----END CERTIFICATE-----\n",
        "headers in a block": lambda: b"-----BEGIN RSA PRIVATE KEY-----\n" + fill(
            b"DEK-Info: a\n", FULL - 100) + b"\nAA==\n-----END RSA PRIVATE KEY-----\n",
        "a long label": lambda: b"-----BEGIN " + b"A" * (FULL // 2 - 50) + b"-----\n-----END " +
                                b"A" * (FULL // 2 - 50) + b"-----\n",
        "a tag without end": lambda: b"\x3f" + b"\xff" * (FULL - 1),
        "keys in PEM": lambda: fill(pem(seq(integer(0), ED25519, octets(octets(bytes(32)))),
                                        "PRIVATE KEY")),
    }


def structured():
    def nested(depth):
        """Definite lengths, from the inside out, in linear time."""
        made, size = [], 0
        for _ in range(depth):
            made.append(header(0x30, size))
            size += len(made[-1])
        return b"".join(reversed(made))

    start = integer(3)
    return {
        "sequences without end": lambda: b"\x30\x80" * (FULL // 2),
        "sequences in a file": lambda: b"\x30\x80" + start + b"\x30\x80" * (FULL // 2 - 10),
        "sequences in sequences": lambda: nested(FULL // 6),
        "sets without end": lambda: b"\x30\x80\x31\x80" * (FULL // 4),
        "strings without end": lambda: b"\x30\x80" + start + b"\x30\x80" + oid(
            pfx.DATA) + b"\xa0\x80" + b"\x24\x80" * (FULL // 2 - 20),
        "a set of tiny elements": lambda: set_of(fill(b"\x05\x00", FULL - 10)),
        "a sequence of tiny elements": lambda: seq(fill(b"\x05\x00", FULL - 10)),
        "a sequence of tiny sequences": lambda: seq(fill(b"\x30\x00", FULL - 10)),
        "a certificate of tiny elements": lambda: seq(seq(fill(b"\x02\x01\x01", FULL - 100)),
                                                      ED25519, bits(b"x")),
    }


def pkcs12():
    tiny = pfx.bag("1.2.3", b"")
    info = seq(oid("1.2.3"))
    small = certificate()

    def raw(content, mac=b""):
        return seq(integer(3), seq(oid(pfx.DATA), context(0, octets(content))), mac)

    def in_pieces(size):
        piece = octets(b"\x30" * size)
        return seq(integer(3), seq(oid(pfx.DATA), context(0, tlv(0x24, fill(piece, FULL - 99)))))

    def encrypted(password):
        return sealed(pfx.encrypted(fill(tiny, FULL - 4096), password=password, iterations=1))

    def named(size):
        attribute = pfx.attribute(pfx.FRIENDLY_NAME, tlv(0x1E, b"\0a" * (size // 2)))
        return raw(seq(pfx.plain(pfx.bag("1.2.3", b"", attribute))))

    return {
        "a million bags": lambda: raw(seq(pfx.plain(fill(tiny, FULL - 99)))),
        "a million bags, MAC": lambda: sealed(pfx.plain(fill(tiny, FULL - 999))),
        "a million encrypted bags": lambda: encrypted(PASSWORD),
        "a million parts": lambda: raw(seq(fill(info, FULL - 99))),
        "a million empty parts": lambda: raw(seq(fill(pfx.plain(), FULL - 99))),
        "a million certificates": lambda: raw(seq(pfx.plain(fill(pfx.cert_bag(small),
                                                                 FULL - 99)))),
        "different certificates": lambda: raw(seq(pfx.plain(
            b"".join(map(pfx.cert_bag, different(80000)))))),
        "many keys": lambda: raw(seq(pfx.plain(fill(pfx.key_bag(seq(
            integer(0), ED25519, octets(octets(bytes(32))))), FULL - 99)))),
        "a million sealed keys": lambda: raw(seq(pfx.plain(fill(pfx.shrouded_bag(
            bytes(48), PASSWORD, iterations=1), FULL - 99)))),
        "a million encrypted parts": lambda: raw(seq(fill(pfx.encrypted(
            password=PASSWORD, iterations=1), FULL - 99))),
        "a string in pieces of 1": lambda: in_pieces(1),
        "a string in pieces of 0": lambda: in_pieces(0),
        "a string in pieces of 1000": lambda: in_pieces(1000),
        "a MAC over 20 MB": lambda: sealed(pfx.plain(pfx.bag("1.2.3", octets(bytes(FULL - 999))))),
        "a wrong MAC over 20 MB": lambda: sealed(pfx.plain(pfx.bag("1.2.3", octets(
            bytes(FULL - 999)))), value=bytes(32)),
        "an encrypted part of 20 MB": lambda: sealed(pfx.encrypted(pfx.bag("1.2.3", octets(
            bytes(FULL - 4096))), password=PASSWORD, iterations=1)),
        "and of another password": lambda: sealed(pfx.encrypted(pfx.bag("1.2.3", octets(
            bytes(FULL - 4096))), password="x", iterations=1)),
        "a salt of 20 MB": lambda: raw(seq(), pfx.mac_data(seq(), b"", iterations=1,
                                                           salt=bytes(FULL - 999),
                                                           value=bytes(32))),
        "a salt of 20 MB in PBES2": lambda: raw(seq(pfx.encrypted(
            password="", iterations=1, salt=bytes(FULL - 999)))),
        "a friendly name of 20 MB": lambda: named(FULL - 4000),
        "a million attributes": lambda: raw(seq(pfx.plain(pfx.bag(
            "1.2.3", b"", fill(pfx.attribute("1.2.3"), FULL - 999))))),
        "an iteration count of 20 MB": lambda: raw(seq(), pfx.mac_data(
            seq(), b"", iterations=1, value=bytes(32),
            declared=tlv(2, b"\x01" * (FULL - 999)))),
        "a version of 20 MB": lambda: seq(tlv(2, b"\x01" * (FULL - 99)), seq(oid(pfx.DATA))),
        "an object identifier of 20 MB": lambda: seq(integer(3), seq(tlv(
            6, b"\x81" * (FULL - 99) + b"\x01"))),
    }


def many_certificates():
    small = certificate()
    return {
        "100,000 copies, PKCS#7": lambda: pkcs7(fill(small, FULL - 200)),
        "different ones, PKCS#7": lambda: pkcs7(b"".join(different(100000))),
        "20,000 different ones, PKCS#7": lambda: pkcs7(b"".join(different(20000, 800))),
        "copies, PEM": lambda: fill(pem(small)),
        "different ones, PEM": lambda: b"".join(map(pem, different(60000))),
        "copies, DER": lambda: fill(small),
        "different ones, DER": lambda: b"".join(different(100000)),
        "copies of 4 kB": lambda: pkcs7(fill(different(1, 4096)[0], FULL - 200)),
        "copies of 1 MB": lambda: pkcs7(fill(different(1, 1 << 20)[0], FULL - 200)),
        "digests and signers": lambda: pkcs7(small, fill(ED25519, FULL // 2),
                                             fill(b"\x30\x00", FULL // 2 - 500)),
    }


def slow_curve(x):
    """A key on a curve that is written out, whose prime makes square roots slow: p - 1 has 631
    twos. Its point, and the curve's own, are compressed."""
    p, size = (0x800021 << 631) + 1, 82

    def is_square(number):
        return pow(number, (p - 1) // 2, p) == 1

    def point(at):
        while not is_square(at ** 3 - 3 * at + 7):
            at += 1
        return b"\x02" + at.to_bytes(size, "big")

    curve = seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(p)),
                seq(octets((p - 3).to_bytes(size, "big")), octets((7).to_bytes(size, "big"))),
                octets(point(5)), integer(p - 2), integer(1))
    return seq(oid("1.2.840.10045.2.1"), curve), point(x)


def slow_keys():
    """Decoding them takes OpenSSL long."""
    def certificates(count):
        made = (slow_curve(100 * i) for i in range(count))
        return [certificate(i + 1, key=seq(algorithm, bits(point)))
                for i, (algorithm, point) in enumerate(made)]

    def key(inside, outside):
        algorithm, point = slow_curve(7)
        named = seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
        written = children(algorithm)[1]
        body = seq(integer(1), octets(b"\1" * 32), context(0, written) if inside else b"",
                   context(1, bits(point)))
        return pem(seq(integer(0), algorithm if outside else named, octets(body)), "PRIVATE KEY")

    return {
        "curves with slow roots": lambda: pkcs7(b"".join(certificates(20))),
        "keys with slow roots": lambda: key(False, True) * 50,
        "keys with slow roots inside": lambda: key(True, False) * 50,
    }


def huge_certificates():
    san, rdn = "2.5.29.17", set_of(seq(oid("2.5.4.3"), utf8("a")))

    def rsa(size):
        return seq(seq(oid("1.2.840.113549.1.1.1"), null()), bits(seq(
            tlv(2, b"\x01" + b"\xff" * size), integer(65537))))

    kinds = {
        "extension": lambda size: certificate(extensions=extension("1.2.3", bytes(size))),
        "name": lambda size: certificate(subject=name("x" * size)),
        "names": lambda size: certificate(subject=seq(fill(rdn, size))),
        "values in a name": lambda size: certificate(subject=seq(set_of(
            fill(seq(oid("2.5.4.3"), utf8("a")), size)))),
        "issuer's names": lambda size: certificate(issuer=seq(fill(rdn, size))),
        "host names": lambda size: certificate(extensions=extension(san, seq(
            fill(context_primitive(2, b"a.example.com"), size)))),
        "tiny host names": lambda size: certificate(extensions=extension(san, seq(
            fill(context_primitive(2, b"a"), size)))),
        "directory names": lambda size: certificate(extensions=extension(san, seq(
            fill(context(4, seq(rdn)), size)))),
        "extensions": lambda size: certificate(extensions=fill(extension("1.2.3", b""), size)),
        "key usages": lambda size: certificate(extensions=extension("2.5.29.37", seq(
            fill(oid("1.3.6.1.5.5.7.3.1"), size)))),
        "serial": lambda size: certificate(serial=tlv(2, b"\x01" * size)),
        "signature": lambda size: certificate(signature=bytes(size)),
        "RSA key": lambda size: certificate(key=rsa(size)),
        "unknown key": lambda size: certificate(key=seq(seq(oid("1.2.3.4")), bits(bytes(size)))),
    }
    return {f"{what} ({mark})": functools.partial(make, size) for what, make in kinds.items()
            for size, mark in ((FULL - 2000, "20 MB"), (380000, "380 kB"))}


def amounts():
    """Below the limits of every part, all of them at once."""
    def of_names(count, each):
        rdn = set_of(seq(oid("2.5.4.3"), utf8("a")))
        subject = seq(fill(rdn, each))
        return [certificate(i + 1, subject=subject, issuer=subject) for i in range(count)]

    def with_extensions(count, each):
        return [certificate(i + 1, extensions=fill(extension("1.2.3", b""), each))
                for i in range(count)]

    def of_empty_names(size):
        """What OpenSSL makes sixty times as large, twice where it is the leaf's."""
        names = seq(fill(context(4, seq()), size))
        return (pem(certificate(1, extensions=extension("2.5.29.17", names))) +
                pem(certificate(2, subject=name("a"), issuer=name("c"),
                                extensions=extension("2.5.29.30", seq(context(0, seq())))))
                + bytes(19 << 20))

    def all_joined():
        """Whatever can be copied is: in pieces, and in pieces again, then decrypted."""
        names = fill(context(4, seq()), 380000)
        bags = pfx.bag("1.2.3", octets(bytes(FULL - 400000))) + pfx.cert_bag(certificate(
            extensions=extension("2.5.29.17", seq(names))))
        part = pfx.encrypted(bags, password=PASSWORD, iterations=1)
        pieces = [part[i:i + (1 << 20)] for i in range(0, len(part), 1 << 20)]
        return seq(integer(3), seq(oid(pfx.DATA), context(0, tlv(
            0x24, octets(header(0x30, len(part))), *map(octets, pieces)))))

    def loops(count, each):
        one = name("x" * each)
        return [certificate(i + 1, subject=one, issuer=one) for i in range(count)]

    key = pem(seq(integer(0), ED25519, octets(octets(bytes(range(32))))), "PRIVATE KEY")
    return {
        "four certificates of names": lambda: pkcs7(b"".join(of_names(4, 490000))),
        "sixteen certificates of names": lambda: pkcs7(b"".join(of_names(16, 120000))),
        "four certificates of extensions": lambda: pkcs7(b"".join(with_extensions(4, 1000000))),
        "a thousand that issue each other": lambda: pkcs7(b"".join(loops(1000, 10))),
        "a thousand with long names": lambda: pkcs7(b"".join(loops(990, 1900))),
        "a certificate of empty names": lambda: of_empty_names(380000),
        "copies of copies": all_joined,
        "a thousand and sixty keys": lambda: b"".join(map(pem, loops(990, 1900))) + key * 60,
    }


def manifests():
    entry = b"  - {name: a%07d, path: x.pem, type: Default}\n"
    head = b"version: 1\nname: m\ncertificates:\n"
    most = 8 * 1024 * 1024 - 100
    return {
        "zeros": lambda: bytes(most), "blanks": lambda: b" " * most,
        "newlines": lambda: b"\n" * most, "hashes": lambda: b"#" * most,
        "brackets": lambda: b"[" * most, "braces": lambda: b"{" * most,
        "flow pairs": lambda: b"{a: " * (most // 4), "dashes": lambda: b"- " * (most // 2),
        "questions": lambda: b"? " * (most // 2), "quotes": lambda: b"'" * most,
        "one long word": lambda: b"a" * most,
        "one long string": lambda: head + b'  - {name: "' + b"a" * (most - 100) + b'"}\n',
        "one long key": lambda: b"a" * (most - 10) + b": 1\n",
        "many keys": lambda: b"".join(b"k%d: 1\n" % i for i in range(700000)),
        "the same key": lambda: fill(b"version: 1\n", most),
        "documents": lambda: fill(b"--- 1\n", most),
        "anchors": lambda: head + b"".join(b"  - &a%d x\n" % i for i in range(500000)),
        "aliases": lambda: b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (i + 98, i + 98, b",".join([b"*%c" % (i + 97)] * 10))
            for i in range(20)),
        "tags": lambda: head + fill(b"  - !!str x\n", most - 100),
        "empty entries": lambda: head + fill(b"  - {}\n", most - 100),
        "entries of strange keys": lambda: head + fill(b"  - {a: 1, b: 2}\n", most - 100),
        "entries without files": lambda: head + b"".join(entry % i for i in range(170000)),
    }


@unittest.skipUnless(PROGRAM, "CERTROLL names no program")
class Bombs(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="certroll-bombs."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, path, make):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                path.write_bytes(make())
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(child, 0)[1], 0, f"{path} could not be made")

    def run_plan(self, manifest):
        """Exit code, standard error, seconds of processor time, kilobytes."""
        said = self.folder / "stderr"
        with open(said, "wb") as err:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                [PROGRAM, "plan", "--store", self.folder / "store", manifest],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        with open(said, "rb") as err:
            text = err.read(65536).decode(errors="replace")
        return process.returncode, text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def check_refused(self, what, manifest):
        code, text, seconds, kilobytes = self.run_plan(manifest)
        told = f"{what}: exit {code}, {seconds:.2f} s, {kilobytes // 1000} MB: {text[:300]}"
        if os.environ.get("CERTROLL_BOMBS"):
            print(told.splitlines()[0][:150])
        self.assertEqual(code, 1, told)
        self.assertRegex(text, re.compile(r"\[[a-z_]+\]"), told)
        self.assertNotIn("[out_of_memory]", text, told)
        self.assertLess(seconds, MOST_SECONDS, told)
        if not SANITIZED:
            self.assertLess(kilobytes, MOST_KILOBYTES, told)

    def check_sources(self, rows):
        path, manifest = self.folder / "bomb", self.folder / "manifest.yaml"
        manifest.write_text("version: 1\nname: bombs\ncertificates:\n  - " + json.dumps(
            {"name": "bomb", "path": str(path), "type": "Default", "password": PASSWORD}) + "\n")
        manifest.chmod(0o600)
        for what, make in rows.items():
            with self.subTest(what):
                self.write(path, make)
                self.assertLessEqual(path.stat().st_size, FULL)
                self.check_refused(what, manifest)

    def test_bytes_without_a_structure(self):
        self.check_sources(unstructured())

    def test_elements_in_elements(self):
        self.check_sources(structured())

    def test_pkcs12(self):
        self.check_sources(pkcs12())

    def test_many_certificates(self):
        self.check_sources(many_certificates())

    def test_slow_keys(self):
        self.check_sources(slow_keys())

    def test_huge_certificates(self):
        self.check_sources(huge_certificates())

    def test_as_much_as_is_allowed_of_everything(self):
        self.check_sources(amounts())

    def test_manifests(self):
        path = self.folder / "manifest.yaml"
        for what, make in manifests().items():
            with self.subTest(what):
                self.write(path, make)
                path.chmod(0o600)
                self.check_refused(what, path)


if __name__ == "__main__":
    unittest.main()
