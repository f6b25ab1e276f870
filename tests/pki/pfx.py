"""PKCS#12 files (RFC 7292) put together by hand, right or wrong in every place.

Parts are bytes; what encrypts returns (algorithm, sealed). Keys are derived here, ciphers are run
by the openssl command. A count that is `declared` stands in the file, whatever count was used.
"""
import functools
import hashlib
import hmac
import subprocess

from der import (bmp, context, context_primitive, integer, null, octets, oid, seq, set_of)

DATA = "1.2.840.113549.1.7.1"
ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
BAGS = "1.2.840.113549.1.12.10.1."
KEY_BAG, SHROUDED_BAG, CERT_BAG, CRL_BAG, SECRET_BAG, SAFE_BAG = (BAGS + str(i)
                                                                  for i in range(1, 7))
X509 = "1.2.840.113549.1.9.22.1"
SDSI = "1.2.840.113549.1.9.22.2"
FRIENDLY_NAME = "1.2.840.113549.1.9.20"
LOCAL_KEY_ID = "1.2.840.113549.1.9.21"
PBES2 = "1.2.840.113549.1.5.13"
PBKDF2 = "1.2.840.113549.1.5.12"
PBMAC1 = "1.2.840.113549.1.5.14"
SCRYPT = "1.3.6.1.4.1.11591.4.11"
PBE_3DES = "1.2.840.113549.1.12.1.3"
DIGESTS = {"md5": "1.2.840.113549.2.5", "sha1": "1.3.14.3.2.26",
           "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2",
           "sha512": "2.16.840.1.101.3.4.2.3"}
HMACS = {"sha1": "1.2.840.113549.2.7", "sha256": "1.2.840.113549.2.9",
         "sha512": "1.2.840.113549.2.11"}
CIPHERS = {"aes-256-cbc": ("2.16.840.1.101.3.4.1.42", 32, 16),
           "aes-128-cbc": ("2.16.840.1.101.3.4.1.2", 16, 16),
           "des-ede3-cbc": ("1.2.840.113549.3.7", 24, 8)}
SALT = bytes(range(0x51, 0x59))


def bmp_password(text):
    """The form of PKCS#12's own derivation; None: no password, which is not the empty one."""
    return b"" if text is None else text.encode("utf-16-be") + b"\0\0"


