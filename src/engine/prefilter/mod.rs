//! Everything that exists only for speed: a format-specific line parser, and a prefilter that finds the rules that a
//! resource may violate without evaluating them.
//!
//! A million resources have a few types and a few hundred keys between them. The meaning of each key for each rule is
//! computed once ([`TypeIndex`](type_index)). If all tags of a resource are known, every rule passes that none of its
//! tags can violate and that requires no missing tag. Only the other rules, the candidates, are evaluated. The result is
//! the same as that of evaluating every rule; builds with debug assertions check it for each resource, and the fuzz
//! target `plain_path` compares whole reports. Rules on one key share a
//! test of its value where one test can tell that all of them accept it ([`key_tests`]).

mod accepted_values;
mod candidates;
mod fast_line;
mod key_tests;
mod quick_paths;
mod quote_scanner;
mod type_index;

pub(super) use candidates::{Prefilter, PrefilterPool};
pub(super) use fast_line::{FastLine, TagOffsets};
pub use quick_paths::QuickPaths;
