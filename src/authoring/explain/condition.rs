//! Conditions in words, one by one: that a rule does not apply is explained by the one that is not met.

use crate::base::{Glob, Globs, any_of, count, quote};
use crate::rule::{Age, Condition, TagTest};

/// One of the conditions that hold together.
pub(super) struct Part {
    /// What it asks, for a sentence that begins with `where`.
    pub(super) words: String,
    /// It alone.
    pub(super) condition: Condition,
}

/// Takes a condition apart.
pub(super) fn parts(condition: &Condition) -> Vec<Part> {
    let mut out = Vec::new();
    texts(condition, &mut out);
    rest(condition, &mut out);
    for (key, test) in &condition.tags {
        let tags = vec![(key.clone(), test.clone())];
        out.push(Part { words: tag("tag", key, test), condition: Condition { tags, ..Condition::default() } });
    }
    for (key, test) in &condition.account_tags {
        let account_tags = vec![(key.clone(), test.clone())];
        let words = tag("account's tag", key, test);
        out.push(Part { words, condition: Condition { account_tags, ..Condition::default() } });
    }
    out
}

/// Those that compare a text.
fn texts(whole: &Condition, out: &mut Vec<Part>) {
    let mut add = |noun: &str, globs: &Option<Globs>, condition: Condition| {
        if let Some(globs) = globs {
            out.push(Part { words: format!("the {noun} is {}", one_of(globs)), condition });
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

/// Age and assignment.
fn rest(whole: &Condition, out: &mut Vec<Part>) {
    if let Some(age) = whole.older_than {
        let words = match age {
            Age::Days(days) => format!("it was made more than {} ago", count(u64::from(days.unsigned_abs()), "day")),
            Age::Day(day) => format!("it was made before {day}"),
        };
        out.push(Part { words, condition: Condition { older_than: Some(age), ..Condition::default() } });
    }
    if let Some(age) = whole.newer_than {
        let words = match age {
            Age::Days(days) => format!("it was made in the last {}", count(u64::from(days.unsigned_abs()), "day")),
            Age::Day(day) => format!("it was made on or after {day}"),
        };
        out.push(Part { words, condition: Condition { newer_than: Some(age), ..Condition::default() } });
    }
    if let Some(assigned) = whole.assigned {
        let words = if assigned { "the MFA device is given to a user" } else { "the MFA device is given to nobody" };
        let condition = Condition { assigned: Some(assigned), ..Condition::default() };
        out.push(Part { words: words.to_owned(), condition });
    }
}

fn tag(noun: &str, key: &Glob, test: &TagTest) -> String {
    let key = quote(key.as_str());
    match test {
        TagTest::There(true) => format!("the {noun} {key} is there"),
        TagTest::There(false) => format!("the {noun} {key} is not there"),
        TagTest::Value(globs) => format!("the {noun} {key} is {}", one_of(globs)),
    }
}

fn one_of(globs: &Globs) -> String {
    any_of(globs.0.iter().map(|glob| quote(glob.as_str())))
}
