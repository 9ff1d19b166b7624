#!/usr/bin/env python3
"""Builds the program for a platform and makes its packages.

    tools/dist/dist.py build TARGET [--std]                cargo zigbuild; prints the path of the program
    tools/dist/dist.py package TARGET PROGRAM --out FOLDER  makes every package of the platform from a program
    tools/dist/dist.py checksums FOLDER                    writes sha256sums.txt
    tools/dist/dist.py twice TARGET                        builds in two folders and compares program and packages

docs/contributing/releasing.md explains the release. The same program gives the same bytes in every package.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import packages  # noqa: E402
from archives import sha256  # noqa: E402
from project import ROOT, load  # noqa: E402

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def build(target: str, std: bool, features: list[str]) -> int:
    """Compiles with paths that do not depend on the machine; glibc 2.17 is that of manylinux2014.

    `std` compiles the standard library too, from the source in the sysroot: for compilers that come with that of their
    own platform only, such as Debian's. With cargo-auditable, the program contains the list of its crates, which
    `cargo audit bin` and other scanners read.
    """
    # A panic ends the program, so nothing reads the tables for unwinding. Other systems use them for more.
    tables = ["-Cforce-unwind-tables=no"] if "-linux-" in target else []
    flags = [*remapped("--remap-path-prefix="), *tables, *static(target, std)]
    environment = os.environ | {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags)}
    if " " in str(ROOT):
        sys.exit(f"{ROOT}: the path has a space, at which CFLAGS would be separated; build in another folder")
    # The C code of ring and zstd. Its assertions name files, too.
    environment["CFLAGS"] = " ".join([*remapped("-ffile-prefix-map="), os.environ.get("CFLAGS", "")]).strip()
    zig = target + ".2.17" if target.endswith("-linux-gnu") else target
    command = ["cargo", "zigbuild" if "-linux-" in target else "build"]
    if shutil.which("cargo-auditable"):
        command.insert(1, "auditable")
    else:
        print("cargo-auditable is not installed: the program has no list of its crates", file=sys.stderr)
    if std:
        command += ["-Zbuild-std=std,panic_abort"]
        environment["RUSTC_BOOTSTRAP"] = "1"
    code = subprocess.run([*command, *features, "--locked", "--profile", "dist", "--target", zig], cwd=ROOT, env=environment).returncode
    folder = Path(environment.get("CARGO_TARGET_DIR", ROOT / "target"))
    print(folder / target / "dist" / ("taglint.exe" if "windows" in target else "taglint"))
    return code


def remapped(flag: str) -> list[str]:
    """A flag for each folder of this machine that a compiler would write into the program."""
    compiler = os.environ.get("RUSTC", "rustc")
    sysroot = subprocess.run([compiler, "--print", "sysroot"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    folders = {"/taglint": ROOT, "/cargo": Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")),
               "/rust": Path(sysroot.stdout.strip()), "/target": Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))}
    # The last one that matches counts, and one folder may contain another.
    order = sorted(folders.items(), key=lambda item: len(str(item[1])))
    return [f"{flag}{folder}={name}" for name, folder in order]


def static(target: str, std: bool) -> list[str]:
    """Zig has the start files and the C library of musl, which such a compiler lacks."""
    return ["-Clink-self-contained=no"] if std and "-musl" in target else []


def package(target: str, program: Path, out: Path, features: list[str]) -> int:
    """Writes each package that the platform has, and prints its size."""
    project, content = load(target, features), program.read_bytes()
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


def twice(target: str, std: bool, features: list[str]) -> int:
    """Builds the committed files in two folders, and compares the programs and their packages byte for byte."""
    flags = [*(["--std"] if std else []), *(["--no-default-features"] if features else [])]
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    digests = []
    with tempfile.TemporaryDirectory() as name:
        # Of different depth and length, so that a path in the program changes its size.
        for folder in (Path(name, "one"), Path(name, "the-second-folder", "with", "more", "levels")):
            folder.mkdir(parents=True)
            subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
            environment = os.environ | {"CARGO_TARGET_DIR": str(folder / "target")}
            script = [sys.executable, str(folder / "tools/dist/dist.py")]
            built = subprocess.run([*script, "build", target, *flags], cwd=folder, env=environment, check=True,
                                   stdout=subprocess.PIPE, text=True).stdout.strip()
            with contextlib.redirect_stdout(sys.stderr):
                package(target, Path(built), folder / "packages", features)
            files = [Path(built), *sorted((folder / "packages").iterdir())]
            digests.append({file.name: sha256(file.read_bytes()) for file in files})
    for file, digest in digests[0].items():
        print(digest, "equal    " if digests[1].get(file) == digest else "DIFFERENT", file)
    return int(digests[0] != digests[1])


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
    sub = commands.add_parser("build")
    sub.add_argument("target", choices=targets)
    sub = commands.add_parser("package")
    sub.add_argument("target", choices=targets)
    sub.add_argument("program", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--no-default-features", action="store_true", help="the program was built with this flag")
    sub = commands.add_parser("twice")
    sub.add_argument("target", choices=targets)
    for name in ("build", "twice"):
        sub = commands.choices[name]
        sub.add_argument("--std", action="store_true", help="compile the standard library too")
        sub.add_argument("--no-default-features", action="store_true", help="without the AWS SDK")
    commands.add_parser("checksums").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "checksums":
        return checksums(arguments.folder)
    features = ["--no-default-features", "--features=sarif"] if arguments.no_default_features else []
    if arguments.command == "build":
        return build(arguments.target, arguments.std, features)
    if arguments.command == "twice":
        return twice(arguments.target, arguments.std, features)
    return package(arguments.target, arguments.program.resolve(), arguments.out, features)


if __name__ == "__main__":
    sys.exit(main())
