//! The files with policies of AWS.

use std::path::Path;

use crate::authoring::import::ImportInput;
use crate::base::encoding::decode;
use crate::base::{read_named, read_whole};
use crate::commands::Failure;

/// The largest policy of AWS to import, in bytes.
const MAX_IMPORT: u64 = 64 << 20;

/// The input with the policy of a file.
pub(super) fn import_input(file: &Path) -> Result<ImportInput, Failure> {
    Ok(ImportInput { name: shown(file), text: read_text(file)? })
}

/// The name of a path in messages.
fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let failed =
        |e: std::io::Error| Failure::new(format!("{}: {e}", shown(path))).help("check the path and its permissions");
    let bytes = if path == Path::new("-") {
        read_whole(std::io::stdin().lock(), MAX_IMPORT)
    } else {
        read_named(path, MAX_IMPORT)
    };
    let bytes = bytes.map_err(failed)?;
    let text = decode(bytes).map_err(|e| Failure::new(format!("{}: {e}", shown(path))))?;
    Ok(text)
}
