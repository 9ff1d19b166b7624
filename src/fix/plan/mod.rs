//! What would change: made from findings, written as JSON, read back as text that nobody vouches for.

mod access;
mod again;
mod make;
mod model;
mod owner;
mod read;
mod state;
mod step;
mod target;
mod world;

pub use access::{Readers, note_readers};
pub use again::{again, note_owner};
pub use make::{Made, Wanted, make};

pub use model::{Access, Ask, Change, NotFixed, NotSeen, Owner, OwnerKind, Permit, Plan, PolicyStamp, Rename, VERSION};
pub use model::{differing, hash_tags, put};
pub use read::{MAX_PLAN, PlanError, read};
pub use step::Permits;
pub use target::{KINDS, Target};
pub use world::takes_from_users;
