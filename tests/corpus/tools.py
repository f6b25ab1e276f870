"""What the set is made of, and what other programs make of it: openssl, certtool, pk12util and
certutil (NSS), keytool (Java).
"""
import base64
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

from der import bits, children, context, integer, oid, seq, set_of, utc_time, utf8

PASSWORD = "corpus-Pa55"
PACKAGES = {"openssl": "openssl", "certtool": "gnutls-bin", "pk12util": "libnss3-tools",
            "certutil": "libnss3-tools", "keytool": "openjdk-17-jre-headless"}
ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
ML_DSA_65 = "2.16.840.1.101.3.4.3.18"
ML_KEM_768 = "2.16.840.1.101.3.4.4.2"
GOST_2012 = "1.2.643.7.1.1.1.1"


def check():
    missing = [tool for tool in PACKAGES if not shutil.which(tool)]
    if missing:
        packages = sorted({PACKAGES[tool] for tool in missing})
        raise SystemExit(f"make-corpus: {', '.join(missing)} not found; install "
                         f"{' '.join(packages)}")


def run(*command, given=None, **environment):
    result = subprocess.run([str(word) for word in command], input=given, capture_output=True,
                            check=False, env=os.environ | {"LC_ALL": "C.UTF-8"} | environment)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0:3]}: {(result.stderr or result.stdout).decode()}")
    return result.stdout


def openssl(*arguments, given=None):
    return run("openssl", *arguments, given=given)


def pem(label, data, width=64, end="\n"):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + width] for i in range(0, len(text), width)]
    return end.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def unpem(text):
    text = text.decode() if isinstance(text, bytes) else text
    return base64.b64decode(re.search(r"-----BEGIN [^-]+-----([^-]*)-----END", text)[1])


