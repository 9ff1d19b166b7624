//! The one table of the language's fields: what they are called, what they take, what they mean. Reading, the JSON
//! Schema, `policy explain` and the docs' tables all come from here.

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // `words` says what each is
pub enum Ty {
    Text,
    Texts,
    TextOrTexts,
    Flag,
    Count,
    Regex,
    Date,
    Bound,
    Age,
    Choice(&'static [&'static str]),
    /// A list of keys, or the word `"declared"`.
    KeysOrDeclared,
    /// Key to glob, list of globs, or true/false.
    TagTests,
    /// Key to value.
    TagMap,
    /// A table with fields of its own.
    Table(&'static [Field]),
    /// A list of such tables.
    Tables(&'static [Field]),
    Version,
}

impl Ty {
    /// What it takes, for an error message.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Text | Self::Choice(_) => "a string",
            Self::Regex => "a string with a regular expression",
            Self::Texts => "a list of strings",
            Self::TextOrTexts => "a string or a list of strings",
            Self::Flag => "true or false",
            Self::Count => "a whole number, 0 or more",
            Self::Date => "a date such as 2027-03-31, without quotes",
            Self::Bound => "a number, a date, or \"today\" with days such as \"today+90d\"",
            Self::Age => "a number of days such as \"30d\", or a date",
            Self::KeysOrDeclared => "a list of keys, or \"declared\"",
            Self::TagTests => "a table of keys, each with a glob, a list of globs, true or false",
            Self::TagMap => "a table of keys and string values",
            Self::Table(_) => "a table",
            Self::Tables(_) => "a list of tables",
            Self::Version => "the number 1",
        }
    }
}

/// One field of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it is written.
    pub name: &'static str,
    /// What it takes.
    pub ty: Ty,
    /// What it means.
    pub doc: &'static str,
    /// The kinds of rules that take it; empty for all of them.
    pub kinds: &'static [&'static str],
}

const fn field(name: &'static str, ty: Ty, doc: &'static str) -> Field {
    Field { name, ty, doc, kinds: &[] }
}

const fn of(kinds: &'static [&'static str], name: &'static str, ty: Ty, doc: &'static str) -> Field {
    Field { name, ty, doc, kinds }
}

/// Severities, the gravest first.
pub const SEVERITIES: &[&str] = &["error", "warning", "note"];
/// Named formats.
pub const FORMATS: &[&str] =
    &["email", "date", "integer", "number", "boolean", "uuid", "url", "hostname", "arn", "account-id"];
/// Named key styles.
pub const STYLES: &[&str] =
    &["PascalCase", "camelCase", "kebab-case", "snake_case", "Title Case", "lowercase", "UPPERCASE"];

/// The top of a file.
pub const TOP: &[Field] = &[
    field("version", Ty::Version, "The language's version. Required; always 1."),
    field(
        "extends",
        Ty::Texts,
        "Built-in packs, or paths relative to this file, whose rules come along. This file's own rules replace theirs of the same id.",
    ),
    field("disable", Ty::Texts, "Ids (globs) of extended rules to switch off. One that names none is an error."),
    field("policy", Ty::Table(POLICY), "What the policy is called, and what it allows."),
    field("rule", Ty::Tables(RULE), "The rules."),
    field("waiver", Ty::Tables(WAIVER), "Known exceptions, each with a reason and a last day."),
    field("test", Ty::Tables(TEST), "Examples that `taglint policy test` holds the rules to."),
];

/// `[policy]`.
pub const POLICY: &[Field] = &[
    field("name", Ty::Text, "The policy's name, shown in reports."),
    field("description", Ty::Text, "What the policy is, for a person."),
    field(
        "inline-waivers",
        Ty::Flag,
        "Whether a comment `# taglint:ignore rule-id reason` in source waives a finding there. Default false.",
    ),
];

const TAG: &[&str] = &["tag"];

