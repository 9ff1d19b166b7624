#!/usr/bin/env python3
"""Compares the tagging names of the table with Cloud Custodian's (PyPI, `c7n`), which people write by hand.

    tools/types/compare_c7n.py

Prints each type of CloudFormation whose service or type of ARN differs, and the counts.
"""

import argparse
import pathlib

from vocabulary import c7n, packages
from vocabulary.table import ROOT, TABLE, read_table

PACKAGE = "c7n"


def differences(facts, rows):
    """(how many agree, a sentence for each that differs)"""
    same, out = 0, []
    tagging = {row.cell("cloudformation"): row.tagging() for row in rows if row.tagging()}
    for name in sorted(set(facts) & set(tagging)):
        theirs = f"{facts[name].service}:{facts[name].arn_type.split('/')[0]}"
        # The service of c7n may be that of the API (`elbv2`), not that of the ARN.
        words = [ours.split(":")[1] for ours in tagging[name]]
        if theirs in tagging[name] or theirs.split(":")[1] in words:
            same += 1
        else:
            out.append(f"{name}: {', '.join(tagging[name])}; c7n says {theirs}")
    return same, out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "target/types", help="the folder of downloads")
    arguments = parser.parse_args()
    archive = packages.pypi(PACKAGE, packages.pins()["pypi"][PACKAGE], arguments.cache, offline=False)
    same, out = differences(c7n.read(archive), read_table(TABLE))
    print("\n".join([*out, f"{same} same, {len(out)} different"]))


if __name__ == "__main__":
    main()