class Workshop:
    """Keys and certificates in a folder: root > inter > the others.

    keys[name] and certs[name] are DER (PKCS#8); key_file() and cert_file() are PEM files.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys, self.certs = {}, {}
        p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        p384 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
        rsa = ["-pkeyopt", "rsa_keygen_bits:2048"]
        kinds = {
            "root": p256, "inter": p256, "second": p256, "third": p256, "stranger": p256,
            "alone": p256, "root2": p256, "web": ["-algorithm", "RSA", *rsa], "p384": p384,
            "ed25519": ["-algorithm", "ED25519"], "ed448": ["-algorithm", "ED448"],
            "expl": [*p256, "-pkeyopt", "ec_param_enc:explicit"],
            "pss": ["-algorithm", "RSA-PSS", *rsa],
            "pss-restrict": ["-algorithm", "RSA-PSS", *rsa, "-pkeyopt",
                             "rsa_pss_keygen_md:sha256", "-pkeyopt",
                             "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt",
                             "rsa_pss_keygen_saltlen:32"]}
        for name, options in kinds.items():
            self.keys[name] = unpem(openssl("genpkey", *options, "-out", "-"))
            self.key_file(name).write_text(pem("PRIVATE KEY", self.keys[name]))
        for name in ("root", "root2"):
            self.issue(name, name, None, ca=True)
        self.issue("inter", "inter", "root", ca=True)
        for name in kinds:
            if name not in ("root", "root2", "inter", "stranger", "alone"):
                self.issue(name, name, "inter")
        self.issue("alone", "alone", None)
        self.issue("renewed", "web", "inter", days=3650)
        self.dsa()
        self.unknown = {name: self.hand_made(name, seq(seq(oid(algorithm)), bits(bytes(size))))
                        for name, algorithm, size in (("mldsa", ML_DSA_65, 1952),
                                                      ("mlkem", ML_KEM_768, 1184),
                                                      ("gost", GOST_2012, 66),
                                                      ("nobody", "1.3.6.1.4.1.99999.1", 40))}

    def key_file(self, name):
        return self.folder / f"{name}.key"

    def cert_file(self, name):
        return self.folder / f"{name}.pem"

    def issue(self, name, key, issuer, ca=False, days=3000):
        by = (["-CA", self.cert_file(issuer), "-CAkey", self.key_file(issuer)] if issuer else [])
        host = f"{key}.example.com"
        extensions = ["basicConstraints=critical,CA:TRUE"] if ca else [
            "basicConstraints=CA:FALSE", f"subjectAltName=DNS:{host}"]
        made = openssl("req", "-x509", "-new", "-key", self.key_file(key), "-subj",
                       f"/O=Example/CN={'Corpus ' + name if ca else host}", "-days", days, *by,
                       *[word for each in extensions for word in ("-addext", each)])
        self.keep(name, unpem(made))

    def keep(self, name, certificate):
        self.certs[name] = certificate
        self.cert_file(name).write_text(pem("CERTIFICATE", certificate))

    def dsa(self):
        parameters = openssl("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt",
                             "dsa_paramgen_bits:1024", "-pkeyopt", "dsa_paramgen_q_bits:160")
        path = self.folder / "dsa.par"
        path.write_bytes(parameters)
        self.keys["dsa"] = unpem(openssl("genpkey", "-paramfile", path, "-out", "-"))
        self.key_file("dsa").write_text(pem("PRIVATE KEY", self.keys["dsa"]))
        self.issue("dsa", "dsa", "inter")

    def hand_made(self, name, public, signature=None):
        """A certificate for any SubjectPublicKeyInfo, issued by inter."""
        fields = children(children(self.certs["inter"])[0])
        subject = seq(set_of(seq(oid("2.5.4.3"), utf8(f"{name}.example.com"))))
        signed = seq(context(0, integer(2)), integer(4711), ECDSA_SHA256, fields[5],
                     seq(utc_time("260101000000Z"), utc_time("360101000000Z")), subject, public)
        return seq(signed, ECDSA_SHA256, bits(signature or self.sign("inter", signed)))

    def sign(self, name, data):
        return openssl("dgst", "-sha256", "-sign", self.key_file(name), given=data)

    def public(self, name):
        """The SubjectPublicKeyInfo of a certificate."""
        return children(children(self.certs[name])[0])[6]

    def chain_file(self, *names):
        path = self.folder / ("chain-" + "-".join(names))
        path.write_text("".join(self.cert_file(name).read_text() for name in names))
        return path

    def pfx(self, name, *options, password=PASSWORD, chain=("inter",)):
        """What `openssl pkcs12 -export` makes of a certificate, its key and its issuers."""
        more = ["-certfile", self.chain_file(*chain)] if chain else []
        return openssl("pkcs12", "-export", "-in", self.cert_file(name), "-inkey",
                       self.key_file(name), *more, *self.new_password(password), *options)

    def new_password(self, password):
        """Through a file, so that it may be any bytes."""
        path = self.folder / "password"
        path.write_bytes((password if isinstance(password, bytes) else password.encode()) + b"\n")
        return "-passout", f"file:{path}"


def make(corpus, shop):
    """Everything of this file."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        java = pool.submit(make_java, shop)
        nss = pool.submit(make_nss, shop)
        openssl_ciphers(corpus, shop)
        openssl_passwords(corpus, shop)
        openssl_parts(corpus, shop)
        openssl_keys(corpus, shop)
        gnutls(corpus, shop)
        list_nss(corpus, shop, nss.result())
        list_java(corpus, shop, java.result())


