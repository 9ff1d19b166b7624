//! Parsers of flag values.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::aws::{AccountId, Region};
use crate::base::{is_hostile, parse_percent};
use crate::model::lake::DayRange;
use crate::report::is_https;

/// The width of lines: a number of columns in which text can be read, or 0.
pub(super) fn text_width(text: &str) -> Result<usize, String> {
    let width = text.parse::<usize>().ok().filter(|width| *width == 0 || (20..=10_000).contains(width));
    width.ok_or_else(|| "write a number of columns from 20 on, or 0 for whole lines".to_owned())
}

/// A parser of one of several names, each with its description and value. `--help` lists them.
pub(super) fn choice<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = (&'static str, &'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let values: Vec<_> = values.into_iter().collect();
    let possible = values.iter().map(|(name, about, _)| match *about {
        "" => PossibleValue::new(*name),
        about => PossibleValue::new(*name).help(about),
    });
    PossibleValuesParser::new(possible.collect::<Vec<_>>()).map(move |given| {
        let (_, _, value) = values.iter().find(|(name, ..)| *name == given).expect("clap accepts listed names only");
        value.clone()
    })
}

/// A tag. The key ends at the first `=`; values may contain others.
pub(super) fn stack_tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a stack tag as KEY=VALUE".to_owned()),
    }
}

/// A parameter of a stack with its value.
pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write a parameter as KEY=VALUE".to_owned()),
    }
}

/// The name of a stack (`CreateStack` in the API reference of `CloudFormation`).
pub(super) fn stack_name(text: &str) -> Result<String, String> {
    let is_valid = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 128
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_valid.then(|| text.to_owned()).ok_or_else(|| {
        "a stack name has letters, digits and hyphens, begins with a letter and has at most 128 characters".to_owned()
    })
}

/// A Terraform variable with its value.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write a variable as NAME=VALUE".to_owned()),
    }
}

/// The address of a line of source. Only the web is linked, because other schemes may run something.
pub(super) fn source_url(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let is_valid = is_web && text.contains("{path}") && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_valid.then(|| text.to_owned()).ok_or_else(|| {
        "write an address that begins with https:// and contains {path}, and {line} if it has one".to_owned()
    })
}

/// The address of a report. What an address may have ends no link in any format.
pub(super) fn report_url(text: &str) -> Result<String, String> {
    let plain = text.replace("{part}", "part");
    let is_valid =
        is_https(&plain) || plain.strip_prefix("http://").is_some_and(|rest| is_https(&format!("https://{rest}")));
    is_valid.then(|| text.to_owned()).ok_or_else(|| {
        "write an address that begins with https://, such as https://reports.example.com/tags/{part}.html".to_owned()
    })
}

/// The key of a project of Jira.
pub(super) fn jira_project(text: &str) -> Result<String, String> {
    let is_valid = text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    is_valid.then(|| text.to_owned()).ok_or_else(|| "a key has capital letters, digits and _, such as TAGS".to_owned())
}

/// The name of an issue type of Jira.
pub(super) fn jira_issue_type(text: &str) -> Result<String, String> {
    let is_valid = !text.trim().is_empty() && text.chars().count() <= 60 && !text.contains(is_hostile);
    is_valid
        .then(|| text.to_owned())
        .ok_or_else(|| "an issue type has a name of at most 60 characters, such as Task".to_owned())
}

/// The name of a workspace of Terraform, which needs no escape in the path of an address.
pub(super) fn workspace(text: &str) -> Result<String, String> {
    let is_valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~$&+=:@".contains(&b));
    is_valid.then(|| text.to_owned()).ok_or_else(|| "a workspace has letters, digits, and the marks -_.~".to_owned())
}

/// An account id.
pub(super) fn account(text: &str) -> Result<String, String> {
    text.parse::<AccountId>().map(|id| id.to_string()).map_err(|error| error.to_string())
}

/// A region name. The name becomes part of ARNs and is compared with `when.region`, so only a well-formed one passes.
pub(super) fn region(text: &str) -> Result<String, String> {
    text.parse::<Region>().map(|region| region.to_string()).map_err(|error| error.to_string())
}

/// A day or a range of days.
pub(super) fn days(text: &str) -> Result<DayRange, String> {
    DayRange::parse(text)
        .ok_or_else(|| "write a day like 2026-11-27, or a range like 2026-11-01..2026-11-27".to_owned())
}

/// A share in percent with at most two decimals, or `all`, as hundredths of a percent.
pub(super) fn coverage(text: &str) -> Result<u64, String> {
    if text == "all" {
        return Ok(10_000);
    }
    parse_percent(text).ok_or_else(|| "write a percentage such as 95 or 99.5, or `all`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_coverage_is_a_percentage_or_all() {
        for (text, want) in
            [("all", 10_000), ("95", 9500), ("99.5", 9950), ("100%", 10_000), ("0", 0), ("12.34%", 1234)]
        {
            assert_eq!(coverage(text), Ok(want), "{text}");
        }
        for text in ["", "101", "100.01", "-1", "1e2", "9.999", "1000", "95 %", ".5", "5."] {
            assert!(coverage(text).is_err(), "{text}");
        }
    }
}
