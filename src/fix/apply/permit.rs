//! What a change needs to be allowed, worked out from its tags alone: whoever could change a plan's file must not be able
//! to hide in it what the change does.

use std::collections::BTreeSet;

use crate::aws::{TagLimits, same_key};
use crate::fix::plan::{Change, Permit, differing};

/// What has to be allowed by a flag, and for which keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs(pub BTreeSet<(Permit, String)>);

impl Needs {
    /// Those that are not allowed.
    pub fn beyond<'n>(&'n self, allowed: &'n BTreeSet<Permit>) -> impl Iterator<Item = &'n (Permit, String)> {
        self.0.iter().filter(|(permit, _)| !allowed.contains(permit))
    }
}

/// What a change needs. Whose state has the resource no tag tells: what the plan itself admits is taken at its word. Who
/// reads a tag is looked up anew each time.
#[must_use]
pub fn needs(change: &Change) -> Needs {
    let fold = TagLimits::of(&change.kind).folds_case;
    let (before, after) = (&change.before, &change.after);
    let mut out = BTreeSet::new();
    let added: Vec<&str> = differing(before, after).into_iter().filter(|key| !before.contains_key(*key)).collect();
    for key in differing(before, after) {
        let permit = match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => (!same_but_for_case(old, new)).then_some(Permit::AllowOverwrite),
            (Some(old), None) => moved(key, old, change, &added, fold),
            (None, _) => None,
        };
        out.extend(permit.map(|permit| (permit, key.to_owned())));
    }
    for rename in change.renames.iter().filter(|rename| rename.guess) {
        out.insert((Permit::AllowGuess, rename.from.clone()));
    }
    let stack = before.keys().any(|key| key.starts_with("aws:cloudformation:"));
    if stack || change.owner.is_managed() {
        out.insert((Permit::AllowManaged, String::new()));
    }
    Needs(out)
}

/// A value that stands under a new key was not taken away; one that was rewritten on the way may have been overwritten.
fn moved(key: &str, old: &str, change: &Change, added: &[&str], fold: bool) -> Option<Permit> {
    let renamed = change.renames.iter().find(|rename| rename.from == key).map(|rename| rename.to.as_str());
    let replaced = added.iter().copied().find(|new| fold && same_key(new, key));
    match renamed.or(replaced).filter(|to| added.contains(to)).and_then(|to| change.after.get(to)) {
        Some(new) if same_but_for_case(old, new) => None,
        Some(_) => Some(Permit::AllowOverwrite),
        None => Some(Permit::AllowRemove),
    }
}

/// A value that differs only in letter case or outer space is rewritten without being overwritten; an empty one holds
/// nothing that could be.
fn same_but_for_case(old: &str, new: &str) -> bool {
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

    fn permits(change: &Change) -> Vec<Permit> {
        needs(change).0.into_iter().map(|(permit, _)| permit).collect()
    }

    #[test]
    fn what_a_change_does_is_told_from_its_tags() {
        let of = |before: &[_], after: &[_], renames: &[_]| permits(&change("iam:mfa", before, after, renames));
        assert_eq!(of(&[], &[("a", "1")], &[]), []);
        assert_eq!(of(&[("a", "1")], &[], &[]), [Permit::AllowRemove]);
        assert_eq!(of(&[("a", "prod")], &[("a", "Prod")], &[]), []);
        assert_eq!(of(&[("a", "1")], &[("a", "2")], &[]), [Permit::AllowOverwrite]);
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[("a", "b")]), []);
        // A rename that the file does not name is a removal, and one that brings another value overwrites.
        assert_eq!(of(&[("a", "1")], &[("b", "1")], &[]), [Permit::AllowRemove]);
        assert_eq!(of(&[("a", "1")], &[("b", "2")], &[("a", "b")]), [Permit::AllowOverwrite]);
        // It says that it renames to a key that was there all the time.
        assert_eq!(of(&[("a", "1"), ("b", "1")], &[("b", "1")], &[("a", "b")]), [Permit::AllowRemove]);
        assert_eq!(permits(&change("iam:user", &[("a", "1")], &[("A", "1")], &[])), []);
        assert_eq!(permits(&change("iam:user", &[("a", "1")], &[("A", "2")], &[])), [Permit::AllowOverwrite]);
    }

    #[test]
    fn owners_are_asked_for() {
        let stack = [("aws:cloudformation:stack-name", "s")];
        let with = [("aws:cloudformation:stack-name", "s"), ("a", "1")];
        assert_eq!(permits(&change("cognito-idp:userpool", &stack, &with, &[])), [Permit::AllowManaged]);
        let mut kept = change("iam:user", &[], &[("a", "1")], &[]);
        kept.owner = Owner { by: OwnerKind::Terraform, ..Owner::default() };
        assert_eq!(permits(&kept), [Permit::AllowManaged]);
    }
}
