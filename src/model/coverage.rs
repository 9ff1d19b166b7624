//! The parts of an input that no rule judged, by type and reason.

use std::collections::BTreeMap;

use serde::Serialize;

/// The number of examples that each group keeps.
const EXAMPLES: usize = 5;
/// The number of groups that are kept apart. An input with more distinct types names the rest together.
const GROUPS: usize = 2000;
/// The type of the groups beyond [`GROUPS`].
const OTHER_TYPES: &str = "(other types)";

/// The reason why something was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::IntoStaticStr, strum::VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum NotJudgedReason {
    /// No chosen rule of the policy concerns the type.
    NoRule,
    /// The tags could not be read.
    TagsUnread,
    /// The type can carry tags, and this input does not tell them.
    TagsNotInInput,
    /// Resources that another one makes, whose tags the input does not write. Counted where a rule names their type.
    TagsNotWritten,
    /// A part of a deployment that the input names and does not contain, such as a nested stack at an URL.
    NotInInput,
    /// A resource that AWS made, such as a service-linked role. Only rules that ask for the manager judge it.
    MadeByAws,
    /// An event that changes the tags of no resource, such as a call that failed.
    NoTagsChanged,
    /// A resource of a plan that the plan does not change.
    Unchanged,
    /// A resource that the given parameters do not create.
    NotCreated,
    /// The type is not known, and nothing in it looks like tags.
    UnknownType,
    /// A declaration that no root module or stack reaches.
    NotInRoot,
    /// A path that git ignores.
    GitIgnored,
    /// A hidden file or folder.
    Hidden,
    /// A symbolic link, which a walk does not follow.
    Link,
    /// A folder that is nested too deep.
    TooDeep,
    /// A document that could not be parsed, and may or may not be an input.
    BrokenDocument,
    /// An input of another kind that a walk does not read, such as a Terraform plan.
    OtherInput,
    /// The file of another tool, which taglint does not read.
    OtherTool,
    /// A template in a file with an ending that a walk does not read.
    UnusualEnding,
    /// A resource of another provider than AWS.
    OtherCloud,
    /// The type carries no tags.
    NotTaggable,
}

impl NotJudgedReason {
    /// The name in reports, as `no-rule`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a resource with this reason could violate a tag policy. `--require-coverage` counts only those.
    #[must_use]
    pub fn may_need_tags(self) -> bool {
        !matches!(
            self,
            Self::NotTaggable
                | Self::OtherCloud
                | Self::NoTagsChanged
                | Self::Unchanged
                | Self::NotCreated
                | Self::MadeByAws
        )
    }

    /// The explanation for a person, after a number of resources or paths.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::NoRule => "no rule concerns the type",
            Self::TagsUnread => "tags could not be read",
            Self::TagsNotInInput => "this input does not hold the tags",
            Self::TagsNotWritten => "made by another resource, which writes no tags for it",
            Self::NotInInput => "not part of the input",
            Self::MadeByAws => "made by AWS; only a rule with `managed-by` judges it",
            Self::NoTagsChanged => "an event that changes the tags of no resource",
            Self::Unchanged => "not changed by the plan (--all checks it)",
            Self::NotCreated => "not created with these parameters",
            Self::UnknownType => "unknown type",
            Self::NotInRoot => "not reached by any root module or stack",
            Self::GitIgnored => "ignored by git",
            Self::Hidden => "hidden",
            Self::Link => "symbolic link",
            Self::TooDeep => "folder nested too deep",
            Self::BrokenDocument => "document that can't be parsed",
            Self::OtherInput => "input that a folder's check does not read",
            Self::OtherTool => "file of another tool",
            Self::UnusualEnding => "a template with an unusual ending; name the file to check it",
            Self::OtherCloud => "not an AWS resource",
            Self::NotTaggable => "type without tags",
        }
    }
}

/// Resources or paths that were not judged for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotJudged {
    /// The resource type as the input names it; for a path, the noun of the format.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reason.
    pub reason: NotJudgedReason,
    /// Number of resources or paths.
    pub count: u64,
    /// The addresses, ARNs or paths of the first ones.
    pub examples: Vec<String>,
}

/// The resources and paths of an input that no rule judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputCoverage {
    groups: BTreeMap<(NotJudgedReason, String), (u64, Vec<String>)>,
    /// Resources that others make, by type. They count only where a rule names the type.
    implied: BTreeMap<String, (u64, Vec<String>)>,
}

impl InputCoverage {
    /// Adds one resource or path.
    pub fn add(&mut self, kind: &str, reason: NotJudgedReason, example: &str) {
        self.add_many(kind, reason, 1, std::iter::once(example.to_owned()));
    }

