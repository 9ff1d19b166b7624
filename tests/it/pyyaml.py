"""Reads a JSON list of YAML texts from standard input. Prints for each text a list of one tree, or an empty list where
neither of PyYAML's parsers reads it as one document; and whether the one in pure Python reads it. With the argument
`keys` the texts are keys without quotes, and each answer is the text that JSON has for the key."""

import json
import sys

import yaml

CORE = "tag:yaml.org,2002:"


def scalar(node):
    if node.tag == CORE + "null" and not node.style:
        return "(null)"
    if node.tag == CORE + "bool" and not node.style:
        return "(true)" if node.value.lower() in ("yes", "true", "on") else "(false)"
    return node.value


def key(node):
    return node.value if isinstance(node, yaml.ScalarNode) and not function(node) else "(no string)"


def function(node):
    if node.tag.startswith(CORE) or not node.tag.lstrip("!"):
        return None
    name = node.tag.lstrip("!")
    return name if name in ("Ref", "Condition") else "Fn::" + name


def tree(node, open_nodes=()):
    if id(node) in open_nodes:
        raise yaml.YAMLError("a value that contains itself")
    inside = (*open_nodes, id(node))
    if isinstance(node, yaml.ScalarNode):
        value = scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = [tree(item, inside) for item in node.value]
    else:
        if any(id(part) in inside for entry in node.value for part in entry):
            raise yaml.YAMLError("a value that contains itself")
        yaml.constructor.SafeConstructor().flatten_mapping(node)
        value = {key(name): tree(item, inside) for name, item in node.value}
        for name, _ in node.value:
            tree(name, inside)
    name = function(node)
    return value if name is None else {name: value}


def read(text, loader):
    try:
        documents = list(yaml.compose_all(text, Loader=loader))
        return [tree(documents[0])] if len(documents) == 1 and documents[0] is not None else []
    except (yaml.YAMLError, ValueError, RecursionError):
        return []


def answer(text):
    strict = read(text, yaml.SafeLoader)
    loose = read(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [strict, loose]


def json_key(text):
    """The key that JSON has for a key of a template, as the AWS CLI and the SAM CLI write it."""
    try:
        return next(iter(json.loads(json.dumps({yaml.safe_load(text): 0}))))
    except (yaml.YAMLError, TypeError, ValueError):
        return None


script = json_key if sys.argv[1:] == ["keys"] else answer
json.dump([script(text) for text in json.load(sys.stdin)], sys.stdout)
