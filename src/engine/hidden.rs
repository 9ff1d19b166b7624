//! Values that are checked but never shown: values that source marks as sensitive, and violations of rules with
//! `sensitive = true`. Neither the value nor a hash of it reaches a report.

use super::evaluate::evaluate;
use crate::model::{Day, DeviceAssignment, Resource, TagLookup};
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, Comparison, ResourceIndex, Verdict, Violation};

/// The replacement of a hidden value.
pub const HIDDEN: &str = "(hidden)";

/// The replacement of the key of a tag if the input hides the key and the policy does not spell it out. The number keeps the
/// hidden keys of one resource apart.
fn hidden_key(policy: &Policy, resource: &Resource<'_>, tag: usize) -> Option<String> {
    let keys = &resource.origin.as_deref()?.hidden_keys;
    let is_hidden = |key: &str| keys.contains(key) && !policy.declared.spells_out(key);
    let tags = resource.tags.known();
    is_hidden(&tags.get(tag)?.key).then(|| {
        let before = tags[..tag].iter().filter(|tag| is_hidden(&tag.key)).count();
        format!("(hidden key {})", before + 1)
    })
}

/// Replaces the hidden key of a violation. Returns whether there was one.
pub fn hide_key(policy: &Policy, resource: &Resource<'_>, violation: &mut Violation<'_>) -> bool {
    let Some(found) = violation.found.as_deref() else { return false };
    let Some(hidden) = hidden_key_named(policy, resource, found) else { return false };
    if violation.key.as_deref() == Some(found) {
        violation.key = Some(hidden.clone().into());
    }
    violation.found = Some(hidden.into());
    true
}

/// As [`hidden_key`], for a key that may be the one of a tag.
pub(super) fn hidden_key_named(policy: &Policy, resource: &Resource<'_>, key: &str) -> Option<String> {
    let tag = resource.tags.known().iter().position(|tag| tag.key.as_str() == key)?;
    hidden_key(policy, resource, tag)
}

/// The tags of a resource whose values are hidden.
pub struct HiddenTags<'a> {
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    index: &'a dyn ResourceIndex,
    /// Indices of the tags.
    tags: Vec<usize>,
}

impl<'a> HiddenTags<'a> {
    /// The hidden tags of a resource, from the verdicts of all rules, including deselected and waived ones.
    pub fn new(
        policy: &'a Policy,
        resource: &'a Resource<'a>,
        verdicts: &[(usize, Verdict<'_>)],
        today: Day,
        index: &'a dyn ResourceIndex,
    ) -> Self {
        Self { policy, resource, today, index, tags: hidden_tags(policy, resource, verdicts) }
    }

    /// Returns `true` if the value of the tag with this index is hidden.
    #[must_use]
    pub fn contains(&self, tag: usize) -> bool {
        self.tags.contains(&tag)
    }

    /// The replacement of the key of the tag with this index, if the key is hidden.
    #[must_use]
    pub fn key(&self, tag: usize) -> Option<String> {
        hidden_key(self.policy, self.resource, tag)
    }

    /// Removes a hidden value and a hidden key from a violation. Returns whether there was one.
    pub fn redact(&self, rule: &Rule, violation: &mut Violation<'_>) -> bool {
        let hides_key = hide_key(self.policy, self.resource, violation);
        let shown = violation.tag.into_iter().chain(violation.quoted.iter().copied());
        let own = hides_key || shown.into_iter().any(|tag| self.contains(tag));
        let hides = own || (rule.kind.comparison() == Comparison::DeviceAndUser && self.hidden_of_user(violation));
        if hides {
            let value = violation.value.is_some().then(|| HIDDEN.to_owned());
            replace_value(rule, violation, value, self.today);
        }
        hides
    }

    /// Returns `true` if an MFA device was compared with a hidden value of its user.
    fn hidden_of_user(&self, violation: &Violation<'_>) -> bool {
        let DeviceAssignment::User(arn) = &self.resource.user else { return false };
        let Some((user, key)) = self.index.user(arn).zip(violation.key.as_deref()) else { return false };
        // Evaluating all rules on the user is slow, so it is skipped if nothing can be hidden.
        let none = user.origin.as_ref().is_none_or(|origin| origin.sensitive.is_empty());
        if none && !self.policy.rules.iter().any(|rule| rule.sensitive) {
            return false;
        }
        let TagLookup::Present(tag) = user.tags.find(key, user.tag_limits().folds_case) else { return false };
        let verdicts = evaluate(self.policy, &user, self.today, self.index, false);
        hidden_tags(self.policy, &user, &verdicts).contains(&tag)
    }
}

fn hidden_tags(policy: &Policy, resource: &Resource<'_>, verdicts: &[(usize, Verdict<'_>)]) -> Vec<usize> {
    let mut out = Vec::new();
    for (at, verdict) in verdicts {
        if let Verdict::Fail(violations) = verdict
            && policy.rules[*at].sensitive
        {
            out.extend(violations.iter().filter_map(|violation| violation.tag));
        }
    }
    if let Some(origin) = resource.origin.as_deref().filter(|origin| !origin.sensitive.is_empty()) {
        let tags = resource.tags.known().iter().enumerate();
        out.extend(tags.filter(|(_, tag)| origin.sensitive.contains(tag.key.as_str())).map(|(index, _)| index));
    }
    out
}

/// Replaces the value of a violation. The message is rebuilt from the policy, because the old one may quote values.
pub(super) fn replace_value(rule: &Rule, violation: &mut Violation<'_>, value: Option<String>, today: Day) {
    violation.value = value.map(Into::into);
    violation.suggestion = None;
    let key = violation.key.as_deref().map(|key| format!("{}: ", crate::base::escape(key))).unwrap_or_default();
    let constraints = rule.kind.value_clause("; it must", today).unwrap_or_default();
    violation.message = format!("{key}{}{constraints}", violation.kind.label());
}
