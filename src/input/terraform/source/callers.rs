//! Callers of a root module that this source does not contain: Terragrunt, components of a Terraform stack, and modules
//! that call it by an address. Their arguments and providers are not read, so what they may set is unknown.

use std::path::{Path, PathBuf};

use super::files::{ReadBoundary, TerraformSyntax, read};
use super::module::{SourceModule, is_local};
use super::value::UnknownReason;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBody, TemplatePart};

/// The names of the file that Terragrunt reads in a folder, of which it makes a root module.
const TERRAGRUNT: [&str; 2] = ["terragrunt.hcl", "terragrunt.hcl.json"];
/// The endings of the files of a Terraform stack that have components.
const STACKS: [&str; 4] = [".tfcomponent.hcl", ".tfcomponent.json", ".tfstack.hcl", ".tfstack.json"];

/// Returns whether a file of another tool may call modules.
pub(super) fn is_caller(name: &str) -> bool {
    is_terragrunt(name) || STACKS.iter().any(|ending| name.ends_with(ending))
}

/// Returns whether Terragrunt makes a root module of the folder of this file.
pub(super) fn is_terragrunt(name: &str) -> bool {
    TERRAGRUNT.contains(&name)
}

/// The module that a caller names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CalledModule {
    /// A folder, with every link resolved.
    Folder(PathBuf),
    /// The last part of an address: `modules/users` of `git::https://example.com/infra.git//modules/users?ref=v1`. The
    /// address may be that of the repository that is checked.
    Within(PathBuf),
}

/// The calls of modules from outside of the roots.
#[derive(Debug, Default)]
pub(super) struct OutsideCallers {
    calls: Vec<(CalledModule, UnknownReason)>,
}

impl OutsideCallers {
    /// Reads the calls in files of other tools. A file that cannot be read names no module.
    pub(super) fn read(files: &[PathBuf], boundary: &ReadBoundary) -> Self {
        let mut out = Self::default();
        for path in files.iter().filter_map(|path| boundary.resolve(path)) {
            let is_json = path.extension().is_some_and(|ending| ending == "json");
            let syntax = if is_json { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
            let Ok(body) = read(&path, 0, syntax, boundary).body else { continue };
            let folder = path.parent().unwrap_or(Path::new(""));
            for source in sources(&body) {
                out.add(folder, source, boundary, &boundary.shown(&path));
            }
        }
        out
    }

    /// Adds the calls of a module that lead to an address.
    pub(super) fn add_module(&mut self, module: &SourceModule, boundary: &ReadBoundary) {
        for call in module.calls.values() {
            let Some(source) = call.body.value("source") else { continue };
            if source.text().is_none_or(|text| !is_local(text)) {
                self.add(&module.folder, source, boundary, &boundary.shown(&module.folder));
            }
        }
    }

    fn add(&mut self, folder: &Path, source: &Expression, boundary: &ReadBoundary, caller: &str) {
        let Some(module) = called(folder, source, boundary) else { return };
        let why = format!("{caller} calls this module, and what it sets is not read");
        self.calls.push((module, why.into()));
    }

    /// The reason why a root may have other arguments and providers than its source shows.
    pub(super) fn of(&self, folder: &Path) -> Option<UnknownReason> {
        let calls = |called: &CalledModule| match called {
            CalledModule::Folder(called) => called == folder,
            CalledModule::Within(end) => folder.ends_with(end),
        };
        self.calls.iter().find(|(called, _)| calls(called)).map(|(_, why)| why.clone())
    }
}

/// The sources that a file names: `terraform { source = … }` of Terragrunt, `component "x" { source = … }` of a stack.
fn sources(body: &HclBody) -> impl Iterator<Item = &Expression> {
    let blocks = body.blocks.iter().filter(|block| matches!(block.kind.as_str(), "terraform" | "component"));
    blocks.filter_map(|block| block.body.value("source"))
}

/// The module of a source. Terragrunt writes `//` before the folder within a local source too.
fn called(folder: &Path, source: &Expression, boundary: &ReadBoundary) -> Option<CalledModule> {
    let (start, end) = match &source.kind {
        ExpressionKind::Text(text) => (text.as_str(), text.as_str()),
        // The start is a function such as `get_repo_root()`.
        ExpressionKind::Template(parts) => match (parts.first()?, parts.last()?) {
            (TemplatePart::Text(start), TemplatePart::Text(end)) => (start.as_str(), end.as_str()),
            (TemplatePart::Value(_), TemplatePart::Text(end)) => ("", end.as_str()),
            _ => return None,
        },
        _ => return None,
    };
    if is_local(start) && start == end {
        return boundary.resolve(&folder.join(end.replace("//", "/"))).map(CalledModule::Folder);
    }
    let end = end.split('?').next().unwrap_or(end);
    let address = start == end || start.contains("::") || start.contains("://");
    let within = match (end.rsplit_once("//"), address) {
        (Some((before, within)), _) if !before.ends_with(':') => within,
        (_, false) => end,
        _ => return None,
    };
    let within = within.trim_matches('/');
    (!within.is_empty()).then(|| CalledModule::Within(PathBuf::from(within)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::hcl::parse;

    #[test]
    fn the_module_of_a_source_is_found_by_its_end() {
        let within = |text: &str| Some(CalledModule::Within(PathBuf::from(text)));
        for (source, want) in [
            ("\"git::https://example.com/infra.git//modules/users?ref=v1\"", within("modules/users")),
            ("\"git::https://example.com/infra.git?ref=v1\"", None),
            ("\"acme/users/aws//modules/pool\"", within("modules/pool")),
            ("\"acme/users/aws\"", None),
            ("\"${get_repo_root()}/modules/users\"", within("modules/users")),
            ("\"${get_repo_root()}//modules/users\"", within("modules/users")),
            ("\"git::https://example.com/${local.repository}.git//modules/users?ref=v1\"", within("modules/users")),
            ("local.source", None),
        ] {
            let body = parse(&format!("terraform {{\n  source = {source}\n}}\n"), 0).unwrap().body;
            let found = sources(&body).next().and_then(|it| called(Path::new("/r"), it, &ReadBoundary::nowhere()));
            assert_eq!(found, want, "{source}");
        }
    }
}
