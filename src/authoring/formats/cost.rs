//! The costs of a report in JSON and in JSON Lines, with `--cost`.

use super::spec::Type::{Any, Count, Day, List, Object as Of, Text, Words};
use super::spec::{Object, Type, always, maybe, open};

static A_SUM: Type = Of(&SUM);
static AN_AMOUNT: Type = Of(&BILL_AMOUNT);
static KINDS_OF_COST: &[Type] = &[Of(&KNOWN), Of(&NOT_KNOWN)];

/// The cost of the resource of a finding.
pub(super) const RESOURCE_COST: Type = Any(KINDS_OF_COST);

fn bases() -> Vec<&'static str> {
    vec!["resource", "calls"]
}

static KNOWN: Object = open(
    "known-cost",
    "The cost of a resource",
    &[
        always("amount", Text, "the exact amount, a decimal number"),
        always("currency", Text, "its currency"),
        always("basis", Words(bases), "`calls` for the calls of an IAM user or role"),
    ],
);

static NOT_KNOWN: Object = open("unknown-cost", "A cost that is not known", &[always("unknown", Text, "the reason")]);

static SUM: Object = open(
    "cost-sum",
    "The cost of resources in one currency",
    &[
        always("currency", Text, "the currency"),
        always("amount", Text, "the exact sum, a decimal number"),
        always("resources", Count, "the number of resources"),
    ],
);

static PAIR: Object = open(
    "cost-pair",
    "The cost of resources, and of the calls of IAM users and roles",
    &[
        always("resources", List(&A_SUM), "of resources, by currency"),
        always("principals", List(&A_SUM), "of calls, by currency; they may be a part of the cost of other resources"),
    ],
);

static RULE_COST: Object = Object {
    name: "rule-cost",
    about: "The cost of the resources that violate a rule",
    base: Some(&PAIR),
    fields: &[always("rule", Text, "the rule ID")],
    closed: false,
};

static DAYS: Object = open("cost-days", "Days", &[always("first", Day, "the first"), always("last", Day, "the last")]);

static REASON: Object = open(
    "cost-reason",
    "Resources with findings whose cost is not known",
    &[always("reason", Text, "the reason"), always("resources", Count, "their number")],
);

static BILL_AMOUNT: Object = open(
    "bill-amount",
    "An amount of the bill",
    &[
        maybe("account", Text, "the account ID"),
        maybe("service", Text, "the service"),
        maybe("type", Text, "the type of the line items"),
        always("currency", Text, "the currency"),
        always("amount", Text, "the exact amount, a decimal number"),
    ],
);

static BILL: Object = open(
    "bill",
    "The amounts of the whole bill",
    &[
        always("total", List(&AN_AMOUNT), "all line items"),
        always("matched-total", List(&AN_AMOUNT), "those in the costs of resources"),
        always(
            "not-counted-total",
            List(&AN_AMOUNT),
            "those of resources of the inputs that are in no cost: it is unknown, or that of calls",
        ),
        always("unmatched-total", List(&AN_AMOUNT), "those of resources that are not in the inputs"),
        always(
            "unmatched",
            List(&AN_AMOUNT),
            "the 1,000 largest of these, by account and service, and the rest as `(others)`",
        ),
        always("without-id-total", List(&AN_AMOUNT), "those without a resource ID"),
        always("without-id", List(&AN_AMOUNT), "these by type of line item"),
        always("unmatched-principals", List(&AN_AMOUNT), "the calls of IAM users and roles that are not in the inputs"),
    ],
);

/// The totals.
pub(super) static COSTS: Object = open(
    "costs",
    "The costs of a run",
    &[
        always("export", Text, "the kind of export"),
        always("metric", Text, "the kind of cost"),
        always("files", Count, "the number of files"),
        always("line-items", Count, "the number of line items"),
        maybe("period", Of(&DAYS), "the days of the usage; absent if the files do not say them"),
        maybe("part-of", Of(&DAYS), "the billing periods, if the usage is a part of them"),
        maybe(
            "missing-months",
            List(&Text),
            "the months between the first and the last that no file has, such as 2026-09; absent if there are none",
        ),
        always("fail", Of(&PAIR), "resources with a finding"),
        always("unknown", Of(&PAIR), "resources without a finding and with an unknown result"),
        always("pass", Of(&PAIR), "resources that meet every rule"),
        always("not-judged", Of(&PAIR), "resources that no rule concerns"),
        always("rules", List(&Of(&RULE_COST)), "by rule"),
        always("unknown-cost", List(&Of(&REASON)), "resources with findings whose cost is not known"),
        maybe("bill", Of(&BILL), "the whole bill; absent in the report of a part"),
    ],
);
