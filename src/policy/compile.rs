//! One file of TOML into rules, waivers and tests, with every mistake in it.

use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::fields::{self, RuleKind};
use super::read::{At, Fields, Reader, TOP_PLACE, rule_kind};
use super::{Origin, Rule, Severity, Template, TestCase, Waiver, pattern};
use crate::check::{
    Age, AnyOf, Bound, Condition, Constraints, Count, DefaultFrom, Demand, Forbid, Format, Items, KeyStyle, Kind, Only,
    Pattern, SameAsUser, Style, Syntax, TagRule, TagTest, Unique, Within, is_number,
};
use crate::model::{Assignment, Day, Resource, Tag, Tags, Text};
use crate::source::{Problem, SourceFile, Span};
use crate::text::{Glob, Globs, any_of, nearest, quote};

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
    pub(super) problems: Vec<Problem>,
}

/// Files larger than this are no policies (bytes).
pub(super) const MAX_FILE: usize = 4 << 20;
/// Tables and lists nested deeper than this are refused before they are walked.
const MAX_DEPTH: usize = 32;

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
    if nesting(&file.text) > MAX_DEPTH {
        reader.error(0..0, format!("brackets nest deeper than {MAX_DEPTH}"));
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

/// How deep brackets nest, strings and comments left out roughly: an upper bound is enough.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for line in text.lines() {
        for b in line.bytes() {
            match b {
                b'[' | b'{' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    deepest
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

fn rule(reader: &mut Reader<'_>, table: &At<&DeTable<'_>>, broken: bool) -> Option<Rule> {
    let before = errors(reader);
    let fields = Fields::read(reader, "[[rule]]", table.value, table.span.clone(), fields::RULE);
    let id = fields.text("id");
    match &id {
        Some(id) => check_id(reader, id),
        None if !fields.has("id") && !table.value.iter().any(|(key, _)| key.get_ref() == "id") => {
            reader.error_help(
                table.span.clone(),
                "the rule has no `id`",
                "give it a name such as id = \"cost-center\"",
            );
        }
        None => {}
    }
    let kind = rule_kind(reader, &fields);
    if broken {
        return None;
    }
    let mut builder = RuleBuilder { reader, fields: &fields };
    let severity = builder.choice("severity", fields::SEVERITIES);
    let demand = kind.and_then(|kind| builder.demand(kind));
    let resources = builder.list("resources").map(Globs::new);
    let (when, unless) = (builder.condition("when"), builder.condition("unless"));
    let message = builder.message();
    if errors(reader) > before {
        return None;
    }
    let id = id?;
    Some(Rule {
        description: fields.text("description").map_or_else(String::new, |t| t.value),
        severity: match severity.as_deref() {
            Some("warning") => Severity::Warning,
            Some("note") => Severity::Note,
            _ => Severity::Error,
        },
        resources: resources.unwrap_or_default(),
        demand: demand?,
        when,
        unless,
        message,
        help: fields.text("help").map(|t| t.value),
        labels: fields.plain_texts("labels"),
        waivable: fields.flag("waivable").unwrap_or(true),
        origin: Origin { file: Arc::clone(reader.file), span: id.span.clone() },
        id: id.value,
    })
}

fn errors(reader: &Reader<'_>) -> usize {
    reader.problems.iter().filter(|p| p.gravity == crate::source::Gravity::Error).count()
}

fn check_id(reader: &mut Reader<'_>, id: &At<String>) {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = id.value.as_bytes();
    if !bytes.first().is_some_and(|b| good(*b)) || !bytes.iter().all(|b| good(*b) || *b == b'-') {
        reader.error_help(
            id.span.clone(),
            format!("{} is no rule id", quote(&id.value)),
            "an id begins with a lowercase letter or digit and has only those and `-`",
        );
    } else if id.value == super::load::TRUNCATED_RULE {
        reader.error_help(id.span.clone(), format!("the id {} is taglint's own", quote(&id.value)), "choose another");
    }
}

struct RuleBuilder<'r, 'f, 't> {
    reader: &'r mut Reader<'f>,
    fields: &'r Fields<'t>,
}

impl RuleBuilder<'_, '_, '_> {
    fn span(&self, name: &str) -> Span {
        self.fields.value(name).map_or_else(|| self.fields.span.clone(), toml::Spanned::span)
    }

    fn choice(&mut self, name: &str, known: &'static [&'static str]) -> Option<String> {
        let text = self.fields.text(name)?;
        if known.contains(&text.value.as_str()) {
            return Some(text.value);
        }
        let help = nearest(&text.value, known.iter().copied()).map_or_else(
            || format!("`{name}` is {}", any_of(known.iter().map(|k| format!("\"{k}\"")))),
            |meant| format!("did you mean \"{meant}\"?"),
        );
        self.reader.error_help(text.span, format!("`{name}` has no {}", quote(&text.value)), help);
        None
    }

    /// A list that must have something in it, and nothing empty.
    fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let texts = self.fields.texts(name)?;
        if texts.value.is_empty() {
            self.reader.error(texts.span, format!("`{name}` is an empty list: nothing would match"));
            return None;
        }
        Some(texts.value.into_iter().map(|t| t.value).collect())
    }

    /// A list of keys, none of them empty.
    fn keys(&mut self, name: &str) -> Option<Vec<String>> {
        for key in self.fields.texts(name)?.value {
            if key.value.is_empty() {
                self.reader.error(key.span, "a tag key can't be empty");
            }
        }
        self.list(name)
    }

    fn demand(&mut self, kind: &'static RuleKind) -> Option<Demand> {
        Some(match kind.name {
            "tag" => Demand::Tag(Box::new(self.tag()?)),
            "any-of" => Demand::AnyOf(AnyOf { keys: self.literal_keys("any-of")? }),
            "forbid" => Demand::Forbid(Forbid { keys: Globs::new(self.keys("forbid")?) }),
            "only" => self.only()?,
            "key-style" => self.key_style()?,
            "count" => self.count()?,
            "syntax" => {
                self.choice("syntax", &["service"])?;
                Demand::Syntax(Syntax)
            }
            "unique" => {
                let within = self.choice("within", &["account", "all"]);
                let key = self.literal_key("unique")?;
                let within = if within.as_deref() == Some("all") { Within::All } else { Within::Account };
                Demand::Unique(Unique { key, within, slot: 0 })
            }
            _ => Demand::SameAsUser(SameAsUser { keys: self.literal_keys("same-as-user")? }),
        })
    }

    fn literal_key(&mut self, name: &str) -> Option<String> {
        let key = self.fields.text(name)?;
        self.must_be_literal(&At { value: key.value.clone(), span: key.span })?;
        Some(key.value)
    }

    fn literal_keys(&mut self, name: &str) -> Option<Vec<String>> {
        let keys = self.keys(name)?;
        for key in self.fields.texts(name)?.value {
            self.must_be_literal(&key)?;
        }
        Some(keys)
    }

    fn must_be_literal(&mut self, key: &At<String>) -> Option<()> {
        if key.value.is_empty() {
            self.reader.error(key.span.clone(), "a tag key can't be empty");
            return None;
        }
        if !Glob::new(&key.value).is_literal() {
            self.reader.error_help(
                key.span.clone(),
                format!("{} is a glob; here a key is written out", quote(&key.value)),
                "AWS lets neither `*` nor `?` into a key",
            );
            return None;
        }
        Some(())
    }

    fn only(&mut self) -> Option<Demand> {
        if let Some(word) = self.fields.text("only") {
            if word.value == "declared" {
                return Some(Demand::Only(Only::Declared));
            }
            self.reader.error_help(
                word.span,
                format!("`only` has no {}", quote(&word.value)),
                "write \"declared\", or a list of keys",
            );
            return None;
        }
        Some(Demand::Only(Only::Keys(Globs::new(self.keys("only")?))))
    }

    fn key_style(&mut self) -> Option<Demand> {
        if self.fields.has("key-style") && self.fields.has("key-pattern") {
            self.reader.error_help(
                self.span("key-pattern"),
                "`key-style` and `key-pattern` in one rule",
                "write a rule for each",
            );
            return None;
        }
        if self.fields.has("key-style") {
            let name = self.choice("key-style", fields::STYLES)?;
            return Style::named(&name).map(|style| Demand::KeyStyle(KeyStyle::Style(style)));
        }
        let pattern = self.pattern("key-pattern", true)?;
        if pattern.text.contains([':', '/']) && !pattern.text.contains("(?:") && !pattern.text.contains("[:") {
            self.reader.warn_help(
                self.span("key-pattern"),
                "`key-pattern` looks at each part of a key between `:` and `/`, so it never sees those two",
                "describe one part",
            );
        }
        Some(Demand::KeyStyle(KeyStyle::Pattern(pattern)))
    }

    fn count(&mut self) -> Option<Demand> {
        let number = |name: &str| self.fields.count(name).map(|n| n.value);
        let count = Count { max: number("max-tags"), min: number("min-tags"), reserve: number("reserve") };
        self.ordered("min-tags", count.min, "max-tags", count.max)?;
        if let (Some(reserve), max) = (count.reserve, count.max.unwrap_or(50))
            && reserve > max
        {
            self.reader.error(
                self.span("reserve"),
                format!("`reserve` keeps {reserve} places of {max}: every resource would be reported"),
            );
            return None;
        }
        Some(Demand::Count(count))
    }

    fn ordered(&mut self, low: &str, min: Option<usize>, high: &str, max: Option<usize>) -> Option<()> {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.reader.error(self.span(low), format!("`{low}` = {min} is above `{high}` = {max}: nothing could hold"));
            return None;
        }
        Some(())
    }

    fn pattern(&mut self, name: &str, whole: bool) -> Option<Pattern> {
        let text = self.fields.text(name)?;
        match pattern::compile(&text.value, whole) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let raw = &self.reader.file.text[text.span.clone()];
                // Where the pattern stands in the file as it is, the place inside it can be pointed at.
                let span = match (raw.find(&text.value), error.span) {
                    (Some(offset), Some(inner)) => {
                        let start = text.span.start + offset;
                        start + inner.start..start + inner.end.max(inner.start + 1).min(text.value.len().max(1))
                    }
                    _ => text.span,
                };
                self.reader.error_help(
                    span,
                    format!("`{name}` is no regular expression: {}", error.message),
                    "the syntax is that of Rust's regex crate; look-around and back-references are not in it",
                );
                None
            }
        }
    }

    fn message(&mut self) -> Option<Template> {
        let text = self.fields.text("message")?;
        match Template::parse(&text.value) {
            Ok(template) => Some(template),
            Err(error) => {
                let known = any_of(super::template::PLACEHOLDERS.iter().map(|p| format!("`{{{p}}}`")));
                self.reader.error_help(
                    text.span,
                    format!("`message`: {error}"),
                    format!("write {known}; `{{{{` and `}}}}` are braces"),
                );
                None
            }
        }
    }

    fn tag(&mut self) -> Option<TagRule> {
        let before = errors(self.reader);
        let written = self.fields.text("key")?;
        if written.value.is_empty() {
            self.reader.error(written.span.clone(), "a tag key can't be empty");
        }
        let key = Glob::new(&written.value);
        if !key.is_literal() {
            for name in ["required", "aliases", "default", "default-from"] {
                if self.fields.has(name) {
                    let at = self.fields.key_span(name).unwrap_or_else(|| self.span(name));
                    self.reader.error_help(
                        at,
                        format!("`{name}` needs one key; {} is a glob", quote(&written.value)),
                        "write the key out, or leave the field away",
                    );
                }
            }
        }
        let aliases = self.keys("aliases").unwrap_or_default();
        if let Some(alias) = aliases.iter().find(|alias| **alias == written.value) {
            self.reader.error(self.span("aliases"), format!("{} is the key itself, not an alias of it", quote(alias)));
        }
        let default_from = match self.choice("default-from", &["user", "account"]).as_deref() {
            Some("user") => Some(DefaultFrom::User),
            Some(_) => Some(DefaultFrom::Account),
            None => None,
        };
        let constraints = self.constraints()?;
        let default = self.fields.text("default");
        if let Some(default) = &default
            && errors(self.reader) == before
            && let Some(wrong) =
                on_any_day(&constraints).judge(&default.value, Day(jiff::civil::date(2026, 1, 1)), true)
        {
            self.reader.error_help(
                default.span.clone(),
                format!("the rule refuses its own `default` {}", quote(&default.value)),
                wrong.clauses.join(", and "),
            );
        }
        (errors(self.reader) == before).then(|| TagRule {
            key,
            required: self.fields.flag("required").unwrap_or(false),
            aliases,
            default: default.map(|d| d.value),
            default_from,
            constraints,
        })
    }

    fn constraints(&mut self) -> Option<Constraints> {
        let before = errors(self.reader);
        let mut out =
            Constraints { allow_empty: self.fields.flag("allow-empty").unwrap_or(false), ..Constraints::default() };
        let values = self.list("values");
        let not_values = self.list("not-values").unwrap_or_default();
        let ignore_case = self.fields.flag("ignore-case").unwrap_or(false);
        if self.fields.has("ignore-case") && !self.fields.has("values") && !self.fields.has("not-values") {
            self.reader.error(
                self.span("ignore-case"),
                "`ignore-case` needs `values` or `not-values`; in a `pattern` write (?i)",
            );
        }
        out.set_values(values.as_deref(), &not_values, ignore_case);
        out.pattern = self.pattern("pattern", true);
        out.not_pattern = self.pattern("not-pattern", false);
        out.format = self.choice("format", fields::FORMATS).and_then(|name| Format::named(&name));
        (out.min, out.max) = (self.bound("min", out.format), self.bound("max", out.format));
        self.bounds_ordered(&out);
        let number = |name: &str| self.fields.count(name).map(|n| n.value);
        (out.min_length, out.max_length) = (number("min-length"), number("max-length"));
        self.ordered("min-length", out.min_length, "max-length", out.max_length);
        out.items = self.items();
        if errors(self.reader) > before { None } else { Some(out) }
    }

    fn items(&mut self) -> Option<Items> {
        let number = |name: &str| self.fields.count(name).map(|n| n.value);
        let (min, max) = (number("min-items"), number("max-items"));
        let Some(separator) = self.fields.text("separator") else {
            for name in ["min-items", "max-items", "unique-items"] {
                if self.fields.has(name) {
                    let at = self.fields.key_span(name).unwrap_or_else(|| self.span(name));
                    self.reader.error_help(
                        at,
                        format!("`{name}` without `separator`"),
                        "say what stands between the items, such as separator = \":\"",
                    );
                }
            }
            return None;
        };
        if separator.value.is_empty() {
            self.reader.error(separator.span, "`separator` has one or more characters");
            return None;
        }
        self.ordered("min-items", min, "max-items", max)?;
        let everywhere = !self.fields.has("resources");
        let on_iam = everywhere
            || self
                .fields
                .plain_texts("resources")
                .iter()
                .any(|glob| ["iam:user", "iam:mfa"].iter().any(|kind| Glob::new(glob).matches(kind)));
        if separator.value.contains(',') && on_iam {
            self.reader.warn_help(
                separator.span,
                "IAM refuses commas in tag values, so no user or MFA device can have such a list",
                "use another separator, such as \":\"",
            );
        }
        Some(Items { separator: separator.value, min, max, unique: self.fields.flag("unique-items").unwrap_or(false) })
    }

    fn bound(&mut self, name: &str, format: Option<Format>) -> Option<Bound> {
        let value = self.fields.value(name)?;
        let span = value.span();
        let wants_day = match format {
            Some(Format::Integer | Format::Number) => false,
            Some(Format::Date) => true,
            _ if self.fields.has("format") && format.is_none() => return None, // reported already
            _ => {
                self.reader.error_help(
                    span,
                    format!("`{name}` needs a `format` of integer, number or date"),
                    "add it to the rule",
                );
                return None;
            }
        };
        let bound = match value.get_ref() {
            DeValue::Integer(n) if !wants_day => {
                i64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok().map(|n| Bound::Number(n.to_string()))
            }
            DeValue::Float(n) if !wants_day => {
                let plain = n.as_str().replace('_', "");
                let plain = plain.strip_prefix('+').unwrap_or(&plain).to_owned();
                let written =
                    if is_number(&plain) { Some(plain) } else { plain.parse::<f64>().ok().map(|n| format!("{n}")) };
                written.filter(|n| is_number(n)).map(Bound::Number)
            }
            DeValue::Datetime(date) if wants_day => day(date).map(Bound::Day),
            DeValue::String(text) if wants_day => today(text).map(Bound::Today),
            _ => None,
        };
        if bound.is_none() {
            let takes = if wants_day {
                "a date such as 2027-03-31, or \"today\", \"today+90d\", \"today-1d\""
            } else {
                "a number"
            };
            self.reader.error(span, format!("with this `format`, `{name}` takes {takes}"));
        }
        bound
    }

    fn bounds_ordered(&mut self, out: &Constraints) {
        let above = match (&out.min, &out.max) {
            (Some(Bound::Number(min)), Some(Bound::Number(max))) => crate::check::compare_numbers(min, max).is_gt(),
            (Some(Bound::Day(min)), Some(Bound::Day(max))) => min > max,
            (Some(Bound::Today(min)), Some(Bound::Today(max))) => min > max,
            _ => false,
        };
        if above {
            self.reader.error(self.span("min"), "`min` is above `max`: nothing could hold");
        }
    }

    fn condition(&mut self, name: &'static str) -> Option<Condition> {
        let table = self.fields.table(name)?;
        let place = if name == "when" { "[rule.when]" } else { "[rule.unless]" };
        let fields = Fields::read(self.reader, place, table.value, table.span.clone(), fields::CONDITION);
        if table.value.is_empty() {
            self.reader.error(table.span, format!("{place} has no condition"));
            return None;
        }
        let reader = &mut *self.reader;
        let mut globs = |name: &str| {
            let texts = fields.texts(name)?;
            if texts.value.is_empty() {
                reader.error(texts.span, format!("`{name}` is an empty list: nothing would match"));
            }
            Some(Globs::new(texts.value.into_iter().map(|t| t.value)))
        };
        let mut out = Condition {
            resources: globs("resources"),
            account: globs("account"),
            region: globs("region"),
            name: globs("name"),
            path: globs("path"),
            arn: globs("arn"),
            account_name: globs("account-name"),
            assigned: fields.flag("assigned"),
            ..Condition::default()
        };
        out.tags = tag_tests(reader, &fields, "tags");
        out.account_tags = tag_tests(reader, &fields, "account-tags");
        out.older_than = age(reader, &fields, "older-than");
        out.newer_than = age(reader, &fields, "newer-than");
        Some(out)
    }
}

