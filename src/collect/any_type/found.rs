//! Resources that an index lists, with what the indexes say about their tags.

use std::collections::BTreeMap;

use super::explorer::Indexed;
use crate::aws::cloud_control::{self, ReadableType};
use crate::aws::resource_types;
use crate::collect::readers::fields::read_tags;
use crate::model::{ArnResource, Resource, Tags, Text};

/// The age from which an index is called old, in seconds. Resource Explorer shows untagged resources "typically" within two
/// hours (AWS Resource Explorer User Guide), so a day means that it is not kept up.
pub(super) const OLD: i64 = 24 * 60 * 60;

/// The reason for unknown tags where no index shows any.
pub(super) const SILENT: &str = "neither the tagging API nor Resource Explorer shows tags of the resource";

/// A resource that an index lists.
#[derive(Debug)]
pub(super) struct Found {
    /// The resource, with the tags that the indexes show; unread if they show none.
    pub(super) resource: Resource<'static>,
    /// Its type in Cloud Control, if it can be read there.
    pub(super) readable: Option<&'static ReadableType>,
    /// `true` if only the tagging API lists it although Resource Explorer should.
    pub(super) is_lacking: bool,
}

impl Found {
    /// A resource of Resource Explorer, with the tags that the tagging API has for it; `None` for a text that is not an
    /// ARN.
    pub(super) fn listed(indexed: &Indexed, tagged: Option<&[(String, String)]>, now: i64) -> Option<Self> {
        let mut found = Self::of_arn(indexed.arn.as_deref()?, &indexed.kind, indexed.cloudformation.as_deref())?;
        let resource = &mut found.resource;
        if resource.account.is_none() {
            resource.account = indexed.account.clone().map(Text::from);
        }
        if resource.region.is_none() {
            resource.region = indexed.region.clone().map(Text::from);
        }
        // The tagging API is the more current one: what it lists without tags has lost them.
        let is_fresh = indexed.reported.is_some_and(|time| now - time < OLD);
        resource.tags = match tagged {
            Some(tags) if !tags.is_empty() => read_tags(tags.iter().cloned()),
            None if is_fresh && !indexed.tags.is_empty() => read_tags(indexed.tags.iter().cloned()),
            _ => Tags::Unread { reason: Text::from(SILENT) },
        };
        Some(found)
    }

    /// A resource that the tagging API alone lists.
    pub(super) fn tagged(arn: &str, tags: &[(String, String)]) -> Option<Self> {
        let mut found = Self::of_arn(arn, "", None)?;
        found.resource.tags =
            if tags.is_empty() { Tags::Unread { reason: Text::from(SILENT) } } else { read_tags(tags.iter().cloned()) };
        Some(found)
    }

    /// The ARN decides the type where its form is known, so that a resource has the same type in every input.
    fn of_arn(arn: &str, kind: &str, cloudformation: Option<&str>) -> Option<Self> {
        let ArnResource { mut resource, is_known_type } = ArnResource::parse(Text::from(arn.to_owned()))?;
        if !is_known_type {
            let named = if kind.is_empty() { resource.kind.as_str().to_owned() } else { kind.to_owned() };
            let row = resource_types::named(&named).or_else(|| cloudformation.and_then(resource_types::cloudformation));
            resource.kind = row.map_or_else(|| Text::from(named), |row| Text::from(row.kind()));
        }
        let row = resource_types::named(&resource.kind);
        let name = cloudformation.or_else(|| row.and_then(|row| row.cloudformation));
        let readable = name.and_then(cloud_control::readable);
        Some(Self { resource, readable, is_lacking: false })
    }

    /// Returns `true` if the type cannot carry tags. The table of types has those that can.
    pub(super) fn has_no_tags(&self, cloudformation: Option<&str>) -> bool {
        let is_known = resource_types::named(&self.resource.kind).is_some();
        !is_known && !self.is_tagged() && cloudformation.is_some_and(resource_types::is_untagged)
    }

    /// Returns `true` if an index shows tags.
    pub(super) fn is_tagged(&self) -> bool {
        matches!(self.resource.tags, Tags::Read { .. })
    }

    /// Takes the tags that Cloud Control read. It leaves out those of AWS, which an index may show.
    pub(super) fn confirm(&mut self, tags: Vec<(String, String)>) {
        let old = std::mem::take(&mut self.resource.tags).into_known();
        let of_aws = old.into_iter().filter(|tag| crate::aws::is_aws_key(&tag.key));
        let mut all: BTreeMap<String, String> =
            of_aws.filter_map(|tag| Some((tag.key.to_string(), tag.value?.to_string()))).collect();
        all.extend(tags);
        self.resource.tags = read_tags(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(arn: &str, tags: &[(&str, &str)]) -> Indexed {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Indexed { arn: Some(arn.to_owned()), reported: Some(1000), tags, ..Indexed::default() }
    }

    #[test]
    fn the_tagging_api_is_believed_first_and_silence_is_unknown() {
        let arn = "arn:aws:sqs:eu-west-1:111122223333:q";
        let one = |value: &str| vec![("Owner".to_owned(), value.to_owned())];
        for (in_view, tagged, now, want) in [
            (&[("Owner", "view")][..], Some(one("api")), 1000, Some("api")),
            (&[("Owner", "view")], None, 1000, Some("view")),
            (&[("Owner", "view")], Some(vec![]), 1000, None),
            (&[("Owner", "view")], None, 1000 + OLD, None),
            (&[], None, 1000, None),
        ] {
            let found = Found::listed(&indexed(arn, in_view), tagged.as_deref(), now).expect("an ARN");
            let value = found.resource.tags.known().first().and_then(|tag| tag.value.clone());
            assert_eq!(value.as_deref(), want, "{in_view:?} {tagged:?}");
            assert_eq!(found.is_tagged(), want.is_some());
        }
        assert!(Found::listed(&indexed("q", &[]), None, 0).is_none());
    }

    #[test]
    fn a_type_has_the_name_of_the_table() {
        for (arn, kind, cloudformation, want, readable) in [
            ("arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "ec2:instance", None, "ec2:instance", true),
            ("arn:aws:sns:eu-west-1:111122223333:t", "", None, "sns:topic", true),
            ("arn:aws:newthing:eu-west-1:111122223333:a/b", "newthing:a", None, "newthing:a", false),
            ("arn:aws:iam::111122223333:group/a", "iam:group", Some("AWS::IAM::Group"), "iam:group", false),
        ] {
            let found = Found::of_arn(arn, kind, cloudformation).expect(arn);
            assert_eq!((found.resource.kind.as_str(), found.readable.is_some()), (want, readable), "{arn}");
        }
        let mut group = Found::of_arn("arn:aws:iam::111122223333:group/a", "iam:group", None).expect("an ARN");
        group.resource.tags = Tags::Unread { reason: Text::from("") };
        assert!(group.has_no_tags(Some("AWS::IAM::Group")) && !group.has_no_tags(None));
    }

    #[test]
    fn tags_of_aws_stay_when_the_others_are_confirmed() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let tags = pairs(&[("aws:cloudformation:stack-name", "s"), ("Owner", "old")]);
        let mut found = Found::tagged("arn:aws:sqs:eu-west-1:111122223333:q", &tags).expect("an ARN");
        found.confirm(pairs(&[("Team", "a")]));
        let keys: Vec<&str> = found.resource.tags.known().iter().map(|tag| tag.key.as_str()).collect();
        assert_eq!(keys, ["Team", "aws:cloudformation:stack-name"]);
    }
}
