//! The plan of `fix`.

use super::parts::{LOCATION, TEXTS};
use super::spec::Type::{Flag, List, Map, Object as Of, Text, Time, Version, Word, Words};
use super::spec::{Object, always, closed, maybe};

pub(super) static PLAN: Object = closed(
    "plan",
    "A plan: all changes, and all findings that are not fixed",
    &[
        always("taglint", Word("plan"), "the kind of the file"),
        always("version", Version(1), "the version of the format"),
        always("created", Time, "the time of the plan"),
        always("policy", Of(&POLICY), "the policy that asks for the changes"),
        always("accounts", TEXTS, "the accounts that were judged; every change is in one of them"),
        always("changes", List(&Of(&CHANGE)), "the changes, one for each resource"),
        always("not-fixed", List(&Of(&NOT_FIXED)), "the findings that the plan does not fix"),
        always("not-looked-at", List(&Of(&NOT_LOOKED_AT)), "what could not be judged"),
    ],
);

static POLICY: Object = closed(
    "policy",
    "The policy of a plan",
    &[always("name", Text, "its name"), always("hash", Text, "the SHA-256 of its files, in hex")],
);

static CHANGE: Object = closed(
    "change",
    "The changes of one resource",
    &[
        always("type", Text, "the resource type"),
        always("arn", Text, "the ARN"),
        maybe("id", Text, "the ID of the user or the pool"),
        maybe("name", Text, "the name"),
        always("account", Text, "the account ID"),
        maybe("account-name", Text, "the name of the account in its organization"),
        maybe("account-ou", Text, "the root and the organizational units of the account"),
        maybe("account-tags", Map(&Text), "the tags of the account"),
        maybe("region", Text, "the region; absent for a global service"),
        maybe("user", Text, "the ARN of the user that an MFA device is assigned to"),
        maybe("unassigned", Flag, "`true` if an MFA device is assigned to no user"),
        maybe("created", Time, "the time of creation of the resource"),
        always("rules", List(&Of(&REASON)), "the reasons for the change"),
        always("read", Text, "the SHA-256 of `before`, in hex"),
        always("before", Map(&Text), "all tags as they were read"),
        always("after", Map(&Text), "all tags after the change"),
        always("set", Map(&Text), "the tags that are written, with the new keys of renames"),
        always("remove", TEXTS, "the keys that are removed, with the old keys of renames"),
        always("renames", List(&Of(&RENAME)), "the renames among them"),
        always("owner", Of(&OWNER), "the tool that manages the resource"),
        always("access", List(&Of(&ACCESS)), "the policy statements that read a changed key"),
    ],
);

static REASON: Object = closed(
    "reason",
    "The reason for a change: a finding, or a flag",
    &[
        maybe("rule", Text, "the rule ID; absent for `--set`"),
        always("key", Text, "the key as the rule spells it"),
        always("kind", Text, "the kind of the finding; `set` for `--set`"),
    ],
);

static RENAME: Object = closed(
    "rename",
    "A renamed key",
    &[
        always("from", Text, "the existing key"),
        always("to", Text, "the new key"),
        maybe(
            "guess",
            Flag,
            "`true` if the keys differ in more than an alias, letter case, separators and outer spaces",
        ),
    ],
);

fn owners() -> Vec<&'static str> {
    vec!["unknown", "none", "cloudformation", "terraform"]
}

static OWNER: Object = closed(
    "owner",
    "The tool that manages a resource",
    &[
        always("by", Words(owners), "the tool; `none` if none of the given states and stacks has the resource"),
        maybe("address", Text, "the address in the Terraform state, or the stack and the logical ID"),
        maybe("location", Of(&LOCATION), "the place of its block in source"),
    ],
);

static ACCESS: Object = closed(
    "access",
    "A policy statement that reads a changed key",
    &[
        always("key", Text, "the changed key"),
        always("policy", Text, "the ARN of the policy, or the principal and the name of an inline policy"),
        maybe("statement", Text, "its `Sid`, else its position, from 1"),
        always("reads", Text, "the condition key or variable, such as `aws:PrincipalTag/Team`"),
    ],
);

fn permits() -> Vec<&'static str> {
    vec!["allow-guess", "allow-remove", "allow-overwrite", "allow-managed", "allow-access-change"]
}

static NOT_FIXED: Object = closed(
    "not-fixed",
    "A finding that the plan does not fix",
    &[
        always("type", Text, "the resource type"),
        always("arn", Text, "the ARN, or another name of the resource"),
        maybe("account", Text, "the account ID"),
        always("ask", Of(&REASON), "the finding"),
        maybe("found", Text, "the existing key"),
        always("reason", Text, "why it is not fixed"),
        maybe("permit", Words(permits), "the flag that permits the change"),
    ],
);

static NOT_LOOKED_AT: Object = closed(
    "not-looked-at",
    "A resource, a part of an account or a kind of policy that could not be judged",
    &[always("what", Text, "the subject"), always("reason", Text, "the reason")],
);
