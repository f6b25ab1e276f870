"""PKCS#12 files that are expensive to open, or honestly not quite cheap."""
import pfx
from der import context_primitive, octets, seq
from pfx import (bag, cert_bag, encrypted, encrypted_info, pbe_3des, pbes2, pbes2_scrypt, plain,
                 safe_bag)
from tools import PASSWORD
from world import TWO_31, World, sealed


def make(corpus, shop):
    """Everything of this file."""
    world = World(corpus, shop)
    for part in (bombs, sums, scrypt_bombs, sizes, honest_counts, odd_counts):
        part(world)


def bombs(world):
    """Whatever the order in which a program looks at a file, it costs next to nothing."""
    cert, junk = world.cert(), octets(bytes(range(256)) * 4)
    algorithm, _ = pbes2(b"", PASSWORD, declared=TWO_31)
    expensive = bag(pfx.SHROUDED_BAG, seq(algorithm, junk))
    info = encrypted_info(algorithm, context_primitive(0, bytes(1024)))
    old_algorithm, _ = pbe_3des(b"", PASSWORD, declared=TWO_31)
    world.bomb("bomb-mac", sealed(plain(cert, world.key()), declared=TWO_31), 11,
               "the MAC asks for 2^31-1 iterations")
    world.bomb("bomb-mac.nopw", sealed(plain(cert), declared=TWO_31), 11,
               "the MAC asks for 2^31-1, no password given", password=None)
    world.bomb("bomb-mac-100m", sealed(plain(cert), declared=10 ** 8, digest="sha1"), 11,
               "the MAC asks for 100 million")
    for place, data in {
            "mac": sealed(plain(cert, world.key()), declared=10 ** 7),
            "pbkdf2": sealed(encrypted(cert, password=PASSWORD, declared=10 ** 7)),
            "key": sealed(plain(cert, world.key(declared=10 ** 7)))}.items():
        world.reject(f"bomb-{place}-10m", data, 11, f"10 million iterations ({place})",
                     "too_expensive", soft=True)
    world.bomb("bomb-mac-1024-bits", sealed(plain(cert), declared=2 ** 1023), 11,
               "the MAC asks for 2^1023")
    world.bomb("bomb-pbkdf2", sealed(info, plain(world.key())), 11, "PBKDF2 with 2^31-1")
    world.bomb("bomb-pbkdf2-nomac", pfx.pfx(info, mac=False), 11, "the same without a MAC")
    world.bomb("bomb-pbe", sealed(encrypted_info(old_algorithm, context_primitive(0, bytes(64)))),
               11, "3DES with 2^31-1")
    world.bomb("bomb-key", sealed(plain(cert, expensive)), 11, "the key with 2^31-1")
    world.bomb("bomb-key-nomac", pfx.pfx(plain(cert, expensive), mac=False), 11,
               "the key with 2^31-1, no MAC")
    world.bomb("bomb-inside", sealed(encrypted(cert, expensive, password=PASSWORD)), 11,
               "the key with 2^31-1 is within an encrypted safe")
    world.bomb("bomb-deep-inside", sealed(encrypted(cert, safe_bag(safe_bag(expensive)),
                                                    password=PASSWORD)), 11,
               "and within nested bags")
    world.bomb("bomb-late", sealed(encrypted(cert, password=PASSWORD), plain(world.key()), info),
               11, "the last part has it, all others are honest")


def sums(world):
    """Every count for itself is harmless."""
    cert = world.cert()
    honest = encrypted(cert, password=PASSWORD, iterations=2000000)
    world.bomb("bomb-100x2m", sealed(*[honest] * 100), 11, "a hundred safes of 2 million each")
    world.bomb("bomb-100x2m-nomac", pfx.pfx(*[honest] * 100, mac=False), 11, "without a MAC")
    world.bomb("bomb-100x2m.wrongpw", sealed(*[honest] * 100), 11, "with the wrong password",
               "too_expensive|wrong_password", password="another")
    keys = [world.key(iterations=1000000)] * 60
    world.bomb("bomb-60-keys", sealed(plain(cert, *keys)), 11, "sixty keys of a million each")
    world.bomb("bomb-60-keys-inside", sealed(encrypted(cert, *keys, password=PASSWORD)), 11,
               "sixty keys of a million each within an encrypted safe")
    cheap = world.key(iterations=100000)
    world.bomb("bomb-2000x100k", sealed(plain(cert, *[cheap] * 2000)), 11,
               "two thousand keys of 100,000 each")
    safes = [encrypted(cert, password=PASSWORD, iterations=100000)] * 200
    world.bomb("bomb-200x100k", sealed(*safes), 11, "two hundred safes of 100,000 each")


