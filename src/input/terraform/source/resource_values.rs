//! The attributes of other resources that a plan takes from source as they are written.

use std::collections::BTreeMap;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::ignored_changes;
use super::instance_key::InstanceKey;
use super::scope::Namespace;
use super::tags::without_nulls;
use super::types::{HclType, as_type};
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::input::terraform::resource_type::{TagForm, TerraformType};
use crate::model::KNOWN_TO_A_PLAN;
use crate::syntax::hcl::{HclBlock, TraversalStep};

/// The attributes with text that providers neither compute nor change if they are written.
const NAMES: [&str; 4] = ["bucket", "family", "function_name", "name"];

/// The resource of Terraform itself that keeps its `input` as it is.
const TERRAFORM_DATA: &str = "terraform_data";

/// An attribute of an instance of a resource: the names in `aws_vpc.main["a"].tags`, and the number of steps to it.
struct ResourceAttribute<'s> {
    name: &'s str,
    key: Option<HclValue>,
    attribute: &'s str,
    steps: usize,
}

impl HclEvaluator {
    /// The attribute of a resource that a traversal leads to, and the number of steps to it.
    pub(super) fn resource_value(
        &mut self,
        env: EvaluationContext<'_>,
        kind: &str,
        steps: &[TraversalStep],
    ) -> Option<(HclValue, usize)> {
        let found = match steps {
            [TraversalStep::Attribute(name), TraversalStep::Attribute(attribute), ..] => {
                ResourceAttribute { name, key: None, attribute, steps: 2 }
            }
            [TraversalStep::Attribute(name), TraversalStep::Index(key), TraversalStep::Attribute(attribute), ..] => {
                ResourceAttribute { name, key: Some(self.eval(env, key)), attribute, steps: 3 }
            }
            // `aws_vpc.main`, `aws_vpc.main[*].tags`: the resource as a value.
            [TraversalStep::Attribute(name)]
            | [TraversalStep::Attribute(name), TraversalStep::Splat | TraversalStep::Index(_), ..]
                if kind.starts_with("aws_") =>
            {
                return Some((self.whole_resource(env, kind, name)?, 1));
            }
            _ => return None,
        };
        let is_read = match kind {
            TERRAFORM_DATA => found.attribute == "input",
            _ => {
                kind.starts_with("aws_")
                    && (NAMES.contains(&found.attribute) || matches!(found.attribute, "tags" | "tags_all"))
            }
        };
        if !is_read {
            return None;
        }
        Some((self.attribute_value(env, kind, &found), found.steps))
    }

    /// A resource as a value: a list with a `count`, an object with a `for_each`. Attributes that are not written are unknown.
    fn whole_resource(&mut self, env: EvaluationContext<'_>, kind: &str, name: &str) -> Option<HclValue> {
        let (module, outer) = self.module_and_instance(env.scope);
        let block = module.resources.get(&(kind.to_owned(), name.to_owned()))?;
        let instances = self.instances(EvaluationContext::new(env.scope, &outer), &block.body);
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        for instance in &instances {
            if let InstanceKey::Undecided { why, .. } = instance {
                return Some(HclValue::unknown(why.clone()));
            }
            let key = instance.key_text().filter(|_| !matches!(instance, InstanceKey::Only)).map(HclValue::text);
            let mut written = BTreeMap::new();
            for attribute in NAMES.into_iter().chain(["tags", "tags_all"]) {
                let is_written = attribute == "tags_all" || block.body.value(attribute).is_some();
                let of = ResourceAttribute { name, key: key.clone(), attribute, steps: 0 };
                let value = is_written.then(|| self.attribute_value(env, kind, &of));
                if let Some(value) = value.filter(|value| value.why().is_none()) {
                    written.insert(attribute.to_owned(), value);
                }
            }
            let why = format!("`{kind}.{name}` is a resource, whose attributes a plan knows");
            let value = HclValue::map(written, Some(why.into()));
            match instance {
                InstanceKey::Index(_) => list.push(value),
                InstanceKey::Key(key, _) => drop(map.insert(key.clone(), value)),
                InstanceKey::Only | InstanceKey::Undecided { .. } => return Some(value),
            }
        }
        let body = &block.body;
        Some(match (body.value("count"), body.value("for_each")) {
            (Some(_), _) => HclValue::list(list),
            (None, Some(_)) => HclValue::map(map, None),
            (None, None) => HclValue::null(),
        })
    }

