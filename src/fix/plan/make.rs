//! From findings to a plan. Every step is tried on the tags as they would be by then, among the other resources as they
//! would be by then: what the service would refuse, and what would break a rule that holds, is not planned.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::model::{Ask, Change, NotFixed, NotSeen, OwnerKind, Plan, PolicyStamp, VERSION};
use super::owner::owner;
use super::state::{Fault, State, clash, faults, tags_of, words};
use super::step::{Means, No, Permits, Step, ask, both_there};
use super::target::Target;
use super::world::PlannedState;
use crate::aws::same_key;
use crate::base::{Globs, quote};
use crate::engine::{Input, InputError, Report, Settings, evaluate, resources};
use crate::model::{Resource, Tags};
use crate::rule::Verdict;

/// What is wanted of a plan.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What flags permit.
    pub permits: Permits,
    /// Tags to write whatever the rules say of them (`--set`).
    pub set: BTreeMap<String, String>,
    /// ARNs, addresses or names of the resources to look at (`--resource`); empty for all.
    pub resources: Globs,
    /// States or stacks were given: what none of them has is nobody's.
    pub owners_told: bool,
    /// Leave alone what may be somebody's (`--require-owner-known`).
    pub require_owner: bool,
    /// The time of the plan, RFC 3339.
    pub created: String,
}

/// A plan, and what was counted on the way.
#[derive(Debug)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// Resources that were looked at.
    pub looked_at: u64,
    /// Whether all that was wanted could be read.
    pub complete: bool,
}

/// Resources are looked through so many at a time.
const CHUNK: usize = 4096;

/// Makes a plan for what a finished run looked at. `inputs` are those of the run.
///
/// # Errors
/// [`InputError`] where an input can't be read again.
pub fn make(report: &Report, inputs: &[Input], wanted: &Wanted) -> Result<Made, InputError> {
    let mut planner = Planner::new(report.settings(), wanted);
    planner.accounts.extend(report.scope().accounts);
    planner.not_seen.extend(report.gaps().iter().map(gap));
    planner.unread = !report.gaps().is_empty();
    let twice = planner.learn(inputs)?;
    let mut subjects = planner.subjects(inputs, &twice)?;
    // Users first: their devices take values from them.
    subjects.sort_by(|a, b| (!is_user(a), a.order()).cmp(&(!is_user(b), b.order())));
    for resource in &subjects {
        planner.settle(resource);
    }
    Ok(planner.finish())
}

fn is_user(resource: &Resource<'_>) -> bool {
    resource.kind.as_str() == "iam:user"
}

fn gap(gap: &crate::model::Gap) -> NotSeen {
    let parts = [&gap.account, &gap.region, &gap.kind, &gap.operation];
    let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
    let what = if parts.is_empty() { "a part of the input".to_owned() } else { parts.join(" ") };
    NotSeen { what, reason: gap.error.clone() }
}