def scrypt_bombs(world):
    cert = world.cert()
    scrypt = {"bomb": (2 ** 20, 8, 1), "bomb-r": (2, 2 ** 24, 1), "bomb-p": (16384, 8, 2 ** 20),
              "bomb-time": (16384, 8, 16000), "bomb-huge": (2 ** 62, 2 ** 30, 2 ** 30),
              "bomb-wrap": (2 ** 64 + 16384, 8, 1)}
    for name, numbers in scrypt.items():
        for kind, part in (("", encrypted), ("-key", None)):
            made = pbes2_scrypt(b"x" * 64, PASSWORD, 16, declared=numbers)
            safe = encrypted_info(made[0], context_primitive(0, made[1])) if part else plain(
                cert, bag(pfx.SHROUDED_BAG, seq(made[0], octets(made[1]))))
            world.bomb(f"scrypt-{name}{kind}", sealed(safe), 11,
                       "scrypt with N={}, r={}, p={}".format(*numbers))
    world.bomb("scrypt-sum", sealed(*[encrypted(cert, password=PASSWORD, scheme=pbes2_scrypt,
                                                n=16384)] * 200), 11,
               "two hundred safes of honest scrypt")
    world.reject("scrypt-odd-n", sealed(encrypted_info(
        pbes2_scrypt(b"", PASSWORD, 16, declared=(16383, 8, 1))[0],
        context_primitive(0, bytes(64)))), 11, "scrypt: N is no power of two",
                 "unreadable|unsupported")
    world.reject("scrypt-zero", sealed(encrypted_info(
        pbes2_scrypt(b"", PASSWORD, 16, declared=(16384, 0, 0))[0],
        context_primitive(0, bytes(64)))), 11, "scrypt: r and p are zero",
                 "unreadable|unsupported")


def sizes(world):
    """Parameters that are long where counts are not."""
    cert = world.cert()
    long_key, _ = pbes2(b"", PASSWORD, key_length=TWO_31)
    world.bomb("bomb-key-length", sealed(encrypted_info(long_key,
                                                        context_primitive(0, bytes(64)))), 11,
               "PBKDF2 for a key of 2 GB", "unreadable|unsupported|too_expensive")
    salt = bytes(8 << 20)
    world.bomb("bomb-salt", sealed(plain(cert), salt=salt, value=bytes(32)), 11,
               "a salt of 8 MB in the MAC, which is wrong",
               "wrong_password|too_expensive|unreadable")


def honest_counts(world):
    for name, count in (("1", 1), ("600k", 600000), ("1m", 1000000)):
        data = sealed(encrypted(world.cert(), password=PASSWORD, iterations=count),
                      plain(world.key(iterations=count)), iterations=count)
        world.accept(f"iter-{name}", data, 12, f"{count} iterations in MAC, safe and key")
    data = sealed(plain(world.cert(), world.key()), iterations=1, declared=b"")
    world.accept("iter-default", data, 12, "the MAC's count is left out: 1")
    data = sealed(encrypted(world.cert(), password=PASSWORD, scheme=pbes2_scrypt, n=16384),
                  plain(world.key(scheme=pbes2_scrypt, n=16384)))
    world.accept("scrypt", data, 12, "honest scrypt")
    data = sealed(*[encrypted(each, password=PASSWORD, iterations=600000)
                    for each in (world.cert(), cert_bag(world.inter))],
                  plain(world.key(iterations=600000)), iterations=600000)
    world.accept("iter-4x600k", data, 12, "600,000 in each of four parts", None, 2)
    data = sealed(encrypted(world.cert(), password=PASSWORD, scheme=pbe_3des, iterations=100000),
                  plain(world.key(scheme=pbe_3des, iterations=100000)), digest="sha1",
                  iterations=100000)
    world.accept("iter-100k-3des", data, 12, "100,000 iterations, 3DES")


def odd_counts(world):
    """Counts that were cut to 32 bits, or have no meaning."""
    cert, key = world.cert(), world.key()
    for name, added in (("2pow32", 2 ** 32), ("2pow64", 2 ** 64)):
        count = added + 2048
        rows = {
            "mac": sealed(plain(cert, key), declared=count),
            "pbkdf2": sealed(encrypted(cert, password=PASSWORD, declared=count), plain(key)),
            "pbe": sealed(encrypted(cert, password=PASSWORD, scheme=pbe_3des, declared=count),
                          plain(key)),
            "key": sealed(plain(cert, world.key(declared=count)))}
        for place, data in rows.items():
            world.bomb(f"iter-{name}-{place}", data, 11, f"{count} is not 2048 ({place})",
                       "too_expensive")
    for name, count in (("zero", 0), ("negative", -1), ("minus-2048", -2048),
                        ("minus-2pow31", -2 ** 31), ("minus-2pow64", -2 ** 64 + 2048)):
        rows = {
            "mac": sealed(plain(cert, key), iterations=1, declared=count),
            "pbkdf2": sealed(encrypted(cert, password=PASSWORD, iterations=1, declared=count),
                             plain(key)),
            "pbe": sealed(encrypted(cert, password=PASSWORD, scheme=pbe_3des, iterations=1,
                                    declared=count), plain(key)),
            "key": sealed(plain(cert, world.key(iterations=1, declared=count)))}
        for place, data in rows.items():
            world.bomb(f"iter-{name}-{place}", data, 11, f"a count of {count} ({place})",
                       "unreadable|unsupported", soft=True)
