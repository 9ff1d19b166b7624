//! The tags of a planned resource.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::document::PlanChange;
use super::ignored::PlanIgnoredTags;
use super::provider::{DefaultTags, PlanProviders};
use crate::input::terraform::json::{JsonValue, ResourceAttributes};
use crate::input::terraform::resource_type::TagForm;
use crate::model::{Tag, Tags, Text, UnlistedTags};

/// The tags of a resource after the apply.
#[derive(Debug)]
pub(super) struct PlanTags<'a> {
    pub tags: Vec<Tag<'a>>,
    /// The other tags that may exist.
    pub more: UnlistedTags,
    /// True if the resource's own tags are unknown: only the source may have them.
    pub open: bool,
    /// Keys whose values are sensitive.
    pub sensitive: BTreeSet<String>,
}

impl<'a> PlanTags<'a> {
    /// The tags after a change, with the default tags of the provider.
    pub(super) fn of(
        change: &PlanChange<'a>,
        form: TagForm,
        defaults: &DefaultTags<'a>,
        providers: &PlanProviders<'a>,
    ) -> Self {
        if let Some(attribute) = form.list_attribute() {
            return Self::of_list(change, attribute, providers);
        }
        let (after, unknown) = (&change.after, &change.after_unknown);
        let merged = after.has("tags_all") || unknown.has("tags_all") || unknown.whole;
        let known_all = matches!(after.get("tags_all"), JsonValue::Map(_)) && !unknown.says("tags_all");
        let own_open = unknown.says("tags");
        let mut out = Self { tags: Vec::new(), more: UnlistedTags::None, open: false, sensitive: BTreeSet::new() };
        if merged && known_all {
            out.tags = tags_of_map("tags_all", after, unknown);
            out.more = (!defaults.is_complete).into();
        } else {
            out.open = own_open;
            out.tags = if own_open { Vec::new() } else { tags_of_map("tags", after, unknown) };
            out.more = (own_open || (merged && !defaults.is_complete)).into();
            if merged {
                out.add_default_tags(defaults);
            }
        }
        out.mark_sensitive(change, defaults, providers);
        out
    }

    /// The tags of a resource with one block or object for each tag. It inherits no default tags.
    fn of_list(change: &PlanChange<'a>, attribute: &str, providers: &PlanProviders<'a>) -> Self {
        let (after, unknown, marks) = (change.after.get(attribute), &change.after_unknown, &change.after_sensitive);
        let open = unknown.says(attribute);
        let mut out = Self { tags: Vec::new(), more: open.into(), open, sensitive: BTreeSet::new() };
        let marked = marks.says(attribute)
            || marks.get(attribute).items().iter().any(|mark_sensitive| mark_sensitive.get("value").is_true());
        for (at, block) in after.items().iter().enumerate() {
            let unknown = unknown.get(attribute).items().get(at).unwrap_or(&JsonValue::Null);
            let Some(key) = block.get("key").text().filter(|_| !unknown.get("key").is_true()) else {
                out.more = UnlistedTags::Any;
                continue;
            };
            let value = block.get("value").text().filter(|_| !unknown.get("value").is_true()).cloned();
            if marked || value.as_ref().is_some_and(|value| providers.is_secret(value)) {
                out.sensitive.insert(key.as_str().to_owned());
            }
            out.tags.push(Tag { key: key.clone(), value });
        }
        out
    }

    /// Without what the provider ignores. A block for each tag is set whatever it ignores.
    pub(super) fn ignoring(mut self, ignored: &PlanIgnoredTags, form: TagForm) -> Self {
        if form == TagForm::Map {
            self.tags.retain(|tag| !ignored.covers(&tag.key) && !ignored.may_cover_any());
        }
        self.more = self.more.and(ignored.more());
        self
    }

