//! Follows `extends`, and combines the loaded files into one policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::compile::{CompiledFile, MAX_FILE, compile, default_name};
use super::super::{ListSource, Policy, Rule};
use super::source::{LoadError, PACKS, PolicyFiles, canonical, lexical, read_from, read_regular, within};
use crate::base::{Diagnostic, DiagnosticLevel, Glob, SourceFile, Span, any_of, nearest, quote};
use crate::rule::{Lists, Located};

/// The state of a load.
#[derive(Default)]
pub(super) struct Loader<'f> {
    origin: FileOrigin<'f>,
    /// The files and packs that were loaded, each once.
    pub(super) loaded: BTreeSet<PathBuf>,
    /// The files whose `extends` is being followed. One that occurs again is a cycle.
    open: Vec<PathBuf>,
    /// The pairs of a file and one that it extends.
    edges: Vec<(PathBuf, PathBuf)>,
    /// The rules of each extended file, with those that it extends.
    brought: BTreeMap<PathBuf, Vec<RuleKey>>,
    /// The rules of earlier files that a later file, which extends them too, disables.
    off: BTreeSet<RuleKey>,
    problems: Vec<Diagnostic>,
    /// The shortest `max-waiver` of the files so far, with its place.
    max_waiver: Option<(i32, Arc<SourceFile>, Span)>,
    files: Vec<PathBuf>,
    /// The size of all compiled patterns, in bytes.
    pattern_bytes: usize,
    /// The extended files that were read, by path.
    sources: BTreeMap<PathBuf, Arc<SourceFile>>,
    /// The lists of the policy.
    lists: Arc<Lists>,
    /// The files that have some of them.
    list_files: Vec<ListSource>,
    /// The folder that extended files must be inside, if the policy was found and not named.
    root: Option<PathBuf>,
}

/// The origin of the files that a policy extends.
#[derive(Default)]
enum FileOrigin<'f> {
    #[default]
    Disk,
    /// None: the policy is in memory. Its paths are relative to nothing.
    Memory,
    /// Files that are not on the disk, such as those of a commit.
    Files(&'f dyn PolicyFiles),
}

/// A rule's id and the path of its file.
type RuleKey = (String, PathBuf);

fn brought(rule: &Rule) -> RuleKey {
    (rule.id.clone(), rule.origin.file.path.clone())
}

impl<'f> Loader<'f> {
    /// A loader for a policy in memory.
    pub(super) fn in_memory() -> Self {
        Self { origin: FileOrigin::Memory, ..Self::default() }
    }

    /// A loader for files that are not on the disk.
    pub(super) fn of_files(files: &'f dyn PolicyFiles) -> Self {
        Self { origin: FileOrigin::Files(files), ..Self::default() }
    }

    /// Refuses extended files outside of a folder.
    pub(super) fn stay_in(&mut self, root: PathBuf) {
        self.root = Some(root);
    }

