//! Inventories as files: plain or packed.

use std::io::{self, Write};
use std::path::Path;

use super::super::Failure;
use super::super::output::OutputFile;
use crate::collect::Collected;
use crate::model::write_resource;

/// Writes what was read as an inventory.
pub(super) fn write_inventory(collected: &Collected, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut line = Vec::new();
    serde_json::to_writer(&mut line, &collected.header)?;
    line.push(b'\n');
    out.write_all(&line)?;
    for resource in &collected.resources {
        line.clear();
        write_resource(&mut line, resource)?;
        out.write_all(&line)?;
    }
    serde_json::to_writer(&mut *out, &collected.end)?;
    out.write_all(b"\n")
}

/// How an inventory file is packed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(super) fn write(self, collected: &Collected, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Plain => write_inventory(collected, out),
            Self::Gzip => {
                let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::default());
                write_inventory(collected, &mut packed)?;
                packed.finish().map(|_| ())
            }
            Self::Zstd => {
                let mut packed = zstd::Encoder::new(out, 0)?;
                packed.window_log(23)?;
                write_inventory(collected, &mut packed)?;
                packed.finish().map(|_| ())
            }
        }
    }
}

/// The file of `--output`, with its packing.
pub(super) fn output(path: &Path) -> Result<(Packing, OutputFile), Failure> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let packings = [(".jsonl", Packing::Plain), (".jsonl.gz", Packing::Gzip), (".jsonl.zst", Packing::Zstd)];
    let Some((_, packing)) = packings.into_iter().find(|(ending, _)| name.ends_with(ending)) else {
        return Err(Failure::new(format!("--output {}: the ending tells no packing", path.display()))
            .help("an inventory is a .jsonl, .jsonl.gz or .jsonl.zst file"));
    };
    Ok((packing, OutputFile::open(path)?))
}
