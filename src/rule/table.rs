//! Reads a table of TOML against the description of its fields: every unknown field and every wrong type is reported in
//! one run, each with its place. Later code does not check types again.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lists::Lists;
use super::spec::{Field, FieldType};
use crate::base::{Diagnostic, DiagnosticLevel, SourceFile, Span, any_of, nearest, quote};
use crate::model::Day;

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The diagnostics of one file.
pub(crate) struct Diagnostics<'f> {
    pub(crate) file: &'f Arc<SourceFile>,
    pub(crate) list: Vec<Diagnostic>,
    /// The size of the patterns that were compiled so far, in this file and those before it, in bytes.
    pub(crate) pattern_bytes: usize,
    /// The lists of the policy.
    pub(crate) lists: Arc<Lists>,
    /// The help for a field (second) in the wrong table (first), if it is a field of another table.
    pub(crate) misplaced: fn(&str, &str) -> Option<String>,
}

impl Diagnostics<'_> {
    /// The number of errors.
    pub(crate) fn errors(&self) -> usize {
        self.list.iter().filter(|one| one.level == DiagnosticLevel::Error).count()
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.list.push(Diagnostic::error(self.file, span, message));
    }

    pub(crate) fn error_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Diagnostic::error(self.file, span, message).help(help));
    }

    pub(crate) fn warn_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Diagnostic::warning(self.file, span, message).help(help));
    }
}

/// The fields of one table that are known and have the right type.
pub(crate) struct TableFields<'t> {
    values: BTreeMap<&'static str, (&'t Spanned<DeValue<'t>>, Span)>,
    /// The items of the fields that name a list of the policy.
    lists: BTreeMap<&'static str, Arc<[String]>>,
    /// The table's own place.
    pub(crate) span: Span,
}

impl<'t> TableFields<'t> {
    /// Reads a table against its fields; `place` names it in messages, such as `[[rule]]`.
    pub(crate) fn read(
        out: &mut Diagnostics<'_>,
        place: &str,
        table: &'t DeTable<'t>,
        span: Span,
        fields: &'static [Field],
    ) -> Self {
        let (mut values, mut lists) = (BTreeMap::new(), BTreeMap::new());
        for (key, value) in table {
            let name: &str = key.get_ref();
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                unknown_field(out, place, name, key.span(), fields);
                continue;
            };
            let named = value.get_ref().as_str().filter(|_| field.ty.takes_list(!out.lists.is_empty()));
            if let Some(text) = named.filter(|text| text.starts_with('@')) {
                if let Some(items) = out.list(text, &value.span()) {
                    lists.insert(field.name, items);
                    values.insert(field.name, (value, key.span()));
                }
            } else if let Some(found) = mismatch(field.ty, value.get_ref()) {
                let at = found.1.unwrap_or_else(|| value.span());
                let message = format!("`{name}` takes {}, not {}", field.ty.label(), found.0);
                match help_for_type(field, value.get_ref(), &out.lists) {
                    Some(help) => out.error_help(at, message, help),
                    None => out.error(at, message),
                }
            } else {
                if field.ty.takes_list(true) {
                    out.warn_of_lists_in(value.get_ref());
                }
                values.insert(field.name, (value, key.span()));
            }
        }
        Self { values, lists, span }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    pub(crate) fn key_span(&self, name: &str) -> Option<Span> {
        self.values.get(name).map(|(_, span)| span.clone())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.values.get(name).map(|(value, _)| *value)
    }

