"""docs/types.md: the table for people. It is made from the files of the table, without a source."""

from .table import TABLE, UNTAGGED, read_table, read_untagged

HEAD = """\
# Resource types

<!-- Written by tools/types/generate.py from src/aws/resource_types/table.tsv. Do not edit it. -->

The AWS resource types that can carry tags, as far as their sources say: {count} types, {cloudformation} with tags in
CloudFormation, {terraform} names in the Terraform provider `aws`. A rule's `resources` may use any name of a type, and means
the type by all of its names. So does `--type` of `taglint scan` and `collect` ([scan.md](scan.md#any-type)).

- **Tagging**: as tag policies, the Resource Groups Tagging API and ARNs name it. A resource has this name as its `type` in
  reports and inventories. A name in *italics* is shared, and stands for another type where it stands alone: `rds:db` in a
  list of live resources is an instance of Amazon RDS. A rule for the shared name means all types that have it.
- **CloudFormation**, with the properties that hold tags. A type without properties can have tags, and templates cannot give
  it any.
- **Terraform**: the types of the provider `aws`. `tag` marks the types with a block for each tag, which `default_tags` does
  not reach.
- **awscc**: the type of the provider `awscc`, which has the same tags as CloudFormation.

[Types without tags](#types-without-tags) are at the end. [tools/types/README.md](../tools/types/README.md) says where each
fact comes from and how to refresh the table.
"""


def page():
    """The page."""
    rows = read_table(TABLE)
    untagged = sorted(read_untagged(UNTAGGED))
    head = HEAD.format(
        count=len(rows),
        cloudformation=sum(bool(row.cell("sets")) for row in rows),
        terraform=sum(len(_list(row, "terraform")) for row in rows),
    )
    table = ["## Types with tags", "", "| tagging | CloudFormation | Terraform | awscc |", "|---|---|---|---|"]
    return "\n".join([head, *table, *map(_line, rows), "", *_untagged(untagged)]) + "\n"


def _list(row, column):
    return [text for text in row.cell(column).split(",") if text]


def _line(row):
    tagging = [f"*`{name[:-1]}`*" if name.endswith("+") else f"`{name}`" for name in _list(row, "tagging")]
    cloudformation = [f"`{row.cell('cloudformation')}`"] if row.cell("cloudformation") else []
    sets = [f"`{text.rpartition('=')[0]}` ({text.rpartition('=')[2]})" for text in _list(row, "sets")]
    terraform = [f"`{name}`" for name in _list(row, "terraform")]
    if row.cell("attribute") == "tag":
        terraform.append("`tag`")
    awscc = [f"`{row.cell('awscc')}`"] if row.cell("awscc") else []
    cells = [tagging, cloudformation + sets, terraform, awscc]
    return "| " + " | ".join("<br>".join(cell) for cell in cells) + " |"


def _untagged(names):
    out = ["## Types without tags", "", "These types exist, and cannot carry tags in CloudFormation or Terraform.", ""]
    for prefix, title in (("AWS::", "CloudFormation"), ("aws_", "Terraform")):
        found = [name for name in names if name.startswith(prefix)]
        out += [f"{title} ({len(found)}): " + ", ".join(f"`{name}`" for name in found) + ".", ""]
    return out[:-1]
