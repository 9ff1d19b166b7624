//! `when` and `unless`.

use toml::de::DeValue;

use super::rule::RuleBuilder;
use super::value::day;
use crate::aws::TypeGlobs;
use crate::base::{Glob, Globs};
use crate::policy::fields;
use crate::policy::read::{Fields, Reader};
use crate::rule::{Age, Condition, TagTest};

impl RuleBuilder<'_, '_, '_> {
    pub(super) fn condition(&mut self, name: &'static str) -> Option<Condition> {
        let table = self.fields.table(name)?;
        let place = if name == "when" { "[rule.when]" } else { "[rule.unless]" };
        let fields = Fields::read(self.reader, place, table.value, table.span.clone(), fields::CONDITION);
        if table.value.is_empty() {
            self.reader.error(table.span, format!("{place} has no condition"));
            return None;
        }
        let reader = &mut *self.reader;
        let mut globs = |name: &str| {
            let texts = fields.texts(name)?;
            if texts.value.is_empty() {
                reader.error(texts.span, format!("`{name}` is an empty list: nothing would match"));
            }
            Some(Globs::new(texts.value.into_iter().map(|t| t.value)))
        };
        let mut out = Condition {
            resources: globs("resources").map(TypeGlobs::new),
            account: globs("account"),
            region: globs("region"),
            name: globs("name"),
            path: globs("path"),
            arn: globs("arn"),
            account_name: globs("account-name"),
            assigned: fields.flag("assigned"),
            ..Condition::default()
        };
        out.tags = tag_tests(reader, &fields, "tags");
        out.account_tags = tag_tests(reader, &fields, "account-tags");
        out.older_than = age(reader, &fields, "older-than");
        out.newer_than = age(reader, &fields, "newer-than");
        Some(out)
    }
}

fn tag_tests(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Vec<(Glob, TagTest)> {
    let mut out = Vec::new();
    let Some(table) = fields.table(name) else { return out };
    if table.value.is_empty() {
        reader.error(table.span.clone(), format!("`{name}` names no key"));
    }
    for (key, value) in table.value {
        let test = match value.get_ref() {
            DeValue::Boolean(there) => Some(TagTest::There(*there)),
            DeValue::String(glob) => Some(TagTest::Value(Globs::new([glob]))),
            DeValue::Array(items) if !items.is_empty() => {
                let globs: Option<Vec<_>> = items.iter().map(|item| item.get_ref().as_str()).collect();
                globs.map(|globs| TagTest::Value(Globs::new(globs)))
            }
            _ => None,
        };
        match test {
            Some(test) => out.push((Glob::new(key.get_ref()), test)),
            None if value.get_ref().is_table() => {
                let inner = value.get_ref().as_table().and_then(|t| t.keys().next()).map_or("x", |k| k.get_ref());
                reader.error_help(
                    key.span(),
                    format!("`{name}.{}` is a table, not a tag", key.get_ref()),
                    format!(
                        "a key with a dot or a space is written in quotes: {name}.\"{}.{inner}\" = …",
                        key.get_ref()
                    ),
                );
            }
            None => reader.error(
                value.span(),
                "a tag is compared with a glob, a list of globs, true (there) or false (not there)",
            ),
        }
    }
    out
}

fn age(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Option<Age> {
    let value = fields.value(name)?;
    let age = match value.get_ref() {
        DeValue::Datetime(date) => day(date).map(Age::Day),
        DeValue::String(text) => {
            text.strip_suffix('d').and_then(|n| n.parse::<u16>().ok()).map(|days| Age::Days(i32::from(days)))
        }
        _ => None,
    };
    if age.is_none() {
        reader.error(
            value.span(),
            format!("`{name}` takes a number of days such as \"30d\", or a date such as 2026-01-31"),
        );
    }
    age
}
