//! `resourcegroupstaggingapi get-resources`: resources of every type that has or once had a tag.

use serde::Deserialize;

use super::documents::Document;
use super::dump::{Dump, unread};
use super::shape::Shape;
use super::tag_pairs::{TagPair, tags};
use super::top_level::ValueKind;
use crate::engine::InputError;
use crate::model::{Resource, Text};

const COMMAND: &str = "resourcegroupstaggingapi get-resources";
const LIST: &str = "ResourceTagMappingList";

pub(super) const SHAPE: Shape =
    Shape { commands: &[COMMAND], is_read: true, keys: &[(LIST, ValueKind::List)], words: &[], read };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    resource_tag_mapping_list: Vec<TagMapping<'a>>,
    /// The API's token; the CLI's own is `NextToken`.
    #[serde(borrow, default, alias = "NextToken")]
    pagination_token: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct TagMapping<'a> {
    #[serde(rename = "ResourceARN", borrow)]
    arn: Text<'a>,
    /// Empty for a resource whose tags were all removed.
    #[serde(rename = "Tags", borrow, default)]
    tags: Option<Vec<TagPair<'a>>>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let answer: Answer<'a> = document.parse(COMMAND)?;
    if answer.pagination_token.is_some_and(|token| !token.is_empty()) {
        dump.page_gap("tag:GetResources");
    }
    for (at, mapping) in answer.resource_tag_mapping_list.into_iter().enumerate() {
        let Some(resource) = dump.resource_of(mapping.arn, || format!("{LIST}[{at}]")) else { continue };
        let tags = mapping.tags.map_or_else(|| unread("the output has no `Tags` of it"), tags);
        dump.add(Resource { tags, ..resource });
    }
    dump.note("the tagging API lists no IAM users and roles, and nothing that was never tagged: what is not in it is not known to comply");
    dump.never_listed("resources that were never tagged");
    dump.never_listed("IAM users and roles");
    Ok(())
}
