//! The tables of the policy language and their fields; those of a rule's kind are in `rule/kinds`.

use strum::VariantNames as _;

use super::{Severity, Within};
use crate::rule::spec::{Field, FieldType, KindSpec, Table, concat, count};
use crate::rule::{KIND_FIELDS, KINDS, Manager};

const fn field(name: &'static str, ty: FieldType, doc: &'static str) -> Field {
    Field::new(name, ty, doc)
}

/// The top of a file.
pub const TOP: Table = Table {
    name: "top",
    fields: &[
        field("version", FieldType::Version, "The language's version. Required; always 1."),
        field(
            "extends",
            FieldType::Texts,
            "Built-in packs, or policy files: by a path relative to this file, or on another machine (`https://…`, `git::…`, read through `taglint.lock`). Their rules become part of the policy; a rule of this file replaces one with the same id.",
        ),
        field(
            "disable",
            FieldType::Texts,
            "Ids (globs) of extended rules to disable. An id that matches no rule is an error.",
        ),
        field(
            "lists",
            FieldType::Lists,
            "Lists by name, which rules, conditions and waivers use instead of a list: `values = \"@stages\"`. Each is a list of strings or a file beside this one.",
        ),
        field("policy", FieldType::Table(&POLICY), "The name of the policy, and what it allows."),
        field(
            "scan",
            FieldType::Settings,
            "Settings of `taglint scan` and `taglint collect`: accounts, resources, limits and connection. `taglint config` lists the effective ones.",
        ),
        field(
            "check",
            FieldType::Settings,
            "Settings of `taglint check` and `taglint scan`: input, ownership, policy and exit code.",
        ),
        field("output", FieldType::Settings, "Settings of the reports of `taglint check` and `taglint scan`."),
        field("rule", FieldType::Tables(&RULE), "The rules."),
        field(
            "target",
            FieldType::Tables(&TARGET),
            "Shares of resources that must comply with rules, each with its own finding.",
        ),
        field("waiver", FieldType::Tables(&WAIVER), "Known exceptions, each with a reason and an expiry date."),
        field("test", FieldType::Tables(&TEST), "Examples with expected results, for `taglint policy test`."),
    ],
};

/// `[policy]`.
pub const POLICY: Table = Table {
    name: "policy",
    fields: &[
        field("name", FieldType::Text, "The policy's name, shown in reports."),
        field("description", FieldType::Text, "A description of the policy, for people."),
        field(
            "inline-waivers",
            FieldType::Flag,
            "Whether a comment `# taglint:ignore rule-id reason` in source waives a finding there. Default false.",
        ),
        field(
            "allow-unknown-types",
            FieldType::NonEmptyTexts,
            "Globs over names of resource types that the rules of this file may use although taglint does not know them.",
        ),
        field(
            "max-waiver",
            FieldType::Days,
            "The longest time of a waiver, from its `from` or else from the day of the run: `\"180d\"`. A longer waiver is an error. It holds for files that extend this one too.",
        ),
    ],
};

/// A list of `[lists]` that is in a file.
pub const LIST_FILE: Table = Table {
    name: "list-file",
    fields: &[
        field(
            "file",
            FieldType::NonEmptyText,
            "A `.txt` file with one item on each line, a `.csv` file or a `.json` file, in the folder of this file or below it, or on another machine (`https://…`, `git::…`, read through `taglint.lock`). Required.",
        ),
        field("column", FieldType::NonEmptyText, "The column of a `.csv` file, by its name in the first line."),
        field(
            "pointer",
            FieldType::Text,
            "The JSON pointer of the array of strings in a `.json` file. Default: the whole document.",
        ),
    ],
};

/// The fields of every rule.
pub const COMMON: &[Field] = &[
    field(
        "id",
        FieldType::Text,
        "The rule's name in reports: lowercase letters, digits and `-`. Required, unique in the policy.",
    ),
    field("description", FieldType::Text, "The purpose of the rule; the title of its alerts in GitHub code scanning."),
    field("severity", FieldType::Choice(Severity::VARIANTS), "error (default), warning or note."),
    field(
        "resources",
        FieldType::NonEmptyTexts,
        "Globs over resource types, by any of their names: `iam:user`, `aws_iam_user`, `AWS::IAM::User`. Default: every type.",
    ),
    field(
        "when",
        FieldType::Table(&CONDITION),
        "The rule applies only to resources that meet all of these conditions.",
    ),
    field(
        "unless",
        FieldType::Table(&CONDITION),
        "The rule does not apply to resources that meet all of these conditions.",
    ),
    field(
        "message",
        FieldType::Text,
        "Replaces the message of the finding; `{key}`, `{value}`, `{name}` and `{type}` are replaced by their values.",
    ),
    HELP,
    LABELS,
    field("grace", FieldType::Days, "The age up to which a finding of a resource is a note: `\"7d\"`. Default: none."),
    field("waivable", FieldType::Flag, "Whether a waiver may cover the rule. Default true."),
];

