//! Which policies read a key: for a person, and (`json`) for programs.

mod json;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::base::{all_of, count, escape, quote};
use crate::iam_policies::{
    AccountPolicies, AttachedTo, IamPolicy, KnownPolicies, NOT_LOOKED_AT, ReferencedKey, Statement, TagReference,
    meaning,
};
use crate::model::Gap;

pub use json::write as write_access_json;

/// Holders and actions that a line names; the others are counted.
const SHOWN: usize = 6;

/// What a key has to do with the policies of accounts.
struct Found<'a> {
    policy: &'a IamPolicy,
    statements: Vec<(&'a Statement, Vec<&'a TagReference>)>,
}

/// The policies of an account that read the key, or that govern tagging itself.
fn found<'a>(account: &'a AccountPolicies, key: &str, tagging: bool) -> Vec<Found<'a>> {
    let wanted = |read: &&TagReference| read.whose.governs_tagging() == tagging && read.key.reads(key);
    let statements = |policy: &'a IamPolicy| -> Vec<_> {
        let of = |statement: &'a Statement| (statement, statement.reads.iter().filter(wanted).collect::<Vec<_>>());
        policy.statements.iter().map(of).filter(|(_, reads)| !reads.is_empty()).collect()
    };
    let all = account.policies.iter().map(|policy| Found { policy, statements: statements(policy) });
    all.filter(|found| !found.statements.is_empty()).collect()
}

/// For a person.
///
/// # Errors
/// Those of `out`.
pub fn write_access_text(known: &KnownPolicies, key: &str, out: &mut dyn Write) -> io::Result<()> {
    for account in &known.accounts {
        write_account(account, key, out)?;
    }
    writeln!(out, "not looked at: {}", all_of(NOT_LOOKED_AT.map(str::to_owned)))?;
    let gaps = known.unread.iter().chain(known.accounts.iter().flat_map(|account| &account.unread));
    for gap in gaps {
        writeln!(out, "unread: {}", escape(&of_gap(gap)))?;
    }
    if !known.is_complete() {
        writeln!(out, "incomplete: {} may be read by policies that could not be read", quote(key))?;
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
    let readers = found(account, key, false);
    let sure = if account.unread.is_empty() { "" } else { " of those that could be read" };
    let what = match readers.len() as u64 {
        0 => format!("no policy{sure}"),
        1 => format!("1 policy{sure}"),
        more => format!("{}{sure}", count(more, "policy").replace("policys", "policies")),
    };
    let documents = count(account.documents, "document");
    writeln!(out, "{name}: {} is read by {what} ({documents} looked at)\n", quote(key))?;
    for found in &readers {
        write_policy(found, out)?;
    }
    let governors = found(account, key, true);
    if !governors.is_empty() {
        writeln!(out, "who may write or remove it is besides governed by\n")?;
        for found in &governors {
            write_policy(found, out)?;
        }
    }
    Ok(())
}

fn write_policy(found: &Found<'_>, out: &mut dyn Write) -> io::Result<()> {
    let policy = found.policy;
    let title = policy.title();
    let kind = if policy.arn.is_some() { format!("{} ", policy.kind.words()) } else { String::new() };
    writeln!(out, "{kind}{}", escape(&title))?;
    if policy.arn.is_some() {
        writeln!(out, "  {}", holders(policy))?;
    }
    for (statement, reads) in &found.statements {
        writeln!(out, "  statement {}: {}", escape(&statement.title()), actions(statement))?;
        for sentence in sentences(statement, reads) {
            writeln!(out, "    {sentence}")?;
        }
    }
    writeln!(out)
}

/// Each sentence once, in the order of the statement.
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

/// Who has the policy.
fn holders(policy: &IamPolicy) -> String {
    if policy.holders.is_empty() {
        return "attached to nothing that was read".to_owned();
    }
    let name = |holder: &AttachedTo| {
        let as_boundary = if holder.as_boundary { " (as permissions boundary)" } else { "" };
        format!("{} {}{as_boundary}", holder.kind.word(), escape(&holder.name))
    };
    format!("attached to {}", some_of(policy.holders.iter().map(name)))
}

/// What the statement is about.
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
