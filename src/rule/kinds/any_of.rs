//! At least one of several keys is there, with a value.

use crate::base::{any_of, escape};
use crate::model::TagLookup;
use crate::rule::{Context, Verdict, Violation, ViolationKind};

/// At least one of these keys is there, with a value.
#[derive(Debug, Clone)]
pub struct AnyOf {
    /// The keys, compared exactly but on IAM users.
    pub keys: Vec<String>,
}

impl AnyOf {
    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let tags = &cx.resource.tags;
        let mut may_be_there = false;
        for key in &self.keys {
            match tags.find(key, cx.fold()) {
                TagLookup::Present(at) => {
                    let value = tags.known()[at].value.as_deref();
                    if value.is_none_or(|value| !crate::rule::constraints::is_empty(value)) {
                        return Verdict::Pass;
                    }
                }
                TagLookup::Absent => {}
                TagLookup::Unknown => may_be_there = true,
            }
        }
        if may_be_there {
            return Verdict::tags_unknown(self.keys.first().map(String::as_str), cx.resource);
        }
        let mut violation = Violation::new(ViolationKind::AnyOf, self.keys.first().map(String::as_str));
        if cx.with_messages {
            let keys = any_of(self.keys.iter().map(|key| escape(key).into_owned()));
            violation.message = format!("none of the tags {keys} has a value; set at least one of them");
        }
        Verdict::fail(violation)
    }
}
