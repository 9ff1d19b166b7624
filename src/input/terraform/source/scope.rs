//! Modules as they are called: each instance with its arguments, and what its names are worth there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::convert::convert;
use super::eval::{Env, Evaluator};
use super::module::Module;
use super::project::{Project, Root};
use super::value::{Kind, Value, Why};
use crate::syntax::hcl::{Block, Body, Position};

/// Instances of modules in one root; beyond them a call is not gone into.
const MAX_SCOPES: usize = 20_000;
/// A `count` or `for_each` of more is treated as not decided: one resource with the bare address.
const MAX_INSTANCES: i64 = 1_000;

/// Which one of a block's instances.
#[derive(Debug, Clone)]
pub(super) enum Instance {
    /// The block has no `count` and no `for_each`.
    Only,
    /// It has one that source does not decide.
    Undecided(Why),
    Index(i64),
    Key(String, Value),
}

impl Instance {
    /// The instance with this key, of which nothing else is known.
    pub(super) fn key(key: &str) -> Self {
        Self::Key(key.to_owned(), Value::unknown("`each.value` is not decided by source"))
    }

    /// What it adds to the address.
    pub(super) fn suffix(&self) -> String {
        match self {
            Self::Only | Self::Undecided(_) => String::new(),
            Self::Index(at) => format!("[{at}]"),
            Self::Key(key, _) => format!("[{}]", quoted(key)),
        }
    }

    /// `each.key` and `each.value`.
    pub(super) fn each(&self, name: &str) -> Value {
        match (self, name) {
            (Self::Key(key, _), "key") => Value::text(key.as_str()),
            (Self::Key(_, value), "value") => value.clone(),
            (Self::Undecided(why), _) => Value::new(Kind::Unknown(Arc::clone(why))),
            _ => Value::unknown(format!("`each.{name}` has no value here")),
        }
    }

    /// `count.index`.
    pub(super) fn index(&self) -> Value {
        match self {
            Self::Index(at) => Value::whole(*at),
            Self::Undecided(why) => Value::new(Kind::Unknown(Arc::clone(why))),
            _ => Value::unknown("`count.index` has no value here"),
        }
    }
}

/// A key as Terraform writes it in an address.
fn quoted(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 2);
    out.push('"');
    for c in key.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

/// The spaces that names live in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Variable,
    Local,
    Output,
    DefaultTags,
}

/// An instance of a module.
pub(super) struct Scope {
    pub(super) module: Arc<Module>,
    /// The names of the calls that lead here: `a.b`.
    key: String,
    /// What stands before the addresses of its resources.
    pub(super) address: String,
    /// Where those calls stand, from the root inwards.
    pub(super) calls: Vec<Position>,
    /// The scope that calls it, the call's name, and which instance of the call this is.
    pub(super) parent: Option<(usize, String)>,
    pub(super) instance: Arc<Instance>,
    /// Worked out; `None` while that is being done.
    known: HashMap<(Space, String), Option<Value>>,
    children: HashMap<(String, String), usize>,
}

/// All instances of one root that were looked at so far.
pub(super) struct Scopes {
    pub(super) project: Arc<Project>,
    pub(super) root: Arc<Root>,
    list: Vec<Scope>,
}

impl Scopes {
    pub(super) fn new(project: Arc<Project>, root: Arc<Root>) -> Self {
        let scope = Scope {
            module: Arc::clone(&root.module),
            key: String::new(),
            address: String::new(),
            calls: Vec::new(),
            parent: None,
            instance: Arc::new(Instance::Only),
            known: HashMap::new(),
            children: HashMap::new(),
        };
        Self { project, root, list: vec![scope] }
    }
}

impl Evaluator {
    pub(super) fn scope(&self, scope: usize) -> &Scope {
        &self.scopes.list[scope]
    }

