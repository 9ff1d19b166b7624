//! `from-default-tags`: in Terraform the provider sets the tag, not the resource.

use super::TagRule;
use crate::base::escape;
use crate::model::DefaultTagKeys;
use crate::rule::context::Context;
use crate::rule::spec::{Field, FieldType, Requirement};
use crate::rule::verdict::{Indeterminate, Verdict, Violation, ViolationKind};

/// The field.
pub(super) const FROM_DEFAULT_TAGS: Field = Field::new(
    "from-default-tags",
    FieldType::Flag,
    "Whether the tag must come from `default_tags` of the provider in Terraform, and not from the resource. Live resources, CloudFormation, and Terraform types that `default_tags` do not reach are not checked for it. Default false.",
)
.requires(Requirement::LiteralKey);

/// The requirement, as a sentence.
pub(super) const SENTENCE: &str = "in Terraform, `default_tags` of the provider must set it";

/// The reason why a fix does not write such a tag.
pub(super) const NO_REPAIR: &str = "it belongs in `default_tags` of the Terraform provider";

impl TagRule {
    /// Adds a violation for a tag that the resource sets itself, to the verdict on the tag.
    pub(super) fn with_source_of_tag<'a>(&'a self, verdict: Verdict<'a>, cx: &Context<'a>) -> Verdict<'a> {
        let Some(inherited) = self.default_tags_of(cx).filter(|_| verdict != Verdict::NotApplicable) else {
            return verdict;
        };
        let tags = || cx.own_tags().filter(|(_, tag)| self.key.is_key(&tag.key, cx.fold()));
        let is_own = |key: &str| !inherited.keys.contains(key) && !inherited.unclear.contains(key);
        if let Some((at, _)) = tags().find(|(_, tag)| is_own(&tag.key)) {
            return self.with_own_tag(verdict, at, cx);
        }
        let is_unclear = tags().any(|(_, tag)| inherited.unclear.contains(tag.key.as_str()));
        if is_unclear && verdict == Verdict::Pass {
            let reason = "the resource may set it besides `default_tags`";
            return Verdict::Indeterminate(Indeterminate::about_tags(Some(self.key.as_str()), reason));
        }
        verdict
    }

    /// The keys of a resource that come from `default_tags`, if the rule demands it and they reach the resource.
    fn default_tags_of<'a>(&self, cx: &Context<'a>) -> Option<&'a DefaultTagKeys> {
        cx.resource.origin.as_deref()?.default_tags.as_ref().filter(|_| self.from_default_tags)
    }

    /// The verdict on a tag that the resource sets itself. Another violation of the same tag gets the advice too.
    fn with_own_tag<'a>(&'a self, verdict: Verdict<'a>, at: usize, cx: &Context<'a>) -> Verdict<'a> {
        if let Verdict::Fail(mut violations) = verdict {
            for violation in &mut violations {
                self.move_to_default_tags(violation, cx);
            }
            return Verdict::Fail(violations);
        }
        let key = self.key.as_str();
        let mut violation = Violation::of_tag(ViolationKind::DefaultTags, key, at, cx.resource);
        if cx.with_messages {
            violation.message = format!("{} is set on the resource", escape(key));
            self.move_to_default_tags(&mut violation, cx);
        }
        Verdict::fail(violation)
    }

    /// Adds the place of the tag to a message, if it is `default_tags`. A change of the resource would not mend it.
    pub(super) fn move_to_default_tags(&self, violation: &mut Violation<'_>, cx: &Context<'_>) {
        if cx.with_messages && self.default_tags_of(cx).is_some() {
            violation.message += "; set it in `default_tags` of the provider";
            if violation.tag.is_some() {
                violation.message += ", and remove it from the resource";
            }
            violation.suggestion = None;
        }
    }
}
