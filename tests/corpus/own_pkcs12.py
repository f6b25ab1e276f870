"""PKCS#12 files that no program writes, or only one: put together by hand (pfx.py)."""
import functools

import pfx
from der import (bmp, boolean, context, context_primitive, indefinite, integer, long_form,
                 null, octets, oid, seq, set_of, tlv, utf8)
from pfx import (DATA, SALT, attribute, bag, bmp_password, cert_bag, encrypted, encrypted_info,
                 friendly_name, key_bag, local_key_id, mac_data, pbe_3des, pbes2, plain,
                 safe_bag, shrouded_bag)
from tools import ECDSA_SHA256, GOST_2012, ML_DSA_65, ML_KEM_768, PASSWORD, openssl, unpem
from world import GIVE, TWO_31, World, sealed


def make(corpus, shop):
    """Everything of this file."""
    world = World(corpus, shop)
    for part in (passwords, different_passwords, several_keys, order, local_key_ids, parts_missing,
                 ber, nesting, null_contents, attributes,
                 unknown_keys, pbmac1, unknown_bags, trailing, damaged, algorithms):
        part(world)


def passwords(world):
    def file_for(form, mac=True):
        key = shrouded_bag(world.keys["web"], form, scheme=pbe_3des)
        return pfx.pfx(encrypted(world.cert(), password=form, scheme=pbe_3des), plain(key),
                       password=form, mac=mac, digest="sha1")

    for name, form in (("null-password", None), ("emptystring", "")):
        for kind, mac in (("", True), ("-nomac", False)):
            data = file_for(form, mac)
            for suffix, given in (("", ""), (".none", None)):
                world.accept(name + kind + suffix, data, 3,
                             f"keys derived from {'no octets' if form is None else 'two zeros'}",
                             password=given)
            world.reject(f"{name}{kind}.wrongpw", data, 3, "another password", "wrong_password")
    mixed = pfx.pfx(encrypted(world.cert(), password=None, scheme=pbe_3des),
                    plain(shrouded_bag(world.keys["web"], "", scheme=pbe_3des)),
                    password="", digest="sha1")
    world.accept("null-and-empty", mixed, 3, "MAC and key with the empty string, certificates "
                 "with none", soft=True, password="")

    text = "Łódź €5"
    octets_as_characters = text.encode().decode("latin-1")
    data = pfx.pfx(encrypted(world.cert(), password=octets_as_characters, scheme=pbe_3des),
                   plain(shrouded_bag(world.keys["web"], octets_as_characters, scheme=pbe_3des)),
                   password=octets_as_characters, digest="sha1")
    world.accept("pw-octets-as-bmp", data, 4, "OpenSSL 1.0: every octet of the UTF-8 a character",
                 password=text, soft=True)
    data = pfx.pfx(encrypted(world.cert(), password=text), plain(world.key("web", text)),
                   password=octets_as_characters)
    world.accept("pw-octets-as-bmp-pbes2", data, 4, "the same in the MAC, PBES2 with the UTF-8",
                 password=text, soft=True)
    latin1 = "Zürich".encode("latin-1")
    data = pfx.pfx(encrypted(world.cert(), password=latin1), plain(world.key("web", latin1)),
                   password="Zürich")
    world.accept("pw-latin1-pbes2", data, 4, "a right MAC, PBES2 with the Latin-1 octets",
                 password="Zürich", soft=True)
    form = bmp_password(text)
    data = pfx.pfx(encrypted(world.cert(), password=form), plain(world.key("web", form)),
                   password=text)
    world.accept("pw-bmp-pbes2", data, 4, "PBES2 with the BMPString, as NSS once did",
                 password=text, soft=True)
    world.accept("pw-surrogates", pfx.pfx(plain(world.cert(), world.key("web", "a🔑b")),
                                          password="a🔑b"), 4, "surrogate pairs in the BMPString",
                 password="a🔑b")


def different_passwords(world):
    other = "another"
    data = pfx.pfx(encrypted(world.cert(), password=other), plain(world.key("web", other)),
                   password=PASSWORD)
    world.reject("mac-cipher-differ", data, 5, "the MAC's password given", "wrong_password")
    world.reject("mac-cipher-differ.cipher", data, 5, "the cipher's password given",
                 "wrong_password|unreadable", password=other)
    data = sealed(encrypted(world.cert(), password=PASSWORD), plain(world.key("web", other)))
    world.reject("key-other-pw", data, 5, "the key has a password of its own", "wrong_password")
    data = pfx.pfx(plain(world.cert(), world.key("web", other)), mac=False)
    world.accept("key-own-pw-nomac", data, 5, "only the key is encrypted, no MAC", password=other)
    data = sealed(encrypted(world.cert(), password=other), plain(world.key()))
    world.reject("certs-other-pw", data, 5, "the certificates have another password",
                 "wrong_password")


