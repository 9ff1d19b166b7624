//! A `[[target]]` table.

use std::sync::Arc;

use toml::de::DeTable;

use super::cases::required;
use super::rule::check_id;
use crate::base::{Globs, parse_percent, quote};
use crate::policy::fields;
use crate::policy::{PolicyLocation, Severity, Target, Within};
use crate::rule::{Diagnostics, Located, RuleBuilder, TableFields};

/// Compiles one target, `None` if it has mistakes, and the names of its rules.
pub(super) fn target(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
) -> (Option<Target>, Vec<Located<String>>) {
    let fields = TableFields::read(diagnostics, "[[target]]", table.value, table.span.clone(), fields::TARGET.fields);
    let names = fields.texts("rules").map(|rules| rules.value).unwrap_or_default();
    (compiled(diagnostics, table, &fields), names)
}

fn compiled(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    fields: &TableFields<'_>,
) -> Option<Target> {
    if !required(diagnostics, fields, table.value, "the target", &["id", "rules", "compliant"]) {
        return None;
    }
    let before = diagnostics.errors();
    let (id, rules) = (fields.text("id")?, fields.texts("rules")?);
    check_id(diagnostics, &id);
    if rules.value.is_empty() {
        diagnostics.error(rules.span.clone(), "`rules` is an empty list, so the target concerns nothing");
    }
    let compliant = share(diagnostics, &fields.text("compliant")?);
    let mut builder = RuleBuilder { diagnostics, fields };
    let (severity, within) = (builder.choice("severity"), builder.choice::<Within>("within"));
    if diagnostics.errors() > before {
        return None;
    }
    Some(Target {
        description: fields.text("description").map_or_else(String::new, |text| text.value),
        severity: severity.unwrap_or(Severity::Error),
        rules: Globs::new(rules.value.iter().map(|text| &text.value)),
        compliant: compliant?,
        within: within.unwrap_or_default(),
        help: fields.text("help").map(|text| text.value),
        labels: fields.plain_texts("labels"),
        members: Vec::new(),
        origin: PolicyLocation { file: Arc::clone(diagnostics.file), span: id.span.clone() },
        id: id.value,
    })
}

/// The least share in hundredths of a percent.
fn share(diagnostics: &mut Diagnostics<'_>, text: &Located<String>) -> Option<u64> {
    let share = Some(&text.value).filter(|text| text.ends_with('%')).and_then(|text| parse_percent(text));
    match share {
        None => {
            let message = format!("{} is not a percentage", quote(&text.value));
            diagnostics.error_help(
                text.span.clone(),
                message,
                "write a number up to 100 and `%`: \"95%\" or \"99.5%\"",
            );
        }
        Some(0) => {
            let help = "write the share that you want to reach, such as \"95%\"";
            diagnostics.warn_help(text.span.clone(), "every share is at least 0%, so the target is never missed", help);
        }
        Some(_) => {}
    }
    share
}
