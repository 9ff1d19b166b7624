"""The files that are generated: the table, the names of types without tags, and the page for people."""

import pathlib
from dataclasses import dataclass

from .row import COLUMNS, NONE

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "src/aws/resource_types/table.tsv"
UNTAGGED = ROOT / "src/aws/resource_types/untagged.txt"
PAGE = ROOT / "docs/types.md"


def table_text(rows, versions):
    """The table."""
    head = [
        "# Every AWS resource type that can carry tags. Written by tools/types/generate.py; not edited by hand.",
        *(f"# {source}: {version}" for source, version in versions),
        "# " + "\t".join(COLUMNS),
    ]
    return "\n".join([*head, *("\t".join(row.cells()) for row in rows)]) + "\n"


def untagged_text(names):
    """The names of types without tags."""
    head = [
        "# Types of CloudFormation and Terraform (aws_*) that exist and cannot carry tags. Written by",
        "# tools/types/generate.py; not edited by hand.",
    ]
    return "\n".join([*head, *names]) + "\n"


@dataclass(frozen=True)
class Line:
    """A row as it was read back."""

    cells: tuple

    def cell(self, column):
        """The text of a column, empty for none."""
        text = self.cells[COLUMNS.index(column)]
        return "" if text == NONE else text

    def tagging(self):
        """The tagging names."""
        return [name.removesuffix("+") for name in self.cell("tagging").split(",") if name]

    def names(self):
        """All names."""
        others = (self.cell("cloudformation"), *self.cell("terraform").split(","), self.cell("awscc"))
        return [*self.tagging(), *(name for name in others if name)]


def read_table(path):
    """The rows of the file."""
    lines = [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]
    return [Line(tuple(cells)) for cells in lines]


def read_untagged(path):
    """The names of the file."""
    return {line for line in path.read_text().splitlines() if not line.startswith("#")}
