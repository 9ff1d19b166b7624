//! The conditions `when` and `unless`, in strong Kleene logic.

use crate::aws::{TypeGlobs, is_iam, supported};
use crate::base::{Glob, Globs};
use crate::model::{Day, DeviceAssignment, Resource, TagLookup};

/// A truth value of strong Kleene logic: one `False` makes a conjunction false, even if other parts are unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

/// The condition on one tag.
#[derive(Debug, Clone)]
pub enum TagTest {
    /// The key exists (`true`) or not (`false`), with any value.
    Exists(bool),
    /// The value matches one of these globs.
    Value(Globs),
}

/// An age limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Days before the day of the run.
    Days(i32),
    /// A day.
    Day(Day),
}

impl Age {
    fn day(self, today: Day) -> Day {
        match self {
            Self::Days(days) => today.plus(-days),
            Self::Day(day) => day,
        }
    }
}

/// A conjunction of conditions.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// Resource types.
    pub resources: Option<TypeGlobs>,
    /// Tags: keys or globs over keys, each with its test.
    pub tags: Vec<(Glob, TagTest)>,
    /// The account ID.
    pub account: Option<Globs>,
    /// The region.
    pub region: Option<Globs>,
    /// The name.
    pub name: Option<Globs>,
    /// The IAM path.
    pub path: Option<Globs>,
    /// The ARN.
    pub arn: Option<Globs>,
    /// The day before which the resource was created.
    pub older_than: Option<Age>,
    /// The day on or after which the resource was created.
    pub newer_than: Option<Age>,
    /// The required assignment of an MFA device to a user.
    pub assigned: Option<bool>,
    /// The account's name in its organization.
    pub account_name: Option<Globs>,
    /// The account's own tags.
    pub account_tags: Vec<(Glob, TagTest)>,
}

impl Condition {
    /// The result for every resource of a type; `None` if it depends on the resource.
    #[must_use]
    pub fn settled_by_type(&self, kind: &str) -> Option<bool> {
        if self.resources.as_ref().is_some_and(|globs| !globs.matches(kind)) {
            return Some(false);
        }
        // Without `..`, so that a new condition cannot be forgotten here.
        let Self {
            resources: _,
            tags,
            account,
            region,
            name,
            path,
            arn,
            older_than,
            newer_than,
            assigned,
            account_name,
            account_tags,
        } = self;
        let texts = [account, region, name, path, arn, account_name];
        let open = texts.iter().any(|globs| globs.is_some())
            || !tags.is_empty()
            || !account_tags.is_empty()
            || older_than.is_some()
            || newer_than.is_some()
            || assigned.is_some();
        (!open).then_some(true)
    }

    /// The truth of the conjunction for a resource.
    #[must_use]
    pub fn truth(&self, resource: &Resource<'_>, today: Day) -> Truth {
        let kind = resource.kind.as_str();
        let is_iam = is_iam(kind);
        let mut all = self.resources.as_ref().map_or(Truth::True, |types| types.matches(kind).into());
        let mut text = |globs: &Option<Globs>, has: bool, value: Option<&str>| {
            if let Some(globs) = globs {
                all = all.and(match value {
                    _ if !has => Truth::False,
                    Some(value) => globs.matches(value).into(),
                    None => Truth::Unknown,
                });
            }
        };
        text(&self.account, true, resource.account.as_deref());
        text(&self.region, !is_iam, resource.region.as_deref());
        text(&self.name, true, resource.name.as_deref());
        text(&self.path, is_iam, resource.path.as_deref());
        text(&self.arn, true, resource.arn.as_deref());
        text(&self.account_name, true, resource.account_name.as_deref());
        // One false condition decides, so the slower ones need not be evaluated.
        if all == Truth::False {
            return all;
        }
        if let Some(assigned) = self.assigned {
            all = all.and(match (&resource.user, kind) {
                (_, kind) if !supported::is_assigned_to_user(kind) => Truth::False,
                (DeviceAssignment::Unknown, _) => Truth::Unknown,
                (DeviceAssignment::Unassigned, _) => (!assigned).into(),
                (DeviceAssignment::User(_), _) => assigned.into(),
            });
        }
        for (age, older) in [(self.older_than, true), (self.newer_than, false)] {
            if let Some(age) = age {
                all = all.and(
                    // A resource without a creation time has no age, so no condition on it is true.
                    created_before(resource, age.day(today), kind)
                        .map_or(if lacks_creation_time(kind) { Truth::False } else { Truth::Unknown }, |before| {
                            (before == older).into()
                        }),
                );
            }
        }
        for (key, test) in &self.tags {
            all = all.and(tag_truth(key, test, resource));
        }
        for (key, test) in &self.account_tags {
            all = all.and(account_truth(key, test, resource));
        }
        all
    }
}

/// Returns `true` if AWS returns no time of creation for resources of this type.
fn lacks_creation_time(kind: &str) -> bool {
    supported::by_name(kind).is_some_and(|supported| !supported.has_creation_time)
}

/// Returns `Some(true)` if the resource was created before a day, and `None` if the date is unknown.
fn created_before(resource: &Resource<'_>, day: Day, kind: &str) -> Option<bool> {
    if lacks_creation_time(kind) {
        return None;
    }
    let created = resource.created.as_deref()?;
    let day_created = created.parse::<jiff::Timestamp>().map(Day::of).ok().or_else(|| Day::parse(created))?;
    Some(day_created < day)
}

fn tag_truth(key: &Glob, test: &TagTest, resource: &Resource<'_>) -> Truth {
    let fold = resource.tag_limits().folds_case;
    let tags = &resource.tags;
    if key.is_literal() {
        return match tags.find(key.as_str(), fold) {
            TagLookup::Present(at) => test.on(tags.known()[at].value.as_deref()),
            TagLookup::Absent => test.on_absent(),
            TagLookup::Unknown => Truth::Unknown,
        };
    }
    let mut hits = tags.known().iter().filter(|tag| super::key_matches(key, &tag.key, fold)).peekable();
    let open = tags.may_hold(|more| more.any(|other| super::key_matches(key, other, fold)));
    let rest = if open { Truth::Unknown } else { Truth::False };
    match test {
        TagTest::Exists(there) => {
            let any = if hits.peek().is_some() { Truth::True } else { rest };
            if *there { any } else { not(any) }
        }
        TagTest::Value(_) => hits.fold(rest, |any, tag| any.or(test.on(tag.value.as_deref()))),
    }
}

fn account_truth(key: &Glob, test: &TagTest, resource: &Resource<'_>) -> Truth {
    let Some(tags) = &resource.account_tags else { return Truth::Unknown };
    let mut hits = tags.iter().filter(|(k, _)| key.matches(k)).peekable();
    match test {
        TagTest::Exists(there) => (hits.peek().is_some() == *there).into(),
        TagTest::Value(globs) => hits.any(|(_, value)| globs.matches(value)).into(),
    }
}

fn not(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}

impl TagTest {
    fn on(&self, value: Option<&str>) -> Truth {
        match (self, value) {
            (Self::Exists(there), _) => (*there).into(),
            (Self::Value(globs), Some(value)) => globs.matches(value).into(),
            // `*` matches every value, so also one that is not known yet.
            (Self::Value(globs), None) if globs.0.iter().any(Glob::is_everything) => Truth::True,
            (Self::Value(_), None) => Truth::Unknown,
        }
    }

    fn on_absent(&self) -> Truth {
        match self {
            Self::Exists(there) => (!there).into(),
            Self::Value(_) => Truth::False,
        }
    }
}
