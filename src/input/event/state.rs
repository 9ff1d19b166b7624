//! The tags of a resource after the events that change them.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Pair, Told, What};
use crate::aws::TagLimits;
use crate::base::quote;
use crate::model::{Origin, Resource, Tag, Tags, Text, UnknownCause, UnlistedTags};

const ONLY_CHANGED: &str = "the event tells only the tags that it changes";

/// A resource, and what the events so far tell about its tags.
pub(super) struct State {
    resource: Resource<'static>,
    tags: BTreeMap<String, Option<String>>,
    /// The reason why the resource can have tags that no event told; `None` if it has none.
    others: Option<&'static str>,
    /// Keys that are certainly gone from a resource whose other tags are not known.
    removed: BTreeSet<String>,
    unread: Option<String>,
    /// The time of the last change of each key.
    changed: BTreeMap<String, String>,
    is_deleted: bool,
}

impl State {
    /// A resource before its first event.
    pub(super) fn new(resource: Resource<'static>) -> Self {
        Self {
            resource,
            tags: BTreeMap::new(),
            others: Some(ONLY_CHANGED),
            removed: BTreeSet::new(),
            unread: None,
            changed: BTreeMap::new(),
            is_deleted: false,
        }
    }

    /// Applies a change.
    pub(super) fn apply(&mut self, change: Change) {
        let Change { time, resource, what } = change;
        // One event has the ARN of a user and another one only the name.
        if self.resource.arn.is_none() && resource.arn.is_some() {
            self.resource = resource;
        }
        self.is_deleted = matches!(what, What::Deleted);
        match what {
            What::Created { tags, others } => {
                self.replace(tags, others, &time);
                // Nothing comes before a creation.
                self.changed.clear();
            }
            What::Replaced(tags) => self.replace(tags, None, &time),
            What::Set(Ok(pairs)) => pairs.into_iter().for_each(|pair| self.set(pair, &time)),
            What::Removed(Ok(keys)) => keys.into_iter().for_each(|key| self.remove(key, &time)),
            What::Set(Err(why)) | What::Removed(Err(why)) => self.unread = Some(why),
            What::Deleted => {}
        }
    }

    fn replace(&mut self, tags: Told<Vec<Pair>>, others: Option<&'static str>, time: &str) {
        let is_order_known = self.changed.values().all(|before| before.is_empty() == time.is_empty());
        self.tags.clear();
        self.removed.clear();
        self.changed.clear();
        self.others = others;
        self.unread = None;
        match tags {
            Ok(pairs) => pairs.into_iter().for_each(|pair| self.set(pair, time)),
            Err(why) => self.unread = Some(why),
        }
        if !is_order_known {
            self.unread = Some("several events change the tags, and one has no time that can be read".to_owned());
        }
    }

    fn set(&mut self, (key, value): Pair, time: &str) {
        let same = self.same(&key);
        let known = same.as_ref().and_then(|key| self.tags.get(key));
        if known != Some(&value) {
            self.note_time(&key, time);
        }
        if let Some(same) = same {
            self.tags.remove(&same);
        }
        let limits = TagLimits::of(&self.resource.kind);
        self.removed.retain(|gone| !limits.reads_as_same_key(gone, &key));
        self.tags.insert(key, value);
    }

    fn remove(&mut self, key: String, time: &str) {
        match self.same(&key) {
            Some(same) => {
                self.note_time(&key, time);
                self.tags.remove(&same);
            }
            None if !self.removed.contains(&key) => self.note_time(&key, time),
            None => {}
        }
        self.removed.insert(key);
    }

    /// The key that AWS takes for the same one.
    fn same(&self, key: &str) -> Option<String> {
        let limits = TagLimits::of(&self.resource.kind);
        self.tags.keys().find(|own| limits.reads_as_same_key(own, key)).cloned()
    }

    /// Two different changes of one key in one second: the events do not tell which came first.
    fn note_time(&mut self, key: &str, time: &str) {
        let Some(before) = self.changed.insert(key.to_owned(), time.to_owned()) else { return };
        if !time.is_empty() && before == time {
            self.unread = Some(format!("two events of the same second change the tag {}", quote(key)));
        } else if before.is_empty() != time.is_empty() {
            self.unread =
                Some(format!("two events change the tag {}, and one has no time that can be read", quote(key)));
        }
    }

    /// The resource after all events; `None` if it is gone.
    pub(super) fn into_resource(self) -> Option<Resource<'static>> {
        if self.is_deleted {
            return None;
        }
        let tags = if let Some(reason) = self.unread {
            Tags::Unread { reason: Text::from(reason) }
        } else {
            let removed = self.removed;
            let more = self.others.map_or(UnlistedTags::None, |_| UnlistedTags::all_but(removed));
            let tag = |(key, value): (String, Option<String>)| Tag { key: key.into(), value: value.map(Text::from) };
            Tags::Read { tags: self.tags.into_iter().map(tag).collect(), more }
        };
        let cause = |reason: &str| UnknownCause { reason: reason.to_owned(), location: None };
        // Tags that were not read have their own reason.
        let others = self.others.filter(|_| matches!(tags, Tags::Read { .. }));
        let origin = others.map(|why| Box::new(Origin { live: true, unlisted: Some(cause(why)), ..Origin::default() }));
        Some(Resource { tags, origin, ..self.resource })
    }
}