    fn attribute_value(&mut self, env: EvaluationContext<'_>, kind: &str, of: &ResourceAttribute<'_>) -> HclValue {
        let (module, outer) = self.module_and_instance(env.scope);
        let Some(block) = module.resources.get(&(kind.to_owned(), of.name.to_owned())) else {
            return HclValue::unknown(format!("there is no resource `{kind}.{}` in what could be read", of.name));
        };
        let instances = self.instances(EvaluationContext::new(env.scope, &outer), &block.body);
        let suffix = match of.key.as_ref().map(HclValue::as_text) {
            None => String::new(),
            Some(Err(why)) => return HclValue::unknown(why),
            Some(Ok(key)) => key.to_string(),
        };
        let is_it = |instance: &&InstanceKey| instance.key_text().as_deref() == Some(&suffix);
        let Some(instance) = instances.iter().find(is_it) else {
            return HclValue::unknown(format!("source does not decide the instances of `{kind}.{}`", of.name));
        };
        let name = format!("{kind}.{}{}.{}", of.name, instance.suffix(), of.attribute);
        self.resolve_once(env.scope, Namespace::Resource, name, |evaluator| {
            let env = EvaluationContext::new(env.scope, instance);
            evaluator.written_attribute(env, block, of.attribute).unwrap_or_else(HclValue::unknown)
        })
    }

    /// The value of an attribute as it is written.
    fn written_attribute(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        name: &str,
    ) -> Result<HclValue, UnknownReason> {
        let computed = || UnknownReason::from(format!("`{}.{name}` {KNOWN_TO_A_PLAN}", block.labels.join(".")));
        if name == "tags_all" {
            return self.all_tags(env, block);
        }
        let node = block.body.value(name).ok_or_else(computed)?;
        if ignored_changes::ignores(block, name) {
            return Err("`ignore_changes` leaves the attribute to something else".into());
        }
        let value = self.eval(env, node);
        match &value.kind {
            _ if block.labels[0] == TERRAFORM_DATA => Ok(value),
            HclValueKind::Unknown(why) => Err(why.clone()),
            HclValueKind::Null => Err(computed()),
            HclValueKind::Map(_) if name == "tags" => {
                Ok(as_type(without_nulls(value), &HclType::Map(Box::new(HclType::Text))))
            }
            // Some providers write names in small letters, and domains without the last dot.
            _ if name != "tags" => value.as_text().and_then(|text| {
                let is_kept = text.to_lowercase() == *text && !text.ends_with('.') && !text.is_empty();
                let kept = is_kept.then(|| HclValue::text(text)).ok_or_else(computed)?;
                Ok(kept.with_sensitivity(value.sensitive))
            }),
            _ => Err(computed()),
        }
    }

    /// The tags of a resource with the default tags of its provider.
    fn all_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Result<HclValue, UnknownReason> {
        let form = TerraformType::known(&block.labels[0]).map(|known| known.form);
        let provider = self.provider_of(env, block);
        let ignored = self.ignored_for(env, block, &provider)?;
        if !matches!(form, Ok(TagForm::Map)) || !ignored.more().is_none() {
            return Err(format!("`{}.tags_all` {KNOWN_TO_A_PLAN}", block.labels.join(".")).into());
        }
        let own = match block.body.value("tags") {
            Some(_) => self.written_attribute(env, block, "tags")?,
            None => HclValue::map(BTreeMap::new(), None),
        };
        let all = merge([&self.block_default_tags(env, block, &provider), &own]);
        Ok(as_type(all, &HclType::Map(Box::new(HclType::Text))))
    }
}
