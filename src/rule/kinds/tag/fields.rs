//! The fields of a tag rule that are about the tag and not about its value.

use strum::VariantNames as _;

use super::default_tags::FROM_DEFAULT_TAGS;
use super::related::RELATED_FIELDS;
use crate::base::quote;
use crate::rule::RuleBuilder;
use crate::rule::constraints::Constraints;
use crate::rule::remediation::DefaultFrom;
use crate::rule::spec::{Field, FieldType, Requirement, SENSITIVE};

/// The fields that constrain the tag, not its value.
const KEY_FIELDS: &[Field] = &[
    Field::new(
        "key",
        FieldType::NonEmptyText,
        "The tag's key. A tag in another letter case is reported as misspelled; on IAM users and roles it is the same tag, so its value is checked too. With `*` or `?` it is a glob, and the constraints apply to every key that it matches.",
    ),
    Field::new(
        "required",
        FieldType::Flag,
        "Whether the tag must exist. Default false: the constraints apply only where it exists.",
    )
    .requires(Requirement::LiteralKey),
    Field::new(
        "ignore-key-case",
        FieldType::Flag,
        "Whether the key in another letter case is this tag too, and no misspelling. Default false.",
    )
    .requires(Requirement::LiteralKey),
    Field::new("aliases", FieldType::LiteralKeys, "Known misspellings of the key; a fix renames them.")
        .requires(Requirement::LiteralKey),
    Field::new("default", FieldType::Text, "The value that a fix writes where the tag is missing.")
        .requires(Requirement::LiteralKey),
    Field::new(
        "default-from",
        FieldType::Choice(DefaultFrom::VARIANTS),
        "The source of a missing value for a fix: the MFA device's user, or the account's own tags.",
    )
    .requires(Requirement::LiteralKey),
    FROM_DEFAULT_TAGS,
    SENSITIVE,
];

/// All fields of a tag rule.
pub(super) const LISTS: &[&[Field]] = &[KEY_FIELDS, RELATED_FIELDS, Constraints::FIELDS];

/// Reports the fields that need one key, for a rule whose key is a glob.
pub(super) fn reject_fields_of_one_key(builder: &mut RuleBuilder<'_, '_, '_>, glob: &str) {
    for field in KEY_FIELDS.iter().chain(RELATED_FIELDS).filter(|field| field.requirement == Requirement::LiteralKey) {
        if builder.fields.has(field.name) {
            builder.diagnostics.error_help(
                builder.name_span(field.name),
                format!("`{}` needs one key, but {} is a glob", field.name, quote(glob)),
                "write the exact key, or remove the field",
            );
        }
    }
}

/// Reads the aliases of the key.
pub(super) fn aliases(builder: &mut RuleBuilder<'_, '_, '_>, key: &str) -> Vec<String> {
    let aliases = builder.literal_keys("aliases").unwrap_or_default();
    if aliases.iter().any(|alias| alias == key) {
        builder.diagnostics.error_help(
            builder.span("aliases"),
            format!("{} is the key itself, not an alias", quote(key)),
            "remove it from `aliases`",
        );
    }
    aliases
}
