//! The actions of IAM that create a resource and accept its tags, and so have the condition key `aws:RequestTag`.

use std::sync::OnceLock;

use super::resource_types::{ResourceType, named};

const TABLE: &str = include_str!("table.tsv");
/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of actions is generated";

/// One action, on the resources where the condition key holds.
#[derive(Debug, Clone)]
pub struct CreateAction {
    /// `ec2:RunInstances`.
    pub name: &'static str,
    /// The ARNs on which the action has the condition key: `*`, or `arn:*:ec2:*:*:instance/*`.
    pub resource: &'static str,
    /// The types that it creates there.
    pub types: Vec<&'static ResourceType>,
}

/// All of them, by name.
#[must_use]
pub fn all() -> &'static [CreateAction] {
    static ALL: OnceLock<Vec<CreateAction>> = OnceLock::new();
    ALL.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).map(parse).collect())
}

fn parse(line: &'static str) -> CreateAction {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().expect(IS_GOOD);
    let (name, resource) = (cell(), cell());
    CreateAction { name, resource, types: cell().split(',').map(|kind| named(kind).expect(IS_GOOD)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_types_of_the_table() {
        assert!(all().len() > 1000);
        for action in all() {
            let service = action.name.split(':').next().expect("a service");
            assert!(action.resource == "*" || action.resource.starts_with(&format!("arn:*:{service}:")), "{action:?}");
            assert!(!action.types.is_empty(), "{action:?}");
        }
        assert!(all().is_sorted_by_key(|action| (action.name, action.resource)));
    }

    #[test]
    fn an_action_on_several_resources_has_a_line_for_each() {
        let on = |name: &str| -> Vec<_> {
            all().iter().filter(|action| action.name == name).map(|action| action.resource).collect()
        };
        assert_eq!(on("ec2:RunInstances"), ["arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:volume/*"]);
        // A snapshot is made of a volume, and the volume gets no tags.
        assert_eq!(on("ec2:CreateSnapshot"), ["arn:*:ec2:*::snapshot/*"]);
        assert_eq!(on("iam:CreateUser"), ["*"]);
    }
}
