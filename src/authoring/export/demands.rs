//! The rules of a policy that other languages may have a word for.

use super::format::ExportOptions;
use super::omission::{Effect, Omissions};
use super::scope::Scope;
use crate::aws::is_aws_key;
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, Demand, TagDemand};

/// A rule with its requirement and its resources.
#[derive(Debug, Clone)]
pub(in crate::authoring) struct RuleDemand<'p> {
    pub(in crate::authoring) rule: &'p Rule,
    pub(super) demand: Demand<'p>,
    pub(in crate::authoring) scope: Scope<'p>,
}

impl<'p> RuleDemand<'p> {
    /// The key of a rule for one tag.
    pub(in crate::authoring) fn key(&self) -> Option<&'p str> {
        match &self.demand {
            Demand::Tag(tag) => Some(tag.key),
            Demand::AnyOf(_) => None,
        }
    }

    /// `true` if the tag must exist.
    pub(in crate::authoring) fn requires(&self) -> bool {
        matches!(&self.demand, Demand::Tag(tag) if tag.required)
    }

    /// The requirement on one tag; an omission for another kind of rule.
    pub(super) fn tag(&self, omissions: &mut Omissions) -> Option<&TagDemand<'p>> {
        match &self.demand {
            Demand::Tag(tag) => Some(tag),
            Demand::AnyOf(_) => {
                no_such_rule(self.rule, omissions);
                None
            }
        }
    }
}

/// The requirements of a policy, by rule id; an omission for every rule that has none.
pub(in crate::authoring) fn demands<'p>(
    policy: &'p Policy,
    options: &ExportOptions,
    omissions: &mut Omissions,
) -> Vec<RuleDemand<'p>> {
    let mut out = Vec::new();
    for rule in &policy.rules {
        let Some(demand) = rule.kind.demand() else {
            no_such_rule(rule, omissions);
            continue;
        };
        if let Demand::Tag(tag) = &demand {
            if !tag.literal {
                omissions.add(rule, "key", Effect::NotExported, format!("{} has no globs for keys", omissions.title()));
                continue;
            }
            // AWS sets these tags, and no rule reports them.
            if is_aws_key(tag.key) {
                continue;
            }
        }
        if let Some(scope) = Scope::of(rule, options.resources.as_ref(), omissions) {
            out.push(RuleDemand { rule, demand, scope });
        }
    }
    out
}

fn no_such_rule(rule: &Rule, omissions: &mut Omissions) {
    let reason = format!("{} has no such rule", omissions.title());
    omissions.add(rule, rule.kind.name(), Effect::NotExported, reason);
}
