//! Policies, resources and answers of the comparison, as plain data.

use std::collections::BTreeSet;

use taglint::model::{Resource, Tag, Tags, Text};

/// A condition on one property. A condition has one or more of them, and all must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    /// The account ID begins with this text.
    Account(&'static str),
    /// The resource has this name.
    Name(&'static str),
    /// The tag exists, or not.
    Exists(&'static str, bool),
    /// The tag has this value.
    Value(&'static str, &'static str),
    /// The resource is of IAM, or of Cognito.
    Service(&'static str),
}

/// The source of a composed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Name,
    Tag(&'static str),
}

/// The requirement of a rule.
#[derive(Debug, Clone)]
pub(super) enum Demand {
    /// A tag with one key.
    Tag { key: &'static str, required: bool, aliases: Vec<&'static str>, values: Vec<&'static str>, no_at: bool },
    /// A tag whose value is composed of a property, and which requires another key.
    Linked { key: &'static str, equals: Option<Source>, requires: Option<&'static str> },
    /// Every tag.
    Every { values: Vec<&'static str>, no_at: bool },
    /// Forbidden keys; one that ends in `*` is a prefix.
    Forbid(Vec<&'static str>),
    /// A closed list; `None` for the declared keys.
    Only(Option<Vec<&'static str>>),
    /// The number of tags.
    Count { max: Option<usize>, min: Option<usize>, reserve: Option<usize> },
}

/// One rule with its conditions.
#[derive(Debug, Clone)]
pub(super) struct PlainRule {
    pub id: String,
    pub demand: Demand,
    pub when: Vec<Test>,
    pub unless: Vec<Test>,
}

/// A policy.
#[derive(Debug, Clone)]
pub(super) struct PlainPolicy(pub Vec<PlainRule>);

/// A resource. `None` is always unknown.
#[derive(Debug, Clone)]
pub(super) struct PlainResource {
    pub kind: &'static str,
    pub account: Option<&'static str>,
    pub name: Option<&'static str>,
    /// The tags, each with its value; `None` if they could not be read.
    pub tags: Option<Vec<(&'static str, Option<&'static str>)>>,
    /// True if further tags may exist.
    pub more: bool,
}

/// The answer of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    NotApplicable,
    Pass,
    Unknown,
    Fail(BTreeSet<(String, String)>),
}

impl Answer {
    /// A failure by these kinds and keys.
    pub(super) fn fail<'a>(found: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::Fail(found.into_iter().map(|(kind, key)| (kind.to_owned(), key.to_owned())).collect())
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail(_) => "fail",
        }
    }
}

impl PlainPolicy {
    /// The policy as it is written in a file.
    pub(super) fn to_toml(&self) -> String {
        let rules = self.0.iter().map(PlainRule::to_toml);
        format!("version = 1\n{}", rules.collect::<String>())
    }
}

impl PlainRule {
    fn to_toml(&self) -> String {
        let list = |name: &str, values: &[&str]| match values {
            [] => String::new(),
            _ => format!("{name} = {values:?}\n"),
        };
        let at = |no_at: bool| if no_at { "not-pattern = '@'\n" } else { "" };
        let number = |name: &str, n: Option<usize>| n.map_or_else(String::new, |n| format!("{name} = {n}\n"));
        let demand = match &self.demand {
            Demand::Tag { key, required, aliases, values, no_at } => format!(
                "key = {key:?}\nrequired = {required}\n{}{}{}",
                list("aliases", aliases),
                list("values", values),
                at(*no_at)
            ),
            Demand::Linked { key, equals, requires } => {
                let equals = equals.map_or_else(String::new, |source| match source {
                    Source::Name => "equals = \"{name}\"\n".to_owned(),
                    Source::Tag(key) => format!("equals = \"{{tags.{key}}}\"\n"),
                });
                let requires = requires.map_or_else(String::new, |other| format!("requires = [{other:?}]\n"));
                format!("key = {key:?}\n{equals}{requires}")
            }
            Demand::Every { values, no_at } => format!("key = \"*\"\n{}{}", list("values", values), at(*no_at)),
            Demand::Forbid(keys) => list("forbid", keys),
            Demand::Only(None) => "only = \"declared\"\n".to_owned(),
            Demand::Only(Some(keys)) => list("only", keys),
            Demand::Count { max, min, reserve } => {
                number("max-tags", *max) + &number("min-tags", *min) + &number("reserve", *reserve)
            }
        };
        let tests = |field: &str, tests: &[Test]| tests.iter().map(|test| test.to_toml(field)).collect::<String>();
        format!("[[rule]]\nid = {:?}\n{demand}{}{}", self.id, tests("when", &self.when), tests("unless", &self.unless))
    }
}

impl Test {
    fn to_toml(self, field: &str) -> String {
        match self {
            Self::Account(start) => format!("{field}.account = \"{start}*\"\n"),
            Self::Name(name) => format!("{field}.name = {name:?}\n"),
            Self::Exists(key, there) => format!("{field}.tags.{key:?} = {there}\n"),
            Self::Value(key, value) => format!("{field}.tags.{key:?} = {value:?}\n"),
            Self::Service(service) => format!("{field}.resources = \"{service}:*\"\n"),
        }
    }
}

impl PlainResource {
    /// The resource as the engine takes it.
    pub(super) fn to_resource(&self) -> Resource<'static> {
        let tag = |(key, value): &(&'static str, Option<&'static str>)| Tag {
            key: Text::from(*key),
            value: value.map(Text::from),
        };
        Resource {
            kind: Text::from(self.kind),
            account: self.account.map(Text::from),
            name: self.name.map(Text::from),
            tags: match &self.tags {
                Some(tags) => Tags::Read { tags: tags.iter().map(tag).collect(), more: self.more.into() },
                None => Tags::Unread { reason: Text::from("AccessDenied") },
            },
            ..Resource::default()
        }
    }
}
