//! The evaluation of expressions. A value that the source does not determine is unknown, with the reason; nothing is
//! guessed.
//!
//! The work is bounded: by a number of steps, a nesting depth and the size of values. A name is evaluated once for each
//! instance of a module.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::certain::{cannot_fail, has_certain_marks};
use super::combine::either;
use super::functions;
use super::instance_key::InstanceKey;
use super::operators::{arithmetic, equal};
use super::scope::ModuleScopes;
use super::types::{as_type, one_type, type_of, unify};
use super::value::{HclNumber, HclValue, HclValueKind, TOO_LARGE, UnknownReason};
use crate::base::limits::EXPRESSION_NESTING;
use crate::syntax::hcl::{BinaryOp, Expression, ExpressionKind, Position};

/// The steps of one root module. Large real ones need well under a million.
const FUEL: u64 = 2_000_000;
/// The steps that each resource has in any case, and the sum of those that are granted.
const RESERVE: u64 = 1_000;
const ALL_RESERVES: u64 = 10_000_000;

/// The reason why a map is not known whole: a key that must not be shown is left out of it.
pub(super) const SENSITIVE_KEY: &str = "a key that is sensitive";

/// The context of an expression: the instance of a module, the instance of a block, and the names that a `for` binds.
#[derive(Clone, Copy)]
pub(super) struct EvaluationContext<'e> {
    pub(super) scope: usize,
    pub(super) instance: &'e InstanceKey,
    pub(super) names: Option<&'e BoundName<'e>>,
    /// The names of `templatefile` and `templatestring`, which see no others.
    pub(super) template: Option<&'e TemplateNames>,
}

/// The names that a template in a file or string sees.
pub(super) struct TemplateNames {
    pub(super) values: BTreeMap<String, HclValue>,
    /// The reason why any other name has no value.
    pub(super) others: UnknownReason,
}

/// A name that a `for` binds.
pub(super) struct BoundName<'e> {
    pub(super) name: &'e str,
    pub(super) value: HclValue,
    pub(super) next: Option<&'e BoundName<'e>>,
}

impl<'e> EvaluationContext<'e> {
    pub(super) fn new(scope: usize, instance: &'e InstanceKey) -> Self {
        Self { scope, instance, names: None, template: None }
    }

    /// The value of a name that a `for` or the call of a template binds.
    pub(super) fn bound(&self, name: &str) -> Option<&HclValue> {
        let mut at = self.names;
        while let Some(bound) = at {
            if bound.name == name {
                return Some(&bound.value);
            }
            at = bound.next;
        }
        self.template.and_then(|template| template.values.get(name))
    }
}

/// An evaluator of expressions with bounds.
pub(super) struct HclEvaluator {
    pub(super) scopes: ModuleScopes,
    /// The launch templates that groups use, by scope.
    pub(super) used_templates: BTreeMap<usize, Arc<BTreeSet<String>>>,
    fuel: u64,
    reserves: u64,
    depth: usize,
    /// The limits that were reached, as gaps.
    pub(super) limits: BTreeSet<String>,
    /// The first expression that the steps did not suffice for.
    out_of_steps: Option<Position>,
    /// The number of `try` and `can` around the expression. Inside one, a part that Terraform refuses is what matters.
    pub(super) attempts: usize,
    /// The reason why Terraform may refuse a part of the innermost `try` or `can`.
    pub(super) doubt: Option<UnknownReason>,
}

impl HclEvaluator {
    pub(super) fn new(scopes: ModuleScopes) -> Self {
        Self {
            scopes,
            used_templates: BTreeMap::new(),
            limits: BTreeSet::new(),
            out_of_steps: None,
            fuel: FUEL,
            reserves: ALL_RESERVES,
            depth: 0,
            attempts: 0,
            doubt: None,
        }
    }

