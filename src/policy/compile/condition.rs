//! `when` and `unless`.

use toml::de::DeValue;

use super::type_names::check_type_names;
use crate::aws::TypeGlobs;
use crate::base::{Glob, Globs};
use crate::policy::fields;
use crate::rule::{
    Age, Condition, Diagnostics, GlobSubject, Located, RuleBuilder, TableFields, TagTest, day, warn_of_glob_mistakes,
};

/// Compiles a condition of a rule, if it has one of this name.
pub(super) fn condition(
    builder: &mut RuleBuilder<'_, '_, '_>,
    name: &'static str,
    allowed: &Globs,
) -> Option<Condition> {
    let table = builder.fields.table(name)?;
    let place = if name == "when" { "[rule.when]" } else { "[rule.unless]" };
    let fields =
        TableFields::read(builder.diagnostics, place, table.value, table.span.clone(), fields::CONDITION.fields);
    if table.value.is_empty() {
        builder.diagnostics.error_help(table.span, format!("{place} has no condition"), "add one, or remove the table");
        return None;
    }
    let diagnostics = &mut *builder.diagnostics;
    check_type_names(diagnostics, &fields, "resources", allowed);
    let mut globs = |name: &str| {
        let texts = fields.texts(name)?;
        if texts.value.is_empty() {
            diagnostics.error(texts.span, format!("`{name}` is an empty list, which matches nothing"));
        }
        if name != "resources" {
            warn_of_glob_mistakes(diagnostics, &texts.value, subject(name));
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
    out.tags = tag_tests(diagnostics, &fields, "tags");
    out.account_tags = tag_tests(diagnostics, &fields, "account-tags");
    out.older_than = age(diagnostics, &fields, "older-than");
    out.newer_than = age(diagnostics, &fields, "newer-than");
    Some(out)
}

/// The texts that a field of a condition can match.
fn subject(field: &str) -> GlobSubject {
    match field {
        "account" => GlobSubject::Account,
        "region" => GlobSubject::Region,
        "path" => GlobSubject::Path,
        "arn" => GlobSubject::Arn,
        _ => GlobSubject::Text,
    }
}

fn tag_tests(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, name: &str) -> Vec<(Glob, TagTest)> {
    let mut out = Vec::new();
    let Some(table) = fields.table(name) else { return out };
    if table.value.is_empty() {
        diagnostics.error(table.span.clone(), format!("`{name}` has no key"));
    }
    for (key, value) in table.value {
        let items = value.get_ref().as_array().map_or(std::slice::from_ref(value), |items| items.as_ref());
        let located = |item: &toml::Spanned<DeValue<'_>>| {
            item.get_ref().as_str().map(|text| Located { value: text.to_owned(), span: item.span() })
        };
        let texts: Vec<_> = items.iter().filter_map(located).collect();
        warn_of_glob_mistakes(diagnostics, &texts, GlobSubject::Text);
        diagnostics.warn_of_lists_in(value.get_ref());
        let test = match value.get_ref() {
            DeValue::Boolean(there) => Some(TagTest::Exists(*there)),
            DeValue::String(name) if name.starts_with('@') && !diagnostics.lists.is_empty() => {
                // A list that does not exist is reported already.
                let Some(items) = diagnostics.list(name, &value.span()) else { continue };
                Some(TagTest::Value(Globs::new(items.iter())))
            }
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
                diagnostics.error_help(
                    key.span(),
                    format!("`{name}.{}` is a table, not a tag test", key.get_ref()),
                    format!("write a key with a dot or a space in quotes: {name}.\"{}.{inner}\" = …", key.get_ref()),
                );
            }
            None => diagnostics.error(
                value.span(),
                "a tag test is a glob, a list of globs, true (the tag exists) or false (it does not)",
            ),
        }
    }
    out
}

fn age(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, name: &str) -> Option<Age> {
    let value = fields.value(name)?;
    let age = match value.get_ref() {
        DeValue::Datetime(date) => day(date).map(Age::Day),
        DeValue::String(text) => {
            text.strip_suffix('d').and_then(|n| n.parse::<u16>().ok()).map(|days| Age::Days(i32::from(days)))
        }
        _ => None,
    };
    if age.is_none() {
        diagnostics.error(
            value.span(),
            format!("`{name}` takes a number of days such as \"30d\", or a date such as 2026-01-31"),
        );
    }
    age
}
