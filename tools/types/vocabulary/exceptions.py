"""The facts of exceptions.tsv."""

import pathlib
from collections import defaultdict

FILE = pathlib.Path(__file__).resolve().parent.parent / "exceptions.tsv"
FACTS = ("service", "prefix", "terraform", "tagging", "name", "alias", "untaggable", "primary", "arn", "no-tags")


class Exceptions:
    """fact → name → the values, in the order of the file. A fact that nothing asked for is out of date."""

    def __init__(self, text):
        self._facts = defaultdict(list)
        self._used = set()
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                cells = line.split("\t")
                if len(cells) != 4 or cells[0] not in FACTS or not all(cells):
                    raise ValueError(f"exceptions.tsv:{number}: expected one of {FACTS}, a name, a value and a source")
                self._facts[cells[0], cells[1]].append(cells[2])

    @classmethod
    def read(cls):
        """The file beside the generator."""
        return cls(FILE.read_text())

    def all(self, fact, name):
        """The values of a fact about a name."""
        values = self._facts.get((fact, name), [])
        if values:
            self._used.add((fact, name))
        return list(values)

    def one(self, fact, name):
        """The value of a fact about a name, or None."""
        return next(iter(self.all(fact, name)), None)

    def names(self, fact):
        """The names that a fact is stated of."""
        self._used |= {key for key in self._facts if key[0] == fact}
        return [name for kind, name in self._facts if kind == fact]

    def unused(self):
        """The facts about names that no source has, as text."""
        return sorted(f"{fact} {name}" for fact, name in set(self._facts) - self._used)
