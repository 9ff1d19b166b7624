//! Source files and trees for unit tests.

use std::path::Path;
use std::sync::Arc;

use super::{Node, yaml};
use crate::base::SourceFile;

/// A file with this text.
pub(crate) fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { path: Path::new("t.yaml").to_owned(), text: text.to_owned(), built_in: false })
}

/// The tree of a YAML text.
pub(crate) fn yaml(text: &str) -> Node {
    yaml::parse(&file(text)).unwrap_or_else(|problem| panic!("{problem:?}"))
}
