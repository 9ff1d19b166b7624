//! The flags that a change requires, computed from its tags alone.
//!
//! A plan file is untrusted: whoever edits it must not be able to hide the effect of a change.

use std::collections::BTreeSet;

use super::journal::{Restore, TouchedTag};
use super::plan::{Change, Override, Owner, OwnerKind, STACK_TAG_PREFIX};
use super::tags::differing;
use crate::aws::{KeyIdentity, TagLimits, is_aws_key};

/// The flags that a change requires, each with the key that requires it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredOverrides(pub BTreeSet<(Override, String)>);

impl RequiredOverrides {
    /// The flags that were not given.
    pub fn missing<'n>(&'n self, given: &'n BTreeSet<Override>) -> impl Iterator<Item = &'n (Override, String)> {
        self.0.iter().filter(|(flag, _)| !given.contains(flag))
    }
}

/// Returns the flags that a change requires. Tags do not reveal the owner, so an owner that the plan states is
/// believed if it makes the check stricter. Readers of a key are looked up separately.
#[must_use]
pub fn required_overrides(change: &Change) -> RequiredOverrides {
    let (before, after) = (&change.before, &change.after);
    let mut out = BTreeSet::new();
    let added: Vec<&str> = differing(before, after).into_iter().filter(|key| !before.contains_key(*key)).collect();
    for key in differing(before, after) {
        let flag = match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => (!is_correction(old, new)).then_some(Override::AllowOverwrite),
            (Some(old), None) => removed(key, old, change, &added),
            (None, _) => None,
        };
        out.extend(flag.map(|flag| (flag, key.to_owned())));
    }
    for rename in change.renames.iter().filter(|rename| rename.guess) {
        out.insert((Override::AllowGuess, rename.from.clone()));
    }
    let in_stack = before.keys().any(|key| key.starts_with(STACK_TAG_PREFIX));
    if in_stack || change.owner.is_managed() {
        out.insert((Override::AllowManaged, String::new()));
    }
    RequiredOverrides(out)
}

/// Returns the flags that a restore requires: those of a plan that makes the same change. `verified` says that the caller
/// knows the digest of the journal. Only then is it certain that the run itself wrote a tag, so that it can be removed
/// without a flag.
#[must_use]
pub fn restore_overrides(restore: &Restore, kind: &str, verified: bool) -> RequiredOverrides {
    let pick = |of: fn(&TouchedTag) -> &Option<String>| {
        let touched = restore.touched.iter().filter_map(|t| Some((t.key.clone(), of(t).clone()?)));
        // Of the other tags, those of a stack count.
        restore.tags.clone().into_iter().filter(|(key, _)| is_aws_key(key)).chain(touched).collect()
    };
    let by = if restore.managed { OwnerKind::Terraform } else { OwnerKind::Unknown };
    let change = Change {
        kind: kind.to_owned(),
        before: pick(|t| &t.left),
        after: pick(|t| &t.was),
        owner: Owner { by, ..Owner::default() },
        ..Change::default()
    };
    let mut required = required_overrides(&change);
    required.0.retain(|(flag, _)| !(verified && *flag == Override::AllowRemove));
    required
}

/// Returns the flag for a removed key. A key whose value stays under a new key is renamed, not removed.
fn removed(key: &str, old: &str, change: &Change, added: &[&str]) -> Option<Override> {
    let limits = TagLimits::of(&change.kind);
    let renamed = change.renames.iter().find(|rename| rename.from == key).map(|rename| rename.to.as_str());
    let replaced = added.iter().copied().find(|new| limits.key_identity(new, key) == KeyIdentity::Same);
    match renamed.or(replaced).filter(|to| added.contains(to)).and_then(|to| change.after.get(to)) {
        Some(new) if is_correction(old, new) => None,
        Some(_) => Some(Override::AllowOverwrite),
        None => Some(Override::AllowRemove),
    }
}

