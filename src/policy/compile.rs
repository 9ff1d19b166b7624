//! Compiles one file of TOML into rules, waivers and tests, and reports every mistake in it.

mod cases;
mod condition;
mod hints;
pub(super) mod lists;
mod nesting;
mod rule;
mod tag_tests;
mod target;
mod type_names;

use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;

use self::cases::{test, waiver};
use self::hints::{TOP_PLACE, states_a_version};
use self::nesting::too_deep;
use self::rule::rule;
use self::target::target;
use self::type_names::allowed_types;
use super::fields;
use super::{Rule, Target, TestCase, Waiver};
use crate::base::limits::POLICY_NESTING;
use crate::base::{Diagnostic, Globs, SourceFile};
use crate::rule::{Diagnostics, Lists, Located, TableFields, days};

/// The content of one file, before `extends` is followed.
pub(super) struct CompiledFile {
    pub(super) file: Arc<SourceFile>,
    pub(super) extends: Vec<Located<String>>,
    pub(super) disable: Vec<Located<String>>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) inline_waivers: bool,
    /// The days of `max-waiver`, with their place.
    pub(super) max_waiver: Option<Located<i32>>,
    pub(super) rules: Vec<Rule>,
    pub(super) targets: Vec<(Target, Vec<Located<String>>)>,
    pub(super) waivers: Vec<(Waiver, Vec<Located<String>>)>,
    pub(super) tests: Vec<(TestCase, Vec<Located<String>>)>,
    /// The names of rules in tables with mistakes.
    pub(super) names: Vec<(NameUse, Vec<Located<String>>)>,
    /// The ids of the rules with mistakes.
    pub(super) failed_rules: Vec<String>,
    /// `true` if the file may have rules whose ids are not known.
    pub(super) hides_rules: bool,
    pub(super) problems: Vec<Diagnostic>,
}

/// The table that names a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameUse {
    Waiver,
    Target,
    Test,
}

/// The maximum size of a policy file, in bytes.
pub const MAX_FILE: usize = 4 << 20;

/// Compiles one file of a policy with these lists. `pattern_bytes` is the size of the patterns of all files so far.
pub(super) fn compile(file: &Arc<SourceFile>, lists: &Arc<Lists>, pattern_bytes: &mut usize) -> CompiledFile {
    let mut diagnostics = lists::diagnostics(file, Arc::clone(lists));
    diagnostics.pattern_bytes = *pattern_bytes;
    let mut out = CompiledFile {
        file: Arc::clone(file),
        extends: Vec::new(),
        disable: Vec::new(),
        name: None,
        description: None,
        inline_waivers: false,
        max_waiver: None,
        rules: Vec::new(),
        targets: Vec::new(),
        waivers: Vec::new(),
        tests: Vec::new(),
        names: Vec::new(),
        failed_rules: Vec::new(),
        hides_rules: true,
        problems: Vec::new(),
    };
    if !file.built_in && !states_a_version(&file.text) {
        out.problems = vec![without_version(file)];
        return out;
    }
    if let Some(span) = too_deep(&file.text) {
        diagnostics.error(span, format!("tables and lists nest deeper than {POLICY_NESTING} levels"));
        out.problems = diagnostics.list;
        return out;
    }
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        syntax_error(&mut diagnostics, error);
    }
    let broken = !errors.is_empty();
    let top = TableFields::read(&mut diagnostics, TOP_PLACE, table.get_ref(), 0..0, fields::TOP.fields);
    version(&mut diagnostics, &top, broken);
    out.extends = top.texts("extends").map(|e| e.value).unwrap_or_default();
    out.disable = top.texts("disable").map(|d| d.value).unwrap_or_default();
    let mut allowed = Globs::default();
    if let Some(policy) = top.table("policy") {
        let policy = TableFields::read(&mut diagnostics, "[policy]", policy.value, policy.span, fields::POLICY.fields);
        out.name = policy.text("name").map(|t| t.value);
        out.description = policy.text("description").map(|t| t.value);
        out.inline_waivers = policy.flag("inline-waivers").unwrap_or(false);
        out.max_waiver = max_waiver(&mut diagnostics, &policy);
        allowed = allowed_types(&policy);
    }
    let rules = top.tables("rule");
    out.hides_rules = broken || written(table.get_ref(), "rule") != rules.len();
    for table in rules {
        match rule(&mut diagnostics, &table, broken, &allowed) {
            Some(rule) => out.rules.push(rule),
            None => match table.value.get("id").and_then(|id| id.get_ref().as_str()) {
                Some(id) => out.failed_rules.push(id.to_owned()),
                None => out.hides_rules = true,
            },
        }
    }
    for table in top.tables("target") {
        match target(&mut diagnostics, &table) {
            (Some(target), names) => out.targets.push((target, names)),
            (None, names) => out.names.push((NameUse::Target, names)),
        }
    }
    for table in top.tables("waiver") {
        match waiver(&mut diagnostics, &table) {
            (Some(waiver), names) => out.waivers.push((waiver, names)),
            (None, names) => out.names.push((NameUse::Waiver, names)),
        }
    }
    for table in top.tables("test") {
        match test(&mut diagnostics, &table, &allowed) {
            (Some(test), names) => out.tests.push((test, names)),
            (None, names) => out.names.push((NameUse::Test, names)),
        }
    }
    if broken {
        // After a syntax error the rest of the tree may be wrong, and so may other errors about it.
        diagnostics.list.truncate(errors.len());
    }
    *pattern_bytes = diagnostics.pattern_bytes;
    out.problems = diagnostics.list;
    out
}

