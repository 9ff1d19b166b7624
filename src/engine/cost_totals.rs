//! The totals of the costs of a report. A total counts a resource once, however many findings and inputs it has.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::ops::ControlFlow;

use super::costs::{
    BillShares, CostPair, CostTotals, CostVerdict, Ranks, ReportCosts, ResourceCost, UnmatchedCost, counted,
};
use super::redact::Redactor;
use super::render::ResourceReport;
use super::report::Report;
use super::stream::FindingSpool;
use crate::cost::{Amount, CostLedger, LedgerHit, Lookup, OTHERS, Period, is_known_service};
use crate::model::Tags;

/// The most pairs of account and service that a report names.
const NAMED: usize = 1_000;

/// A hit of a resource, with `true` if it is in a cost.
type SeenHit = (LedgerHit, bool);

/// A resource of the bill as a thread found it, for the thread that adds up.
struct FoundResource {
    verdict: CostVerdict,
    rules: Vec<u32>,
    identity: [u8; 16],
    found: Lookup,
}

impl Report {
    /// Adds the costs of a bill: the cost of each resource, the order by cost, and the totals. The run must have
    /// [`super::Settings::show_passed`].
    ///
    /// # Errors
    /// Those of reading the inputs again.
    pub fn add_costs(&mut self, ledger: CostLedger) -> io::Result<()> {
        // What the first pass has rendered has no costs, and another order.
        self.spool = FindingSpool::default();
        self.costs = Some(ReportCosts {
            ledger,
            ambiguous: HashSet::new(),
            repeated: HashSet::new(),
            ranks: HashMap::new(),
            totals: CostTotals::default(),
        });
        let mut owners: HashMap<[u64; 2], [u8; 16]> = HashMap::new();
        let (mut ambiguous, mut seen, mut repeated) = (HashSet::new(), HashSet::new(), HashSet::new());
        self.each_found(&mut |resource| {
            for hit in resource.found.hits.iter().filter(|hit| hit.is_bare || hit.is_principal) {
                if *owners.entry(hit.key).or_insert(resource.identity) != resource.identity {
                    ambiguous.insert(hit.key);
                }
            }
            let counts = resource.verdict == CostVerdict::Fail || !resource.found.hits.is_empty();
            if counts && !seen.insert(resource.identity) {
                repeated.insert(resource.identity);
            }
        })?;
        let costs = self.costs.as_mut().expect("it was set");
        (costs.ambiguous, costs.repeated) = (ambiguous, repeated);
        let (totals, matched, ranks) = self.count()?;
        let costs = self.costs.as_mut().expect("it was set");
        costs.ranks = ranks;
        costs.totals =
            CostTotals { bill: Some(bill(&costs.ledger, &matched, self.settings.redactor.as_ref())), ..totals };
        Ok(())
    }

    /// Counts the costs of a part of the report.
    pub(super) fn count_costs_again(&mut self) -> io::Result<()> {
        if self.costs.is_none() {
            return Ok(());
        }
        let (totals, ..) = self.count()?;
        if let Some(costs) = &mut self.costs {
            costs.totals = totals;
        }
        Ok(())
    }

    /// The totals of the costs; `None` without a bill.
    #[must_use]
    pub fn cost_totals(&self) -> Option<&CostTotals> {
        self.costs.as_ref().map(|costs| &costs.totals)
    }

    /// The period of the bill; `None` without one.
    #[must_use]
    pub fn cost_period(&self) -> Option<&Period> {
        self.costs.as_ref().map(|costs| costs.ledger.period())
    }

    /// The kind of export of the bill, the word for its costs, and the numbers of files and line items; `None` without one.
    #[must_use]
    pub fn cost_source(&self) -> Option<(&'static str, &'static str, u64, u64)> {
        let ledger = &self.costs.as_ref()?.ledger;
        Some((ledger.export(), ledger.metric(), ledger.files(), ledger.line_items()))
    }

