//! The sums of a bill by resource and principal.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};

use super::amount::Amount;
use super::keys::{Name, of_line_item, of_principal, of_resource};
use super::line_item::LineItem;
use super::period::Period;
use crate::model::Resource;

/// The most pairs of account and service that are told apart, so that a hostile file does not fill the memory.
const MAX_GROUPS: usize = 65_536;
/// The most kinds of charges and currencies that are told apart.
const MAX_NAMES: usize = 1_000;
/// The most services of a resource whose costs are told apart.
const MAX_PARTS: usize = 1_000;
/// The name of what has no room.
pub const OTHERS: &str = "(others)";
/// The most characters of a name of a bill that are kept.
const MAX_NAME: usize = 256;
/// The end of a list of sums.
const END: u32 = u32::MAX;

/// An account and a service of a bill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerGroup {
    /// The account that used the service.
    pub account: String,
    /// The service.
    pub service: String,
}

/// A part of the cost of a resource or principal: the line items of one service and currency.
#[derive(Debug, Clone, Copy)]
struct Sum {
    amount: Amount,
    group: u32,
    currency: u16,
    next: u32,
}

/// Sums by name. A name is kept as a hash of 128 bits with a random key, so two names have the same by no accident and by no
/// intent.
#[derive(Default)]
struct Sums {
    hashers: [RandomState; 2],
    first: HashMap<[u64; 2], u32>,
    parts: Vec<Sum>,
}

impl Sums {
    fn hash(&self, name: Name<'_>) -> [u64; 2] {
        [self.hashers[0].hash_one(name), self.hashers[1].hash_one(name)]
    }

    /// Adds an amount; `None` if a sum becomes too large.
    fn add(&mut self, name: Name<'_>, amount: Amount, group: u32, currency: u16) -> Option<()> {
        let next = u32::try_from(self.parts.len()).ok().filter(|next| *next != END)?;
        let first = *self.first.entry(self.hash(name)).or_insert(next);
        let (mut at, mut steps) = (first, 0);
        while let Some(sum) = self.parts.get_mut(at as usize) {
            steps += 1;
            let is_own = sum.group == group && sum.currency == currency;
            // A resource has a few services. In a hostile file the list of one would take longer with each line.
            if is_own || (steps > MAX_PARTS && sum.currency == currency) {
                sum.amount = sum.amount.plus(amount)?;
                return Some(());
            }
            if sum.next == END {
                sum.next = next;
                break;
            }
            at = sum.next;
        }
        self.parts.push(Sum { amount, group, currency, next: END });
        Some(())
    }

    fn of(&self, key: [u64; 2]) -> impl Iterator<Item = &Sum> {
        let first = self.first.get(&key).and_then(|at| self.parts.get(*at as usize));
        std::iter::successors(first, |sum| self.parts.get(sum.next as usize))
    }
}

/// Numbers of names, in the order of their first use.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let name = cut(name);
        if self.names.len() >= MAX_NAMES && name != OTHERS {
            return self.number(OTHERS);
        }
        let number = u16::try_from(self.names.len()).expect("there is a limit");
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// A match of a resource with the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerHit {
    /// The sum that was found, which a second resource of the same name finds too.
    pub key: [u64; 2],
    /// True for the sum of a principal.
    pub is_principal: bool,
    /// True for a bare id, which two resources may have.
    pub is_bare: bool,
}

/// The sums of a resource in a bill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The sums of the resource.
    pub hits: Vec<LedgerHit>,
    /// True if the resource has no ARN, so that it cannot be found.
    pub has_no_arn: bool,
    /// True if nothing was found and a file lacks columns by which its bare id is found.
    pub lacks_columns: bool,
}

/// The sums of a bill.
#[derive(Default)]
pub struct CostLedger {
    resources: Sums,
    principals: Sums,
    groups: Vec<LedgerGroup>,
    group_numbers: HashMap<LedgerGroup, u32>,
    currencies: Names,
    /// Totals of line items with a resource id, by account and service and by currency.
    with_id: BTreeMap<(u32, u16), Amount>,
    /// Totals of line items without a resource id, by kind of charge and by currency.
    without_id: BTreeMap<(u16, u16), Amount>,
    kinds: Names,
    totals: BTreeMap<u16, Amount>,
    principal_totals: BTreeMap<u16, Amount>,
    period: Period,
    line_items: u64,
    files: u64,
    metric: &'static str,
    export: &'static str,
    /// True if a file has no product codes, and if one has no regions.
    lacks: [bool; 2],
}

