//! Resources that an event names without an ARN.

use serde_json::Value;

use super::arns;
use super::record::Record;
use super::tag_values::{parameter, plain};
use crate::aws::supported::{self, IdForm, SupportedType};
use crate::model::{Resource, Text};

/// The type whose tags an operation of IAM sets or removes, or that it deletes: `iam:TagUser`, `iam:UntagUser`,
/// `iam:DeleteUser`.
pub(super) fn type_of_action(action: &str) -> Option<&'static SupportedType> {
    let of = action.strip_prefix("iam:Delete").map(|of| format!("iam:Tag{}", of.strip_prefix("Virtual").unwrap_or(of)));
    let action = of.as_deref().unwrap_or(action);
    let is_own = |one: &&SupportedType| one.arn.service == "iam" && one.is_named_by(action);
    supported::ALL.into_iter().find(is_own)
}

/// The resource of an operation of IAM.
pub(super) fn of_iam(record: &Record<'_>, kind: &'static SupportedType, request: &Value) -> Option<Resource<'static>> {
    let id = parameter(request, &[&plain(kind.tagging.id_field)]).and_then(Value::as_str)?;
    if !kind.tagging.by_name {
        return arns::resource(id).map(|(resource, _)| resource).filter(|resource| resource.kind.as_str() == kind.name);
    }
    // The path is not part of the request, and the ARN has it.
    Some(Resource {
        kind: Text::from(kind.name),
        name: Some(Text::from(id.to_owned())),
        account: record.account().map(|account| Text::from(account.to_owned())),
        ..Resource::default()
    })
}

/// The ARN of a resource that an operation names by a name, an id or an address.
pub(super) fn arn(record: &Record<'_>, request: &Value) -> Option<String> {
    let text = |name: &str| parameter(request, &[name]).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (partition, service) = (record.partition(), record.service);
    let regional = || Some(format!("arn:{partition}:{service}:{}:{}", record.region()?, record.account()?));
    match service {
        "s3" => text("bucketname").map(|name| format!("arn:{partition}:s3:::{name}")),
        "sqs" => match text("queueurl") {
            // `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`
            Some(url) => {
                let mut parts = url.rsplit('/');
                let (name, account) = (parts.next()?, parts.next()?);
                Some(format!("arn:{partition}:sqs:{}:{account}:{name}", record.region()?))
            }
            None => Some(format!("{}:{}", regional()?, text("queuename")?)),
        },
        "logs" => Some(format!("{}:log-group:{}", regional()?, text("loggroupname")?)),
        "kinesis" => Some(format!("{}:stream/{}", regional()?, text("streamname")?)),
        "kms" => Some(format!("{}:key/{}", regional()?, text("keyid").filter(|id| !id.contains(['/', ':']))?)),
        _ => None,
    }
}

/// The ARN of a resource of a supported type that an event created, from its name and path, or from its id.
pub(super) fn arn_of_created(record: &Record<'_>, kind: &SupportedType, request: Option<&Value>) -> Option<String> {
    let account = record.account()?;
    if kind.has_path() {
        let path = request.and_then(|request| parameter(request, &["path"])).and_then(Value::as_str).unwrap_or("/");
        return kind.arn_of_name(record.partition(), account, path, name(request?, kind.name)?);
    }
    let field = match kind.arn.id {
        IdForm::Id(_) | IdForm::Text(_) if kind.regional => "id",
        _ => return None,
    };
    let long = plain(kind.arn.prefix) + field;
    let response = record.response()?;
    let inner = response.as_object()?.values().find(|value| value.is_object());
    let id = parameter(response, &[&long, "identitypoolid", field])
        .or_else(|| inner.and_then(|inner| parameter(inner, &[field, &long])));
    let (partition, region, service, prefix) =
        (record.partition(), record.region()?, kind.arn.service, kind.arn.prefix);
    Some(format!("arn:{partition}:{service}:{region}:{account}:{prefix}/{}", id?.as_str()?))
}

/// The name that a request gives to a resource of a type: `userName`, `poolName`, `name`.
pub(super) fn name<'v>(request: &'v Value, kind: &str) -> Option<&'v str> {
    let last = plain(kind.rsplit([':', '/']).next().unwrap_or(kind));
    let supported = supported::by_name(kind);
    let terraform = supported.map(|supported| plain(supported.terraform.name));
    let own = [terraform, Some(last + "name"), supported.map(|_| "poolname".to_owned()), Some("name".to_owned())];
    let value = own.iter().flatten().find_map(|own| parameter(request, &[own]));
    value.and_then(Value::as_str).filter(|name| !name.is_empty())
}