def several_keys(world):
    keys, web, second, third = world.keys, world.web, world.second, world.third
    pair = [cert_bag(web), cert_bag(second), world.key(), world.key("second")]
    world.accept("two-keys", sealed(plain(*pair)), 6, "two pairs", [web, second], 2, 2)
    world.accept("two-keys-chain", sealed(plain(cert_bag(world.inter), *pair,
                                                cert_bag(world.root))), 6,
                 "two pairs and their chain", [web, second], 4, 2)
    world.accept("two-keys-safes", sealed(*[encrypted(each, password=PASSWORD) for each in pair]),
                 6, "two pairs, each bag in a safe of its own", [web, second], 2, 2)
    world.accept("two-keys-reversed", sealed(plain(*reversed(pair))), 6, "two pairs, reversed",
                 [web, second], 2, 2)
    world.accept("two-keys-open", pfx.pfx(plain(cert_bag(web), cert_bag(second),
                                                key_bag(keys["web"]), key_bag(keys["second"])),
                                          mac=False), 6, "two pairs in the open", [web, second],
                 2, 2, password=None)
    world.accept("three-keys", sealed(plain(*pair, cert_bag(third), world.key("third"))), 6,
                 "three pairs", [web, second, third], 3, 3)
    world.accept("two-keys-orphan-first", sealed(plain(world.key("stranger"), world.cert(),
                                                       world.key())), 6,
                 "the first key belongs to nothing")
    world.accept("two-keys-orphan-last", sealed(plain(world.cert(), world.key(),
                                                      world.key("stranger"))), 6,
                 "the last key belongs to nothing")
    world.accept("two-keys-one-pair", sealed(plain(world.key("second"), world.key(),
                                                   cert_bag(second), cert_bag(world.inter))), 6,
                 "two keys, one certificate of them", second, 2)
    world.accept("two-keys-twice", sealed(plain(world.key(), world.key(), world.cert())), 6,
                 "the same key twice")
    world.accept("two-keys-renewed", sealed(plain(world.key(), world.cert(),
                                                  cert_bag(world.shop.certs["renewed"]))), 6,
                 "two certificates of one key", [web, world.shop.certs["renewed"]], 2, 1)
    world.accept("two-keys-ca", sealed(plain(world.cert(), cert_bag(world.inter),
                                             world.key("inter"))), 6,
                 "the key is that of the issuer", world.inter, 2)
    data = sealed(plain(world.cert(), world.key("second")))
    world.reject("key-mismatch", data, 6, "the key of another certificate", "key_mismatch",
                 soft=True)
    data = sealed(plain(world.cert(local_key_id(b"1")), world.key("second", PASSWORD,
                                                                  local_key_id(b"1"))))
    world.reject("key-mismatch-lkid", data, 8, "a localKeyID pairs what does not belong together",
                 "key_mismatch", soft=True)
    many = [key_bag(keys["web"])] * 60
    world.accept("many-keys", sealed(plain(*many, world.cert())), 6, "sixty times the same key")


def order(world):
    key, chain = world.key(), [cert_bag(each) for each in (world.root, world.inter)]
    world.accept("shuffled", sealed(plain(chain[0], world.cert(), chain[1], key)), 7,
                 "root, leaf, intermediate", None, 3)
    world.accept("leaf-last", sealed(plain(key, *chain, world.cert())), 7, "the leaf comes last",
                 None, 3)
    safes = [encrypted(each, password=PASSWORD) for each in (*chain, world.cert())]
    world.accept("reversed-3safes", sealed(*safes, plain(key)), 7,
                 "root, intermediate, leaf, each in a safe of its own", None, 3)
    world.accept("key-first-safe", sealed(plain(key), *safes), 7, "the key's safe comes first",
                 None, 3)
    world.accept("shuffled-nokey", sealed(plain(chain[0], world.cert(), chain[1])), 7,
                 "no key: the leaf issued nothing", None, 3, 0)
    world.accept("foreign-ca", sealed(plain(cert_bag(world.shop.certs["root2"]), world.cert(),
                                            key)), 7, "a root that has nothing to do with it",
                 None, 2)
    world.accept("foreign-leaf", sealed(plain(cert_bag(world.second), world.cert(), key)), 7,
                 "a leaf without its key comes first", None, 2)
    world.accept("foreign-chain", sealed(plain(cert_bag(world.shop.certs["alone"]), key,
                                               world.cert(), *chain)), 7,
                 "a self-signed certificate of somebody else comes first", None, 4)
    world.corpus.accept("own-two-leaves-nokey.p12", sealed(plain(cert_bag(world.second),
                                                                 world.cert())), 7,
                        "two leaves and no key: nobody can tell", None, 2, 0, **GIVE)
    world.accept("dup-cert", sealed(plain(world.cert(), key, world.cert())), 10,
                 "the certificate is there twice")
    world.accept("dup-cert-safes", sealed(encrypted(world.cert(), chain[1], password=PASSWORD),
                                          encrypted(world.cert(), chain[1], password=PASSWORD),
                                          plain(key)), 10, "twice, in two safes", None, 2)
    world.accept("dup-cert-nokey", sealed(plain(world.cert(), world.cert())), 10,
                 "twice, no key", None, 1, 0)
    world.accept("dup-chain", sealed(plain(*chain * 5, world.cert(), key)), 10,
                 "the chain five times", None, 3)


