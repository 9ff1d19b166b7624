//! The counts of a page or message: one pass over all resources, by every group of the page.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::ops::ControlFlow;

use super::cost::{columns, currencies, weight};
use super::fixes::{self, Fix};
use super::group_by::GroupBy;
use crate::base::escape;
use crate::cost::Amount;
use crate::engine::OTHER_PARTS as OTHERS;
use crate::engine::{BaselineState, CostPair, Report, ResourceCost, ResourceReport, hex};
use crate::policy::Severity;

/// The separator of fields in a record. Escaped text never contains it.
pub(super) const SEPARATOR: char = '\u{1f}';
/// The maximum number of groups that are told apart, so that hostile tag values do not fill the memory.
const MAX_GROUPS: usize = 100_000;

/// The counts of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Resources that pass.
    pub(super) pass: u64,
    /// Resources with a finding.
    pub(super) fail: u64,
    /// Resources whose result is unknown.
    pub(super) unknown: u64,
    /// Findings by severity.
    pub(super) findings: [u64; 3],
    /// Findings that the baseline has too.
    pub(super) known: u64,
}

impl Tally {
    /// All findings.
    pub(super) fn found(&self) -> u64 {
        self.findings.iter().sum()
    }

    /// All resources.
    pub(super) fn all(&self) -> u64 {
        self.pass + self.fail + self.unknown
    }

    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Fail,
    Unknown,
}

/// The groups of one property, by their escaped names.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) by: GroupBy,
    pub(super) rows: BTreeMap<String, Tally>,
    /// The costs of the resources with findings, by the names of `rows`; empty without a bill.
    pub(super) costs: BTreeMap<String, CostPair>,
}

impl Groups {
    fn row(&mut self, name: &str) -> &mut Tally {
        let name = if self.rows.len() >= MAX_GROUPS && !self.rows.contains_key(name) { OTHERS } else { name };
        if !self.rows.contains_key(name) {
            self.rows.insert(name.to_owned(), Tally::default());
        }
        self.rows.get_mut(name).expect("it was inserted")
    }

    /// Adds the cost of a resource with findings.
    fn pay(&mut self, name: &str, cost: Option<&ResourceCost<'_>>) {
        if let Some(cost) = cost {
            let name = if self.rows.contains_key(name) { name } else { OTHERS };
            self.costs.entry(name.to_owned()).or_default().add(cost);
        }
    }

    /// The most expensive groups first, then those with the most findings and those with the most resources that do not pass.
    pub(super) fn worst(&self) -> Vec<(&str, &Tally)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(name, tally)| (name.as_str(), tally)).collect();
        let currencies = currencies(self.costs.values());
        rows.sort_by_cached_key(|(name, tally)| {
            let counts = (tally.found(), tally.fail, tally.unknown, tally.all());
            (weight(self.costs.get(*name), &currencies), std::cmp::Reverse(counts))
        });
        rows
    }
}

/// The known cost of a resource in a record.
struct Cost<'f> {
    cost: ResourceCost<'f>,
    /// The fingerprint of a resource that the inputs have several times; empty for others.
    print: &'f str,
}

impl<'f> Cost<'f> {
    /// The cost in a field `amount currency basis fingerprint`.
    fn of(field: &'f str) -> Option<Self> {
        let mut parts = field.split(' ');
        let amount = Amount::parse(parts.next()?)?;
        let (currency, is_principal) = (parts.next()?, parts.next()? == "calls");
        Some(Self { cost: ResourceCost::Known { amount, currency, is_principal }, print: parts.next()? })
    }
}

/// The resources that the inputs have several times, by the groups and fixes in which their cost was counted.
#[derive(Debug, Default)]
struct Paid(HashSet<(usize, String, String)>);

impl Paid {
    /// The cost, if no other copy of the resource was counted in a group of a property.
    fn first<'c, 'f>(&mut self, property: usize, group: &str, cost: &'c Cost<'f>) -> Option<&'c ResourceCost<'f>> {
        let is_first = cost.print.is_empty() || self.0.insert((property, group.to_owned(), cost.print.to_owned()));
        is_first.then_some(&cost.cost)
    }
}

