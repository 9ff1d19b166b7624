"""The schema of the Terraform provider `hashicorp/aws`, as `terraform providers schema -json` prints it."""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from .layout import demand, demand_count
from .packages import MissingPackage

PROVIDER = "registry.terraform.io/hashicorp/aws"
MIRRORS = ("/opt/*", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "~/.terraform.d/plugins")


def find_mirror():
    """A folder on this machine that is laid out as a mirror of the registry and has the provider, or None."""
    for folder in MIRRORS:
        pattern = os.path.expanduser(folder) + f"/{PROVIDER}/*/*/terraform-provider-aws*"
        for found in sorted(glob.glob(pattern)):
            return pathlib.Path(found).parents[5]
    return None


def schema(version, cache, mirror, offline):
    """The schema of a version, from the folder of downloads if it is there."""
    file = cache / f"terraform-provider-aws-{version}.json"
    if not file.exists():
        if offline and not mirror:
            raise MissingPackage("no folder of Terraform plugins has the AWS provider")
        if shutil.which("terraform") is None:
            raise MissingPackage("terraform is not on the PATH")
        cache.mkdir(parents=True, exist_ok=True)
        file.write_text(_run(version, mirror))
    return json.loads(file.read_text())


def _run(version, mirror):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        required = f'aws = {{ source = "hashicorp/aws", version = "{version}" }}'
        (root / "main.tf").write_text(f"terraform {{\n  required_providers {{\n    {required}\n  }}\n}}\n")
        installation = f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"
        (root / "terraform.rc").write_text(installation if mirror else "")
        settings = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": str(root / "terraform.rc")}
        environment = {**os.environ, **settings}
        for arguments in (["init", "-input=false", "-no-color"], ["providers", "schema", "-json"]):
            command = ["terraform", *arguments]
            done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise MissingPackage(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout


def read(document, version, least=1000):
    """(name → how its tags are written, the names without tags): `tags` is a map with `tags_all`, `tag` a block for each"""
    package = f"hashicorp/aws {version}"
    provider = document.get("provider_schemas", {}).get(PROVIDER, {})
    resources = provider.get("resource_schemas")
    demand(isinstance(resources, dict), package, f"a map at provider_schemas.{PROVIDER}.resource_schemas")
    demand_count(resources, least, package, "resource types")
    tagged = {name: attribute for name in resources if (attribute := _attribute(resources[name]["block"]))}
    demand_count(tagged, least // 3, package, "resource types with the attribute tags_all")
    return tagged, sorted(set(resources) - set(tagged))


def _attribute(block):
    tag = block.get("block_types", {}).get("tag", {})
    fields = tag.get("block", {}).get("attributes", {})
    if "tags_all" in block.get("attributes", {}):
        return "tags"
    is_set = tag.get("nesting_mode") == "set" and tag.get("max_items") != 1
    return "tag" if is_set and {"key", "value"} <= set(fields) else None
