//! The readers of input formats. The content of an input determines its format, not its name: every reader states its
//! certainty for a candidate ([`reader`]), and the registry ([`registry`]) takes the most certain one.

mod aws_cli;
mod candidate;
pub mod cloudformation;
mod event;
mod git_index;
mod inventory;
mod join;
mod lake;
mod managed;
mod nested;
mod not_judged;
mod open;
mod opened;
mod options;
mod reader;
mod registry;
mod resource_lines;
mod spool;
mod tag_editor;
pub mod terraform;
mod unpack_budget;
mod walk;

pub use event::EVENT;
pub use inventory::INVENTORY;
pub use lake::{Lake, LakeAccount, is_lake, open_inventory, read_lake};
pub use managed::ManagedResourceIndex;
pub use open::{open, open_all, open_inputs_among, open_stream};
pub use opened::{OpenedInput, in_memory};
pub use options::{InputFormat, InputOptions, LakeDays};
pub use registry::formats;
pub use unpack_budget::{MAX_UNPACKED, UnpackBudget};
