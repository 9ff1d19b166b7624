//! The interface of a constraint.

use super::failure_collector::FailureCollector;
use crate::model::Day;
use crate::rule::ValueDemand;
use crate::rule::builder::RuleBuilder;
use crate::rule::spec::Field;

/// One constraint on a value, or on each item of a list.
pub(super) trait Constraint: Sized + Clone + PartialEq {
    /// The fields of a tag rule that make the constraint.
    const FIELDS: &'static [Field];

    /// Reads the fields; mistakes are reported to the builder.
    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self;

    /// Reports why a value fails. The value is not empty.
    fn check(&self, value: &str, failures: &mut FailureCollector<'_>);

    /// Adds the requirements for a value, each as a phrase after "must". Without a day, a bound that depends on the day
    /// is described in words.
    fn requirements(&self, today: Option<Day>, out: &mut Vec<String>);

    /// Adds the prohibitions for a value, each as a phrase after "must".
    fn prohibitions(&self, _out: &mut Vec<String>) {}

    /// Adds what the constraint requires, for a translation into another policy language.
    fn demand<'a>(&'a self, out: &mut ValueDemand<'a>) {
        if !self.is_free() {
            out.others.extend(Self::FIELDS.iter().map(|field| field.name));
        }
    }

    /// Returns `true` if every value that is not empty passes.
    fn is_free(&self) -> bool;

    /// A constraint that accepts what both accept; `None` if there is none but both.
    fn and(&self, other: &Self) -> Option<Self> {
        (self == other).then(|| self.clone())
    }
}
