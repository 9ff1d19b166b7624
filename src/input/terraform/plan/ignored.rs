//! Keys that a provider takes no notice of: those of `ignore_tags`, and of `TF_AWS_IGNORE_TAGS_*` as far as a plan shows.

use std::collections::BTreeSet;

use super::document::{ProviderConfig, ResourceChange, is_planned};
use crate::input::terraform::json::Json;
use crate::model::UnlistedTags;

/// Keys that the provider neither sets nor reads. Others do, or nobody: they may be there.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    keys: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    open: Open,
}

/// Whether there may be other keys that are ignored.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    #[default]
    No,
    /// The plan was made with them, so that what it says is there is not ignored.
    Planned,
    /// Not before the apply: any tag may turn out to be ignored.
    Later,
}

impl Ignored {
    /// What a provider's block says, and what its resources show.
    pub(super) fn of(config: &ProviderConfig<'_>, changes: &[&ResourceChange<'_>]) -> Self {
        let blocks = config.expressions.get("ignore_tags");
        let block = blocks.items().first().unwrap_or(blocks);
        let mut out = Self::default();
        let in_root = config.module_address.is_none();
        for (name, texts) in [("keys", &mut out.keys), ("key_prefixes", &mut out.prefixes)] {
            let expression = block.get(name);
            if expression.is_null() {
                continue;
            }
            if let Json::List(items) = expression.get("constant_value") {
                texts.extend(items.iter().filter_map(Json::as_str).map(str::to_owned));
                continue;
            }
            let mut references = expression.get("references").items().iter().filter_map(Json::as_str);
            let planned = references.all(|name| is_planned(name, in_root));
            out.open = out.open.max(if planned { Open::Planned } else { Open::Later });
        }
        for key in changes.iter().flat_map(|change| shown(change)) {
            if !out.covers(&key) {
                out.keys.insert(key);
            }
        }
        out
    }

    /// Whether this key is ignored for certain.
    pub(super) fn covers(&self, key: &str) -> bool {
        self.keys.contains(key) || self.prefixes.iter().any(|start| key.starts_with(start.as_str()))
    }

    /// Whether any key may turn out to be.
    pub(super) fn may_cover_any(&self) -> bool {
        self.open == Open::Later
    }

    /// Which tags may be there, whatever the plan says.
    pub(super) fn more(&self) -> UnlistedTags {
        let prefixes = self.prefixes.iter().map(|start| format!("{start}*"));
        UnlistedTags::from(self.open != Open::No).and(UnlistedTags::keys(self.keys.iter().cloned().chain(prefixes)))
    }
}

/// Keys that a resource sets itself and that are not among all that it will have: the provider was told, by its block or
/// by the environment, to ignore them.
fn shown(change: &ResourceChange<'_>) -> Vec<String> {
    let (after, unknown) = (&change.change.after, &change.change.after_unknown);
    let all = after.get("tags_all");
    if !matches!(all, Json::Map(_))
        || !unknown.get("tags_all").is_null() && !matches!(unknown.get("tags_all"), Json::Map(_))
    {
        return Vec::new();
    }
    let later = unknown.get("tags_all");
    let own = after.get("tags").entries().iter();
    let gone = own.filter(|(key, value)| {
        value.as_str().is_some_and(|value| !value.is_empty()) && all.get(key).is_null() && later.get(key).is_null()
    });
    gone.map(|(key, _)| key.as_str().to_owned()).collect()
}
