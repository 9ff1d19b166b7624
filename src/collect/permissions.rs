//! The least-privilege policies that a scan needs.

use serde_json::{Value, json};

use super::options::{Accounts, TagsFrom};
use super::{Options, ResourceKind, region};

/// Lists everything that has policies, and takes no resource.
const ACCESS: &str = crate::iam_policies::OPERATION;

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// The credentials that the scan is started with.
    Caller,
    /// The role that is assumed in each account.
    Role,
}

/// The IAM policy that lets a scan with these options read everything, as JSON.
///
/// Lists take no resource; reads of tags do. `GetCallerIdentity` needs no permission. `GetAccountAuthorizationDetails`
/// and `DescribeUserPool` each have a fallback or are one: a policy without them reads the same, with more calls.
#[must_use]
pub fn scan_policy(options: &Options, bearer: Bearer, partition: &str) -> String {
    let (mut statements, reads) = entering(options, bearer, partition);
    if reads {
        statements.extend(reading(options, partition));
    }
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": statements}))
}

/// The IAM policy that lets `explain-access` read the policies of the accounts that the options name, as JSON.
#[must_use]
pub fn explain_policy(options: &Options, bearer: Bearer, partition: &str) -> String {
    let (mut statements, reads) = entering(options, bearer, partition);
    if reads {
        statements.push(statement("TaglintReadPolicies", &[ACCESS], json!("*")));
    }
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": statements}))
}

/// What leads into the accounts, and whether this bearer reads any of them itself.
fn entering(options: &Options, bearer: Bearer, partition: &str) -> (Vec<Value>, bool) {
    let mut statements = Vec::new();
    let reads = match (bearer, &options.accounts) {
        (Bearer::Role, _) | (_, Accounts::Own) => true,
        (Bearer::Caller, Accounts::Roles(arns)) => {
            statements.push(statement("TaglintAssume", &["sts:AssumeRole"], json!(arns)));
            false
        }
        (Bearer::Caller, Accounts::Organization(organization)) => {
            let lists: &[&str] = match organization.units[..] {
                [] => &["organizations:ListAccounts"],
                _ => &["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"],
            };
            let tags = options.account_tags.then_some("organizations:ListTagsForResource");
            let actions: Vec<&str> = lists.iter().copied().chain(tags).collect();
            statements.push(statement("TaglintOrganization", &actions, json!("*")));
            let roles = format!("arn:{partition}:iam::*:role/{}", organization.role_name);
            statements.push(statement("TaglintAssume", &["sts:AssumeRole"], json!(roles)));
            // The credentials' own account is read without a role.
            true
        }
    };
    (statements, reads)
}

/// The policy that a scan's estimate needs in each account, as JSON.
#[must_use]
pub fn summary_policy() -> String {
    let actions = statement("TaglintEstimate", &["iam:GetAccountSummary"], json!("*"));
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": [actions]}))
}

/// The trust policy of the role in the scanned accounts: `principal` is an ARN, or an account for all of its identities.
#[must_use]
pub fn trust_policy(principal: &str, external_id: Option<&str>, partition: &str) -> String {
    let arn = if super::roles::is_account(principal) {
        format!("arn:{partition}:iam::{principal}:root")
    } else {
        principal.to_owned()
    };
    let mut trust =
        json!({"Sid": "TaglintTrust", "Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"});
    if let Some(id) = external_id {
        trust["Condition"] = json!({"StringEquals": {"sts:ExternalId": id}});
    }
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": [trust]}))
}

/// What reading one account takes.
fn reading(options: &Options, partition: &str) -> Vec<Value> {
    let (mut lists, mut reads, mut resources) = (Vec::new(), Vec::new(), Vec::new());
    let kinds = options.kinds_read();
    if kinds.contains(&ResourceKind::Device) {
        lists.push("iam:ListVirtualMFADevices");
        reads.push("iam:ListMFADeviceTags");
        resources.push(format!("arn:{partition}:iam::*:mfa/*"));
    }
    if kinds.contains(&ResourceKind::User) {
        lists.extend(["iam:GetAccountAuthorizationDetails", "iam:ListUsers"]);
        reads.push("iam:ListUserTags");
        resources.push(format!("arn:{partition}:iam::*:user/*"));
    }
    let pools = kinds.contains(&ResourceKind::Pool);
    if pools && options.regions == super::Regions::All {
        lists.push("account:ListRegions");
    }
    let mut out = Vec::new();
    if !lists.is_empty() {
        out.push(statement("TaglintList", &lists, json!("*")));
    }
    if !reads.is_empty() {
        out.push(statement("TaglintReadTags", &reads, json!(resources)));
    }
    if pools {
        let list = statement("TaglintListPools", &["cognito-idp:ListUserPools"], json!("*"));
        out.push(in_regions(list, options.regions.named()));
        let named = options.regions.named().iter().map(String::as_str);
        let regions: Vec<&str> = if options.regions.named().is_empty() { vec!["*"] } else { named.collect() };
        let arns: Vec<String> =
            regions.iter().map(|region| format!("arn:{partition}:cognito-idp:{region}:*:userpool/*")).collect();
        let actions = ["cognito-idp:DescribeUserPool", "cognito-idp:ListTagsForResource"];
        out.push(statement("TaglintReadPoolTags", &actions, json!(arns)));
    }
    if options.tags_from != TagsFrom::Direct && (pools || kinds.contains(&ResourceKind::Device)) {
        out.push(index(options, pools, kinds.contains(&ResourceKind::Device)));
    }
    out
}

