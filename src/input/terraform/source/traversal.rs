//! Traversals: names of modules, variables and locals, and the steps into their values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::functions;
use super::instance_key::InstanceKey;
use super::scope::Namespace;
use super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
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
        if let Some(template) = env.template {
            return HclValue::unknown(template.others.clone());
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
            "path" => self.path_value(env, first),
            "terraform" | "tofu" if first == "workspace" => self.workspace(),
            "terraform" | "tofu" | "self" => HclValue::unknown(format!("`{name}.{first}` is not decided by source")),
            _ => match self.resource_value(env, name, steps) {
                Some((value, read)) => return self.walk(env, value, &steps[read..]),
                None => HclValue::unknown(format!("`{name}.{first}` is a resource, whose attributes a plan knows")),
            },
        };
        self.walk(env, value, rest)
    }

    fn module(&mut self, env: EvaluationContext<'_>, call: &str, steps: &[TraversalStep]) -> HclValue {
        let (key, rest) = match steps.split_first() {
            Some((TraversalStep::Index(key), rest)) => (Some(self.eval(env, key)), rest),
            Some((TraversalStep::Attribute(_), _)) => (None, steps),
            _ => {
                let all = self.all_instances(env, call);
                return self.walk(env, all, steps);
            }
        };
        let Some((TraversalStep::Attribute(output), rest)) = rest.split_first() else {
            let all = self.all_instances(env, call);
            return self.walk(env, all, steps);
        };
        let instance = match key.as_ref().map(|key| (&key.kind, key.as_text())) {
            None => match self.keyed_instance(env, call, output) {
                Some(key) => return self.output_of(env, call, &key, steps),
                None => InstanceKey::Only,
            },
            Some((HclValueKind::Number(HclNumber::Whole(at, _)), _)) => InstanceKey::Index(*at),
            // Terraform converts the key of a list to a number.
            Some((_, Ok(key))) if self.has_count(env, call) => match key.parse() {
                Ok(at) => InstanceKey::Index(at),
                Err(_) => InstanceKey::key(&key),
            },
            Some((_, Ok(key))) => InstanceKey::key(&key),
            Some((_, Err(why))) => return HclValue::unknown(why),
        };
        if let Err(why) = self.check_instance(env, call, &instance) {
            return HclValue::unknown(why);
        }
        match self.child(env.scope, call, &instance) {
            Ok(child) => {
                let value = self.resolve_name(child, Namespace::Output, output);
                self.walk(env, value, rest)
            }
            Err(why) => HclValue::unknown(why),
        }
    }

    /// `module.m.key.output`, where the module has a `for_each`: the instance.
    fn keyed_instance(&self, env: EvaluationContext<'_>, call: &str, key: &str) -> Option<InstanceKey> {
        let module = &self.scope(env.scope).module;
        module.calls.get(call)?.body.value("for_each").map(|_| InstanceKey::key(key))
    }

    fn has_count(&self, env: EvaluationContext<'_>, call: &str) -> bool {
        let module = &self.scope(env.scope).module;
        module.calls.get(call).is_some_and(|block| block.body.value("count").is_some())
    }

    fn has_for_each(&self, env: EvaluationContext<'_>, call: &str) -> bool {
        let module = &self.scope(env.scope).module;
        module.calls.get(call).is_some_and(|block| block.body.value("for_each").is_some())
    }

    /// The instances of a module; `None` if there is no call of it.
    fn instances_of(&mut self, env: EvaluationContext<'_>, call: &str) -> Option<Vec<InstanceKey>> {
        let (module, outer) = self.module_and_instance(env.scope);
        let block = module.calls.get(call)?;
        Some(self.instances(EvaluationContext::new(env.scope, &outer), &block.body))
    }

    /// Checks that a module has an instance.
    ///
    /// # Errors
    /// The reason why it has none, which is a failure, or why that is not known.
    fn check_instance(
        &mut self,
        env: EvaluationContext<'_>,
        call: &str,
        instance: &InstanceKey,
    ) -> Result<(), UnknownReason> {
        // The value of the call says that it is not there.
        let Some(instances) = self.instances_of(env, call) else { return Ok(()) };
        if !self.spend(instances.len() / 16) {
            return Err("too large to evaluate".into());
        }
        match instances.as_slice() {
            [InstanceKey::Undecided { why, .. }] => Err(why.clone()),
            all if all.iter().any(|one| one.is_same(instance)) => Ok(()),
            _ => {
                let suffix = instance.suffix();
                Err(UnknownReason::failure(format!("module `{call}` has no instance `{call}{suffix}`")))
            }
        }
    }

    fn output_of(
        &mut self,
        env: EvaluationContext<'_>,
        call: &str,
        instance: &InstanceKey,
        steps: &[TraversalStep],
    ) -> HclValue {
        if let Err(why) = self.check_instance(env, call, instance) {
            return HclValue::unknown(why);
        }
        let value = self.one_instance(env, call, instance);
        self.walk(env, value, &steps[1..])
    }

    /// A module with a `count` is a list of its instances, one with a `for_each` an object, any other an object of outputs.
    fn all_instances(&mut self, env: EvaluationContext<'_>, call: &str) -> HclValue {
        let Some(instances) = self.instances_of(env, call) else {
            return HclValue::unknown(format!("there is no module `{call}` in what could be read"));
        };
        if instances.is_empty() && !self.has_count(env, call) && !self.has_for_each(env, call) {
            // A module that is not enabled.
            return HclValue::null();
        }
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        for instance in &instances {
            match instance {
                InstanceKey::Only => return self.one_instance(env, call, instance),
                InstanceKey::Undecided { why, .. } => return HclValue::unknown(why.clone()),
                InstanceKey::Index(_) => list.push(self.one_instance(env, call, instance)),
                InstanceKey::Key(key, _) => drop(map.insert(key.clone(), self.one_instance(env, call, instance))),
            }
        }
        if self.has_count(env, call) { HclValue::list(list) } else { HclValue::map(map, None) }
    }

    /// The outputs of one instance.
    fn one_instance(&mut self, env: EvaluationContext<'_>, call: &str, instance: &InstanceKey) -> HclValue {
        let child = match self.child(env.scope, call, instance) {
            Ok(child) => child,
            Err(why) => return HclValue::unknown(why),
        };
        let module = Arc::clone(&self.scope(child).module);
        let more = module.broken.then(|| UnknownReason::from("a file of the module could not be read"));
        let outputs =
            module.outputs.keys().map(|name| (name.clone(), self.resolve_name(child, Namespace::Output, name)));
        HclValue::map(outputs.collect(), more)
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
            HclValueKind::Unknown(why) => return HclValue::new(HclValueKind::Unknown(why.clone())),
            HclValueKind::Null => Vec::new(),
            _ => vec![value.clone()],
        };
        if !self.spend(items.len()) {
            return HclValue::unknown("too large to evaluate");
        }
        let is_typed = matches!(&value.kind, HclValueKind::List(list) if list.typed);
        let items = items.into_iter().map(|item| self.walk(env, item, rest)).collect();
        if is_typed { HclValue::typed_list(items) } else { HclValue::list(items) }
    }
}
