//! The packs that have rules for the keys of a draft.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::authoring::write::{comment, shown};
use crate::base::all_of;
use crate::policy::{PACKS, parse_text};
use crate::rule::{Check as _, Demand};

/// The number of keys that a pack and the draft have in common from which the draft names the pack.
const IN_COMMON: usize = 2;

/// The literal keys of the tag rules of each pack.
static KEYS: LazyLock<Vec<(&str, BTreeSet<String>)>> =
    LazyLock::new(|| PACKS.iter().map(|(name, _)| (*name, keys_of(name))).collect());

fn keys_of(pack: &str) -> BTreeSet<String> {
    let policy = parse_text(&format!("version = 1\nextends = [\"{pack}\"]\n"));
    let rules = policy.map(|policy| policy.rules).unwrap_or_default();
    let key = |rule: &crate::policy::Rule| match rule.kind.demand()? {
        Demand::Tag(tag) if tag.literal => Some(tag.key.to_owned()),
        _ => None,
    };
    rules.iter().filter_map(key).collect()
}

/// Names the packs with rules for these keys in comments: a rule of a pack has tests and an explanation.
pub(super) fn comments(out: &mut String, keys: &BTreeSet<&str>) {
    for (name, of_pack) in KEYS.iter() {
        let own: Vec<&str> = of_pack.iter().map(String::as_str).filter(|key| keys.contains(key)).collect();
        if own.len() >= IN_COMMON {
            let keys = all_of(own.into_iter().map(shown));
            comment(
                out,
                &format!("The pack {name} has rules for {keys}: compare them (`extends`), and keep one of each."),
            );
        }
    }
}
