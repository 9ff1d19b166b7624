//! Syntax trees in which every node knows its place in the file.
//!
//! * [`yaml`] and [`json`] parse into one tree, [`Node`]. It serves readers, which want the value, and edits, which want
//!   to know whether a span holds that value literally ([`Node::literal`], [`MapEntry::is_literal`]).
//! * [`hcl`] parses Terraform's native syntax and its JSON variant into bodies of attributes and blocks.
//!
//! The trees have no notion of resources.

pub mod hcl;
pub mod json;
mod node;
#[cfg(test)]
pub(crate) mod testing;
pub mod yaml;

use std::sync::Arc;

use crate::base::encoding::text_without_bom;
use crate::base::{Diagnostic, SourceFile};

pub use node::{MAX_NODES, MapEntry, Node, NodeKind};

/// Parses a file that is JSON or YAML: JSON where it begins with a brace. YAML may begin with a brace too: a file with
/// the extension of YAML that is not JSON is parsed as that.
///
/// # Errors
/// The first mistake and its place.
pub fn parse_json_or_yaml(file: &Arc<SourceFile>) -> Result<Node, Diagnostic> {
    let text = text_without_bom(&file.text).trim_start();
    if !text.starts_with('{') {
        return yaml::parse(file);
    }
    let is_yaml = |end: &std::ffi::OsStr| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml");
    match json::parse(file) {
        Err(_) if file.path.extension().is_some_and(is_yaml) => yaml::parse(file),
        parsed => parsed,
    }
}
