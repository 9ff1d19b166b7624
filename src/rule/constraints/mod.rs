//! The constraints that a tag rule puts on a value: one file for each, with its fields, their reading and the check.

mod constraint;
mod failure_collector;
mod format;
mod items;
mod length;
mod patterns;
mod values;
mod values_by;

use self::constraint::Constraint as _;
use self::format::FormatConstraint;
use self::items::Items;
use self::length::Length;
use self::patterns::Patterns;
use self::values::ValuesConstraint;
use super::builder::RuleBuilder;
use super::spec::{Field, FieldType};
use super::{ValueDemand, ViolationKind};
use crate::base::{all_of, quote};
use crate::model::Day;

pub(super) use self::failure_collector::ConstraintFailure;
use self::failure_collector::FailureCollector;
pub(super) use self::values_by::{ChosenSet, ValuesBy};

/// Defines [`Constraints`]. Besides its file, a constraint needs only its line in this list. The order is that of the
/// clauses in messages.
macro_rules! constraints {
    ($($name:ident: $constraint:ident,)+) => {
        /// Everything that a tag rule requires of a value.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct Constraints {
            $($name: $constraint,)+
            items: Option<Items>,
            allow_empty: bool,
        }

        impl Constraints {
            /// The fields of a tag rule that constrain its value.
            pub(super) const FIELDS: &'static [Field] = {
                const LISTS: &[&[Field]] = &[FIELDS, $($constraint::FIELDS,)+ Items::FIELDS];
                &super::spec::concat::<{ super::spec::count(LISTS) }>(LISTS)
            };

            /// Reads the fields; `None` if they have mistakes.
            pub(super) fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
                let before = builder.diagnostics.errors();
                let out = Self {
                    $($name: $constraint::parse(builder),)+
                    items: Items::parse(builder),
                    allow_empty: builder.flag("allow-empty"),
                };
                (builder.diagnostics.errors() == before).then_some(out)
            }

            /// Constraints that accept what both accept; `None` if there are none but both.
            pub(in crate::rule) fn and(&self, other: &Self) -> Option<Self> {
                let is_one_value = self.items.is_none() && other.items.is_none();
                (is_one_value && self.allow_empty == other.allow_empty).then_some(())?;
                Some(Self {
                    $($name: self.$name.and(&other.$name)?,)+
                    items: None,
                    allow_empty: self.allow_empty,
                })
            }

            fn check_one(&self, value: &str, failures: &mut FailureCollector<'_>) {
                $(self.$name.check(value, failures);)+
            }

            fn requirements(&self, today: Option<Day>) -> Vec<String> {
                let mut out = Vec::new();
                $(self.$name.requirements(today, &mut out);)+
                out
            }

            fn prohibitions(&self) -> Vec<String> {
                let mut out = Vec::new();
                $(self.$name.prohibitions(&mut out);)+
                out
            }

            /// Everything that is required, for a translation into another policy language.
            pub(super) fn demand(&self) -> ValueDemand<'_> {
                let mut out = ValueDemand { allow_empty: self.allow_empty, ..ValueDemand::default() };
                $(self.$name.demand(&mut out);)+
                match &self.items {
                    None => out,
                    // The constraints are those of each item, and no other language has lists.
                    Some(_) => ValueDemand {
                        allow_empty: out.allow_empty,
                        others: std::iter::once("separator").chain(out.fields()).collect(),
                        ..ValueDemand::default()
                    },
                }
            }

            /// Returns `true` if every value that is not empty passes.
            #[must_use]
            pub(crate) fn is_free(&self) -> bool {
                $(self.$name.is_free() &&)+ self.items.is_none()
            }
        }
    };
}

constraints! {
    format: FormatConstraint,
    values: ValuesConstraint,
    patterns: Patterns,
    length: Length,
}

const FIELDS: &[Field] =
    &[Field::new("allow-empty", FieldType::Flag, "Whether the value may be empty or only white space. Default false.")];

impl Constraints {
    /// The literal values that are allowed, as written; empty if there is no list or it has only globs.
    #[must_use]
    pub(crate) fn literals(&self) -> Vec<&str> {
        self.values.literals()
    }

    /// Removes the transition table of the pattern.
    pub(super) fn remove_pattern_tables(&mut self) {
        self.patterns.remove_table();
    }

