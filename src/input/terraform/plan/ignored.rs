//! Tag keys that a provider ignores: those of `ignore_tags`, and of `TF_AWS_IGNORE_TAGS_*` as far as a plan shows them.

use std::collections::BTreeSet;

use super::document::{ProviderConfig, ResourceChange, is_planned};
use crate::input::terraform::json::JsonValue;
use crate::input::terraform::sorted_keys::SortedEntries;
use crate::model::UnlistedTags;

/// Keys that the provider neither sets nor reads. Something else may set them, so they may exist.
#[derive(Debug, Default)]
pub(super) struct PlanIgnoredTags {
    keys: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    open: UnlistedIgnores,
}

/// The possibility of other ignored keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum UnlistedIgnores {
    #[default]
    No,
    /// They were known to the plan, so the tags in the plan are not ignored.
    Planned,
    /// They are known only after the apply: any tag may be ignored.
    Later,
}

impl PlanIgnoredTags {
    /// The ignored keys of a provider block.
    pub(super) fn of(config: &ProviderConfig<'_>) -> Self {
        let blocks = config.expressions.get("ignore_tags");
        let block = blocks.items().first().unwrap_or(blocks);
        let mut out = Self::default();
        let in_root = config.module_address.is_none();
        for (name, texts) in [("keys", &mut out.keys), ("key_prefixes", &mut out.prefixes)] {
            let expression = block.get(name);
            if expression.is_null() {
                continue;
            }
            if let JsonValue::List(items) = expression.get("constant_value") {
                texts.extend(items.iter().filter_map(JsonValue::as_str).map(str::to_owned));
                continue;
            }
            let mut references = expression.get("references").items().iter().filter_map(JsonValue::as_str);
            let planned = references.all(|name| is_planned(name, in_root));
            out.open = out.open.max(if planned { UnlistedIgnores::Planned } else { UnlistedIgnores::Later });
        }
        out
    }

    /// Adds the keys that a resource of the provider reveals.
    pub(super) fn add_seen(&mut self, change: &ResourceChange<'_>) {
        for key in ignored_keys_seen(change) {
            if !self.covers(&key) {
                self.keys.insert(key);
            }
        }
    }

    /// Returns whether no key is ignored, or may be.
    pub(super) fn is_nothing(&self) -> bool {
        self.keys.is_empty() && self.prefixes.is_empty() && self.open == UnlistedIgnores::No
    }

    /// Returns whether a key is certainly ignored.
    pub(super) fn covers(&self, key: &str) -> bool {
        self.keys.contains(key) || self.prefixes.iter().any(|start| key.starts_with(start.as_str()))
    }

    /// Returns whether any key may be ignored.
    pub(super) fn may_cover_any(&self) -> bool {
        self.open == UnlistedIgnores::Later
    }

    /// The tags that may exist although the plan does not have them.
    pub(super) fn more(&self) -> UnlistedTags {
        let prefixes = self.prefixes.iter().map(|start| format!("{start}*"));
        UnlistedTags::from(self.open != UnlistedIgnores::No)
            .and(UnlistedTags::keys(self.keys.iter().cloned().chain(prefixes)))
    }
}

/// Keys in `tags` that are missing in `tags_all`: the provider ignores them, by its block or by the environment.
fn ignored_keys_seen(change: &ResourceChange<'_>) -> Vec<String> {
    let (after, unknown) = (&change.change.after, &change.change.after_unknown);
    let all = after.get("tags_all");
    if !matches!(all, JsonValue::Map(_))
        || !unknown.get("tags_all").is_null() && !matches!(unknown.get("tags_all"), JsonValue::Map(_))
    {
        return Vec::new();
    }
    let (all, later) = (SortedEntries::of(all), SortedEntries::of(unknown.get("tags_all")));
    let is_some = |value: &JsonValue<'_>| !value.is_null();
    let own = after.get("tags").entries().iter();
    let gone = own.filter(|(key, value)| {
        value.as_str().is_some_and(|value| !value.is_empty()) && !all.any(key, is_some) && !later.any(key, is_some)
    });
    gone.map(|(key, _)| key.as_str().to_owned()).collect()
}
