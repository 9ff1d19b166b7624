//! Conditions on tags of a resource and of its account.

use super::context::key_matches;
use super::date_test::DateTest;
use super::truth::Truth;
use crate::base::{Glob, Globs};
use crate::model::{Day, Resource, TagLookup};

/// The condition on one tag.
#[derive(Debug, Clone, PartialEq)]
pub struct TagCondition {
    /// The key, or a glob over keys.
    pub key: Glob,
    /// `true` if the letter case of the key does not matter.
    pub any_case: bool,
    /// The test of the tag.
    pub test: TagTest,
}

/// The test of a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum TagTest {
    /// The key exists (`true`) or not (`false`), with any value.
    Exists(bool),
    /// The value matches one of these globs.
    Value(Globs),
    /// The value is a date in a range.
    Date(DateTest),
}

impl TagCondition {
    /// The truth for the tags of a resource.
    pub(super) fn truth(&self, resource: &Resource<'_>, today: Day) -> Truth {
        let fold = resource.tag_limits().folds_case;
        let tags = &resource.tags;
        // A service that distinguishes letter case may have several tags that the key matches in any case.
        if self.key.is_literal() && (fold || !self.any_case) {
            return match tags.find(self.key.as_str(), fold) {
                TagLookup::Present(at) => self.test.on(tags.known()[at].value.as_deref(), today),
                TagLookup::Absent => self.test.on_absent(),
                TagLookup::Unknown => Truth::Unknown,
            };
        }
        let matches = |key: &str| key_matches(&self.key, key, fold || self.any_case);
        let mut hits = tags.known().iter().filter(|tag| matches(&tag.key)).peekable();
        let open = tags.may_hold(|more| more.any(matches));
        let rest = if open { Truth::Unknown } else { Truth::False };
        match &self.test {
            TagTest::Exists(there) => {
                let any = if hits.peek().is_some() { Truth::True } else { rest };
                if *there { any } else { !any }
            }
            test => hits.fold(rest, |any, tag| any.or(test.on(tag.value.as_deref(), today))),
        }
    }

    /// The truth for the tags of the resource's account.
    pub(super) fn truth_of_account(&self, resource: &Resource<'_>, today: Day) -> Truth {
        let Some(tags) = &resource.account_tags else { return Truth::Unknown };
        let mut hits = tags.iter().filter(|(key, _)| key_matches(&self.key, key, self.any_case)).peekable();
        match &self.test {
            TagTest::Exists(there) => (hits.peek().is_some() == *there).into(),
            test => hits.fold(Truth::False, |any, (_, value)| any.or(test.on(Some(value), today))),
        }
    }
}

impl TagTest {
    /// The truth for a tag that exists; without a value, the value is not known.
    fn on(&self, value: Option<&str>, today: Day) -> Truth {
        match (self, value) {
            (Self::Exists(there), _) => (*there).into(),
            (Self::Value(globs), Some(value)) => globs.matches(value).into(),
            // `*` matches every value, so also one that is not known yet.
            (Self::Value(globs), None) if globs.0.iter().any(Glob::is_everything) => Truth::True,
            (Self::Date(test), Some(value)) => test.holds(value, today).into(),
            (Self::Value(_) | Self::Date(_), None) => Truth::Unknown,
        }
    }

    fn on_absent(&self) -> Truth {
        match self {
            Self::Exists(there) => (!there).into(),
            Self::Value(_) | Self::Date(_) => Truth::False,
        }
    }
}
