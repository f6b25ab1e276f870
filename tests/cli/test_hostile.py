"""What no test of a feature thinks of: limits, and files that somebody means to do harm with."""
import resource
import unittest

from harness import PASSWORD, WRAPPER, CliTest, main, pki


def limit(name, most):
    """Sets a resource limit in the process that is to become certroll."""
    return lambda: resource.setrlimit(name, (most, most))


class Certificates(CliTest):
    def test_very_many_names(self):
        names = [f"host-{i:04}.{'x' * 50}.example.com" for i in range(1200)]
        many, few = pki().leaf("many", dns=names), pki().leaf("few")
        self.apply(self.manifest({"name": "web", "path": many.pem(), "type": "Default"}))
        self.assertEqual(self.status()["slots"][0]["current"]["dns_names"], names)
        self.apply(self.manifest({"name": "web", "path": few.pem(), "type": "Default"}))
        self.assertEqual(self.slots(), {"local/Default": (few.fingerprint, [], None)})
        self.assert_verified()


class Arguments(CliTest):
    def test_no_argument_steers_the_terminal(self):
        for arguments in (["apply", "--\x1b[2Jx"], ["\x1b[2Jx"], ["plan", "-\x1b"],
                          ["plan", "--service-group", "\x1b[2Jx", "m.yaml"]):
            result = self.certroll(*arguments, store=False, code=64)
            self.assertNotIn("\x1b", result.out + result.err)
            self.assertIn("\\x1B", result.err)


@unittest.skipIf(WRAPPER, "what certroll runs under would meet the limits itself")
class Limits(CliTest):
    def entry(self):
        return {"name": "web", "path": pki().leaf("web").pfx(), "password": PASSWORD,
                "type": "Default"}

    def test_a_limit_on_the_size_of_files_is_an_error_and_no_signal(self):
        manifest = self.manifest(self.entry())
        for most in (0, 1000, 30000):
            result = self.apply(manifest, code=1, preexec_fn=limit(resource.RLIMIT_FSIZE, most))
            self.assertIn("[store_failed]", result.err)
        self.apply(manifest)
        self.assertEqual(self.slots(), {"local/Default": (pki().leaf("web").fingerprint, [], None)})
        self.assert_verified()

    def test_few_descriptors_are_an_error_or_enough(self):
        manifest = self.manifest(self.entry())
        for most in range(4, 16):
            self.apply(manifest, code=None, preexec_fn=limit(resource.RLIMIT_NOFILE, most))
        self.apply(manifest)
        self.assert_verified()


if __name__ == "__main__":
    main()
