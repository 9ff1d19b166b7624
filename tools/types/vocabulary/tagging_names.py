"""The tagging names of types, from their ARNs."""

from collections import Counter, defaultdict
from fnmatch import fnmatchcase

from .arn import pattern_of, segments, tagging_name
from .names import normal, split_cloudformation


class TaggingNames:
    """What ARNs say of tagging names."""

    def __init__(self, sources):
        self._sources = sources
        self._exceptions = sources.exceptions
        # Pattern without a word for the type → the name of IAM's resource type.
        self._words = {}
        self._resources = defaultdict(list)  # by service
        self._services = defaultdict(Counter)  # by namespace of CloudFormation
        # Tagging name → the patterns of its ARNs.
        self.patterns = defaultdict(set)
        # The names of types whose tags an IAM policy can ask for.
        self.taggable = set()
        self._read_iam()
        self._read_cdk()

    def _read_iam(self):
        never = self._exceptions.names("untaggable")
        known = {resource.pattern for resource in self._sources.iam}
        for resource in self._sources.iam:
            # `/restapis` is the list of what `/restapis/*` is one of.
            if not resource.pattern.endswith("*") and resource.pattern + "/*" in known:
                continue
            service = resource.pattern.split(":", 1)[0]
            self._resources[service].append(resource)
            self._words.setdefault(resource.pattern, resource.name.replace(" ", "-"))
            name = self.of_pattern(resource.pattern)
            self.patterns[name].add(resource.pattern)
            if resource.taggable and not any(fnmatchcase(name, glob) for glob in never):
                self.taggable.add(name)

    def _read_cdk(self):
        for name, facts in self._sources.cdk.items():
            pattern = pattern_of(facts.arn) if facts.arn else None
            if pattern and name.count("::") == 2:
                self._services[split_cloudformation(name)[0]][pattern.split(":", 1)[0]] += 1

    def of_pattern(self, pattern):
        """The tagging name of the type that has such ARNs, or None."""
        word = self._words.get(pattern)
        bare = f"{pattern.split(':', 1)[0]}:{word}" if word else None
        return self._exceptions.one("name", pattern) or tagging_name(pattern) or bare

    def of_cloudformation(self, name):
        """The tagging name of a type: from exceptions.tsv, its ARN, or the resource type of IAM that has its name."""
        given = self._exceptions.one("tagging", name)
        if given:
            return None if given == "-" else given
        facts = self._sources.cdk.get(name)
        pattern = pattern_of(facts.arn) if facts and facts.arn else None
        if pattern:
            return self.of_pattern(pattern)
        return self._by_word(name)

    def _by_word(self, name):
        namespace, resource = split_cloudformation(name)
        given = self._exceptions.all("service", namespace)
        services = given or list(self._services[namespace]) or [namespace.lower()]
        found = [r for service in services for r in self._resources[service] if normal(resource) in _words(r)]
        exact = [r for r in found if normal(r.name) == normal(resource)]
        names = {self.of_pattern(r.pattern) for r in exact or found}
        return names.pop() if len(names) == 1 else None


def _words(resource):
    """The words by which CloudFormation may name a resource type of IAM."""
    literals = [part for part in segments(resource.pattern) if "*" not in part]
    words = {normal(resource.name)}
    if literals:
        words |= {normal(literals[-1]), normal("".join(literals))}
    return words | {word[:-1] for word in words if word.endswith("s")}


def name_rows(sources, names, table):
    """Gives the rows of CloudFormation their tagging names, and decides which row a shared name stands for."""
    sharing = defaultdict(list)
    for name, row in table.items():
        row.tagging = names.of_cloudformation(name)
        if row.tagging:
            sharing[row.tagging].append(row)
            row.sources |= _sources_of(sources, name, row.tagging, names)
    for tagging, rows in sharing.items():
        first = sources.exceptions.one("primary", tagging) or _first(rows)
        for row in rows:
            row.primary = row.cloudformation == first


def _sources_of(sources, name, tagging, names):
    if sources.exceptions.one("tagging", name):
        return {"ours"}
    template = sources.cdk[name].arn if name in sources.cdk else None
    if template and pattern_of(template):
        names.patterns[tagging].add(pattern_of(template))
        return {"cdk"}
    return {"iam"}


def _first(rows):
    """The row with the shortest name: `Alarm` rather than `CompositeAlarm`."""
    return min(rows, key=lambda row: (len(row.cloudformation), row.cloudformation)).cloudformation
