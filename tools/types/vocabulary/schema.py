"""Tags in a JSON schema of CloudFormation's registry."""

# A schema that nests deeper is recursive, or has no tags of a resource there.
MAX_DEPTH = 5
OWN = ("Tags", "ResourceTags", "TagSpecifications")
NESTED = ("Tags", "TagSpecifications")


def resolve(schema, node):
    """Follows `$ref` inside a schema."""
    while "$ref" in node:
        target = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target.get(part, {})
        node = target
    return node


def kinds_of(node):
    """The JSON types that a node allows."""
    kinds = node.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def form_of(schema, node):
    """`list` of Key and Value, `map`, `specifications` (lists by ResourceType), or None: these are no tags."""
    node = resolve(schema, node)
    if "object" in kinds_of(node):
        return "map" if not node.get("properties") else None
    if "array" not in kinds_of(node):
        return None
    item = resolve(schema, node.get("items", {}))
    alternatives = item.get("oneOf", []) + item.get("anyOf", [])
    forms = [item, *(resolve(schema, other) for other in alternatives)]
    names = set().union(*(form.get("properties", {}) for form in forms))
    if {"Key", "Value"} <= names:
        return "list"
    return "specifications" if {"ResourceType", "Tags"} <= names else None


def own_set(schema):
    """(whether the schema states it, (path, form) or None, whether stack tags reach it)"""
    properties = schema.get("properties", {})
    tagging = schema.get("tagging")
    if tagging is None:
        # An older schema. A property that has the form and the name of tags holds tags; whether stack tags reach it is
        # not known.
        candidates = () if schema.get("taggable") is False else (name for name in OWN if name in properties)
        forms = ((name, form_of(schema, properties[name])) for name in candidates)
        return schema.get("taggable") is False, next((pair for pair in forms if pair[1]), None), "unknown"
    if not tagging.get("taggable", True):
        # What the handler of such a type does with its own tags is not what the schema speaks of: a launch template has
        # TagSpecifications.
        forms = ((name, form_of(schema, properties[name])) for name in NESTED if name in properties)
        return True, next((pair for pair in forms if pair[1]), None), "unknown"
    # The defaults are those of CloudFormation's schema of schemas. `/properties/TagSpecifications/*/Tags` names the
    # lists inside of specifications.
    name = tagging.get("tagProperty", "/properties/Tags").split("/")[2]
    form = form_of(schema, properties[name]) if name in properties else None
    create, update = tagging.get("tagOnCreate", True), tagging.get("tagUpdatable", True)
    reaches = "yes" if create else "unknown" if update else "no"
    return True, (name, form) if form else None, reaches


def nested_sets(schema):
    """The sets of tags below the top level, as (path, form): `Replicas[].Tags`."""
    out = []
    for name, node in schema.get("properties", {}).items():
        _walk(schema, node, name, 1, out)
    return sorted(set(out))


def _walk(schema, node, path, depth, out):
    node = resolve(schema, node)
    if "array" in kinds_of(node):
        path, node = path + "[]", resolve(schema, node.get("items", {}))
    if depth >= MAX_DEPTH:
        return
    for name, child in node.get("properties", {}).items():
        form = form_of(schema, child) if name in NESTED else None
        if form and not path.endswith("TagSpecifications[]"):
            out.append((f"{path}.{name}", form))
        else:
            _walk(schema, child, f"{path}.{name}", depth + 1, out)
