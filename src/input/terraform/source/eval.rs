//! The evaluation of expressions. A value that the source does not determine is unknown, with the reason; nothing is
//! guessed.
//!
//! The work is bounded: by a number of steps, a nesting depth and the size of values. A name is evaluated once for each
//! instance of a module.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::functions;
use super::operators::{arithmetic, equal};
use super::scope::{InstanceKey, ModuleScopes};
use super::value::{HclNumber, HclValue, HclValueKind, either};
use crate::base::limits::EXPRESSION_NESTING;
use crate::syntax::hcl::{BinaryOp, Expression, ExpressionKind, ForExpression, TemplatePart};

/// The steps of one root module. Large real ones need well under a million.
const FUEL: u64 = 2_000_000;
/// The steps that each resource has in any case.
const RESERVE: u64 = 1_000;

/// The reason why a map is not known whole: a key that must not be shown is left out of it.
pub(super) const SENSITIVE_KEY: &str = "a key that is sensitive";

/// The context of an expression: the instance of a module, the instance of a block, and the names that a `for` binds.
#[derive(Clone, Copy)]
pub(super) struct EvaluationContext<'e> {
    pub(super) scope: usize,
    pub(super) instance: &'e InstanceKey,
    names: Option<&'e BoundName<'e>>,
}

/// A name that a `for` binds.
struct BoundName<'e> {
    name: &'e str,
    value: HclValue,
    next: Option<&'e BoundName<'e>>,
}

impl<'e> EvaluationContext<'e> {
    pub(super) fn new(scope: usize, instance: &'e InstanceKey) -> Self {
        Self { scope, instance, names: None }
    }

    /// The value of a name that a `for` binds.
    pub(super) fn bound(&self, name: &str) -> Option<&HclValue> {
        let mut at = self.names;
        while let Some(bound) = at {
            if bound.name == name {
                return Some(&bound.value);
            }
            at = bound.next;
        }
        None
    }
}

/// An evaluator of expressions with bounds.
pub(super) struct HclEvaluator {
    pub(super) scopes: ModuleScopes,
    /// The launch templates that groups use, by scope.
    pub(super) used_templates: BTreeMap<usize, Arc<BTreeSet<String>>>,
    fuel: u64,
    depth: usize,
}

impl HclEvaluator {
    pub(super) fn new(scopes: ModuleScopes) -> Self {
        Self { scopes, used_templates: BTreeMap::new(), fuel: FUEL, depth: 0 }
    }

    /// Grants the reserved steps before each resource, so that one expensive resource does not make the next ones
    /// unknown.
    pub(super) fn refill(&mut self) {
        self.fuel = self.fuel.max(RESERVE);
    }

