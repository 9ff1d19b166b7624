#!/usr/bin/env python3
"""Writes how Cloud Control reads each taggable type of CloudFormation (`src/aws/cloud_control/table.tsv`).

The schemas of CloudFormation's registry say which properties identify a resource, whether a read returns its tags, and
which actions the caller needs for it.

    tools/types/cloud_control.py cfn_lint-1.58.0-py3-none-any.whl
"""

import json
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = ROOT / "src/aws/resource_types/table.tsv"
OUT = ROOT / "src/aws/cloud_control/table.tsv"
SCHEMAS = "cfnlint/data/schemas/"
FIRST_REGION = "us-east-1"
HEAD = """\
# How Cloud Control reads a type: CloudFormation's name, the properties that identify a resource, whether an answer without
# tags says that there are none, and the IAM actions of the read. Written by tools/types/cloud_control.py; not edited by hand.
"""
# Verbs of actions that read.
READS = ("Get", "List", "Describe", "Fetch", "BatchGet", "Lookup")


def schemas(path):
    """CloudFormation's name → schema, that of the first region before those of others."""
    with zipfile.ZipFile(path) as wheel:
        regions = [name for name in wheel.namelist() if name.startswith(SCHEMAS + "providers/") and name.endswith(".json")]
        regions.sort(key=lambda name: (not name.endswith(f"/{FIRST_REGION}.json"), name))
        digests = {}
        for region in regions:
            for name, digest in json.loads(wheel.read(region)).items():
                digests.setdefault(name, digest)
        return {name: json.loads(wheel.read(f"{SCHEMAS}resources/{digest}.json")) for name, digest in digests.items()}


def reads_tags(schema, actions):
    """Whether a read without tags says that the resource has none. It does not where the tags are not in the schema or
    are written only, nor where the handler may not call the action that the schema names for reading tags."""
    tagging = schema.get("tagging") or {}
    path = tagging.get("tagProperty", "/properties/Tags")
    if tagging.get("taggable") is False or path.removeprefix("/properties/") not in schema.get("properties", {}):
        return False
    if any(other == path or other.startswith(path + "/") for other in schema.get("writeOnlyProperties", [])):
        return False
    wanted = [action for action in tagging.get("permissions", []) if action.partition(":")[2].startswith(READS)]
    if not wanted:
        return True
    known = {action.lower() for action in actions}
    covered = any(action.lower() in known or action.partition(":")[0].lower() + ":*" in known for action in wanted)
    return covered


def row(name, schema):
    """The line of a type that Cloud Control can read."""
    read = schema.get("handlers", {}).get("read")
    if read is None or not schema.get("primaryIdentifier"):
        return None
    identifier = ",".join(part.removeprefix("/properties/") for part in schema["primaryIdentifier"])
    actions = sorted({action for action in read.get("permissions", []) if action.count(":") == 1 and " " not in action})
    return "\t".join([name, identifier, "yes" if reads_tags(schema, actions) else "no", ",".join(actions) or "-"])


def main(path):
    known = schemas(path)
    cells = [line.split("\t") for line in TYPES.read_text().splitlines() if not line.startswith("#")]
    names = sorted({line[1] for line in cells if line[1] in known})
    lines = [line for line in (row(name, known[name]) for name in names) if line]
    if len(lines) < 1000:
        sys.exit(f"{path}: schemas of {len(lines)} taggable types, and more than 1,000 were expected")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
