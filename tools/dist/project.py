"""Facts and documents of the project that the packages contain."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHELLS = ("bash", "zsh", "fish", "powershell", "elvish")


@dataclass
class Project:
    """Everything in a package but the program."""

    version: str
    description: str
    license: str
    readme: str
    licenses: dict[str, bytes]
    sbom: bytes
    completions: dict[str, bytes] = field(default_factory=dict)
    maintainer: str = "taglint contributors <security@example.com>"

    @staticmethod
    def program(target: str) -> str:
        """The file name of the program on a platform."""
        return "taglint.exe" if "windows" in target else "taglint"

    def documents(self) -> dict[str, bytes]:
        """The files beside the program in an archive."""
        changes = (ROOT / "CHANGELOG.md").read_bytes()
        out = {"README.md": self.readme.encode(), "CHANGELOG.md": changes, "taglint.cyclonedx.json": self.sbom}
        names = {"zsh": "_taglint", "fish": "taglint.fish", "powershell": "taglint.ps1"}
        for shell, text in self.completions.items():
            out[f"completions/{names.get(shell, 'taglint.' + shell)}"] = text
        return out | self.licenses


def load(target: str, runnable: Path, features: list[str]) -> Project:
    """Reads the metadata of the crates; `runnable` is a program for this machine, which prints the completions."""
    metadata = json.loads(run(["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target,
                               *features]))
    packages = {package["id"]: package for package in metadata["packages"]}
    own = packages[metadata["resolve"]["root"]]
    shipped = [packages[i] for i in sorted(contained(metadata))]
    licenses = {path.name: path.read_bytes() for path in sorted(ROOT.glob("LICENSE-*"))}
    licenses["THIRD-PARTY-NOTICES.txt"] = notices([p for p in shipped if p["id"] != own["id"]])
    completions = {shell: run([str(runnable), "completions", shell]) for shell in SHELLS}
    return Project(own["version"], own["description"], own["license"], (ROOT / "README.md").read_text(), licenses,
                   sbom(own, shipped, metadata), completions)


def run(command: list[str]) -> bytes:
    """The standard output of a command that must succeed."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def contained(metadata: dict) -> set[str]:
    """The crates whose code is in the program: no build scripts, no tests, no macros' own dependencies."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    macros = {package["id"] for package in metadata["packages"]
              if any("proc-macro" in t["kind"] for t in package["targets"])}
    found, open_nodes = set(), [metadata["resolve"]["root"]]
    while open_nodes:
        node = open_nodes.pop()
        if node in found or node in macros:
            continue
        found.add(node)
        open_nodes += [d["pkg"] for d in nodes[node]["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
    return found


def notices(packages: list[dict]) -> bytes:
    """The licenses of the crates in the program: each text once, with the crates that it belongs to."""
    texts: dict[str, list[str]] = {}
    for package in packages:
        folder = Path(package["manifest_path"]).parent
        names = [f for f in sorted(folder.iterdir()) if f.is_file()
                 and f.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"))]
        title = f"{package['name']} {package['version']} ({package['license']})"
        for text in [f.read_text(errors="replace").strip() for f in names] or ["(the crate contains no license text)"]:
            texts.setdefault(text, []).append(title)
    parts = ["\n".join(sorted(titles)) + "\n\n" + text for text, titles in texts.items()]
    return ("The program contains code of these crates.\n\n" + ("\n\n" + "-" * 80 + "\n\n").join(sorted(parts)) + "\n").encode()


def sbom(own: dict, packages: list[dict], metadata: dict) -> bytes:
    """A CycloneDX 1.5 document of the crates in the program."""
    reference = lambda package: f"pkg:cargo/{package['name']}@{package['version']}"
    by_id = {package["id"]: package for package in packages}

    def component(package: dict) -> dict:
        out = {"type": "application" if package is own else "library", "bom-ref": reference(package),
               "name": package["name"], "version": package["version"], "purl": reference(package)}
        if package["license"]:
            out["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        return out

    dependencies = [
        {"ref": reference(by_id[node["id"]]),
         "dependsOn": sorted(reference(by_id[d["pkg"]]) for d in node["deps"] if d["pkg"] in by_id
                             and any(k["kind"] is None for k in d["dep_kinds"]))}
        for node in metadata["resolve"]["nodes"] if node["id"] in by_id
    ]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": component(own)},
        "components": sorted((component(p) for p in packages if p is not own), key=lambda c: c["bom-ref"]),
        "dependencies": sorted(dependencies, key=lambda d: d["ref"]),
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
