"""A row of the table."""

from dataclasses import dataclass, field
from typing import Optional

COLUMNS = ("tagging", "cloudformation", "terraform", "awscc", "attribute", "sets", "stack-tags", "arns", "sources")
NONE = "-"


@dataclass
class Row:
    """One AWS resource type that can carry tags."""

    tagging: Optional[str] = None
    # Further tagging names.
    aliases: list = field(default_factory=list)
    cloudformation: Optional[str] = None
    terraform: list = field(default_factory=list)
    awscc: Optional[str] = None
    # `tags` or `tag` of each Terraform type.
    attributes: dict = field(default_factory=dict)
    sets: list = field(default_factory=list)  # of (path, form)
    stack_tags: Optional[str] = None
    arns: list = field(default_factory=list)
    sources: set = field(default_factory=set)
    # Whether the tagging name alone stands for this row; others share the name.
    primary: bool = True

    def cells(self):
        """The row as the file has it. A `+` after the tagging name: it is shared, and stands for another row alone."""
        shared = "" if self.primary else "+"
        return [
            ",".join([f"{self.tagging}{shared}", *self.aliases]) if self.tagging else NONE,
            self.cloudformation or NONE,
            ",".join(self.terraform) or NONE,
            self.awscc or NONE,
            self.attribute() or NONE,
            ",".join(f"{path}={form}" for path, form in self.sets) or NONE,
            self.stack_tags or NONE,
            " ".join(self.arns) or NONE,
            ",".join(sorted(self.sources)),
        ]

    def attribute(self):
        """How Terraform writes the tags of all of its types of this row."""
        forms = set(self.attributes.values())
        if len(forms) > 1:
            raise ValueError(f"{self.terraform}: some have `tags` and some `tag` blocks, which the table cannot say")
        return next(iter(forms), None)

    def sort_key(self):
        """By tagging name, rows without one after those with one; the row for which a name stands alone comes first."""
        return (self.tagging is None, self.tagging or "", not self.primary, self.cloudformation or "", self.terraform)
