#!/usr/bin/env python3
"""Writes src/aws/resource_types.tsv: every AWS resource type that can carry tags, with its names.

    tools/types/generate.py                   # to standard output
    tools/types/generate.py --output src/aws/resource_types.tsv
    tools/types/generate.py --check src/aws/resource_types.tsv     # exit 1 where it differs

Two sources, and nothing from memory:

* Terraform: `terraform providers schema -json` with the real AWS provider. It comes from a folder that is laid out as a
  mirror of the registry (`--mirror DIR`, else one below /opt or where Terraform itself looks), or is fetched as Terraform
  fetches it. `--schema FILE` takes the JSON itself.
* CloudFormation: the resource schemas that cfn-lint carries (`pip install cfn-lint`), all regions together.

`--offline` exits with 77 and the reason where any of that is not on the machine: a test that is skipped.

Python 3.9 or later, standard library only (cfn-lint is read, not imported).
"""

import argparse
import ast
import glob
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROVIDER = "registry.terraform.io/hashicorp/aws"
PLUGINS = ("/opt/*", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "~/.terraform.d/plugins")
SKIPPED = 77
COLUMNS = ("terraform", "cloudformation", "tagging", "attribute", "property", "form", "stack-tags")
NONE = "-"

# Names that are known to mean one type. The tagging names are those of the tagging API and of AWS tag policies; a type
# for which no source states one has none.
SAME = [
    ("aws_iam_user", "AWS::IAM::User", "iam:user"),
    ("aws_iam_virtual_mfa_device", "AWS::IAM::VirtualMFADevice", "iam:mfa"),
    ("aws_cognito_user_pool", "AWS::Cognito::UserPool", "cognito-idp:userpool"),
]


