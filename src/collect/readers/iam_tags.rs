//! The tags of IAM resources. The operations that read and write them differ in their names only, so macros make the calls.

use aws_sdk_iam::types::Tag;

use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Page, read_all};
use crate::model::TagMap;

/// The largest page of IAM.
pub(super) const PAGE: i32 = 1000;

/// Reads all tags from an operation that gives them in pages.
pub(super) async fn read_pages(
    page: impl AsyncFnMut(Option<String>) -> Result<Page<Tag>, ApiError>,
) -> Result<TagMap, ApiError> {
    let mut tags = TagMap::new();
    read_all(page, |page| tags.extend(pairs(page))).await?;
    Ok(tags)
}

/// The keys and values of tags.
pub(super) fn pairs(tags: Vec<Tag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value))
}

/// The tags as input of an operation.
pub(super) fn to_input(tags: &TagMap, operation: &str) -> Result<Vec<Tag>, ApiError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| ApiError::empty(operation))
}

/// Defines a function that reads the tags of one resource of a type: `tags_of!(name, TYPE, list_operation, id)` with the
/// setter of the id.
macro_rules! tags_of {
    ($name:ident, $type:expr, $list:ident, $id:ident) => {
        /// The tags of one resource.
        pub(super) async fn $name(
            session: &$crate::collect::client::session::AccountSession,
            id: &str,
        ) -> Result<$crate::model::TagMap, $crate::collect::client::api_error::ApiError> {
            use $crate::collect::client::paging::{Next, Page};
            use $crate::collect::readers::iam_tags::{PAGE, read_pages};
            let (client, caller) = session.iam();
            read_pages(async |marker| {
                let answer = caller
                    .call($type.read_tags_action, |interceptor| {
                        let call = client.$list().$id(id).max_items(PAGE);
                        call.set_marker(marker.clone()).customize().interceptor(interceptor).send()
                    })
                    .await?;
                Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.tags })
            })
            .await
        }
    };
}

/// Implements the methods of a reader that read and write the tags of one resource: `tag_methods!(TYPE, tag_operation,
/// untag_operation, id, |target| the id)`. The reader's module has a function `tags_of`, as [`tags_of!`] defines it.
macro_rules! tag_methods {
    ($type:expr, $tag:ident, $untag:ident, $id:ident, |$target:ident| $of:expr) => {
        fn read_tags<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            $target: &'a $crate::collect::readers::reader::TagTarget<'a>,
        ) -> $crate::collect::readers::reader::ReadFuture<'a> {
            Box::pin(tags_of(session, $of))
        }

        fn write_caller(
            &self,
            session: &$crate::collect::client::session::AccountSession,
            _: &$crate::collect::readers::reader::TagTarget<'_>,
        ) -> $crate::collect::client::api_call::ApiCaller {
            session.iam_writes().1
        }

        fn tag<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            $target: &'a $crate::collect::readers::reader::TagTarget<'a>,
            tags: &'a $crate::model::TagMap,
        ) -> $crate::collect::readers::reader::WriteFuture<'a> {
            Box::pin(async move {
                let (client, caller) = session.iam_writes();
                let action = $type.tagging.tag.action;
                let tags = $crate::collect::readers::iam_tags::to_input(tags, action)?;
                let call = caller.call_admitted(action, $target.admitted, |interceptor| {
                    let call = client.$tag().$id($of).set_tags(Some(tags.clone()));
                    call.customize().interceptor(interceptor).send()
                });
                call.await.map(drop)
            })
        }

        fn untag<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            $target: &'a $crate::collect::readers::reader::TagTarget<'a>,
            keys: &'a [String],
        ) -> $crate::collect::readers::reader::WriteFuture<'a> {
            Box::pin(async move {
                let (client, caller) = session.iam_writes();
                let call = caller.call_admitted($type.tagging.untag.action, $target.admitted, |interceptor| {
                    let call = client.$untag().$id($of).set_tag_keys(Some(keys.to_vec()));
                    call.customize().interceptor(interceptor).send()
                });
                call.await.map(drop)
            })
        }
    };
}

/// Reads all pages of a list of IAM and returns its items; an error is a gap of the listing. `read_list!(context, ACTION,
/// list_operation, |call| the call with more input, |answer| the items of an answer)`.
macro_rules! read_list {
    ($context:expr, $action:expr, $list:ident, |$call:ident| $input:expr, |$answer:ident| $items:expr) => {{
        use $crate::collect::client::paging::{Next, Page, read_all};
        let (client, caller) = $context.session.iam();
        let mut items = Vec::new();
        let end = read_all(
            async |marker| {
                let $answer = caller
                    .call($action, |interceptor| {
                        let $call = client.$list().max_items($crate::collect::readers::iam_tags::PAGE);
                        $input.set_marker(marker.clone()).customize().interceptor(interceptor).send()
                    })
                    .await?;
                Ok(Page { next: Next::iam($answer.is_truncated, $answer.marker), items: $items })
            },
            |page| items.extend(page),
        )
        .await;
        if let Err(error) = end {
            $context.gap($action, error.to_string());
        }
        items
    }};
}

pub(super) use {read_list, tag_methods, tags_of};
