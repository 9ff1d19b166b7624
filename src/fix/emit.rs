//! Other ways to carry a plan out: a script for the AWS CLI, HCL for Terraform, a table for Tag Editor.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::plan::{Change, Plan, Target};
use crate::aws::{is_aws_key, same_key};
use crate::base::escape;

/// A form of a plan that other programs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emit {
    /// A shell script of AWS CLI calls.
    AwsCli,
    /// HCL: the tags that each resource would have.
    Terraform,
    /// CSV: one row a tag that changes.
    TagEditor,
}

/// Writes a plan in another form. What somebody else keeps is left out of what changes AWS, unless `managed` permits it;
/// Terraform's form is for exactly that.
///
/// # Errors
/// Those of the writer.
pub fn emit(plan: &Plan, form: Emit, managed: bool, out: &mut dyn Write) -> io::Result<()> {
    let permitted: Vec<&Change> =
        plan.changes.iter().filter(|change| managed || form == Emit::Terraform || !change.owner.is_managed()).collect();
    match form {
        Emit::AwsCli => aws_cli(&permitted, plan.changes.len() - permitted.len(), out),
        Emit::Terraform => terraform(&permitted, out),
        Emit::TagEditor => tag_editor(&permitted, out),
    }
}

/// The calls of one change, in the order that loses nothing, each with its service, operation, region and input.
///
/// A rename in letter case on a user is one call, as the new spelling replaces the old one. All else tags first and
/// untags after; where all places are taken there is no room for that, and the order is the other way round.
fn calls<'c>(change: &'c Change, target: &Target<'c>) -> Vec<(&'static str, Value)> {
    let pairs: Vec<Value> = change.set.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let keys: Vec<&String> = change.remove.iter().collect();
    let (tag, untag) = match target.kind {
        "iam:user" => (
            ("iam tag-user", json!({"UserName": target.name, "Tags": pairs})),
            ("iam untag-user", json!({"UserName": target.name, "TagKeys": keys})),
        ),
        "iam:mfa" => (
            ("iam tag-mfa-device", json!({"SerialNumber": change.arn, "Tags": pairs})),
            ("iam untag-mfa-device", json!({"SerialNumber": change.arn, "TagKeys": keys})),
        ),
        _ => (
            ("cognito-idp tag-resource", json!({"ResourceArn": change.arn, "Tags": change.set})),
            ("cognito-idp untag-resource", json!({"ResourceArn": change.arn, "TagKeys": keys})),
        ),
    };
    let mut out = Vec::new();
    if !change.set.is_empty() {
        out.push(tag);
    }
    if !change.remove.is_empty() {
        out.push(untag);
    }
    if crowded(change) {
        out.reverse();
    }
    out
}

/// Whether there is no place for the new tags before the old ones are gone.
fn crowded(change: &Change) -> bool {
    let fold = crate::aws::TagLimits::of(&change.kind);
    let own = change.before.keys().filter(|key| !is_aws_key(key));
    let there = |key: &String| {
        change.before.keys().any(|other| if fold.folds_case { same_key(key, other) } else { key == other })
    };
    own.count() + change.set.keys().filter(|key| !there(key)).count() > fold.max_tags as usize
}

