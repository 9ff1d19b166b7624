//! Expressions into values. What source does not decide is unknown, with the reason; nothing is ever guessed.
//!
//! The work is bounded: steps are counted, recursion has a depth, values have a size, and names are worked out once for
//! each instance of a module.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions;
use super::scope::{InstanceKey, ModuleScopes, Namespace};
use super::value::{HclNumber, HclValue, HclValueKind, either};
use crate::syntax::hcl::{BinaryOp, Expression, ExpressionKind, ForExpression, TemplatePart, TraversalStep};

/// Steps of one root; a large real one takes well under a million.
const FUEL: u64 = 2_000_000;
/// Steps that each resource has, whatever came before it.
const RESERVE: u64 = 1_000;
/// Expressions within expressions, through names too.
const MAX_DEPTH: u32 = 120;

/// Where an expression is evaluated: the module's instance, and what names mean there besides.
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

    fn bound(&self, name: &str) -> Option<&HclValue> {
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

/// Works expressions out, within its bounds.
pub(super) struct HclEvaluator {
    pub(super) scopes: ModuleScopes,
    fuel: u64,
    depth: u32,
}

impl HclEvaluator {
    pub(super) fn new(scopes: ModuleScopes) -> Self {
        Self { scopes, fuel: FUEL, depth: 0 }
    }

    /// Before each resource: what one takes too many of, the next ones do not go without.
    pub(super) fn refill(&mut self) {
        self.fuel = self.fuel.max(RESERVE);
    }

    /// Uses up some of the steps; false where there are none left.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(steps as u64 + 1);
        self.fuel > 0
    }

    /// The value of an expression. Its place is that of the expression, or where the value came from is another.
    pub(super) fn eval(&mut self, env: EvaluationContext<'_>, node: &Expression) -> HclValue {
        if self.depth >= MAX_DEPTH || !self.spend(1) {
            return HclValue::unknown("too much to work out").at(Some(node.at));
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
            ExpressionKind::Opaque(what) => HclValue::unknown(format!("{what}, which taglint does not work out")),
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
                        Ok(_) => why = why.or_else(|| Some("a text that is too long".into())),
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
        // Of two entries with one key the later wins, and the parser may have them in another order.
        let mut ordered: Vec<&(Expression, Expression)> = entries.iter().collect();
        ordered.sort_by_key(|(key, _)| key.at);
        let (mut out, mut more, mut sensitive) = (BTreeMap::<String, HclValue>::new(), None, false);
        for (key, value) in ordered {
            let place = value.at;
            let key = self.eval(env, key);
            let value = self.eval(env, value);
            sensitive |= key.sensitive;
            match key.as_text() {
                // The entry is where a key and its value are tied, wherever the value itself is written.
                Ok(key) => drop(out.insert(key.to_string(), value.at(Some(place)))),
                Err(why) => {
                    for earlier in out.values_mut() {
                        earlier.kind = HclValueKind::Unknown(Arc::clone(&why));
                    }
                    more = Some(why);
                }
            }
        }
        HclValue::map(out, more).with_sensitivity(sensitive)
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
                // One side settles it, whatever the other is.
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
            return HclValue::unknown("too much to work out");
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
            _ => return HclValue::unknown("`for` over something that is no collection"),
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
            match self.eval(env, key).as_text() {
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

    /// `var.x`, `local.y["z"]`, `module.m[0].out`, `each.value.a`, and steps into any other value.
    fn select(&mut self, env: EvaluationContext<'_>, base: &Expression, steps: &[TraversalStep]) -> HclValue {
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
            value = functions::at(&value, &key).with_sensitivity(sensitive);
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
            return HclValue::unknown("too much to work out");
        }
        HclValue::list(items.into_iter().map(|item| self.walk(env, item, rest)).collect())
    }
}

fn index(at: usize) -> HclValue {
    HclValue::whole(i64::try_from(at).unwrap_or(i64::MAX))
}

/// Whether two values are the same; only what Terraform does not convert is compared.
fn equal(left: &HclValue, right: &HclValue) -> Result<bool, super::value::UnknownReason> {
    match (&left.kind, &right.kind) {
        (HclValueKind::Unknown(why), _) | (_, HclValueKind::Unknown(why)) => Err(Arc::clone(why)),
        (HclValueKind::Null, HclValueKind::Null) => Ok(true),
        (HclValueKind::Null, _) | (_, HclValueKind::Null) => Ok(false),
        (HclValueKind::Bool(a), HclValueKind::Bool(b)) => Ok(a == b),
        (HclValueKind::Number(a), HclValueKind::Number(b)) => Ok(a == b),
        (HclValueKind::Text(a), HclValueKind::Text(b)) => Ok(a == b),
        _ => Err("a comparison of collections or of different types".into()),
    }
}

fn arithmetic(op: BinaryOp, a: i64, b: i64) -> Result<HclValueKind, super::value::UnknownReason> {
    let number = |value: Option<i64>| {
        value
            .map(|value| HclValueKind::Number(HclNumber::Whole(value)))
            .ok_or_else(|| "a number that is no whole one".into())
    };
    match op {
        BinaryOp::Less => Ok(HclValueKind::Bool(a < b)),
        BinaryOp::LessOrEqual => Ok(HclValueKind::Bool(a <= b)),
        BinaryOp::Greater => Ok(HclValueKind::Bool(a > b)),
        BinaryOp::GreaterOrEqual => Ok(HclValueKind::Bool(a >= b)),
        BinaryOp::Plus => number(a.checked_add(b)),
        BinaryOp::Minus => number(a.checked_sub(b)),
        BinaryOp::Times => number(a.checked_mul(b)),
        BinaryOp::Divide => number(a.checked_rem(b).filter(|rest| *rest == 0).and_then(|_| a.checked_div(b))),
        BinaryOp::Modulo => number(a.checked_rem(b)),
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => Err("not arithmetic".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::ReadBoundary;
    use super::super::project::Project;
    use super::*;

    /// What a value is, for a table: `?` for what is not known, `…` where there may be more.
    fn shown(value: &HclValue) -> String {
        match &value.kind {
            HclValueKind::Unknown(_) => "?".to_owned(),
            HclValueKind::Null => "null".to_owned(),
            HclValueKind::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            HclValueKind::Map(map) => {
                let mut parts: Vec<String> =
                    map.entries.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
                parts.extend(map.possible.keys().map(|key| format!("{key}?")));
                parts.extend(map.more.is_some().then(|| "…".to_owned()));
                format!("{{{}}}", parts.join(" "))
            }
            _ => value.as_text().expect("a text").to_string(),
        }
    }

    fn check(table: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let mut text =
            String::from("variable \"unset\" {}\nlocals {\n  map = { a = 1, b = 2 }\n  list = [\"x\", \"y\"]\n");
        for (at, (expression, _)) in table.iter().enumerate() {
            text += &format!("  t{at} = {expression}\n");
        }
        std::fs::write(folder.path().join("main.tf"), text + "}\n").unwrap();
        let boundary = ReadBoundary::new(folder.path(), folder.path()).unwrap();
        let (project, root) = Project::read_root(&folder.path().canonicalize().unwrap(), &boundary);
        assert!(project.problems.is_empty(), "{:?}", project.problems);
        let mut evaluator = HclEvaluator::new(ModuleScopes::new(Arc::new(project), Arc::new(root)));
        for (at, (expression, want)) in table.iter().enumerate() {
            let value = evaluator.resolve_name(0, Namespace::Local, &format!("t{at}"));
            assert_eq!(shown(&value), *want, "{expression}");
        }
    }

    #[test]
    fn a_later_map_wins_and_an_unknown_one_hides_what_came_before() {
        check(&[
            ("merge(local.map, { b = 3, c = 4 })", "{a=1 b=3 c=4}"),
            ("merge(local.map, var.unset)", "{a=? b=? …}"),
            ("merge(var.unset, local.map)", "{a=1 b=2 …}"),
            ("merge(local.map, null, {})", "{a=1 b=2}"),
            ("merge([local.map, { a = 9 }]...)", "{a=9 b=2}"),
            ("merge(var.unset...)", "{…}"),
            ("{ (var.unset) = 1, a = 2 }", "{a=2 …}"),
            ("{ a = 2, (var.unset) = 1 }", "{a=? …}"),
            ("merge({ a = 1 }, var.unset == 1 ? { a = 2 } : {})", "{a=?}"),
            ("merge(var.unset == 1 ? { a = 2 } : {}, { a = 1 })", "{a=1}"),
            ("var.unset == 1 ? { a = 1, b = 1 } : { a = 1, c = 1 }", "{a=1 b? c?}"),
        ]);
    }

    #[test]
    fn one_side_may_settle_what_the_other_leaves_open() {
        check(&[
            ("var.unset && false", "false"),
            ("true || var.unset", "true"),
            ("var.unset && true", "?"),
            ("var.unset ? 1 : 1", "1"),
            ("var.unset ? 1 : 2", "?"),
            ("null == null", "true"),
            ("var.unset == null", "?"),
            ("1 == \"1\"", "?"),
            ("[1] == [1]", "?"),
            ("contains(local.list, \"x\") ? \"in\" : \"out\"", "in"),
            ("contains([var.unset, \"a\"], \"a\")", "true"),
            ("contains([var.unset], \"a\")", "?"),
        ]);
    }

    #[test]
    fn steps_lead_into_values_and_out_of_them_to_unknown() {
        check(&[
            ("local.map.a", "1"),
            ("local.map[\"b\"]", "2"),
            ("local.map.nope", "?"),
            ("local.list[1]", "y"),
            ("local.list[2]", "?"),
            ("local.list.0", "x"),
            ("local.nope", "?"),
            ("lookup(local.map, \"c\", \"d\")", "d"),
            ("lookup(merge(var.unset, local.map), \"c\", \"d\")", "?"),
            ("keys(merge(var.unset, local.map))", "?"),
            ("[{ a = 1 }, { a = 2 }][*].a", "[1 2]"),
            ("{ for k, v in local.map : upper(k) => v + 1 }", "{A=2 B=3}"),
            ("{ for k, v in local.map : k => v if v == var.unset }", "{…}"),
            ("[for i, x in local.list : \"${i}${x}\"]", "[0x 1y]"),
            ("[for x in var.unset : x]", "?"),
            ("{ for x in [\"a\", \"a\"] : x => 1... }", "{a=[1 1]}"),
        ]);
    }

    #[test]
    fn what_is_not_exactly_terraforms_is_not_said() {
        check(&[
            ("lower(\"É\")", "?"),
            ("title(\"a b-c\")", "A B-C"),
            ("7 / 2", "?"),
            ("6 / 2", "3"),
            ("1.50", "1.5"),
            ("100.0", "100"),
            ("-1.5", "-1.5"),
            ("1e3", "?"),
            ("12345678901234567890", "?"),
            ("format(\"%s-%d\", \"a\", 3)", "a-3"),
            ("format(\"%5s\", \"a\")", "?"),
            ("format(\"%s\")", "?"),
            ("replace(\"a.b\", \"/./\", \"x\")", "?"),
            ("timestamp()", "?"),
            ("provider::aws::arn_parse(\"x\")", "?"),
            ("\"%{if true}a%{endif}\"", "?"),
            ("9223372036854775807 + 1", "?"),
            ("1 % 0", "?"),
            ("coalesce(var.unset, \"x\")", "?"),
            ("try(local.nope, \"x\")", "?"),
        ]);
    }
}
