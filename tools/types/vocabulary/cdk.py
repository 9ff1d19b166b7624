"""The service specification of the AWS CDK (npm, `@aws-cdk/aws-service-spec`): CloudFormation types, the property that
holds their tags, and the templates of their ARNs."""

import gzip
import json
from dataclasses import dataclass
from typing import Optional

from .layout import demand, demand_count

MEMBER = "package/db.json.gz"
# `asg`: a list of Key, Value and PropagateAtLaunch.
FORMS = {"standard": "list", "map": "map", "asg": "list"}


@dataclass(frozen=True)
class CdkType:
    """The facts about one CloudFormation type."""

    property: Optional[str]
    form: Optional[str]
    arn: Optional[str]


def read(archive, least=1500):
    """name → [`CdkType`]"""
    package = archive.package
    document = json.loads(gzip.decompress(archive.read(MEMBER)))
    entities = document.get("schema", {}).get("resource", {}).get("entities")
    demand(isinstance(entities, list), package, f"a list at schema.resource.entities in {MEMBER}")
    out = {}
    for entity in entities:
        name = entity.get("cloudFormationType")
        demand(name, package, "cloudFormationType in each entity of schema.resource")
        tags = entity.get("tagInformation") or {}
        variant = tags.get("variant")
        demand(variant is None or variant in FORMS, package, f"a tagInformation.variant of {sorted(FORMS)}, not {variant}")
        out[name] = CdkType(tags.get("tagPropertyName"), FORMS.get(variant), entity.get("arnTemplate"))
    demand_count(out, least, package, "CloudFormation types")
    demand_count([t for t in out.values() if t.property], least // 2, package, "types with tagInformation")
    demand_count([t for t in out.values() if t.arn], least // 3, package, "types with arnTemplate")
    return out
