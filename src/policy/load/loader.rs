//! Follows `extends`, and combines the loaded files into one policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::compile::{CompiledFile, MAX_FILE, NameUse, compile, default_name};
use super::super::{Policy, PolicyLocation, Rule, Target};
use super::lock::{FetchRemote, LOCK_FILE, RUN_LOCK, Remote, read_lock};
use super::names::{UnreadTables, same_id, unknown_pack};
use super::source::{LoadError, PACKS, PolicyFiles, canonical, lexical, read_policy, within};
use crate::base::digest::{hex, plain_sha256};
use crate::base::limits::EXTENDS_NESTING;
use crate::base::{Diagnostic, DiagnosticLevel, Glob, SourceFile, Span, nearest, quote};
use crate::policy::remote::RemoteFile;
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
    /// The rules and names in tables with mistakes.
    unread: UnreadTables,
    /// The targets of the files so far, by id, with the names of their rules.
    targets: BTreeMap<String, NamedTarget>,
    /// The shortest `max-waiver` of the files so far, with its place.
    max_waiver: Option<(i32, Arc<SourceFile>, Span)>,
    files: Vec<PathBuf>,
    /// The size of all compiled patterns, in bytes.
    pattern_bytes: usize,
    /// The extended files that were read, by path.
    sources: BTreeMap<PathBuf, Arc<SourceFile>>,
    /// The lists of the policy.
    lists: Arc<Lists>,
    /// The policy so far: its lists.
    policy: Policy,
    /// The folder that extended files must be inside, if the policy was found and not named.
    root: Option<PathBuf>,
    /// The files on other machines that the policy extends, by the path of their copy.
    remotes: BTreeMap<PathBuf, Remote>,
    /// The program that fetches them; without it, their copies are read.
    fetch: Option<&'f dyn FetchRemote>,
}

