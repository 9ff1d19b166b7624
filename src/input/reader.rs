//! The interface of an input format.

use std::path::{Path, PathBuf};

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use crate::engine::InputError;

/// A reader of one input format. `docs/contributing/input.md` says how to add one.
pub(super) trait InputReader: Sync {
    /// The value of `--input-format`; `None` for a format that only paths decide.
    fn format(&self) -> Option<InputFormat>;

    /// Returns whether a file belongs to this reader by its name alone.
    fn claims_file_name(&self, _name: &str) -> bool {
        false
    }

    /// Returns whether a folder belongs to this reader as one input. A walk does not go into it.
    fn claims_folder(&self, _folder: &Path) -> bool {
        false
    }

    /// Returns whether a file in a folder is read together with another input, and never alone.
    fn is_companion(&self, _name: &str) -> bool {
        false
    }

    /// Returns whether a file of another tool tells about the inputs of this reader. [`Self::open_found`] gets it too.
    fn is_told_by(&self, _name: &str) -> bool {
        false
    }

    /// The certainty that a candidate has the format of this reader.
    fn detect(&self, _candidate: &Candidate<'_>) -> Certainty {
        Certainty::No
    }

    /// The certainty that the text after the head gives, at most [`Certainty::Possible`]. It is asked for only if no reader
    /// is certain by the head, because a large file takes time.
    fn detect_in_rest(&self, _candidate: &Candidate<'_>) -> Certainty {
        Certainty::No
    }

    /// The treatment of this format in a folder.
    fn in_folder(&self) -> InFolder {
        InFolder::NotRead
    }

    /// Opens a candidate.
    ///
    /// # Errors
    /// [`InputError`] where it could not be read or does not have the format.
    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError>;

    /// Opens the paths that a walk of `folder` found for this reader, in order.
    fn open_found(
        &self,
        _folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let mut out = Vec::new();
        for path in found {
            match self.open(Candidate::of_path(path), options) {
                Ok(opened) => out.extend(opened.into_iter().map(Ok)),
                Err(error) => out.push(Err(error)),
            }
        }
        out
    }
}

/// The certainty of a reader. The highest wins; among equals the first in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// The candidate has another format.
    No,
    /// A broken or unusual input of this format.
    Possible,
    /// The format's own words stand in the head.
    Likely,
}

/// The treatment of a format in a folder that a person named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InFolder {
    /// The walk does not look for it.
    NotRead,
    /// Files with these endings are opened as if a person had named them.
    ByEnding(&'static [&'static str]),
    /// The walk opens it.
    Read,
    /// The walk passes over it and says so.
    Skipped {
        /// The noun of one.
        noun: &'static str,
        /// The reason, and how to check it all the same.
        advice: &'static str,
    },
}
