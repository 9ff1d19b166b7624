//! The conditions of a rule in sentences, one by one: a rule that does not apply is explained by the one that is not met.

use crate::base::{Glob, Globs, any_of, count, quote};
use crate::rule::{Age, Condition, TagTest};

/// One condition of a conjunction.
pub(super) struct Clause {
    /// The condition, for a sentence that begins with `where`.
    pub(super) text: String,
    /// The condition itself.
    pub(super) condition: Condition,
}

/// The clauses of a condition.
pub(super) fn clauses(condition: &Condition) -> Vec<Clause> {
    let mut out = Vec::new();
    texts(condition, &mut out);
    rest(condition, &mut out);
    for (key, test) in &condition.tags {
        let tags = vec![(key.clone(), test.clone())];
        out.push(Clause { text: tag("tag", key, test), condition: Condition { tags, ..Condition::default() } });
    }
    for (key, test) in &condition.account_tags {
        let account_tags = vec![(key.clone(), test.clone())];
        let text = tag("account's tag", key, test);
        out.push(Clause { text, condition: Condition { account_tags, ..Condition::default() } });
    }
    out
}

/// The conditions that compare a text.
fn texts(whole: &Condition, out: &mut Vec<Clause>) {
    let mut add = |noun: &str, globs: &Option<Globs>, condition: Condition| {
        if let Some(globs) = globs {
            out.push(Clause { text: format!("the {noun} is {}", one_of(globs)), condition });
        }
    };
    let none = Condition::default;
    let types = whole.resources.as_ref().map(|types| Globs::new(types.written()));
    add("type", &types, Condition { resources: whole.resources.clone(), ..none() });
    add("account", &whole.account, Condition { account: whole.account.clone(), ..none() });
    add("region", &whole.region, Condition { region: whole.region.clone(), ..none() });
    add("name", &whole.name, Condition { name: whole.name.clone(), ..none() });
    add("path", &whole.path, Condition { path: whole.path.clone(), ..none() });
    add("ARN", &whole.arn, Condition { arn: whole.arn.clone(), ..none() });
    add("account's name", &whole.account_name, Condition { account_name: whole.account_name.clone(), ..none() });
}

/// The conditions on age and assignment.
fn rest(whole: &Condition, out: &mut Vec<Clause>) {
    if let Some(age) = whole.older_than {
        let text = match age {
            Age::Days(days) => format!("it was created more than {} ago", count(u64::from(days.unsigned_abs()), "day")),
            Age::Day(day) => format!("it was created before {day}"),
        };
        out.push(Clause { text, condition: Condition { older_than: Some(age), ..Condition::default() } });
    }
    if let Some(age) = whole.newer_than {
        let text = match age {
            Age::Days(days) => format!("it was created in the last {}", count(u64::from(days.unsigned_abs()), "day")),
            Age::Day(day) => format!("it was created on or after {day}"),
        };
        out.push(Clause { text, condition: Condition { newer_than: Some(age), ..Condition::default() } });
    }
    if let Some(assigned) = whole.assigned {
        let text = if assigned { "the MFA device is assigned to a user" } else { "the MFA device is not assigned" };
        let condition = Condition { assigned: Some(assigned), ..Condition::default() };
        out.push(Clause { text: text.to_owned(), condition });
    }
}

fn tag(noun: &str, key: &Glob, test: &TagTest) -> String {
    let key = quote(key.as_str());
    match test {
        TagTest::Exists(true) => format!("the {noun} {key} exists"),
        TagTest::Exists(false) => format!("the {noun} {key} does not exist"),
        TagTest::Value(globs) => format!("the {noun} {key} is {}", one_of(globs)),
    }
}

fn one_of(globs: &Globs) -> String {
    any_of(globs.0.iter().map(|glob| quote(glob.as_str())))
}
