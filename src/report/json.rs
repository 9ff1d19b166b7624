//! JSON: one object, or one finding a line, with every field.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Options;
use crate::base::is_hostile;
use crate::engine::{Finding, Report, UnknownResult, hex};
use crate::model::Resource;
use crate::policy::Severity;

/// A resource as findings name it: everything but its tags.
struct Head<'r, 'a>(&'r Resource<'a>);

impl Serialize for Head<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.serialize_head(&mut map)?;
        map.end()
    }
}

#[derive(Serialize)]
struct WaiverJson<'f> {
    reason: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'f str>,
    /// Absent for a comment in source.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
struct FindingJson<'f, 'a> {
    rule: &'f str,
    kind: crate::rule::ViolationKind,
    severity: Severity,
    labels: &'f [String],
    key: Option<&'f str>,
    found: Option<&'f str>,
    value: Option<&'f str>,
    message: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'f str>,
    resource: Head<'f, 'a>,
    location: Option<&'f crate::model::Location>,
    /// The module calls that lead to it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    calls: &'f [crate::model::Location],
    /// `aws:cdk:path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    construct: Option<&'f str>,
    fingerprint: String,
    state: crate::engine::BaselineState,
    waiver: Option<WaiverJson<'f>>,
    suggestion: Option<&'f crate::rule::Suggestion>,
}

/// A finding as an object of the contract.
#[must_use]
pub fn finding_json<'f>(finding: &'f Finding<'_>) -> impl Serialize + 'f {
    FindingJson {
        rule: &finding.rule.id,
        kind: finding.violation.kind,
        severity: finding.rule.severity,
        labels: &finding.rule.labels,
        key: finding.violation.key.as_deref(),
        found: finding.violation.found.as_deref(),
        value: finding.violation.value.as_deref(),
        message: &finding.violation.message,
        help: finding.rule.help.as_deref(),
        resource: Head(finding.resource),
        location: finding.location(),
        calls: finding.resource.origin.as_ref().map_or(&[], |origin| &origin.calls),
        construct: finding.resource.origin.as_ref().and_then(|origin| origin.construct.as_deref()),
        fingerprint: hex(&finding.fingerprint()),
        state: finding.state,
        waiver: finding.waiver.as_ref().map(|waiver| WaiverJson {
            reason: &waiver.reason,
            owner: waiver.owner,
            expires: waiver.until.map(|day| day.to_string()),
        }),
        suggestion: finding.violation.suggestion.as_ref(),
    }
}

/// Appends a value as JSON in which every hostile character is escaped: what a terminal shows of it is harmless, and what
/// a parser reads is the same.
pub(super) fn json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let start = out.len();
    // Most values are plain ASCII, which the quick writer writes as the careful one would.
    if sonic_rs::to_writer(&mut *out, value).is_ok() && is_harmless(&out[start..]) {
        return;
    }
    out.truncate(start);
    let mut serializer = serde_json::Serializer::with_formatter(out, Harmless);
    value.serialize(&mut serializer).expect("these types have no key that is not text, and memory takes every byte");
}

/// Whether JSON is printable ASCII without any escape but those of `"` and `\\`.
fn is_harmless(json: &[u8]) -> bool {
    // Every byte, without a way out: so the compiler looks at many at a time.
    let odd = json.iter().fold(0, |odd, byte| odd | u8::from(*byte < b' ') | u8::from(*byte > b'~'));
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        if !matches!(rest.get(at + 1), Some(b'"' | b'\\')) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    odd == 0
}

fn to_writer(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    let mut bytes = Vec::new();
    json(&mut bytes, value);
    out.write_all(&bytes)
}

struct Harmless;