/// The number of tables that a file has under a name, however they are written.
fn written(table: &DeTable<'_>, name: &str) -> usize {
    table.get(name).map_or(0, |value| value.get_ref().as_array().map_or(1, |items| items.len()))
}

/// The days of `max-waiver`.
fn max_waiver(diagnostics: &mut Diagnostics<'_>, policy: &TableFields<'_>) -> Option<Located<i32>> {
    let text = policy.text("max-waiver")?;
    let found = days(&text.value);
    if found.is_none() {
        diagnostics.error(text.span.clone(), "`max-waiver` takes a number of days such as \"180d\"");
    }
    found.map(|value| Located { value, span: text.span })
}

fn syntax_error(diagnostics: &mut Diagnostics<'_>, error: &toml::de::Error) {
    let span = error.span().unwrap_or(0..0);
    let text = &diagnostics.file.text;
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    match hints::for_line(line) {
        Some(help) => diagnostics.error_help(span, error.message(), help),
        None => diagnostics.error(span, error.message()),
    }
}

/// The error of a file without a version. Its lines are not shown: `extends` may name any file, such as one with secrets.
fn without_version(file: &SourceFile) -> Diagnostic {
    let unread = Arc::new(SourceFile { path: file.path.clone(), text: String::new(), built_in: file.built_in });
    let help = if hints::looks_like_yaml(&file.text) {
        "this looks like YAML, but a policy is written in TOML: begin with `version = 1` (docs/policy.md has examples)"
    } else {
        "write `version = 1` in the first line"
    };
    Diagnostic::error(&unread, 0..0, "the file has no `version`").help(help)
}

fn version(diagnostics: &mut Diagnostics<'_>, top: &TableFields<'_>, broken: bool) {
    match top.value("version") {
        Some(value) if value.get_ref().as_integer().is_some_and(|n| n.as_str() == "1") => {}
        Some(value) => diagnostics.error_help(
            value.span(),
            "unknown version of the policy language",
            "write `version = 1`, or update taglint",
        ),
        // A mistake in `version` itself was reported already.
        None if !broken && !diagnostics.list.iter().any(|p| p.message.contains("`version`")) => {
            diagnostics.error_help(0..0, "the file has no `version`", "write `version = 1` in the first line");
        }
        None => {}
    }
}

/// Returns `true` if the tables and lists of a file nest too deep to be read.
pub(super) fn is_too_deep(text: &str) -> bool {
    too_deep(text).is_some()
}

/// The name of a policy that does not set one: that of its file.
pub(super) fn default_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "policy".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
