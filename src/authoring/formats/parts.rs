//! Objects of several formats.

use super::spec::Type::{Count, List, Map, Nullable, Text, Time};
use super::spec::{Object, always, maybe, open};

pub(super) static GAP: Object = open(
    "gap",
    "A part of the scope that could not be read; an absent field means all of them",
    &[
        maybe("account", Text, "the account ID"),
        maybe("region", Text, "the region"),
        maybe("type", Text, "the resource type"),
        maybe("operation", Text, "the AWS operation that failed, as `service:Operation`"),
        always("error", Text, "the reason"),
    ],
);

pub(super) static LOCATION: Object = open(
    "location",
    "A place in a source file",
    &[
        always("path", Text, "the path, relative to the root of the repository, with `/`"),
        always("line", Count, "the line, from 1"),
        maybe("column", Count, "the column in characters, from 1; absent for the whole line"),
    ],
);

/// The fields of a resource without its tags.
pub(super) static RESOURCE_HEAD: Object = open(
    "resource",
    "A resource without its tags",
    &[
        always("type", Text, "the type, such as `iam:user`"),
        maybe("arn", Text, "the ARN"),
        maybe("address", Text, "the Terraform address, or the logical ID in a template"),
        maybe("input", Text, "the input, where several have the same addresses"),
        maybe("name", Text, "the name"),
        maybe("id", Text, "the ID, such as that of a user pool"),
        maybe("account", Text, "the account ID"),
        maybe("account-name", Text, "the name of the account in its organization"),
        maybe("account-ou", Text, "the root and the organizational units of the account, with `/` between them"),
        maybe("region", Text, "the region; absent for global types"),
        maybe("path", Text, "the path of an IAM resource"),
        maybe(
            "user",
            Nullable(&Text),
            "the ARN of the user that an MFA device is assigned to; `null` if it is assigned to none, absent if that is unknown",
        ),
        maybe("created", Time, "the time of creation"),
        maybe("account-tags", Map(&Text), "the tags of the account"),
    ],
);

/// The names of lists.
pub(super) const TEXTS: super::spec::Type = List(&Text);