const HELP: Field = field("help", FieldType::Text, "Text shown with the finding, such as a link or a contact.");
const LABELS: Field = field("labels", FieldType::Texts, "Labels of your own, shown in every report.");

const LISTS: &[&[Field]] = &[COMMON, KIND_FIELDS];

/// `[[rule]]`. A field that several kinds have appears more than once.
pub const RULE: Table = Table { name: "rule", fields: &concat::<{ count(LISTS) }>(LISTS) };

/// `[rule.when]` and `[rule.unless]`.
pub const CONDITION: Table = Table {
    name: "condition",
    fields: &[
        field("resources", FieldType::TextOrTexts, "The resource type matches."),
        field(
            "tags",
            FieldType::TagTests,
            "Each key has a value that matches a glob or one of a list, or exists (`true`), or does not (`false`), or is a date in a range (`before`, `after`, `within`).",
        ),
        field(
            "ignore-key-case",
            FieldType::Flag,
            "Whether the keys in `tags` and `account-tags` ignore letter case. Default false.",
        ),
        field("account", FieldType::TextOrTexts, "The 12-digit account ID matches."),
        field("region", FieldType::TextOrTexts, "The region matches; false for IAM, which has no regions."),
        field("name", FieldType::TextOrTexts, "The resource's name matches."),
        field("path", FieldType::TextOrTexts, "The IAM path matches; false for other services."),
        field("arn", FieldType::TextOrTexts, "The ARN matches; unknown before the resource exists."),
        field("older-than", FieldType::Age, "The resource was created before this: `\"30d\"` ago, or a date."),
        field("newer-than", FieldType::Age, "The resource was created on or after this: `\"30d\"` ago, or a date."),
        field("assigned", FieldType::Flag, "The MFA device is assigned to a user; false for other types."),
        field("account-name", FieldType::TextOrTexts, "The account's name in its organization matches."),
        field(
            "account-ou",
            FieldType::TextOrTexts,
            "The ID of an organizational unit or root that the account is in, directly or below, matches.",
        ),
        field("account-tags", FieldType::TagTests, "Like `tags`, for the account's own tags in its organization."),
        field(
            "managed-by",
            FieldType::Choices(Manager::VARIANTS),
            "One of these manages the resource: `aws` (a service of AWS made it), `cloudformation` or `terraform`; unknown if nothing tells.",
        ),
        field("any", FieldType::Conditions, "At least one of these conditions is met."),
        field("not", FieldType::Condition, "This condition is not met."),
    ],
};

/// The date range of a tag in a condition.
pub const DATE_TEST: Table = Table {
    name: "date-test",
    fields: &[
        field("before", FieldType::Bound, "The date is before this day."),
        field("after", FieldType::Bound, "The date is after this day."),
        field("within", FieldType::Days, "The date is today or in the next days: `\"30d\"`."),
    ],
};

/// `[[target]]`.
pub const TARGET: Table = Table {
    name: "target",
    fields: &[
        field(
            "id",
            FieldType::Text,
            "The target's name in reports: lowercase letters, digits and `-`. Required, unique among targets and rules.",
        ),
        field("rules", FieldType::NonEmptyTexts, "Ids (globs) of the rules. Required."),
        field(
            "compliant",
            FieldType::Percent,
            "The least share of the resources to which a rule applies that violate none of the rules. Required. Waived findings, and findings in a grace period, count as violations.",
        ),
        field(
            "within",
            FieldType::Choice(Within::VARIANTS),
            "The resources of which the share is taken: those of each `account`, or `all` of the run (default).",
        ),
        field("severity", FieldType::Choice(Severity::VARIANTS), "error (default), warning or note."),
        field(
            "description",
            FieldType::Text,
            "The purpose of the target; the title of its alerts in GitHub code scanning.",
        ),
        HELP,
        LABELS,
    ],
};

