//! The inventory format: JSON Lines with a header, one resource a line, and a last line that says what is missing.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{Resource, Scope, Text, fast_line};

/// The version of the format that this program reads and writes.
const VERSION: u64 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryHeader {
    /// Always `inventory`.
    pub taglint: String,
    /// The format's version.
    pub version: u64,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<String>,
    /// What was to be read.
    #[serde(default)]
    pub scope: Scope,
}

impl InventoryHeader {
    /// The header of an inventory collected now.
    #[must_use]
    pub fn new(collected: String, scope: Scope) -> Self {
        Self { taglint: "inventory".to_owned(), version: VERSION, collected: Some(collected), scope }
    }
}

/// Something that could not be read. It is neither a finding nor an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// Twelve digits; absent where no account could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Absent for IAM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The resource type that was not, or not fully, listed.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The AWS operation that failed, as `service:Operation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Why, for a person.
    pub error: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryEnd {
    /// Always `end`.
    pub taglint: String,
    /// How many resource lines came before.
    pub resources: u64,
    /// Scopes that could not be read.
    #[serde(default)]
    pub unread: Vec<Gap>,
    /// Regions that were left out because the account has them switched off.
    #[serde(default, rename = "not-enabled", skip_serializing_if = "Vec::is_empty")]
    pub not_enabled: Vec<String>,
    /// How many resources have their tags from the tagging API's index, which is some minutes late.
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
    /// The first.
    Header(InventoryHeader),
    /// Any between.
    Resource(Resource<'a>),
    /// The last.
    End(InventoryEnd),
}

/// What stands around the resources of an inventory.
#[derive(Debug)]
pub enum Marker {
    /// The first line.
    Header(InventoryHeader),
    /// The last.
    End(InventoryEnd),
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8 (byte {0} of the line)")]
    Utf8(usize),
    /// Not JSON, or not a resource.
    #[error("{0}")]
    Json(String),
    /// Written by a later taglint.
    #[error("inventory version {0}; this taglint reads version {VERSION}")]
    Version(u64),
}

/// Reads one line. Lines that begin with `{"taglint":` are the header and the end, all others resources.
///
/// # Errors
/// [`LineError`] where the line is none of the three.
pub fn parse_line(line: &[u8]) -> Result<Line<'_>, LineError> {
    if let Some(marker) = parse_marker(line) {
        return marker.map(|marker| match marker {
            Marker::Header(header) => Line::Header(header),
            Marker::End(end) => Line::End(end),
        });
    }
    let mut resource = Resource::default();
    read_resource(line, &mut resource)?;
    Ok(Line::Resource(resource))
}

/// Reads a resource line into `resource`, whose memory is used again.
///
/// # Errors
/// [`LineError`] where it is no resource; `resource` is worth nothing then.
pub fn read_resource<'a>(line: &'a [u8], resource: &mut Resource<'a>) -> Result<(), LineError> {
    let Ok(text) = simdutf8::basic::from_utf8(line) else {
        let end = std::str::from_utf8(line).map_or_else(|error| error.valid_up_to(), str::len);
        return Err(LineError::Utf8(end + 1));
    };
    if fast_line::read(text, resource).is_none() {
        *resource = parse_resource(text)?;
    }
    Ok(())
}

/// Reads a resource from one line of JSON.
///
/// # Errors
/// [`LineError::Json`] where it is no resource.
pub(crate) fn parse_resource(text: &str) -> Result<Resource<'_>, LineError> {
    // serde_json bounds how deep a value nests, sonic-rs does not everywhere: a line with that many brackets goes to the
    // former. And where sonic-rs refuses a line, serde_json decides, and its message is the one a person can use.
    let deep = memchr::memchr2_iter(b'[', b'{', text.as_bytes()).nth(MANY_BRACKETS).is_some();
    if !deep && let Ok(resource) = sonic_rs::from_str::<Resource<'_>>(text) {
        return Ok(resource);
    }
    serde_json::from_str::<Resource<'_>>(text).map_err(|e| LineError::Json(clean(&e)))
}

/// A resource has two or three brackets; more than this is no honest line.
const MANY_BRACKETS: usize = 64;

/// Reads the header or the end; `None` where the line is neither.
///
/// # Errors
/// [`LineError`] where it says that it is one of them, and is not.
#[must_use]
pub fn parse_marker(line: &[u8]) -> Option<Result<Marker, LineError>> {
    line.starts_with(b"{\"taglint\"").then(|| marker(line))
}

fn marker(line: &[u8]) -> Result<Marker, LineError> {
    let text = std::str::from_utf8(line).map_err(|e| LineError::Utf8(e.valid_up_to() + 1))?;
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

/// serde's message without its own line number, which is always 1 here.
fn clean(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cut = text.rfind(" at line ").unwrap_or(text.len());
    let column = error.column();
    if column > 0 { format!("{} (column {column})", &text[..cut]) } else { text[..cut].to_owned() }
}

/// Writes a resource as one line.
///
/// # Errors
/// Those of the writer.
pub fn write_resource(out: &mut impl Write, resource: &Resource<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, resource)?;
    out.write_all(b"\n")
}

impl Resource<'_> {
    /// The same resource without any borrow.
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
                super::Assignment::Unknown => super::Assignment::Unknown,
                super::Assignment::Unassigned => super::Assignment::Unassigned,
                super::Assignment::User(arn) => super::Assignment::User(own(arn)),
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
            account_tags: self
                .account_tags
                .map(|tags| tags.into_iter().map(|(key, value)| (own(key), own(value))).collect()),
        }
    }
}
