//! Names in a template that nothing declares. `CloudFormation` refuses such a template, and their values are unknown.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::base::{nearest, quote};
use crate::syntax::{Node, NodeKind};

/// The use of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NamedThing {
    /// A parameter or a resource (`Ref`, `Fn::Sub`).
    Value,
    Condition,
}

/// The undeclared names that an evaluation used.
#[derive(Debug, Default)]
pub(super) struct UndeclaredNames {
    found: RefCell<BTreeSet<(NamedThing, String)>>,
}

impl UndeclaredNames {
    /// Keeps a name that neither the template nor a loop declares.
    pub(super) fn add(&self, thing: NamedThing, name: &str) {
        if !name.is_empty() && !name.contains(['$', '&', '{']) {
            self.found.borrow_mut().insert((thing, name.to_owned()));
        }
    }

    /// The notes on the names, each with the byte of its first use. A loop may declare others, and so may SAM.
    pub(super) fn notes(&self, root: &Node, is_sam: bool) -> Vec<(usize, String)> {
        let section = |name: &str| root.get(name).map_or(&[][..], Node::entries).iter().map(|entry| entry.key.as_str());
        let expands = |name: &str| section(name).any(|key| key.starts_with("Fn::"));
        let expands = [expands("Resources"), expands("Conditions")];
        let mut out = Vec::new();
        for (thing, name) in &*self.found.borrow() {
            if expands[usize::from(*thing == NamedThing::Condition)] {
                continue;
            }
            let (what, near) = match thing {
                // SAM names what it makes after the resource that it makes it for.
                NamedThing::Value if is_sam && is_made_by_sam(name, section("Resources")) => continue,
                NamedThing::Value => (
                    "neither a parameter nor a resource",
                    nearest(name, section("Parameters").chain(section("Resources"))),
                ),
                NamedThing::Condition => ("no condition", nearest(name, section("Conditions"))),
            };
            let near = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            let note = format!("{} is {what} of the template: CloudFormation refuses it{near}", quote(name));
            out.push((first_use(root, name).unwrap_or(0), note));
        }
        out
    }
}

/// Returns whether a name may be that of a resource that SAM makes.
fn is_made_by_sam<'n>(name: &str, mut resources: impl Iterator<Item = &'n str>) -> bool {
    name.starts_with("Serverless") || resources.any(|id| name.starts_with(id))
}

/// The byte of the first text that has a name.
fn first_use(node: &Node, name: &str) -> Option<usize> {
    match &node.kind {
        NodeKind::Text(text) if text == name || holds_placeholder(text, name) => Some(node.span.start),
        NodeKind::List(items) => items.iter().find_map(|item| first_use(item, name)),
        NodeKind::Map(entries) => entries.iter().find_map(|entry| first_use(&entry.value, name)),
        _ => None,
    }
}

fn holds_placeholder(text: &str, name: &str) -> bool {
    let mut names = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim()));
    names.any(|inside| inside == name || inside.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