    /// Grants the reserved steps before each resource, so that one expensive resource does not make the next ones
    /// unknown.
    pub(super) fn refill(&mut self) {
        let missing = RESERVE.saturating_sub(self.fuel).min(self.reserves);
        self.reserves -= missing;
        self.fuel += missing;
    }

    /// Uses steps; false if none are left.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(steps as u64 + 1);
        self.fuel > 0
    }

    /// The gaps of the limits that were reached.
    pub(super) fn take_limits(&mut self) -> Vec<String> {
        let at = self.out_of_steps.take().map(|at| self.scopes.project.location(at));
        let steps = at.map(|at| {
            format!(
                "{}:{}: the root takes too many steps to evaluate: what is not evaluated is unknown, and blocks without a known number of instances stand for all of them",
                at.path, at.line
            )
        });
        std::mem::take(&mut self.limits).into_iter().chain(steps).collect()
    }

    /// Notes a limit that a block has reached.
    pub(super) fn note_limit(&mut self, at: Position, what: &str) {
        let at = self.scopes.project.location(at);
        self.limits.insert(format!("{}:{}: {what}", at.path, at.line));
    }

    /// The value of an expression, at the position of the expression or of the value that it refers to.
    pub(super) fn eval(&mut self, env: EvaluationContext<'_>, node: &Expression) -> HclValue {
        if self.depth >= EXPRESSION_NESTING || !self.spend(1) {
            if self.fuel == 0 {
                self.out_of_steps.get_or_insert(node.at);
            }
            return HclValue::unknown("too large to evaluate").at(Some(node.at));
        }
        self.depth += 1;
        let value = self.expression(env, node);
        self.depth -= 1;
        if let HclValueKind::Number(number) = &value.kind {
            self.spend(number.cost());
        }
        if self.fuel == 0 {
            self.out_of_steps.get_or_insert(node.at);
        }
        let value = if self.attempts > 0 { self.attempted(value, node) } else { value };
        let at = value.at.or(Some(node.at));
        value.at(at).with_reason_at(node.at)
    }

    /// A value inside `try` or `can`. One that is unknown may be one that Terraform refuses.
    fn attempted(&mut self, value: HclValue, node: &Expression) -> HclValue {
        let value = whole_failure(value);
        let is_name = matches!(node.kind, ExpressionKind::Name(_)) || cannot_fail(node);
        if let Some(why) = value.why().filter(|why| !why.fails && !is_name) {
            self.doubt.get_or_insert_with(|| why.clone());
        }
        value
    }

    fn expression(&mut self, env: EvaluationContext<'_>, node: &Expression) -> HclValue {
        match &node.kind {
            ExpressionKind::Null => HclValue::null(),
            ExpressionKind::Bool(value) => HclValue::bool(*value),
            ExpressionKind::Number(text) => match HclNumber::parse(text) {
                Some(number) => HclValue::new(HclValueKind::Number(number)),
                None => HclValue::unknown(TOO_LARGE),
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
                None => HclValue::unknown(match env.template {
                    Some(template) => template.others.clone(),
                    None => format!("`{name}` has no value in source").into(),
                }),
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
                let negated = value.as_number().and_then(|it| it.negated().ok_or_else(|| "a large number".into()));
                HclValue::new(negated.map_or_else(HclValueKind::Unknown, HclValueKind::Number))
                    .with_sensitivity(value.sensitive)
            }
            ExpressionKind::Binary(op, sides) => self.binary(env, *op, &sides[0], &sides[1]),
            ExpressionKind::For(it) => self.for_expression(env, it),
            ExpressionKind::Opaque(what) => HclValue::unknown(format!("{what}, which taglint does not evaluate")),
        }
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
                        earlier.kind = HclValueKind::Unknown(why.clone());
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
            Ok(chosen) => {
                let value = self.eval(env, &parts[if chosen { 1 } else { 2 }]);
                self.as_conditional(env, value, &parts[if chosen { 2 } else { 1 }])
            }
            Err(why) if why.fails => HclValue::unknown(why),
            Err(why) => {
                let both = vec![self.eval(env, &parts[1]), self.eval(env, &parts[2])];
                let both = super::types::unified(both);
                either(&both[0], &both[1], &why)
            }
        };
        value.with_sensitivity(condition.sensitive)
    }

    /// The value of the chosen branch, converted to the type that both branches have.
    fn as_conditional(&mut self, env: EvaluationContext<'_>, value: HclValue, other: &Expression) -> HclValue {
        let is_settled = matches!(value.kind, HclValueKind::Text(_)) && self.attempts == 0;
        if is_settled || matches!(value.kind, HclValueKind::Null | HclValueKind::Unknown(_)) {
            return value;
        }
        // Terraform ignores a failure of the other branch, but not its type.
        let doubt = self.doubt.take();
        let other = self.eval(env, other);
        self.doubt = doubt;
        if self.attempts > 0 {
            if let Err(why) = one_type([&value, &other]) {
                return HclValue::unknown(why);
            }
            if let Some(why) = other.unknown_part().filter(|why| !why.fails) {
                self.doubt.get_or_insert(why);
            }
        }
        match (type_of(&value), type_of(&other)) {
            (Some(a), Some(b)) => match unify([&a, &b]) {
                Some(of) => as_type(value, &of),
                None => value,
            },
            _ => value,
        }
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
                // Newer versions of Terraform do not look at the second operand then, older ones refuse it.
                (Ok(_), Err(why)) if why.fails && self.attempts > 0 => Err(why.possibly()),
                // A false operand of `&&` or a true operand of `||` determines the result.
                (Ok(a), Err(_)) | (Err(_), Ok(a)) if a == (op == BinaryOp::Or) => Ok(HclValueKind::Bool(a)),
                (Err(why), _) | (_, Err(why)) => Err(why),
            },
            _ => left.as_number().and_then(|a| right.as_number().and_then(|b| arithmetic(op, &a, &b))),
        };
        HclValue::new(kind.unwrap_or_else(HclValueKind::Unknown)).with_sensitivity(sensitive)
    }

    fn call(&mut self, env: EvaluationContext<'_>, name: &str, args: &[Expression], expand: bool) -> HclValue {
        if let ("try" | "can", false) = (name, expand) {
            return self.attempt(env, name, args);
        }
        // The second argument of this function of Terraform 1.15 is a type.
        if let ("convert", [value, of], false) = (name, args, expand) {
            return super::convert::convert(self.eval(env, value), of);
        }
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
        // The only function that makes known parts of an unknown value.
        if let ("slice", Some(why)) = (name, values.first().and_then(HclValue::why).filter(|_| self.attempts > 0)) {
            self.doubt.get_or_insert_with(|| why.clone());
        }
        if let ("issensitive", [arg]) = (name, args)
            && !self.has_certain_marks(env.scope, arg)
        {
            return HclValue::unknown("`issensitive()` of a value whose marks taglint does not follow");
        }
        let value = self.in_context(env, name, &values).unwrap_or_else(|| functions::call(name, &values));
        if self.spend(functions::size(&value)) { value } else { HclValue::unknown("too large to evaluate") }
    }

    fn has_certain_marks(&self, scope: usize, node: &Expression) -> bool {
        let scope = self.scope(scope);
        has_certain_marks(node, &|name| {
            // A variable of a called module has the marks of its argument. Ephemeral is another mark, which hides a value here.
            let variable = scope.module.variables.get(name).filter(|_| scope.parent.is_none());
            variable.is_some_and(|variable| variable.body.value("ephemeral").is_none())
        })
    }
}

/// A collection of which Terraform refuses a part, as a value that it refuses.
fn whole_failure(value: HclValue) -> HclValue {
    if matches!(value.kind, HclValueKind::List(_) | HclValueKind::Map(_))
        && let Some(why) = value.unknown_part().filter(|why| why.fails)
    {
        return HclValue::unknown(why);
    }
    value
}

#[cfg(test)]
mod tests;
