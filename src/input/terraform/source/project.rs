//! The modules of some root modules, read once and in parallel: the roots, the local modules that they call, and those
//! that `terraform init` fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::callers::OutsideCallers;
use super::callers_elsewhere;
use super::file_names::{
    OPTIONAL, is_json, is_of_root, is_terraform, is_terragrunt, overrides, precedence, replacement,
};
use super::files::{
    FileProblem, ReadBoundary, TerraformFile, TerraformSyntax, parse, read, values_of_plan, without_path,
};
use super::manifest::ModuleManifest;
use super::module::{SourceModule, is_local, key_of_call};
use super::value::UnknownReason;
use super::workspace;
use crate::base::limits::MODULE_NESTING;
use crate::model::Location;
use crate::syntax::hcl::{Expression, HclBlock, HclBody, Position};

const MAX_CALLS: usize = 10_000;

const OUTSIDE: &str = "a link out of the folder that is checked, or to nothing";

/// The files and modules that were read.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) files: Vec<TerraformFile>,
    modules: BTreeMap<PathBuf, Arc<SourceModule>>,
    /// The problems of files, each once, in the order of files.
    pub(super) problems: Vec<FileProblem>,
    /// The number of module files that could be read.
    pub(super) readable_files: usize,
    /// Files of Terraform that `OpenTofu` does not read, because one of its own has the same name.
    pub(super) replaced: Vec<String>,
    boundary: ReadBoundary,
    /// The folder and the name of each provider that ignores tags, once they are looked for.
    ignoring: OnceLock<Vec<(PathBuf, String)>>,
}

/// A root module.
#[derive(Debug)]
pub(super) struct RootModule {
    pub(super) module: Arc<SourceModule>,
    /// The called modules by the names of the calls (`a.b`), or the reason why one is missing.
    pub(super) tree: BTreeMap<String, Result<Arc<SourceModule>, UnknownReason>>,
    /// Values of variables from `terraform.tfvars` and `*.auto.tfvars`.
    pub(super) values: BTreeMap<String, Expression>,
    /// Values from other `.tfvars` files: the command line may name them, which the source does not show.
    pub(super) optional_values: BTreeMap<String, Expression>,
    /// The files of `optional_values`.
    pub(super) optional_files: Vec<String>,
    /// True if a file of values could not be read: it may set any variable.
    pub(super) has_unread_values: bool,
    /// The workspace that the command line or `.terraform/environment` names.
    pub(super) workspace: Option<String>,
    /// The variables that the command line sets.
    pub(super) given: BTreeSet<String>,
    /// True if a file of another tool, which may configure providers, names `ignore_tags`.
    pub(super) is_ignoring_caller: bool,
    /// The evidence of a caller whose arguments and providers are not in this source: of Terragrunt, for example.
    pub(super) outside_caller: Option<UnknownReason>,
    /// The names of the calls (`a.b`) with a source that is an expression and not evaluated yet.
    pub(super) open_sources: Vec<String>,
    manifest: ModuleManifest,
}

impl Project {
    /// Reads folders and the modules that they call. Folders that no other calls, and those that have what a root alone
    /// has, are roots. `callers` are files of other tools that may call modules, and `checked` is the folder with all of
    /// them.
    pub(super) fn read(
        folders: &[PathBuf],
        callers: &[PathBuf],
        checked: &Path,
        boundary: &ReadBoundary,
    ) -> (Self, Vec<RootModule>) {
        let mut project = Self::new(boundary);
        project.load(folders.iter().cloned().collect());
        let mut outside = OutsideCallers::read(callers, boundary);
        for module in project.modules.values() {
            outside.add_module(module, boundary);
        }
        let folders: BTreeSet<&PathBuf> = folders.iter().collect();
        let called: BTreeSet<PathBuf> = folders
            .iter()
            .flat_map(|folder| project.modules[*folder].local_sources().filter_map(|path| boundary.resolve(&path)))
            .collect();
        let (roots, mut others): (Vec<&PathBuf>, Vec<&PathBuf>) =
            folders.into_iter().partition(|folder| !called.contains(*folder) || project.modules[*folder].is_root);
        // A folder without the marks of a root may be a module of a root elsewhere.
        if roots.iter().any(|folder| !project.modules[*folder].is_root) {
            callers_elsewhere::add(&mut outside, checked, boundary);
        }
        project.problems.extend(std::mem::take(&mut outside.unread).into_iter().map(FileProblem::Unread));
        let mut out = Vec::new();
        let mut reached = BTreeSet::new();
        let mut take = |project: &mut Self, folder: &Path, reached: &mut BTreeSet<PathBuf>| {
            let mut root = project.take_root(folder);
            root.outside_caller = root.outside_caller.or_else(|| outside.of(folder, root.module.is_root));
            root.is_ignoring_caller = outside.names_ignored_tags;
            reached.extend(root.tree.values().flatten().map(|module| module.folder.clone()));
            out.push(root);
        };
        for folder in roots {
            take(&mut project, folder, &mut reached);
        }
        // Modules that call each other in a circle have no other caller: the first is read as a root.
        others.retain(|folder| !reached.contains(*folder));
        for folder in others {
            if !reached.contains(folder) {
                take(&mut project, folder, &mut reached);
            }
        }
        out.sort_by(|a, b| a.module.folder.cmp(&b.module.folder));
        (project, out)
    }