    /// Adds the default tags that the resource does not set itself. Unknown own tags may override any of them.
    fn add_default_tags(&mut self, defaults: &DefaultTags<'a>) {
        let own: HashSet<String> = self.tags.iter().map(|tag| tag.key.as_str().to_owned()).collect();
        for (key, value) in &defaults.tags {
            if !own.contains(key.as_str()) {
                let value = value.clone().filter(|_| !self.open).map(Text::from);
                self.tags.push(Tag { key: key.clone(), value });
            }
        }
    }

    /// Marks sensitive values. Terraform marks them in `tags`; the merge of the provider into `tags_all` loses the
    /// mark.
    fn mark_sensitive(&mut self, change: &PlanChange<'a>, defaults: &DefaultTags<'a>, providers: &PlanProviders<'a>) {
        let own = keys_of(change.after.get("tags"), |value| !value.is_null());
        let marks = &change.after_sensitive;
        let marked = |attribute: &str| {
            let is_mark = |mark: &JsonValue<'_>| !matches!(mark, JsonValue::Null | JsonValue::Bool(false));
            (marks.says(attribute), keys_of(marks.get(attribute), is_mark))
        };
        let (all, merged) = marked("tags_all");
        let (all_own, marked_own) = marked("tags");
        for tag in &self.tags {
            let key = tag.key.as_str();
            let inherited = !own.contains(key);
            let secret = tag.value.as_ref().is_some_and(|value| providers.is_secret(value));
            if secret
                || all
                || merged.contains(key)
                || (!inherited && (all_own || marked_own.contains(key)))
                || (inherited && defaults.sensitive)
            {
                self.sensitive.insert(tag.key.as_str().to_owned());
            }
        }
    }

    /// Whether these may be others than the resource has now.
    pub(super) fn differs_from(&self, before: &ResourceAttributes<'a>, form: TagForm) -> bool {
        let now: HashMap<&str, Cow<'_, str>> = if let Some(attribute) = form.list_attribute() {
            let blocks = before.get(attribute).items().iter();
            blocks.filter_map(|tag| Some((tag.get("key").as_str()?, tag.get("value").scalar()?))).collect()
        } else {
            let attribute = if matches!(before.get("tags_all"), JsonValue::Map(_)) { "tags_all" } else { "tags" };
            let entries = before.get(attribute).entries().iter();
            entries.filter_map(|(key, value)| Some((key.as_str(), value.scalar()?))).collect()
        };
        self.more == UnlistedTags::Any
            || self.tags.len() != now.len()
            || !self
                .tags
                .iter()
                .all(|tag| now.get(tag.key.as_str()).is_some_and(|value| Some(&**value) == tag.value.as_deref()))
    }

    /// The tags in the form of the model.
    pub(super) fn into_tags(self) -> Tags<'a> {
        let mut tags = self.tags;
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        Tags::Read { tags, more: self.more }
    }
}

/// The tags of a map. A tag with an unknown value is in `after_unknown` only.
fn tags_of_map<'a>(attribute: &str, after: &ResourceAttributes<'a>, unknown: &ResourceAttributes<'a>) -> Vec<Tag<'a>> {
    let open = unknown.get(attribute);
    let mut tags: Vec<Tag<'a>> = Vec::new();
    for (key, value) in after.get(attribute).entries() {
        let value = match value {
            JsonValue::Text(text) => Some(text.clone()),
            other => other.scalar().map(|text| Text::from(text.into_owned())),
        };
        if value.is_some() && !open.get(key).is_true() {
            tags.push(Tag { key: key.clone(), value });
        }
    }
    for (key, _) in open.entries().iter().filter(|(_, open)| open.is_true()) {
        tags.push(Tag { key: key.clone(), value: None });
    }
    tags
}

/// The keys of a map whose values are wanted. Looking up each key in the map itself takes the square of its size.
fn keys_of<'v>(map: &'v JsonValue<'_>, is_wanted: impl Fn(&JsonValue<'_>) -> bool) -> HashSet<&'v str> {
    map.entries().iter().filter(|(_, value)| is_wanted(value)).map(|(key, _)| key.as_str()).collect()
}
