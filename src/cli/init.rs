//! `taglint init`.

use std::path::PathBuf;

use clap::Args;

pub(super) const INIT_AFTER_HELP: &str = "\
Examples:
  taglint init
  taglint init --from inventory.jsonl --output draft.toml";

/// `taglint init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Propose rules from the tags in this inventory.
    #[arg(long, value_name = "INVENTORY")]
    pub from: Option<PathBuf>,
    /// Output file.
    #[arg(long, short, value_name = "PATH", default_value = "taglint.toml")]
    pub output: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}
