//! Inventory files, plain or compressed according to their extension.

use std::io::{self, Write};
use std::path::Path;

use super::Failure;
use super::output::OutputFile;
use crate::base::limits::ZSTD_WINDOW_LOG;

/// The compression of an inventory file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// Writes the output of `content`, compressed.
    pub(super) fn write<T>(
        self,
        out: &mut dyn Write,
        content: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        match self {
            Self::Plain => content(out),
            Self::Gzip => {
                let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::default());
                let value = content(&mut packed)?;
                packed.finish().map(|_| value)
            }
            Self::Zstd => {
                let mut packed = zstd::Encoder::new(out, 0)?;
                packed.window_log(ZSTD_WINDOW_LOG)?;
                let value = content(&mut packed)?;
                packed.finish().map(|_| value)
            }
        }
    }
}

/// The inventory file of `--output`, opened before any other work.
pub(super) fn output(path: &Path) -> Result<(Packing, OutputFile), Failure> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let packings = [(".jsonl", Packing::Plain), (".jsonl.gz", Packing::Gzip), (".jsonl.zst", Packing::Zstd)];
    let Some((_, packing)) = packings.into_iter().find(|(ending, _)| name.ends_with(ending)) else {
        return Err(Failure::new(format!("--output {}: unknown output extension", path.display()))
            .help("use .jsonl, .jsonl.gz or .jsonl.zst"));
    };
    Ok((packing, OutputFile::open(path)?))
}
