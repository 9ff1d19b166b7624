//! The tags of Amazon Cognito's pools. User pools and identity pools have operations of the same form in two SDK crates, so
//! macros make the calls.

/// Defines the function `tags_of`, which reads the tags of one pool: `tags_of!(TYPE, Client)` with the client of the SDK.
macro_rules! tags_of {
    ($type:expr, $client:ty) => {
        /// The tags of one pool.
        async fn tags_of(
            client: &$client,
            caller: &$crate::collect::client::api_call::ApiCaller,
            arn: &str,
        ) -> Result<$crate::model::TagMap, $crate::collect::client::api_error::ApiError> {
            let answer = caller
                .call($type.read_tags_action, |interceptor| {
                    client.list_tags_for_resource().resource_arn(arn).customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(answer.tags.unwrap_or_default().into_iter().collect())
        }
    };
}

/// Implements the methods of a reader that read and write the tags of one pool: `tag_methods!(TYPE, reads, writes)` with the
/// methods of the session for both kinds of calls. The reader's module has a function `tags_of`, as [`tags_of!`] defines it.
macro_rules! tag_methods {
    ($type:expr, $reads:ident, $writes:ident) => {
        fn read_tags<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            target: &'a $crate::collect::readers::reader::TagTarget<'a>,
        ) -> $crate::collect::readers::reader::ReadFuture<'a> {
            Box::pin(async move {
                let (client, caller) = session.$reads(target.parts.arn.region);
                tags_of(&client, &caller, target.arn).await
            })
        }

        fn write_caller(
            &self,
            session: &$crate::collect::client::session::AccountSession,
            target: &$crate::collect::readers::reader::TagTarget<'_>,
        ) -> $crate::collect::client::api_call::ApiCaller {
            session.$writes(target.parts.arn.region).1
        }

        fn tag<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            target: &'a $crate::collect::readers::reader::TagTarget<'a>,
            tags: &'a $crate::model::TagMap,
        ) -> $crate::collect::readers::reader::WriteFuture<'a> {
            Box::pin(async move {
                let (client, caller) = session.$writes(target.parts.arn.region);
                let call = caller.call_admitted($type.tagging.tag.action, target.admitted, |interceptor| {
                    let tags = tags.clone().into_iter().collect();
                    let call = client.tag_resource().resource_arn(target.arn).set_tags(Some(tags));
                    call.customize().interceptor(interceptor).send()
                });
                call.await.map(drop)
            })
        }

        fn untag<'a>(
            &'a self,
            session: &'a $crate::collect::client::session::AccountSession,
            target: &'a $crate::collect::readers::reader::TagTarget<'a>,
            keys: &'a [String],
        ) -> $crate::collect::readers::reader::WriteFuture<'a> {
            Box::pin(async move {
                let (client, caller) = session.$writes(target.parts.arn.region);
                let call = caller.call_admitted($type.tagging.untag.action, target.admitted, |interceptor| {
                    let call = client.untag_resource().resource_arn(target.arn).set_tag_keys(Some(keys.to_vec()));
                    call.customize().interceptor(interceptor).send()
                });
                call.await.map(drop)
            })
        }
    };
}

pub(super) use {tag_methods, tags_of};
