//! The inventory format: JSON Lines with a header, one resource per line, and an end line that lists the gaps.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{Resource, Scope, Text};
use crate::base::quick_paths_enabled;

/// The format version that this program reads and writes.
const VERSION: u64 = 1;

/// The header, which is the first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryHeader {
    /// Always `inventory`.
    pub taglint: String,
    /// The format version.
    pub version: u64,
    /// The time of the collection, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<String>,
    /// The scope of the collection.
    #[serde(default)]
    pub scope: Scope,
}

impl InventoryHeader {
    /// The header of a new inventory.
    #[must_use]
    pub fn new(collected: String, scope: Scope) -> Self {
        Self { taglint: "inventory".to_owned(), version: VERSION, collected: Some(collected), scope }
    }
}

/// A part of the scope that could not be read. A gap is neither a finding nor an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// The account id, twelve digits; absent if not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region; absent for IAM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The resource type that was not or not completely listed.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The AWS operation that failed, as `service:Operation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The reason, as text.
    pub error: String,
}

impl Gap {
    /// A gap of an input as a whole.
    #[must_use]
    pub fn of_input(name: &str, error: &str) -> Self {
        Self { error: format!("{name}: {error}"), ..Self::default() }
    }

    /// Returns `true` if the gap may hide resources of a type in an account and region; `region` is `None` for types
    /// without a region.
    #[must_use]
    pub fn concerns(&self, account: &str, region: Option<&str>, kind: &str) -> bool {
        let fits = |gap: &Option<String>, have: Option<&str>| gap.is_none() || gap.as_deref() == have;
        fits(&self.account, Some(account)) && fits(&self.region, region) && fits(&self.kind, Some(kind))
    }
}

/// The end, which is the last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryEnd {
    /// Always `end`.
    pub taglint: String,
    /// Number of resource lines.
    pub resources: u64,
    /// The gaps.
    #[serde(default)]
    pub unread: Vec<Gap>,
    /// Regions left out because the account has not enabled them.
    #[serde(default, rename = "not-enabled", skip_serializing_if = "Vec::is_empty")]
    pub not_enabled: Vec<String>,
    /// Number of resources whose tags come from the tagging API's index, which is some minutes late.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub indexed: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl InventoryEnd {
    /// The end of an inventory.
    #[must_use]
    pub fn new(resources: u64, unread: Vec<Gap>) -> Self {
        Self { taglint: "end".to_owned(), resources, unread, not_enabled: Vec::new(), indexed: 0 }
    }
}

/// One line of an inventory.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // nearly every line is a resource: a box for each would be an allocation for each
pub enum Line<'a> {
    /// The header.
    Header(InventoryHeader),
    /// A resource.
    Resource(Resource<'a>),
    /// The end.
    End(InventoryEnd),
}

/// A line of an inventory that is not a resource.
#[derive(Debug)]
pub enum Marker {
    /// The header.
    Header(InventoryHeader),
    /// The end.
    End(InventoryEnd),
}

/// The reason why a line is invalid.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is not UTF-8.
    #[error("not UTF-8 (byte {0} of the line)")]
    Utf8(usize),
    /// The line is not JSON or not a resource.
    #[error("{0}")]
    Json(String),
    /// A later version of taglint wrote the inventory.
    #[error("inventory version {0}; this taglint reads version {VERSION}")]
    Version(u64),
}

/// Parses one line. Objects with a field `taglint` are markers, all others resources.
///
/// # Errors
/// [`LineError`] if the line is neither a marker nor a resource.
pub fn parse_line(line: &[u8]) -> Result<Line<'_>, LineError> {
    if let Some(marker) = parse_marker(line) {
        return marker.map(|marker| match marker {
            Marker::Header(header) => Line::Header(header),
            Marker::End(end) => Line::End(end),
        });
    }
    parse_resource(utf8(line)?).map(Line::Resource)
}

/// A line as text.
///
/// # Errors
/// [`LineError::Utf8`] if it is not UTF-8.
pub(crate) fn utf8(line: &[u8]) -> Result<&str, LineError> {
    // simdutf8 is faster but does not say where the error is.
    simdutf8::basic::from_utf8(line).map_err(|_| {
        let end = std::str::from_utf8(line).map_or_else(|error| error.valid_up_to(), str::len);
        LineError::Utf8(end + 1)
    })
}

