//! The evaluation of template expressions, as far as the template and its parameters determine them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::functions;
use super::parameters::{self, Assumption, UsedParameters};
use super::undeclared::{NamedThing, UndeclaredNames};
pub(super) use super::values::{GivenValues, MAX_TEXT, StackEnvironment, TemplateValue, Traced, literal};
use crate::aws::Partition;
use crate::aws::supported::{CloudFormationNames, iam_user};
use crate::base::limits::EXPRESSION_NESTING;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The names of IAM users.
const USER: CloudFormationNames = iam_user::TYPE.cloudformation.unwrap();

/// The largest number of expressions in conditions that one stack evaluates under assumptions.
const MAX_STEPS: usize = 5_000_000;

/// The text that stands for a secret value of a loop. The number of the value keeps the resources of the loop apart.
fn hidden_loop_value(number: usize) -> String {
    format!("(sensitive {number})")
}

/// A condition in a loop, with the names that the loop binds.
type LoopedCondition<'t> = (&'t Node, Vec<BoundName<'t>>);

/// The results of conditions by name, each with the parameters that it used.
type DecidedConditions<'t> = HashMap<String, (Option<bool>, UsedParameters<'t>)>;

/// A template with the known parameters of its stack.
pub(super) struct TemplateScope<'t> {
    parameters: HashMap<&'t str, &'t Node>,
    mappings: HashMap<(&'t str, &'t str, &'t str), &'t Node>,
    conditions: HashMap<&'t str, &'t Node>,
    /// The conditions that loops make.
    looped_conditions: RefCell<HashMap<String, LoopedCondition<'t>>>,
    resources: HashMap<&'t str, &'t Node>,
    given: GivenValues,
    environment: StackEnvironment,
    /// The results of conditions, and the parameters that each used. A condition under evaluation has `None`, so that a
    /// circle of conditions ends as unknown.
    decided: RefCell<DecidedConditions<'t>>,
    /// The parameters without a given value that the evaluation has used. Only [`Self::track`] resets it.
    used: RefCell<UsedParameters<'t>>,
    assumed: RefCell<Assumption<'t>>,
    /// The number of expressions in conditions that may still be evaluated under assumptions, whose results are not kept.
    steps_left: Cell<usize>,
    depth: Cell<usize>,
    /// The names that nothing declares.
    pub(super) undeclared: UndeclaredNames,
    /// True once the evaluation has used a secret. Only [`Self::trace`] resets it.
    secret: Cell<bool>,
}

impl<'t> TemplateScope<'t> {
    pub(super) fn new(root: &'t Node, environment: StackEnvironment, given: GivenValues) -> Self {
        let section = |name: &str| root.get(name).map_or(&[][..], Node::entries);
        let index = |name: &str| section(name).iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
        let mut mappings = HashMap::new();
        for map in section("Mappings") {
            for top in map.value.entries() {
                for second in top.value.entries() {
                    mappings.insert((map.key.as_str(), top.key.as_str(), second.key.as_str()), &second.value);
                }
            }
        }
        Self {
            parameters: index("Parameters"),
            mappings,
            conditions: index("Conditions"),
            looped_conditions: RefCell::new(HashMap::new()),
            resources: index("Resources"),
            given,
            environment,
            decided: RefCell::default(),
            used: RefCell::default(),
            assumed: RefCell::default(),
            steps_left: Cell::new(MAX_STEPS),
            depth: Cell::new(0),
            undeclared: UndeclaredNames::default(),
            secret: Cell::new(false),
        }
    }

    /// Adds a condition that a loop makes. `eval` has the names that the loop binds.
    pub(super) fn add_condition(&self, name: String, node: &'t Node, eval: TemplateEvaluator<'_, 't>) {
        self.looped_conditions.borrow_mut().insert(name, (node, eval.bound));
        // A condition that names it was unknown until now.
        self.decided.borrow_mut().clear();
    }

