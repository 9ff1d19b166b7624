//! A rule of TOML into a rule that can be asked.

use std::sync::Arc;

use toml::de::DeTable;

use super::errors;
use super::value::on_any_day;
use crate::aws::TypeGlobs;
use crate::base::Span;
use crate::base::{Glob, Globs, any_of, nearest, quote};
use crate::model::Day;
use crate::policy::fields::{self, KindSpec};
use crate::policy::read::{At, Fields, Reader, rule_kind};
use crate::policy::{Origin, Rule, Severity, Template, pattern};
use crate::rule::{
    AnyOf, Count, DefaultFrom, Forbid, KeyStyle, Only, Pattern, RuleKind, SameAsUser, Style, Syntax, TagRule, Unique,
    Within,
};

pub(super) fn rule(reader: &mut Reader<'_>, table: &At<&DeTable<'_>>, broken: bool) -> Option<Rule> {
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
    let kind = kind.and_then(|kind| builder.build_kind(kind));
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
        resources: resources.map(TypeGlobs::new).unwrap_or_default(),
        kind: kind?,
        when,
        unless,
        message,
        help: fields.text("help").map(|t| t.value),
        labels: fields.plain_texts("labels"),
        waivable: fields.flag("waivable").unwrap_or(true),
        sensitive: fields.flag("sensitive").unwrap_or(false),
        origin: Origin { file: Arc::clone(reader.file), span: id.span.clone() },
        id: id.value,
    })
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
    } else if id.value == crate::policy::TRUNCATED_RULE {
        reader.error_help(id.span.clone(), format!("the id {} is taglint's own", quote(&id.value)), "choose another");
    }
}

pub(super) struct RuleBuilder<'r, 'f, 't> {
    pub(super) reader: &'r mut Reader<'f>,
    pub(super) fields: &'r Fields<'t>,
}

impl RuleBuilder<'_, '_, '_> {
    pub(super) fn span(&self, name: &str) -> Span {
        self.fields.value(name).map_or_else(|| self.fields.span.clone(), toml::Spanned::span)
    }

    pub(super) fn choice(&mut self, name: &str, known: &'static [&'static str]) -> Option<String> {
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
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let texts = self.fields.texts(name)?;
        if texts.value.is_empty() {
            self.reader.error(texts.span, format!("`{name}` is an empty list: nothing would match"));
            return None;
        }
        Some(texts.value.into_iter().map(|t| t.value).collect())
    }

    /// A list of keys, none of them empty.
    pub(super) fn keys(&mut self, name: &str) -> Option<Vec<String>> {
        for key in self.fields.texts(name)?.value {
            if key.value.is_empty() {
                self.reader.error(key.span, "a tag key can't be empty");
            }
        }
        self.list(name)
    }

    fn build_kind(&mut self, kind: &'static KindSpec) -> Option<RuleKind> {
        Some(match kind.name {
            "tag" => RuleKind::Tag(Box::new(self.tag()?)),
            "any-of" => RuleKind::AnyOf(AnyOf { keys: self.literal_keys("any-of")? }),
            "forbid" => RuleKind::Forbid(Forbid { keys: Globs::new(self.keys("forbid")?) }),
            "only" => self.only()?,
            "key-style" => self.key_style()?,
            "count" => self.count()?,
            "syntax" => {
                self.choice("syntax", &["service"])?;
                RuleKind::Syntax(Syntax)
            }
            "unique" => {
                let within = self.choice("within", &["account", "all"]);
                let key = self.literal_key("unique")?;
                let within = if within.as_deref() == Some("all") { Within::All } else { Within::Account };
                RuleKind::Unique(Unique { key, within, slot: 0 })
            }
            _ => RuleKind::SameAsUser(SameAsUser { keys: self.literal_keys("same-as-user")? }),
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

    fn only(&mut self) -> Option<RuleKind> {
        if let Some(word) = self.fields.text("only") {
            if word.value == "declared" {
                return Some(RuleKind::Only(Only::Declared));
            }
            self.reader.error_help(
                word.span,
                format!("`only` has no {}", quote(&word.value)),
                "write \"declared\", or a list of keys",
            );
            return None;
        }
        Some(RuleKind::Only(Only::Keys(Globs::new(self.keys("only")?))))
    }

    fn key_style(&mut self) -> Option<RuleKind> {
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
            return Style::named(&name).map(|style| RuleKind::KeyStyle(KeyStyle::Style(style)));
        }
        let pattern = self.pattern("key-pattern", true)?;
        if pattern.text.contains([':', '/']) && !pattern.text.contains("(?:") && !pattern.text.contains("[:") {
            self.reader.warn_help(
                self.span("key-pattern"),
                "`key-pattern` looks at each part of a key between `:` and `/`, so it never sees those two",
                "describe one part",
            );
        }
        Some(RuleKind::KeyStyle(KeyStyle::Pattern(pattern)))
    }

    fn count(&mut self) -> Option<RuleKind> {
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
        Some(RuleKind::Count(count))
    }

    pub(super) fn ordered(&mut self, low: &str, min: Option<usize>, high: &str, max: Option<usize>) -> Option<()> {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.reader.error(self.span(low), format!("`{low}` = {min} is above `{high}` = {max}: nothing could hold"));
            return None;
        }
        Some(())
    }

    pub(super) fn pattern(&mut self, name: &str, whole: bool) -> Option<Pattern> {
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
                let known = any_of(crate::policy::template::PLACEHOLDERS.iter().map(|p| format!("`{{{p}}}`")));
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
        if crate::aws::is_aws_key(&written.value) {
            self.reader.warn_help(
                written.span.clone(),
                format!("{} is AWS's own key: no rule reports it", quote(&written.value)),
                "a condition may read it: when.tags.\"aws:…\"",
            );
        }
        let aliases = self.literal_keys("aliases").unwrap_or_default();
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
}

#[cfg(test)]
mod tests {
    use crate::policy::parse_text;

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
