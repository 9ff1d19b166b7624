//! Comments that waive findings: `# taglint:ignore rule-id reason`, in a block or directly above it.

use super::files::{TerraformFile, WAIVER_MARK as MARK};
use super::project::Project;
use crate::model::{InlineWaiver, Location};
use crate::syntax::hcl;
use crate::syntax::hcl::{HclBlock, Position};

/// The number of comments of one block that are read: each of its resources has all of them.
const MAX_WAIVERS: usize = 100;
/// The number of lines above a block that are searched for comments.
const MAX_COMMENT_LINES: usize = 100;

/// The waivers of a block, and what is wrong with comments that were meant as such.
pub(super) fn of(project: &Project, block: &HclBlock) -> (Vec<InlineWaiver>, Vec<String>) {
    let file = &project.files[block.at.file as usize];
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    // In JSON the attribute `//` is the comment.
    let texts = block.body.attributes.iter().filter(|attribute| attribute.name == hcl::COMMENT_KEY);
    for (at, text) in texts.filter_map(|attribute| Some((attribute.at, attribute.value.text()?))) {
        read(text, &file.location(at), &mut found, &mut wrong);
    }
    let comments = comments(file, block);
    if comments.len() > MAX_WAIVERS {
        let at = file.location(block.at);
        wrong.push(format!("{}:{}: more than {MAX_WAIVERS} waivers: the others waive nothing", at.path, at.line));
    }
    for (at, text) in comments.into_iter().take(MAX_WAIVERS) {
        let at = Position { file: block.at.file, offset: u32::try_from(at).unwrap_or(u32::MAX) };
        read(text, &file.location(at), &mut found, &mut wrong);
    }
    (found, wrong)
}

fn read(comment: &str, at: &Location, found: &mut Vec<InlineWaiver>, wrong: &mut Vec<String>) {
    let Some(rest) = comment.trim_start().strip_prefix(MARK) else { return };
    if rest.chars().next().is_some_and(|c| !c.is_whitespace()) {
        return;
    }
    let rest = rest.trim().trim_end_matches("*/").trim_end();
    let (rule, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reason = reason.trim();
    if rule.is_empty() || reason.is_empty() {
        let what = if rule.is_empty() { "a rule's id and a reason" } else { "a reason" };
        wrong.push(format!("{}:{}: `{MARK} {rule}` needs {what}: it waives nothing", at.path, at.line));
        return;
    }
    found.push(InlineWaiver { rule: rule.to_owned(), reason: reason.to_owned(), location: at.clone() });
}

/// The comments in a block and on the lines directly above it, each with its place.
fn comments<'f>(file: &'f TerraformFile, block: &HclBlock) -> Vec<(usize, &'f str)> {
    let text = &file.source.text;
    let lines = file.lines();
    let first = lines.partition_point(|start| *start <= block.at.offset as usize).saturating_sub(1);
    if file.marks.is_empty() {
        return Vec::new();
    }
    let mut start = first;
    while start > 0
        && first - start < MAX_COMMENT_LINES
        && starts_as_comment(text[lines[start - 1]..lines[start]].trim())
    {
        start -= 1;
    }
    // To the end of the line that the block ends on: a comment may follow the brace.
    let end = (block.end as usize).min(text.len());
    let end = lines.get(lines.partition_point(|start| *start <= end)).copied().unwrap_or(text.len());
    let from = file.marks.partition_point(|at| *at < lines[start]);
    let mut out = Vec::new();
    for at in file.marks[from..].iter().copied().take_while(|at| *at < end) {
        let line = lines[lines.partition_point(|start| *start <= at).saturating_sub(1)];
        let before = text[line..at].trim_end();
        if out.len() <= MAX_WAIVERS && ["#", "//", "/*"].iter().any(|mark| before.ends_with(mark)) {
            out.push((at, text[at..end].lines().next().unwrap_or("")));
        }
    }
    out
}

fn starts_as_comment(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("//")
}