/// What the constraints are on every day: bounds that move with it are left out.
fn on_any_day(constraints: &Constraints) -> Constraints {
    let mut out = constraints.clone();
    for bound in [&mut out.min, &mut out.max] {
        if matches!(bound, Some(Bound::Today(_))) {
            *bound = None;
        }
    }
    out
}

fn tag_tests(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Vec<(Glob, TagTest)> {
    let mut out = Vec::new();
    let Some(table) = fields.table(name) else { return out };
    if table.value.is_empty() {
        reader.error(table.span.clone(), format!("`{name}` names no key"));
    }
    for (key, value) in table.value {
        let test = match value.get_ref() {
            DeValue::Boolean(there) => Some(TagTest::There(*there)),
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
                reader.error_help(
                    key.span(),
                    format!("`{name}.{}` is a table, not a tag", key.get_ref()),
                    format!(
                        "a key with a dot or a space is written in quotes: {name}.\"{}.{inner}\" = …",
                        key.get_ref()
                    ),
                );
            }
            None => reader.error(
                value.span(),
                "a tag is compared with a glob, a list of globs, true (there) or false (not there)",
            ),
        }
    }
    out
}

fn age(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Option<Age> {
    let value = fields.value(name)?;
    let age = match value.get_ref() {
        DeValue::Datetime(date) => day(date).map(Age::Day),
        DeValue::String(text) => {
            text.strip_suffix('d').and_then(|n| n.parse::<u16>().ok()).map(|days| Age::Days(i32::from(days)))
        }
        _ => None,
    };
    if age.is_none() {
        reader.error(
            value.span(),
            format!("`{name}` takes a number of days such as \"30d\", or a date such as 2026-01-31"),
        );
    }
    age
}

fn day(date: &toml::value::Datetime) -> Option<Day> {
    let (date, None) = (date.date?, date.time) else { return None };
    let date = jiff::civil::Date::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    );
    date.ok().map(Day)
}

