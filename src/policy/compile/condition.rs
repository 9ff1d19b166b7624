//! `when` and `unless`.

use strum::VariantNames as _;
use toml::de::{DeTable, DeValue};

use super::tag_tests::tag_tests;
use super::type_names::check_type_names;
use crate::aws::TypeGlobs;
use crate::base::limits::CONDITION_NESTING;
use crate::base::{Globs, any_of, nearest, quote};
use crate::policy::fields;
use crate::rule::{
    Age, Condition, Diagnostics, GlobSubject, Located, Manager, RuleBuilder, TableFields, day, days,
    warn_of_glob_mistakes,
};

/// Compiles a condition of a rule, if it has one of this name.
pub(super) fn condition(
    builder: &mut RuleBuilder<'_, '_, '_>,
    name: &'static str,
    allowed: &Globs,
) -> Option<Condition> {
    let table = builder.fields.table(name)?;
    compile(builder.diagnostics, &Place { name: format!("[rule.{name}]"), depth: 0 }, table, allowed)
}

/// The place of a condition in its rule.
struct Place {
    /// The name in messages.
    name: String,
    /// The number of conditions around it.
    depth: usize,
}

impl Place {
    fn inner(&self, field: &str) -> Self {
        let outer = self.name.trim_end_matches(']');
        Self { name: format!("{outer}.{field}]"), depth: self.depth + 1 }
    }
}

fn compile(
    diagnostics: &mut Diagnostics<'_>,
    place: &Place,
    table: Located<&DeTable<'_>>,
    allowed: &Globs,
) -> Option<Condition> {
    let fields = TableFields::read(diagnostics, &place.name, table.value, table.span.clone(), fields::CONDITION.fields);
    if table.value.is_empty() {
        let message = format!("{} has no condition", place.name);
        diagnostics.error_help(table.span, message, "add one, or remove the table");
        return None;
    }
    if place.depth > CONDITION_NESTING {
        let message = format!("conditions nest deeper than {CONDITION_NESTING} levels");
        diagnostics.error_help(table.span, message, "write several rules");
        return None;
    }
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
        account_ou: globs("account-ou"),
        assigned: fields.flag("assigned"),
        ..Condition::default()
    };
    out.tags = tag_tests(diagnostics, &fields, "tags");
    out.account_tags = tag_tests(diagnostics, &fields, "account-tags");
    check_key_case(diagnostics, &fields);
    out.older_than = age(diagnostics, &fields, "older-than");
    out.newer_than = age(diagnostics, &fields, "newer-than");
    out.managed_by = managers(diagnostics, &fields);
    inner(diagnostics, place, &fields, allowed, &mut out);
    Some(out)
}

/// Compiles the conditions inside a condition.
fn inner(
    diagnostics: &mut Diagnostics<'_>,
    place: &Place,
    fields: &TableFields<'_>,
    allowed: &Globs,
    out: &mut Condition,
) {
    let any = fields.tables("any");
    if any.is_empty()
        && let Some(value) = fields.value("any")
    {
        diagnostics.error(value.span(), "`any` is an empty list, which matches nothing");
    }
    for table in any {
        out.any.extend(compile(diagnostics, &place.inner("any"), table, allowed));
    }
    if let Some(table) = fields.table("not") {
        out.not = compile(diagnostics, &place.inner("not"), table, allowed).map(Box::new);
    }
}

/// Reports `ignore-key-case` in a condition without keys.
fn check_key_case(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>) {
    if let Some(span) = fields.key_span("ignore-key-case")
        && !fields.has("tags")
        && !fields.has("account-tags")
    {
        diagnostics.error_help(
            span,
            "`ignore-key-case` needs `tags` or `account-tags` beside it",
            "it does not change the conditions inside `any` and `not`, which can have their own",
        );
    }
}

/// The managers of `managed-by`.
fn managers(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>) -> Vec<Manager> {
    let Some(texts) = fields.texts("managed-by") else { return Vec::new() };
    if texts.value.is_empty() {
        diagnostics.error(texts.span, "`managed-by` is an empty list, which matches nothing");
    }
    let mut out = Vec::new();
    for text in texts.value {
        if let Ok(manager) = text.value.parse() {
            out.push(manager);
            continue;
        }
        let help = nearest(&text.value, Manager::VARIANTS.iter().copied()).map_or_else(
            || format!("`managed-by` is {}", any_of(Manager::VARIANTS.iter().map(|known| format!("\"{known}\"")))),
            |meant| format!("did you mean \"{meant}\"?"),
        );
        diagnostics.error_help(text.span, format!("unknown manager {}", quote(&text.value)), help);
    }
    out
}

/// The texts that a field of a condition can match.
fn subject(field: &str) -> GlobSubject {
    match field {
        "account" => GlobSubject::Account,
        "account-ou" => GlobSubject::Unit,
        "region" => GlobSubject::Region,
        "path" => GlobSubject::Path,
        "arn" => GlobSubject::Arn,
        _ => GlobSubject::Text,
    }
}

fn age(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, name: &str) -> Option<Age> {
    let value = fields.value(name)?;
    let age = match value.get_ref() {
        DeValue::Datetime(date) => day(date).map(Age::Day),
        DeValue::String(text) => days(text).map(Age::Days),
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
