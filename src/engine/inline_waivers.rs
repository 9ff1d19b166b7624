//! The use of ignore comments in source (`# taglint:ignore rule-id reason`).

use std::collections::BTreeMap;

use super::notice::Notice;
use crate::base::{count, escape, nearest, quote};
use crate::model::{InlineWaiver, Location, Resource};
use crate::policy::{Policy, Rule};

/// The maximum number of comments that are tracked, which bounds the memory.
const MAX_COMMENTS: usize = 1000;

/// Path, line, column and rule id of a comment.
type Key = (String, u32, u32, String);

/// The ignore comments of a run, each with whether it waived a finding. The instances of a block share its comments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InlineWaiverUse {
    /// By location and rule id.
    used: BTreeMap<Key, bool>,
    /// `true` if there are more comments than are tracked.
    more: bool,
}

impl InlineWaiverUse {
    /// Adds the comments of a resource.
    pub(super) fn add_resource(&mut self, resource: &Resource<'_>) {
        for comment in resource.origin.iter().flat_map(|origin| &origin.ignores) {
            self.insert(key(comment), false);
        }
    }

    /// Marks the comments for this rule as used.
    pub(super) fn mark_used(&mut self, rule: &Rule, resource: &Resource<'_>) {
        for comment in
            resource.origin.iter().flat_map(|origin| &origin.ignores).filter(|comment| comment.rule == rule.id)
        {
            self.insert(key(comment), true);
        }
    }

    fn insert(&mut self, key: Key, used: bool) {
        if let Some(before) = self.used.get_mut(&key) {
            *before |= used;
        } else if self.used.len() < MAX_COMMENTS {
            self.used.insert(key, used);
        } else {
            self.more = true;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.more |= other.more;
        for (key, used) in &other.used {
            self.insert(key.clone(), *used);
        }
    }

    /// Notices about comments that are not accepted, name no rule, or waive nothing.
    pub(super) fn notices(&self, policy: &Policy, chosen: &[bool]) -> Vec<Notice> {
        let mut out: Vec<Notice> =
            self.used.iter().filter_map(|(key, used)| comment_notice(key, *used, policy, chosen)).collect();
        if self.more {
            let limit = count(MAX_COMMENTS as u64, "ignore comment");
            out.push(Notice::warning(format!("there are more than {limit}; the rest is not checked for use")));
        }
        out
    }
}

fn comment_notice((path, line, _, id): &Key, used: bool, policy: &Policy, chosen: &[bool]) -> Option<Notice> {
    let comment = format!("{}:{line}: the comment that ignores {}", escape(path), escape(id));
    let at = policy.rules.iter().position(|rule| rule.id == *id);
    if !policy.inline_waivers {
        let message = format!("{comment} has no effect: the policy does not set `inline-waivers = true`");
        return Some(Notice::note(message));
    }
    let message = match at {
        Some(at) if !policy.rules[at].waivable => {
            format!("{comment} has no effect: the policy does not allow waivers of this rule")
        }
        Some(at) if !used && chosen[at] => format!("{comment} waives nothing"),
        Some(_) => return None,
        None => {
            let near = nearest(id, policy.rules.iter().map(|rule| rule.id.as_str()));
            let meant = near.map(|meant| format!("; did you mean {}?", quote(meant))).unwrap_or_default();
            format!("{comment} names no rule of the policy{meant}")
        }
    };
    Some(Notice::warning(message))
}

fn key(comment: &InlineWaiver) -> Key {
    let Location { path, line, column } = &comment.location;
    (path.clone(), *line, column.unwrap_or(0), comment.rule.clone())
}
