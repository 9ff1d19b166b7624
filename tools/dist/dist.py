#!/usr/bin/env python3
"""Builds the program for a platform and makes its packages.

    tools/dist/dist.py build TARGET                        cargo zigbuild; prints the path of the program
    tools/dist/dist.py package TARGET PROGRAM --out FOLDER  makes every package of the platform from a program
    tools/dist/dist.py checksums FOLDER                    writes sha256sums.txt

docs/contributing/releasing.md explains the release. The same program gives the same bytes in every package.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import packages  # noqa: E402
from archives import sha256  # noqa: E402
from project import ROOT, load  # noqa: E402

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def build(target: str) -> int:
    """Compiles with paths that do not depend on the machine; glibc 2.17 is that of manylinux2014."""
    cargo_home = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
    flags = [f"--remap-path-prefix={ROOT}=/taglint", f"--remap-path-prefix={cargo_home}=/cargo"]
    environment = os.environ | {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags)}
    zig = target + ".2.17" if target.endswith("-linux-gnu") else target
    command = ["zigbuild" if "-linux-" in target else "build"]
    code = subprocess.run(["cargo", *command, "--locked", "--profile", "dist", "--target", zig], cwd=ROOT,
                          env=environment).returncode
    folder = Path(environment.get("CARGO_TARGET_DIR", ROOT / "target"))
    print(folder / target / "dist" / ("taglint.exe" if "windows" in target else "taglint"))
    return code


def package(target: str, program: Path, out: Path, runnable: Path, features: list[str]) -> int:
    """Writes each package that the platform has, and prints its size."""
    project, content = load(target, runnable, features), program.read_bytes()
    made = [packages.wheel(project, target, content), packages.tarball(project, target, content)]
    platform = packages.PLATFORMS[target]
    if "deb" in platform:
        made.append(packages.debian(project, target, content))
    if "npm" in platform:
        made.append(packages.npm(project, target, content))
    if "image" in platform:
        if not CERTIFICATES.exists():
            sys.exit(f"{CERTIFICATES} is missing: install ca-certificates, which the image contains")
        made.append(packages.image(project, target, content, CERTIFICATES.read_bytes()))
    out.mkdir(parents=True, exist_ok=True)
    for name, data in made:
        (out / name).write_bytes(data)
        print(f"{len(data):>12}  {name}")
    return 0


def checksums(folder: Path) -> int:
    """The file that the action and the installer compare with."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "sha256sums.txt")
    text = "".join(f"{sha256(path.read_bytes())}  {path.name}\n" for path in files)
    (folder / "sha256sums.txt").write_text(text)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    targets = sorted(packages.PLATFORMS)
    commands.add_parser("build").add_argument("target", choices=targets)
    sub = commands.add_parser("package")
    sub.add_argument("target", choices=targets)
    sub.add_argument("program", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--runnable", type=Path, help="a program for this machine, if PROGRAM is for another one")
    sub.add_argument("--no-default-features", action="store_true", help="the program was built with this flag")
    commands.add_parser("checksums").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "build":
        return build(arguments.target)
    if arguments.command == "checksums":
        return checksums(arguments.folder)
    features = ["--no-default-features"] if arguments.no_default_features else []
    program = arguments.program.resolve()
    return package(arguments.target, program, arguments.out, (arguments.runnable or program).resolve(), features)


if __name__ == "__main__":
    sys.exit(main())
