#!/usr/bin/env python3
"""Makes the packages of a program, installs each and runs what it installed.

    tools/dist/test_dist.py PROGRAM [--no-default-features]

A tool that is missing (npm, dpkg-deb) is said; CI has all of them.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = "x86_64-unknown-linux-musl"


def run(*command: object, **options: object) -> str:
    """The standard output of a command that must succeed."""
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def one(folder: Path, pattern: str) -> Path:
    """The only file of a pattern."""
    (path,) = folder.glob(pattern)
    return path


def wheel(packages: Path, scratch: Path) -> Path:
    # The name says musl, and this machine may have glibc only: the program is what this machine runs.
    renamed = scratch / one(packages, "*.whl").name.replace("musllinux_1_1", "linux")
    shutil.copy(one(packages, "*.whl"), renamed)
    run(sys.executable, "-m", "venv", scratch / "venv")
    run(scratch / "venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", renamed)
    files = run(scratch / "venv/bin/pip", "show", "--files", "taglint")
    assert "sboms/taglint.cyclonedx.json" in files and "THIRD-PARTY-NOTICES.txt" in files, files
    return scratch / "venv/bin/taglint"


def tarball(packages: Path, scratch: Path) -> Path:
    with tarfile.open(one(packages, "*.tar.gz")) as archive:
        archive.extractall(scratch, filter="data")
    folder = one(scratch, "taglint-*")
    for name in ("LICENSE-MIT", "README.md", "completions/_taglint", "taglint.cyclonedx.json"):
        assert (folder / name).stat().st_size > 0, name
    return folder / "taglint"


def debian(packages: Path, scratch: Path) -> Path:
    package = one(packages, "*.deb")
    assert "Package: taglint" in run("dpkg-deb", "--info", package)
    run("dpkg-deb", "--extract", package, scratch)
    return scratch / "usr/bin/taglint"


def npm(packages: Path, scratch: Path) -> Path:
    run("npm", "install", "--global", "--offline", "--no-audit", "--no-fund", "--silent", "--prefix", scratch,
        one(packages, "*.tgz"), env=os.environ | {"HOME": str(scratch)})
    return scratch / "bin/taglint"


def image(packages: Path, scratch: Path) -> Path:
    """Follows the digests from the index to the layer, and unpacks it."""
    with tarfile.open(one(packages, "*.oci.tar")) as archive:
        archive.extractall(scratch / "oci", filter="data")

    def blob(part: dict) -> bytes:
        content = (scratch / "oci/blobs/sha256" / part["digest"].removeprefix("sha256:")).read_bytes()
        assert "sha256:" + hashlib.sha256(content).hexdigest() == part["digest"] and len(content) == part["size"], part
        return content

    manifest = json.loads(blob(json.loads((scratch / "oci/index.json").read_text())["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    assert config["config"]["User"] == "65532:65532", config
    (scratch / "layer.tar.gz").write_bytes(blob(manifest["layers"][0]))
    with tarfile.open(scratch / "layer.tar.gz") as archive:
        archive.extractall(scratch / "root", filter="data")
    assert (scratch / "root/etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000
    return scratch / "root" / config["config"]["Entrypoint"][0].lstrip("/")


def main() -> int:
    program, flags = Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for out in ("first", "second"):
            run(HERE / "dist.py", "package", TARGET, program, "--out", scratch / out, *flags)
            run(HERE / "dist.py", "checksums", scratch / out)
        first, second = (scratch / out / "sha256sums.txt" for out in ("first", "second"))
        assert first.read_text() == second.read_text(), "two runs made different bytes"
        run("sha256sum", "--check", "--strict", "--quiet", first, cwd=first.parent)
        expected = run(program, "--version")
        for install, tool in ((wheel, None), (tarball, None), (debian, "dpkg-deb"), (npm, "npm"), (image, None)):
            if tool and not shutil.which(tool):
                print(f"{install.__name__}: skipped, {tool} is not installed")
                continue
            folder = scratch / install.__name__
            folder.mkdir()
            installed = install(scratch / "first", folder)
            assert run(installed, "--version") == expected, installed
            print(f"{install.__name__}: {expected.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
