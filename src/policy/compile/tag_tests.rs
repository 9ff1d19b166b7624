//! The tests of tags in a condition (`tags`, `account-tags`).

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::{Glob, Globs};
use crate::model::Day;
use crate::policy::fields::DATE_TEST;
use crate::rule::{
    DateTest, Diagnostics, GlobSubject, Located, RelativeDay, TableFields, TagCondition, TagTest, day, days,
    days_from_today, warn_of_glob_mistakes,
};

/// The tests of one field.
pub(super) fn tag_tests(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, name: &str) -> Vec<TagCondition> {
    let mut out = Vec::new();
    let Some(table) = fields.table(name) else { return out };
    if table.value.is_empty() {
        diagnostics.error(table.span.clone(), format!("`{name}` has no key"));
    }
    let any_case = fields.flag("ignore-key-case").unwrap_or(false);
    for (key, value) in table.value {
        let test = match value.get_ref() {
            DeValue::Boolean(there) => Some(TagTest::Exists(*there)),
            DeValue::String(list) if list.starts_with('@') && !diagnostics.lists.is_empty() => {
                // A list that does not exist is reported already.
                diagnostics.list(list, &value.span()).map(|items| TagTest::Value(Globs::new(items.iter())))
            }
            DeValue::Table(range) => {
                let place = format!("{name}.{}", key.get_ref());
                let range = Located { value: range, span: value.span() };
                date_test(diagnostics, &place, (name, key), &range)
            }
            _ => globs(diagnostics, value),
        };
        out.extend(test.map(|test| TagCondition { key: Glob::new(key.get_ref()), any_case, test }));
    }
    out
}

/// A glob or a list of globs.
fn globs(diagnostics: &mut Diagnostics<'_>, value: &Spanned<DeValue<'_>>) -> Option<TagTest> {
    let items = value.get_ref().as_array().map_or(std::slice::from_ref(value), |items| items.as_ref());
    let located = |item: &Spanned<DeValue<'_>>| {
        item.get_ref().as_str().map(|text| Located { value: text.to_owned(), span: item.span() })
    };
    let texts: Vec<_> = items.iter().filter_map(located).collect();
    if texts.is_empty() || texts.len() < items.len() {
        diagnostics.error(
            value.span(),
            "a tag test is a glob, a list of globs, true (the tag exists), false (it does not), or a date range such as \
             { before = \"today\" }",
        );
        return None;
    }
    warn_of_glob_mistakes(diagnostics, &texts, GlobSubject::Text);
    diagnostics.warn_of_lists_in(value.get_ref());
    Some(TagTest::Value(Globs::new(texts.into_iter().map(|text| text.value))))
}

/// A date range.
fn date_test(
    diagnostics: &mut Diagnostics<'_>,
    place: &str,
    (name, key): (&str, &Spanned<std::borrow::Cow<'_, str>>),
    table: &Located<&DeTable<'_>>,
) -> Option<TagTest> {
    let known = |key: &str| DATE_TEST.fields.iter().any(|field| field.name == key);
    if !table.value.keys().any(|key| known(key.get_ref())) {
        let inner = table.value.keys().next().map_or("x", |inner| inner.get_ref());
        diagnostics.error_help(
            key.span(),
            format!("`{place}` is a table, not a tag test"),
            format!(
                "write a key with a dot or a space in quotes: {name}.\"{}.{inner}\" = …; a date range has `before`, `after` \
                 or `within`",
                key.get_ref()
            ),
        );
        return None;
    }
    let errors = diagnostics.errors();
    let fields = TableFields::read(diagnostics, place, table.value, table.span.clone(), DATE_TEST.fields);
    let test = DateTest {
        before: relative_day(diagnostics, &fields, "before"),
        after: relative_day(diagnostics, &fields, "after"),
        within: within(diagnostics, &fields),
    };
    (diagnostics.errors() == errors).then_some(TagTest::Date(test))
}

fn relative_day(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, name: &str) -> Option<RelativeDay> {
    let value = fields.value(name)?;
    let found = match value.get_ref() {
        DeValue::Datetime(date) => day(date).map(RelativeDay::Fixed),
        DeValue::String(text) => days_from_today(text).map(RelativeDay::Today),
        _ => None,
    };
    if found.is_none() {
        let message = format!("`{name}` takes a date such as 2027-03-31, or \"today\", \"today+90d\", \"today-1d\"");
        match value.get_ref().as_str().filter(|text| Day::parse(text).is_some()) {
            Some(day) => {
                let help = format!("write the date without quotes: {name} = {day}");
                diagnostics.error_help(value.span(), message, help);
            }
            None => diagnostics.error(value.span(), message),
        }
    }
    found
}

fn within(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>) -> Option<i32> {
    let text = fields.text("within")?;
    let found = days(&text.value);
    if found.is_none() {
        diagnostics.error(text.span, "`within` takes a number of days such as \"30d\"");
    }
    found
}
