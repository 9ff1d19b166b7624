//! The policies that a scan, its estimate and `explain-access` need.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::statement::{PolicyHolder, account_access, policy, statement};
use crate::aws::cloud_control::{self, ReadableType};
use crate::aws::{Partition, SupportedType};
use crate::collect::accounts::enabled_regions::LIST_REGIONS;
use crate::collect::accounts::organization::LIST_ACCOUNTS;
use crate::collect::any_type::explorer::LIST_TYPES;
use crate::collect::any_type::types::IndexedTypes;
use crate::collect::any_type::{INDEX_ACTIONS, VIEW_ACTIONS};
use crate::collect::options::{CollectOptions, RegionSelection, TagsFrom};
use crate::collect::readers::reader::TypeReader;
use crate::collect::readers::registry::reader_of;
use crate::collect::readers::tag_index::{GET_RESOURCES, IndexRegion};
use crate::iam_policies::OPERATION as READ_POLICIES;

/// The IAM policy that lets a scan with these options read everything, as JSON.
///
/// Lists take no resource; reads of tags do. `GetCallerIdentity` needs no permission. `GetAccountAuthorizationDetails` has
/// a fallback and `DescribeUserPool` is one: without them a scan reads the same with more calls.
#[must_use]
pub fn scan_policy(options: &CollectOptions, holder: PolicyHolder, partition: &str) -> String {
    // The accounts themselves, as resources, are read from the organization.
    let enters = options.enters_accounts();
    let mut statements = account_access(options, holder, partition, options.account_tags, enters);
    if (enters || options.view.is_some()) && holder.reads_accounts(options) {
        statements.extend(read_account(options, partition));
    }
    policy(&statements)
}

/// The IAM policy that lets `explain-access` read the policies of the selected accounts, as JSON.
#[must_use]
pub fn explain_policy(options: &CollectOptions, holder: PolicyHolder, partition: &str) -> String {
    let mut statements = account_access(options, holder, partition, options.account_tags, true);
    if holder.reads_accounts(options) {
        statements.push(statement("TaglintReadPolicies", &[READ_POLICIES], json!("*")));
    }
    policy(&statements)
}

/// The IAM policy that the estimate of a scan needs in each account, as JSON.
#[must_use]
pub fn summary_policy() -> String {
    policy(&[statement("TaglintEstimate", &["iam:GetAccountSummary"], json!("*"))])
}

/// The statements for reading one account.
fn read_account(options: &CollectOptions, partition: &str) -> Vec<Value> {
    if let Some(view) = &options.view {
        return view_statements(view);
    }
    let readers = options.types_to_read().into_iter().map(reader_of);
    let (regional, global): (Vec<_>, Vec<_>) = readers.partition(|reader| reader.resource_type().regional);
    let mut lists: Vec<&str> = Vec::new();
    for action in global.iter().flat_map(|reader| reader.list_actions()) {
        // One list can have several types.
        if !lists.contains(action) {
            lists.push(action);
        }
    }
    if options.needs_regions() && options.regions == RegionSelection::All {
        lists.push(LIST_REGIONS);
    }
    let mut out = Vec::new();
    if !lists.is_empty() {
        out.push(statement("TaglintList", &lists, json!("*")));
    }
    if !global.is_empty() {
        let actions: Vec<&str> = global.iter().flat_map(|reader| read_actions(*reader)).collect();
        let arns: Vec<String> =
            global.iter().map(|reader| arn_pattern(reader.resource_type(), partition, "")).collect();
        out.push(statement("TaglintReadTags", &actions, json!(arns)));
    }
    for reader in &regional {
        out.extend(read_regional_type(*reader, options, partition));
    }
    if options.tags_from != TagsFrom::Direct && options.indexed_types.is_none() {
        out.extend(read_index(&global, &regional, options));
    }
    if let Some(types) = &options.indexed_types {
        out.extend(any_type(types));
    }
    out
}

