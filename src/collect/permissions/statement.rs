//! Statements of IAM policies, and those that give access to the accounts.

use serde_json::{Value, json};

use crate::collect::options::{AccountSelection, CollectOptions, OrganizationSelection};

/// The identity to which a policy is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyHolder {
    /// The identity of the credentials with which the command starts.
    Caller,
    /// The role that is assumed in each account.
    Role,
}

impl PolicyHolder {
    /// Returns `true` if this identity reads any account itself.
    pub(super) fn reads_accounts(self, options: &CollectOptions) -> bool {
        !matches!((self, &options.accounts), (Self::Caller, AccountSelection::Roles(_)))
    }
}

/// The statements that list the accounts and assume their roles. `account_tags`: whether the tags of accounts are read.
/// `enters`: whether a role in each account is needed.
pub(super) fn account_access(
    options: &CollectOptions,
    holder: PolicyHolder,
    partition: &str,
    account_tags: bool,
    enters: bool,
) -> Vec<Value> {
    match (holder, &options.accounts) {
        (PolicyHolder::Role, _) | (_, AccountSelection::Own) => Vec::new(),
        (PolicyHolder::Caller, AccountSelection::Roles(arns)) => vec![assume(json!(arns))],
        (PolicyHolder::Caller, AccountSelection::Organization(organization)) => {
            let roles = format!("arn:{partition}:iam::*:role/{}", organization.role_name);
            // Any account can have a role of this name.
            let mut assume = assume(json!(roles));
            assume["Condition"] = json!({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}});
            let list = organization_statement(organization, account_tags);
            if enters { vec![list, assume] } else { vec![list] }
        }
    }
}

fn assume(roles: Value) -> Value {
    statement("TaglintAssume", &["sts:AssumeRole"], roles)
}

fn organization_statement(organization: &OrganizationSelection, account_tags: bool) -> Value {
    let mut actions = match organization.units[..] {
        [] => vec!["organizations:ListAccounts"],
        _ => vec!["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"],
    };
    if account_tags {
        actions.push("organizations:ListTagsForResource");
    }
    statement("TaglintOrganization", &actions, json!("*"))
}

/// A statement that allows actions.
pub(super) fn statement(sid: &str, actions: &[&str], resource: impl Into<Value>) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource.into()})
}

/// A policy as indented JSON.
pub(super) fn policy(statements: &[Value]) -> String {
    format!("{:#}", json!({"Version": "2012-10-17", "Statement": statements}))
}