    /// Adds several resources or paths of one type.
    pub fn add_many(
        &mut self,
        kind: &str,
        reason: NotJudgedReason,
        count: u64,
        examples: impl IntoIterator<Item = String>,
    ) {
        let is_new = !self.groups.contains_key(&(reason, kind.to_owned()));
        let kind = if is_new && self.groups.len() >= GROUPS { OTHER_TYPES } else { kind };
        add(self.groups.entry((reason, kind.to_owned())).or_default(), count, examples);
    }

    /// Adds resources of a type that another resource makes, and whose tags the input does not write.
    pub fn add_implied(&mut self, kind: &str, example: String) {
        add(self.implied.entry(kind.to_owned()).or_default(), 1, [example]);
    }

    /// Counts the resources that others make, of the types that `is_named` accepts.
    pub fn count_implied(&mut self, is_named: impl Fn(&str) -> bool) {
        for (kind, (count, examples)) in std::mem::take(&mut self.implied) {
            if is_named(&kind) {
                self.add_many(&kind, NotJudgedReason::TagsNotWritten, count, examples);
            }
        }
    }

    /// Adds all of another input.
    pub fn extend(&mut self, other: &Self) {
        for ((reason, kind), (count, examples)) in &other.groups {
            self.add_many(kind, *reason, *count, examples.iter().cloned());
        }
        for (kind, (count, examples)) in &other.implied {
            add(self.implied.entry(kind.clone()).or_default(), *count, examples.iter().cloned());
        }
    }

    /// Whether nothing was left unjudged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.implied.is_empty()
    }

    /// The groups, by reason and then type.
    pub fn not_judged(&self) -> impl Iterator<Item = NotJudged> + '_ {
        self.groups.iter().map(|((reason, kind), (count, examples))| NotJudged {
            kind: kind.clone(),
            reason: *reason,
            count: *count,
            examples: examples.clone(),
        })
    }

    /// Changes every example, to redact it.
    pub fn map_examples(&mut self, change: impl Fn(&str) -> String) {
        for (_, examples) in self.groups.values_mut().chain(self.implied.values_mut()) {
            for example in examples {
                *example = change(example);
            }
        }
    }
}

/// Adds to a group.
fn add((sum, named): &mut (u64, Vec<String>), count: u64, examples: impl IntoIterator<Item = String>) {
    *sum += count;
    let room = EXAMPLES - named.len();
    named.extend(examples.into_iter().take(room));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_resource_makes_counts_only_where_its_type_is_named() {
        let mut coverage = InputCoverage::default();
        coverage.add_implied("ec2:volume", "aws_instance.a".to_owned());
        coverage.add_implied("ecs:task", "aws_ecs_service.a".to_owned());
        let mut sum = InputCoverage::default();
        sum.extend(&coverage);
        sum.extend(&coverage);
        assert_eq!(sum.not_judged().count(), 0);
        sum.count_implied(|kind| kind == "ec2:volume");
        let groups: Vec<NotJudged> = sum.not_judged().collect();
        assert_eq!((groups.len(), groups[0].count, groups[0].reason.name()), (1, 2, "tags-not-written"));
    }

    #[test]
    fn groups_count_all_and_name_the_first() {
        let mut coverage = InputCoverage::default();
        for n in 0..7 {
            coverage.add("aws_iam_policy_attachment", NotJudgedReason::NotTaggable, &format!("a{n}"));
        }
        coverage.add("google_project", NotJudgedReason::OtherCloud, "g");
        let mut sum = InputCoverage::default();
        sum.extend(&coverage);
        sum.extend(&coverage);
        let groups: Vec<NotJudged> = sum.not_judged().collect();
        assert_eq!(groups.iter().map(|group| group.count).collect::<Vec<_>>(), [2, 14]);
        assert_eq!(groups[1].examples, ["a0", "a1", "a2", "a3", "a4"]);
        assert_eq!(groups[0].reason.name(), "other-cloud");
    }

    #[test]
    fn an_endless_list_of_types_is_bounded_and_still_counted() {
        let mut coverage = InputCoverage::default();
        for n in 0..GROUPS + 10 {
            coverage.add(&format!("type_{n}"), NotJudgedReason::UnknownType, "x");
        }
        let total: u64 = coverage.not_judged().map(|group| group.count).sum();
        assert_eq!(total, (GROUPS + 10) as u64);
        assert!(coverage.not_judged().count() <= GROUPS + 1);
    }
}
