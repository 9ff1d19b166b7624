"""The schemas of CloudFormation's registry, as cfn-lint carries them (PyPI, `cfn-lint` 1.52 or later):
`providers/REGION.json` has the digest of each type's schema, `resources/DIGEST.json` the schema."""

import json
from dataclasses import dataclass

from .layout import demand, demand_count
from .schema import nested_sets, own_set

ROOT = "cfnlint/data/schemas/"
FIRST_REGION = "us-east-1"


@dataclass(frozen=True)
class CfnLintType:
    """The facts about one CloudFormation type: its sets of tags, and whether the schema states the first of them."""

    sets: tuple  # of (path, form)
    stated: bool
    stack_tags: str
    properties: frozenset
    # Whether the Cloud Control API can create the type: the Terraform provider `awscc` has it then.
    provisioned: bool


def read(archive, least=1500):
    """name → [`CfnLintType`], the schema of us-east-1 before those of other regions"""
    package = archive.package
    files = archive.below(ROOT + "providers/", ".json")
    demand(files, package, f"files {ROOT}providers/REGION.json")
    files.sort(key=lambda name: (not name.endswith(f"/{FIRST_REGION}.json"), name))
    digests = {}
    for file in files:
        index = json.loads(archive.read(file))
        demand(_is_index(index), package, f"a map of type names to digests in {file}")
        for name, digest in index.items():
            known = digests.setdefault(name, [])
            if digest not in known:
                known.append(digest)
    out = {name: _merged([_schema(archive, digest) for digest in known]) for name, known in digests.items()}
    demand_count(out, least, package, "CloudFormation types")
    demand_count([t for t in out.values() if t.sets], least // 2, package, "types with tags")
    return out


def _is_index(index):
    return isinstance(index, dict) and all(isinstance(digest, str) for digest in index.values())


def _schema(archive, digest):
    return json.loads(archive.read(f"{ROOT}resources/{digest}.json"))


def _merged(schemas):
    """The first region's schema that states the tags decides; else the first that has what looks like tags."""
    types = [_type(schema) for schema in schemas]
    return next((t for t in types if t.stated), None) or next((t for t in types if t.sets), types[0])


def _type(schema):
    stated, own, stack_tags = own_set(schema)
    sets = ((own,) if own else ()) + tuple(s for s in nested_sets(schema) if s != own)
    handlers = schema.get("handlers", {})
    properties = frozenset(schema.get("properties", {}))
    return CfnLintType(sets, stated, stack_tags, properties, {"create", "read"} <= set(handlers))
