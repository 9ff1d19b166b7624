//! The shape of an answer, checked before it is believed.
//!
//! The SDK reads answers leniently: aws-smithy-xml takes XML that ends early for a complete document, and a member that is
//! missing for an empty one. A proxy, a gateway or an outage can produce such an answer with status 200. Believed, it would
//! be an account without users, or a user without tags.

use std::collections::HashSet;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// The members that a service always sends in its answer to an operation, with the operation's name. An operation without
/// members has an answer that holds no data.
///
/// Source: the API references of the services, and recorded answers of AWS. An operation that is not in this list is not
/// called: a test compares it with the calls in the code.
const MEMBERS: &[(&str, &[&str])] = &[
    ("account:ListRegions", &["Regions"]),
    ("cloudformation:GetResource", &["TypeName", "ResourceDescription"]),
    ("cognito-identity:ListIdentityPools", &["IdentityPools"]),
    ("cognito-identity:ListTagsForResource", &["Tags"]),
    ("cognito-identity:TagResource", &[]),
    ("cognito-identity:UntagResource", &[]),
    ("cognito-idp:DescribeUserPool", &["UserPool"]),
    ("cognito-idp:ListTagsForResource", &["Tags"]),
    ("cognito-idp:ListUserPools", &["UserPools"]),
    ("cognito-idp:TagResource", &[]),
    ("cognito-idp:UntagResource", &[]),
    // `--filter` leaves the lists of other types empty or out.
    ("iam:GetAccountAuthorizationDetails", &["IsTruncated"]),
    ("iam:GetAccountSummary", &["SummaryMap"]),
    ("iam:ListInstanceProfileTags", &["Tags", "IsTruncated"]),
    ("iam:ListInstanceProfiles", &["InstanceProfiles", "IsTruncated"]),
    ("iam:ListMFADeviceTags", &["Tags", "IsTruncated"]),
    ("iam:ListOpenIDConnectProviderTags", &["Tags", "IsTruncated"]),
    ("iam:ListOpenIDConnectProviders", &["OpenIDConnectProviderList"]),
    ("iam:ListPolicies", &["Policies", "IsTruncated"]),
    ("iam:ListPolicyTags", &["Tags", "IsTruncated"]),
    ("iam:ListRoleTags", &["Tags", "IsTruncated"]),
    ("iam:ListRoles", &["Roles", "IsTruncated"]),
    ("iam:ListSAMLProviderTags", &["Tags", "IsTruncated"]),
    ("iam:ListSAMLProviders", &["SAMLProviderList"]),
    ("iam:ListServerCertificateTags", &["Tags", "IsTruncated"]),
    ("iam:ListServerCertificates", &["ServerCertificateMetadataList", "IsTruncated"]),
    ("iam:ListUserTags", &["Tags", "IsTruncated"]),
    ("iam:ListUsers", &["Users", "IsTruncated"]),
    ("iam:ListVirtualMFADevices", &["VirtualMFADevices", "IsTruncated"]),
    ("iam:TagInstanceProfile", &[]),
    ("iam:TagMFADevice", &[]),
    ("iam:TagOpenIDConnectProvider", &[]),
    ("iam:TagPolicy", &[]),
    ("iam:TagRole", &[]),
    ("iam:TagSAMLProvider", &[]),
    ("iam:TagServerCertificate", &[]),
    ("iam:TagUser", &[]),
    ("iam:UntagInstanceProfile", &[]),
    ("iam:UntagMFADevice", &[]),
    ("iam:UntagOpenIDConnectProvider", &[]),
    ("iam:UntagPolicy", &[]),
    ("iam:UntagRole", &[]),
    ("iam:UntagSAMLProvider", &[]),
    ("iam:UntagServerCertificate", &[]),
    ("iam:UntagUser", &[]),
    ("organizations:DescribeEffectivePolicy", &["EffectivePolicy"]),
    ("organizations:ListAccounts", &["Accounts"]),
    ("organizations:ListAccountsForParent", &["Accounts"]),
    ("organizations:ListOrganizationalUnitsForParent", &["OrganizationalUnits"]),
    ("organizations:ListTagsForResource", &["Tags"]),
    // A region without a default view has no member in the answer.
    ("resource-explorer-2:GetDefaultView", &[]),
    ("resource-explorer-2:GetIndex", &["State"]),
    ("resource-explorer-2:GetView", &["View"]),
    ("resource-explorer-2:ListIndexes", &["Indexes"]),
    ("resource-explorer-2:ListResources", &["Resources"]),
    ("resource-explorer-2:ListSupportedResourceTypes", &["ResourceTypes"]),
    ("sts:AssumeRole", &["Credentials"]),
    ("sts:GetCallerIdentity", &["Arn", "Account"]),
    ("tag:GetResources", &["ResourceTagMappingList"]),
    // The API model requires no member: an answer without required tags may have no list.
    ("tag:ListRequiredTags", &[]),
    // The API model requires no member: an answer without failures may have no map of them.
    ("tag:TagResources", &[]),
    ("tag:UntagResources", &[]),
];

