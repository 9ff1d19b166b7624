//! The managers of resources (`managed-by`).

use super::truth::Truth;
use crate::aws::supported::{self, iam_role};
use crate::model::{Resource, Tags};

/// A manager of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Manager {
    /// A service of AWS made the resource, as its path, its ARN or a tag of that service tells.
    Aws,
    /// A stack of CloudFormation.
    CloudFormation,
    /// Terraform or OpenTofu.
    Terraform,
}

/// The tags that a service sets on resources that it creates by itself: docs/contributing/aws-facts.md, "Tags".
const AWS_TAGS: [&str; 8] = [
    "aws:autoscaling:groupName",
    "aws:backup:source-resource",
    "aws:dlm:lifecycle-policy-id",
    "aws:ec2:fleet-id",
    "aws:ec2spot:fleet-request-id",
    CLUSTER_TAG,
    "aws:elasticmapreduce:job-flow-id",
    "aws:secretsmanager:owningService",
];

/// The tag of the resources of an EKS cluster.
const CLUSTER_TAG: &str = "aws:eks:cluster-name";

/// The prefix of the tags that CloudFormation sets.
const STACK_TAGS: &str = "aws:cloudformation:";

impl Manager {
    /// The name in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns whether it manages a resource.
    #[must_use]
    pub fn manages(self, resource: &Resource<'_>) -> Truth {
        match self {
            Self::Aws => by_aws(resource),
            Self::CloudFormation => by_cloudformation(resource),
            Self::Terraform => match source(resource) {
                Some(manager) => (manager == Self::Terraform).into(),
                // No tag tells that Terraform manages a resource, or that it does not.
                None => Truth::Unknown,
            },
        }
    }
}

/// The type with resources that AWS makes in an account, as their path tells.
const ROLE: &str = iam_role::TYPE.name;

/// Returns `true` if resources of a type may be made by AWS, so that [`is_made_by_aws`] has to be asked.
#[must_use]
pub fn may_be_made_by_aws(kind: &str) -> bool {
    kind == ROLE
}

/// Returns `true` if a resource certainly is a role that AWS made: a service-linked role or a reserved one. A rule judges it
/// only if a condition of the rule asks for the manager. Other resources of services, such as an instance of an Auto Scaling
/// group, have the tags that their owner gives them, so they are judged.
#[must_use]
pub fn is_made_by_aws(resource: &Resource<'_>) -> bool {
    resource.kind.as_str() == ROLE && by_path(resource) == Truth::True
}

/// The manager of the source that declares a resource: a template has names such as `AWS::IAM::User`.
fn source(resource: &Resource<'_>) -> Option<Manager> {
    let name = resource.origin.as_ref()?.kind.as_deref()?;
    Some(if name.contains("::") { Manager::CloudFormation } else { Manager::Terraform })
}

fn by_aws(resource: &Resource<'_>) -> Truth {
    let arn_parts = || resource.arn.as_deref().map(|arn| arn.splitn(6, ':').collect::<Vec<_>>());
    if arn_parts().is_some_and(|parts| parts.get(4) == Some(&"aws")) {
        return Truth::True;
    }
    let by_path = if resource.kind.as_str() == ROLE { by_path(resource) } else { Truth::False };
    // EKS sets its tag on every instance that joins a cluster, whoever made it.
    let joins = |key: &str| key == CLUSTER_TAG && resource.kind.as_str() == "ec2:instance";
    let by_tag = tagged(&resource.tags, |key| AWS_TAGS.contains(&key) && !joins(key));
    // A resource that does not exist yet has no tags of services.
    by_path.or(if resource.is_planned() && by_tag == Truth::Unknown { Truth::False } else { by_tag })
}

/// Returns whether a role has a path of AWS.
fn by_path(resource: &Resource<'_>) -> Truth {
    if let Some(path) = resource.path.as_deref() {
        return iam_role::is_path_of_aws(path).into();
    }
    let Some(name) = resource.arn.as_deref().and_then(|arn| arn.split_once(":role")) else { return Truth::Unknown };
    iam_role::is_path_of_aws(name.1).into()
}

