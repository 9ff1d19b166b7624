//! The conditions `when` and `unless`, in strong Kleene logic.

use super::manager::Manager;
use super::tag_condition::TagCondition;
use super::truth::Truth;
use crate::aws::{SupportedType, TypeGlobs, is_iam, supported};
use crate::base::Globs;
use crate::model::{Day, DeviceAssignment, Resource};

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
    /// The tests of tags.
    pub tags: Vec<TagCondition>,
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
    pub account_tags: Vec<TagCondition>,
    /// The managers, of which one manages the resource; empty for no condition.
    pub managed_by: Vec<Manager>,
    /// Conditions of which one must be true; empty for no condition.
    pub any: Vec<Self>,
    /// A condition that must be false.
    pub not: Option<Box<Self>>,
}

impl Condition {
    /// The result for every resource of a type; `None` if it depends on the resource.
    #[must_use]
    pub fn settled_by_type(&self, kind: &str) -> Option<bool> {
        match self.truth_for_type(kind) {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        }
    }

    /// The truth as far as the type decides it.
    fn truth_for_type(&self, kind: &str) -> Truth {
        // Without `..`, so that a new condition cannot be forgotten here.
        let Self {
            resources,
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
            managed_by,
            any,
            not,
        } = self;
        let texts = [account, region, name, path, arn, account_name];
        let open = texts.iter().any(|globs| globs.is_some())
            || !tags.is_empty()
            || !account_tags.is_empty()
            || older_than.is_some()
            || newer_than.is_some()
            || assigned.is_some()
            || !managed_by.is_empty();
        let mut all = resources.as_ref().map_or(Truth::True, |types| types.matches(kind).into());
        if open {
            all = all.and(Truth::Unknown);
        }
        all.and(one_of(any, |condition| condition.truth_for_type(kind)))
            .and(not.as_ref().map_or(Truth::True, |condition| !condition.truth_for_type(kind)))
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
        text(
            &self.path,
            is_iam && supported::by_name(kind).is_none_or(SupportedType::has_path),
            resource.path.as_deref(),
        );
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
                    // A resource without an age is neither older nor newer than anything.
                    resource
                        .created_day()
                        .map_or(if lacks_age(resource) { Truth::False } else { Truth::Unknown }, |day| {
                            ((day < age.day(today)) == older).into()
                        }),
                );
            }
        }
        for tag in &self.tags {
            all = all.and(tag.truth(resource, today));
        }
        for tag in &self.account_tags {
            all = all.and(tag.truth_of_account(resource, today));
        }
        if !self.managed_by.is_empty() {
            let one = self.managed_by.iter().map(|manager| manager.manages(resource));
            all = all.and(one.fold(Truth::False, Truth::or));
        }
        if all == Truth::False {
            return all;
        }
        all.and(one_of(&self.any, |condition| condition.truth(resource, today)))
            .and(self.not.as_ref().map_or(Truth::True, |condition| !condition.truth(resource, today)))
    }

    /// The condition and those inside it.
    #[must_use]
    pub fn with_inner(&self) -> Vec<&Self> {
        let inner = self.any.iter().chain(self.not.as_deref()).flat_map(Self::with_inner);
        std::iter::once(self).chain(inner).collect()
    }
}

/// The truth of a disjunction; true without parts, because the field is missing then.
fn one_of(parts: &[Condition], truth: impl Fn(&Condition) -> Truth) -> Truth {
    if parts.is_empty() {
        return Truth::True;
    }
    let mut any = Truth::False;
    for part in parts {
        any = any.or(truth(part));
        // One true part decides.
        if any == Truth::True {
            break;
        }
    }
    any
}

/// Returns `true` for an MFA device that is not assigned: the age of a device begins when it is enabled for a user.
fn lacks_age(resource: &Resource<'_>) -> bool {
    resource.user == DeviceAssignment::Unassigned && supported::is_assigned_to_user(&resource.kind)
}
