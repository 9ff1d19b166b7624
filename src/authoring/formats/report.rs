//! The report in JSON and in JSON Lines.

use strum::{VariantArray as _, VariantNames as _};

use super::cost::{COSTS, RESOURCE_COST};
use super::parts::{GAP, LOCATION, RESOURCE_HEAD, TEXTS};
use super::spec::Type::{
    Count, Day, Flag, List, Map, Nullable, Object as Of, Percent, Text, Time, Version, Word, Words,
};
use super::spec::{Field, Object, Type, always, maybe, open};
use crate::model::NotJudgedReason;
use crate::policy::Severity;
use crate::rule::ViolationKind;

// A constant takes no reference to a temporary that names a static.
static A_GAP: Type = Of(&GAP);
static A_WAIVER: Type = Of(&WAIVER);

const SUMMARY_FIELD: Field = always("summary", Of(&SUMMARY), "the counts of the run");
const INCOMPLETE: Field = always("incomplete", List(&A_GAP), "what could not be read");
const COVERAGE_FIELD: Field = always("coverage", Of(&COVERAGE), "what was judged, and what was not");
const POLICY_FIELD: Field = always("policy", Of(&POLICY), "the policy");
const GENERATED: Field = always("generated", Day, "the day of the run");
const SCOPE_FIELD: Field = always("scope", Of(&SCOPE), "what was checked");
const COST: Field = maybe("cost", Of(&COSTS), "the costs (`--cost`)");
const WAIVERS: Field = always("waivers", List(&A_WAIVER), "all waivers of the policy");
const REDACTION_KEY: Field = maybe("redaction-key", Text, "the digest of the key of a redacted report");

pub(super) static REPORT: Object = open(
    "report",
    "A report",
    &[
        always("version", Version(1), "the version of the format"),
        always("tool", Of(&TOOL), "the program"),
        POLICY_FIELD,
        GENERATED,
        SCOPE_FIELD,
        REDACTION_KEY,
        SUMMARY_FIELD,
        always("findings", List(&Of(&FINDING)), "the findings; with `--show waived` also the waived ones"),
        always("unknown", List(&Of(&UNKNOWN)), "the unknown results"),
        maybe("passed", List(&Of(&RESOURCE_HEAD)), "the compliant resources (`--show passed`)"),
        INCOMPLETE,
        maybe("gone", List(&Of(&GONE)), "the findings that only `--baseline` has"),
        maybe("unmanaged", TEXTS, "the ARNs of resources that no given state or stack has"),
        maybe("targets", List(&Of(&TARGET)), "the targets of the policy"),
        COVERAGE_FIELD,
        COST,
        WAIVERS,
        always("notices", List(&Of(&NOTICE)), "remarks, such as a rule that matches no resource"),
    ],
);

pub(super) static FINDING_LINE: Object =
    Object { name: "finding", about: "A finding", base: Some(&FINDING), fields: &[REDACTION_KEY], closed: false };

pub(super) static RUN_LINE: Object = open(
    "run",
    "The last line; a file without it was cut off",
    &[
        SUMMARY_FIELD,
        INCOMPLETE,
        COVERAGE_FIELD,
        maybe("targets", List(&Of(&TARGET)), "the targets of the policy, if the state of one is unknown"),
        GENERATED,
        always("taglint", Text, "the version of taglint"),
        POLICY_FIELD,
        SCOPE_FIELD,
        COST,
        WAIVERS,
    ],
);

static TOOL: Object =
    open("tool", "The program", &[always("name", Word("taglint"), "its name"), always("version", Text, "its version")]);

static POLICY: Object = open(
    "policy",
    "A policy",
    &[
        always("name", Text, "its name"),
        always("description", Nullable(&Text), "its description"),
        always("files", TEXTS, "its files"),
        always("rules", Count, "the number of rules"),
        always("hash", Text, "the SHA-256 of the rules and of the files that have them, in hex"),
        maybe("lists", List(&Of(&LIST_FILE)), "the files with items of lists"),
    ],
);

static LIST_FILE: Object = open(
    "list-file",
    "A file with the items of a list",
    &[
        always("name", Text, "the name of the list"),
        always("file", Text, "the file"),
        always("sha256", Text, "the SHA-256 of its content, in hex"),
        always("items", Count, "the number of items"),
    ],
);

