//! One resource on its way from what was read to what would be.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Ask, Change, Rename, hash_tags, put};
use super::owner::owner;
use super::read::feasible;
use super::step::Step;
use super::target::Target;
use super::world::PlannedState;
use crate::base::{escape, quote};
use crate::engine::evaluate;
use crate::model::{Assignment, Day, Resource, Tag, Tags, Text};
use crate::policy::Policy;
use crate::rule::{Verdict, ViolationKind};

/// One way in which a rule does not hold: its place, the kind (`None`: it cannot be told), the key and the value.
pub(super) type Fault = (usize, Option<ViolationKind>, Option<String>, Option<String>);

/// What does not hold of a resource.
pub(super) fn faults(policy: &Policy, resource: &Resource<'_>, today: Day, world: &PlannedState) -> BTreeSet<Fault> {
    let mut out = BTreeSet::new();
    for (at, answer) in evaluate(policy, resource, today, world, false) {
        match answer {
            Verdict::Fail(violations) => out.extend(violations.iter().map(|violation| {
                let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
                (at, Some(violation.kind), own(&violation.key), own(&violation.value))
            })),
            Verdict::Indeterminate(doubt) => {
                out.insert((at, None, doubt.key.as_deref().map(str::to_owned), None));
            }
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }
    out
}

/// What a fault says, for a person.
pub(super) fn words(
    policy: &Policy,
    fault: &Fault,
    resource: &Resource<'_>,
    today: Day,
    world: &PlannedState,
) -> String {
    let answers = evaluate(policy, resource, today, world, true);
    let said = answers.into_iter().find(|(at, _)| *at == fault.0).and_then(|(_, answer)| match answer {
        Verdict::Fail(violations) => {
            let one = violations.into_iter().find(|violation| violation.key.as_deref() == fault.2.as_deref());
            one.map(|violation| violation.message)
        }
        Verdict::Indeterminate(doubt) => Some(format!("it could not be told ({})", doubt.reason)),
        Verdict::Pass | Verdict::NotApplicable => None,
    });
    format!("the rule {}: {}", policy.rules[fault.0].id, said.unwrap_or_default())
}

/// The tags of a resource as a map; `None` where not all of them are known.
pub(super) fn tags_of(resource: &Resource<'_>) -> Option<BTreeMap<String, String>> {
    let known = |tag: &Tag<'_>| Some((tag.key.to_string(), tag.value.as_ref()?.to_string()));
    resource.tags.complete().then(|| resource.tags.known().iter().map(known).collect()).flatten()
}

/// The same resource with other tags.
fn with_tags(resource: &Resource<'static>, tags: &BTreeMap<String, String>) -> Resource<'static> {
    let tag =
        |(key, value): (&String, &String)| Tag { key: Text::from(key.clone()), value: Some(Text::from(value.clone())) };
    Resource { tags: Tags::Read { tags: tags.iter().map(tag).collect(), more: false.into() }, ..resource.clone() }
}

/// A resource, and the steps that were taken so far.
pub(super) struct State {
    pub(super) before: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) resource: Resource<'static>,
    pub(super) asks: BTreeSet<Ask>,
    renames: BTreeSet<Rename>,
    fold: bool,
}

impl State {
    /// Nothing done yet.
    pub(super) fn new(resource: &Resource<'static>, tags: BTreeMap<String, String>) -> Self {
        Self {
            before: tags.clone(),
            tags,
            resource: resource.clone(),
            asks: BTreeSet::new(),
            renames: BTreeSet::new(),
            fold: resource.service().folds_case,
        }
    }

    /// The state after one step more.
    ///
    /// # Errors
    /// Why the service would not take it.
    pub(super) fn with(&self, step: &Step) -> Result<Self, String> {
        let mut tags = self.tags.clone();
        tags.retain(|key, _| !step.remove.contains(key));
        for (key, value) in &step.set {
            put(&mut tags, key, value, self.fold);
        }
        let (set, remove) = difference(&self.before, &tags, self.fold);
        feasible(&self.before, &set, &remove, &tags, self.resource.service())?;
        let (mut asks, mut renames) = (self.asks.clone(), self.renames.clone());
        asks.insert(step.ask.clone());
        renames.extend(step.rename.clone());
        let resource = with_tags(&self.resource, &tags);
        Ok(Self { before: self.before.clone(), tags, resource, asks, renames, fold: self.fold })
    }

    /// What has changed, as the plan shows it; `None` where nothing has.
    pub(super) fn change(&self, target: &Target<'_>, told: bool) -> Option<Change> {
        let (set, remove) = difference(&self.before, &self.tags, self.fold);
        if set.is_empty() && remove.is_empty() {
            return None;
        }
        let resource = &self.resource;
        let own = |text: &Option<Text<'_>>| text.as_deref().map(str::to_owned);
        let pool = target.kind == "cognito-idp:userpool";
        let name = if target.kind == "iam:user" { Some(target.name.to_owned()) } else { own(&resource.name) };
        Some(Change {
            kind: target.kind.to_owned(),
            arn: resource.arn.as_ref()?.to_string(),
            id: if pool { Some(target.name.to_owned()) } else { own(&resource.id) },
            name,
            account: target.account.to_owned(),
            account_name: own(&resource.account_name),
            account_tags: resource
                .account_tags
                .as_ref()
                .map(|tags| tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
            region: target.region.map(str::to_owned),
            user: match &resource.user {
                Assignment::User(arn) => Some(arn.to_string()),
                Assignment::Unknown | Assignment::Unassigned => None,
            },
            unassigned: resource.user == Assignment::Unassigned,
            created: own(&resource.created),
            rules: self.asks.iter().cloned().collect(),
            read: hash_tags(&self.before),
            before: self.before.clone(),
            after: self.tags.clone(),
            set,
            remove,
            renames: self.renames.iter().cloned().collect(),
            owner: owner(resource, told),
            access: Vec::new(),
        })
    }
}

/// What has to be written and taken away to come from one set of tags to another.
fn difference(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    fold: bool,
) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let set: BTreeMap<String, String> = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let written = |key: &String| fold && set.keys().any(|other| crate::aws::same_key(key, other));
    let remove = before.keys().filter(|key| !after.contains_key(*key) && !written(key)).cloned().collect();
    (set, remove)
}

/// Why two steps can't both be done: they leave one key in two states.
pub(super) fn clash(a: &Step, b: &Step, fold: bool) -> Option<String> {
    let outcomes = |step: &Step| -> Vec<(String, Option<String>)> {
        let set = step.set.iter().map(|(key, value)| (key.clone(), Some(format!("{key}={value}"))));
        set.chain(step.remove.iter().map(|key| (key.clone(), None))).collect()
    };
    let same = |x: &str, y: &str| if fold { crate::aws::same_key(x, y) } else { x == y };
    for (key, outcome) in outcomes(a) {
        let other = outcomes(b).into_iter().find(|(other, theirs)| same(&key, other) && *theirs != outcome);
        if let Some((key, _)) = other {
            let who = b.ask.rule.as_deref().map_or("--set".to_owned(), |rule| format!("the rule {}", escape(rule)));
            return Some(format!("{who} asks for something else of {}", quote(&key)));
        }
    }
    None
}
