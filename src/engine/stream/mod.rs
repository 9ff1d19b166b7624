//! Reading of inputs: bytes, chunks, lines, the envelope of an inventory, and the merge of sorted inventories.

pub(super) mod byte_source;
mod chunks;
mod entry_sort;
mod envelope;
mod line_group;
mod line_reader;
mod line_scanner;
mod merge;
mod order;
mod parse;
mod spool;

pub use byte_source::{ByteSource, MAX_LINE};
pub(super) use chunks::{RawLine, fold_chunks, map_chunks};
pub(super) use entry_sort::{EntrySort, KeyedEntries};
pub(super) use envelope::{Envelope, EnvelopeScan};
pub(super) use line_group::LineGroup;
pub(super) use line_reader::LineReader;
pub(super) use line_scanner::{LineScanner, ParsedLine};
pub(super) use merge::Survey;
pub use merge::{Merge, Merged};
pub(super) use order::sort_key;
pub(super) use parse::{parse_line, reparse_resource};
pub(super) use spool::{FindingSpool, LinesBySeverity};
