//! Inventory files: plain or compressed, as their endings say.

use std::io::{self, Write};
use std::path::Path;

use super::Failure;
use super::output::OutputFile;

/// How an inventory file is packed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// Writes what `content` writes, packed.
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
                // Readers refuse a larger one.
                packed.window_log(23)?;
                let value = content(&mut packed)?;
                packed.finish().map(|_| value)
            }
        }
    }
}

/// The file that `--output` of an inventory names, tried before anything else is done.
pub(super) fn output(path: &Path) -> Result<(Packing, OutputFile), Failure> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let packings = [(".jsonl", Packing::Plain), (".jsonl.gz", Packing::Gzip), (".jsonl.zst", Packing::Zstd)];
    let Some((_, packing)) = packings.into_iter().find(|(ending, _)| name.ends_with(ending)) else {
        return Err(Failure::new(format!("--output {}: the ending tells no packing", path.display()))
            .help("an inventory is a .jsonl, .jsonl.gz or .jsonl.zst file"));
    };
    Ok((packing, OutputFile::open(path)?))
}
