//! `resource-explorer-2 list-resources` and `search`: resources of every type that Resource Explorer indexes. Tags are
//! there only if the view includes them.

use serde::Deserialize;

use super::documents::Document;
use super::dump::{Dump, unread};
use super::shape::Shape;
use super::tag_pairs::{Lenient, TagPair, tags};
use super::top_level::ValueKind;
use crate::aws::Region;
use crate::engine::InputError;
use crate::model::{Resource, Tags, Text};

const COMMAND: &str = "resource-explorer-2 list-resources";
const LIST: &str = "Resources";

pub(super) const SHAPE: Shape = Shape {
    commands: &[COMMAND, "resource-explorer-2 search"],
    is_read: true,
    keys: &[(LIST, ValueKind::List)],
    words: &["\"OwningAccountId\"", "\"ResourceType\""],
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    resources: Vec<IndexedResource<'a>>,
    #[serde(borrow, default)]
    next_token: Option<Text<'a>>,
    /// Only `search` has it.
    #[serde(default)]
    count: Option<Count>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Count {
    #[serde(default)]
    complete: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexedResource<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow)]
    resource_type: Text<'a>,
    #[serde(borrow, default)]
    owning_account_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    region: Option<Text<'a>>,
    #[serde(borrow, default)]
    properties: Option<Vec<Property<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Property<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    /// A JSON value that depends on the property.
    #[serde(borrow, default)]
    data: Option<Lenient<Vec<TagPair<'a>>>>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let answer: Answer<'a> = document.parse(COMMAND)?;
    if answer.next_token.is_some_and(|token| !token.is_empty()) {
        dump.page_gap("resource-explorer-2:ListResources");
    }
    if answer.count.is_some_and(|count| count.complete == Some(false)) {
        let error = "the search found more than the 1,000 resources that `search` returns; use `aws resource-explorer-2 list-resources`";
        dump.incomplete("resource-explorer-2:Search", error);
    }
    for (at, indexed) in answer.resources.into_iter().enumerate() {
        read_resource(indexed, dump, || format!("{LIST}[{at}]"));
    }
    dump.note(
        "Resource Explorer lists only the resources that the view includes: what is not in it is not known to comply",
    );
    Ok(())
}

fn read_resource<'a>(indexed: IndexedResource<'a>, dump: &mut Dump<'a>, position: impl FnOnce() -> String) {
    let kind = indexed.resource_type;
    let Some(resource) = dump.typed_resource_of(indexed.arn, &kind, position) else { return };
    let tags = tags_of(indexed.properties.unwrap_or_default(), kind.starts_with("iam:"));
    dump.add(Resource {
        account: resource.account.or(indexed.owning_account_id),
        region: resource.region.or(indexed.region.filter(|region| Region::is_valid(region))),
        tags,
        ..resource
    });
}

/// The tags of a resource. A resource without the property may have tags: the view may leave them out, and Resource
/// Explorer does not index the tags of IAM.
fn tags_of(properties: Vec<Property<'_>>, is_iam: bool) -> Tags<'_> {
    let Some(property) = properties.into_iter().find(|property| property.name.eq_ignore_ascii_case("tags")) else {
        return unread("the resource has no `tags` property: the view may not include tags");
    };
    match property.data.and_then(Lenient::expected) {
        Some(pairs) if pairs.is_empty() && is_iam => {
            unread("Resource Explorer does not index the tags of IAM resources")
        }
        Some(pairs) => tags(pairs),
        None => unread("the `tags` property is not a list of `Key` and `Value`"),
    }
}
