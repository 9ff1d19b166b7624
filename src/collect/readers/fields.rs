//! The fields of resources, from what the SDK gives.

use crate::collect::accounts::target_account::TargetAccount;
use crate::collect::client::api_error::ApiError;
use crate::model::{Resource, Tag, Tags, Text, UnlistedTags};

/// A resource with the facts about its account.
pub(in crate::collect) fn with_account(target: &TargetAccount, resource: Resource<'static>) -> Resource<'static> {
    let tags = target.tags.as_ref();
    Resource {
        account: some(&*target.identity.account),
        account_name: target.name.clone().and_then(some),
        account_ou: target.ou.clone().and_then(some),
        account_tags: tags
            .map(|tags| tags.iter().map(|(key, value)| (key.clone().into(), value.clone().into())).collect()),
        ..resource
    }
}

/// Tags that were read, sorted by key.
pub(in crate::collect) fn read_tags(pairs: impl IntoIterator<Item = (String, String)>) -> Tags<'static> {
    let mut tags: Vec<Tag<'static>> =
        pairs.into_iter().map(|(key, value)| Tag { key: key.into(), value: Some(value.into()) }).collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Tags::Read { tags, more: UnlistedTags::None }
}

/// Tags that could not be read.
pub(super) fn unread_tags(error: &ApiError) -> Tags<'static> {
    Tags::Unread { reason: error.to_string().into() }
}

/// A text; `None` if it is empty. The SDK returns an empty text if the answer has none.
pub(super) fn some(text: impl Into<String>) -> Option<Text<'static>> {
    let text = text.into();
    (!text.is_empty()).then(|| Text::from(text))
}

/// A time in RFC 3339 with whole seconds: Cognito sends a floating-point number, whose last digits are noise.
pub(super) fn rfc_3339(time: Option<&aws_smithy_types::DateTime>) -> Option<Text<'static>> {
    let time = jiff::Timestamp::from_second(time?.secs()).ok()?;
    Some(time.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_and_times_whole() {
        let read = read_tags([("b".to_owned(), String::new()), ("B".to_owned(), "1".to_owned())]);
        assert_eq!(read.known().iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>(), ["B", "b"]);
        assert!(read.complete());
        let time = aws_smithy_types::DateTime::from_secs_f64(1_714_554_000.123);
        assert_eq!(rfc_3339(Some(&time)).unwrap().as_str(), "2024-05-01T09:00:00Z");
        assert_eq!(rfc_3339(None), None);
    }
}