/// All counts of a page or message.
#[derive(Debug)]
pub(super) struct Counted {
    /// The groups: those of the options, then the usual ones.
    pub(super) groups: Vec<Groups>,
    /// The fixes by their label.
    pub(super) fixes: HashMap<String, Fix>,
    /// `true` if the passing resources are known by group.
    pub(super) shares: bool,
    paid: Paid,
}

/// The properties of a page, each once.
pub(super) fn properties(first: &[GroupBy]) -> Vec<GroupBy> {
    let usual = [GroupBy::Account, GroupBy::Ou, GroupBy::Type, GroupBy::Rule];
    let mut out: Vec<GroupBy> = Vec::new();
    for by in first.iter().cloned().chain(usual) {
        if !out.contains(&by) {
            out.push(by);
        }
    }
    out
}

impl Counted {
    /// Counts the resources and findings of a report.
    pub(super) fn of(report: &Report, first: &[GroupBy]) -> io::Result<Self> {
        let groups = properties(first)
            .into_iter()
            .map(|by| Groups { by, rows: BTreeMap::new(), costs: BTreeMap::new() })
            .collect();
        let mut counted =
            Self { groups, fixes: HashMap::new(), shares: report.settings().show_passed, paid: Paid::default() };
        let properties: Vec<GroupBy> = counted.groups.iter().map(|groups| groups.by.clone()).collect();
        let render = |reported: &ResourceReport<'_>, out: &mut Vec<u8>| {
            out.extend_from_slice(record(report, &properties, reported).as_bytes());
        };
        report.resources(render, &mut |record| {
            counted.add(&String::from_utf8_lossy(record));
            Ok(ControlFlow::Continue(()))
        })?;
        counted.count_passing_rules(report);
        // An account without any row would look as if it was not in the scope.
        for groups in counted.groups.iter_mut().filter(|groups| groups.by == GroupBy::Account) {
            for account in report.accounts().iter().filter(|account| !account.was_read) {
                groups.row(&escape(account.id));
            }
        }
        counted.groups.retain(|groups| groups.by != GroupBy::Ou || groups.rows.keys().any(|name| name != "(unknown)"));
        Ok(counted)
    }

    /// Adds the record of a resource.
    fn add(&mut self, record: &str) {
        let mut fields = record.split(SEPARATOR);
        let verdict = match fields.next() {
            Some("fail") => Verdict::Fail,
            Some("unknown") => Verdict::Unknown,
            Some("pass") => Verdict::Pass,
            _ => return,
        };
        let names: Vec<&str> = fields.by_ref().take(self.groups.len()).collect();
        let mut own = Tally::default();
        own.count(verdict);
        let mut rules: BTreeMap<&str, Tally> = BTreeMap::new();
        let account = fields.next().unwrap_or("");
        let field = fields.next().unwrap_or("");
        let cost = if verdict == Verdict::Fail { Cost::of(field) } else { None };
        let mut paid: HashSet<&str> = HashSet::new();
        while let Some(kind) = fields.next() {
            let rule = rules.entry(fields.next().unwrap_or("")).or_default();
            let Some(severity) = kind.get(1..).and_then(|number| number.parse::<usize>().ok()).filter(|at| *at < 3)
            else {
                rule.unknown = u64::from(rule.fail == 0);
                continue;
            };
            (rule.fail, rule.unknown) = (1, 0);
            let known = u64::from(kind.starts_with('k'));
            for tally in [&mut own, rule] {
                tally.findings[severity] += 1;
                tally.known += known;
            }
            let label = fields.next().unwrap_or("");
            // A resource may need a change for several tags.
            let cost = cost.as_ref().filter(|_| paid.insert(label));
            let cost = cost.and_then(|cost| self.paid.first(usize::MAX, label, cost));
            self.add_fix(label, severity, account, cost);
        }
        for (at, (groups, name)) in self.groups.iter_mut().zip(names).enumerate() {
            if groups.by == GroupBy::Rule {
                for (rule, tally) in &rules {
                    add(groups.row(rule), tally);
                    let cost = cost.as_ref().filter(|_| tally.found() > 0);
                    groups.pay(rule, cost.and_then(|cost| self.paid.first(at, rule, cost)));
                }
            } else {
                add(groups.row(name), &own);
                groups.pay(name, cost.as_ref().and_then(|cost| self.paid.first(at, name, cost)));
            }
        }
    }

    fn add_fix(&mut self, label: &str, severity: usize, account: &str, cost: Option<&ResourceCost<'_>>) {
        let label = if self.fixes.len() >= MAX_GROUPS && !self.fixes.contains_key(label) { OTHERS } else { label };
        if !self.fixes.contains_key(label) {
            self.fixes.insert(label.to_owned(), Fix::default());
        }
        let fix = self.fixes.get_mut(label).expect("it was inserted");
        fix.findings[severity] += 1;
        if let Some(cost) = cost {
            fix.cost.add(cost);
        }
        match fix.accounts.get_mut(account) {
            Some(count) => *count += 1,
            None => drop(fix.accounts.insert(account.to_owned(), 1)),
        }
    }

    /// The resources that pass a rule are those that it concerns and that do not fail it.
    fn count_passing_rules(&mut self, report: &Report) {
        let rules = report.policy().rules.iter().zip(&report.summary().rules).zip(&report.settings().chosen);
        for groups in self.groups.iter_mut().filter(|groups| groups.by == GroupBy::Rule) {
            for ((rule, sums), _) in rules.clone().filter(|(_, chosen)| **chosen) {
                let row = groups.row(&escape(&rule.id));
                row.pass = sums.matched.saturating_sub(row.fail + row.unknown);
            }
        }
    }
}

