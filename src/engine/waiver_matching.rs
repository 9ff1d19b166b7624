//! The matching of waivers and ignore comments to findings.

use super::finding::AppliedWaiver;
use super::settings::Settings;
use crate::model::Resource;
use crate::policy::{Rule, Waiver};

impl Settings {
    /// The waiver that covers the findings of a rule on a resource, with its index if it is one of the policy's. Waivers
    /// of the policy take precedence over comments in source, which count only if the policy allows them.
    pub(super) fn applied_waiver<'a>(
        &'a self,
        rule: &Rule,
        resource: &'a Resource<'_>,
    ) -> Option<(Option<usize>, AppliedWaiver<'a>)> {
        if !rule.waivable {
            return None;
        }
        if let Some((index, waiver)) = self.policy_waiver(rule, resource) {
            return Some((Some(index), AppliedWaiver::of_policy(waiver)));
        }
        let origin = resource.origin.as_deref().filter(|_| self.policy.inline_waivers)?;
        let comment = origin.ignores.iter().find(|comment| comment.rule == rule.id)?;
        Some((None, AppliedWaiver::of_comment(&comment.reason)))
    }

    /// Returns `true` if a waiver of the policy or an accepted comment covers the findings of a rule on a resource.
    #[must_use]
    pub fn waives(&self, rule: &Rule, resource: &Resource<'_>) -> bool {
        self.applied_waiver(rule, resource).is_some()
    }

    fn policy_waiver(&self, rule: &Rule, resource: &Resource<'_>) -> Option<(usize, &Waiver)> {
        if self.policy.waivers.is_empty() {
            return None;
        }
        self.policy.waivers.iter().enumerate().find(|(_, waiver)| {
            waiver.holds_on(self.today)
                && waiver.rules.matches(&rule.id)
                && resource.is_named(|name| waiver.resources.matches(name))
        })
    }
}
