//! The nouns: a resource, its tags (known or unknown), the inventory that holds them, and what AWS itself demands.

mod day;
mod inventory;
mod marks;
mod more;
mod origin;
mod plain;
mod resource;
mod scope;
mod service;
mod tags;
pub mod types;

pub use day::Day;
pub(crate) use inventory::parse_resource;
pub use inventory::{
    End, Gap, Header, Line, LineError, Marker, parse_line, parse_marker, read_resource, write_resource,
};
pub use more::More;
pub use origin::{Ignore, Origin};
pub use plain::{Places, Plain};
pub use resource::{Assignment, Location, Resource, Text};
pub use scope::Scope;
pub use service::{Service, fold_key, is_aws_key, is_iam, same_key};
pub use tags::{Found, Tag, Tags};
pub use types::TypeGlobs;
