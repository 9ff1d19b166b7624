//! All resources as the plan leaves them, as far as rules compare them.

use std::collections::{BTreeMap, HashMap};

use crate::aws::supported;
use crate::model::{DeviceAssignment, Resource};
use crate::policy::Policy;
use crate::rule::{Check as _, Comparison, DefaultFrom, ResourceIndex};

/// A value that must be unique: the slot of the rule, the scope, and the value.
type UniqueValueKey = (usize, String, String);

/// The resource index of a plan, updated with every planned step.
#[derive(Default)]
pub(super) struct PlannedState {
    holders: HashMap<UniqueValueKey, u32>,
    users: HashMap<String, Resource<'static>>,
    devices: BTreeMap<String, Vec<Resource<'static>>>,
    has_unique_rules: bool,
    needs_users: bool,
}

/// Returns `true` if a resource is one that MFA devices are assigned to.
pub(super) fn is_user(resource: &Resource<'_>) -> bool {
    supported::is_user(&resource.kind)
}

/// Returns `true` if a resource is of a type that is assigned to users.
fn is_assignable(resource: &Resource<'_>) -> bool {
    supported::is_assigned_to_user(&resource.kind)
}

/// Returns `true` if a rule compares an MFA device with its user, or takes a value from the user.
#[must_use]
pub fn takes_from_users(policy: &Policy) -> bool {
    policy.rules.iter().any(|rule| {
        rule.kind.comparison() == Comparison::DeviceAndUser
            || rule.kind.tag_default().is_some_and(|tag| tag.default_from == Some(DefaultFrom::User))
    })
}

impl PlannedState {
    /// An empty index for the comparisons of this policy.
    pub(super) fn new(policy: &Policy) -> Self {
        let has_unique_rules = policy.rules.iter().any(|rule| rule.kind.comparison() == Comparison::UniqueValues);
        Self { has_unique_rules, needs_users: takes_from_users(policy), ..Self::default() }
    }

    /// Returns `true` if any rule compares resources. If none does, nothing has to be indexed.
    pub(super) fn is_needed(&self) -> bool {
        self.has_unique_rules || self.needs_users
    }

    /// Adds a resource.
    pub(super) fn index(&mut self, policy: &Policy, resource: &Resource<'static>) {
        self.count(policy, resource, true);
        if !self.needs_users {
            return;
        }
        match (&resource.arn, &resource.user) {
            (Some(arn), _) if is_user(resource) => {
                self.users.entry(arn.to_string()).or_insert_with(|| resource.clone());
            }
            (Some(_), DeviceAssignment::User(user)) if is_assignable(resource) => {
                self.devices.entry(user.to_string()).or_default().push(resource.clone());
            }
            _ => {}
        }
    }

    /// Replaces one state of a resource by another.
    pub(super) fn replace(&mut self, policy: &Policy, before: &Resource<'static>, after: &Resource<'static>) {
        self.count(policy, before, false);
        self.count(policy, after, true);
        if let Some(user) = after.arn.as_deref().and_then(|arn| self.users.get_mut(arn)) {
            user.clone_from(after);
        }
    }

    fn count(&mut self, policy: &Policy, resource: &Resource<'_>, present: bool) {
        if !self.has_unique_rules {
            return;
        }
        for rule in policy.rules.iter().filter(|rule| rule.concerns(&resource.kind)) {
            let Some(unique) = rule.kind.unique_value(resource) else { continue };
            let key = (unique.slot, unique.scope.to_owned(), unique.value.to_owned());
            let holders = self.holders.entry(key).or_default();
            *holders = if present { *holders + 1 } else { holders.saturating_sub(1) };
        }
    }

    /// The MFA devices of a user, as they were read.
    pub(super) fn devices_of(&self, arn: &str) -> &[Resource<'static>] {
        self.devices.get(arn).map_or(&[], Vec::as_slice)
    }

    /// A user as the plan leaves it.
    pub(super) fn user_of(&self, arn: &str) -> Option<&Resource<'static>> {
        self.users.get(arn)
    }
}

impl ResourceIndex for PlannedState {
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32 {
        // Called rarely, so copying the two strings for the lookup costs nothing that matters.
        self.holders.get(&(slot, scope.to_owned(), value.to_owned())).copied().unwrap_or(0)
    }

    fn user(&self, arn: &str) -> Option<Resource<'static>> {
        self.users.get(arn).cloned()
    }
}