static SCOPE: Object = open(
    "scope",
    "What was checked",
    &[
        always("accounts", List(&Of(&ACCOUNT)), "the accounts"),
        maybe("organization", Text, "the organization ID"),
        always("regions", TEXTS, "the regions; empty if the inputs do not say them"),
        always("types", TEXTS, "the resource types"),
        always("inputs", List(&Of(&INPUT)), "the inputs"),
        maybe("collected", Of(&COLLECTED), "the times of the collections"),
        maybe("narrowed", Flag, "`true` if a shard or flags left out a part"),
    ],
);

static ACCOUNT: Object = open(
    "account",
    "An account with its counts",
    &[
        always("id", Text, "the account ID"),
        maybe("name", Text, "its name in the organization"),
        maybe("not-read", Flag, "`true` if nothing of the account could be read"),
        always("resources", Count, "the number of resources"),
        always("compliant", Count, "those that meet every rule"),
        always("violating", Count, "those with a finding"),
        always("unknown", Count, "those without a finding and with an unknown result"),
        always("unread", Count, "those whose tags could not be read"),
        always("findings", Count, "the number of findings"),
        always("waived", Count, "the number of waived findings"),
    ],
);

static INPUT: Object = open(
    "input",
    "An input",
    &[always("name", Text, "its name"), always("kind", Text, "`live`, `terraform` or `cloudformation`")],
);

static COLLECTED: Object = open(
    "collected",
    "The times of the collections",
    &[always("first", Time, "the first"), always("last", Time, "the last")],
);

static SEVERITIES: Object = open(
    "by-severity",
    "Numbers of findings",
    &[
        always("error", Count, "with the severity `error`"),
        always("warning", Count, "with the severity `warning`"),
        always("note", Count, "with the severity `note`"),
    ],
);

static SUMMARY: Object = open(
    "summary",
    "The counts of a run",
    &[
        always("resources", Count, "the number of resources"),
        always("compliant", Count, "those that meet every rule"),
        always("violating", Count, "those with a finding"),
        always("unknown", Count, "those without a finding and with an unknown result"),
        always("unread", Count, "those whose tags could not be read"),
        always("findings", Of(&SEVERITIES), "the findings, without waived ones"),
        maybe("new", Of(&SEVERITIES), "those that `--baseline` does not have"),
        maybe("grace", Count, "those in a grace period, if a rule has one"),
        always("waived", Count, "the number of waived findings"),
        always("untold", Count, "the number of unknown results"),
        always("complete", Flag, "`true` if everything could be read"),
    ],
);

fn severities() -> Vec<&'static str> {
    Severity::VARIANTS.to_vec()
}

fn kinds() -> Vec<&'static str> {
    ViolationKind::VARIANTS.to_vec()
}

fn baseline_states() -> Vec<&'static str> {
    vec!["new", "unchanged"]
}

static FINDING: Object = open(
    "finding",
    "A finding",
    &[
        always("rule", Text, "the rule ID"),
        always("kind", Words(kinds), "the kind, as in [policy-reference.md](policy-reference.md#kinds-of-findings)"),
        always("severity", Words(severities), "the severity that counts today"),
        maybe("grace", Of(&GRACE), "the grace period that makes the finding a note"),
        always("labels", TEXTS, "the labels of the rule"),
        always("key", Nullable(&Text), "the key in the rule"),
        always("found", Nullable(&Text), "the key on the resource"),
        always("value", Nullable(&Text), "the value on the resource"),
        always("message", Text, "the problem, in a sentence"),
        maybe("help", Text, "the help text of the rule"),
        always("resource", Of(&RESOURCE_HEAD), "the resource"),
        always("location", Nullable(&Of(&LOCATION)), "the place in source"),
        maybe("calls", List(&Of(&LOCATION)), "the module calls that lead there, outermost first"),
        maybe("construct", Text, "the CDK construct (`aws:cdk:path`)"),
        always("fingerprint", Text, "a hash that is the same in every run, in hex"),
        always("state", Words(baseline_states), "`unchanged` if `--baseline` has it"),
        always("waiver", Nullable(&Of(&APPLIED_WAIVER)), "the waiver that covers it"),
        maybe("cost", RESOURCE_COST, "the cost of the resource (`--cost`)"),
        always("suggestion", Nullable(&Of(&SUGGESTION)), "the change that mends it"),
    ],
);

static GRACE: Object = open(
    "grace",
    "A grace period",
    &[
        maybe("until", Day, "the day from which the finding has the severity of its rule"),
        always("severity", Words(severities), "the severity of the rule"),
        maybe("age-unknown", Flag, "`true` if the age of the resource is not known"),
    ],
);

