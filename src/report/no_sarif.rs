//! SARIF in a build without the feature `sarif`: the name and the extensions, so that an error can say what to build.

use std::io::{self, Write};

use super::format::ReportFormat;
use super::options::ReportOptions;
use crate::base::LogSpelling;
use crate::engine::Report;

/// The SARIF format. [`ReportFormat::missing_feature`] refuses it before anything is read.
pub const FORMAT: ReportFormat = ReportFormat {
    name: "sarif",
    extensions: &[".sarif", ".sarif.json"],
    about: "SARIF for GitHub code scanning and other viewers",
    log: LogSpelling::Json,
    render: write,
};

fn write(_: &Report, _: &ReportOptions, _: &mut dyn Write) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this build of taglint cannot write SARIF"))
}
