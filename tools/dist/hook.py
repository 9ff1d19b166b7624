"""Builds the empty package that pre-commit installs: its only content is the dependency on the wheel of this version.

A build backend as PEP 517 defines it, without dependencies of its own, so that only the wheel is downloaded.
"""

import re
from pathlib import Path

from archives import zip_archive


def build_wheel(directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    """Writes the wheel into a folder and returns its name."""
    manifest = (Path(__file__).resolve().parents[2] / "Cargo.toml").read_text()
    version = re.search(r'^version = "([^"]+)"$', manifest, re.MULTILINE).group(1)
    info = f"taglint_hook-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: taglint-hook\nVersion: {version}\nRequires-Dist: taglint=={version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: tools/dist/hook.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
    files = [("METADATA", metadata), ("WHEEL", tags), ("RECORD", record)]
    name = f"taglint_hook-{version}-py3-none-any.whl"
    (Path(directory) / name).write_bytes(zip_archive([(f"{info}/{file}", text.encode(), 0o644) for file, text in files]))
    return name
