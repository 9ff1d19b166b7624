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
                NamedThing::Value if is_of_module(root, name) => continue,
                NamedThing::Value if is_sam && is_made_by_sam(root, name) => continue,
                NamedThing::Condition if is_sam && name.starts_with(SAM_NAMES[0]) => continue,
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

/// The beginnings of the names of what SAM makes for several resources (`samtranslator`, `model/`).
const SAM_NAMES: [&str; 5] =
    ["Serverless", "CodeDeployServiceRole", "ApiGatewayDomainName", "RecordSetGroup", "DomainNameAccessAssociation"];
/// The properties of SAM that name a resource that it makes.
const SAM_NAMING: [&str; 2] = ["QueueLogicalId", "QueuePolicyLogicalId"];

/// Returns whether a name may be that of a resource that SAM makes. It names most of them after the resource that it makes
/// them for.
fn is_made_by_sam(root: &Node, name: &str) -> bool {
    let resources = root.get("Resources").map_or(&[][..], Node::entries);
    SAM_NAMES.iter().any(|start| name.starts_with(start))
        || resources.iter().any(|entry| name.starts_with(entry.key.as_str()))
        || resources.iter().any(|entry| is_named_in(&entry.value, name.split('.').next().unwrap_or(name)))
}

/// Returns whether a property of SAM gives a resource this name.
fn is_named_in(node: &Node, name: &str) -> bool {
    let entries = node.entries().iter();
    let mut found = entries.map(|entry| {
        (SAM_NAMING.contains(&entry.key.as_str()) && entry.value.text() == Some(name))
            || is_named_in(&entry.value, name)
    });
    found.any(|found| found) || node.items().iter().any(|item| is_named_in(item, name))
}

/// Returns whether a name may be that of a resource of a module: `CloudFormation` puts the name of the module before it,
/// with a period or without.
fn is_of_module(root: &Node, name: &str) -> bool {
    let mut resources = root.get("Resources").map_or(&[][..], Node::entries).iter();
    let is_module = |node: &Node| node.get("Type").and_then(Node::text).is_some_and(|kind| kind.ends_with("::MODULE"));
    resources.any(|entry| name.starts_with(entry.key.as_str()) && is_module(&entry.value))
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
