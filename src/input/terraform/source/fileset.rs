//! `fileset`.

use std::path::{Path, PathBuf};

use super::eval::HclEvaluator;
use super::path_text::clean;
use super::value::{HclValue, MAX_ENTRIES, UnknownReason};
use crate::base::Glob;

/// The most patterns that braces may make.
const MAX_PATTERNS: usize = 100;
/// The folders within each other that are searched.
const MAX_DEPTH: usize = 32;
/// The files that Terraform writes into the folder of a root module.
const OF_TERRAFORM: &[&str] = &[".terraform/x", ".terraform/x/y", ".terraform.lock.hcl", "terraform.tfstate"];

/// The parts of a pattern between its `/`.
type Pattern = Vec<PatternPart>;

/// A part of a pattern.
enum PatternPart {
    /// `**`: any number of folders.
    AnyFolders,
    /// A name with `*` and `?`.
    Name(Glob),
}

impl PatternPart {
    fn new(text: &str) -> Self {
        if text == "**" { Self::AnyFolders } else { Self::Name(Glob::new(text)) }
    }
}

impl HclEvaluator {
    /// The files below a folder that match a pattern. A build may write files, so an empty set is unknown.
    pub(super) fn fileset(&mut self, folder: &HclValue, pattern: &HclValue) -> Result<HclValue, UnknownReason> {
        let (folder, pattern) = (self.absolute(&folder.as_text()?)?, pattern.as_text()?);
        let found = self.scopes.project.resolve(Path::new(&folder)).filter(|found| found.is_dir());
        let found = found.ok_or("a folder that is not there, or is outside the checked folder")?;
        let patterns = patterns(&pattern).ok_or("a pattern of fileset() that taglint does not evaluate")?;
        let root = self.scopes.root.module.folder.strip_prefix(&found).ok().map(Path::to_owned);
        if let Some(root) = root.and_then(|root| root.to_str().map(str::to_owned))
            && OF_TERRAFORM.iter().any(|file| is_match(&patterns, &clean(&format!("{root}/{file}")), false))
        {
            return Err("a fileset() of the files that Terraform itself writes".into());
        }
        let files = self.files_below(&found, &patterns)?;
        if files.is_empty() {
            return Err("a fileset() without files: a build may write them".into());
        }
        Ok(HclValue::set(files.into_iter().map(HclValue::text).collect()))
    }

    fn files_below(&mut self, folder: &Path, patterns: &[Pattern]) -> Result<Vec<String>, UnknownReason> {
        let (mut out, mut open) = (Vec::new(), vec![(folder.to_owned(), String::new(), 0)]);
        while let Some((path, prefix, depth)) = open.pop() {
            for (path, name, is_folder) in entries(&path)? {
                if !self.spend(10) || depth >= MAX_DEPTH || out.len() > MAX_ENTRIES {
                    return Err("a fileset() that is too large".into());
                }
                let relative = format!("{prefix}{name}");
                if !is_folder && is_match(patterns, &relative, false) {
                    out.push(relative);
                } else if is_folder && is_match(patterns, &relative, true) {
                    open.push((path, relative + "/", depth + 1));
                }
            }
        }
        Ok(out)
    }
}

/// The files and folders in a folder: path, name, and whether it is a folder.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, String, bool)>, UnknownReason> {
    let unread = |error: std::io::Error| UnknownReason::from(format!("a folder that cannot be read: {error}"));
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let kind = entry.file_type().map_err(unread)?;
        let name = entry.file_name().into_string().map_err(|_| UnknownReason::from("a file name that is not UTF-8"))?;
        if !kind.is_dir() && !kind.is_file() {
            return Err("a fileset() of a folder with links or devices".into());
        }
        out.push((entry.path(), name, kind.is_dir()));
    }
    Ok(out)
}

/// The parts of each pattern that braces make; `None` for a pattern with other marks, or for too many of them.
fn patterns(text: &str) -> Option<Vec<Pattern>> {
    let mut open = vec![text.to_owned()];
    let mut out = Vec::new();
    while let Some(pattern) = open.pop() {
        // Each group multiplies the patterns.
        if out.len() + open.len() >= MAX_PATTERNS {
            return None;
        }
        let Some(start) = pattern.find('{') else {
            let cleaned = clean(&pattern);
            let is_odd = |part: &str| {
                part.contains(['[', ']', '\\', '}']) || part == ".." || part.contains("**") && part != "**"
            };
            if pattern.starts_with('/') || cleaned.split('/').any(is_odd) {
                return None;
            }
            out.push(cleaned.split('/').map(PatternPart::new).collect());
            continue;
        };
        let end = start + pattern[start..].find('}')?;
        let inside = &pattern[start + 1..end];
        if inside.contains('{') || inside.matches(',').count() >= MAX_PATTERNS {
            return None;
        }
        open.extend(inside.split(',').map(|part| format!("{}{part}{}", &pattern[..start], &pattern[end + 1..])));
    }
    Some(out)
}

/// Returns whether a path matches one of the patterns or, for a `folder`, whether a file in it may.
fn is_match(patterns: &[Pattern], path: &str, folder: bool) -> bool {
    patterns.iter().any(|pattern| matches_parts(pattern, path, folder))
}

/// Follows all ways to match at once: with several `**`, trying one after the other takes exponential time.
fn matches_parts(pattern: &[PatternPart], path: &str, folder: bool) -> bool {
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    skip_any_folders(pattern, &mut reached);
    for name in path.split('/') {
        let mut next = vec![false; pattern.len() + 1];
        for (at, part) in pattern.iter().enumerate().filter(|(at, _)| reached[*at]) {
            match part {
                PatternPart::AnyFolders => next[at] = true,
                PatternPart::Name(glob) => next[at + 1] |= glob.matches(name),
            }
        }
        skip_any_folders(pattern, &mut next);
        reached = next;
    }
    if folder { reached[..pattern.len()].contains(&true) } else { reached[pattern.len()] }
}

/// A `**` also stands for no folder.
fn skip_any_folders(pattern: &[PatternPart], reached: &mut [bool]) {
    for (at, part) in pattern.iter().enumerate() {
        reached[at + 1] |= reached[at] && matches!(part, PatternPart::AnyFolders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_terraform_matches_them() {
        for (pattern, path, file, folder) in [
            ("*.txt", "a.txt", true, false),
            ("*.txt", "sub/a.txt", false, false),
            ("sub/*.txt", "sub", false, true),
            ("**/*.txt", "a.txt", true, true),
            ("**/*.txt", "x/y/a.txt", true, true),
            ("**", "x/y", true, true),
            ("x/**/z", "x/z", true, true),
            ("x/**/z", "x/y/y/z", true, true),
            ("x/**/z", "y", false, false),
            ("s?b/{a,b}.*", "sub/b.c", true, false),
        ] {
            let patterns = patterns(pattern).unwrap();
            assert_eq!(is_match(&patterns, path, false), file, "{pattern} {path}");
            assert_eq!(is_match(&patterns, path, true), folder, "{pattern} {path} as a folder");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_long_time() {
        assert!(patterns(&"{a,b}".repeat(60)).is_none());
        assert!(patterns(&format!("{{{}}}", ",".repeat(1000))).is_none());
        assert!(patterns("{a,b}{c,d}{e,f}").is_some_and(|all| all.len() == 8));
        let name = "a".repeat(250);
        assert!(!is_match(&patterns(&format!("{}b", "*a".repeat(40))).unwrap(), &name, false));
        let path = vec!["a"; 64].join("/");
        assert!(!is_match(&patterns(&format!("{}b", "**/a/".repeat(30))).unwrap(), &path, false));
    }
}