    /// Reads one root and the modules that it calls.
    pub(super) fn read_root(folder: &Path, boundary: &ReadBoundary) -> (Self, RootModule) {
        let mut project = Self::new(boundary);
        project.load([folder.to_owned()].into());
        let root = project.take_root(folder);
        (project, root)
    }

    /// Parses one text as a root module.
    pub(super) fn of_text(name: &str, text: &[u8]) -> (Self, RootModule) {
        let mut project = Self::new(&ReadBoundary::nowhere());
        let language = if is_json(name) { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
        let read = parse(name, text.to_vec(), 0, language);
        let mut module = SourceModule::new(Path::new(""));
        project.files.push(read.file);
        match read.body {
            Ok(body) => {
                project.readable_files += 1;
                module.add(body, false);
            }
            Err(problem) => project.problems.push(problem),
        }
        project.modules.insert(PathBuf::new(), Arc::new(module));
        let root = project.root(Path::new(""), ModuleManifest::default());
        (project, root)
    }

    fn new(boundary: &ReadBoundary) -> Self {
        Self {
            files: Vec::new(),
            modules: BTreeMap::new(),
            problems: Vec::new(),
            readable_files: 0,
            replaced: Vec::new(),
            boundary: boundary.clone(),
            ignoring: OnceLock::new(),
        }
    }

    /// The configurations of a provider (`aws`) anywhere that ignore tags.
    pub(super) fn ignoring_providers(&self, name: &str) -> impl Iterator<Item = &HclBlock> {
        let all = self.ignoring.get_or_init(|| {
            let providers = self.modules.iter().flat_map(|(folder, module)| {
                module.providers.iter().map(move |(name, block)| (folder, name, &block.body))
            });
            let ignores =
                |body: &HclBody| body.blocks("ignore_tags").next().is_some() || body.has_dynamic("ignore_tags");
            let ignoring = providers.filter(|(.., body)| ignores(body));
            ignoring.map(|(folder, name, _)| (folder.clone(), name.clone())).collect()
        });
        let blocks = all.iter().filter_map(|(folder, key)| self.modules[folder].providers.get(key));
        blocks.filter(move |block| block.labels.first().is_some_and(|label| label == name))
    }

    fn take_root(&mut self, folder: &Path) -> RootModule {
        let manifest = self.manifest(folder);
        let boundary = self.boundary.clone();
        self.load(manifest.folders().filter_map(|dir| boundary.resolve(dir)).filter(|dir| dir.is_dir()).collect());
        self.root(folder, manifest)
    }

    /// A path with every link resolved, if it exists inside the folder that is checked.
    pub(super) fn resolve(&self, path: &Path) -> Option<PathBuf> {
        self.boundary.resolve(path)
    }

    /// The module in a folder that was read.
    pub(super) fn module(&self, folder: &Path) -> Option<&SourceModule> {
        self.modules.get(folder).map(Arc::as_ref)
    }

    /// All modules that were read.
    pub(super) fn modules(&self) -> impl Iterator<Item = &SourceModule> {
        self.modules.values().map(Arc::as_ref)
    }

    /// The location of a position.
    pub(super) fn location(&self, at: Position) -> Location {
        self.files[at.file as usize].location(at)
    }

    /// The location of a position in a file; `None` for a value of a plan or of the command line.
    pub(super) fn location_in_file(&self, at: Position) -> Option<Location> {
        let file = &self.files[at.file as usize];
        file.has_path().then(|| file.location(at))
    }

    /// Reads folders and, repeatedly, the local modules that they call.
    fn load(&mut self, mut wanted: BTreeSet<PathBuf>) {
        loop {
            wanted.retain(|folder| !self.modules.contains_key(folder));
            if wanted.is_empty() {
                return;
            }
            let mut found = Vec::new();
            for folder in &wanted {
                let mut module = SourceModule::new(folder);
                for (path, language) in self.listing(folder, &mut module) {
                    found.push((folder.clone(), path, language));
                }
                self.modules.insert(folder.clone(), Arc::new(module));
            }
            self.parse(found);
            let next: BTreeSet<_> =
                wanted.iter().flat_map(|folder| self.modules[folder].local_sources().collect::<Vec<_>>()).collect();
            wanted =
                next.iter().filter_map(|folder| self.boundary.resolve(folder)).filter(|path| path.is_dir()).collect();
        }
    }

    /// The files of a module in the order of Terraform: by name, override files last. A folder with files of `OpenTofu` is
    /// read as it reads them.
    fn listing(&mut self, folder: &Path, module: &mut SourceModule) -> Vec<(PathBuf, TerraformSyntax)> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                module.broken = true;
                self.problems.push(FileProblem::Unread(format!("{}: {error}", self.boundary.shown(folder))));
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for name in entries.filter_map(|entry| Some(entry.ok()?.file_name())) {
            let name = name.into_string();
            if let Ok(name) = &name {
                module.is_root |= is_of_root(name);
                if is_terragrunt(name) {
                    module.outside_caller = Some("Terragrunt sets the inputs and providers of this folder".into());
                }
            }
            match name {
                Ok(name) if is_terraform(&name) => names.push(name),
                Err(name) if is_terraform(&name.to_string_lossy()) => {
                    module.broken = true;
                    let shown = self.boundary.shown(&folder.join(name));
                    self.problems.push(FileProblem::Unread(format!("{shown}: its name is not UTF-8")));
                }
                Ok(_) | Err(_) => {}
            }
        }
        let all: BTreeSet<String> = names.iter().cloned().collect();
        names.retain(|name| {
            let replaced = replacement(name).is_some_and(|instead| all.contains(&instead));
            if replaced {
                self.replaced.push(self.boundary.shown(&folder.join(name)));
            }
            !replaced
        });
        names.sort_by(|a, b| (overrides(a), a).cmp(&(overrides(b), b)));
        let mut out = Vec::new();
        for name in names {
            let language = if is_json(&name) { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
            let path = folder.join(&name);
            match self.boundary.resolve(&path) {
                Some(resolved) if resolved.is_dir() => {}
                Some(resolved) => out.push((resolved, language)),
                None => {
                    module.broken = true;
                    self.problems.push(FileProblem::Unread(format!("{}: {OUTSIDE}", self.boundary.shown(&path))));
                }
            }
        }
        out
    }

    fn parse(&mut self, found: Vec<(PathBuf, PathBuf, TerraformSyntax)>) {
        let (first, boundary) = (self.files.len(), &self.boundary);
        let read: Vec<_> = found
            .into_par_iter()
            .enumerate()
            .map(|(at, (folder, path, language))| (folder, read(&path, number(first + at), language, boundary), path))
            .collect();
        for (folder, read, path) in read {
            self.files.push(read.file);
            let module = self.modules.get_mut(&folder).and_then(Arc::get_mut).expect("a module that was just made");
            match read.body {
                Ok(body) => {
                    self.readable_files += 1;
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    module.add(body, overrides(&name));
                }
                Err(problem) => {
                    module.broken = true;
                    self.problems.push(problem);
                }
            }
        }
    }

    fn root(&mut self, folder: &Path, manifest: ModuleManifest) -> RootModule {
        let module = Arc::clone(&self.modules[folder]);
        let mut root = RootModule {
            module: Arc::clone(&module),
            tree: BTreeMap::new(),
            values: BTreeMap::new(),
            optional_values: BTreeMap::new(),
            optional_files: Vec::new(),
            has_unread_values: false,
            workspace: None,
            given: BTreeSet::new(),
            is_ignoring_caller: false,
            outside_caller: None,
            open_sources: Vec::new(),
            manifest,
        };
        self.add_calls(&mut root, String::new(), module);
        root.outside_caller = root.module.outside_caller.clone();
        if !folder.as_os_str().is_empty() {
            self.variables(folder, &mut root);
            root.workspace = workspace::selected(folder, &self.boundary);
        }
        root
    }

    /// Adds the calls of a module, and of the modules that they lead to, to the tree of a root.
    fn add_calls(&self, root: &mut RootModule, key: String, module: Arc<SourceModule>) {
        let mut open = vec![(key, module)];
        while let Some((key, module)) = open.pop() {
            let depth = key.split('.').filter(|name| !name.is_empty()).count();
            for (name, call) in &module.calls {
                let key = key_of_call(&key, name);
                let source = call.body.value("source");
                let called = if depth >= MODULE_NESTING || root.tree.len() >= MAX_CALLS {
                    Err("too many modules within modules".into())
                } else if source.is_some_and(|source| source.text().is_none()) {
                    root.open_sources.push(key.clone());
                    Err("its source is an expression".into())
                } else {
                    self.called(&module, source.and_then(Expression::text), &key, &root.manifest)
                };
                if let Ok(inner) = &called {
                    open.push((key.clone(), Arc::clone(inner)));
                }
                root.tree.insert(key, called);
            }
        }
    }

    /// Adds the module of a source that was evaluated, with the modules that it calls, to the tree of a root.
    pub(super) fn add_source(&mut self, root: &mut RootModule, key: &str, source: Result<String, UnknownReason>) {
        let around = key.rsplit_once('.').map_or("", |(around, _)| around);
        let caller = if around.is_empty() { Some(&root.module) } else { root.tree[around].as_ref().ok() };
        let Some(caller) = caller.map(Arc::clone) else { return };
        let found = source.and_then(|source| {
            let folder = is_local(&source).then(|| caller.folder.join(&source));
            self.load(folder.and_then(|folder| self.resolve(&folder)).into_iter().filter(|it| it.is_dir()).collect());
            self.called(&caller, Some(&source), key, &root.manifest)
        });
        root.tree.insert(key.to_owned(), found.clone());
        if let Ok(module) = found {
            self.add_calls(root, key.to_owned(), module);
        }
    }

    /// The module of a call with a source.
    fn called(
        &self,
        module: &SourceModule,
        source: Option<&str>,
        key: &str,
        manifest: &ModuleManifest,
    ) -> Result<Arc<SourceModule>, UnknownReason> {
        let folder = match source {
            Some(source) if is_local(source) => {
                let folder = module.folder.join(source);
                manifest.check_local(key, &folder).map(|()| folder)?
            }
            _ => manifest.folder_of_remote(key, source)?.to_owned(),
        };
        let Some(resolved) = self.boundary.resolve(&folder) else {
            return Err("its folder is not there, or is outside the checked folder".into());
        };
        let found = self.modules.get(&resolved).map(Arc::clone);
        found.ok_or_else(|| "its folder can't be read".into())
    }

    /// The manifest of fetched modules. Its paths are checked against the boundary like any other.
    fn manifest(&mut self, root: &Path) -> ModuleManifest {
        let Some(path) = self.boundary.resolve(&ModuleManifest::path(root)) else { return ModuleManifest::default() };
        ModuleManifest::read(root, &path).unwrap_or_else(|error| {
            self.problems.push(FileProblem::Unread(format!("{}: {error}", self.boundary.shown(&path))));
            ModuleManifest::default()
        })
    }

    /// Sets the values of all variables of a root, replacing those of files.
    pub(super) fn set_variable_values(&mut self, root: &mut RootModule, values: &str) {
        let (file, body) = values_of_plan(values, number(self.files.len()));
        self.files.push(file);
        root.values = body.attributes.into_iter().map(|it| (it.name, it.value)).collect();
        root.optional_values.clear();
        root.has_unread_values = false;
        root.workspace = None;
        root.outside_caller = None;
    }

    /// Reads the files of values of a root: those that Terraform loads automatically, and others.
    fn variables(&mut self, folder: &Path, root: &mut RootModule) {
        let names = std::fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<(u8, String)> = names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some((precedence(&name)?, name)))
            .collect();
        names.sort();
        for (precedence, name) in names {
            match self.values(&folder.join(&name), is_json(&name)) {
                Ok(body) => {
                    if precedence == OPTIONAL {
                        root.optional_files.push(self.boundary.shown(&folder.join(&name)));
                    }
                    let into = if precedence == OPTIONAL { &mut root.optional_values } else { &mut root.values };
                    into.extend(body.attributes.into_iter().map(|it| (it.name, it.value)));
                }
                // A broken file that Terraform does not load automatically may be unused.
                Err(_) if precedence == OPTIONAL => {}
                Err(problem) => {
                    root.has_unread_values = true;
                    self.problems.push(problem);
                }
            }
        }
    }

    /// Adds text that stands in no file, and returns its first position.
    pub(super) fn add_text(&mut self, text: &str) -> Position {
        self.files.push(without_path(text.to_owned()));
        Position { file: number(self.files.len() - 1), offset: 0 }
    }

    /// Reads a file of values that the command line names. It may be anywhere.
    pub(super) fn values_of_file(&mut self, path: &Path) -> Result<HclBody, FileProblem> {
        let json = path.extension().is_some_and(|ending| ending == "json");
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.resolved_values(&path, json)
    }

    fn values(&mut self, path: &Path, json: bool) -> Result<HclBody, FileProblem> {
        let outside = || FileProblem::Unread(format!("{}: {OUTSIDE}", self.boundary.shown(path)));
        let path = self.boundary.resolve(path).ok_or_else(outside)?;
        self.resolved_values(&path, json)
    }

    fn resolved_values(&mut self, path: &Path, json: bool) -> Result<HclBody, FileProblem> {
        let language = if json { TerraformSyntax::JsonValues } else { TerraformSyntax::Hcl };
        let read = read(path, number(self.files.len()), language, &self.boundary);
        self.files.push(read.file);
        read.body
    }
}

/// A project has far fewer files than 2^32.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
