"""Downloads the pinned packages with the ordinary clients of their registries, and opens them."""

import json
import pathlib
import re
import shutil
import subprocess
import tarfile
import zipfile

from .layout import LayoutError

PINS = pathlib.Path(__file__).resolve().parent.parent / "packages.json"


class MissingPackage(Exception):
    """A package is not in the folder of downloads, or its client is not on this machine."""


def pins():
    """The pinned versions: registry → package → version."""
    return json.loads(PINS.read_text())


class Archive:
    """A wheel or an npm tarball, read in place."""

    def __init__(self, package, path):
        self.package = package
        self.path = path
        if path.suffix == ".whl":
            self._zip = zipfile.ZipFile(path)
            self.names = self._zip.namelist()
        else:
            self._tar = tarfile.open(path)
            self.names = self._tar.getnames()

    def read(self, name):
        """The bytes of a member."""
        if name not in self.names:
            raise LayoutError(self.package, f"the file {name} in {self.path.name}")
        if self.path.suffix == ".whl":
            return self._zip.read(name)
        return self._tar.extractfile(name).read()

    def below(self, folder, suffix):
        """The members of a folder, at any depth, in the order of their names."""
        return sorted(name for name in self.names if name.startswith(folder) and name.endswith(suffix))


def pypi(package, version, folder, offline):
    """A wheel from PyPI. Dependencies are not fetched, and nothing of the package runs."""
    stem = re.sub(r"[-_.]+", "_", package)
    arguments = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    name = f"{stem}-{version}-*.whl"
    return _fetched(package, version, name, [*arguments, f"{package}=={version}"], folder, offline)


def npm(package, version, folder, offline):
    """A tarball from the npm registry; `npm pack` runs no script of the package."""
    stem = package.removeprefix("@").replace("/", "-")
    arguments = ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"]
    return _fetched(package, version, f"{stem}-{version}.tgz", arguments, folder, offline)


def _fetched(package, version, name, command, folder, offline):
    folder.mkdir(parents=True, exist_ok=True)
    path = next(iter(sorted(folder.glob(name))), None)
    if path is None and offline:
        raise MissingPackage(f"{package} {version} is not in {folder}")
    if path is None:
        if shutil.which(command[0]) is None:
            raise MissingPackage(f"{package} {version} needs {command[0]} on the PATH")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingPackage(f"{' '.join(command)}: {done.stderr.strip()}")
        path = next(iter(sorted(folder.glob(name))), None)
    if path is None:
        raise LayoutError(package, f"`{' '.join(command)}` to write a file for version {version} to {folder}")
    return Archive(f"{package} {version}", path)


def latest(registry, package):
    """The newest version that a registry serves."""
    if registry == "npm":
        command = ["npm", "view", package, "version"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    command = ["pip", "index", "versions", package]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.match(rf"{re.escape(package)} \(([^)]+)\)", text)
    if not found:
        raise LayoutError(package, f"`{' '.join(command)}` to print the newest version in its first line")
    return found.group(1)
