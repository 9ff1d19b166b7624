//! Values that the command line gives: `--var`, `--var-file` and `--workspace`.

use super::project::{Project, RootModule};
use crate::base::{nearest, quote};
use crate::input::options::InputOptions;
use crate::syntax::hcl::{Expression, ExpressionKind, HclAttribute, HclBlock, Position, parse_expression};

/// Sets the variables of all roots that declare them. They replace the values of files.
///
/// # Errors
/// The problem of a file or value, or a variable that no root declares.
pub(super) fn set(project: &mut Project, roots: &mut [RootModule], options: &InputOptions) -> Result<(), String> {
    let mut values: Vec<HclAttribute> = Vec::new();
    for path in &options.variable_files {
        let body = project.values_of_file(path).map_err(|problem| format!("--var-file {}", problem.line()))?;
        values.extend(body.attributes);
    }
    for root in roots.iter_mut() {
        root.workspace = options.workspace.clone().or(root.workspace.take());
        if !options.variable_files.is_empty() {
            root.optional_values.clear();
            root.optional_files.clear();
        }
        root.given.extend(values.iter().map(|value| value.name.clone()));
        root.values.extend(values.iter().map(|value| (value.name.clone(), value.value.clone())));
    }
    for (name, text) in &options.variables {
        set_one(project, roots, name, text)?;
    }
    Ok(())
}

/// The error of a variable that no root module declares.
fn undeclared(roots: &[RootModule], name: &str) -> String {
    let declared = roots.iter().flat_map(|root| root.module.variables.keys().map(String::as_str));
    let meant = nearest(name, declared).map(|near| format!("; did you mean {}?", quote(near))).unwrap_or_default();
    format!("--var {name}: no root module declares this variable{meant}")
}

fn set_one(project: &mut Project, roots: &mut [RootModule], name: &str, text: &str) -> Result<(), String> {
    let at = project.add_text(text);
    let mut is_declared = false;
    for root in roots.iter_mut() {
        let Some(variable) = root.module.variables.get(name) else { continue };
        is_declared = true;
        let value = value_of(variable, text, at);
        let value = value.ok_or_else(|| {
            format!("--var {name}: its value is not an HCL expression, such as [\"a\"] or {{ key = \"a\" }}")
        })?;
        root.optional_values.remove(name);
        root.given.insert(name.to_owned());
        root.values.insert(name.to_owned(), value);
    }
    if is_declared { Ok(()) } else { Err(undeclared(roots, name)) }
}

/// A value as Terraform reads it on the command line: literal text for a variable of a primitive type or without a type,
/// else an expression (Terraform, "Input Variables on the Command Line").
fn value_of(variable: &HclBlock, text: &str, at: Position) -> Option<Expression> {
    let is_primitive = |of: &Expression| of.dotted().is_some_and(|name| ["string", "number", "bool"].contains(&&*name));
    if variable.body.value("type").is_none_or(is_primitive) {
        return Some(Expression { at, kind: ExpressionKind::Text(text.to_owned()) });
    }
    parse_expression(text, at)
}
