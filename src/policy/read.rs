//! Reading a table of TOML against the table of fields: every unknown field and every wrong type is found in one run,
//! each with its place. Below this border nothing asks again what type a value has.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::{Field, KindSpec, RULE, TOP, Ty};
use crate::base::{Diagnostic, SourceFile, Span};
use crate::base::{any_of, nearest, quote};

/// How messages call the top of a file.
pub(super) const TOP_PLACE: &str = "the top of the file";

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// Collects the problems of one file.
pub(super) struct Reader<'f> {
    pub(super) file: &'f Arc<SourceFile>,
    pub(super) problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Diagnostic::error(self.file, span, message));
    }

    pub(super) fn error_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Diagnostic::error(self.file, span, message).help(help));
    }

    pub(super) fn warn_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Diagnostic::warning(self.file, span, message).help(help));
    }
}

/// The fields of one table that are known and have the right type.
pub(super) struct Fields<'t> {
    values: BTreeMap<&'static str, (&'t Spanned<DeValue<'t>>, Span)>,
    /// The table's own place.
    pub(super) span: Span,
}

impl<'t> Fields<'t> {
    /// Reads a table against its fields; `place` names it in messages, such as `[[rule]]`.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        place: &str,
        table: &'t DeTable<'t>,
        span: Span,
        fields: &'static [Field],
    ) -> Self {
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                unknown_field(reader, place, name, key.span(), fields);
                continue;
            };
            if let Some(found) = mismatch(field.ty, value.get_ref()) {
                let at = found.1.unwrap_or_else(|| value.span());
                reader.error(at, format!("`{name}` takes {}, not {}", field.ty.words(), found.0));
            } else {
                values.insert(field.name, (value, key.span()));
            }
        }
        Self { values, span }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    pub(super) fn key_span(&self, name: &str) -> Option<Span> {
        self.values.get(name).map(|(_, span)| span.clone())
    }

    pub(super) fn value(&self, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.values.get(name).map(|(value, _)| *value)
    }

    pub(super) fn text(&self, name: &str) -> Option<At<String>> {
        let value = self.value(name)?;
        Some(At { value: value.get_ref().as_str()?.to_owned(), span: value.span() })
    }

    pub(super) fn texts(&self, name: &str) -> Option<At<Vec<At<String>>>> {
        let value = self.value(name)?;
        let item = |v: &Spanned<DeValue<'_>>| v.get_ref().as_str().map(|s| At { value: s.to_owned(), span: v.span() });
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(item).collect(),
            _ => item(value).into_iter().collect(),
        };
        Some(At { value: items, span: value.span() })
    }

    /// The texts without their places; empty where the field is not there.
    pub(super) fn plain_texts(&self, name: &str) -> Vec<String> {
        self.texts(name).map(|texts| texts.value.into_iter().map(|t| t.value).collect()).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.get_ref().as_bool()
    }

    pub(super) fn count(&self, name: &str) -> Option<At<usize>> {
        let value = self.value(name)?;
        Some(At { value: integer(value.get_ref())?, span: value.span() })
    }

    pub(super) fn table(&self, name: &str) -> Option<At<&'t DeTable<'t>>> {
        let value = self.value(name)?;
        Some(At { value: value.get_ref().as_table()?, span: value.span() })
    }

    pub(super) fn tables(&self, name: &str) -> Vec<At<&'t DeTable<'t>>> {
        let items = self.value(name).and_then(|value| value.get_ref().as_array());
        items
            .into_iter()
            .flat_map(|items| items.iter())
            .filter_map(|item| item.get_ref().as_table().map(|table| At { value: table, span: item.span() }))
            .collect()
    }
}