def local_key_ids(world):
    one, two = local_key_id(b"\1"), local_key_id(b"\2")
    inter = functools.partial(cert_bag, world.inter)

    def key(*attributes, name="web"):
        return world.key(name, PASSWORD, *attributes)

    rows = {
        "lkid-missing": ([world.cert(), inter(), key()], "none at all"),
        "lkid-wrong": ([world.cert(two), inter(one), key(one)], "the issuer has the key's"),
        "lkid-repeated": ([world.cert(one), inter(one), key(one)], "the same everywhere"),
        "lkid-key-only": ([world.cert(), inter(), key(one)], "only the key has one"),
        "lkid-cert-only": ([world.cert(one), inter(), key()], "only the certificate has one"),
        "lkid-empty": ([world.cert(local_key_id(b"")), inter(), key(local_key_id(b""))], "empty"),
        "lkid-huge": ([world.cert(local_key_id(bytes(100000))), inter(), key(one)], "100 kB"),
        "lkid-two": ([world.cert(one, two), inter(two), key(two, one)], "two of them"),
        "lkid-two-values": ([world.cert(attribute(pfx.LOCAL_KEY_ID, octets(b"1"), octets(b"2"))),
                             inter(), key(one)], "with two values"),
    }
    for name, (bags, text) in rows.items():
        world.accept(name, sealed(plain(*bags)), 8, f"localKeyID: {text}", None, 2)
    pairs = [world.cert(one), cert_bag(world.second, two), key(two), key(one, name="second")]
    world.accept("lkid-swapped", sealed(plain(*pairs)), 8, "two pairs, localKeyIDs swapped",
                 [world.web, world.second], 2, 2)
    world.accept("lkid-boolean", sealed(plain(world.cert(attribute(pfx.LOCAL_KEY_ID,
                                                                   boolean(True))),
                                              key(attribute(pfx.LOCAL_KEY_ID, boolean(True))))),
                 15, "localKeyID is a BOOLEAN", soft=True)


def parts_missing(world):
    for name, data in {"empty": sealed(), "empty-safe": sealed(plain()),
                       "empty-nomac": pfx.pfx(mac=False),
                       "empty-encrypted": sealed(encrypted(password=PASSWORD))}.items():
        world.reject(name, data, 9, "nothing is in it", "not_a_certificate")
    world.reject("keyonly", pfx.pfx(plain(key_bag(world.keys["web"])), mac=False), 9,
                 "a key in the open and nothing else", "not_a_certificate", password=None)
    world.accept("certonly", pfx.pfx(plain(world.cert()), mac=False), 9,
                 "a certificate in the open and nothing else", keys=0, password=None)
    world.accept("keybag", sealed(plain(world.cert(), key_bag(world.keys["web"]))), 9,
                 "the key is not encrypted")


def every_length_indefinite(data):
    """The same elements; primitive ones as they are, those inside strings too."""
    out, at = b"", 0
    while at < len(data):
        tag, start = data[at], at + 2
        size = data[at + 1]
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2:start], "big")
        body = data[start:start + size]
        out += indefinite(tag, every_length_indefinite(body)) if tag & 0x20 else tlv(tag, body)
        at = start + size
    return out


def split_octets(content, size, depth=1, indef=True):
    """A constructed OCTET STRING of pieces, itself in as many others as depth says."""
    pieces = [octets(content[i:i + size]) for i in range(0, len(content), size)]
    wrap = indefinite if indef else tlv
    made = wrap(0x24, *pieces)
    for _ in range(depth - 1):
        made = wrap(0x24, made)
    return made