static APPLIED_WAIVER: Object = open(
    "applied-waiver",
    "The waiver of a finding",
    &[
        always("reason", Text, "the reason"),
        maybe("owner", Text, "who answers for it"),
        maybe("expires", Day, "its last day; absent for a comment in source"),
    ],
);

static SUGGESTION: Object = open(
    "suggestion",
    "A change of tags",
    &[
        maybe("set", Map(&Text), "the tags to set"),
        maybe("remove", TEXTS, "the keys to remove, after the others were set"),
    ],
);

static UNKNOWN: Object = open(
    "unknown",
    "An unknown result",
    &[
        always("rule", Text, "the rule ID"),
        always("resource", Of(&RESOURCE_HEAD), "the resource"),
        always("key", Nullable(&Text), "the key in the rule"),
        always("reason", Text, "why the result is unknown"),
        maybe("location", Of(&LOCATION), "the place of the variable or expression that is not known"),
    ],
);

fn gone_states() -> Vec<&'static str> {
    vec!["gone", "unread"]
}

static GONE: Object = open(
    "gone",
    "A finding that only the baseline has",
    &[
        always("rule", Text, "the rule ID"),
        always("resource", Text, "the ARN, address or name of the resource"),
        always(
            "state",
            Words(gone_states),
            "`unread` if the resource could not be judged now, so the finding may remain",
        ),
    ],
);

fn withins() -> Vec<&'static str> {
    vec!["account", "all"]
}

fn target_states() -> Vec<&'static str> {
    vec!["met", "missed", "unknown", "not-applicable"]
}

static TARGET: Object = open(
    "target",
    "The result of a target",
    &[
        always("target", Text, "its ID"),
        always("within", Words(withins), "the resources that it counts together"),
        maybe("account", Text, "the account ID; absent for all resources, empty if the account is not known"),
        always("state", Words(target_states), "the state"),
        always("severity", Words(severities), "the severity of a missed target"),
        always("required", Percent, "the share that must comply"),
        maybe("at-least", Percent, "the lower limit of the share"),
        maybe("at-most", Percent, "the upper limit of the share"),
        always("resources", Of(&TARGET_COUNTS), "the resources"),
        always("message", Text, "the result, in a sentence"),
        maybe("reason", Text, "why the state is unknown"),
    ],
);

static TARGET_COUNTS: Object = open(
    "target-counts",
    "The resources of a target",
    &[
        always("compliant", Count, "those that comply"),
        always("uncertain", Count, "those that comply and may not exist"),
        always("unknown", Count, "those with an unknown result"),
        always("violating", Count, "those that violate a rule, waived or not"),
    ],
);

static COVERAGE: Object = open(
    "coverage",
    "What was judged",
    &[
        always("judged", Count, "the number of judged resources"),
        always("missed", Count, "resources and paths that were not judged and may need tags"),
        maybe("percent", Percent, "the judged share of both"),
        always("complete", Flag, "`true` if everything could be read"),
        always("gaps", Count, "the number of scopes in `incomplete`"),
        always("unread", Count, "resources whose tags could not be read"),
        maybe("not-enabled", TEXTS, "regions that the account has not enabled"),
        always("not-judged", List(&Of(&NOT_JUDGED)), "what was not judged, by type and reason"),
    ],
);

fn not_judged_reasons() -> Vec<&'static str> {
    NotJudgedReason::VARIANTS.iter().map(|reason| (*reason).into()).collect()
}

static NOT_JUDGED: Object = open(
    "not-judged",
    "Resources or paths that were not judged for the same reason",
    &[
        always("type", Text, "the resource type as the input names it"),
        always("reason", Words(not_judged_reasons), "the reason, as in [reports.md](reports.md#coverage)"),
        always("count", Count, "their number"),
        always("examples", TEXTS, "the first of them, at most five"),
    ],
);

static WAIVER: Object = open(
    "waiver",
    "A waiver of the policy",
    &[
        always("rules", TEXTS, "the rules, IDs or globs"),
        always("resources", TEXTS, "the resources, globs"),
        always("reason", Text, "the reason"),
        maybe("owner", Text, "who answers for it"),
        maybe("from", Day, "its first day"),
        always("expires", Day, "its last day"),
        always("valid", Flag, "`true` if it is valid on the day of the run"),
        always("covers", Count, "the number of findings and unknown results that it covers"),
    ],
);

fn notice_levels() -> Vec<&'static str> {
    vec!["note", "warning"]
}

static NOTICE: Object = open(
    "notice",
    "A remark",
    &[always("level", Words(notice_levels), "the level"), always("message", Text, "the text")],
);
