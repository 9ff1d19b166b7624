//! One file for each rule kind.

mod any_of;
mod count;
mod forbid;
mod key_style;
mod only;
mod same_as_user;
pub(super) mod syntax;
mod tag;
mod unique;

pub use any_of::AnyOf;
pub use count::Count;
pub use forbid::Forbid;
pub use key_style::{KeyStyle, Style};
pub use only::Only;
pub use same_as_user::SameAsUser;
pub use syntax::{Syntax, refused};
pub use tag::{DefaultFrom, TagRule};
pub use unique::{Unique, Within};
