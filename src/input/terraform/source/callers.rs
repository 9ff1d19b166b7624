//! Callers of a root module that this source does not contain: Terragrunt, Atmos, components of a Terraform stack, and
//! modules that call it by an address. Their arguments and providers are not read, so what they may set is unknown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::called_module::{CalledModule, ModuleSource};
use super::file_names::{is_json, is_terragrunt};
use super::files::{MAX_FILE, ReadBoundary, TerraformSyntax, parse};
use super::module::{SourceModule, is_local};
use super::value::UnknownReason;
use crate::base::{SourceFile, read_regular};
use crate::model::CALLER_NOT_READ;
use crate::syntax::hcl::{Expression, HclBody};
use crate::syntax::{Node, yaml};

/// The endings of the files of a Terraform stack that have components, and of those that a file of Terragrunt includes.
const ENDINGS: [&str; 5] = [".tfcomponent.hcl", ".tfcomponent.json", ".tfstack.hcl", ".tfstack.json", ".hcl"];
/// The endings of files in the same language that call no module.
const OTHERS: [&str; 8] = [
    ".lock.hcl",
    ".pkr.hcl",
    ".tftest.hcl",
    ".tofutest.hcl",
    ".tfmock.hcl",
    ".tofumock.hcl",
    ".tfdeploy.hcl",
    ".tfquery.hcl",
];
/// The names of the configuration of Atmos.
const ATMOS: [&str; 4] = ["atmos.yaml", "atmos.yml", ".atmos.yaml", ".atmos.yml"];
/// The folder of the components of Atmos, if its configuration names no other.
const ATMOS_COMPONENTS: &str = "components/terraform";

/// Returns whether a file of another tool may call modules.
pub(super) fn is_caller(name: &str) -> bool {
    let is_hcl = ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.');
    is_terragrunt(name) || is_atmos(name) || (is_hcl && !OTHERS.iter().any(|ending| name.ends_with(ending)))
}

/// Returns whether a file certainly belongs to a tool that calls modules.
fn calls_modules(name: &str) -> bool {
    is_terragrunt(name) || ENDINGS[..4].iter().any(|ending| name.ends_with(ending))
}

fn is_atmos(name: &str) -> bool {
    ATMOS.contains(&name)
}

/// The calls of modules from outside of the roots.
#[derive(Debug, Default)]
pub(super) struct OutsideCallers {
    calls: Vec<(CalledModule, UnknownReason)>,
    /// True if a file names `ignore_tags`: it may configure a provider.
    pub(super) names_ignored_tags: bool,
    /// The files that could not be read, as gaps.
    pub(super) unread: Vec<String>,
}

impl OutsideCallers {
    /// Reads the calls in files of other tools. A file that cannot be read may call any module.
    pub(super) fn read(files: &[PathBuf], boundary: &ReadBoundary) -> Self {
        let mut out = Self::default();
        out.add_files(files, boundary);
        out
    }