/// `[[waiver]]`.
pub const WAIVER: Table = Table {
    name: "waiver",
    fields: &[
        field("rules", FieldType::NonEmptyTexts, "Ids (globs) of the waived rules. Required."),
        field("resources", FieldType::NonEmptyTexts, "Globs over ARNs or addresses. Required."),
        field("reason", FieldType::Text, "The reason. Required."),
        field("owner", FieldType::Text, "The person or team responsible for the waiver."),
        field(
            "from",
            FieldType::Date,
            "The first day on which the waiver is valid, in UTC. Default: every day before the last.",
        ),
        field("expires", FieldType::Date, "The last day on which the waiver is valid, in UTC. Required."),
    ],
};

/// `[[test]]`.
pub const TEST: Table = Table {
    name: "test",
    fields: &[
        field("name", FieldType::Text, "The name of the test. Required."),
        field("resource", FieldType::Table(&TEST_RESOURCE), "The resource to check. Required."),
        field(
            "expect",
            FieldType::Texts,
            "The rules that report a finding, and no others: `rule` or `rule:kind`. `[]`: none. Required.",
        ),
        field("unknown", FieldType::Texts, "The rules whose result is unknown, and no others. Default: none."),
        field(
            "others",
            FieldType::Tables(&TEST_RESOURCE),
            "More resources of the input, for rules that compare resources.",
        ),
        field("today", FieldType::Date, "The day of the run, for rules that depend on it."),
    ],
};

/// A resource of a test.
pub const TEST_RESOURCE: Table = Table {
    name: "test-resource",
    fields: &[
        field("type", FieldType::Text, "The resource type, such as `iam:user`. Required."),
        field("name", FieldType::Text, "The name."),
        field("arn", FieldType::Text, "The ARN."),
        field("address", FieldType::Text, "A Terraform address or CloudFormation logical ID."),
        field("id", FieldType::Text, "The pool ID or user ID."),
        field("account", FieldType::Text, "The 12-digit account ID."),
        field("account-name", FieldType::Text, "The account's name in its organization."),
        field(
            "account-ou",
            FieldType::Text,
            "The root and the organizational units of the account, from the root down: `r-ab12/ou-ab12-cd34ef56`.",
        ),
        field("account-tags", FieldType::TagMap, "The account's own tags."),
        field("region", FieldType::Text, "The region."),
        field("path", FieldType::Text, "The IAM path."),
        field(
            "user",
            FieldType::Text,
            "The ARN of the user to whom an MFA device is assigned; empty if it is not assigned.",
        ),
        field("created", FieldType::Text, "The time of creation, in RFC 3339 format."),
        field("tags", FieldType::TagMap, "The tags."),
        field("more-tags", FieldType::Flag, "Whether the resource may have other tags that are not listed."),
        field("unknown", FieldType::Text, "The reason why the tags could not be read."),
        field("unknown-values", FieldType::Texts, "Keys of tags whose value is not known yet."),
        field(
            "managed-by",
            FieldType::Choice(&["cloudformation", "terraform"]),
            "The source that declares the resource, for conditions with `managed-by`.",
        ),
    ],
};

/// The kind with this name.
#[must_use]
pub fn kind_named(name: &str) -> Option<&'static KindSpec> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The kinds of rules that take a field; none for a field that every rule takes.
#[must_use]
pub fn kinds_taking(field: &str) -> Vec<&'static str> {
    KINDS.iter().filter(|kind| kind.takes(field)).map(|kind| kind.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_by_fields_that_no_other_kind_has() {
        for kind in KINDS {
            assert!(!kind.discriminating_fields.is_empty());
            for field in kind.discriminating_fields {
                assert_eq!(kinds_taking(field), [kind.name], "{field}");
            }
            for field in kind.fields {
                assert!(!COMMON.iter().any(|common| common.name == field.name), "{}", field.name);
            }
        }
    }

    #[test]
    fn the_example_of_every_kind_loads() {
        for kind in KINDS {
            let text = format!("version = 1\n[[rule]]\nid = \"r\"\n{}\n", kind.example);
            let policy = crate::policy::parse_text(&text).unwrap();
            assert_eq!(policy.rules[0].kind.name(), kind.name);
        }
    }
}
