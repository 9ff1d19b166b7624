//! Syntax trees in which every node knows its place in the file.
//!
//! * [`yaml`] and [`json`] parse into one tree, [`Node`]. It serves readers, which want the value, and edits, which want
//!   to know whether a span holds that value literally ([`Node::literal`], [`MapEntry::is_literal`]).
//! * [`hcl`] parses Terraform's native syntax and its JSON variant into bodies of attributes and blocks.
//!
//! The trees have no notion of resources. [`template_keys`] knows where a template may have a key twice.

pub mod hcl;
pub mod json;
mod node;
pub mod template_keys;
#[cfg(test)]
pub(crate) mod testing;
pub mod yaml;

use std::sync::Arc;

use crate::base::encoding::text_without_bom;
use crate::base::{Diagnostic, SourceFile};

pub use node::{
    DUPLICATE, DuplicateKey, DuplicateReading, DuplicateRule, MAX_NODES, MapEntry, Node, NodeKind, UNKNOWN_FUNCTION,
};

/// Parses a file that is JSON or YAML: JSON where it begins with a brace. YAML may begin with a brace too: a file that is
/// not JSON, and not named so, is parsed as that.
///
/// # Errors
/// The first mistake and its place, in JSON unless the file has the extension of YAML.
pub fn parse_json_or_yaml(file: &Arc<SourceFile>) -> Result<Node, Diagnostic> {
    parse_json_or_yaml_with(file, &|_| DuplicateReading::Refused)
}

/// Parses a file that is JSON or YAML, with a rule for duplicate keys. Keys of YAML are what YAML 1.1 makes of them.
///
/// # Errors
/// Those of [`parse_json_or_yaml`].
pub fn parse_json_or_yaml_with(file: &Arc<SourceFile>, rule: DuplicateRule<'_>) -> Result<Node, Diagnostic> {
    let text = text_without_bom(&file.text).trim_start();
    if !text.starts_with('{') {
        return yaml::parse_with(file, rule);
    }
    let has_extension = |names: &[&str]| {
        let extension = file.path.extension().unwrap_or_default();
        names.iter().any(|name| extension.eq_ignore_ascii_case(name))
    };
    match json::parse(file, rule) {
        Err(_) if has_extension(&["yaml", "yml"]) => yaml::parse_with(file, rule),
        Err(mistake) if !has_extension(&["json"]) && !mistake.message.starts_with("duplicate key") => {
            yaml::parse_with(file, rule).map_err(|_| mistake)
        }
        parsed => parsed,
    }
}
