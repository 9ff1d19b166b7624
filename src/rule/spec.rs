//! The description of the policy language: tables, their fields, and kinds of rules. Reading, the JSON Schema, `policy
//! explain` and the tables of the docs are all made from these values.

/// The type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    Text,
    /// Text that is not empty.
    NonEmptyText,
    /// One tag key, no glob.
    Key,
    /// A list of texts that is not empty.
    NonEmptyTexts,
    /// A list of texts, which may be empty.
    Texts,
    /// A list of tag keys or globs over them.
    Keys,
    /// A list of tag keys, none of them a glob.
    LiteralKeys,
    /// A text or a list of texts.
    TextOrTexts,
    /// A boolean.
    Flag,
    /// A whole number, 0 or more.
    Count,
    /// A regular expression.
    Regex,
    /// A day.
    Date,
    /// A number, a day, or a day counted from the day of the run.
    Bound,
    /// A number of days, or a day.
    Age,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of keys, or the word `"declared"`.
    KeysOrDeclared,
    /// Key to glob, list of globs, boolean, or table of dates.
    TagTests,
    /// A number of days.
    Days,
    /// One of these words, or a list of them.
    Choices(&'static [&'static str]),
    /// A condition inside a condition.
    Condition,
    /// A list of conditions.
    Conditions,
    /// A share in percent.
    Percent,
    /// Key to value.
    TagMap,
    /// Flag of the command line to value.
    Settings,
    /// A table.
    Table(&'static Table),
    /// A list of tables.
    Tables(&'static Table),
    /// Names of lists, each with its items or the file that has them.
    Lists,
    /// Lists of values by a property of the resource.
    ValuesBy,
    /// The version of the language.
    Version,
}

impl FieldType {
    /// Whether a text in place of a list names a list of the policy: `values = "@stages"`. Where one text is a glob already,
    /// it does so only if the policy has lists.
    #[must_use]
    pub(super) fn takes_list(self, any_lists: bool) -> bool {
        match self {
            Self::NonEmptyTexts | Self::Keys | Self::LiteralKeys | Self::KeysOrDeclared => true,
            Self::TextOrTexts => any_lists,
            _ => false,
        }
    }

    /// The type in a sentence, such as "a list of strings".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Text | Self::NonEmptyText | Self::Key | Self::Choice(_) => "a string",
            Self::Regex => "a string with a regular expression",
            Self::NonEmptyTexts | Self::Texts | Self::Keys | Self::LiteralKeys => "a list of strings",
            Self::TextOrTexts | Self::Choices(_) => "a string or a list of strings",
            Self::Flag => "true or false",
            Self::Count => "a whole number, 0 or more",
            Self::Date => "a date such as 2027-03-31, without quotes",
            Self::Bound => "a number, a date, or \"today\" with days such as \"today+90d\"",
            Self::Age => "a number of days such as \"30d\", or a date",
            Self::KeysOrDeclared => "a list of keys, or \"declared\"",
            Self::TagTests => {
                "a table of keys, each with a glob, a list of globs, true, false, or a table with `before`, `after` or `within`"
            }
            Self::Days => "a number of days such as \"30d\"",
            Self::Percent => "a percentage such as \"95%\"",
            Self::TagMap => "a table of keys and string values",
            Self::Settings => "a table of flags without `--`, each with its value or a list of values",
            Self::Table(_) | Self::Condition => "a table",
            Self::Tables(_) | Self::Conditions => "a list of tables",
            Self::Lists => "a table of names, each with a list of strings or a table such as { file = \"codes.txt\" }",
            Self::ValuesBy => "a table of one property, with a list of strings for each value of it",
            Self::Version => "the number 1",
        }
    }
}

/// The condition under which a rule may have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// None.
    None,
    /// The rule's `key` is one key, no glob.
    LiteralKey,
    /// The rule has one of these fields too.
    AnyField(&'static [&'static str]),
    /// The rule has this field too, with one of these values.
    FieldValue(&'static str, &'static [&'static str]),
}

/// A field of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub ty: FieldType,
    /// Its meaning.
    pub doc: &'static str,
    /// The condition under which a rule may have it.
    pub requirement: Requirement,
    /// The fields that a rule with it may not have.
    pub excludes: &'static [&'static str],
}

impl Field {
    /// A field that every table of its kind may have.
    #[must_use]
    pub const fn new(name: &'static str, ty: FieldType, doc: &'static str) -> Self {
        Self { name, ty, doc, requirement: Requirement::None, excludes: &[] }
    }

    /// The same field, which excludes others.
    #[must_use]
    pub const fn excludes(self, excludes: &'static [&'static str]) -> Self {
        Self { excludes, ..self }
    }

    /// The same field under a condition.
    #[must_use]
    pub const fn requires(self, requirement: Requirement) -> Self {
        Self { requirement, ..self }
    }
}

/// The field of kinds whose findings may show a secret.
pub(super) const SENSITIVE: Field = Field::new(
    "sensitive",
    FieldType::Flag,
    "Whether a value that violates the rule may be a secret. Every finding of the resource then shows that value as `(hidden)`. Default false.",
);

/// A table of the policy language.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in the JSON Schema.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// The description of a kind of rule.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// Its name.
    pub name: &'static str,
    /// The fields that identify a rule of this kind: it has at least one of them.
    pub discriminating_fields: &'static [&'static str],
    /// `true` if a rule has only one of the discriminating fields.
    pub exclusive: bool,
    /// The fields of this kind of rule, including the discriminating ones.
    pub fields: &'static [Field],
    /// The shortest rule of this kind, without its `id`.
    pub example: &'static str,
    /// The purpose of the rule, in a sentence.
    pub summary: &'static str,
    /// The reason to have such a rule.
    pub why: &'static str,
    /// The way to fix a finding.
    pub fix: &'static str,
}

impl KindSpec {
    /// Returns `true` if rules of this kind take a field that not every rule takes.
    #[must_use]
    pub fn takes(&self, field: &str) -> bool {
        self.fields.iter().any(|own| own.name == field)
    }
}

/// Concatenates lists of fields.
///
/// # Panics
/// If the lists do not have `N` fields between them: constants are checked when the program is compiled.
#[must_use]
pub const fn concat<const N: usize>(lists: &[&[Field]]) -> [Field; N] {
    let mut out = [Field::new("", FieldType::Text, ""); N];
    // A `const fn` cannot use iterators.
    let (mut list, mut at) = (0, 0);
    while list < lists.len() {
        let mut field = 0;
        while field < lists[list].len() {
            out[at] = lists[list][field];
            at += 1;
            field += 1;
        }
        list += 1;
    }
    assert!(at == N, "the lists have another number of fields");
    out
}

/// The number of fields of several lists.
#[must_use]
pub const fn count(lists: &[&[Field]]) -> usize {
    let (mut list, mut n) = (0, 0);
    while list < lists.len() {
        n += lists[list].len();
        list += 1;
    }
    n
}
