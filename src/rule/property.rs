//! The facts about a resource that other values can depend on: its name, its account, its other tags and so on.

use crate::aws::is_iam;
use crate::base::{any_of, escape};
use crate::model::{Resource, TagLookup};
use crate::rule::constraints::is_empty;

/// The names of the properties that stand alone.
const NAMES: &[&str] = &["name", "account", "account-name", "region", "type"];
/// The name of the property that is a path of organizational units.
const UNITS: &str = "account-ou";
/// The start of a property that is a tag of the resource, and of one that is a tag of its account.
pub(super) const TAGS: &str = "tags";
pub(super) const ACCOUNT_TAGS: &str = "account-tags";

/// A property of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Property {
    Name,
    Account,
    AccountName,
    /// The path from the root down. It has no text of its own, so it is no placeholder.
    AccountOu,
    Region,
    Type,
    Tag(String),
    AccountTag(String),
}

/// The value of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PropertyValue<'r> {
    /// The value, with the index of the tag that has it.
    Known(&'r str, Option<usize>),
    /// The resource has no such tag, or it is empty.
    Lacking,
    Unknown,
}

impl Property {
    /// Parses `name` or `tags.KEY`; `None` for another text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let of_key = |start: &str, make: fn(String) -> Self| {
            let key = text.strip_prefix(start)?.strip_prefix('.')?;
            (!key.is_empty()).then(|| make(key.to_owned()))
        };
        match text {
            "name" => Some(Self::Name),
            "account" => Some(Self::Account),
            "account-name" => Some(Self::AccountName),
            UNITS => Some(Self::AccountOu),
            "region" => Some(Self::Region),
            "type" => Some(Self::Type),
            _ => of_key(TAGS, Self::Tag).or_else(|| of_key(ACCOUNT_TAGS, Self::AccountTag)),
        }
    }

    /// The placeholders in a sentence.
    pub(super) fn known_placeholders() -> String {
        any_of(NAMES.iter().copied().chain(["tags.KEY", "account-tags.KEY"]).map(|name| format!("`{name}`")))
    }

    /// The properties in a sentence.
    pub(super) fn known() -> String {
        any_of(NAMES.iter().copied().chain([UNITS, "tags.KEY", "account-tags.KEY"]).map(|name| format!("`{name}`")))
    }

    /// The texts that choose a set of values, the strongest first: of units the nearest one.
    pub(super) fn choices<'v>(&self, value: &'v str) -> impl Iterator<Item = &'v str> {
        let is_path = *self == Self::AccountOu;
        value.rsplit(move |character| is_path && character == '/')
    }

    /// Returns `true` if resources of this type do not have the property.
    pub(super) fn is_foreign_to(&self, kind: &str) -> bool {
        *self == Self::Region && is_iam(kind)
    }

    /// The key of a tag of the resource, if the property is one.
    pub(super) fn tag_key(&self) -> Option<&str> {
        if let Self::Tag(key) = self { Some(key) } else { None }
    }

    /// The property in a sentence.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Name => "name".to_owned(),
            Self::Account => "account".to_owned(),
            Self::AccountName => "account name".to_owned(),
            Self::AccountOu => "organizational unit".to_owned(),
            Self::Region => "region".to_owned(),
            Self::Type => "type".to_owned(),
            Self::Tag(key) => format!("tag {}", escape(key)),
            Self::AccountTag(key) => format!("tag {} of its account", escape(key)),
        }
    }

    /// The value for a resource.
    pub(super) fn of<'r>(&self, resource: &'r Resource<'_>) -> PropertyValue<'r> {
        let text = |value: Option<&'r str>| match value {
            Some(value) => PropertyValue::Known(value, None),
            None => PropertyValue::Unknown,
        };
        match self {
            Self::Region if self.is_foreign_to(&resource.kind) => PropertyValue::Lacking,
            Self::Name => text(resource.name.as_deref()),
            Self::Account => text(resource.account.as_deref()),
            Self::AccountName => text(resource.account_name.as_deref()),
            Self::AccountOu => text(resource.account_units()),
            Self::Region => text(resource.region.as_deref()),
            Self::Type => text(Some(&resource.kind)),
            Self::Tag(key) => tag(key, resource),
            Self::AccountTag(key) => match &resource.account_tags {
                None => PropertyValue::Unknown,
                Some(tags) => tags
                    .iter()
                    .find(|(own, value)| own.as_str() == key && !is_empty(value))
                    .map_or(PropertyValue::Lacking, |(_, value)| PropertyValue::Known(value, None)),
            },
        }
    }
}

/// The value of a tag of the resource.
pub(super) fn tag<'r>(key: &str, resource: &'r Resource<'_>) -> PropertyValue<'r> {
    match resource.tags.find(key, resource.tag_limits().folds_case) {
        TagLookup::Unknown => PropertyValue::Unknown,
        TagLookup::Absent => PropertyValue::Lacking,
        TagLookup::Present(at) => match resource.tags.known()[at].value.as_deref() {
            None => PropertyValue::Unknown,
            Some(value) if is_empty(value) => PropertyValue::Lacking,
            Some(value) => PropertyValue::Known(value, Some(at)),
        },
    }
}
