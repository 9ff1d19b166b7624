//! The least-privilege policy that a scan needs.

use serde_json::{Value, json};

use super::Kind;

/// The IAM policy that lets a scan of exactly these types (none: of all) read everything, as JSON.
///
/// Lists take no resource; reads of tags do. `GetCallerIdentity` needs no permission. `GetAccountAuthorizationDetails`
/// and `DescribeUserPool` each have a fallback or are one: a policy without them reads the same, with more calls.
#[must_use]
pub fn scan_policy(types: &[Kind], partition: &str) -> String {
    let (mut lists, mut reads, mut resources) = (Vec::new(), Vec::new(), Vec::new());
    for kind in Kind::ALL.into_iter().filter(|kind| types.is_empty() || types.contains(kind)) {
        let (list, read, resource): (&[&str], &[&str], &str) = match kind {
            Kind::Pool => (
                &["cognito-idp:ListUserPools"],
                &["cognito-idp:DescribeUserPool", "cognito-idp:ListTagsForResource"],
                "cognito-idp:*:*:userpool/*",
            ),
            Kind::Device => (&["iam:ListVirtualMFADevices"], &["iam:ListMFADeviceTags"], "iam::*:mfa/*"),
            Kind::User => {
                (&["iam:GetAccountAuthorizationDetails", "iam:ListUsers"], &["iam:ListUserTags"], "iam::*:user/*")
            }
        };
        lists.extend_from_slice(list);
        reads.extend_from_slice(read);
        resources.push(format!("arn:{partition}:{resource}"));
    }
    let statement = |sid: &str, actions: Vec<&str>, resource: Value| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource});
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            statement("TaglintList", lists, json!("*")),
            statement("TaglintReadTags", reads, json!(resources)),
        ],
    });
    format!("{policy:#}")
}

/// What the session of an assumed role may do, whatever the role itself may: read, and only what a scan reads. At most
/// 2,048 characters (`AssumeRole`).
pub(super) fn session_policy() -> String {
    let actions = [
        "account:ListRegions",
        "cognito-idp:DescribeUserPool",
        "cognito-idp:ListTagsForResource",
        "cognito-idp:ListUserPools",
        "iam:GetAccountAuthorizationDetails",
        "iam:ListMFADeviceTags",
        "iam:ListUserTags",
        "iam:ListUsers",
        "iam:ListVirtualMFADevices",
        "tag:GetResources",
    ];
    one_statement(&actions)
}

/// What the session of an assumed role may do for an estimate.
pub(super) fn estimate_policy() -> String {
    one_statement(&["iam:GetAccountSummary"])
}

fn one_statement(actions: &[&str]) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(types: &[Kind], partition: &str) -> Value {
        serde_json::from_str(&scan_policy(types, partition)).unwrap()
    }

    #[test]
    fn only_what_the_types_need() {
        let policy = parsed(&[Kind::Device], "aws-us-gov");
        assert_eq!(policy["Statement"][0]["Action"], json!(["iam:ListVirtualMFADevices"]));
        assert_eq!(policy["Statement"][0]["Resource"], "*");
        assert_eq!(policy["Statement"][1]["Action"], json!(["iam:ListMFADeviceTags"]));
        assert_eq!(policy["Statement"][1]["Resource"], json!(["arn:aws-us-gov:iam::*:mfa/*"]));
    }

    #[test]
    fn no_types_are_all_types() {
        assert_eq!(scan_policy(&[], "aws"), scan_policy(&Kind::ALL, "aws"));
    }

    #[test]
    fn everything_fits_a_managed_policy_and_changes_nothing() {
        let text = scan_policy(&Kind::ALL, "aws");
        assert!(text.len() < 6144);
        let policy = parsed(&Kind::ALL, "aws");
        for statement in policy["Statement"].as_array().unwrap() {
            for action in statement["Action"].as_array().unwrap() {
                let verb = action.as_str().unwrap().split_once(':').unwrap().1;
                assert!(["Get", "List", "Describe"].iter().any(|read| verb.starts_with(read)), "{verb}");
            }
        }
    }
}
