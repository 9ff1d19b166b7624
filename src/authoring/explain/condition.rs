//! The conditions of a rule in sentences, one by one: a rule that does not apply is explained by the one that is not met.

use crate::base::{Globs, all_of, any_of, count, quote};
use crate::rule::{Age, Condition, DateTest, Manager, RelativeDay, TagCondition, TagTest};

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
    for test in &condition.tags {
        let tags = vec![test.clone()];
        out.push(Clause { text: tag("tag", test), condition: Condition { tags, ..Condition::default() } });
    }
    for test in &condition.account_tags {
        let account_tags = vec![test.clone()];
        let text = tag("account's tag", test);
        out.push(Clause { text, condition: Condition { account_tags, ..Condition::default() } });
    }
    inner(condition, &mut out);
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
    let unit = "account's organizational unit, or one above it,";
    add(unit, &whole.account_ou, Condition { account_ou: whole.account_ou.clone(), ..none() });
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

/// The conditions on the manager, and those inside the condition.
fn inner(whole: &Condition, out: &mut Vec<Clause>) {
    if !whole.managed_by.is_empty() {
        let names = whole.managed_by.iter().map(|manager| match manager {
            Manager::Aws => "AWS".to_owned(),
            Manager::CloudFormation => "CloudFormation".to_owned(),
            Manager::Terraform => "Terraform".to_owned(),
        });
        let condition = Condition { managed_by: whole.managed_by.clone(), ..Condition::default() };
        out.push(Clause { text: format!("it is managed by {}", any_of(names)), condition });
    }
    if !whole.any.is_empty() {
        let text = any_of(whole.any.iter().map(in_brackets));
        out.push(Clause { text, condition: Condition { any: whole.any.clone(), ..Condition::default() } });
    }
    if let Some(not) = &whole.not {
        let text = format!("it is not true that {}", in_brackets(not));
        out.push(Clause { text, condition: Condition { not: Some(not.clone()), ..Condition::default() } });
    }
}

/// A condition inside a sentence: in brackets if it has several clauses.
fn in_brackets(condition: &Condition) -> String {
    let clauses = clauses(condition);
    let single = clauses.len() == 1;
    let text = all_of(clauses.into_iter().map(|clause| clause.text));
    if single { text } else { format!("({text})") }
}

fn tag(noun: &str, condition: &TagCondition) -> String {
    let case = if condition.any_case { " (in any letter case)" } else { "" };
    let key = format!("{}{case}", quote(condition.key.as_str()));
    match &condition.test {
        TagTest::Exists(true) => format!("the {noun} {key} exists"),
        TagTest::Exists(false) => format!("the {noun} {key} does not exist"),
        TagTest::Value(globs) => format!("the {noun} {key} is {}", one_of(globs)),
        TagTest::Date(test) => format!("the {noun} {key} is a date {}", range(test)),
    }
}

fn range(test: &DateTest) -> String {
    let day = |bound: RelativeDay| match bound {
        RelativeDay::Fixed(day) => day.to_string(),
        RelativeDay::Today(0) => "the day of the run".to_owned(),
        RelativeDay::Today(days) => format!("the day of the run {days:+} days"),
    };
    let before = test.before.map(|bound| format!("before {}", day(bound)));
    let after = test.after.map(|bound| format!("after {}", day(bound)));
    let within = test.within.map(|days| format!("in the next {}", count(u64::from(days.unsigned_abs()), "day")));
    all_of([before, after, within].into_iter().flatten())
}

fn one_of(globs: &Globs) -> String {
    any_of(globs.0.iter().map(|glob| quote(glob.as_str())))
}
