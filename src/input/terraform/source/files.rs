//! Reads the files of a project inside the boundary, up to a size limit, with an index of their lines.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::aws::resource_types::nested::is_terraform_block;
use crate::base::encoding::without_bom;
use crate::base::{Diagnostic, LineIndex, SourceFile, read_regular};
use crate::model::Location;
use crate::syntax::hcl::{self, HclBody, ParsedFile, Position, SyntaxError};

/// The first word of a comment that waives findings.
pub(super) const WAIVER_MARK: &str = "taglint:ignore";

/// The size limit of a file. The parser needs many times the size of a file in memory.
pub(super) const MAX_FILE: u64 = 4 << 20;

/// The folder that contains every file that is read, and the root of locations.
#[derive(Debug, Clone)]
pub(super) struct ReadBoundary {
    folder: PathBuf,
    srcroot: PathBuf,
    /// The prefix of every location, with a trailing `/`.
    prefix: String,
}

impl ReadBoundary {
    /// A boundary with every link resolved. Locations outside of `srcroot` are relative to `folder`.
    ///
    /// # Errors
    /// If `folder` does not exist.
    pub(super) fn new(folder: &Path, srcroot: &Path) -> std::io::Result<Self> {
        let folder = folder.canonicalize()?;
        let srcroot = srcroot.canonicalize().unwrap_or_else(|_| folder.clone());
        Ok(Self { folder, srcroot, prefix: String::new() })
    }

    /// The boundary of a named folder: the srcroot if the folder is inside, else the folder itself.
    pub(super) fn around(named: &Path, srcroot: &Path) -> std::io::Result<Self> {
        let named = named.canonicalize()?;
        let within = srcroot.canonicalize().ok().filter(|root| named.starts_with(root));
        let folder = within.unwrap_or_else(|| named.clone());
        Ok(Self { srcroot: folder.clone(), folder, prefix: String::new() })
    }

    /// The boundary with the name of the folder as the prefix of locations outside of the srcroot: two such folders may
    /// have files of the same name.
    pub(super) fn with_name_prefix(mut self, named: &Path, srcroot: &Path) -> Self {
        if !srcroot.canonicalize().is_ok_and(|root| self.folder.starts_with(root)) {
            let name = named.to_string_lossy().replace('\\', "/");
            self.prefix = format!("{}/", name.trim_end_matches('/'));
        }
        self
    }

    /// The root of locations.
    pub(super) fn srcroot(&self) -> &Path {
        &self.srcroot
    }

    /// The named folder, if it is the prefix of locations.
    pub(super) fn name(&self) -> Option<&str> {
        (!self.prefix.is_empty()).then(|| self.prefix.trim_end_matches('/'))
    }

    /// The boundary of text without a file. It contains nothing.
    pub(super) fn nowhere() -> Self {
        Self { folder: PathBuf::from("\0"), srcroot: PathBuf::new(), prefix: String::new() }
    }

    /// The path with every link resolved, if it exists inside.
    pub(super) fn resolve(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok().filter(|path| path.starts_with(&self.folder))
    }

    /// A resolved path as in locations: relative to the srcroot, with `/`.
    pub(super) fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.srcroot).or_else(|_| path.strip_prefix(&self.folder)).unwrap_or(path);
        let parts = relative.components().filter(|part| *part != Component::RootDir);
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        // A file that the user named may be anywhere.
        let root = if relative.starts_with("/") { "/" } else { "" };
        match (parts.is_empty(), self.name()) {
            (true, None) => ".".to_owned(),
            (true, Some(name)) => name.to_owned(),
            (false, _) => format!("{}{root}{}", self.prefix, parts.join("/")),
        }
    }
}

/// A file of the project.
#[derive(Debug)]
pub(super) struct TerraformFile {
    pub(super) source: Arc<SourceFile>,
    /// The path in locations; empty for text that stands in no file.
    pub(super) shown: String,
    lines: LineIndex,
    /// The offsets of marks of waivers outside of strings, sorted.
    pub(super) marks: Vec<usize>,
}

impl TerraformFile {
    /// The location of a byte.
    pub(super) fn location(&self, at: Position) -> Location {
        let text = &self.source.text;
        let (line, column) = self.lines.place(text, (at.offset as usize).min(text.len()));
        Location { path: self.shown.clone(), line, column: Some(column) }
    }

    /// Returns whether the text stands in a file.
    pub(super) fn has_path(&self) -> bool {
        !self.shown.is_empty()
    }

    /// The byte offsets of lines.
    pub(super) fn lines(&self) -> &[usize] {
        self.lines.starts()
    }
}

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TerraformSyntax {
    Hcl,
    Json,
    JsonValues,
}