    /// The resource with a logical id.
    pub(super) fn resource(&self, name: &str) -> Option<&'t Node> {
        self.resources.get(name).copied()
    }

    pub(super) fn environment(&self) -> &StackEnvironment {
        &self.environment
    }

    /// The result of an evaluation, and whether it used a `NoEcho` parameter. A surrounding trace sees the use too.
    pub(super) fn trace<T>(&self, evaluation: impl FnOnce() -> T) -> Traced<T> {
        let before = self.secret.replace(false);
        let value = evaluation();
        let secret = self.secret.get();
        self.secret.set(before || secret);
        Traced { value, secret }
    }

    /// The result of an evaluation, and the parameters without a given value that it used.
    pub(super) fn track<T>(&self, evaluation: impl FnOnce() -> T) -> (T, UsedParameters<'t>) {
        let outer = self.used.take();
        let value = evaluation();
        let used = self.used.replace(outer);
        self.used.borrow_mut().extend(&used);
        (value, used)
    }

    /// The result of an evaluation under an assumption, in addition to those around it.
    pub(super) fn assume<T>(&self, assumption: &Assumption<'t>, evaluation: impl FnOnce() -> T) -> T {
        let inner = self.assumed.borrow().and(assumption);
        let outer = self.assumed.replace(inner);
        let decided = self.decided.take();
        let (value, _) = self.track(evaluation);
        self.decided.replace(decided);
        self.assumed.replace(outer);
        value
    }

    /// Counts an expression of a condition; false if there were too many under assumptions.
    fn take_step(&self) -> bool {
        if self.assumed.borrow().is_empty() {
            return true;
        }
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }

    /// The allowed values of a parameter.
    pub(super) fn allowed_values(&self, name: &str) -> Vec<String> {
        self.parameters.get(name).and_then(|parameter| parameters::allowed(parameter)).unwrap_or_default()
    }

    fn parameter(&self, name: &str) -> Option<TemplateValue> {
        let (&name, &parameter) = self.parameters.get_key_value(name)?;
        if parameters::is_secret(parameter) {
            self.secret.set(true);
        }
        let kind = parameter.get("Type").and_then(Node::text).unwrap_or("String");
        // The default is the name of the Systems Manager parameter, not its value.
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Some(TemplateValue::Unknown);
        }
        let list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        Some(match self.value_of_parameter(name, parameter) {
            TemplateValue::Text(text) if list && text.is_empty() => TemplateValue::List(Vec::new()),
            TemplateValue::Text(text) if list => {
                TemplateValue::List(text.split(',').map(|item| TemplateValue::Text(item.trim().to_owned())).collect())
            }
            value => value,
        })
    }

    /// The value of a parameter: the assumed or given one, its default, or the only one that it may have.
    fn value_of_parameter(&self, name: &'t str, parameter: &'t Node) -> TemplateValue {
        let assumed = self.assumed.borrow();
        if let Some(value) = assumed.values.get(name) {
            return TemplateValue::text(value.clone());
        }
        let (value, is_default) = match (self.given.values.get(name), parameter.get("Default")) {
            (Some(given), _) => {
                self.secret.set(self.secret.get() || given.secret);
                (given.value.clone(), self.given.by_default.contains(name))
            }
            (None, _) if self.given.may_be_more => (TemplateValue::Unknown, false),
            // A deployment gives another value.
            (None, Some(_)) if parameters::has_refused_default(parameter) => (TemplateValue::Unknown, false),
            (None, Some(default)) => (literal(default), !self.given.are_all),
            (None, None) => (TemplateValue::Unknown, false),
        };
        if is_default {
            self.used.borrow_mut().defaults.add(name);
        }
        if value != TemplateValue::Unknown && !(is_default && assumed.without_default.contains(name)) {
            return value;
        }
        match parameters::allowed(parameter).as_deref() {
            Some([only]) => TemplateValue::text(only.clone()),
            Some(_) if !parameters::is_secret(parameter) => {
                self.used.borrow_mut().open.add(name);
                TemplateValue::Unknown
            }
            _ => TemplateValue::Unknown,
        }
    }
}

/// An evaluator in a scope, with the names that loops bind.
#[derive(Clone)]
pub(super) struct TemplateEvaluator<'s, 't> {
    pub(super) scope: &'s TemplateScope<'t>,
    bound: Vec<BoundName<'t>>,
}

/// A name that a loop binds.
#[derive(Clone)]
struct BoundName<'t> {
    name: &'t str,
    value: Traced<TemplateValue>,
    /// The number of the value in the collection of the loop, from 1.
    number: usize,
}

impl<'s, 't> TemplateEvaluator<'s, 't> {
    pub(super) fn new(scope: &'s TemplateScope<'t>) -> Self {
        Self { scope, bound: Vec::new() }
    }

