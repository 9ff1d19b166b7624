//! `values-by`: allowed values that depend on a property of the resource, such as its account.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::{Allowed, fold_case};
use crate::base::{Glob, quote};
use crate::model::Resource;
use crate::rule::builder::RuleBuilder;
use crate::rule::glob_mistakes::GlobSubject;
use crate::rule::property::{ACCOUNT_TAGS, Property, PropertyValue, TAGS};

/// The most sets that a description names.
const SHOWN: usize = 8;

/// The key of the set for all other values of the property.
const OTHERS: &str = "*";

/// The allowed values by a property.
#[derive(Debug, Clone)]
pub(in crate::rule) struct ValuesBy {
    pub(in crate::rule) property: Property,
    sets: BTreeMap<String, Allowed>,
    ignore_case: bool,
}

/// The set of one resource.
pub(in crate::rule) enum ChosenSet<'r> {
    /// Every value is allowed.
    Any,
    /// These, with the index of the tag that chose them.
    One(&'r Allowed, Option<usize>),
    /// It is not known which of them.
    Unknown,
}

impl ValuesBy {
    /// Reads the field; `None` without it or after a mistake.
    pub(in crate::rule) fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let table = builder.fields.table("values-by")?;
        let ignore_case = builder.flag("ignore-case");
        let mut entries = table.value.iter();
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            let help = "write one table, such as [rule.values-by.account]";
            builder.diagnostics.error_help(table.span, "`values-by` has one property", help);
            return None;
        };
        let (property, sets) = property(builder, name, value)?;
        let Some(sets) = sets.get_ref().as_table().filter(|sets| !sets.is_empty()) else {
            let help = "write a line for each value of the property, such as \"111122223333\" = [\"a\", \"b\"]";
            builder.diagnostics.error_help(sets.span(), "`values-by` takes a table of lists", help);
            return None;
        };
        let mut out = BTreeMap::new();
        for (key, value) in sets {
            warn_of_impossible(builder, &property, key);
            let values = set(builder, key, value)?;
            let fold = |text: &String| if ignore_case { fold_case(text) } else { text.clone() };
            out.insert(key.get_ref().to_string(), Allowed::new(&values, fold));
        }
        Some(Self { property, sets: out, ignore_case })
    }

    /// The set for a resource.
    pub(in crate::rule) fn chosen<'r>(&'r self, resource: &Resource<'_>) -> ChosenSet<'r> {
        let others = || self.sets.get(OTHERS);
        match self.property.of(resource) {
            PropertyValue::Unknown => ChosenSet::Unknown,
            PropertyValue::Lacking => others().map_or(ChosenSet::Any, |set| ChosenSet::One(set, None)),
            PropertyValue::Known(value, tag) => {
                let named = self.property.choices(value).find_map(|text| self.sets.get(text));
                named.or_else(others).map_or(ChosenSet::Any, |set| ChosenSet::One(set, tag))
            }
        }
    }

    /// Returns whether a set has a value.
    pub(in crate::rule) fn has(&self, set: &Allowed, value: &str) -> bool {
        if self.ignore_case { set.has(&fold_case(value)) } else { set.has(value) }
    }

    /// The result if it is not known which set counts: `Some` if all give the same.
    pub(in crate::rule) fn has_in_every_case(&self, accepts: impl Fn(&Allowed) -> bool) -> Option<bool> {
        let accepted = self.sets.values().filter(|set| accepts(set)).count();
        if accepted == self.sets.len() {
            Some(true)
        } else if accepted == 0 && self.sets.contains_key(OTHERS) {
            Some(false)
        } else {
            None
        }
    }

    /// The requirement in a sentence after "must".
    pub(in crate::rule) fn describe(&self) -> String {
        let sets = self.sets.iter().map(|(key, set)| match key.as_str() {
            OTHERS => format!("{} for others", set.sentence()),
            key => format!("{} for {}", set.sentence(), quote(key)),
        });
        let more = self.sets.len().saturating_sub(SHOWN);
        let rest = (more > 0).then(|| format!("the values of {more} more"));
        format!(
            "be allowed for its {}: {}",
            self.property.describe(),
            sets.take(SHOWN).chain(rest).collect::<Vec<_>>().join("; ")
        )
    }
}

/// Warns about a set for a text that the property never has.
fn warn_of_impossible(builder: &mut RuleBuilder<'_, '_, '_>, property: &Property, key: &Spanned<impl AsRef<str>>) {
    let subject = match property {
        Property::Account => GlobSubject::Account,
        Property::AccountOu => GlobSubject::Unit,
        Property::Region => GlobSubject::Region,
        _ => return,
    };
    let text = key.get_ref().as_ref();
    if let Some(reason) = subject.refuses(text) {
        let message = format!("{} is never the {}: {reason}", quote(text), property.describe());
        builder.diagnostics.warn_help(key.span(), message, "write the exact value, or \"*\" for all others");
    }
}

/// The property of the table, and its sets.
fn property<'t>(
    builder: &mut RuleBuilder<'_, '_, '_>,
    name: &Spanned<impl AsRef<str>>,
    value: &'t Spanned<DeValue<'t>>,
) -> Option<(Property, &'t Spanned<DeValue<'t>>)> {
    let text = name.get_ref().as_ref();
    if [TAGS, ACCOUNT_TAGS].contains(&text) {
        let mut keys = value.get_ref().as_table().into_iter().flat_map(DeTable::iter);
        if let (Some((key, sets)), None) = (keys.next(), keys.next()) {
            return Some((Property::parse(&format!("{text}.{}", key.get_ref()))?, sets));
        }
        let message = format!("`values-by.{text}` has one key");
        builder.diagnostics.error_help(name.span(), message, format!("write [rule.values-by.{text}.\"KEY\"]"));
        return None;
    }
    let property =
        Property::parse(text).filter(|property| !matches!(property, Property::Tag(_) | Property::AccountTag(_)));
    if property.is_none() {
        let help = format!("it is one of {}", Property::known());
        builder.diagnostics.error_help(name.span(), format!("unknown property {} in `values-by`", quote(text)), help);
    }
    Some((property?, value))
}

/// The values of one set.
fn set(
    builder: &mut RuleBuilder<'_, '_, '_>,
    key: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<String>> {
    let text = key.get_ref().as_ref();
    if text != OTHERS && !Glob::new(text).is_literal() {
        let message = format!("{} is a glob, but `values-by` takes exact values and \"*\" for all others", quote(text));
        builder.diagnostics.error_help(key.span(), message, "write a line for each value");
        return None;
    }
    let named = value.get_ref().as_str().filter(|name| name.starts_with('@'));
    if let Some(name) = named {
        return builder.diagnostics.list(name, &value.span()).map(|items| items.to_vec());
    }
    let items = value.get_ref().as_array().filter(|items| !items.is_empty());
    let texts = items.and_then(|items| items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect());
    if texts.is_none() {
        let message = format!("{} takes a list of strings, or the name of a list such as \"@stages\"", quote(text));
        builder.diagnostics.error(value.span(), message);
    }
    builder.diagnostics.warn_of_lists_in(value.get_ref());
    texts
}