fn integer(value: &DeValue<'_>) -> Option<usize> {
    let number = value.as_integer()?;
    usize::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// What the value is, where the field does not take it, with a nearer place if there is one.
fn mismatch(ty: Ty, value: &DeValue<'_>) -> Option<(String, Option<Span>)> {
    let here = || Some((what(value), None));
    let each_text = |items: &toml::de::DeArray<'_>| {
        let odd = items.iter().find(|item| !item.get_ref().is_str());
        odd.map(|item| (format!("a list with {}", what(item.get_ref())), Some(item.span())))
    };
    match (ty, value) {
        (Ty::Text | Ty::Regex | Ty::Choice(_) | Ty::TextOrTexts | Ty::KeysOrDeclared, DeValue::String(_))
        | (Ty::Flag, DeValue::Boolean(_))
        | (Ty::Table(_) | Ty::TagTests | Ty::TagMap, DeValue::Table(_))
        | (Ty::Bound, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) | DeValue::String(_))
        | (Ty::Age, DeValue::Datetime(_) | DeValue::String(_))
        | (Ty::Version, DeValue::Integer(_)) => None,
        (Ty::Texts | Ty::TextOrTexts | Ty::KeysOrDeclared, DeValue::Array(items)) => each_text(items),
        (Ty::Count, DeValue::Integer(_)) => {
            if integer(value).is_some() {
                None
            } else {
                here()
            }
        }
        (Ty::Date, DeValue::Datetime(date)) if date.date.is_some() && date.time.is_none() => None,
        (Ty::Tables(_), DeValue::Array(items)) => {
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

fn unknown_field(reader: &mut Reader<'_>, place: &str, name: &str, span: Span, fields: &'static [Field]) {
    let known = |fields: &'static [Field]| fields.iter().any(|field| field.name == name);
    let shown = quote(name);
    let at_top = place == TOP_PLACE;
    let help = if place.starts_with("[rule.") && known(RULE) {
        format!("{shown} is a field of the rule: write it above `{place}`, which takes all that follows it")
    } else if !at_top && known(TOP) && !known(fields) {
        format!("{shown} stands at the top of the file: write it above the first `[table]`")
    } else if let Some(meant) = nearest(name, fields.iter().map(|field| field.name)) {
        format!("did you mean `{meant}`?")
    } else if at_top && known(RULE) {
        "a rule's fields stand below a `[[rule]]` line".to_owned()
    } else {
        format!("{place} takes {}", any_of(fields.iter().map(|field| format!("`{}`", field.name))))
    };
    reader.error_help(span, format!("unknown field {shown} in {place}"), help);
}

/// The kind of a rule, told by its fields; reports none, two, and fields that the kind does not take.
pub(super) fn rule_kind(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<&'static KindSpec> {
    let mut kinds: Vec<&'static KindSpec> = Vec::new();
    for kind in fields.names().filter_map(KindSpec::told_by) {
        if !kinds.iter().any(|other| other.name == kind.name) {
            kinds.push(kind);
        }
    }
    match kinds[..] {
        [kind] => {
            for name in fields.names() {
                let field = RULE.iter().find(|field| field.name == name);
                if let Some(field) = field
                    && !field.kinds.is_empty()
                    && !field.kinds.contains(&kind.name)
                {
                    let span = fields.key_span(name).unwrap_or_else(|| fields.span.clone());
                    reader.error_help(
                        span,
                        format!("a {} rule (told by `{}`) does not take `{name}`", kind.name, told_by(kind, fields)),
                        format!(
                            "`{name}` belongs to {} rules; write a rule of its own for it",
                            field.kinds.join(" and ")
                        ),
                    );
                }
            }
            Some(kind)
        }
        [] => {
            let known = any_of(super::fields::KINDS.iter().map(|kind| format!("`{}`", kind.told_by[0])));
            reader.error_help(fields.span.clone(), "the rule demands nothing", format!("give it one of {known}"));
            None
        }
        _ => {
            let names = crate::base::all_of(kinds.iter().map(|kind| format!("`{}`", told_by(kind, fields))));
            let second = told_by(kinds[1], fields);
            let span = fields.key_span(second).unwrap_or_else(|| fields.span.clone());
            reader.error_help(span, format!("the rule is of more than one kind: {names}"), "write a rule for each");
            None
        }
    }
}

fn told_by(kind: &'static KindSpec, fields: &Fields<'_>) -> &'static str {
    kind.told_by.iter().find(|name| fields.has(name)).copied().unwrap_or(kind.name)
}
