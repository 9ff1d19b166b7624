//! `fileset`.

use std::path::{Path, PathBuf};

use super::eval::HclEvaluator;
use super::path_text::clean;
use super::value::{HclValue, MAX_ENTRIES, UnknownReason};

/// The folders within each other that are searched.
const MAX_DEPTH: usize = 32;
/// The files that Terraform writes into the folder of a root module.
const OF_TERRAFORM: &[&str] = &[".terraform/x", ".terraform/x/y", ".terraform.lock.hcl", "terraform.tfstate"];

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

    fn files_below(&mut self, folder: &Path, patterns: &[Vec<String>]) -> Result<Vec<String>, UnknownReason> {
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

/// The parts of each pattern that braces make; `None` for a pattern with other marks.
fn patterns(text: &str) -> Option<Vec<Vec<String>>> {
    let mut open = vec![text.to_owned()];
    let mut out = Vec::new();
    while let Some(pattern) = open.pop() {
        let Some(start) = pattern.find('{') else {
            let parts: Vec<String> = clean(&pattern).split('/').map(str::to_owned).collect();
            let is_odd = |part: &String| {
                part.contains(['[', ']', '\\', '}']) || part == ".." || part.contains("**") && part != "**"
            };
            if pattern.starts_with('/') || parts.iter().any(is_odd) {
                return None;
            }
            out.push(parts);
            continue;
        };
        let end = start + pattern[start..].find('}')?;
        let inside = &pattern[start + 1..end];
        if inside.contains('{') || open.len() > 100 {
            return None;
        }
        open.extend(inside.split(',').map(|part| format!("{}{part}{}", &pattern[..start], &pattern[end + 1..])));
    }
    Some(out)
}

/// Returns whether a path matches one of the patterns or, for a `folder`, whether a file in it may.
fn is_match(patterns: &[Vec<String>], path: &str, folder: bool) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    patterns.iter().any(|pattern| matches_parts(pattern, &path, folder))
}

fn matches_parts(pattern: &[String], path: &[&str], folder: bool) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (Some(_), None) if folder => true,
        (Some((first, rest)), _) if first == "**" => {
            matches_parts(rest, path, folder)
                || path.split_first().is_some_and(|(_, after)| matches_parts(pattern, after, folder))
        }
        (Some((first, rest)), Some((name, after))) => {
            let (first, name): (Vec<char>, Vec<char>) = (first.chars().collect(), name.chars().collect());
            matches_name(&first, &name) && matches_parts(rest, after, folder)
        }
        (None, None) => !folder,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Returns whether a name matches a pattern with `*` and `?`.
fn matches_name(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (Some(('*', rest)), _) => {
            matches_name(rest, name) || name.split_first().is_some_and(|(_, after)| matches_name(pattern, after))
        }
        (Some((first, rest)), Some((c, after))) => (*first == '?' || first == c) && matches_name(rest, after),
        (None, None) => true,
        _ => false,
    }
}
