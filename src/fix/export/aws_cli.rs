//! The AWS CLI script.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::aws::TaggableArn;
use crate::aws::resource_types::Form;
use crate::aws::supported::ResourceArn;
use crate::base::encode::{json, shell};
use crate::base::escape;
use crate::fix::plan::Change;
use crate::fix::requests::{Request, requests};

/// Writes the script in printable ASCII. All text from AWS is JSON in single quotes, so that no part of it is read as an
/// option, a file name or a command.
pub(super) fn write(changes: &[&Change], left_out: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "#!/bin/sh")?;
    writeln!(
        out,
        "# Tag changes planned by taglint. This script does not check whether the tags changed since the plan"
    )?;
    writeln!(out, "# was made. `taglint fix --apply` does, and writes a journal for undo.")?;
    if left_out > 0 {
        writeln!(out, "# Left out because CloudFormation or Terraform manages them: {left_out} (--allow-managed).")?;
    }
    writeln!(out, "set -eu")?;
    let mut accounts: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        accounts.entry(&change.account).or_default().push(change);
    }
    if accounts.is_empty() {
        return Ok(());
    }
    if changes.iter().any(|change| TaggableArn::parse(&change.arn).is_some_and(|arn| arn.native.is_none())) {
        out.write_all(TAGGING_API.as_bytes())?;
    }
    writeln!(out, "account=$(aws sts get-caller-identity --query Account --output text)")?;
    writeln!(out, "case \"$account\" in")?;
    for (account, changes) in &accounts {
        // The account becomes a `case` pattern, so nothing but digits may reach the shell.
        let digits: String = account.chars().filter(char::is_ascii_digit).collect();
        writeln!(out, "{digits})")?;
        for change in changes {
            write_change(change, out)?;
        }
        writeln!(out, "  ;;")?;
    }
    writeln!(out, "*)")?;
    writeln!(out, "  echo \"the plan has no changes for account $account\" >&2")?;
    writeln!(out, "  exit 1")?;
    writeln!(out, "  ;;")?;
    writeln!(out, "esac")
}

/// Writes the calls of one change: the requests that `--apply` would send, in the same order.
fn write_change(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    // A plan contains only changes with a valid ARN and possible requests; a plan file is checked when it is read.
    let Some(parsed) = TaggableArn::parse(&change.arn) else { return Ok(()) };
    writeln!(out, "  # {}", escape(&change.arn))?;
    let requests = match requests(&change.kind, &change.before, &change.after) {
        Ok(requests) => requests,
        Err(why) => return writeln!(out, "  # not possible: {}", escape(&why)),
    };
    let Some(arn) = parsed.native else { return write_tagging_api(change, &parsed, &requests, out) };
    let (service, region) = (arn.resource_type.tagging.service, arn.region());
    let region = region.map(|region| format!(" --region {region}")).unwrap_or_default();
    for request in &requests {
        let (command, input) = call(request, &arn, &change.arn);
        writeln!(out, "  aws {service} {command}{region} --cli-input-json {}", shell::word(&json::to_ascii(&input)))?;
    }
    Ok(())
}

/// The function of the script that calls the tagging API. That succeeds although a resource failed.
const TAGGING_API: &str = r#"tagging_api() {
  failed=$(aws resourcegroupstaggingapi "$@" --query 'FailedResourcesMap.*.ErrorMessage' --output text)
  if [ -n "$failed" ] && [ "$failed" != None ]; then
    echo "$failed" >&2
    exit 1
  fi
}
"#;

/// Writes the calls of one change that the tagging API makes.
fn write_tagging_api(
    change: &Change,
    arn: &TaggableArn<'_>,
    requests: &[Request],
    out: &mut dyn Write,
) -> io::Result<()> {
    let Ok(place) = arn.place(Some(&change.account), change.region.as_deref()) else { return Ok(()) };
    let region = place.tagging_region(arn.arn.partition);
    for request in requests {
        let (command, member, value) = match request {
            Request::Tag(tags) => ("tag-resources", "Tags", json!(tags)),
            Request::Untag(keys) => ("untag-resources", "TagKeys", json!(keys)),
        };
        let input = json!({"ResourceARNList": [change.arn], member: value});
        let input = shell::word(&json::to_ascii(&input));
        writeln!(out, "  tagging_api {command} --region {region} --cli-input-json {input}")?;
    }
    Ok(())
}

/// Returns the AWS CLI command of a request, and its input.
fn call(request: &Request, arn: &ResourceArn<'_>, text: &str) -> (&'static str, Map<String, Value>) {
    let tagging = &arn.resource_type.tagging;
    let id = if tagging.by_name { arn.name } else { text };
    let mut input = Map::from_iter([(tagging.id_field.to_owned(), json!(id))]);
    match request {
        Request::Tag(tags) => {
            let pair = |(key, value): (&String, &String)| json!({"Key": key, "Value": value});
            let tags = match tagging.tags_form {
                Form::Map => json!(tags),
                Form::List | Form::Specifications => tags.iter().map(pair).collect(),
            };
            input.insert("Tags".to_owned(), tags);
            (tagging.tag.command, input)
        }
        Request::Untag(keys) => {
            input.insert("TagKeys".to_owned(), json!(keys));
            (tagging.untag.command, input)
        }
    }
}
