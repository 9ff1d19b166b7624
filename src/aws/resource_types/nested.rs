//! Sets of tags inside of a resource that other resources carry: those of the volumes of an instance, of what a launch
//! template launches, of the replicas of a table.
//!
//! `nested.tsv` describes each set once, for Terraform and for `CloudFormation`.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::lookup::{lines, named};

const SETS: &str = include_str!("nested.tsv");

/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of nested sets is checked by a test";

/// The type of instances, which groups and launch templates both give tags.
pub const INSTANCE: &str = "ec2:instance";

/// The names of a type whose sets depend on those of another.
#[derive(Debug, Clone, Copy)]
pub struct LaunchNames {
    /// The type of Terraform.
    pub terraform: &'static str,
    /// The type of `CloudFormation`.
    pub cloudformation: &'static str,
    /// The blocks and properties that name a launch template.
    pub templates: &'static [&'static str],
}

/// Auto Scaling groups: their instances have the tags of the launch template too, and those of the group win (Amazon EC2
/// Auto Scaling User Guide, "Create a launch template", instance tags).
pub const GROUP: LaunchNames = LaunchNames {
    terraform: "aws_autoscaling_group",
    cloudformation: "AWS::AutoScaling::AutoScalingGroup",
    templates: &["launch_template", "mixed_instances_policy", "LaunchTemplate", "MixedInstancesPolicy"],
};

/// The blocks of an Auto Scaling group below those that name a launch template.
const TEMPLATE_BLOCKS: &[&str] = &["launch_template_specification", "override"];

/// Launch templates.
pub const LAUNCH_TEMPLATE: LaunchNames =
    LaunchNames { terraform: "aws_launch_template", cloudformation: "AWS::EC2::LaunchTemplate", templates: &[] };

/// The type of the resources that carry the tags of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedKind {
    /// Always this type.
    One(&'static str),
    /// The type of Amazon EC2 that the key of the last block names: `volume`.
    OfKey,
}

/// The condition under which the resources of a set are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedJudgement {
    /// Their tags are written.
    Written,
    /// Their tags are written. They exist without tags too.
    Exists,
    /// Their block is written, with or without tags.
    Declared,
    /// Never: the input does not tell their tags.
    Never,
    /// Never: their block makes them, with or without tags, and their tags are those of another resource.
    Implied,
}

/// The attribute and the type of the resource whose tags [`Inheritance::TaskDefinition`] means.
pub const TASK_DEFINITION: [&str; 2] = ["task_definition", "aws_ecs_task_definition"];

/// The form of the tags of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedForm {
    /// A map of key to value.
    Map,
    /// A list of keys and values.
    List,
    /// A list of keys and values, of which those that are propagated at launch count.
    Launched,
    /// No tags: an attribute that decides whether the tags of the resource around it are theirs too.
    Inherited,
}

/// The key of a block, which tells it apart from others of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKey {
    /// There is one block.
    Single,
    /// Its position.
    Position,
    /// The value of this attribute.
    Attribute(&'static str),
}

/// A block on the way to the tags of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathBlock {
    /// The name of the block.
    pub name: &'static str,
    /// Its key.
    pub key: BlockKey,
}

/// A set of tags that other resources carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedSet {
    /// The type of the resources that carry the tags.
    pub kind: NestedKind,
    /// The blocks that lead to the tags.
    pub blocks: Vec<PathBlock>,
    /// The attribute with the tags, or the one that decides about those of the resource around it.
    pub tags: &'static str,
    /// The form of the tags.
    pub form: NestedForm,
    /// `true` if the default tags of the provider reach them.
    pub has_default_tags: bool,
    /// The condition under which its resources are judged.
    pub judged: NestedJudgement,
    owner: &'static str,
    others: &'static str,
}

/// The answer of an attribute that decides whether tags are inherited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inheritance {
    /// The tags of the resource around it are inherited.
    Inherited,
    /// No tags are inherited.
    Nothing,
    /// Those of the task definition are.
    TaskDefinition,
    /// Other tags are, which the input does not tell.
    Others,
}

