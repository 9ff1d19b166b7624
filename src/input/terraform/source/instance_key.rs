//! The key of an instance of a block.

use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::input::terraform::address::quoted_key;

/// The key of an instance of a block.
#[derive(Debug, Clone)]
pub(super) enum InstanceKey {
    /// The block has no `count` and no `for_each`.
    Only,
    /// The source does not determine its `count`, `for_each` or `enabled`: one instance stands for all.
    Undecided {
        why: UnknownReason,
        /// True if there may be none.
        may_be_none: bool,
        /// The argument that is not determined.
        by: &'static str,
    },
    Index(i64),
    Key(String, HclValue),
}

impl InstanceKey {
    /// The instance with a key and an unknown `each.value`.
    pub(super) fn key(key: &str) -> Self {
        Self::Key(key.to_owned(), HclValue::unknown("`each.value` is not decided by source"))
    }

    /// The suffix of the address.
    pub(super) fn suffix(&self) -> String {
        match self {
            Self::Only | Self::Undecided { .. } => String::new(),
            Self::Index(at) => format!("[{at}]"),
            Self::Key(key, _) => format!("[{}]", quoted_key(key)),
        }
    }

    /// The key as text, empty for the only instance; `None` for one that is undecided.
    pub(super) fn key_text(&self) -> Option<String> {
        match self {
            Self::Only => Some(String::new()),
            Self::Undecided { .. } => None,
            Self::Index(at) => Some(at.to_string()),
            Self::Key(key, _) => Some(key.clone()),
        }
    }

    /// Returns whether both name the same instance of a block.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only, Self::Only) => true,
            (Self::Index(a), Self::Index(b)) => a == b,
            (Self::Key(a, _), Self::Key(b, _)) => a == b,
            _ => false,
        }
    }

    /// `each.key` and `each.value`.
    pub(super) fn each(&self, name: &str) -> HclValue {
        match (self, name) {
            (Self::Key(key, _), "key") => HclValue::text(key.as_str()),
            (Self::Key(_, value), "value") => value.clone(),
            (Self::Undecided { why, .. }, _) => HclValue::new(HclValueKind::Unknown(why.clone())),
            _ => HclValue::unknown(format!("`each.{name}` has no value here")),
        }
    }

    /// `count.index`.
    pub(super) fn index(&self) -> HclValue {
        match self {
            Self::Index(at) => HclValue::whole(*at),
            Self::Undecided { why, .. } => HclValue::new(HclValueKind::Unknown(why.clone())),
            _ => HclValue::unknown("`count.index` has no value here"),
        }
    }
}
