//! Templates for the unit tests.

use std::path::Path;
use std::sync::Arc;

use super::node::Node;
use super::yaml;
use crate::base::SourceFile;

pub(super) fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { path: Path::new("t.yaml").to_owned(), text: text.to_owned(), built_in: false })
}

pub(super) fn yaml(text: &str) -> Node {
    yaml::parse(&file(text)).unwrap_or_else(|problem| panic!("{problem:?}"))
}