    /// Adds the calls in files of other tools.
    pub(super) fn add_files(&mut self, files: &[PathBuf], boundary: &ReadBoundary) {
        for path in files.iter().filter_map(|path| boundary.resolve(path)) {
            let bytes = match read_regular(&path, MAX_FILE) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.add_unread(&boundary.shown(&path), &error.to_string());
                    continue;
                }
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if is_atmos(&name) {
                self.add_atmos(&path, &bytes, boundary);
            } else {
                self.names_ignored_tags |= memchr::memmem::find(&bytes, b"ignore_tags").is_some();
                self.add_hcl(&path, &name, bytes, boundary);
            }
        }
    }

    fn add_hcl(&mut self, path: &Path, name: &str, bytes: Vec<u8>, boundary: &ReadBoundary) {
        let syntax = if is_json(name) { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
        let caller = boundary.shown(path);
        let may_call = calls_modules(name) || memchr::memmem::find(&bytes, b"source").is_some();
        let body = match parse(&caller, bytes, 0, syntax).body {
            Ok(body) => body,
            Err(problem) if calls_modules(name) => {
                self.unread.push(problem.line());
                return self.add(Some(CalledModule::Any), &caller);
            }
            // Files of many tools have this ending.
            Err(_) if may_call => return self.add(Some(CalledModule::Any), &caller),
            Err(_) => return,
        };
        let locals = |name: &str| body.blocks("locals").find_map(|block| block.body.value(name));
        let is_relative = calls_modules(name);
        let folder = path.parent().unwrap_or(Path::new(""));
        for source in sources(&body) {
            let source = ModuleSource { source, folder, is_relative, locals: &locals };
            self.add(source.called(boundary), &caller);
        }
    }

    /// Adds the components of Atmos: each is a root module with variables of a stack.
    fn add_atmos(&mut self, path: &Path, bytes: &[u8], boundary: &ReadBoundary) {
        let caller = boundary.shown(path);
        let text = String::from_utf8_lossy(bytes).into_owned();
        let file = Arc::new(SourceFile { path: caller.clone().into(), text, built_in: false });
        let tree = yaml::parse(&file).ok();
        if tree.is_none() {
            self.unread.push(format!("{caller}: it is not YAML that taglint reads"));
        }
        let field = |node: Option<&Node>, name: &str| node?.get(name)?.text().map(str::to_owned);
        let tree = tree.as_ref();
        let terraform = tree.and_then(|tree| tree.get("components")?.get("terraform"));
        let components = field(terraform, "base_path").unwrap_or_else(|| ATMOS_COMPONENTS.to_owned());
        let base = field(tree, "base_path").unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new("")).join(base).join(&components);
        self.add(boundary.resolve(&folder).map(CalledModule::Below), &caller);
    }

    /// Adds the calls of a module that lead to an address.
    pub(super) fn add_module(&mut self, module: &SourceModule, boundary: &ReadBoundary) {
        for (name, call) in &module.calls {
            let source = call.body.value("source").and_then(Expression::text);
            if source.is_some_and(|source| !is_local(source)) {
                self.add_call(module, name, boundary);
            }
        }
    }

    /// Adds a call of a module, wherever it leads.
    pub(super) fn add_call(&mut self, module: &SourceModule, name: &str, boundary: &ReadBoundary) {
        let Some(source) = module.calls.get(name).and_then(|call| call.body.value("source")) else { return };
        let locals = |name: &str| module.locals.get(name);
        let source = ModuleSource { source, folder: &module.folder, is_relative: true, locals: &locals };
        self.add(source.called(boundary), &boundary.shown(&module.folder));
    }

    /// Adds the calls of a module that is not checked, also those of local modules.
    pub(super) fn add_unchecked(&mut self, module: &SourceModule, boundary: &ReadBoundary) {
        self.add_module(module, boundary);
        for (name, _) in module.open_calls() {
            self.add_call(module, name, boundary);
        }
        for folder in module.local_sources().filter_map(|folder| boundary.resolve(&folder)) {
            self.add(Some(CalledModule::Folder(folder)), &boundary.shown(&module.folder));
        }
    }

    /// Adds a file that cannot be read: it may call any module, and configure its providers.
    pub(super) fn add_unread(&mut self, caller: &str, error: &str) {
        self.unread.push(format!("{caller}: {error}"));
        self.names_ignored_tags = true;
        let why = format!("{caller} could not be read, and may call this module");
        self.calls.push((CalledModule::Any, why.into()));
    }

    /// Adds a file with a mistake, which may call any module.
    pub(super) fn add_broken(&mut self, caller: &str) {
        self.add(Some(CalledModule::Any), caller);
    }

    fn add(&mut self, module: Option<CalledModule>, caller: &str) {
        let Some(module) = module else { return };
        let why = format!("{caller} calls this module, {CALLER_NOT_READ}");
        self.calls.push((module, why.into()));
    }

    /// The reason why a root may have other arguments and providers than its source shows.
    pub(super) fn of(&self, folder: &Path, is_root: bool) -> Option<UnknownReason> {
        let call = self.calls.iter().find(|(called, _)| called.may_be(folder, is_root));
        call.map(|(_, why)| why.clone())
    }
}

/// The sources that a file names: `terraform { source = … }` of Terragrunt, `component "x" { source = … }` of a stack.
fn sources(body: &HclBody) -> impl Iterator<Item = &Expression> {
    let blocks = body.blocks.iter().filter(|block| matches!(block.kind.as_str(), "terraform" | "component"));
    blocks.filter_map(|block| block.body.value("source"))
}
