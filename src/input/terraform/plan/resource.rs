//! The resource after one change of a plan.

use super::document::{PlanChange, ResourceChange};
use super::launch_template::PlanLaunchTemplates;
use super::nested::{NestedContext, NestedTags, nested as nested_in};
use super::provider::{DefaultTags, PlanProvider, PlanProviders, override_default_tags};
use super::tags::PlanTags;
use crate::aws::resource_types::nested::{self, NestedSet};
use crate::aws::supported;
use crate::aws::{Arn, Partition, SupportedType, is_iam, terraform_name};
use crate::input::nested::{Nested, NestedListing};
use crate::input::terraform::json::JsonValue;
use crate::input::terraform::resource_type::{KnownTypes, TagForm, TerraformType};
use crate::input::terraform::secrets::SecretTexts;
use crate::model::{DeviceAssignment, NotJudgedReason, Origin, Resource, Text};

/// The action of a plan on a resource that exists afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlanAction {
    /// Creation, also as a replacement.
    Create,
    Update,
    /// No change.
    Keep,
}

impl PlanAction {
    /// The action of a change; `None` for a resource that is destroyed, forgotten, or only read.
    pub(super) fn of(change: &ResourceChange<'_>) -> Option<Self> {
        let actions = change.change.actions;
        if change.mode.as_str() != Some("managed") || !change.deposed.is_null() {
            return None;
        }
        if actions.has("create") {
            Some(Self::Create)
        } else if actions.has("update") {
            Some(Self::Update)
        } else {
            actions.has("no-op").then_some(Self::Keep)
        }
    }
}

/// The options that complete a plan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PlanDefaults<'o> {
    pub all: bool,
    pub account: Option<&'o str>,
    pub region: Option<&'o str>,
}

/// A planned resource, with the name of its user until that is resolved.
#[derive(Debug)]
pub(super) struct PlannedResource<'a> {
    pub resource: Resource<'a>,
    /// True if the table of types lacks its type.
    pub is_of_unknown_type: bool,
    /// The address without secret keys, if it has any. The address of the resource has them until its source is found.
    pub shown_address: Option<Text<'a>>,
    /// The resource around the tags, where they stand in another: its address, and what follows in the address of this one.
    pub nested: Option<(Text<'a>, String)>,
    /// The name of the user that an MFA device is assigned to.
    pub user: Option<Text<'a>>,
}

/// The result of one change.
pub(super) struct PlannedChange<'a> {
    /// The resource, or the reason why it is not judged.
    pub resource: Result<Box<PlannedResource<'a>>, NotJudgedReason>,
    /// Resources that carry other tags of the change.
    pub nested: Vec<PlannedResource<'a>>,
    /// The paths of tags whose resources have an unknown type, each with its address suffix.
    pub of_unknown_type: Vec<(String, String)>,
    /// The types of resources that it makes and whose tags it does not write, each with its address suffix.
    pub implied: Vec<(&'static str, String)>,
}

/// The facts besides a change on which its resource depends.
#[derive(Clone, Copy)]
pub(super) struct PlanContext<'c, 'a> {
    pub providers: &'c PlanProviders<'a>,
    pub templates: &'c PlanLaunchTemplates<'a>,
    pub types: &'c KnownTypes,
    pub given: PlanDefaults<'c>,
}

