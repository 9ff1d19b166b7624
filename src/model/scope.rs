//! The scope of a collection, and the union of scopes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The number of missing shards that a gap names.
const MOST_NAMED: usize = 20;

/// The scope of a collection: all of the types in all of the accounts and regions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Scope {
    /// Account ids, twelve digits each.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Resource types.
    pub types: Vec<String>,
    /// The organization id, if an organization was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The shard of the accounts: `2/5` is the second of five. A merged inventory may have several: `1,2/5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// `true` if flags selected some accounts of the organization.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub some_accounts: bool,
    /// `true` if flags left out a part of each account, such as types. Then the inventory covers no account completely.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The scopes of several collections, if the lists above cover more than was read, such as the accounts of one with the
    /// regions of another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Scope>,
}

impl Scope {
    /// Returns `true` if the scope is narrowed by a shard or by flags.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        self.partial || self.some_accounts || self.shard.is_some()
    }

    /// The reason why the scope is not the whole run, if shards of it are missing: their accounts were not read.
    #[must_use]
    pub fn missing_shards(&self) -> Option<String> {
        let (have, of) = numbers(self.shard.as_deref()?)?;
        let missing: Vec<u32> = (1..=of).filter(|number| !have.contains(number)).take(MOST_NAMED + 1).collect();
        let named: Vec<String> = missing.iter().take(MOST_NAMED).map(u32::to_string).collect();
        let (shards, more) = match missing.len() {
            0 => return None,
            1 => ("shard", ""),
            n => ("shards", if n > MOST_NAMED { " and others" } else { "" }),
        };
        Some(format!("{shards} {}{more} of {of} missing: the accounts were not read", named.join(", ")))
    }

    /// Returns `true` if the scope includes a type in an account and region; `region` is `None` for types without a
    /// region.
    #[must_use]
    pub fn reads(&self, account: &str, region: Option<&str>, kind: &str) -> bool {
        let has = |list: &[String], word: &str| list.iter().any(|item| item == word);
        self.plain_parts().any(|one| {
            has(&one.accounts, account)
                && has(&one.types, kind)
                && region.is_none_or(|region| has(&one.regions, region))
        })
    }

    /// The parts, or the scope itself if it has none.
    fn plain_parts(&self) -> impl Iterator<Item = &Self> {
        self.parts.iter().chain(self.parts.is_empty().then_some(self))
    }

    /// Returns `true` if the other scope includes this one.
    fn within(&self, other: &Self) -> bool {
        let fits = |mine: &[String], theirs: &[String]| mine.iter().all(|item| theirs.contains(item));
        self.plain_parts().all(|mine| {
            other.plain_parts().any(|theirs| {
                fits(&mine.accounts, &theirs.accounts)
                    && fits(&mine.regions, &theirs.regions)
                    && fits(&mine.types, &theirs.types)
            })
        })
    }

    /// The union of several scopes. All shards of a run make a scope that is not narrowed, and a narrowed scope inside one
    /// that is not does not narrow the union.
    #[must_use]
    pub fn unite(scopes: &[Self]) -> Self {
        let whole: Vec<&Self> = scopes.iter().filter(|scope| !scope.narrowed()).collect();
        let left: Vec<&Self> =
            scopes.iter().filter(|one| one.narrowed() && !whole.iter().any(|whole| one.within(whole))).collect();
        let (shard, odd) = shards(&left);
        let first = scopes.first().and_then(|scope| scope.organization.clone());
        let union = |list: fn(&Self) -> &[String]| sorted(scopes.iter().flat_map(list));
        let parts = parts(scopes);
        Self {
            accounts: union(|scope| &scope.accounts),
            regions: union(|scope| &scope.regions),
            types: union(|scope| &scope.types),
            organization: first.filter(|_| scopes.iter().all(|one| one.organization == scopes[0].organization)),
            shard,
            some_accounts: odd || left.iter().any(|scope| scope.some_accounts),
            partial: left.iter().any(|scope| scope.partial),
            parts: if parts.len() > 1 { parts } else { Vec::new() },
        }
    }
}

