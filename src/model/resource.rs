//! A resource, borrowed from the line that it was parsed from.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::day::Day;
use super::location::Location;
use super::origin::Origin;
use super::tags::{Tag, Tags};
use super::text::Text;
use super::unlisted_tags::UnlistedTags;
use crate::aws::{TagLimits, name_in_arn};

/// The assignment of an MFA device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeviceAssignment<'a> {
    /// Not known.
    #[default]
    Unknown,
    /// Not assigned.
    Unassigned,
    /// Assigned to the user or account root with this ARN.
    User(Text<'a>),
}

/// An AWS resource and its tags.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource<'a> {
    /// The type as in AWS tag policies, `service:kind`.
    pub kind: Text<'a>,
    /// The ARN; absent if the resource does not exist yet.
    pub arn: Option<Text<'a>>,
    /// The Terraform address or `CloudFormation` logical id path.
    pub address: Option<Text<'a>>,
    /// The plan or folder that declares it, if several inputs are checked and its location does not identify the input.
    pub input: Option<Text<'a>>,
    /// The name of the user, MFA device, user pool, bucket or function. One that the ARN has is read from it.
    pub name: Option<Text<'a>>,
    /// The id of the user or user pool.
    pub id: Option<Text<'a>>,
    /// The account id, twelve digits.
    pub account: Option<Text<'a>>,
    /// The region; absent for IAM.
    pub region: Option<Text<'a>>,
    /// The IAM path.
    pub path: Option<Text<'a>>,
    /// The assignment, for MFA devices.
    pub user: DeviceAssignment<'a>,
    /// The time of creation, RFC 3339; of an MFA device the time when it was enabled.
    pub created: Option<Text<'a>>,
    /// The tags, or the reason why they could not be read.
    pub tags: Tags<'a>,
    /// The location of the resource in source.
    pub location: Option<Location>,
    /// Further facts from source, such as the locations of the tags.
    pub origin: Option<Box<Origin>>,
    /// The account's name in its organization.
    pub account_name: Option<Text<'a>>,
    /// The root and the organizational units that the account is in, from the root down: `r-ab12/ou-ab12-cd34ef56`.
    pub account_ou: Option<Text<'a>>,
    /// The account's own tags in its organization.
    pub account_tags: Option<Vec<(Text<'a>, Text<'a>)>>,
}