impl Inheritance {
    /// The meaning of a value; `None` for an attribute that is not written.
    #[must_use]
    pub fn of(value: Option<&str>) -> Self {
        match value {
            None | Some("" | "false" | "NONE") => Self::Nothing,
            Some("true" | "SERVICE") => Self::Inherited,
            Some("TASK_DEFINITION") => Self::TaskDefinition,
            Some(_) => Self::Others,
        }
    }
}

impl NestedSet {
    /// The type of the resources behind a block with this key; `None` where no type is known.
    #[must_use]
    pub fn kind_of(&self, key: Option<&str>) -> Option<&'static str> {
        match self.kind {
            NestedKind::One(kind) => Some(kind),
            NestedKind::OfKey => named(&format!("ec2:{}", key?)).map(super::ResourceType::kind),
        }
    }

    /// Returns whether the key of its last block is the region of the resource.
    #[must_use]
    pub fn is_keyed_by_region(&self) -> bool {
        self.blocks.last().is_some_and(|block| matches!(block.key, BlockKey::Attribute("region_name" | "Region")))
    }

    /// Attributes of the block with the tags that bring further tags.
    pub fn others(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.others.split(',').filter(|name| !name.is_empty() && !name.starts_with('^'))
    }

    /// Attributes of the resource around it that bring further tags.
    pub fn outer_others(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.others.split(',').filter_map(|name| name.strip_prefix('^'))
    }

    /// The first attribute or block of the path.
    #[must_use]
    pub fn first_name(&self) -> &'static str {
        self.blocks.first().map_or(self.tags, |block| block.name)
    }

    /// The path for people: `tag_specifications.tags`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut names: Vec<&str> = self.blocks.iter().map(|block| block.name).collect();
        names.push(self.tags);
        names.join(".")
    }
}

/// The sets of each owner.
type SetsByOwner = HashMap<&'static str, Vec<NestedSet>>;

/// The sets of Terraform and those of `CloudFormation`.
fn tables() -> &'static [SetsByOwner; 2] {
    static TABLES: OnceLock<[SetsByOwner; 2]> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = [SetsByOwner::new(), SetsByOwner::new()];
        for line in lines(SETS) {
            let cells: Vec<&'static str> = line.split('\t').map(|cell| if cell == "-" { "" } else { cell }).collect();
            for (table, at) in tables.iter_mut().zip([1, 3]) {
                if !cells[at].is_empty() {
                    table.entry(cells[at]).or_default().push(NestedSet::parse(&cells, at));
                }
            }
        }
        tables
    })
}

impl NestedSet {
    /// Reads a line; the cell at `at` names the owner, and the next one the path.
    fn parse(cells: &[&'static str], at: usize) -> Self {
        let (path, form) = cells[at + 1].split_once('=').expect(IS_GOOD);
        let (blocks, tags) = path.rsplit_once('.').unwrap_or(("", path));
        Self {
            kind: if cells[0] == "ec2:*" { NestedKind::OfKey } else { NestedKind::One(cells[0]) },
            blocks: blocks.split('.').filter(|block| !block.is_empty()).map(PathBlock::parse).collect(),
            tags,
            form: match form {
                "map" => NestedForm::Map,
                "list" => NestedForm::List,
                "launched" => NestedForm::Launched,
                "inherited" => NestedForm::Inherited,
                other => unreachable!("{IS_GOOD}: form {other}"),
            },
            has_default_tags: cells[5] == "yes",
            judged: match cells[6] {
                "written" => NestedJudgement::Written,
                "exists" => NestedJudgement::Exists,
                "declared" => NestedJudgement::Declared,
                "never" => NestedJudgement::Never,
                "implied" => NestedJudgement::Implied,
                other => unreachable!("{IS_GOOD}: judged {other}"),
            },
            owner: cells[at],
            others: cells[7],
        }
    }
}

impl PathBlock {
    fn parse(text: &'static str) -> Self {
        let (name, key) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            None => (text, BlockKey::Single),
            Some((name, "")) => (name, BlockKey::Position),
            Some((name, attribute)) => (name, BlockKey::Attribute(attribute)),
        };
        Self { name, key }
    }
}

