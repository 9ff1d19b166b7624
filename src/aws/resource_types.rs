//! Every AWS resource type that can carry tags, with its names.
//!
//! The table is made by `tools/types/generate.py` from the schemas of the Terraform provider and of `CloudFormation`. A
//! type that is not in it carries no tags, as far as those say. A type has a tagging name (`service:kind`) only where a
//! source states it.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::base::Globs;

/// Rows of tab-separated cells, `-` for none; what the columns are is said in its head.
const TABLE: &str = include_str!("resource_types.tsv");

/// How a Terraform resource writes its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagsAttribute {
    /// `tags`, a map, which `default_tags` of the provider are merged with into `tags_all`.
    Tags,
    /// A block `tag { key = …, value = … }` for each; `default_tags` do not reach it.
    TagBlocks,
}

/// How a template writes the tags of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A list of `{Key, Value}`.
    List,
    /// A map of key to value.
    Map,
    /// A list of `{ResourceType, Tags}`, with a list of `{Key, Value}` in each.
    Specifications,
}

/// Whether the tags of a stack reach a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StackTags {
    Yes,
    No,
    Unknown,
}

/// The property of a `CloudFormation` resource that holds its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// `Tags`, `UserPoolTags`, …
    pub name: &'static str,
    /// How the tags stand in it.
    pub form: Form,
    /// Whether those of the stack come to them.
    pub stack_tags: StackTags,
}

/// One type that can carry tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType {
    /// As AWS tag policies and the tagging API name it: `iam:user`.
    pub tagging: Option<&'static str>,
    /// `aws_iam_user`.
    pub terraform: Option<&'static str>,
    /// `AWS::IAM::User`.
    pub cloudformation: Option<&'static str>,
    /// How Terraform writes its tags.
    pub attribute: Option<TagsAttribute>,
    /// Where a template writes its tags.
    pub property: Option<Property>,
}

impl ResourceType {
    /// The name that resources of this type have as their `kind`: the tagging name, else the source's name for it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let name = self.tagging.or(self.terraform).or(self.cloudformation);
        name.expect("every row of the table has a name")
    }

    /// All of its names, the tagging name first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.tagging, self.terraform, self.cloudformation].into_iter().flatten()
    }
}

/// Every type, in the table's order: by Terraform name, then `CloudFormation` name.
#[must_use]
pub fn all() -> &'static [ResourceType] {
    static ALL: OnceLock<Vec<ResourceType>> = OnceLock::new();
    ALL.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).map(row).collect())
}

fn row(line: &'static str) -> ResourceType {
    let mut cells = line.split('\t').map(|cell| (cell != "-").then_some(cell));
    let mut cell = || cells.next().flatten();
    let (terraform, cloudformation, tagging) = (cell(), cell(), cell());
    let attribute = cell().map(|word| match word {
        "tags" => TagsAttribute::Tags,
        "tag" => TagsAttribute::TagBlocks,
        _ => unreachable!("{TYPES_ARE_GOOD}: attribute {word}"),
    });
    let property = cell().map(|name| Property {
        name,
        form: match cell() {
            Some("list") => Form::List,
            Some("map") => Form::Map,
            Some("specifications") => Form::Specifications,
            other => unreachable!("{TYPES_ARE_GOOD}: form {other:?}"),
        },
        stack_tags: match cell() {
            Some("yes") => StackTags::Yes,
            Some("no") => StackTags::No,
            Some("unknown") => StackTags::Unknown,
            other => unreachable!("{TYPES_ARE_GOOD}: stack-tags {other:?}"),
        },
    });
    ResourceType { tagging, terraform, cloudformation, attribute, property }
}

const TYPES_ARE_GOOD: &str = "the table is compiled in, and a test reads all of it";

/// The type that has this name in any of the three name spaces.
#[must_use]
pub fn named(name: &str) -> Option<&'static ResourceType> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static ResourceType>> = OnceLock::new();
    let by_name =
        BY_NAME.get_or_init(|| all().iter().flat_map(|kind| kind.names().map(move |name| (name, kind))).collect());
    by_name.get(name).copied()
}

/// The type that Terraform calls so; `None` for one that carries no tags, or is not known.
#[must_use]
pub fn terraform(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|kind| kind.terraform == Some(name))
}

/// The type that `CloudFormation` calls so; `None` for one that carries no tags, or is not known.
#[must_use]
pub fn cloudformation(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|kind| kind.cloudformation == Some(name))
}

/// The type with this tagging name (`service:kind`).
#[must_use]
pub fn tagging(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|kind| kind.tagging == Some(name))
}

/// All names of the type that has this one, of whatever name space; the name alone where the type is not known.
pub fn names(kind: &str) -> impl Iterator<Item = &str> {
    let known = named(kind);
    let alone = known.is_none().then_some(kind);
    known.into_iter().flat_map(|known| known.names().map(|name| -> &str { name })).chain(alone)
}