impl Resource<'_> {
    /// Resets the resource and keeps the allocation of its tags.
    pub fn clear(&mut self) {
        let mut tags = std::mem::take(&mut self.tags).into_known();
        tags.clear();
        *self = Self { tags: Tags::Read { tags, more: UnlistedTags::None }, ..Self::default() };
    }

    /// The service's limits on tags.
    #[must_use]
    pub fn tag_limits(&self) -> TagLimits {
        TagLimits::of(&self.kind)
    }

    /// Returns `true` if the resource is context: not reported, only compared with others.
    #[must_use]
    pub fn is_context(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.context)
    }

    /// The identity: the ARN, else the address with its file, else the name.
    #[must_use]
    pub fn identity(&self) -> Cow<'_, str> {
        match (&self.arn, &self.address, &self.location) {
            (Some(arn), ..) => Cow::Borrowed(arn.as_str()),
            (None, Some(address), Some(at)) => Cow::Owned(format!("{}#{}", at.path, address.as_str())),
            (None, Some(address), None) => Cow::Borrowed(address.as_str()),
            (None, None, _) => Cow::Owned(format!("{}/{}", self.kind.as_str(), self.name.as_deref().unwrap_or("?"))),
        }
    }

    /// The day of its creation, UTC; of an MFA device the day on which it was enabled. `None` if it is not known.
    #[must_use]
    pub fn created_day(&self) -> Option<Day> {
        let created = self.created.as_deref()?;
        created.parse::<jiff::Timestamp>().map(Day::of).ok().or_else(|| Day::parse(created))
    }

    /// The root and the organizational units of the account, from the root down. `None` if they are not known: a path begins
    /// with a root.
    #[must_use]
    pub fn account_units(&self) -> Option<&str> {
        self.account_ou.as_deref().filter(|path| path.starts_with("r-"))
    }

    /// Returns `true` if source declares the resource, instead of it being read from AWS.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| !origin.live)
    }

    /// The reason why the resource may not exist.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        self.origin.as_ref().and_then(|origin| origin.doubt.as_deref())
    }

    /// The resource with each combination of parameter values that its template allows, and the combination.
    pub fn alternatives(&self) -> impl Iterator<Item = (&str, Resource<'_>)> {
        let all = self.origin.as_ref().map_or(&[][..], |origin| origin.alternatives.as_slice());
        // Without the alternatives, which would be copied for each of them.
        let plain = (!all.is_empty()).then(|| {
            let mut plain = self.clone();
            plain.origin.get_or_insert_default().alternatives = Vec::new();
            plain
        });
        all.iter().zip(plain.into_iter().cycle()).map(|(one, plain)| {
            let tag = |(key, value): &'_ (String, Option<String>)| Tag {
                key: Text::from(key.clone()),
                value: value.clone().map(Text::from),
            };
            let tags = Tags::Read { tags: one.tags.iter().map(tag).collect(), more: one.more.clone() };
            (one.values.as_str(), Resource { tags, ..plain })
        })
    }

    /// The name in reports: the ARN, else the address. Planned resources have the address first, with the input if only that
    /// distinguishes them.
    #[must_use]
    pub fn handle(&self) -> Cow<'_, str> {
        match (&self.arn, &self.address) {
            (_, Some(address)) if self.is_planned() => match &self.input {
                Some(input) => Cow::Owned(format!("{} in {}", address.as_str(), input.as_str())),
                None => Cow::Borrowed(address.as_str()),
            },
            (Some(arn), _) => Cow::Borrowed(arn.as_str()),
            (None, Some(address)) => Cow::Borrowed(address.as_str()),
            (None, None) => self.identity(),
        }
    }

    /// Returns `true` if the handle, the ARN or the address matches.
    pub fn is_named(&self, mut name: impl FnMut(&str) -> bool) -> bool {
        let names = [self.arn.as_deref(), self.address.as_deref()];
        names.into_iter().flatten().any(&mut name) || name(&self.handle())
    }

    /// The handle, with the CDK construct that created the resource, if known.
    #[must_use]
    pub fn called(&self) -> Cow<'_, str> {
        match self.origin.as_ref().and_then(|origin| origin.construct.as_deref()) {
            Some(construct) => Cow::Owned(format!("{} (construct {construct})", self.handle())),
            None => self.handle(),
        }
    }

    /// The sort key in inventories and reports: account, region, type, ARN or name, address.
    #[must_use]
    pub fn order(&self) -> (&str, &str, &str, &str, &str) {
        (
            self.account.as_deref().unwrap_or(""),
            self.region.as_deref().unwrap_or(""),
            &self.kind,
            self.arn.as_deref().or(self.name.as_deref()).unwrap_or(""),
            self.address.as_deref().unwrap_or(""),
        )
    }
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_head(&mut map)?;
        match &self.tags {
            Tags::Unread { reason } => {
                map.serialize_entry("tags", &())?;
                map.serialize_entry("unknown", reason)?;
            }
            tags @ Tags::Read { more, .. } => {
                map.serialize_entry("tags", &TagObject(tags))?;
                if !more.is_none() {
                    map.serialize_entry("more-tags", more)?;
                }
            }
        }
        if let Some(location) = &self.location {
            map.serialize_entry("location", location)?;
        }
        if let Some(origin) = &self.origin {
            map.serialize_entry("origin", origin)?;
        }
        map.end()
    }
}

impl Resource<'_> {
    /// Serializes all fields except the tags and the location, as findings show their resource.
    pub fn serialize_head<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("type", &self.kind)?;
        for (name, value) in [
            ("arn", &self.arn),
            ("address", &self.address),
            ("input", &self.input),
            ("name", &self.name),
            ("id", &self.id),
            ("account", &self.account),
            ("account-name", &self.account_name),
            ("account-ou", &self.account_ou),
            ("region", &self.region),
            ("path", &self.path),
        ] {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        match &self.user {
            DeviceAssignment::Unknown => {}
            DeviceAssignment::Unassigned => map.serialize_entry("user", &())?,
            DeviceAssignment::User(arn) => map.serialize_entry("user", arn)?,
        }
        if let Some(created) = &self.created {
            map.serialize_entry("created", created)?;
        }
        if let Some(tags) = &self.account_tags {
            map.serialize_entry("account-tags", &PairsAsMap(tags))?;
        }
        Ok(())
    }
}

struct TagObject<'r, 'a>(&'r Tags<'a>);

impl Serialize for TagObject<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.known().iter().map(|tag| (&tag.key, &tag.value)))
    }
}

