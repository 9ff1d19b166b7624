//! The readers of all supported types.

use super::cognito_identity_pools::CognitoIdentityPools;
use super::cognito_user_pools::CognitoUserPools;
use super::iam_instance_profiles::IamInstanceProfiles;
use super::iam_mfa_devices::IamMfaDevices;
use super::iam_oidc_providers::IamOidcProviders;
use super::iam_policies::IamPolicies;
use super::iam_roles::IamRoles;
use super::iam_saml_providers::IamSamlProviders;
use super::iam_server_certificates::IamServerCertificates;
use super::iam_users::IamUsers;
use super::reader::TypeReader;
use crate::aws::SupportedType;

/// Every reader, in the order of type names.
pub(crate) static READERS: [&dyn TypeReader; 10] = [
    &CognitoIdentityPools,
    &CognitoUserPools,
    &IamInstanceProfiles,
    &IamMfaDevices,
    &IamOidcProviders,
    &IamPolicies,
    &IamRoles,
    &IamSamlProviders,
    &IamServerCertificates,
    &IamUsers,
];

/// The reader of a type.
pub(crate) fn reader_of(resource_type: &SupportedType) -> &'static dyn TypeReader {
    let reader = READERS.into_iter().find(|reader| reader.resource_type() == resource_type);
    reader.expect("every supported type has a reader")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::supported;

    #[test]
    fn every_supported_type_has_one_reader() {
        assert_eq!(READERS.map(TypeReader::resource_type), supported::ALL);
    }
}