def ber(world):
    content = seq(encrypted(world.cert(), cert_bag(world.inter), password=PASSWORD),
                  plain(world.key()))

    def file_of(string, of=content, wrap=seq):
        return wrap(integer(3), wrap(oid(DATA), context(0, string)), mac_data(of, PASSWORD))

    accept = functools.partial(world.accept, pitfall=13, certificates=2)
    reordered = every_length_indefinite(content)
    sequence = functools.partial(indefinite, 0x30)
    accept("ber-indefinite", indefinite(0x30, integer(3), sequence(oid(DATA), indefinite(
        0xA0, indefinite(0x24, octets(reordered)))), mac_data(reordered, PASSWORD)),
           text="every length is indefinite")
    accept("ber-indefinite-outer", file_of(octets(content), wrap=sequence),
           text="the outer lengths are indefinite")
    accept("ber-chunks", file_of(split_octets(content, 1000)), text="strings in pieces of 1000")
    accept("ber-chunks-definite", file_of(split_octets(content, 1000, indef=False)),
           text="constructed strings of definite length")
    accept("ber-chunks-1", file_of(split_octets(content, 1)), text="strings in pieces of 1")
    accept("ber-nested-3", file_of(split_octets(content, 500, depth=3)),
           text="strings in strings in strings")
    empty = indefinite(0x24, octets(b""), octets(content), octets(b""))
    accept("ber-empty-chunks", file_of(empty), text="empty pieces")
    accept("ber-long-form", file_of(long_form(0x04, content),
                                    wrap=functools.partial(long_form, 0x30)),
           text="lengths that are longer than they have to be")
    algorithm, cipher = pbes2(seq(world.cert(), cert_bag(world.inter)), PASSWORD)
    for name, string in {
            "pieces": tlv(0xA0, octets(cipher[:100]), octets(cipher[100:])),
            "indefinite": indefinite(0xA0, octets(cipher[:100]), octets(cipher[100:]))}.items():
        inner = seq(encrypted_info(algorithm, string), plain(world.key()))
        accept(f"ber-encrypted-{name}", file_of(octets(inner), inner),
               text="the encrypted part is a constructed string, as NSS has it")
    certificate = seq(oid(pfx.CERT_BAG), context(0, seq(oid(pfx.X509), context(
        0, split_octets(world.web, 200)))))
    inner = seq(plain(certificate, cert_bag(world.inter), world.key()))
    accept("ber-cert-pieces", file_of(octets(inner), inner), text="the certificate in pieces")
    for depth in (30, 100, 10000):
        world.bomb(f"ber-deep-{depth}", file_of(split_octets(content, 10 ** 6, depth=depth)), 13,
                   f"a string {depth} levels deep", "unreadable|too_expensive")
    for depth in (100, 100000):
        world.bomb(f"ber-deep-open-{depth}", seq(integer(3), seq(oid(DATA), context(
            0, b"\x24\x80" * depth))), 14, f"{depth} strings that never end", "unreadable")
    world.bomb("ber-no-end", b"\x30\x80" + integer(3) + b"\x30\x80" + oid(DATA) + b"\xa0\x80" +
               b"\x24\x80" + octets(content), 13, "no length ever ends", "unreadable")
    world.reject("ber-primitive-indefinite", seq(integer(3), seq(oid(DATA), context(
        0, b"\x04\x80" + content + b"\0\0"))), 13, "a primitive string of indefinite length",
                 "unreadable")


def nesting(world):
    def nested(depth, *bags):
        made = safe_bag(*bags)
        for _ in range(depth - 1):
            made = safe_bag(made)
        return made

    for depth in (1, 2, 5, 10, 15):
        data = sealed(plain(nested(depth, world.cert(), world.key())))
        world.accept(f"safecontents-nested-{depth}", data, 14, f"bags {depth} levels deep")
    data = sealed(encrypted(nested(3, world.cert()), password=PASSWORD),
                  plain(safe_bag(world.key())))
    world.accept("safecontents-nested-encrypted", data, 14, "nested bags in an encrypted safe")
    data = sealed(plain(nested(15, cert_bag(world.inter)), world.cert(), world.key()))
    world.accept("safecontents-nested-beside", data, 14, "the leaf beside nested bags", None, 2)
    for depth in (30, 100, 1000, 5000):
        world.bomb(f"safecontents-nested-{depth}", sealed(plain(nested(depth, world.cert(),
                                                                      world.key()))), 14,
                   f"bags {depth} levels deep", "too_expensive|unreadable")
    empty = b""
    for _ in range(20000):
        empty = b"\x30" + b"\x80" + empty
    world.bomb("nested-sequences", seq(integer(3), seq(oid(DATA), context(0, octets(empty)))), 14,
               "20,000 SEQUENCEs of indefinite length", "unreadable|too_expensive")


