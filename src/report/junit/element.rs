//! The elements of a report: suites with their numbers, and cases with their outcomes.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use crate::base::escape;
use crate::model::Location;

/// The numbers in the attributes of a suite.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SuiteCounts {
    pub(super) tests: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
}

impl SuiteCounts {
    pub(super) fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    /// The start of an element with these numbers.
    pub(super) fn start<'n>(self, element: &'n str, name: &str) -> BytesStart<'n> {
        let mut start = BytesStart::new(element);
        start.push_attribute(("name", &*xml(name)));
        for (attribute, n) in
            [("tests", self.tests), ("failures", self.failures), ("errors", self.errors), ("skipped", self.skipped)]
        {
            start.push_attribute((attribute, n.to_string().as_str()));
        }
        start.push_attribute(("time", "0"));
        start
    }
}

/// The outcome of a test case that did not pass.
pub(super) struct CaseResult<'o> {
    pub(super) element: &'static str,
    pub(super) kind: &'o str,
    pub(super) message: &'o str,
    /// The content of the element, in one or more lines.
    pub(super) text: String,
}

impl<'o> CaseResult<'o> {
    pub(super) fn skipped(message: &'o str) -> Self {
        Self { element: "skipped", kind: "", message, text: String::new() }
    }
}

/// Writes a case; one without an outcome passed.
pub(super) fn case<W: Write>(
    out: &mut Writer<W>,
    class: &str,
    name: &str,
    outcome: Option<&CaseResult<'_>>,
) -> io::Result<()> {
    case_at(out, class, name, None, outcome)
}

/// Writes a case with its place in source.
pub(super) fn case_at<W: Write>(
    out: &mut Writer<W>,
    class: &str,
    name: &str,
    at: Option<&Location>,
    outcome: Option<&CaseResult<'_>>,
) -> io::Result<()> {
    line(out)?;
    let mut start = BytesStart::new("testcase");
    start.extend_attributes([("classname", &*xml(class)), ("name", &*xml(name)), ("time", "0")]);
    if let Some(at) = at {
        start.push_attribute(("file", &*xml(&at.path)));
        start.push_attribute(("line", at.line.to_string().as_str()));
    }
    let Some(outcome) = outcome else { return out.write_event(Event::Empty(start)) };
    out.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(outcome.element);
    if !outcome.kind.is_empty() {
        inner.push_attribute(("type", outcome.kind));
    }
    inner.push_attribute(("message", &*xml(outcome.message)));
    if outcome.text.is_empty() {
        out.write_event(Event::Empty(inner))?;
    } else {
        out.write_event(Event::Start(inner))?;
        out.write_event(Event::Text(BytesText::new(&outcome.text)))?;
        out.write_event(Event::End(BytesEnd::new(outcome.element)))?;
    }
    out.write_event(Event::End(BytesEnd::new("testcase")))
}

/// Writes properties.
pub(super) fn properties<W: Write>(out: &mut Writer<W>, rows: &[(&str, String)]) -> io::Result<()> {
    line(out)?;
    out.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in rows {
        line(out)?;
        let mut property = BytesStart::new("property");
        property.extend_attributes([("name", *name), ("value", &*xml(value))]);
        out.write_event(Event::Empty(property))?;
    }
    line(out)?;
    out.write_event(Event::End(BytesEnd::new("properties")))
}

/// Ends a line.
pub(super) fn line<W: Write>(out: &mut Writer<W>) -> io::Result<()> {
    out.get_mut().write_all(b"\n")
}

/// Replaces characters that XML 1.0 cannot represent: most control characters, U+FFFE and U+FFFF. The XML writer
/// escapes the rest.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        return Cow::Owned(text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}"));
    }
    text
}
