//! Finds a policy and reads its files; [`loader`] follows `extends` and combines them.

mod list_file;
mod lists;
mod loader;
mod lock;
mod names;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::lists::LoadedLists;
use self::loader::Loader;
use self::source::{canonical, expand, read_from, read_named, read_regular, too_large};
use super::Policy;
use crate::base::SourceFile;
use crate::base::encoding::text_without_bom;

pub use self::lock::{COPIES, FetchRemote, LOCK_FILE, LockedFile, read_lock, write_lock};
pub use self::source::{LoadError, PACKS, PolicyFiles, PolicySource, lexical};
pub use super::compile::MAX_FILE;

/// The policy of a folder: its `taglint.toml` or that of the nearest parent up to the repository's root, else the pack
/// `default`.
#[must_use]
pub fn find(folder: &Path) -> PolicySource {
    for parent in folder.ancestors() {
        let file = parent.join("taglint.toml");
        if file.is_file() {
            let root = parent.ancestors().find(|above| above.join(".git").exists()).unwrap_or(parent).to_owned();
            return PolicySource::Discovered { file, root };
        }
        if parent.join(".git").exists() {
            break;
        }
    }
    PolicySource::Pack("default")
}

/// Loads a policy.
///
/// # Errors
/// [`LoadError`]; `Mistakes` holds all of them, warnings too.
pub fn load(source: &PolicySource) -> Result<Policy, LoadError> {
    load_with(Loader::default(), source)
}

/// Loads a policy, and fetches the files on other machines that it names instead of reading their copies.
///
/// # Errors
/// As [`load`].
pub fn load_fetching(source: &PolicySource, fetch: &dyn FetchRemote) -> Result<Policy, LoadError> {
    let mut loader = Loader::default();
    loader.fetch_with(fetch);
    load_with(loader, source)
}

fn load_with(mut loader: Loader<'_>, source: &PolicySource) -> Result<Policy, LoadError> {
    let mut roots = Vec::new();
    match source {
        PolicySource::Pack(name) => roots.extend(loader.pack(name)),
        PolicySource::Discovered { file, root } => {
            let (path, root) = (canonical(file), canonical(root));
            if !path.starts_with(&root) {
                let error =
                    std::io::Error::other("the link leads out of the repository; name the policy with --policy");
                return Err(LoadError::Read { path: file.clone(), error });
            }
            loader.stay_in(root);
            loader.loaded.insert(path);
            roots.push(read_regular(file)?);
        }
        PolicySource::Paths(paths) => {
            for path in expand(paths)? {
                let key = canonical(&path);
                // A file that is given twice counts once.
                if loader.loaded.insert(key) {
                    roots.push(read_named(&path)?);
                }
            }
        }
    }
    combine(loader, &roots)
}

/// Loads a policy from files that are not on the disk. What it extends must be inside `root`.
///
/// # Errors
/// As [`load`].
pub fn load_files(files: &dyn PolicyFiles, paths: &[PathBuf], root: &Path) -> Result<Policy, LoadError> {
    let mut loader = Loader::of_files(files);
    loader.stay_in(root.to_owned());
    let mut roots = Vec::new();
    for path in paths {
        if loader.loaded.insert(path.clone()) {
            roots.push(read_from(files, path)?);
        }
    }
    combine(loader, &roots)
}

/// The files that a policy consists of, without those that they extend. A pipe can be read only once, so it is left out.
///
/// # Errors
/// As [`load`].
pub fn root_files(source: &PolicySource) -> Result<Vec<Arc<SourceFile>>, LoadError> {
    match source {
        PolicySource::Discovered { file, root } if canonical(file).starts_with(canonical(root)) => {
            Ok(vec![read_regular(file)?])
        }
        PolicySource::Pack(_) | PolicySource::Discovered { .. } => Ok(Vec::new()),
        PolicySource::Paths(paths) => {
            expand(paths)?.iter().filter(|path| path.is_file()).map(|path| read_regular(path)).collect()
        }
    }
}