    /// What a name is worth in a module's instance; worked out once.
    pub(super) fn named(&mut self, scope: usize, space: Space, name: &str) -> Value {
        let key = (space, name.to_owned());
        match self.scope(scope).known.get(&key) {
            Some(Some(value)) => return value.clone(),
            Some(None) => return Value::unknown(format!("`{name}` depends on itself")),
            None => {}
        }
        self.scopes.list[scope].known.insert(key.clone(), None);
        let value = match space {
            Space::Variable => self.variable(scope, name),
            Space::Local => self.local(scope, name),
            Space::Output => self.output(scope, name),
            Space::DefaultTags => self.default_tags(scope, name),
        };
        self.scopes.list[scope].known.insert(key, Some(value.clone()));
        value
    }

    fn local(&mut self, scope: usize, name: &str) -> Value {
        let module = Arc::clone(&self.scope(scope).module);
        match module.locals.get(name) {
            Some(node) => self.eval(Env::new(scope, &Instance::Only), node),
            None => Value::unknown(format!("there is no `local.{name}` in what could be read")),
        }
    }

    fn output(&mut self, scope: usize, name: &str) -> Value {
        let module = Arc::clone(&self.scope(scope).module);
        let Some(block) = module.outputs.get(name) else {
            return Value::unknown(format!("the module has no output `{name}` in what could be read"));
        };
        let value = match block.body.value("value") {
            Some(node) => self.eval(Env::new(scope, &Instance::Only), node),
            None => Value::unknown(format!("output `{name}` has no value")),
        };
        value.guarded(says(&block.body, "sensitive"))
    }

    fn variable(&mut self, scope: usize, name: &str) -> Value {
        let module = Arc::clone(&self.scope(scope).module);
        let Some(block) = module.variables.get(name) else {
            return Value::unknown(format!("there is no variable `{name}` in what could be read"));
        };
        let default = block.body.value("default");
        let mut value = match self.argument(scope, name) {
            Some(value) => value,
            None => match default {
                Some(node) => self.eval(Env::new(scope, &Instance::Only), node),
                None => Value::unknown(format!("`var.{name}` has no value in source")),
            },
        };
        if self.scope(scope).parent.is_none() {
            value = self.unless_elsewhere(scope, name, value);
        }
        let strict = block.body.value("nullable").and_then(crate::syntax::hcl::Expression::boolean) == Some(false);
        if let (Kind::Null, true, Some(node)) = (&value.kind, strict, default) {
            value = self.eval(Env::new(scope, &Instance::Only), node);
        }
        if let Some(of) = block.body.value("type") {
            value = convert(value, of);
        }
        value.guarded(says(&block.body, "sensitive"))
    }

    /// What a variable is given: by the call of its module, or in the root by files of values.
    fn argument(&mut self, scope: usize, name: &str) -> Option<Value> {
        if let Some((parent, call)) = self.scope(scope).parent.clone() {
            let (module, instance) = (Arc::clone(&self.scope(parent).module), Arc::clone(&self.scope(scope).instance));
            let node = module.calls.get(&call)?.body.value(name)?;
            return Some(self.eval(Env::new(parent, &instance), node));
        }
        let root = Arc::clone(&self.scopes.root);
        if root.unsettled {
            return Some(Value::unknown("a file of values could not be read"));
        }
        let env = Env::new(scope, &Instance::Only);
        root.values.get(name).map(|node| self.eval(env, node))
    }

    /// A file of values that Terraform does not load by itself may be named on its command line: where it says something
    /// else, the value is not decided.
    fn unless_elsewhere(&mut self, scope: usize, name: &str, value: Value) -> Value {
        let root = Arc::clone(&self.scopes.root);
        let Some(node) = root.elsewhere.get(name) else { return value };
        let why: Why = format!("`var.{name}` is set in a .tfvars file that Terraform does not load by itself").into();
        let other = self.eval(Env::new(scope, &Instance::Only), node);
        super::value::either(&value, &other, &why)
    }