/// The result of a change; `None` for a resource that does not exist afterwards, and for an unchanged one of a type that is
/// not judged unless unchanged resources are wanted. `provider` is that of the change, if the configuration names it.
pub(super) fn planned_change<'a>(
    change: &ResourceChange<'a>,
    provider: Option<&PlanProvider<'a>>,
    context: PlanContext<'_, 'a>,
) -> Option<PlannedChange<'a>> {
    let (action, given) = (PlanAction::of(change)?, context.given);
    let known = type_of(change, context.types);
    if known.is_err() && !given.all && action == PlanAction::Keep {
        return None;
    }
    let sets = nested::in_terraform(&change.kind);
    let (mut nested, mut listing) = (Vec::new(), NestedListing::default());
    let judged_as =
        known.or_else(|reason| if sets.is_empty() { Err(reason) } else { Ok(TerraformType::untagged(&change.kind)) });
    let resource = judged_as.map(|kind| {
        let (resource, found) = planned_resource((change, action), provider, kind, sets, context);
        listing = found;
        let reported = given.all || action == PlanAction::Create;
        nested = std::mem::take(&mut listing.found)
            .into_iter()
            .map(|tags| nested_resource(change, &resource, tags, reported, action, context.providers))
            .collect();
        Box::new(resource)
    });
    let resource = known.and(resource);
    Some(PlannedChange { resource, nested, of_unknown_type: listing.of_unknown_type, implied: listing.implied })
}

/// The resource that carries tags of a set in another.
fn nested_resource<'a>(
    change: &ResourceChange<'a>,
    around: &PlannedResource<'a>,
    nested: Nested<NestedTags<'a>>,
    all: bool,
    action: PlanAction,
    providers: &PlanProviders<'a>,
) -> PlannedResource<'a> {
    let address = format!("{}{}", change.address.as_str(), nested.suffix);
    let around_shown = around.shown_address.as_ref().unwrap_or(&change.address);
    let shown = providers.secrets.hide_keys(Text::from(format!("{}{}", around_shown.as_str(), nested.suffix)));
    let follows = nested.tags.follows && !around.resource.is_context();
    let reported = all || (action == PlanAction::Update && (!nested.tags.is_unchanged || follows));
    let region = nested.region(around.resource.region.as_ref());
    let unknown = nested.tags.tags.causes();
    let PlanTags { tags, more, sensitive, hidden_keys, .. } = nested.tags.tags;
    let (kind, context) = (Some(change.kind.as_str().to_owned()), !reported);
    let origin = Origin { kind, sensitive, hidden_keys, unknown, context, ..Origin::default() };
    PlannedResource {
        is_of_unknown_type: false,
        user: None,
        shown_address: (shown.as_str() != address).then_some(shown),
        resource: Resource {
            kind: Text::from(nested.kind),
            address: Some(Text::from(address)),
            account: around.resource.account.clone(),
            region,
            tags: PlanTags::sorted(tags, more),
            origin: Some(Box::new(origin)),
            ..Resource::default()
        },
        nested: Some((change.address.clone(), nested.suffix)),
    }
}

/// The type of a changed resource, or the reason why it is not judged. A plan has every attribute of a type, so that a type
/// which the table lacks can carry tags only where the change has an attribute for them.
fn type_of<'c>(change: &'c ResourceChange<'_>, types: &KnownTypes) -> Result<TerraformType<'c>, NotJudgedReason> {
    let name = change.kind.as_str();
    let reason = match types.get(name) {
        Ok(known) => return Ok(known),
        Err(reason) => reason,
    };
    if reason != NotJudgedReason::UnknownType {
        return Err(reason);
    }
    let (after, unknown) = (&change.change.after, &change.change.after_unknown);
    let has = |attribute| after.has(attribute) || unknown.has(attribute);
    if !["tags", "tags_all", "tag"].into_iter().any(has) {
        return Err(if unknown.whole { reason } else { NotJudgedReason::NotTaggable });
    }
    match after.get("tags") {
        JsonValue::List(_) => Ok(TerraformType::in_usual_form(name, TagForm::Pairs)),
        JsonValue::Null if TerraformType::is_of_awscc(name) => Ok(TerraformType::in_usual_form(name, TagForm::Pairs)),
        JsonValue::Map(_) => Ok(TerraformType::in_usual_form(name, TagForm::Map)),
        JsonValue::Null if has("tags") => Ok(TerraformType::in_usual_form(name, TagForm::Map)),
        _ => Err(reason),
    }
}