/// `today`, `today+90d`, `today-1d`.
fn today(text: &str) -> Option<i32> {
    let rest = text.strip_prefix("today")?;
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let days = rest.strip_suffix('d').filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
    days.parse::<u16>().ok().map(|days| sign * i32::from(days))
}

fn required(reader: &mut Reader<'_>, fields: &Fields<'_>, table: &DeTable<'_>, place: &str, names: &[&str]) -> bool {
    let mut all = true;
    for name in names {
        if !fields.has(name) {
            all = false;
            // A field of the wrong type was reported already.
            if !table.iter().any(|(key, _)| key.get_ref() == name) {
                reader.error(fields.span.clone(), format!("{place} has no `{name}`"));
            }
        }
    }
    all
}

fn waiver(reader: &mut Reader<'_>, table: &At<&DeTable<'_>>) -> Option<(Waiver, Vec<At<String>>)> {
    let fields = Fields::read(reader, "[[waiver]]", table.value, table.span.clone(), fields::WAIVER);
    if !required(reader, &fields, table.value, "the waiver", &["rules", "resources", "reason", "expires"]) {
        return None;
    }
    let (rules, resources, reason) = (fields.texts("rules")?, fields.texts("resources")?, fields.text("reason")?);
    let expires = match fields.value("expires")?.get_ref() {
        DeValue::Datetime(date) => day(date),
        _ => None,
    };
    let before = errors(reader);
    if reason.value.trim().is_empty() {
        reader.error(reason.span.clone(), "a waiver says why");
    }
    for (list, name) in [(&rules, "rules"), (&resources, "resources")] {
        if list.value.is_empty() {
            reader.error(list.span.clone(), format!("`{name}` is an empty list: nothing would be waived"));
        }
    }
    if errors(reader) > before {
        return None;
    }
    let waiver = Waiver {
        rules: Globs::new(rules.value.iter().map(|t| &t.value)),
        resources: Globs::new(resources.value.iter().map(|t| &t.value)),
        reason: reason.value,
        owner: fields.text("owner").map(|t| t.value),
        expires: expires?,
        origin: Origin { file: Arc::clone(reader.file), span: table.span.clone() },
    };
    Some((waiver, rules.value))
}

