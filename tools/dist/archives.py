"""Archives with the same bytes for the same content: sorted names, one time, no owner."""

import gzip
import hashlib
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

# The time of the commit, as https://reproducible-builds.org/specs/source-date-epoch/ defines it.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1577836800"))


def tar(files: dict[str, tuple[bytes, int]], owner: int = 0) -> bytes:
    """An uncompressed tar archive; `files` gives content and mode of each path. Folders are added."""
    out = io.BytesIO()
    folders = {str(parent) for name in files for parent in Path(name).parents if str(parent) != "."}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(folders | set(files)):
            content, mode = files.get(name, (b"", 0o755))
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.mode, entry.uid, entry.gid = EPOCH, mode, owner, owner
            if name in files:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
    return out.getvalue()


def gz(content: bytes) -> bytes:
    """Compressed without name and time."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(content)
    return out.getvalue()


def xz(content: bytes) -> bytes:
    """A third smaller than `gz`, for readers that certainly have it."""
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def ar(members: list[tuple[str, bytes]]) -> bytes:
    """The archive format of Debian packages."""
    out = b"!<arch>\n"
    for name, content in members:
        header = f"{name:<16}{EPOCH:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
        out += header.encode() + content + (b"\n" if len(content) % 2 else b"")
    return out


def zip_archive(files: list[tuple[str, bytes, int]]) -> bytes:
    """A zip archive; the order of the files is kept, because a wheel ends with its metadata."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def sha256(content: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
