//! `configservice select-resource-config` and `select-aggregate-resource-config`: rows of a query, each as JSON text.

use serde::Deserialize;

use super::documents::Document;
use super::dump::{Dump, unread};
use super::shape::Shape;
use super::tag_pairs::each_key_once;
use super::top_level::ValueKind;
use crate::aws::{Arn, Region, resource_types};
use crate::engine::InputError;
use crate::model::{NotJudgedReason, Resource, Tag, Tags, Text, UnlistedTags};

const COMMAND: &str = "configservice select-resource-config";
const LIST: &str = "Results";
const QUERY: &str = "SELECT resourceId, resourceName, resourceType, arn, accountId, awsRegion, tags";

pub(super) const SHAPE: Shape = Shape {
    commands: &[COMMAND, "configservice select-aggregate-resource-config"],
    is_read: true,
    keys: &[(LIST, ValueKind::List)],
    words: &["\\\"resourceType\\\""],
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    results: Vec<Text<'a>>,
    #[serde(borrow, default)]
    next_token: Option<Text<'a>>,
}

/// A row: the fields that the query selects.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    resource_type: Option<String>,
    resource_id: Option<String>,
    resource_name: Option<String>,
    arn: Option<String>,
    account_id: Option<String>,
    aws_region: Option<String>,
    tags: Option<Vec<RowTag>>,
}

/// A tag. A query may select a part of it.
#[derive(Deserialize)]
struct RowTag {
    key: Option<String>,
    value: Option<String>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let answer: Answer<'a> = document.parse(COMMAND)?;
    if answer.next_token.is_some_and(|token| !token.is_empty()) {
        dump.page_gap("config:SelectResourceConfig");
    }
    for (at, text) in answer.results.into_iter().enumerate() {
        let position = || format!("{LIST}[{at}]");
        let row: Row = match serde_json::from_str(&text) {
            Ok(row) => row,
            Err(error) => {
                dump.unreadable(&position(), &format!("not a row of a query: {error}"));
                continue;
            }
        };
        if row.arn.is_none()
            && (row.resource_type.is_none() || row.resource_id.is_none() && row.resource_name.is_none())
        {
            return Err(document.invalid(&format!("{} does not name a resource; query `{QUERY}`", position())));
        }
        read_row(row, dump, position);
    }
    Ok(())
}

fn read_row(row: Row, dump: &mut Dump<'_>, position: impl FnOnce() -> String) {
    let tags = tags_of(row.tags);
    let is_unread = matches!(tags, Tags::Unread { .. });
    let kind = row.resource_type.as_deref().unwrap_or("");
    let row_name = row.arn.as_deref().or(row.resource_id.as_deref()).or(row.resource_name.as_deref()).unwrap_or("");
    if is_unread && resource_types::is_untagged(kind) {
        return dump.not_judged(kind, NotJudgedReason::NotTaggable, row_name);
    }
    let is_known = resource_types::named(kind).is_some() || row.arn.as_deref().is_some_and(has_known_form);
    if is_unread && !is_known && !kind.is_empty() {
        return dump.not_judged(kind, NotJudgedReason::UnknownType, row_name);
    }
    let resource = match row.arn {
        Some(arn) => dump.typed_resource_of(Text::from(arn), kind, position),
        None => Some(dump.resource_of_type(kind)),
    };
    let Some(resource) = resource else { return };
    let is_region = |region: &Text<'_>| Region::is_valid(region);
    let own = |text: Option<String>| text.map(Text::from);
    dump.add(Resource {
        name: own(row.resource_name).or(resource.name),
        id: resource.id.or(own(row.resource_id)),
        account: resource.account.or(own(row.account_id)),
        region: resource.region.or(own(row.aws_region).filter(is_region)),
        tags,
        ..resource
    });
}

/// Whether an ARN has the form of a known type, or is none: a text that is no ARN is a gap.
fn has_known_form(arn: &str) -> bool {
    resource_types::by_arn(arn).is_some() || Arn::parse(arn).is_none()
}

/// The tags of a row. An empty list is unknown: Config records no tags of some types (AWS Config Developer Guide,
/// "Supported Resource Types").
fn tags_of(tags: Option<Vec<RowTag>>) -> Tags<'static> {
    let Some(tags) = tags else { return unread("the query does not select `tags`") };
    if tags.is_empty() {
        return unread("AWS Config has no tags of it, and it does not record the tags of every type");
    }
    let tag = |tag: RowTag| Some(Tag { key: Text::from(tag.key?), value: tag.value.map(Text::from) });
    match tags.into_iter().map(tag).collect() {
        Some(tags) => each_key_once(tags, UnlistedTags::None),
        None => unread("the query does not select `tags.key`"),
    }
}
