//! Policies, resources and answers of the comparison, as plain data.

use std::collections::BTreeSet;

use taglint::model::{DeviceAssignment, Origin, Resource, Tag, Tags, Text};

/// A condition on one property. A condition has one or more of them, and all must be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// The account ID begins with this text.
    Account(&'static str),
    /// The resource has this name.
    Name(&'static str),
    /// The tag exists, or not.
    Exists(&'static str, bool),
    /// The tag has this value.
    Value(&'static str, &'static str),
    /// The account is in this organizational unit or root, directly or below.
    Unit(&'static str),
    /// The resource is of IAM, or of Cognito.
    Service(&'static str),
    /// The tag is a date before the day of the run, or after it.
    Date(&'static str, Side),
    /// `terraform`, `cloudformation` or `aws` manages the resource.
    Managed(&'static str),
    /// One of these conditions is true.
    Any(Vec<Vec<Test>>),
    /// This condition is false.
    Not(Vec<Test>),
}

/// The side of the day of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
    /// The day of the run, or one of so many days after it.
    Within(u32),
}

/// The source of a composed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Name,
    Tag(&'static str),
}

/// The account with values of its own.
pub(super) const SPECIAL_ACCOUNT: &str = "123456789012";

/// The root of the organization, and the unit with values of its own.
pub(super) const ROOT: &str = "r-ab12";
pub(super) const SPECIAL_UNIT: &str = "ou-ab12-aaaaaaaa";

/// The requirement of a rule.
#[derive(Debug, Clone)]
pub(super) enum Demand {
    /// A tag with one key.
    Tag { key: &'static str, required: bool, aliases: Vec<&'static str>, values: Vec<&'static str>, no_at: bool },
    /// A tag whose value is that of a property, or its beginning, and which requires another key.
    Linked { key: &'static str, equals: Option<Source>, prefix: Option<Source>, requires: Option<&'static str> },
    /// A tag whose key may be written in any letter case.
    AnyCase { key: &'static str, required: bool, values: Vec<&'static str> },
    /// A tag whose values depend on the account: one value for [`SPECIAL_ACCOUNT`], and another for all others.
    ByAccount { key: &'static str, special: &'static str, other: &'static str },
    /// A tag whose value depends on the unit of the account: one value for [`SPECIAL_UNIT`], another for the rest of [`ROOT`].
    ByUnit { key: &'static str, special: &'static str, other: &'static str },
    /// Keys of which one has a value.
    AnyOf(Vec<&'static str>),
    /// Keys begin with an uppercase letter, and go on with lowercase ones.
    Style,
    /// Keys in a style with a name.
    NamedStyle(&'static str),
    /// Tags that the service accepts.
    Syntax,
    /// A tag whose value no other resource has: in its account, or in all.
    Unique { key: &'static str, in_all: bool },
    /// Tags that an MFA device has in common with its user.
    SameAsUser(Vec<&'static str>),
    /// A tag whose value is a list with `:` between its items.
    Items {
        key: &'static str,
        values: Vec<&'static str>,
        trim: bool,
        unique: bool,
        min: Option<usize>,
        max: Option<usize>,
    },
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
    /// True if the file has the values in a list with a name.
    pub listed: bool,
    /// The grace period in days.
    pub grace: Option<u32>,
}

/// A policy.
#[derive(Debug, Clone)]
pub(super) struct PlainPolicy(pub Vec<PlainRule>);

/// A resource. `None` is always unknown.
#[derive(Debug, Clone)]
pub(super) struct PlainResource {
    pub kind: &'static str,
    pub account: Option<&'static str>,
    /// The path of units of the account.
    pub units: Option<&'static str>,
    pub name: Option<&'static str>,
    /// The tags, each with its value; `None` if they could not be read.
    pub tags: Option<Vec<(&'static str, Option<&'static str>)>>,
    /// True if further tags may exist.
    pub more: bool,
    /// The source that declares the resource.
    pub declared_in: Option<&'static str>,
    /// The user of an MFA device.
    pub user: PlainUser,
    /// The time of creation.
    pub created: Option<&'static str>,
}

/// The user of an MFA device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlainUser {
    Unknown,
    Unassigned,
    Root,
    /// The resource with this number, which may be no user, or not in the input.
    Number(usize),
}

/// The ARN of the resource with this number.
pub(super) fn arn(n: usize) -> String {
    format!("arn:aws:x:eu-west-1:123456789012:thing/{n}")
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
        let listed = self.0.iter().filter(|rule| rule.listed);
        let lists = listed.filter_map(|rule| Some(format!("{} = {:?}\n", rule.id, rule.values()?)));
        format!("version = 1\n[lists]\n{}{}", lists.collect::<String>(), rules.collect::<String>())
    }
}

impl PlainRule {
    /// The values, if the rule has any.
    fn values(&self) -> Option<&[&'static str]> {
        match &self.demand {
            Demand::Tag { values, .. }
            | Demand::AnyCase { values, .. }
            | Demand::Every { values, .. }
            | Demand::Items { values, .. } => Some(values).filter(|values| !values.is_empty()).map(Vec::as_slice),
            _ => None,
        }
    }

    fn to_toml(&self) -> String {
        let list = |name: &str, values: &[&str]| match values {
            [] => String::new(),
            _ if name == "values" && self.listed => format!("values = \"@{}\"\n", self.id),
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
            Demand::Linked { key, equals, prefix, requires } => {
                let composed = |field: &str, source: &Option<Source>| match source {
                    None => String::new(),
                    Some(Source::Name) => format!("{field} = \"{{name}}\"\n"),
                    Some(Source::Tag(key)) => format!("{field} = \"{{tags.{key}}}\"\n"),
                };
                let requires = requires.map_or_else(String::new, |other| format!("requires = [{other:?}]\n"));
                format!("key = {key:?}\n{}{}{requires}", composed("equals", equals), composed("prefix-of", prefix))
            }
            Demand::AnyCase { key, required, values } => {
                format!("key = {key:?}\nignore-key-case = true\nrequired = {required}\n{}", list("values", values))
            }
            Demand::ByAccount { key, special, other } => format!(
                "key = {key:?}\nvalues-by.account = {{ {SPECIAL_ACCOUNT:?} = [{special:?}], \"*\" = [{other:?}] }}\n"
            ),
            Demand::ByUnit { key, special, other } => format!(
                "key = {key:?}\nvalues-by.account-ou = {{ {SPECIAL_UNIT:?} = [{special:?}], {ROOT:?} = [{other:?}] }}\n"
            ),
            Demand::AnyOf(keys) => list("any-of", keys),
            Demand::NamedStyle(style) => format!("key-style = {style:?}\n"),
            Demand::Syntax => "syntax = \"service\"\n".to_owned(),
            Demand::Unique { key, in_all } => {
                format!("unique = {key:?}\n{}", if *in_all { "within = \"all\"\n" } else { "" })
            }
            Demand::SameAsUser(keys) => list("same-as-user", keys),
            Demand::Items { key, values, trim, unique, min, max } => format!(
                "key = {key:?}\nseparator = \":\"\ntrim-items = {trim}\nunique-items = {unique}\n{}{}{}",
                list("values", values),
                number("min-items", *min),
                number("max-items", *max)
            ),
            Demand::Style => "key-pattern = '[A-Z][a-z]*'\n".to_owned(),
            Demand::Every { values, no_at } => format!("key = \"*\"\n{}{}", list("values", values), at(*no_at)),
            Demand::Forbid(keys) => list("forbid", keys),
            Demand::Only(None) => "only = \"declared\"\n".to_owned(),
            Demand::Only(Some(keys)) => list("only", keys),
            Demand::Count { max, min, reserve } => {
                number("max-tags", *max) + &number("min-tags", *min) + &number("reserve", *reserve)
            }
        };
        let tests = |field: &str, tests: &[Test]| match tests {
            [] => String::new(),
            _ => format!("{field} = {}\n", condition(tests)),
        };
        let grace = self.grace.map_or_else(String::new, |days| format!("grace = \"{days}d\"\n"));
        format!(
            "[[rule]]\nid = {:?}\n{demand}{grace}{}{}",
            self.id,
            tests("when", &self.when),
            tests("unless", &self.unless)
        )
    }
}

/// A condition as an inline table.
fn condition(tests: &[Test]) -> String {
    format!("{{ {} }}", tests.iter().map(Test::to_toml).collect::<Vec<_>>().join(", "))
}

impl Test {
    fn to_toml(&self) -> String {
        match self {
            Self::Account(start) => format!("account = \"{start}*\""),
            Self::Name(name) => format!("name = {name:?}"),
            Self::Unit(unit) => format!("account-ou = {unit:?}"),
            Self::Exists(key, there) => format!("tags.{key:?} = {there}"),
            Self::Value(key, value) => format!("tags.{key:?} = {value:?}"),
            Self::Service(service) => format!("resources = \"{service}:*\""),
            Self::Date(key, Side::Before) => format!("tags.{key:?} = {{ before = \"today\" }}"),
            Self::Date(key, Side::After) => format!("tags.{key:?} = {{ after = \"today\" }}"),
            Self::Date(key, Side::Within(days)) => format!("tags.{key:?} = {{ within = \"{days}d\" }}"),
            Self::Managed(manager) => format!("managed-by = {manager:?}"),
            Self::Any(all) => {
                format!("any = [{}]", all.iter().map(|one| condition(one)).collect::<Vec<_>>().join(", "))
            }
            Self::Not(tests) => format!("not = {}", condition(tests)),
        }
    }

    /// The keys that the condition names.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        match self {
            Self::Exists(key, _) | Self::Value(key, _) | Self::Date(key, _) => vec![key],
            Self::Any(all) => all.iter().flatten().flat_map(Self::keys).collect(),
            Self::Not(tests) => tests.iter().flat_map(Self::keys).collect(),
            Self::Account(_) | Self::Name(_) | Self::Unit(_) | Self::Service(_) | Self::Managed(_) => Vec::new(),
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
            account_ou: self.units.map(Text::from),
            name: self.name.map(Text::from),
            tags: match &self.tags {
                Some(tags) => Tags::Read { tags: tags.iter().map(tag).collect(), more: self.more.into() },
                None => Tags::Unread { reason: Text::from("AccessDenied") },
            },
            origin: self.declared_in.map(|name| {
                let kind = if name == "terraform" { "aws_example" } else { "AWS::Example::Example" };
                Box::new(Origin { kind: Some(kind.to_owned()), live: true, ..Origin::default() })
            }),
            user: match self.user {
                PlainUser::Unknown => DeviceAssignment::Unknown,
                PlainUser::Unassigned => DeviceAssignment::Unassigned,
                PlainUser::Root => DeviceAssignment::User(Text::from("arn:aws:iam::123456789012:root")),
                PlainUser::Number(n) => DeviceAssignment::User(Text::from(arn(n))),
            },
            created: self.created.map(Text::from),
            ..Resource::default()
        }
    }
}
