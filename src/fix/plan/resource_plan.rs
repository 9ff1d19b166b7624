//! Planning of one resource: from its findings to the steps that are taken.

use std::collections::BTreeSet;

use super::model::{ChangeReason, NotEvaluated, NotFixed, OwnerKind, Rejection};
use super::owner::owner;
use super::planned_state::is_user;
use super::planner::Planner;
use super::read::not_taggable;
use super::resource_state::{ResourceState, conflict, known_tags};
use super::rule_failures::{RuleFailure, failure_message, rule_failures};
use super::step::{Step, StepBuilder, ambiguous_spelling, reason_of};
use crate::aws::{KeyIdentity, Place, TagLimits, TaggableArn};
use crate::base::quote;
use crate::engine::{HiddenTags, evaluate, hide_key};
use crate::fix::tags::TagMap;
use crate::model::{Resource, Tags};
use crate::rule::{Verdict, is_made_by_aws};

/// The plan of one resource.
pub(super) struct ResourcePlan {
    /// The resource after all steps; `None` if none may be taken.
    pub(super) state: Option<ResourceState>,
    pub(super) not_fixed: Vec<NotFixed>,
}

/// The identity of a resource among the planned ones. Inventories of other programs may lack ARNs.
fn planned_key(resource: &Resource<'_>) -> String {
    match &resource.arn {
        Some(arn) => arn.to_string(),
        None => format!("{:?} {:?}", resource.order(), resource.id),
    }
}

