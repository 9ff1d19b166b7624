//! The type of a format of `taglint explain-access`.

use std::io::{self, Write};

use crate::base::LogSpelling;
use crate::iam_policies::KnownPolicies;

/// A format of `taglint explain-access`.
#[derive(Debug)]
pub struct AccessFormat {
    /// The name that `--format` takes.
    pub name: &'static str,
    /// The purpose of the format, for `--help`.
    pub about: &'static str,
    /// The spelling of characters that a CI runner would take for a command, on standard output.
    pub log: LogSpelling,
    pub(super) render: fn(&KnownPolicies, &str, &mut dyn Write) -> io::Result<()>,
}

impl AccessFormat {
    /// Writes the policies that read `key`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, known: &KnownPolicies, key: &str, out: &mut dyn Write) -> io::Result<()> {
        (self.render)(known, key, out)
    }
}