def terraform_schema(mirror):
    """What the provider says of its types."""
    config = "provider_installation {\n  filesystem_mirror {\n    path = %s\n  }\n}\n" % json.dumps(str(mirror))
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "main.tf").write_text(
            'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
        )
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        if mirror:
            (root / "terraform.rc").write_text(config)
            environment["TF_CLI_CONFIG_FILE"] = str(root / "terraform.rc")

        def run(*arguments):
            done = subprocess.run(
                ["terraform", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(f"terraform {arguments[0]}: {done.stderr.strip()}")
            return done.stdout

        run("init", "-input=false", "-no-color")
        version = next(
            line.split('"')[1]
            for line in (root / ".terraform.lock.hcl").read_text().splitlines()
            if line.strip().startswith("version")
        )
        return json.loads(run("providers", "schema", "-json")), version


def find_mirror():
    """A folder on this machine that is laid out as a mirror of the registry and has the provider, if there is one."""
    for folder in PLUGINS:
        pattern = os.path.expanduser(folder) + f"/{PROVIDER}/*/*/terraform-provider-aws*"
        for found in sorted(glob.glob(pattern)):
            return pathlib.Path(found).parents[5]
    return None


def terraform_types(schema):
    """name → how its tags are written: `tags` (a map, with tags_all), or `tag` (a block for each tag)."""
    out = {}
    for name, resource in schema["provider_schemas"][PROVIDER]["resource_schemas"].items():
        block = resource["block"]
        tag = block.get("block_types", {}).get("tag", {})
        fields = tag.get("block", {}).get("attributes", {})
        if "tags_all" in block.get("attributes", {}):
            out[name] = "tags"
        elif {"key", "value"} <= set(fields) and tag.get("nesting_mode") == "set" and tag.get("max_items") != 1:
            out[name] = "tag"
    return out


def cfn_lint_folder():
    """Where cfn-lint's schemas are."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        return None
    return pathlib.Path(spec.submodule_search_locations[0]) / "data" / "schemas"


def cloudformation_schemas(folder):
    """name → its schemas, that of us-east-1 first, then those of the other regions where they differ."""
    files = sorted((folder / "providers").glob("*_*.py"), key=lambda path: (path.stem != "us_east_1", path.stem))
    hashes = {}
    for file in files:
        if file.stem == "__init__":
            continue
        for statement in ast.parse(file.read_text()).body:
            if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", "") == "types":
                for name, digest in ast.literal_eval(statement.value).items():
                    known = hashes.setdefault(name, [])
                    if digest not in known:
                        known.append(digest)
    resources = folder / "resources"
    return {
        name: [json.loads((resources / f"{digest}.json").read_text()) for digest in digests]
        for name, digests in hashes.items()
    }


def resolve(schema, node):
    """Follows `$ref` inside a schema."""
    while "$ref" in node:
        target = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def form_of(schema, node):
    """`list` of Key and Value, `map`, `specifications` (lists by ResourceType), or None: these are no tags."""
    node = resolve(schema, node)
    kinds = node.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "object" in kinds:
        return "map" if not node.get("properties") else None
    if "array" not in kinds:
        return None
    item = resolve(schema, node.get("items", {}))
    forms = [item, *(resolve(schema, other) for other in item.get("oneOf", []) + item.get("anyOf", []))]
    names = set().union(*(form.get("properties", {}) for form in forms))
    if {"Key", "Value"} <= names:
        return "list"
    if {"ResourceType", "Tags"} <= names:
        return "specifications"
    return None


def cloudformation_type(schema):
    """(stated, property, form, whether stack tags reach it): `stated` False where the schema says nothing of tags."""
    properties = schema.get("properties", {})
    tagging = schema.get("tagging")
    if tagging is None:
        # An older schema. What looks like tags and is called so is tags; whether stack tags reach it is not known.
        if schema.get("taggable") is False:
            return True, None
        for name in ("Tags", "ResourceTags", "TagSpecifications"):
            if name in properties and form_of(schema, properties[name]):
                return False, (name, form_of(schema, properties[name]), "unknown")
        return False, None
    if not tagging.get("taggable", True):
        return True, None
    # The defaults are those of CloudFormation's schema of schemas.
    name = tagging.get("tagProperty", "/properties/Tags").split("/")[2]
    if name not in properties:
        return True, None
    form = form_of(schema, properties[name])
    create, update = tagging.get("tagOnCreate", True), tagging.get("tagUpdatable", True)
    reaches = "yes" if create else "unknown" if update else "no"
    return True, (name, form, reaches) if form else None


def cloudformation_types(schemas):
    """name → (property, form, stack tags): the first region whose schema states it decides."""
    out = {}
    for name, versions in schemas.items():
        answers = [cloudformation_type(schema) for schema in versions]
        stated = [answer for said, answer in answers if said]
        guessed = [answer for said, answer in answers if not said and answer]
        answer = stated[0] if stated else guessed[0] if guessed else None
        if answer:
            out[name] = answer
    return out


def rows(terraform, cloudformation):
    """The table's rows, sorted."""
    by_terraform = {names[0]: names for names in SAME}
    by_cloudformation = {names[1]: names for names in SAME}
    out = []
    for name in sorted(terraform):
        _, other, tagging = by_terraform.get(name, (None, None, None))
        if other and other not in cloudformation:
            sys.exit(f"{other} is not taggable in CloudFormation's schemas: look at SAME")
        out.append((name, other, tagging, terraform[name], *(cloudformation[other] if other else (None,) * 3)))
    for name in sorted(set(cloudformation) - set(by_cloudformation)):
        out.append((None, name, None, None, *cloudformation[name]))
    lost = set(by_terraform) - set(terraform)
    if lost:
        sys.exit(f"{lost} are not taggable in the provider's schema: look at SAME")
    return sorted("\t".join(cell or NONE for cell in row) for row in out)


def missing(arguments):
    """What is not on this machine, if anything."""
    if cfn_lint_folder() is None:
        return "cfn-lint is not installed (pip install cfn-lint)"
    if not arguments.schema and not shutil.which("terraform"):
        return "terraform is not on the PATH"
    if arguments.offline and not (arguments.schema or arguments.mirror or find_mirror()):
        return "no folder of Terraform plugins has the AWS provider"
    return None


def table(arguments):
    """The whole file."""
    if arguments.schema:
        schema, version = json.loads(arguments.schema.read_text()), arguments.version
    else:
        schema, version = terraform_schema(arguments.mirror or find_mirror())
    terraform = terraform_types(schema)
    cloudformation = cloudformation_types(cloudformation_schemas(cfn_lint_folder()))
    total = len(schema["provider_schemas"][PROVIDER]["resource_schemas"])
    tags_all = sum(form == "tags" for form in terraform.values())
    head = [
        "# Every AWS resource type that can carry tags. Written by tools/types/generate.py; not edited by hand.",
        f"# Terraform: hashicorp/aws {version}, {total} types, {tags_all} with tags_all",
        f"# CloudFormation: cfn-lint {importlib.metadata.version('cfn-lint')}, {len(cloudformation)} types with tags",
        "# " + "\t".join(COLUMNS),
    ]
    return "\n".join(head + rows(terraform, cloudformation)) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mirror", type=pathlib.Path, help="a folder laid out as a mirror of the Terraform registry")
    parser.add_argument("--schema", type=pathlib.Path, help="what `terraform providers schema -json` printed")
    parser.add_argument("--version", default="?", help="the provider's version, with --schema")
    parser.add_argument("--output", type=pathlib.Path, help="write here")
    parser.add_argument("--check", type=pathlib.Path, help="compare with this file")
    parser.add_argument("--offline", action="store_true", help="fetch nothing; exit 77 where something is not there")
    arguments = parser.parse_args()
    if reason := missing(arguments):
        print(reason, file=sys.stderr)
        sys.exit(SKIPPED if arguments.offline else 1)
    text = table(arguments)
    if arguments.check:
        if arguments.check.read_text() != text:
            sys.exit(f"{arguments.check} is not what the sources say now: write it again with --output")
    elif arguments.output:
        arguments.output.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
