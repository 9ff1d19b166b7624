//! What of a plan may be carried out: nobody vouches for its file, so permissions come from flags, and policy, account and
//! partition are held to what they are now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::super::Failure;
use super::super::super::check::managers;
use super::super::super::fix::{chosen_settings, options, wanted};
use super::permits;
use super::readers::who;
use super::remote::Aws;
use crate::base::{all_of, quote};
use crate::cli::{FixArgs, Global};
use crate::engine::{Ownership, Settings, evaluate, resources};
use crate::fix::apply::{Remote as _, TagMap, needs};
use crate::fix::plan::{Change, OwnerKind, Permit, Plan, Readers, Target, Wanted, again, note_owner, takes_from_users};
use crate::fix::policy_hash;
use crate::input::{Managers, in_memory};
use crate::model::Resource;
use crate::rule::{EmptyIndex, Verdict};

/// The policy and the permits of this run.
pub(super) struct Admit {
    settings: Settings,
    wanted: Wanted,
    permits: BTreeSet<Permit>,
    managers: Option<Managers>,
    /// Whether this program has just made the plan itself.
    own: bool,
}

impl Admit {
    /// Refuses a plan that was made with another policy.
    /// `made_with`: what this run itself made the plan with.
    pub(super) fn new(
        args: &FixArgs,
        global: &Global,
        plan: &Plan,
        made_with: Option<Settings>,
    ) -> Result<Self, Failure> {
        let own = made_with.is_some();
        let settings = made_with.map_or_else(|| chosen_settings(args, global), Ok)?;
        if policy_hash(&settings.policy) != plan.policy.hash {
            return Err(Failure::new(format!(
                "the plan was made with another policy ({}) than the one that is loaded",
                quote(&plan.policy.name)
            ))
            .help("make the plan again, or name its policy with --policy"));
        }
        let managers = if own { None } else { managers(&args.managed, &options(args), global)? };
        let wanted = wanted(args, managers.is_some())?;
        Ok(Self { settings, wanted, permits: permits(args), managers, own })
    }

    /// Says anew who keeps the resources of a plan from a file.
    pub(super) fn owners(&self, plan: &mut Plan) -> Result<(), Failure> {
        if self.own {
            return Ok(());
        }
        let all = plan.changes.iter().map(|change| change.resource(&change.before)).collect();
        let mut input = in_memory("plan", all, Vec::new());
        if let Some(managers) = &self.managers {
            input = managers.attach(input, &mut Ownership::default())?;
        }
        let mut found: BTreeMap<String, Resource<'static>> = BTreeMap::new();
        for resource in resources(&input) {
            let resource = resource?;
            found.insert(resource.arn.as_deref().unwrap_or_default().to_owned(), resource);
        }
        for change in &mut plan.changes {
            if let Some(resource) = found.get(&change.arn) {
                note_owner(change, resource, self.managers.is_some());
            }
        }
        Ok(())
    }

    /// Whether a change of a plan may be carried out; else why not. `users` are those that the plan changes, by ARN.
    pub(super) fn change(
        &self,
        change: &Change,
        users: &HashMap<&str, &Change>,
        readers: Option<&mut Readers<'_>>,
        aws: &Aws,
    ) -> Result<(), String> {
        aws.leads_to(&change.arn)?;
        let needs = needs(change);
        let mut missing = needs.beyond(&self.permits).peekable();
        if let Some((permit, _)) = missing.peek().copied() {
            let keys: Vec<String> =
                missing.filter(|(other, key)| other == permit && !key.is_empty()).map(|(_, key)| quote(key)).collect();
            let of = if keys.is_empty() { String::new() } else { format!(" for {}", all_of(keys)) };
            return Err(format!("it needs {}{of}", permit.flag()));
        }
        if self.wanted.require_owner && change.owner.by == OwnerKind::Unknown {
            return Err("who keeps it is not known: --terraform-state or --stack-resources tells".to_owned());
        }
        if let Some(readers) = readers {
            who(&readers.of(change))?;
        }
        if !self.own {
            self.asked_for(change, users, aws)?;
        }
        let (before, after) = (self.broken(change, &change.before), self.broken(change, &change.after));
        match after.difference(&before).next() {
            Some(rule) => Err(format!("rule {rule} holds and would be broken")),
            None => Ok(()),
        }
    }

    /// Whether a plan made now would do the same. What an MFA device takes from its user is looked up where the plan has
    /// no word of him.
    fn asked_for(&self, change: &Change, users: &HashMap<&str, &Change>, aws: &Aws) -> Result<(), String> {
        let user = change.user.as_deref().filter(|_| takes_from_users(&self.settings.policy));
        let planned = user.and_then(|user| users.get(user)).map(|user| user.resource(&user.after));
        let verdict = again(&self.settings, &self.wanted, change, planned.as_ref());
        match (verdict, user) {
            (Err(_), Some(user)) if planned.is_none() => {
                again(&self.settings, &self.wanted, change, read(user, aws)?.as_ref())
            }
            (verdict, _) => verdict,
        }
    }

    /// The rules that tags of this resource break.
    fn broken(&self, change: &Change, tags: &TagMap) -> BTreeSet<&str> {
        let Settings { policy, today, .. } = &self.settings;
        let resource = change.resource(tags);
        let answers = evaluate(policy, &resource, *today, &EmptyIndex, false);
        let broken = answers.into_iter().filter(|(_, answer)| matches!(answer, Verdict::Fail(_)));
        broken.map(|(at, _)| policy.rules[at].id.as_str()).collect()
    }
}

/// A user as he is now; none where it is the account's root, who has no tags.
fn read(arn: &str, aws: &Aws) -> Result<Option<Resource<'static>>, String> {
    let Some(target) = Target::of(arn).filter(|target| target.kind == "iam:user") else { return Ok(None) };
    aws.leads_to(arn)?;
    let tags = aws.read(arn).map_err(|fault| format!("its user's tags could not be read: {}", fault.text))?;
    let user = Change {
        kind: target.kind.to_owned(),
        arn: arn.to_owned(),
        name: Some(target.name.to_owned()),
        account: target.account.to_owned(),
        ..Change::default()
    };
    Ok(Some(user.resource(&tags)))
}
