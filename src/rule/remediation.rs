//! The ways to fix a violation: an example for people, and the repair that `taglint fix` makes.

use strum::{EnumString, VariantNames};

/// The placeholder for a key that the policy does not determine.
pub(super) const ANY_KEY: &str = "KEY";
/// The placeholder for a value that the policy does not determine.
pub(super) const ANY_VALUE: &str = "VALUE";

/// An example of a fix: tags to set and keys to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remediation {
    /// Keys and values to set.
    pub set: Vec<(String, String)>,
    /// Keys to remove: wrong ones, and misspelled ones whose correct key is in `set`.
    pub remove: Vec<String>,
}

impl Remediation {
    /// The same with a tag to set.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.set.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The same with a key to remove.
    #[must_use]
    pub fn remove(mut self, key: &str) -> Self {
        self.remove.push(key.to_owned());
        self
    }
}

/// The repair of one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// The tag is renamed to the rule's key.
    Rename,
    /// The missing tag is set to the rule's default.
    SetDefault,
    /// The value is corrected, or replaced by the rule's default.
    Rewrite,
    /// The tag is removed.
    Remove,
    /// The value of the MFA device's user is copied.
    CopyFromUser,
    /// No repair, and the reason.
    None(&'static str),
}

/// The source of a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum DefaultFrom {
    /// The user to whom an MFA device is assigned.
    User,
    /// The account's own tags.
    Account,
}

/// The key of a rule and its default value.
#[derive(Debug, Clone, Copy)]
pub struct TagDefault<'a> {
    /// The key; a glob if [`TagDefault::literal`] is false.
    pub key: &'a str,
    /// `true` if the key is a literal, not a glob.
    pub literal: bool,
    /// The value that a fix writes if the tag is missing.
    pub default: Option<&'a str>,
    /// The source of the value.
    pub default_from: Option<DefaultFrom>,
}
