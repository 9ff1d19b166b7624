//! The imports between the files of `src`, read from their text. A re-export is no import of its own: who uses a name
//! through it imports the file that defines the name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::common::repository;

/// One file's module path (`["engine", "stream", "chunks"]`) with what it imports and re-exports.
#[derive(Debug, Default)]
struct Module {
    file: String,
    /// Paths from the crate's root of everything that the code names.
    imports: Vec<Vec<String>>,
    /// Name to the path that it stands for.
    reexports: BTreeMap<String, Vec<String>>,
}

/// The files of `src`, and for each the files that it imports.
pub(crate) fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let root = repository("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut modules: BTreeMap<Vec<String>, Module> = BTreeMap::new();
    let paths: BTreeSet<Vec<String>> = files.iter().map(|file| module_path(&root, file)).collect();
    for file in &files {
        let path = module_path(&root, file);
        let text = code_of(&std::fs::read_to_string(file).expect("a source file"));
        let mut module = read(&text, &path, &paths);
        module.file = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        modules.insert(path, module);
    }
    let mut out = BTreeMap::new();
    for module in modules.values() {
        let targets = module.imports.iter().filter_map(|import| resolve(&modules, import, 0));
        let others: BTreeSet<String> = targets.filter(|target| *target != module.file).collect();
        out.insert(module.file.clone(), others);
    }
    out
}

/// The groups of files that import each other, each sorted; files alone are left out.
pub(crate) fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|file| (file, reachable(imports, file))).collect();
    let mut out: Vec<BTreeSet<String>> = Vec::new();
    for file in imports.keys() {
        let mutual = |other: &&&String| {
            reach[file].contains(**other) && reach.get(**other).is_some_and(|back| back.contains(file))
        };
        let group: BTreeSet<String> = reach[file].iter().filter(mutual).map(|other| (*other).clone()).collect();
        if group.len() > 1 && !out.contains(&group) {
            out.push(group);
        }
    }
    out
}

fn reachable<'i>(imports: &'i BTreeMap<String, BTreeSet<String>>, from: &String) -> BTreeSet<&'i String> {
    let mut seen = BTreeSet::new();
    let mut queue: Vec<&String> = imports[from].iter().collect();
    while let Some(file) = queue.pop() {
        if seen.insert(file) {
            queue.extend(imports.get(file).into_iter().flatten());
        }
    }
    seen
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are both `a::b`; tests and fixtures are left out.
fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs")
            && !["tests.rs", "fixture.rs", "testing.rs"].contains(&name.as_str())
        {
            out.push(path);
        }
    }
}

fn module_path(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).expect("below src").with_extension("");
    let mut parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The code before its tests, without comments and the content of strings.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().expect("a first part");
    let mut out = String::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut chars = line.chars().peekable();
        let mut last = ' ';
        while let Some(c) = chars.next() {
            match c {
                '"' if last != '\\' && last != '\'' => quoted = !quoted,
                '/' if !quoted && chars.peek() == Some(&'/') => break,
                _ if quoted => {}
                _ => out.push(c),
            }
            last = if last == '\\' { ' ' } else { c };
        }
        out.push('\n');
    }
    out
}

fn read(code: &str, path: &[String], modules: &BTreeSet<Vec<String>>) -> Module {
    let mut out = Module::default();
    let mut rest = String::new();
    let mut pending: Option<String> = None;
    for line in code.lines() {
        if let Some(statement) = &mut pending {
            statement.push_str(line);
        } else if ["use ", "pub use ", "pub(crate) use ", "pub(super) use ", "pub(in "]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
            && line.contains("use ")
        {
            pending = Some(line.trim().to_owned());
        } else {
            rest.push_str(line);
            rest.push('\n');
        }
        if pending.as_ref().is_some_and(|statement| statement.contains(';')) {
            let statement = pending.take().expect("a statement");
            let (head, tree) = statement.split_once("use ").expect("a use");
            for (name, leaf) in leaves(tree.trim_end_matches(';').trim()) {
                let Some(full) = absolute(&leaf, path, modules) else { continue };
                let child = full.len() > path.len() && full.starts_with(path);
                if head.contains("pub") {
                    out.reexports.insert(name, full.clone());
                }
                if !(head.contains("pub") && child) {
                    out.imports.push(full);
                }
            }
        }
    }
    out.imports.extend(inline_paths(&rest).filter_map(|found| absolute(&found, path, modules)));
    out
}

/// The leaves of a use tree, each with the name that it brings.
fn leaves(tree: &str) -> Vec<(String, Vec<String>)> {
    fn walk(prefix: &[String], tree: &str, out: &mut Vec<(String, Vec<String>)>) {
        let tree = tree.trim();
        let (head, list) = match tree.find('{') {
            Some(at) => (tree[..at].trim_end_matches("::"), Some(&tree[at + 1..tree.rfind('}').unwrap_or(tree.len())])),
            None => (tree, None),
        };
        let mut path = prefix.to_vec();
        let (head, alias) = head.split_once(" as ").map_or((head, None), |(head, alias)| (head, Some(alias.trim())));
        // `self` counts only where it begins a path.
        for part in head.split("::").map(str::trim).filter(|part| !part.is_empty()) {
            if part != "self" || path.is_empty() {
                path.push(part.to_owned());
            }
        }
        match list {
            None => {
                let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
                out.push((name, path));
            }
            Some(list) => {
                let (mut depth, mut start) = (0, 0);
                for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            if !list[start..at].trim().is_empty() {
                                walk(&path, &list[start..at], out);
                            }
                            start = at + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let mut out = Vec::new();
    walk(&[], tree, &mut out);
    out
}

/// Every `a::b` in running code.
fn inline_paths(code: &str) -> impl Iterator<Item = Vec<String>> + use<'_> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.split(move |c: char| !word(c))
        .filter(|text| text.contains("::"))
        .map(|text| text.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// The path from the crate's root; `None` for another crate's, and for a type's own items.
fn absolute(path: &[String], module: &[String], modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let first = path.first()?;
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            Some([&module[..module.len().checked_sub(up)?], &path[up..]].concat())
        }
        name => {
            let child = [module, &[name.to_owned()]].concat();
            modules.contains(&child).then(|| [module, path].concat())
        }
    }
}

/// The file that defines what a path names.
fn resolve(modules: &BTreeMap<Vec<String>, Module>, path: &[String], depth: usize) -> Option<String> {
    if depth > 20 {
        return None;
    }
    let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let module = &modules[&path[..length]];
    if let Some(target) = path.get(length).and_then(|name| module.reexports.get(name)) {
        return resolve(modules, &[&target[..], &path[length + 1..]].concat(), depth + 1);
    }
    // A module named for itself: `use super::resource_types;` imports that file.
    Some(module.file.clone())
}

#[test]
fn use_trees_are_taken_apart() {
    let text = |tree: &str| -> Vec<String> {
        leaves(tree).into_iter().map(|(name, path)| format!("{name}={}", path.join("::"))).collect()
    };
    assert_eq!(
        text("crate::a::{self, B, c::{D as E, f}}"),
        ["a=crate::a", "B=crate::a::B", "E=crate::a::c::D", "f=crate::a::c::f"]
    );
    assert_eq!(text("super::x"), ["x=super::x"]);
}