/// A script in plain ASCII: every text of AWS's stands in JSON between single quotes, and nothing of it is read as an
/// option, a file name or a command.
fn aws_cli(changes: &[&Change], left_out: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "#!/bin/sh")?;
    writeln!(out, "# Tag changes planned by taglint. It does not look whether the tags are still as they were read;")?;
    writeln!(out, "# `taglint fix --apply` does, and keeps a journal to undo.")?;
    if left_out > 0 {
        writeln!(out, "# Left out, as somebody else keeps them: {left_out} (--allow-managed).")?;
    }
    writeln!(out, "set -eu")?;
    let mut accounts: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        accounts.entry(&change.account).or_default().push(change);
    }
    if accounts.is_empty() {
        return Ok(());
    }
    writeln!(out, "account=$(aws sts get-caller-identity --query Account --output text)")?;
    writeln!(out, "case \"$account\" in")?;
    for (account, changes) in &accounts {
        let numbers: String = account.chars().filter(char::is_ascii_digit).collect();
        writeln!(out, "{numbers})")?;
        for change in changes {
            // What has no such ARN never came from a plan.
            let Some(target) = Target::of(&change.arn) else { continue };
            writeln!(out, "  # {}", escape(&change.arn))?;
            let region = target.region.map(|region| format!(" --region {region}")).unwrap_or_default();
            for (call, input) in calls(change, &target) {
                writeln!(out, "  aws {call}{region} --cli-input-json {}", shell(&ascii(&input)))?;
            }
        }
        writeln!(out, "  ;;")?;
    }
    writeln!(out, "*)")?;
    writeln!(out, "  echo \"nothing is planned for account $account\" >&2")?;
    writeln!(out, "  exit 1")?;
    writeln!(out, "  ;;")?;
    writeln!(out, "esac")
}

/// JSON with every character beyond ASCII written as `\u….`
fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04x}");
            }
        }
    }
    out
}

/// One word of a shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn terraform(changes: &[&Change], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# The tags that each resource would have: tags = local.taglint_tags[\"…\"]")?;
    writeln!(out, "locals {{")?;
    writeln!(out, "  taglint_tags = {{")?;
    for change in changes {
        if let Some(address) = &change.owner.address {
            let at = change.owner.location.as_ref().map(|at| format!(" ({}:{})", escape(&at.path), at.line));
            writeln!(out, "    # {}{}", escape(address), at.unwrap_or_default())?;
        }
        writeln!(out, "    {} = {{", hcl(&change.arn))?;
        let own: Vec<(String, &String)> =
            change.after.iter().filter(|(key, _)| !is_aws_key(key)).map(|(key, value)| (hcl(key), value)).collect();
        let width = own.iter().map(|(key, _)| unicode_width::UnicodeWidthStr::width(key.as_str())).max().unwrap_or(0);
        for (key, value) in own {
            let space = " ".repeat(width - unicode_width::UnicodeWidthStr::width(key.as_str()));
            writeln!(out, "      {key}{space} = {}", hcl(value))?;
        }
        writeln!(out, "    }}")?;
    }
    writeln!(out, "  }}")?;
    writeln!(out, "}}")
}

/// A quoted text of HCL: nothing in it is a template, and what nobody sees is written out.
pub(super) fn hcl(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            _ if crate::base::is_hostile(c) && (c as u32) > 0xffff => out += &format!("\\U{:08x}", c as u32),
            _ if crate::base::is_hostile(c) => out += &format!("\\u{:04x}", c as u32),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One row a tag that changes, for the tables that people work through in Tag Editor.
fn tag_editor(changes: &[&Change], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    rows.write_record(["Identifier", "Service", "Type", "Region", "ARN", "Tag key", "Before", "After"])?;
    for change in changes {
        let (service, kind) = match change.kind.as_str() {
            "iam:user" => ("IAM", "User"),
            "iam:mfa" => ("IAM", "MFADevice"),
            _ => ("Cognito", "UserPool"),
        };
        let name = change.id.as_deref().filter(|_| service == "Cognito").or(change.name.as_deref()).unwrap_or("");
        let region = change.region.as_deref().unwrap_or("global");
        let keys = change.before.keys().chain(change.after.keys()).collect::<std::collections::BTreeSet<_>>();
        for key in keys {
            let (before, after) = (change.before.get(key), change.after.get(key));
            if before == after {
                continue;
            }
            let value = |text: Option<&'_ String>| text.map_or(String::new(), |text| cell(text).into_owned());
            let (key, before, after) = (cell(key), value(before), value(after));
            rows.write_record([&*cell(name), service, kind, region, &*cell(&change.arn), &key, &before, &after])?;
        }
    }
    rows.flush()
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    let start = text.trim_start_matches([' ', '"', ';']);
    if start.starts_with(['=', '+', '-', '@', '\t', '\r']) { Cow::Owned(format!("'{text}")) } else { text }
}
