//! The options of reading inputs.

use std::path::PathBuf;

/// A format that an input can be forced to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputFormat {
    /// The value of `--input-format`.
    pub name: &'static str,
    /// A summary for the help.
    pub about: &'static str,
}

/// The options of reading inputs. By default the input alone decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// The format of every input (`--input-format`); `None`: the content decides.
    pub format: Option<InputFormat>,
    /// The folder of the source that a plan was made from (`--source`); `None`: the plan's own folder.
    pub source: Option<PathBuf>,
    /// Only what a plan changes (`--changed`), or everything that it manages (`--all`); `None`: the reader's default,
    /// which is `--changed` for plans and everything for all else.
    pub changed: Option<bool>,
    /// Tags that a stack is deployed with (`--stack-tag`), each key once.
    pub stack_tags: Vec<(String, String)>,
    /// The account of resources whose source does not say theirs (`--account`), twelve digits.
    pub account: Option<String>,
    /// The region of resources whose source does not say theirs (`--region`); IAM has none whatever is said.
    pub region: Option<String>,
    /// More inputs than one are given: what only an input's path tells apart says it.
    pub several: bool,
    /// The folder that locations are relative to and that no reading leaves (`--srcroot`, else the repository's root).
    pub srcroot: PathBuf,
}

impl InputOptions {
    /// Whether only what a plan changes is wanted.
    #[must_use]
    pub fn only_changed(&self) -> bool {
        self.changed.unwrap_or(true)
    }
}
