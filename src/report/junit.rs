//! junit
use super::Options;
use crate::engine::Report;
use std::io::{self, Write};
pub(super) fn write(_report: &Report, _options: &Options, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
