//! `--apply`: checks every change of a plan and executes those that pass.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use super::access::known_policies;
use super::agreement;
use super::args::{input_options, is_selected, plan_options, reject_given, settings};
use super::connect::{accounts_of, connect, keys_of_plan};
use super::execute::{confirm, execute};
use super::journal_file::{create, header};
use super::owners::resources_of;
use super::reporter::ApplyReporter;
use crate::base::open_named;
use crate::cli::{FixArgs, Global, PLAN_FLAGS, READ_FLAGS};
use crate::commands::check::managers;
use crate::commands::live::interrupted;
use crate::commands::{Failure, RunOutcome, colored};
use crate::engine::Settings;
use crate::fix::apply::{ApplySummary, Job, TagApi};
use crate::fix::authorize::{Authorizer, OtherPolicy};
use crate::fix::journal::JournalHeader;
use crate::fix::plan::{self, Change, Plan, Readers};
use crate::fix::show;
use crate::iam_policies::KnownPolicies;
use crate::input::ManagedResourceIndex;

/// The reason why flags about reading resources are rejected.
const GIVEN_BY_PLAN: &str = "the plan determines the resources, and their tags are read from their own services";
/// The reason why flags of planning are rejected.
pub(super) const ALREADY_PLANNED: &str = "the plan already exists";

/// Applies a plan file.
pub(super) fn plan_file(path: &Path, args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    reject_given(args, &READ_FLAGS, GIVEN_BY_PLAN)?;
    reject_given(args, &PLAN_FLAGS, ALREADY_PLANNED)?;
    let mut plan = read_plan(path)?;
    plan.changes.retain(|change| is_selected(args, &change.arn, change.name.as_deref()));
    if plan.changes.is_empty() && !args.resource.is_empty() {
        return Err(Failure::new("--resource: the plan changes no such resource")
            .help("a glob must match the whole ARN or name, including letter case"));
    }
    agreement::check(args, &plan.changes)?;
    if !args.apply.yes {
        show(&plan, None, colored(global, &io::stderr()), global.quiet, &mut io::stderr().lock())
            .map_err(|error| Failure::new(format!("cannot write to standard error: {error}")))?;
    }
    apply(plan, None, None, args, global)
}

/// Applies a plan that this run just made with these settings and policies.
pub(super) fn new_plan(
    plan: Plan,
    settings: Settings,
    known: Option<KnownPolicies>,
    args: &FixArgs,
    global: &Global,
) -> Result<RunOutcome, Failure> {
    if !args.inputs.is_empty() {
        reject_given(args, &READ_FLAGS, GIVEN_BY_PLAN)?;
        agreement::check(args, &plan.changes)?;
    }
    apply(plan, Some(settings), known, args, global)
}

fn apply(
    mut plan: Plan,
    made_with: Option<Settings>,
    known: Option<KnownPolicies>,
    args: &FixArgs,
    global: &Global,
) -> Result<RunOutcome, Failure> {
    let checks = Checks::new(args, global, &plan, made_with)?;
    let (mut reporter, keys) = (ApplyReporter::new(args, global), keys_of_plan(&plan));
    if plan.changes.is_empty() {
        return reporter.end(None, &ApplySummary::default(), &[], false);
    }
    let Some(api) = connect(args, &keys, global)? else { return Ok(interrupted()) };
    let known = known_policies(args, &api, &accounts_of(&keys), known)?;
    checks.update_owners(&mut plan)?;
    let refused = checks.refused(&plan, &plan.changes, known.as_ref().map(Readers::new).as_mut(), &api);
    plan.changes.retain(|change| match refused.get(&change.arn) {
        None => true,
        Some(why) => {
            reporter.refuse(&change.arn, why);
            false
        }
    });
    if plan.changes.is_empty() {
        return reporter.end(None, &ApplySummary::default(), &[], false);
    }
    let changes = plan.changes.iter().enumerate();
    let jobs: Vec<Job> = changes
        .map(|(number, change)| Job::change(number, change.clone(), false))
        .collect::<Result<_, _>>()
        .map_err(Failure::new)?;
    confirm(args, "change the tags of", &jobs, &reporter)?;
    let header = JournalHeader { plan: Some(plan), ..header(args, &keys) };
    // Created after the confirmation, so that a refused run leaves no file.
    let journal = create(args.apply.journal.as_deref(), &header)?;
    execute(&jobs, &api, &journal, args, reporter)
}

/// Reads a plan file.
pub(super) fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let failed = |why: String| {
        Failure::new(format!("{}: {why}", path.display())).help("write a plan with `taglint fix --output plan.json`")
    };
    let file = open_named(path).map_err(|error| failed(format!("cannot read it: {error}")))?;
    plan::read(file).map_err(|error| failed(error.to_string()))
}

/// The authorizer, with the states and stacks that show the owner of a resource.
pub(super) struct Checks {
    authorizer: Authorizer,
    managers: Option<ManagedResourceIndex>,
    trusted: bool,
}

impl Checks {
    /// `made_with` are the settings of a plan that this run made itself.
    pub(super) fn new(
        args: &FixArgs,
        global: &Global,
        plan: &Plan,
        made_with: Option<Settings>,
    ) -> Result<Self, Failure> {
        let trusted = made_with.is_some();
        let settings = made_with.map_or_else(|| settings(args, global), Ok)?;
        let managers =
            if trusted { None } else { managers(&args.managed, &input_options(args)?, global, &str::to_owned)? };
        let options = plan_options(args, managers.is_some())?;
        let authorizer = Authorizer::new(settings, options, plan, trusted).map_err(|error: OtherPolicy| {
            Failure::new(error.to_string()).help("make the plan again, or name its policy with --policy")
        })?;
        Ok(Self { authorizer, managers, trusted })
    }

    /// Determines the owners of the resources in a plan file again.
    pub(super) fn update_owners(&self, plan: &mut Plan) -> Result<(), Failure> {
        if self.trusted {
            return Ok(());
        }
        let found = resources_of(&plan.changes, self.managers.as_ref())?;
        self.authorizer.update_owners(plan, &found);
        Ok(())
    }

    /// Returns the ARNs of the changes that are refused, with the reasons.
    pub(super) fn refused<'p>(
        &self,
        plan: &Plan,
        changes: impl IntoIterator<Item = &'p Change>,
        mut readers: Option<&mut Readers<'_>>,
        api: &dyn TagApi,
    ) -> BTreeMap<String, String> {
        let planned: HashMap<&str, &Change> = plan.changes.iter().map(|c| (c.arn.as_str(), c)).collect();
        let why = |change: &Change| {
            let refused = self.authorizer.authorize(change, &planned, readers.as_deref_mut(), api);
            Some((change.arn.clone(), refused.err()?))
        };
        changes.into_iter().filter_map(why).collect()
    }
}
