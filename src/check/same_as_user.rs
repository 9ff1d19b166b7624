//! An MFA device agrees with the user that it is given to.

use std::borrow::Cow;

use super::{Answer, Breach, Context, Doubt, Kind, Suggestion};
use crate::model::{Assignment, Found, Resource};
use crate::text::{escape, quote};

/// Where an assigned MFA device's user has one of these tags, the device has the same. The root user's device is left
/// alone, and a user whose tag is empty has nothing to agree with.
#[derive(Debug, Clone)]
pub struct SameAsUser {
    /// The keys.
    pub keys: Vec<String>,
}

impl SameAsUser {
    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        if cx.resource.kind.as_str() != "iam:mfa" {
            return Answer::NotApplicable;
        }
        let arn = match &cx.resource.user {
            Assignment::Unassigned => return Answer::NotApplicable,
            Assignment::Unknown => return doubt(None, "the input does not say to whom the device is given"),
            Assignment::User(arn) if arn.ends_with(":root") => return Answer::NotApplicable,
            Assignment::User(arn) => arn.as_str(),
        };
        let Some(user) = cx.others.user(arn) else {
            return doubt(None, format!("its user {} is not in the input", escape(arn)));
        };
        let (mut breaches, mut untold) = (Vec::new(), None);
        for key in &self.keys {
            match compare(key, &user, cx) {
                Answer::Broken(mut found) => breaches.append(&mut found),
                unknown @ Answer::Unknown(_) => untold = untold.or(Some(unknown)),
                Answer::Holds | Answer::NotApplicable => {}
            }
        }
        Answer::from_breaches(breaches, || untold.unwrap_or(Answer::Holds))
    }
}

fn doubt<'a>(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Answer<'a> {
    Answer::Unknown(Doubt::new(key, reason))
}

fn compare<'a>(key: &'a str, user: &Resource<'_>, cx: &Context<'a>) -> Answer<'a> {
    // `None`: the user has the tag, with a value that is not known yet; it counts as not empty.
    let wanted = match user.tags.find(key, user.service().folds_case) {
        Found::Absent => return Answer::Holds,
        Found::Unknown => {
            return doubt(Some(key), format!("its user's tags are not known: {}", escape(user.tags.why_unknown())));
        }
        Found::There(at) => match user.tags.known()[at].value.as_deref() {
            Some(value) if super::constraint::is_empty(value) => return Answer::Holds,
            value => value,
        },
    };
    let found = match cx.resource.tags.find(key, cx.fold()) {
        Found::Unknown => return Answer::untold(Some(key), cx.resource),
        Found::Absent => None,
        Found::There(at) => match cx.resource.tags.known()[at].value.as_deref() {
            None => return Answer::value_untold(key),
            Some(value) if Some(value) == wanted => return Answer::Holds,
            Some(value) if wanted.is_none() && !super::constraint::is_empty(value) => {
                return doubt(Some(key), "its user's value is not known yet");
            }
            Some(value) => Some((at, value)),
        },
    };
    let mut breach = match found {
        Some((at, _)) => Breach::of_tag(Kind::Mismatch, key, at, cx.resource),
        None => Breach::new(Kind::Mismatch, Some(key)),
    };
    if cx.words {
        let here = found.map_or_else(|| "missing".to_owned(), |(_, value)| quote(value));
        let name = escape(user.name.as_deref().unwrap_or("?"));
        let there = wanted.map_or_else(|| "a value that is not known yet".to_owned(), quote);
        breach.message = format!("{} is {here}; the device's user {name} has {there}", escape(key));
        breach.suggestion = wanted.map(|wanted| Suggestion::set(key, wanted));
    }
    Answer::broken(breach)
}
