//! Where results go: whole files that replace the old ones at once, and standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Failure;

/// A file that is written beside its final name and renamed into place.
pub(super) struct OutputFile {
    path: PathBuf,
    target: Target,
}

enum Target {
    Replaced(NamedTempFile),
    /// A pipe or device: nothing to rename.
    Direct(File),
}

impl OutputFile {
    /// Tries the path before anything else is done.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::new(format!("can't write {}: {error}", path.display()))
                .help("name a folder that exists and that you may write to")
        };
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        let target = if special {
            Target::Direct(File::options().write(true).open(path).map_err(failed)?)
        } else if path.is_dir() {
            return Err(failed(io::Error::other("it is a folder")));
        } else {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Target::Replaced(temporary(folder).map_err(failed)?)
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// The path as the user gave it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the whole and puts it into place.
    pub(super) fn write(self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let path = self.path;
        let failed = |error: io::Error| {
            Failure::new(format!("can't write {}: {error}", path.display()))
                .help("nothing was left behind under this name")
        };
        match self.target {
            Target::Direct(file) => buffered(file, content).map_err(failed),
            Target::Replaced(file) => {
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

/// A temporary file with the permissions of an ordinary one: the default, for its owner alone, would stay after the
/// renaming and lock out the step that uploads it.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".taglint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Writes to standard output; a closed pipe ends quietly.
pub(super) fn stdout_with(content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    match buffered(io::stdout().lock(), content) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(format!("can't write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes bytes to standard output.
pub(super) fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    stdout_with(|out| out.write_all(bytes))
}
