//! At least one of several keys is there, with a value.

use super::{Answer, Breach, Context, Kind};
use crate::model::Found;
use crate::text::{any_of, escape};

/// At least one of these keys is there, with a value.
#[derive(Debug, Clone)]
pub struct AnyOf {
    /// The keys, compared exactly but on IAM users.
    pub keys: Vec<String>,
}

impl AnyOf {
    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let tags = &cx.resource.tags;
        let mut may_be_there = false;
        for key in &self.keys {
            match tags.find(key, cx.fold()) {
                Found::There(at) => {
                    let value = tags.known()[at].value.as_deref();
                    if value.is_none_or(|value| !super::constraint::is_empty(value)) {
                        return Answer::Holds;
                    }
                }
                Found::Absent => {}
                Found::Unknown => may_be_there = true,
            }
        }
        if may_be_there {
            return Answer::untold(self.keys.first().map(String::as_str), cx.resource);
        }
        let mut breach = Breach::new(Kind::AnyOf, self.keys.first().map(String::as_str));
        if cx.words {
            let keys = any_of(self.keys.iter().map(|key| escape(key).into_owned()));
            breach.message = format!("none of the tags {keys} has a value; set at least one of them");
        }
        Answer::broken(breach)
    }
}