impl CostLedger {
    /// Adds a line item; `None` if a sum becomes too large.
    pub(super) fn add(&mut self, item: &LineItem<'_>) -> Option<()> {
        self.line_items += 1;
        let currency = self.currencies.number(item.currency);
        add(&mut self.totals, currency, item.cost)?;
        let group = self.group(item.account, item.service);
        if item.resource.is_empty() {
            let kind = self.kinds.number(item.kind);
            add(&mut self.without_id, (kind, currency), item.cost)?;
        } else {
            add(&mut self.with_id, (group, currency), item.cost)?;
        }
        if let Some(name) = of_line_item(item) {
            self.resources.add(name, item.cost, group, currency)?;
        }
        if !item.principal.is_empty() {
            add(&mut self.principal_totals, currency, item.cost)?;
            if let Some(name) = of_principal(item.principal) {
                self.principals.add(name, item.cost, group, currency)?;
            }
        }
        Some(())
    }

    fn group(&mut self, account: &str, service: &str) -> u32 {
        let (account, service) = (cut(account), cut(service));
        let full = self.groups.len() >= MAX_GROUPS;
        let group = LedgerGroup { account: account.to_owned(), service: service.to_owned() };
        if let Some(number) = self.group_numbers.get(&group) {
            return *number;
        }
        if full && (account, service) != (OTHERS, OTHERS) {
            return self.group(OTHERS, OTHERS);
        }
        let number = u32::try_from(self.groups.len()).expect("there is a limit");
        self.groups.push(group.clone());
        self.group_numbers.insert(group, number);
        number
    }

    pub(super) fn period_mut(&mut self) -> &mut Period {
        &mut self.period
    }

    /// Returns `true` if there is no room for a currency. Sums of several currencies would have no meaning.
    pub(super) fn has_no_room(&self, currency: &str) -> bool {
        self.currencies.names.len() >= MAX_NAMES && !self.currencies.numbers.contains_key(currency)
    }

    /// Adds a file of an export, with `true` if it has no product codes, and if it has no regions.
    pub(super) fn add_file(&mut self, export: &'static str, metric: &'static str, lacks: [bool; 2]) {
        self.lacks = [self.lacks[0] || lacks[0], self.lacks[1] || lacks[1]];
        (self.files, self.export, self.metric) = (self.files + 1, export, metric);
    }

    /// The columns by which ids are found and that the files lack: a file has no product codes, or no regions.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        match self.lacks {
            [true, _] => Some("product codes"),
            [_, true] => Some("regions"),
            _ => None,
        }
    }

    /// The sums that a resource finds. An IAM user or role finds those of its calls.
    #[must_use]
    pub fn look_up(&self, resource: &Resource<'_>) -> Lookup {
        let Some((arn, bare)) = of_resource(resource) else { return Lookup { has_no_arn: true, ..Lookup::default() } };
        let mut hits = Vec::new();
        let mut find = |sums: &Sums, name, is_principal, is_bare| {
            let key = sums.hash(name);
            if sums.first.contains_key(&key) {
                hits.push(LedgerHit { key, is_principal, is_bare });
            }
        };
        find(&self.resources, arn, false, false);
        if let Some(bare) = bare {
            find(&self.resources, bare, false, true);
        }
        if let Some(principal) = resource.arn.as_deref().and_then(of_principal) {
            find(&self.principals, principal, true, false);
        }
        // The third word of a name is its region.
        let lacks = |[_, _, region, _]: Name<'_>| self.lacks[0] || (self.lacks[1] && !region.is_empty());
        let lacks_columns = hits.is_empty() && bare.is_some_and(lacks);
        Lookup { hits, has_no_arn: false, lacks_columns }
    }

    /// The parts of a sum: amount, number of the currency, and number of the group.
    pub fn parts(&self, hit: &LedgerHit) -> impl Iterator<Item = (Amount, u16, u32)> {
        let sums = if hit.is_principal { &self.principals } else { &self.resources };
        sums.of(hit.key).map(|sum| (sum.amount, sum.currency, sum.group))
    }

    /// The name of a currency, as the bill has it.
    #[must_use]
    pub fn currency(&self, number: u16) -> &str {
        self.currencies.names.get(usize::from(number)).map_or("", String::as_str)
    }

    /// The account and service of a number.
    #[must_use]
    pub fn ledger_group(&self, number: u32) -> Option<&LedgerGroup> {
        self.groups.get(number as usize)
    }

    /// The totals of line items with a resource id, by group and currency.
    pub fn with_id(&self) -> impl Iterator<Item = ((u32, u16), Amount)> {
        self.with_id.iter().map(|(key, amount)| (*key, *amount))
    }

    /// The totals of line items without a resource id: kind of charge, currency, amount.
    pub fn without_id(&self) -> impl Iterator<Item = (&str, u16, Amount)> {
        let name = |kind: u16| self.kinds.names.get(usize::from(kind)).map_or("", String::as_str);
        self.without_id.iter().map(move |((kind, currency), amount)| (name(*kind), *currency, *amount))
    }

    /// The totals of all line items by currency.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<u16, Amount> {
        &self.totals
    }

    /// The totals of line items with a principal by currency.
    #[must_use]
    pub fn principal_totals(&self) -> &BTreeMap<u16, Amount> {
        &self.principal_totals
    }

    /// The period.
    #[must_use]
    pub fn period(&self) -> &Period {
        &self.period
    }

    /// Number of line items.
    #[must_use]
    pub fn line_items(&self) -> u64 {
        self.line_items
    }

    /// Number of files.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files
    }

    /// The kind of export, such as `CUR 2.0`.
    #[must_use]
    pub fn export(&self) -> &'static str {
        self.export
    }

    /// The word for the cost: `unblended` or `billed`.
    #[must_use]
    pub fn metric(&self) -> &'static str {
        self.metric
    }
}