def openssl_ciphers(corpus, shop):
    """What the versions of twenty years wrote by default, and what can be asked for."""
    web = shop.certs["web"]
    old = ["-legacy", "-provider", "default"]
    rows = {
        "aes-256": ([], "what OpenSSL 3 writes", 13),
        "aes-128": (["-certpbe", "AES-128-CBC", "-keypbe", "AES-128-CBC"], "PBES2 AES-128", 1),
        "aes-256-sha1": (["-macalg", "sha1"], "MAC with SHA-1", 1),
        "mac-sha512": (["-macalg", "sha512"], "MAC with SHA-512", 1),
        "3des": (["-descert"], "3DES for certificates and key", 1),
        "pbes2-3des": (["-certpbe", "DES-EDE3-CBC", "-keypbe", "DES-EDE3-CBC"], "PBES2 3DES", 1),
        "camellia": (["-certpbe", "CAMELLIA-256-CBC", "-keypbe", "CAMELLIA-256-CBC"],
                     "PBES2 Camellia", 1),
        "legacy-rc2-40": ([*old], "RC2-40 and 3DES, the default until 1.1.1", 1),
        "legacy-rc2-128": ([*old, "-certpbe", "PBE-SHA1-RC2-128"], "RC2-128", 1),
        "legacy-rc4-40": ([*old, "-certpbe", "PBE-SHA1-RC4-40"], "RC4-40", 1),
        "legacy-rc4-128": ([*old, "-certpbe", "PBE-SHA1-RC4-128", "-keypbe", "PBE-SHA1-RC4-128"],
                           "RC4-128", 1),
        "legacy-2des": ([*old, "-certpbe", "PBE-SHA1-2DES", "-keypbe", "PBE-SHA1-2DES"],
                        "3DES with two keys", 1),
        "legacy-des": ([*old, "-certpbe", "PBE-MD5-DES", "-keypbe", "PBE-SHA1-DES"],
                       "PKCS#5 v1.5 with DES", 1),
        "600k": (["-iter", "600000"], "600,000 iterations: honest", 12),
        "1m": (["-iter", "1000000"], "1,000,000 iterations: honest", 12),
        "iter-1": (["-iter", "1"], "one iteration", 12),
        "noiter": (["-noiter", "-nomaciter"], "no counts asked for", 12),
    }
    for name, (options, text, pitfall) in rows.items():
        corpus.accept(f"ossl-{name}.p12", shop.pfx("web", *options), pitfall, text, web, 2, 1,
                      password=PASSWORD)


def openssl_passwords(corpus, shop):
    web = shop.certs["web"]
    good = {
        "utf8": "Zürich–Łódź €5", "greek": "σύνθημα γνώρισμα", "cjk": "Hello, 世界",
        "surrogates": "key 🔑 and 𝒳", "nfc": "é", "nfd": "e\u0301",
        "blanks": " leading and trailing ", "quotes": "a\"b'c`d$e\\f%s%n", "long": "x" * 900,
        "one": "x", "tab-like": "\\t", "c1": "\u0085\u00a0", "marks": "<none",
    }
    for name, password in good.items():
        for kind, options in (("", []), ("-legacy", ["-legacy"])):
            corpus.accept(f"ossl-pw-{name}{kind}.p12", shop.pfx("web", *options, password=password),
                          4, "a password that is not plain ASCII letters", web, 2, 1,
                          password=password)
    for name, given in (("nfc", "e\u0301"), ("nfd", "é"), ("utf8", "Zurich-Lodz ?5"),
                        ("blanks", "leading and trailing")):
        corpus.reject(f"ossl-pw-{name}.other.p12", shop.pfx("web", password=good[name]), 4,
                      "looks like the password and is another", "wrong_password", password=given,
                      soft=name.startswith("nf"))
    latin1 = "Zürich".encode("latin-1")
    for kind, options in (("", []), ("-legacy", ["-legacy"])):
        data = shop.pfx("web", *options, password=latin1)
        corpus.accept(f"ossl-pw-latin1{kind}.p12", data, 4,
                      "made with Latin-1 octets, given as UTF-8", web, 2, 1, password="Zürich",
                      soft=not kind)
        corpus.accept(f"ossl-pw-latin1{kind}.octets.p12", data, 4,
                      "made with Latin-1 octets and given so", web, 2, 1,
                      password="<latin1>Zürich", soft=not kind)
    for kind, options in (("", []), ("-legacy", ["-legacy"]), ("-nomac", ["-nomac"])):
        data = shop.pfx("web", *options, password="")
        corpus.accept(f"ossl-emptypw{kind}.p12", data, 3, "the empty password", web, 2, 1,
                      password="")
        corpus.accept(f"ossl-emptypw{kind}.none.p12", data, 3, "the empty password, none given",
                      web, 2, 1)
        corpus.reject(f"ossl-emptypw{kind}.wrongpw.p12", data, 3,
                      "the empty password, another one given", "wrong_password",
                      password=PASSWORD)
    for name, options in (("aes", []), ("legacy", ["-legacy"]), ("nomac-pw", ["-nomac"])):
        data = shop.pfx("web", *options)
        corpus.reject(f"ossl-{name}.wrongpw.p12", data, 1, "wrong password", "wrong_password",
                      password="another")
        corpus.reject(f"ossl-{name}.emptypw.p12", data, 3, "the empty password is wrong",
                      "wrong_password", password="")
        corpus.reject(f"ossl-{name}.nopw.p12", data, 3, "none given where one is needed",
                      "password_needed")