fn sorted<'a>(items: impl Iterator<Item = &'a String>) -> Vec<String> {
    items.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// The shards, `None` if there are none or all of them; and whether they belong to different runs, so that the missing
/// ones are unknown.
fn shards(scopes: &[&Scope]) -> (Option<String>, bool) {
    let (mut have, mut of, mut odd) = (BTreeSet::new(), None, false);
    let mut first: Option<&Scope> = None;
    for scope in scopes {
        let Some(text) = &scope.shard else { continue };
        let Some((list, n)) = numbers(text) else { return (None, true) };
        let like = *first.get_or_insert(scope);
        odd |= *of.get_or_insert(n) != n
            || (&like.organization, &like.regions, &like.types) != (&scope.organization, &scope.regions, &scope.types);
        have.extend(list);
    }
    match of {
        Some(of) if !odd && have.len() < of as usize => {
            let list: Vec<String> = have.iter().map(u32::to_string).collect();
            (Some(format!("{}/{of}", list.join(","))), false)
        }
        _ => (None, odd),
    }
}

/// The numbers of shards such as `1,2/5`, and the number of all shards.
fn numbers(text: &str) -> Option<(Vec<u32>, u32)> {
    let (list, of) = text.split_once('/')?;
    let of: u32 = of.parse().ok()?;
    let list: Vec<u32> = list.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    list.iter().all(|number| (1..=of).contains(number)).then_some((list, of))
}

/// The scopes with their parts, joined where they differ in only one list.
fn parts(scopes: &[Scope]) -> Vec<Scope> {
    let plain = |scope: &Scope| Scope {
        accounts: sorted(scope.accounts.iter()),
        regions: sorted(scope.regions.iter()),
        types: sorted(scope.types.iter()),
        ..Scope::default()
    };
    let mut parts: Vec<Scope> = scopes.iter().flat_map(Scope::plain_parts).map(plain).collect();
    let lists: [fn(&mut Scope) -> &mut Vec<String>; 3] =
        [|scope| &mut scope.accounts, |scope| &mut scope.regions, |scope| &mut scope.types];
    for list in lists {
        let mut groups: BTreeMap<[Vec<String>; 3], BTreeSet<String>> = BTreeMap::new();
        for mut part in parts {
            let items = std::mem::take(list(&mut part));
            groups.entry([part.accounts, part.regions, part.types]).or_default().extend(items);
        }
        let part = |([accounts, regions, types], items): ([Vec<String>; 3], BTreeSet<String>)| {
            let mut part = Scope { accounts, regions, types, ..Scope::default() };
            *list(&mut part) = items.into_iter().collect();
            part
        };
        parts = groups.into_iter().map(part).collect();
    }
    let inner: Vec<bool> =
        parts.iter().map(|one| parts.iter().any(|other| one != other && one.within(other))).collect();
    parts.into_iter().zip(inner).filter(|(_, inner)| !inner).map(|(part, _)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(accounts: &[&str], regions: &[&str], types: &[&str]) -> Scope {
        let own = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Scope { accounts: own(accounts), regions: own(regions), types: own(types), ..Scope::default() }
    }

    fn shard(account: &str, shard: &str) -> Scope {
        let organization = Some("o-1".to_owned());
        Scope { shard: Some(shard.to_owned()), organization, ..scope(&[account], &["r"], &["t"]) }
    }

    #[test]
    fn all_shards_are_the_whole_and_some_are_not() {
        let all = [shard("1", "1/3"), shard("2", "2/3"), shard("3", "3/3")];
        let whole = Scope::unite(&all);
        assert_eq!((whole.narrowed(), whole.accounts.len(), whole.parts.len()), (false, 3, 0));
        assert_eq!(whole.organization.as_deref(), Some("o-1"));
        let two = Scope::unite(&all[..2]);
        assert_eq!((two.shard.as_deref(), two.partial), (Some("1,2/3"), false));
        let missing = Scope::missing_shards;
        assert_eq!(missing(&two).as_deref(), Some("shard 3 of 3 missing: the accounts were not read"));
        assert_eq!(missing(&all[1]).as_deref(), Some("shards 1, 3 of 3 missing: the accounts were not read"));
        assert_eq!(missing(&whole), None);
        let many = missing(&shard("1", "1/4294967295")).unwrap();
        assert!(many.ends_with("20, 21 and others of 4294967295 missing: the accounts were not read"), "{many}");
        assert!(!Scope::unite(&[two, all[2].clone()]).narrowed(), "merged in two steps");
        for odd in
            [shard("2", "2/4"), shard("2", "5/4"), shard("2", "x"), Scope { organization: None, ..shard("2", "2/3") }]
        {
            let united = Scope::unite(&[shard("1", "1/3"), odd]);
            assert!(united.some_accounts && united.narrowed(), "{united:?}");
        }
    }

    #[test]
    fn a_narrowed_scope_inside_a_whole_one_does_no_harm() {
        let whole = scope(&["1", "2"], &["r"], &["t", "u"]);
        let narrow = Scope { partial: true, ..scope(&["1"], &["r"], &["t"]) };
        assert!(!Scope::unite(&[whole.clone(), narrow.clone()]).narrowed());
        let beyond = Scope { accounts: vec!["3".to_owned()], ..narrow };
        assert!(Scope::unite(&[whole, beyond]).partial);
    }

    #[test]
    fn a_union_claims_nothing_that_nobody_read() {
        let united = Scope::unite(&[scope(&["1"], &["r"], &["t"]), scope(&["2"], &["s"], &["t"])]);
        assert_eq!((united.accounts.len(), united.regions.len(), united.parts.len()), (2, 2, 2));
        assert!(united.reads("1", Some("r"), "t") && !united.reads("1", Some("s"), "t"));
        assert!(united.reads("2", None, "t") && !united.reads("2", None, "u") && !united.reads("3", None, "t"));
        let filled = Scope::unite(&[united, scope(&["1", "2"], &["r", "s"], &["t"])]);
        assert!(filled.parts.is_empty(), "{filled:?}");
        let by_region = Scope::unite(&[scope(&["1"], &["r"], &["t"]), scope(&["1"], &["s"], &["t"])]);
        assert!(by_region.parts.is_empty() && by_region.reads("1", Some("s"), "t"));
    }
}
