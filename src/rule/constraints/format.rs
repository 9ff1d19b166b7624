//! `format`, and `min` and `max`, which need the format of a number or a date.

use std::cmp::Ordering;

use strum::VariantNames as _;
use toml::de::DeValue;

use super::constraint::Constraint;
use super::failure_collector::FailureCollector;
use crate::base::Span;
use crate::model::Day;
use crate::rule::builder::RuleBuilder;
use crate::rule::format::Format;
use crate::rule::spec::{Field, FieldType, Requirement};
use crate::rule::table::{day, days_from_today};
use crate::rule::{ValueDemand, ViolationKind, compare_numbers, is_number};

const BOUNDED: Requirement = Requirement::FieldValue("format", &["integer", "number", "date"]);

/// The format of a value, and its bounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FormatConstraint {
    format: Option<Format>,
    min: Option<RangeBound>,
    max: Option<RangeBound>,
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RangeBound {
    /// A decimal number, in the form of [`is_number`].
    Number(String),
    /// A day.
    Day(Day),
    /// Days after (negative: before) the day of the run.
    Today(i32),
}

/// The side of a range.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Min,
    Max,
}

impl RangeBound {
    /// Returns `true` if a value of the right format is outside the bound.
    fn is_passed_by(&self, value: &str, side: Side, today: Day) -> bool {
        let order = match self {
            Self::Number(number) => Some(compare_numbers(value, number)),
            Self::Day(day) => Day::parse(value).map(|value| value.cmp(day)),
            Self::Today(days) => Day::parse(value).map(|value| value.cmp(&today.plus(*days))),
        };
        order == Some(if side == Side::Min { Ordering::Less } else { Ordering::Greater })
    }

    /// The bound as a phrase after "must"; without a day it does not depend on one.
    fn phrase(&self, side: Side, today: Option<Day>) -> String {
        let verb = match (side, self) {
            (Side::Min, Self::Number(_)) => "be at least",
            (Side::Max, Self::Number(_)) => "be at most",
            (Side::Min, _) => "be on or after",
            (Side::Max, _) => "be on or before",
        };
        let bound = match (self, today) {
            (Self::Number(number), _) => number.clone(),
            (Self::Day(day), _) => day.to_string(),
            (Self::Today(0), Some(today)) => format!("today ({today})"),
            (Self::Today(days), Some(today)) => format!("today{days:+}d ({})", today.plus(*days)),
            (Self::Today(0), None) => "the day of the run".to_owned(),
            (Self::Today(days), None) => format!("the day of the run {days:+} days"),
        };
        format!("{verb} {bound}")
    }
}

impl Constraint for FormatConstraint {
    const FIELDS: &'static [Field] = &[
        Field::new(
            "format",
            FieldType::Choice(Format::VARIANTS),
            "The value's format: email, date (YYYY-MM-DD), integer, number, boolean, uuid, url, hostname, arn or account-id.",
        ),
        Field::new("min", FieldType::Bound, "The minimum value; needs `format` integer, number or date.")
            .requires(BOUNDED),
        Field::new("max", FieldType::Bound, "The maximum value; needs `format` integer, number or date.")
            .requires(BOUNDED),
    ];

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self {
        let format = builder.choice("format");
        let (min, max) = (bound(builder, "min", format), bound(builder, "max", format));
        let above = match (&min, &max) {
            (Some(RangeBound::Number(min)), Some(RangeBound::Number(max))) => compare_numbers(min, max).is_gt(),
            (Some(RangeBound::Day(min)), Some(RangeBound::Day(max))) => min > max,
            (Some(RangeBound::Today(min)), Some(RangeBound::Today(max))) => min > max,
            _ => false,
        };
        if above {
            builder.diagnostics.error(builder.span("min"), "`min` is above `max`, so nothing can pass");
        }
        Self { format, min, max }
    }

    fn check(&self, value: &str, failures: &mut FailureCollector<'_>) {
        let Some(format) = self.format else { return };
        if !format.accepts(value) {
            // A bound says nothing about a value of another format, which would be reported twice.
            failures.add(ViolationKind::Format, |subject| subject.must(&format!("be {}", format.label())));
            return;
        }
        let today = failures.today;
        for (bound, side) in self.bounds() {
            if bound.is_passed_by(value, side, today) {
                failures.add(ViolationKind::Range, |subject| subject.must(&bound.phrase(side, Some(today))));
            }
        }
    }

    fn requirements(&self, today: Option<Day>, out: &mut Vec<String>) {
        out.extend(self.format.map(|format| format!("be {}", format.label())));
        out.extend(self.bounds().map(|(bound, side)| bound.phrase(side, today)));
    }

    fn demand<'a>(&'a self, out: &mut ValueDemand<'a>) {
        out.format = self.format;
        out.others.extend(self.min.iter().map(|_| "min").chain(self.max.iter().map(|_| "max")));
    }

    fn is_free(&self) -> bool {
        self.format.is_none()
    }
}

