"""PEM, encrypted PEM keys, PKCS#7 and DER files, and what is none of them."""
import base64
import hashlib
import os

import pfx
from der import (bits, children, context, indefinite, integer, long_form, null, octets,
                 oid, seq, set_of, tlv)
from pfx import pbes2, pbes2_scrypt
from tools import ECDSA_SHA256, PASSWORD, openssl, pem

GIVE = {"password": PASSWORD}
SIGNED_DATA = "1.2.840.113549.1.7.2"


def make(corpus, shop):
    """Everything of this file."""
    certs = {name: pem("CERTIFICATE", der) for name, der in shop.certs.items()}
    keys = {name: pem("PRIVATE KEY", der) for name, der in shop.keys.items()}
    for part in (pem_spelling, pem_damage, pem_contents, trusted, encrypted_keys, encrypted_damage,
                 encrypted_bombs, dek_keys, pkcs7, pkcs7_odd, der_files, der_others, wrong_names,
                 other_things, odd_keys, key_bombs, blocking):
        part(corpus, shop, certs, keys)


def pem_spelling(corpus, shop, certs, keys):
    """The same three certificates and the key, spelled as people's files are."""
    web, chain = shop.certs["web"], certs["inter"] + certs["root"]
    full = certs["web"] + chain + keys["web"]
    body = base64.b64encode(web).decode()
    lines = [body[i:i + 64] for i in range(0, len(body), 64)]
    begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
    rows = {
        "plain": (full, "as it should be"),
        "crlf": (full.replace("\n", "\r\n"), "CR LF"),
        "bom": (b"\xef\xbb\xbf" + full.encode(), "a byte order mark"),
        "bom-crlf": (b"\xef\xbb\xbf" + full.replace("\n", "\r\n").encode(), "BOM and CR LF"),
        "text-before": ("Issued by: Example\n=====\n\n" + full, "text before BEGIN"),
        "text-between": (full.replace(end, end + "s:/CN=x\ni:/CN=y\n\n"), "text between"),
        "text-after": (full + "\n-- \nkind regards\n", "text behind"),
        "text-utf8": ("Gruß — 証明書 \u202e\n" + full, "text that is not ASCII"),
        "text-binary": (b"\x00\x01\xff\xfe binary\n" + full.encode(), "binary bytes before"),
        "joined": (full.replace("-----\n-----", "----------"), "no line end between blocks"),
        "no-newline": (full.rstrip("\n"), "no line end at the end"),
        "blank-lines": ("\n\n" + full.replace(end, end + "\n\n\n"), "empty lines between blocks"),
        "trailing-blanks": (full.replace("\n", "  \t\n"), "blanks at the ends of lines"),
        "key-first": (keys["web"] + certs["web"] + chain, "the key comes first"),
        "key-between": (certs["root"] + keys["web"] + certs["web"] + certs["inter"],
                        "the key is in the middle"),
        "bag-attributes": ("Bag Attributes\n    localKeyID: 01\n    friendlyName: web\n"
                           "subject=CN = web\n\nissuer=CN = inter\n\n" +
                           full.replace(end, end + "Bag Attributes: <No Attributes>\n"),
                           "as `openssl pkcs12` prints it"),
        "html": ("<html><body><pre>\n" + full + "</pre></body></html>\n", "within a page"),
        "dh-params": (full + pem("DH PARAMETERS", seq(integer(23), integer(5))),
                      "with DH parameters, as HAProxy has it"),
        "ec-params": (pem("EC PARAMETERS", oid("1.2.840.10045.3.1.7")) + full,
                      "with EC parameters"),
    }
    for name, (data, text) in rows.items():
        corpus.accept(f"pem/{name}.pem", data, 22, text, web, 3, 1)
    loose = {
        "cr": (full.replace("\n", "\r"), "CR alone, as the old Mac had it"),
        "lines-76": (pem("CERTIFICATE", web, 76) + chain + keys["web"], "lines of 76"),
        "lines-1": (pem("CERTIFICATE", web, 1) + chain + keys["web"], "lines of one letter"),
        "lines-all": (pem("CERTIFICATE", web, 10 ** 6) + chain + keys["web"], "one long line"),
        "indented": (full.replace("\n", "\n    "), "indented, as out of YAML"),
        "uneven": (begin + "\n".join([lines[0][:9], lines[0][9:], *lines[1:]]) + "\n" + end +
                   chain + keys["web"], "lines of uneven length"),
        "headers": (full.replace(begin, begin + "Comment: mine\n\n", 1), "a header within"),
        "blank-line-inside": (begin + lines[0] + "\n\n" + "\n".join(lines[1:]) + "\n" + end +
                              chain + keys["web"], "an empty line within the base64"),
        "utf16-bom-inside": (full.replace(begin, "\ufeff" + begin), "a BOM before every block"),
    }
    for name, (data, text) in loose.items():
        corpus.accept(f"pem/{name}.pem", data, 22, text, web, 3, 1, soft=True)
    for name, code in (("utf16le", "utf-16-le"), ("utf16be", "utf-16-be")):
        for kind, mark in (("", ""), ("-bom", "\ufeff")):
            corpus.reject(f"pem/{name}{kind}.pem", (mark + full).encode(code), 22, "UTF-16",
                          "not_a_certificate|unreadable|unsupported", soft=True)
    corpus.accept("pem/mixed-lines.pem", certs["web"].replace("\n", "\r\n") + chain + keys["web"],
                  22, "CR LF in the first block only", web, 3, 1)


