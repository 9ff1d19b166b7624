//! The facts that an ARN states about its resource.

use std::borrow::Cow;

use super::{Resource, Text};
use crate::aws::{Arn, name_in_arn, resource_types};

/// The services of IAM whose ARNs hold a path before the name (IAM User Guide, "IAM identifiers").
const WITH_PATH: &[&str] = &["user", "role", "group", "policy", "instance-profile", "server-certificate", "mfa"];

/// A resource with the facts that its ARN states.
pub(crate) struct ArnResource<'a> {
    /// The resource: type, ARN, name or id, account and region. Its tags are not set.
    pub(crate) resource: Resource<'a>,
    /// `false` if no row of the table of types has ARNs of this form. The type is then the service and the first part of
    /// the ARN's resource part.
    pub(crate) is_known_type: bool,
}

impl<'a> ArnResource<'a> {
    /// The resource with an ARN; `None` if the text is not an ARN.
    pub(crate) fn parse(arn: Text<'a>) -> Option<Self> {
        match arn.0 {
            Cow::Borrowed(text) => read(text),
            Cow::Owned(text) => read(&text)
                .map(|found| ArnResource { resource: found.resource.into_owned(), is_known_type: found.is_known_type }),
        }
    }
}

fn read(text: &str) -> Option<ArnResource<'_>> {
    let arn = Arn::parse(text).filter(|arn| !arn.service.is_empty() && !arn.resource.is_empty())?;
    let row = resource_types::by_arn(text);
    let kind = row.map_or_else(|| service_and_kind(&arn), |row| Text::from(row.kind()));
    let some = |part| Some(Text::from(part)).filter(|part: &Text<'_>| !part.is_empty());
    let mut resource = Resource {
        kind,
        arn: Some(Text::from(text)),
        account: some(arn.account),
        region: some(arn.region),
        ..Resource::default()
    };
    let (kind, rest) = kind_and_rest(arn.resource);
    match arn.service {
        "iam" if WITH_PATH.contains(&kind) => {
            let (folders, name) = rest.rsplit_once('/').map_or((None, rest), |(folders, name)| (Some(folders), name));
            resource.name = some(name);
            resource.path = Some(Text::from(folders.map_or("/".to_owned(), |folders| format!("/{folders}/"))));
        }
        // The name of a user pool is not part of its ARN.
        "cognito-idp" if kind == "userpool" => resource.id = some(rest),
        _ => resource.name = some(name_in_arn(&resource.kind, text).unwrap_or(rest)),
    }
    Some(ArnResource { resource, is_known_type: row.is_some() })
}

/// The parts of `kind/rest` and `kind:rest`. Without a separator, the whole is the rest.
fn kind_and_rest(resource: &str) -> (&str, &str) {
    let resource = resource.strip_prefix('/').unwrap_or(resource);
    resource.split_once(['/', ':']).unwrap_or(("", resource))
}

/// The name of a type that the table lacks: `service:kind`, or the service alone.
fn service_and_kind(arn: &Arn<'_>) -> Text<'static> {
    match kind_and_rest(arn.resource) {
        ("", _) => Text::from(arn.service.to_owned()),
        (kind, _) => Text::from(format!("{}:{kind}", arn.service)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_states_type_account_region_and_name() {
        for (arn, known, kind, place, name) in [
            ("arn:aws:iam::111122223333:role/team/web", true, "iam:role", ("111122223333", ""), "web"),
            ("arn:aws:s3:::logs", true, "s3:bucket", ("", ""), "logs"),
            (
                "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                true,
                "ec2:instance",
                ("111122223333", "eu-west-1"),
                "i-1",
            ),
            (
                "arn:aws:lambda:eu-west-1:111122223333:function:f",
                true,
                "lambda:function",
                ("111122223333", "eu-west-1"),
                "f",
            ),
            (
                "arn:aws:newthing:eu-west-1:111122223333:thing/a/b",
                false,
                "newthing:thing",
                ("111122223333", "eu-west-1"),
                "a/b",
            ),
            ("arn:aws:newthing:eu-west-1:111122223333:a", false, "newthing", ("111122223333", "eu-west-1"), "a"),
        ] {
            let found = ArnResource::parse(Text::from(arn)).expect(arn);
            let resource = found.resource;
            let text = |part: &Option<Text<'_>>| part.as_deref().unwrap_or("").to_owned();
            assert_eq!((resource.kind.as_str(), found.is_known_type), (kind, known), "{arn}");
            assert_eq!(
                (text(&resource.account), text(&resource.region)),
                (place.0.to_owned(), place.1.to_owned()),
                "{arn}"
            );
            assert_eq!(text(&resource.name), name, "{arn}");
        }
        for text in ["", "logs", "arn:aws:s3:::", "arn:aws:iam::1:user/a", "arn:aws:::111122223333:x"] {
            assert!(ArnResource::parse(Text::from(text)).is_none(), "{text}");
        }
    }
}
