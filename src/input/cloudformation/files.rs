//! Template files: reading, naming, and the boundary of the repository.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::template::{MAX_TEMPLATE_BYTES, ParsedTemplate};
use crate::base::{Diagnostic, open_regular, read_start};
use crate::input::options::InputOptions;

/// The reason why a template could not be read.
#[derive(Debug)]
pub(super) enum TemplateError {
    /// The file cannot be read.
    File(PathBuf, std::io::Error),
    /// The text is not a template.
    Text(Box<Diagnostic>),
    /// The file is too large, or not text.
    Whole(PathBuf, String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Text(problem) => f.write_str(&problem.brief()),
            Self::Whole(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

/// Reads the template in a file. `may_lack_resources`: a template without `Resources` is one too.
pub(super) fn template(
    path: &Path,
    options: &InputOptions,
    may_lack_resources: bool,
) -> Result<ParsedTemplate, TemplateError> {
    let bytes = bytes(path)?;
    parse(path, relative(path, &options.srcroot), bytes, may_lack_resources)
}

/// Reads a file up to one byte more than the size limit.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, TemplateError> {
    let failed = |error| TemplateError::File(path.to_owned(), error);
    let file = open_regular(path).map_err(failed)?;
    read_start(file, MAX_TEMPLATE_BYTES as u64 + 1).map_err(failed)
}

/// Parses a template.
pub(super) fn parse(
    shown: &Path,
    path: String,
    bytes: Vec<u8>,
    may_lack_resources: bool,
) -> Result<ParsedTemplate, TemplateError> {
    let whole = |why: String| TemplateError::Whole(shown.to_owned(), why);
    if bytes.len() > MAX_TEMPLATE_BYTES {
        return Err(whole(format!(
            "larger than {} MiB; CloudFormation takes templates of at most 1 MB",
            MAX_TEMPLATE_BYTES >> 20
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| whole(format!("not UTF-8 text (byte {})", error.utf8_error().valid_up_to() + 1)))?;
    let template = ParsedTemplate::parse(shown, path, text, may_lack_resources);
    template.map_err(|problem| TemplateError::Text(Box::new(problem)))
}

/// A path as in locations: relative to the root, with `/`; unchanged outside of the root.
pub(super) fn relative(path: &Path, root: &Path) -> String {
    let inside = match (path.canonicalize(), root.canonicalize()) {
        (Ok(path), Ok(root)) => path.strip_prefix(&root).ok().map(Path::to_owned),
        _ => None,
    };
    let path = inside.as_deref().unwrap_or(path);
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        out += &match part {
            Component::RootDir => "/".into(),
            other => other.as_os_str().to_string_lossy(),
        };
    }
    out
}

/// The file that a template names, with every link resolved. A link must not lead out of the repository: its content
/// would appear in reports.
pub(super) fn within(folder: &Path, name: &str, root: &Path) -> Result<PathBuf, String> {
    let path = folder.join(name);
    let real = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    if !real.starts_with(&root) {
        return Err(format!("{} is outside the repository", path.display()));
    }
    if !real.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_from_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/b/t.yaml"), "x").unwrap();
        std::fs::write(root.join("t.yaml"), "x").unwrap();
        let inner = root.join("a");
        assert_eq!(relative(&inner.join("./b/../b/t.yaml"), root), "a/b/t.yaml");
        assert!(within(&inner, "b/t.yaml", &inner).is_ok());
        assert!(within(&inner, "../t.yaml", &inner).unwrap_err().contains("outside"));
        assert!(within(&inner, "b", &inner).unwrap_err().contains("no file"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("t.yaml"), inner.join("link.yaml")).unwrap();
            assert!(within(&inner, "link.yaml", &inner).unwrap_err().contains("outside"));
        }
    }
}
