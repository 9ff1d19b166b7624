//! `pattern` and `not-pattern`.

use super::constraint::Constraint;
use super::failure_collector::FailureCollector;
use crate::base::escape;
use crate::model::Day;
use crate::rule::builder::RuleBuilder;
use crate::rule::pattern::Pattern;
use crate::rule::spec::{Field, FieldType};
use crate::rule::{ValueDemand, ViolationKind};

/// A pattern that the whole value matches, and one that nothing in it matches.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Patterns {
    whole: Option<Pattern>,
    forbidden: Option<Pattern>,
}

impl Constraint for Patterns {
    const FIELDS: &'static [Field] = &[
        Field::new("pattern", FieldType::Regex, "A regular expression that the whole value must match."),
        Field::new("not-pattern", FieldType::Regex, "A regular expression that no part of the value may match."),
    ];

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self {
        Self { whole: builder.pattern("pattern", true), forbidden: builder.pattern("not-pattern", false) }
    }

    fn check(&self, value: &str, failures: &mut FailureCollector<'_>) {
        if let Some(pattern) = &self.whole
            && !pattern.is_match(value)
        {
            failures.add(ViolationKind::Pattern, |subject| subject.must(&format!("match {}", escape(&pattern.text))));
        }
        if let Some(pattern) = &self.forbidden
            && pattern.is_match(value)
        {
            failures.add(ViolationKind::Pattern, |subject| subject.must(&prohibition(pattern)));
        }
    }

    fn requirements(&self, _: Option<Day>, out: &mut Vec<String>) {
        out.extend(self.whole.as_ref().map(|pattern| format!("match {}", escape(&pattern.text))));
    }

    fn prohibitions(&self, out: &mut Vec<String>) {
        out.extend(self.forbidden.as_ref().map(prohibition));
    }

    fn demand<'a>(&'a self, out: &mut ValueDemand<'a>) {
        out.pattern = self.whole.as_ref().map(|pattern| pattern.text.as_str());
        out.not_pattern = self.forbidden.as_ref().map(|pattern| pattern.text.as_str());
    }

    fn is_free(&self) -> bool {
        self.whole.is_none() && self.forbidden.is_none()
    }
}

impl Patterns {
    /// Removes the transition table of the pattern.
    pub(super) fn remove_table(&mut self) {
        if let Some(pattern) = &mut self.whole {
            pattern.table = None;
        }
    }
}

fn prohibition(pattern: &Pattern) -> String {
    format!("not contain a match of {}", escape(&pattern.text))
}
