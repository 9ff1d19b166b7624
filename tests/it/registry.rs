//! The number of files that name a kind of rule or a field: the files that a new one changes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use crate::common::repository;

/// The files of `src` that name a word outside their tests, with the numbers of its lines.
pub(crate) fn places_naming(word: &str) -> BTreeMap<String, Vec<usize>> {
    static SOURCES: LazyLock<Vec<(String, String)>> = LazyLock::new(sources);
    let mut out = BTreeMap::new();
    for (path, code) in SOURCES.iter().filter(|(_, code)| code.contains(word)) {
        let lines: Vec<usize> =
            code.lines().enumerate().filter(|(_, line)| names(line, word)).map(|(n, _)| n + 1).collect();
        if !lines.is_empty() {
            out.insert(path.clone(), lines);
        }
    }
    out
}

/// The files of `src` without their tests, by their paths.
fn sources() -> Vec<(String, String)> {
    let mut out = Vec::new();
    visit(&repository("src"), &mut |path, text| {
        let path = path.strip_prefix(repository("src")).unwrap().to_string_lossy().replace('\\', "/");
        out.push((path, text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()));
    });
    out
}

/// Whether a line has a word, not as a part of another.
fn names(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

fn visit(folder: &Path, found: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let tests = path.file_name().is_some_and(|name| name == "tests" || name == "tests.rs");
        if path.is_dir() && !tests {
            visit(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !tests {
            found(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The paths below `src/` that a page of docs/contributing lists under "Files to change".
fn listed(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository(&format!("docs/contributing/{page}"))).unwrap();
    let section = text.split("## Files to change").nth(1).expect("the page has such a section");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `src/"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

const REGISTRY: &str = "rule/kinds/mod.rs";

/// The registry's lines: variant, module and struct of each kind.
fn registered() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(repository(&format!("src/{REGISTRY}"))).unwrap();
    let list = text.split("rule_kinds! {").nth(1).unwrap().split('}').next().unwrap();
    let line = |line: &str| {
        let (variant, rest) = line.trim().split_once('(')?;
        let (module, name) = rest.strip_suffix("),")?.split_once("::")?;
        Some((variant.to_owned(), module.to_owned(), name.to_owned()))
    };
    list.lines().filter_map(line).collect()
}

#[test]
fn a_rule_kind_is_named_in_its_file_and_in_the_registry_only() {
    let kinds = registered();
    assert_eq!(kinds.len(), taglint::rule::KINDS.len());
    for (variant, module, name) in kinds {
        let (own, folder) = (format!("rule/kinds/{module}.rs"), format!("rule/kinds/{module}/"));
        let pattern = listed("rule-kind.md").iter().map(|path| path.replace("NAME", &module)).collect::<Vec<_>>();
        let places = places_naming(&name);
        let (own_places, others): (Vec<&String>, Vec<&String>) =
            places.keys().partition(|path| **path == own || path.starts_with(&folder));
        assert!(!own_places.is_empty(), "{name} has no file of its own: {places:?}");
        assert_eq!(others, [REGISTRY], "{name}: {places:?}");
        assert_eq!(places[REGISTRY].len(), 1, "{name} has one line in the registry: {places:?}");
        assert_eq!(pattern, [own, REGISTRY.to_owned()], "docs/contributing/rule-kind.md lists other files");
        let variants = places_naming(&format!("RuleKind::{variant}"));
        assert!(variants.is_empty(), "{variants:?}");
    }
}

#[test]
fn a_kinds_name_decides_nothing_outside_its_file() {
    for kind in taglint::rule::KINDS {
        for pattern in [
            format!("\"{}\" =>", kind.name),
            format!("name == \"{}\"", kind.name),
            format!("name() == \"{}\"", kind.name),
        ] {
            let mut places = places_naming(&pattern);
            // The same word has another meaning where rules are not known.
            let folders = ["rule/", "policy/", "engine/", "report/", "authoring/", "fix/"];
            places.retain(|path, _| folders.iter().any(|folder| path.starts_with(folder)));
            assert!(places.is_empty(), "{pattern}: {places:?}");
        }
    }
}

#[test]
fn a_field_of_a_rule_is_named_in_one_file() {
    let pages = listed("rule-field.md");
    assert_eq!(pages, ["rule/kinds/KIND.rs", "rule/constraints/NAME.rs", "rule/constraints/mod.rs"]);
    for kind in taglint::rule::KINDS {
        for field in kind.fields {
            // Fields of other tables, names of kinds and words of reports have the same text.
            let places = places_naming(&format!("Field::new(\"{}\"", field.name));
            let split = places_naming(&format!("\"{}\",", field.name));
            let rows: Vec<_> = places.keys().chain(split.keys()).filter(|path| path.starts_with("rule/")).collect();
            assert!(!rows.is_empty(), "{}", field.name);
            // `sensitive` is a field of two kinds; `demand.rs` names to exports what they cannot say.
            let folders = ["rule/kinds/", "rule/constraints/", "rule/spec.rs", "rule/demand.rs"];
            assert!(
                rows.iter().all(|path| folders.iter().any(|folder| path.starts_with(folder))),
                "{}: {rows:?}",
                field.name
            );
        }
    }
}
