//! Verification of a plan file: every change in it must be required by a rule.

use super::model::Change;
use super::planner::{PlanOptions, Planner};
use crate::base::{all_of, quote};
use crate::engine::Settings;
use crate::model::Resource;

/// Plans one change again from its `before` tags and compares the result. `user` is the planned state of the user that an
/// MFA device is assigned to, if a rule takes values from it.
///
/// # Errors
/// The tags that no rule and no flag requires.
pub fn replan(
    settings: &Settings,
    options: &PlanOptions,
    change: &Change,
    user: Option<&Resource<'static>>,
) -> Result<(), String> {
    let resource = change.resource(&change.before);
    let mut planner = Planner::new(settings, options);
    planner.index(&resource);
    if let Some(user) = user {
        planner.index(user);
    }
    let plan = planner.try_steps(&resource, &|_| None);
    let after = plan.state.as_ref().map_or(&change.before, |state| &state.tags);
    let differs = |key: &&str| after.get(*key) != change.after.get(*key);
    let unexplained: Vec<&str> = change.touched().into_iter().filter(differs).collect();
    let Some(first) = unexplained.first() else { return Ok(()) };
    let about_first = |left: &&super::model::NotFixed| {
        [Some(left.finding.key.as_str()), left.found.as_deref()].into_iter().flatten().any(|key| key == *first)
    };
    let why = plan.not_fixed.iter().find(about_first).map(|left| format!(" ({})", left.reason)).unwrap_or_default();
    Err(format!("no rule asks for this change of {}{why}", all_of(unexplained.iter().map(|key| quote(key)))))
}
