//! Stacks: a template with the known facts of its deployment.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::evaluate::{GivenValues, StackEnvironment, TemplateScope};
use super::foreach::ExpandedEntry;
use super::resource::OwnTags;
use super::tags::TemplateTags;
use super::template::ParsedTemplate;
use crate::model::Location;

/// A template with the known facts of its stack.
pub(super) struct Stack<'o, 't> {
    pub(super) template: &'t ParsedTemplate,
    pub(super) scope: TemplateScope<'t>,
    /// The logical ids of the enclosing stacks, each with a trailing `/`.
    pub(super) prefix: String,
    /// The locations of the nested-stack resources that lead to it, outermost first.
    pub(super) calls: Vec<Location>,
    /// The tags of the stack.
    pub(super) tags: TemplateTags,
    /// True if a macro rewrites the whole template.
    pub(super) rewritten: bool,
    /// The IAM paths of users, by name, for users whose template sets the name.
    pub(super) users: BTreeMap<String, String>,
    /// The launch templates that groups of the template use.
    pub(super) used_templates: HashSet<String>,
    /// The tags that SAM gives to buckets whose events start functions, by the bucket.
    pub(super) bucket_tags: BTreeMap<String, BucketTags>,
    pub(super) folder: &'o Path,
    /// The files of the enclosing templates and its own, to detect a stack inside itself.
    pub(super) enclosing_files: Vec<PathBuf>,
}

impl<'t> Stack<'_, 't> {
    /// The locations of the resources that lead to a stack in this one.
    pub(super) fn calls_to(&self, item: &ExpandedEntry<'_, 't>) -> Vec<Location> {
        let own = self.template.location(item.entry.key_span.start);
        self.calls.iter().cloned().chain([own]).collect()
    }
}

/// The tags that SAM gives to a bucket whose events start functions.
pub(super) enum BucketTags {
    /// The keys of further tags. A bucket depends on the permission of a function with a condition by such a tag.
    Added(Vec<String>),
    /// All tags: a function that propagates its tags gives them to the bucket too, which loses its own.
    Replaced(OwnTags),
}

/// The parameters and tags of a deployment.
#[derive(Default)]
pub(super) struct StackDeployment {
    pub(super) environment: StackEnvironment,
    pub(super) parameters: GivenValues,
    pub(super) tags: TemplateTags,
    pub(super) prefix: String,
    pub(super) calls: Vec<Location>,
    /// True for a stack of a CDK assembly: one without resources has no `Resources`, and `cdk deploy` skips it.
    pub(super) may_lack_resources: bool,
    /// The files of the enclosing templates, with every link resolved.
    pub(super) enclosing_files: Vec<PathBuf>,
}

/// The reason why resources may not exist.
#[derive(Debug, Clone)]
pub(super) struct ExistenceDoubt {
    /// The reason, about the resource itself or about a stack around it.
    why: String,
    /// True if it is about a stack around the resource.
    is_of_stack: bool,
}

impl ExistenceDoubt {
    /// A doubt about a resource.
    pub(super) fn of_resource(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_of_stack: false }
    }

    /// The doubt about the resources of a stack, from that about the stack.
    pub(super) fn of_stack(&self) -> Self {
        Self { is_of_stack: true, ..self.clone() }
    }

    /// The reason in reports.
    pub(super) fn reason(&self) -> String {
        let about = if self.is_of_stack { "of the stack around it: " } else { "" };
        format!("it may not exist: {about}{}", self.why)
    }
}
