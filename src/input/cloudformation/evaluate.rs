//! What an expression of a template gives, as far as the template and its parameters say.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use super::functions;
use crate::aws::Partition;
use crate::aws::supported::{CloudFormationNames, iam_user};
use crate::base::limits::EXPRESSION_NESTING;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The names of IAM users.
const USER: CloudFormationNames = iam_user::TYPE.cloudformation;

/// Longer texts are not put together: a tag has 256 characters.
pub(super) const MAX_TEXT: usize = 64 << 10;

/// What an expression gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TemplateValue {
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// `AWS::NoValue`: whatever holds it is not there.
    NoValue,
    /// Only the deployment knows.
    Unknown,
}

impl TemplateValue {
    /// A text, unless it is too long, or holds a reference that is looked up when the stack is deployed.
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

/// Where a stack is deployed, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StackEnvironment {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) stack: Option<String>,
}

/// A template with what is known of its stack.
pub(super) struct TemplateScope<'t> {
    parameters: HashMap<&'t str, &'t Node>,
    mappings: HashMap<(&'t str, &'t str, &'t str), &'t Node>,
    conditions: HashMap<&'t str, &'t Node>,
    resources: HashMap<&'t str, &'t Node>,
    given: BTreeMap<String, TemplateValue>,
    place: StackEnvironment,
    /// What was decided of conditions; `None` inside while one is being looked at.
    decided: RefCell<HashMap<String, Option<bool>>>,
    depth: Cell<usize>,
    secret: Cell<bool>,
}

impl<'t> TemplateScope<'t> {
    pub(super) fn new(root: &'t Node, place: StackEnvironment, given: BTreeMap<String, TemplateValue>) -> Self {
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
            resources: index("Resources"),
            given,
            place,
            decided: RefCell::new(HashMap::new()),
            depth: Cell::new(0),
            secret: Cell::new(false),
        }
    }

    pub(super) fn place(&self) -> &StackEnvironment {
        &self.place
    }

    /// Whether anything since the last call touched a parameter whose value must not be shown (`NoEcho`).
    pub(super) fn take_no_echo(&self) -> bool {
        self.secret.replace(false)
    }

    fn parameter(&self, name: &str) -> Option<TemplateValue> {
        let parameter = self.parameters.get(name)?;
        if parameter
            .get("NoEcho")
            .is_some_and(|no| matches!(&no.kind, NodeKind::Bool(true)) || no.text() == Some("true"))
        {
            self.secret.set(true);
        }
        let kind = parameter.get("Type").and_then(Node::text).unwrap_or("String");
        // The default of such a parameter is the name of what Systems Manager keeps, not its value.
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return Some(TemplateValue::Unknown);
        }
        let value = match (self.given.get(name), parameter.get("Default")) {
            (Some(given), _) => given.clone(),
            (None, Some(default)) => literal(default),
            (None, None) => TemplateValue::Unknown,
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

/// Evaluates within a scope, with the names that loops have bound.
#[derive(Clone)]
pub(super) struct TemplateEvaluator<'s, 't> {
    pub(super) scope: &'s TemplateScope<'t>,
    bound: Vec<(&'t str, TemplateValue)>,
}

impl<'s, 't> TemplateEvaluator<'s, 't> {
    pub(super) fn new(scope: &'s TemplateScope<'t>) -> Self {
        Self { scope, bound: Vec::new() }
    }

    /// The same with one more name bound.
    pub(super) fn with(&self, name: &'t str, value: TemplateValue) -> Self {
        let mut bound = self.bound.clone();
        bound.push((name, value));
        Self { scope: self.scope, bound }
    }

    /// What an expression gives.
    pub(super) fn value(&self, node: &Node) -> TemplateValue {
        if let Some((name, argument)) = node.call() {
            return functions::call(self, name, argument);
        }
        match &node.kind {
            NodeKind::List(items) => TemplateValue::List(
                items.iter().map(|item| self.value(item)).filter(|value| *value != TemplateValue::NoValue).collect(),
            ),
            NodeKind::Map(entries) => self.map(entries),
            // A loop fills in its name in what it makes, with `Fn::Sub` or without.
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

    /// Whether a loop has bound a name.
    pub(super) fn is_in_loop(&self) -> bool {
        !self.bound.is_empty()
    }

    /// A key with what loops put into it: `${Name}` as it is, `&{Name}` with its letters and digits only. `None` where one
    /// of them is not known.
    pub(super) fn substitute_loop_names(&self, key: &str) -> Option<String> {
        let mut out = key.to_owned();
        for (name, value) in &self.bound {
            let (whole, letters) = (format!("${{{name}}}"), format!("&{{{name}}}"));
            if out.contains(&whole) || out.contains(&letters) {
                let text = value.as_text()?;
                let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
                out = out.replace(&whole, text).replace(&letters, &plain);
            }
            if out.len() > MAX_TEXT {
                return None;
            }
        }
        Some(out)
    }

    /// The text of an expression, where it is known.
    pub(super) fn text(&self, node: &Node) -> Option<String> {
        match self.value(node) {
            TemplateValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a name refers to: a loop's name, a pseudo parameter, a parameter or a resource.
    pub(super) fn reference(&self, name: &str) -> TemplateValue {
        if let Some((_, value)) = self.bound.iter().rev().find(|(bound, _)| *bound == name) {
            return value.clone();
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
        let place = &self.scope.place;
        let known =
            |text: Option<&str>| text.map_or(TemplateValue::Unknown, |text| TemplateValue::text(text.to_owned()));
        let partition = place.region.as_deref().map(Partition::of_region);
        match name {
            "NoValue" => TemplateValue::NoValue,
            "AccountId" => known(place.account.as_deref()),
            "Region" => known(place.region.as_deref()),
            "StackName" => known(place.stack.as_deref()),
            "Partition" => known(partition.map(|partition| partition.name)),
            "URLSuffix" => known(partition.map(|partition| partition.dns_suffix)),
            _ => TemplateValue::Unknown,
        }
    }

    /// The name that `Ref` gives of an IAM resource, where the template chooses it.
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
        // A name made of other references could lead round in a circle.
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

    /// Whether a condition holds; `None` where that can't be told.
    pub(super) fn condition(&self, name: &str) -> Option<bool> {
        let scope = self.scope;
        if let Some(known) = scope.decided.borrow().get(name) {
            return *known;
        }
        let node = scope.conditions.get(name)?;
        scope.decided.borrow_mut().insert(name.to_owned(), None);
        // A value that must not be shown may decide what is there: that shows nothing of it.
        let secret = scope.secret.get();
        let decided = TemplateEvaluator::new(scope).decide(node);
        scope.secret.set(secret);
        scope.decided.borrow_mut().insert(name.to_owned(), decided);
        decided
    }

    /// Whether an expression of the `Conditions` section holds: `None` where that can't be told.
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
            "Condition" => self.condition(argument.text()?),
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

/// Whether all hold, by Kleene's logic: one that does not is enough to say no.
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

/// A value without any function: all that parameters' defaults and mappings can hold.
pub(super) fn literal(node: &Node) -> TemplateValue {
    match &node.kind {
        NodeKind::Null => TemplateValue::Text(String::new()),
        NodeKind::Bool(value) => TemplateValue::Text(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => TemplateValue::text(text.clone()),
        NodeKind::List(items) => TemplateValue::List(items.iter().map(literal).collect()),
        NodeKind::AmbiguousNumber(_) | NodeKind::Map(_) => TemplateValue::Unknown,
    }
}
