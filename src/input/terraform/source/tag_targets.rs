//! The resources that tagging resources (`aws_ec2_tag`) of source add their tags to: their identifiers are followed through
//! locals, arguments and outputs of modules.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::value::{HclNumber, HclValueKind};
use crate::input::terraform::added_tags::{AddedTag, TagTarget, TaggingType};
use crate::input::terraform::address::{block as block_of, quoted_key};
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, TemplatePart, TraversalStep};

/// The expressions that are followed in a row.
const MAX_STEPS: usize = 32;

/// The place of an expression: the instance of a module, and the block around it with its instance.
#[derive(Clone, Copy)]
struct Place<'p> {
    scope: usize,
    instance: &'p InstanceKey,
    block: Option<&'p HclBlock>,
    identities: &'static [&'static str],
    depth: usize,
}

/// The resources that an expression may name.
#[derive(Default)]
struct NamedResources {
    /// The addresses of those that the whole expression names.
    exact: Vec<String>,
    /// The blocks of those that parts of it name.
    blocks: BTreeSet<String>,
    /// True if it may name others.
    open: bool,
}

impl NamedResources {
    fn target(self) -> TagTarget {
        match self.exact.as_slice() {
            _ if self.open => TagTarget::Any,
            [one] if self.blocks.is_empty() => TagTarget::One(one.clone()),
            [] if self.blocks.is_empty() => TagTarget::Any,
            _ => TagTarget::Among(self.in_parts()),
        }
    }

    /// The blocks of all resources.
    fn in_parts(self) -> BTreeSet<String> {
        let exact = self.exact.iter().map(|address| block_of(address).into_owned());
        exact.chain(self.blocks).collect()
    }
}

impl HclEvaluator {
    /// The tags that an instance of a tagging resource adds.
    pub(super) fn tags_added_by(
        &mut self,
        scope: usize,
        instance: &InstanceKey,
        block: &HclBlock,
        of: &'static TaggingType,
    ) -> Vec<AddedTag> {
        self.refill();
        let env = EvaluationContext::new(scope, instance);
        let place = Place { scope, instance, block: Some(block), identities: of.identities, depth: 0 };
        let mut named = NamedResources::default();
        match block.body.value(of.target) {
            Some(node) => self.name_resources(place, node, &mut named),
            None => named.open = true,
        }
        let here = self.scope(scope);
        let by = format!("{}{}.{}{}", here.address, block.labels[0], block.labels[1], instance.suffix());
        let base = AddedTag {
            of,
            by,
            target: named.target(),
            key: None,
            value: None,
            is_sensitive: false,
            propagates: None,
            doubt: self.doubt(scope, instance),
            location: Some(self.scopes.project.location(block.at)),
        };
        if !of.is_block {
            return vec![self.with_key_and_value(env, block, base)];
        }
        let mut out = Vec::new();
        self.each_block(env, &block.body, "tag", &mut |evaluator, env, tag| {
            let doubt = base.doubt.clone().or(tag.doubt.map(|why| format!("it may not exist: {why}")));
            let added = evaluator.with_key_and_value(env, tag.block, AddedTag { doubt, ..base.clone() });
            let propagates = tag.block.body.value("propagate_at_launch").map(|node| evaluator.eval(env, node));
            out.push(AddedTag { propagates: propagates.and_then(|value| value.as_bool().ok()), ..added });
        });
        out
    }

    fn with_key_and_value(&mut self, env: EvaluationContext<'_>, block: &HclBlock, base: AddedTag) -> AddedTag {
        let mut value_of = |name: &str| block.body.value(name).map(|node| self.eval(env, node));
        let (key, value) = (value_of("key"), value_of("value"));
        let key = key.filter(|key| !key.sensitive).and_then(|key| key.as_text().ok().map(|text| text.to_string()));
        let is_sensitive = value.as_ref().is_some_and(|value| value.sensitive);
        let value = value.and_then(|value| value.as_text().ok().map(|text| text.to_string()));
        AddedTag { key, value, is_sensitive, ..base }
    }