fn test(reader: &mut Reader<'_>, table: &At<&DeTable<'_>>) -> Option<(TestCase, Vec<At<String>>)> {
    let fields = Fields::read(reader, "[[test]]", table.value, table.span.clone(), fields::TEST);
    let all = required(reader, &fields, table.value, "the test", &["name", "resource", "expect"]);
    let resource = fields.table("resource").and_then(|table| test_resource(reader, &table));
    let others: Vec<_> = fields.tables("others").iter().filter_map(|table| test_resource(reader, table)).collect();
    if !all {
        return None;
    }
    let (expect, unknown) =
        (fields.texts("expect")?.value, fields.texts("unknown").map(|u| u.value).unwrap_or_default());
    for expected in &expect {
        if let Some((_, kind)) = expected.value.split_once(':')
            && !Kind::ALL.iter().any(|(k, _)| k.name() == kind)
        {
            let help = nearest(kind, Kind::ALL.iter().map(|(k, _)| k.name())).map_or_else(
                || format!("kinds are {}", any_of(Kind::ALL.iter().map(|(k, _)| k.name().to_owned()))),
                |meant| format!("did you mean {meant}?"),
            );
            reader.error_help(expected.span.clone(), format!("there is no kind of finding {}", quote(kind)), help);
        }
    }
    let case = TestCase {
        name: fields.text("name")?.value,
        resource: resource?,
        expect: expect.iter().map(|t| t.value.clone()).collect(),
        unknown: unknown.iter().map(|t| t.value.clone()).collect(),
        others,
        today: match fields.value("today").map(toml::Spanned::get_ref) {
            Some(DeValue::Datetime(date)) => day(date),
            _ => None,
        },
        origin: Origin { file: Arc::clone(reader.file), span: table.span.clone() },
    };
    Some((case, expect.into_iter().chain(unknown).collect()))
}

