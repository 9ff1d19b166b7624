//! Finding a policy, following `extends`, and putting files together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compile::{Compiled, MAX_FILE, compile, default_name};
use super::{Policy, Rule};
use crate::source::{Gravity, Problem, SourceFile};
use crate::text::{Glob, any_of, nearest, quote};

/// The packs that are compiled in: the files of `rules/`.
pub const PACKS: &[(&str, &str)] = &[
    ("aws", include_str!("../../rules/aws.toml")),
    ("default", include_str!("../../rules/default.toml")),
    ("finops", include_str!("../../rules/finops.toml")),
    ("security", include_str!("../../rules/security.toml")),
];

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

/// Compiles one policy that is in memory, without looking at any disk: built-in packs can be extended, files can't.
///
/// # Errors
/// As [`load`].
pub fn parse_text(text: &str) -> Result<Policy, LoadError> {
    let path = PathBuf::from("policy.toml");
    too_large(&path, text.len() as u64)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let root = compile(&Arc::new(SourceFile { path, text, built_in: false }));
    Loader { in_memory: true, ..Loader::default() }.put_together(vec![root])
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
    too_large(path, std::fs::metadata(path).map_err(failed)?.len())?;
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

fn too_large(path: &Path, size: u64) -> Result<(), LoadError> {
    if size <= MAX_FILE as u64 {
        return Ok(());
    }
    let error = std::io::Error::other(format!("{size} bytes are too many for a policy (at most {MAX_FILE})"));
    Err(LoadError::Read { path: path.to_owned(), error })
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[derive(Default)]
struct Loader {
    /// The policy is no file: its paths are relative to nothing, and no disk is looked at.
    in_memory: bool,
    /// Files and packs that were loaded: each is loaded once.
    loaded: BTreeSet<PathBuf>,
    /// Those whose `extends` is being followed: one that comes again goes round.
    open: Vec<PathBuf>,
    /// Who extends whom.
    edges: Vec<(PathBuf, PathBuf)>,
    /// The rules that each extended file brought, with those that it extends.
    brought: BTreeMap<PathBuf, Vec<Brought>>,
    /// Rules of files loaded before that a later file, which extends them too, switches off.
    off: BTreeSet<Brought>,
    problems: Vec<Problem>,
    files: Vec<PathBuf>,
}

/// A rule's id and the path of the file that it stands in.
type Brought = (String, PathBuf);

fn brought(rule: &Rule) -> Brought {
    (rule.id.clone(), rule.origin.file.path.clone())
}

impl Loader {
    /// Whether following `extends` from one file leads to another.
    fn leads(&self, from: &Path, to: &Path) -> bool {
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

    /// What tells a file from all others.
    fn place(&self, path: &Path) -> PathBuf {
        if self.in_memory { path.to_owned() } else { canonical(path) }
    }

    fn pack(&mut self, name: &str) -> Option<Compiled> {
        let (name, text) = PACKS.iter().find(|(pack, _)| *pack == name)?;
        let path = PathBuf::from(format!("{name} (built in)"));
        self.loaded
            .insert(path.clone())
            .then(|| compile(&Arc::new(SourceFile { path, text: (*text).to_owned(), built_in: true })))
    }

    /// The rules that a file's `extends` brings, in order; a later one replaces an earlier one of the same id. Those of
    /// files that were loaded before come back by name: they are in the policy already.
    fn extended(&mut self, file: &Compiled, rules: &mut BTreeMap<String, Rule>) -> Vec<Brought> {
        let mut earlier = Vec::new();
        let this = self.place(&file.file.path);
        for name in &file.extends {
            let is_pack = PACKS.iter().any(|(pack, _)| *pack == name.value);
            let path = if is_pack {
                PathBuf::from(format!("{} (built in)", name.value))
            } else {
                self.place(&file.file.path.parent().unwrap_or(Path::new("")).join(&name.value))
            };
            if self.open.contains(&path) || self.leads(&path, &this) {
                self.problems.push(Problem::error(
                    &file.file,
                    name.span.clone(),
                    format!("`extends` goes round: {} extends this file", quote(&name.value)),
                ));
                continue;
            }
            self.edges.push((this.clone(), path.clone()));
            if self.loaded.contains(&path) {
                earlier.extend(self.brought.get(&path).into_iter().flatten().cloned());
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
            } else if self.in_memory {
                self.problems.push(
                    Problem::error(&file.file, name.span.clone(), format!("can't read {}", quote(&name.value)))
                        .help("a policy that is no file extends built-in packs only"),
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

    /// A file's rules with those that it extends, and the names of those that came before it.
    fn whole(&mut self, mut file: Compiled) -> (BTreeMap<String, Rule>, Vec<Brought>) {
        let mut rules = BTreeMap::new();
        let earlier = self.extended(&file, &mut rules);
        self.disable(std::slice::from_ref(&file), &mut rules, &earlier);
        self.files.push(file.file.path.clone());
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

    /// Switches off what files extend; several globs may name one rule.
    fn disable(&mut self, files: &[Compiled], extended: &mut BTreeMap<String, Rule>, earlier: &[Brought]) {
        let known: BTreeSet<String> = extended.keys().chain(earlier.iter().map(|(id, _)| id)).cloned().collect();
        for (file, glob) in files.iter().flat_map(|file| file.disable.iter().map(move |glob| (file, glob))) {
            let matcher = Glob::new(&glob.value);
            extended.retain(|id, _| !matcher.matches(id));
            self.off.extend(earlier.iter().filter(|(id, _)| matcher.matches(id)).cloned());
            if !known.iter().any(|id| matcher.matches(id)) {
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
        // A test may name a kind of finding too.
        let id = if waives { name.value.as_str() } else { name.value.split(':').next().unwrap_or("") };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads files (name, text without its version) from a folder of their own: the first `roots` of them by name.
    fn load_files(roots: usize, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), format!("version = 1\n{text}")).unwrap();
        }
        let paths = files[..roots].iter().map(|(name, _)| folder.path().join(name)).collect();
        match load(&Source::Paths(paths)) {
            Ok(policy) => Ok(policy.rules.iter().map(|rule| format!("{} {}", rule.id, rule.description)).collect()),
            Err(LoadError::Mistakes(problems)) => {
                Err(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// A rule whose description tells where it stands.
    fn rule(id: &str, place: &str) -> String {
        format!("[[rule]]\nid = \"{id}\"\ndescription = \"{place}\"\nkey = \"K\"\n")
    }

    #[test]
    fn a_file_is_loaded_once_and_later_ones_replace_its_rules() {
        let files = [
            ("root.toml", "extends = [\"a.toml\", \"b.toml\"]\n".to_owned() + &rule("mine", "root")),
            ("a.toml", "extends = [\"c.toml\"]\n".to_owned() + &rule("x", "a")),
            ("b.toml", "extends = [\"c.toml\"]\n".to_owned() + &rule("mine", "b")),
            ("c.toml", rule("x", "c") + &rule("y", "c")),
        ];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(load_files(1, &files).unwrap(), ["mine root", "x a", "y c"]);
    }

    #[test]
    fn disable_names_what_is_extended_however_often_and_by_whomever() {
        let (x, both) = (rule("x", "c") + &rule("y", "c"), "extends = [\"c.toml\"]\ndisable = [\"x\", \"x*\"]\n");
        for (roots, first, second, want) in [
            // Two globs for one rule; two roots that switch off the same; a second way to the same file, in either order.
            (1, both, "", Ok(vec!["y c"])),
            (2, both, both, Ok(vec!["y c"])),
            (1, "extends = [\"c.toml\", \"d.toml\"]\n", both, Ok(vec!["y c"])),
            (1, "extends = [\"d.toml\", \"c.toml\"]\n", both, Ok(vec!["y c"])),
            (1, "extends = [\"c.toml\"]\ndisable = [\"z\"]\n", "", Err("no extended rule is called \"z\"")),
            (1, "disable = [\"x\"]\n", "", Err("no extended rule is called \"x\"")),
        ] {
            let got = load_files(roots, &[("b.toml", first), ("d.toml", second), ("c.toml", &x)]);
            match (&got, want) {
                (Ok(got), Ok(want)) => assert_eq!(*got, want, "{first}{second}"),
                (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
                _ => panic!("{first}{second}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_replaced_rule_is_not_switched_off_with_the_one_it_replaces() {
        let files = [
            ("root.toml", "extends = [\"a.toml\", \"b.toml\"]\n".to_owned()),
            ("a.toml", "extends = [\"c.toml\"]\n".to_owned() + &rule("x", "a")),
            ("b.toml", "extends = [\"c.toml\"]\ndisable = [\"x\"]\n".to_owned()),
            ("c.toml", rule("x", "c")),
        ];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(load_files(1, &files).unwrap(), ["x a"]);
    }

    #[test]
    fn extends_that_goes_round_is_an_error_from_every_side() {
        let [a, b] = ["extends = [\"b.toml\"]\n", "extends = [\"a.toml\"]\n"];
        for roots in [1, 2] {
            let got = load_files(roots, &[("a.toml", a), ("b.toml", b)]).unwrap_err();
            assert_eq!(got, "`extends` goes round: \"a.toml\" extends this file", "{roots} roots");
        }
        assert!(load_files(1, &[("a.toml", b)]).unwrap_err().contains("goes round"));
    }

    #[test]
    fn waivers_name_rules_and_tests_may_name_kinds() {
        let waiver = |name: &str| {
            format!(
                "{}[[waiver]]\nrules = [\"{name}\"]\nresources = [\"*\"]\nreason = \"r\"\nexpires = 2030-01-01\n",
                rule("x", "")
            )
        };
        assert!(load_files(1, &[("a.toml", &waiver("x"))]).is_ok());
        assert_eq!(load_files(1, &[("a.toml", &waiver("x:value"))]).unwrap_err(), "the policy has no rule \"x:value\"");
        let test = "[[test]]\nname = \"t\"\nresource = { type = \"iam:user\" }\nexpect = [\"x:value\"]\n";
        assert!(load_files(1, &[("a.toml", &(rule("x", "") + test))]).is_ok());
    }

    #[test]
    fn text_in_memory_extends_packs_only() {
        let policy = parse_text("version = 1\nextends = [\"default\"]\n").unwrap();
        assert!(policy.rule("aws-syntax").is_some());
        for extended in ["./load.rs", "../Cargo.toml", "policy.toml", "/etc/passwd"] {
            let refused = parse_text(&format!("version = 1\nextends = [\"{extended}\"]\n"));
            assert!(matches!(refused, Err(LoadError::Mistakes(_))), "{extended}");
        }
        assert!(matches!(parse_text(&" ".repeat(MAX_FILE + 1)), Err(LoadError::Read { .. })));
    }
}
