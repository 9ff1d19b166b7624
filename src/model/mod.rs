//! The nouns: a resource, its tags (known or unknown), the inventory that holds them, and what AWS itself demands.

mod day;
mod fast_line;
mod inventory;
mod origin;
mod quote_scanner;
mod resource;
mod scope;
mod tags;
mod unlisted_tags;

pub use day::Day;
pub use fast_line::{FastLine, TagOffsets};
pub(crate) use inventory::parse_resource;
pub use inventory::{
    Gap, InventoryEnd, InventoryHeader, Line, LineError, Marker, parse_line, parse_marker, read_resource,
    write_resource,
};
pub use origin::{InlineWaiver, Origin};
pub use resource::{Assignment, Location, Resource, Text};
pub use scope::Scope;
pub use tags::{Tag, TagLookup, Tags};
pub use unlisted_tags::UnlistedTags;