/// `[[rule]]`.
pub const RULE: &[Field] = &[
    field(
        "id",
        Ty::Text,
        "The rule's name in reports: lowercase letters, digits and `-`. Required, unique in the policy.",
    ),
    field("description", Ty::Text, "What the rule is for; the title of its alerts in GitHub code scanning."),
    field("severity", Ty::Choice(SEVERITIES), "error (default), warning or note."),
    field(
        "resources",
        Ty::Texts,
        "Globs over resource types, by any of their names: `iam:user`, `aws_iam_user`, `AWS::IAM::User`. Default: every type.",
    ),
    field("when", Ty::Table(CONDITION), "The rule applies only where all of these hold."),
    field("unless", Ty::Table(CONDITION), "The rule does not apply where all of these hold."),
    field(
        "message",
        Ty::Text,
        "Replaces the finding's message; `{key}`, `{value}`, `{name}` and `{type}` are filled in.",
    ),
    field("help", Ty::Text, "Shown with the finding: where to read on, whom to ask."),
    field("labels", Ty::Texts, "Words of your own, carried into every report."),
    field("waivable", Ty::Flag, "Whether a waiver may cover the rule. Default true."),
    of(
        TAG,
        "key",
        Ty::Text,
        "The tag's key, compared exactly (on IAM users whatever its case). With `*` or `?` a glob: the constraints hold for every key that it matches.",
    ),
    of(TAG, "required", Ty::Flag, "The tag has to be there. Default false: the constraints hold only where it is."),
    of(TAG, "aliases", Ty::Texts, "Spellings of the key known to be wrong; a fix renames them."),
    of(TAG, "allow-empty", Ty::Flag, "Whether the value may be empty or white space. Default false."),
    of(TAG, "default", Ty::Text, "What a fix writes where the tag is missing."),
    of(
        TAG,
        "default-from",
        Ty::Choice(&["user", "account"]),
        "Where a fix takes a missing value from: the MFA device's user, or the account's own tags.",
    ),
    of(TAG, "values", Ty::Texts, "The allowed values (globs)."),
    of(TAG, "not-values", Ty::Texts, "Values (globs) that are refused."),
    of(TAG, "ignore-case", Ty::Flag, "Whether `values` and `not-values` ignore letter case. Default false."),
    of(TAG, "pattern", Ty::Regex, "A regular expression that the whole value must match."),
    of(TAG, "not-pattern", Ty::Regex, "A regular expression that nothing in the value may match."),
    of(
        TAG,
        "format",
        Ty::Choice(FORMATS),
        "The value's format: email, date (YYYY-MM-DD), integer, number, boolean, uuid, url, hostname, arn or account-id.",
    ),
    of(TAG, "min", Ty::Bound, "The least value; with `format` integer, number or date."),
    of(TAG, "max", Ty::Bound, "The greatest value; with `format` integer, number or date."),
    of(TAG, "min-length", Ty::Count, "The least number of characters."),
    of(TAG, "max-length", Ty::Count, "The greatest number of characters."),
    of(
        TAG,
        "separator",
        Ty::Text,
        "The value is a list, split at this text; every other constraint looks at each item.",
    ),
    of(TAG, "min-items", Ty::Count, "The least number of items; with `separator`."),
    of(TAG, "max-items", Ty::Count, "The greatest number of items; with `separator`."),
    of(TAG, "unique-items", Ty::Flag, "Whether every item must stand once only; with `separator`."),
    of(
        &["tag", "forbid"],
        "sensitive",
        Ty::Flag,
        "What breaks the rule may be a secret: no finding of the resource, by whatever rule, then shows that tag's value; it is `(hidden)`. Default false.",
    ),
    of(&["any-of"], "any-of", Ty::Texts, "At least one of these keys is there, with a value."),
    of(
        &["forbid"],
        "forbid",
        Ty::Texts,
        "Keys (globs) that must not be there; a glob spares the keys that the policy names.",
    ),
    of(
        &["only"],
        "only",
        Ty::KeysOrDeclared,
        "A closed list of keys (globs); any other is reported. `\"declared\"`: the keys that the policy's rules and conditions name.",
    ),
    of(
        &["key-style"],
        "key-style",
        Ty::Choice(STYLES),
        "How every key is written; each part between `:` and `/` is looked at. Keys that a tag rule names are spared.",
    ),
    of(
        &["key-style"],
        "key-pattern",
        Ty::Regex,
        "A regular expression that each part of every key, between `:` and `/`, must match whole.",
    ),
    of(&["count"], "max-tags", Ty::Count, "At most so many tags; AWS's own are not counted."),
    of(&["count"], "min-tags", Ty::Count, "At least so many tags."),
    of(&["count"], "reserve", Ty::Count, "At least so many places are left, of `max-tags`, else of the service's 50."),
    of(
        &["syntax"],
        "syntax",
        Ty::Choice(&["service"]),
        "What the resource's own service would refuse: lengths, characters, the `aws:` prefix, keys of a user that differ only in case.",
    ),
    of(&["unique"], "unique", Ty::Text, "No two resources of the matched types share this key's value."),
    of(
        &["unique"],
        "within",
        Ty::Choice(&["account", "all"]),
        "Where the value must stand alone: in its account (default), or in the whole input.",
    ),
    of(
        &["same-as-user"],
        "same-as-user",
        Ty::Texts,
        "Keys of which an assigned MFA device has the same value as its user.",
    ),
];

