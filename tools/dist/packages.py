"""The packages that carry the program: wheel, tarball, Debian package, npm package, layer of an image."""

import base64
import hashlib
import json

from archives import ar, gz, sha256, tar, xz, zip_archive
from project import Project

# Names of one platform: Rust's, and those of the package formats. No entry: the format is not made for it.
PLATFORMS = {
    "x86_64-unknown-linux-gnu": {"wheel": "manylinux2014_x86_64.manylinux_2_17_x86_64"},
    "x86_64-unknown-linux-musl": {
        "wheel": "musllinux_1_1_x86_64", "deb": "amd64", "npm": ("linux", "x64"), "image": "amd64",
    },
    "aarch64-unknown-linux-musl": {
        "wheel": "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64", "deb": "arm64",
        "npm": ("linux", "arm64"), "image": "arm64",
    },
    "aarch64-apple-darwin": {"wheel": "macosx_11_0_arm64", "npm": ("darwin", "arm64")},
    "x86_64-apple-darwin": {"wheel": "macosx_10_12_x86_64", "npm": ("darwin", "x64")},
    "x86_64-pc-windows-msvc": {"wheel": "win_amd64", "npm": ("win32", "x64")},
}


def wheel(project: Project, target: str, program: bytes) -> tuple[str, bytes]:
    """A wheel with the program as a script, and its SBOM as PEP 770 places it."""
    tags = PLATFORMS[target]["wheel"]
    root = f"taglint-{project.version}"
    info = f"{root}.dist-info"
    metadata = (
        f"Metadata-Version: 2.4\nName: taglint\nVersion: {project.version}\nSummary: {project.description}\n"
        f"License-Expression: {project.license}\n"
        + "".join(f"License-File: {name}\n" for name in sorted(project.licenses))
        + f"Requires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{project.readme}"
    )
    kinds = "".join(f"Tag: py3-none-{tag}\n" for tag in tags.split("."))
    files = [(f"{root}.data/scripts/{project.program(target)}", program, 0o755)]
    files += [(f"{root}.data/data/{name}", text, 0o644) for name, text in sorted(project.share().items())]
    files += [(f"{info}/licenses/{name}", text, 0o644) for name, text in sorted(project.licenses.items())]
    files += [
        (f"{info}/sboms/taglint.cyclonedx.json", project.sbom, 0o644),
        (f"{info}/METADATA", metadata.encode(), 0o644),
        (f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: tools/dist\nRoot-Is-Purelib: false\n{kinds}".encode(), 0o644),
    ]
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data, _ in files)
    files.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode(), 0o644))
    return f"{root}-py3-none-{tags}.whl", zip_archive(files)


def tarball(project: Project, target: str, program: bytes) -> tuple[str, bytes]:
    """The tarball that examples/ci/install.sh, action.yml and cargo-binstall download."""
    root = f"taglint-{project.version}-{target}"
    files = {f"{root}/{project.program(target)}": (program, 0o755)}
    files |= {f"{root}/{name}": (text, 0o644) for name, text in project.documents().items()}
    return f"{root}.tar.gz", gz(tar(files))


def debian(project: Project, target: str, program: bytes) -> tuple[str, bytes]:
    """A Debian package without dependencies: the program is static."""
    architecture = PLATFORMS[target]["deb"]
    files = {"usr/bin/taglint": (program, 0o755)}
    for name, text in project.documents().items():
        if not name.startswith(("completions/", "man/")):
            files[f"usr/share/doc/taglint/{name}"] = (text, 0o644)
    for name, text in project.share().items():
        if "/man/" in name:
            name, text = f"{name}.gz", gz(text)
        files[f"usr/{name.replace('site-functions', 'vendor-completions')}"] = (text, 0o644)
    size = sum(len(content) for content, _ in files.values()) // 1024
    control = (
        f"Package: taglint\nVersion: {project.version}\nArchitecture: {architecture}\nSection: utils\nPriority: optional\n"
        f"Installed-Size: {size}\nMaintainer: {project.maintainer}\nDescription: {project.description}\n"
    )
    sums = "".join(f"{hashlib.md5(content).hexdigest()}  {name}\n" for name, (content, _) in sorted(files.items()))
    parts = {"control": (control.encode(), 0o644), "md5sums": (sums.encode(), 0o644)}
    members = [("debian-binary", b"2.0\n"), ("control.tar.xz", xz(tar(parts))), ("data.tar.xz", xz(tar(files)))]
    return f"taglint_{project.version}_{architecture}.deb", ar(members)


def npm(project: Project, target: str, program: bytes) -> tuple[str, bytes]:
    """An npm package with the program of one platform; npm refuses it on others."""
    system, processor = PLATFORMS[target]["npm"]
    name = project.program(target)
    manifest = {
        "name": f"taglint-{system}-{processor}", "version": project.version, "description": project.description,
        "license": project.license, "os": [system], "cpu": [processor], "bin": {"taglint": f"bin/{name}"},
        "man": [f"./man/{page}" for page in project.manual], "files": ["bin", "man"],
    }
    files = {"package/package.json": ((json.dumps(manifest, indent=2) + "\n").encode(), 0o644),
             f"package/bin/{name}": (program, 0o755)}
    files |= {f"package/man/{page}": (text, 0o644) for page, text in project.manual.items()}
    files |= {f"package/{file}": (text, 0o644) for file, text in project.licenses.items()}
    return f"taglint-{system}-{processor}-{project.version}.tgz", gz(tar(files))


def image(project: Project, target: str, program: bytes, certificates: bytes) -> tuple[str, bytes]:
    """An image as `docker load` and every OCI tool read it: one layer with the program, the certificates and a user."""
    user = b"nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n"
    layer = tar({
        "usr/bin/taglint": (program, 0o755),
        "etc/ssl/certs/ca-certificates.crt": (certificates, 0o644),
        "etc/passwd": (user, 0o644),
        "etc/group": (b"nonroot:x:65532:\n", 0o644),
    } | {f"usr/share/doc/taglint/{name}": (text, 0o644) for name, text in project.licenses.items()})
    compressed = gz(layer)
    config = json.dumps({
        "architecture": PLATFORMS[target]["image"], "os": "linux", "created": "2020-01-01T00:00:00Z",
        "config": {"User": "65532:65532", "Entrypoint": ["/usr/bin/taglint"], "WorkingDir": "/work",
                   "Env": ["PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
                   "Labels": {"org.opencontainers.image.version": project.version,
                              "org.opencontainers.image.licenses": project.license}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
    }, sort_keys=True).encode()
    part = lambda kind, data: {"mediaType": f"application/vnd.oci.image.{kind}", "size": len(data),
                               "digest": f"sha256:{sha256(data)}"}
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": part("config.v1+json", config), "layers": [part("layer.v1.tar+gzip", compressed)],
    }, sort_keys=True).encode()
    index = json.dumps({"schemaVersion": 2, "manifests": [part("manifest.v1+json", manifest)]}, sort_keys=True).encode()
    files = {f"blobs/sha256/{sha256(data)}": (data, 0o644) for data in (config, manifest, compressed)}
    files |= {"index.json": (index, 0o644), "oci-layout": (b'{"imageLayoutVersion":"1.0.0"}', 0o644)}
    return f"taglint-{project.version}-{PLATFORMS[target]['image']}.oci.tar", tar(files)
