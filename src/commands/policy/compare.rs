//! `taglint policy diff`.

use serde_json::{Value, json};

use super::input::import_input;
use crate::authoring::compare::{Comparison, compare};
use crate::base::encode::json;
use crate::base::{LogSpelling, escape};
use crate::cli::{DiffArgs, Global, TextOrJson};
use crate::commands::inputs::{note, policy};
use crate::commands::output::stdout;
use crate::commands::{Failure, RunOutcome};
use crate::policy::Policy;

/// Prints the differences. The exit code is 1 if there are any, and 3 if something could not be read.
pub(super) fn run(args: &DiffArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let loaded = policy(&args.policy, global)?;
    match &args.file {
        Some(file) => {
            let found = compare(&loaded, &import_input(file)?).map_err(|error| {
                Failure::new(error.to_string())
                    .help("give the output of describe-effective-policy or of list-required-tags")
            })?;
            print(args.format, Some(&found), None)?;
            Ok(outcome(&found))
        }
        None => live(args, &loaded, global),
    }
}

fn outcome(found: &Comparison) -> RunOutcome {
    if found.differences.is_empty() { RunOutcome::Good } else { RunOutcome::Findings }
}

/// Compares with the account of the credentials.
#[cfg(feature = "aws")]
fn live(args: &DiffArgs, policy: &Policy, global: &Global) -> Result<RunOutcome, Failure> {
    use crate::commands::live::{interrupted, tag_rules};
    let Some(mut read) = tag_rules(args, global)? else { return Ok(interrupted()) };
    let found = match &read.input {
        None => None,
        Some(input) => match compare(policy, input) {
            Ok(found) => Some(found),
            Err(error) => {
                let account = Some(read.account.clone());
                read.unread.push(crate::model::Gap { account, error: error.to_string(), ..Default::default() });
                None
            }
        },
    };
    let account = Account { id: &read.account, no_policy: read.none.as_deref(), unread: &read.unread };
    print(args.format, found.as_ref(), Some(&account))?;
    Ok(if read.unread.is_empty() { found.as_ref().map_or(RunOutcome::Good, outcome) } else { RunOutcome::Incomplete })
}

#[cfg(not(feature = "aws"))]
fn live(_: &DiffArgs, _: &Policy, _: &Global) -> Result<RunOutcome, Failure> {
    Err(Failure::new("this build of taglint cannot read live accounts").help("give a file"))
}

/// The account of a comparison with a live account.
struct Account<'a> {
    id: &'a str,
    /// The reason why it has no tag policy, if it has none.
    no_policy: Option<&'a str>,
    /// The parts that could not be read.
    unread: &'a [crate::model::Gap],
}

fn print(format: TextOrJson, found: Option<&Comparison>, account: Option<&Account<'_>>) -> Result<(), Failure> {
    match format {
        TextOrJson::Json => stdout(LogSpelling::Json, report(found, account).as_bytes())?,
        TextOrJson::Text => {
            if let Some(found) = found {
                stdout(LogSpelling::Text, text(found).as_bytes())?;
                found.omissions.iter().for_each(|omission| note(&format!("not compared: {}", omission.line())));
                found.notes.iter().for_each(|text| note(&format!("not compared: {text}")));
            }
            if let Some(account) = account {
                notes_of(account, found.is_some());
            }
        }
    }
    Ok(())
}

fn notes_of(account: &Account<'_>, is_compared: bool) {
    if let Some(why) = account.no_policy {
        note(&format!("account {} has no tag policy: {why}", account.id));
    }
    let rest = if is_compared { "; only the required keys were compared" } else { "; nothing was compared" };
    for gap in account.unread {
        note(&format!("could not be read: account {}: {}{rest}", account.id, gap.error));
    }
}

fn text(found: &Comparison) -> String {
    let mut out = String::new();
    for difference in &found.differences {
        out += &escape(&difference.line());
        out.push('\n');
    }
    if out.is_empty() { "no differences\n".to_owned() } else { out }
}

/// The report. `differences` is null if nothing was compared.
fn report(found: Option<&Comparison>, account: Option<&Account<'_>>) -> String {
    let not_compared = found.map(|found| json!({ "policy": found.omissions, "aws": found.notes }));
    let mut value = json!({ "differences": found.map(|found| &found.differences), "not-compared": not_compared });
    if let Some(account) = account {
        value["account"] = account.id.into();
        value["tag-policy"] = Value::Bool(account.no_policy.is_none());
        value["unread"] = json!(account.unread);
    }
    json::to_string(&value) + "\n"
}
