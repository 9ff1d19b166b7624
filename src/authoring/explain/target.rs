//! The page of a target.

use std::fmt::Write as _;

use crate::base::quote;
use crate::policy::{Policy, Target};

/// The page of `taglint policy explain TARGET`.
#[must_use]
pub fn explain_target(policy: &Policy, target: &Target) -> String {
    let help = crate::report::target_help(target).text;
    let (severity, name) = (target.severity.name(), quote(&policy.name));
    let mut out = format!("# {}\n\n{help}\nSeverity {severity}, target, policy {name}.\n\n## Its rules\n\n", target.id);
    for at in &target.members {
        let rule = &policy.rules[*at];
        let _ = writeln!(out, "- {}: {}", rule.id, crate::report::about(rule));
    }
    let _ = write!(out, "\n## Where it is defined\n\n{}\n", super::place(&target.origin));
    out
}
