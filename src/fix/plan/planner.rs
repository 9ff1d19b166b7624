//! The planner: builds a plan from the findings of a finished run.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::model::{Change, NotEvaluated, NotFixed, Overrides, Plan, PolicyStamp, VERSION};
use super::planned_state::{PlannedState, is_user};
use super::step::ambiguous_spelling;
use crate::aws::AccountId;
use crate::base::Globs;
use crate::engine::{Input, InputError, Report, Settings, evaluate, resources};
use crate::model::{Gap, Resource, Tags};
use crate::policy::policy_hash;
use crate::rule::Verdict;

/// The options of a plan.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The `--allow-…` flags that were given.
    pub overrides: Overrides,
    /// Tags to write regardless of the rules (`--set`).
    pub set: BTreeMap<String, String>,
    /// ARNs, addresses or names of the resources to plan (`--resource`); empty for all.
    pub resources: Globs,
    /// `true` if states or stacks were given. If so, a resource in none of them is unmanaged.
    pub owner_sources_given: bool,
    /// Skip resources whose owner is unknown (`--require-owner-known`).
    pub require_known_owner: bool,
    /// The creation time of the plan, RFC 3339.
    pub created: String,
}

/// A plan with its statistics.
#[derive(Debug)]
pub struct PlanOutput {
    /// The plan.
    pub plan: Plan,
    /// The number of evaluated resources.
    pub evaluated: u64,
    /// `true` if all requested inputs and tags could be read.
    pub complete: bool,
}

/// The number of resources that are evaluated in parallel.
const CHUNK: usize = 4096;

/// Builds a plan from a finished run. `inputs` are the inputs of that run.
///
/// # Errors
/// [`InputError`] if an input cannot be read again.
pub fn make(report: &Report, inputs: &[Input], options: &PlanOptions) -> Result<PlanOutput, InputError> {
    let mut planner = Planner::new(report.settings(), options);
    planner.accounts.extend(report.scope().accounts);
    planner.not_evaluated.extend(report.gaps().iter().map(describe_gap));
    planner.incomplete = !report.gaps().is_empty();
    let duplicates = planner.index_inputs(inputs)?;
    let mut candidates = planner.candidates(inputs, &duplicates)?;
    // Users first, because MFA devices take values from them.
    candidates.sort_by(|a, b| (!is_user(a), a.order()).cmp(&(!is_user(b), b.order())));
    for resource in &candidates {
        planner.plan_resource(resource);
    }
    Ok(planner.finish())
}

fn describe_gap(gap: &Gap) -> NotEvaluated {
    let parts = [&gap.account, &gap.region, &gap.kind, &gap.operation];
    let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
    let what = if parts.is_empty() { "a part of the input".to_owned() } else { parts.join(" ") };
    NotEvaluated { what, reason: gap.error.clone() }
}

