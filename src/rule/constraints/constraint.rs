//! The interface of a constraint.

use super::failure_collector::FailureCollector;
use crate::model::Day;
use crate::rule::builder::RuleBuilder;
use crate::rule::spec::Field;

/// One constraint on a value, or on each item of a list.
pub(super) trait Constraint: Sized {
    /// The fields of a tag rule that make the constraint.
    const FIELDS: &'static [Field];

    /// Reads the fields; mistakes are reported to the builder.
    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self;

    /// Reports why a value, which is not empty, fails.
    fn check(&self, value: &str, failures: &mut FailureCollector<'_>);

    /// Adds what a good value is, each a phrase after "must". Without a day a bound that moves with it is described.
    fn requirements(&self, today: Option<Day>, out: &mut Vec<String>);

    /// Adds what a good value is not, each a phrase after "must".
    fn prohibitions(&self, _out: &mut Vec<String>) {}

    /// Whether every value passes that is not empty.
    fn is_free(&self) -> bool;
}
