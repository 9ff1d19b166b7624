//! How Cloud Control reads a resource: its identifier, and whether an answer without tags means that there are none.

mod composite;

use std::sync::OnceLock;

use super::arn::Arn;
use super::resource_types;

const TABLE: &str = include_str!("table.tsv");
/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of Cloud Control is generated";

/// A type of `CloudFormation` that Cloud Control can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadableType {
    /// `AWS::SQS::Queue`.
    pub name: &'static str,
    /// The properties that identify a resource, with commas: `QueueUrl`.
    identifier: &'static str,
    /// `true` if a resource without tags in the answer has none: the schema has the tags, and the read handler may read
    /// them.
    pub tells_no_tags: bool,
    actions: &'static str,
}

/// Every type, by name.
#[must_use]
pub fn all() -> &'static [ReadableType] {
    static ALL: OnceLock<Vec<ReadableType>> = OnceLock::new();
    ALL.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).map(parse).collect())
}

/// The type with this name; `None` if Cloud Control cannot read it.
#[must_use]
pub fn readable(name: &str) -> Option<&'static ReadableType> {
    all().binary_search_by_key(&name, |row| row.name).ok().map(|at| &all()[at])
}

/// The readable type of resources of this type, as an inventory names it; `None` if Cloud Control cannot read it.
#[must_use]
pub fn of_kind(kind: &str) -> Option<&'static ReadableType> {
    resource_types::named(kind).and_then(|row| row.cloudformation).and_then(readable)
}

fn parse(line: &'static str) -> ReadableType {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().expect(IS_GOOD);
    let (name, identifier, tells) = (cell(), cell(), cell());
    let actions = Some(cell()).filter(|cell| *cell != "-").unwrap_or_default();
    ReadableType { name, identifier, tells_no_tags: tells == "yes", actions }
}

/// The form of an identifier, by the part of the ARN that it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierForm {
    /// The URL of a queue.
    Url,
    /// The ARN itself.
    Arn,
    /// The text after the kind: `app/web/1` of `loadbalancer/app/web/1`.
    Id,
    /// The last part of that text.
    LastPart,
    /// Several properties, by this line of the type.
    Composite(u8),
}

impl ReadableType {
    /// The IAM actions that the caller of a read needs, such as `sqs:ListQueueTags`.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.actions.split(',').filter(|action| !action.is_empty())
    }

    /// Returns `true` if an ARN tells the identifier of a resource.
    #[must_use]
    pub fn is_identified_by_arn(&self) -> bool {
        !self.has_several_properties() || composite::is_known(self.name)
    }

    fn has_several_properties(&self) -> bool {
        self.identifier.contains(',')
    }

    /// The identifiers that the resource with this ARN may have, the likeliest first; none if the identifier has several
    /// properties and the ARN does not tell them. Properties are joined by `|` (Cloud Control API User Guide, "Identifying
    /// resources").
    #[must_use]
    pub fn identifiers(&self, text: &str) -> Vec<(IdentifierForm, String)> {
        let Some(arn) = Arn::split(text) else { return Vec::new() };
        if self.has_several_properties() {
            let several = composite::identifiers(self.name, self.identifier, text);
            return several
                .into_iter()
                .map(|(line, identifier)| (IdentifierForm::Composite(line), identifier))
                .collect();
        }
        let id = after_kind(arn.resource);
        let last = id.rsplit(['/', ':']).next().unwrap_or(id);
        let mut out: Vec<(IdentifierForm, String)> = Vec::new();
        let mut add = |form: IdentifierForm, identifier: &str| {
            if !identifier.is_empty() && !out.iter().any(|(_, known)| known == identifier) {
                out.push((form, identifier.to_owned()));
            }
        };
        if self.identifier == "QueueUrl" {
            let suffix = if arn.partition == "aws-cn" { ".cn" } else { "" };
            add(
                IdentifierForm::Url,
                &format!("https://sqs.{}.amazonaws.com{suffix}/{}/{last}", arn.region, arn.account),
            );
        } else if self.identifier.ends_with("Arn") || self.identifier.ends_with("ARN") {
            add(IdentifierForm::Arn, text);
        }
        // The ARN of a log group may end with `:*`.
        add(IdentifierForm::Id, id.strip_suffix(":*").unwrap_or(id));
        add(IdentifierForm::LastPart, last);
        add(IdentifierForm::Arn, text);
        out
    }
}

/// The text after `kind/` or `kind:` in the resource part of an ARN; the whole if there is no kind.
fn after_kind(resource: &str) -> &str {
    let resource = resource.strip_prefix('/').unwrap_or(resource);
    resource.split_once(['/', ':']).map_or(resource, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_taggable_type_in_order() {
        assert!(all().len() > 1000);
        assert!(all().is_sorted_by_key(|row| row.name));
        for row in all() {
            assert!(resource_types::cloudformation(row.name).is_some(), "{}", row.name);
            assert!(!row.identifier.is_empty(), "{}", row.name);
            assert!(row.actions().all(|action| action.split(':').count() == 2), "{}", row.name);
        }
    }

    #[test]
    fn identifiers_follow_from_the_arn() {
        for (name, arn, first, count) in [
            ("AWS::EC2::Instance", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "i-1", 2),
            (
                "AWS::SQS::Queue",
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
                3,
            ),
            (
                "AWS::SNS::Topic",
                "arn:aws:sns:eu-west-1:111122223333:news",
                "arn:aws:sns:eu-west-1:111122223333:news",
                2,
            ),
            ("AWS::S3::Bucket", "arn:aws:s3:::logs", "logs", 2),
            ("AWS::Logs::LogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*", "/a/b", 3),
        ] {
            let found = readable(name).expect(name).identifiers(arn);
            assert_eq!((found[0].1.as_str(), found.len()), (first, count), "{found:?}");
        }
        assert!(!readable("AWS::EC2::EIP").expect("a type").is_identified_by_arn());
        assert!(readable("AWS::ECS::Service").expect("a type").is_identified_by_arn());
        assert!(readable("AWS::EC2::Instance").expect("a type").identifiers("i-1").is_empty());
    }

    #[test]
    fn a_read_that_may_not_read_tags_tells_nothing() {
        for (name, tells) in [
            ("AWS::SQS::Queue", true),
            ("AWS::EC2::LaunchTemplate", false),
            ("AWS::IAM::ManagedPolicy", false),
            ("AWS::Lambda::Function", false),
        ] {
            assert_eq!(readable(name).map(|row| row.tells_no_tags), Some(tells), "{name}");
        }
        assert_eq!(readable("AWS::No::Type"), None);
        assert_eq!(of_kind("s3:bucket"), readable("AWS::S3::Bucket"));
        assert!(of_kind("no:type").is_none());
        let actions: Vec<_> = readable("AWS::SQS::Queue").expect("a type").actions().collect();
        assert_eq!(actions, ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]);
    }
}
