#!/usr/bin/python3
"""validate.py SCHEMAS GOLDEN: the golden JSON against the schemas, by an independent validator.

Exit 77 (skipped) where python3-jsonschema is not installed.
"""
import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

PAIRS = {"plan": "plan", "run": "report", "status": "status"}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    schemas, golden = map(pathlib.Path, sys.argv[1:3])
    for document_name, schema_name in PAIRS.items():
        schema = load(schemas / f"{schema_name}.schema.json")
        document = load(golden / f"{document_name}.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        validator.validate(document)
        for field in schema["required"]:
            broken = copy.deepcopy(document)
            del broken[field]
            assert not validator.is_valid(broken), f"{document_name} without {field} is accepted"
        broken = copy.deepcopy(document)
        broken["kind"] = "Other"
        assert not validator.is_valid(broken), f"{document_name} of another kind is accepted"


main()
