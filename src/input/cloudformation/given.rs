//! Parameters of a deployment that the command line gives: values, checks against the templates, and files beside a
//! template that could give them.

use std::collections::BTreeMap;
use std::path::Path;

use super::deployment_facts::DeploymentFile;
use super::evaluate::{TemplateValue, Traced};
use super::files;
use super::parameters::{DeclaredParameter, GivenParameter};
use crate::base::{nearest, quote};
use crate::engine::InputError;
use crate::input::opened::OpenedInput;
use crate::input::options::InputOptions;
use crate::model::Gap;

/// The values of the options.
pub(super) fn values(options: &InputOptions) -> BTreeMap<String, Traced<TemplateValue>> {
    let value = |given: &GivenParameter| given.value.clone().map_or(TemplateValue::Unknown, TemplateValue::text);
    options.parameters.iter().map(|(name, given)| (name.clone(), Traced::open(value(given)))).collect()
}

/// Makes the given values unknown that the declarations of a template refuse: no deployment of it has them.
pub(super) fn forget_refused(
    values: &mut BTreeMap<String, Traced<TemplateValue>>,
    declared: &[DeclaredParameter],
    options: &InputOptions,
) {
    for parameter in declared {
        if refusal(parameter, options).is_some() {
            values.insert(parameter.name.clone(), Traced::open(TemplateValue::Unknown));
        }
    }
}

/// The flag that gives a parameter, and the reason why its declaration refuses the value.
fn refusal<'o>(parameter: &DeclaredParameter, options: &'o InputOptions) -> Option<(&'o str, String)> {
    let given = options.parameters.get(&parameter.name)?;
    Some((&given.flag, parameter.refusal(given.value.as_deref()?)?))
}

/// Checks that templates declare every given parameter and that one of them allows its value. A template that refuses a
/// value that another allows has a gap. A message contains no value: it may be secret.
pub(in crate::input) fn check(options: &InputOptions, all: &mut [OpenedInput]) -> Result<(), InputError> {
    for (name, given) in &options.parameters {
        let wrong = |message: String| InputError::Invalid { name: format!("{} {name}", given.flag), message };
        let declared = || all.iter().flat_map(|opened| &opened.parameters);
        if !declared().any(|parameter| parameter.name == *name) {
            let near = nearest(name, declared().map(|parameter| parameter.name.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(wrong(format!("no template of the inputs declares this parameter{near}")));
        }
        let refusals = declared().filter(|parameter| parameter.name == *name).map(|one| refusal(one, options));
        if let Some(Some((_, why))) = refusals.min_by_key(Option::is_some) {
            return Err(wrong(why));
        }
    }
    for OpenedInput { input, parameters, .. } in all {
        let refusals = parameters.iter().filter_map(|one| Some((one, refusal(one, options)?)));
        input.gaps.extend(refusals.map(|(parameter, (flag, why))| Gap {
            error: format!("{flag} {}: {why}; its value is unknown here", parameter.name),
            ..Gap::default()
        }));
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
