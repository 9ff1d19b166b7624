//! The limits of each AWS service for tags. Sources: the services' API models (IAM `tagKeyType`, Cognito
//! `TagKeysType`), IAM User Guide "Tagging IAM resources", `CloudFormation`'s schema of `AWS::Cognito::UserPool`.

/// The tag limits of one resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagLimits {
    /// The service's name in a sentence.
    pub name: &'static str,
    /// Keys that differ only in case are one key (IAM users and roles; not MFA devices, not user pools).
    pub folds_case: bool,
    /// Tags of one resource, AWS's own not counted.
    pub max_tags: u32,
    /// Characters of a key, at least one.
    pub max_key: usize,
    /// Characters of a value.
    pub max_value: usize,
    /// `true` if keys and values are letters, spaces, numbers and `_ . : / = + - @` only.
    pub plain_characters: bool,
}

const IAM: TagLimits =
    TagLimits { name: "IAM", folds_case: false, max_tags: 50, max_key: 128, max_value: 256, plain_characters: true };

impl TagLimits {
    /// The limits of a resource type. For a type without a known source, they are the limits that all AWS services
    /// share.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "iam:user" | "iam:role" | "aws_iam_role" | "AWS::IAM::Role" => Self { folds_case: true, ..IAM },
            "cognito-idp:userpool" => Self { name: "Amazon Cognito", ..IAM },
            _ if is_iam(kind) => IAM,
            _ => Self { name: "AWS", plain_characters: false, ..IAM },
        }
    }
}

/// Returns `true` if a type is one of IAM's, in any of the name spaces: such a resource has a path and no region.
#[must_use]
pub fn is_iam(kind: &str) -> bool {
    ["iam:", "aws_iam_", "AWS::IAM::"].iter().any(|prefix| kind.starts_with(prefix))
}