/// `[rule.when]` and `[rule.unless]`.
pub const CONDITION: &[Field] = &[
    field("resources", Ty::TextOrTexts, "The resource type matches."),
    field(
        "tags",
        Ty::TagTests,
        "Each key has a value that matches a glob or one of a list, or is there (`true`) or not (`false`).",
    ),
    field("account", Ty::TextOrTexts, "The account's twelve digits match."),
    field("region", Ty::TextOrTexts, "The region matches; false on IAM, which has none."),
    field("name", Ty::TextOrTexts, "The resource's name matches."),
    field("path", Ty::TextOrTexts, "The IAM path matches; false elsewhere."),
    field("arn", Ty::TextOrTexts, "The ARN matches; not known before the resource exists."),
    field("older-than", Ty::Age, "The resource was made before this: `\"30d\"` ago, or a date."),
    field("newer-than", Ty::Age, "The resource was made on or after this: `\"30d\"` ago, or a date."),
    field("assigned", Ty::Flag, "The MFA device is given to a user; false on everything else."),
    field("account-name", Ty::TextOrTexts, "The account's name in its organization matches."),
    field("account-tags", Ty::TagTests, "As `tags`, for the account's own tags in its organization."),
];

/// `[[waiver]]`.
pub const WAIVER: &[Field] = &[
    field("rules", Ty::Texts, "Ids (globs) of the rules that are waived. Required."),
    field("resources", Ty::Texts, "Globs over ARNs or addresses. Required."),
    field("reason", Ty::Text, "Why. Required."),
    field("owner", Ty::Text, "Who answers for it."),
    field("expires", Ty::Date, "The last day on which the waiver holds, UTC. Required."),
];

/// `[[test]]`.
pub const TEST: &[Field] = &[
    field("name", Ty::Text, "What the test shows. Required."),
    field("resource", Ty::Table(TEST_RESOURCE), "The resource that is checked. Required."),
    field("expect", Ty::Texts, "Exactly these rules report: `rule` or `rule:kind`. `[]`: none. Required."),
    field("unknown", Ty::Texts, "Exactly these rules cannot be told. Default: none."),
    field("others", Ty::Tables(TEST_RESOURCE), "More resources of the input, for `unique` and `same-as-user`."),
    field("today", Ty::Date, "The day of the run, where dates matter."),
];

/// A resource of a test.
pub const TEST_RESOURCE: &[Field] = &[
    field("type", Ty::Text, "The resource type, such as `iam:user`. Required."),
    field("name", Ty::Text, "The name."),
    field("arn", Ty::Text, "The ARN."),
    field("address", Ty::Text, "A Terraform address or CloudFormation logical id."),
    field("id", Ty::Text, "Pool id or user id."),
    field("account", Ty::Text, "Twelve digits."),
    field("account-name", Ty::Text, "The account's name in its organization."),
    field("account-tags", Ty::TagMap, "The account's own tags."),
    field("region", Ty::Text, "The region."),
    field("path", Ty::Text, "The IAM path."),
    field("user", Ty::Text, "The ARN of the user that an MFA device is given to; empty: given to nobody."),
    field("created", Ty::Text, "RFC 3339."),
    field("tags", Ty::TagMap, "The tags."),
    field("more-tags", Ty::Flag, "Other tags may be set besides."),
    field("unknown", Ty::Text, "The tags could not be read; why."),
    field("unknown-values", Ty::Texts, "Keys that are there with a value that is not known yet."),
];

