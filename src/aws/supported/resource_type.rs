//! The description of a supported resource type: plain data, one constant for each type.

use crate::aws::arn::Arn;
use crate::aws::resource_types::Form;
use crate::aws::tag_limits::TagLimits;

/// The facts about a resource type that taglint needs to read, check and fix it.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct SupportedType {
    /// The name in policies, inventories and reports, such as `iam:user`.
    pub name: &'static str,
    /// The singular in a sentence: `IAM user`.
    pub singular: &'static str,
    /// The plural in a sentence: `IAM users`.
    pub plural: &'static str,
    /// A name or id for examples.
    pub example_name: &'static str,
    /// One word in the plural for statement ids and flags: `Users`.
    pub label: &'static str,
    /// `true` if a scan reads the type where no flag names types.
    pub by_default: bool,
    /// `true` if the type belongs to a region; IAM's types belong to the account.
    pub regional: bool,
    /// `true` if IAM policies can refer to its tags as `aws:PrincipalTag`.
    pub is_principal: bool,
    /// `true` for the type of users, which resources with `assigned_to_user` belong to.
    pub is_user: bool,
    /// `true` if a resource may be assigned to a user, as MFA devices are.
    pub assigned_to_user: bool,
    /// `true` if CloudFormation puts its `aws:cloudformation:` tags on resources of this type.
    pub has_stack_tags: bool,
    /// A sentence about resources of this type that are in no template.
    pub outside_templates: Option<&'static str>,
    /// The form of its ARNs.
    pub arn: ArnForm,
    /// Its names in Terraform.
    pub terraform: TerraformNames,
    /// Its names in CloudFormation; `None` if the resource takes no tags there.
    pub cloudformation: Option<CloudFormationNames>,
    /// The operations that write its tags.
    pub tagging: TagOperations,
    /// The operation that reads the tags of one resource, as an IAM action.
    pub read_tags_action: &'static str,
    /// The service and type columns of Tag Editor's CSV.
    pub tag_editor: (&'static str, &'static str),
}

/// The form of a type's ARNs: `arn:…:service:region:account:prefix/name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnForm {
    /// `iam`, `cognito-idp`.
    pub service: &'static str,
    /// The text before the first `/` of the resource part.
    pub prefix: &'static str,
    /// The form of the text after it.
    pub id: IdForm,
}

/// The form of the text after the prefix of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// An IAM path and a name; the name alone identifies the resource.
    PathAndName,
    /// An IAM path and a name; operations take the ARN, and path and name together identify the resource.
    PathInName,
    /// An id of at most so many characters, all of which a name of IAM may have.
    Id(usize),
    /// A text of at most so many characters, such as the URL of an identity provider.
    Text(usize),
}

/// A type's names in Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerraformNames {
    /// `aws_iam_user`.
    pub resource_type: &'static str,
    /// The argument with the resource's name.
    pub name: &'static str,
    /// The attribute with the id that AWS gives.
    pub id: Option<&'static str>,
}

/// A type's names in CloudFormation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudFormationNames {
    /// `AWS::IAM::User`.
    pub resource_type: &'static str,
    /// The property with the resource's name.
    pub name: &'static str,
    /// The property with the tags.
    pub tags: &'static str,
    /// The form of that property.
    pub tags_form: Form,
    /// A logical id for examples.
    pub example_id: &'static str,
    /// Required properties of an example, each as a line of YAML without indentation.
    pub example_properties: &'static [&'static str],
}

/// The operations that write the tags of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagOperations {
    /// The AWS CLI's service: `iam`.
    pub service: &'static str,
    /// The operation that sets tags.
    pub tag: Operation,
    /// The operation that removes tags.
    pub untag: Operation,
    /// The input field that identifies the resource: `UserName`.
    pub id_field: &'static str,
    /// The AWS CLI's option for it: `--user-name`.
    pub id_option: &'static str,
    /// `true` if the operations take the name; otherwise they take the ARN.
    pub by_name: bool,
    /// The form of `Tags` in the input.
    pub tags_form: Form,
}

/// One operation of an AWS API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The AWS CLI's command: `tag-user`.
    pub command: &'static str,
    /// The IAM action: `iam:TagUser`.
    pub action: &'static str,
}

/// The parts of a supported resource's ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceArn<'a> {
    /// The type.
    pub resource_type: &'static SupportedType,
    /// The ARN in parts.
    pub arn: Arn<'a>,
    /// The name or id that operations and reports use: a user's name, a device's path and name, a pool's id.
    pub name: &'a str,
    /// The text after the prefix in the ARN.
    pub(super) id: &'a str,
}

impl SupportedType {
    /// Its tag limits.
    #[must_use]
    pub fn tag_limits(&self) -> TagLimits {
        TagLimits::of(self.name)
    }

    /// An ARN for examples.
    #[must_use]
    pub fn example_arn(&self) -> String {
        let ArnForm { service, prefix, .. } = self.arn;
        let region = if self.regional { "eu-west-1" } else { "" };
        format!("arn:aws:{service}:{region}:123456789012:{prefix}/{}", self.example_name)
    }

    /// Returns `true` if an action sets or removes tags of this type.
    #[must_use]
    pub fn is_named_by(&self, action: &str) -> bool {
        self.tagging.tag.action == action || self.tagging.untag.action == action
    }

    /// Whether the resources have an IAM path.
    #[must_use]
    pub fn has_path(&self) -> bool {
        matches!(self.arn.id, IdForm::PathAndName | IdForm::PathInName)
    }

    /// The ARN of a resource with an IAM path and a name; `None` for a type whose ids AWS assigns.
    #[must_use]
    pub fn arn_of_name(&self, partition: &str, account: &str, path: &str, name: &str) -> Option<String> {
        let ArnForm { service, prefix, .. } = self.arn;
        self.has_path().then(|| format!("arn:{partition}:{service}::{account}:{prefix}{path}{name}"))
    }

    /// The parts of an ARN of this type.
    pub(super) fn parse<'a>(&'static self, arn: Arn<'a>) -> Option<ResourceArn<'a>> {
        let (prefix, id) = arn.type_and_id()?;
        let mine = arn.service == self.arn.service && prefix == self.arn.prefix && !arn.account.is_empty();
        if !mine || arn.region.is_empty() == self.regional {
            return None;
        }
        let name = match self.arn.id {
            IdForm::PathAndName => last_of_path(id)?,
            IdForm::PathInName => last_of_path(id).map(|_| id)?,
            IdForm::Id(longest) => Some(id).filter(|id| is_name(id, longest))?,
            IdForm::Text(longest) => Some(id).filter(|id| is_graphic(id) && id.len() <= longest)?,
        };
        Some(ResourceArn { resource_type: self, arn, name, id })
    }
}

/// The name after an IAM path: the path has at most 510 printable ASCII characters, the name at most 226 (IAM API
/// Reference, `CreateVirtualMFADevice`; a user's name has at most 64).
fn last_of_path(text: &str) -> Option<&str> {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let good = path.len() <= 510 && (path.is_empty() || is_graphic(path));
    (good && is_name(name, 226)).then_some(name)
}

/// Returns `true` for a text of printable ASCII characters without spaces.
fn is_graphic(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Returns `true` if a text matches `[\w+=,.@-]+`, the names of IAM; the ids of user pools match too.
fn is_name(text: &str, longest: usize) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    !text.is_empty() && text.len() <= longest && text.bytes().all(allowed)
}