fn test_resource(reader: &mut Reader<'_>, table: &At<&DeTable<'_>>) -> Option<Resource<'static>> {
    let fields = Fields::read(reader, "the test's resource", table.value, table.span.clone(), fields::TEST_RESOURCE);
    if !required(reader, &fields, table.value, "the test's resource", &["type"]) {
        return None;
    }
    let text = |name: &str| fields.text(name).map(|t| Text::from(t.value));
    let mut pairs = |name: &str| -> Vec<(Text<'static>, Text<'static>)> {
        let mut out = Vec::new();
        for (key, value) in fields.table(name).map(|t| t.value).into_iter().flatten() {
            match value.get_ref().as_str() {
                Some(value) => out.push((Text::from(key.get_ref().clone().into_owned()), Text::from(value.to_owned()))),
                None => reader.error(value.span(), "a tag's value is a string"),
            }
        }
        out
    };
    let account_tags = fields.has("account-tags").then(|| pairs("account-tags"));
    let mut tags: Vec<Tag<'static>> =
        pairs("tags").into_iter().map(|(key, value)| Tag { key, value: Some(value) }).collect();
    tags.extend(fields.plain_texts("unknown-values").into_iter().map(|key| Tag { key: Text::from(key), value: None }));
    if fields.has("unknown") && (fields.has("tags") || fields.has("unknown-values") || fields.has("more-tags")) {
        let at = fields.key_span("unknown").unwrap_or_else(|| fields.span.clone());
        reader.error(at, "`unknown` says that no tags could be read: the resource has no `tags` then");
    }
    let kind = text("type")?;
    let is_mfa = kind.as_str() == "iam:mfa";
    Some(Resource {
        arn: text("arn"),
        address: text("address"),
        name: text("name"),
        id: text("id"),
        account: text("account"),
        region: text("region"),
        path: text("path"),
        user: match text("user") {
            Some(user) if user.is_empty() => Assignment::Unassigned,
            Some(user) => Assignment::User(user),
            None => Assignment::Unknown,
        },
        created: text("created"),
        tags: match text("unknown") {
            Some(reason) => Tags::Unread { reason },
            None => Tags::Read { tags, more: fields.flag("more-tags").unwrap_or(false) },
        },
        location: None,
        account_name: text("account-name"),
        account_tags,
        kind,
    })
    .filter(|_| {
        is_mfa || !fields.has("user") || {
            let at = fields.key_span("user").unwrap_or_else(|| fields.span.clone());
            reader.error(at, "only an MFA device (type iam:mfa) has a `user`");
            false
        }
    })
}

/// A name for a policy that gives none: its file's.
pub(super) fn default_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "policy".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::parse_text;

    #[test]
    fn a_default_is_held_to_all_that_does_not_move_with_the_day() {
        for (default, good) in [("soon", false), ("2026-01-01", true), ("2031-01-01", false)] {
            let text = format!(
                "version = 1\n[[rule]]\nid = \"a\"\nkey = \"K\"\nformat = \"date\"\nmin = \"today\"\nmax = 2030-12-31\ndefault = \"{default}\"\n"
            );
            assert_eq!(parse_text(&text).is_ok(), good, "{default}");
        }
    }
}
