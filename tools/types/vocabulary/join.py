"""Joins the sources: CloudFormation with tagging names by ARNs, Terraform with CloudFormation by names."""

from collections import defaultdict
from dataclasses import dataclass

from . import terraform_names
from .names import awscc
from .row import Row
from .tagging_names import TaggingNames, name_rows

# The Serverless Application Model is expanded before anything is made: its types are no types of resources.
MACRO_TYPES = "AWS::Serverless::"


@dataclass
class Sources:
    """Everything that was read."""

    cdk: dict
    cfn_lint: dict
    iam: list
    terraform: dict
    terraform_untagged: list
    exceptions: object


def rows(sources):
    """(the table's rows in order, the names of types without tags)"""
    table = _cloudformation_rows(sources)
    unjoined = terraform_names.join(sources, table)
    untagged = [name for name, row in table.items() if not row.sets and not row.terraform]
    names = TaggingNames(sources)
    name_rows(sources, names, {name: row for name, row in table.items() if name not in untagged})
    found = [row for name, row in table.items() if name not in untagged]
    by_tagging = {row.tagging: row for row in found if row.tagging and row.primary}
    _add_aliases(sources, by_tagging)
    found += _tagging_rows(names, by_tagging, table, untagged)
    terraform_names.join_by_tagging(sources, unjoined, by_tagging, found)
    _give_arns(sources, found, names)
    known = {row.cloudformation for row in found}
    without = (set(untagged) - known) | set(sources.terraform_untagged)
    return sorted(found, key=Row.sort_key), sorted(without)


def _cloudformation_rows(sources):
    """name → a row for every type of CloudFormation, with or without tags"""
    names = sorted(set(sources.cdk) | set(sources.cfn_lint))
    names = [name for name in names if name.startswith("AWS::") and name.count("::") == 2]
    return {name: _cloudformation_row(sources, name) for name in names if not name.startswith(MACRO_TYPES)}


def _cloudformation_row(sources, name):
    row = Row(cloudformation=name)
    cdk, lint = sources.cdk.get(name), sources.cfn_lint.get(name)
    not_tags = sources.exceptions.all("no-tags", name) + sources.exceptions.all("no-tags", _namespace(name) + "::*")
    if lint and lint.sets:
        row.sets = [pair for pair in lint.sets if pair[0] not in not_tags]
        row.stack_tags = lint.stack_tags
        row.sources.add("cfn-lint")
    if cdk and cdk.property:
        row.sources.add("cdk")
        if cdk.property not in [path for path, _ in row.sets]:
            row.sets.insert(0, (cdk.property, cdk.form))
            row.stack_tags = row.stack_tags or "unknown"
    if not row.sets:
        row.stack_tags = None
    if lint and lint.provisioned:
        row.awscc = awscc(name)
    return row


def _namespace(name):
    return name.rsplit("::", 1)[0]


def _add_aliases(sources, by_tagging):
    for tagging in sources.exceptions.names("alias"):
        row = by_tagging[tagging]
        row.aliases = sources.exceptions.all("alias", tagging)
        by_tagging.update((alias, row) for alias in row.aliases)


def _tagging_rows(names, by_tagging, table, untagged):
    """Rows for resource types that IAM policies can ask the tags of, and that have no row yet."""
    # A type that CloudFormation makes without tags, though it can have some. Of several with one name, none is that type.
    of_untagged = defaultdict(list)
    for name in untagged:
        of_untagged[names.of_cloudformation(name)].append(name)
    out = []
    for tagging in sorted(names.taggable - set(by_tagging)):
        row = table[of_untagged[tagging][0]] if len(of_untagged[tagging]) == 1 else Row()
        row.tagging = tagging
        row.sources.add("iam")
        by_tagging[tagging] = row
        out.append(row)
    return out


def _give_arns(sources, found, names):
    """Each pattern to one row: to the row that exceptions.tsv names, else to the one for which the tagging name stands."""
    claimed = {}
    for row in found:
        for name in filter(None, (row.cloudformation, row.tagging if row.primary else None)):
            claimed.update((pattern, row) for pattern in sources.exceptions.all("arn", name))
    for row in found:
        own = {pattern for pattern, owner in claimed.items() if owner is row}
        if row.tagging and row.primary:
            of_names = set().union(*(names.patterns[name] for name in (row.tagging, *row.aliases)))
            own |= of_names - set(claimed)
        row.arns = sorted(own)