    /// The totals, the hits of resources, and the order of resources by cost.
    fn count(&self) -> io::Result<(CostTotals, Vec<SeenHit>, Ranks)> {
        let costs = self.costs.as_ref().expect("it was set");
        let mut totals =
            CostTotals { rules: vec![CostPair::default(); self.settings.policy.rules.len()], ..CostTotals::default() };
        let (mut copies, mut matched, mut ranked, mut at) = (HashMap::new(), Vec::new(), Vec::new(), 0);
        let mut count = |resource: FoundResource| {
            let cost = costs.cost(&resource.found);
            let (hits, is_principal) = counted(&resource.found);
            let is_known = matches!(cost, ResourceCost::Known { .. });
            matched.extend(hits.map(|hit| (*hit, is_known)));
            matched.extend(
                resource.found.hits.iter().filter(|hit| hit.is_principal != is_principal).map(|hit| (*hit, false)),
            );
            if let ResourceCost::Unknown(why) = cost
                && resource.verdict == CostVerdict::Fail
            {
                *totals.unknown.entry(why).or_default() += 1;
            }
            totals.verdicts[resource.verdict as usize].add(&cost);
            for rule in &resource.rules {
                totals.rules[*rule as usize].add(&cost);
            }
        };
        self.each_found(&mut |resource| {
            let place = self.entries[at].place();
            at += 1;
            if let ResourceCost::Known { amount, currency, .. } = costs.cost(&resource.found)
                && !amount.is_zero()
            {
                ranked.push((currency, Reverse(amount), place));
            }
            if !costs.repeated.contains(&resource.identity) {
                return count(resource);
            }
            match copies.entry(resource.identity) {
                Entry::Vacant(entry) => drop(entry.insert(resource)),
                Entry::Occupied(mut entry) => entry.get_mut().unite(resource),
            }
        })?;
        copies.into_values().for_each(count);
        ranked.sort_unstable();
        let rank = |at: usize| u32::try_from(at).unwrap_or(u32::MAX - 1);
        let ranks = ranked.into_iter().enumerate().map(|(at, (_, _, place))| (place, rank(at))).collect();
        Ok((totals, matched, ranks))
    }

    /// Returns `true` for a resource that the inputs have several times.
    pub fn is_repeated(&self, reported: &ResourceReport<'_>) -> bool {
        self.costs.as_ref().is_some_and(|costs| costs.repeated.contains(&reported.own_fingerprint()))
    }

    /// Calls `each` with every resource in the order of `entries`.
    fn each_found(&self, each: &mut dyn FnMut(FoundResource)) -> io::Result<()> {
        let costs = self.costs.as_ref().expect("it was set");
        let (mut batch, mut failed) = (Vec::new(), None);
        let lookup = |reported: &ResourceReport<'_>, out: &mut Vec<u8>| {
            FoundResource::of(self, reported, costs.ledger.look_up(reported.original)).write(out);
        };
        self.resources_in_place(lookup, &mut |bytes| {
            batch.clear();
            batch.extend_from_slice(bytes);
            match FoundResource::read(&batch) {
                Some(resource) => each(resource),
                None => failed = Some(io::Error::other("a resource was not written whole")),
            }
            Ok(ControlFlow::Continue(()))
        })?;
        failed.map_or(Ok(()), Err)
    }
}

impl FoundResource {
    /// Adds another copy of the resource: the worst verdict counts, and each rule that a copy violates.
    fn unite(&mut self, other: Self) {
        self.verdict = self.verdict.min(other.verdict);
        self.rules.extend(other.rules);
        self.rules.sort_unstable();
        self.rules.dedup();
        if self.found.hits.is_empty() {
            self.found = other.found;
        }
    }

    fn of(report: &Report, reported: &ResourceReport<'_>, found: Lookup) -> Self {
        let rule_index: Vec<u32> = {
            let ids =
                reported.findings.iter().filter(|finding| finding.waiver.is_none()).map(|finding| finding.rule.id);
            let mut ids: Vec<&str> = ids.collect();
            ids.dedup();
            let rules = &report.settings.policy.rules;
            let index = |id: &&str| rules.iter().position(|rule| rule.id == **id);
            let mut found: Vec<u32> = ids.iter().filter_map(index).filter_map(|at| u32::try_from(at).ok()).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let resource = reported.original;
        let verdict = if !rule_index.is_empty() {
            CostVerdict::Fail
        } else if report.coverage.types_without_rule.contains(resource.kind.as_str()) {
            CostVerdict::NotJudged
        } else if !reported.unknown.is_empty() || matches!(resource.tags, Tags::Unread { .. }) {
            CostVerdict::Unknown
        } else {
            CostVerdict::Pass
        };
        Self { verdict, rules: rule_index, identity: reported.own_fingerprint(), found }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.verdict as u8);
        out.push(u8::from(self.found.has_no_arn) | u8::from(self.found.lacks_columns) << 1);
        out.extend_from_slice(&self.identity);
        out.push(u8::try_from(self.found.hits.len()).expect("a resource has three names"));
        for hit in &self.found.hits {
            out.push(u8::from(hit.is_principal) | u8::from(hit.is_bare) << 1);
            hit.key.iter().for_each(|half| out.extend_from_slice(&half.to_le_bytes()));
        }
        self.rules.iter().for_each(|rule| out.extend_from_slice(&rule.to_le_bytes()));
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_first_chunk::<19>()?;
        let verdict = [CostVerdict::Fail, CostVerdict::Unknown, CostVerdict::Pass, CostVerdict::NotJudged]
            .get(usize::from(head[0]))
            .copied()?;
        let mut hits = Vec::with_capacity(usize::from(head[18]));
        for _ in 0..head[18] {
            let (flags, after) = rest.split_first()?;
            let (key, after) = after.split_first_chunk::<16>()?;
            let half = |at: usize| key[at..at + 8].try_into().map(u64::from_le_bytes).ok();
            hits.push(LedgerHit { key: [half(0)?, half(8)?], is_principal: flags & 1 != 0, is_bare: flags & 2 != 0 });
            rest = after;
        }
        let rules = rest.as_chunks::<4>().0.iter().map(|rule| u32::from_le_bytes(*rule)).collect();
        let identity = *head[2..].first_chunk()?;
        Some(Self {
            verdict,
            rules,
            identity,
            found: Lookup { hits, has_no_arn: head[1] & 1 != 0, lacks_columns: head[1] & 2 != 0 },
        })
    }
}

