//! Reads of Cloud Control: what it says about the tags of one resource.

use serde_json::Value;

use crate::aws::cloud_control::{IdentifierForm, ReadableType};
use crate::aws::resource_types::{self, Form};
use crate::collect::client::api_error::ApiError;
use crate::collect::client::session::AccountSession;

/// The operation, as the IAM action that allows it.
pub(crate) const GET_RESOURCE: &str = "cloudformation:GetResource";

/// The resources of one type in one region that may fail before the others are not tried.
const MOST_FAILURES: u32 = 3;

/// The answer of Cloud Control about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Its tags, without those of AWS.
    Tags(Vec<(String, String)>),
    /// It exists.
    Exists(&'static str),
    /// It does not exist.
    Gone,
    /// Nothing, for this reason.
    Nothing(String),
}

/// The reads of resources of one type in one region.
pub(super) struct TypeReads<'a> {
    session: &'a AccountSession,
    region: &'a str,
    readable: &'static ReadableType,
    /// The form of identifiers that has found a resource.
    proven: Option<IdentifierForm>,
    failures: u32,
    /// The reason for which no more are tried.
    ended: Option<String>,
}

impl<'a> TypeReads<'a> {
    pub(super) fn new(session: &'a AccountSession, region: &'a str, readable: &'static ReadableType) -> Self {
        Self { session, region, readable, proven: None, failures: 0, ended: None }
    }

    /// Returns `true` if the form of identifiers is known, so that resources may be read at the same time.
    pub(super) fn is_settled(&self) -> bool {
        self.proven.is_some() || self.ended.is_some()
    }

    /// Reads a resource, and learns from it how to read the others.
    pub(super) async fn learn(&mut self, arn: &str) -> Answer {
        let (answer, form, lasts) = self.read_with(arn).await;
        match form {
            Some(form) => self.proven = Some(form),
            None => self.failures += 1,
        }
        if let Answer::Nothing(reason) = &answer
            && (lasts || self.failures >= MOST_FAILURES)
        {
            self.ended = Some(reason.clone());
        }
        answer
    }

    /// Reads a resource.
    pub(super) async fn read(&self, arn: &str) -> Answer {
        match &self.ended {
            Some(reason) => Answer::Nothing(format!("{reason} (not tried again for this type)")),
            None => self.read_with(arn).await.0,
        }
    }

    /// Reads a resource by each identifier that it may have. Returns the form of the one that it has, and whether the
    /// reason for no answer holds for all resources of the type.
    async fn read_with(&self, arn: &str) -> (Answer, Option<IdentifierForm>, bool) {
        let mut identifiers = self.readable.identifiers(arn);
        if identifiers.is_empty() {
            let reason = format!("Cloud Control identifies {} by more than its ARN tells", self.readable.name);
            return (Answer::Nothing(reason), None, true);
        }
        identifiers.sort_by_key(|(form, _)| Some(*form) != self.proven);
        let (mut all_gone, mut last) = (true, None);
        for (form, identifier) in identifiers {
            match self.get(&identifier).await {
                Ok(properties) => return (self.answer(arn, &properties), Some(form), false),
                Err(error) if error.gone() => {}
                Err(error) if is_bad_identifier(&error) => {
                    all_gone = false;
                    last = Some(error.to_string());
                }
                Err(error) => {
                    let lasts = ["TypeNotFoundException", "UnsupportedActionException"].contains(&error.code());
                    return (Answer::Nothing(error.to_string()), None, lasts);
                }
            }
        }
        // A wrong identifier is not found either: only a form that has found another resource proves that this one is gone.
        let answer = match (self.proven.is_some() && all_gone, last) {
            (true, _) => Answer::Gone,
            (false, Some(reason)) => Answer::Nothing(reason),
            (false, None) => Answer::Nothing("Cloud Control does not find the resource by its name or ARN".to_owned()),
        };
        (answer, None, false)
    }

