//! The changes that fix findings, so that pages and messages can say which of them help most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::cost;
use crate::engine::{CostPair, Finding};
use crate::rule::ViolationKind;

/// The change that fixes a finding, without anything that differs from resource to resource: `Rename CostCenter to Cost
/// Center`. It contains raw data.
pub(super) fn label(finding: &Finding<'_>) -> String {
    let violation = &finding.violation;
    let key = violation.key.as_deref().or(violation.found.as_deref()).unwrap_or("");
    if violation.kind == ViolationKind::Target {
        return format!("Reach the target {}", finding.rule.id);
    }
    let sets: Vec<(&String, &String)> = violation.suggestion.iter().flat_map(|fix| &fix.set).collect();
    let removes: Vec<&String> = violation.suggestion.iter().flat_map(|fix| &fix.remove).collect();
    let found = violation.found.as_deref().filter(|found| *found != key && violation.kind == ViolationKind::Misspelled);
    if let (Some(from), [] | [_], [] | [_]) = (found, &sets[..], &removes[..]) {
        let and = if sets.is_empty() { " and correct its value" } else { "" };
        return format!("Rename {from} to {key}{and}");
    }
    match (&sets[..], &removes[..], violation.value.as_deref()) {
        ([(to, _)], [from], _) => format!("Rename {from} to {to}"),
        ([(key, to)], [], Some(from)) if !from.is_empty() => format!("{key}: write {to} instead of {from}"),
        ([(key, to)], [], _) => format!("Set {key} to {to}"),
        ([], [key], _) => format!("Remove {key}"),
        _ => match violation.kind {
            ViolationKind::Missing => format!("Add {key}"),
            ViolationKind::Empty => format!("Give {key} a value"),
            ViolationKind::Forbidden | ViolationKind::Undeclared => format!("Remove {key}"),
            ViolationKind::Syntax if !key.is_empty() => format!("Write {key} as the service accepts it"),
            ViolationKind::TooMany | ViolationKind::Headroom => format!("Remove tags ({})", finding.rule.id),
            ViolationKind::TooFew => format!("Add tags ({})", finding.rule.id),
            ViolationKind::Duplicate if !key.is_empty() => format!("Make {key} unique"),
            kind if is_of_value(kind) && !key.is_empty() => format!("Correct the value of {key}"),
            _ => format!("Correct the tags ({})", finding.rule.id),
        },
    }
}

/// True if another value fixes such a violation.
fn is_of_value(kind: ViolationKind) -> bool {
    matches!(
        kind,
        ViolationKind::Format
            | ViolationKind::Value
            | ViolationKind::Pattern
            | ViolationKind::Length
            | ViolationKind::Range
            | ViolationKind::Items
            | ViolationKind::Mismatch
    )
}

/// The fixes that help most: those of errors first, then of warnings; with a bill those of the most expensive resources
/// first, then those of the most findings.
pub(super) fn best(fixes: &HashMap<String, Fix>) -> Vec<(&str, &Fix)> {
    let mut fixes: Vec<(&str, &Fix)> = fixes.iter().map(|(label, fix)| (label.as_str(), fix)).collect();
    let currencies = cost::currencies(fixes.iter().map(|(_, fix)| &fix.cost));
    // By name too: the order of a hash map differs from run to run.
    fixes.sort_by_cached_key(|(label, fix)| {
        let worst = fix.findings.iter().position(|number| *number > 0);
        (worst, cost::weight(Some(&fix.cost), &currencies), Reverse(fix.findings), *label)
    });
    fixes
}

/// The findings that one change would fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fix {
    /// Findings by severity.
    pub(super) findings: [u64; 3],
    /// Findings by account.
    pub(super) accounts: BTreeMap<String, u64>,
    /// The cost of the resources that need it; empty without a bill.
    pub(super) cost: CostPair,
}

impl Fix {
    /// All findings.
    pub(super) fn all(&self) -> u64 {
        self.findings.iter().sum()
    }

    /// The account with the most findings.
    pub(super) fn first_account(&self) -> Option<(&str, u64)> {
        let most = self.accounts.values().max()?;
        self.accounts.iter().find(|(_, count)| *count == most).map(|(id, count)| (id.as_str(), *count))
    }
}

/// The reader of a page needs no more than these.
pub(super) const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::fixture::{report, user};
    use crate::report::tally::Counted;

    /// The labels of the fixes of a user with these tags and no others.
    fn labels(tags: serde_json::Value) -> Vec<String> {
        let counted = Counted::of(&report(&[user("u", tags)]), &[]).expect("memory");
        best(&counted.fixes).into_iter().map(|(label, _)| label.to_owned()).collect()
    }

    #[test]
    fn a_change_says_what_to_do() {
        for (tags, want) in [
            (json!({"Environment": "Prod", "Cost Center": "12345"}), "Correct the value of Environment"),
            (json!({"environment": "Production", "Cost Center": "12345"}), "Rename environment to Environment"),
            (json!({"Env": "Production", "Cost Center": "12345"}), "Rename Env to Environment"),
            (json!({"Env": "wrong", "Cost Center": "12345"}), "Rename Env to Environment and correct its value"),
            (
                json!({"Environment": "Production", "Cost Center": "12345", "a": "*"}),
                "Write a as the service accepts it",
            ),
        ] {
            assert_eq!(labels(tags.clone()), [want], "{tags}");
        }
    }

    #[test]
    fn errors_come_first_then_costs_then_numbers() {
        let fix = |findings| Fix { findings, ..Fix::default() };
        let all = [("notes", [0, 0, 900]), ("warnings", [0, 400, 0]), ("few", [1, 0, 0]), ("many", [7, 2, 0])];
        let fixes: HashMap<String, Fix> = all.map(|(label, findings)| (label.to_owned(), fix(findings))).into();
        let order: Vec<&str> = best(&fixes).into_iter().map(|(label, _)| label).collect();
        assert_eq!(order, ["many", "few", "warnings", "notes"]);
    }
}
