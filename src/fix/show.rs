//! The plan as text: tag changes as a diff, and the findings that are not fixed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::plan::{Access, Change, NotFixed, OwnerKind, Plan};
use crate::base::{all_of, count, escape, quote};

/// The maximum number of entries shown in one list. `plan.json` contains all of them.
const MAX_SHOWN: usize = 200;

/// Writes a plan as text. `evaluated` is the number of evaluated resources, if known.
///
/// # Errors
/// Errors of the writer.
pub fn show(plan: &Plan, evaluated: Option<u64>, color: bool, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
    if !quiet {
        for change in &plan.changes {
            show_change(change, color, out)?;
        }
        show_readers(&plan.changes, out)?;
        show_not_fixed(&plan.not_fixed, out)?;
        show_not_evaluated(plan, out)?;
    }
    summary(plan, evaluated, out)
}

fn show_change(change: &Change, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let owner = match change.owner.by {
        OwnerKind::Unknown => "  (owner unknown)".to_owned(),
        OwnerKind::None => String::new(),
        OwnerKind::CloudFormation => format!("  (managed by CloudFormation{})", place(change)),
        OwnerKind::Terraform => format!("  (managed by Terraform{})", place(change)),
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
    for reason in &change.rules {
        let who = reason.rule.as_deref().map_or("--set".to_owned(), |rule| format!("rule {}", escape(rule)));
        writeln!(out, "    {who}: {} {}", quote(&reason.key), reason.kind)?;
    }
    for rename in change.renames.iter().filter(|rename| rename.guess) {
        writeln!(out, "    renaming {} to {} is a guess", quote(&rename.from), quote(&rename.to))?;
    }
    let read: BTreeSet<&str> = change.access.iter().map(|access| access.key.as_str()).collect();
    if !read.is_empty() {
        let keys = all_of(read.into_iter().map(quote));
        writeln!(out, "    a policy reads {keys}: --apply changes it only with --allow-access-change")?;
    }
    writeln!(out, "    as read: {}", &change.read[..change.read.len().min(16)])?;
    writeln!(out)
}

fn place(change: &Change) -> String {
    let address = change.owner.address.as_deref().map(|address| format!(" as {}", escape(address)));
    let at = change.owner.location.as_ref().map(|at| format!(", {}:{}", escape(&at.path), at.line));
    address.unwrap_or_default() + &at.unwrap_or_default()
}

/// Lists the policies that read changed keys, each once for all resources.
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
    for ((account, access), resources) in readers.into_iter().take(MAX_SHOWN) {
        let statement = access.statement.as_deref().map(|sid| format!(", statement {}", escape(sid)));
        let (key, policy, reads) = (quote(&access.key), escape(&access.policy), escape(&access.reads));
        let (statement, of) = (statement.unwrap_or_default(), count(resources, "resource"));
        writeln!(out, "  {key} of {of} in {}: {policy}{statement}: {reads}", escape(account))?;
    }
    more(all, out)
}

fn show_not_fixed(not_fixed: &[NotFixed], out: &mut dyn Write) -> io::Result<()> {
    if not_fixed.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not fixed:")?;
    for one in not_fixed.iter().take(MAX_SHOWN) {
        let who = one.finding.rule.as_deref().map_or("--set".to_owned(), |rule| escape(rule).into_owned());
        let arn = escape(&one.arn);
        let key = if one.finding.key.is_empty() { String::new() } else { format!("{} ", quote(&one.finding.key)) };
        writeln!(out, "  {arn} {who} {key}{}: {}", one.finding.kind, escape(&one.reason))?;
    }
    more(not_fixed.len(), out)
}

fn show_not_evaluated(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    if plan.not_evaluated.is_empty() {
        return Ok(());
    }
    writeln!(out, "Not evaluated:")?;
    for one in plan.not_evaluated.iter().take(MAX_SHOWN) {
        writeln!(out, "  {}: {}", escape(&one.what), escape(&one.reason))?;
    }
    more(plan.not_evaluated.len(), out)
}

fn more(all: usize, out: &mut dyn Write) -> io::Result<()> {
    if all > MAX_SHOWN {
        writeln!(out, "  … and {} more (--output plan.json contains all)", all - MAX_SHOWN)?;
    }
    writeln!(out)
}

fn summary(plan: &Plan, evaluated: Option<u64>, out: &mut dyn Write) -> io::Result<()> {
    let of = |wanted: fn(&Change) -> bool| plan.changes.iter().filter(|change| wanted(change)).count() as u64;
    if let Some(evaluated) = evaluated {
        write!(out, "{} evaluated: ", count(evaluated, "resource"))?;
    }
    writeln!(
        out,
        "{} would change, {} not fixed, {} not evaluated",
        count(plan.changes.len() as u64, "resource"),
        count(plan.not_fixed.len() as u64, "finding"),
        count(plan.not_evaluated.len() as u64, "item"),
    )?;
    let read = of(|change| !change.access.is_empty());
    if read > 0 {
        writeln!(
            out,
            "{} with tags that policies read: changed only with --allow-access-change",
            count(read, "resource")
        )?;
    }
    let managed = of(|change| change.owner.is_managed());
    if managed > 0 {
        writeln!(
            out,
            "{} managed by CloudFormation or Terraform: changed only with --allow-managed; --patch changes the source",
            count(managed, "resource")
        )?;
    }
    let unknown = of(|change| change.owner.by == OwnerKind::Unknown);
    if unknown > 0 {
        writeln!(
            out,
            "{} with unknown owner: give --terraform-state or --stack-resources, or skip them with --require-owner-known",
            count(unknown, "resource")
        )?;
    }
    Ok(())
}