    /// A copy with one more bound name.
    pub(super) fn with(&self, name: &'t str, value: Traced<TemplateValue>, number: usize) -> Self {
        let mut bound = self.bound.clone();
        bound.push(BoundName { name, value, number });
        Self { scope: self.scope, bound }
    }

    /// The value of an expression.
    pub(super) fn value(&self, node: &Node) -> TemplateValue {
        if let Some((name, argument)) = node.call() {
            return functions::call(self, name, argument);
        }
        match &node.kind {
            NodeKind::List(items) => TemplateValue::List(
                items.iter().map(|item| self.value(item)).filter(|value| *value != TemplateValue::NoValue).collect(),
            ),
            NodeKind::Map(entries) => self.map(entries),
            // Loops substitute their names in every text of their body, with `Fn::Sub` or without.
            NodeKind::Text(text) if self.is_in_loop() => {
                self.substitute_loop_names(text).map_or(TemplateValue::Unknown, TemplateValue::text)
            }
            _ => literal(node),
        }
    }

    fn map(&self, entries: &[MapEntry]) -> TemplateValue {
        if entries.iter().any(|entry| entry.key.starts_with("Fn::")) {
            return TemplateValue::Unknown;
        }
        let pairs = entries.iter().map(|entry| (entry.key.clone(), self.value(&entry.value)));
        TemplateValue::Map(pairs.filter(|(_, value)| *value != TemplateValue::NoValue).collect())
    }

    /// Returns whether the expression is in the body of a loop.
    pub(super) fn is_in_loop(&self) -> bool {
        !self.bound.is_empty()
    }

    /// A text with the names of loops substituted: `${Name}` by the value, `&{Name}` by its letters and digits. `None`
    /// if one of the values is unknown.
    pub(super) fn substitute_loop_names(&self, key: &str) -> Option<String> {
        let mut out = key.to_owned();
        for BoundName { name, value, .. } in &self.bound {
            let (whole, letters) = (format!("${{{name}}}"), format!("&{{{name}}}"));
            if out.contains(&whole) || out.contains(&letters) {
                self.scope.secret.set(self.scope.secret.get() || value.secret);
                let text = value.value.as_text()?;
                let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
                out = out.replace(&whole, text).replace(&letters, &plain);
            }
            if out.len() > MAX_TEXT {
                return None;
            }
        }
        Some(out)
    }

    /// A text with the names of loops substituted, without their secret values.
    pub(super) fn substitute_hidden(&self, key: &str) -> String {
        let mut out = key.to_owned();
        for bound in self.bound.iter().filter(|bound| bound.value.secret) {
            let hidden = hidden_loop_value(bound.number);
            out = out.replace(&format!("${{{}}}", bound.name), &hidden);
            out = out.replace(&format!("&{{{}}}", bound.name), &hidden);
        }
        self.substitute_loop_names(&out).unwrap_or(out)
    }

    /// The text of an expression, where it is known.
    pub(super) fn text(&self, node: &Node) -> Option<String> {
        match self.value(node) {
            TemplateValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of `Ref`: a name of a loop, a pseudo parameter, a parameter or a resource.
    pub(super) fn reference(&self, name: &str) -> TemplateValue {
        if let Some(BoundName { value, .. }) = self.bound.iter().rev().find(|bound| bound.name == name) {
            self.scope.secret.set(self.scope.secret.get() || value.secret);
            return value.value.clone();
        }
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo);
        }
        if let Some(value) = self.scope.parameter(name) {
            return value;
        }
        // `Fn::Sub` names an attribute of a resource too: `${Queue.Arn}`.
        let declared = name.split('.').next().unwrap_or(name);
        if !self.scope.resources.contains_key(declared) {
            self.scope.undeclared.add(NamedThing::Value, name);
        }
        self.resource_name(name).map_or(TemplateValue::Unknown, TemplateValue::text)
    }