/// The reason why a file is not read, and the next step.
pub(super) type Refusal = (String, &'static str);

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
/// A target with the names of its rules, as written.
type NamedTarget = (Target, Vec<Located<String>>);

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

    /// Fetches files on other machines instead of reading their copies.
    pub(super) fn fetch_with(&mut self, fetch: &'f dyn FetchRemote) {
        self.fetch = Some(fetch);
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
                self.unread.hides_rules = true;
                continue;
            }
            self.edges.push((this.clone(), path.clone()));
            if self.loaded.contains(&path) {
                earlier.extend(self.brought.get(&path).into_iter().flatten().cloned());
                continue;
            }
            if self.open.len() > EXTENDS_NESTING {
                let message = format!("more than {EXTENDS_NESTING} policy files extend each other in a row");
                let problem = Diagnostic::error(&file.file, name.span.clone(), message);
                self.problems.push(problem.help("extend the files from fewer levels"));
                self.unread.hides_rules = true;
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
    pub(super) fn extended_path(&mut self, file: &SourceFile, name: &str) -> PathBuf {
        if is_pack(name) {
            return PathBuf::from(format!("{name} (built in)"));
        }
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let Some(Ok(remote)) = self.remote(file, name) else { return self.place(&folder.join(name)) };
        // A copy that is still to be fetched has no canonical path; its folder has one.
        let place = self.place(&Remote { folder: self.folder(&remote.folder), ..remote.clone() }.copy());
        self.remotes.insert(place.clone(), remote);
        place
    }

    /// The file on another machine that a file names; `None` for the name of a local file.
    fn remote(&self, file: &SourceFile, name: &str) -> Option<Result<Remote, &'static str>> {
        let base = self.remotes.values().find(|remote| remote.copy() == file.path);
        let parsed = match base {
            None if !RemoteFile::is_meant(name) => return None,
            None => RemoteFile::parse(name),
            Some(base) => base.file.join(name),
        };
        let folder = base.map_or_else(|| file.path.parent().unwrap_or(Path::new("")), |base| &base.folder);
        Some(parsed.map(|file| Remote { folder: folder.to_owned(), file }))
    }

    /// The path that identifies a folder.
    fn folder(&self, folder: &Path) -> PathBuf {
        self.place(if folder == Path::new("") { Path::new(".") } else { folder })
    }

    /// The content of a file on another machine: that of its copy, if the lock file has its hash.
    fn remote_content(&self, remote: &Remote) -> Result<Vec<u8>, Refusal> {
        if let Some(fetch) = self.fetch {
            let help = "check the URL, and that you may read it";
            return fetch.fetch(&remote.folder, &remote.file).map_err(|why| (why, help));
        }
        let lock = remote.folder.join(LOCK_FILE);
        let shown = lock.display();
        let text = self.content(&lock, &remote.folder).map_err(|error| (format!("{shown}: {error}"), RUN_LOCK))?;
        let entries = read_lock(&String::from_utf8_lossy(&text));
        let entries = entries.map_err(|error| (format!("{shown}: {error}"), RUN_LOCK))?;
        let source = remote.file.to_string();
        let Some(entry) = entries.iter().find(|entry| entry.source == source) else {
            return Err((format!("{shown} does not have it"), RUN_LOCK));
        };
        let copy = remote.copy();
        let bytes = self.content(&copy, &remote.folder);
        let bytes = bytes.map_err(|error| (format!("its copy {}: {error}", copy.display()), RUN_LOCK))?;
        if hex(&plain_sha256(&bytes)) == entry.sha256 {
            return Ok(bytes);
        }
        let why = format!("its copy {} does not have the SHA-256 that {shown} names", copy.display());
        Err((why, "restore both from a commit, or run `taglint policy lock` and review what it changes"))
    }

    /// The content of a file in a folder or below it, with links resolved.
    fn content(&self, path: &Path, folder: &Path) -> std::io::Result<Vec<u8>> {
        match self.origin {
            FileOrigin::Memory => Err(std::io::Error::other("a policy in memory reads no files")),
            FileOrigin::Files(files) => files.read(&lexical(path)),
            FileOrigin::Disk => {
                let target = path.canonicalize()?;
                if !target.starts_with(self.folder(folder)) {
                    return Err(std::io::Error::other("it is outside of the folder of this policy file"));
                }
                crate::base::read_regular(&target, MAX_FILE as u64)
            }
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
        self.unread.hides_rules = true;
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
        let source = match self.remote(file, &name.value) {
            Some(remote) => {
                let remote = remote.map_err(|why| (why.to_owned(), REMOTE_FORMS));
                let read = remote.and_then(|remote| Ok((remote.copy(), self.remote_content(&remote)?)));
                let (copy, bytes) = read.map_err(|(why, help)| cannot_read(&format!(": {why}")).help(help))?;
                read_policy(&copy, Ok(bytes))
            }
            None if self.root.as_ref().is_some_and(|root| !path.starts_with(root)) => {
                let outside = cannot_read(": it is outside of the repository");
                return Err(outside.help("name the policy with --policy to allow this"));
            }
            None => self.read_local(path),
        };
        let source = source.map_err(|error| match error {
            LoadError::Read { error, .. } => cannot_read(&format!(": {error}")).help("paths are relative to this file"),
            other => cannot_read(&format!(": {other}")),
        })?;
        self.sources.insert(path.to_owned(), Arc::clone(&source));
        Ok(Some(source))
    }

    fn read_local(&self, path: &Path) -> Result<Arc<SourceFile>, LoadError> {
        let limit = MAX_FILE as u64;
        let read = match self.origin {
            FileOrigin::Files(files) => files.read(path),
            FileOrigin::Disk | FileOrigin::Memory => crate::base::read_regular(path, limit),
        };
        read_policy(path, read)
    }

    /// The name and the content of a file with the items of a list: one in the folder of the policy file or below it, or one
    /// on another machine.
    pub(super) fn list_file(&self, file: &SourceFile, name: &str) -> Result<(PathBuf, Vec<u8>), Refusal> {
        let help = "the file is in the folder of this policy file or below it";
        let cannot_read = |why: &str| format!("can't read {}: {why}", quote(name));
        if matches!(self.origin, FileOrigin::Memory) {
            return Err(("a policy in memory reads no files".to_owned(), help));
        }
        if let Some(remote) = self.remote(file, name) {
            let remote = remote.map_err(|why| (cannot_read(why), REMOTE_FORMS))?;
            let bytes = self.remote_content(&remote).map_err(|(why, help)| (cannot_read(&why), help))?;
            return Ok((remote.file.to_string().into(), bytes));
        }
        let parent = file.path.parent().unwrap_or(Path::new(""));
        let outside = "it is outside of the folder of this policy file";
        let path = within(&self.folder(parent), name).ok_or_else(|| (cannot_read(outside), help))?;
        let bytes = self.content(&path, parent).map_err(|error| (cannot_read(&error.to_string()), help))?;
        Ok((parent.join(name), bytes))
    }

    /// A file's rules with those that it extends, and the names of those loaded before.
    fn whole(&mut self, mut file: CompiledFile) -> (BTreeMap<String, Rule>, Vec<RuleKey>) {
        let mut rules = BTreeMap::new();
        let earlier = self.extended(&file, &mut rules);
        self.unread.add_extended(&mut file);
        self.disable(std::slice::from_ref(&file), &mut rules, &earlier);
        self.files.push(file.file.path.clone());
        self.limit_waivers(&file);
        self.problems.append(&mut file.problems);
        let mut own: BTreeMap<String, Rule> = BTreeMap::new();
        for rule in file.rules {
            self.own_rule(rule, &mut own);
        }
        rules.extend(own);
        self.own_targets(file.targets);
        (rules, earlier)
    }

    fn own_rule(&mut self, rule: Rule, own: &mut BTreeMap<String, Rule>) {
        if let Some(first) = own.get(&rule.id) {
            self.duplicate(&rule.origin, "rule", &rule.id, &first.origin);
        } else {
            own.insert(rule.id.clone(), rule);
        }
    }

    /// Reports the second of two rules or targets with the same id.
    fn duplicate(&mut self, second: &PolicyLocation, what: &str, id: &str, first: &PolicyLocation) {
        let (line, _) = first.file.line_column(first.span.start);
        let message = format!("duplicate {what} id {}", quote(id));
        let help = format!("rename one of them; the first is in {}, line {line}", first.file.path.display());
        self.problems.push(Diagnostic::error(&second.file, second.span.clone(), message).help(help));
    }

    /// Disables extended rules and targets; several globs may match one rule.
    fn disable(&mut self, files: &[CompiledFile], extended: &mut BTreeMap<String, Rule>, earlier: &[RuleKey]) {
        let mut known: BTreeSet<String> = extended.keys().chain(earlier.iter().map(|(id, _)| id)).cloned().collect();
        known.extend(self.targets.keys().cloned());
        known.extend(self.unread.rules.iter().cloned());
        for (file, glob) in files.iter().flat_map(|file| file.disable.iter().map(move |glob| (file, glob))) {
            let matcher = Glob::new(&glob.value);
            extended.retain(|id, _| !matcher.matches(id));
            self.targets.retain(|id, _| !matcher.matches(id));
            self.off.extend(earlier.iter().filter(|(id, _)| matcher.matches(id)).cloned());
            if !self.unread.hides_rules && !known.iter().any(|id| matcher.matches(id)) {
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

    /// Takes the lists, and a policy that shows them with their places; and the mistakes in them.
    pub(super) fn take_lists(&mut self, lists: Lists, shown: Policy, mut problems: Vec<Diagnostic>) {
        (self.lists, self.policy) = (Arc::new(lists), shown);
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
        let mut policy = std::mem::take(&mut self.policy);
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
        let (mut waivers, mut tests, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        for mut file in roots {
            self.unread.add(&mut file);
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
            targets.append(&mut file.targets);
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
        self.own_targets(targets);
        let targets = std::mem::take(&mut self.targets);
        policy.targets = targets.values().map(|(target, _)| target.clone()).collect();
        policy.finish();
        self.problems.extend(targets.values().filter_map(|(target, _)| same_id(&policy, target)));
        if !self.unread.hides_rules {
            let of_waivers = waivers.iter().map(|(waiver, names)| (&waiver.origin.file, NameUse::Waiver, names));
            let of_targets = targets.values().map(|(target, names)| (&target.origin.file, NameUse::Target, names));
            let of_tests = tests.iter().map(|(test, names)| (&test.origin.file, NameUse::Test, names));
            let names = of_waivers.chain(of_targets).chain(of_tests);
            self.problems.extend(self.unread.name_problems(&policy, names));
        }
        policy.waivers = waivers.into_iter().map(|(waiver, _)| waiver).collect();
        policy.tests = tests.into_iter().map(|(test, _)| test).collect();
        // Files are loaded in the order of `extends`, but mistakes are listed by place.
        self.problems.sort_by(|a, b| (&a.file.path, a.span.start).cmp(&(&b.file.path, b.span.start)));
        if self.problems.iter().any(|p| p.level == DiagnosticLevel::Error) {
            return Err(LoadError::Mistakes(self.problems));
        }
        if policy.rules.is_empty() {
            return Err(LoadError::NoRules(policy.files.first().cloned().unwrap_or_default()));
        }
        policy.warnings = self.problems;
        Ok(policy)
    }

    /// Adds the targets of a file, or of all files of the policy itself. They replace extended ones.
    fn own_targets(&mut self, targets: Vec<NamedTarget>) {
        let mut own: BTreeMap<String, NamedTarget> = BTreeMap::new();
        for (target, names) in targets {
            if let Some((first, _)) = own.get(&target.id) {
                self.duplicate(&target.origin, "target", &target.id, &first.origin);
            } else {
                own.insert(target.id.clone(), (target, names));
            }
        }
        self.targets.extend(own);
    }
}

/// The forms of the names of files on other machines.
const REMOTE_FORMS: &str = "write https://HOST/PATH or git::https://HOST/REPOSITORY.git//PATH?ref=REF";

fn is_pack(name: &str) -> bool {
    PACKS.iter().any(|(pack, _)| *pack == name)
}

fn looks_like_pack(name: &str) -> bool {
    !name.contains(['/', '\\', '.'])
}