    /// Returns `true` if following `extends` from one file leads to another.
    fn extends(&self, from: &Path, to: &Path) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                next.extend(self.edges.iter().filter(|(file, _)| file == at).map(|(_, extended)| extended.as_path()));
            }
        }
        false
    }

    /// The path that identifies a file.
    pub(super) fn place(&self, path: &Path) -> PathBuf {
        match self.origin {
            FileOrigin::Disk => canonical(path),
            FileOrigin::Memory => path.to_owned(),
            FileOrigin::Files(_) => lexical(path),
        }
    }

    /// Loads a built-in pack.
    pub(super) fn pack(&mut self, name: &str) -> Option<Arc<SourceFile>> {
        let (name, text) = PACKS.iter().find(|(pack, _)| *pack == name)?;
        let path = PathBuf::from(format!("{name} (built in)"));
        self.loaded
            .insert(path.clone())
            .then(|| Arc::new(SourceFile { path, text: (*text).to_owned(), built_in: true }))
    }

    /// The rules of the files that a file extends, in order; a later one replaces an earlier one of the same id. The rules of
    /// files that were loaded before are returned by name: they are in the policy already.
    fn extended(&mut self, file: &CompiledFile, rules: &mut BTreeMap<String, Rule>) -> Vec<RuleKey> {
        let mut earlier = Vec::new();
        let this = self.place(&file.file.path);
        for name in &file.extends {
            let path = self.extended_path(&file.file, &name.value);
            if self.open.contains(&path) || self.extends(&path, &this) {
                let message = format!("`extends` is circular: {} extends this file", quote(&name.value));
                self.problems.push(Diagnostic::error(&file.file, name.span.clone(), message));
                continue;
            }
            self.edges.push((this.clone(), path.clone()));
            if self.loaded.contains(&path) {
                earlier.extend(self.brought.get(&path).into_iter().flatten().cloned());
                continue;
            }
            if let Some(compiled) = self.load_extended(file, name, &path) {
                self.open.push(path.clone());
                let (own, before) = self.whole(compiled);
                self.open.pop();
                self.brought.insert(path, own.values().map(brought).chain(before).collect());
                rules.extend(own);
                rules.retain(|_, rule| !self.off.contains(&brought(rule)));
            }
        }
        earlier
    }

    /// The path that identifies a file or pack which a file extends.
    pub(super) fn extended_path(&self, file: &SourceFile, name: &str) -> PathBuf {
        if is_pack(name) {
            PathBuf::from(format!("{name} (built in)"))
        } else {
            self.place(&file.path.parent().unwrap_or(Path::new("")).join(name))
        }
    }

    /// Loads a file or pack that a file extends; `None` after a problem.
    fn load_extended(&mut self, file: &CompiledFile, name: &Located<String>, path: &Path) -> Option<CompiledFile> {
        if is_pack(&name.value) {
            return self.pack(&name.value).map(|pack| compile(&pack, &self.lists, &mut self.pattern_bytes));
        }
        match self.source(&file.file, name, path) {
            Ok(Some(source)) => {
                self.loaded.insert(path.to_owned());
                return Some(compile(&source, &self.lists, &mut self.pattern_bytes));
            }
            Ok(None) => {}
            Err(problem) => self.problems.push(problem),
        }
        None
    }

    /// The text of a file that a file extends, read once; `None` for a pack.
    pub(super) fn source(
        &mut self,
        file: &Arc<SourceFile>,
        name: &Located<String>,
        path: &Path,
    ) -> Result<Option<Arc<SourceFile>>, Diagnostic> {
        if is_pack(&name.value) {
            return Ok(None);
        }
        if let Some(source) = self.sources.get(path) {
            return Ok(Some(Arc::clone(source)));
        }
        let cannot_read = |cause: &str| {
            Diagnostic::error(file, name.span.clone(), format!("can't read {}{cause}", quote(&name.value)))
        };
        if looks_like_pack(&name.value) || file.built_in {
            return Err(unknown_pack(file, name));
        }
        if matches!(self.origin, FileOrigin::Memory) {
            return Err(cannot_read("").help("a policy in memory can extend built-in packs only"));
        }
        if self.root.as_ref().is_some_and(|root| !path.starts_with(root)) {
            let outside = cannot_read(": it is outside of the repository");
            return Err(outside.help("name the policy with --policy to allow this"));
        }
        let read = match self.origin {
            FileOrigin::Files(files) => read_from(files, path),
            FileOrigin::Disk | FileOrigin::Memory => read_regular(path),
        };
        let source = read.map_err(|error| match error {
            LoadError::Read { error, .. } => cannot_read(&format!(": {error}")).help("paths are relative to this file"),
            other => cannot_read(&format!(": {other}")),
        })?;
        self.sources.insert(path.to_owned(), Arc::clone(&source));
        Ok(Some(source))
    }

    /// The path and the content of a file with the items of a list, which is in the folder of the policy file or below it.
    pub(super) fn list_file(&self, file: &SourceFile, name: &str) -> Result<(PathBuf, Vec<u8>), String> {
        let folder = self.place(match file.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        });
        let outside = || format!("can't read {}: it is outside of the folder of this policy file", quote(name));
        let path = within(&folder, name).ok_or_else(outside)?;
        let limit = MAX_FILE as u64;
        let read = match self.origin {
            FileOrigin::Memory => return Err("a policy in memory reads no files".to_owned()),
            FileOrigin::Files(files) => files.read(&path),
            FileOrigin::Disk => {
                // Links may lead out of the folder.
                let target = path.canonicalize().map_err(|error| format!("can't read {}: {error}", quote(name)))?;
                if !target.starts_with(&folder) {
                    return Err(outside());
                }
                crate::base::read_regular(&target, limit)
            }
        };
        let bytes = read.map_err(|error| format!("can't read {}: {error}", quote(name)))?;
        Ok((file.path.parent().unwrap_or(Path::new("")).join(name), bytes))
    }

    /// A file's rules with those that it extends, and the names of those loaded before.
    fn whole(&mut self, mut file: CompiledFile) -> (BTreeMap<String, Rule>, Vec<RuleKey>) {
        let mut rules = BTreeMap::new();
        let earlier = self.extended(&file, &mut rules);
        self.disable(std::slice::from_ref(&file), &mut rules, &earlier);
        self.files.push(file.file.path.clone());
        self.limit_waivers(&file);
        self.problems.append(&mut file.problems);
        let mut own: BTreeMap<String, Rule> = BTreeMap::new();
        for rule in file.rules {
            self.own_rule(rule, &mut own);
        }
        rules.extend(own);
        (rules, earlier)
    }

    fn own_rule(&mut self, rule: Rule, own: &mut BTreeMap<String, Rule>) {
        if let Some(first) = own.get(&rule.id) {
            let (line, _) = first.origin.file.line_column(first.origin.span.start);
            self.problems.push(
                Diagnostic::error(
                    &rule.origin.file,
                    rule.origin.span.clone(),
                    format!("duplicate rule id {}", quote(&rule.id)),
                )
                .help(format!("rename one of them; the first is in {}, line {line}", first.origin.file.path.display())),
            );
        } else {
            own.insert(rule.id.clone(), rule);
        }
    }

    /// Disables extended rules; several globs may match one rule.
    fn disable(&mut self, files: &[CompiledFile], extended: &mut BTreeMap<String, Rule>, earlier: &[RuleKey]) {
        let known: BTreeSet<String> = extended.keys().chain(earlier.iter().map(|(id, _)| id)).cloned().collect();
        for (file, glob) in files.iter().flat_map(|file| file.disable.iter().map(move |glob| (file, glob))) {
            let matcher = Glob::new(&glob.value);
            extended.retain(|id, _| !matcher.matches(id));
            self.off.extend(earlier.iter().filter(|(id, _)| matcher.matches(id)).cloned());
            if !known.iter().any(|id| matcher.matches(id)) {
                let help = nearest(&glob.value, known.iter().map(String::as_str)).map_or_else(
                    || "`disable` applies to extended rules only".to_owned(),
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                self.problems.push(
                    Diagnostic::error(
                        &file.file,
                        glob.span.clone(),
                        format!("no extended rule matches {}", quote(&glob.value)),
                    )
                    .help(help),
                );
            }
        }
    }

    /// Takes the lists of the policy, with the files that have some of them and the mistakes in them.
    pub(super) fn take_lists(&mut self, lists: Lists, files: Vec<ListSource>, mut problems: Vec<Diagnostic>) {
        self.lists = Arc::new(lists);
        self.list_files = files;
        self.problems.append(&mut problems);
    }

    /// Keeps the shortest `max-waiver`: a file that extends another cannot allow longer waivers.
    fn limit_waivers(&mut self, file: &CompiledFile) {
        if let Some(own) = &file.max_waiver
            && self.max_waiver.as_ref().is_none_or(|(days, ..)| own.value < *days)
        {
            self.max_waiver = Some((own.value, Arc::clone(&file.file), own.span.clone()));
        }
    }

    /// Combines the files into one policy.
    pub(super) fn combine(mut self, roots: &[Arc<SourceFile>]) -> Result<Policy, LoadError> {
        let mut policy = Policy { list_files: std::mem::take(&mut self.list_files), ..Policy::default() };
        let roots: Vec<_> = roots.iter().map(|root| compile(root, &self.lists, &mut self.pattern_bytes)).collect();
        let (mut rules, mut own) = (BTreeMap::new(), BTreeMap::new());
        let mut earlier = Vec::new();
        for file in &roots {
            self.open.push(self.place(&file.file.path));
            earlier.append(&mut self.extended(file, &mut rules));
            self.open.pop();
        }
        self.disable(&roots, &mut rules, &earlier);
        let extended_files = std::mem::take(&mut self.files);
        let (mut waivers, mut tests) = (Vec::new(), Vec::new());
        for mut file in roots {
            policy.files.push(file.file.path.clone());
            if policy.name.is_empty() {
                policy.name = file.name.take().unwrap_or_else(|| default_name(&file.file.path));
                policy.description = file.description.take();
            }
            policy.inline_waivers |= file.inline_waivers;
            self.limit_waivers(&file);
            self.problems.append(&mut file.problems);
            for rule in file.rules {
                self.own_rule(rule, &mut own);
            }
            waivers.append(&mut file.waivers);
            tests.append(&mut file.tests);
        }
        policy.files.extend(extended_files);
        if let Some((days, file, span)) = self.max_waiver.take() {
            policy.max_waiver = Some(days);
            if policy.inline_waivers {
                let message =
                    "`max-waiver` and `inline-waivers = true` exclude each other: a comment in source has no end";
                self.problems.push(Diagnostic::error(&file, span, message).help("remove one of them"));
            }
        }
        rules.extend(own);
        policy.rules = rules.into_values().collect();
        policy.finish();
        if !self.problems.iter().any(|p| p.level == DiagnosticLevel::Error) {
            // A rule with mistakes has no entry here, so names are looked up only if there are no mistakes.
            for (waiver, names) in &waivers {
                for name in names.iter().filter(|name| Glob::new(&name.value).is_literal()) {
                    self.check_name(&policy, &waiver.origin.file, name, true);
                }
            }
            for (test, names) in &tests {
                for name in names {
                    self.check_name(&policy, &test.origin.file, name, false);
                }
            }
        }
        policy.waivers = waivers.into_iter().map(|(waiver, _)| waiver).collect();
        policy.tests = tests.into_iter().map(|(test, _)| test).collect();
        // Files are loaded in the order of `extends`, but mistakes are listed by place.
        self.problems.sort_by(|a, b| (&a.file.path, a.span.start).cmp(&(&b.file.path, b.span.start)));
        if self.problems.iter().any(|p| p.level == DiagnosticLevel::Error) {
            return Err(LoadError::Mistakes(self.problems));
        }
        if policy.rules.is_empty() {
            return Err(LoadError::NoRules);
        }
        policy.warnings = self.problems;
        Ok(policy)
    }

    fn check_name(&mut self, policy: &Policy, file: &Arc<SourceFile>, name: &Located<String>, waives: bool) {
        // A test may name a kind of finding too.
        let id = if waives { name.value.as_str() } else { name.value.split(':').next().unwrap_or("") };
        match policy.rule(id) {
            None => {
                let help = nearest(id, policy.rules.iter().map(|rule| rule.id.as_str())).map_or_else(
                    || "`taglint policy list` shows the rules".to_owned(),
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                self.problems.push(
                    Diagnostic::error(file, name.span.clone(), format!("the policy has no rule {}", quote(id)))
                        .help(help),
                );
            }
            Some(rule) if waives && !rule.waivable => {
                self.problems.push(
                    Diagnostic::error(file, name.span.clone(), format!("the rule {} can't be waived", quote(id)))
                        .help("it has `waivable = false`"),
                );
            }
            Some(_) => {}
        }
    }
}

fn is_pack(name: &str) -> bool {
    PACKS.iter().any(|(pack, _)| *pack == name)
}

fn looks_like_pack(name: &str) -> bool {
    !name.contains(['/', '\\', '.'])
}

/// The problem with an extended name that is no pack.
fn unknown_pack(file: &Arc<SourceFile>, name: &Located<String>) -> Diagnostic {
    let packs = PACKS.iter().map(|(pack, _)| *pack);
    let help = match nearest(&name.value, packs.clone()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!(
            "packs are {}; write a file as a path, such as \"./{}.toml\"",
            any_of(packs.map(|pack| format!("\"{pack}\""))),
            name.value
        ),
    };
    Diagnostic::error(file, name.span.clone(), format!("unknown pack {}", quote(&name.value))).help(help)
}