/// Parses a resource from one line of JSON.
///
/// # Errors
/// [`LineError::Json`] if it is not a resource.
pub(crate) fn parse_resource(text: &str) -> Result<Resource<'_>, LineError> {
    // sonic-rs does not limit nesting everywhere, serde_json does, so lines with many brackets go to serde_json. So do lines
    // that sonic-rs rejects, because the messages of serde_json are clearer.
    let deep = memchr::memchr2_iter(b'[', b'{', text.as_bytes()).nth(MANY_BRACKETS).is_some();
    if !deep
        && quick_paths_enabled()
        && let Ok(resource) = sonic_rs::from_str::<Resource<'_>>(text)
    {
        return Ok(resource);
    }
    serde_json::from_str::<Resource<'_>>(text).map_err(|e| LineError::Json(clean(&e)))
}

/// The number of brackets from which `serde_json` parses a line. Usual resources have two or three.
const MANY_BRACKETS: usize = 64;

/// Parses the header or the end; `None` if the line is neither.
///
/// # Errors
/// [`LineError`] if it begins as a marker and is not a valid one.
#[must_use]
pub fn parse_marker(line: &[u8]) -> Option<Result<Marker, LineError>> {
    // The order of fields has no meaning in JSON; taglint itself writes this one first.
    (line.starts_with(b"{\"taglint\"") || has_marker_field(line)).then(|| marker(line))
}

/// Returns `true` if a line is an object with a field `taglint` of its own, and not only of an object in it.
fn has_marker_field(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct MarkerField {
        taglint: Option<serde::de::IgnoredAny>,
    }
    // Nearly no resource contains the word, so nearly no line is parsed here.
    memchr::memmem::find(line, b"\"taglint\"").is_some()
        && serde_json::from_slice::<MarkerField>(line).is_ok_and(|line| line.taglint.is_some())
}

fn marker(line: &[u8]) -> Result<Marker, LineError> {
    let text = utf8(line)?;
    let json = |e: serde_json::Error| LineError::Json(clean(&e));
    let value: serde_json::Value = serde_json::from_str(text).map_err(json)?;
    match value["taglint"].as_str() {
        Some("inventory") => match value["version"].as_u64() {
            Some(VERSION) => serde_json::from_value(value).map(Marker::Header).map_err(json),
            Some(other) => Err(LineError::Version(other)),
            None => Err(LineError::Json("the header has no `version`".to_owned())),
        },
        Some("end") => serde_json::from_value(value).map(Marker::End).map_err(json),
        _ => Err(LineError::Json("a `taglint` line that is neither `inventory` nor `end`".to_owned())),
    }
}

/// serde's message without its line number, which is always 1 here.
fn clean(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cut = text.rfind(" at line ").unwrap_or(text.len());
    let column = error.column();
    if column > 0 { format!("{} (column {column})", &text[..cut]) } else { text[..cut].to_owned() }
}

/// Writes a resource as one line.
///
/// # Errors
/// Errors of the writer.
pub fn write_resource(out: &mut impl Write, resource: &Resource<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, resource)?;
    out.write_all(b"\n")
}

/// Appends a resource as one line of an inventory in memory, which is read again in this run.
///
/// # Panics
/// Never: memory takes every byte.
pub fn append_resource(out: &mut Vec<u8>, resource: &Resource<'_>) {
    let start = out.len();
    if !quick_paths_enabled() || sonic_rs::to_writer(&mut *out, resource).is_err() {
        out.truncate(start);
        serde_json::to_writer(&mut *out, resource).expect("keys are strings, and memory takes every byte");
    }
    out.push(b'\n');
}

impl Resource<'_> {
    /// Converts the resource to one without borrows.
    #[must_use]
    pub fn into_owned(self) -> Resource<'static> {
        let own = |text: Text<'_>| Text(text.0.into_owned().into());
        Resource {
            kind: own(self.kind),
            arn: self.arn.map(own),
            address: self.address.map(own),
            input: self.input.map(own),
            name: self.name.map(own),
            id: self.id.map(own),
            account: self.account.map(own),
            region: self.region.map(own),
            path: self.path.map(own),
            user: match self.user {
                super::DeviceAssignment::Unknown => super::DeviceAssignment::Unknown,
                super::DeviceAssignment::Unassigned => super::DeviceAssignment::Unassigned,
                super::DeviceAssignment::User(arn) => super::DeviceAssignment::User(own(arn)),
            },
            created: self.created.map(own),
            tags: match self.tags {
                super::Tags::Unread { reason } => super::Tags::Unread { reason: own(reason) },
                super::Tags::Read { tags, more } => super::Tags::Read {
                    tags: tags
                        .into_iter()
                        .map(|tag| super::Tag { key: own(tag.key), value: tag.value.map(own) })
                        .collect(),
                    more,
                },
            },
            location: self.location,
            origin: self.origin,
            account_name: self.account_name.map(own),
            account_ou: self.account_ou.map(own),
            account_tags: self
                .account_tags
                .map(|tags| tags.into_iter().map(|(key, value)| (own(key), own(value))).collect()),
        }
    }
}
