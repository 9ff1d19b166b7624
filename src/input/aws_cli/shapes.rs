//! Every shape, one line for each.

use memchr::memmem;

use super::shape::Shape;
use super::top_level::top_level_keys;
use super::{authorization_details, config, iam, mfa_devices, resource_explorer, tagging_api, unowned_tags, user_pool};
use crate::base::any_of;

/// Every shape that the reader knows. The first that recognizes a document reads it.
pub(super) const SHAPES: &[&Shape] = &[
    &tagging_api::SHAPE,
    &authorization_details::SHAPE,
    &resource_explorer::SHAPE,
    &config::SHAPE,
    &iam::USERS,
    &iam::ROLES,
    &iam::USER,
    &iam::ROLE,
    &mfa_devices::SHAPE,
    &user_pool::SHAPE,
    &unowned_tags::SHAPE,
];

/// The commands whose output is read: "`aws iam list-users`, `aws iam list-roles` or …".
pub(super) fn command_list() -> String {
    let read = SHAPES.iter().filter(|shape| shape.is_read);
    any_of(read.flat_map(|shape| shape.commands).map(|command| format!("`aws {command}`")))
}

/// The shape of a document by its first bytes, with `true` if its words stand there too.
pub(super) fn recognize(head: &[u8]) -> Option<(&'static Shape, bool)> {
    let keys = top_level_keys(head);
    let shape = SHAPES.iter().find(|shape| shape.has_key(&keys))?;
    let has_words = shape.words.iter().all(|word| memmem::find(head, word.as_bytes()).is_some());
    Some((shape, has_words))
}