def openssl_parts(corpus, shop):
    """Parts left out: the MAC, encryption, the key, the certificates."""
    web, nothing = shop.certs["web"], ["-keypbe", "NONE", "-certpbe", "NONE"]
    data = shop.pfx("web", "-nomac")
    corpus.accept("ossl-nomac-pw.p12", data, 2, "encrypted, no MAC", web, 2, 1, password=PASSWORD)
    corpus.accept("ossl-nomac-pw-legacy.p12", shop.pfx("web", "-nomac", "-legacy"), 2,
                  "encrypted with RC2-40, no MAC", web, 2, 1, password=PASSWORD)
    data = shop.pfx("web", "-nomac", *nothing)
    for name, given in (("", None), (".empty", ""), (".pw", PASSWORD)):
        corpus.accept(f"ossl-nomac-open{name}.p12", data, 2, "neither encrypted nor with a MAC",
                      web, 2, 1, password=given)
    data = shop.pfx("web", *nothing)
    corpus.accept("ossl-open-mac.p12", data, 2, "a MAC, nothing encrypted", web, 2, 1,
                  password=PASSWORD)
    corpus.reject("ossl-open-mac.wrongpw.p12", data, 2, "a MAC, nothing encrypted, wrong password",
                  "wrong_password", password="another")
    corpus.accept("ossl-open-certs.p12", shop.pfx("web", "-certpbe", "NONE"), 2,
                  "only the key is encrypted", web, 2, 1, password=PASSWORD)
    for name, options in (("", []), ("-nomac", ["-nomac"])):
        data = openssl("pkcs12", "-export", "-nokeys", "-in", shop.cert_file("web"), *options,
                       *shop.new_password(PASSWORD))
        corpus.accept(f"ossl-keyless{name}.p12", data, 9, "a certificate and no key", web,
                      password=PASSWORD)
        data = openssl("pkcs12", "-export", "-nocerts", "-inkey", shop.key_file("web"), *options,
                       *shop.new_password(PASSWORD))
        corpus.reject(f"ossl-certless{name}.p12", data, 9, "a key and no certificate",
                      "not_a_certificate", password=PASSWORD)
    data = openssl("pkcs12", "-export", "-nokeys", "-in", shop.chain_file("root", "web", "inter"),
                   *shop.new_password(PASSWORD))
    corpus.accept("ossl-keyless-chain.p12", data, 9, "three certificates and no key", web, 3,
                  password=PASSWORD)
    data = shop.pfx("web", "-name", "<b>x</b>", "-caname", "../../etc/passwd", "-CSP",
                    "Microsoft Enhanced Cryptographic Provider v1.0", "-keyex")
    corpus.accept("ossl-names.p12", data, 27, "names and Microsoft's attributes", web, 2, 1,
                  password=PASSWORD)


