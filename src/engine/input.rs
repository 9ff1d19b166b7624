//! An input of a run and its errors.

use std::io;

use super::stream::byte_source::ByteSource;
use crate::base::Diagnostic;
use crate::model::{Gap, InputCoverage};

/// An opened input, converted to the lines of an inventory.
#[derive(Debug, Clone)]
pub struct Input {
    /// The name that the user gave.
    pub name: String,
    /// The lines.
    pub bytes: ByteSource,
    /// Gaps known before the lines are read, such as a truncated compressed file.
    pub gaps: Vec<Gap>,
    /// `true` if taglint wrote the input as an inventory. Only then are a header and an end line expected.
    pub is_native_inventory: bool,
    /// The kind of resources.
    pub kind: InputKind,
    /// Resources and paths that the reader passed over.
    pub coverage: InputCoverage,
    /// Whether an input without any resource is a known result, such as an account without users, and no sign that
    /// nothing was looked at.
    pub may_be_empty: bool,
    /// `true` if it is a usual result that no rule judges anything of the input, such as an event that changes no tags.
    pub may_be_unjudged: bool,
    /// The way in which the run came to it.
    pub found_by: InputFoundBy,
}

/// The way in which a run came to an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFoundBy {
    /// A person named it. If it cannot be read, the run ends.
    Name,
    /// The walk of a folder found it. If it cannot be read, that is a gap.
    Walk,
    /// The run itself has read the accounts. A shard is all that was asked for.
    Collection,
}

impl Input {
    /// An input of converted lines: no header, no gaps.
    #[must_use]
    pub fn new(name: &str, bytes: ByteSource, kind: InputKind) -> Self {
        Self {
            name: name.to_owned(),
            bytes,
            gaps: Vec::new(),
            is_native_inventory: false,
            kind,
            coverage: InputCoverage::default(),
            may_be_empty: false,
            may_be_unjudged: false,
            found_by: InputFoundBy::Name,
        }
    }

    /// Replaces the lines by a gap.
    pub(super) fn replace_by_gap(&mut self, error: &InputError) {
        self.bytes = ByteSource::Memory(Vec::new().into());
        self.is_native_inventory = false;
        self.gaps.push(Gap { error: error.to_string(), ..Gap::default() });
    }

    /// An inventory as taglint writes it, with its header and end line. One without resources states that there are none.
    #[must_use]
    pub fn inventory(name: &str, bytes: ByteSource) -> Self {
        Self { is_native_inventory: true, may_be_empty: true, ..Self::new(name, bytes, InputKind::Live) }
    }
}

/// The kind of resources in an input: existing ones, or ones that source declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputKind {
    /// Existing resources.
    #[default]
    Live,
    /// Resources of a Terraform plan or source.
    Terraform {
        /// The folder of the root module, relative to the repository root; empty for the repository root.
        root: String,
    },
    /// Resources of a `CloudFormation` template.
    CloudFormation {
        /// The template or the assembly folder, relative to the repository root.
        root: String,
    },
}

impl InputKind {
    /// The root module's folder or the template; `None` for existing resources.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        match self {
            Self::Live => None,
            Self::Terraform { root } | Self::CloudFormation { root } => Some(root),
        }
    }

    /// The same kind with another root.
    pub(super) fn with_root(&self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Live => Self::Live,
            Self::Terraform { root } => Self::Terraform { root: change(root) },
            Self::CloudFormation { root } => Self::CloudFormation { root: change(root) },
        }
    }
}

/// The reason why an input can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The input can't be read.
    #[error("{name}: {error}")]
    Read {
        /// The input.
        name: String,
        /// The cause.
        error: io::Error,
    },
    /// Nothing that taglint reads: a file of another kind, or a folder without inputs.
    #[error("{name}: {message}")]
    NoInput {
        /// The input.
        name: String,
        /// The reason.
        message: String,
    },
    /// Invalid lines.
    #[error("{name}:{line}: {message}{}", if *.more > 0 { format!(" (and {} more such lines)", .more) } else { String::new() })]
    Line {
        /// The input.
        name: String,
        /// Line number, from 1.
        line: u64,
        /// The problem.
        message: String,
        /// Number of further invalid lines.
        more: u64,
    },
    /// An invalid document of a format other than that of inventories.
    #[error("{name}:{line}: {message}")]
    Document {
        /// The input.
        name: String,
        /// Line number, from 1.
        line: u64,
        /// The problem.
        message: String,
        /// The next step.
        help: &'static str,
    },
    /// A source or template with errors, each with its location.
    #[error("{}", brief(.name, .problems))]
    Source {
        /// The input.
        name: String,
        /// The errors.
        problems: Vec<Diagnostic>,
    },
    /// The input as a whole is invalid.
    #[error("{name}: {message}")]
    Invalid {
        /// The input.
        name: String,
        /// The problem.
        message: String,
    },
}

/// The first error and the number of further ones.
fn brief(name: &str, problems: &[Diagnostic]) -> String {
    match problems {
        [] => format!("{name}: it can't be read"),
        [one] => one.brief(),
        [one, rest @ ..] => format!("{} (and {} more)", one.brief(), rest.len()),
    }
}
