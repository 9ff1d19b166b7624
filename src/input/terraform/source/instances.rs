//! Instances of blocks: `count` and `for_each`, and what is known of them.

use std::collections::BTreeMap;

use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::syntax::hcl::{Expression, ExpressionKind, HclBody};

/// The largest `count` or `for_each`. A larger one counts as unknown: one resource with the address of the block.
pub(super) const MAX_INSTANCES: i64 = 1_000;

/// The gap of a larger one.
const TOO_MANY: &str = "more than 1000 instances of one block: one resource stands for all of them";

/// The `enabled` of the lifecycle of a block.
fn enabled(body: &HclBody) -> Option<&Expression> {
    body.blocks("lifecycle").find_map(|lifecycle| lifecycle.body.value("enabled"))
}

/// The number of entries that are known.
fn size_of(each: &HclValue) -> i64 {
    let size = match &each.kind {
        HclValueKind::Map(map) => map.entries.len(),
        HclValueKind::List(list) => list.items.len(),
        _ => 0,
    };
    i64::try_from(size).unwrap_or(i64::MAX)
}

impl HclEvaluator {
    /// The instances of a block, by its `count`, its `for_each`, or the `enabled` of its lifecycle (OpenTofu).
    pub(super) fn instances(&mut self, env: EvaluationContext<'_>, body: &HclBody) -> Vec<InstanceKey> {
        if let Some(node) = enabled(body) {
            return match self.eval(env, node).as_bool() {
                Ok(true) => vec![InstanceKey::Only],
                Ok(false) => Vec::new(),
                Err(why) => vec![InstanceKey::Undecided { why, may_be_none: true, by: "enabled" }],
            };
        }
        if let Some(node) = body.value("count") {
            let count = self.eval(env, node);
            let undecided = |why, may_be_none| vec![InstanceKey::Undecided { why, may_be_none, by: "count" }];
            return match count.as_whole() {
                Ok(count) if count <= MAX_INSTANCES => (0..count).map(InstanceKey::Index).collect(),
                Ok(_) => {
                    self.note_limit(node.at, TOO_MANY);
                    undecided("a `count` that is too large to expand".into(), false)
                }
                Err(why) => undecided(why, !self.is_positive(env, node)),
            };
        }
        let Some(node) = body.value("for_each") else { return vec![InstanceKey::Only] };
        let each = self.eval(env, node);
        if size_of(&each) > MAX_INSTANCES {
            self.note_limit(node.at, TOO_MANY);
        }
        match entries(&each) {
            Ok(entries) => entries.into_iter().map(|(key, value)| InstanceKey::Key(key, value)).collect(),
            Err(why) => {
                let may_be_none = match &each.kind {
                    HclValueKind::Map(map) => map.entries.is_empty(),
                    HclValueKind::List(list) => list.items.is_empty(),
                    _ => true,
                };
                vec![InstanceKey::Undecided { why, may_be_none, by: "for_each" }]
            }
        }
    }

    /// Returns whether a number is at least one, whatever the unknown parts of its expression are.
    fn is_positive(&mut self, env: EvaluationContext<'_>, node: &Expression) -> bool {
        match &node.kind {
            ExpressionKind::If(parts) => self.is_positive(env, &parts[1]) && self.is_positive(env, &parts[2]),
            ExpressionKind::Call { name, args, expand: false } if name == "max" => {
                args.iter().any(|arg| self.is_positive(env, arg))
            }
            ExpressionKind::Call { name, args, expand: false } if matches!(name.as_str(), "min" | "try") => {
                args.iter().all(|arg| self.is_positive(env, arg))
            }
            _ => self.eval(env, node).as_whole().is_ok_and(|number| number > 0),
        }
    }

    /// The reason why an instance of a block may not exist: its own `count`, `for_each` or
    /// `enabled`, or that of a module around it.
    pub(super) fn doubt(&self, scope: usize, instance: &InstanceKey) -> Option<String> {
        let mut at = Some(scope);
        let mut of = "its";
        let mut instance = instance;
        loop {
            if let InstanceKey::Undecided { why, may_be_none: true, by } = instance {
                return Some(format!("it may not exist: source does not decide {of} `{by}` ({why})"));
            }
            let here = self.scope(at?);
            (instance, of) = (&here.instance, "its module's");
            at = Some(here.parent.as_ref().map(|(parent, _)| *parent)?);
        }
    }

    /// The instance with its `each.value` from the source.
    pub(super) fn with_each_value(
        &mut self,
        env: EvaluationContext<'_>,
        body: &HclBody,
        instance: &InstanceKey,
    ) -> InstanceKey {
        if let (InstanceKey::Key(key, _), Some(node)) = (instance, body.value("for_each")) {
            let each = self.eval(env, node);
            if let Ok(mut entries) = entries(&each)
                && let Some(value) = entries.remove(key)
            {
                return InstanceKey::Key(key.clone(), value);
            }
        }
        instance.clone()
    }
}

/// The keys and values of a `for_each`, if all are known and the number is within the limit.
fn entries(each: &HclValue) -> Result<BTreeMap<String, HclValue>, UnknownReason> {
    // Terraform refuses a plan with one: "Sensitive values [...] cannot be used as for_each arguments".
    let is_sensitive = match &each.kind {
        HclValueKind::List(_) => each.holds_sensitive(),
        _ => each.sensitive,
    };
    if is_sensitive {
        return Err("a `for_each` that is sensitive".into());
    }
    let out: BTreeMap<String, HclValue> = match &each.kind {
        HclValueKind::Map(map) => match map.incomplete_reason() {
            Some(why) => return Err(why.clone()),
            None => map.entries.clone(),
        },
        HclValueKind::List(list) if list.set => {
            list.items.iter().filter_map(|item| Some((item.as_text().ok()?.to_string(), item.clone()))).collect()
        }
        HclValueKind::Unknown(why) => return Err(why.clone()),
        _ => return Err("`for_each` over something that is neither map nor set".into()),
    };
    if i64::try_from(out.len()).is_ok_and(|count| count <= MAX_INSTANCES) {
        Ok(out)
    } else {
        Err("a `for_each` that is too large to expand".into())
    }
}
