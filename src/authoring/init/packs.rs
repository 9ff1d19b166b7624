//! The packs that have rules for the keys of a draft.

use std::collections::BTreeSet;

use crate::authoring::write::{comment, shown};
use crate::base::all_of;
use crate::policy::{PACKS, parse_text};
use crate::rule::{Check as _, Demand};

/// The number of keys that a pack and the draft have in common from which the draft names the pack.
const IN_COMMON: usize = 2;

/// Names the packs with rules for these keys in comments: a rule of a pack has tests and an explanation.
pub(super) fn comments(out: &mut String, keys: &BTreeSet<&str>) {
    for (name, _) in PACKS {
        let policy = parse_text(&format!("version = 1\nextends = [\"{name}\"]\n"));
        let rules = policy.map(|policy| policy.rules).unwrap_or_default();
        let own: BTreeSet<&str> = rules
            .iter()
            .filter_map(|rule| match rule.kind.demand()? {
                Demand::Tag(tag) if tag.literal => keys.get(tag.key).copied(),
                _ => None,
            })
            .collect();
        if own.len() >= IN_COMMON {
            let keys = all_of(own.into_iter().map(shown));
            comment(
                out,
                &format!("The pack {name} has rules for {keys}: compare them (`extends`), and keep one of each."),
            );
        }
    }
}
