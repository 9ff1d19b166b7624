//! Finding a policy, following `extends`, and putting files together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compile::{Compiled, MAX_FILE, compile, default_name};
use super::{Policy, Rule};
use crate::source::{Gravity, Problem, SourceFile};
use crate::text::{Glob, any_of, nearest, quote};

/// The packs that are compiled in: the files of `rules/`.
pub const PACKS: &[(&str, &str)] =
    &[("aws", include_str!("../../rules/aws.toml")), ("default", include_str!("../../rules/default.toml"))];

/// The id of the result that says how many others were left out of a SARIF file.
pub const TRUNCATED_RULE: &str = "taglint-truncated";

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Files and folders that were named.
    Paths(Vec<PathBuf>),
    /// A built-in pack.
    Pack(&'static str),
}

/// Why there is no policy.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file can't be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A folder without any policy.
    #[error("{path}: no *.toml file in this folder", path = .0.display())]
    EmptyFolder(PathBuf),
    /// Files with mistakes.
    #[error("{} in the policy", crate::text::count(.0.iter().filter(|p| p.gravity == Gravity::Error).count() as u64, "mistake"))]
    Mistakes(Vec<Problem>),
    /// Nothing to check.
    #[error("the policy has no rules")]
    NoRules,
}

/// The policy that holds for a folder: its `taglint.toml` or the nearest parent's, stopping at a repository's root; else
/// the pack `default`.
#[must_use]
pub fn find(folder: &Path) -> Source {
    for parent in folder.ancestors() {
        let candidate = parent.join("taglint.toml");
        if candidate.is_file() {
            return Source::Paths(vec![candidate]);
        }
        if parent.join(".git").exists() {
            break;
        }
    }
    Source::Pack("default")
}

/// Loads a policy.
///
/// # Errors
/// [`LoadError`]; `Mistakes` holds all of them, warnings too.
pub fn load(source: &Source) -> Result<Policy, LoadError> {
    let mut loader = Loader::default();
    let mut roots = Vec::new();
    match source {
        Source::Pack(name) => roots.extend(loader.pack(name)),
        Source::Paths(paths) => {
            for path in expand(paths)? {
                let key = canonical(&path);
                if loader.loaded.insert(key) {
                    roots.push(compile(&read(&path)?));
                }
            }
        }
    }
    loader.put_together(roots)
}

/// Folders become their `*.toml`, in name order.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let failed = |error| LoadError::Read { path: path.clone(), error };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|e| e == "toml") && file.is_file() {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(LoadError::EmptyFolder(path.clone()));
        }
        files.sort();
        out.append(&mut files);
    }
    Ok(out)
}

fn read(path: &Path) -> Result<Arc<SourceFile>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE as u64 {
        return Err(failed(std::io::Error::other(format!(
            "{size} bytes are too many for a policy (at most {MAX_FILE})"
        ))));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|e| {
        failed(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("not UTF-8 (byte {})", e.utf8_error().valid_up_to() + 1),
        ))
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Arc::new(SourceFile { path: path.to_owned(), text, built_in: false }))
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[derive(Default)]
struct Loader {
    /// Files and packs that were loaded: each is loaded once.
    loaded: BTreeSet<PathBuf>,
    /// Those whose `extends` is being followed: one that comes again goes round.
    open: Vec<PathBuf>,
    problems: Vec<Problem>,
    files: Vec<PathBuf>,
}

impl Loader {
    fn pack(&mut self, name: &str) -> Option<Compiled> {
        let (name, text) = PACKS.iter().find(|(pack, _)| *pack == name)?;
        let path = PathBuf::from(format!("{name} (built in)"));
        self.loaded
            .insert(path.clone())
            .then(|| compile(&Arc::new(SourceFile { path, text: (*text).to_owned(), built_in: true })))
    }