fn add(row: &mut Tally, more: &Tally) {
    row.pass += more.pass;
    row.fail += more.fail;
    row.unknown += more.unknown;
    row.known += more.known;
    row.findings.iter_mut().zip(more.findings).for_each(|(mine, theirs)| *mine += theirs);
}

/// The record of a resource: its verdict, its groups, its account, its cost, and for each result a mark, the rule and the fix. It is
/// empty for a resource without a verdict, because no rule concerns its type.
fn record(report: &Report, properties: &[GroupBy], reported: &ResourceReport<'_>) -> String {
    let resource = reported.resource;
    let mut out = String::new();
    let unwaived = || reported.findings.iter().filter(|finding| finding.waiver.is_none());
    if report.coverage().types_without_rule.contains(resource.kind.as_str()) {
        return out;
    }
    out.push_str(match (unwaived().next(), &reported.unknown[..]) {
        (Some(_), _) => "fail",
        (None, [_, ..]) => "unknown",
        (None, []) => "pass",
    });
    let mut field = |text: &str| {
        out.push(SEPARATOR);
        out.push_str(&escape(text));
    };
    for by in properties {
        field(&by.of(report.policy(), resource));
    }
    field(resource.account.as_deref().unwrap_or(""));
    let known = reported.cost.filter(|cost| matches!(cost, ResourceCost::Known { .. }));
    let print = || if report.is_repeated(reported) { hex(&reported.fingerprint()) } else { String::new() };
    field(&known.map(|cost| format!("{} {}", columns(Some(&cost)).join(" "), print())).unwrap_or_default());
    for finding in unwaived() {
        let known = finding.state == BaselineState::Unchanged;
        field(&format!("{}{}", if known { 'k' } else { 'n' }, finding.severity() as usize));
        field(finding.rule.id);
        field(&fixes::label(finding));
    }
    for unknown in &reported.unknown {
        field("u");
        field(&unknown.rule.id);
    }
    out
}

/// Severities index the counts.
const _: () = assert!(Severity::ALL.len() == 3);
