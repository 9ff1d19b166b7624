//! One file of TOML into rules, waivers and tests, with every mistake in it.

mod cases;
mod condition;
mod nesting;
mod rule;
mod value;

use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;

use self::cases::{test, waiver};
use self::nesting::too_deep;
use self::rule::rule;
use super::fields;
use super::read::{At, Fields, Reader, TOP_PLACE};
use super::{Rule, TestCase, Waiver};
use crate::base::limits::POLICY_NESTING;
use crate::base::{Diagnostic, SourceFile};

/// What one file says, before `extends` is followed.
pub(super) struct Compiled {
    pub(super) file: Arc<SourceFile>,
    pub(super) extends: Vec<At<String>>,
    pub(super) disable: Vec<At<String>>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) inline_waivers: bool,
    pub(super) rules: Vec<Rule>,
    pub(super) waivers: Vec<(Waiver, Vec<At<String>>)>,
    pub(super) tests: Vec<(TestCase, Vec<At<String>>)>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Files larger than this are no policies (bytes).
pub(super) const MAX_FILE: usize = 4 << 20;

/// Compiles one file.
pub(super) fn compile(file: &Arc<SourceFile>) -> Compiled {
    let mut reader = Reader { file, problems: Vec::new() };
    let mut out = Compiled {
        file: Arc::clone(file),
        extends: Vec::new(),
        disable: Vec::new(),
        name: None,
        description: None,
        inline_waivers: false,
        rules: Vec::new(),
        waivers: Vec::new(),
        tests: Vec::new(),
        problems: Vec::new(),
    };
    if let Some(span) = too_deep(&file.text) {
        reader.error(span, format!("tables and lists nest deeper than {POLICY_NESTING} levels"));
        out.problems = reader.problems;
        return out;
    }
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        syntax_error(&mut reader, error);
    }
    let broken = !errors.is_empty();
    let top = Fields::read(&mut reader, TOP_PLACE, table.get_ref(), 0..0, fields::TOP);
    version(&mut reader, &top, broken);
    out.extends = top.texts("extends").map(|e| e.value).unwrap_or_default();
    out.disable = top.texts("disable").map(|d| d.value).unwrap_or_default();
    if let Some(policy) = top.table("policy") {
        let policy = Fields::read(&mut reader, "[policy]", policy.value, policy.span, fields::POLICY);
        out.name = policy.text("name").map(|t| t.value);
        out.description = policy.text("description").map(|t| t.value);
        out.inline_waivers = policy.flag("inline-waivers").unwrap_or(false);
    }
    for table in top.tables("rule") {
        if let Some(rule) = rule(&mut reader, &table, broken) {
            out.rules.push(rule);
        }
    }
    for table in top.tables("waiver") {
        out.waivers.extend(waiver(&mut reader, &table));
    }
    for table in top.tables("test") {
        out.tests.extend(test(&mut reader, &table));
    }
    if broken {
        // What recovery made of the rest may blame what is right: the syntax comes first.
        reader.problems.truncate(errors.len());
    }
    out.problems = reader.problems;
    out
}

fn syntax_error(reader: &mut Reader<'_>, error: &toml::de::Error) {
    let span = error.span().unwrap_or(0..0);
    let text = &reader.file.text;
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let key = line.split('=').next().unwrap_or("").trim();
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let spaced = line.contains('=') && key.contains(' ') && key.chars().all(|c| bare(c) || c == ' ');
    if spaced {
        let (table, name) = key.split_once('.').map_or(("", key), |(table, name)| (table, name));
        let dot = if table.is_empty() { "" } else { "." };
        reader.error_help(
            span,
            error.message(),
            format!("a key with a space is written in quotes: {table}{dot}\"{name}\" = …"),
        );
    } else {
        reader.error(span, error.message());
    }
}

fn version(reader: &mut Reader<'_>, top: &Fields<'_>, broken: bool) {
    match top.value("version") {
        Some(value) if value.get_ref().as_integer().is_some_and(|n| n.as_str() == "1") => {}
        Some(value) => reader.error_help(
            value.span(),
            "this version of the language is not known",
            "this taglint reads `version = 1`",
        ),
        None if !broken && !reader.problems.iter().any(|p| p.message.contains("`version`")) => {
            reader.error_help(
                0..0,
                "the file does not say which version of the language it is written in",
                "write `version = 1` in its first line",
            );
        }
        None => {}
    }
}

fn errors(reader: &Reader<'_>) -> usize {
    reader.problems.iter().filter(|p| p.level == crate::base::DiagnosticLevel::Error).count()
}

/// A name for a policy that gives none: its file's.
pub(super) fn default_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "policy".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
