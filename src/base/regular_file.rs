//! Files that nobody named.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a regular file that a walk found or that another file names. Opening a pipe would wait for its writer, and reading
/// a device may never end.
///
/// # Errors
/// Those of opening it, or that it is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    File::open(path)
}
