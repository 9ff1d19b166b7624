//! All resources as a plan would leave them, as far as rules that compare them look.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Assignment, Resource};
use crate::policy::Policy;
use crate::rule::{Check as _, Comparison, DefaultFrom, ResourceIndex};

/// Where a value stands: the place of the unique rule, the scope, the value.
type Holding = (usize, String, String);

/// The neighbours of every resource, kept as the plan goes on.
#[derive(Default)]
pub(super) struct PlannedState {
    holders: HashMap<Holding, u32>,
    users: HashMap<String, Resource<'static>>,
    devices: BTreeMap<String, Vec<Resource<'static>>>,
    unique: bool,
    with_users: bool,
}

/// Whether any rule compares an MFA device with its user, or takes a value from there.
#[must_use]
pub fn takes_from_users(policy: &Policy) -> bool {
    policy.rules.iter().any(|rule| {
        rule.kind.comparison() == Comparison::DeviceAndUser
            || rule.kind.tag_default().is_some_and(|tag| tag.default_from == Some(DefaultFrom::User))
    })
}

impl PlannedState {
    /// An empty world that keeps what this policy's rules compare.
    pub(super) fn new(policy: &Policy) -> Self {
        let unique = policy.rules.iter().any(|rule| rule.kind.comparison() == Comparison::UniqueValues);
        Self { unique, with_users: takes_from_users(policy), ..Self::default() }
    }

    /// Whether it keeps anything: else nothing has to be told to it.
    pub(super) fn compares(&self) -> bool {
        self.unique || self.with_users
    }

    /// Learns of a resource.
    pub(super) fn learn(&mut self, policy: &Policy, resource: &Resource<'static>) {
        self.count(policy, resource, true);
        if !self.with_users {
            return;
        }
        match (&resource.arn, &resource.user) {
            (Some(arn), _) if resource.kind.as_str() == "iam:user" => {
                self.users.entry(arn.to_string()).or_insert_with(|| resource.clone());
            }
            (Some(_), Assignment::User(user)) if resource.kind.as_str() == "iam:mfa" => {
                self.devices.entry(user.to_string()).or_default().push(resource.clone());
            }
            _ => {}
        }
    }

    /// Puts one state of a resource into the place of another.
    pub(super) fn replace(&mut self, policy: &Policy, before: &Resource<'static>, after: &Resource<'static>) {
        self.count(policy, before, false);
        self.count(policy, after, true);
        if let Some(user) = after.arn.as_deref().and_then(|arn| self.users.get_mut(arn)) {
            user.clone_from(after);
        }
    }

    fn count(&mut self, policy: &Policy, resource: &Resource<'_>, there: bool) {
        if !self.unique {
            return;
        }
        for rule in policy.rules.iter().filter(|rule| rule.concerns(&resource.kind)) {
            let Some(unique) = rule.kind.unique_value(resource) else { continue };
            let holding = (unique.slot, unique.scope.to_owned(), unique.value.to_owned());
            let holders = self.holders.entry(holding).or_default();
            *holders = if there { *holders + 1 } else { holders.saturating_sub(1) };
        }
    }

    /// The MFA devices that are given to a user, as they were read.
    pub(super) fn devices_of(&self, arn: &str) -> &[Resource<'static>] {
        self.devices.get(arn).map_or(&[], Vec::as_slice)
    }

    /// A user as the plan would leave it.
    pub(super) fn user_of(&self, arn: &str) -> Option<&Resource<'static>> {
        self.users.get(arn)
    }
}

impl ResourceIndex for PlannedState {
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32 {
        // Nobody asks so often that a copy of the two texts would count.
        self.holders.get(&(slot, scope.to_owned(), value.to_owned())).copied().unwrap_or(0)
    }

    fn user(&self, arn: &str) -> Option<Resource<'static>> {
        self.users.get(arn).cloned()
    }
}
