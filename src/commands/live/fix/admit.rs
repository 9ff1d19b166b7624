//! What of a plan may be carried out: nobody vouches for its file, so permissions come from flags, and policy, account and
//! partition are held to what they are now.

use std::collections::BTreeSet;

use super::super::super::Failure;
use super::permits;
use super::remote::Aws;
use crate::check::{Alone, Answer};
use crate::cli::FixArgs;
use crate::engine::evaluate;
use crate::fix::apply::{TagMap, needs};
use crate::fix::plan::{Change, Permit, Plan, Target};
use crate::fix::policy_hash;
use crate::model::{Assignment, Day, Resource, Tag, Tags};
use crate::policy::Policy;
use crate::text::{all_of, quote};

/// The policy and the permits of this run.
pub(super) struct Admit {
    policy: Policy,
    permits: BTreeSet<Permit>,
    today: Day,
}

impl Admit {
    /// Refuses a plan that was made with another policy.
    pub(super) fn new(policy: Policy, args: &FixArgs, plan: &Plan) -> Result<Self, Failure> {
        if policy_hash(&policy) != plan.policy.hash {
            return Err(Failure::new(format!(
                "the plan was made with another policy ({}) than the one that is loaded",
                quote(&plan.policy.name)
            ))
            .help("make the plan again, or name its policy with --policy"));
        }
        Ok(Self { policy, permits: permits(args), today: Day::of(jiff::Timestamp::now()) })
    }

    /// Whether a change may be carried out; else why not.
    pub(super) fn change(&self, change: &Change, aws: &Aws) -> Result<(), String> {
        aws.leads_to(&change.arn)?;
        let needs = needs(change);
        let mut missing = needs.beyond(&self.permits).peekable();
        if let Some((permit, _)) = missing.peek().copied() {
            let keys: Vec<String> =
                missing.filter(|(other, key)| other == permit && !key.is_empty()).map(|(_, key)| quote(key)).collect();
            let of = if keys.is_empty() { String::new() } else { format!(" for {}", all_of(keys)) };
            return Err(format!("it needs {}{of}", permit.flag()));
        }
        let (before, after) = (self.broken(change, &change.before), self.broken(change, &change.after));
        match after.difference(&before).next() {
            Some(rule) => Err(format!("rule {rule} holds and would be broken")),
            None => Ok(()),
        }
    }

    /// The rules that tags of this resource break.
    fn broken(&self, change: &Change, tags: &TagMap) -> BTreeSet<&str> {
        let resource = resource(change, tags);
        let answers = evaluate(&self.policy, &resource, self.today, &Alone, false);
        let broken = answers.into_iter().filter(|(_, answer)| matches!(answer, Answer::Broken(_)));
        broken.map(|(at, _)| self.policy.rules[at].id.as_str()).collect()
    }
}

fn resource(change: &Change, tags: &TagMap) -> Resource<'static> {
    let text = |text: &str| text.to_owned().into();
    let target = Target::of(&change.arn);
    let tag = |(key, value): (&String, &String)| Tag { key: text(key), value: Some(text(value)) };
    Resource {
        kind: text(&change.kind),
        arn: Some(text(&change.arn)),
        name: change.name.as_deref().or(target.map(|t| t.name)).map(text),
        id: change.id.as_deref().map(text),
        account: Some(text(&change.account)),
        region: change.region.as_deref().map(text),
        path: path(&change.arn).map(Into::into),
        user: change.user.as_deref().map_or(Assignment::Unknown, |arn| Assignment::User(text(arn))),
        tags: Tags::Read { tags: tags.iter().map(tag).collect(), more: false },
        ..Resource::default()
    }
}

/// The IAM path: between the kind and the name.
fn path(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":user/").or_else(|| arn.split_once(":mfa/"))?;
    Some(rest.rsplit_once('/').map_or("/".to_owned(), |(path, _)| format!("/{path}/")))
}