/// The start of a name: a hostile one would be in every report.
fn cut(name: &str) -> &str {
    name.char_indices().nth(MAX_NAME).map_or(name, |(at, _)| &name[..at])
}

fn add<K: Ord>(sums: &mut BTreeMap<K, Amount>, key: K, amount: Amount) -> Option<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum.plus(amount)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    #[test]
    fn one_resource_has_the_sum_of_its_arn_and_its_id() {
        let mut ledger = CostLedger::default();
        let arn = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718";
        let item = |cost: &str, code, resource, currency| LineItem {
            cost: Amount::parse(cost).unwrap(),
            code,
            service: code,
            resource,
            currency,
            account: "111122223333",
            ..LineItem::default()
        };
        for item in [
            item("1.1", "AmazonEC2", "i-0a1b2c3d4e5f60718", "USD"),
            item("2.2", "AmazonCloudWatch", "i-0a1b2c3d4e5f60718", "USD"),
            item("0.7", "AmazonEC2", arn, "USD"),
            item("9", "AmazonEC2", "i-0a1b2c3d4e5f60719", "USD"),
            item("3", "AmazonEC2", "i-0a1b2c3d4e5f60718", "CNY"),
        ] {
            ledger.add(&item).unwrap();
        }
        let resource = Resource { arn: Some(Text::from(arn)), ..Resource::default() };
        let found = ledger.look_up(&resource);
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        for (amount, currency, _) in found.hits.iter().flat_map(|hit| ledger.parts(hit)) {
            let sum = sums.entry(ledger.currency(currency)).or_default();
            *sum = sum.plus(amount).unwrap();
        }
        let texts: Vec<String> = sums.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect();
        assert_eq!(texts, ["3 CNY", "4 USD"]);
        assert_eq!(ledger.totals().values().map(Amount::to_string).collect::<Vec<_>>(), ["13", "3"]);
        assert!(ledger.look_up(&Resource::default()).has_no_arn);
    }

    #[test]
    fn a_file_with_many_names_needs_no_more_memory_than_the_limits() {
        let mut ledger = CostLedger::default();
        let names: Vec<String> = (0..MAX_GROUPS + 10).map(|n| n.to_string()).collect();
        for name in &names {
            let item = LineItem {
                cost: Amount::parse("1").unwrap(),
                account: name,
                service: OTHERS,
                currency: "USD",
                kind: name,
                ..LineItem::default()
            };
            ledger.add(&item).unwrap();
        }
        assert_eq!(ledger.groups.len(), MAX_GROUPS + 1);
        assert_eq!(ledger.kinds.names.len(), MAX_NAMES + 1);
        let long = LineItem {
            kind: &"é".repeat(1_000_000),
            service: &"s".repeat(1_000_000),
            currency: "EUR",
            ..LineItem::default()
        };
        let mut ledger = CostLedger::default();
        ledger.add(&long).unwrap();
        let longest = ledger.groups[0].service.len().max(ledger.kinds.names[0].len());
        assert_eq!(longest, 2 * MAX_NAME);
    }
}
