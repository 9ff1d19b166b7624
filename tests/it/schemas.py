"""Validates documents with the schemas of taglint.

Standard input: an object with `schemas` by name, `documents` and `broken`, lists of [name, document]. Standard output: an
object with `errors` (each wrong document, also with fields that its schema lacks), `accepted` (the positions of broken
documents that pass) and `unseen` (the described fields that no document has, as format: object.field).
"""

import copy
import json
import sys

from jsonschema import Draft202012Validator


def close(schema):
    """Refuses fields that an object of the schema does not describe."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            close(part)
    elif isinstance(schema, list):
        for part in schema:
            close(part)


def walk(root, schema, value, name, seen):
    """Notes the described fields that a valid value has."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return walk(root, root["$defs"][name], value, name, seen)
    for part in schema.get("anyOf", []):
        if Draft202012Validator({**part, "$defs": root["$defs"]}).is_valid(value):
            walk(root, part, value, name, seen)
            break
    if isinstance(value, dict):
        for field, inner in value.items():
            if field in schema.get("properties", {}):
                seen.add(f"{name}.{field}")
                walk(root, schema["properties"][field], inner, name, seen)
            elif isinstance(schema.get("additionalProperties"), dict):
                walk(root, schema["additionalProperties"], inner, name, seen)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for inner in value:
            walk(root, schema["items"], inner, name, seen)


given = json.load(sys.stdin)
result = {"errors": [], "accepted": [], "unseen": []}
validators, closed, seen = {}, {}, {}
for name, schema in given["schemas"].items():
    Draft202012Validator.check_schema(schema)
    validators[name] = Draft202012Validator(schema)
    strict = copy.deepcopy(schema)
    close(strict)
    closed[name] = Draft202012Validator(strict)
    seen[name] = set()
for name, document in given["documents"]:
    if closed[name].is_valid(document):
        walk(closed[name].schema, closed[name].schema, document, "", seen[name])
        continue
    error = next(iter(closed[name].iter_errors(document)))
    inner = sorted(error.context, key=lambda one: -len(one.path))[:3]
    reasons = [f"{one.json_path}: {one.message[:300]}" for one in inner] or [error.message[:300]]
    result["errors"].append(f"{name}: {'; '.join(reasons)}: {json.dumps(document)[:500]}")
for position, (name, document) in enumerate(given["broken"]):
    if validators[name].is_valid(document):
        result["accepted"].append(position)
for name, schema in given["schemas"].items():
    for key, definition in schema["$defs"].items():
        result["unseen"] += [
            f"{name}: {key}.{field}" for field in definition["properties"] if f"{key}.{field}" not in seen[name]
        ]
json.dump(result, sys.stdout)