@functools.lru_cache(maxsize=None)
def derive(password, salt, purpose, iterations, size, digest="sha1"):
    """PKCS#12's own derivation (RFC 7292, B.2) of a password in BMP form."""
    made = b""
    block = hashlib.new(digest).block_size

    def fill(text):
        count = -(-len(text) // block) * block
        return (text * (count // len(text) + 1))[:count] if text else b""

    state = fill(salt) + fill(password)
    while len(made) < size:
        part = hashlib.new(digest, bytes([purpose]) * block + state).digest()
        for _ in range(iterations - 1):
            part = hashlib.new(digest, part).digest()
        made += part
        added = int.from_bytes(fill(part)[:block], "big") + 1
        state = b"".join(
            ((int.from_bytes(state[i:i + block], "big") + added) % (1 << 8 * block)).to_bytes(
                block, "big") for i in range(0, len(state), block))
    return made[:size]


pbkdf2 = functools.lru_cache(maxsize=None)(hashlib.pbkdf2_hmac)


@functools.lru_cache(maxsize=None)
def encrypt(cipher, key, iv, plain):
    return subprocess.run(["openssl", "enc", "-e", "-" + cipher, "-K", key.hex(), "-iv", iv.hex()],
                          input=plain, capture_output=True, check=True).stdout


def _octets(password):
    return password.encode() if isinstance(password, str) else password


def pbes2(plain, password, iterations=2048, declared=None, prf="sha256", cipher="aes-256-cbc",
          salt=SALT, prf_oid=None, cipher_oid=None, key_length=None, function=None):
    """PBES2 with PBKDF2 (RFC 8018); password: text, or bytes as they are."""
    name, size, iv_size = CIPHERS[cipher]
    iv = bytes(range(iv_size))
    key = pbkdf2(prf, _octets(password), salt, iterations, size)
    declared = iterations if declared is None else declared
    parameters = seq(octets(salt), integer(declared),
                     integer(key_length) if key_length is not None else b"",
                     seq(oid(prf_oid or HMACS[prf]), null()))
    algorithm = seq(oid(PBES2), seq(seq(oid(function or PBKDF2), parameters),
                                    seq(oid(cipher_oid or name), octets(iv))))
    return algorithm, encrypt(cipher, key, iv, plain)


def pbes2_scrypt(plain, password, n, r=8, p=1, declared=None):
    """PBES2 with scrypt (RFC 7914); declared: the numbers that stand in the file."""
    name, size, iv_size = CIPHERS["aes-256-cbc"]
    iv = bytes(range(iv_size))
    key = hashlib.scrypt(_octets(password), salt=SALT, n=n, r=r, p=p, dklen=size,
                         maxmem=256 << 20)
    numbers = map(integer, declared or (n, r, p))
    algorithm = seq(oid(PBES2), seq(seq(oid(SCRYPT), seq(octets(SALT), *numbers)),
                                    seq(oid(name), octets(iv))))
    return algorithm, encrypt("aes-256-cbc", key, iv, plain)


def pbe_3des(plain, password, iterations=2048, declared=None, salt=SALT):
    """pbeWithSHAAnd3-KeyTripleDES-CBC; password: text, None, or bytes in BMP form."""
    form = password if isinstance(password, bytes) else bmp_password(password)
    key = derive(form, salt, 1, iterations, 24)
    iv = derive(form, salt, 2, iterations, 8)
    declared = iterations if declared is None else declared
    algorithm = seq(oid(PBE_3DES), seq(octets(salt), integer(declared)))
    return algorithm, encrypt("des-ede3-cbc", key, iv, plain)


def attribute(kind, *values):
    return seq(oid(kind), set_of(*values))


def friendly_name(text):
    return attribute(FRIENDLY_NAME, bmp(text))


def local_key_id(value):
    return attribute(LOCAL_KEY_ID, octets(value))


def bag(kind, value, *attributes):
    return seq(oid(kind), context(0, value) if value is not None else b"",
               set_of(*attributes) if attributes else b"")


def cert_bag(certificate, *attributes, kind=X509):
    return bag(CERT_BAG, seq(oid(kind), context(0, octets(certificate))), *attributes)


def key_bag(pkcs8, *attributes):
    return bag(KEY_BAG, pkcs8, *attributes)


def shrouded_bag(pkcs8, password, *attributes, scheme=pbes2, **options):
    algorithm, sealed = scheme(pkcs8, password, **options)
    return bag(SHROUDED_BAG, seq(algorithm, octets(sealed)), *attributes)


def safe_bag(*bags):
    return bag(SAFE_BAG, seq(*bags))


def plain(*bags):
    """A part that is not encrypted: ContentInfo of data with SafeContents."""
    return seq(oid(DATA), context(0, octets(seq(*bags))))


def encrypted(*bags, password, scheme=pbes2, **options):
    algorithm, sealed = scheme(seq(*bags), password, **options)
    return encrypted_info(algorithm, context_primitive(0, sealed))


def encrypted_info(algorithm, sealed):
    return seq(oid(ENCRYPTED_DATA),
               context(0, seq(integer(0), seq(oid(DATA), algorithm, sealed))))


def mac_data(content, password, iterations=2048, declared=None, digest="sha256", salt=SALT,
             digest_oid=None, value=None):
    """password: text, None, or bytes in BMP form; declared: b"" leaves the count out."""
    form = password if isinstance(password, bytes) else bmp_password(password)
    size = hashlib.new(digest).digest_size
    key = derive(form, salt, 3, iterations, size, digest)
    made = hmac.digest(key, content, digest) if value is None else value
    declared = iterations if declared is None else declared
    return seq(seq(seq(oid(digest_oid or DIGESTS[digest]), null()), octets(made)), octets(salt),
               declared if isinstance(declared, bytes) else integer(declared))


def pbmac1_data(content, password, iterations=2048, declared=None, key_length=32, digest="sha256"):
    """RFC 9579."""
    key = pbkdf2(digest, _octets(password), SALT, iterations, key_length)
    declared = iterations if declared is None else declared
    function = seq(oid(PBKDF2), seq(octets(SALT), integer(declared), integer(key_length),
                                    seq(oid(HMACS[digest]), null())))
    algorithm = seq(oid(PBMAC1), seq(function, seq(oid(HMACS[digest]), null())))
    return seq(seq(algorithm, octets(hmac.digest(key, content, digest))), octets(b"NOT USED"),
               integer(1))


def pfx(*parts, password=None, mac=True, version=3, mac_maker=mac_data, **options):
    """The whole file, of parts from plain() and encrypted()."""
    content = seq(*parts)
    return seq(integer(version), seq(oid(DATA), context(0, octets(content))),
               mac_maker(content, password, **options) if mac else b"")