    /// The rules that a file's `extends` brings, in order; a later one replaces an earlier one of the same id.
    fn extended(&mut self, file: &Compiled, rules: &mut BTreeMap<String, Rule>) {
        for name in &file.extends {
            let is_pack = PACKS.iter().any(|(pack, _)| *pack == name.value);
            let path = if is_pack {
                PathBuf::from(format!("{} (built in)", name.value))
            } else {
                canonical(&file.file.path.parent().unwrap_or(Path::new("")).join(&name.value))
            };
            if self.open.contains(&path) || path == canonical(&file.file.path) {
                self.problems.push(Problem::error(
                    &file.file,
                    name.span.clone(),
                    format!("`extends` goes round: {} extends this file", quote(&name.value)),
                ));
                continue;
            }
            if self.loaded.contains(&path) {
                continue;
            }
            let compiled = if is_pack {
                self.pack(&name.value)
            } else if looks_like_pack(&name.value) || (file.file.built_in) {
                let known = PACKS.iter().map(|(pack, _)| *pack);
                let help = nearest(&name.value, known.clone()).map_or_else(
                    || {
                        format!(
                            "packs are {}; a file is named with its path, such as \"./{}.toml\"",
                            any_of(known.map(|k| format!("\"{k}\""))),
                            name.value
                        )
                    },
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                self.problems.push(
                    Problem::error(&file.file, name.span.clone(), format!("there is no pack {}", quote(&name.value)))
                        .help(help),
                );
                None
            } else {
                match read(&path) {
                    Ok(text) => {
                        self.loaded.insert(path.clone());
                        Some(compile(&text))
                    }
                    Err(LoadError::Read { error, .. }) => {
                        self.problems.push(
                            Problem::error(
                                &file.file,
                                name.span.clone(),
                                format!("can't read {}: {error}", quote(&name.value)),
                            )
                            .help("paths are relative to this file"),
                        );
                        None
                    }
                    Err(_) => None,
                }
            };
            if let Some(compiled) = compiled {
                self.open.push(path);
                let own = self.whole(compiled);
                self.open.pop();
                rules.extend(own);
            }
        }
    }

    /// A file's rules with those that it extends.
    fn whole(&mut self, mut file: Compiled) -> BTreeMap<String, Rule> {
        let mut rules = BTreeMap::new();
        self.extended(&file, &mut rules);
        self.disable(&file, &mut rules);
        self.files.push(file.file.path.clone());
        self.problems.append(&mut file.problems);
        let mut own: BTreeMap<String, Rule> = BTreeMap::new();
        for rule in file.rules {
            self.own_rule(rule, &mut own);
        }
        rules.extend(own);
        rules
    }

    fn own_rule(&mut self, rule: Rule, own: &mut BTreeMap<String, Rule>) {
        if let Some(first) = own.get(&rule.id) {
            let (line, _) = first.origin.file.line_column(first.origin.span.start);
            self.problems.push(
                Problem::error(
                    &rule.origin.file,
                    rule.origin.span.clone(),
                    format!("the id {} stands twice in the policy", quote(&rule.id)),
                )
                .help(format!("the first is in {}, line {line}", first.origin.file.path.display())),
            );
        } else {
            own.insert(rule.id.clone(), rule);
        }
    }

    fn disable(&mut self, file: &Compiled, extended: &mut BTreeMap<String, Rule>) {
        for glob in &file.disable {
            let matcher = Glob::new(&glob.value);
            let before = extended.len();
            let known: Vec<String> = extended.keys().cloned().collect();
            extended.retain(|id, _| !matcher.matches(id));
            if extended.len() == before {
                let help = nearest(&glob.value, known.iter().map(String::as_str)).map_or_else(
                    || "it switches off extended rules only".to_owned(),
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                self.problems.push(
                    Problem::error(
                        &file.file,
                        glob.span.clone(),
                        format!("no extended rule is called {}", quote(&glob.value)),
                    )
                    .help(help),
                );
            }
        }
    }

    /// Files that were given together are one policy.
    fn put_together(mut self, roots: Vec<Compiled>) -> Result<Policy, LoadError> {
        let mut policy = Policy::default();
        let (mut rules, mut own) = (BTreeMap::new(), BTreeMap::new());
        for file in &roots {
            self.open.push(canonical(&file.file.path));
            self.extended(file, &mut rules);
            self.open.pop();
        }
        for file in &roots {
            self.disable(file, &mut rules);
        }
        let extended_files = std::mem::take(&mut self.files);
        let (mut waivers, mut tests) = (Vec::new(), Vec::new());
        for mut file in roots {
            policy.files.push(file.file.path.clone());
            if policy.name.is_empty() {
                policy.name = file.name.take().unwrap_or_else(|| default_name(&file.file.path));
                policy.description = file.description.take();
            }
            policy.inline_waivers |= file.inline_waivers;
            self.problems.append(&mut file.problems);
            for rule in file.rules {
                self.own_rule(rule, &mut own);
            }
            waivers.append(&mut file.waivers);
            tests.append(&mut file.tests);
        }
        policy.files.extend(extended_files);
        rules.extend(own);
        policy.rules = rules.into_values().collect();
        policy.finish();
        if !self.problems.iter().any(|p| p.gravity == Gravity::Error) {
            // Of rules with mistakes nothing is known: names are looked up only when all were read.
            for (waiver, names) in &waivers {
                for name in names.iter().filter(|name| Glob::new(&name.value).is_literal()) {
                    self.named(&policy, &waiver.origin.file, name, true);
                }
            }
            for (test, names) in &tests {
                for name in names {
                    self.named(&policy, &test.origin.file, name, false);
                }
            }
        }
        policy.waivers = waivers.into_iter().map(|(waiver, _)| waiver).collect();
        policy.tests = tests.into_iter().map(|(test, _)| test).collect();
        self.problems.sort_by(|a, b| (&a.file.path, a.span.start).cmp(&(&b.file.path, b.span.start)));
        if self.problems.iter().any(|p| p.gravity == Gravity::Error) {
            return Err(LoadError::Mistakes(self.problems));
        }
        if policy.rules.is_empty() {
            return Err(LoadError::NoRules);
        }
        policy.warnings = self.problems;
        Ok(policy)
    }

    fn named(&mut self, policy: &Policy, file: &Arc<SourceFile>, name: &super::read::At<String>, waives: bool) {
        let id = name.value.split(':').next().unwrap_or("");
        match policy.rule(id) {
            None => {
                let help = nearest(id, policy.rules.iter().map(|rule| rule.id.as_str())).map_or_else(
                    || "`taglint policy list` shows the rules".to_owned(),
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                self.problems.push(
                    Problem::error(file, name.span.clone(), format!("the policy has no rule {}", quote(id))).help(help),
                );
            }
            Some(rule) if waives && !rule.waivable => {
                self.problems.push(
                    Problem::error(file, name.span.clone(), format!("the rule {} can't be waived", quote(id)))
                        .help("it says `waivable = false`"),
                );
            }
            Some(_) => {}
        }
    }
}

fn looks_like_pack(name: &str) -> bool {
    !name.contains(['/', '\\', '.'])
}