    /// Adds the resources that the value of an expression names.
    fn name_resources(&mut self, place: Place<'_>, node: &Expression, out: &mut NamedResources) {
        if place.depth >= MAX_STEPS || !self.spend(1) {
            out.open = true;
            return;
        }
        let place = Place { depth: place.depth + 1, ..place };
        match &node.kind {
            ExpressionKind::Select(base, steps) => match &base.kind {
                ExpressionKind::Name(name) => self.name_selected(place, name, steps, out),
                _ => self.name_in_parts(place, std::iter::once(&**base), out),
            },
            ExpressionKind::Template(parts) => match parts.as_slice() {
                [TemplatePart::Value(node)] => self.name_resources(place, node, out),
                // Text that is put together may be the identifier of anything.
                _ => out.open = true,
            },
            ExpressionKind::If(parts) => {
                let condition = self.eval(EvaluationContext::new(place.scope, place.instance), &parts[0]);
                match condition.as_bool() {
                    Ok(chosen) => self.name_resources(place, &parts[if chosen { 1 } else { 2 }], out),
                    Err(_) => self.name_in_parts(place, parts[1..].iter(), out),
                }
            }
            ExpressionKind::Call { args, .. } => {
                let is_literal =
                    |node: &&Expression| !matches!(node.kind, ExpressionKind::Text(_) | ExpressionKind::Number(_));
                self.name_in_parts(place, args.iter().filter(is_literal), out);
            }
            ExpressionKind::List(items) => self.name_in_parts(place, items.iter(), out),
            ExpressionKind::Object(entries) => {
                self.name_in_parts(place, entries.iter().map(|(_, value)| value), out);
            }
            ExpressionKind::For(it) => {
                self.name_in_parts(place, std::iter::once(&it.list), out);
                if !is_bound(&it.value, [it.key_name.as_deref(), Some(&it.value_name)]) {
                    self.name_in_parts(place, std::iter::once(&it.value), out);
                }
            }
            ExpressionKind::Null => {}
            _ => out.open = true,
        }
    }

