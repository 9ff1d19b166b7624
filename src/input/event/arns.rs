//! The ARNs in an event, and the resources that they name.

use serde_json::Value;

use crate::aws::Arn;
use crate::aws::resource_types::{ResourceType, by_arn};
use crate::model::{ArnResource, Resource, Text};

/// Every text below a value, each with its depth.
pub(super) fn texts(value: &Value) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    collect(value, 0, &mut out);
    out
}

fn collect<'v>(value: &'v Value, depth: usize, out: &mut Vec<(usize, &'v str)>) {
    match value {
        Value::String(text) => out.push((depth, text)),
        Value::Array(list) => list.iter().for_each(|one| collect(one, depth + 1, out)),
        Value::Object(fields) => fields.values().for_each(|one| collect(one, depth + 1, out)),
        _ => {}
    }
}

/// Returns `true` if an ARN has the form of one of these types. Types may share a form.
pub(super) fn is_of(arn: &str, types: &[&ResourceType]) -> bool {
    let shares = |a: &ResourceType, b: &ResourceType| a == b || a.tagging.is_some() && a.tagging == b.tagging;
    Arn::parse(arn).is_some() && by_arn(arn).is_some_and(|row| types.iter().any(|other| shares(row, other)))
}

/// The resource with an ARN, and whether the table has its type; `None` for a text of another form.
pub(super) fn resource(arn: &str) -> Option<(Resource<'static>, bool)> {
    let found = ArnResource::parse(Text::from(arn.to_owned()))?;
    Some((found.resource, found.is_known_type))
}
