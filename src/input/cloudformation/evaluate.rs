//! The evaluation of template expressions, as far as the template and its parameters determine them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use super::functions;
use super::parameters;
use crate::aws::Partition;
use crate::aws::supported::{CloudFormationNames, iam_user};
use crate::base::limits::EXPRESSION_NESTING;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The names of IAM users.
const USER: CloudFormationNames = iam_user::TYPE.cloudformation;

/// The longest text that functions build, in bytes. A tag value has at most 256 characters; the limit bounds memory.
pub(super) const MAX_TEXT: usize = 64 << 10;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TemplateValue {
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// `AWS::NoValue`: the property or list element that holds it does not exist.
    NoValue,
    /// Known only to a deployment.
    Unknown,
}

impl TemplateValue {
    /// A text; unknown if it is too long, or contains a dynamic reference (`{{resolve:…}}`), which `CloudFormation` looks
    /// up during the deployment.
    pub(super) fn text(text: String) -> Self {
        if text.len() > MAX_TEXT || text.contains("{{resolve:") { Self::Unknown } else { Self::Text(text) }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A result, and whether it is made of a `NoEcho` parameter. Such a text must not appear in any output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Traced<T> {
    pub(super) value: T,
    pub(super) secret: bool,
}

impl<T> Traced<T> {
    /// A value that no `NoEcho` parameter is part of.
    pub(super) fn open(value: T) -> Self {
        Self { value, secret: false }
    }
}

/// The text that stands for a secret value of a loop. The number of the value keeps the resources of the loop apart.
fn hidden_loop_value(number: usize) -> String {
    format!("(sensitive {number})")
}

/// The account, region and name of a stack, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StackEnvironment {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) stack: Option<String>,
}

/// A condition in a loop, with the names that the loop binds.
type LoopedCondition<'t> = (&'t Node, Vec<BoundName<'t>>);

/// A template with the known parameters of its stack.
pub(super) struct TemplateScope<'t> {
    parameters: HashMap<&'t str, &'t Node>,
    mappings: HashMap<(&'t str, &'t str, &'t str), &'t Node>,
    conditions: HashMap<&'t str, &'t Node>,
    /// The conditions that loops make.
    looped_conditions: RefCell<HashMap<String, LoopedCondition<'t>>>,
    resources: HashMap<&'t str, &'t Node>,
    given: BTreeMap<String, Traced<TemplateValue>>,
    environment: StackEnvironment,
    /// The results of conditions. A condition under evaluation has `None`, so that a circle of conditions ends as
    /// unknown.
    decided: RefCell<HashMap<String, Option<bool>>>,
    depth: Cell<usize>,
    /// True once the evaluation has used a secret. Only [`Self::trace`] resets it.
    secret: Cell<bool>,
}

impl<'t> TemplateScope<'t> {
    pub(super) fn new(
        root: &'t Node,
        environment: StackEnvironment,
        given: BTreeMap<String, Traced<TemplateValue>>,
    ) -> Self {
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
            decided: RefCell::new(HashMap::new()),
            depth: Cell::new(0),
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

    fn parameter(&self, name: &str) -> Option<TemplateValue> {
        let parameter = self.parameters.get(name)?;
        if parameter.get("NoEcho").is_some_and(|no_echo| !is_false(no_echo)) {
            self.secret.set(true);
        }
        let kind = parameter.get("Type").and_then(Node::text).unwrap_or("String");
        // The default is the name of the Systems Manager parameter, not its value.
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Some(TemplateValue::Unknown);
        }
        let value = match (self.given.get(name), parameter.get("Default")) {
            (Some(given), _) => {
                self.secret.set(self.secret.get() || given.secret);
                given.value.clone()
            }
            (None, Some(default)) => literal(default),
            (None, None) => parameters::only_value(parameter).map_or(TemplateValue::Unknown, TemplateValue::text),
        };
        let list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        Some(match value {
            TemplateValue::Text(text) if list && text.is_empty() => TemplateValue::List(Vec::new()),
            TemplateValue::Text(text) if list => {
                TemplateValue::List(text.split(',').map(|item| TemplateValue::Text(item.trim().to_owned())).collect())
            }
            value => value,
        })
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
        if let Some(known) = scope.decided.borrow().get(name) {
            return *known;
        }
        let (node, bound) = match scope.conditions.get(name) {
            Some(node) => (*node, Vec::new()),
            None => scope.looped_conditions.borrow().get(name).cloned()?,
        };
        scope.decided.borrow_mut().insert(name.to_owned(), None);
        // A `NoEcho` value may decide whether a tag exists: the tag does not reveal the value.
        let secret = scope.secret.get();
        let decided = TemplateEvaluator { scope, bound }.decide(node);
        scope.secret.set(secret);
        scope.decided.borrow_mut().insert(name.to_owned(), decided);
        decided
    }

    /// The result of an expression in the `Conditions` section; `None` if it is unknown.
    fn decide(&self, node: &Node) -> Option<bool> {
        let depth = &self.scope.depth;
        if depth.get() >= EXPRESSION_NESTING {
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

/// Returns whether a value is literally false. `NoEcho` may be a boolean or a text in any letter case; any other value
/// hides.
fn is_false(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Bool(false)) || node.text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

/// A value without functions: defaults of parameters and mappings can have no others.
pub(super) fn literal(node: &Node) -> TemplateValue {
    match &node.kind {
        NodeKind::Null => TemplateValue::Text(String::new()),
        NodeKind::Bool(value) => TemplateValue::Text(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => TemplateValue::text(text.clone()),
        NodeKind::List(items) => TemplateValue::List(items.iter().map(literal).collect()),
        NodeKind::AmbiguousNumber(_) | NodeKind::Map(_) => TemplateValue::Unknown,
    }
}
