//! A `[[rule]]` table.

use std::sync::Arc;

use toml::de::DeTable;

use super::condition::condition;
use super::type_names::check_type_names;
use crate::aws::TypeGlobs;
use crate::base::{Globs, all_of, any_of, quote};
use crate::policy::fields::{self, kinds_taking};
use crate::policy::{MessageTemplate, PolicyLocation, Rule, Severity};
use crate::rule::spec::KindSpec;
use crate::rule::{Diagnostics, KINDS, Located, RuleBuilder, RuleKind, TableFields, days};

/// Compiles one rule; `None` if it has mistakes.
pub(super) fn rule(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    broken: bool,
    allowed: &Globs,
) -> Option<Rule> {
    let before = diagnostics.errors();
    let fields = TableFields::read(diagnostics, "[[rule]]", table.value, table.span.clone(), fields::RULE.fields);
    let id = fields.text("id");
    match &id {
        Some(id) => check_id(diagnostics, id),
        None if !fields.has("id") && !table.value.iter().any(|(key, _)| key.get_ref() == "id") => {
            diagnostics.error_help(table.span.clone(), "the rule has no `id`", "add one, such as id = \"cost-center\"");
        }
        None => {}
    }
    let kind = kind_of(diagnostics, &fields);
    // After a syntax error the table may be incomplete, so its values are not checked.
    if broken {
        return None;
    }
    let mut builder = RuleBuilder { diagnostics, fields: &fields };
    let severity = builder.choice("severity");
    let kind = kind.and_then(|kind| RuleKind::parse(kind, &mut builder));
    let resources = builder.list("resources").map(Globs::new);
    check_type_names(builder.diagnostics, &fields, "resources", allowed);
    let (when, unless) = (condition(&mut builder, "when", allowed), condition(&mut builder, "unless", allowed));
    let message = message(&mut builder);
    let grace = grace(&mut builder, severity);
    if diagnostics.errors() > before {
        return None;
    }
    let id = id?;
    Some(Rule {
        description: fields.text("description").map_or_else(String::new, |t| t.value),
        severity: severity.unwrap_or(Severity::Error),
        resources: resources.map(TypeGlobs::new).unwrap_or_default(),
        kind: kind?,
        when,
        unless,
        message,
        help: fields.text("help").map(|t| t.value),
        labels: fields.plain_texts("labels"),
        grace,
        waivable: fields.flag("waivable").unwrap_or(true),
        sensitive: fields.flag("sensitive").unwrap_or(false),
        written: written_fields(&fields),
        origin: PolicyLocation { file: Arc::clone(diagnostics.file), span: id.span.clone() },
        id: id.value,
    })
}

/// The fields of a rule and of its conditions that are written.
fn written_fields(fields: &TableFields<'_>) -> Vec<&'static str> {
    let conditions = ["when", "unless"].into_iter().filter_map(|name| fields.table(name));
    let inner = conditions.flat_map(|condition| {
        let has = move |field: &&'static str| condition.value.contains_key(*field);
        fields::CONDITION.fields.iter().map(|field| field.name).filter(has)
    });
    fields.names().chain(inner).collect()
}

pub(super) fn check_id(diagnostics: &mut Diagnostics<'_>, id: &Located<String>) {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = id.value.as_bytes();
    if !bytes.first().is_some_and(|b| good(*b)) || !bytes.iter().all(|b| good(*b) || *b == b'-') {
        diagnostics.error_help(
            id.span.clone(),
            format!("invalid rule id {}", quote(&id.value)),
            "start with a lowercase letter or digit, and use only lowercase letters, digits and `-`",
        );
    } else if id.value == crate::policy::TRUNCATED_RULE {
        diagnostics.error_help(
            id.span.clone(),
            format!("the rule id {} is reserved by taglint", quote(&id.value)),
            "choose another id",
        );
    }
}

fn message(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<MessageTemplate> {
    let text = builder.fields.text("message")?;
    match MessageTemplate::parse(&text.value) {
        Ok(template) => Some(template),
        Err(error) => {
            let known = any_of(crate::policy::template::PLACEHOLDERS.iter().map(|name| format!("`{{{name}}}`")));
            builder.diagnostics.error_help(
                text.span,
                format!("invalid `message`: {error}"),
                format!("write {known}; write `{{{{` and `}}}}` for braces"),
            );
            None
        }
    }
}

/// The days of the grace period.
fn grace(builder: &mut RuleBuilder<'_, '_, '_>, severity: Option<Severity>) -> Option<i32> {
    let text = builder.fields.text("grace")?;
    let found = days(&text.value);
    if found.is_none() {
        builder.diagnostics.error(text.span, "`grace` takes a number of days such as \"7d\"");
    } else if severity == Some(Severity::Note) {
        builder.diagnostics.error_help(
            text.span,
            "`grace` makes findings notes, and those of this rule are notes already",
            "remove `grace`, or raise the `severity`",
        );
    }
    found
}

/// The kind of a rule, by its fields. Reports none, several, and fields that the kind does not take.
fn kind_of(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>) -> Option<&'static KindSpec> {
    let matches = |kind: &&KindSpec| kind.discriminating_fields.iter().any(|name| fields.has(name));
    let kinds: Vec<&'static KindSpec> = KINDS.iter().filter(matches).collect();
    match kinds[..] {
        [kind] => {
            foreign_fields(diagnostics, fields, kind);
            Some(kind)
        }
        [] => {
            let known = any_of(KINDS.iter().map(|kind| format!("`{}`", kind.discriminating_fields[0])));
            diagnostics.error_help(
                fields.span.clone(),
                "the rule checks nothing: it has no field that sets its kind",
                format!("add one of {known}"),
            );
            None
        }
        [_, second, ..] => {
            let names = all_of(kinds.iter().map(|kind| format!("`{}`", discriminating_field(kind, fields))));
            let second = discriminating_field(second, fields);
            let span = fields.key_span(second).unwrap_or_else(|| fields.span.clone());
            diagnostics.error_help(span, format!("the rule has more than one kind: {names}"), "write a rule for each");
            None
        }
    }
}

fn foreign_fields(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, kind: &KindSpec) {
    for name in fields.names() {
        let kinds = kinds_taking(name);
        if kinds.is_empty() || kind.takes(name) {
            continue;
        }
        let span = fields.key_span(name).unwrap_or_else(|| fields.span.clone());
        let field = discriminating_field(kind, fields);
        diagnostics.error_help(
            span,
            format!("a {} rule (it has `{field}`) does not take `{name}`", kind.name),
            format!("`{name}` is a field of {} rules; write a separate rule", kinds.join(" and ")),
        );
    }
}

/// The field by which a rule is of a kind.
fn discriminating_field(kind: &KindSpec, fields: &TableFields<'_>) -> &'static str {
    kind.discriminating_fields.iter().find(|name| fields.has(name)).copied().unwrap_or(kind.discriminating_fields[0])
}
