//! A parsed template: its tree, locations in it, and the waivers in its comments.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use crate::base::{Diagnostic, LineIndex, SourceFile};
use crate::model::{InlineWaiver, Location};
use crate::syntax::{DuplicateKey, DuplicateReading, MapEntry, Node, NodeKind, parse_json_or_yaml_with, template_keys};

/// The size limit of a template in bytes. `CloudFormation` accepts at most 1 MB; comments and a local template may
/// exceed it.
pub(super) const MAX_TEMPLATE_BYTES: usize = 8 << 20;

/// The number of lines above and below a resource that are searched for comments.
const MAX_COMMENT_LINES: usize = 100;

/// A parsed template.
#[derive(Debug)]
pub(super) struct ParsedTemplate {
    pub(super) file: Arc<SourceFile>,
    pub(super) root: Node,
    /// The file's path as locations name it.
    path: String,
    /// The location of the property with the text, for a template in another one.
    inline_at: Option<Location>,
    lines: LineIndex,
    comments: Vec<WaiverComment>,
    /// The keys that a map has twice.
    pub(super) duplicates: Vec<TemplateDuplicate>,
}

/// A key that a map has twice.
#[derive(Debug)]
pub(super) struct TemplateDuplicate {
    /// The byte of the later one.
    pub(super) at: usize,
    pub(super) key: String,
    /// True if it is unknown which one counts.
    pub(super) is_unknown: bool,
}

/// A waiver in a comment.
#[derive(Debug)]
struct WaiverComment {
    at: usize,
    /// True if only white space precedes it on its line.
    alone: bool,
    rule: String,
    reason: String,
}