    /// Uses steps; false if none are left.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(steps as u64 + 1);
        self.fuel > 0
    }

    /// The value of an expression, at the position of the expression or of the value that it refers to.
    pub(super) fn eval(&mut self, env: EvaluationContext<'_>, node: &Expression) -> HclValue {
        if self.depth >= EXPRESSION_NESTING || !self.spend(1) {
            return HclValue::unknown("too large to evaluate").at(Some(node.at));
        }
        self.depth += 1;
        let value = self.expression(env, node);
        self.depth -= 1;
        let at = value.at.or(Some(node.at));
        value.at(at)
    }

    fn expression(&mut self, env: EvaluationContext<'_>, node: &Expression) -> HclValue {
        match &node.kind {
            ExpressionKind::Null => HclValue::null(),
            ExpressionKind::Bool(value) => HclValue::bool(*value),
            ExpressionKind::Number(text) => match HclNumber::parse(text) {
                Some(number) => HclValue::new(HclValueKind::Number(number)),
                None => HclValue::unknown("a number that taglint does not write out"),
            },
            ExpressionKind::Text(text) => HclValue::text(text.as_str()),
            ExpressionKind::Template(parts) => self.template(env, parts),
            ExpressionKind::List(items) => {
                let items = items.iter().map(|item| self.eval(env, item)).collect();
                HclValue::list(items)
            }
            ExpressionKind::Object(entries) => self.object(env, entries),
            ExpressionKind::Name(name) => match env.bound(name) {
                Some(value) => value.clone(),
                None => HclValue::unknown(format!("`{name}` has no value in source")),
            },
            ExpressionKind::Select(base, steps) => self.select(env, base, steps),
            ExpressionKind::Call { name, args, expand } => self.call(env, name, args, *expand),
            ExpressionKind::If(parts) => self.conditional(env, parts),
            ExpressionKind::Not(inner) => {
                let value = self.eval(env, inner);
                let kind = value.as_bool().map_or_else(HclValueKind::Unknown, |it| HclValueKind::Bool(!it));
                HclValue::new(kind).with_sensitivity(value.sensitive)
            }
            ExpressionKind::Negative(inner) => {
                let value = self.eval(env, inner);
                let negated = value.as_whole().and_then(|it| it.checked_neg().ok_or_else(|| "a large number".into()));
                HclValue::new(
                    negated.map_or_else(HclValueKind::Unknown, |it| HclValueKind::Number(HclNumber::Whole(it))),
                )
                .with_sensitivity(value.sensitive)
            }
            ExpressionKind::Binary(op, sides) => self.binary(env, *op, &sides[0], &sides[1]),
            ExpressionKind::For(it) => self.for_expression(env, it),
            ExpressionKind::Opaque(what) => HclValue::unknown(format!("{what}, which taglint does not evaluate")),
        }
    }

    fn template(&mut self, env: EvaluationContext<'_>, parts: &[TemplatePart]) -> HclValue {
        let (mut out, mut sensitive, mut why) = (String::new(), false, None);
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Value(node) => {
                    let value = self.eval(env, node);
                    sensitive |= value.sensitive;
                    match value.as_text() {
                        Ok(text) if out.len() + text.len() <= super::value::MAX_TEXT => out.push_str(&text),
                        Ok(_) => why = why.or_else(|| Some("a string that is too long".into())),
                        Err(reason) => why = why.or(Some(reason)),
                    }
                }
            }
        }
        match why {
            Some(why) => HclValue::unknown(why),
            None => HclValue::text(out),
        }
        .with_sensitivity(sensitive)
    }

    fn object(&mut self, env: EvaluationContext<'_>, entries: &[(Expression, Expression)]) -> HclValue {
        // The later of two entries with one key wins, and the parser does not keep their order.
        let mut ordered: Vec<&(Expression, Expression)> = entries.iter().collect();
        ordered.sort_by_key(|(key, _)| key.at);
        let (mut out, mut more) = (BTreeMap::<String, HclValue>::new(), None);
        for (key, value) in ordered {
            let place = value.at;
            let key = self.eval(env, key);
            let value = self.eval(env, value);
            match key.as_text() {
                Ok(key_text) if key.sensitive => {
                    out.remove(&*key_text);
                    more = Some(SENSITIVE_KEY.into());
                }
                // The position is the one of the entry: an edit has to change it, wherever its value is defined.
                Ok(key) => drop(out.insert(key.to_string(), value.at(Some(place)))),
                Err(why) => {
                    for earlier in out.values_mut() {
                        earlier.kind = HclValueKind::Unknown(Arc::clone(&why));
                    }
                    more = Some(why);
                }
            }
        }
        HclValue::map(out, more)
    }

    fn conditional(&mut self, env: EvaluationContext<'_>, parts: &[Expression; 3]) -> HclValue {
        let condition = self.eval(env, &parts[0]);
        let value = match condition.as_bool() {
            Ok(true) => self.eval(env, &parts[1]),
            Ok(false) => self.eval(env, &parts[2]),
            Err(why) => either(&self.eval(env, &parts[1]), &self.eval(env, &parts[2]), &why),
        };
        value.with_sensitivity(condition.sensitive)
    }

    fn binary(&mut self, env: EvaluationContext<'_>, op: BinaryOp, left: &Expression, right: &Expression) -> HclValue {
        let (left, right) = (self.eval(env, left), self.eval(env, right));
        let sensitive = left.sensitive || right.sensitive;
        let kind = match op {
            BinaryOp::Equal | BinaryOp::NotEqual => {
                equal(&left, &right).map(|same| HclValueKind::Bool(same == (op == BinaryOp::Equal)))
            }
            BinaryOp::And | BinaryOp::Or => match (left.as_bool(), right.as_bool()) {
                (Ok(a), Ok(b)) => Ok(HclValueKind::Bool(if op == BinaryOp::And { a && b } else { a || b })),
                // A false operand of `&&` or a true operand of `||` determines the result.
                (Ok(a), Err(_)) | (Err(_), Ok(a)) if a == (op == BinaryOp::Or) => Ok(HclValueKind::Bool(a)),
                (Err(why), _) | (_, Err(why)) => Err(why),
            },
            _ => left.as_whole().and_then(|a| right.as_whole().and_then(|b| arithmetic(op, a, b))),
        };
        HclValue::new(kind.unwrap_or_else(HclValueKind::Unknown)).with_sensitivity(sensitive)
    }

    fn call(&mut self, env: EvaluationContext<'_>, name: &str, args: &[Expression], expand: bool) -> HclValue {
        let mut values: Vec<HclValue> = args.iter().map(|arg| self.eval(env, arg)).collect();
        if expand && let Some(last) = values.pop() {
            match &last.kind {
                HclValueKind::List(list) => values.extend(list.items.iter().cloned()),
                _ => values.push(HclValue::unknown(
                    last.why().cloned().unwrap_or_else(|| "arguments that are no list".into()),
                )),
            }
        }
        let size = values.iter().map(functions::size).sum();
        if !self.spend(size) {
            return HclValue::unknown("too large to evaluate");
        }
        functions::call(name, &values)
    }

    fn for_expression(&mut self, env: EvaluationContext<'_>, it: &ForExpression) -> HclValue {
        let list = self.eval(env, &it.list);
        let pairs: Vec<(HclValue, HclValue)> = match &list.kind {
            HclValueKind::List(list) if list.set => {
                list.items.iter().map(|item| (item.clone(), item.clone())).collect()
            }
            HclValueKind::List(list) => {
                list.items.iter().enumerate().map(|(at, item)| (index(at), item.clone())).collect()
            }
            HclValueKind::Map(map) => {
                map.entries.iter().map(|(key, value)| (HclValue::text(key.as_str()), value.clone())).collect()
            }
            HclValueKind::Unknown(why) => {
                return HclValue::new(HclValueKind::Unknown(Arc::clone(why))).with_sensitivity(list.sensitive);
            }
            _ => return HclValue::unknown("`for` over a value that is not a collection"),
        };
        let mut more = match &list.kind {
            HclValueKind::Map(map) => map.incomplete_reason().cloned(),
            _ => None,
        };
        let (mut items, mut entries, mut groups) =
            (Vec::new(), BTreeMap::new(), BTreeMap::<String, Vec<HclValue>>::new());
        for (key, value) in pairs {
            let outer = BoundName { name: it.key_name.as_deref().unwrap_or(""), value: key, next: env.names };
            let inner = BoundName { name: &it.value_name, value, next: Some(&outer) };
            let env = EvaluationContext { names: Some(&inner), ..env };
            if let Some(condition) = &it.condition {
                match self.eval(env, condition).as_bool() {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(why) => {
                        more = Some(why);
                        continue;
                    }
                }
            }
            let result = self.eval(env, &it.value);
            let Some(key) = &it.key else {
                items.push(result);
                continue;
            };
            let key = self.eval(env, key);
            match key.as_text() {
                Ok(_) if key.sensitive => more = Some(SENSITIVE_KEY.into()),
                Ok(key) if it.grouping => groups.entry(key.to_string()).or_default().push(result),
                Ok(key) => drop(entries.insert(key.to_string(), result)),
                Err(why) => more = Some(why),
            }
        }
        let sensitive = list.sensitive;
        match (&it.key, more) {
            (None, Some(why)) => HclValue::new(HclValueKind::Unknown(why)),
            (None, None) => HclValue::list(items),
            (Some(_), Some(why)) if it.grouping => HclValue::new(HclValueKind::Unknown(why)),
            (Some(_), None) if it.grouping => {
                HclValue::map(groups.into_iter().map(|(key, list)| (key, HclValue::list(list))).collect(), None)
            }
            (Some(_), more) => HclValue::map(entries, more),
        }
        .with_sensitivity(sensitive)
    }
}

fn index(at: usize) -> HclValue {
    HclValue::whole(i64::try_from(at).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