    /// The instances of a block, by its `count` or `for_each`.
    pub(super) fn instances(&mut self, env: Env<'_>, body: &Body) -> Vec<Instance> {
        if let Some(count) = body.value("count") {
            let count = self.eval(env, count);
            return match count.as_whole() {
                Ok(count) if count <= MAX_INSTANCES => (0..count).map(Instance::Index).collect(),
                Ok(_) => vec![Instance::Undecided("a `count` that is too large to go through".into())],
                Err(why) => vec![Instance::Undecided(why)],
            };
        }
        let Some(each) = body.value("for_each") else { return vec![Instance::Only] };
        let each = self.eval(env, each);
        match entries(&each) {
            Ok(entries) => entries.into_iter().map(|(key, value)| Instance::Key(key, value)).collect(),
            Err(why) => vec![Instance::Undecided(why)],
        }
    }

    /// An instance that is known by its key alone gets its `each.value`, where source has it.
    pub(super) fn filled(&mut self, env: Env<'_>, body: &Body, instance: &Instance) -> Instance {
        if let (Instance::Key(key, _), Some(node)) = (instance, body.value("for_each")) {
            let each = self.eval(env, node);
            if let Ok(mut entries) = entries(&each)
                && let Some(value) = entries.remove(key)
            {
                return Instance::Key(key.clone(), value);
            }
        }
        instance.clone()
    }

    /// The scope of an instance of a called module.
    pub(super) fn child(&mut self, scope: usize, call: &str, instance: &Instance) -> Result<usize, Why> {
        let id = (call.to_owned(), instance.suffix());
        if let Some(child) = self.scope(scope).children.get(&id) {
            return Ok(*child);
        }
        if self.scopes.list.len() >= MAX_SCOPES {
            return Err("too many instances of modules".into());
        }
        let here = self.scope(scope);
        let (module, outer) = (Arc::clone(&here.module), Arc::clone(&here.instance));
        let key = if here.key.is_empty() { call.to_owned() } else { format!("{}.{call}", here.key) };
        let block: &Block = module
            .calls
            .get(call)
            .ok_or_else(|| Why::from(format!("there is no module `{call}` in what could be read")))?;
        let called = match self.scopes.root.tree.get(&key) {
            Some(Ok(called)) => Arc::clone(called),
            Some(Err(why)) => return Err(format!("module `{call}` could not be read: {why}").into()),
            None => return Err(format!("module `{call}` could not be read").into()),
        };
        let instance = self.filled(Env::new(scope, &outer), &block.body, instance);
        let here = self.scope(scope);
        let address = format!("{}module.{call}{}.", here.address, instance.suffix());
        let calls = here.calls.iter().copied().chain([block.at]).collect();
        let child = self.scopes.list.len();
        self.scopes.list.push(Scope {
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

/// The keys and values of a `for_each`, if all are known and not too many.
fn entries(each: &Value) -> Result<BTreeMap<String, Value>, Why> {
    let out: BTreeMap<String, Value> = match &each.kind {
        Kind::Map(map) => match map.doubt() {
            Some(why) => return Err(Arc::clone(why)),
            None => map.entries.clone(),
        },
        Kind::List(list) if list.set => {
            list.items.iter().filter_map(|item| Some((item.as_text().ok()?.to_string(), item.clone()))).collect()
        }
        Kind::Unknown(why) => return Err(Arc::clone(why)),
        _ => return Err("`for_each` over something that is neither map nor set".into()),
    };
    if i64::try_from(out.len()).is_ok_and(|count| count <= MAX_INSTANCES) {
        Ok(out)
    } else {
        Err("a `for_each` that is too large to go through".into())
    }
}

/// Whether a block has this attribute, and it is true.
fn says(body: &Body, name: &str) -> bool {
    body.value(name).and_then(crate::syntax::hcl::Expression::boolean) == Some(true)
}