    /// The text of a field; `None` if it names a list, which [`Self::texts`] gives.
    pub(crate) fn text(&self, name: &str) -> Option<Located<String>> {
        let value = self.value(name).filter(|_| !self.lists.contains_key(name))?;
        Some(Located { value: value.get_ref().as_str()?.to_owned(), span: value.span() })
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Located<Vec<Located<String>>>> {
        let value = self.value(name)?;
        let item =
            |v: &Spanned<DeValue<'_>>| v.get_ref().as_str().map(|s| Located { value: s.to_owned(), span: v.span() });
        let items = match (self.lists.get(name), value.get_ref()) {
            (Some(list), _) => list.iter().map(|text| Located { value: text.clone(), span: value.span() }).collect(),
            (None, DeValue::Array(items)) => items.iter().filter_map(item).collect(),
            (None, _) => item(value).into_iter().collect(),
        };
        Some(Located { value: items, span: value.span() })
    }

    /// The texts without their places; empty if the field is missing.
    pub(crate) fn plain_texts(&self, name: &str) -> Vec<String> {
        self.texts(name).map(|texts| texts.value.into_iter().map(|t| t.value).collect()).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.get_ref().as_bool()
    }

    pub(crate) fn count(&self, name: &str) -> Option<Located<usize>> {
        let value = self.value(name)?;
        Some(Located { value: integer(value.get_ref())?, span: value.span() })
    }

    pub(crate) fn table(&self, name: &str) -> Option<Located<&'t DeTable<'t>>> {
        let value = self.value(name)?;
        Some(Located { value: value.get_ref().as_table()?, span: value.span() })
    }

    pub(crate) fn tables(&self, name: &str) -> Vec<Located<&'t DeTable<'t>>> {
        let items = self.value(name).and_then(|value| value.get_ref().as_array());
        items
            .into_iter()
            .flat_map(|items| items.iter())
            .filter_map(|item| item.get_ref().as_table().map(|table| Located { value: table, span: item.span() }))
            .collect()
    }
}

fn integer(value: &DeValue<'_>) -> Option<usize> {
    let number = value.as_integer()?;
    usize::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// Describes a value of the wrong type, with a more precise place if there is one; `None` if the type fits.
fn mismatch(ty: FieldType, value: &DeValue<'_>) -> Option<(String, Option<Span>)> {
    let here = || Some((what(value), None));
    let each_text = |items: &toml::de::DeArray<'_>| {
        let odd = items.iter().find(|item| !item.get_ref().is_str());
        odd.map(|item| (format!("a list with {}", what(item.get_ref())), Some(item.span())))
    };
    match (ty, value) {
        (
            FieldType::Text
            | FieldType::NonEmptyText
            | FieldType::Key
            | FieldType::Regex
            | FieldType::Choice(_)
            | FieldType::TextOrTexts
            | FieldType::Choices(_)
            | FieldType::Days
            | FieldType::Percent
            | FieldType::KeysOrDeclared,
            DeValue::String(_),
        )
        | (FieldType::Flag, DeValue::Boolean(_))
        | (
            FieldType::Table(_)
            | FieldType::Condition
            | FieldType::TagTests
            | FieldType::TagMap
            | FieldType::Settings
            | FieldType::Lists
            | FieldType::ValuesBy,
            DeValue::Table(_),
        )
        | (FieldType::Bound, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::String(_))
        | (FieldType::Age, DeValue::Datetime(_) | DeValue::String(_))
        | (FieldType::Version, DeValue::Integer(_)) => None,
        (
            FieldType::NonEmptyTexts
            | FieldType::Texts
            | FieldType::Keys
            | FieldType::LiteralKeys
            | FieldType::TextOrTexts
            | FieldType::Choices(_)
            | FieldType::KeysOrDeclared,
            DeValue::Array(items),
        ) => each_text(items),
        (FieldType::Count, DeValue::Integer(_)) => {
            if integer(value).is_some() {
                None
            } else {
                here()
            }
        }
        (FieldType::Date, DeValue::Datetime(date)) if date.date.is_some() && date.time.is_none() => None,
        (FieldType::Tables(_) | FieldType::Conditions, DeValue::Array(items)) => {
            let odd = items.iter().find(|item| !item.get_ref().is_table());
            odd.map(|item| (what(item.get_ref()), Some(item.span())))
        }
        _ => here(),
    }
}

fn what(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string {}", quote(&text.chars().take(40).collect::<String>())),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn unknown_field(out: &mut Diagnostics<'_>, place: &str, name: &str, span: Span, fields: &'static [Field]) {
    let shown = quote(name);
    let help = if let Some(help) = (out.misplaced)(place, name) {
        help
    } else if let Some(meant) = nearest(name, fields.iter().map(|field| field.name)) {
        format!("did you mean `{meant}`?")
    } else {
        fields_of(place, fields)
    };
    out.error_help(span, format!("unknown field {shown} in {place}"), help);
}

/// The most fields that a message lists.
const LISTED: usize = 16;

fn fields_of(place: &str, fields: &'static [Field]) -> String {
    if fields.len() > LISTED {
        return format!("docs/policy-reference.md lists the fields of {place}");
    }
    format!("{place} takes {}", any_of(fields.iter().map(|field| format!("`{}`", field.name))))
}

/// The help for a value of a wrong type, for the usual mistakes.
fn help_for_type(field: &Field, value: &DeValue<'_>, lists: &Lists) -> Option<String> {
    let name = field.name;
    match (field.ty, value) {
        (ty, DeValue::String(text)) if ty.takes_list(true) && lists.get(text).is_some() => {
            Some(format!("write {name} = \"@{text}\" for the list of this name"))
        }
        (FieldType::Lists, DeValue::Array(_)) => Some(format!("write `[{name}]`, with one bracket")),
        (FieldType::Tables(_), DeValue::Table(_)) => Some(format!("write `[[{name}]]`, with two brackets")),
        (FieldType::Conditions, DeValue::Table(_)) => Some(format!("write a list: {name} = [{{ … }}, {{ … }}]")),
        (FieldType::Condition, DeValue::Array(_)) => Some(format!("write one table: {name} = {{ … }}")),
        (FieldType::Table(table), DeValue::String(_)) => {
            // The first field that takes a text.
            let first =
                table.fields.iter().find(|field| matches!(field.ty, FieldType::Text | FieldType::TextOrTexts))?;
            Some(format!("write a field of it: {name}.{} = \"…\"", first.name))
        }
        _ => None,
    }
}

/// The days of a text such as `30d`.
pub(crate) fn days(text: &str) -> Option<i32> {
    let digits = text.strip_suffix('d').filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse::<u16>().ok().map(i32::from)
}

/// The day of a TOML date; `None` if it has a time too, or does not exist.
pub(crate) fn day(date: &toml::value::Datetime) -> Option<Day> {
    let (date, None) = (date.date?, date.time) else { return None };
    let date = jiff::civil::Date::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    );
    date.ok().map(Day)
}

/// The days of `today`, `today+90d`, `today-1d`.
pub(crate) fn days_from_today(text: &str) -> Option<i32> {
    let rest = text.strip_prefix("today")?;
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    days(rest).map(|days| sign * days)
}
