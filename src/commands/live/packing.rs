//! Conversion of a collected account to an inventory.

use std::io::{self, Write};

use crate::collect::Collected;
use crate::model::{InventoryEnd, InventoryHeader, Resource, write_resource};

/// Writes the collected resources as an inventory.
pub(super) fn write_inventory(collected: &Collected, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    write_lines(&collected.header, &collected.resources, &collected.end, out)
}

/// Writes an inventory of some resources.
pub(super) fn write_lines(
    header: &InventoryHeader,
    resources: &[Resource<'_>],
    end: &InventoryEnd,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let mut line = Vec::new();
    serde_json::to_writer(&mut line, header)?;
    line.push(b'\n');
    out.write_all(&line)?;
    for resource in resources {
        line.clear();
        write_resource(&mut line, resource)?;
        out.write_all(&line)?;
    }
    serde_json::to_writer(&mut *out, end)?;
    out.write_all(b"\n")
}
