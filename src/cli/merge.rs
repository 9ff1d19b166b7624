//! `taglint merge`.

use std::path::PathBuf;

use clap::Args;

pub(super) const MERGE_AFTER_HELP: &str = "\
If a resource is in several inventories, the line that was collected last is kept, unless its tags \
could not be read there. If a later inventory has read the account, region and type of a resource in full \
and does not contain it, the resource is left out as deleted. A scope that one inventory could not read \
is filled from another that read all of it. All shards of a run together are complete.

Exit codes:
  0    The result is complete
  2    Nothing was written: the command line or an input is invalid
  3    Incomplete: something could not be read (--allow-incomplete: exit 0 instead)

Examples:
  taglint merge shard-*.jsonl.zst --output organization.jsonl.zst
  taglint merge inventories/ | taglint check -
  taglint merge last-night.jsonl account-again.jsonl --output inventory.jsonl";

/// `taglint merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Inventories (plain, gzip or zstd), folders of them, or `-` for standard input.
    #[arg(value_name = "INVENTORY", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Output file (.jsonl, .jsonl.gz or .jsonl.zst). Default: standard output.
    #[arg(long, short, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Exit 0 even if something could not be read.
    #[arg(long, help_heading = "Exit code")]
    pub allow_incomplete: bool,
}
