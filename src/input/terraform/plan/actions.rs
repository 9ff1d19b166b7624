//! The actions of one change.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::model::Text;

/// The actions in `terraform show -json`.
const ACTIONS: [&str; 7] = ["no-op", "create", "read", "update", "delete", "forget", "open"];

/// The actions of one change, as a bit for each in [`ACTIONS`] and one for all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PlanActions(u8);

impl PlanActions {
    const UNKNOWN: u8 = 1 << ACTIONS.len();

    fn bit(name: &str) -> u8 {
        ACTIONS.iter().position(|own| *own == name).map_or(Self::UNKNOWN, |at| 1 << at)
    }

    /// Returns whether an action is among them. The name is one of those that Terraform writes.
    pub(super) fn has(self, name: &str) -> bool {
        self.0 & Self::bit(name) != 0
    }

    /// Returns whether there is an action, and none that this version does not know.
    pub(super) fn are_known(self) -> bool {
        self.0 != 0 && self.0 & Self::UNKNOWN == 0
    }
}

impl<'de> Deserialize<'de> for PlanActions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ActionsVisitor;
        impl<'de> Visitor<'de> for ActionsVisitor {
            type Value = PlanActions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<PlanActions, S::Error> {
                let mut actions = PlanActions::default();
                while let Some(name) = seq.next_element::<Text<'de>>()? {
                    actions.0 |= PlanActions::bit(&name);
                }
                Ok(actions)
            }
        }
        deserializer.deserialize_seq(ActionsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_and_others_are_noted() {
        for (text, has, are_known) in [
            (r#"["create"]"#, ["create"].as_slice(), true),
            (r#"["delete","create"]"#, &["delete", "create"], true),
            (r#"["no\u002dop"]"#, &["no-op"], true),
            (r#"["create","explode"]"#, &["create"], false),
            ("[]", &[], false),
        ] {
            let actions: PlanActions = serde_json::from_str(text).unwrap();
            let found: Vec<&str> = ACTIONS.into_iter().filter(|name| actions.has(name)).collect();
            assert!(found.len() == has.len() && has.iter().all(|name| found.contains(name)), "{text}: {found:?}");
            assert_eq!(actions.are_known(), are_known, "{text}");
        }
        for text in ["7", r#"["create",7]"#, "null"] {
            let old = serde_json::from_str::<Vec<Text<'_>>>(text).unwrap_err().to_string();
            assert_eq!(serde_json::from_str::<PlanActions>(text).unwrap_err().to_string(), old);
        }
    }
}
