//! Text for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::format::AccessFormat;
use super::matching::{MatchingPolicy, matching_policies};
use crate::base::{LogSpelling, all_of, count, escape, quote};
use crate::iam_policies::{
    AccountPolicies, AttachedTo, IamPolicy, KnownPolicies, NOT_LOOKED_AT, ReferencedKey, Statement, TagReference,
    meaning,
};
use crate::model::Gap;

/// The maximum number of holders and actions that a line names; the others are counted.
const SHOWN: usize = 6;

pub(super) const FORMAT: AccessFormat =
    AccessFormat { name: "text", about: "Text for people", log: LogSpelling::Text, render: write };

/// Writes every account with the policies that read the key, then the limits of the result.
fn write(known: &KnownPolicies, key: &str, out: &mut dyn Write) -> io::Result<()> {
    for account in &known.accounts {
        write_account(account, key, out)?;
    }
    writeln!(out, "not covered: {}", all_of(NOT_LOOKED_AT.map(str::to_owned)))?;
    let gaps = known.unread.iter().chain(known.accounts.iter().flat_map(|account| &account.unread));
    for gap in gaps {
        writeln!(out, "could not be read: {}", escape(&of_gap(gap)))?;
    }
    if !known.is_complete() {
        writeln!(out, "incomplete: policies that could not be read may also read {}", quote(key))?;
    }
    Ok(())
}

fn of_gap(gap: &Gap) -> String {
    let place = gap.account.as_ref().map(|account| format!("account {account}: ")).unwrap_or_default();
    let operation = gap.operation.as_deref().filter(|operation| !gap.error.contains(operation));
    let operation = operation.map(|operation| format!("{operation}: ")).unwrap_or_default();
    format!("{place}{operation}{}", gap.error)
}

fn write_account(account: &AccountPolicies, key: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = if account.id.is_empty() { "an account".to_owned() } else { format!("account {}", escape(&account.id)) };
    let readers = matching_policies(account, key, false);
    let sure = if account.unread.is_empty() { "" } else { " of those that could be read" };
    let what = match readers.len() as u64 {
        0 => format!("no policy{sure}"),
        1 => format!("1 policy{sure}"),
        more => format!("{}{sure}", count(more, "policy")),
    };
    let documents = count(account.documents, "document");
    writeln!(out, "{name}: {} is read by {what} ({documents} read)\n", quote(key))?;
    for matching in &readers {
        write_policy(matching, out)?;
    }
    let governors = matching_policies(account, key, true);
    if !governors.is_empty() {
        writeln!(out, "who may write or remove it is also governed by\n")?;
        for matching in &governors {
            write_policy(matching, out)?;
        }
    }
    Ok(())
}

fn write_policy(matching: &MatchingPolicy<'_>, out: &mut dyn Write) -> io::Result<()> {
    let policy = matching.policy;
    let title = policy.title();
    let kind = if policy.arn.is_some() { format!("{} ", policy.kind.words()) } else { String::new() };
    writeln!(out, "{kind}{}", escape(&title))?;
    if policy.arn.is_some() {
        writeln!(out, "  {}", holders(policy))?;
    }
    for (statement, reads) in &matching.statements {
        writeln!(out, "  statement {}: {}", escape(&statement.title()), actions(statement))?;
        for sentence in sentences(statement, reads) {
            writeln!(out, "    {sentence}")?;
        }
    }
    writeln!(out)
}

/// Returns each sentence once, in the order of the statement.
fn sentences(statement: &Statement, reads: &[&TagReference]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let sentence = |read: &&TagReference| format!("{} (reads {})", meaning(statement, read), escape(&written(read)));
    reads.iter().map(sentence).filter(|text| seen.insert(text.clone())).collect()
}

fn written(read: &TagReference) -> String {
    match read.key {
        ReferencedKey::Any if read.written().ends_with("/*") => {
            format!("any key of {}", read.written().trim_end_matches("/*"))
        }
        _ => read.written(),
    }
}

/// The users, roles and groups that have the policy.
fn holders(policy: &IamPolicy) -> String {
    if policy.attached_to.is_empty() {
        return "attached to nothing that was read".to_owned();
    }
    let name = |holder: &AttachedTo| {
        let as_boundary = if holder.as_boundary { " (as permissions boundary)" } else { "" };
        format!("{} {}{as_boundary}", holder.kind.word(), escape(&holder.name))
    };
    format!("attached to {}", some_of(policy.attached_to.iter().map(name)))
}

/// The subject of the statement: its actions, or all actions but these.
fn actions(statement: &Statement) -> String {
    let verb = if statement.allows { "Allow" } else { "Deny" };
    let but = if statement.other_actions { " everything but" } else { "" };
    format!("{verb}{but} {}", some_of(statement.actions.iter().map(|action| escape(action).into_owned())))
}

fn some_of(words: impl ExactSizeIterator<Item = String>) -> String {
    let more = words.len().saturating_sub(SHOWN);
    let mut words: Vec<String> = words.take(SHOWN).collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    all_of(words)
}
