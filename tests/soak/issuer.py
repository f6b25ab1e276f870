"""The authority that certificates come from: issue.c, started once and asked as often as need be."""
import subprocess

PASSWORD = "of-the-soak"


class Issuer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)

    def issue(self, path, name, not_before, not_after, kind="pem", key="-"):
        """Writes a source (pem, bare or pfx); the dates are seconds. Its leaf's fingerprint."""
        self.process.stdin.write(f"{kind} {path} {name} {not_before} {not_after} {PASSWORD}"
                                 f" {key}\n")
        self.process.stdin.flush()
        fingerprint = self.process.stdout.readline().strip()
        if len(fingerprint) != 64:
            raise SystemExit(f"{path} could not be issued")
        return fingerprint

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
