//! The costs of a report (`--cost`) in the words and objects that several formats share. They contain raw data: each format
//! escapes them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{count, thousands};
use crate::cost::Amount;
use crate::engine::{CostPair, CostSum, CostSums, CostTotals, CostVerdict, Report, ResourceCost, UnmatchedCost};

/// The number of rules, accounts and kinds of charges that a sentence names.
const NAMED: usize = 8;

/// The cost of a resource in a cell: `12.30 USD`, `12.30 USD (calls)` for an IAM user or role, or `unknown`.
pub(super) fn short(cost: &ResourceCost<'_>) -> String {
    match cost {
        ResourceCost::Known { amount, currency, is_principal } => {
            format!("{} {currency}{}", amount.shown(), if *is_principal { " (calls)" } else { "" })
        }
        ResourceCost::Unknown(_) => "unknown".to_owned(),
    }
}

/// The amount, the currency and the basis for formats with columns. The amount is exact; the basis is the reason if the cost is
/// not known.
pub(super) fn columns(cost: Option<&ResourceCost<'_>>) -> [String; 3] {
    match cost {
        None => [String::new(), String::new(), String::new()],
        Some(ResourceCost::Known { amount, currency, is_principal }) => {
            [amount.to_string(), (*currency).to_owned(), basis(*is_principal).to_owned()]
        }
        Some(ResourceCost::Unknown(why)) => [String::new(), String::new(), format!("unknown: {}", why.about())],
    }
}

fn basis(is_principal: bool) -> &'static str {
    if is_principal { "calls" } else { "resource" }
}

/// Amounts of several currencies, side by side: `12.30 USD and 4.00 CNY`.
fn amounts<'a>(sums: impl IntoIterator<Item = (&'a String, Amount)>) -> String {
    crate::base::all_of(sums.into_iter().map(|(currency, amount)| format!("{} {currency}", amount.shown())))
}

fn sum_text(sums: &CostSums) -> String {
    amounts(sums.iter().map(|(currency, sum)| (currency, sum.amount)))
}

/// Number of resources of all currencies: a resource has one.
fn resources(sums: &CostSums) -> u64 {
    sums.values().map(|sum| sum.resources).sum()
}

/// The cost of resources, and of calls, of a group: `9,100.00 USD`, `9,100.00 USD; calls 3.00 USD`; empty for none.
pub(super) fn pair_text(pair: &CostPair) -> String {
    let calls =
        if pair.principals.is_empty() { String::new() } else { format!("calls {}", sum_text(&pair.principals)) };
    [sum_text(&pair.resources), calls].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The order of groups by cost, the most expensive first: by the first currency, and where those are equal by the next one.
pub(super) fn weight(pair: Option<&CostPair>, currencies: &[&str]) -> Vec<Reverse<Amount>> {
    let most = |currency: &&str| {
        let sums = pair.map(|pair| [pair.resources.get(*currency), pair.principals.get(*currency)]);
        Reverse(sums.into_iter().flatten().flatten().map(|sum| sum.amount).max().unwrap_or_default())
    };
    currencies.iter().map(most).collect()
}

/// The currencies of groups, that of most resources first. Amounts of several currencies cannot be compared.
pub(super) fn currencies<'c>(pairs: impl Iterator<Item = &'c CostPair>) -> Vec<&'c str> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for (currency, sum) in pairs.flat_map(|pair| pair.resources.iter().chain(&pair.principals)) {
        *all.entry(currency).or_default() += sum.resources;
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(currency, resources)| (Reverse(*resources), *currency));
    all.into_iter().map(|(currency, _)| currency).collect()
}