/// Returns `true` if a new value differs only in letter case or surrounding space, or the old one is empty, so that
/// nothing is lost.
fn is_correction(old: &str, new: &str) -> bool {
    old.trim().is_empty() || old.trim().to_lowercase() == new.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::plan::{Owner, OwnerKind, Rename};

    fn change(kind: &str, before: &[(&str, &str)], after: &[(&str, &str)], renames: &[(&str, &str)]) -> Change {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let rename =
            |(from, to): &(&str, &str)| Rename { from: (*from).to_owned(), to: (*to).to_owned(), guess: false };
        Change {
            kind: kind.to_owned(),
            before: map(before),
            after: map(after),
            renames: renames.iter().map(rename).collect(),
            ..Change::default()
        }
    }

    fn flags(change: &Change) -> Vec<Override> {
        required_overrides(change).0.into_iter().map(|(flag, _)| flag).collect()
    }

    #[test]
    fn flags_follow_from_the_tags() {
        let of = |before: &[_], after: &[_], renames: &[_]| flags(&change("iam:mfa", before, after, renames));
        assert_eq!(of(&[], &[("a", "1")], &[]), []);
        assert_eq!(of(&[("a", "1")], &[], &[]), [Override::AllowRemove]);
        assert_eq!(of(&[("a", "prod")], &[("a", "Prod")], &[]), []);
        assert_eq!(of(&[("a", "1")], &[("a", "2")], &[]), [Override::AllowOverwrite]);
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[("a", "b")]), []);
        // A rename that the plan does not list is a removal, and one with another value overwrites.
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[]), [Override::AllowRemove]);
        assert_eq!(of(&[("a", "1")], &[("b", "2")], &[("a", "b")]), [Override::AllowOverwrite]);
        // The plan lists a rename to a key that existed before.
        assert_eq!(of(&[("a", "1"), ("b", "1")], &[("b", "1")], &[("a", "b")]), [Override::AllowRemove]);
        assert_eq!(flags(&change("iam:user", &[("a", "1")], &[("A", "1")], &[])), []);
        assert_eq!(flags(&change("iam:user", &[("a", "1")], &[("A", "2")], &[])), [Override::AllowOverwrite]);
    }

    #[test]
    fn a_restore_requires_what_its_change_would() {
        let touched = |key: &str, left: Option<&str>, was: Option<&str>| TouchedTag {
            key: key.to_owned(),
            left: left.map(str::to_owned),
            was: was.map(str::to_owned),
            unconfirmed: false,
        };
        let of = |touched: TouchedTag, verified: bool| {
            let restore = Restore { touched: vec![touched], ..Restore::default() };
            restore_overrides(&restore, "iam:mfa", verified).0.into_iter().map(|(flag, _)| flag).collect::<Vec<_>>()
        };
        assert_eq!(of(touched("a", None, Some("1")), false), [], "a removed tag comes back");
        assert_eq!(of(touched("a", Some("1"), None), false), [Override::AllowRemove]);
        assert_eq!(of(touched("a", Some("1"), None), true), []);
        for verified in [false, true] {
            assert_eq!(of(touched("a", Some("1"), Some("2")), verified), [Override::AllowOverwrite]);
        }
        assert_eq!(of(touched("a", Some("Prod"), Some("prod")), false), []);
        let mut managed = Restore { managed: true, ..Restore::default() };
        let flags =
            |restore: &Restore| restore_overrides(restore, "iam:mfa", true).0.into_iter().next().map(|(f, _)| f);
        assert_eq!(flags(&managed), Some(Override::AllowManaged));
        managed.managed = false;
        managed.tags.insert("aws:cloudformation:stack-name".to_owned(), "s".to_owned());
        assert_eq!(flags(&managed), Some(Override::AllowManaged));
    }

    #[test]
    fn owners_require_a_flag() {
        let stack = [("aws:cloudformation:stack-name", "s")];
        let with = [("aws:cloudformation:stack-name", "s"), ("a", "1")];
        assert_eq!(flags(&change("cognito-idp:userpool", &stack, &with, &[])), [Override::AllowManaged]);
        let mut kept = change("iam:user", &[], &[("a", "1")], &[]);
        kept.owner = Owner { by: OwnerKind::Terraform, ..Owner::default() };
        assert_eq!(flags(&kept), [Override::AllowManaged]);
    }
}
