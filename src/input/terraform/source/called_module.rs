//! The module that a caller outside of the roots names.

use std::path::{Component, Path, PathBuf};

use super::files::ReadBoundary;
use super::module::is_local;
use crate::syntax::hcl::{Expression, ExpressionKind, TemplatePart, TraversalStep};

/// The module that a caller names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CalledModule {
    /// A folder, with every link resolved.
    Folder(PathBuf),
    /// The last part of an address: `modules/users` of `git::https://example.com/infra.git//modules/users?ref=v1`. The
    /// address may be that of the repository that is checked.
    Within(PathBuf),
    /// Any folder below this one.
    Below(PathBuf),
    /// Any folder below one with this end: `modules` of `git::https://example.com/infra.git//modules/${local.name}`.
    BelowWithin(PathBuf),
    /// Any module without the marks of a root: the source is an expression that is not evaluated.
    Any,
}

impl CalledModule {
    /// Returns whether a folder is the module, or may be it.
    pub(super) fn may_be(&self, folder: &Path, is_root: bool) -> bool {
        match self {
            Self::Folder(called) => called == folder,
            Self::Within(end) => folder.ends_with(end),
            Self::Below(above) => folder.starts_with(above),
            Self::BelowWithin(end) => folder.ancestors().skip(1).any(|above| above.ends_with(end)),
            Self::Any => !is_root,
        }
    }
}

/// The source of a module as a caller writes it, and what it is relative to.
pub(super) struct ModuleSource<'s> {
    pub(super) source: &'s Expression,
    /// The folder of the caller.
    pub(super) folder: &'s Path,
    /// True if a local path is relative to that folder; false for a file that others include.
    pub(super) is_relative: bool,
    /// The values of locals of the caller.
    pub(super) locals: &'s dyn Fn(&str) -> Option<&'s Expression>,
}

impl ModuleSource<'_> {
    /// The module; `None` for one that is certainly elsewhere. Terragrunt writes `//` before the folder within a local
    /// source too.
    pub(super) fn called(&self, boundary: &ReadBoundary) -> Option<CalledModule> {
        let mut parts = Vec::new();
        self.add_parts(self.source, &mut parts);
        let Some(last) = parts.iter().rposition(Option::is_none) else {
            return self.literal(&parts.into_iter().flatten().collect::<String>(), boundary);
        };
        let tail: String = parts[last + 1..].iter().flatten().map(String::as_str).collect();
        let head: String = parts[..last].iter().flatten().map(String::as_str).collect();
        let is_within = without_scheme(&head).contains("//");
        if is_address(&head) && !is_within && !tail.contains("//") {
            // A whole repository or an entry of a registry.
            return None;
        }
        match end_of(whole_names(&tail)) {
            Some(end) => Some(CalledModule::Within(end)),
            None => self.below(&parts, boundary),
        }
    }

    /// The module of a source with an unknown end, by the folder that its beginning names.
    fn below(&self, parts: &[Option<String>], boundary: &ReadBoundary) -> Option<CalledModule> {
        let beginning: String = parts.iter().map_while(Option::as_deref).collect();
        let folder = beginning.rsplit_once('/').map_or("", |(folder, _)| folder);
        if is_local(folder) && self.is_relative {
            let path = folder.replace("//", "/");
            return boundary.resolve(&self.folder.join(path)).map(CalledModule::Below);
        }
        let within = without_scheme(folder).rsplit_once("//").and_then(|(_, within)| end_of(within));
        Some(within.map_or(CalledModule::Any, CalledModule::BelowWithin))
    }

    fn literal(&self, text: &str, boundary: &ReadBoundary) -> Option<CalledModule> {
        if is_local(text) {
            let path = text.split('?').next().unwrap_or(text).replace("//", "/");
            let folder = boundary.resolve(&self.folder.join(&path)).filter(|_| self.is_relative);
            return folder.map(CalledModule::Folder).or_else(|| {
                let end = end_of(&path).filter(|_| !self.is_relative);
                end.map(CalledModule::Within)
            });
        }
        let within = without_scheme(text).contains("//").then(|| end_of(text))?;
        within.map(CalledModule::Within)
    }

    /// Adds the literal parts of an expression, and `None` for each other part.
    fn add_parts(&self, node: &Expression, out: &mut Vec<Option<String>>) {
        match &node.kind {
            ExpressionKind::Text(text) => out.push(Some(text.clone())),
            ExpressionKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Text(text) => out.push(Some(text.clone())),
                        TemplatePart::Value(node) => out.push(self.local(node)),
                        TemplatePart::If(..) | TemplatePart::For(_) => out.push(None),
                    }
                }
            }
            _ => out.push(self.local(node)),
        }
    }

    /// The text of a literal, or of a local that is one.
    fn local(&self, node: &Expression) -> Option<String> {
        let ExpressionKind::Select(base, steps) = &node.kind else { return node.text().map(str::to_owned) };
        match (&base.kind, steps.as_slice()) {
            (ExpressionKind::Name(name), [TraversalStep::Attribute(local)]) if name == "local" => {
                (self.locals)(local)?.text().map(str::to_owned)
            }
            _ => None,
        }
    }
}

