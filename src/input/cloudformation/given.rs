//! Parameters of a deployment that the command line gives: values, checks against the templates, and files beside a
//! template that could give them.

use std::collections::BTreeMap;
use std::path::Path;

use super::deployment::DeploymentFile;
use super::evaluate::{TemplateValue, Traced, literal};
use crate::base::{any_of, nearest, quote};
use crate::engine::InputError;
use crate::input::opened::OpenedInput;
use crate::input::options::InputOptions;
use crate::syntax::Node;

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
    allowed: Option<Vec<String>>,
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
    if kind != "String" && kind != "Number" {
        return None;
    }
    let text = |item: &Node| literal(item).as_text().map(str::to_owned);
    let values: Vec<String> = parameter.get("AllowedValues")?.items().iter().map(text).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

/// The only value that a parameter can have.
pub(super) fn only_value(parameter: &Node) -> Option<TemplateValue> {
    match allowed(parameter)?.as_slice() {
        [only] => Some(TemplateValue::text(only.clone())),
        _ => None,
    }
}

/// The values of the options.
pub(super) fn values(options: &InputOptions) -> BTreeMap<String, Traced<TemplateValue>> {
    let value = |given: &GivenParameter| given.value.clone().map_or(TemplateValue::Unknown, TemplateValue::text);
    options.parameters.iter().map(|(name, given)| (name.clone(), Traced::open(value(given)))).collect()
}

/// Checks that templates declare every given parameter and allow its value. A message contains no value: it may be
/// secret.
pub(in crate::input) fn check(options: &InputOptions, all: &[OpenedInput]) -> Result<(), InputError> {
    for (name, given) in &options.parameters {
        let wrong = |message: String| InputError::Invalid { name: format!("{} {name}", given.flag), message };
        let declared = || all.iter().flat_map(|opened| &opened.parameters);
        if !declared().any(|parameter| parameter.name == *name) {
            let near = nearest(name, declared().map(|parameter| parameter.name.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(wrong(format!("no template of the inputs declares this parameter{near}")));
        }
        let Some(value) = &given.value else { continue };
        for parameter in declared().filter(|parameter| parameter.name == *name) {
            if let Some(allowed) = parameter.allowed.as_ref().filter(|allowed| !allowed.contains(value)) {
                let allowed = any_of(allowed.iter().map(|value| quote(value)));
                return Err(wrong(format!("the value is not one of AllowedValues; use {allowed}")));
            }
        }
    }
    Ok(())
}

/// The notes on files beside a template that give its parameters or the tags of its stack. Only the user knows which
/// deployment is meant.
pub(super) fn offers(template: &Path, declared: &[DeclaredParameter], options: &InputOptions) -> Vec<String> {
    if !options.parameters.is_empty() || !options.stack_tags.is_empty() {
        return Vec::new();
    }
    let folder = template.parent().unwrap_or(Path::new(""));
    let stem = template.file_stem().unwrap_or_default().to_string_lossy();
    let found = names(&stem).into_iter().map(|name| folder.join(name)).filter_map(|path| {
        let file = DeploymentFile::read_unnamed(&path)?;
        let gives = |parameter: &DeclaredParameter| file.parameters.contains_key(&parameter.name);
        (declared.iter().any(gives) || !file.tags.is_empty()).then_some(path)
    });
    let note = |path: std::path::PathBuf| {
        format!(
            "{}: {} has parameters or tags of a deployment, which are not used; to use them: --parameters {}",
            template.display(),
            path.file_name().unwrap_or_default().to_string_lossy(),
            path.display()
        )
    };
    found.map(note).collect()
}

/// The usual names of deployment files beside a template.
fn names(stem: &str) -> Vec<String> {
    let mut out: Vec<String> =
        ["samconfig.toml", "samconfig.yaml", "parameters.json", "params.json", "template-configuration.json"]
            .map(str::to_owned)
            .to_vec();
    for separator in ['.', '-'] {
        out.extend(["parameters", "params", "config"].map(|what| format!("{stem}{separator}{what}.json")));
    }
    out
}