/// The state of a plan under construction.
///
/// Every step is tried on the tags as the earlier steps leave them, among the other resources as the plan leaves them. A
/// step that the service would reject, or that breaks a rule which passes, is not planned.
pub(super) struct Planner<'a> {
    pub(super) settings: &'a Settings,
    pub(super) options: &'a PlanOptions,
    /// All resources as the plan leaves them.
    pub(super) state: PlannedState,
    pub(super) accounts: BTreeSet<String>,
    pub(super) changes: Vec<(Resource<'static>, Change)>,
    pub(super) not_fixed: Vec<(Resource<'static>, NotFixed)>,
    pub(super) not_evaluated: BTreeSet<NotEvaluated>,
    /// `true` if a part of the input, or the tags of a requested resource, could not be read.
    pub(super) incomplete: bool,
    /// Identities of the MFA devices that were planned together with their users.
    pub(super) planned: HashSet<String>,
    evaluated: u64,
}

impl<'a> Planner<'a> {
    pub(super) fn new(settings: &'a Settings, options: &'a PlanOptions) -> Self {
        Self {
            settings,
            options,
            state: PlannedState::new(&settings.policy),
            accounts: BTreeSet::new(),
            changes: Vec::new(),
            not_fixed: Vec::new(),
            not_evaluated: BTreeSet::new(),
            incomplete: false,
            planned: HashSet::new(),
            evaluated: 0,
        }
    }

    /// Adds a resource to the index that rules compare others with.
    pub(super) fn index(&mut self, resource: &Resource<'static>) {
        self.state.index(&self.settings.policy, resource);
    }

    /// Indexes all resources and returns the ARNs that occur more than once.
    fn index_inputs(&mut self, inputs: &[Input]) -> Result<HashSet<String>, InputError> {
        let (mut seen, mut duplicates) = (HashSet::new(), HashSet::new());
        // This pass over all inputs has two purposes: duplicates between inputs, and the index for comparisons.
        if inputs.len() < 2 && !self.state.is_needed() {
            return Ok(duplicates);
        }
        for resource in inputs.iter().flat_map(resources) {
            let resource = resource?;
            if let Some(arn) = resource.arn.as_deref()
                && !seen.insert(arn.to_owned())
            {
                // Indexed twice, a resource would seem to share its unique values with another one.
                duplicates.insert(arn.to_owned());
                continue;
            }
            self.index(&resource);
        }
        Ok(duplicates)
    }

    /// Returns the resources that may need a change.
    fn candidates(
        &mut self,
        inputs: &[Input],
        duplicates: &HashSet<String>,
    ) -> Result<Vec<Resource<'static>>, InputError> {
        let mut out = Vec::new();
        for input in inputs {
            let mut all = resources(input);
            loop {
                let chunk: Vec<_> = all.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
                if chunk.is_empty() {
                    break;
                }
                let chunk: Vec<_> =
                    chunk.into_iter().filter(|one| !one.is_context() && self.is_selected(one)).collect();
                self.evaluated += chunk.len() as u64;
                self.accounts.extend(chunk.iter().filter_map(|one| Some(one.account.as_ref()?.to_string())));
                let selected = chunk.par_iter().map(|one| self.is_candidate(one)).collect::<Vec<_>>();
                for (resource, _) in chunk.into_iter().zip(selected).filter(|(_, candidate)| *candidate) {
                    if resource.arn.as_deref().is_some_and(|arn| duplicates.contains(arn)) {
                        let reason = "it is in several inputs; `taglint merge` keeps the newest of them";
                        self.note_not_evaluated(&resource, reason);
                    } else {
                        out.push(resource);
                    }
                }
            }
        }
        Ok(out)
    }

    pub(super) fn note_not_evaluated(&mut self, resource: &Resource<'_>, reason: &str) {
        self.not_evaluated.insert(NotEvaluated { what: resource.handle().into_owned(), reason: reason.to_owned() });
    }

    /// Returns `true` if `--resource` selects a resource.
    pub(super) fn is_selected(&self, resource: &Resource<'_>) -> bool {
        let globs = &self.options.resources;
        globs.is_empty()
            || resource.is_named(|name| globs.matches(name))
            || resource.name.as_deref().is_some_and(|name| globs.matches(name))
    }

    /// Returns `true` if a resource may need a change, or an entry among what is not fixed.
    fn is_candidate(&self, resource: &Resource<'_>) -> bool {
        let policy = &self.settings.policy;
        if !self.options.set.is_empty() || matches!(resource.tags, Tags::Unread { .. }) {
            return true;
        }
        let ambiguous = |rule: &crate::policy::Rule| {
            rule.concerns(&resource.kind) && ambiguous_spelling(rule, resource, &policy.declared).is_some()
        };
        evaluate(policy, resource, self.settings.today, &self.state, false)
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Fail(_) | Verdict::Indeterminate(_)))
            || policy.rules.iter().any(ambiguous)
    }

    fn finish(mut self) -> PlanOutput {
        // Users were planned first, but a plan lists resources in report order.
        self.changes.sort_by(|a, b| a.0.order().cmp(&b.0.order()));
        self.not_fixed.sort_by(|a, b| (a.0.order(), &a.1.finding).cmp(&(b.0.order(), &b.1.finding)));
        let changes: Vec<Change> = self.changes.into_iter().map(|(_, change)| change).collect();
        self.accounts.extend(changes.iter().map(|change| change.account.clone()));
        // An inventory may contain other text as account id, which the reader of plans rejects.
        self.accounts.retain(|id| AccountId::is_valid(id));
        let policy = &self.settings.policy;
        let plan = Plan {
            taglint: "plan".to_owned(),
            version: VERSION,
            created: self.options.created.clone(),
            policy: PolicyStamp { name: policy.name.clone(), hash: policy_hash(policy) },
            accounts: self.accounts.into_iter().collect(),
            changes,
            not_fixed: self.not_fixed.into_iter().map(|(_, left)| left).collect(),
            not_evaluated: self.not_evaluated.into_iter().collect(),
        };
        PlanOutput { plan, evaluated: self.evaluated, complete: !self.incomplete }
    }
}