/// Globs over resource types. One that matches any name of a type matches the type, whichever name a resource has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeGlobs {
    globs: Globs,
    /// Other names of the types that have several and are matched by one: few enough to go through.
    also: Vec<&'static str>,
}

impl TypeGlobs {
    /// Looks up the names that the globs match besides.
    #[must_use]
    pub fn new(globs: Globs) -> Self {
        let several = all().iter().filter(|kind| kind.names().nth(1).is_some());
        let matched = several.filter(|kind| kind.names().any(|name| globs.matches(name)));
        let also = matched.flat_map(ResourceType::names).filter(|name| !globs.matches(name)).collect();
        Self { globs, also }
    }

    /// Whether a type, by any of its names, is meant.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        self.globs.matches(kind) || self.also.contains(&kind)
    }

    /// Whether there is no glob at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// The globs as they were written.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.globs.0.iter().map(crate::base::Glob::as_str)
    }
}

impl From<Globs> for TypeGlobs {
    fn from(globs: Globs) -> Self {
        Self::new(globs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_says_what_its_head_counts() {
        let rows: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.is_sorted() && rows.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(rows.iter().all(|row| row.split('\t').count() == 7));
        assert_eq!(all().len(), rows.len());
        let tags_all = all().iter().filter(|kind| kind.attribute == Some(TagsAttribute::Tags)).count();
        let templates = all().iter().filter(|kind| kind.property.is_some()).count();
        let said = |words: &str| TABLE.lines().take(4).any(|line| line.ends_with(words));
        assert_eq!(tags_all, 747);
        assert!(said(&format!("{tags_all} with tags_all")) && said(&format!("{templates} types with tags")));
        for kind in all() {
            assert_eq!(kind.terraform.is_some(), kind.attribute.is_some(), "{kind:?}");
            assert_eq!(kind.cloudformation.is_some(), kind.property.is_some(), "{kind:?}");
            assert!(kind.names().next().is_some_and(|name| name == kind.kind()));
            for name in kind.names() {
                assert_eq!(named(name), Some(kind), "{name} stands twice");
            }
        }
    }

    #[test]
    fn the_three_have_three_names_and_the_rest_none_that_is_invented() {
        for (ours, theirs, template, property) in [
            ("iam:user", "aws_iam_user", "AWS::IAM::User", ("Tags", Form::List, StackTags::Yes)),
            (
                "iam:mfa",
                "aws_iam_virtual_mfa_device",
                "AWS::IAM::VirtualMFADevice",
                ("Tags", Form::List, StackTags::Unknown),
            ),
            (
                "cognito-idp:userpool",
                "aws_cognito_user_pool",
                "AWS::Cognito::UserPool",
                ("UserPoolTags", Form::Map, StackTags::Yes),
            ),
        ] {
            let kind = terraform(theirs).unwrap();
            assert_eq!((cloudformation(template), tagging(ours)), (Some(kind), Some(kind)));
            assert_eq!(names(template).collect::<Vec<_>>(), [ours, theirs, template]);
            let (name, form, stack_tags) = property;
            assert_eq!(kind.property, Some(Property { name, form, stack_tags }));
            assert_eq!(kind.kind(), ours);
        }
        assert_eq!(all().iter().filter(|kind| kind.tagging.is_some()).count(), 3);
        assert_eq!(terraform("aws_s3_bucket").unwrap().kind(), "aws_s3_bucket");
        assert_eq!(cloudformation("AWS::S3::Bucket").unwrap().kind(), "AWS::S3::Bucket");
        assert_eq!(terraform("aws_autoscaling_group").unwrap().attribute, Some(TagsAttribute::TagBlocks));
        // Known to the provider, and without tags; of another name space; not there at all.
        for name in ["aws_iam_user_policy", "AWS::IAM::User", "aws_nothing"] {
            assert_eq!(terraform(name), None, "{name}");
        }
        assert_eq!(names("my:own").collect::<Vec<_>>(), ["my:own"]);
    }

    #[test]
    fn a_glob_means_a_type_by_any_of_its_names() {
        for (glob, kind, want) in [
            ("iam:*", "iam:user", true),
            ("aws_iam_user", "iam:user", true),
            ("AWS::IAM::*", "iam:mfa", true),
            ("iam:user", "aws_iam_user", true),
            ("aws_iam_*", "iam:mfa", true),
            ("aws_iam_*", "cognito-idp:userpool", false),
            ("aws_s3_bucket", "aws_s3_bucket", true),
            ("AWS::S3::Bucket", "aws_s3_bucket", false),
            ("*", "anything", true),
            ("iam:*", "aws_iam_role", false),
        ] {
            assert_eq!(TypeGlobs::new(Globs::new([glob])).matches(kind), want, "{glob} {kind}");
        }
    }
}