def null_contents(world):
    """Contents that are not there: what the code of the parsers crashed on."""
    cert, key, web = world.cert(), world.key(), world.web
    algorithm, cipher = pbes2(seq(cert), PASSWORD)
    bare = {
        "null-authsafe": seq(integer(3), seq(oid(DATA))),
        "null-authsafe-mac": seq(integer(3), seq(oid(DATA)), mac_data(b"", PASSWORD)),
        "null-authsafe-empty": seq(integer(3), seq(oid(DATA), context(0))),
        "null-authsafe-null": seq(integer(3), seq(oid(DATA), context(0, null()))),
        "null-authsafe-octets": seq(integer(3), seq(oid(DATA), context(0, octets(b"")))),
        "null-content-info": seq(integer(3), seq()),
        "null-version-only": seq(integer(3)),
    }
    for name, data in bare.items():
        world.bomb(name, data, 15, "a content that is not there", "unreadable|not_a_certificate")
    world.bomb("null-outer", seq(), 15, "an empty SEQUENCE", "not_a_certificate|unreadable")
    inner = {
        "null-data": seq(oid(DATA)), "null-data-empty": seq(oid(DATA), context(0)),
        "null-data-null": seq(oid(DATA), context(0, null())),
        "null-data-octets": seq(oid(DATA), context(0, octets(b""))),
        "null-encrypted": seq(oid(pfx.ENCRYPTED_DATA)),
        "null-encrypted-null": seq(oid(pfx.ENCRYPTED_DATA), context(0, null())),
        "enc-nocontent": encrypted_info(algorithm, b""),
        "enc-emptycontent": encrypted_info(algorithm, context_primitive(0, b"")),
        "enc-noalgorithm": seq(oid(pfx.ENCRYPTED_DATA), context(0, seq(integer(0), seq(
            oid(DATA))))),
        "enc-noparameters": encrypted_info(seq(oid(pfx.PBES2)), context_primitive(0, cipher)),
        "enc-nullparameters": encrypted_info(seq(oid(pfx.PBES2), null()),
                                             context_primitive(0, cipher)),
        "enc-pbe-noparameters": encrypted_info(seq(oid(pfx.PBE_3DES)),
                                               context_primitive(0, cipher)),
        "enc-oddblock": encrypted_info(algorithm, context_primitive(0, cipher[:-3])),
        "null-bag": plain(seq()), "null-bag-value": plain(bag(pfx.CERT_BAG, None)),
        "null-bag-null": plain(bag(pfx.CERT_BAG, null())),
        "null-key-value": plain(cert, bag(pfx.KEY_BAG, None)),
        "null-shrouded-value": plain(cert, bag(pfx.SHROUDED_BAG, b"")),
        "null-cert-value": plain(bag(pfx.CERT_BAG, seq(oid(pfx.X509)))),
        "null-cert-empty": plain(bag(pfx.CERT_BAG, seq(oid(pfx.X509), context(0)))),
        "null-cert-octets": plain(cert_bag(b"")),
        "null-safe-value": plain(cert, bag(pfx.SAFE_BAG, None)),
        "null-cert-not-octets": plain(bag(pfx.CERT_BAG, seq(oid(pfx.X509), context(0, web)))),
    }
    for name, part in inner.items():
        world.bomb(name, sealed(part), 15, "a content that is not there, or another one",
                   "unreadable|unsupported")
    world.accept("null-empty-parts", sealed(plain(), plain(cert), encrypted(password=PASSWORD),
                                            plain(key)), 15, "parts without bags beside others")
    no_digest = seq(integer(3), seq(oid(DATA), context(0, octets(seq(plain(cert))))),
                    seq(seq(seq(oid(pfx.DIGESTS["sha1"]), null()), octets(b"")), octets(SALT)))
    world.bomb("null-mac-value", no_digest, 15, "an empty MAC", "unreadable")
    world.bomb("null-mac", seq(integer(3), seq(oid(DATA), context(0, octets(seq(plain(cert))))),
                               seq()), 15, "MacData without anything", "unreadable")


def attributes(world):
    """Nothing of them decides anything."""
    rows = {
        "fname-boolean": (attribute(pfx.FRIENDLY_NAME, boolean(True)), "a BOOLEAN", 15, True),
        "fname-odd": (attribute(pfx.FRIENDLY_NAME, bmp(b"abc")), "of three octets", 15, True),
        "fname-utf8": (attribute(pfx.FRIENDLY_NAME, utf8("web")), "UTF-8", 15, True),
        "fname-badutf8": (attribute(pfx.FRIENDLY_NAME, utf8(b"\xff\xfe\x80")), "broken UTF-8", 15,
                          True),
        "fname-none": (attribute(pfx.FRIENDLY_NAME), "without a value", 15, True),
        "fname-two": (attribute(pfx.FRIENDLY_NAME, bmp("a"), bmp("b")), "two values", 15, True),
        "fname-surrogate": (attribute(pfx.FRIENDLY_NAME, bmp(b"\xd8\x00")), "half a pair", 15,
                            True),
        "fname-sequence": (attribute(pfx.FRIENDLY_NAME, seq(bmp("a"))), "in a SEQUENCE", 15, True),
        "fname-empty": (friendly_name(""), "empty", 15, False),
        "fname-long": (friendly_name("x" * 50000), "100 kB", 15, False),
        "fname-nul": (friendly_name("a\0b"), "with a NUL", 15, False),
        "fname-html": (friendly_name("<script>alert(1)</script>\"'"), "HTML", 27, False),
        "fname-path": (friendly_name("../../../etc/passwd"), "a path", 27, False),
        "fname-ctrl": (friendly_name("\x1b]0;x\a\r\n\u202e"), "control characters", 27, False),
        "fname-shell": (friendly_name("$(reboot);`id`|x"), "for a shell", 27, False),
        "attr-unknown": (attribute("1.3.6.1.4.1.99999.7", seq(integer(1))), "unknown", 18, False),
        "attr-provider": (attribute("1.3.6.1.4.1.311.17.1", bmp("Microsoft Provider")),
                          "Microsoft's", 18, False),
        "attr-trusted": (attribute("2.16.840.1.113894.746875.1.1", oid("2.5.29.37.0")),
                         "Oracle's trusted use", 18, False),
        "attr-many": (b"".join(friendly_name(str(i)) for i in range(2000)), "two thousand", 15,
                      False),
    }
    for name, (made, text, pitfall, soft) in rows.items():
        data = sealed(plain(world.cert(made), world.key("web", PASSWORD, made)))
        world.accept(name, data, pitfall, f"an attribute: {text}", soft=soft)
    broken = seq(oid(pfx.CERT_BAG), context(0, seq(oid(pfx.X509), context(0, octets(
        world.web)))), b"\x31\x7f\x01")
    world.reject("attr-cut", sealed(plain(broken)), 15, "attributes that are cut off",
                 "unreadable", soft=True)