/// The costs as names and sentences, the most important first; empty without a bill.
pub(super) fn rows(report: &Report) -> Vec<(&'static str, String)> {
    let (Some(totals), Some(period), Some((_, metric, ..))) =
        (report.cost_totals(), report.cost_period(), report.cost_source())
    else {
        return Vec::new();
    };
    if totals.rules.is_empty() {
        return Vec::new();
    }
    let of = |verdict: CostVerdict| &totals.verdicts[verdict as usize];
    let fail = of(CostVerdict::Fail);
    let known = match (sum_text(&fail.resources), resources(&fail.resources)) {
        (sum, n) if n > 0 => format!("{sum} ({metric}) {period} on {} with findings", count(n, "resource")),
        _ => format!("no known {metric} cost {period} on resources with findings"),
    };
    let mut rows = vec![("cost", known)];
    let mut add = |name, text: String| rows.extend((!text.is_empty()).then_some((name, text)));
    add("cost by rule", by_rule(report, totals));
    if !fail.principals.is_empty() {
        let callers = match resources(&fail.principals) {
            1 => "1 IAM user or role".to_owned(),
            n => format!("{} IAM users and roles", thousands(n)),
        };
        let sum = sum_text(&fail.principals);
        add("cost of calls", format!("{sum} by {callers} with findings; not added, it may be a part of other costs"));
    }
    let unknown: u64 = totals.unknown.values().sum();
    if unknown > 0 {
        let reasons = totals.unknown.iter().map(|(why, n)| format!("{} {}", thousands(*n), why.about()));
        let reasons: Vec<String> = reasons.collect();
        add("cost unknown", format!("{} with findings: {}", count(unknown, "resource"), reasons.join(", ")));
    }
    let others = [
        (CostVerdict::Unknown, "that could not be judged"),
        (CostVerdict::Pass, "without findings"),
        (CostVerdict::NotJudged, "of types that no rule concerns"),
    ];
    let others = others.into_iter().filter(|(verdict, _)| !of(*verdict).is_empty()).map(|(verdict, words)| {
        let pair = of(verdict);
        let n = count(resources(&pair.resources) + resources(&pair.principals), "resource");
        format!("{} on {n} {words}", pair_text(pair))
    });
    add("cost of others", others.collect::<Vec<_>>().join("; "));
    if let Some(bill) = &totals.bill {
        let sums = |sums: &BTreeMap<String, Amount>| amounts(sums.iter().map(|(currency, sum)| (currency, *sum)));
        let mut parts = vec![format!("{} in all", sums(&bill.total))];
        if !bill.unmatched.is_empty() {
            let item = |one: &UnmatchedCost| {
                format!("{} {} {} {}", one.account, one.service, one.amount.shown(), one.currency)
            };
            let list = named(bill.unmatched.iter().map(item), bill.unmatched.len());
            parts.push(format!("{} on no resource of the inputs ({list})", sums(&bill.unmatched_total)));
        }
        if bill.not_counted_total.values().any(|amount| !amount.is_zero()) {
            parts
                .push(format!("{} on resources whose cost is unknown or that of calls", sums(&bill.not_counted_total)));
        }
        if !bill.without_id.is_empty() {
            let item = |(kind, currency, amount): &(String, String, Amount)| {
                let kind = if kind.is_empty() { "no type" } else { kind };
                format!("{kind} {} {currency}", amount.shown())
            };
            let list = named(bill.without_id.iter().map(item), bill.without_id.len());
            parts.push(format!("{} without a resource id ({list})", sums(&bill.without_id_total)));
        }
        add("bill", parts.join("; "));
    }
    rows
}

fn named(items: impl Iterator<Item = String>, all: usize) -> String {
    let more = if all > NAMED { ", …" } else { "" };
    format!("{}{more}", items.take(NAMED).collect::<Vec<_>>().join(", "))
}

/// `cost-center 9,100.00 USD (30 resources), …`, the most expensive first.
fn by_rule(report: &Report, totals: &CostTotals) -> String {
    let rules = sorted_rules(report, totals);
    let item = |(rule, pair): &(&str, &CostPair)| {
        let n = count(resources(&pair.resources) + resources(&pair.principals), "resource");
        format!("{rule} {} ({n})", pair_text(pair))
    };
    named(rules.iter().map(item), rules.len())
}

/// The rules with a cost, the most expensive first.
fn sorted_rules<'r>(report: &'r Report, totals: &'r CostTotals) -> Vec<(&'r str, &'r CostPair)> {
    let rules = report.policy().rules.iter().map(|rule| rule.id.as_str()).zip(&totals.rules);
    let mut rules: Vec<_> = rules.filter(|(_, pair)| !pair.is_empty()).collect();
    let currencies = currencies(rules.iter().map(|(_, pair)| *pair));
    rules.sort_by_cached_key(|(rule, pair)| (weight(Some(pair), &currencies), *rule));
    rules
}

/// The cost of a resource as an object of the contract.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum CostJson<'c> {
    Known {
        /// Exact, as text: programs that read JSON numbers would round it.
        amount: String,
        currency: &'c str,
        basis: &'static str,
    },
    Unknown {
        unknown: &'static str,
    },
}

/// The cost of a resource as an object of the contract.
pub(super) fn cost_json<'c>(cost: &ResourceCost<'c>) -> CostJson<'c> {
    match cost {
        ResourceCost::Known { amount, currency, is_principal } => {
            CostJson::Known { amount: amount.to_string(), currency, basis: basis(*is_principal) }
        }
        ResourceCost::Unknown(why) => CostJson::Unknown { unknown: why.about() },
    }
}

#[derive(Serialize)]
struct SumJson<'r> {
    currency: &'r str,
    amount: String,
    resources: u64,
}

#[derive(Serialize)]
struct PairJson<'r> {
    resources: Vec<SumJson<'r>>,
    principals: Vec<SumJson<'r>>,
}