/// The shares of the bill, by the hits of resources.
fn bill(ledger: &CostLedger, hits: &[SeenHit], redactor: Option<&Redactor>) -> BillShares {
    let mut left: BTreeMap<(u32, u16), Amount> = ledger.with_id().collect();
    let mut principals = ledger.principal_totals().clone();
    let (mut taken, mut shares) = (HashSet::new(), BillShares::default());
    let name = |currency: u16| ledger.currency(currency).to_owned();
    let add = |sums: &mut BTreeMap<String, Amount>, currency: String, amount: Amount| {
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_plus(amount);
    };
    // A sum that one resource counts and another does not is counted.
    let in_costs = hits.iter().filter(|(_, is_counted)| *is_counted);
    for (hit, is_counted) in in_costs.chain(hits.iter().filter(|(_, is_counted)| !is_counted)) {
        if (hit.is_principal && !is_counted) || !taken.insert((hit.is_principal, hit.key)) {
            continue;
        }
        for (amount, currency, group) in ledger.parts(hit) {
            let sum = if hit.is_principal { principals.get_mut(&currency) } else { left.get_mut(&(group, currency)) };
            if let Some(sum) = sum {
                *sum = sum.minus(amount);
            }
            if !hit.is_principal {
                let share = if *is_counted { &mut shares.matched_total } else { &mut shares.not_counted_total };
                add(share, name(currency), amount);
            }
        }
    }
    shares.total = ledger.totals().iter().map(|(currency, amount)| (name(*currency), *amount)).collect();
    shares.unmatched_principals = principals.into_iter().map(|(currency, amount)| (name(currency), amount)).collect();
    let shown = |text: &str| redactor.map_or_else(|| text.to_owned(), |redactor| redactor.account(text));
    for ((group, currency), amount) in left.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        let Some(group) = ledger.ledger_group(group) else { continue };
        add(&mut shares.unmatched_total, name(currency), amount);
        // A product of the marketplace may name its vendor.
        let service = if is_known_service(&group.service) { group.service.clone() } else { shown(&group.service) };
        shares.unmatched.push(UnmatchedCost {
            account: shown(&group.account),
            service,
            currency: name(currency),
            amount,
        });
    }
    shares.unmatched.sort_by(|a, b| {
        let key = |one: &UnmatchedCost| (one.currency.clone(), Reverse(one.amount));
        key(a).cmp(&key(b)).then_with(|| (&a.account, &a.service).cmp(&(&b.account, &b.service)))
    });
    let rest = shares.unmatched.split_off(NAMED.min(shares.unmatched.len()));
    let mut sums = BTreeMap::new();
    for one in rest {
        add(&mut sums, one.currency, one.amount);
    }
    let others =
        |(currency, amount)| UnmatchedCost { account: OTHERS.to_owned(), service: OTHERS.to_owned(), currency, amount };
    shares.unmatched.extend(sums.into_iter().map(others));
    for (kind, currency, amount) in ledger.without_id() {
        add(&mut shares.without_id_total, name(currency), amount);
        shares.without_id.push((redactor.map_or_else(|| kind.to_owned(), |r| r.text(kind)), name(currency), amount));
    }
    shares.without_id.sort_by(|a, b| (&a.1, Reverse(a.2), &a.0).cmp(&(&b.1, Reverse(b.2), &b.0)));
    shares
}