pub(super) struct Planner<'a> {
    settings: &'a Settings,
    wanted: &'a Wanted,
    world: PlannedState,
    accounts: BTreeSet<String>,
    changes: Vec<(Resource<'static>, Change)>,
    not_fixed: Vec<(Resource<'static>, NotFixed)>,
    not_seen: BTreeSet<NotSeen>,
    /// Whether the tags of a wanted resource were not read, or a part of the input.
    unread: bool,
    /// Devices that were looked at with their users.
    done: HashSet<String>,
    looked_at: u64,
}

/// What became of one resource.
pub(super) struct Outcome {
    pub(super) state: Option<State>,
    pub(super) left: Vec<NotFixed>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(settings: &'a Settings, wanted: &'a Wanted) -> Self {
        Self {
            settings,
            wanted,
            world: PlannedState::new(&settings.policy),
            accounts: BTreeSet::new(),
            changes: Vec::new(),
            not_fixed: Vec::new(),
            not_seen: BTreeSet::new(),
            unread: false,
            done: HashSet::new(),
            looked_at: 0,
        }
    }

    /// Learns of a resource that others are compared with.
    pub(super) fn meet(&mut self, resource: &Resource<'static>) {
        self.world.learn(&self.settings.policy, resource);
    }

    /// Learns of all resources; ARNs that stand in the inputs more than once.
    fn learn(&mut self, inputs: &[Input]) -> Result<HashSet<String>, InputError> {
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        if inputs.len() < 2 && !self.world.compares() {
            return Ok(twice);
        }
        for resource in inputs.iter().flat_map(resources) {
            let resource = resource?;
            if let Some(arn) = resource.arn.as_deref()
                && !seen.insert(arn.to_owned())
            {
                twice.insert(arn.to_owned());
                continue;
            }
            self.world.learn(&self.settings.policy, &resource);
        }
        Ok(twice)
    }

    /// The resources with something to look at more closely.
    fn subjects(&mut self, inputs: &[Input], twice: &HashSet<String>) -> Result<Vec<Resource<'static>>, InputError> {
        let mut out = Vec::new();
        for input in inputs {
            let mut all = resources(input);
            loop {
                let chunk: Vec<_> = all.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
                if chunk.is_empty() {
                    break;
                }
                let chunk: Vec<_> = chunk.into_iter().filter(|one| !one.is_context() && self.is_wanted(one)).collect();
                self.looked_at += chunk.len() as u64;
                self.accounts.extend(chunk.iter().filter_map(|one| Some(one.account.as_ref()?.to_string())));
                let picked = chunk.par_iter().map(|one| self.picks(one)).collect::<Vec<_>>();
                for (resource, picked) in chunk.into_iter().zip(picked) {
                    let again = resource.arn.as_deref().is_some_and(|arn| twice.contains(arn));
                    if again && picked {
                        self.miss(&resource, "it stands in several inputs; `taglint merge` keeps what was read last");
                    } else if picked {
                        out.push(resource);
                    }
                }
            }
        }
        Ok(out)
    }

    fn miss(&mut self, resource: &Resource<'_>, reason: &str) {
        self.not_seen.insert(NotSeen { what: resource.handle().into_owned(), reason: reason.to_owned() });
    }

    fn is_wanted(&self, resource: &Resource<'_>) -> bool {
        let globs = &self.wanted.resources;
        globs.is_empty()
            || resource.is_named(|name| globs.matches(name))
            || resource.name.as_deref().is_some_and(|name| globs.matches(name))
    }

    /// Whether there may be something to do, or to say, for a resource.
    fn picks(&self, resource: &Resource<'_>) -> bool {
        let policy = &self.settings.policy;
        if !self.wanted.set.is_empty() || matches!(resource.tags, Tags::Unread { .. }) {
            return true;
        }
        let both = |rule: &crate::policy::Rule| {
            rule.concerns(&resource.kind) && both_there(rule, resource, &policy.declared).is_some()
        };
        evaluate(policy, resource, self.settings.today, &self.world, false)
            .iter()
            .any(|(_, answer)| matches!(answer, Verdict::Fail(_) | Verdict::Indeterminate(_)))
            || policy.rules.iter().any(both)
    }

    /// Plans a resource; a user together with its devices, as what he gets may break what they have.
    fn settle(&mut self, resource: &Resource<'static>) {
        let arn = resource.arn.as_deref().unwrap_or_default().to_owned();
        if !is_user(resource) {
            if self.done.insert(arn) {
                let outcome = self.plan(resource, &|_| None);
                self.keep(resource, outcome);
            }
            return;
        }
        let devices: Vec<Resource<'static>> = self.world.devices_of(&arn).to_vec();
        let before: Vec<_> = devices.iter().map(|device| self.faults(device)).collect();
        let mut banned: Vec<(String, String)> = Vec::new();
        // First as it is, then without what breaks a device, then not at all.
        for attempt in 0..3 {
            let ban = |step: &Step| {
                let hit = banned.iter().find(|(key, _)| attempt == 2 || touches(step, key));
                hit.map(|(_, reason)| reason.clone())
            };
            let outcome = self.plan(resource, &ban);
            let changed = outcome.state.as_ref().is_some_and(|state| state.before != state.tags);
            let others: Vec<Outcome> =
                if changed { devices.iter().map(|device| self.device(device)).collect() } else { Vec::new() };
            let broken = devices.iter().zip(&before).zip(&others).find_map(|((device, before), outcome)| {
                let now = outcome.state.as_ref().map_or(device, |state| &state.resource);
                let fault = self.faults(now).difference(before).next().cloned()?;
                let why = words(&self.settings.policy, &fault, now, self.settings.today, &self.world);
                Some((fault.2.unwrap_or_default(), format!("its MFA device {} would break {why}", device.handle())))
            });
            if let Some(broken) = broken {
                for (device, outcome) in devices.iter().zip(&others) {
                    self.undo(device, outcome);
                }
                self.undo(resource, &outcome);
                banned.push(broken);
                continue;
            }
            self.keep(resource, outcome);
            for (device, outcome) in devices.iter().zip(others) {
                self.done.insert(device.arn.as_deref().unwrap_or_default().to_owned());
                self.keep(device, outcome);
            }
            return;
        }
    }

    /// Plans a device whose user changes; one that is not wanted stays as it is.
    fn device(&mut self, device: &Resource<'static>) -> Outcome {
        if self.is_wanted(device) { self.plan(device, &|_| None) } else { Outcome { state: None, left: Vec::new() } }
    }

    fn undo(&mut self, resource: &Resource<'static>, outcome: &Outcome) {
        if let Some(state) = &outcome.state {
            self.world.replace(&self.settings.policy, &state.resource, resource);
        }
    }

    fn faults(&self, resource: &Resource<'_>) -> BTreeSet<Fault> {
        faults(&self.settings.policy, resource, self.settings.today, &self.world)
    }

    /// Tries every step of one resource, and again those that wait for another one.
    pub(super) fn plan(&mut self, resource: &Resource<'static>, ban: &dyn Fn(&Step) -> Option<String>) -> Outcome {
        let (mut steps, mut left) = self.steps(resource);
        let Some(tags) = self.usable(resource, &mut steps, &mut left) else { return Outcome { state: None, left } };
        let mut refuse = |step: &Step, reason: String| left.push(not_fixed(resource, step, reason));
        steps.retain(|step| match ban(step) {
            Some(reason) => {
                refuse(step, reason);
                false
            }
            None => true,
        });
        let steps = agreed(&steps, resource.service().folds_case, &mut refuse);
        let mut state = State::new(resource, tags);
        let mut waiting: Vec<(Step, String)> = steps.into_iter().map(|step| (step, String::new())).collect();
        loop {
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
            refuse(step, reason.clone());
        }
        Outcome { state: Some(state), left }
    }

    /// Takes a step if nothing that holds is broken by it, and it settles what asked for it.
    fn try_step(&mut self, state: &State, step: &Step) -> Result<State, String> {
        let policy = &self.settings.policy;
        let next = state.with(step)?;
        let before = self.faults(&state.resource);
        self.world.replace(policy, &state.resource, &next.resource);
        let after = self.faults(&next.resource);
        let broken = after.difference(&before).next();
        let reason = match (broken, &step.ask.rule) {
            (Some(fault), _) => {
                let said = words(policy, fault, &next.resource, self.settings.today, &self.world);
                Some(format!("it would break {said}"))
            }
            (None, Some(rule)) => {
                let same = |fault: &&Fault| {
                    policy.rules[fault.0].id == *rule && fault.2.as_deref() == Some(step.ask.key.as_str())
                };
                after.iter().find(same).map(|_| "it would not be settled by that".to_owned())
            }
            (None, None) => None,
        };
        match reason {
            None => Ok(next),
            Some(reason) => {
                self.world.replace(policy, &next.resource, &state.resource);
                Err(reason)
            }
        }
    }

    /// What every finding asks for, and those that ask for nothing that can be done.
    fn steps(&mut self, resource: &Resource<'static>) -> (Vec<Step>, Vec<NotFixed>) {
        let settings = self.settings;
        let policy = &settings.policy;
        let (mut steps, mut left, mut doubts) = (Vec::new(), Vec::new(), Vec::new());
        let means = Means { policy, today: settings.today, permits: &self.wanted.permits, world: &self.world };
        steps.extend(means.set(&self.wanted.set, resource, &mut left));
        for (at, answer) in evaluate(policy, resource, settings.today, &self.world, true) {
            let rule = &policy.rules[at];
            if !settings.chosen[at] || settings.waives(rule, resource) {
                continue;
            }
            match answer {
                Verdict::Fail(violations) => {
                    for violation in &violations {
                        match means.step(rule, violation, resource) {
                            Ok(step) => steps.push(step),
                            Err(No { reason, permit }) => {
                                let found = violation.found.as_deref().map(str::to_owned);
                                left.push(entry(resource, ask(rule, violation), found, reason, permit));
                            }
                        }
                    }
                }
                Verdict::Indeterminate(doubt) => doubts.push(NotSeen {
                    what: format!("{} (rule {})", resource.handle(), rule.id),
                    reason: doubt.reason.into_owned(),
                }),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
            if let Some((key, other)) = both_there(rule, resource, &policy.declared) {
                let ask = Ask { rule: Some(rule.id.clone()), key: key.to_owned(), kind: "misspelled".to_owned() };
                let reason = format!("{} and {} are both there: nothing is chosen", quote(key), quote(other));
                left.push(entry(resource, ask, Some(other.to_owned()), reason, None));
            }
        }
        if matches!(resource.tags, Tags::Unread { .. }) {
            self.unread = true;
            self.miss(resource, &format!("its tags were not read: {}", resource.tags.why_unknown()));
        } else {
            self.not_seen.extend(doubts);
        }
        (steps, left)
    }

    /// The tags of a resource whose tags can be changed; else every step is refused.
    fn usable(
        &self,
        resource: &Resource<'static>,
        steps: &mut Vec<Step>,
        left: &mut Vec<NotFixed>,
    ) -> Option<BTreeMap<String, String>> {
        let tags = tags_of(resource);
        let target = resource.arn.as_deref().and_then(Target::of).filter(|target| fits(target, resource));
        let reason = match (&tags, target) {
            (None, _) => "not all of its tags are known",
            (_, None) => "taglint changes tags of IAM users, virtual MFA devices and user pools, known by their ARN",
            _ if self.wanted.require_owner && owner(resource, self.wanted.owners_told).by == OwnerKind::Unknown => {
                "who keeps it is not known: --terraform-state or --stack-resources tells"
            }
            _ => return tags,
        };
        left.extend(steps.drain(..).map(|step| not_fixed(resource, &step, reason.to_owned())));
        None
    }

    fn keep(&mut self, resource: &Resource<'static>, outcome: Outcome) {
        let target = resource.arn.as_deref().and_then(Target::of);
        let change =
            outcome.state.zip(target).and_then(|(state, target)| state.change(&target, self.wanted.owners_told));
        self.changes.extend(change.map(|change| (resource.clone(), change)));
        self.not_fixed.extend(outcome.left.into_iter().map(|left| (resource.clone(), left)));
    }

    fn finish(mut self) -> Made {
        self.changes.sort_by(|a, b| a.0.order().cmp(&b.0.order()));
        self.not_fixed.sort_by(|a, b| (a.0.order(), &a.1.ask).cmp(&(b.0.order(), &b.1.ask)));
        let changes: Vec<Change> = self.changes.into_iter().map(|(_, change)| change).collect();
        self.accounts.extend(changes.iter().map(|change| change.account.clone()));
        self.accounts.retain(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()));
        let policy = &self.settings.policy;
        let plan = Plan {
            taglint: "plan".to_owned(),
            version: VERSION,
            created: self.wanted.created.clone(),
            policy: PolicyStamp { name: policy.name.clone(), hash: crate::fix::policy_hash(policy) },
            accounts: self.accounts.into_iter().collect(),
            changes,
            not_fixed: self.not_fixed.into_iter().map(|(_, left)| left).collect(),
            not_looked_at: self.not_seen.into_iter().collect(),
        };
        Made { plan, looked_at: self.looked_at, complete: !self.unread }
    }
}

