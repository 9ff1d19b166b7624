//! A plan as a person reads it: the tags before and after as a diff, and what is not done and why.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::plan::{Access, Change, NotFixed, OwnerKind, Plan};
use crate::base::{all_of, count, escape, quote};

/// More entries of a kind are counted only: `plan.json` has all of them.
const SHOWN: usize = 200;

/// Writes a plan for a person. `looked_at` counts the resources that were looked at, where that is known.
///
/// # Errors
/// Those of the writer.
pub fn show(plan: &Plan, looked_at: Option<u64>, color: bool, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
    if !quiet {
        for change in &plan.changes {
            show_change(change, color, out)?;
        }
        show_readers(&plan.changes, out)?;
        show_left(&plan.not_fixed, out)?;
        show_unseen(plan, out)?;
    }
    summary(plan, looked_at, out)
}

fn show_change(change: &Change, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let owner = match change.owner.by {
        OwnerKind::Unknown => "  (who keeps it is not known)".to_owned(),
        OwnerKind::None => String::new(),
        OwnerKind::CloudFormation => format!("  (kept by CloudFormation{})", place(change)),
        OwnerKind::Terraform => format!("  (kept by Terraform{})", place(change)),
    };
    writeln!(out, "{}{owner}", escape(&change.arn))?;
    let mut line = |sign: char, key: &str, value: &str| {
        let (on, off) = match (color, sign) {
            (false, _) => ("", ""),
            (true, '-') => ("\u{1b}[31m", "\u{1b}[0m"),
            (true, _) => ("\u{1b}[32m", "\u{1b}[0m"),
        };
        writeln!(out, "  {on}{sign} {} = {}{off}", quote(key), quote(value))
    };
    for (key, value) in &change.before {
        if change.after.get(key) != Some(value) {
            line('-', key, value)?;
        }
    }
    for (key, value) in &change.after {
        if change.before.get(key) != Some(value) {
            line('+', key, value)?;
        }
    }
    for ask in &change.rules {
        let who = ask.rule.as_deref().map_or("--set".to_owned(), |rule| format!("rule {}", escape(rule)));
        writeln!(out, "    {who}: {} {}", quote(&ask.key), ask.kind)?;
    }
    for rename in change.renames.iter().filter(|rename| rename.guess) {
        writeln!(out, "    that {} is meant to be {} is a guess", quote(&rename.from), quote(&rename.to))?;
    }
    let read: BTreeSet<&str> = change.access.iter().map(|access| access.key.as_str()).collect();
    if !read.is_empty() {
        let keys = all_of(read.into_iter().map(quote));
        writeln!(out, "    a policy reads {keys}: applied only with --allow-access-change")?;
    }
    writeln!(out, "    as read: {}", &change.read[..change.read.len().min(16)])?;
    writeln!(out)
}

fn place(change: &Change) -> String {
    let address = change.owner.address.as_deref().map(|address| format!(" as {}", escape(address)));
    let at = change.owner.location.as_ref().map(|at| format!(", {}:{}", escape(&at.path), at.line));
    address.unwrap_or_default() + &at.unwrap_or_default()
}

/// Which policies read what is touched, each once for all resources of a type.
fn show_readers(changes: &[Change], out: &mut dyn Write) -> io::Result<()> {
    let mut readers: BTreeMap<(&str, &Access), u64> = BTreeMap::new();
    for change in changes {
        for access in &change.access {
            *readers.entry((&change.account, access)).or_default() += 1;
        }
    }
    if readers.is_empty() {
        return Ok(());
    }
    let all = readers.len();
    writeln!(out, "Read by policies:")?;
    for ((account, access), resources) in readers.into_iter().take(SHOWN) {
        let statement = access.statement.as_deref().map(|sid| format!(", statement {}", escape(sid)));
        let (key, policy, reads) = (quote(&access.key), escape(&access.policy), escape(&access.reads));
        let (statement, of) = (statement.unwrap_or_default(), count(resources, "resource"));
        writeln!(out, "  {key} of {of} in {}: {policy}{statement}: {reads}", escape(account))?;
    }
    more(all, out)
}

fn show_left(left: &[NotFixed], out: &mut dyn Write) -> io::Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not fixed:")?;
    for one in left.iter().take(SHOWN) {
        let who = one.ask.rule.as_deref().map_or("--set".to_owned(), |rule| escape(rule).into_owned());
        let arn = escape(&one.arn);
        let key = if one.ask.key.is_empty() { String::new() } else { format!("{} ", quote(&one.ask.key)) };
        writeln!(out, "  {arn} {who} {key}{}: {}", one.ask.kind, escape(&one.reason))?;
    }
    more(left.len(), out)
}

fn show_unseen(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    if plan.not_looked_at.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not looked at:")?;
    for one in plan.not_looked_at.iter().take(SHOWN) {
        writeln!(out, "  {}: {}", escape(&one.what), escape(&one.reason))?;
    }
    more(plan.not_looked_at.len(), out)
}

fn more(all: usize, out: &mut dyn Write) -> io::Result<()> {
    if all > SHOWN {
        writeln!(out, "  … and {} more (--output plan.json has all)", all - SHOWN)?;
    }
    writeln!(out)
}

fn summary(plan: &Plan, looked_at: Option<u64>, out: &mut dyn Write) -> io::Result<()> {
    let of = |wanted: fn(&Change) -> bool| plan.changes.iter().filter(|change| wanted(change)).count() as u64;
    if let Some(looked_at) = looked_at {
        write!(out, "{} looked at: ", count(looked_at, "resource"))?;
    }
    writeln!(
        out,
        "{} would change, {} not fixed, {} not looked at",
        count(plan.changes.len() as u64, "resource"),
        count(plan.not_fixed.len() as u64, "finding"),
        count(plan.not_looked_at.len() as u64, "thing"),
    )?;
    let read = of(|change| !change.access.is_empty());
    if read > 0 {
        writeln!(out, "{} whose tags policies read: applied only with --allow-access-change", count(read, "resource"))?;
    }
    let managed = of(|change| change.owner.is_managed());
    if managed > 0 {
        writeln!(
            out,
            "{} kept elsewhere: applied only with --allow-managed; --patch changes the source",
            count(managed, "resource")
        )?;
    }
    let unknown = of(|change| change.owner.by == OwnerKind::Unknown);
    if unknown > 0 {
        writeln!(
            out,
            "{} whose owner is not known: --terraform-state and --stack-resources tell, --require-owner-known leaves them alone",
            count(unknown, "resource")
        )?;
    }
    Ok(())
}