def pem_damage(corpus, shop, certs, keys):
    text, web = certs["web"], shop.certs["web"]
    body = text.split("\n")
    begin, end = body[0], body[-2]
    damage = {
        "junk": (text.replace(body[3], "!!!!" + body[3][4:]), "letters that are not base64"),
        "junk-nul": (text.replace(body[3], "\0\0\0\0" + body[3][4:]), "NUL within the base64"),
        "junk-nbsp": (text.replace(body[3], "\u00a0" + body[3][1:]), "a blank that is none"),
        "comment-inside": (text.replace(body[3], "# comment\n" + body[3]), "a comment within"),
        "line-missing": (text.replace(body[3] + "\n", ""), "a line is missing"),
        "last-line-missing": (text.replace(body[-3] + "\n", ""), "the last line is missing"),
        "no-end": ("\n".join(body[:-2]) + "\n", "no END"),
        "other-end": (text.replace("END CERTIFICATE", "END X509 CRL"), "the END of another"),
        "end-only-dashes": (text.replace(end, "-----"), "an END without a word"),
        "cut": (text[:len(text) // 2], "cut off in the middle"),
        "empty-block": (f"{begin}\n{end}\n", "nothing between BEGIN and END"),
        "blank-block": (f"{begin}\n\n  \n{end}\n", "blanks between BEGIN and END"),
        "padding-inside": (text.replace(body[3], "====" + body[3][4:]), "padding in the middle"),
        "padding-excess": (text.replace(end, "====\n" + end), "too much padding"),
        "one-letter-short": (text.replace(end, "").rstrip("\n=")[:-1] + f"\n{end}\n",
                             "the last letter is missing"),
        "begin-twice": (f"{begin}\n{text}", "BEGIN twice"),
        "not-der": (pem("CERTIFICATE", b"this is no certificate at all"), "base64 of a text"),
        "random": (pem("CERTIFICATE", bytes(range(256)) * 4), "base64 of anything"),
    }
    for name, (data, what) in damage.items():
        corpus.reject(f"pem/bad-{name}.pem", data, 22, what,
                      "unreadable|not_a_certificate")
    for name, (data, what) in damage.items():
        if name not in ("no-end", "cut", "begin-twice", "other-end"):
            corpus.reject(f"pem/bad-{name}-second.pem", certs["second"] + data, 22,
                          f"the second block is damaged: {what}", "unreadable", soft=True)
    marks = {
        "four-dashes": (text.replace("-----", "----"), "four dashes"),
        "lower-case": (text.replace("BEGIN CERTIFICATE", "begin certificate").replace(
            "END CERTIFICATE", "end certificate"), "in small letters"),
        "no-begin": ("\n".join(body[1:]), "no BEGIN"),
        "base64-only": ("\n".join(body[1:-2]) + "\n", "base64 without BEGIN and END"),
        "escaped": (text.replace("\n", "\\n"), "line ends as \\n, as out of JSON"),
        "en-dash": (text.replace("-----", "\u2013\u2013\u2013"), "dashes that are none"),
        "begin-only": (begin + "\n", "BEGIN and nothing else"),
        "end-only": (end + "\n", "END and nothing else"),
        "split-begin": (text.replace("BEGIN CERT", "BEGIN\nCERT"), "BEGIN is on two lines"),
    }
    for name, (data, what) in marks.items():
        corpus.reject(f"pem/bad-{name}.pem", data, 22, what, "unreadable|not_a_certificate",
                      soft=True)
    corpus.accept("pem/trailing-inside.pem", pem("CERTIFICATE", web + b"tail"), 21,
                  "bytes behind the certificate, within the block", web, soft=True)


def pem_contents(corpus, shop, certs, keys):
    web, second = shop.certs["web"], shop.certs["second"]
    rsa = openssl("rsa", "-in", shop.key_file("web"), "-traditional").decode()
    sec1 = openssl("ec", "-in", shop.key_file("second")).decode()
    csr = openssl("req", "-new", "-key", shop.key_file("web"), "-subj", "/CN=x").decode()
    crl = pem("X509 CRL", shop.crl)
    public = pem("PUBLIC KEY", shop.public("web"))
    corpus.accept("pem/key-pkcs1.pem", certs["web"] + rsa, 22, "a PKCS#1 key", web, 1, 1)
    corpus.accept("pem/key-sec1.pem", certs["second"] + sec1, 22, "a SEC 1 key", second, 1, 1)
    for name, label in (("x509", "X509 CERTIFICATE"), ("trusted-plain", "TRUSTED CERTIFICATE")):
        corpus.accept(f"pem/label-{name}.pem", pem(label, web), 22, f"BEGIN {label}", web)
    corpus.accept("pem/label-key-as-rsa.pem", certs["web"] + pem("RSA PRIVATE KEY",
                                                                 shop.keys["web"]), 22,
                  "PKCS#8 that says RSA", web, 1, 1, soft=True)
    corpus.accept("pem/label-pkcs12.pem", pem("PKCS12", shop.pfx("web")), 25, "PKCS#12 as PEM",
                  web, 2, 1, soft=True, **GIVE)
    corpus.accept("dup.pem", certs["web"] * 2 + certs["inter"] * 2, 10, "everything twice", web, 2)
    corpus.accept("dup-key.pem", certs["web"] * 2 + keys["web"] * 2, 10,
                  "certificate and key twice", web, 1, 1)
    corpus.accept("chain-shuffled.pem", certs["root"] + certs["web"] + certs["inter"], 7,
                  "root, leaf, intermediate; no key", web, 3)
    corpus.accept("chain-reversed.pem", certs["root"] + certs["inter"] + certs["web"], 7,
                  "the leaf comes last; no key", web, 3)
    corpus.accept("chain-shuffled-key.pem", certs["inter"] + keys["web"] + certs["root"] +
                  certs["web"], 7, "intermediate, key, root, leaf", web, 3, 1)
    corpus.accept("chain-ca-only.pem", certs["inter"], 7, "an intermediate alone",
                  shop.certs["inter"])
    corpus.accept("chain-ca-two.pem", certs["root"] + certs["inter"], 7,
                  "root and intermediate: the one that issued nothing", shop.certs["inter"], 2)
    corpus.accept("chain-roots.pem", certs["root"] + certs["root2"], 7, "two roots", None, 2)
    corpus.accept("chain-two-leaves.pem", certs["web"] + certs["second"] + certs["inter"], 7,
                  "two leaves, no key", None, 3)
    corpus.accept("pem/self-signed.pem", certs["alone"] + keys["alone"], 7, "self-signed",
                  shop.certs["alone"], 1, 1)
    corpus.accept("pem/two-keys.pem", certs["web"] + keys["web"] + certs["second"] +
                  keys["second"], 6, "two pairs", [web, second], 2, 2)
    corpus.accept("pem/orphan-key-first.pem", keys["stranger"] + certs["web"] + keys["web"], 6,
                  "the first key belongs to nothing", web, 1, 1)
    corpus.accept("pem/renewed.pem", certs["web"] + certs["renewed"] + keys["web"], 6,
                  "two certificates of one key", [web, shop.certs["renewed"]], 2, 1)
    corpus.reject("pem/wrong-key.pem", certs["web"] + keys["second"], 6,
                  "the key of another certificate", "key_mismatch", soft=True)
    for name, data, what in (("csr", csr, "a request"), ("crl", crl, "a revocation list"),
                             ("public", public, "a public key"),
                             ("key", keys["web"], "a private key"), ("key-pkcs1", rsa, "a key"),
                             ("params", pem("EC PARAMETERS", oid("1.2.840.10045.3.1.7")),
                              "parameters"),
                             ("ssh", pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"), "SSH"),
                             ("pgp", pem("PGP PUBLIC KEY BLOCK", b"x" * 99), "OpenPGP")):
        corpus.reject(f"pem/only-{name}.pem", data, 25, f"{what} and no certificate",
                      "not_a_certificate")
        if "key" not in name:
            corpus.accept(f"pem/with-{name}.pem", data + certs["web"], 22,
                          f"{what} beside the certificate", web)
    garbage = seq(integer(0), seq(oid("1.2.840.113549.1.1.1"), null()), octets(b"garbage"))
    corpus.accept("pem/keygarbage.pem", certs["web"] + pem("PRIVATE KEY", garbage), 16,
                  "an RSA key that is none", web, 1, 0, soft=True)
    corpus.reject("pem/key-notder.pem", certs["web"] + pem("PRIVATE KEY", b"no key"), 16,
                  "a key that is no DER", "unreadable", soft=True)
    corpus.reject("pem/key-cut.pem", certs["web"] + pem("PRIVATE KEY", shop.keys["web"][:-9]), 16,
                  "a key that is cut off", "unreadable")


def trusted(corpus, shop, certs, keys):
    web = shop.certs["web"]
    made = openssl("x509", "-in", shop.cert_file("web"), "-trustout", "-addtrust", "serverAuth",
                   "-addreject", "emailProtection", "-setalias", "an alias").decode()
    corpus.accept("trusted.pem", made, 23, "trust settings stand behind it", web)
    corpus.accept("trusted-key.pem", made + keys["web"], 23, "and a key", web, 1, 1)
    corpus.accept("trusted-twice.pem", made + certs["web"], 23, "and the certificate itself", web)
    corpus.accept("trusted-chain.pem", made + certs["inter"] + certs["root"], 23, "and its chain",
                  web, 3)
    corpus.accept("trusted-as-certificate.pem", made.replace("TRUSTED ", ""), 23,
                  "under the label CERTIFICATE", web, soft=True)
    corpus.accept("trusted-garbage.pem", pem("TRUSTED CERTIFICATE", web + b"\xff\xff"), 23,
                  "what stands behind it is garbage", web, soft=True)


def sealed_key(made):
    """Of what pbes2() and its like return."""
    return pem("ENCRYPTED PRIVATE KEY", seq(made[0], octets(made[1])))


def each_password(corpus, name, data, text, leaf):
    """A certificate and its encrypted key, with the right password, another one and none."""
    corpus.accept(f"{name}.pem", data, 24, text, leaf, 1, 1, **GIVE)
    corpus.reject(f"{name}.wrongpw.pem", data, 24, "the wrong password", "wrong_password",
                  password="another")
    corpus.reject(f"{name}.nopw.pem", data, 24, "no password", "password_needed")


def encrypted_keys(corpus, shop, certs, keys):
    web, key = shop.certs["web"], shop.keys["web"]

    def topk8(*options, password=PASSWORD):
        return openssl("pkcs8", "-topk8", "-in", shop.key_file("web"), *options,
                       *shop.new_password(password)).decode()

    legacy = ["-provider", "default", "-provider", "legacy"]
    rows = {
        "pkcs8": topk8("-v2", "aes-256-cbc"), "pkcs8-3des": topk8("-v2", "des3"),
        "pkcs8-sha1": topk8("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
        "pkcs8-sha512": topk8("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"),
        "pkcs8-v1-des": topk8("-v1", "PBE-MD5-DES", *legacy),
        "pkcs8-v1-3des": topk8("-v1", "PBE-SHA1-3DES"),
        "pkcs8-v1-rc2": topk8("-v1", "PBE-SHA1-RC2-40", *legacy),
        "pkcs8-600k": topk8("-v2", "aes-256-cbc", "-iter", "600000"),
        "pkcs8-1m": topk8("-v2", "aes-256-cbc", "-iter", "1000000"),
        "scrypt": topk8("-scrypt"),
    }
    for name, text in rows.items():
        each_password(corpus, f"enc-{name}", certs["web"] + text, "an encrypted key", web)
    corpus.accept("enc-key-first.pem", rows["pkcs8"] + certs["web"], 24, "the key comes first",
                  web, 1, 1, **GIVE)
    corpus.accept("enc-crlf.pem", (certs["web"] + rows["pkcs8"]).replace("\n", "\r\n"), 24,
                  "CR LF", web, 1, 1, **GIVE)
    corpus.accept("enc-utf8.pem", certs["web"] + topk8(password="Zürich–5 €"), 24,
                  "a password in UTF-8", web, 1, 1, password="Zürich–5 €")
    corpus.accept("enc-latin1.pem", certs["web"] + topk8(password="Zürich".encode("latin-1")), 24,
                  "Latin-1 octets, given as UTF-8", web, 1, 1, password="Zürich", soft=True)
    corpus.accept("enc-emptypw.pem", certs["web"] + sealed_key(pbes2(key, "")), 24,
                  "the empty password", web, 1, 1, password="")
    corpus.reject("enc-keyonly.pem", rows["pkcs8"], 24, "an encrypted key and nothing else",
                  "not_a_certificate", **GIVE)
    corpus.accept("enc-plain-too.pem", certs["web"] + keys["web"], 24,
                  "a password, and nothing is encrypted", web, 1, 1, **GIVE)


def encrypted_damage(corpus, shop, certs, keys):
    key = shop.keys["web"]
    algorithm, cipher = pbes2(key, PASSWORD)
    broken = bytearray(cipher)
    broken[-1] ^= 1
    middle = bytearray(cipher)
    middle[len(cipher) // 2] ^= 1
    damage = {
        "damaged-last": ((algorithm, bytes(broken)), "a bit of the last block",
                         "wrong_password|unreadable"),
        "damaged-middle": ((algorithm, bytes(middle)), "a bit in the middle",
                           "wrong_password|unreadable|key_mismatch"),
        "cut": ((algorithm, cipher[:-5]), "cut off within a block", "unreadable"),
        "cut-block": ((algorithm, cipher[:-16]), "cut off between blocks",
                      "wrong_password|unreadable"),
        "empty": ((algorithm, b""), "nothing is encrypted", "unreadable"),
        "notakey": (pbes2(seq(integer(5)), PASSWORD), "what is encrypted is no key",
                    "unreadable"),
        "cipher-unknown": (pbes2(key, PASSWORD, cipher_oid="1.3.6.1.4.1.99999.4"),
                           "a cipher that nobody knows", "unsupported"),
        "prf-unknown": (pbes2(key, PASSWORD, prf_oid="1.3.6.1.4.1.99999.4"),
                        "a PRF that nobody knows", "unsupported"),
        "noparameters": ((seq(oid(pfx.PBES2)), cipher), "PBES2 without parameters", "unreadable"),
        "novector": (without_vector(algorithm, cipher), "AES-CBC without an initialisation vector",
                     "unreadable|unsupported"),
        "keylength": (pbes2(key, PASSWORD, key_length=-1), "a key of minus one octets",
                      "unreadable|unsupported"),
    }
    for name, (made, text, code) in damage.items():
        corpus.reject(f"enc-pkcs8-{name}.pem", certs["web"] + sealed_key(made), 24, text, code,
                      **GIVE)


def without_vector(algorithm, cipher):
    scheme, parameters = children(algorithm)
    function, encryption = children(parameters)
    return seq(scheme, seq(function, seq(children(encryption)[0]))), cipher


def encrypted_bombs(corpus, shop, certs, keys):
    key = shop.keys["web"]
    bombs = {
        "pkcs8-bomb": pbes2(key, PASSWORD, declared=2 ** 31 - 1),
        "pkcs8-bomb-2pow32": pbes2(key, PASSWORD, declared=2 ** 32 + 2048),
        "pkcs8-bomb-1024bits": pbes2(key, PASSWORD, declared=2 ** 1023),
        "pkcs8-bomb-pbe": pfx.pbe_3des(key, PASSWORD, declared=2 ** 31 - 1),
        "pkcs8-bomb-scrypt": pbes2_scrypt(key, PASSWORD, 16, declared=(2 ** 20, 8, 1)),
        "pkcs8-bomb-scrypt-p": pbes2_scrypt(key, PASSWORD, 16, declared=(16384, 8, 2 ** 24)),
    }
    for name, made in bombs.items():
        for suffix, given in (("", PASSWORD), (".nopw", None)):
            corpus.reject(f"enc-{name}{suffix}.pem", certs["web"] + sealed_key(made), 11,
                          "a key that is too expensive",
                          "too_expensive|password_needed" if given is None else "too_expensive",
                          seconds=1, password=given)
    corpus.reject("enc-pkcs8-bomb-sum.pem", certs["web"] + sealed_key(pbes2(
        key, PASSWORD, iterations=100000)) * 2000, 11, "2000 keys of 100,000 iterations",
                  "too_expensive", seconds=1, **GIVE)
    corpus.reject("enc-pkcs8-bomb-scrypt-filling.pem", certs["web"] + sealed_key(pbes2_scrypt(
        key, PASSWORD, 16, declared=(2, 1, 250000))) * 20, 11,
                  "20 keys whose blocks take longer to fill than to mix", "too_expensive",
                  seconds=1, **GIVE)
    corpus.reject("enc-pkcs8-zero.pem", certs["web"] + sealed_key(pbes2(
        key, PASSWORD, iterations=1, declared=0)), 11, "no iterations", "unreadable|unsupported",
                  soft=True, **GIVE)
    corpus.reject("enc-pkcs8-negative.pem", certs["web"] + sealed_key(pbes2(
        key, PASSWORD, iterations=1, declared=-1)), 11, "minus one iteration",
                  "unreadable|unsupported", soft=True, **GIVE)


def dek_keys(corpus, shop, certs, keys):
    """Traditional keys, encrypted by the words of their header."""
    web, second = shop.certs["web"], shop.certs["second"]
    legacy = ["-provider", "default", "-provider", "legacy"]
    made = {}
    for cipher in ("aes128", "aes256", "des3", "camellia256"):
        made[cipher] = openssl("rsa", "-in", shop.key_file("web"), "-traditional", f"-{cipher}",
                               *shop.new_password(PASSWORD)).decode()
    made["des"] = openssl("rsa", "-in", shop.key_file("web"), "-traditional", "-des", *legacy,
                          *shop.new_password(PASSWORD)).decode()
    for cipher, text in made.items():
        each_password(corpus, f"enc-dek-{cipher}", certs["web"] + text, "a DEK-Info key", web)
    sec1 = openssl("ec", "-in", shop.key_file("second"), "-aes256",
                   *shop.new_password(PASSWORD)).decode()
    corpus.accept("enc-dek-ec.pem", sec1 + certs["second"], 24, "a SEC 1 key", second, 1, 1,
                  **GIVE)
    text = made["aes256"]
    corpus.accept("enc-dek-crlf.pem", (certs["web"] + text).replace("\n", "\r\n"), 24, "CR LF",
                  web, 1, 1, **GIVE)
    head = text[text.index("DEK-Info"):text.index("\n\n")]
    iv = head.split(",")[1]
    corpus.accept("enc-dek-lowercase.pem", certs["web"] + text.replace(iv, iv.lower()), 24,
                  "the IV in small letters", web, 1, 1, soft=True, **GIVE)
    odd = {
        "cipher-unknown": (text.replace("AES-256-CBC", "NOBODY-512-XYZ"), "unsupported"),
        "cipher-gcm": (text.replace("AES-256-CBC", "id-aes256-GCM"), "unsupported|unreadable"),
        "cipher-cts": (text.replace("AES-256-CBC", "AES-256-CBC-CTS"), "unsupported|unreadable"),
        "cipher-hmac": (text.replace("AES-256-CBC", "AES-256-CBC-HMAC-SHA256"),
                        "unsupported|unreadable"),
        "cipher-null": (text.replace("AES-256-CBC", "NULL"), "unsupported|unreadable"),
        "iv-short": (text.replace(iv, iv[:-2]), "unreadable"),
        "iv-long": (text.replace(iv, iv + "00"), "unreadable"),
        "iv-odd": (text.replace(iv, iv[:-1]), "unreadable"),
        "iv-nohex": (text.replace(iv, "Z" * len(iv)), "unreadable"),
        "iv-missing": (text.replace("," + iv, ""), "unreadable"),
        "info-empty": (text.replace(head, "DEK-Info:"), "unreadable"),
        "info-long": (text.replace(head, "DEK-Info: " + "A" * 100000 + "," + iv),
                      "unreadable|unsupported"),
        "info-missing": (text.replace(head + "\n", ""), "unreadable"),
        "cut": (pem_with_head(text, head, -7), "unreadable"),
    }
    for name, (broken, code) in odd.items():
        corpus.reject(f"enc-dek-{name}.pem", certs["web"] + broken, 24, "a header that is wrong",
                      code, **GIVE)


def pem_with_head(text, head, cut):
    """The same with its body cut off."""
    body = base64.b64decode(text[text.index("\n\n"):text.index("-----END")])[:cut]
    lines = pem("RSA PRIVATE KEY", body)
    return lines.replace("-----\n", f"-----\nProc-Type: 4,ENCRYPTED\n{head}\n\n", 1)


def pkcs7_of(*certificates, crls=b"", kind=SIGNED_DATA, content=b"", signers=b"", before=b""):
    """SignedData (RFC 2315, 9) that signs nothing."""
    return seq(oid(kind), context(0, seq(
        integer(1), set_of(), seq(oid(pfx.DATA), content),
        before + context(0, *certificates) if certificates else before,
        context(1, crls) if crls else b"", set_of(signers) if signers else set_of())))


def pkcs7(corpus, shop, certs, keys):
    web, inter, root = (shop.certs[name] for name in ("web", "inter", "root"))
    chain = openssl("crl2pkcs7", "-nocrl", "-certfile", shop.chain_file("web", "inter", "root"),
                    "-outform", "DER")
    corpus.accept("p7/chain.p7b", chain, 25, "a chain, DER", web, 3)
    for name, label in (("pem", "PKCS7"), ("signed", "PKCS #7 SIGNED DATA"), ("cms", "CMS"),
                        ("certificate", "CERTIFICATE"), ("chain", "CERTIFICATE CHAIN")):
        corpus.accept(f"p7/label-{name}.pem", pem(label, chain), 25, f"BEGIN {label}", web, 3,
                      kind="PKCS7-PEM", soft=name in ("certificate", "chain"))
    corpus.accept("p7/crlf.pem", pem("PKCS7", chain, end="\r\n"), 25, "CR LF", web, 3,
                  kind="PKCS7-PEM")
    corpus.accept("p7/base64-lines.pem", "subject=x\n" + pem("PKCS7", chain), 25, "text before",
                  web, 3, kind="PKCS7-PEM")
    corpus.accept("p7/with-key.pem", pem("PKCS7", chain) + keys["web"], 25, "and the key", web, 3,
                  1, kind="PKCS7-PEM")
    corpus.accept("p7/single.p7b", pkcs7_of(web), 25, "one certificate", web)
    corpus.accept("p7/shuffled.p7b", pkcs7_of(root, web, inter), 7, "root, leaf, intermediate",
                  web, 3)
    corpus.accept("p7/reversed.p7b", pkcs7_of(root, inter, web), 7, "the leaf comes last", web, 3)
    corpus.accept("p7/dup.p7b", pkcs7_of(web, inter, web, inter), 10, "everything twice", web, 2)
    corpus.accept("p7/roots.p7b", pkcs7_of(root, shop.certs["root2"]), 25, "two roots", None, 2)
    corpus.accept("p7/two-leaves.p7b", pkcs7_of(web, shop.certs["second"]), 25, "two leaves", None,
                  2)
    corpus.accept("p7/with-crl.p7b", pkcs7_of(web, inter, crls=shop.crl), 25, "and a CRL", web, 2)
    attribute_certificate = tlv(0xA1, integer(1))
    corpus.accept("p7/attribute-certificate.p7b", pkcs7_of(web, attribute_certificate), 25,
                  "and an attribute certificate", web, soft=True)
    signed = ["-signer", shop.cert_file("web"), "-inkey", shop.key_file("web"), "-certfile",
              shop.cert_file("inter"), "-outform", "DER"]
    for name, options, pitfall in (("signed.p7m", ["-nodetach", "-binary"], 25),
                                   ("signed-detached.p7s", ["-binary"], 25),
                                   ("signed-ber.p7s", ["-stream", "-nodetach"], 13)):
        made = openssl("smime", "-sign", *signed, *options, given=b"some text\n" * 500)
        corpus.accept(f"p7/{name}", made, pitfall, "a signed message", web, 2)
    made = openssl("cms", "-sign", *signed, "-stream", "-nodetach", "-keyid",
                   given=b"some text\n" * 5000)
    corpus.accept("p7/signed-cms-ber.p7s", made, 13, "a signed message, CMS version 3", web, 2)
    corpus.accept("signed-ber.p7s", made, 13, "a signed message of indefinite length", web, 2)
    for name, wrap in (("ber-indefinite", indefinite), ("ber-long-form", long_form)):
        data = wrap(0x30, oid(SIGNED_DATA), wrap(0xA0, wrap(
            0x30, integer(1), set_of(), wrap(0x30, oid(pfx.DATA)), wrap(0xA0, web, inter),
            set_of())))
        corpus.accept(f"p7/{name}.p7b", data, 13, "BER that is not DER", web, 2)


def pkcs7_odd(corpus, shop, certs, keys):
    web, inter = shop.certs["web"], shop.certs["inter"]
    chain = pkcs7_of(web, inter)
    nothing = {
        "empty": pkcs7_of(), "empty-set": pkcs7_of(before=context(0)),
        "crl-only": pkcs7_of(crls=shop.crl),
        "data": seq(oid(pfx.DATA), context(0, octets(b"text"))),
        "data-nothing": seq(oid(pfx.DATA)),
        "encrypted": pfx.encrypted(seq(), password=PASSWORD),
        "digested": seq(oid("1.2.840.113549.1.7.5"), context(0, seq(integer(0)))),
        "enveloped": openssl("smime", "-encrypt", "-outform", "DER", "-aes256",
                             shop.cert_file("web"), given=b"text"),
    }
    for name, data in nothing.items():
        corpus.reject(f"p7/{name}.p7b", data, 25, "no certificate is in it",
                      "not_a_certificate|unsupported")
        corpus.reject(f"p7/{name}.pem", pem("PKCS7", data), 25, "no certificate is in it, PEM",
                      "not_a_certificate|unsupported", kind="PKCS7-PEM")
    broken = {
        "cut": chain[:-40], "cut-half": chain[:len(chain) // 2], "cut-10": chain[:30],
        "nocontent": seq(oid(SIGNED_DATA)), "nullcontent": seq(oid(SIGNED_DATA), null()),
        "emptycontent": seq(oid(SIGNED_DATA), context(0)),
        "emptysequence": seq(oid(SIGNED_DATA), context(0, seq())),
        "versiononly": seq(oid(SIGNED_DATA), context(0, seq(integer(1)))),
        "cert-garbage": pkcs7_of(web, seq(integer(1), octets(b"x" * 50))),
        "cert-cut": pkcs7_of(seq(web[4:400])),
        "noend": b"\x30\x80" + oid(SIGNED_DATA) + b"\xa0\x80" + seq(integer(1)),
    }
    for name, data in broken.items():
        corpus.reject(f"p7/bad-{name}.p7b", data, 25, "it is damaged",
                      "unreadable|not_a_certificate", seconds=1)
    for name, tail in (("newline", b"\n"), ("garbage", b"\xff" * 40)):
        corpus.accept(f"p7/trailing-{name}.p7b", chain + tail, 21, "bytes behind it", web, 2,
                      soft=True)
    corpus.accept("p7/many.p7b", pkcs7_of(*[web, inter] * 200), 10, "two hundred times the same",
                  web, 2)


def der_files(corpus, shop, certs, keys):
    web, second, inter = (shop.certs[name] for name in ("web", "second", "inter"))
    corpus.accept("der/web.cer", web, 21, "as it should be", web)
    for name, tail in {"newline": b"\n", "zero": b"\0", "zeros": bytes(1000), "text": b"tail\n",
                       "eoc": b"\0\0", "garbage": b"\xff" * 50, "element": integer(1)}.items():
        corpus.accept(f"der/trailing-{name}.cer", web + tail, 21, "bytes behind it", web,
                      soft=True)
    corpus.accept("der/trailing.cer", web + b"trailing", 21, "bytes behind it", web, soft=True)
    for name, data in {"": web + inter, "-ca-first": inter + web, "-dup": web * 2 + inter,
                       "-gap": web + inter + b"tail"}.items():
        corpus.accept(f"two-der{name}.cer", data, 21, "two certificates in a row", web, 2,
                      soft=True)
    corpus.accept("two-der-leaves.cer", web + second, 21, "two leaves in a row", None, 2,
                  soft=True)
    corpus.accept("der/key-behind.cer", web + shop.keys["web"], 21, "a key behind it", web,
                  soft=True)
    signed = seq(*children(web))
    corpus.accept("der/same.cer", signed, 21, "put together again", web)
    for name, wrap in (("ber-indefinite", indefinite), ("ber-long-form", long_form)):
        corpus.accept(f"der/{name}.cer", wrap(0x30, *children(web)), 13, "BER outside", web,
                      soft=True)
    for cut in (1, 2, 4, 10, 100, len(web) - 1):
        name = "last" if cut == len(web) - 1 else str(cut)
        corpus.reject(f"der/cut-{name}.cer", web[:cut], 21, f"cut off after {cut} bytes",
                      "unreadable" if cut > 99 else "unreadable|not_a_certificate")
    corpus.reject("der/length-too-long.cer", web[:2] + b"\xff\xff" + web[4:], 21,
                  "its length is beyond the end", "unreadable")
    corpus.reject("der/length-huge.cer", b"\x30\x88" + b"\x7f" * 8 + web[4:], 21,
                  "a length of 2^63", "unreadable|not_a_certificate")
    corpus.reject("der/length-127-octets.cer", b"\x30\xff" + b"\xff" * 127, 21,
                  "a length of 127 octets", "unreadable|not_a_certificate")
    corpus.reject("der/noextensions-cut.cer", seq(seq(integer(2)), ECDSA_SHA256, bits(b"x")), 21,
                  "hardly anything is in it", "unreadable|not_a_certificate")
    corpus.reject("der/empty.cer", seq(), 21, "an empty SEQUENCE",
                  "unreadable|not_a_certificate")
    corpus.accept("der/changed.cer", web[:-1] + bytes([web[-1] ^ 1]), 21,
                  "its signature is wrong", web[:-1] + bytes([web[-1] ^ 1]))


def der_others(corpus, shop, certs, keys):
    for name, data, what in (("key", shop.keys["web"], "a PKCS#8 key"),
                             ("key-ec", shop.keys["second"], "an EC key"),
                             ("public", shop.public("web"), "a public key"),
                             ("crl", shop.crl, "a CRL"),
                             ("csr", openssl("req", "-new", "-key", shop.key_file("web"), "-subj",
                                             "/CN=x", "-outform", "DER"), "a request"),
                             ("csr-ec", openssl("req", "-new", "-key", shop.key_file("second"),
                                                "-subj", "/", "-outform", "DER"), "a request"),
                             ("rsa", openssl("rsa", "-in", shop.key_file("web"), "-outform",
                                             "DER", "-traditional"), "a PKCS#1 key"),
                             ("ocsp", seq(tlv(0x0A, b"\6")), "an OCSP response"),
                             ("enckey", seq(*_sealed(shop)),
                              "an encrypted key")):
        corpus.reject(f"der/only-{name}.der", data, 25, f"{what} and no certificate",
                      "not_a_certificate", **(GIVE if name == "enckey" else {}))


def wrong_names(corpus, shop, certs, keys):
    """Told from the content, never from the name."""
    web, inter = shop.certs["web"], shop.certs["inter"]
    corpus.accept("names/certificate.pfx", web, 25, "a certificate, DER, named as PKCS#12", web,
                  kind="DER")
    corpus.accept("names/certificate.p7b", certs["web"], 25, "PEM, named as PKCS#7", web,
                  kind="PEM")
    corpus.accept("names/chain.pfx", pkcs7_of(web, inter), 25, "PKCS#7, named as PKCS#12", web, 2,
                  kind="PKCS7-DER")
    corpus.accept("names/store.cer", shop.pfx("web"), 25, "PKCS#12, named as a certificate", web,
                  2, 1, kind="PKCS12", **GIVE)
    corpus.accept("names/store.pem", shop.pfx("web"), 25, "PKCS#12, named as PEM", web, 2, 1,
                  kind="PKCS12", **GIVE)
    corpus.accept("names/certificate.pem", web, 25, "DER, named as PEM", web, kind="DER")
    corpus.accept("names/certificate", web, 25, "no ending", web, kind="DER")
    corpus.accept("names/certificate with blanks;$(x).cer", web, 25, "a strange file name", web)


def _sealed(shop):
    algorithm, cipher = pbes2(shop.keys["web"], PASSWORD)
    return algorithm, octets(cipher)


def other_things(corpus, shop, certs, keys):
    things = {
        "empty": (b"", "an empty file"), "newline": (b"\n", "an empty line"),
        "zero": (b"\0", "one zero"), "text": (b"hello, world\n", "a text"),
        "html": (b"<!DOCTYPE html><html><body>404</body></html>\n", "a page"),
        "json": (b'{"cert": "-----"}\n', "JSON"), "zip": (b"PK\x03\x04" + bytes(60), "ZIP"),
        "gzip": (b"\x1f\x8b\x08" + bytes(60), "gzip"),
        "jks": (b"\xfe\xed\xfe\xed" + bytes(60), "JKS"),
        "jceks": (b"\xce\xce\xce\xce" + bytes(60), "JCEKS"),
        "elf": (b"\x7fELF" + bytes(60), "a program"),
        "ssh": (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP x@example.com\n", "an SSH key"),
        "dashes": (b"-----\n" * 50, "dashes"), "random": (bytes(range(256)) * 64, "anything"),
        "zeros": (bytes(100000), "zeros"), "ones": (b"\xff" * 100000, "ones"),
        "sequences": (b"\x30\x80" * 50000, "SEQUENCEs that never end"),
        "sequence-bytes": (b"\x30" * 100000, "0x30"), "set": (b"\x31\x80" * 50000, "SETs"),
        "begins": (b"-----BEGIN CERTIFICATE-----\n" * 4000, "BEGIN lines"),
        "ends": (b"-----END CERTIFICATE-----\n" * 4000, "END lines"),
        "begins-joined": (b"-----BEGIN " * 10000, "BEGINs without an end"),
        "dashes-joined": (b"-" * 100000, "one long line of dashes"),
        "base64": (base64.b64encode(bytes(75000)), "base64"),
        "headers": (b"-----BEGIN CERTIFICATE-----\n" + b"A: b\n" * 20000 +
                    b"\n-----END CERTIFICATE-----\n", "20,000 headers"),
        "tags": (b"\x3f" + b"\xff" * 100000, "a tag that never ends"),
    }
    for name, (data, what) in things.items():
        corpus.reject(f"other/{name}", data, 25, f"{what}: nothing that holds a certificate",
                      "not_a_certificate|unreadable", seconds=1)


def odd_keys(corpus, shop, certs, keys):
    """Public keys that cost time, or are none."""
    rsa, curve = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"

    def signed_by_itself(public):
        return shop.hand_made("odd", public, signature=b"\x01" * 64)

    huge = (1 << 200000) - 1
    rows = {
        "rsa-huge": seq(seq(oid(rsa), null()), bits(seq(integer(huge), integer(65537)))),
        "rsa-exponent": seq(seq(oid(rsa), null()), bits(seq(integer((1 << 16383) + 1),
                                                            integer((1 << 16000) + 1)))),
        "rsa-zero": seq(seq(oid(rsa), null()), bits(seq(integer(0), integer(0)))),
        "rsa-negative": seq(seq(oid(rsa), null()), bits(seq(integer(-5), integer(3)))),
        "rsa-garbage": seq(seq(oid(rsa), null()), bits(b"garbage")),
        "rsa-empty": seq(seq(oid(rsa), null()), bits(b"")),
        "ec-garbage": seq(seq(oid(curve), oid("1.2.840.10045.3.1.7")), bits(b"\x04garbage")),
        "ec-infinity": seq(seq(oid(curve), oid("1.2.840.10045.3.1.7")), bits(b"\x00")),
        "ec-nocurve": seq(seq(oid(curve)), bits(b"\x04" + bytes(64))),
        "ec-unknowncurve": seq(seq(oid(curve), oid("1.3.6.1.4.1.99999.9")),
                               bits(b"\x04" + bytes(64))),
        "ed25519-short": seq(seq(oid("1.3.101.112")), bits(bytes(5))),
        "dsa-huge": seq(seq(oid("1.2.840.10040.4.1"), seq(integer(huge), integer(huge >> 1),
                                                          integer(2))), bits(integer(5))),
        "dh-huge": seq(seq(oid("1.2.840.113549.1.3.1"), seq(integer(huge), integer(2))),
                       bits(integer(5))),
        "expl-loop": seq(seq(oid(curve), seq(
            integer(1), seq(oid("1.2.840.10045.1.1"), integer(697)),
            seq(octets((696).to_bytes(2, "big")), octets((23).to_bytes(2, "big"))),
            octets(b"\x02" + (8).to_bytes(2, "big")), integer(675), integer(1))),
                         bits(b"\x02" + (8).to_bytes(2, "big"))),
        "expl-huge": seq(seq(oid(curve), seq(
            integer(1), seq(oid("1.2.840.10045.1.1"), integer(huge)),
            seq(octets(bytes(25000)), octets(b"\1" * 25000)), octets(b"\x02" + b"\1" * 25000),
            integer(huge), integer(1))), bits(b"\x02" + b"\1" * 25000)),
    }
    for name, public in rows.items():
        data = signed_by_itself(public)
        corpus.accept(f"key-odd-{name}.cer", data, 19 if name[:2] in ("ec", "ex") else 16,
                      "a public key that is none, or costs time", data, soft=True, seconds=1)
    for name in ("rsa-huge", "dsa-huge", "expl-loop", "rsa-exponent"):
        chain = certs["web"] + pem("CERTIFICATE", signed_by_itself(rows[name])) * 3
        corpus.accept(f"key-odd-{name}-chain.pem", chain + keys["web"], 16,
                      "such a key in the chain", shop.certs["web"], 2, 1, soft=True, seconds=1)


def key_bombs(corpus, shop, certs, keys):
    """Private keys whose numbers are too long to calculate with."""
    def odd(count, seed):
        return int.from_bytes(hashlib.shake_128(bytes([seed])).digest(count // 8), "big") | 1

    def pkcs8(algorithm, count, *numbers):
        return seq(integer(0), seq(oid(algorithm), seq(*map(integer, numbers))),
                   octets(integer(odd(count, 9))))

    def rsa(count, number, version):
        """Keys that say to belong to one certificate, each with another private number."""
        n, e, p = odd(count, 1), odd(count, 2), odd(count // 3, 3)
        made = [seq(integer(version), *map(integer, (n, e, odd(count, 10 + i), p, p, p, p, p)),
                    seq(seq(*[integer(p)] * 3)) if version else b"") for i in range(number)]
        public = seq(seq(oid("1.2.840.113549.1.1.1"), null()), bits(seq(integer(n), integer(e))))
        return pem("CERTIFICATE", shop.hand_made("rsa", public)) + "".join(
            pem("RSA PRIVATE KEY", each) for each in made)

    size = 60000
    numbers = [odd(size, i) for i in range(3)]
    web = certs["web"]
    rows = {
        "dsa": web + pem("PRIVATE KEY", pkcs8("1.2.840.10040.4.1", size, *numbers)),
        "dh": web + pem("PRIVATE KEY", pkcs8("1.2.840.113549.1.3.1", size, *numbers[:2])),
        "dhx": web + pem("PRIVATE KEY", pkcs8("1.2.840.10046.2.1", size, *numbers)),
        "dsa-traditional": web + pem("DSA PRIVATE KEY", seq(
            integer(0), *map(integer, numbers), integer(5), integer(odd(size, 5)))),
        "rsa": rsa(16384, 1, 0), "rsa-many": rsa(4096, 60, 0),
        "rsa-multi": rsa(16384, 1, 1), "rsa-multi-many": rsa(4096, 60, 1),
        "rsa-huge": rsa(120000, 1, 0), "rsa-multi-huge": rsa(120000, 1, 1),
    }
    for name, data in rows.items():
        corpus.reject(f"key-bomb-{name}.pem", data, 11, "a private key of very long numbers",
                      "key_mismatch|too_expensive|unsupported|unreadable", soft=True, seconds=1)


def blocking(corpus, shop, certs, keys):
    """No program may wait for what is no file: it is refused at once."""
    rows = {"fifo": os.mkfifo, "folder.cer": os.mkdir,
            "zero": lambda path: os.symlink("/dev/zero", path),
            "random": lambda path: os.symlink("/dev/urandom", path),
            "terminal": lambda path: os.symlink("/dev/tty", path),
            "standard-input": lambda path: os.symlink("/dev/stdin", path),
            "loop": lambda path: os.symlink("loop", path),
            "dangling": lambda path: os.symlink("/nowhere/at/all", path)}
    for name, make_one in rows.items():
        path = corpus.path(f"fs/{name}")
        if not os.path.lexists(path):
            make_one(path)
        corpus.reject(f"fs/{name}", None, 32, "no regular file", "unreadable", seconds=1)
    for name, line in (("zeros-2m", b"\0"), ("begins-2m", b"-----BEGIN CERTIFICATE-----\n")):
        corpus.reject(f"fs/{name}", line * ((2 << 20) // len(line)), 32, "two million bytes",
                      "not_a_certificate|unreadable", seconds=1)
