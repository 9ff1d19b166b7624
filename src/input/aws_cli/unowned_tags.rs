//! Commands that print tags and not whose they are, such as `iam list-user-tags`. They are refused with an explanation.

use super::shape::Shape;
use super::top_level::ValueKind;

pub(super) const SHAPE: Shape = Shape {
    commands: &["iam list-user-tags", "iam list-role-tags"],
    is_read: false,
    keys: &[("Tags", ValueKind::List), ("Tags", ValueKind::Object)],
    words: &[],
    read: |document, _| {
        Err(document.invalid(
            "it has tags and does not say whose they are (`aws iam list-user-tags`, `list-role-tags` and other commands print only the tags); use `aws iam get-user`, `aws iam get-role` or `aws iam get-account-authorization-details`",
        ))
    },
};
