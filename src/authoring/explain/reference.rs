//! The reference of the policy language: the page `docs/policy-reference.md`.

use std::fmt::Write as _;

use strum::IntoEnumIterator as _;

use crate::base::any_of;
use crate::policy::fields::{
    COMMON, CONDITION, DATE_TEST, LIST_FILE, POLICY, RULE, TARGET, TEST, TEST_RESOURCE, TOP, WAIVER, kind_named,
    kinds_taking,
};
use crate::rule::spec::{Field, FieldType, Table};
use crate::rule::{Format, KINDS, ViolationKind};

const HEADER: &str =
    "<!-- generated from src/policy/fields.rs and src/rule: change the texts there, then run the tests with TAGLINT_BLESS=1 -->\n
# Policy reference\n
Every field of a policy file, every kind of rule and every kind of finding.\n";

/// The page `docs/policy-reference.md`.
#[must_use]
pub fn fields_markdown() -> String {
    let mut out = HEADER.to_owned();
    section(&mut out, "## The file", &TOP);
    section(&mut out, "### `[policy]`", &POLICY);
    section(&mut out, "### Lists in files", &LIST_FILE);
    kinds(&mut out);
    out.push_str("\n## `[[rule]]`\n\nFields of every rule:\n\n");
    rows(&mut out, COMMON);
    for kind in KINDS {
        let _ = write!(out, "\n### {} rules\n\n{}\n\n", kind.name, kind.summary);
        rows(&mut out, kind.fields);
    }
    section(&mut out, "### `[rule.when]` and `[rule.unless]`", &CONDITION);
    section(&mut out, "### Date ranges of tags in conditions", &DATE_TEST);
    section(&mut out, "## `[[target]]`", &TARGET);
    section(&mut out, "## `[[waiver]]`", &WAIVER);
    section(&mut out, "## `[[test]]`", &TEST);
    section(&mut out, "### Resources of a test", &TEST_RESOURCE);
    formats(&mut out);
    findings(&mut out);
    out
}

/// The description and the fields of a kind of rule; `None` if there is no such kind.
#[must_use]
pub fn explain_kind(name: &str) -> Option<String> {
    let kind = kind_named(name)?;
    let mut out = format!(
        "# {} rules\n\n{}\n\nWhy: {}\n\nHow to fix a finding: {}\n",
        kind.name, kind.summary, kind.why, kind.fix
    );
    let _ = write!(
        out,
        "\nA rule is a {} rule if it has {}.\n\n",
        kind.name,
        any_of(kind.discriminating_fields.iter().map(|field| format!("`{field}`")))
    );
    for field in kind.fields {
        let _ = writeln!(out, "- `{}` ({}): {}", field.name, takes(field.ty), field.doc);
    }
    Some(out)
}

/// The meaning of a field in every table that has it; `None` if no table does.
#[must_use]
pub fn explain_field(name: &str) -> Option<String> {
    let mut out = String::new();
    for (place, table) in [
        ("the file", &TOP),
        ("[policy]", &POLICY),
        ("a list of [lists]", &LIST_FILE),
        ("[[rule]]", &RULE),
        ("[rule.when] and [rule.unless]", &CONDITION),
        ("a date range of a tag", &DATE_TEST),
        ("[[target]]", &TARGET),
        ("[[waiver]]", &WAIVER),
        ("[[test]]", &TEST),
        ("a resource of a test", &TEST_RESOURCE),
    ] {
        // A field that several kinds have appears more than once.
        if let Some(field) = table.fields.iter().find(|field| field.name == name) {
            let kinds = if *table == RULE { kinds_taking(name) } else { Vec::new() };
            let of = if kinds.is_empty() { String::new() } else { format!(", {} rules", kinds.join(" and ")) };
            let _ = writeln!(out, "`{name}` of {place}{of}: {}\nIt takes {}.", field.doc, takes(field.ty));
        }
    }
    (!out.is_empty()).then_some(out)
}

fn section(out: &mut String, title: &str, table: &Table) {
    let _ = write!(out, "\n{title}\n\n");
    rows(out, table.fields);
}

fn rows(out: &mut String, fields: &[Field]) {
    out.push_str("| field | takes | meaning |\n|---|---|---|\n");
    for field in fields {
        let _ = writeln!(out, "| `{}` | {} | {} |", field.name, cell(&takes(field.ty)), cell(field.doc));
    }
}

fn takes(ty: FieldType) -> String {
    match ty {
        FieldType::Choice(known) => any_of(known.iter().map(|word| format!("`\"{word}\"`"))),
        FieldType::Choices(known) => {
            format!("{}, or a list of them", any_of(known.iter().map(|word| format!("`\"{word}\"`"))))
        }
        other => other.label().to_owned(),
    }
}

/// Escapes a text for a table cell, which a `|` would end.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn kinds(out: &mut String) {
    out.push_str("\n## Kinds of rules\n\nA rule has exactly one kind. Its fields determine which.\n\n");
    out.push_str("| kind | fields | check | why |\n|---|---|---|---|\n");
    for kind in KINDS {
        let fields = any_of(kind.discriminating_fields.iter().map(|field| format!("`{field}`")));
        let _ = writeln!(out, "| {} | {fields} | {} | {} |", kind.name, cell(kind.summary), cell(kind.why));
    }
}

fn formats(out: &mut String) {
    out.push_str("\n## Formats\n\n| `format` | the value is |\n|---|---|\n");
    for format in Format::iter() {
        let _ = writeln!(out, "| `{}` | {} |", format.name(), cell(format.label()));
    }
}

fn findings(out: &mut String) {
    out.push_str("\n## Kinds of findings\n\nA finding with several reasons has the first of them.\n\n");
    out.push_str("| kind | meaning |\n|---|---|\n");
    for kind in ViolationKind::iter() {
        let _ = writeln!(out, "| `{}` | {} |", kind.name(), cell(kind.label()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_current() {
        super::super::super::assert_committed("docs/policy-reference.md", &fields_markdown());
    }

    #[test]
    fn every_field_stands_in_a_row_of_its_own_kind() {
        let page = fields_markdown();
        for field in RULE.fields {
            let row = format!("\n| `{}` | ", field.name);
            assert!(page.contains(&row), "{}", field.name);
            for kind in kinds_taking(field.name) {
                let section = page.split(&format!("\n### {kind} rules\n")).nth(1).expect("a section a kind");
                let section = section.split("\n#").next().unwrap_or("");
                assert!(section.contains(&row), "{} of {kind}", field.name);
            }
        }
        for row in page.lines().filter(|line| line.starts_with("| ")) {
            let bars = row.replace("\\|", "").matches('|').count();
            assert!((3..=5).contains(&bars), "{row}");
        }
    }

    #[test]
    fn words_are_explained_and_others_are_not() {
        for kind in KINDS {
            assert!(explain_kind(kind.name).is_some_and(|page| page.contains(kind.why)));
        }
        assert_eq!(explain_kind("kind"), None);
        let resources = explain_field("resources").expect("a field");
        assert_eq!(resources.lines().count(), 6, "{resources}");
        assert!(
            explain_field("severity").is_some_and(|page| page.contains("`\"error\"`, `\"warning\"` or `\"note\"`"))
        );
        assert_eq!(explain_field("sevrity"), None);
    }
}