/// A kind of rule.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// Its name.
    pub name: &'static str,
    /// The fields of which one tells the kind.
    pub told_by: &'static [&'static str],
    /// What it demands, in a sentence.
    pub what: &'static str,
    /// Why one wants it.
    pub why: &'static str,
    /// How to mend a finding with Terraform, `CloudFormation` and the AWS CLI; `{key}` stands for the rule's key.
    pub fix: &'static str,
}

/// Every kind of rule.
pub const KINDS: &[KindSpec] = &[
    KindSpec {
        name: "tag",
        told_by: &["key"],
        what: "Constraints on one tag: whether it must be there, how its key is spelled, what its value may be.",
        why: "Cost allocation and access control read tags by exact key and value; a misspelled or missing one sends money to the wrong place or opens a door.",
        fix: "Set the tag under its right key; where it stands under a wrong spelling, rename it.",
    },
    KindSpec {
        name: "any-of",
        told_by: &["any-of"],
        what: "At least one of several keys is there, with a value.",
        why: "Somebody must answer for every resource, whether it is named as an owner, a team or a service.",
        fix: "Set one of the tags that the rule names.",
    },
    KindSpec {
        name: "forbid",
        told_by: &["forbid"],
        what: "Keys that must not be there.",
        why: "Left-over, temporary and misleading tags confuse reports, and tags are readable by more people than secrets should be.",
        fix: "Remove the tag.",
    },
    KindSpec {
        name: "only",
        told_by: &["only"],
        what: "A closed dictionary: any key that is not listed is reported.",
        why: "A tag nobody declared is a tag nobody reads, or a misspelling of one that somebody does.",
        fix: "Remove the tag, rename it to the key that was meant, or declare it in the policy.",
    },
    KindSpec {
        name: "key-style",
        told_by: &["key-style", "key-pattern"],
        what: "Every key is written in one style.",
        why: "Keys are case-sensitive nearly everywhere in AWS: one style saves a hundred near misses.",
        fix: "Rename the key.",
    },
    KindSpec {
        name: "count",
        told_by: &["max-tags", "min-tags", "reserve"],
        what: "How many tags a resource has, or has room for.",
        why: "AWS refuses the 51st tag, and the whole request that brings it: room runs out in the middle of somebody's deploy.",
        fix: "Remove tags that nobody reads, or add those that are missing.",
    },
    KindSpec {
        name: "syntax",
        told_by: &["syntax"],
        what: "What the resource's own service would refuse: lengths, characters, the `aws:` prefix, and keys that differ only in case where the service folds case.",
        why: "AWS refuses a whole request for one bad tag; found here, it costs a minute and no failed deploy.",
        fix: "Use letters, numbers, spaces and `_ . : / = + - @`, at most 128 characters in a key and 256 in a value, and no `aws:` prefix.",
    },
    KindSpec {
        name: "unique",
        told_by: &["unique"],
        what: "No two resources share a value.",
        why: "An employee number or an asset id that stands twice belongs to nobody.",
        fix: "Find out which resource the value belongs to, and correct the others.",
    },
    KindSpec {
        name: "same-as-user",
        told_by: &["same-as-user"],
        what: "An assigned MFA device has the same value as the user it is given to.",
        why: "The device's cost and its owner follow its user; when people change teams, their devices are forgotten.",
        fix: "Set the tag of the device to its user's value.",
    },
];

impl KindSpec {
    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The kind that a field tells, if it tells one.
    #[must_use]
    pub fn told_by(field: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.told_by.contains(&field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Format, Style};

    #[test]
    fn the_table_and_the_code_name_the_same_things() {
        assert!(Format::ALL.iter().map(|(_, name, _)| *name).eq(FORMATS.iter().copied()));
        assert!(Style::ALL.iter().map(|(_, name)| *name).eq(STYLES.iter().copied()));
        for field in RULE {
            for kind in field.kinds {
                assert!(KindSpec::named(kind).is_some(), "{} names the kind {kind}", field.name);
            }
        }
        for kind in KINDS {
            for told_by in kind.told_by {
                assert!(RULE.iter().any(|f| f.name == *told_by && f.kinds == [kind.name]), "{told_by}");
            }
        }
    }
}