def openssl_keys(corpus, shop):
    texts = {"second": ("ec", 19, "P-256"), "p384": ("p384", 19, "P-384"),
             "ed25519": ("ed25519", 16, "Ed25519"), "ed448": ("ed448", 16, "Ed448"),
             "dsa": ("dsa", 16, "DSA"), "expl": ("expl", 19, "explicit curve parameters"),
             "pss": ("pss", 20, "RSA-PSS"),
             "pss-restrict": ("pss-restrict", 20, "RSA-PSS with parameters")}
    for name, (short, pitfall, text) in texts.items():
        certificate = shop.certs[name]
        corpus.accept(f"ossl-key-{short}.p12", shop.pfx(name), pitfall, text, certificate, 2, 1,
                      password=PASSWORD)
        both = shop.cert_file(name).read_text() + shop.key_file(name).read_text()
        corpus.accept(f"key-{short}.pem", both, pitfall, text, certificate, 1, 1)
        corpus.accept(f"key-{short}.cer", certificate, pitfall, f"{text}, no key", certificate)
    for name, certificate in shop.unknown.items():
        corpus.accept(f"key-{name}.cer", certificate, 16, "a public key that OpenSSL 3.0 lacks",
                      certificate)
        corpus.accept(f"key-{name}.pem", pem("CERTIFICATE", certificate), 16,
                      "a public key that OpenSSL 3.0 lacks", certificate)
    for digest in ("sha1", "md5"):
        made = openssl("req", "-x509", "-new", "-key", shop.key_file("web"), "-subj",
                       "/CN=weak.example.com", f"-{digest}", "-outform", "DER")
        corpus.accept(f"x509/ossl-{digest}-rsa.cer", made, 33, f"signed with {digest}",
                      made)


def gnutls(corpus, shop):
    web = shop.certs["web"]

    def export(name, text, pitfall, *options, password=PASSWORD, certificates=2, keys=1,
               none=False):
        both = ["--load-ca-certificate", shop.cert_file("inter")] if certificates == 2 else []
        key = ["--load-privkey", shop.key_file("web")] if keys else []
        data = run("certtool", "--to-p12", "--outder", "--p12-name", "web", *key,
                   "--load-certificate", shop.cert_file("web"), *both, *options,
                   *(["--empty-password"] if password == "" else
                     ["--null-password"] if none else ["--password", password]))
        corpus.accept(f"gnutls-{name}.p12", data, pitfall, text, web, certificates, keys,
                      password=None if none else password)

    export("aes", "GnuTLS's default", 13)
    export("3des", "GnuTLS, 3DES", 1, "--pkcs-cipher", "3des-pkcs12")
    export("rc2-40", "GnuTLS, RC2-40", 1, "--pkcs-cipher", "rc2-40")
    export("arcfour", "GnuTLS, RC4", 1, "--pkcs-cipher", "arcfour")
    export("aes-sha1", "GnuTLS, AES-128, SHA-1", 1, "--pkcs-cipher", "aes-128", "--hash", "sha1")
    export("utf8", "GnuTLS, a password in UTF-8", 4, password="ένα-δύο Zürich")
    export("utf8-3des", "GnuTLS, 3DES, a password in UTF-8", 4, "--pkcs-cipher", "3des-pkcs12",
           password="ένα-δύο Zürich")
    export("emptypw", "GnuTLS, the empty password", 3, password="")
    export("nullpw", "GnuTLS, no password", 3, none=True)
    export("nokey", "GnuTLS, no key", 9, certificates=1, keys=0)


def make_nss(shop):
    """Runs beside the rest: the files, by name."""
    folder, made = shop.folder / "nss", {}
    folder.mkdir()
    database = ["-d", f"sql:{folder}"]
    source = folder / "source.p12"
    source.write_bytes(openssl("pkcs12", "-export", "-in", shop.cert_file("web"), "-inkey",
                               shop.key_file("web"), "-certfile", shop.cert_file("inter"),
                               "-name", "web", "-passout", f"pass:{PASSWORD}"))
    run("certutil", "-N", *database, "--empty-password")
    run("pk12util", "-i", source, *database, "-W", PASSWORD)
    variants = {
        "aes": ([], PASSWORD),
        "3des": (["-c", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "-C",
                  "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC"], PASSWORD),
        "rc2-40": (["-c", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "-C",
                    "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"], PASSWORD),
        "rc4-128": (["-c", "PKCS #12 V2 PBE With SHA-1 And 128 Bit RC4", "-C",
                     "PKCS #12 V2 PBE With SHA-1 And 128 Bit RC4"], PASSWORD),
        "sha1": (["-M", "SHA-1"], PASSWORD),
        "open-certs": (["-C", "NONE"], PASSWORD),
        "utf8": ([], "Zürich–Łódź €5"),
        "utf8-3des": (["-c", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "-C",
                       "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"], "Zürich–Łódź €5"),
    }
    for name, (options, password) in variants.items():
        path = folder / f"{name}.p12"
        run("pk12util", "-o", path, "-n", "web", *database, "-W", password, *options)
        made[name] = path.read_bytes(), password
    return made


