//! JSON for programs: one object.

use std::io::{self, Write};

use serde::Serialize;

use super::format::AccessFormat;
use super::matching::{MatchingPolicy, matching_policies};
use crate::base::LogSpelling;
use crate::base::encode::json::append;
use crate::iam_policies::{
    AccountPolicies, IamPolicy, KnownPolicies, NOT_LOOKED_AT, ReferenceElement, Statement, TagReference, meaning,
};
use crate::model::Gap;

pub(super) const FORMAT: AccessFormat =
    AccessFormat { name: "json", about: "JSON for programs: one object", log: LogSpelling::Json, render: write };

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AccessReport<'a> {
    taglint: &'static str,
    version: u32,
    key: &'a str,
    /// `true` if everything that the operation returns was read.
    complete: bool,
    accounts: Vec<AccountJson<'a>>,
    not_looked_at: [&'static str; 5],
    unread: Vec<&'a Gap>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AccountJson<'a> {
    account: &'a str,
    complete: bool,
    documents: u64,
    read_by: Vec<AccessPolicyJson<'a>>,
    tagging_governed_by: Vec<AccessPolicyJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AccessPolicyJson<'a> {
    policy: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<&'a str>,
    attached_to: Vec<HolderJson<'a>>,
    statements: Vec<StatementJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct HolderJson<'a> {
    kind: &'static str,
    name: &'a str,
    arn: &'a str,
    boundary: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct StatementJson<'a> {
    number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    effect: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    action: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    not_action: &'a [String],
    reads: Vec<ReadJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ReadJson<'a> {
    reads: String,
    element: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_key: Option<&'a str>,
    values: Vec<&'a str>,
    meaning: String,
}

/// Writes one object.
fn write(known: &KnownPolicies, key: &str, out: &mut dyn Write) -> io::Result<()> {
    let gaps = known.unread.iter().chain(known.accounts.iter().flat_map(|account| &account.unread));
    let report = AccessReport {
        taglint: "access",
        version: 1,
        key,
        complete: known.is_complete(),
        accounts: known.accounts.iter().map(|account| of_account(account, key)).collect(),
        not_looked_at: NOT_LOOKED_AT,
        unread: gaps.collect(),
    };
    let mut bytes = Vec::new();
    append(&mut bytes, &report);
    bytes.push(b'\n');
    out.write_all(&bytes)
}

fn of_account<'a>(account: &'a AccountPolicies, key: &str) -> AccountJson<'a> {
    let policies = |tagging| matching_policies(account, key, tagging).into_iter().map(of_policy).collect();
    AccountJson {
        account: &account.id,
        complete: account.unread.is_empty(),
        documents: account.documents,
        read_by: policies(false),
        tagging_governed_by: policies(true),
    }
}

fn of_policy(matching: MatchingPolicy<'_>) -> AccessPolicyJson<'_> {
    let policy: &IamPolicy = matching.policy;
    let holders = policy.attached_to.iter().map(|holder| HolderJson {
        kind: holder.kind.word(),
        name: &holder.name,
        arn: &holder.arn,
        boundary: holder.as_boundary,
    });
    AccessPolicyJson {
        policy: policy.title(),
        kind: policy.kind.words(),
        name: &policy.name,
        arn: policy.arn.as_deref(),
        attached_to: holders.collect(),
        statements: matching.statements.into_iter().map(|(statement, reads)| of_statement(statement, reads)).collect(),
    }
}

fn of_statement<'a>(statement: &'a Statement, reads: Vec<&'a TagReference>) -> StatementJson<'a> {
    let (action, not_action): (&[String], &[String]) =
        if statement.other_actions { (&[], &statement.actions) } else { (&statement.actions, &[]) };
    StatementJson {
        number: statement.number,
        sid: statement.sid.as_deref(),
        effect: if statement.allows { "Allow" } else { "Deny" },
        action,
        not_action,
        reads: reads.into_iter().map(|read| of_read(statement, read)).collect(),
    }
}

fn of_read<'a>(statement: &Statement, read: &'a TagReference) -> ReadJson<'a> {
    let (element, operator, name, values): (_, Option<&str>, Option<&str>, Vec<&str>) = match &read.element {
        ReferenceElement::Condition { operator, name, values } => {
            ("Condition", Some(operator), Some(name), values.iter().map(|value| &**value).collect())
        }
        ReferenceElement::Value { operator, name, text } => ("Condition", Some(operator), Some(name), vec![text]),
        ReferenceElement::Resource { other: false, text } => ("Resource", None, None, vec![text]),
        ReferenceElement::Resource { other: true, text } => ("NotResource", None, None, vec![text]),
    };
    ReadJson {
        reads: read.written(),
        element,
        operator,
        condition_key: name,
        values,
        meaning: meaning(statement, read),
    }
}
