//! Files into inventories. The content of an input decides what it is, not its name: every reader says how certain it is
//! of a candidate ([`reader`]), and the registry ([`registry`]) takes the most certain one.

mod aws_cli;
mod candidate;
pub mod cloudformation;
mod inventory;
mod managed;
mod open;
mod opened;
mod options;
mod reader;
mod registry;
mod spool;
pub mod terraform;
mod walk;

pub use inventory::INVENTORY;
pub use managed::ManagedResourceIndex;
pub use open::{open, open_all};
pub use opened::{OpenedInput, in_memory};
pub use options::{InputFormat, InputOptions};
pub use registry::formats;
