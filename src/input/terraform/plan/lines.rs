//! Planned resources on their way to the lines of an inventory.

use std::collections::{BTreeSet, HashMap};

use super::provider::PlanProviders;
use super::resource::PlannedResource;
use super::source::PlanSource;
use crate::aws::supported::iam_user;
use crate::input::not_judged;
use crate::input::resource_lines::ResourceLines;
use crate::input::terraform::HiddenAddresses;
use crate::input::terraform::added_tags::{AddedTag, join};
use crate::model::{DeviceAssignment, Location, Resource, Tags, Text, UnknownCause, UnlistedTags};

/// The lines of the resources so far. Resources that depend on others wait.
pub(super) struct PlannedLines<'c, 'a> {
    providers: &'c PlanProviders<'a>,
    source: PlanSource,
    /// The name of the plan for resources without a location, if several inputs are checked.
    plan: Option<String>,
    /// The tags that tagging resources add. If there are any, all resources wait.
    added: Vec<AddedTag>,
    hidden: HiddenAddresses,
    lines: ResourceLines,
    waiting: Vec<PlannedResource<'a>>,
    /// The ARNs of users, by account and name.
    users: HashMap<(Option<Text<'a>>, Text<'a>), Text<'a>>,
    /// A note about each type that the table lacks and whose tags were read.
    notes: BTreeSet<String>,
}

impl<'c, 'a> PlannedLines<'c, 'a> {
    pub(super) fn new(
        providers: &'c PlanProviders<'a>,
        source: PlanSource,
        plan: Option<String>,
        added: Vec<AddedTag>,
    ) -> Self {
        let (hidden, lines, waiting) = (HiddenAddresses::default(), ResourceLines::default(), Vec::new());
        let (users, notes) = (HashMap::new(), BTreeSet::new());
        Self { providers, source, plan, added, hidden, lines, waiting, users, notes }
    }

    /// Adds a resource.
    pub(super) fn push(&mut self, mut planned: PlannedResource<'a>) {
        self.source.locate(&mut planned, self.providers);
        let resource = &mut planned.resource;
        if let Some(address) = planned.shown_address.take() {
            resource.address = Some(self.hidden.distinct(address));
        }
        if resource.location.is_none() {
            resource.input = self.plan.clone().map(Text::from);
        }
        add_causes(resource);
        if planned.is_of_unknown_type {
            self.notes.insert(not_judged::usual_form_note(&resource.kind));
        }
        if resource.kind.as_str() == iam_user::TYPE.name
            && let (Some(name), Some(arn)) = (&resource.name, &resource.arn)
        {
            self.users.insert((resource.account.clone(), name.clone()), arn.clone());
        }
        if self.added.is_empty() && planned.user.is_none() {
            self.lines.push(&planned.resource);
        } else {
            self.waiting.push(planned);
        }
    }

    /// Resolves the users of MFA devices to ARNs, as far as they are in the plan: a device has only the name of its user. Then
    /// adds the tags of tagging resources.
    pub(super) fn finish(mut self) -> (ResourceLines, PlanSource, BTreeSet<String>) {
        for planned in &mut self.waiting {
            let Some(name) = planned.user.take() else { continue };
            if let Some(arn) = self.users.get(&(planned.resource.account.clone(), name)) {
                planned.resource.user = DeviceAssignment::User(arn.clone());
            }
        }
        for tag in &mut self.added {
            tag.location = self.source.location_of(&tag.by);
        }
        let mut waiting: Vec<Resource<'_>> = self.waiting.into_iter().map(|planned| planned.resource).collect();
        join(&mut waiting, &self.added);
        for resource in &waiting {
            self.lines.push(resource);
        }
        (self.lines, self.source, self.notes)
    }
}

/// Adds the causes of unknown values and tags: in a plan they are known only after the apply.
fn add_causes(resource: &mut Resource<'_>) {
    let Tags::Read { tags, more } = &resource.tags else { return };
    let unknown = tags.iter().filter(|tag| tag.value.is_none()).map(|tag| tag.key.as_str().to_owned());
    let unknown: Vec<String> = unknown.collect();
    if unknown.is_empty() && *more != UnlistedTags::Any {
        return;
    }
    let any = *more == UnlistedTags::Any;
    let origin = resource.origin.get_or_insert_default();
    let cause = |reason: &str, location: Option<Location>| UnknownCause { reason: reason.to_owned(), location };
    if any {
        origin.unlisted = Some(cause("the plan does not show all tags", origin.tags.clone()));
    }
    for key in unknown {
        let location = origin.keys.get(&key).cloned();
        let known = origin.unknown.entry(key).or_insert_with(|| cause("its value is known only after the apply", None));
        known.location = known.location.take().or(location);
    }
}
