"""What the PKCS#12 files of the set are made of, and how they come into it."""
import pfx
from pfx import cert_bag, shrouded_bag
from tools import PASSWORD

TWO_31 = 2 ** 31 - 1
GIVE = {"password": PASSWORD}


class World:
    """What the files are made of."""

    def __init__(self, corpus, shop):
        self.corpus, self.shop = corpus, shop
        self.web, self.second, self.third = (shop.certs[name]
                                             for name in ("web", "second", "third"))
        self.inter, self.root = shop.certs["inter"], shop.certs["root"]
        self.keys = shop.keys

    def accept(self, name, data, pitfall, text, leaf=None, certificates=1, keys=1, **more):
        self.corpus.accept(f"own-{name}.p12", data, pitfall, text, leaf or self.web, certificates,
                           keys, **(GIVE | more))

    def reject(self, name, data, pitfall, text, code, **more):
        self.corpus.reject(f"own-{name}.p12", data, pitfall, text, code, **(GIVE | more))

    def bomb(self, name, data, pitfall, text, code="too_expensive", **more):
        self.reject(name, data, pitfall, text, code, seconds=1, **more)

    def key(self, name="web", password=PASSWORD, *attributes, **options):
        return shrouded_bag(self.keys[name], password, *attributes, **options)

    def cert(self, *attributes):
        return cert_bag(self.web, *attributes)


def sealed(*parts, **options):
    """With a MAC of the usual password."""
    return pfx.pfx(*parts, **({"password": PASSWORD} | options))