fn by_cloudformation(resource: &Resource<'_>) -> Truth {
    match (source(resource), tagged(&resource.tags, |key| key.starts_with(STACK_TAGS))) {
        (Some(Manager::CloudFormation), _) | (_, Truth::True) => Truth::True,
        (Some(_), _) => Truth::False,
        // CloudFormation sets its tags on some types only.
        (None, Truth::False) if supported::by_name(&resource.kind).is_some_and(|known| known.has_stack_tags) => {
            Truth::False
        }
        (None, _) => Truth::Unknown,
    }
}

/// Returns whether a tag of AWS exists.
fn tagged(tags: &Tags<'_>, wanted: impl Fn(&str) -> bool) -> Truth {
    if tags.known().iter().any(|tag| wanted(&tag.key)) {
        Truth::True
    } else if tags.may_hold(|more| more.any(&wanted)) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Tag, Text};

    #[test]
    fn a_manager_is_known_by_its_marks_and_never_guessed() {
        let (yes, no, unknown) = (Truth::True, Truth::False, Truth::Unknown);
        let live = |kind: &'static str, path: Option<&'static str>, keys: &[&'static str]| Resource {
            kind: Text::from(kind),
            path: path.map(Text::from),
            tags: Tags::Read {
                tags: keys.iter().map(|key| Tag { key: Text::from(*key), value: Some(Text::from("x")) }).collect(),
                more: false.into(),
            },
            ..Resource::default()
        };
        let declared = |name: &str| {
            let origin = Origin { kind: Some(name.to_owned()), ..Origin::default() };
            Resource { origin: Some(Box::new(origin)), ..live("iam:role", None, &[]) }
        };
        let arn = |kind, arn: &'static str| Resource { arn: Some(Text::from(arn)), ..live(kind, None, &[]) };
        let unread = Resource { tags: Tags::Unread { reason: "denied".into() }, ..live("s3:bucket", None, &[]) };
        for (resource, want) in [
            (live("iam:role", Some("/aws-service-role/x.amazonaws.com/"), &[]), [yes, unknown, unknown]),
            (live("iam:role", Some("/aws-reserved/sso.amazonaws.com/"), &[]), [yes, unknown, unknown]),
            (live("iam:role", Some("/service-role/"), &[]), [no, unknown, unknown]),
            (live("iam:role", None, &[]), [unknown, unknown, unknown]),
            (arn("iam:role", "arn:aws:iam::123456789012:role/aws-service-role/a/b"), [yes, unknown, unknown]),
            (arn("iam:role", "arn:aws:iam::123456789012:role/aws-service-rolex"), [no, unknown, unknown]),
            (arn("iam:policy", "arn:aws:iam::aws:policy/ReadOnlyAccess"), [yes, unknown, unknown]),
            (live("ec2:instance", None, &["aws:autoscaling:groupName"]), [yes, unknown, unknown]),
            (live("ec2:instance", None, &["aws:other"]), [no, unknown, unknown]),
            (live("ec2:instance", None, &["aws:eks:cluster-name"]), [no, unknown, unknown]),
            (live("ec2:security-group", None, &["aws:eks:cluster-name"]), [yes, unknown, unknown]),
            (live("s3:bucket", None, &["aws:cloudformation:stack-id"]), [no, yes, unknown]),
            (live("cognito-idp:userpool", None, &[]), [no, no, unknown]),
            (live("iam:user", Some("/"), &[]), [no, unknown, unknown]),
            (unread, [unknown, unknown, unknown]),
            (declared("aws_iam_role"), [unknown, no, yes]),
            (declared("AWS::IAM::Role"), [unknown, yes, no]),
        ] {
            let got = [Manager::Aws, Manager::CloudFormation, Manager::Terraform].map(|one| one.manages(&resource));
            assert_eq!(got, want, "{resource:?}");
        }
    }
}
