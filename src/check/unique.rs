//! No two resources share a value.

use super::{Answer, Breach, Context, Kind};
use crate::model::{Found, Resource};
use crate::text::{count, escape, quote};

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
            Found::There(at) => {
                let value = resource.tags.known()[at].value.as_deref()?;
                (!super::constraint::is_empty(value)).then_some(value)
            }
            Found::Absent | Found::Unknown => None,
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

    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        match cx.resource.tags.find(&self.key, cx.fold()) {
            Found::Absent => Answer::Holds,
            Found::Unknown => Answer::untold(Some(&self.key), cx.resource),
            Found::There(at) if cx.resource.tags.known()[at].value.is_none() => Answer::value_untold(&self.key),
            Found::There(at) => {
                let Some(value) = self.value(cx.resource) else { return Answer::Holds };
                let holders = cx.others.holders(self.slot, self.scope(cx.resource), value);
                if holders < 2 {
                    return Answer::Holds;
                }
                let mut breach = Breach::of_tag(Kind::Duplicate, &self.key, at, cx.resource);
                if cx.words {
                    let others = count(u64::from(holders - 1), "other resource");
                    let place = if self.within == Within::Account { " of the account" } else { "" };
                    let have = if holders == 2 { "has" } else { "have" };
                    breach.message = format!(
                        "{} is {}, which {others}{place} {have} too; it must be unique",
                        escape(&self.key),
                        quote(value)
                    );
                }
                Answer::broken(breach)
            }
        }
    }
}