/// Reads the files that a policy consists of, where they are not on the disk.
///
/// # Errors
/// As [`load`].
pub fn root_files_of(files: &dyn PolicyFiles, paths: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, LoadError> {
    paths.iter().map(|path| read_from(files, path)).collect()
}

/// Loads a policy from memory, without reading a file: it can extend built-in packs, but no files.
///
/// # Errors
/// As [`load`].
pub fn parse_text(text: &str) -> Result<Policy, LoadError> {
    let path = PathBuf::from("policy.toml");
    if text.len() > MAX_FILE {
        return Err(too_large(&path));
    }
    let text = text_without_bom(text).to_owned();
    combine(Loader::in_memory(), &[Arc::new(SourceFile { path, text, built_in: false })])
}

/// Reads the lists of a policy and then its rules, which use them.
fn combine(mut loader: Loader<'_>, roots: &[Arc<SourceFile>]) -> Result<Policy, LoadError> {
    let LoadedLists { lists, named, sources, problems } = LoadedLists::of(&mut loader, roots);
    loader.take_lists(lists, Policy { lists: named, list_files: sources, ..Policy::default() }, problems);
    loader.combine(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads files (name, text without its version) from their own folder: the first `roots` of them by name.
    fn load_files(roots: usize, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), format!("version = 1\n{text}")).unwrap();
        }
        let paths = files[..roots].iter().map(|(name, _)| folder.path().join(name)).collect();
        match load(&PolicySource::Paths(paths)) {
            Ok(policy) => Ok(policy.rules.iter().map(|rule| format!("{} {}", rule.id, rule.description)).collect()),
            Err(LoadError::Mistakes(problems)) => {
                Err(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// A rule whose description names its file.
    fn rule(id: &str, place: &str) -> String {
        format!("[[rule]]\nid = \"{id}\"\ndescription = \"{place}\"\nkey = \"K\"\n")
    }

    #[test]
    #[cfg(unix)]
    fn a_policy_that_was_found_reads_nothing_outside_of_its_repository() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("repository"), folder.path().join("credentials"));
        std::fs::create_dir_all(root.join(".git")).unwrap();
        std::fs::create_dir_all(root.join("deep")).unwrap();
        std::fs::write(&outside, "[default]\nsecret = \"hunter2\"\n").unwrap();
        std::fs::write(root.join("inside.toml"), "[default]\nsecret = \"hunter2\"\n").unwrap();
        std::os::unix::fs::symlink(&outside, root.join("link.toml")).unwrap();
        let shown = |policy: &str| {
            std::fs::write(root.join("deep/taglint.toml"), policy).unwrap();
            let Err(LoadError::Mistakes(problems)) = load(&find(&root.join("deep"))) else { panic!("{policy}") };
            let shown = problems.iter().map(|problem| format!("{} {}", problem.message, problem.file.text));
            shown.collect::<Vec<_>>().join("; ")
        };
        for extended in
            ["../../credentials", "../link.toml", outside.to_str().unwrap(), "/proc/self/environ", "/dev/zero"]
        {
            let text = shown(&format!("version = 1\nextends = [\"{extended}\"]\n"));
            assert!(text.contains("outside of the repository") && !text.contains("hunter2"), "{extended}: {text}");
        }
        // Nor is a line of a file shown that is no policy.
        let text = shown("version = 1\nextends = [\"../inside.toml\"]\n");
        assert!(text.contains("the file has no `version`") && !text.contains("hunter2"), "{text}");
        std::fs::remove_file(root.join("deep/taglint.toml")).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("deep/taglint.toml")).unwrap();
        assert!(load(&find(&root.join("deep"))).unwrap_err().to_string().contains("out of the repository"));
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
            // Two globs for one rule, two roots that disable the same rule, and a second path to the same file, in
            // either order.
            (1, both, "", Ok(vec!["y c"])),
            (2, both, both, Ok(vec!["y c"])),
            (1, "extends = [\"c.toml\", \"d.toml\"]\n", both, Ok(vec!["y c"])),
            (1, "extends = [\"d.toml\", \"c.toml\"]\n", both, Ok(vec!["y c"])),
            (1, "extends = [\"c.toml\"]\ndisable = [\"z\"]\n", "", Err("no extended rule matches \"z\"")),
            (1, "disable = [\"x\"]\n", "", Err("no extended rule matches \"x\"")),
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
            assert_eq!(got, "`extends` is circular: \"a.toml\" extends this file", "{roots} roots");
        }
        assert!(load_files(1, &[("a.toml", b)]).unwrap_err().contains("is circular"));
    }

    #[test]
    fn files_that_extend_each_other_have_a_limit() {
        let chain = |length: usize| {
            let file = |at: usize| (format!("{at:03}.toml"), format!("extends = [\"{:03}.toml\"]\n", at + 1));
            let mut files: Vec<_> = (0..length).map(file).collect();
            files.push((format!("{length:03}.toml"), rule("x", "last")));
            let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            load_files(1, &files)
        };
        assert_eq!(chain(32).unwrap(), ["x last"]);
        assert_eq!(chain(33).unwrap_err(), "more than 32 policy files extend each other in a row");
        assert_eq!(chain(900).unwrap_err(), "more than 32 policy files extend each other in a row");
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
