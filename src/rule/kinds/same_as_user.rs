//! An MFA device agrees with the user that it is given to.

use std::borrow::Cow;

use crate::base::{escape, quote};
use crate::model::{Assignment, Resource, TagLookup};
use crate::rule::{Context, Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

/// Where an assigned MFA device's user has one of these tags, the device has the same. The root user's device is left
/// alone, and a user whose tag is empty has nothing to agree with.
#[derive(Debug, Clone)]
pub struct SameAsUser {
    /// The keys.
    pub keys: Vec<String>,
}

impl SameAsUser {
    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        if cx.resource.kind.as_str() != "iam:mfa" {
            return Verdict::NotApplicable;
        }
        let arn = match &cx.resource.user {
            Assignment::Unassigned => return Verdict::NotApplicable,
            Assignment::Unknown => return doubt(None, "the input does not say to whom the device is given"),
            Assignment::User(arn) if arn.ends_with(":root") => return Verdict::NotApplicable,
            Assignment::User(arn) => arn.as_str(),
        };
        let Some(user) = cx.others.user(arn) else {
            return doubt(None, format!("its user {} is not in the input", escape(arn)));
        };
        let (mut violations, mut untold) = (Vec::new(), None);
        for key in &self.keys {
            match compare(key, &user, cx) {
                Verdict::Fail(mut found) => violations.append(&mut found),
                unknown @ Verdict::Indeterminate(_) => untold = untold.or(Some(unknown)),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        Verdict::from_violations(violations, || untold.unwrap_or(Verdict::Pass))
    }
}

fn doubt<'a>(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Verdict<'a> {
    Verdict::Indeterminate(Indeterminate::new(key, reason))
}

fn compare<'a>(key: &'a str, user: &Resource<'_>, cx: &Context<'a>) -> Verdict<'a> {
    // `None`: the user has the tag, with a value that is not known yet; it counts as not empty.
    let wanted = match user.tags.find(key, user.service().folds_case) {
        TagLookup::Absent => return Verdict::Pass,
        TagLookup::Unknown => {
            return doubt(Some(key), format!("its user's tags are not known: {}", escape(user.tags.why_unknown())));
        }
        TagLookup::Present(at) => match user.tags.known()[at].value.as_deref() {
            Some(value) if crate::rule::constraints::is_empty(value) => return Verdict::Pass,
            value => value,
        },
    };
    let found = match cx.resource.tags.find(key, cx.fold()) {
        TagLookup::Unknown => return Verdict::tags_unknown(Some(key), cx.resource),
        TagLookup::Absent => None,
        TagLookup::Present(at) => match cx.resource.tags.known()[at].value.as_deref() {
            None => return Verdict::value_unknown(key),
            Some(value) if Some(value) == wanted => return Verdict::Pass,
            Some(value) if wanted.is_none() && !crate::rule::constraints::is_empty(value) => {
                return doubt(Some(key), "its user's value is not known yet");
            }
            Some(value) => Some((at, value)),
        },
    };
    let mut violation = match found {
        Some((at, _)) => Violation::of_tag(ViolationKind::Mismatch, key, at, cx.resource),
        None => Violation::new(ViolationKind::Mismatch, Some(key)),
    };
    if cx.with_messages {
        let here = found.map_or_else(|| "missing".to_owned(), |(_, value)| quote(value));
        let name = escape(user.name.as_deref().unwrap_or("?"));
        let there = wanted.map_or_else(|| "a value that is not known yet".to_owned(), quote);
        violation.message = format!("{} is {here}; the device's user {name} has {there}", escape(key));
        violation.suggestion = wanted.map(|wanted| Suggestion::set(key, wanted));
    }
    Verdict::fail(violation)
}
