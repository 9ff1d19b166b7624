//! The resources whose tags stand in another resource, as every reader of source lists them.

use std::collections::BTreeSet;

use crate::aws::resource_types::nested::{BlockKey, NestedJudgement, NestedSet};
use crate::base::encode::hcl;

/// The block that a path leads to, in the words of an address.
#[derive(Debug, Clone, Default)]
pub(super) struct PlaceName {
    /// The part after the address of the resource around it: `.tag_specifications["instance"]`.
    pub(super) suffix: String,
    /// The key of the last block, if it is known.
    pub(super) key: Option<String>,
}

impl PlaceName {
    /// The name of a block inside. `seen` has the suffixes of its siblings.
    pub(super) fn below(
        &self,
        name: &str,
        form: BlockKey,
        key: Option<String>,
        position: usize,
        seen: &mut BTreeSet<String>,
    ) -> Self {
        let bracket = match (form, &key) {
            (BlockKey::Single, _) => String::new(),
            (_, Some(key)) => format!("[{}]", hcl::string(key)),
            (_, None) => format!("[{position}]"),
        };
        let mut suffix = format!("{}.{name}{bracket}", self.suffix);
        if !seen.insert(suffix.clone()) {
            suffix = format!("{suffix}[{position}]");
        }
        Self { suffix, key }
    }

    /// The name of all blocks of a kind, whose number is not known.
    pub(super) fn all_below(&self, name: &str) -> Self {
        Self { suffix: format!("{}.{name}", self.suffix), key: None }
    }
}

/// A resource whose tags stand in another resource.
#[derive(Debug)]
pub(super) struct Nested<T> {
    /// The type.
    pub(super) kind: &'static str,
    /// The part after the address of the resource around it.
    pub(super) suffix: String,
    /// True if its region is not that of the resource around it.
    pub(super) has_own_region: bool,
    /// Its own region, if it is known.
    pub(super) own_region: Option<String>,
    /// Its tags, as far as the reader knows them.
    pub(super) tags: T,
}

/// The resources whose tags stand in one resource.
#[derive(Debug)]
pub(super) struct NestedListing<T> {
    pub(super) found: Vec<Nested<T>>,
    /// The paths of tags whose resources have an unknown type, each with its address suffix.
    pub(super) of_unknown_type: Vec<(String, String)>,
    /// Resources that the resource makes and whose tags it does not write: the type, and the address suffix.
    pub(super) implied: Vec<(&'static str, String)>,
    /// The types of which one set covers all resources.
    covered: Vec<&'static str>,
    /// The paths of which a block was found.
    seen: Vec<String>,
}

impl<T> Nested<T> {
    /// The region, from that of the resource around it.
    pub(super) fn region<R: From<String> + Clone>(&self, around: Option<&R>) -> Option<R> {
        if self.has_own_region { self.own_region.clone().map(R::from) } else { around.cloned() }
    }
}

impl<T> Default for NestedListing<T> {
    fn default() -> Self {
        let (found, of_unknown_type, implied) = (Vec::new(), Vec::new(), Vec::new());
        Self { found, of_unknown_type, implied, covered: Vec::new(), seen: Vec::new() }
    }
}

impl<T> NestedListing<T> {
    /// Adds the tags of a set at a place; `None` where they are not written there.
    pub(super) fn add(&mut self, set: &NestedSet, place: PlaceName, tags: Option<T>) {
        let (path, kind) = (set.path(), set.kind_of(place.key.as_deref()));
        let is_whole = set.blocks.is_empty();
        let suffix = if is_whole { format!(".{}", set.tags) } else { place.suffix };
        if !is_whole {
            self.seen.push(path.clone());
        }
        match (kind, tags, set.judged) {
            (Some(kind), _, NestedJudgement::Implied) if is_whole => self.implied.push((kind, String::new())),
            (Some(kind), None, NestedJudgement::Exists | NestedJudgement::Implied) if !is_whole => {
                self.implied.push((kind, suffix));
            }
            (_, None, _) => {}
            (None, Some(_), _) => self.of_unknown_type.push((path, suffix)),
            (Some(kind), Some(_), NestedJudgement::Never | NestedJudgement::Implied) => {
                self.implied.push((kind, suffix));
            }
            (Some(kind), Some(tags), _) => {
                if is_whole {
                    self.covered.push(kind);
                }
                let has_own_region = set.is_keyed_by_region();
                let own_region = place.key.filter(|_| has_own_region);
                self.found.push(Nested { kind, suffix, has_own_region, own_region, tags });
            }
        }
    }

    /// Adds the resources that exist although no set is written for them.
    pub(super) fn with_implied(mut self, sets: &[NestedSet]) -> Self {
        let exist = || sets.iter().filter(|set| set.judged == NestedJudgement::Exists);
        for set in exist() {
            let Some(kind) = set.kind_of(None) else { continue };
            let is_one = set.blocks.iter().all(|block| block.key == BlockKey::Single);
            let in_blocks = |kind| exist().any(|set| !set.blocks.is_empty() && set.kind_of(None) == Some(kind));
            let is_missing = if set.blocks.is_empty() { !in_blocks(kind) } else { !self.seen.contains(&set.path()) };
            if is_one && is_missing {
                self.implied.push((kind, String::new()));
            }
        }
        let covered = &self.covered;
        self.implied.retain(|(kind, _)| !covered.contains(kind));
        self
    }
}
