"""The resource modules of Cloud Custodian (PyPI, `c7n`), read as syntax trees: CloudFormation type, service and the word
for the type in its ARNs."""

import ast
from dataclasses import dataclass

from .layout import demand_count

FOLDER = "c7n/resources/"


@dataclass(frozen=True)
class C7nType:
    """The service and the type of an ARN."""

    service: str
    arn_type: str


def read(archive, least=150):
    """CloudFormation name → [`C7nType`], for the types whose ARNs have a word for the type"""
    out = {}
    for file in archive.below(FOLDER, ".py"):
        for node in ast.walk(ast.parse(archive.read(file))):
            if isinstance(node, ast.ClassDef) and node.name == "resource_type":
                facts = _constants(node)
                if facts.get("cfn_type") and facts.get("arn_type") and facts.get("service"):
                    service = facts.get("arn_service") or facts.get("permission_prefix") or facts["service"]
                    out.setdefault(facts["cfn_type"], C7nType(service, facts["arn_type"].strip("/")))
    demand_count(out, least, archive.package, "classes resource_type with cfn_type, arn_type and service")
    return out


def _constants(node):
    """The attributes of a class that are plain texts."""
    out = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            if isinstance(statement.value.value, str):
                out.update((t.id, statement.value.value) for t in statement.targets if isinstance(t, ast.Name))
    return out