/// The services that answer in XML (the AWS query protocol). All others answer in JSON.
const XML_SERVICES: [&str; 2] = ["iam", "sts"];

/// Returns `true` if an operation changes something, so that it must not be repeated without a new read.
pub(super) fn is_write(operation: &str) -> bool {
    let name = operation.split_once(':').map_or(operation, |(_, name)| name);
    name.starts_with("Tag") || name.starts_with("Untag")
}

/// The reason why the body of a successful answer cannot be believed.
pub(super) fn shortfall(operation: &str, body: &[u8]) -> Option<String> {
    let (service, name) = operation.split_once(':')?;
    let members = MEMBERS.iter().find(|(known, _)| *known == operation).map_or(&[][..], |(_, members)| members);
    let body = body.trim_ascii();
    if body.is_empty() {
        return Some("the answer is empty".to_owned());
    }
    let missing = if XML_SERVICES.contains(&service) {
        if !body.ends_with(format!("</{name}Response>").as_bytes()) {
            return Some("the answer ends early".to_owned());
        }
        members.iter().find(|member| !has_element(body, member))
    } else {
        let Ok(TopLevel(keys)) = serde_json::from_slice(body) else {
            return Some("the answer is not a complete JSON object".to_owned());
        };
        members.iter().find(|member| !keys.contains(**member))
    };
    missing.map(|member| format!("the answer has no {member}"))
}

/// The keys of a JSON object.
struct TopLevel(HashSet<String>);

impl<'de> Deserialize<'de> for TopLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = TopLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TopLevel, A::Error> {
                let mut keys = HashSet::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.insert(key);
                }
                Ok(TopLevel(keys))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// Returns `true` if XML has an element of this name, with or without content.
fn has_element(body: &[u8], name: &str) -> bool {
    let start = format!("<{name}");
    memmem::find_iter(body, start.as_bytes())
        .any(|at| body.get(at + start.len()).is_some_and(|next| matches!(next, b'>' | b'/' | b' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult>\
                         <Users/><IsTruncated>false</IsTruncated></ListUsersResult></ListUsersResponse>\n";

    #[test]
    fn a_whole_answer_is_believed_and_no_part_of_it() {
        assert_eq!(shortfall("iam:ListUsers", USERS.as_bytes()), None);
        for end in 0..USERS.trim_end().len() {
            assert!(shortfall("iam:ListUsers", &USERS.as_bytes()[..end]).is_some(), "{}", &USERS[..end]);
        }
        let pools = r#"{"UserPools":[{"Id":"eu-west-1_a","Name":"a"}]}"#;
        assert_eq!(shortfall("cognito-idp:ListUserPools", pools.as_bytes()), None);
        for end in 0..pools.len() {
            assert!(shortfall("cognito-idp:ListUserPools", &pools.as_bytes()[..end]).is_some());
        }
    }

    #[test]
    fn a_member_that_is_always_sent_is_missed() {
        for (operation, body, want) in [
            ("iam:ListUsers", USERS.replace("<Users/>", ""), Some("the answer has no Users")),
            ("iam:ListUsers", USERS.replace("IsTruncated", "Truncated"), Some("the answer has no IsTruncated")),
            ("iam:ListUsers", "<html>busy</html>".to_owned(), Some("the answer ends early")),
            ("cognito-idp:ListTagsForResource", "{}".to_owned(), Some("the answer has no Tags")),
            ("cognito-idp:ListTagsForResource", r#"{"Tags":{}}"#.to_owned(), None),
            ("cognito-idp:TagResource", "{}".to_owned(), None),
            ("cognito-idp:TagResource", " \n".to_owned(), Some("the answer is empty")),
            ("tag:GetResources", "[]".to_owned(), Some("the answer is not a complete JSON object")),
            ("iam:TagUser", "<TagUserResponse><ResponseMetadata/></TagUserResponse>".to_owned(), None),
            ("iam:TagUser", String::new(), Some("the answer is empty")),
        ] {
            assert_eq!(shortfall(operation, body.as_bytes()).as_deref(), want, "{operation} {body}");
        }
    }

    #[test]
    fn every_operation_that_is_called_has_its_members() {
        let mut called = std::collections::BTreeSet::new();
        let pattern = regex::Regex::new(
            r#""((?:iam|sts|cognito-idp|cognito-identity|organizations|tag|account|resource-explorer-2|cloudformation):[A-Z][A-Za-z]+)""#,
        )
        .unwrap();
        let source = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        let mut folders = vec![source.join("collect"), source.join("aws/supported"), source.join("aws/tag_actions")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let text = std::fs::read_to_string(entry.path()).unwrap();
                called.extend(pattern.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
        // A condition key, not an operation.
        called.remove("sts:ExternalId");
        // Never called and never allowed: it returns a token.
        called.remove("sts:GetWebIdentityToken");
        // An action, which allows `ListResources`.
        called.remove("resource-explorer-2:Search");
        let known: std::collections::BTreeSet<_> = MEMBERS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(known, called);
        assert!(known.iter().filter(|name| is_write(name)).count() == 22);
    }
}