/// The index of each region, and for devices that of the partition's main one.
fn index(options: &Options, pools: bool, devices: bool) -> Value {
    let named = options.regions.named();
    let mut regions: Vec<String> = if pools { named.to_vec() } else { Vec::new() };
    if let Some(first) = named.first().filter(|_| devices) {
        regions.push(region::main_region_of(first).to_owned());
    }
    regions.sort();
    regions.dedup();
    in_regions(statement("TaglintIndex", &["tag:GetResources"], json!("*")), &regions)
}

/// Lists name no resource; that they are of these regions is a condition. None named: of any.
fn in_regions(mut statement: Value, regions: &[String]) -> Value {
    if !regions.is_empty() {
        statement["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": regions}});
    }
    statement
}

fn statement(sid: &str, actions: &[&str], resource: impl Into<Value>) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource.into()})
}

/// The writes of one kind of resource that a plan needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagWrites {
    /// The resources, sorted.
    pub arns: Vec<String>,
    /// The keys that are written, sorted.
    pub set: Vec<String>,
    /// The keys that are taken away, sorted.
    pub removed: Vec<String>,
}

/// The IAM policy that lets a plan be carried out, and nothing besides, as JSON: each resource by its ARN, each key by
/// its name. A request without keys is no request for these resources, so one is asked for.
#[must_use]
pub fn fix_policy(writes: &[(ResourceKind, TagWrites)], options: &Options, bearer: Bearer, partition: &str) -> String {
    let mut statements = Vec::new();
    let assume = |roles: Value| statement("TaglintAssume", &["sts:AssumeRole"], roles);
    match (bearer, &options.accounts) {
        (Bearer::Role, _) | (_, Accounts::Own) => {}
        (Bearer::Caller, Accounts::Roles(arns)) => statements.push(assume(json!(arns))),
        (Bearer::Caller, Accounts::Organization(organization)) => {
            let lists: &[&str] = match organization.units[..] {
                [] => &["organizations:ListAccounts"],
                _ => &["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"],
            };
            statements.push(statement("TaglintOrganization", lists, json!("*")));
            statements.push(assume(json!(format!("arn:{partition}:iam::*:role/{}", organization.role_name))));
        }
    }
    if matches!((bearer, &options.accounts), (Bearer::Caller, Accounts::Roles(_))) {
        return policy(&statements);
    }
    if !writes.is_empty() {
        statements.push(statement("TaglintReadPolicies", &[ACCESS], json!("*")));
    }
    for (kind, writes) in writes {
        let (name, read, tag, untag) = match kind {
            ResourceKind::User => ("Users", "iam:ListUserTags", "iam:TagUser", "iam:UntagUser"),
            ResourceKind::Device => ("Devices", "iam:ListMFADeviceTags", "iam:TagMFADevice", "iam:UntagMFADevice"),
            ResourceKind::Pool => {
                let service =
                    ("cognito-idp:ListTagsForResource", "cognito-idp:TagResource", "cognito-idp:UntagResource");
                ("Pools", service.0, service.1, service.2)
            }
        };
        statements.push(statement(&format!("TaglintRead{name}"), &[read], json!(writes.arns)));
        for (verb, action, keys) in [("Tag", tag, &writes.set), ("Untag", untag, &writes.removed)] {
            if !keys.is_empty() {
                let mut allowed = statement(&format!("Taglint{verb}{name}"), &[action], json!(writes.arns));
                allowed["Condition"] = json!({
                    "ForAllValues:StringEquals": {"aws:TagKeys": keys},
                    "Null": {"aws:TagKeys": "false"},
                });
                statements.push(allowed);
            }
        }
    }
    policy(&statements)
}

fn policy(statements: &[Value]) -> String {
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": statements}))
}