impl ParsedTemplate {
    /// Parses the text of a template. `shown` is the path in messages, `path` the one in locations.
    ///
    /// # Errors
    /// The first mistake and its place.
    pub(super) fn parse(
        shown: &Path,
        path: String,
        text: String,
        may_lack_resources: bool,
    ) -> Result<Self, Diagnostic> {
        let file = Arc::new(SourceFile { path: shown.to_owned(), text, built_in: false });
        let duplicates = RefCell::new(Vec::new());
        let rule = |duplicate: &DuplicateKey<'_>| {
            let (later, reading) = (duplicate.entries[1], template_keys::reading(duplicate));
            let (at, key, is_unknown) = (later.key_span.start, later.key.clone(), reading == DuplicateReading::Common);
            duplicates.borrow_mut().push(TemplateDuplicate { at, key, is_unknown });
            reading
        };
        let root = parse_json_or_yaml_with(&file, &rule)?;
        let duplicates = duplicates.into_inner();
        let lines = LineIndex::new(&file.text);
        let mut template = Self { file, root, path, inline_at: None, lines, comments: Vec::new(), duplicates };
        template.check(may_lack_resources)?;
        template.comments = template.waivers();
        Ok(template)
    }

    /// Parses a template that is a text in another one. Every location in it is that of the text.
    ///
    /// # Errors
    /// The first mistake, with its line in the text.
    pub(super) fn inline(shown: &Path, at: Location, text: String) -> Result<Self, Diagnostic> {
        let template = Self::parse(shown, at.path.clone(), text, false)?;
        Ok(Self { inline_at: Some(at), ..template })
    }

    /// Checks that the tree has the form of a template.
    fn check(&self, may_lack_resources: bool) -> Result<(), Diagnostic> {
        let wrong = |node: &Node, message: &str| {
            let line_end =
                self.file.text[node.span.start..].find('\n').map_or(node.span.end, |at| node.span.start + at);
            Err(Diagnostic::error(&self.file, node.span.start..line_end.min(node.span.end), message))
        };
        match self.root.get("Resources") {
            None if may_lack_resources && matches!(self.root.kind, NodeKind::Map(_)) => Ok(()),
            None => wrong(&self.root, "not a CloudFormation template: it has no `Resources`")
                .map_err(|problem: Diagnostic| problem.help("a template is a map with the key `Resources` at its top")),
            Some(Node { kind: NodeKind::Map(_), .. }) => Ok(()),
            Some(other) => wrong(other, "`Resources` must be a map of logical ids"),
        }
    }

    /// The location of a byte.
    pub(super) fn location(&self, at: usize) -> Location {
        if let Some(inline_at) = &self.inline_at {
            return inline_at.clone();
        }
        let (line, column) = self.lines.place(&self.file.text, at);
        Location { path: self.path.clone(), line, column: Some(column) }
    }

    /// The number of a byte's line, from 0.
    fn line(&self, at: usize) -> usize {
        self.lines.line(at)
    }

    /// The waivers of a resource: inside it, in the comments directly above it, and in comments below it that are
    /// indented like its content.
    pub(super) fn ignores(&self, resource: &MapEntry) -> Vec<InlineWaiver> {
        let (start, end) = (resource.key_span.start, resource.value.end());
        let (key_line, last_line) = (self.line(start), self.line(end.saturating_sub(1).max(start)));
        let column = start - self.lines.starts()[key_line];
        let first = (0..key_line)
            .rev()
            .take(MAX_COMMENT_LINES)
            .take_while(|line| self.is_comment(*line))
            .last()
            .unwrap_or(key_line);
        let below = (last_line + 1..self.lines.starts().len())
            .take(MAX_COMMENT_LINES)
            .find(|line| !self.is_comment(*line) && !self.is_blank(*line));
        let bytes = self.lines.starts()[first]..self.start_of(below.unwrap_or(last_line + MAX_COMMENT_LINES));
        let place = |at: usize| self.comments.partition_point(|comment| comment.at < at);
        let mine = |comment: &&WaiverComment| {
            let line = self.line(comment.at);
            let indent = comment.at - self.lines.starts()[line];
            (key_line..=last_line).contains(&line)
                || comment.alone && if line < key_line { indent <= column } else { indent > column }
        };
        let ignore = |comment: &WaiverComment| InlineWaiver {
            rule: comment.rule.clone(),
            reason: comment.reason.clone(),
            location: self.location(comment.at),
        };
        self.comments[place(bytes.start)..place(bytes.end)].iter().filter(mine).map(ignore).collect()
    }

    fn start_of(&self, line: usize) -> usize {
        self.lines.starts().get(line).copied().unwrap_or(self.file.text.len())
    }

    fn text_of(&self, line: usize) -> &str {
        self.file.text[self.lines.starts()[line]..self.start_of(line + 1)].trim()
    }

    fn is_comment(&self, line: usize) -> bool {
        self.text_of(line).starts_with('#')
    }

    fn is_blank(&self, line: usize) -> bool {
        self.text_of(line).is_empty()
    }

    /// Every comment `# taglint:ignore rule-id reason` outside of strings.
    fn waivers(&self) -> Vec<WaiverComment> {
        const WORD: &str = "taglint:ignore";
        let text = &self.file.text;
        if memchr::memmem::find(text.as_bytes(), WORD.as_bytes()).is_none() || text.starts_with('{') {
            return Vec::new();
        }
        let mut texts = Vec::new();
        spans(&self.root, &mut texts);
        texts.sort_unstable();
        let mut out = Vec::new();
        for (found, _) in text.match_indices(WORD) {
            let line = self.line(found);
            let start = self.lines.starts()[line];
            let before = &text[start..found];
            let Some(hash) = before.rfind('#').filter(|at| before[at + 1..].trim().is_empty()) else { continue };
            let at = start + hash;
            let inside =
                texts[..texts.partition_point(|(start, _)| *start <= at)].last().is_some_and(|(_, end)| at < *end);
            let words = text[found + WORD.len()..].lines().next().unwrap_or("");
            let Some((rule, reason)) = words.strip_prefix(' ').and_then(|words| words.trim().split_once(' ')) else {
                continue;
            };
            if !inside {
                let alone = before[..hash].trim().is_empty();
                out.push(WaiverComment { at, alone, rule: rule.to_owned(), reason: reason.trim().to_owned() });
            }
        }
        out
    }
}

/// The spans of all scalars and keys of a tree.
fn spans(node: &Node, out: &mut Vec<(usize, usize)>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| spans(item, out)),
        NodeKind::Map(entries) => {
            for entry in entries {
                out.push((entry.key_span.start, entry.key_span.end));
                spans(&entry.value, out);
            }
        }
        _ => out.push((node.span.start, node.span.end)),
    }
}

#[cfg(test)]
mod tests;
