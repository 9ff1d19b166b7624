"""Joins the types of Terraform with the rows."""

from collections import defaultdict

from .names import normal, split_cloudformation
from .row import Row


def join(sources, table):
    """Adds the types of Terraform to the rows of CloudFormation. Returns the types without such a row."""
    index = _index(sources, table)
    unjoined = []
    for name in sorted(sources.terraform):
        given = sources.exceptions.one("terraform", name)
        if given in table:
            _add(sources, table[given], name, "ours")
            continue
        found = index.get(normal(name.removeprefix("aws_")), set()) if given is None else set()
        # Where several types fit, the one with tags is meant.
        tagged = {other for other in found if table[other].sets} or found
        if len(tagged) == 1:
            _add(sources, table[tagged.pop()], name, None)
        else:
            unjoined.append(name)
    return unjoined


def _add(sources, row, name, source):
    row.terraform.append(name)
    row.attributes[name] = sources.terraform[name]
    row.sources |= {"terraform"} | ({source} if source else set())


def _index(sources, table):
    """normalised name → the types of CloudFormation that Terraform may call so"""
    index = defaultdict(set)
    for name in table:
        namespace, resource = (normal(part) for part in split_cloudformation(name))
        own = split_cloudformation(name)[0]
        prefixes = [namespace, *("" if p == "-" else p for p in sources.exceptions.all("prefix", own))]
        # `AWS::Backup::BackupPlan` is aws_backup_plan.
        resources = {resource, resource.removeprefix(namespace)} - {""}
        for prefix in prefixes:
            for word in resources:
                index[prefix + word].add(name)
    return index


def join_by_tagging(sources, unjoined, by_tagging, found):
    """Adds the rest to the rows that are known by their tagging name, or makes rows of their own."""
    words = defaultdict(set)
    for tagging in by_tagging:
        words[normal(tagging)].add(tagging)
        service, kind = tagging.split(":", 1)
        words[normal(service + kind.rsplit("/", 1)[-1])].add(tagging)
    for name in unjoined:
        given = sources.exceptions.one("terraform", name)
        fits = {given} if given else words.get(normal(name.removeprefix("aws_")), set())
        tagging = fits.pop() if len(fits) == 1 else None
        row = by_tagging.get(tagging)
        if row is None:
            row = Row(tagging=tagging)
            found.append(row)
            if tagging:
                by_tagging[tagging] = row
        _add(sources, row, name, "ours" if given else None)
