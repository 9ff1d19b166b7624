//! Authorization of changes before they are applied.
//!
//! A plan file or a journal is untrusted. Its flags, owners and readers count for nothing: the flags are those of this
//! run, and policy, account, partition, owner and readers are checked again.

use std::collections::{BTreeSet, HashMap};

use super::apply::{Job, JobGoal, TagApi};
use super::journal::TouchedTag;
use super::plan::{
    Access, Change, OWNER_UNKNOWN, Override, Overrides, OwnerKind, Plan, PlanOptions, Readers, replan,
    takes_from_users, update_owner,
};
use super::required_overrides::{RequiredOverrides, required_overrides, restore_overrides};
use super::tags::TagMap;
use crate::aws::supported::ResourceArn;
use crate::base::{all_of, quote};
use crate::engine::{Settings, evaluate};
use crate::model::Resource;
use crate::policy::policy_hash;
use crate::rule::{EmptyIndex, Verdict};

/// The checks that a change must pass before it is applied.
pub struct Authorizer {
    settings: Settings,
    options: PlanOptions,
    /// `true` if this run made the plan itself, so that it need not be verified.
    trusted: bool,
}

/// The error for a plan that was made with another policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan was made with another policy ({}) than the loaded one", quote(.0))]
pub struct OtherPolicy(String);

impl Authorizer {
    /// The checks for a plan. `options` are the flags of this run; `trusted` says that this run made the plan itself.
    ///
    /// # Errors
    /// [`OtherPolicy`] if the plan was made with another policy than that of the settings.
    pub fn new(settings: Settings, options: PlanOptions, plan: &Plan, trusted: bool) -> Result<Self, OtherPolicy> {
        if policy_hash(&settings.policy) != plan.policy.hash {
            return Err(OtherPolicy(plan.policy.name.clone()));
        }
        Ok(Self { settings, options, trusted })
    }

    /// Replaces the owners in a plan file by those known now. `resources` are the plan's resources by ARN.
    pub fn update_owners(&self, plan: &mut Plan, resources: &HashMap<String, Resource<'static>>) {
        for change in &mut plan.changes {
            if let Some(resource) = resources.get(&change.arn) {
                update_owner(change, resource, self.options.owner_sources_given);
            }
        }
    }

    /// Checks one change of a plan. `planned` are the plan's changes by ARN. `readers` is `None` if changes of keys that
    /// policies read are permitted.
    ///
    /// # Errors
    /// The reason why the change is refused.
    pub fn authorize(
        &self,
        change: &Change,
        planned: &HashMap<&str, &Change>,
        readers: Option<&mut Readers<'_>>,
        api: &dyn TagApi,
    ) -> Result<(), String> {
        api.check_access(&change.arn)?;
        self.check_overrides(change)?;
        if self.options.require_known_owner && change.owner.by == OwnerKind::Unknown {
            return Err(OWNER_UNKNOWN.to_owned());
        }
        if let Some(readers) = readers {
            reject_readers(&readers.of(change))?;
        }
        if !self.trusted {
            self.verify(change, planned, api)?;
        }
        // Only new failures count: a change may fix one of several findings.
        let (before, after) = (self.failing_rules(change, &change.before), self.failing_rules(change, &change.after));
        match after.difference(&before).next() {
            Some(rule) => Err(format!("it would break rule {rule}")),
            None => Ok(()),
        }
    }

    fn check_overrides(&self, change: &Change) -> Result<(), String> {
        check_given(&required_overrides(change), &self.options.overrides).map_err(|(_, why)| why)
    }

    /// Checks that a plan made now would contain the same change. The user of an MFA device is read if the plan does not
    /// change it.
    fn verify(&self, change: &Change, planned: &HashMap<&str, &Change>, api: &dyn TagApi) -> Result<(), String> {
        let user = change.user.as_deref().filter(|_| takes_from_users(&self.settings.policy));
        let planned_user = user.and_then(|user| planned.get(user)).map(|user| user.resource(&user.after));
        let result = replan(&self.settings, &self.options, change, planned_user.as_ref());
        match (result, user) {
            // Most changes take nothing from the user, so it is read only if the change is unexplained without it.
            (Err(_), Some(user)) if planned_user.is_none() => {
                replan(&self.settings, &self.options, change, read_user(user, api)?.as_ref())
            }
            (result, _) => result,
        }
    }