/// What the session of an assumed role may do for a fix: see who reads tags, read and write them, and nothing else.
pub(super) fn fix_session_policy() -> String {
    one_statement(&[
        ACCESS,
        "cognito-idp:ListTagsForResource",
        "cognito-idp:TagResource",
        "cognito-idp:UntagResource",
        "iam:ListMFADeviceTags",
        "iam:ListUserTags",
        "iam:TagMFADevice",
        "iam:TagUser",
        "iam:UntagMFADevice",
        "iam:UntagUser",
    ])
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

/// What the session of an assumed role may do for who depends on a tag.
pub(super) fn access_policy() -> String {
    one_statement(&[ACCESS])
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
    use super::super::{Organization, Regions};
    use super::*;

    fn parsed(options: &Options, bearer: Bearer) -> Vec<Value> {
        let policy: Value = serde_json::from_str(&scan_policy(options, bearer, "aws-us-gov")).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    }

    fn of(statements: &[Value], sid: &str) -> Value {
        statements.iter().find(|statement| statement["Sid"] == sid).cloned().unwrap_or_default()
    }

    fn everything() -> Options {
        let organization = Organization { role_name: "path/taglint-scan".to_owned(), ..Organization::default() };
        Options {
            accounts: Accounts::Organization(organization),
            account_tags: true,
            regions: Regions::All,
            tags_from: TagsFrom::Auto,
            ..Options::default()
        }
    }

    #[test]
    fn only_what_the_types_need() {
        let statements = parsed(&Options { types: vec![ResourceKind::Device], ..Options::default() }, Bearer::Caller);
        assert_eq!(statements.len(), 2);
        assert_eq!(of(&statements, "TaglintList")["Action"], json!(["iam:ListVirtualMFADevices"]));
        assert_eq!(of(&statements, "TaglintReadTags")["Resource"], json!(["arn:aws-us-gov:iam::*:mfa/*"]));
        let compared = Options { types: vec![ResourceKind::Device], users_as_context: true, ..Options::default() };
        let statements = parsed(&compared, Bearer::Caller);
        assert!(of(&statements, "TaglintList")["Action"].to_string().contains("iam:ListUsers"));
    }

    #[test]
    fn only_the_regions_that_are_named() {
        let named = Regions::Named(vec!["us-gov-east-1".to_owned()]);
        let options = Options { regions: named, tags_from: TagsFrom::TaggingApi, ..Options::default() };
        let statements = parsed(&options, Bearer::Role);
        let region = |sid: &str| of(&statements, sid)["Condition"]["StringEquals"]["aws:RequestedRegion"].clone();
        assert_eq!(region("TaglintListPools"), json!(["us-gov-east-1"]));
        assert_eq!(
            region("TaglintIndex"),
            json!(["us-gov-east-1", "us-gov-west-1"]),
            "devices stand in the main one's"
        );
        let arns = json!(["arn:aws-us-gov:cognito-idp:us-gov-east-1:*:userpool/*"]);
        assert_eq!(of(&statements, "TaglintReadPoolTags")["Resource"], arns);
        let statements = parsed(&Options::default(), Bearer::Role);
        assert!(
            of(&statements, "TaglintIndex").is_null() && of(&statements, "TaglintListPools")["Condition"].is_null()
        );
    }

    #[test]
    fn whoever_starts_the_scan_assumes_and_the_role_reads() {
        let caller = parsed(&everything(), Bearer::Caller);
        assert_eq!(of(&caller, "TaglintAssume")["Resource"], "arn:aws-us-gov:iam::*:role/path/taglint-scan");
        let organization = of(&caller, "TaglintOrganization")["Action"].clone();
        assert_eq!(organization, json!(["organizations:ListAccounts", "organizations:ListTagsForResource"]));
        let role = parsed(&everything(), Bearer::Role);
        assert_eq!(caller[2..], role, "the own account is read without a role");
        assert!(role.iter().all(|statement| !statement["Action"].to_string().contains("sts:")));
        let arn = "arn:aws:iam::111122223333:role/scan".to_owned();
        let roles = Options { accounts: Accounts::Roles(vec![arn.clone()]), ..Options::default() };
        let caller = parsed(&roles, Bearer::Caller);
        assert_eq!((caller.len(), &caller[0]["Resource"]), (1, &json!([arn])));
    }

    #[test]
    fn everything_fits_a_managed_policy_and_changes_nothing() {
        let text = scan_policy(&everything(), Bearer::Caller, "aws");
        assert!(text.len() < 6144);
        for statement in parsed(&everything(), Bearer::Caller) {
            for action in statement["Action"].as_array().unwrap() {
                let verb = action.as_str().unwrap().split_once(':').unwrap().1;
                assert!(["Get", "List", "Describe", "Assume"].iter().any(|read| verb.starts_with(read)), "{verb}");
            }
        }
    }

    #[test]
    fn a_session_may_do_all_that_the_role_may() {
        let session: Value = serde_json::from_str(&session_policy()).unwrap();
        let allowed = session["Statement"][0]["Action"].to_string();
        for statement in parsed(&everything(), Bearer::Role) {
            for action in statement["Action"].as_array().unwrap() {
                assert!(allowed.contains(&action.to_string()), "{action}");
            }
        }
        assert!(session_policy().len() <= 2048);
    }

    #[test]
    fn the_role_trusts_one_principal_and_asks_for_the_external_id() {
        let trust = |principal: &str, id: Option<&str>| -> Value {
            let policy: Value = serde_json::from_str(&trust_policy(principal, id, "aws")).unwrap();
            policy["Statement"][0].clone()
        };
        let plain = trust("111122223333", None);
        assert_eq!(plain["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
        assert!(plain["Condition"].is_null());
        let strict = trust("arn:aws:iam::111122223333:role/taglint", Some("a-shared-word"));
        assert_eq!(strict["Principal"]["AWS"], "arn:aws:iam::111122223333:role/taglint");
        assert_eq!(strict["Condition"]["StringEquals"]["sts:ExternalId"], "a-shared-word");
    }
}