def unknown_keys(world):
    def pkcs8(algorithm, key):
        return seq(integer(0), seq(oid(algorithm)), octets(key))

    unknown = {"mldsa": pkcs8(ML_DSA_65, context_primitive(0, bytes(32))),
               "mlkem": pkcs8(ML_KEM_768, context_primitive(0, bytes(64))),
               "gost": pkcs8(GOST_2012, octets(bytes(32)))}
    for name, key in unknown.items():
        certificate = cert_bag(world.shop.unknown[name])
        sealed_key = shrouded_bag(key, PASSWORD)
        world.reject(name, sealed(plain(certificate, sealed_key)), 16,
                     "a pair of a type that OpenSSL 3.0 lacks", "unsupported", soft=True)
        world.accept(f"{name}-beside", sealed(plain(sealed_key, certificate, world.cert(),
                                                    world.key())), 16,
                     "such a pair beside one that is good", None, 2)
        world.accept(f"{name}-keyonly-beside", sealed(plain(sealed_key, world.cert(),
                                                            world.key())), 16,
                     "such a key beside a good pair")
        world.accept(f"{name}-certonly-beside", sealed(plain(certificate, world.cert(),
                                                             world.key())), 16,
                     "such a certificate beside a good pair", None, 2)
        world.accept(f"{name}-nokey", sealed(plain(certificate)), 16,
                     "such a certificate without its key", world.shop.unknown[name], 1, 0)
        world.accept(f"{name}-open", pfx.pfx(plain(key_bag(key), world.cert(), key_bag(
            world.keys["web"])), mac=False), 16, "such a key in the open beside a good pair",
                     password=None)
    garbage = seq(integer(0), seq(oid("1.2.840.113549.1.1.1"), null()), octets(b"garbage"))
    world.accept("keygarbage-beside", sealed(plain(shrouded_bag(garbage, PASSWORD), world.cert(),
                                                   world.key())), 16,
                 "an RSA key that is none beside a good pair")
    world.accept("keygarbage-certok", sealed(plain(shrouded_bag(garbage, PASSWORD),
                                                   world.cert())), 16,
                 "an RSA key that is none, and a certificate", None, 1, 0, soft=True)
    world.accept("keygarbage-open", pfx.pfx(plain(key_bag(garbage), world.cert()), mac=False), 16,
                 "the same in the open", None, 1, 0, soft=True, password=None)
    world.reject("keygarbage-noinfo", sealed(plain(shrouded_bag(seq(utf8("no key")), PASSWORD),
                                                   world.cert())), 16,
                 "what is encrypted is no key at all", "unreadable", soft=True)
    rsa = bytearray(world.keys["web"])
    rsa[-600] ^= 1
    world.reject("keyinconsistent", sealed(plain(world.cert(), shrouded_bag(bytes(rsa),
                                                                            PASSWORD))), 16,
                 "one bit of the private key is wrong", "key_mismatch|unreadable")


def pbmac1(world):
    parts = [encrypted(world.cert(), password=PASSWORD), plain(world.key())]
    rows = {"pbmac1": {}, "pbmac1-sha512": {"digest": "sha512", "key_length": 64},
            "pbmac1-600k": {"iterations": 600000}, "pbmac1-shortkey": {"key_length": 1},
            "pbmac1-nokeylength": {"key_length": 0}}
    for name, options in rows.items():
        maker = functools.partial(pfx.pbmac1_data, **{k: v for k, v in options.items()
                                                      if v != 0})
        hard = name not in ("pbmac1", "pbmac1-sha512", "pbmac1-600k", "pbmac1-nokeylength")
        world.reject(name, sealed(*parts, mac_maker=maker), 17, "PBMAC1 is not in OpenSSL 3.0",
                     "unsupported", soft=not hard)
        world.reject(f"{name}.wrongpw", sealed(*parts, mac_maker=maker), 17,
                     "PBMAC1 and a wrong password", "unsupported|wrong_password",
                     password="another")
    world.bomb("pbmac1-bomb", sealed(*parts, mac_maker=pfx.pbmac1_data, declared=TWO_31), 17,
               "PBMAC1 that asks for 2^31-1 iterations", "unsupported|too_expensive")
    world.bomb("pbmac1-2pow32", sealed(*parts, mac_maker=pfx.pbmac1_data,
                                       declared=2 ** 32 + 2048), 17,
               "PBMAC1 that asks for 2^32+2048 iterations", "unsupported|too_expensive")