    async fn get(&self, identifier: &str) -> Result<String, ApiError> {
        let (client, caller) = self.session.cloud_control(self.region);
        let answer = caller
            .call(GET_RESOURCE, |interceptor| {
                let call = client.get_resource().type_name(self.readable.name).identifier(identifier);
                call.customize().interceptor(interceptor).send()
            })
            .await?;
        let properties = answer.resource_description.and_then(|description| description.properties);
        properties.ok_or_else(|| ApiError::empty(GET_RESOURCE))
    }

    fn answer(&self, arn: &str, properties: &str) -> Answer {
        match serde_json::from_str::<Value>(properties) {
            Ok(Value::Object(properties)) => match properties.get("Arn").and_then(Value::as_str) {
                Some(other)
                    if other.starts_with("arn:") && other.trim_end_matches(":*") != arn.trim_end_matches(":*") =>
                {
                    Answer::Nothing("Cloud Control answered with another resource".to_owned())
                }
                _ => tags_of(self.readable, &properties),
            },
            _ => Answer::Nothing(ApiError::empty(GET_RESOURCE).to_string()),
        }
    }
}

/// The tags in the properties of a resource.
fn tags_of(readable: &ReadableType, properties: &serde_json::Map<String, Value>) -> Answer {
    let row = resource_types::cloudformation(readable.name);
    let Some(property) = row.and_then(|row| row.property) else {
        return Answer::Exists("Cloud Control does not read the tags of the type");
    };
    let tags = match (properties.get(property.name), property.form) {
        (None | Some(Value::Null), _) => Some(Vec::new()),
        (Some(Value::Array(list)), Form::List) => list.iter().map(pair).collect(),
        (Some(Value::Object(map)), Form::Map) => {
            map.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        }
        _ => None,
    };
    match tags {
        None => Answer::Nothing(format!("unreadable answer: {GET_RESOURCE} (`{}` has another form)", property.name)),
        Some(tags) if tags.is_empty() && !readable.tells_no_tags => {
            Answer::Exists("Cloud Control may not read the tags of the type")
        }
        Some(tags) => Answer::Tags(tags),
    }
}

fn pair(tag: &Value) -> Option<(String, String)> {
    Some((tag.get("Key")?.as_str()?.to_owned(), tag.get("Value")?.as_str()?.to_owned()))
}

/// Returns `true` if an identifier has not the form that the type wants.
fn is_bad_identifier(error: &ApiError) -> bool {
    ["InvalidRequestException", "ValidationException"].contains(&error.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloud_control::readable;

    #[test]
    fn properties_tell_the_tags_or_nothing() {
        let of = |name: &str, text: &str| {
            let Value::Object(map) = serde_json::from_str(text).unwrap() else { unreachable!() };
            tags_of(readable(name).unwrap(), &map)
        };
        let tags = |pairs: &[(&str, &str)]| {
            Answer::Tags(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        };
        let queue = "AWS::SQS::Queue";
        assert_eq!(of(queue, r#"{"Tags":[{"Key":"a","Value":"1"}]}"#), tags(&[("a", "1")]));
        assert_eq!(of(queue, "{}"), tags(&[]));
        assert_eq!(of("AWS::MWAA::Environment", r#"{"Tags":{"a":"1"}}"#), tags(&[("a", "1")]));
        for bad in [r#"{"Tags":{"a":"1"}}"#, r#"{"Tags":[{"Key":"a"}]}"#, r#"{"Tags":["a"]}"#] {
            assert!(matches!(of(queue, bad), Answer::Nothing(_)), "{bad}");
        }
        assert!(matches!(of("AWS::EC2::LaunchTemplate", "{}"), Answer::Exists(_)));
        assert!(matches!(of("AWS::Lambda::Function", r#"{"Tags":[]}"#), Answer::Exists(_)));
        assert_eq!(of("AWS::Lambda::Function", r#"{"Tags":[{"Key":"a","Value":""}]}"#), tags(&[("a", "")]));
    }
}
