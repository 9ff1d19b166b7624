#!/usr/bin/env python3
"""Makes the packages of a program, installs each and runs what it installed.

    tools/dist/test_dist.py PROGRAM [--no-default-features]

A tool that is missing (npm, dpkg-deb, pre-commit) is said, and fails with TAGLINT_ALL_TESTS; CI has all of them.
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


def completions(script: Path, programs: Path) -> None:
    """Completes values in bash: the rules of the policy, types, and profiles of AWS."""
    home = script.parent / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/config").write_text("[default]\nregion = eu-west-1\n[profile audit]\n")
    (home / "taglint.toml").write_text('version = 1\n[[rule]]\nid = "team-tag"\nkey = "Team"\nrequired = true\n')
    cases = [(["check", "--select"], "team", "team-tag"), (["policy", "export", "--resources"], "dynamodb", "dynamodb:table")]
    if "\n  scan " in run(programs / "taglint", "--help"):
        cases.append((["scan", "--profile"], "au", "audit"))
    for words, typed, expected in cases:
        line = ["taglint", *words, typed]
        text = f"source {script}; COMP_WORDS=({' '.join(line)}); COMP_CWORD={len(line) - 1}; " + \
            f"_taglint taglint {typed} {line[-2]}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        offered = run("bash", "-c", text, cwd=home, env={"HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}"})
        assert expected in offered.split(), (words, offered)


def wheel(packages: Path, scratch: Path) -> Path:
    # The name says musl, and this machine may have glibc only: the program is what this machine runs.
    renamed = scratch / one(packages, "*.whl").name.replace("musllinux_1_1", "linux")
    shutil.copy(one(packages, "*.whl"), renamed)
    run(sys.executable, "-m", "venv", scratch / "venv")
    run(scratch / "venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", renamed)
    files = run(scratch / "venv/bin/pip", "show", "--files", "taglint")
    assert "sboms/taglint.cyclonedx.json" in files and "THIRD-PARTY-NOTICES.txt" in files, files
    page = (scratch / "venv/share/man/man1/taglint-check.1").read_text()
    assert ".TH taglint-check 1" in page and "fail\\-on" in page, page
    completions((scratch / "venv/share/bash-completion/completions/taglint"), scratch / "venv/bin")
    return scratch / "venv/bin/taglint"


def tarball(packages: Path, scratch: Path) -> Path:
    with tarfile.open(one(packages, "*.tar.gz")) as archive:
        archive.extractall(scratch, filter="data")
    folder = one(scratch, "taglint-*")
    for name in ("LICENSE-MIT", "README.md", "completions/_taglint", "man/taglint.1", "taglint.cyclonedx.json"):
        assert (folder / name).stat().st_size > 0, name
    return folder / "taglint"


def debian(packages: Path, scratch: Path) -> Path:
    package = one(packages, "*.deb")
    assert "Package: taglint" in run("dpkg-deb", "--info", package)
    run("dpkg-deb", "--extract", package, scratch)
    assert (scratch / "usr/share/man/man1/taglint-policy-list.1.gz").exists()
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


def pre_commit(packages: Path, scratch: Path) -> None:
    """Runs the hook of this repository with the real pre-commit, which installs the wheel."""
    wheels, hooks, work = scratch / "wheels", scratch / "hooks", scratch / "work"
    for folder in (wheels, hooks / "tools/dist", work):
        folder.mkdir(parents=True)
    shutil.copy(one(packages, "*.whl"), wheels / one(packages, "*.whl").name.replace("musllinux_1_1", "linux"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "Cargo.toml", "tools/dist/hook.py", "tools/dist/archives.py"):
        shutil.copy(HERE.parents[1] / name, hooks / name)
    environment = os.environ | {"PRE_COMMIT_HOME": str(scratch / "home"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels),
                                "GIT_CONFIG_GLOBAL": str(scratch / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    # A hook that runs this script has variables of its own repository.
    environment = {name: value for name, value in environment.items()
                   if not name.startswith(("GIT_DIR", "GIT_INDEX", "GIT_WORK"))}
    (scratch / "gitconfig").write_text(
        "[user]\nname = test\nemail = test@example.com\n[commit]\ngpgsign = false\n[protocol \"file\"]\nallow = always\n")

    def git(folder: Path, *words: str) -> str:
        return run("git", *words, cwd=folder, env=environment).strip()

    for folder in (hooks, work):
        git(folder, "init", "--quiet")
    git(hooks, "add", ".")
    git(hooks, "commit", "--quiet", "--message", "hooks")
    (work / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD')}\n  hooks:\n  - id: taglint\n")

    def hook(name: str, text: str, code: int, *expected: str) -> None:
        path = work / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        git(work, "add", ".")
        done = subprocess.run(["pre-commit", "run", "--verbose"], cwd=work, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == code and all(word in done.stdout for word in expected), (name, code, done.stdout)
        git(work, "commit", "--quiet", "--message", name)

    policy = 'version = 1\n[[rule]]\nid = "owner"\nkey = "Owner"\nrequired = true\n'
    hook("taglint.toml", policy, 0, "nothing to check in this folder")
    hook("compose.yaml", "services:\n  web:\n    image: web\n", 0, "skipped", "compose.yaml")
    hook("infra/main.tf", 'provider "aws" {}\n\nresource "aws_iam_user" "u" {\n  name = "u"\n}\n', 1, "infra/main.tf:3", "owner")
    config = work / ".pre-commit-config.yaml"
    hook("compose.yaml", "services: {}\n", 1, "infra/main.tf:3")
    # Names of changed files instead of the whole repository.
    config.write_text(config.read_text() + "    args: []\n    pass_filenames: true\n")
    hook("compose.yaml", "services: {a: {image: b}}\n", 0, "skipped compose.yaml: not an input")
    hook("infra/main.tf", 'resource "aws_iam_user" "u" {\n  tags = { Owner = "a" }\n  name = "u"\n}\n', 0, "Passed")
    hook("infra/main.tf", 'resource "aws_iam_user" "u" {\n', 1, "infra/main.tf:")


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
            if tool and not shutil.which(tool) and os.environ.get("TAGLINT_ALL_TESTS"):
                sys.exit(f"{tool} is missing")
            if tool and not shutil.which(tool):
                print(f"{install.__name__}: skipped, {tool} is not installed")
                continue
            folder = scratch / install.__name__
            folder.mkdir()
            installed = install(scratch / "first", folder)
            assert run(installed, "--version") == expected, installed
            print(f"{install.__name__}: {expected.strip()}")
        if shutil.which("pre-commit"):
            (scratch / "hook").mkdir()
            pre_commit(scratch / "first", scratch / "hook")
            print("pre-commit: the hook")
        elif os.environ.get("TAGLINT_ALL_TESTS"):
            sys.exit("pre-commit is missing")
        else:
            print("pre-commit: skipped, it is not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
