//! Checks whether the service would accept a change.

use crate::aws::TagLimits;
use crate::base::quote;
use crate::fix::requests::requests;
use crate::fix::tags::{TagMap, differing};

/// Checks the tags that a change writes, and the requests that write them.
///
/// # Errors
/// The reason why the service would reject the change, or why its effect is unknown. `--apply` rejects the same requests
/// for the same reason.
pub(super) fn check(kind: &str, before: &TagMap, after: &TagMap) -> Result<(), String> {
    let limits = TagLimits::of(kind);
    for key in differing(before, after) {
        let Some(value) = after.get(key) else { continue };
        if let Some(why) = crate::rule::refused(key, value, limits) {
            return Err(format!("{} would reject the tag {}: {why}", limits.name, quote(key)));
        }
    }
    requests(kind, before, after)?;
    // IAM cannot store two spellings of one key. If they were read, the effect of any write is unknown.
    if limits.folds_case {
        for tags in [before, after] {
            let mut folded = std::collections::BTreeMap::new();
            for key in tags.keys() {
                if let Some(other) = folded.insert(key.to_ascii_lowercase(), key) {
                    return Err(format!("{} and {} are one key to {}", quote(other), quote(key), limits.name));
                }
            }
        }
    }
    Ok(())
}
