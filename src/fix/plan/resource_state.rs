//! The planned state of one resource while steps are added to it.

use std::collections::{BTreeMap, BTreeSet};

use super::feasibility;
use super::model::{Change, ChangeReason, Rename};
use super::owner::owner;
use super::step::Step;
use crate::aws::supported::IdForm;
use crate::aws::{KeyIdentity, Place, TagLimits, TaggableArn};
use crate::base::{escape, quote};
use crate::fix::tags::{TagMap, hash_tags, put};
use crate::model::{DeviceAssignment, Resource, Tag, Tags, Text};

/// Returns the tags of a resource as a map; `None` if not all of them are known.
pub(super) fn known_tags(resource: &Resource<'_>) -> Option<TagMap> {
    let known = |tag: &Tag<'_>| Some((tag.key.to_string(), tag.value.as_ref()?.to_string()));
    resource.tags.complete().then(|| resource.tags.known().iter().map(known).collect()).flatten()
}

/// Returns a copy of a resource with other tags.
fn with_tags(resource: &Resource<'static>, tags: &TagMap) -> Resource<'static> {
    let tag =
        |(key, value): (&String, &String)| Tag { key: Text::from(key.clone()), value: Some(Text::from(value.clone())) };
    Resource { tags: Tags::Read { tags: tags.iter().map(tag).collect(), more: false.into() }, ..resource.clone() }
}

/// A resource with the steps taken so far.
pub(super) struct ResourceState {
    pub(super) before: TagMap,
    pub(super) tags: TagMap,
    pub(super) resource: Resource<'static>,
    reasons: BTreeSet<ChangeReason>,
    renames: BTreeSet<Rename>,
    limits: TagLimits,
}

impl ResourceState {
    /// The state without any step.
    pub(super) fn new(resource: &Resource<'static>, tags: TagMap) -> Self {
        Self {
            before: tags.clone(),
            tags,
            resource: resource.clone(),
            reasons: BTreeSet::new(),
            renames: BTreeSet::new(),
            limits: resource.tag_limits(),
        }
    }

    /// Returns the state after one more step.
    ///
    /// # Errors
    /// The reason why the service would not accept it.
    pub(super) fn with(&self, step: &Step) -> Result<Self, String> {
        let mut tags = self.tags.clone();
        tags.retain(|key, _| !step.remove.contains(key));
        for (key, value) in &step.set {
            put(&mut tags, key, value, self.limits);
        }
        feasibility::check(&self.resource.kind, &self.before, &tags)?;
        let (mut reasons, mut renames) = (self.reasons.clone(), self.renames.clone());
        reasons.insert(step.reason.clone());
        renames.extend(step.rename.clone());
        let resource = with_tags(&self.resource, &tags);
        Ok(Self { before: self.before.clone(), tags, resource, reasons, renames, limits: self.limits })
    }

    /// Returns the change for the plan; `None` if the tags are unchanged.
    pub(super) fn change(&self, arn: &TaggableArn<'_>, place: Place, owner_sources_given: bool) -> Option<Change> {
        let (set, remove) = difference(&self.before, &self.tags, self.limits);
        if set.is_empty() && remove.is_empty() {
            return None;
        }
        let resource = &self.resource;
        let own = |text: &Option<Text<'_>>| text.as_deref().map(str::to_owned);
        let form = arn.native.map(|native| native.resource_type.arn.id);
        // Where the ARN contains the id or the name, it decides, because the reader of plans compares them.
        let from_arn = |is: bool, field| if is { Some(arn.name().to_owned()) } else { own(field) };
        Some(Change {
            kind: resource.kind.to_string(),
            arn: resource.arn.as_ref()?.to_string(),
            id: from_arn(matches!(form, Some(IdForm::Id(_))), &resource.id),
            name: from_arn(form == Some(IdForm::PathAndName), &resource.name),
            account: place.account,
            account_name: own(&resource.account_name),
            account_ou: own(&resource.account_ou),
            account_tags: resource
                .account_tags
                .as_ref()
                .map(|tags| tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
            region: place.region,
            user: match &resource.user {
                DeviceAssignment::User(arn) => Some(arn.to_string()),
                DeviceAssignment::Unknown | DeviceAssignment::Unassigned => None,
            },
            unassigned: resource.user == DeviceAssignment::Unassigned,
            created: own(&resource.created),
            rules: self.reasons.iter().cloned().collect(),
            read: hash_tags(&self.before),
            before: self.before.clone(),
            after: self.tags.clone(),
            set,
            remove,
            renames: self.renames.iter().cloned().collect(),
            owner: owner(resource, owner_sources_given),
            // `note_readers` adds them after the policies were read.
            access: Vec::new(),
        })
    }
}

/// Returns the tags to write and the keys to remove.
fn difference(before: &TagMap, after: &TagMap, limits: TagLimits) -> (TagMap, BTreeSet<String>) {
    let set: BTreeMap<String, String> = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let replaced = |key: &String| set.keys().any(|new| limits.key_identity(key, new) == KeyIdentity::Same);
    let remove = before.keys().filter(|key| !after.contains_key(*key) && !replaced(key)).cloned().collect();
    (set, remove)
}

/// Returns the reason why two steps exclude each other: they leave one key in two states.
pub(super) fn conflict(a: &Step, b: &Step, limits: TagLimits) -> Option<String> {
    let results = |step: &Step| -> Vec<(String, Option<String>)> {
        let set = step.set.iter().map(|(key, value)| (key.clone(), Some(format!("{key}={value}"))));
        set.chain(step.remove.iter().map(|key| (key.clone(), None))).collect()
    };
    let may_be_same = |x: &str, y: &str| limits.key_identity(x, y) != KeyIdentity::Different;
    for (key, result) in results(a) {
        let other = results(b).into_iter().find(|(other, theirs)| may_be_same(&key, other) && *theirs != result);
        if let Some((key, _)) = other {
            let who = b.reason.rule.as_deref().map_or("--set".to_owned(), |rule| format!("rule {}", escape(rule)));
            return Some(format!("{who} requires something else for {}", quote(&key)));
        }
    }
    None
}
