//! The data model: resources, their known and unknown tags, and the inventory format.

mod day;
mod inventory;
mod origin;
mod resource;
mod scope;
mod tags;
mod unlisted_tags;

pub use day::Day;
pub use inventory::{
    Gap, InventoryEnd, InventoryHeader, Line, LineError, Marker, parse_line, parse_marker, write_resource,
};
pub(crate) use inventory::{parse_resource, utf8};
pub use origin::{InlineWaiver, Origin};
pub use resource::{Assignment, Location, Resource, Text};
pub use scope::Scope;
pub use tags::{Tag, TagLookup, Tags};
pub use unlisted_tags::UnlistedTags;