def unknown_bags(world):
    cert, key = world.cert(), world.key()
    secret = bag(pfx.SECRET_BAG, seq(oid("1.2.840.113549.1.12.10.1.1"), context(
        0, octets(b"secret"))))
    (world.shop.folder / "crl.cnf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={world.shop.folder}/index.txt\ndefault_md=sha256\n")
    (world.shop.folder / "index.txt").touch()
    world.shop.crl = crl = unpem(openssl(
        "ca", "-config", world.shop.folder / "crl.cnf", "-gencrl", "-crldays", 30, "-cert",
        world.shop.cert_file("inter"), "-keyfile", world.shop.key_file("inter")))
    crl_bag = bag(pfx.CRL_BAG, seq(oid("1.2.840.113549.1.9.23.1"), context(0, octets(crl))))
    sdsi = cert_bag(b"c2Rz", kind=pfx.SDSI)
    unknown = bag("1.3.6.1.4.1.99999.2", seq(integer(1)))
    for name, made in {"secretbag": secret, "crlbag": crl_bag, "unknown-bag": unknown,
                       "unknown-certtype": sdsi,
                       "unknown-bag-null": bag("1.3.6.1.4.1.99999.2", null())}.items():
        world.accept(name, sealed(plain(made, cert, key)), 18, "another bag before the pair")
        world.accept(f"{name}-last", sealed(plain(cert, key, made)), 18, "and behind it")
        world.accept(f"{name}-encrypted", sealed(encrypted(made, cert, password=PASSWORD),
                                                 plain(key)), 18, "and in an encrypted safe")
        world.reject(f"{name}-only", sealed(plain(made)), 18, "another bag and nothing else",
                     "not_a_certificate|unsupported")
    world.reject("secretbag-odd", sealed(plain(bag(pfx.SECRET_BAG, octets(b"x")), cert, key)), 18,
                 "a secret that is no SecretBag", "unreadable", soft=True)
    for name, kind in (("unknown-content", "1.3.6.1.4.1.99999.3"),
                       ("signed-content", "1.2.840.113549.1.7.2"),
                       ("digested-content", "1.2.840.113549.1.7.5")):
        world.accept(name, sealed(seq(oid(kind), context(0, seq(integer(1)))), plain(cert, key)),
                     18, "a part of another type beside the pair", soft=True)
    enveloped = seq(oid("1.2.840.113549.1.7.3"), context(0, seq(integer(0), set_of(), seq(
        oid(DATA), ECDSA_SHA256, context_primitive(0, bytes(16))))))
    world.reject("enveloped-content", sealed(enveloped), 18, "encrypted for a public key",
                 "unsupported")
    world.reject("enveloped-beside", sealed(enveloped, plain(cert, key)), 18,
                 "a part that is encrypted for a public key beside the pair", "unsupported",
                 soft=True)
    signed = seq(integer(3), seq(oid("1.2.840.113549.1.7.2"), context(0, seq(integer(1)))))
    world.reject("signed-mode", signed, 18, "integrity by a signature", "unsupported")
    dsa_cert, dsa_key = cert_bag(world.shop.certs["dsa"]), world.key("dsa")
    world.accept("mixed-types", sealed(plain(dsa_cert, cert, key, crl_bag, secret, dsa_key)), 18,
                 "an RSA and a DSA pair, a CRL and a secret", [world.web,
                                                              world.shop.certs["dsa"]], 2, 2)


def trailing(world):
    data = sealed(plain(world.cert(), world.key()))
    for name, tail in {"newline": b"\n", "zero": b"\0", "zeros": bytes(4096), "text": b"trailing",
                       "garbage": bytes(range(255, 0, -1)), "eoc": b"\0\0",
                       "element": seq(integer(1))}.items():
        world.accept(f"trailing-{name}", data + tail, 21, "bytes behind it", soft=True)
    two = sealed(plain(cert_bag(world.second), world.key("second")))
    world.accept("two-pfx", data + two, 21, "two files in one", soft=True)
    inside = {
        "trailing-authsafe": seq(integer(3), seq(oid(DATA), context(0, octets(
            seq(plain(world.cert(), world.key())) + b"tail"))),
            mac_data(seq(plain(world.cert(), world.key())) + b"tail", PASSWORD)),
        "trailing-cert": sealed(plain(cert_bag(world.web + b"tail"), world.key())),
        "trailing-key": sealed(plain(world.cert(), shrouded_bag(world.keys["web"] + b"tail",
                                                                PASSWORD))),
    }
    for name, made in inside.items():
        world.accept(name, made, 21, "bytes behind an element within", soft=True)


