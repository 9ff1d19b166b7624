//! The help text of a target.

use std::fmt::Write as _;

use super::{Help, in_one_line, lead, with_own_help};
use crate::policy::Target;

/// The reason to have a target.
pub(in crate::report) const TARGET_WHY: &str = "A target states how much of an estate must comply, so that a few open findings do not fail a \
                              run and a fall of the share does.";

/// The way to fix its findings.
const FIX: &str = "Fix the findings of its rules, those with the most resources first. Waived findings count too.";

/// A target in one line: its description, else its requirement. Never empty.
pub(in crate::report) fn target_about(target: &Target) -> String {
    in_one_line(&target.description, || target.describe())
}

/// The help of a target: its requirement, the reason, and the way to reach it.
#[must_use]
pub fn target_help(target: &Target) -> Help {
    let Help { mut text, mut markdown } = lead(&target_about(target), &target.describe());
    let _ = write!(text, "Why: {TARGET_WHY}\n\nHow to fix it: {FIX}\n");
    let _ = write!(markdown, "**Why.** {TARGET_WHY}\n\n**How to fix it.** {FIX}\n");
    with_own_help(Help { text, markdown }, target.help.as_deref())
}
