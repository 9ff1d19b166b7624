//! The inventory.

use super::parts::{GAP, LOCATION, RESOURCE_HEAD, TEXTS};
use super::spec::Type::{Any, Count, Flag, List, Map, Nullable, Object as Of, Pair, Text, Time, Version, Word};
use super::spec::{Object, Type, always, closed, maybe, open};

pub(super) static HEADER: Object = open(
    "header",
    "The first line",
    &[
        always("taglint", Word("inventory"), "the kind of the line"),
        always("version", Version(1), "the version of the format"),
        maybe("collected", Time, "the time of the collection"),
        always("scope", Of(&SCOPE), "what was to be read"),
    ],
);

static SCOPE: Object = open(
    "scope",
    "The scope of a collection: all of the types in all of the accounts and regions",
    &[
        always("accounts", TEXTS, "account IDs"),
        always("regions", TEXTS, "regions"),
        always("types", TEXTS, "resource types"),
        maybe("organization", Text, "the organization ID"),
        maybe("shard", Text, "the shard of the accounts: `2/5` is the second of five, `1,2/5` are two of them"),
        maybe("some-accounts", Flag, "`true` if flags selected some accounts of the organization"),
        maybe("partial", Flag, "`true` if flags left out a part of each account"),
        maybe(
            "parts",
            List(&Of(&SCOPE)),
            "the scopes of several collections, if the lists together say more than was read",
        ),
    ],
);

/// Tags that may exist beside those that are listed.
const MORE_TAGS: Type = Any(&[Flag, TEXTS, Of(&EXCEPT)]);

static EXCEPT: Object =
    closed("except", "Any other tags but some", &[always("except", TEXTS, "the keys that are certainly absent")]);

pub(super) static RESOURCE: Object = Object {
    name: "resource",
    about: "A resource with its tags",
    base: Some(&RESOURCE_HEAD),
    fields: &[
        always(
            "tags",
            Nullable(&Map(&Nullable(&Text))),
            "the tags; a value is `null` if it is not known, and the whole is `null` if the tags could not be read",
        ),
        maybe("unknown", Text, "the reason why the tags could not be read"),
        maybe(
            "more-tags",
            MORE_TAGS,
            "tags that may exist besides: `true` for any, a list of keys (`x*` is a prefix), or any but those of `except`",
        ),
        maybe("location", Of(&LOCATION), "the place of the resource in source"),
        maybe("origin", Of(&ORIGIN), "what a plan, source or template says about it"),
    ],
    closed: false,
};

static ORIGIN: Object = open(
    "origin",
    "The source of a resource and the places of its tags",
    &[
        maybe("type", Text, "the name of the type in source, such as `aws_iam_user`"),
        maybe("tags", Of(&LOCATION), "the place of the attribute with the tags"),
        maybe("keys", Map(&Of(&LOCATION)), "the place of each value, by key"),
        maybe("default-tags", Of(&DEFAULT_TAGS), "the tags that come from `default_tags` of a provider"),
        maybe("calls", List(&Of(&LOCATION)), "the module calls or nested stacks around it, outermost first"),
        maybe("sensitive", TEXTS, "keys whose values are checked and never shown"),
        maybe("hidden-keys", TEXTS, "keys that are sensitive themselves"),
        maybe("unknown", Map(&Of(&CAUSE)), "why values are not known, by key"),
        maybe("unlisted", Of(&CAUSE), "why other tags may exist"),
        maybe("ignores", List(&Of(&IGNORE)), "the comments that waive rules"),
        maybe("construct", Text, "the CDK construct (`aws:cdk:path`)"),
        maybe("context", Flag, "`true` if the resource is only compared with others"),
        maybe("may-not-exist", Text, "the reason why the resource may not exist"),
        maybe("alternatives", List(&Of(&ALTERNATIVE)), "the tags for each combination of parameter values"),
        maybe("live", Flag, "`true` if the resource was read from AWS and its source is known besides"),
    ],
);

static DEFAULT_TAGS: Object = open(
    "default-tags",
    "The keys that `default_tags` sets",
    &[
        maybe("keys", TEXTS, "the keys that only `default_tags` sets"),
        maybe("unclear", TEXTS, "the keys that the resource may set too"),
    ],
);

static CAUSE: Object = open(
    "cause",
    "The reason why something is not known",
    &[
        always("reason", Text, "the reason"),
        maybe("location", Of(&LOCATION), "the place of the variable or expression"),
    ],
);

static IGNORE: Object = open(
    "ignore",
    "A comment that waives a rule",
    &[
        always("rule", Text, "the rule ID"),
        always("reason", Text, "the reason"),
        always("location", Of(&LOCATION), "the place of the comment"),
    ],
);

static ALTERNATIVE: Object = open(
    "alternative",
    "The tags with one combination of parameter values",
    &[
        always("values", Text, "the combination"),
        always("tags", List(&Pair(&Text, &Nullable(&Text))), "keys and values; a value is `null` if it is not known"),
        always("more", MORE_TAGS, "tags that may exist besides, as in `more-tags`"),
    ],
);

pub(super) static END: Object = open(
    "end",
    "The last line; an inventory without it was cut off",
    &[
        always("taglint", Word("end"), "the kind of the line"),
        always("resources", Count, "the number of resources"),
        always("unread", List(&Of(&GAP)), "what could not be read"),
        maybe("not-enabled", TEXTS, "regions that were left out because the account has not enabled them"),
        maybe("indexed", Count, "the number of resources whose tags come from the index, which is some minutes late"),
    ],
);