/// The sets in resources of a type of Terraform.
#[must_use]
pub fn in_terraform(name: &str) -> &'static [NestedSet] {
    tables()[0].get(name).map_or(&[], Vec::as_slice)
}

/// The sets in resources of a type of `CloudFormation`.
#[must_use]
pub fn in_cloudformation(name: &str) -> &'static [NestedSet] {
    tables()[1].get(name).map_or(&[], Vec::as_slice)
}

/// Returns whether an attribute of a resource of Terraform, or of a block in it, is a block that leads to tags.
#[must_use]
pub fn is_terraform_block(owner: &str, name: &str) -> bool {
    let names_template =
        owner == GROUP.terraform && (GROUP.templates.contains(&name) || TEMPLATE_BLOCKS.contains(&name));
    names_template || in_terraform(owner).iter().any(|set| set.blocks.iter().any(|block| block.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types;

    #[test]
    fn every_set_names_types_that_the_tables_have() {
        let [terraform, cloudformation] = tables();
        for set in terraform.values().chain(cloudformation.values()).flatten() {
            if let NestedKind::One(kind) = set.kind
                && !matches!(set.judged, NestedJudgement::Never | NestedJudgement::Implied)
            {
                assert_eq!(named(kind).map(super::super::ResourceType::kind), Some(kind), "{set:?}");
            }
            let is_keyed = set.blocks.last().is_some_and(|block| matches!(block.key, BlockKey::Attribute(_)));
            assert!(is_keyed || set.kind != NestedKind::OfKey, "{set:?}");
        }
        for owner in cloudformation.keys() {
            let known = resource_types::cloudformation(owner).is_some() || resource_types::is_untagged(owner);
            assert!(known, "{owner}");
        }
        for owner in terraform.keys() {
            let known = resource_types::terraform(owner).is_some() || resource_types::is_untagged(owner);
            assert!(known, "{owner}");
        }
        let sorted: Vec<&str> = lines(SETS).collect();
        assert!(sorted.is_sorted());
    }

    #[test]
    fn a_path_has_blocks_with_keys_and_the_attribute_with_the_tags() {
        let set = &in_terraform("aws_launch_template")[0];
        let key = BlockKey::Attribute("resource_type");
        assert_eq!((&*set.blocks, set.tags), (&[PathBlock { name: "tag_specifications", key }][..], "tags"));
        for (key, kind) in [
            (Some("instance"), Some("ec2:instance")),
            (Some("spot-instances-request"), Some("ec2:spot-instances-request")),
            (Some("no-such-thing"), None),
            (None, None),
        ] {
            assert_eq!(set.kind_of(key), kind, "{key:?}");
        }
        let [first, ..] = in_terraform("aws_autoscaling_group") else { panic!("no set") };
        assert_eq!((first.first_name(), first.form), ("tag", NestedForm::Launched));
    }

    #[test]
    fn every_set_below_the_top_level_of_the_generated_table_is_read_or_left_out_on_purpose() {
        // Tags of no resource that a rule can name, or of one that several properties describe.
        let left_out =
            ["BedrockAgentCore", "Cassandra", "DynamoDB", "ObservabilityAdmin", "FraudDetector", "MediaConnect"];
        for row in resource_types::all() {
            let Some(name) = row.cloudformation else { continue };
            for set in row.tag_sets().filter(|set| set.path.contains(['.', '['])) {
                let read = in_cloudformation(name).iter().any(|nested| {
                    let path = nested.path();
                    path == set.path.replace("[]", "") || path == format!("{}.Tags", set.path.replace("[]", ""))
                });
                let namespace = name.split("::").nth(1).unwrap();
                assert!(read || left_out.contains(&namespace), "{name} {}", set.path);
            }
        }
    }
}