/// The statements for types that are read from AWS's indexes. Cloud Control reads a resource with the permissions of its
/// caller; those for all types would not fit into a policy.
fn any_type(types: &IndexedTypes) -> Vec<Value> {
    let mut actions = INDEX_ACTIONS.to_vec();
    actions.push(GET_RESOURCES);
    actions.sort_unstable();
    let mut out = vec![statement("TaglintIndexes", &actions, json!("*"))];
    if !types.is_all() {
        let readable = types.rows().filter_map(|row| row.cloudformation).filter_map(cloud_control::readable);
        let reads = read_handlers(readable);
        out.extend((!reads.is_empty()).then(|| statement(CONFIRM, &reads, json!("*"))));
    }
    out
}

/// The id of the statement for the reads of Cloud Control.
pub(super) const CONFIRM: &str = "TaglintConfirm";

/// The actions with which Cloud Control reads types.
pub(super) fn read_handlers(types: impl Iterator<Item = &'static ReadableType>) -> Vec<&'static str> {
    let actions: BTreeSet<&str> = types.flat_map(ReadableType::actions).filter(|action| is_read(action)).collect();
    actions.into_iter().collect()
}

/// The actions of read handlers that return secrets. No tag is read with them.
const SECRETS: [&str; 2] = ["secretsmanager:GetSecretValue", "sts:GetWebIdentityToken"];

/// Returns `true` for an action that reads, and returns no secret. A few read handlers name others, such as `kms:Decrypt`. The
/// letter case varies: `apigateway:GET`, `servicecatalog:describeRecord`.
fn is_read(action: &str) -> bool {
    let verb = action.split_once(':').map_or("", |(_, verb)| verb).to_ascii_lowercase();
    let reads = ["get", "list", "describe", "batchget"].iter().any(|read| verb.starts_with(read));
    reads && !SECRETS.contains(&action)
}

/// The statements for a view: of the view itself, and of the account that it stands in.
fn view_statements(view: &str) -> Vec<Value> {
    vec![
        statement("TaglintView", &VIEW_ACTIONS, json!(view)),
        statement("TaglintViewTypes", &[LIST_TYPES, LIST_ACCOUNTS], json!("*")),
    ]
}

/// The statements for a type with regions.
fn read_regional_type(reader: &dyn TypeReader, options: &CollectOptions, partition: &str) -> [Value; 2] {
    let label = reader.resource_type().label;
    let list = statement(&format!("TaglintList{label}"), reader.list_actions(), json!("*"));
    let named = options.regions.named();
    let pattern = |region: &str| arn_pattern(reader.resource_type(), partition, region);
    let arns: Vec<String> =
        if named.is_empty() { vec![pattern("*")] } else { named.iter().map(|region| pattern(region)).collect() };
    let sid = format!("TaglintRead{}Tags", label.strip_suffix('s').unwrap_or(label));
    [in_regions(list, named), statement(&sid, &read_actions(reader), json!(arns))]
}

/// The actions that read the tags of one resource.
fn read_actions(reader: &dyn TypeReader) -> Vec<&'static str> {
    let fallbacks = reader.fallback_actions().iter().copied();
    fallbacks.chain([reader.resource_type().read_tags_action]).collect()
}

/// The ARN pattern of all resources of a type, in a region if the type has regions.
fn arn_pattern(resource_type: &SupportedType, partition: &str, region: &str) -> String {
    let form = resource_type.arn;
    format!("arn:{partition}:{}:{region}:*:{}/*", form.service, form.prefix)
}

