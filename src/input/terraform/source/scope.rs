//! Module instances: their arguments, and the values of names in them.

use std::collections::HashMap;
use std::sync::Arc;

use super::convert::convert;
use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::module::{SourceModule, key_of_call};
use super::project::{Project, RootModule};
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::NO_VALUE_IN_SOURCE;
use crate::syntax::hcl::{HclBlock, HclBody, Position};

/// The largest number of module instances in one root; further calls are gaps.
const MAX_SCOPES: usize = 20_000;
/// The namespaces of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Namespace {
    Variable,
    Local,
    Output,
    DefaultTags,
    Resource,
}

/// An instance of a module.
pub(super) struct ModuleScope {
    pub(super) module: Arc<SourceModule>,
    /// The names of the module calls that lead to it: `a.b`.
    key: String,
    /// The prefix of the addresses of its resources.
    pub(super) address: String,
    /// The positions of those calls, outermost first.
    pub(super) calls: Vec<Position>,
    /// The calling scope and the name of the call.
    pub(super) parent: Option<(usize, String)>,
    pub(super) instance: Arc<InstanceKey>,
    /// The evaluated names. A name under evaluation has `None`, so that a circle ends as unknown.
    known: HashMap<(Namespace, String), Option<HclValue>>,
    children: HashMap<(String, String), usize>,
}

/// The module instances of one root that were evaluated so far.
pub(super) struct ModuleScopes {
    pub(super) project: Arc<Project>,
    pub(super) root: Arc<RootModule>,
    /// The number of roots that are evaluated in one run.
    pub(super) roots: usize,
    list: Vec<ModuleScope>,
}

impl ModuleScopes {
    pub(super) fn new(project: Arc<Project>, root: Arc<RootModule>) -> Self {
        let scope = ModuleScope {
            module: Arc::clone(&root.module),
            key: String::new(),
            address: String::new(),
            calls: Vec::new(),
            parent: None,
            instance: Arc::new(InstanceKey::Only),
            known: HashMap::new(),
            children: HashMap::new(),
        };
        Self { project, root, roots: 1, list: vec![scope] }
    }
}

impl HclEvaluator {
    pub(super) fn scope(&self, scope: usize) -> &ModuleScope {
        &self.scopes.list[scope]
    }

    /// The value of a name in a module instance. It is evaluated once.
    pub(super) fn resolve_name(&mut self, scope: usize, space: Namespace, name: &str) -> HclValue {
        self.resolve_once(scope, space, name.to_owned(), |evaluator| match space {
            Namespace::Variable => evaluator.variable(scope, name),
            Namespace::Local => evaluator.local(scope, name),
            Namespace::Output => evaluator.output(scope, name),
            Namespace::DefaultTags | Namespace::Resource => HclValue::unknown("a block is not a value"),
        })
    }

    /// The value of a name, from `evaluate` the first time. A name that depends on itself is unknown.
    pub(super) fn resolve_once(
        &mut self,
        scope: usize,
        space: Namespace,
        name: String,
        evaluate: impl FnOnce(&mut Self) -> HclValue,
    ) -> HclValue {
        let key = (space, name);
        match self.scope(scope).known.get(&key) {
            Some(Some(value)) => return value.clone(),
            Some(None) => return HclValue::unknown(format!("`{}` depends on itself", key.1)),
            None => {}
        }
        self.scopes.list[scope].known.insert(key.clone(), None);
        let value = evaluate(self);
        self.scopes.list[scope].known.insert(key, Some(value.clone()));
        value
    }