/// The part of the end of a path with whole names: `/users` of `-a/users`.
fn whole_names(tail: &str) -> &str {
    let path = tail.split('?').next().unwrap_or(tail);
    path.find('/').map_or("", |at| &path[at..])
}

/// Returns whether a text is the beginning of an address, not of a path.
fn is_address(text: &str) -> bool {
    text.contains("::") || text.contains("://")
}

fn without_scheme(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest)
}

/// The end of an address without its query: after `//`, else after the last `..`.
fn end_of(text: &str) -> Option<PathBuf> {
    let text = without_scheme(text);
    let text = text.split('?').next().unwrap_or(text);
    let path = Path::new(text.rsplit_once("//").map_or(text, |(_, within)| within));
    let parts: Vec<Component<'_>> = path.components().filter(|part| *part != Component::RootDir).collect();
    let is_step = |part: &Component<'_>| matches!(part, Component::CurDir | Component::ParentDir);
    let start = parts.iter().rposition(is_step).map_or(0, |at| at + 1);
    let end: PathBuf = parts[start..].iter().collect();
    (!end.as_os_str().is_empty()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::hcl::parse;

    #[test]
    fn the_module_of_a_source_is_found_by_its_end() {
        let within = |text: &str| Some(CalledModule::Within(PathBuf::from(text)));
        let below = |text: &str| Some(CalledModule::BelowWithin(PathBuf::from(text)));
        for (source, want) in [
            ("\"git::https://example.com/infra.git//modules/users?ref=v1\"", within("modules/users")),
            ("\"git::https://example.com/infra.git?ref=v1\"", None),
            ("\"acme/users/aws//modules/pool\"", within("modules/pool")),
            ("\"acme/users/aws\"", None),
            ("\"tfr:///acme/users/aws?version=1.0\"", None),
            ("\"${get_repo_root()}/modules/users\"", within("modules/users")),
            ("\"${get_repo_root()}//modules/users\"", within("modules/users")),
            ("\"${dirname(find_in_parent_folders())}/../modules/users\"", within("modules/users")),
            ("\"git::https://example.com/${local.repository}.git//modules/users?ref=v1\"", within("modules/users")),
            ("\"git::https://example.com/${local.repository}.git?ref=v1\"", None),
            ("\"git::https://example.com/infra.git//${local.path}?ref=v1\"", Some(CalledModule::Any)),
            ("\"${include.common.locals.base}?ref=v1\"", Some(CalledModule::Any)),
            ("local.source", Some(CalledModule::Any)),
            ("\"git::https://example.com/infra.git//modules/${local.path}?ref=v1\"", below("modules")),
            ("\"git::https://example.com/infra.git//modules/iam-${local.path}\"", below("modules")),
            ("\"git::https://example.com/infra.git//modules/${local.path}-pool\"", below("modules")),
            ("\"git::https://example.com/infra.git//modules/${local.path}-a/users\"", within("users")),
            ("\"${get_repo_root()}/${local.path}-users\"", Some(CalledModule::Any)),
            ("local.known", within("modules/pool")),
            ("\"${local.base}/users?ref=v1\"", within("modules/users")),
        ] {
            let locals = "known = \"git::https://example.com/infra.git//modules/pool\"\n  base = \"git::https://example.com/i.git//modules\"";
            let text = format!("terraform {{\n  source = {source}\n  {locals}\n}}\n");
            let body = parse(&text, 0).unwrap().body;
            let block = &body.blocks[0].body;
            let (source, locals) = (block.value("source").unwrap(), |name: &str| block.value(name));
            let source = ModuleSource { source, folder: Path::new("/r"), is_relative: true, locals: &locals };
            assert_eq!(source.called(&ReadBoundary::nowhere()), want, "{text}");
        }
    }

    #[test]
    fn a_source_with_an_unknown_end_is_below_the_folder_of_its_beginning() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("live")).unwrap();
        std::fs::create_dir_all(root.join("modules/users")).unwrap();
        let boundary = ReadBoundary::around(&root, &root).unwrap();
        let body = parse("source = \"../modules/${local.name}\"\n", 0).unwrap().body;
        let source = ModuleSource {
            source: body.value("source").unwrap(),
            folder: &root.join("live"),
            is_relative: true,
            locals: &|_| None,
        };
        let called = source.called(&boundary).unwrap();
        assert_eq!(called, CalledModule::Below(root.join("modules")));
        assert!(called.may_be(&root.join("modules/users"), false));
        assert!(!called.may_be(&root.join("live"), false));
        let within = CalledModule::BelowWithin(PathBuf::from("modules"));
        assert!(within.may_be(&root.join("modules/users"), false));
        assert!(!within.may_be(&root.join("live"), false) && !within.may_be(&root.join("modules"), false));
    }
}