/// The resource after a change, and the sets of tags in it that others carry.
fn planned_resource<'a>(
    (change, action): (&ResourceChange<'a>, PlanAction),
    provider: Option<&PlanProvider<'a>>,
    kind: TerraformType<'_>,
    sets: &'static [NestedSet],
    PlanContext { providers, templates, given, .. }: PlanContext<'_, 'a>,
) -> (PlannedResource<'a>, NestedListing<NestedTags<'a>>) {
    let (unsettled, nothing) = (DefaultTags::default(), PlanProvider::default());
    let instead = override_default_tags(&change.change);
    let defaults = instead.as_ref().unwrap_or_else(|| provider.map_or(&unsettled, |provider| &provider.defaults));
    let provider = provider.unwrap_or(&nothing);
    let effective = PlanTags::of(&change.change, kind.form, defaults, providers).ignoring(&provider.ignored, kind.form);
    let context = NestedContext { own: &effective, defaults, ignored: &provider.ignored, providers, templates };
    let listing = nested_in(change, sets, &context);
    let supported = supported::by_name(kind.kind);
    let secrets = secrets_of(&change.change);
    let is_shown = |text: &Text<'_>| !secrets.are_in(text) && !providers.secrets.are_in(text);
    let view = ChangeView { change, action, kind, supported, is_shown: &is_shown };
    let reported = given.all
        || match action {
            PlanAction::Create => true,
            PlanAction::Update => view.differs() || effective.differs_from(&change.change.before, kind.form),
            PlanAction::Keep => false,
        };
    let arn = view.planned_text("arn").or_else(|| view.unchanged_text("arn"));
    let environment = ResourceEnvironment::of(arn.as_deref(), &view, provider, given);
    let name = view.planned_text(view.name_attribute());
    let path = is_iam(kind.kind).then(|| view.planned_text("path")).flatten();
    // The AWS provider plans a renamed user with the ARN of the old name.
    let arn =
        name.as_deref().zip(path.as_deref()).and_then(|(name, path)| environment.arn(supported?, name, path)).or(arn);
    let unknown = effective.causes();
    let PlanTags { tags, more, sensitive, hidden_keys, default_tags, .. } = effective;
    let (source_kind, context) = (Some(change.kind.as_str().to_owned()), !reported);
    let origin =
        Origin { kind: source_kind, default_tags, sensitive, hidden_keys, unknown, context, ..Origin::default() };
    let planned = PlannedResource {
        is_of_unknown_type: kind.is_unknown,
        shown_address: hidden_address(change, &secrets, providers),
        nested: None,
        user: view.is_device().then(|| view.planned_text("user_name")).flatten(),
        resource: Resource {
            kind: Text::from(kind.kind.to_owned()),
            arn,
            address: Some(change.address.clone()),
            name,
            id: view.id(),
            account: environment.account.map(Text::from),
            region: environment.region.map(Text::from),
            path,
            user: view.assignment(),
            tags: PlanTags::sorted(tags, more),
            origin: Some(Box::new(origin)),
            ..Resource::default()
        },
    };
    (planned, listing)
}

/// The identifiers that a change marks as sensitive, before and after.
fn secrets_of(change: &PlanChange<'_>) -> SecretTexts {
    let mut out = SecretTexts::default();
    out.add_identifiers(&change.before, &change.before_sensitive);
    out.add_identifiers(&change.after, &change.after_sensitive);
    out
}

/// The address without secret keys; `None` if it has none.
fn hidden_address<'a>(
    change: &ResourceChange<'a>,
    secrets: &SecretTexts,
    providers: &PlanProviders<'a>,
) -> Option<Text<'a>> {
    if secrets.is_empty() && providers.secrets.is_empty() {
        return None;
    }
    let hidden = secrets.hide_keys(providers.secrets.hide_keys(change.address.clone()));
    (hidden != change.address).then_some(hidden)
}