    fn local(&mut self, scope: usize, name: &str) -> HclValue {
        let module = Arc::clone(&self.scope(scope).module);
        match module.locals.get(name) {
            Some(node) => self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node),
            None => HclValue::unknown(format!("there is no `local.{name}` in what could be read")),
        }
    }

    fn output(&mut self, scope: usize, name: &str) -> HclValue {
        let module = Arc::clone(&self.scope(scope).module);
        let Some(block) = module.outputs.get(name) else {
            return HclValue::unknown(format!("the module has no output `{name}` in what could be read"));
        };
        let value = match block.body.value("value") {
            Some(node) => self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node),
            None => HclValue::unknown(format!("output `{name}` has no value")),
        };
        // Terraform 1.15 converts an output to its type.
        let value = match block.body.value("type") {
            Some(of) => convert(value, of),
            None => value,
        };
        value.with_sensitivity(says(&block.body, "sensitive"))
    }

    fn variable(&mut self, scope: usize, name: &str) -> HclValue {
        let module = Arc::clone(&self.scope(scope).module);
        let Some(block) = module.variables.get(name) else {
            return HclValue::unknown(format!("there is no variable `{name}` in what could be read"));
        };
        let default = block.body.value("default");
        let mut value = match self.argument(scope, name) {
            Some(value) => value,
            None => match default {
                Some(node) => self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node),
                None => HclValue::unknown(format!("`var.{name}` {NO_VALUE_IN_SOURCE}")),
            },
        };
        value = value.with_reason_at(block.at);
        if self.scope(scope).parent.is_none() {
            value = self.unless_optional_value_differs(scope, name, value).with_reason_at(block.at);
        }
        let strict = block.body.value("nullable").and_then(crate::syntax::hcl::Expression::boolean) == Some(false);
        if let (HclValueKind::Null, true, Some(node)) = (&value.kind, strict, default) {
            value = self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node);
        }
        if let Some(of) = block.body.value("type") {
            value = convert(value, of);
        }
        value.with_sensitivity(says(&block.body, "sensitive") || says(&block.body, "ephemeral"))
    }

    /// The argument of a variable: from the module call, or for a root from files of values.
    fn argument(&mut self, scope: usize, name: &str) -> Option<HclValue> {
        if let Some((parent, call)) = self.scope(scope).parent.clone() {
            let (module, instance) = (Arc::clone(&self.scope(parent).module), Arc::clone(&self.scope(scope).instance));
            let node = module.calls.get(&call)?.body.value(name)?;
            return Some(self.eval(EvaluationContext::new(parent, &instance), node));
        }
        let root = Arc::clone(&self.scopes.root);
        if root.has_unread_values && !root.given.contains(name) {
            return Some(HclValue::unknown("a file of values could not be read"));
        }
        let env = EvaluationContext::new(scope, &InstanceKey::Only);
        let Some(node) = root.values.get(name) else {
            return root.outside_caller.clone().map(|why| HclValue::new(HclValueKind::Unknown(why)));
        };
        Some(self.eval(env, node))
    }

    /// The value of a variable unless an optional file of values has another one. The command line may name such a
    /// file, so the value is unknown then.
    fn unless_optional_value_differs(&mut self, scope: usize, name: &str, value: HclValue) -> HclValue {
        let root = Arc::clone(&self.scopes.root);
        let Some(node) = root.optional_values.get(name) else { return value };
        let why: UnknownReason =
            format!("`var.{name}` is set in a .tfvars file that Terraform does not load by itself").into();
        let other = self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node);
        super::combine::either(&value, &other, &why)
    }

    /// The scope of an instance of a called module.
    pub(super) fn child(&mut self, scope: usize, call: &str, instance: &InstanceKey) -> Result<usize, UnknownReason> {
        let id = (call.to_owned(), instance.suffix());
        if let Some(child) = self.scope(scope).children.get(&id) {
            return Ok(*child);
        }
        if self.scopes.list.len() >= MAX_SCOPES {
            return Err("too many instances of modules".into());
        }
        let here = self.scope(scope);
        let (module, outer) = (Arc::clone(&here.module), Arc::clone(&here.instance));
        let key = key_of_call(&here.key, call);
        let block: &HclBlock = module
            .calls
            .get(call)
            .ok_or_else(|| UnknownReason::from(format!("there is no module `{call}` in what could be read")))?;
        let called = match self.scopes.root.tree.get(&key) {
            Some(Ok(called)) => Arc::clone(called),
            Some(Err(why)) => return Err(format!("module `{call}` could not be read: {why}").into()),
            None => return Err(format!("module `{call}` could not be read").into()),
        };
        let instance = self.with_each_value(EvaluationContext::new(scope, &outer), &block.body, instance);
        let here = self.scope(scope);
        let address = format!("{}module.{call}{}.", here.address, instance.suffix());
        let calls = here.calls.iter().copied().chain([block.at]).collect();
        let child = self.scopes.list.len();
        self.scopes.list.push(ModuleScope {
            module: called,
            key,
            address,
            calls,
            parent: Some((scope, call.to_owned())),
            instance: Arc::new(instance),
            known: HashMap::new(),
            children: HashMap::new(),
        });
        self.scopes.list[scope].children.insert(id, child);
        Ok(child)
    }
}

/// Returns whether an attribute of a block is literally true. Terraform converts a text to a boolean.
fn says(body: &HclBody, name: &str) -> bool {
    body.value(name).is_some_and(|value| value.boolean() == Some(true) || value.text() == Some("true"))
}
