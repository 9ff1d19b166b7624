//! Files and folders of other tools in a folder that is walked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::is_input;

/// The number of entries of a folder that are looked at to find out whether it holds an input.
const MAX_ENTRIES: usize = 20_000;

/// The folder of git itself: no tool loads anything in it as an input.
pub(super) const GIT: &str = ".git";

/// The folder of Terraform for fetched modules and providers.
const TERRAFORM: &str = ".terraform";

/// Folders that tools write copies into: of modules, dependencies and built templates.
const CACHES: &[&str] = &[
    TERRAFORM,
    ".terragrunt-cache",
    ".terragrunt-stack",
    ".external_modules",
    ".aws-sam",
    ".serverless",
    ".tox",
    ".venv",
    "node_modules",
];

/// The names of files that other tools read, each with its noun.
const FILES: &[(&str, &str)] = &[
    ("terragrunt.hcl", "Terragrunt file"),
    ("terragrunt.hcl.json", "Terragrunt file"),
    ("terragrunt.stack.hcl", "Terragrunt file"),
    ("serverless.yml", "Serverless Framework file"),
    ("serverless.yaml", "Serverless Framework file"),
    ("serverless.json", "Serverless Framework file"),
    ("Pulumi.yaml", "Pulumi file"),
    ("Pulumi.yml", "Pulumi file"),
];

/// The endings of files that other commands of Terraform and OpenTofu, or Packer, read, each with its noun.
const ENDINGS: &[(&str, &str)] = &[
    (".tftest.hcl", "Terraform test"),
    (".tftest.json", "Terraform test"),
    (".tofutest.hcl", "OpenTofu test"),
    (".tofutest.json", "OpenTofu test"),
    (".tfmock.hcl", "Terraform test"),
    (".tfmock.json", "Terraform test"),
    (".tfcomponent.hcl", "Terraform stack"),
    (".tfcomponent.json", "Terraform stack"),
    (".tfstack.hcl", "Terraform stack"),
    (".tfstack.json", "Terraform stack"),
    (".tfdeploy.hcl", "Terraform stack"),
    (".tfdeploy.json", "Terraform stack"),
    (".pkr.hcl", "Packer template"),
    (".pkr.json", "Packer template"),
];

/// Whether a folder is the copy of a tool.
pub(super) fn is_cache(name: &str) -> bool {
    CACHES.contains(&name)
}

/// The noun of the file of another tool; `None` for any other file.
pub(super) fn noun(name: &str) -> Option<&'static str> {
    let by_name = FILES.iter().find(|(own, _)| *own == name);
    by_name.or_else(|| ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))).map(|(_, noun)| *noun)
}

/// Whether a folder may hold an input: false only if all of it was looked at and there is none. What the module manifest of
/// Terraform names does not count: the roots that call it read it.
pub(super) fn may_hold_inputs(folder: &Path) -> bool {
    let fetched = if folder.ends_with(TERRAFORM) { fetched_modules(folder) } else { BTreeSet::new() };
    let (mut open, mut left) = (vec![folder.to_owned()], MAX_ENTRIES);
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { return true };
        for entry in entries {
            let Ok(entry) = entry else { return true };
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            left -= 1;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if left == 0 || (!is_folder && is_input(&path, &name)) {
                return true;
            }
            if is_folder && name != GIT && !fetched.contains(&path) {
                open.push(path);
            }
        }
    }
    false
}

/// The folders that `.terraform/modules/modules.json` names.
fn fetched_modules(folder: &Path) -> BTreeSet<PathBuf> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ModuleManifest {
        modules: Vec<ModuleManifestEntry>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ModuleManifestEntry {
        dir: PathBuf,
    }
    let root = folder.parent().unwrap_or(folder);
    let text = std::fs::read(folder.join("modules/modules.json")).unwrap_or_default();
    let manifest = serde_json::from_slice::<ModuleManifest>(&text).map_or_else(|_| Vec::new(), |read| read.modules);
    manifest.into_iter().map(|entry| root.join(entry.dir)).collect()
}
