#!/usr/bin/python3
"""Holds schemas/manifest.schema.json against the program and against a corpus of manifests.

check_schema.py MANIFEST_CHECK SCHEMA CORPUS

CORPUS/good/*.yaml: both the schema and the program accept them.
CORPUS/bad/*.yaml: the program finds exactly the codes of the first line, '# expect: CODE, CODE';
the schema rejects or accepts as the second line says, '# schema: reject'.
"""

import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors use: no dates, no yes and no."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
        "-+.0123456789",
    ),
    ("merge", r"^<<$", "<"),
):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def schema_accepts(validator, path):
    return validator.is_valid(yaml.load(path.read_bytes(), Loader=CoreLoader))


def program_codes(program, path):
    done = subprocess.run([program, path], capture_output=True, text=True, check=False, timeout=30)
    codes = sorted(line.split(" ")[1] for line in done.stdout.splitlines())
    if done.returncode != (1 if codes else 0):
        return [f"exit status {done.returncode}", done.stderr]
    return codes


def check_good(program, validator, path):
    found = program_codes(program, path)
    if found:
        yield f"{path}: the program finds {found}"
    for error in validator.iter_errors(yaml.load(path.read_bytes(), Loader=CoreLoader)):
        yield f"{path}: the schema rejects: {error.message} at {list(error.absolute_path)}"


def check_bad(program, validator, path):
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = sorted(re.fullmatch(r"# expect: (.+)", lines[0])[1].split(", "))
    accepts = re.fullmatch(r"# schema: (accept|reject)", lines[1])[1] == "accept"
    found = program_codes(program, path)
    if found != expected:
        yield f"{path}: the program finds {found}"
    if schema_accepts(validator, path) != accepts:
        yield f"{path}: the schema {'rejects' if accepts else 'accepts'}"


def main(program, schema_path, corpus):
    generated = subprocess.run([program, "--schema"], capture_output=True, check=True).stdout
    schema = json.loads(generated)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = []
    if pathlib.Path(schema_path).read_bytes() != generated:
        failures.append(f"{schema_path} is not what the program generates: write it anew")
    good = sorted(pathlib.Path(corpus, "good").glob("*.yaml"))
    bad = sorted(pathlib.Path(corpus, "bad").glob("*.yaml"))
    for path in good:
        failures.extend(check_good(program, validator, path))
    for path in bad:
        failures.extend(check_bad(program, validator, path))
    if len(good) < 20 or len(bad) < 20:
        failures.append("the corpus has shrunk")
    print(f"{len(good)} good and {len(bad)} bad manifests")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