impl FormatConstraint {
    fn bounds(&self) -> impl Iterator<Item = (&RangeBound, Side)> {
        let min = self.min.iter().map(|bound| (bound, Side::Min));
        min.chain(self.max.iter().map(|bound| (bound, Side::Max)))
    }

    /// The same without bounds that move with the day of the run.
    pub(super) fn without_moving_bounds(&self) -> Self {
        let fixed = |bound: &Option<RangeBound>| bound.clone().filter(|bound| !matches!(bound, RangeBound::Today(_)));
        Self { format: self.format, min: fixed(&self.min), max: fixed(&self.max) }
    }
}

fn bound(builder: &mut RuleBuilder<'_, '_, '_>, name: &str, format: Option<Format>) -> Option<RangeBound> {
    let value = builder.fields.value(name)?;
    let bound = match format {
        Some(Format::Integer | Format::Number) => number(value.get_ref()),
        Some(Format::Date) => date(value.get_ref()),
        None if builder.fields.has("format") => return None, // an unknown format is reported already
        _ => {
            needs_format(builder, name, value.span());
            return None;
        }
    };
    if bound.is_none() {
        let takes = if format == Some(Format::Date) {
            "a date such as 2027-03-31, or \"today\", \"today+90d\", \"today-1d\""
        } else {
            "a number"
        };
        let message = format!("with this `format`, `{name}` takes {takes}");
        match value.get_ref().as_str().filter(|text| format == Some(Format::Date) && Day::parse(text).is_some()) {
            Some(day) => builder.diagnostics.error_help(
                value.span(),
                message,
                format!("write the date without quotes: {name} = {day}"),
            ),
            None => builder.diagnostics.error(value.span(), message),
        }
    }
    bound
}

fn needs_format(builder: &mut RuleBuilder<'_, '_, '_>, name: &str, span: Span) {
    builder.diagnostics.error_help(
        span,
        format!("`{name}` needs a `format` of integer, number or date"),
        "add `format` to the rule",
    );
}

fn number(value: &DeValue<'_>) -> Option<RangeBound> {
    match value {
        DeValue::Integer(n) => {
            i64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok().map(|n| RangeBound::Number(n.to_string()))
        }
        DeValue::Float(n) => {
            let plain = n.as_str().replace('_', "");
            let plain = plain.strip_prefix('+').unwrap_or(&plain).to_owned();
            let written =
                // An exponent such as `1e3` is written out, because bounds are compared as decimal text.
                if is_number(&plain) { Some(plain) } else { plain.parse::<f64>().ok().map(|n| format!("{n}")) };
            written.filter(|n| is_number(n)).map(RangeBound::Number)
        }
        _ => None,
    }
}

fn date(value: &DeValue<'_>) -> Option<RangeBound> {
    match value {
        DeValue::Datetime(date) => day(date).map(RangeBound::Day),
        DeValue::String(text) => days_from_today(text).map(RangeBound::Today),
        _ => None,
    }
}
