//! Values that are checked and never shown: those that source marks as sensitive, and those that a rule made to find
//! secrets has found. Neither the value nor a hash of it reaches a report.

use super::evaluate::evaluate;
use super::redact::make_anew;
use crate::model::{Assignment, Day, Resource, TagLookup};
use crate::policy::{Policy, Rule};
use crate::rule::{ResourceIndex, RuleKind, Verdict, Violation};

/// What stands in the place of a value.
pub const HIDDEN: &str = "(hidden)";

/// Which tags of a resource are not shown.
pub struct Hidden<'a> {
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn ResourceIndex,
    /// Places of the tags.
    tags: Vec<usize>,
}

impl<'a> Hidden<'a> {
    /// Of a resource with the answers of every rule, chosen or not, waived or not: what is a secret stays one.
    pub fn of(
        policy: &'a Policy,
        resource: &'a Resource<'a>,
        answers: &[(usize, Verdict<'_>)],
        today: Day,
        others: &'a dyn ResourceIndex,
    ) -> Self {
        Self { policy, resource, today, others, tags: places(policy, resource, answers) }
    }

    /// Whether the value of the tag at this place is not shown.
    #[must_use]
    pub fn tag(&self, place: usize) -> bool {
        self.tags.contains(&place)
    }

    /// Takes the value out of a breach that speaks of it; whether there was one.
    pub fn violation(&self, rule: &Rule, violation: &mut Violation<'_>) -> bool {
        let own = violation.tag.is_some_and(|place| self.tag(place));
        let hides = own || (matches!(rule.kind, RuleKind::SameAsUser(_)) && self.of_user(violation));
        if hides {
            let value = violation.value.is_some().then(|| HIDDEN.to_owned());
            make_anew(rule, violation, value, self.today);
        }
        hides
    }

    /// A device is compared with its user, whose value may be the secret.
    fn of_user(&self, violation: &Violation<'_>) -> bool {
        let Assignment::User(arn) = &self.resource.user else { return false };
        let Some((user, key)) = self.others.user(arn).zip(violation.key.as_deref()) else { return false };
        let nothing = user.origin.as_ref().is_none_or(|origin| origin.sensitive.is_empty());
        if nothing && !self.policy.rules.iter().any(|rule| rule.sensitive) {
            return false;
        }
        let TagLookup::Present(place) = user.tags.find(key, user.service().folds_case) else { return false };
        let answers = evaluate(self.policy, &user, self.today, self.others, false);
        places(self.policy, &user, &answers).contains(&place)
    }
}

fn places(policy: &Policy, resource: &Resource<'_>, answers: &[(usize, Verdict<'_>)]) -> Vec<usize> {
    let mut out = Vec::new();
    for (at, answer) in answers {
        if let Verdict::Fail(violations) = answer
            && policy.rules[*at].sensitive
        {
            out.extend(violations.iter().filter_map(|violation| violation.tag));
        }
    }
    if let Some(origin) = resource.origin.as_deref().filter(|origin| !origin.sensitive.is_empty()) {
        let tags = resource.tags.known().iter().enumerate();
        out.extend(tags.filter(|(_, tag)| origin.sensitive.contains(tag.key.as_str())).map(|(place, _)| place));
    }
    out
}