def damaged(world):
    data = sealed(encrypted(world.cert(), cert_bag(world.inter), password=PASSWORD),
                  plain(world.key()))
    size = len(data)
    world.accept("whole", data, 13, "the one that the damaged ones were made of", None, 2)
    world.reject("whole.wrongpw", data, 1, "wrong password", "wrong_password", password="another")
    world.reject("whole.nopw", data, 1, "no password", "password_needed", password=None)
    for cut in (1, 2, 4, 20, 100, size // 2, size - 1):
        code = "unreadable" if cut > 60 else "unreadable|not_a_certificate"
        world.reject(f"cut-{cut if cut < 101 else 'half' if cut < size - 1 else 'last'}",
                     data[:cut], 21, f"cut off after {cut} bytes", code)

    def flip(where, text, code):
        at = data.find(where) if isinstance(where, bytes) else where
        made = bytearray(data)
        made[at] ^= 1
        world.reject(f"flipped-{text.replace(' ', '-')}", bytes(made), 1,
                     f"one bit is wrong: {text}", code)

    mac_at = size - len(SALT) - 4 - 2 - 20
    flip(mac_at, "in the MAC", "unreadable")
    flip(size - 6, "in the MAC's salt", "unreadable")
    _, cipher = pbes2(seq(world.cert(), cert_bag(world.inter)), PASSWORD)
    flip(data.find(cipher[100:120]), "in the certificates", "unreadable|wrong_password")
    flip(data.find(cipher[-20:]) + 18, "in the last block", "unreadable|wrong_password")
    _, key = pbes2(world.keys["web"], PASSWORD)
    flip(data.find(key[500:520]), "in the key", "unreadable|wrong_password|key_mismatch")
    plain_file = sealed(plain(world.cert(), key_bag(world.keys["web"])))
    made = bytearray(plain_file)
    made[plain_file.find(world.web) + 300] ^= 1
    world.reject("flipped-open", bytes(made), 1, "nothing is encrypted, the MAC does not fit",
                 "wrong_password|unreadable")
    for version in (0, 1, 2, 4, -3, 2 ** 40):
        world.reject(f"version-{version}", sealed(plain(world.cert(), world.key()),
                                                  version=version), 21,
                     f"version {version}", "unsupported|unreadable|not_a_certificate", soft=True)
    world.reject("version-missing", seq(seq(oid(DATA), context(0, octets(seq(plain(
        world.cert())))))), 21, "no version", "unreadable|not_a_certificate|unsupported")


def algorithms(world):
    """Algorithms that nobody knows are 'unsupported', whatever the password."""
    cert, key = world.cert(), world.key()
    nobody = "1.3.6.1.4.1.99999.4"
    rows = {
        "mac-unknown": sealed(plain(cert, key), digest_oid=nobody),
        "mac-sha3": sealed(plain(cert, key), digest_oid="2.16.840.1.101.3.4.2.99"),
        "mac-cipher": sealed(plain(cert, key), digest_oid="2.16.840.1.101.3.4.1.42"),
        "cipher-unknown": sealed(encrypted(cert, password=PASSWORD, cipher_oid=nobody),
                                 plain(key)),
        "prf-unknown": sealed(encrypted(cert, password=PASSWORD, prf_oid=nobody), plain(key)),
        "kdf-unknown": sealed(encrypted(cert, password=PASSWORD, function=nobody), plain(key)),
        "scheme-unknown": sealed(encrypted_info(seq(oid(nobody), null()), context_primitive(
            0, bytes(64))), plain(key)),
        "scheme-digest": sealed(encrypted_info(seq(oid(pfx.DIGESTS["sha256"]), null()),
                                               context_primitive(0, bytes(64))), plain(key)),
        "key-cipher-unknown": sealed(plain(cert, world.key(cipher_oid=nobody))),
        "md2-des": sealed(encrypted_info(seq(oid("1.2.840.113549.1.5.1"), seq(octets(SALT), integer(
            2048))), context_primitive(0, bytes(64))), plain(key)),
    }
    for name, data in rows.items():
        world.reject(f"alg-{name}", data, 17, "an algorithm that OpenSSL 3.0 lacks",
                     "unsupported")
        if not name.startswith("mac"):
            world.reject(f"alg-{name}.nopw", data, 17, "the same, no password given",
                         "unsupported|password_needed", password=None)
    for digest in ("md5", "sha384", "sha512"):
        world.accept(f"mac-{digest}", sealed(plain(cert, key), digest=digest), 1,
                     f"a MAC with {digest}")
    world.reject("mac-short", sealed(plain(cert, key), value=bytes(8)), 1,
                 "a MAC that is shorter than its digest", "unreadable")
    world.reject("mac-long", sealed(plain(cert, key), value=bytes(33)), 1,
                 "a MAC that is longer than its digest", "unreadable")
    world.accept("mac-nosalt", sealed(plain(cert, key), salt=b""), 1, "a MAC without salt")
    world.accept("mac-longsalt", sealed(plain(cert, key), salt=bytes(range(200)) * 5), 1,
                 "a MAC with 1000 octets of salt")
    for name, options in {"nosalt": {"salt": b""}, "longsalt": {"salt": bytes(500)},
                          "keylength": {"key_length": 32}, "sha1-prf": {"prf": "sha1"},
                          "sha512-prf": {"prf": "sha512"},
                          "aes-128": {"cipher": "aes-128-cbc"},
                          "3des": {"cipher": "des-ede3-cbc"}}.items():
        data = sealed(encrypted(cert, password=PASSWORD, **options), plain(world.key(**options)))
        world.accept(f"pbes2-{name}", data, 1, f"PBES2: {name}")
