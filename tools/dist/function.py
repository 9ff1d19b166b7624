#!/usr/bin/env python3
"""Builds the zip of a Lambda function, with the same bytes for the same files.

    tools/dist/function.py scan PROGRAM POLICY OUT.zip      # examples/ci/lambda-bootstrap.sh: scans its account
    tools/dist/function.py events PROGRAM POLICY OUT.zip    # examples/events/handler.py: checks each new resource

PROGRAM is the static program of a release for Linux, POLICY the file that becomes taglint.toml.
"""

import sys
from pathlib import Path

from archives import sha256, zip_archive
from project import ROOT

# AWS Lambda Developer Guide, "Lambda quotas": the most that a function's files have unpacked.
MOST = 250 * 1024 * 1024
FILES = {"scan": ("bootstrap", "examples/ci/lambda-bootstrap.sh", 0o755),
         "events": ("handler.py", "examples/events/handler.py", 0o644)}


def build(kind, program, policy):
    """The zip with the function's own file, the program and the policy."""
    name, source, mode = FILES[kind]
    files = [(name, (ROOT / source).read_bytes(), mode),
             ("taglint", program.read_bytes(), 0o755),
             ("taglint.toml", policy.read_bytes(), 0o644)]
    size = sum(len(content) for _, content, _ in files)
    if size > MOST:
        sys.exit(f"{program}: {size:,} bytes with the other files, and a function takes {MOST:,}: strip the program")
    return zip_archive(files)


def main(arguments):
    if len(arguments) != 4 or arguments[0] not in FILES:
        sys.exit(__doc__)
    kind, (program, policy, out) = arguments[0], map(Path, arguments[1:])
    content = build(kind, program, policy)
    out.write_bytes(content)
    print(f"{sha256(content)}  {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
