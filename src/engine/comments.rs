//! `# taglint:ignore rule-id reason`: comments in source that waive findings of the resource that they stand at.

use std::collections::BTreeMap;

use super::report::Notice;
use crate::base::{count, escape, nearest, quote};
use crate::model::{InlineWaiver, Location, Resource};
use crate::policy::{Policy, Rule};

/// So many comments are kept track of; a repository with more has other troubles.
const MOST: usize = 1000;

/// The comments of a run, and which of them something was waived by. The instances of a block share its comments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    /// By place and rule.
    known: BTreeMap<(String, u32, u32, String), bool>,
    /// There are more than are known.
    more: bool,
}

impl Comments {
    /// Takes in those of a resource.
    pub(super) fn read(&mut self, resource: &Resource<'_>) {
        for ignore in resource.origin.iter().flat_map(|origin| &origin.ignores) {
            self.note(key(ignore), false);
        }
    }

    /// Something was waived by the one for this rule.
    pub(super) fn used(&mut self, rule: &Rule, resource: &Resource<'_>) {
        for ignore in resource.origin.iter().flat_map(|origin| &origin.ignores).filter(|i| i.rule == rule.id) {
            self.note(key(ignore), true);
        }
    }

    fn note(&mut self, key: (String, u32, u32, String), used: bool) {
        if let Some(known) = self.known.get_mut(&key) {
            *known |= used;
        } else if self.known.len() < MOST {
            self.known.insert(key, used);
        } else {
            self.more = true;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.more |= other.more;
        for (key, used) in &other.known {
            self.note(key.clone(), *used);
        }
    }

    /// What their authors should know: one that does not count, names no rule, or waives nothing.
    pub(super) fn notices(&self, policy: &Policy, chosen: &[bool]) -> Vec<Notice> {
        let mut out = Vec::new();
        let mut say = |level: &'static str, message: String| out.push(Notice { level, message });
        for ((path, line, _, id), used) in &self.known {
            let place = format!("{}:{line}: the comment that ignores {}", escape(path), escape(id));
            let at = policy.rules.iter().position(|rule| rule.id == *id);
            if !policy.inline_waivers {
                say("note", format!("{place} does not count: the policy has no `inline-waivers = true`"));
            } else if let Some(at) = at {
                if !policy.rules[at].waivable {
                    say("warning", format!("{place} does not count: the policy lets nothing waive that rule"));
                } else if !used && chosen[at] {
                    say("warning", format!("{place} waives nothing"));
                }
            } else {
                let near = nearest(id, policy.rules.iter().map(|rule| rule.id.as_str()));
                let meant = near.map(|meant| format!("; did you mean {}?", quote(meant))).unwrap_or_default();
                say("warning", format!("{place} names no rule of the policy{meant}"));
            }
        }
        if self.more {
            say("warning", format!("there are more than {} that ignore rules", count(MOST as u64, "comment")));
        }
        out
    }
}

fn key(ignore: &InlineWaiver) -> (String, u32, u32, String) {
    let Location { path, line, column } = &ignore.location;
    (path.clone(), *line, column.unwrap_or(0), ignore.rule.clone())
}
