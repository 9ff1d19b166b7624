"""ARN templates as patterns, and the tagging name of a pattern.

A pattern is `service:resource` with `*` for each part that differs: `ecs:service/*/*`, `sns:*`. Region and account are
left out: no two types differ in them alone.
"""

import re

PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>|\{[^}]*\}")


def pattern_of(template):
    """The pattern of a template such as `arn:${Partition}:sns:${Region}:${Account}:${TopicName}`, or None."""
    text = PLACEHOLDER.sub("*", template.strip())
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or "*" in parts[2] or not parts[5]:
        return None
    resource = re.sub(r"\*+", "*", parts[5])
    # `log-group:NAME:*` means the streams too; the group is meant without it as well.
    resource = re.sub(r"(?<=\*):\*$", "", resource) if parts[2] == "logs" else resource
    return f"{parts[2].lower()}:{resource}"


def segments(pattern):
    """The parts of a pattern's resource, without the separators."""
    return [part for part in re.split(r"[/:]", pattern.split(":", 1)[1]) if part]


def literals(pattern):
    """The literal parts that name the kind of the resource: of several in a row the first."""
    out, after_literal = [], False
    for part in segments(pattern):
        literal = "*" not in part
        if literal and not after_literal:
            out.append(part)
        after_literal = literal
    return out


def tagging_name(pattern):
    """The name that tag policies and the tagging API give to a type with such ARNs; None where the ARN has no word for
    the type, as those of topics."""
    words = literals(pattern)
    return f"{pattern.split(':', 1)[0]}:{'/'.join(words)}" if words else None
