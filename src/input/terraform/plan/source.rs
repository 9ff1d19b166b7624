//! The source of a plan: locations of its resources, and tags that the plan leaves unknown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::document::PlanVariable;
use super::ignored::PlanIgnoredTags;
use super::provider::{PlanProvider, PlanProviders};
use super::resource::PlannedResource;
use crate::engine::InputError;
use crate::input::options::InputOptions;
use crate::input::terraform::source::{SourceBlock, SourceIndex};
use crate::input::terraform::within;
use crate::model::{Location, Origin, Resource, Tag, Tags, Text, UnlistedTags};

/// The source of a plan, if it is available.
pub(super) struct PlanSource {
    index: Option<SourceIndex>,
    /// The folder of the root module, relative to the repository's root.
    pub root: String,
    folder: Option<PathBuf>,
    found: u64,
    sought: u64,
}

impl PlanSource {
    /// Opens the folder of `--source`, else the folder of the plan. Nothing outside of the repository is read.
    pub(super) fn open(
        name: &str,
        plan: Option<&Path>,
        variables: &HashMap<Text<'_>, PlanVariable<'_>>,
        options: &InputOptions,
    ) -> Result<Self, InputError> {
        let beside =
            || plan.map(|plan| plan.parent().filter(|f| *f != Path::new("")).unwrap_or(Path::new(".")).to_owned());
        let named = options.source.clone();
        let nothing = Self { index: None, root: String::new(), folder: None, found: 0, sought: 0 };
        let Some(folder) = named.clone().or_else(beside) else { return Ok(nothing) };
        let Some(root) = within(&folder, &options.srcroot) else {
            return match named {
                None => Ok(nothing),
                Some(named) => Err(InputError::Invalid {
                    name: name.to_owned(),
                    message: format!(
                        "--source {} is outside {}; --srcroot names another root",
                        named.display(),
                        options.srcroot.display()
                    ),
                }),
            };
        };
        let values: serde_json::Map<_, _> =
            variables.iter().map(|(name, variable)| (name.as_str().to_owned(), variable.value.to_value())).collect();
        let values = serde_json::Value::Object(values).to_string();
        let index = SourceIndex::with_values(&folder, &options.srcroot, &options.srcroot, Some(&values));
        let index = index.map_err(|error| InputError::Read { name: folder.display().to_string(), error })?;
        Ok(Self { index: Some(index), root, folder: Some(folder), found: 0, sought: 0 })
    }

    /// Adds the location of a resource, and the tags that only the source has. A resource with a secret key gets no tags: in
    /// the source nothing shows that the key of an instance is secret.
    pub(super) fn locate(&mut self, planned: &mut PlannedResource<'_>, providers: &PlanProviders<'_>) {
        let Some(index) = &self.index else { return };
        self.sought += 1;
        let resource = &mut planned.resource;
        let (place, address) = if let Some((around, suffix)) = &planned.nested {
            (index.find_nested(around, suffix), Some(around.as_str()))
        } else {
            let address = resource.address.as_deref();
            (address.and_then(|address| index.find(address)), address)
        };
        let Some(place) = place else { return };
        self.found += 1;
        let provider = address.and_then(|address| providers.of_resource(address));
        if planned.shown_address.is_none() {
            add_source_tags(resource, &place, provider, providers);
        }
        resource.location = place.block;
        let origin = resource.origin.get_or_insert_default();
        (origin.tags, origin.calls, origin.ignores) = (place.tags, place.calls, place.ignores);
        // The source may have keys that the resource does not have, and that only the plan knows as secrets.
        origin.keys = place.keys;
        origin.keys.retain(|key, _| !providers.secrets.are_in(key));
    }

    /// The location of the block of an address.
    pub(super) fn location_of(&self, address: &str) -> Option<Location> {
        self.index.as_ref()?.find(address)?.block
    }

    /// Notes about the source for the person who named the plan.
    pub(super) fn notes(&self, name: &str) -> Vec<String> {
        let (Some(index), Some(folder)) = (&self.index, &self.folder) else { return Vec::new() };
        if self.sought > 0 && self.found == 0 {
            let folder = folder.display();
            return vec![format!(
                "{name}: none of its resources is in the source in {folder}: findings have an address only (--source names the folder)"
            )];
        }
        index.unread().iter().map(|why| format!("{why}: resources there have no source location")).collect()
    }
}

/// Adds whether a key comes from `default_tags`, where the plan does not tell.
fn add_source_of_key(origin: &mut Origin, key: &str, place: &SourceBlock) {
    let (Some(of_plan), Some(of_source)) = (&mut origin.default_tags, &place.default_tags) else { return };
    if of_plan.keys.contains(key) {
        return;
    }
    of_plan.unclear.remove(key);
    if of_source.keys.contains(key) {
        of_plan.keys.insert(key.to_owned());
    } else if of_source.unclear.contains(key) {
        of_plan.unclear.insert(key.to_owned());
    }
}

/// Adds the keys of the source, and their values if it has them, to a plan with unknown tags: the AWS provider plans
/// the whole map as unknown if one value is. A plan with all tags is left as it is.
fn add_source_tags(
    resource: &mut Resource<'_>,
    place: &SourceBlock,
    provider: Option<&PlanProvider<'_>>,
    providers: &PlanProviders<'_>,
) {
    let Tags::Read { tags, more } = &mut resource.tags else { return };
    if *more != UnlistedTags::Any {
        return;
    }
    let nothing = PlanIgnoredTags::default();
    let ignored = provider.map_or(&nothing, |provider| &provider.ignored);
    if ignored.may_cover_any() {
        return;
    }
    let origin = resource.origin.get_or_insert_default();
    let mut others = UnlistedTags::None;
    for (key, value) in place.known.iter().filter(|(key, _)| !ignored.covers(key)) {
        if providers.secrets.are_in(key) {
            others = UnlistedTags::Any;
            continue;
        }
        let secret =
            place.sensitive.contains(key) || value.as_ref().is_some_and(|value| providers.secrets.are_in(value));
        let value = value.clone().map(Text::from);
        add_source_of_key(origin, key, place);
        match tags.iter_mut().find(|tag| tag.key.as_str() == key) {
            Some(tag) if tag.value.is_none() => tag.value = value,
            Some(_) => continue,
            None => tags.push(Tag { key: Text::from(key.clone()), value }),
        }
        if secret {
            origin.sensitive.insert(key.clone());
        }
        if place.hidden_keys.contains(key) {
            origin.hidden_keys.insert(key.clone());
        }
    }
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    *more = providers.secrets.of_keys(place.more.clone().and(ignored.more())).and(others);
}
