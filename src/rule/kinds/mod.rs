//! The rule kinds: one file for each, with everything that belongs to the kind. A new kind is a file, its `mod` line and
//! its line in [`rule_kinds!`].

mod any_of;
mod count;
mod forbid;
mod key_style;
mod only;
mod same_as_user;
mod syntax;
mod tag;
mod unique;

use super::registry::{forward, rule_kinds};

pub use syntax::refused;

rule_kinds! {
    Tag(tag::TagRule),
    AnyOf(any_of::AnyOfRule),
    Forbid(forbid::ForbidRule),
    Only(only::OnlyRule),
    KeyStyle(key_style::KeyStyleRule),
    Count(count::CountRule),
    Syntax(syntax::SyntaxRule),
    Unique(unique::UniqueRule),
    SameAsUser(same_as_user::SameAsUserRule),
}
