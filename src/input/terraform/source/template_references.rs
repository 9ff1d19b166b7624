//! The launch templates that expressions of a module refer to, also through its locals.

use std::collections::BTreeSet;

use super::module::SourceModule;
use crate::aws::resource_types::nested::LAUNCH_TEMPLATE;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBody, TemplatePart, TraversalStep};

/// The locals that are followed in a row.
const MAX_LOCALS: usize = 32;

/// The local that an expression is.
fn local_name(node: &Expression) -> Option<&str> {
    let ExpressionKind::Select(base, steps) = &node.kind else { return None };
    match (&base.kind, steps.first()) {
        (ExpressionKind::Name(name), Some(TraversalStep::Attribute(local))) if name == "local" => Some(local),
        _ => None,
    }
}

/// The expression that a local stands for, else the expression itself.
pub(super) fn resolved<'m>(module: &'m SourceModule, mut node: &'m Expression) -> &'m Expression {
    for _ in 0..MAX_LOCALS {
        let is_whole = matches!(&node.kind, ExpressionKind::Select(_, steps) if steps.len() == 1);
        match local_name(node).filter(|_| is_whole).and_then(|name| module.locals.get(name)) {
            Some(value) => node = value,
            None => break,
        }
    }
    node
}

/// Returns whether an expression is the name of the type of launch templates.
pub(super) fn is_template(base: &Expression) -> bool {
    matches!(&base.kind, ExpressionKind::Name(name) if name == LAUNCH_TEMPLATE.terraform)
}

/// The launch templates that expressions refer to.
pub(super) struct TemplateReferences<'m> {
    module: &'m SourceModule,
    pub(super) templates: BTreeSet<String>,
    /// The locals that were found, and those of them that are still to be followed.
    locals: BTreeSet<&'m str>,
    open: Vec<&'m str>,
}

impl<'m> TemplateReferences<'m> {
    pub(super) fn new(module: &'m SourceModule) -> Self {
        Self { module, templates: BTreeSet::new(), locals: BTreeSet::new(), open: Vec::new() }
    }

    /// Adds the references of expressions anywhere in a body.
    pub(super) fn add_body(&mut self, body: &'m HclBody) {
        self.add_attributes(body);
        while let Some(name) = self.open.pop() {
            if let Some(value) = self.module.locals.get(name) {
                self.add(value);
            }
        }
    }

    fn add_attributes(&mut self, body: &'m HclBody) {
        body.attributes.iter().for_each(|attribute| self.add(&attribute.value));
        body.blocks.iter().for_each(|block| self.add_attributes(&block.body));
    }

    fn add_all(&mut self, nodes: &'m [Expression]) {
        for node in nodes {
            self.add(node);
        }
    }

    fn add(&mut self, node: &'m Expression) {
        match &node.kind {
            ExpressionKind::Select(base, steps) => self.add_traversal(node, base, steps),
            ExpressionKind::Template(parts) => self.add_template(parts),
            ExpressionKind::List(items) | ExpressionKind::Call { args: items, .. } => self.add_all(items),
            ExpressionKind::Object(entries) => entries.iter().for_each(|(_, value)| self.add(value)),
            ExpressionKind::If(parts) => self.add_all(&parts[..]),
            ExpressionKind::Binary(_, sides) => self.add_all(&sides[..]),
            ExpressionKind::Not(inner) | ExpressionKind::Negative(inner) => self.add(inner),
            ExpressionKind::For(it) => [&it.list, &it.value].into_iter().for_each(|node| self.add(node)),
            _ => {}
        }
    }

    fn add_traversal(&mut self, node: &'m Expression, base: &'m Expression, steps: &'m [TraversalStep]) {
        if let Some(name) = local_name(node) {
            if self.locals.insert(name) {
                self.open.push(name);
            }
            return;
        }
        match steps.first() {
            Some(TraversalStep::Attribute(name)) if is_template(base) => drop(self.templates.insert(name.clone())),
            _ => self.add(base),
        }
    }

    fn add_template(&mut self, parts: &'m [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Value(node) => self.add(node),
                TemplatePart::If(condition, then, other) => {
                    self.add(condition);
                    self.add_template(then);
                    self.add_template(other);
                }
                TemplatePart::For(it) => {
                    self.add(&it.list);
                    self.add_template(&it.body);
                }
            }
        }
    }
}
