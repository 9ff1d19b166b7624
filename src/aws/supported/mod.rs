//! The resource types that taglint reads live and fixes: one file for each, and one line in [`ALL`].

pub mod cognito_user_pool;
pub mod iam_mfa_device;
pub mod iam_user;

use super::arn::Arn;
use super::resource_types::Form;
use super::tag_limits::TagLimits;

/// Every supported type, in the order of names.
pub const ALL: [&SupportedType; 3] = [&cognito_user_pool::TYPE, &iam_mfa_device::TYPE, &iam_user::TYPE];

/// All that taglint has to know of a resource type to read it live, to judge it in source, and to fix it.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct SupportedType {
    /// The name in policies, inventories and reports, such as `iam:user`.
    pub name: &'static str,
    /// The singular in a sentence: `IAM user`.
    pub singular: &'static str,
    /// The plural in a sentence: `IAM users`.
    pub plural: &'static str,
    /// One word in the plural for statement ids and flags: `Users`.
    pub label: &'static str,
    /// Whether the type belongs to a region; IAM's types belong to the account.
    pub regional: bool,
    /// Whether policies of other services see its tags as `aws:PrincipalTag`.
    pub is_principal: bool,
    /// Whether a resource may be assigned to a user, as MFA devices are.
    pub assigned_to_user: bool,
    /// Whether CloudFormation puts its `aws:cloudformation:` tags on resources of this type.
    pub has_stack_tags: bool,
    /// A sentence about resources of this type that no template has.
    pub outside_templates: Option<&'static str>,
    /// The form of its ARNs.
    pub arn: ArnForm,
    /// Its names in Terraform.
    pub terraform: TerraformNames,
    /// Its names in CloudFormation.
    pub cloudformation: CloudFormationNames,
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
    /// What stands before the first `/` of the resource part.
    pub prefix: &'static str,
    /// What stands after it.
    pub id: IdForm,
}

/// What follows the prefix of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// An IAM path and a name; operations take the name alone.
    PathAndName,
    /// An IAM path and a name; operations take the ARN, and path and name together identify the resource.
    PathInName,
    /// An id of at most so many characters.
    Id(usize),
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
    /// Whether the operations take the name; they take the ARN otherwise.
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
    /// What follows the prefix in the ARN.
    id: &'a str,
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
        let (region, id) = if self.regional { ("eu-west-1", "eu-west-1_example") } else { ("", "example") };
        format!("arn:aws:{service}:{region}:123456789012:{prefix}/{id}")
    }

    /// The parts of an ARN of this type.
    fn parse<'a>(&'static self, arn: Arn<'a>) -> Option<ResourceArn<'a>> {
        let (prefix, id) = arn.type_and_id()?;
        let mine = arn.service == self.arn.service && prefix == self.arn.prefix && !arn.account.is_empty();
        if !mine || arn.region.is_empty() == self.regional {
            return None;
        }
        let name = match self.arn.id {
            IdForm::PathAndName => last_of_path(id)?,
            IdForm::PathInName => last_of_path(id).map(|_| id)?,
            IdForm::Id(longest) => Some(id).filter(|id| is_name(id, longest))?,
        };
        Some(ResourceArn { resource_type: self, arn, name, id })
    }
}

impl<'a> ResourceArn<'a> {
    /// Parses an ARN; `None` where it belongs to no supported type.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        ALL.into_iter().find_map(|supported| supported.parse(arn))
    }

    /// The region; `None` for an IAM resource.
    #[must_use]
    pub fn region(&self) -> Option<&'a str> {
        Some(self.arn.region).filter(|region| !region.is_empty())
    }

    /// The IAM path, such as `/team/`; `None` for a type without one.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        if matches!(self.resource_type.arn.id, IdForm::Id(_)) {
            return None;
        }
        let folders = self.id.rsplit_once('/').map(|(folders, _)| folders);
        Some(folders.map_or("/".to_owned(), |folders| format!("/{folders}/")))
    }
}

/// The type with this tagging name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static SupportedType> {
    ALL.into_iter().find(|supported| supported.name == name)
}

/// The type with this CloudFormation name.
#[must_use]
pub fn by_cloudformation(name: &str) -> Option<&'static SupportedType> {
    ALL.into_iter().find(|supported| supported.cloudformation.resource_type == name)
}

/// The type with this Terraform name.
#[must_use]
pub fn by_terraform(name: &str) -> Option<&'static SupportedType> {
    ALL.into_iter().find(|supported| supported.terraform.resource_type == name)
}

/// The name after an IAM path: the path has at most 510 printable ASCII characters, the name at most 226 (IAM API
/// Reference, `CreateVirtualMFADevice`; a user's name has at most 64).
fn last_of_path(text: &str) -> Option<&str> {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let good = path.len() <= 510 && path.bytes().all(|b| b.is_ascii_graphic());
    (good && is_name(name, 226)).then_some(name)
}

/// Whether a text matches `[\w+=,.@-]+`, the names of IAM; the ids of user pools match too.
fn is_name(text: &str, longest: usize) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    !text.is_empty() && text.len() <= longest && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types;

    #[test]
    fn only_arns_of_supported_types_are_parsed() {
        for (arn, want) in [
            ("arn:aws:iam::123456789012:user/team/anika", Some(("iam:user", "anika", Some("/team/")))),
            ("arn:aws:iam::123456789012:user/anika", Some(("iam:user", "anika", Some("/")))),
            ("arn:aws-cn:iam::123456789012:mfa/x/anika", Some(("iam:mfa", "x/anika", Some("/x/")))),
            (
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab9",
                Some(("cognito-idp:userpool", "eu-west-1_Ab9", None)),
            ),
            ("arn:aws:cognito-idp::123456789012:userpool/x_1", None),
            ("arn:aws:iam::123456789012:role/x", None),
            ("arn:aws:iam::123456789012:user/", None),
            ("arn:aws:iam::123456789012:user/a b", None),
            ("arn:aws:iam::123456789012:user/a\nb", None),
            ("arn:aws:iam::12345678901:user/a", None),
            ("arn:aws:iam:::user/a", None),
            ("arn:aws:iam:x:123456789012:user/a", None),
            ("GAHT12345678", None),
        ] {
            let found = ResourceArn::parse(arn);
            let found = found.map(|found| (found.resource_type.name, found.name, found.path()));
            assert_eq!(found, want.map(|(kind, name, path)| (kind, name, path.map(str::to_owned))), "{arn}");
        }
    }

    #[test]
    fn supported_types_agree_with_the_table_of_types() {
        assert!(ALL.is_sorted_by_key(|supported| supported.name));
        for supported in ALL {
            let row = resource_types::tagging(supported.name).expect("a row of the table");
            assert_eq!(row.terraform, Some(supported.terraform.resource_type));
            assert_eq!(row.cloudformation, Some(supported.cloudformation.resource_type));
            let property = row.property.expect("a tag property");
            assert_eq!(
                (property.name, property.form),
                (supported.cloudformation.tags, supported.cloudformation.tags_form)
            );
            assert_eq!(by_name(supported.name), Some(supported));
            assert_eq!(by_terraform(supported.terraform.resource_type), Some(supported));
            assert_eq!(by_cloudformation(supported.cloudformation.resource_type), Some(supported));
            let arn = supported.example_arn();
            assert_eq!(ResourceArn::parse(&arn).map(|found| found.resource_type), Some(supported), "{arn}");
        }
    }
}
