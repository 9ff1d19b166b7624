//! Parameters of templates: the declared ones, and the values that a deployment gives.

use crate::syntax::{Node, NodeKind};

/// The value of a parameter, and the flag that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenParameter {
    /// The value; `None` for that of the previous deployment, which is unknown.
    pub value: Option<String>,
    /// The flag, with the file that it names, for messages.
    pub flag: String,
}

/// A parameter that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredParameter {
    /// The name.
    pub name: String,
    /// The allowed values, if they are limited to a list.
    pub(super) allowed: Option<Vec<String>>,
}

/// The parameters of a template.
pub(super) fn declared(root: &Node) -> Vec<DeclaredParameter> {
    let entries = root.get("Parameters").map_or(&[][..], Node::entries);
    entries.iter().map(|entry| DeclaredParameter { name: entry.key.clone(), allowed: allowed(&entry.value) }).collect()
}

/// The allowed values of a parameter. Those of a Systems Manager parameter limit its name, not its value, and those of a
/// list its elements.
fn allowed(parameter: &Node) -> Option<Vec<String>> {
    let kind = parameter.get("Type").and_then(Node::text)?;
    // Numbers of other spellings are equal too.
    if kind != "String" {
        return None;
    }
    let values: Vec<String> = parameter.get("AllowedValues")?.items().iter().map(scalar).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The only value that a parameter can have.
pub(super) fn only_value(parameter: &Node) -> Option<String> {
    let mut values = allowed(parameter)?;
    values.pop().filter(|_| values.is_empty())
}