/// The attributes of one change.
struct ChangeView<'c, 'a> {
    change: &'c ResourceChange<'a>,
    action: PlanAction,
    kind: TerraformType<'c>,
    supported: Option<&'static SupportedType>,
    /// Returns whether a text contains no secret. Other texts are left out, as unknown ones are.
    is_shown: &'c (dyn Fn(&Text<'_>) -> bool + 'c),
}

impl<'a> ChangeView<'_, 'a> {
    /// The text of an attribute after the apply, if the plan has it.
    fn planned_text(&self, name: &str) -> Option<Text<'a>> {
        let change = &self.change.change;
        let known = change.after.get(name).text().filter(|text| !text.is_empty() && !change.after_unknown.says(name));
        known.filter(|text| (self.is_shown)(text)).cloned()
    }

    /// The previous text of an attribute that an update does not mark as changing.
    fn unchanged_text(&self, name: &str) -> Option<Text<'a>> {
        let change = &self.change.change;
        let stays = self.action != PlanAction::Create && !change.after_unknown.says(name);
        change.before.get(name).text().filter(|text| stays && (self.is_shown)(text)).cloned()
    }

    fn is_device(&self) -> bool {
        self.supported.is_some_and(|supported| supported.assigned_to_user)
    }

    fn name_attribute(&self) -> &'static str {
        terraform_name(self.kind.kind)
    }

    fn id(&self) -> Option<Text<'a>> {
        self.planned_text(self.supported?.terraform.id?)
    }

    /// The assignment of a device. A new device is unassigned: its user activates it later, outside of Terraform.
    fn assignment(&self) -> DeviceAssignment<'a> {
        let (after, unknown) = (&self.change.change.after, &self.change.change.after_unknown);
        let unassigned = match self.action {
            PlanAction::Create => true,
            PlanAction::Update | PlanAction::Keep => {
                let name = after.get("user_name");
                !unknown.says("user_name") && (name.is_null() || name.as_str() == Some(""))
            }
        };
        if self.is_device() && unassigned { DeviceAssignment::Unassigned } else { DeviceAssignment::Unknown }
    }

    /// Returns whether an attribute other than tags changes that conditions of a policy may use.
    fn differs(&self) -> bool {
        let change = &self.change.change;
        ["arn", "path", "user_name", self.name_attribute()].iter().any(|name| {
            change.after_unknown.says(name) || change.before.get(name).as_str() != change.after.get(name).as_str()
        })
    }
}

/// The account, region and partition of a resource.
struct ResourceEnvironment {
    account: Option<String>,
    region: Option<String>,
    partition: String,
}

impl ResourceEnvironment {
    fn of(arn: Option<&str>, view: &ChangeView<'_, '_>, provider: &PlanProvider<'_>, given: PlanDefaults<'_>) -> Self {
        let change = &view.change.change;
        let arn = arn.or(change.before.get("arn").as_str()).and_then(Arn::split);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let region = arn.as_ref().and_then(|arn| some(arn.region));
        let region = region.or_else(|| view.planned_text("region").map(|text| text.as_str().to_owned()));
        let region = region.or_else(|| provider.region.clone()).or_else(|| given.region.map(str::to_owned));
        let account = arn.as_ref().and_then(|arn| some(arn.account));
        let partition = arn.map(|arn| arn.partition.to_owned()).or_else(|| provider.partition.clone());
        Self {
            account: account.or_else(|| provider.account.clone()).or_else(|| given.account.map(str::to_owned)),
            partition: partition
                .unwrap_or_else(|| Partition::of_region(region.as_deref().unwrap_or("")).name.to_owned()),
            region: region.filter(|_| !is_iam(view.kind.kind)),
        }
    }

    /// The ARN after the apply, where the name and the path determine it.
    fn arn(&self, supported: &SupportedType, name: &str, path: &str) -> Option<Text<'static>> {
        supported.arn_of_name(&self.partition, self.account.as_ref()?, path, name).map(Text::from)
    }
}
