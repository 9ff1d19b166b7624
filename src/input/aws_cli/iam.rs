//! `iam list-users` and `iam list-roles`, which print no tags; `iam get-user` and `iam get-role`, which do.

use serde::Deserialize;

use super::dump::{Dump, tags_or_unread};
use super::shape::Shape;
use super::tag_pairs::{TagPair, tags};
use super::top_level::ValueKind;
use crate::model::{Resource, Text};

pub(super) const USERS: Shape = Shape {
    commands: &["iam list-users"],
    is_read: true,
    keys: &[("Users", ValueKind::List)],
    words: &["\"Arn\"", ":iam:", "\"UserName\""],
    read: |document, dump| {
        let answer: Users<'_> = document.parse("iam list-users")?;
        let is_cut = is_cut(answer.is_truncated, answer.marker.as_ref());
        read_list(answer.users, is_cut, dump, "Users", "iam:ListUsers");
        Ok(())
    },
};

pub(super) const ROLES: Shape = Shape {
    commands: &["iam list-roles"],
    is_read: true,
    keys: &[("Roles", ValueKind::List)],
    words: &["\"Arn\"", ":iam:", "\"RoleName\""],
    read: |document, dump| {
        let answer: Roles<'_> = document.parse("iam list-roles")?;
        let is_cut = is_cut(answer.is_truncated, answer.marker.as_ref());
        read_list(answer.roles, is_cut, dump, "Roles", "iam:ListRoles");
        Ok(())
    },
};

pub(super) const USER: Shape = Shape {
    commands: &["iam get-user"],
    is_read: true,
    keys: &[("User", ValueKind::Object)],
    words: &["\"Arn\"", ":iam:", "\"UserName\""],
    read: |document, dump| {
        let answer: User<'_> = document.parse("iam get-user")?;
        read_one(answer.user, dump, "User");
        Ok(())
    },
};

pub(super) const ROLE: Shape = Shape {
    commands: &["iam get-role"],
    is_read: true,
    keys: &[("Role", ValueKind::Object)],
    words: &["\"Arn\"", ":iam:", "\"RoleName\""],
    read: |document, dump| {
        let answer: Role<'_> = document.parse("iam get-role")?;
        read_one(answer.role, dump, "Role");
        Ok(())
    },
};

/// IAM's lists leave tags out even where an identity has some (IAM API Reference, `ListUsers`, `ListRoles`).
const NOT_LISTED: &str =
    "the list does not have tags; `aws iam get-account-authorization-details` prints users and roles with their tags";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Users<'a> {
    #[serde(borrow)]
    users: Vec<Identity<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
    #[serde(borrow, default, alias = "NextToken")]
    marker: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Roles<'a> {
    #[serde(borrow)]
    roles: Vec<Identity<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
    #[serde(borrow, default, alias = "NextToken")]
    marker: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User<'a> {
    #[serde(borrow)]
    user: Identity<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    #[serde(borrow)]
    role: Identity<'a>,
}

/// A user or a role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identity<'a> {
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
}

/// Whether an answer of IAM is one page of several.
pub(super) fn is_cut(is_truncated: Option<bool>, marker: Option<&Text<'_>>) -> bool {
    is_truncated == Some(true) || marker.is_some_and(|marker| !marker.is_empty())
}

fn read_list<'a>(list: Vec<Identity<'a>>, is_cut: bool, dump: &mut Dump<'a>, key: &str, operation: &str) {
    if is_cut {
        dump.page_gap(operation);
    }
    for (at, mut identity) in list.into_iter().enumerate() {
        let tags = tags_or_unread(identity.tags.take(), NOT_LISTED);
        if let Some(resource) = resource(identity, dump, || format!("{key}[{at}]")) {
            dump.add(Resource { tags, ..resource });
        }
    }
}

/// One identity with its tags. IAM leaves the element out where there are none.
fn read_one<'a>(mut identity: Identity<'a>, dump: &mut Dump<'a>, key: &str) {
    let tags = tags(identity.tags.take().unwrap_or_default());
    if let Some(resource) = resource(identity, dump, || key.to_owned()) {
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
