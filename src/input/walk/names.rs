//! The names of files and folders of other tools.

/// The folder of git itself: no tool loads anything in it as an input.
pub(in crate::input) const GIT: &str = ".git";

/// The folder of Terraform for fetched modules and providers.
pub(super) const TERRAFORM: &str = ".terraform";

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
    (".tofumock.hcl", "OpenTofu test"),
    (".tofumock.json", "OpenTofu test"),
    (".tfquery.hcl", "Terraform query"),
    (".tfquery.json", "Terraform query"),
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
pub(in crate::input) fn is_cache(name: &str) -> bool {
    CACHES.contains(&name)
}

/// The noun of the file of another tool; `None` for any other file.
pub(super) fn other_tool(name: &str) -> Option<&'static str> {
    let by_name = FILES.iter().find(|(own, _)| *own == name);
    by_name.or_else(|| ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))).map(|(_, noun)| *noun)
}