struct PairsAsMap<'r, 'a>(&'r [(Text<'a>, Text<'a>)]);

impl Serialize for PairsAsMap<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// The names of the fields of a resource in JSON.
#[derive(Debug, Clone, Copy)]
enum ResourceField {
    Kind,
    Arn,
    Address,
    Input,
    Name,
    Id,
    Account,
    AccountName,
    AccountOu,
    AccountTags,
    Region,
    Path,
    User,
    Created,
    Tags,
    Unknown,
    MoreTags,
    Location,
    Origin,
    Marker,
    Other,
}

impl<'de> Deserialize<'de> for ResourceField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl Visitor<'_> for FieldVisitor {
            type Value = ResourceField;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<ResourceField, E> {
                Ok(match name {
                    "type" => ResourceField::Kind,
                    "arn" => ResourceField::Arn,
                    "address" => ResourceField::Address,
                    "input" => ResourceField::Input,
                    "name" => ResourceField::Name,
                    "id" => ResourceField::Id,
                    "account" => ResourceField::Account,
                    "account-name" => ResourceField::AccountName,
                    "account-ou" => ResourceField::AccountOu,
                    "account-tags" => ResourceField::AccountTags,
                    "region" => ResourceField::Region,
                    "path" => ResourceField::Path,
                    "user" => ResourceField::User,
                    "created" => ResourceField::Created,
                    "tags" => ResourceField::Tags,
                    "unknown" => ResourceField::Unknown,
                    "more-tags" => ResourceField::MoreTags,
                    "location" => ResourceField::Location,
                    "origin" => ResourceField::Origin,
                    "taglint" => ResourceField::Marker,
                    _ => ResourceField::Other,
                })
            }
        }
        deserializer.deserialize_identifier(FieldVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Resource<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ResourceVisitor(std::marker::PhantomData))
    }
}

struct ResourceVisitor<'a>(std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ResourceVisitor<'a> {
    type Value = Resource<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource: an object with `type` and `tags`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut out = Resource::default();
        let (mut kind, mut tags, mut reason, mut more) = (None, None, None, UnlistedTags::None);
        while let Some(field) = map.next_key::<ResourceField>()? {
            match field {
                ResourceField::Kind => kind = Some(map.next_value()?),
                ResourceField::Arn => out.arn = map.next_value()?,
                ResourceField::Address => out.address = map.next_value()?,
                ResourceField::Input => out.input = map.next_value()?,
                ResourceField::Name => out.name = map.next_value()?,
                ResourceField::Id => out.id = map.next_value()?,
                ResourceField::Account => out.account = map.next_value()?,
                ResourceField::AccountName => out.account_name = map.next_value()?,
                ResourceField::AccountOu => out.account_ou = map.next_value()?,
                ResourceField::AccountTags => {
                    out.account_tags = map.next_value::<Option<Tags<'a>>>()?.map(|tags| {
                        tags.into_known().into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
                    });
                }
                ResourceField::Region => out.region = map.next_value()?,
                ResourceField::Path => out.path = map.next_value()?,
                ResourceField::User => {
                    out.user = map
                        .next_value::<Option<Text<'a>>>()?
                        .map_or(DeviceAssignment::Unassigned, DeviceAssignment::User);
                }
                ResourceField::Created => out.created = map.next_value()?,
                ResourceField::Tags => tags = Some(map.next_value::<Option<Tags<'a>>>()?),
                ResourceField::Unknown => reason = map.next_value::<Option<Text<'a>>>()?,
                ResourceField::MoreTags => more = map.next_value()?,
                ResourceField::Location => out.location = map.next_value()?,
                ResourceField::Origin => out.origin = map.next_value()?,
                ResourceField::Marker => {
                    return Err(M::Error::custom("a `taglint` line in the middle of an inventory"));
                }
                ResourceField::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        out.kind = kind.ok_or_else(|| M::Error::missing_field("type"))?;
        out.tags = match tags.ok_or_else(|| M::Error::missing_field("tags"))? {
            Some(mut tags) => {
                // `more-tags` may come before or after `tags`, so it is added here.
                tags.set_more(more);
                tags
            }
            None => Tags::Unread { reason: reason.unwrap_or_else(|| Text::from("the inventory does not say why")) },
        };
        if let (None, Some(arn)) = (&out.name, &out.arn) {
            out.name = name_in_arn(&out.kind, arn).map(|name| Text::from(name.to_owned()));
        }
        Ok(out)
    }
}
