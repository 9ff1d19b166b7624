//! The tags of a planned resource.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::document::PlanChange;
use super::ignored::PlanIgnoredTags;
use super::provider::{DefaultTags, PlanProviders};
use crate::input::terraform::json::{JsonValue, ResourceAttributes};
use crate::input::terraform::resource_type::TagForm;
use crate::input::terraform::sorted_keys::{SortedEntries, SortedKeys};
use crate::model::{DefaultTagKeys, Tag, Tags, Text, UnknownCause, UnlistedTags, repeated_key, stands_twice};

/// The tags of a resource after the apply.
#[derive(Debug, Clone, Default)]
pub(super) struct PlanTags<'a> {
    pub tags: Vec<Tag<'a>>,
    /// The other tags that may exist.
    pub more: UnlistedTags,
    /// True if the resource's own tags are unknown: only the source may have them.
    pub open: bool,
    /// Keys whose values are sensitive.
    pub sensitive: BTreeSet<String>,
    /// Keys that are sensitive themselves: those of a map or list that is sensitive as a whole.
    pub hidden_keys: BTreeSet<String>,
    /// Keys that stand twice in a list, with different values.
    pub repeated: BTreeSet<String>,
    /// The keys that come from `default_tags`, if they reach the resource.
    pub default_tags: Option<DefaultTagKeys>,
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
            let list = |attribute| {
                let (after, unknown) = (change.after.get(attribute), change.after_unknown.get(attribute));
                let (whole, marks) = (change.after_unknown.says(attribute), change.after_sensitive.get(attribute));
                let is_marked = change.after_sensitive.says(attribute);
                Self::of_list(
                    after,
                    if whole { &JsonValue::Bool(true) } else { unknown },
                    (is_marked, marks),
                    providers,
                    |_, _| Some(true),
                )
            };
            let out = list(attribute);
            // Version 4 of the provider takes a list `tags` besides.
            return if attribute == "tag" && !change.after.get("tags").is_null() { out.and(list("tags")) } else { out };
        }
        let (after, unknown) = (&change.after, &change.after_unknown);
        let merged = after.has("tags_all") || unknown.has("tags_all") || unknown.whole;
        let known_all = matches!(after.get("tags_all"), JsonValue::Map(_)) && !unknown.says("tags_all");
        let own_open = unknown.says("tags");
        let mut out = Self::default();
        if merged && known_all {
            out.tags = tags_of_map(after.get("tags_all"), unknown.get("tags_all"));
            out.more = (!defaults.is_complete).into();
        } else {
            out.open = own_open;
            out.tags = if own_open { Vec::new() } else { tags_of_map(after.get("tags"), unknown.get("tags")) };
            out.more = (own_open || (merged && !defaults.is_complete)).into();
            if merged {
                out.add_default_tags(defaults);
            }
        }
        out.mark_sensitive(change, defaults, providers);
        let mut out = out.without_secret_keys(providers);
        out.default_tags = merged.then(|| out.inherited_keys(change));
        out
    }

    /// The keys that the resource does not set itself. With unknown own tags, it may set any of them.
    fn inherited_keys(&self, change: &PlanChange<'a>) -> DefaultTagKeys {
        let own = SortedEntries::of(change.after.get("tags"));
        let later = SortedEntries::of(change.after_unknown.get("tags"));
        let is_own = |key: &str| own.any(key, |value| !value.is_null()) || later.any(key, JsonValue::is_true);
        let mut inherited = BTreeSet::new();
        for tag in self.tags.iter().filter(|tag| !is_own(&tag.key)) {
            inherited.insert(tag.key.as_str().to_owned());
        }
        if change.after_unknown.says("tags") {
            DefaultTagKeys { unclear: inherited, ..DefaultTagKeys::default() }
        } else {
            DefaultTagKeys { keys: inherited, ..DefaultTagKeys::default() }
        }
    }

    /// Leaves out the keys that contain a secret: a tag with an unknown key may exist instead.
    fn without_secret_keys(mut self, providers: &PlanProviders<'a>) -> Self {
        if providers.secrets.is_empty() {
            return self;
        }
        let all = self.tags.len();
        self.tags.retain(|tag| !providers.secrets.are_in(&tag.key));
        if self.tags.len() < all {
            self.more = UnlistedTags::Any;
            self.sensitive.retain(|key| !providers.secrets.are_in(key));
            self.hidden_keys.retain(|key| !providers.secrets.are_in(key));
            self.repeated.retain(|key| !providers.secrets.are_in(key));
        }
        self
    }

    /// The tags of a list with one block or object for each. It inherits no default tags. `counts` decides about each
    /// object and its unknown parts; `None` where that is unknown.
    pub(super) fn of_list(
        after: &JsonValue<'a>,
        unknown: &JsonValue<'_>,
        (is_marked, marks): (bool, &JsonValue<'_>),
        providers: &PlanProviders<'a>,
        counts: impl Fn(&JsonValue<'a>, &JsonValue<'_>) -> Option<bool>,
    ) -> Self {
        let open = unknown.is_true();
        let mut out = Self { more: open.into(), open, ..Self::default() };
        let marked =
            |field: &str| is_marked || marks.items().iter().any(|mark| mark.is_true() || mark.get(field).is_true());
        // The elements of a set and their marks have different orders, so a mark counts for all.
        let (hides_keys, hides_values) = (marked("key"), marked("value"));
        for (at, block) in after.items().iter().enumerate() {
            let unknown = unknown.items().get(at).unwrap_or(&JsonValue::Null);
            let counts = counts(block, unknown);
            if counts == Some(false) {
                continue;
            }
            let Some(key) = block.get("key").text().filter(|_| !unknown.get("key").is_true()) else {
                out.more = UnlistedTags::Any;
                continue;
            };
            if counts.is_none() {
                out.more = out.more.and(UnlistedTags::keys([key.as_str().to_owned()]));
                continue;
            }
            let value = block.get("value").text().filter(|_| !unknown.get("value").is_true()).cloned();
            if hides_values || value.as_ref().is_some_and(|value| providers.secrets.are_in(value)) {
                out.sensitive.insert(key.as_str().to_owned());
            }
            if hides_keys {
                out.hidden_keys.insert(key.as_str().to_owned());
            }
            out.tags.push(Tag { key: key.clone(), value });
        }
        out.with_each_key_once().without_secret_keys(providers)
    }

    /// The tags of a list with each key once. AWS refuses a key that stands twice, or takes one of the two: with different
    /// values, its value is unknown.
    fn with_each_key_once(self) -> Self {
        if repeated_key(self.tags.iter().map(|tag| tag.key.as_str())).is_none() {
            return self;
        }
        let (mut kept, mut repeated) = (BTreeMap::<Text<'a>, Option<Text<'a>>>::new(), self.repeated);
        for Tag { key, value } in self.tags {
            let first = kept.entry(key.clone()).or_insert_with(|| value.clone());
            if *first != value {
                // A value that the plan does not have may be the same one.
                if first.is_some() && value.is_some() {
                    repeated.insert(key.as_str().to_owned());
                }
                *first = None;
            }
        }
        Self { tags: kept.into_iter().map(|(key, value)| Tag { key, value }).collect(), repeated, ..self }
    }

    /// The tags of a map in a block, with the default tags of the provider if they reach it.
    pub(super) fn of_map(
        after: &JsonValue<'a>,
        unknown: &JsonValue<'a>,
        marks: &JsonValue<'_>,
        defaults: Option<&DefaultTags<'a>>,
        providers: &PlanProviders<'a>,
    ) -> Self {
        let open = unknown.is_true();
        let tags = if open { Vec::new() } else { tags_of_map(after, unknown) };
        let mut out = Self { tags, more: open.into(), open, ..Self::default() };
        let own: BTreeSet<String> = out.tags.iter().map(|tag| tag.key.as_str().to_owned()).collect();
        if let Some(defaults) = defaults {
            out.add_default_tags(defaults);
            out.more = out.more.and((!defaults.is_complete).into());
        }
        let marked = |key: &str| marks.is_true() || !matches!(marks.get(key), JsonValue::Null | JsonValue::Bool(false));
        for tag in &out.tags {
            let key = tag.key.as_str();
            let inherited = !own.contains(key);
            let secret = tag.value.as_ref().is_some_and(|value| providers.secrets.are_in(value));
            if secret || (!inherited && marked(key)) || (inherited && defaults.is_some_and(|all| all.sensitive)) {
                out.sensitive.insert(key.to_owned());
            }
        }
        out.without_secret_keys(providers)
    }

    /// The reasons of values that are unknown whatever the apply does.
    pub(super) fn causes(&self) -> BTreeMap<String, UnknownCause> {
        let cause = |key: &String| UnknownCause { reason: stands_twice(key), location: None };
        self.repeated.iter().map(|key| (key.clone(), cause(key))).collect()
    }

    /// Tags that only the apply tells.
    pub(super) fn any() -> Self {
        Self { more: UnlistedTags::Any, ..Self::default() }
    }

    /// These tags and others.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.tags.extend(other.tags);
        self.more = self.more.and(other.more);
        self.open |= other.open;
        self.sensitive.extend(other.sensitive);
        self.hidden_keys.extend(other.hidden_keys);
        self.repeated.extend(other.repeated);
        self.with_each_key_once()
    }

    /// Adds tags of lower precedence. Where a tag of these may exist, the value of the other is not known.
    pub(super) fn with_fallback(mut self, weaker: Self) -> Self {
        for tag in weaker.tags {
            if self.tags.iter().any(|own| own.key == tag.key) {
                continue;
            }
            if weaker.sensitive.contains(tag.key.as_str()) {
                self.sensitive.insert(tag.key.as_str().to_owned());
            }
            let is_sure = !self.more.may_be(&tag.key, false);
            self.tags.push(Tag { value: tag.value.filter(|_| is_sure), ..tag });
        }
        self.more = self.more.and(weaker.more);
        self
    }

    /// The same, and others that may exist.
    pub(super) fn and_more(mut self, more: UnlistedTags) -> Self {
        self.more = self.more.and(more);
        self
    }

    /// Without what the provider ignores. A block for each tag is set whatever it ignores.
    pub(super) fn ignoring(mut self, ignored: &PlanIgnoredTags, form: TagForm) -> Self {
        if ignored.is_nothing() {
            return self;
        }
        if form == TagForm::Map {
            self.tags.retain(|tag| !ignored.covers(&tag.key) && !ignored.may_cover_any());
        }
        self.more = self.more.and(ignored.more());
        self
    }

    /// Adds the default tags that the resource does not set itself. Unknown own tags may override any of them.
    fn add_default_tags(&mut self, defaults: &DefaultTags<'a>) {
        let own = SortedKeys::new(self.tags.iter().map(|tag| (tag.key.as_str(), ())));
        let added = defaults.tags.iter().filter(|(key, _)| !own.contains(key));
        let added: Vec<Tag<'a>> = added
            .map(|(key, value)| Tag { key: key.clone(), value: value.clone().filter(|_| !self.open).map(Text::from) })
            .collect();
        self.tags.extend(added);
    }

    /// Marks sensitive values. Terraform marks them in `tags`; the merge of the provider into `tags_all` loses the
    /// mark.
    fn mark_sensitive(&mut self, change: &PlanChange<'a>, defaults: &DefaultTags<'a>, providers: &PlanProviders<'a>) {
        let marks = &change.after_sensitive;
        let marked = |attribute: &str| (marks.says(attribute), SortedEntries::of(marks.get(attribute)));
        let is_mark = |mark: &JsonValue<'_>| !matches!(mark, JsonValue::Null | JsonValue::Bool(false));
        let ((all, merged), (all_own, marked_own)) = (marked("tags_all"), marked("tags"));
        let are_marked = all || all_own || merged.has_some() || marked_own.has_some();
        // Most plans mark no tags.
        if !are_marked && !defaults.sensitive && providers.secrets.is_empty() {
            return;
        }
        let own = SortedEntries::of(change.after.get("tags"));
        for tag in &self.tags {
            let key = tag.key.as_str();
            let inherited = !own.any(key, |value| !value.is_null());
            let secret = tag.value.as_ref().is_some_and(|value| providers.secrets.are_in(value));
            if secret
                || all
                || merged.any(key, is_mark)
                || (!inherited && (all_own || marked_own.any(key, is_mark)))
                || (inherited && defaults.sensitive)
            {
                self.sensitive.insert(tag.key.as_str().to_owned());
            }
            if all || (!inherited && all_own) {
                self.hidden_keys.insert(tag.key.as_str().to_owned());
            }
        }
    }

    /// Whether these may be others than the resource has now.
    pub(super) fn differs_from(&self, before: &ResourceAttributes<'a>, form: TagForm) -> bool {
        let now: SortedKeys<'_, Cow<'_, str>> = if let Some(attribute) = form.list_attribute() {
            let blocks = before.get(attribute).items().iter();
            SortedKeys::new(blocks.filter_map(|tag| Some((tag.get("key").as_str()?, tag.get("value").scalar()?))))
        } else {
            let attribute = if matches!(before.get("tags_all"), JsonValue::Map(_)) { "tags_all" } else { "tags" };
            let entries = before.get(attribute).entries().iter();
            SortedKeys::new(entries.filter_map(|(key, value)| Some((key.as_str(), value.scalar()?))))
        };
        self.more == UnlistedTags::Any
            || self.tags.len() != now.count()
            || !self
                .tags
                .iter()
                .all(|tag| now.get(tag.key.as_str()).is_some_and(|value| Some(&**value) == tag.value.as_deref()))
    }

    /// Tags in the form of the model.
    pub(super) fn sorted(mut tags: Vec<Tag<'a>>, more: UnlistedTags) -> Tags<'a> {
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        Tags::Read { tags, more }
    }
}

/// The tags of a map. A tag with an unknown value is in `after_unknown` only.
fn tags_of_map<'a>(after: &JsonValue<'a>, open: &JsonValue<'a>) -> Vec<Tag<'a>> {
    let mut tags: Vec<Tag<'a>> = Vec::with_capacity(after.entries().len());
    for (key, value) in after.entries() {
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
