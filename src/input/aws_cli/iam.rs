//! `iam list-users` and `iam list-roles`, which print no tags; `iam get-user` and `iam get-role`, which do.

use serde::Deserialize;

use super::documents::Document;
use super::dump::{Dump, tags_or_unread};
use super::shape::Shape;
use super::tag_pairs::{TagPair, tags};
use super::top_level::ValueKind;
use crate::engine::InputError;
use crate::model::{Resource, Text};

pub(super) const USERS: Shape = Shape {
    commands: &["iam list-users"],
    is_read: true,
    keys: &[("Users", ValueKind::List)],
    words: &["\"Arn\"", ":iam:", "\"UserName\""],
    read: |document, dump| read_list(document, dump, USERS.commands[0], "Users", "iam:ListUsers"),
};

pub(super) const ROLES: Shape = Shape {
    commands: &["iam list-roles"],
    is_read: true,
    keys: &[("Roles", ValueKind::List)],
    words: &["\"Arn\"", ":iam:", "\"RoleName\""],
    read: |document, dump| read_list(document, dump, ROLES.commands[0], "Roles", "iam:ListRoles"),
};

pub(super) const USER: Shape = Shape {
    commands: &["iam get-user"],
    is_read: true,
    keys: &[("User", ValueKind::Object)],
    words: &["\"Arn\"", ":iam:", "\"UserName\""],
    read: |document, dump| read_one(document, dump, USER.commands[0], "User"),
};

pub(super) const ROLE: Shape = Shape {
    commands: &["iam get-role"],
    is_read: true,
    keys: &[("Role", ValueKind::Object)],
    words: &["\"Arn\"", ":iam:", "\"RoleName\""],
    read: |document, dump| read_one(document, dump, ROLE.commands[0], "Role"),
};

/// IAM's lists leave tags out even where an identity has some (IAM API Reference, `ListUsers`, `ListRoles`).
const NOT_LISTED: &str =
    "the list does not have tags; `aws iam get-account-authorization-details` prints users and roles with their tags";

#[derive(Deserialize)]
struct List<'a> {
    #[serde(rename = "Users", alias = "Roles", borrow)]
    identities: Vec<Identity<'a>>,
    #[serde(rename = "IsTruncated", default)]
    is_truncated: Option<bool>,
    #[serde(rename = "Marker", alias = "NextToken", borrow, default)]
    marker: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct One<'a> {
    #[serde(rename = "User", alias = "Role", borrow)]
    identity: Identity<'a>,
}

/// A user or a role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identity<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow, alias = "RoleName")]
    user_name: Text<'a>,
    #[serde(borrow, default, alias = "RoleId")]
    user_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    path: Option<Text<'a>>,
    #[serde(borrow, default)]
    create_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    tags: Option<Vec<TagPair<'a>>>,
    /// Only the details of an account have it.
    #[serde(borrow, default)]
    pub(super) instance_profile_list: Vec<Named<'a>>,
}

/// A resource whose tags the answer does not have.
#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(rename = "Arn", borrow)]
    pub(super) arn: Text<'a>,
}

/// Whether an answer of IAM is one page of several.
pub(super) fn is_cut(is_truncated: Option<bool>, marker: Option<&Text<'_>>) -> bool {
    is_truncated == Some(true) || marker.is_some_and(|marker| !marker.is_empty())
}

fn read_list<'a>(
    document: &Document<'a>,
    dump: &mut Dump<'a>,
    command: &str,
    key: &str,
    operation: &str,
) -> Result<(), InputError> {
    let list: List<'a> = document.parse(command)?;
    if is_cut(list.is_truncated, list.marker.as_ref()) {
        dump.page_gap(operation);
    }
    for (at, mut identity) in list.identities.into_iter().enumerate() {
        let tags = tags_or_unread(identity.tags.take(), NOT_LISTED);
        if let Some(resource) = resource(identity, dump, || format!("{key}[{at}]")) {
            dump.add(Resource { tags, ..resource });
        }
    }
    Ok(())
}

fn read_one<'a>(document: &Document<'a>, dump: &mut Dump<'a>, command: &str, key: &str) -> Result<(), InputError> {
    let identity = document.parse::<One<'a>>(command)?.identity;
    add_with_tags(identity, dump, || key.to_owned());
    Ok(())
}

/// Adds an identity with its tags. IAM leaves the element out where there are none.
pub(super) fn add_with_tags<'a>(mut identity: Identity<'a>, dump: &mut Dump<'a>, position: impl FnOnce() -> String) {
    let tags = tags(identity.tags.take().unwrap_or_default());
    if let Some(resource) = resource(identity, dump, position) {
        dump.add(Resource { tags, ..resource });
    }
}

fn resource<'a>(
    identity: Identity<'a>,
    dump: &mut Dump<'a>,
    position: impl FnOnce() -> String,
) -> Option<Resource<'a>> {
    let resource = dump.resource_of(identity.arn, position)?;
    Some(Resource {
        name: Some(identity.user_name),
        id: identity.user_id,
        path: identity.path.or(resource.path),
        created: identity.create_date,
        ..resource
    })
}
