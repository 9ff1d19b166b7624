//! The resources of an output, and everything that it does not say.

use std::collections::BTreeMap;

use super::tag_pairs::TagPair;
use crate::aws::resource_types;
use crate::base::{count, quote};
use crate::input::opened::{OpenedInput, in_memory};
use crate::model::{ArnResource, Gap, InputCoverage, NotJudgedReason, Resource, Tags, Text, UnlistedTags};

/// The number of type names in a note.
const NAMED_TYPES: usize = 5;

/// The resources of an output, collected from its documents.
pub(super) struct Dump<'a> {
    name: &'a str,
    resources: Vec<Resource<'a>>,
    gaps: Vec<Gap>,
    coverage: InputCoverage,
    notes: Vec<String>,
    /// Types that the table lacks, with the number of their resources.
    unknown_types: BTreeMap<String, u64>,
    /// The number of resources with a tag that has no value.
    without_value: u64,
}

impl<'a> Dump<'a> {
    pub(super) fn new(name: &'a str, gaps: Vec<Gap>) -> Self {
        Self {
            name,
            resources: Vec::new(),
            gaps,
            coverage: InputCoverage::default(),
            notes: Vec::new(),
            unknown_types: BTreeMap::new(),
            without_value: 0,
        }
    }

    /// Adds a resource.
    pub(super) fn add(&mut self, resource: Resource<'a>) {
        if !matches!(resource.tags, Tags::Unread { .. } | Tags::Read { more: UnlistedTags::None, .. }) {
            self.without_value += 1;
        }
        self.resources.push(resource);
    }

    /// The resource with an ARN. A text that is not an ARN becomes a gap, with its position in the output.
    pub(super) fn resource_of(&mut self, arn: Text<'a>, position: impl FnOnce() -> String) -> Option<Resource<'a>> {
        self.typed_resource_of(arn, "", position)
    }

    /// The resource with an ARN and a type that the output names. The ARN decides where its form is known, so that a
    /// resource has the same type in every output.
    pub(super) fn typed_resource_of(
        &mut self,
        arn: Text<'a>,
        named: &str,
        position: impl FnOnce() -> String,
    ) -> Option<Resource<'a>> {
        let text = arn.clone();
        let Some(ArnResource { mut resource, is_known_type }) = ArnResource::parse(arn) else {
            self.unreadable(&position(), &format!("{} is not an ARN", quote(&text)));
            return None;
        };
        if !is_known_type {
            let kind = if named.is_empty() { resource.kind.as_str() } else { named };
            resource.kind = self.kind_of(kind);
        }
        Some(resource)
    }

    /// A resource without an ARN, of a type that the output names.
    pub(super) fn resource_of_type(&mut self, named: &str) -> Resource<'a> {
        Resource { kind: self.kind_of(named), ..Resource::default() }
    }

    /// The type with a name. One that the table lacks is counted: its tags are judged all the same, and a note says so.
    fn kind_of(&mut self, name: &str) -> Text<'a> {
        if let Some(row) = resource_types::named(name) {
            return Text::from(row.kind());
        }
        *self.unknown_types.entry(name.to_owned()).or_default() += 1;
        Text::from(name.to_owned())
    }

    /// Adds the gap of an element that can't be read, with its position in the output.
    pub(super) fn unreadable(&mut self, position: &str, why: &str) {
        self.gap(Gap::of_input(self.name, &format!("{position}: {why}")));
    }

    /// Adds the gap of an operation that did not return everything.
    pub(super) fn incomplete(&mut self, operation: &str, why: &str) {
        self.gap(Gap { operation: Some(operation.to_owned()), ..Gap::of_input(self.name, why) });
    }

    /// Adds a gap.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Adds the gap of an output that is one page of several.
    pub(super) fn page_gap(&mut self, operation: &str) {
        let why = "the answer is one page of several; let the CLI read all of them (no --no-paginate, --max-items)";
        self.incomplete(operation, why);
    }

    /// Adds a note, once for all documents.
    pub(super) fn note(&mut self, text: &str) {
        let note = format!("{}: {text}", self.name);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Counts something that was not judged.
    pub(super) fn not_judged(&mut self, kind: &str, reason: NotJudgedReason, example: &str) {
        self.coverage.add(kind, reason, example);
    }

    /// Counts a set of resources that the command never lists, once for all documents.
    pub(super) fn never_listed(&mut self, what: &str) {
        let is_new = self.coverage.not_judged().all(|group| group.kind != what);
        if is_new {
            self.not_judged(what, NotJudgedReason::TagsNotInInput, self.name);
        }
    }

    /// The collected resources as an input.
    pub(super) fn finish(mut self) -> OpenedInput {
        if let Some(note) = self.unknown_types_note() {
            self.note(&note);
        }
        if self.without_value > 0 {
            let resources = count(self.without_value, "resource");
            self.note(&format!("{resources} with a tag without `Value`, which AWS always writes: the tag is unknown"));
        }
        let mut input = in_memory(self.name, self.resources, self.gaps);
        input.coverage = self.coverage;
        OpenedInput { notes: self.notes, ..OpenedInput::new(input) }
    }

    fn unknown_types_note(&self) -> Option<String> {
        let total: u64 = self.unknown_types.values().sum();
        let mut names: Vec<&str> = self.unknown_types.keys().take(NAMED_TYPES).map(String::as_str).collect();
        if self.unknown_types.len() > NAMED_TYPES {
            names.push("…");
        }
        let has = if total == 1 { "has a type" } else { "have types" };
        (total > 0).then(|| {
            let total = count(total, "resource");
            format!(
                "{total} {has} that taglint does not know; the tags are checked, and rules know the type as {}",
                names.join(", ")
            )
        })
    }
}

/// Tags that could not be read, with the reason.
pub(super) fn unread(reason: &'static str) -> Tags<'static> {
    Tags::Unread { reason: Text::from(reason) }
}

/// The tags of a resource: an absent or empty list is unknown, with the reason.
pub(super) fn tags_or_unread<'a>(pairs: Option<Vec<TagPair<'a>>>, reason: &'static str) -> Tags<'a> {
    match pairs {
        Some(pairs) if !pairs.is_empty() => super::tag_pairs::tags(pairs),
        _ => unread(reason),
    }
}
