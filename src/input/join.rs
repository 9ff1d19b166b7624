//! One resource in several outputs of the AWS CLI, such as a list without tags and an answer with them.

use std::collections::HashSet;

use super::opened::OpenedInput;
use crate::engine::{ByteSource, InputKind};
use crate::model::{Line, Resource, Tags, parse_line};

/// Removes the resources without readable tags whose tags another output has. They are the same resource by their ARN.
pub(super) fn join_by_arn(all: &mut [OpenedInput]) {
    let mut unread = HashSet::new();
    for lines in all.iter().filter_map(lines_of) {
        each(lines, |_, resource| {
            if is_unread(resource) {
                unread.extend(arn(resource));
            }
        });
    }
    if unread.is_empty() {
        return;
    }
    let mut read = HashSet::new();
    for lines in all.iter().filter_map(lines_of) {
        each(lines, |_, resource| {
            if !is_unread(resource) {
                read.extend(arn(resource).filter(|arn| unread.contains(arn)));
            }
        });
    }
    if read.is_empty() {
        return;
    }
    for opened in all {
        let Some(lines) = lines_of(opened) else { continue };
        let mut kept = Vec::new();
        each(lines, |line, resource| {
            if !(is_unread(resource) && arn(resource).is_some_and(|arn| read.contains(&arn))) {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
        });
        if kept.len() != lines.len() {
            opened.input.bytes = ByteSource::Memory(kept.into());
        }
    }
}

/// The lines of an input that a reader converted in memory; `None` for an inventory, and for source.
fn lines_of(opened: &OpenedInput) -> Option<&[u8]> {
    let input = &opened.input;
    match &input.bytes {
        ByteSource::Memory(lines) if input.kind == InputKind::Live && !input.is_native_inventory => Some(lines),
        _ => None,
    }
}

fn each(lines: &[u8], mut work: impl FnMut(&[u8], &Resource<'_>)) {
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(Line::Resource(resource)) = parse_line(line) {
            work(line, &resource);
        }
    }
}

fn is_unread(resource: &Resource<'_>) -> bool {
    matches!(resource.tags, Tags::Unread { .. })
}

fn arn(resource: &Resource<'_>) -> Option<String> {
    resource.arn.as_deref().map(str::to_owned)
}