impl serde_json::ser::Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // serde_json escapes the controls below U+0020 itself; of ASCII only DEL is left to us.
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hostile(*c)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// One finding a line, those of `--show waived` after the others.
pub(super) fn write_lines(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| {
        json(line, &finding_json(finding));
        line.push(b'\n');
    };
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.show.waived {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct UnknownJson<'f, 'a> {
    rule: &'f str,
    resource: Head<'f, 'a>,
    key: Option<&'f str>,
    reason: &'f str,
}

/// The whole report as one object.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"version\":1,\n\"tool\":")?;
    to_writer(out, &Tool { name: "taglint", version: env!("CARGO_PKG_VERSION") })?;
    out.write_all(b",\n\"policy\":")?;
    to_writer(out, &policy(report))?;
    out.write_all(b",\n\"summary\":")?;
    to_writer(out, &Summary(report))?;
    out.write_all(b",\n\"findings\":[")?;
    let mut list = List { out, first: true };
    let render = |finding: &Finding<'_>, item: &mut Vec<u8>| json(item, &finding_json(finding));
    report.findings(render, &mut |bytes| list.add(bytes))?;
    if options.show.waived {
        report.waived(render, &mut |bytes| list.add(bytes))?;
    }
    list.end(b",\n\"unknown\":[")?;
    let render = |resource: &Resource<'_>, unknown: &UnknownResult<'_>, item: &mut Vec<u8>| {
        let (key, reason) = (unknown.key.as_deref(), &*unknown.reason);
        json(item, &UnknownJson { rule: &unknown.rule.id, resource: Head(resource), key, reason });
    };
    report.unknown_results(render, &mut |bytes| list.add(bytes))?;
    list.end(b"")?;
    if options.show.passed {
        list.out.write_all(b",\n\"passed\":[")?;
        let render = |reported: &crate::engine::ResourceReport<'_>, item: &mut Vec<u8>| {
            if reported.findings.iter().all(|finding| finding.waiver.is_some()) && reported.unknown.is_empty() {
                json(item, &Head(reported.resource));
            }
        };
        report.resources(render, &mut |bytes| list.add(bytes))?;
        list.end(b"")?;
    }
    let out = list.out;
    out.write_all(b",\n\"incomplete\":")?;
    to_writer(out, report.gaps())?;
    if report.settings().baseline.is_some() {
        out.write_all(b",\n\"gone\":")?;
        serde_json::to_writer(
            &mut *out,
            &report
                .gone()
                .iter()
                .map(|known| Gone { rule: &known.rule, resource: &known.resource, state: report.state_of(known) })
                .collect::<Vec<_>>(),
        )?;
    }
    if let Some(unmanaged) = report.unmanaged() {
        out.write_all(b",\n\"unmanaged\":")?;
        to_writer(out, &unmanaged)?;
    }
    out.write_all(b",\n\"notices\":")?;
    to_writer(out, &report.notices())?;
    out.write_all(b"}\n")
}

#[derive(Serialize)]
struct Gone<'r> {
    rule: &'r str,
    resource: &'r str,
    state: &'static str,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct PolicyJson<'r> {
    name: &'r str,
    description: Option<&'r str>,
    files: Vec<String>,
    rules: usize,
}

fn policy(report: &Report) -> PolicyJson<'_> {
    let policy = report.policy();
    PolicyJson {
        name: &policy.name,
        description: policy.description.as_deref(),
        files: policy.files.iter().map(|file| file.display().to_string()).collect(),
        rules: policy.rules.len(),
    }
}

struct Summary<'r>(&'r Report);

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tally = self.0.summary();
        let by_severity = |counts: [u64; 3]| -> std::collections::BTreeMap<&str, u64> {
            Severity::ALL.iter().map(|severity| (severity.name(), counts[*severity as usize])).collect()
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resources", &tally.resources)?;
        map.serialize_entry("compliant", &tally.compliant)?;
        map.serialize_entry("violating", &tally.violating)?;
        map.serialize_entry("unknown", &tally.unknown)?;
        map.serialize_entry("unread", &tally.unread)?;
        map.serialize_entry("findings", &by_severity(tally.findings))?;
        if self.0.settings().baseline.is_some() {
            map.serialize_entry("new", &by_severity(tally.new))?;
        }
        map.serialize_entry("waived", &tally.waived)?;
        map.serialize_entry("untold", &tally.unknown_results)?;
        map.serialize_entry("complete", &self.0.complete())?;
        map.end()
    }
}

/// A JSON list that is written item by item, one a line.
struct List<'o> {
    out: &'o mut dyn Write,
    first: bool,
}

impl List<'_> {
    fn add(&mut self, item: &[u8]) -> io::Result<ControlFlow<()>> {
        if !item.is_empty() {
            self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
            self.out.write_all(item)?;
            self.first = false;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(&mut self, next: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.first { b"]" } else { b"\n]" })?;
        self.first = true;
        self.out.write_all(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped_and_read_back_as_they_were() {
        for text in ["a\u{7f}b", "\u{1b}[2J\n", "\u{202e}x\u{e0041}y", "plain \"q\"", "é\u{85}\u{200b}"] {
            let mut out = Vec::new();
            json(&mut out, text);
            let written = String::from_utf8(out).unwrap();
            assert!(!written.contains(is_hostile), "{written:?}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }

    #[test]
    fn both_writers_write_the_same() {
        for (text, want) in [
            ("plain: \"a\\b\" / <c> & 'd'", r#""plain: \"a\\b\" / <c> & 'd'""#),
            ("a\nb", r#""a\nb""#),
            ("\\n", r#""\\n""#),
            ("\u{7f}", r#""\u007f""#),
            ("\u{1b}[31m", r#""\u001b[31m""#),
            ("é\u{202e}", r#""é\u202e""#),
        ] {
            let mut out = b"before".to_vec();
            json(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{want}"));
        }
    }
}
