//! The gaps of AWS's indexes: what they do not tell, in words.

use std::collections::BTreeMap;

use super::explorer::{LIST_TYPES, ViewFacts};
use crate::base::{all_of, count, quote};
use crate::collect::client::api_error::ApiError;
use crate::model::Gap;

/// The consequence of a missing list.
const NOT_LISTED: &str = "resources that were never tagged are not listed";

/// The place of a gap.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: Option<String>,
    pub(super) kind: Option<String>,
}

impl Place {
    pub(super) fn account(account: &str) -> Self {
        Self { account: account.to_owned(), region: None, kind: None }
    }

    pub(super) fn region(account: &str, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..Self::account(account) }
    }

    pub(super) fn gap(&self, operation: &str, error: String) -> Gap {
        Gap {
            account: Some(self.account.clone()),
            region: self.region.clone(),
            kind: self.kind.clone(),
            operation: Some(operation.to_owned()).filter(|operation| !operation.is_empty()),
            error,
        }
    }
}

/// A type that Resource Explorer does not list, in any account.
pub(super) fn unlisted_type(kind: &str) -> Gap {
    Gap {
        kind: Some(kind.to_owned()),
        operation: Some(LIST_TYPES.to_owned()),
        error: format!("Resource Explorer does not list the type: {NOT_LISTED}"),
        ..Gap::default()
    }
}

pub(super) fn no_types(error: &ApiError) -> String {
    format!("{error}; the types that Resource Explorer does not list are not known")
}

pub(super) fn no_indexes(error: &ApiError) -> String {
    format!("{error}; {NOT_LISTED}")
}

pub(super) fn no_tags(error: &ApiError) -> String {
    format!("{error}; resources that only the tagging API knows are not listed")
}

/// `main`: the region is read only for resources without a region.
pub(super) fn no_index(region: &str, main: bool) -> String {
    let what = if main { "resources without a region that were never tagged are not listed" } else { NOT_LISTED };
    format!("region {region} has no index of Resource Explorer: {what}")
}

pub(super) fn partial_index(region: &str, state: &str) -> String {
    format!("the index of Resource Explorer in {region} is not complete (state {state}): resources may be missing")
}

pub(super) fn index_unknown(region: &str, error: &ApiError) -> String {
    format!("{error}; whether the index of Resource Explorer in {region} is complete is not known")
}

pub(super) fn no_view(region: &str) -> String {
    format!("Resource Explorer has no default view in {region}: {NOT_LISTED}")
}

pub(super) fn not_listed(error: &ApiError) -> String {
    format!("{error}; {NOT_LISTED}")
}

pub(super) fn view_unknown(error: &ApiError) -> String {
    format!("{error}; whether the view has a filter is not known")
}

/// The gaps of a view with a filter, or without tags.
pub(super) fn of_view(arn: &str, view: &ViewFacts) -> Vec<String> {
    let name = arn.split('/').nth(1).unwrap_or(arn);
    let mut out = Vec::new();
    if !view.filter.is_empty() {
        let filter = quote(&view.filter);
        out.push(format!("the view {name} has the filter {filter}: it leaves out resources that do not match"));
    }
    if !view.has_tags {
        out.push(format!("the view {name} does not include tags: they are known from other sources alone"));
    }
    out
}

pub(super) fn nameless(number: u64) -> String {
    format!("{} without an ARN in the answer", count(number, "resource"))
}

pub(super) fn old(region: &str, age: i64) -> String {
    let hours = u64::try_from(age / 3600).unwrap_or_default();
    format!("Resource Explorer last looked at {region} {} ago: newer resources are not listed", count(hours, "hour"))
}

/// Resources that the tagging API alone lists.
pub(super) fn lacking(number: u64, examples: &[String]) -> String {
    let names = examples.join(", ");
    format!(
        "Resource Explorer lacks {} that the tagging API lists ({names}{}): others may be missing too",
        count(number, "resource"),
        if number > examples.len() as u64 { ", …" } else { "" }
    )
}

/// The note about resources of types that cannot carry tags.
pub(super) fn left_out(types: &BTreeMap<String, u64>) -> Option<String> {
    let total: u64 = types.values().sum();
    let names = all_of(types.iter().take(5).map(|(kind, _)| kind.clone()));
    let more = if types.len() > 5 { " and others" } else { "" };
    (total > 0).then(|| format!("{} of types without tags left out: {names}{more}", count(total, "resource")))
}
