//! The tag policy of a live account, for `taglint policy diff --live`.

use serde_json::json;

use super::super::Failure;
use super::flags::{self, external_ids};
use super::print_calls;
use crate::authoring::import::ImportInput;
use crate::cli::{DiffArgs, Global};
use crate::collect::{
    AccountSelection, CollectError, CollectOptions, RegionSelection, RequiredKeys, TagRules, read_tag_policy,
};
use crate::model::Gap;

/// The tag rules of a live account.
pub(crate) struct LiveTagRules {
    /// The account id.
    pub(crate) account: String,
    /// The rules as the AWS CLI prints them; `None` if nothing could be read.
    pub(crate) input: Option<ImportInput>,
    /// The reason why the account has no tag policy, if it has none.
    pub(crate) none: Option<String>,
    /// The parts that could not be read.
    pub(crate) unread: Vec<Gap>,
}

/// Reads the tag rules of the account that the flags select; `None` if the run was interrupted.
pub(crate) fn tag_rules(args: &DiffArgs, global: &Global) -> Result<Option<LiveTagRules>, Failure> {
    let read = match read_tag_policy(&options(args)?) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if global.verbose > 0 {
        print_calls(&read.calls);
    }
    let mut none = None;
    let document = match read.rules {
        TagRules::Policy(content) => {
            Some(json!({ "EffectivePolicy": { "PolicyContent": content, "TargetId": read.account } }))
        }
        TagRules::NoPolicy(why) => {
            none = Some(why);
            Some(json!({ "tags": {} }))
        }
        TagRules::Required(keys) => Some(json!({ "RequiredTags": keys.iter().map(entry).collect::<Vec<_>>() })),
        TagRules::Unread => None,
    };
    let name = format!("account {}", read.account);
    let input = document.map(|document| ImportInput { name, text: document.to_string() });
    Ok(Some(LiveTagRules { account: read.account, input, none, unread: read.unread }))
}

fn entry(keys: &RequiredKeys) -> serde_json::Value {
    json!({
        "ResourceType": keys.kind,
        "CloudFormationResourceTypes": keys.template_types,
        "ReportingTagKeys": keys.keys,
    })
}

fn options(args: &DiffArgs) -> Result<CollectOptions, Failure> {
    if !args.external_id.is_empty() && args.role_arn.is_none() {
        return Err(Failure::new("--external-id without a role").help("it belongs to --role-arn"));
    }
    let accounts = match &args.role_arn {
        Some(arn) => AccountSelection::Roles(vec![arn.clone()]),
        None => AccountSelection::Own,
    };
    let regions = match &args.region {
        Some(name) => RegionSelection::Named(vec![name.clone()]),
        None => RegionSelection::Configured,
    };
    let external_ids = external_ids(&args.external_id)?;
    Ok(CollectOptions { accounts, external_ids, regions, ..flags::connection(&args.connection)? })
}