/// The statement for the index: of each region, and of the partition's main region for types without regions.
fn read_index(global: &[&dyn TypeReader], regional: &[&dyn TypeReader], options: &CollectOptions) -> Option<Value> {
    let uses = |readers: &[&dyn TypeReader]| readers.iter().any(|reader| reader.index_region() != IndexRegion::None);
    let (global, regional) = (uses(global), uses(regional));
    let named = options.regions.named();
    let mut regions: Vec<String> = if regional { named.to_vec() } else { Vec::new() };
    if let Some(first) = named.first().filter(|_| global) {
        regions.push(Partition::of_region(first).main_region.to_owned());
    }
    regions.sort();
    regions.dedup();
    let statement = statement("TaglintIndex", &[GET_RESOURCES], json!("*"));
    (global || regional).then(|| in_regions(statement, &regions))
}

/// Limits a statement of lists to regions, if there are any: lists take no resource, so it is a condition.
fn in_regions(mut statement: Value, regions: &[String]) -> Value {
    if !regions.is_empty() {
        statement["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": regions}});
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::supported;
    use crate::collect::options::{AccountSelection, OrganizationSelection};
    use crate::collect::permissions::{MANAGED_POLICY_SIZE, policy_size, session_policies};

    fn parsed(options: &CollectOptions, holder: PolicyHolder) -> Vec<Value> {
        let policy: Value = serde_json::from_str(&scan_policy(options, holder, "aws-us-gov")).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    }

    fn of(statements: &[Value], sid: &str) -> Value {
        statements.iter().find(|statement| statement["Sid"] == sid).cloned().unwrap_or_default()
    }

    fn everything() -> CollectOptions {
        let organization =
            OrganizationSelection { role_name: "path/taglint-scan".to_owned(), ..OrganizationSelection::default() };
        CollectOptions {
            accounts: AccountSelection::Organization(organization),
            account_tags: true,
            regions: RegionSelection::All,
            tags_from: TagsFrom::Auto,
            ..CollectOptions::default()
        }
    }

    #[test]
    fn only_what_the_types_need() {
        let [user, device] = ["iam:user", "iam:mfa"].map(|name| supported::by_name(name).unwrap());
        let statements =
            parsed(&CollectOptions { types: vec![device], ..CollectOptions::default() }, PolicyHolder::Caller);
        assert_eq!(statements.len(), 2);
        assert_eq!(of(&statements, "TaglintList")["Action"], json!(["iam:ListVirtualMFADevices"]));
        assert_eq!(of(&statements, "TaglintReadTags")["Resource"], json!(["arn:aws-us-gov:iam::*:mfa/*"]));
        let compared = CollectOptions { types: vec![device], context_types: vec![user], ..CollectOptions::default() };
        let statements = parsed(&compared, PolicyHolder::Caller);
        assert!(of(&statements, "TaglintList")["Action"].to_string().contains("iam:ListUsers"));
    }

    #[test]
    fn a_list_that_several_types_share_is_named_once() {
        let types = ["iam:role", "iam:user"].map(|name| supported::by_name(name).unwrap());
        let options = CollectOptions { types: types.to_vec(), ..CollectOptions::default() };
        let list = of(&parsed(&options, PolicyHolder::Caller), "TaglintList")["Action"].clone();
        assert_eq!(list, json!(["iam:GetAccountAuthorizationDetails", "iam:ListRoles", "iam:ListUsers"]));
    }

    #[test]
    fn only_the_regions_that_are_named() {
        let named = RegionSelection::Named(vec!["us-gov-east-1".to_owned()]);
        let options = CollectOptions { regions: named, tags_from: TagsFrom::TaggingApi, ..CollectOptions::default() };
        let statements = parsed(&options, PolicyHolder::Role);
        let region = |sid: &str| of(&statements, sid)["Condition"]["StringEquals"]["aws:RequestedRegion"].clone();
        assert_eq!(region("TaglintListPools"), json!(["us-gov-east-1"]));
        assert_eq!(
            region("TaglintIndex"),
            json!(["us-gov-east-1", "us-gov-west-1"]),
            "devices stand in the main one's"
        );
        let arns = json!(["arn:aws-us-gov:cognito-idp:us-gov-east-1:*:userpool/*"]);
        assert_eq!(of(&statements, "TaglintReadPoolTags")["Resource"], arns);
        let statements = parsed(&CollectOptions::default(), PolicyHolder::Role);
        assert!(
            of(&statements, "TaglintIndex").is_null() && of(&statements, "TaglintListPools")["Condition"].is_null()
        );
    }

    #[test]
    fn whoever_starts_the_scan_assumes_and_the_role_reads() {
        let caller = parsed(&everything(), PolicyHolder::Caller);
        assert_eq!(of(&caller, "TaglintAssume")["Resource"], "arn:aws-us-gov:iam::*:role/path/taglint-scan");
        let organization = of(&caller, "TaglintOrganization")["Action"].clone();
        assert_eq!(organization, json!(["organizations:ListAccounts", "organizations:ListTagsForResource"]));
        let role = parsed(&everything(), PolicyHolder::Role);
        assert_eq!(caller[2..], role, "the own account is read without a role");
        assert!(role.iter().all(|statement| !statement["Action"].to_string().contains("sts:")));
        let arn = "arn:aws:iam::111122223333:role/scan".to_owned();
        let roles =
            CollectOptions { accounts: AccountSelection::Roles(vec![arn.clone()]), ..CollectOptions::default() };
        let caller = parsed(&roles, PolicyHolder::Caller);
        assert_eq!((caller.len(), &caller[0]["Resource"]), (1, &json!([arn])));
    }

    #[test]
    fn the_accounts_alone_need_no_role_in_them() {
        let accounts = CollectOptions { accounts_as_resources: true, ..everything() };
        let statements = parsed(&accounts, PolicyHolder::Caller);
        assert_eq!(statements.len(), 1);
        let actions = json!(["organizations:ListAccounts", "organizations:ListTagsForResource"]);
        assert_eq!(of(&statements, "TaglintOrganization")["Action"], actions);
        assert!(parsed(&accounts, PolicyHolder::Role).is_empty());
        let [user] = ["iam:user"].map(|name| supported::by_name(name).unwrap());
        let both = CollectOptions { types: vec![user], ..accounts };
        assert!(!of(&parsed(&both, PolicyHolder::Caller), "TaglintAssume").is_null());
        assert!(!of(&parsed(&both, PolicyHolder::Role), "TaglintList").is_null());
    }

    #[test]
    fn everything_fits_a_managed_policy_and_changes_nothing() {
        let text = scan_policy(&everything(), PolicyHolder::Caller, "aws");
        assert!(policy_size(&text) < MANAGED_POLICY_SIZE);
        for statement in parsed(&everything(), PolicyHolder::Caller) {
            for action in statement["Action"].as_array().unwrap() {
                let verb = action.as_str().unwrap().split_once(':').unwrap().1;
                assert!(["Get", "List", "Describe", "Assume"].iter().any(|read| verb.starts_with(read)), "{verb}");
            }
        }
    }

    #[test]
    fn a_read_handler_gets_its_reads_and_no_secrets() {
        let of = |kind: &str| read_handlers(cloud_control::of_kind(kind).into_iter());
        assert_eq!(of("AWS::ApiGateway::ApiKey"), ["apigateway:GET"]);
        assert_eq!(of("secretsmanager:secret"), ["secretsmanager:DescribeSecret"]);
        let all = read_handlers(cloud_control::all().iter());
        assert!(
            all.len() > 1000 && !all.iter().any(|action| action.contains("Create") || action.contains("kms:Decrypt"))
        );
    }

    #[test]
    fn a_session_may_do_all_that_the_role_may() {
        let session: Value = serde_json::from_str(&session_policies::scan()).unwrap();
        let allowed = session["Statement"][0]["Action"].to_string();
        for statement in parsed(&everything(), PolicyHolder::Role) {
            for action in statement["Action"].as_array().unwrap() {
                assert!(allowed.contains(&action.to_string()), "{action}");
            }
        }
    }
}