    /// The rules that a resource with these tags breaks.
    fn failing_rules(&self, change: &Change, tags: &TagMap) -> BTreeSet<&str> {
        let Settings { policy, today, .. } = &self.settings;
        let resource = change.resource(tags);
        let verdicts = evaluate(policy, &resource, *today, &EmptyIndex, false);
        let failing = verdicts.into_iter().filter(|(_, verdict)| matches!(verdict, Verdict::Fail(_)));
        failing.map(|(at, _)| policy.rules[at].id.as_str()).collect()
    }
}

/// Checks that the required flags were given. The error is the first missing flag, with the reason.
fn check_given(required: &RequiredOverrides, given: &Overrides) -> Result<(), (Override, String)> {
    let mut missing = required.missing(given).peekable();
    let Some((flag, _)) = missing.peek().copied() else { return Ok(()) };
    let keys: Vec<String> =
        missing.filter(|(other, key)| other == flag && !key.is_empty()).map(|(_, key)| quote(key)).collect();
    let of = if keys.is_empty() { String::new() } else { format!(" for {}", all_of(keys)) };
    Err((*flag, format!("it needs {}{of}", flag.flag())))
}

/// The flags of a run that restores tags.
#[derive(Debug, Clone, Default)]
pub struct RestoreFlags {
    /// The `--allow-…` flags.
    pub given: Overrides,
    /// `true` if the run was given the digest of the journal.
    pub verified: bool,
}

/// Checks that a restore may be executed. No rule is evaluated, because it only brings back earlier tags. It needs the
/// flags that a plan with the same changes would need: whoever edits a journal must not be able to do more.
///
/// # Errors
/// The reason why it is refused.
pub fn authorize_restore(
    job: &Job,
    flags: &RestoreFlags,
    readers: Option<&mut Readers<'_>>,
    api: &dyn TagApi,
) -> Result<(), String> {
    api.check_access(&job.arn)?;
    let JobGoal::Restore { restore, .. } = &job.goal else { return Ok(()) };
    let required = restore_overrides(restore, &job.kind, flags.verified);
    check_given(&required, &flags.given).map_err(|(flag, why)| match flag {
        Override::AllowRemove => format!("{why}, or --journal-sha256 with the digest that the run printed"),
        _ => why,
    })?;
    match readers {
        Some(readers) => check_restored_keys(job, &restore.touched, readers),
        None => Ok(()),
    }
}

fn check_restored_keys(job: &Job, touched: &[TouchedTag], readers: &mut Readers<'_>) -> Result<(), String> {
    let access: Vec<Access> =
        touched.iter().flat_map(|t| readers.of_key(&job.place.account, &job.kind, &t.key)).collect();
    reject_readers(&access)
}

/// Refuses a change of keys that policies read, and names the first reader.
fn reject_readers(access: &[Access]) -> Result<(), String> {
    let Some(first) = access.first() else { return Ok(()) };
    let statement = first.statement.as_deref().map(|sid| format!(", statement {sid}")).unwrap_or_default();
    let more = match access.len() - 1 {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    Err(format!(
        "it needs {} for {}: {}{statement}: {}{more}",
        Override::AllowAccessChange.flag(),
        quote(&first.key),
        first.policy,
        first.reads,
    ))
}

/// Reads a user. The account's root user, which has no tags, is `None`.
fn read_user(arn: &str, api: &dyn TagApi) -> Result<Option<Resource<'static>>, String> {
    let Some(parsed) = ResourceArn::parse(arn).filter(|arn| arn.resource_type.is_user) else { return Ok(None) };
    api.check_access(arn)?;
    let tags = api.read(arn).map_err(|error| format!("the tags of its user could not be read: {}", error.message))?;
    let user = Change {
        kind: parsed.resource_type.name.to_owned(),
        arn: arn.to_owned(),
        name: Some(parsed.name.to_owned()),
        account: parsed.arn.account.to_owned(),
        ..Change::default()
    };
    Ok(Some(user.resource(&tags)))
}