/// A file and the result of parsing it.
pub(super) struct ParsedSource {
    pub(super) file: TerraformFile,
    pub(super) body: Result<HclBody, FileProblem>,
}

/// The reason why a file is not checked.
#[derive(Debug, Clone)]
pub(super) enum FileProblem {
    /// The file cannot be read.
    Unread(String),
    /// The file has a syntax error.
    Mistake(Diagnostic),
}

impl FileProblem {
    /// The problem in one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Unread(why) => why.clone(),
            Self::Mistake(problem) => {
                let (line, column) = problem.file.line_column(problem.span.start);
                format!("{}:{line}:{column}: {}", problem.file.path.display(), problem.message)
            }
        }
    }
}

/// Reads and parses a file that was resolved before; `number` is its index among the project's files.
pub(super) fn read(path: &Path, number: u32, language: TerraformSyntax, boundary: &ReadBoundary) -> ParsedSource {
    let shown = boundary.shown(path);
    match text_of(path) {
        Ok(bytes) => parse(&shown, bytes, number, language),
        Err(why) => ParsedSource {
            body: Err(FileProblem::Unread(format!("{shown}: {why}"))),
            file: file(&shown, String::new(), Vec::new()),
        },
    }
}

/// Parses the content of a file.
pub(super) fn parse(shown: &str, mut bytes: Vec<u8>, number: u32, language: TerraformSyntax) -> ParsedSource {
    bytes.drain(..bytes.len() - without_bom(&bytes).len());
    let (text, error) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            (
                text,
                Some(SyntaxError {
                    span: at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
                    message: "not UTF-8 text".to_owned(),
                }),
            )
        }
    };
    let parsed = match error {
        Some(error) => Err(error),
        None => match language {
            TerraformSyntax::Hcl => hcl::parse(&text, number),
            TerraformSyntax::Json => hcl::parse_json(&text, number, is_terraform_block),
            TerraformSyntax::JsonValues => hcl::parse_json_values(&text, number),
        },
    };
    match parsed {
        Ok(ParsedFile { body, strings }) => ParsedSource { file: file(shown, text, strings), body: Ok(body) },
        Err(SyntaxError { span, message }) => {
            let file = file(shown, text, Vec::new());
            let help = match language {
                TerraformSyntax::Hcl => "`terraform fmt` shows how Terraform reads the file",
                TerraformSyntax::Json | TerraformSyntax::JsonValues => "it has to be JSON, without comments",
            };
            let problem = Diagnostic::error(&file.source, span, message).help(help);
            ParsedSource { file, body: Err(FileProblem::Mistake(problem)) }
        }
    }
}

/// Parses the values of variables of a plan, one JSON object; no values if it is not one.
pub(super) fn values_of_plan(text: &str, number: u32) -> (TerraformFile, HclBody) {
    let body = hcl::parse_json_values(text, number).map(|parsed| parsed.body).unwrap_or_default();
    (without_path(text.to_owned()), body)
}

/// Text that stands in no file: the values in a plan, or on the command line.
pub(super) fn without_path(text: String) -> TerraformFile {
    file("", text, Vec::new())
}

fn file(shown: &str, text: String, mut texts: Vec<Range<usize>>) -> TerraformFile {
    let lines = LineIndex::new(&text);
    // A string may be inside another one: the marks in the outer one are removed first.
    texts.sort_unstable_by_key(|text| (text.start, std::cmp::Reverse(text.end)));
    let (mut texts, mut end) = (texts.into_iter().peekable(), 0);
    let mut is_outside = |at: usize| {
        while let Some(text) = texts.next_if(|text| text.start <= at) {
            end = end.max(text.end);
        }
        at >= end
    };
    let marks = text.match_indices(WAIVER_MARK).map(|(at, _)| at).filter(|at| is_outside(*at)).collect();
    let source = Arc::new(SourceFile { path: shown.into(), text, built_in: false });
    TerraformFile { source, shown: shown.to_owned(), lines, marks }
}

fn text_of(path: &Path) -> Result<Vec<u8>, String> {
    read_regular(path, MAX_FILE).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_are_shown_as_they_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let boundary = ReadBoundary::new(folder.path(), folder.path()).unwrap();
        let inside = folder.path().canonicalize().unwrap();
        assert_eq!(boundary.shown(&inside.join("a/main.tf")), "a/main.tf");
        assert_eq!(boundary.shown(&inside), ".");
        assert_eq!(boundary.shown(Path::new("/srv/prod.tfvars")), "/srv/prod.tfvars");
    }
}
