//! Texts that a plan or state marks as sensitive. They must not appear in any output.

use super::address::with_hidden_keys;
use super::json::{JsonValue, ResourceAttributes};
use crate::model::{Text, UnlistedTags};

/// The attributes from which names, ids, ARNs and keys of instances are made.
const IDENTIFIERS: &[&str] = &[
    "arn",
    "bucket",
    "function_name",
    "id",
    "identity_pool_name",
    "name",
    "path",
    "policy_id",
    "region",
    "unique_id",
    "url",
    "user_name",
    "virtual_mfa_device_name",
];

/// The length in bytes from which a text that contains a secret is one itself. Most texts contain an "a".
const PART: usize = 4;

/// Secret texts. Providers and modules make other texts of them and lose the marks, so texts are compared.
#[derive(Debug, Default)]
pub(super) struct SecretTexts(Vec<String>);

impl SecretTexts {
    /// Adds every text and number in a value, at any depth.
    pub(super) fn add(&mut self, value: &JsonValue<'_>) {
        value.texts(&mut self.0);
        self.0.retain(|text| !text.is_empty());
    }

    /// Returns whether there are none, as in most plans.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the identifiers of a resource that are marked.
    pub(super) fn add_identifiers(&mut self, values: &ResourceAttributes<'_>, marks: &ResourceAttributes<'_>) {
        if !marks.has_marks() {
            return;
        }
        for name in IDENTIFIERS.iter().filter(|name| marks.says(name)) {
            self.add(values.get(name));
        }
    }

    /// Returns whether a text is or contains a secret.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text == secret || (secret.len() >= PART && text.contains(secret.as_str())))
    }

    /// An address with the keys hidden that contain a secret.
    pub(super) fn hide_keys<'a>(&self, address: Text<'a>) -> Text<'a> {
        if self.0.is_empty() {
            return address;
        }
        with_hidden_keys(&address, |key| self.are_in(key)).map_or(address, Text::from)
    }

    /// Unlisted tags; any, if one of the keys contains a secret.
    pub(super) fn of_keys(&self, more: UnlistedTags) -> UnlistedTags {
        match more {
            UnlistedTags::Keys(keys) if keys.iter().any(|key| self.are_in(key)) => UnlistedTags::Any,
            more => more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_secret_if_it_contains_one_and_a_short_one_must_be_equal() {
        let value: JsonValue<'_> =
            serde_json::from_str(r#"{"a": ["hunter2"], "b": "ab", "c": 73211, "d": ""}"#).unwrap();
        let mut secrets = SecretTexts::default();
        secrets.add(&value);
        for (text, want) in
            [("x-hunter2-y", true), ("hunter", false), ("ab", true), ("cab", false), ("n73211", true), ("", false)]
        {
            assert_eq!(secrets.are_in(text), want, "{text}");
        }
        let hidden = secrets.hide_keys(Text::from(r#"module.m["ab"].aws_iam_user.u["x\"hunter2"]"#));
        assert_eq!(hidden.as_str(), r#"module.m["(sensitive)"].aws_iam_user.u["(sensitive)"]"#);
        assert_eq!(secrets.of_keys(UnlistedTags::keys(["hunter2*".to_owned()])), UnlistedTags::Any);
    }
}
