#!/usr/bin/env python3
"""Compares the table with Terraform's own correspondence of tagging names, CloudFormation types and Terraform types.

    tools/types/compare_terraform.py tagris-cfn-terraform-mapping.csv

The file is in the repository hashicorp/terraform-provider-aws, in internal/tags/tagpolicy/. It is not part of this project.
It has one type a line: CloudFormation type, tagging name, Terraform type. `untagged` is a type of the line that exists and
has no tags as far as our sources say; `missing`, that no source has it. Exit 1 where a line differs.
"""

import argparse
import csv
import pathlib
import sys
from collections import Counter

from vocabulary.table import TABLE, UNTAGGED, read_table, read_untagged

HEADER = ["CFN Alias", "Tag Policies Alias", "Terraform Resource Type"]


def judge(table, untagged, cloudformation, tagging, terraform):
    """(`same`, `different`, `untagged` or `missing`, the sentence) for one line"""
    named = [name for name in (cloudformation, tagging, terraform) if name]
    rows = {name: [row for row in table if name in row.names()] for name in named}
    absent = [name for name in named if not rows[name]]
    if absent:
        verdict = "untagged" if set(absent) & untagged else "missing"
        return verdict, f"{tagging}: no row has {', '.join(absent)}"
    if any(all(row in rows[name] for name in named) for row in rows[named[0]]):
        return "same", ""
    ours = "; ".join(f"{name} is {' = '.join(row.names())}" for name in named for row in rows[name])
    return "different", f"{tagging}: {cloudformation}, {terraform or 'no Terraform type'}; here {ours}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=pathlib.Path)
    arguments = parser.parse_args()
    table = read_table(TABLE)
    untagged = read_untagged(UNTAGGED)
    lines = list(csv.reader(arguments.csv.read_text().splitlines()))
    if not lines or lines[0] != HEADER:
        sys.exit(f"{arguments.csv}: expected the columns {', '.join(HEADER)} in the first line")
    counts = Counter()
    for line in lines[1:]:
        verdict, sentence = judge(table, untagged, *line)
        counts[verdict] += 1
        if sentence:
            print(f"{verdict}\t{sentence}")
    print(", ".join(f"{counts[verdict]} {verdict}" for verdict in ("same", "different", "untagged", "missing")))
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
