//! What a tag rule demands of a value.

use toml::de::DeValue;

use super::errors;
use super::rule::RuleBuilder;
use crate::base::Glob;
use crate::model::Day;
use crate::policy::fields;
use crate::rule::{Bound, Constraints, Format, Items, is_number};

impl RuleBuilder<'_, '_, '_> {
    pub(super) fn constraints(&mut self) -> Option<Constraints> {
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
            (Some(Bound::Number(min)), Some(Bound::Number(max))) => crate::rule::compare_numbers(min, max).is_gt(),
            (Some(Bound::Day(min)), Some(Bound::Day(max))) => min > max,
            (Some(Bound::Today(min)), Some(Bound::Today(max))) => min > max,
            _ => false,
        };
        if above {
            self.reader.error(self.span("min"), "`min` is above `max`: nothing could hold");
        }
    }
}

/// What the constraints are on every day: bounds that move with it are left out.
pub(super) fn on_any_day(constraints: &Constraints) -> Constraints {
    let mut out = constraints.clone();
    for bound in [&mut out.min, &mut out.max] {
        if matches!(bound, Some(Bound::Today(_))) {
            *bound = None;
        }
    }
    out
}

pub(super) fn day(date: &toml::value::Datetime) -> Option<Day> {
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
