//! `try` and `can`, and the functions whose result depends on the module that calls them.

use super::certain::cannot_fail;
use super::combine::either;
use super::eval::{EvaluationContext, HclEvaluator};
use super::value::{HclValue, UnknownReason};
use crate::syntax::hcl::Expression;

impl HclEvaluator {
    /// `try`: the first argument that Terraform does not refuse. `can`: whether it refuses its argument.
    pub(super) fn attempt(&mut self, env: EvaluationContext<'_>, name: &str, args: &[Expression]) -> HclValue {
        self.attempts += 1;
        let outer = self.doubt.take();
        let value = if name == "can" { self.can(env, args) } else { self.try_each(env, args) };
        self.doubt = outer;
        self.attempts -= 1;
        value
    }

    fn can(&mut self, env: EvaluationContext<'_>, args: &[Expression]) -> HclValue {
        let Some(arg) = args.first() else { return HclValue::unknown("can() without an argument") };
        let value = self.eval(env, arg);
        match value.unknown_part().or_else(|| self.doubt.take()) {
            None => HclValue::bool(true),
            Some(why) if why.fails => HclValue::bool(false),
            Some(_) if cannot_fail(arg) => HclValue::bool(true),
            Some(why) => HclValue::unknown(why),
        }
    }

    fn try_each(&mut self, env: EvaluationContext<'_>, args: &[Expression]) -> HclValue {
        let mut open: Option<(HclValue, UnknownReason)> = None;
        for arg in args {
            self.doubt = None;
            let value = self.eval(env, arg);
            match value.unknown_part().or_else(|| self.doubt.take()) {
                Some(why) if why.fails => {}
                Some(_) if cannot_fail(arg) => return with_open(open, value),
                None => return with_open(open, value),
                // Terraform may refuse it, or not.
                Some(why) => {
                    let value = with_open(open, value);
                    open = Some((value, why));
                }
            }
        }
        match open {
            Some((value, _)) => value,
            None => HclValue::unknown(UnknownReason::failure("try() of nothing that Terraform accepts")),
        }
    }
}

/// A value that is the last of those before it that Terraform does not refuse.
fn with_open(open: Option<(HclValue, UnknownReason)>, value: HclValue) -> HclValue {
    match open {
        None => value,
        Some((before, why)) => either(&before, &value, &why),
    }
}
