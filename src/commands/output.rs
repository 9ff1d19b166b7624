//! Output files, which replace the old ones atomically, and standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Failure;
use crate::base::{CommandGuard, LogSpelling};
use crate::report::ReportFormat;

/// Refuses a format that this build was made without.
pub(super) fn built(format: &ReportFormat) -> Result<(), Failure> {
    let Some(feature) = format.missing_feature() else { return Ok(()) };
    Err(Failure::new(format!("this build of taglint cannot write the format {}", format.name))
        .help(format!("build it with the feature `{feature}`: cargo build --features {feature}")))
}

/// A file that is written under a temporary name and then renamed.
pub(super) struct OutputFile {
    path: PathBuf,
    destination: Destination,
}

enum Destination {
    Replaced(NamedTempFile),
    /// A pipe or device: nothing to rename.
    Direct(File),
}

impl OutputFile {
    /// Opens the file; the path is tested before any other work.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        Self::with_mode(path, 0o666)
    }

    /// Opens a file that only its owner may read, because it holds every tag of an account and says what to change.
    pub(super) fn open_private(path: &Path) -> Result<Self, Failure> {
        Self::with_mode(path, 0o600)
    }

    fn with_mode(path: &Path, mode: u32) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::new(format!("can't write {}: {error}", path.display()))
                .help("use a folder that exists and that you can write to")
        };
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        let destination = if special {
            Destination::Direct(File::options().write(true).open(path).map_err(failed)?)
        } else if path.is_dir() {
            return Err(failed(io::Error::other("it is a folder")));
        } else {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Destination::Replaced(temporary(folder, mode).map_err(failed)?)
        };
        Ok(Self { path: path.to_owned(), destination })
    }

    /// The path as the user gave it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content and renames the file.
    pub(super) fn write(self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let path = self.path;
        let failed = |error: io::Error| {
            Failure::new(format!("can't write {}: {error}", path.display())).help("no file was left under this name")
        };
        match self.destination {
            Destination::Direct(file) => buffered(file, content).map_err(failed),
            Destination::Replaced(file) => {
                buffered(file.as_file(), content).map_err(failed)?;
                file.persist(&path).map(|_| ()).map_err(|e| failed(e.error))
            }
        }
    }
}

fn buffered(file: impl Write, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(128 << 10, file);
    content(&mut writer)?;
    writer.flush()
}

/// A temporary file with these permissions, less the umask. The default permissions, for the owner only, would remain
/// after the renaming, and a later CI step under another user could not read the report.
#[cfg_attr(not(unix), allow(unused_variables))]
fn temporary(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".taglint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    builder.tempfile_in(folder)
}

/// Writes to standard output without commands of CI runners. A closed pipe ends quietly.
pub(super) fn stdout_with(
    spelling: LogSpelling,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match buffered(CommandGuard::new(io::stdout().lock(), spelling), content) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(format!("can't write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes bytes to standard output.
pub(super) fn stdout(spelling: LogSpelling, bytes: &[u8]) -> Result<(), Failure> {
    stdout_with(spelling, |out| out.write_all(bytes))
}
