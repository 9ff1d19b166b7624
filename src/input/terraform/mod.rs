//! Terraform: plans, states and source.

mod added_tags;
mod address;
mod json;
mod json_filter;
mod json_scan;
pub(super) mod plan;
mod resource_type;
mod secrets;
mod sorted_keys;
pub mod source;
pub(super) mod state;

use std::path::Path;

pub(super) use address::HiddenAddresses;

/// A folder relative to the root, with `/`; `None` if it does not exist or is outside.
pub(super) fn within(folder: &Path, root: &Path) -> Option<String> {
    let (folder, root) = (folder.canonicalize().ok()?, root.canonicalize().ok()?);
    let parts = folder.strip_prefix(root).ok()?.components();
    Some(parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}
