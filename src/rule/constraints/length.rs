//! `min-length` and `max-length`.

use super::constraint::Constraint;
use super::failure_collector::FailureCollector;
use crate::base::count;
use crate::model::Day;
use crate::rule::builder::RuleBuilder;
use crate::rule::spec::{Field, FieldType};
use crate::rule::{ValueDemand, ViolationKind};

/// The bounds on the number of characters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Length {
    min: Option<usize>,
    max: Option<usize>,
}

impl Constraint for Length {
    const FIELDS: &'static [Field] = &[
        Field::new("min-length", FieldType::Count, "The minimum number of characters."),
        Field::new("max-length", FieldType::Count, "The maximum number of characters."),
    ];

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self {
        let (min, max) = (builder.number("min-length"), builder.number("max-length"));
        builder.ordered("min-length", min, "max-length", max);
        Self { min, max }
    }

    fn check(&self, value: &str, failures: &mut FailureCollector<'_>) {
        if self.min.is_none() && self.max.is_none() {
            return;
        }
        // Code points, because AWS does not document its unit (docs/contributing/aws-facts.md, "Tag limits").
        let length = value.chars().count();
        if let Some(min) = self.min.filter(|min| length < *min) {
            let clause = || format!("have at least {}, not {length}", characters(min));
            failures.add(ViolationKind::Length, |subject| subject.must(&clause()));
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            let clause = || format!("have at most {}, not {length}", characters(max));
            failures.add(ViolationKind::Length, |subject| subject.must(&clause()));
        }
    }

    fn requirements(&self, _: Option<Day>, out: &mut Vec<String>) {
        out.extend(self.min.map(|min| format!("have at least {}", characters(min))));
        out.extend(self.max.map(|max| format!("have at most {}", characters(max))));
    }

    fn demand<'a>(&'a self, out: &mut ValueDemand<'a>) {
        (out.min_length, out.max_length) = (self.min, self.max);
    }

    fn is_free(&self) -> bool {
        // A value that is not empty has at least one character.
        self.min.is_none_or(|min| min <= 1) && self.max.is_none()
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let max = self.max.into_iter().chain(other.max).min();
        Some(Self { min: self.min.max(other.min), max })
    }
}

fn characters(n: usize) -> String {
    count(n as u64, "character")
}
