//! Parameters of a deployment that the command line gives: values, checks against the templates, and files beside a
//! template that could give them.

use std::collections::BTreeMap;
use std::path::Path;

use super::deployment_facts::DeploymentFile;
use super::evaluate::{TemplateValue, Traced};
use super::files;
use super::parameters::{DeclaredParameter, GivenParameter};
use crate::base::{any_of, nearest, quote};
use crate::engine::InputError;
use crate::input::opened::OpenedInput;
use crate::input::options::InputOptions;

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
            if let Some(why) = parameter.limits.refusal(value) {
                return Err(wrong(format!("{why}: CloudFormation refuses the deployment")));
            }
        }
    }
    Ok(())
}

/// The notes on files beside a template that give its parameters or the tags of its stack. Only the user knows which
/// deployment is meant.
pub(super) fn offers(
    template: &Path,
    declared: &[DeclaredParameter],
    options: &InputOptions,
    root: &Path,
) -> Vec<String> {
    if !options.parameters.is_empty() || !options.stack_tags.is_empty() {
        return Vec::new();
    }
    let folder = match template.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let stem = template.file_stem().unwrap_or_default().to_string_lossy();
    let found = names(&stem).into_iter().filter(|name| {
        let file = files::within(folder, name, root).ok().and_then(|path| DeploymentFile::read_unnamed(&path));
        let gives = |file: &DeploymentFile| {
            !file.tags.is_empty() || declared.iter().any(|parameter| file.parameters.contains_key(&parameter.name))
        };
        file.is_some_and(|file| gives(&file))
    });
    let note = |name: String| {
        format!(
            "{}: {name} has parameters or tags of a deployment, which are not used; to use them: --parameters {}",
            template.display(),
            template.with_file_name(&name).display()
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
