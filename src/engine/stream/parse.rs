//! Parsing of one line, with or without the fast path.

use std::cell::RefCell;
use std::io;

use crate::engine::prefilter::{FastLine, TagOffsets};
use crate::model::{Line, LineError, Marker, Resource, parse_marker, parse_resource, utf8};

/// Parses one line of an inventory. `fast_lines` allows [`FastLine`].
pub(in crate::engine) fn parse_line(line: &[u8], fast_lines: bool) -> Result<Line<'_>, LineError> {
    match parse_marker(line) {
        Some(Ok(Marker::Header(header))) => Ok(Line::Header(header)),
        Some(Ok(Marker::End(end))) => Ok(Line::End(end)),
        Some(Err(error)) => Err(error),
        None => parse_resource_line(line, fast_lines).map(Line::Resource),
    }
}

/// Parses a line that the first pass has parsed already.
pub(in crate::engine) fn reparse_resource(line: &[u8], fast_lines: bool) -> io::Result<Resource<'_>> {
    parse_resource_line(line, fast_lines).map_err(|_| io::Error::other("the input changed while taglint read it"))
}

fn parse_resource_line(line: &[u8], fast_lines: bool) -> Result<Resource<'_>, LineError> {
    thread_local! {
        static OFFSETS: RefCell<TagOffsets> = RefCell::default();
    }
    let text = utf8(line)?;
    let fast = || {
        OFFSETS.with_borrow_mut(|offsets| {
            let mut resource = Resource::default();
            FastLine::parse(text, offsets).map(|line| line.fill(&mut resource))?;
            Some(resource)
        })
    };
    match fast_lines.then(fast).flatten() {
        Some(resource) => Ok(resource),
        None => parse_resource(text),
    }
}
