//! The resource types that taglint reads live and fixes: one file for each, and one line in [`ALL`].

pub mod cognito_identity_pool;
pub mod cognito_user_pool;
pub mod iam_instance_profile;
pub mod iam_mfa_device;
pub mod iam_oidc_provider;
pub mod iam_policy;
pub mod iam_role;
pub mod iam_saml_provider;
pub mod iam_server_certificate;
pub mod iam_user;
mod resource_type;

use super::arn::Arn;
use crate::base::all_of;

pub use resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, ResourceArn, SupportedType, TagOperations, TerraformNames,
};

/// Every supported type, in the order of names.
pub const ALL: [&SupportedType; 10] = [
    &cognito_identity_pool::TYPE,
    &cognito_user_pool::TYPE,
    &iam_instance_profile::TYPE,
    &iam_mfa_device::TYPE,
    &iam_oidc_provider::TYPE,
    &iam_policy::TYPE,
    &iam_role::TYPE,
    &iam_saml_provider::TYPE,
    &iam_server_certificate::TYPE,
    &iam_user::TYPE,
];

/// The types that a scan reads where no flag names types.
pub fn by_default() -> impl Iterator<Item = &'static SupportedType> {
    ALL.into_iter().filter(|supported| supported.by_default)
}

impl<'a> ResourceArn<'a> {
    /// Parses an ARN; `None` if it belongs to no supported type.
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
        if !self.resource_type.has_path() {
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

/// Returns `true` for the name of a type of users.
#[must_use]
pub fn is_user(name: &str) -> bool {
    by_name(name).is_some_and(|supported| supported.is_user)
}

/// Returns `true` for the name of a type whose resources are assigned to users.
#[must_use]
pub fn is_assigned_to_user(name: &str) -> bool {
    by_name(name).is_some_and(|supported| supported.assigned_to_user)
}

/// The plurals of all types, for a sentence.
#[must_use]
pub fn plurals() -> String {
    all_of(ALL.iter().map(|supported| supported.plural.to_owned()))
}

/// The type with this CloudFormation name.
#[must_use]
pub fn by_cloudformation(name: &str) -> Option<&'static SupportedType> {
    ALL.into_iter().find(|supported| supported.cloudformation.as_ref().is_some_and(|names| names.resource_type == name))
}

/// The type with this Terraform name.
#[must_use]
pub fn by_terraform(name: &str) -> Option<&'static SupportedType> {
    ALL.into_iter().find(|supported| supported.terraform.resource_type == name)
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
            ("arn:aws:iam::123456789012:role/x", Some(("iam:role", "x", Some("/")))),
            ("arn:aws:iam::123456789012:policy/team/x", Some(("iam:policy", "x", Some("/team/")))),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
            (
                "arn:aws:iam::123456789012:oidc-provider/idp.example.com/id/A1",
                Some(("iam:oidc-provider", "idp.example.com/id/A1", None)),
            ),
            ("arn:aws:iam::123456789012:oidc-provider/a b", None),
            ("arn:aws:iam::123456789012:saml-provider/a", Some(("iam:saml-provider", "a", None))),
            ("arn:aws:iam::123456789012:group/a", None),
            (
                "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/eu-west-1:a-b",
                Some(("cognito-identity:identitypool", "eu-west-1:a-b", None)),
            ),
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
            assert!(row.terraform().any(|name| name == supported.terraform.resource_type), "{}", supported.name);
            let names = supported.cloudformation.as_ref();
            assert_eq!(
                row.property.map(|property| (property.name, property.form)),
                names.map(|names| (names.tags, names.tags_form))
            );
            if let Some(names) = names {
                assert_eq!(row.cloudformation, Some(names.resource_type));
                assert_eq!(by_cloudformation(names.resource_type), Some(supported));
            }
            assert_eq!(by_name(supported.name), Some(supported));
            assert_eq!(by_terraform(supported.terraform.resource_type), Some(supported));
            assert_eq!(
                supported.arn_of_name("aws", "123456789012", "/", "example"),
                supported.has_path().then(|| supported.example_arn())
            );
            let arn = supported.example_arn();
            assert_eq!(ResourceArn::parse(&arn).map(|found| found.resource_type), Some(supported), "{arn}");
        }
    }
}