def list_nss(corpus, shop, made):
    for name, (data, password) in made.items():
        pitfall = 4 if "utf8" in name else 1 if name in ("3des", "rc2-40", "rc4-128") else 13
        corpus.accept(f"nss-{name}.p12", data, pitfall, "NSS writes BER of indefinite length",
                      shop.certs["web"], 2, 1, password=password)


def make_java(shop):
    """Runs beside the rest: the files, by name. Every keytool starts a virtual machine."""
    folder, made = shop.folder / "java", {}
    folder.mkdir()
    for name in ("web", "second"):
        (folder / f"{name}.p12").write_bytes(openssl(
            "pkcs12", "-export", "-in", shop.cert_file(name), "-inkey", shop.key_file(name),
            "-certfile", shop.cert_file("inter"), "-name", name, "-passout", f"pass:{PASSWORD}"))

    def keytool(name, *options, flags=(), kind="PKCS12"):
        run("keytool", *(f"-J{flag}" for flag in ("-XX:TieredStopAtLevel=1", "-Xshare:auto",
                                                   *flags)),
            *options, *(["-destkeystore"] if "-importkeystore" in options else ["-keystore"]),
            folder / f"{name}.out", *(["-deststorepass"] if "-importkeystore" in options
                                      else ["-storepass"]), PASSWORD,
            *(["-deststoretype"] if "-importkeystore" in options else ["-storetype"]), kind)
        made[name] = (folder / f"{name}.out").read_bytes()

    def imports(name, of, **more):
        keytool(name, "-importkeystore", "-noprompt", "-srckeystore", folder / f"{of}.p12",
                "-srcstorepass", PASSWORD, "-srcstoretype", "PKCS12", **more)

    imports("default", "web")
    imports("legacy", "web", flags=["-Dkeystore.pkcs12.legacy"])
    imports("jks", "web", kind="JKS")
    imports("jceks", "web", kind="JCEKS")
    shutil.copy(folder / "default.out", folder / "two-entries.out")
    imports("two-entries", "second")
    shutil.copy(folder / "default.out", folder / "secretkey.out")
    keytool("secretkey", "-genseckey", "-alias", "session", "-keyalg", "AES", "-keysize", "128")
    keytool("truststore", "-importcert", "-noprompt", "-alias", "root", "-file",
            shop.cert_file("root"))
    return made


def list_java(corpus, shop, made):
    web, second, root = (shop.certs[name] for name in ("web", "second", "root"))
    give = {"password": PASSWORD}
    corpus.accept("java-default.p12", made["default"], 13, "keytool's default", web, 2, 1, **give)
    corpus.accept("java-legacy.p12", made["legacy"], 1, "keytool before Java 12: RC2-40", web, 2,
                  1, **give)
    corpus.accept("java-two-entries.p12", made["two-entries"], 6, "two keys in one store",
                  [web, second], 3, 2, **give)
    corpus.accept("java-secretkey.p12", made["secretkey"], 18, "a secret key beside the pair", web,
                  2, 1, **give)
    corpus.accept("java-truststore.p12", made["truststore"], 9, "one trusted certificate", root,
                  **give)
    for name in ("jks", "jceks"):
        corpus.reject(f"java-{name}.p12", made[name], 25, "a Java keystore of another kind",
                      "not_a_certificate", **give)