    /// Adds the resources that one of several expressions names.
    fn name_in_parts<'n>(
        &mut self,
        place: Place<'_>,
        nodes: impl Iterator<Item = &'n Expression>,
        out: &mut NamedResources,
    ) {
        for node in nodes {
            let mut part = NamedResources::default();
            self.name_resources(place, node, &mut part);
            out.open |= part.open;
            out.blocks.extend(part.in_parts());
        }
    }

    /// Adds the resources that an expression names, or those of its parts if further steps lead into it.
    fn name_whole(&mut self, place: Place<'_>, node: &Expression, rest: &[TraversalStep], out: &mut NamedResources) {
        match (rest.split_first(), &node.kind) {
            (None, _) => self.name_resources(place, node, out),
            (Some((step, rest)), ExpressionKind::Object(_)) => match self.entry(place, node, step) {
                Some(value) => self.name_whole(place, value, rest, out),
                None => self.name_in_parts(place, std::iter::once(node), out),
            },
            (Some(_), _) => self.name_in_parts(place, std::iter::once(node), out),
        }
    }

    /// The value of an object that a step leads to.
    fn entry<'n>(&mut self, place: Place<'_>, node: &'n Expression, step: &TraversalStep) -> Option<&'n Expression> {
        let ExpressionKind::Object(entries) = &node.kind else { return None };
        let env = EvaluationContext::new(place.scope, place.instance);
        let wanted = match step {
            TraversalStep::Attribute(name) => name.clone(),
            TraversalStep::Index(key) => self.eval(env, key).as_text().ok()?.to_string(),
            TraversalStep::Splat => return None,
        };
        let mut found = None;
        for (key, value) in entries {
            let key = self.eval(env, key);
            if *key.as_text().ok()? == wanted {
                found = Some(value);
            }
        }
        found
    }

    fn name_selected(&mut self, place: Place<'_>, name: &str, steps: &[TraversalStep], out: &mut NamedResources) {
        let Some((TraversalStep::Attribute(first), rest)) = steps.split_first() else {
            out.open = true;
            return;
        };
        let (module, _) = self.module_and_instance(place.scope);
        match name {
            "local" => match module.locals.get(first) {
                Some(node) => {
                    let place = Place { instance: &InstanceKey::Only, block: None, ..place };
                    self.name_whole(place, node, rest, out);
                }
                None => out.open = true,
            },
            "var" => self.name_argument(place, first, rest, out),
            "module" => self.name_output(place, first, rest, out),
            "each" if first == "value" => self.name_element(place, rest, out),
            _ if module.resources.contains_key(&(name.to_owned(), first.clone())) => {
                self.name_resource(place, (name, first), rest, out);
            }
            _ => out.open = true,
        }
    }

    /// `each.value`: the entry of a written object, else an element of what is written.
    fn name_element(&mut self, place: Place<'_>, rest: &[TraversalStep], out: &mut NamedResources) {
        let Some(each) = place.block.and_then(|block| block.body.value("for_each")) else {
            out.open = true;
            return;
        };
        let (module, outer) = self.module_and_instance(place.scope);
        let each = super::template_references::resolved(&module, each);
        let step = place.instance.key_text().map(TraversalStep::Attribute);
        let place = Place { instance: &outer, block: None, ..place };
        match step.and_then(|step| self.entry(place, each, &step)) {
            Some(value) => self.name_whole(place, value, rest, out),
            None => self.name_in_parts(place, std::iter::once(each), out),
        }
    }

    /// `var.x`: the argument of the call. The value of a variable of a root may be any identifier.
    fn name_argument(&mut self, place: Place<'_>, name: &str, rest: &[TraversalStep], out: &mut NamedResources) {
        let here = self.scope(place.scope);
        let Some((parent, call)) = here.parent.clone() else {
            out.open = true;
            return;
        };
        let (instance, module) = (Arc::clone(&here.instance), Arc::clone(&self.scope(parent).module));
        let call = module.calls.get(&call);
        match call.and_then(|call| call.body.value(name)) {
            Some(node) => {
                let place = Place { scope: parent, instance: &instance, block: call, ..place };
                self.name_whole(place, node, rest, out);
            }
            None => out.open = true,
        }
    }

    /// `module.m.x` and `module.m["a"].x`: the output of the module.
    fn name_output(&mut self, place: Place<'_>, call: &str, steps: &[TraversalStep], out: &mut NamedResources) {
        let (key, steps) = self.instance_of(place, steps);
        let (Some(key), Some((TraversalStep::Attribute(output), rest))) = (key, steps.split_first()) else {
            out.open = true;
            return;
        };
        let (module, _) = self.module_and_instance(place.scope);
        let is_one = module
            .calls
            .get(call)
            .is_some_and(|call| call.body.value("count").is_none() && call.body.value("for_each").is_none());
        let child = match self.child(place.scope, call, &key) {
            Ok(child) if is_one == matches!(key, InstanceKey::Only) => child,
            _ => {
                out.open = true;
                return;
            }
        };
        let (module, _) = self.module_and_instance(child);
        match module.outputs.get(output).and_then(|output| output.body.value("value")) {
            Some(node) => {
                let place = Place { scope: child, instance: &InstanceKey::Only, block: None, ..place };
                self.name_whole(place, node, rest, out);
            }
            None => out.open = true,
        }
    }

    /// The instance that the first step selects, and the steps after it. `None` for one that source does not decide.
    fn instance_of<'s>(
        &mut self,
        place: Place<'_>,
        steps: &'s [TraversalStep],
    ) -> (Option<InstanceKey>, &'s [TraversalStep]) {
        let Some((TraversalStep::Index(key), rest)) = steps.split_first() else {
            return (Some(InstanceKey::Only), steps);
        };
        let key = self.eval(EvaluationContext::new(place.scope, place.instance), key);
        let key = match (&key.kind, key.as_text()) {
            (HclValueKind::Number(HclNumber::Whole(at, _)), _) => Some(InstanceKey::Index(*at)),
            (_, Ok(key)) => Some(InstanceKey::key(&key)),
            (_, Err(_)) => None,
        };
        (key, rest)
    }

    /// `aws_vpc.main.id` and the like.
    fn name_resource(
        &mut self,
        place: Place<'_>,
        (kind, name): (&str, &str),
        steps: &[TraversalStep],
        out: &mut NamedResources,
    ) {
        let (module, _) = self.module_and_instance(place.scope);
        let block = &module.resources[&(kind.to_owned(), name.to_owned())];
        let address = format!("{}{kind}.{name}", self.scope(place.scope).address);
        let (key, rest) = self.instance_of(place, steps);
        match (key, rest) {
            (Some(key), [TraversalStep::Attribute(attribute)]) if place.identities.contains(&attribute.as_str()) => {
                let key = key.key_text().filter(|_| !matches!(key, InstanceKey::Only)).map(|text| match key {
                    InstanceKey::Index(at) => format!("[{at}]"),
                    _ => format!("[{}]", quoted_key(&text)),
                });
                out.exact.push(format!("{address}{}", key.unwrap_or_default()));
            }
            // An attribute that is written names what is written there.
            (Some(key), [TraversalStep::Attribute(attribute), rest @ ..]) => {
                if let Some(node) = block.body.value(attribute) {
                    let place = Place { instance: &key, block: Some(block), ..place };
                    self.name_whole(place, node, rest, out);
                } else {
                    out.open |= block.body.blocks(attribute).next().is_none();
                    out.blocks.insert(block_of(&address).into_owned());
                }
            }
            _ => drop(out.blocks.insert(block_of(&address).into_owned())),
        }
    }
}

/// Returns whether an expression is one of the names that a loop binds, or an attribute of it: then it is an element of the
/// list.
fn is_bound(node: &Expression, names: [Option<&str>; 2]) -> bool {
    match &node.kind {
        ExpressionKind::Name(name) => names.contains(&Some(name)),
        ExpressionKind::Select(base, _) => is_bound(base, names),
        _ => false,
    }
}
