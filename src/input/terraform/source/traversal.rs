//! Traversals: names of modules, variables and locals, and the steps into their values.

use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::functions;
use super::scope::{InstanceKey, Namespace};
use super::value::{HclNumber, HclValue, HclValueKind};
use crate::syntax::hcl::{Expression, ExpressionKind, TraversalStep};

impl HclEvaluator {
    /// `var.x`, `local.y["z"]`, `module.m[0].out`, `each.value.a`, and steps into any other value.
    pub(super) fn select(
        &mut self,
        env: EvaluationContext<'_>,
        base: &Expression,
        steps: &[TraversalStep],
    ) -> HclValue {
        let ExpressionKind::Name(name) = &base.kind else {
            let value = self.eval(env, base);
            return self.walk(env, value, steps);
        };
        if let Some(value) = env.bound(name) {
            let value = value.clone();
            return self.walk(env, value, steps);
        }
        let Some((TraversalStep::Attribute(first), rest)) = steps.split_first() else {
            return HclValue::unknown(format!("`{name}` is not decided by source"));
        };
        let value = match name.as_str() {
            "var" => self.resolve_name(env.scope, Namespace::Variable, first),
            "local" => self.resolve_name(env.scope, Namespace::Local, first),
            "each" => env.instance.each(first),
            "count" if first == "index" => env.instance.index(),
            "module" => return self.module(env, first, rest),
            "data" => HclValue::unknown(format!("a data source (`data.{first}`) is read by Terraform")),
            "path" | "terraform" | "self" => HclValue::unknown(format!("`{name}.{first}` is not decided by source")),
            _ => HclValue::unknown(format!("`{name}.{first}` is a resource, whose attributes a plan knows")),
        };
        self.walk(env, value, rest)
    }

    fn module(&mut self, env: EvaluationContext<'_>, call: &str, steps: &[TraversalStep]) -> HclValue {
        let (key, steps) = match steps.split_first() {
            Some((TraversalStep::Index(key), rest)) => (Some(self.eval(env, key)), rest),
            _ => (None, steps),
        };
        let Some((TraversalStep::Attribute(output), rest)) = steps.split_first() else {
            return HclValue::unknown(format!("all instances of module `{call}`"));
        };
        let instance = match key.as_ref().map(|key| (&key.kind, key.as_text())) {
            None => InstanceKey::Only,
            Some((HclValueKind::Number(HclNumber::Whole(at)), _)) => InstanceKey::Index(*at),
            Some((_, Ok(key))) => InstanceKey::key(&key),
            Some((_, Err(why))) => return HclValue::unknown(why),
        };
        match self.child(env.scope, call, &instance) {
            Ok(child) => {
                let value = self.resolve_name(child, Namespace::Output, output);
                self.walk(env, value, rest)
            }
            Err(why) => HclValue::unknown(why),
        }
    }

    fn walk(&mut self, env: EvaluationContext<'_>, mut value: HclValue, steps: &[TraversalStep]) -> HclValue {
        for (at, step) in steps.iter().enumerate() {
            let sensitive = value.sensitive;
            let key = match step {
                TraversalStep::Attribute(name) => HclValue::text(name.as_str()),
                TraversalStep::Index(key) => self.eval(env, key),
                TraversalStep::Splat => return self.splat(env, &value, &steps[at + 1..]).with_sensitivity(sensitive),
            };
            value = functions::at(&value, &key).with_sensitivity(sensitive || key.sensitive);
        }
        value
    }

    fn splat(&mut self, env: EvaluationContext<'_>, value: &HclValue, rest: &[TraversalStep]) -> HclValue {
        let items = match &value.kind {
            HclValueKind::List(list) => list.items.clone(),
            HclValueKind::Unknown(why) => return HclValue::new(HclValueKind::Unknown(Arc::clone(why))),
            HclValueKind::Null => Vec::new(),
            _ => vec![value.clone()],
        };
        if !self.spend(items.len()) {
            return HclValue::unknown("too large to evaluate");
        }
        HclValue::list(items.into_iter().map(|item| self.walk(env, item, rest)).collect())
    }
}