    /// Returns `true` if a value passes.
    #[must_use]
    pub(crate) fn accepts(&self, value: &str, today: Day) -> bool {
        self.check(value, today, false).is_none()
    }

    /// Checks a value without the bounds that depend on the day, so that the result holds on every day.
    pub(super) fn check_on_any_day(&self, value: &str) -> Option<ConstraintFailure> {
        let fixed = Self { format: self.format.without_moving_bounds(), ..self.clone() };
        // No remaining bound depends on the day, so any day serves.
        fixed.check(value, Day(jiff::civil::Date::ZERO), true)
    }

    /// The failure of a value, if it has one; with its clauses if messages are wanted.
    #[must_use]
    pub(crate) fn check(&self, value: &str, today: Day, with_messages: bool) -> Option<ConstraintFailure> {
        let mut failures = FailureCollector::new(today, with_messages);
        if is_empty(value) {
            if !self.allow_empty {
                failures.add(ViolationKind::Empty, |_| {
                    self.clause("it must", today).unwrap_or_else(|| "give it a value".to_owned())
                });
            }
            return failures.finish();
        }
        let Some(items) = &self.items else {
            self.check_one(value, &mut failures);
            return failures.finish();
        };
        for item in items.split(value) {
            if is_empty(item) {
                if !self.allow_empty {
                    failures.add(ViolationKind::Empty, |_| items.no_empty_item());
                }
            } else {
                failures.item(item);
                self.check_one(item, &mut failures);
            }
        }
        items.check(value, &mut failures);
        failures.finish()
    }

    /// Describes accepted values as one clause: `it must be Production or Test and match …`. `None` if every value is
    /// accepted.
    #[must_use]
    pub(crate) fn clause(&self, lead: &str, today: Day) -> Option<String> {
        self.phrase(Some(today)).map(|phrase| format!("{lead} {phrase}"))
    }

    fn phrase(&self, today: Option<Day>) -> Option<String> {
        let requirements = self.requirements(today);
        if requirements.is_empty() {
            return None;
        }
        let each = match &self.items {
            Some(items) => format!(" in every item between {}", quote(items.separator())),
            None => String::new(),
        };
        Some(format!("{}{each}", all_of(requirements)))
    }

    /// Describes the constraints in a text that does not depend on the day; empty if every value is accepted.
    pub(super) fn describe(&self) -> String {
        let mut all: Vec<String> = self.phrase(None).into_iter().collect();
        all.append(&mut self.prohibitions());
        if let Some(items) = &self.items {
            items.describe(&mut all);
        }
        all_of(all)
    }

    /// The certain correction of a value: an allowed value that differs only in letter case or outer space, if the
    /// whole rule accepts it.
    #[must_use]
    pub(crate) fn correct(&self, value: &str, today: Day) -> Option<String> {
        let corrected = match &self.items {
            None => self.values.correct(value)?,
            Some(items) => {
                let parts = items.split(value).map(|part| self.values.correct(part));
                parts.collect::<Option<Vec<_>>>()?.join(items.separator())
            }
        };
        (corrected != value && self.accepts(&corrected, today)).then_some(corrected)
    }

    /// The items of a value; the value itself if it is no list.
    pub(super) fn parts<'v>(&'v self, value: &'v str) -> impl Iterator<Item = &'v str> {
        let items = self.items.as_ref().map(|items| items.split(value));
        let whole = items.is_none().then_some(value);
        items.into_iter().flatten().chain(whole)
    }

    /// An allowed value that is similar; a guess, for the message only.
    #[must_use]
    pub(crate) fn similar(&self, value: &str) -> Option<&str> {
        self.values.similar(value)
    }
}

/// Returns `true` if a value counts as empty: it has nothing but white space.
#[must_use]
pub(super) fn is_empty(value: &str) -> bool {
    value.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use crate::policy::parse_text;

    #[test]
    fn a_default_must_pass_on_every_day() {
        for (default, good) in [("soon", false), ("2026-01-01", true), ("2031-01-01", false)] {
            let text = format!(
                "version = 1\n[[rule]]\nid = \"a\"\nkey = \"K\"\nformat = \"date\"\nmin = \"today\"\nmax = 2030-12-31\ndefault = \"{default}\"\n"
            );
            assert_eq!(parse_text(&text).is_ok(), good, "{default}");
        }
    }
}
