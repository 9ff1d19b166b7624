//! The data model: resources, their known and unknown tags, and the inventory format.

mod arn_resource;
mod coverage;
mod day;
mod inventory;
pub mod lake;
mod location;
mod origin;
mod remedy;
mod resource;
mod scope;
mod tags;
mod text;
mod unlisted_tags;

pub(crate) use arn_resource::ArnResource;
pub use coverage::{InputCoverage, NotJudged, NotJudgedReason};
pub use day::Day;
pub use inventory::{
    Gap, InventoryEnd, InventoryHeader, Line, LineError, Marker, append_resource, parse_line, parse_marker,
    write_resource,
};
pub(crate) use inventory::{parse_resource, utf8};
pub use location::Location;
pub use origin::{AlternativeTags, DefaultTagKeys, InlineWaiver, Origin, UnknownCause};
pub use remedy::{
    CALLER_NOT_READ, KNOWN_AFTER_APPLY, KNOWN_TO_A_PLAN, NO_VALUE_IN_SOURCE, NO_WORKSPACE, SET_ELSEWHERE,
    access_remedies, remedies,
};
pub use resource::{DeviceAssignment, Resource};
pub use scope::Scope;
pub use tags::{Tag, TagLookup, TagMap, Tags};
pub(crate) use tags::{repeated_key, stands_twice};
pub use text::Text;
pub use unlisted_tags::UnlistedTags;