impl Planner<'_> {
    /// Plans a resource. A user is planned together with its MFA devices, because a change of its tags may break theirs.
    pub(super) fn plan_resource(&mut self, resource: &Resource<'static>) {
        let arn = resource.arn.as_deref().unwrap_or_default().to_owned();
        if !is_user(resource) {
            // A device may have been planned together with its user.
            if self.planned.insert(planned_key(resource)) {
                let plan = self.try_steps(resource, &|_| None);
                self.keep(resource, plan);
            }
            return;
        }
        let devices: Vec<Resource<'static>> = self.state.devices_of(&arn).to_vec();
        let before: Vec<_> = devices.iter().map(|device| self.failures(device)).collect();
        let mut banned: Vec<(String, String)> = Vec::new();
        // First with all steps, then without those that break a device, then without any step.
        for attempt in 0..3 {
            let ban = |step: &Step| {
                let hit = banned.iter().find(|(key, _)| attempt == 2 || touches(step, key, resource.tag_limits()));
                hit.map(|(_, reason)| reason.clone())
            };
            let plan = self.try_steps(resource, &ban);
            // If the user stays unchanged, its devices are planned on their own.
            let changed = plan.state.as_ref().is_some_and(|state| state.before != state.tags);
            let others: Vec<ResourcePlan> =
                if changed { devices.iter().map(|device| self.plan_device(device)).collect() } else { Vec::new() };
            let broken = devices.iter().zip(&before).zip(&others).find_map(|((device, before), plan)| {
                let now = plan.state.as_ref().map_or(device, |state| &state.resource);
                let failure = self.failures(now).difference(before).next().cloned()?;
                let why = failure_message(&self.settings.policy, &failure, now, self.settings.today, &self.state);
                Some((failure.key.unwrap_or_default(), format!("its MFA device {} would break {why}", device.handle())))
            });
            if let Some(broken) = broken {
                for (device, plan) in devices.iter().zip(&others) {
                    self.revert(device, plan);
                }
                self.revert(resource, &plan);
                banned.push(broken);
                continue;
            }
            self.keep(resource, plan);
            for (device, plan) in devices.iter().zip(others) {
                self.planned.insert(planned_key(device));
                self.keep(device, plan);
            }
            return;
        }
    }

    /// Plans a device whose user changes. A device that is not selected stays unchanged.
    fn plan_device(&mut self, device: &Resource<'static>) -> ResourcePlan {
        if self.is_selected(device) {
            self.try_steps(device, &|_| None)
        } else {
            ResourcePlan { state: None, not_fixed: Vec::new() }
        }
    }

    /// Takes back what a plan changed in the index.
    fn revert(&mut self, resource: &Resource<'static>, plan: &ResourcePlan) {
        if let Some(state) = &plan.state {
            self.state.replace(&self.settings.policy, &state.resource, resource);
        }
    }

    fn failures(&self, resource: &Resource<'_>) -> BTreeSet<RuleFailure> {
        rule_failures(&self.settings.policy, resource, self.settings.today, &self.state)
    }

    /// Tries every step of one resource. A step that fails is tried again after others succeeded.
    pub(super) fn try_steps(
        &mut self,
        resource: &Resource<'static>,
        ban: &dyn Fn(&Step) -> Option<String>,
    ) -> ResourcePlan {
        let (mut steps, mut not_fixed) = self.steps(resource);
        let Some(tags) = self.changeable_tags(resource, &mut steps, &mut not_fixed) else {
            return ResourcePlan { state: None, not_fixed };
        };
        let mut reject = |step: &Step, reason: String| not_fixed.push(rejected(resource, step, reason));
        steps.retain(|step| match ban(step) {
            Some(reason) => {
                reject(step, reason);
                false
            }
            None => true,
        });
        let steps = without_conflicts(&steps, resource.tag_limits(), &mut reject);
        let mut state = ResourceState::new(resource, tags);
        let mut waiting: Vec<(Step, String)> = steps.into_iter().map(|step| (step, String::new())).collect();
        loop {
            // Every further round needs a step that succeeded in this one, so the loop ends.
            let before = waiting.len();
            let mut still = Vec::new();
            for (step, _) in waiting {
                match self.try_step(&state, &step) {
                    Ok(next) => state = next,
                    Err(reason) => still.push((step, reason)),
                }
            }
            waiting = still;
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
        for (step, reason) in &waiting {
            reject(step, reason.clone());
        }
        ResourcePlan { state: Some(state), not_fixed }
    }

    /// Takes a step if it fixes its finding and breaks no rule that passes.
    fn try_step(&mut self, state: &ResourceState, step: &Step) -> Result<ResourceState, String> {
        let policy = &self.settings.policy;
        let next = state.with(step)?;
        let before = self.failures(&state.resource);
        self.state.replace(policy, &state.resource, &next.resource);
        let after = self.failures(&next.resource);
        let broken = after.difference(&before).next();
        let reason = match (broken, &step.reason.rule) {
            (Some(failure), _) => {
                let message = failure_message(policy, failure, &next.resource, self.settings.today, &self.state);
                Some(format!("it would break {message}"))
            }
            (None, Some(rule)) => {
                let same = |failure: &&RuleFailure| {
                    policy.rules[failure.rule].id == *rule && failure.key.as_deref() == Some(step.reason.key.as_str())
                };
                after.iter().find(same).map(|_| "the change would not fix it".to_owned())
            }
            (None, None) => None,
        };
        match reason {
            None => Ok(next),
            Some(reason) => {
                self.state.replace(policy, &next.resource, &state.resource);
                Err(reason)
            }
        }
    }

    /// Returns the steps for all findings of a resource, and the findings without a step.
    fn steps(&mut self, resource: &Resource<'static>) -> (Vec<Step>, Vec<NotFixed>) {
        let settings = self.settings;
        let policy = &settings.policy;
        let (mut steps, mut not_fixed, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        let builder =
            StepBuilder { policy, today: settings.today, overrides: &self.options.overrides, state: &self.state };
        steps.extend(builder.set(&self.options.set, resource, &mut not_fixed));
        let verdicts = evaluate(policy, resource, settings.today, &self.state, true);
        let hidden = HiddenTags::new(policy, resource, &verdicts, settings.today, &self.state);
        for (at, verdict) in verdicts {
            let rule = &policy.rules[at];
            if !settings.chosen[at] || settings.waives(rule, resource) {
                continue;
            }
            match verdict {
                Verdict::Fail(violations) => {
                    for violation in &violations {
                        match builder.step(rule, violation, resource, &hidden) {
                            Ok(step) => steps.push(step),
                            Err(rejection) => {
                                let mut shown = violation.clone();
                                hide_key(policy, resource, &mut shown);
                                let found = shown.found.as_deref().map(str::to_owned);
                                not_fixed.push(NotFixed::new(resource, reason_of(rule, &shown), found, rejection));
                            }
                        }
                    }
                }
                Verdict::Indeterminate(one) => unknown.push(NotEvaluated {
                    what: format!("{} (rule {})", resource.handle(), rule.id),
                    reason: one.reason.into_owned(),
                }),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
            if let Some((key, other)) = ambiguous_spelling(rule, resource, &policy.declared) {
                let finding =
                    ChangeReason { rule: Some(rule.id.clone()), key: key.to_owned(), kind: "misspelled".to_owned() };
                let why = format!("both {} and {} exist; keep one of them", quote(key), quote(other));
                not_fixed.push(NotFixed::new(resource, finding, Some(other.to_owned()), Rejection::new(why)));
            }
        }
        if matches!(resource.tags, Tags::Unread { .. }) {
            self.incomplete = true;
            self.note_not_evaluated(resource, &format!("its tags could not be read: {}", resource.tags.why_unknown()));
        } else {
            self.not_evaluated.extend(unknown);
        }
        (steps, not_fixed)
    }

    /// Returns the tags of a resource if taglint can change them; otherwise rejects all steps.
    fn changeable_tags(
        &self,
        resource: &Resource<'static>,
        steps: &mut Vec<Step>,
        not_fixed: &mut Vec<NotFixed>,
    ) -> Option<TagMap> {
        let tags = known_tags(resource);
        let arn = taggable(resource);
        let owner = || owner(resource, self.options.owner_sources_given).by;
        let reason = match (&tags, arn) {
            (None, _) => "not all of its tags are known".to_owned(),
            (_, Err(reason)) => reason,
            _ if is_made_by_aws(resource) => "AWS made the role and decides its tags".to_owned(),
            _ if self.options.require_known_owner && owner() == OwnerKind::Unknown => super::owner::UNKNOWN.to_owned(),
            _ => return tags,
        };
        not_fixed.extend(steps.drain(..).map(|step| rejected(resource, &step, reason.clone())));
        None
    }

    fn keep(&mut self, resource: &Resource<'static>, plan: ResourcePlan) {
        let arn = taggable(resource).ok();
        let sources_given = self.options.owner_sources_given;
        let change = plan.state.zip(arn).and_then(|(state, (arn, place))| state.change(&arn, place, sources_given));
        self.changes.extend(change.map(|change| (resource.clone(), change)));
        self.not_fixed.extend(plan.not_fixed.into_iter().map(|left| (resource.clone(), left)));
    }
}

/// The ARN of a resource and its place, if the inventory's type, account and region agree with it; else the reason why its
/// tags cannot be changed.
fn taggable<'r>(resource: &'r Resource<'_>) -> Result<(TaggableArn<'r>, Place), String> {
    let text = resource.arn.as_deref().ok_or("taglint changes tags only by ARN, and the input has none of it")?;
    let arn = TaggableArn::parse(text).ok_or_else(not_taggable)?;
    if !arn.is_of(&resource.kind) {
        return Err(format!("its ARN is one of {}, not of {}", arn.kind, quote(&resource.kind)));
    }
    let place = arn.place(resource.account.as_deref(), resource.region.as_deref())?;
    Ok((arn, place))
}

fn touches(step: &Step, key: &str, limits: TagLimits) -> bool {
    step.set.keys().chain(&step.remove).any(|own| limits.key_identity(own, key) != KeyIdentity::Different)
}

fn rejected(resource: &Resource<'_>, step: &Step, reason: String) -> NotFixed {
    NotFixed::new(resource, step.reason.clone(), step.found.clone(), Rejection::new(reason))
}

/// Returns the steps that do not conflict with each other. `--set` wins over rules.
fn without_conflicts(steps: &[Step], limits: TagLimits, reject: &mut dyn FnMut(&Step, String)) -> Vec<Step> {
    let mut out = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let others = steps.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
        let mut rivals = others.filter(|other| step.reason.rule.is_some() || other.reason.rule.is_none());
        match rivals.find_map(|other| conflict(step, other, limits)) {
            Some(reason) => reject(step, reason),
            None => out.push(step.clone()),
        }
    }
    out
}
