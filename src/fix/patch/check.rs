//! Checks that the editors of both source languages share.

use crate::base::quote;
use crate::fix::plan::Change;

/// The reason why tags in an unsupported form are skipped.
pub(super) const UNSUPPORTED: &str =
    "its tags are written in a form that --patch does not support; change them by hand";

/// Returns the keys that the change removes.
pub(super) fn removed_keys(change: &Change) -> impl Iterator<Item = &String> {
    change.before.keys().filter(|key| !change.after.contains_key(*key))
}

/// Checks that a tag has the same value in the source as in AWS. Only then may the source be edited.
pub(super) fn check_current_value(change: &Change, key: &str, value: Option<&str>) -> Result<(), String> {
    match value {
        Some(value) if change.before.get(key).map(String::as_str) == Some(value) => Ok(()),
        Some(_) => Err(format!("{} has a different value in the source than in AWS", quote(key))),
        None => Err(format!("the value of {} is not a literal; change it by hand", quote(key))),
    }
}
