//! The fields of one `CloudTrail` record.

use serde_json::Value;

use super::verbs::without_version;
use crate::aws::{AccountId, Partition, Region};
use crate::model::Day;

/// Services whose source in `CloudTrail` differs from the prefix of their IAM actions.
const PREFIXES: &[(&str, &str)] =
    &[("monitoring", "cloudwatch"), ("email", "ses"), ("tagging", "tag"), ("s3express", "s3express")];
/// The end of the sources of all AWS services.
const DOMAIN: &str = ".amazonaws.com";

/// One record of a call that succeeded or failed.
pub(super) struct Record<'v> {
    value: &'v Value,
    outer: Option<&'v Value>,
    /// The prefix of the service's IAM actions: `iam`.
    pub(super) service: &'v str,
    /// The operation without a version: `CreateUser`.
    pub(super) name: &'v str,
}

impl<'v> Record<'v> {
    /// The record of an object, with the event of `EventBridge` around it; `None` if it is none of an AWS service.
    pub(super) fn of(value: &'v Value, outer: Option<&'v Value>) -> Option<Self> {
        let source = text(value, "eventSource")?;
        let name = without_version(text(value, "eventName")?);
        let service = source.strip_suffix(DOMAIN).unwrap_or(source);
        let service = PREFIXES.iter().find(|(one, _)| *one == service).map_or(service, |(_, prefix)| prefix);
        Some(Self { value, outer, service, name })
    }

    /// `iam:CreateUser`.
    pub(super) fn action(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// The error of a call that failed.
    pub(super) fn error_code(&self) -> Option<&'v str> {
        text(self.value, "errorCode").filter(|code| !code.is_empty())
    }

    /// The parameters of the request; `None` if the record does not have them.
    pub(super) fn request(&self) -> Option<&'v Value> {
        let request = object(self.value, "requestParameters").filter(|request| !is_omitted(request))?;
        Some(unwrapped(request))
    }

    /// The elements of the response; `None` if the record does not have them, as for most calls that only change.
    pub(super) fn response(&self) -> Option<&'v Value> {
        object(self.value, "responseElements").filter(|response| !is_omitted(response))
    }

    /// The ARNs that the record names as its resources.
    pub(super) fn resources(&self) -> impl Iterator<Item = &'v str> + use<'v> {
        let list = self.value.get("resources").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|of| text(of, "ARN").or_else(|| text(of, "arn")))
    }

    /// The account that the resource belongs to.
    pub(super) fn account(&self) -> Option<&'v str> {
        let recipient = text(self.value, "recipientAccountId");
        let caller = self.value.get("userIdentity").and_then(|caller| text(caller, "accountId"));
        let outer = self.outer.and_then(|outer| text(outer, "account"));
        recipient.or(outer).or(caller).filter(|account| AccountId::is_valid(account))
    }

    /// The region of the call.
    pub(super) fn region(&self) -> Option<&'v str> {
        let region = text(self.value, "awsRegion").or_else(|| self.outer.and_then(|outer| text(outer, "region")));
        region.filter(|region| Region::is_valid(region))
    }

    /// The partition of the call, as ARNs name it.
    pub(super) fn partition(&self) -> &'static str {
        Partition::of_region(self.region().unwrap_or_default()).name
    }

    /// The time of the call, RFC 3339; empty if the record does not have it, or it can't be read.
    pub(super) fn time(&self) -> &'v str {
        text(self.value, "eventTime").filter(|time| is_time(time)).unwrap_or_default()
    }

    /// A time of the call that is none, as it is written.
    pub(super) fn unreadable_time(&self) -> Option<String> {
        let value = self.value.get("eventTime").filter(|value| !value.is_null())?;
        match value.as_str() {
            Some(text) if is_time(text) => None,
            Some(text) => Some(text.to_owned()),
            None => Some(value.to_string()),
        }
    }

    /// The id of the record.
    pub(super) fn id(&self) -> &'v str {
        text(self.value, "eventID").unwrap_or("without an id")
    }
}

/// Returns `true` for a date with a time (RFC 3339).
pub(super) fn is_time(text: &str) -> bool {
    text.len() > "2026-11-28".len() && Day::of_text(text).is_some()
}

/// The text of a field.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// The object of a field.
pub(super) fn object<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| value.is_object())
}

/// Returns `true` if `CloudTrail` left out a field for its size.
fn is_omitted(value: &Value) -> bool {
    value.get("omitted").and_then(Value::as_bool) == Some(true)
}

/// The parameters inside of the one object that newer operations of Amazon EC2 and `CloudFront` put them into:
/// `{"CreateVpcEndpointRequest": {…}}`, `{"distributionConfigWithTags": {…}}`.
fn unwrapped(request: &Value) -> &Value {
    let mut fields = request.as_object().into_iter().flatten();
    match (fields.next(), fields.next()) {
        (Some((name, inner)), None) if inner.is_object() && is_wrapper(name) => inner,
        _ => request,
    }
}

fn is_wrapper(name: &str) -> bool {
    ["Request", "Input", "WithTags"].iter().any(|end| name.ends_with(end))
}
