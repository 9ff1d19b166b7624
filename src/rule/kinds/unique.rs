//! No two resources share a value.

use crate::base::{count, escape, quote};
use crate::model::{Resource, TagLookup};
use crate::rule::{Context, Verdict, Violation, ViolationKind};

/// Where a value must stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// In its account.
    Account,
    /// In the whole input.
    All,
}

/// No two resources of the matched types share the value. An empty or missing one clashes with none.
#[derive(Debug, Clone)]
pub struct Unique {
    /// The key.
    pub key: String,
    /// Where.
    pub within: Within,
    /// Which of the policy's unique rules this is: the place of its values in the index.
    pub slot: usize,
}

impl Unique {
    /// The value of this resource that must stand alone, if it has one.
    #[must_use]
    pub fn value<'r>(&self, resource: &'r Resource<'_>) -> Option<&'r str> {
        match resource.tags.find(&self.key, resource.service().folds_case) {
            TagLookup::Present(at) => {
                let value = resource.tags.known()[at].value.as_deref()?;
                (!crate::rule::constraints::is_empty(value)).then_some(value)
            }
            TagLookup::Absent | TagLookup::Unknown => None,
        }
    }

    /// The scope of this resource's value: its account, or all.
    #[must_use]
    pub fn scope<'r>(&self, resource: &'r Resource<'_>) -> &'r str {
        match self.within {
            Within::Account => resource.account.as_deref().unwrap_or(""),
            Within::All => "",
        }
    }

    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        match cx.resource.tags.find(&self.key, cx.fold()) {
            TagLookup::Absent => Verdict::Pass,
            TagLookup::Unknown => Verdict::tags_unknown(Some(&self.key), cx.resource),
            TagLookup::Present(at) if cx.resource.tags.known()[at].value.is_none() => Verdict::value_unknown(&self.key),
            TagLookup::Present(at) => {
                let Some(value) = self.value(cx.resource) else { return Verdict::Pass };
                let holders = cx.others.holders(self.slot, self.scope(cx.resource), value);
                if holders < 2 {
                    return Verdict::Pass;
                }
                let mut violation = Violation::of_tag(ViolationKind::Duplicate, &self.key, at, cx.resource);
                if cx.with_messages {
                    let others = count(u64::from(holders - 1), "other resource");
                    let place = if self.within == Within::Account { " of the account" } else { "" };
                    let have = if holders == 2 { "has" } else { "have" };
                    violation.message = format!(
                        "{} is {}, which {others}{place} {have} too; it must be unique",
                        escape(&self.key),
                        quote(value)
                    );
                }
                Verdict::fail(violation)
            }
        }
    }
}