impl<'r> PairJson<'r> {
    fn of(pair: &'r CostPair) -> Self {
        let list = |sums: &'r CostSums| {
            let item = |(currency, sum): (&'r String, &CostSum)| SumJson {
                currency,
                amount: sum.amount.to_string(),
                resources: sum.resources,
            };
            sums.iter().map(item).collect()
        };
        Self { resources: list(&pair.resources), principals: list(&pair.principals) }
    }
}

#[derive(Serialize)]
struct RuleCostJson<'r> {
    rule: &'r str,
    #[serde(flatten)]
    cost: PairJson<'r>,
}

#[derive(Serialize)]
struct DaysJson {
    first: String,
    last: String,
}

#[derive(Serialize)]
struct ReasonJson {
    reason: &'static str,
    resources: u64,
}

/// An amount of the bill. Fields that do not apply are absent.
#[derive(Serialize)]
struct BillAmountJson<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'r str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'r str>,
    currency: &'r str,
    amount: String,
}

impl<'r> BillAmountJson<'r> {
    fn new(currency: &'r str, amount: Amount) -> Self {
        Self { account: None, service: None, kind: None, currency, amount: amount.to_string() }
    }

    fn sums(sums: &'r BTreeMap<String, Amount>) -> Vec<Self> {
        sums.iter().map(|(currency, amount)| Self::new(currency, *amount)).collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct BillJson<'r> {
    total: Vec<BillAmountJson<'r>>,
    matched_total: Vec<BillAmountJson<'r>>,
    not_counted_total: Vec<BillAmountJson<'r>>,
    unmatched_total: Vec<BillAmountJson<'r>>,
    unmatched: Vec<BillAmountJson<'r>>,
    without_id_total: Vec<BillAmountJson<'r>>,
    without_id: Vec<BillAmountJson<'r>>,
    unmatched_principals: Vec<BillAmountJson<'r>>,
}

/// `cost` of the contract.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CostTotalsJson<'r> {
    export: &'static str,
    metric: &'static str,
    files: u64,
    line_items: u64,
    /// Absent if the files do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<DaysJson>,
    /// The billing periods, if the usage is a part of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    part_of: Option<DaysJson>,
    /// The months between the first and the last that no file has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_months: Vec<String>,
    fail: PairJson<'r>,
    unknown: PairJson<'r>,
    pass: PairJson<'r>,
    not_judged: PairJson<'r>,
    rules: Vec<RuleCostJson<'r>>,
    unknown_cost: Vec<ReasonJson>,
    /// Absent in the report of a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    bill: Option<BillJson<'r>>,
}

/// `cost` of the contract; `None` without a bill.
pub(super) fn totals_json(report: &Report) -> Option<CostTotalsJson<'_>> {
    let (totals, period) = (report.cost_totals()?, report.cost_period()?);
    let (export, metric, files, line_items) = report.cost_source()?;
    let days = |(first, last): (crate::model::Day, crate::model::Day)| DaysJson {
        first: first.to_string(),
        last: last.to_string(),
    };
    let of = |verdict: CostVerdict| PairJson::of(&totals.verdicts[verdict as usize]);
    let bill = totals.bill.as_ref().map(|bill| BillJson {
        total: BillAmountJson::sums(&bill.total),
        matched_total: BillAmountJson::sums(&bill.matched_total),
        not_counted_total: BillAmountJson::sums(&bill.not_counted_total),
        unmatched_total: BillAmountJson::sums(&bill.unmatched_total),
        unmatched: bill
            .unmatched
            .iter()
            .map(|one| BillAmountJson {
                account: Some(&one.account),
                service: Some(&one.service),
                ..BillAmountJson::new(&one.currency, one.amount)
            })
            .collect(),
        without_id_total: BillAmountJson::sums(&bill.without_id_total),
        without_id: bill
            .without_id
            .iter()
            .map(|(kind, currency, amount)| BillAmountJson {
                kind: Some(kind),
                ..BillAmountJson::new(currency, *amount)
            })
            .collect(),
        unmatched_principals: BillAmountJson::sums(&bill.unmatched_principals),
    });
    let rules = sorted_rules(report, totals);
    let reasons = totals.unknown.iter().map(|(why, n)| ReasonJson { reason: why.about(), resources: *n });
    Some(CostTotalsJson {
        export,
        metric,
        files,
        line_items,
        period: period.days().map(days),
        part_of: period.part_of().map(days),
        missing_months: period.missing(),
        fail: of(CostVerdict::Fail),
        unknown: of(CostVerdict::Unknown),
        pass: of(CostVerdict::Pass),
        not_judged: of(CostVerdict::NotJudged),
        rules: rules.into_iter().map(|(rule, pair)| RuleCostJson { rule, cost: PairJson::of(pair) }).collect(),
        unknown_cost: reasons.collect(),
        bill,
    })
}