/// Whether an inventory says of a resource what its ARN says.
fn fits(target: &Target<'_>, resource: &Resource<'_>) -> bool {
    target.kind == resource.kind.as_str()
        && resource.account.as_deref().is_none_or(|account| account == target.account)
        && resource.region.as_deref().is_none_or(|region| target.region == Some(region))
}

fn touches(step: &Step, key: &str) -> bool {
    step.set.keys().chain(&step.remove).any(|own| same_key(own, key))
}

pub(super) fn entry(
    resource: &Resource<'_>,
    ask: Ask,
    found: Option<String>,
    reason: String,
    permit: Option<super::model::Permit>,
) -> NotFixed {
    NotFixed {
        resource_type: resource.kind.to_string(),
        arn: resource.handle().into_owned(),
        account: resource.account.as_deref().map(str::to_owned),
        ask,
        found,
        reason,
        permit,
    }
}

fn not_fixed(resource: &Resource<'_>, step: &Step, reason: String) -> NotFixed {
    entry(resource, step.ask.clone(), step.found.clone(), reason, None)
}

/// Steps that do not ask for different things of one key; `--set` is stronger than any rule.
fn agreed(steps: &[Step], fold: bool, refuse: &mut dyn FnMut(&Step, String)) -> Vec<Step> {
    let mut out = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let rivals = steps.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
        let mut rivals = rivals.filter(|other| step.ask.rule.is_some() || other.ask.rule.is_none());
        match rivals.find_map(|other| clash(step, other, fold)) {
            Some(reason) => refuse(step, reason),
            None => out.push(step.clone()),
        }
    }
    out
}
