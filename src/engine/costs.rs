//! The costs of a report: the cost of each resource, and the order by cost. The totals are in `cost_totals.rs`.
//!
//! A cost is never stored with a resource. It is looked up in the bill again when the resource is rendered, as findings
//! are evaluated again.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::report_entry::ReportEntry;
use crate::cost::{Amount, CostLedger, LedgerHit, Lookup};
use crate::model::Resource;

/// The cost of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceCost<'r> {
    /// The sum of its line items.
    Known {
        /// The sum.
        amount: Amount,
        /// Its currency.
        currency: &'r str,
        /// True for the calls of an IAM user or role. They may be a part of the cost of another resource too.
        is_principal: bool,
    },
    /// Not known.
    Unknown(UnknownCost),
}

/// The reason why a cost is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownCost {
    /// No line item has its ARN or id. That is not the same as no cost: some services have no resource ids.
    NotInBill,
    /// It has no ARN, such as a planned resource.
    NoArn,
    /// Another resource has the same id.
    Ambiguous,
    /// Its line items have several currencies.
    SeveralCurrencies,
    /// The export lacks the columns of the service or region, by which the line items of its bare id are found.
    NoColumns,
}

impl UnknownCost {
    /// The reason in words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::NotInBill => "not in the bill",
            Self::NoArn => "the resource has no ARN",
            Self::Ambiguous => "several resources have its id",
            Self::SeveralCurrencies => "in several currencies",
            Self::NoColumns => "the export lacks the service or region of its id",
        }
    }
}

/// The verdict on a resource, by which its cost is counted; the worst is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostVerdict {
    /// It has an unwaived finding.
    Fail,
    /// It has an unknown result, or its tags could not be read.
    Unknown,
    /// It passes.
    Pass,
    /// No rule concerns its type.
    NotJudged,
}

/// A sum of costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostSum {
    /// The sum.
    pub amount: Amount,
    /// Number of resources.
    pub resources: u64,
}

/// Sums by currency: amounts of several currencies are never added.
pub type CostSums = BTreeMap<String, CostSum>;

/// Sums of resources, and of the calls of IAM users and roles. They are never added, because a call may be a part of the cost
/// of a resource too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostPair {
    /// Sums of resources.
    pub resources: CostSums,
    /// Sums of IAM users and roles.
    pub principals: CostSums,
}

impl CostPair {
    /// Adds the cost of a resource.
    pub fn add(&mut self, cost: &ResourceCost<'_>) {
        let ResourceCost::Known { amount, currency, is_principal } = cost else { return };
        let sums = if *is_principal { &mut self.principals } else { &mut self.resources };
        if !sums.contains_key(*currency) {
            sums.insert((*currency).to_owned(), CostSum::default());
        }
        let sum = sums.get_mut(*currency).expect("it was inserted");
        sum.amount = sum.amount.saturating_plus(*amount);
        sum.resources += 1;
    }

    /// Returns `true` if there is no sum.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.principals.is_empty()
    }
}

/// A part of the bill that belongs to no resource of the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedCost {
    /// The account; redacted in a redacted report.
    pub account: String,
    /// The service.
    pub service: String,
    /// The currency.
    pub currency: String,
    /// The amount.
    pub amount: Amount,
}

/// The whole bill by what is known of it: line items in costs, in no cost, of no resource, and without an id add up to the total.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillShares {
    /// All line items by currency.
    pub total: BTreeMap<String, Amount>,
    /// Line items in the costs of resources, by currency.
    pub matched_total: BTreeMap<String, Amount>,
    /// Line items of resources of the inputs that are in no cost, because the cost of the resource is unknown, or that of
    /// its calls; by currency.
    pub not_counted_total: BTreeMap<String, Amount>,
    /// Line items of resources that are not among the inputs, the largest first. The last, `(others)`, is what has no room.
    pub unmatched: Vec<UnmatchedCost>,
    /// Their sums by currency.
    pub unmatched_total: BTreeMap<String, Amount>,
    /// Line items without a resource id: kind of charge, currency, amount; the largest first.
    pub without_id: Vec<(String, String, Amount)>,
    /// Their sums by currency.
    pub without_id_total: BTreeMap<String, Amount>,
    /// Calls of IAM users and roles that are not among the inputs or whose cost is unknown, by currency.
    pub unmatched_principals: BTreeMap<String, Amount>,
}

/// The totals of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostTotals {
    /// Sums by [`CostVerdict`].
    pub verdicts: [CostPair; 4],
    /// Sums of the resources that fail, by index of the rule; a resource is in the sum of each rule that it fails.
    pub rules: Vec<CostPair>,
    /// Number of resources with findings whose cost is not known, by reason.
    pub unknown: BTreeMap<UnknownCost, u64>,
    /// The bill; `None` in the report of a part.
    pub bill: Option<BillShares>,
}

/// Places in an order, by input and offset.
pub(super) type Ranks = HashMap<(u16, u64), u32>;

/// The bill of a report, and what was found with it.
pub(super) struct ReportCosts {
    pub(super) ledger: CostLedger,
    /// The bare ids and the names of principals that several resources have.
    pub(super) ambiguous: HashSet<[u64; 2]>,
    /// The resources that the inputs have several times.
    pub(super) repeated: HashSet<[u8; 16]>,
    /// The place in the order by cost of the resources that cost something, by input and offset.
    pub(super) ranks: Ranks,
    pub(super) totals: CostTotals,
}

impl ReportCosts {
    /// The cost of a resource as it was evaluated.
    pub(super) fn of(&self, resource: &Resource<'_>) -> ResourceCost<'_> {
        self.cost(&self.ledger.look_up(resource))
    }

    /// The cost of what the bill has of a resource.
    pub(super) fn cost(&self, found: &Lookup) -> ResourceCost<'_> {
        let unknown = |why| ResourceCost::Unknown(why);
        if found.has_no_arn {
            return unknown(UnknownCost::NoArn);
        }
        if found.hits.iter().any(|hit| self.ambiguous.contains(&hit.key)) {
            return unknown(UnknownCost::Ambiguous);
        }
        let (hits, is_principal) = counted(found);
        let mut sum: Option<(Amount, u16)> = None;
        for (amount, currency, _) in hits.flat_map(|hit| self.ledger.parts(hit)) {
            match &mut sum {
                None => sum = Some((amount, currency)),
                Some((_, known)) if *known != currency => return unknown(UnknownCost::SeveralCurrencies),
                Some((sum, _)) => *sum = sum.saturating_plus(amount),
            }
        }
        match sum {
            None if found.lacks_columns => unknown(UnknownCost::NoColumns),
            None => unknown(UnknownCost::NotInBill),
            Some((amount, currency)) => {
                ResourceCost::Known { amount, currency: self.ledger.currency(currency), is_principal }
            }
        }
    }

    /// Sorts entries by cost: the most expensive first, those that cost nothing or whose cost is not known in their order.
    pub(super) fn sort(&self, entries: &mut [ReportEntry]) {
        entries.sort_by_key(|entry| self.ranks.get(&entry.place()).copied().unwrap_or(u32::MAX));
    }
}

/// The sums that the cost of a resource consists of, and `true` if they are its calls. Calls may be a part of other costs, so they
/// are never added to one.
pub(super) fn counted(found: &Lookup) -> (impl Iterator<Item = &LedgerHit>, bool) {
    let is_principal = found.hits.iter().any(|hit| hit.is_principal);
    (found.hits.iter().filter(move |hit| hit.is_principal == is_principal), is_principal)
}
