//! One row of the table.

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

/// A set of tags in the properties of a `CloudFormation` resource: its own, or those of resources that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagSet {
    /// `Tags`, `Replicas[].Tags`, `LaunchTemplateData.TagSpecifications`.
    pub path: &'static str,
    /// How the tags stand in it.
    pub form: Form,
}

/// One type that can carry tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType {
    /// As AWS tag policies and the tagging API name it: `iam:user`.
    pub tagging: Option<&'static str>,
    /// Whether `tagging` is shared and stands for another type where it stands alone: `rds:db` of an Amazon Neptune
    /// instance.
    pub shares_tagging: bool,
    /// `AWS::IAM::User`.
    pub cloudformation: Option<&'static str>,
    /// `awscc_iam_user`.
    pub awscc: Option<&'static str>,
    /// How Terraform writes its tags.
    pub attribute: Option<TagsAttribute>,
    /// Where a template writes its tags; `None` where the only sets are below the top level of its properties.
    pub property: Option<Property>,
    aliases: &'static str,
    terraform: &'static str,
    sets: &'static str,
    arns: &'static str,
    sources: &'static str,
}

/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of resource types is generated";

/// The parts of a cell, none for an empty one.
fn parts(cell: &'static str, separator: char) -> impl Iterator<Item = &'static str> + Clone + use<> {
    cell.split(separator).filter(|part| !part.is_empty())
}

impl ResourceType {
    /// Reads a line: tab-separated cells, `-` for none; the head of the table names the columns.
    pub(super) fn parse(line: &'static str) -> Self {
        let mut cells = line.split('\t').map(|cell| if cell == "-" { "" } else { cell });
        let mut cell = || cells.next().expect(IS_GOOD);
        let (tagging, cloudformation, terraform, awscc) = (cell(), cell(), cell(), cell());
        let (attribute, sets, stack_tags, arns, sources) = (cell(), cell(), cell(), cell(), cell());
        let (first, aliases) = tagging.split_once(',').unwrap_or((tagging, ""));
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let own = tag_sets(sets).next().filter(|set| !set.path.contains(['.', '[']));
        Self {
            tagging: some(first.trim_end_matches('+')),
            shares_tagging: first.ends_with('+'),
            cloudformation: some(cloudformation),
            awscc: some(awscc),
            attribute: some(attribute)
                .map(|word| if word == "tag" { TagsAttribute::TagBlocks } else { TagsAttribute::Tags }),
            property: own.map(|set| Property { name: set.path, form: set.form, stack_tags: reach(stack_tags) }),
            aliases,
            terraform,
            sets,
            arns,
            sources,
        }
    }

    /// The name that resources of this type have as their `kind`: the tagging name if it stands for this type alone, else
    /// the first name of Terraform, else that of `CloudFormation`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let tagging = self.tagging.filter(|_| !self.shares_tagging);
        tagging.or(self.terraform().next()).or(self.cloudformation).expect(IS_GOOD)
    }

    /// All of its names, the tagging names first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let tagging = self.tagging.into_iter().chain(parts(self.aliases, ','));
        tagging.chain(self.terraform()).chain(self.cloudformation).chain(self.awscc)
    }

    /// The names that mean this type and no other: all but a shared tagging name.
    pub fn own_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let shared = self.tagging.filter(|_| self.shares_tagging);
        self.names().filter(move |name| Some(*name) != shared)
    }

    /// The types of Terraform's provider `aws`: `aws_lb`, `aws_alb`.
    pub fn terraform(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        parts(self.terraform, ',')
    }

    /// Every set of tags in the properties of a template's resource, its own before those below the top level.
    pub fn tag_sets(&self) -> impl Iterator<Item = TagSet> + use<> {
        tag_sets(self.sets)
    }

    /// The patterns of its ARNs, without partition, region and account: `ecs:service/*/*`.
    pub fn arn_patterns(&self) -> impl Iterator<Item = &'static str> + use<> {
        parts(self.arns, ' ')
    }

    /// Which packages state its facts; `ours` for `tools/types/exceptions.tsv`.
    pub fn sources(&self) -> impl Iterator<Item = &'static str> + use<> {
        parts(self.sources, ',')
    }
}

fn tag_sets(cell: &'static str) -> impl Iterator<Item = TagSet> + use<> {
    parts(cell, ',').map(|set| {
        let (path, form) = set.split_once('=').expect(IS_GOOD);
        let form = match form {
            "list" => Form::List,
            "map" => Form::Map,
            "specifications" => Form::Specifications,
            other => unreachable!("{IS_GOOD}: form {other}"),
        };
        TagSet { path, form }
    })
}

fn reach(cell: &str) -> StackTags {
    match cell {
        "yes" => StackTags::Yes,
        "no" => StackTags::No,
        "unknown" => StackTags::Unknown,
        other => unreachable!("{IS_GOOD}: stack-tags {other}"),
    }
}