    fn pseudo(&self, name: &str) -> TemplateValue {
        let environment = &self.scope.environment;
        let known =
            |text: Option<&str>| text.map_or(TemplateValue::Unknown, |text| TemplateValue::text(text.to_owned()));
        let partition = environment.region.as_deref().map(Partition::of_region);
        match name {
            "NoValue" => TemplateValue::NoValue,
            "AccountId" => known(environment.account.as_deref()),
            "Region" => known(environment.region.as_deref()),
            "StackName" => known(environment.stack.as_deref()),
            "Partition" => known(partition.map(|partition| partition.name)),
            "URLSuffix" => known(partition.map(|partition| partition.dns_suffix)),
            _ => TemplateValue::Unknown,
        }
    }

    /// The name that `Ref` gives for an IAM resource whose template sets the name.
    fn resource_name(&self, id: &str) -> Option<String> {
        let resource = self.scope.resources.get(id)?;
        // `Ref` gives the name of these three; that of other types is an id that AWS assigns (CloudFormation's
        // "Return values" of each type).
        let property = match resource.get("Type")?.text()? {
            kind if kind == USER.resource_type => USER.name,
            "AWS::IAM::Group" => "GroupName",
            "AWS::IAM::Role" => "RoleName",
            _ => return None,
        };
        let name = resource.get("Properties")?.get(property)?;
        // A name that refers to other resources could refer to itself.
        name.call()
            .is_none_or(|(call, of)| call == "Ref" && of.text().is_some_and(|of| self.is_parameter(of)))
            .then(|| self.text(name))?
    }

    fn is_parameter(&self, name: &str) -> bool {
        name.starts_with("AWS::") || self.scope.parameters.contains_key(name)
    }

    pub(super) fn mapping(&self, map: &str, top: &str, second: &str) -> Option<&'t Node> {
        self.scope.mappings.get(&(map, top, second)).copied()
    }

    /// The result of the condition that an expression names: a text, in which loops substitute their names, or a
    /// function.
    pub(super) fn holds(&self, name: &Node) -> Option<bool> {
        let secret = self.scope.secret.get();
        let name = self.text(name);
        self.scope.secret.set(secret);
        self.condition(&name?)
    }

    /// The result of a condition; `None` if it is unknown.
    pub(super) fn condition(&self, name: &str) -> Option<bool> {
        let scope = self.scope;
        if let Some((known, used)) = scope.decided.borrow().get(name) {
            scope.used.borrow_mut().extend(used);
            return *known;
        }
        let declared = scope.conditions.get(name).map(|node| (*node, Vec::new()));
        let found = declared.or_else(|| scope.looped_conditions.borrow().get(name).cloned());
        if found.is_none() {
            scope.undeclared.add(NamedThing::Condition, name);
        }
        let (node, bound) = found?;
        scope.decided.borrow_mut().insert(name.to_owned(), (None, UsedParameters::default()));
        // A `NoEcho` value may decide whether a tag exists: the tag does not reveal the value.
        let secret = scope.secret.get();
        let (decided, used) = scope.track(|| TemplateEvaluator { scope, bound }.decide(node));
        scope.secret.set(secret);
        scope.decided.borrow_mut().insert(name.to_owned(), (decided, used));
        decided
    }

    /// The result of an expression in the `Conditions` section; `None` if it is unknown.
    fn decide(&self, node: &Node) -> Option<bool> {
        let depth = &self.scope.depth;
        if depth.get() >= EXPRESSION_NESTING || !self.scope.take_step() {
            return None;
        }
        depth.set(depth.get() + 1);
        let decided = self.decide_call(node);
        depth.set(depth.get() - 1);
        decided
    }

    fn decide_call(&self, node: &Node) -> Option<bool> {
        let (name, argument) = match node.entries() {
            [entry] => (entry.key.as_str(), &entry.value),
            _ => return None,
        };
        let mut each = argument.items().iter().map(|item| self.decide(item));
        match name {
            "Condition" => self.holds(argument),
            "Fn::Equals" => match argument.items() {
                [a, b] => match (self.value(a), self.value(b)) {
                    (TemplateValue::Text(a), TemplateValue::Text(b)) => Some(a == b),
                    _ => None,
                },
                _ => None,
            },
            "Fn::Not" if argument.items().len() == 1 => each.next()?.map(|holds| !holds),
            "Fn::And" => all(each),
            "Fn::Or" => all(each.map(|holds| holds.map(|holds| !holds))).map(|none| !none),
            _ => None,
        }
    }
}

/// The conjunction in Kleene's three-valued logic: one false operand makes it false.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut out = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => out = None,
            Some(true) => {}
        }
    }
    out
}
