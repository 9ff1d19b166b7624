//! A plan from a file, held to what a plan made now would do: a rule has to ask for every tag that it touches.

use super::make::{Planner, Wanted};
use super::model::Change;
use super::owner::owner;
use crate::base::{all_of, quote};
use crate::engine::Settings;
use crate::model::Resource;

/// Plans one change again, from the tags that it says were read, and compares. `user` is the one that an MFA device is
/// given to, as the plan would leave it, where a rule takes values from there.
///
/// # Errors
/// Which tags nothing asks for.
pub fn again(
    settings: &Settings,
    wanted: &Wanted,
    change: &Change,
    user: Option<&Resource<'static>>,
) -> Result<(), String> {
    let resource = change.resource(&change.before);
    let mut planner = Planner::new(settings, wanted);
    planner.meet(&resource);
    if let Some(user) = user {
        planner.meet(user);
    }
    let outcome = planner.plan(&resource, &|_| None);
    let after = outcome.state.as_ref().map_or(&change.before, |state| &state.tags);
    let differs = |key: &&str| after.get(*key) != change.after.get(*key);
    let strange: Vec<&str> = change.touched().into_iter().filter(differs).collect();
    let Some(first) = strange.first() else { return Ok(()) };
    let about = |left: &&super::model::NotFixed| {
        [Some(left.ask.key.as_str()), left.found.as_deref()].into_iter().flatten().any(|key| key == *first)
    };
    let why = outcome.left.iter().find(about).map(|left| format!(" ({})", left.reason)).unwrap_or_default();
    Err(format!("no rule asks for this of {}{why}", all_of(strange.iter().map(|key| quote(key)))))
}

/// Says who keeps the resource of a change by what is known now; `told`: states or stacks were given. Without them what
/// the plan says stays, if it says that somebody keeps it.
pub fn note_owner(change: &mut Change, resource: &Resource<'_>, told: bool) {
    let now = owner(resource, told);
    if told || now.is_managed() || !change.owner.is_managed() {
        change.owner = now;
    }
}
