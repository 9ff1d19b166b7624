//! Reading of inputs: bytes, chunks, lines, the envelope of an inventory, and the merge of sorted inventories.

pub(super) mod byte_source;
mod chunks;
mod envelope;
mod key_sort;
mod line_reader;
mod line_scanner;
mod merge;
mod order;
mod parse;

pub use byte_source::{ByteSource, MAX_LINE};
pub(super) use chunks::{RawLine, map_chunks};
pub(super) use envelope::Envelope;
pub(super) use key_sort::{PART, order_by_key, permute};
pub(super) use line_reader::LineReader;
pub(super) use line_scanner::{LineScanner, ParsedLine};
pub(super) use merge::Survey;
pub use merge::{Merge, Merged};
pub(super) use order::sort_key;
pub(super) use parse::{parse_line, reparse_resource};
