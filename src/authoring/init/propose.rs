//! From counts to a draft: keys that most resources have become rules, with the values that they have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::profile::{OfKey, Profile};
use super::shape::{Shape, names_people};
use crate::authoring::write::{Ids, comment, shown, string, strings};
use crate::base::{count, thousands};
use crate::model::Resource;
use crate::rule::skeleton;

/// Of a hundred resources of a type, so many have the key: it becomes a rule.
const RULE: u64 = 60;
/// So many: the rule requires it.
const REQUIRED: u64 = 95;
/// A vocabulary has at most so many words, and each stands for so many uses on average.
const WORDS: usize = 12;
const USES: u64 = 3;
/// Another key this much rarer may be a misspelling: one in so many.
const RARER: u64 = 10;
/// Rarer keys that are named at the end.
const NAMED: usize = 20;

/// A draft of a policy for resources as they are: keys that most of a type have, with their usual values. It is read in one
/// pass, and what is kept of it is bounded. The same resources give the same draft.
pub fn propose<'r>(resources: impl Iterator<Item = Resource<'r>>) -> String {
    let mut profile = Profile::default();
    for resource in resources {
        profile.add(&resource);
    }
    let mut out = String::new();
    head(&mut out, &profile);
    let (groups, mut ids) = (groups(&profile), Ids::default());
    for group in &groups {
        for required in [true, false] {
            rule(&mut out, &mut ids, &profile, group, required);
        }
    }
    tail(&mut out, &groups);
    out
}

fn head(out: &mut String, profile: &Profile) {
    comment(
        out,
        "A draft of `taglint init --from`, made from tags as they are. What is common is not therefore right:",
    );
    comment(out, "read every rule, change it or take it away, and say in its description what it is for.");
    comment(out, "");
    comment(
        out,
        &format!(
            "A key that at least {RULE} % of a type's resources have became a rule, and one that {REQUIRED} % have is required."
        ),
    );
    for (kind, of_type) in &profile.types {
        comment(out, &format!("Read: {} of the type {}.", count(of_type.resources, "resource"), shown(kind)));
    }
    for (what, left_out) in [("keys", profile.keys_capped), ("types", profile.types_capped)] {
        if left_out {
            comment(out, &format!("There were more {what} than are counted: those that came last are left out."));
        }
    }
    if profile.unread > 0 {
        let n = count(profile.unread, "resource");
        comment(out, &format!("Left out: {n} whose tags are not all known."));
    }
    out.push_str("version = 1\n\n# What AWS itself refuses.\nextends = [\"aws\"]\n");
}

/// One key under all of its spellings.
struct Group<'p> {
    /// The most frequent spelling.
    key: &'p str,
    /// The others, with how many resources have them.
    others: BTreeMap<&'p str, u64>,
    /// How many resources have any.
    total: u64,
    /// On one type at least, so many have it that it becomes a rule.
    common: bool,
}

impl Group<'_> {
    /// All that is known of the key on one type.
    fn of_type(&self, profile: &Profile, kind: &str) -> OfKey {
        let mut out = OfKey { values: Some(BTreeMap::new()), ..OfKey::default() };
        if let Some(of_type) = profile.types.get(kind) {
            let spellings = std::iter::once(self.key).chain(self.others.keys().copied());
            spellings.filter_map(|key| of_type.keys.get(key)).for_each(|of_key| out.merge(of_key));
        }
        out
    }
}

/// Keys that are one key once case, separators and look-alikes are evened out; then much rarer ones a letter or two off.
fn groups(profile: &Profile) -> Vec<Group<'_>> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for of_type in profile.types.values() {
        for (key, of_key) in &of_type.keys {
            *counts.entry(key).or_default() += of_key.count;
        }
    }
    let mut by_skeleton: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
    for (key, count) in counts {
        let even = skeleton(key);
        if !even.is_empty() {
            by_skeleton.entry(even).or_default().push((key, count));
        }
    }
    let mut out: Vec<(String, Group<'_>)> =
        by_skeleton.into_iter().map(|(even, keys)| (even, group(profile, &keys))).collect();
    // The most frequent first: a misspelling belongs to the key that most resources have.
    out.sort_by(|(_, a), (_, b)| b.total.cmp(&a.total).then_with(|| a.key.cmp(b.key)));
    let mut kept: Vec<(String, Group<'_>)> = Vec::new();
    for (even, group) in out {
        let home = kept.iter_mut().find(|(other, home)| {
            let rarer = !group.common && home.common && home.total >= group.total * RARER;
            rarer && near(home.key, other, group.key, &even)
        });
        match home {
            Some((_, home)) => {
                home.others.insert(group.key, group.total - group.others.values().sum::<u64>());
                home.others.extend(group.others);
                home.total += group.total;
            }
            None => kept.push((even, group)),
        }
    }
    let mut out: Vec<_> = kept.into_iter().map(|(_, group)| group).collect();
    out.sort_by_key(|group| group.key);
    out
}

fn group<'p>(profile: &Profile, keys: &[(&'p str, u64)]) -> Group<'p> {
    // Of equals the first in key order: `keys` comes in that order.
    let mut best = keys[0];
    for other in &keys[1..] {
        if other.1 > best.1 {
            best = *other;
        }
    }
    let others = keys.iter().filter(|(key, _)| *key != best.0).copied().collect();
    let common = profile.types.values().any(|of_type| {
        let here = keys.iter().filter_map(|(key, _)| of_type.keys.get(*key)).map(|of_key| of_key.count).sum();
        share(here, of_type.resources) >= RULE
    });
    Group { key: best.0, others, total: keys.iter().map(|(_, count)| count).sum(), common }
}

/// As a tag rule tells near misses: one edit in keys of 4 to 7 characters, two in longer ones, and no digit differs.
fn near(key: &str, even: &str, other: &str, other_even: &str) -> bool {
    let limit = match key.chars().count() {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).collect::<String>();
    even.len().abs_diff(other_even.len()) <= limit * 4
        && digits(key) == digits(other)
        && strsim::osa_distance(even, other_even) <= limit
}

fn share(count: u64, of: u64) -> u64 {
    (count * 100).checked_div(of).unwrap_or(0).min(100)
}

/// The rule for the types where a key is required, or for those where it is merely common.
fn rule(out: &mut String, ids: &mut Ids, profile: &Profile, group: &Group<'_>, required: bool) {
    let mut all = OfKey { values: Some(BTreeMap::new()), ..OfKey::default() };
    let (mut types, mut shares) = (Vec::new(), Vec::new());
    for (kind, of_type) in &profile.types {
        let here = group.of_type(profile, kind);
        let percent = share(here.count, of_type.resources);
        let wanted = if required { percent >= REQUIRED } else { (RULE..REQUIRED).contains(&percent) };
        if wanted {
            shares.push(format!("{} of {} {kind} ({percent} %)", thousands(here.count), thousands(of_type.resources)));
            types.push(kind);
            all.merge(&here);
        }
    }
    if types.is_empty() {
        return;
    }
    out.push('\n');
    for share in &shares {
        comment(out, &format!("On {}.", shown(share).trim_matches('"')));
    }
    if !required {
        comment(out, "Add `required = true` once the others have it too.");
    }
    let mut body = String::new();
    let _ = writeln!(body, "id = {}", string(&ids.make(group.key, if required { "" } else { "-optional" })));
    let _ = writeln!(body, "description = {}", string(&format!("The tag {} (say what it is for)", group.key)));
    if types.len() < profile.types.len() {
        let _ = writeln!(body, "resources = {}", strings(&types));
    }
    let _ = writeln!(body, "key = {}", string(group.key));
    if required {
        body.push_str("required = true\n");
    }
    aliases(out, &mut body, group);
    values(out, &mut body, group.key, &all);
    let _ = write!(out, "[[rule]]\n{body}");
}

/// Spellings that differ in letter case alone are told without being listed.
fn aliases(out: &mut String, body: &mut String, group: &Group<'_>) {
    let lower = group.key.to_lowercase();
    let (case, other): (Vec<_>, Vec<_>) = group.others.iter().partition(|(key, _)| key.to_lowercase() == lower);
    let list = |spellings: &[(&&str, &u64)]| {
        let listed: Vec<_> =
            spellings.iter().take(NAMED).map(|(key, n)| format!("{} ({})", shown(key), thousands(**n))).collect();
        listed.join(", ")
    };
    if !case.is_empty() {
        comment(out, &format!("Other letter case, which the rule reports: {}.", list(&case)));
    }
    if !other.is_empty() {
        comment(
            out,
            &format!("Spellings taken for wrong: {}. Take away those that are tags of their own.", list(&other)),
        );
        let _ = writeln!(body, "aliases = {}", strings(other.iter().map(|(key, _)| **key)));
    }
}

/// What the values have in common: a shape, else a small vocabulary.
fn values(out: &mut String, body: &mut String, key: &str, all: &OfKey) {
    if all.empty > 0 {
        comment(out, &format!("Empty on {}, which the rule reports.", count(all.empty, "resource")));
    }
    if let Some((shape, others)) = all.shapes.common() {
        if others > 0 {
            comment(
                out,
                &format!("{} of {} values have another shape.", thousands(others), thousands(all.shapes.values())),
            );
        }
        let _ = match shape {
            Shape::Format(name) => writeln!(body, "format = {}", string(name)),
            Shape::Digits(length) => writeln!(body, "pattern = {}", string(&format!(r"\d{{{length}}}"))),
        };
        return;
    }
    let Some(seen) = &all.values else {
        comment(out, "Too many values for a list: add a `pattern` or `format`, if they have one.");
        return;
    };
    let words = vocabulary(seen);
    let uses: u64 = seen.values().sum();
    if words.is_empty() || words.len() > WORDS || uses < USES * words.len() as u64 {
        comment(out, "No list: the values differ too much, or are too few to tell.");
    } else if all.shapes.personal() || names_people(key) {
        comment(out, "No list: the values may name people, and are not copied into this file.");
    } else if words.keys().any(|word| word.contains(['*', '?'])) {
        comment(out, "No list: a value has `*` or `?`, which would be a glob here.");
    } else {
        let wrong: Vec<_> = seen.iter().filter(|(value, _)| !words.contains_key(value.as_str())).collect();
        for (value, n) in wrong {
            comment(
                out,
                &format!("The value {} ({}) is taken for a misspelling of one of these.", shown(value), thousands(*n)),
            );
        }
        let _ = writeln!(body, "values = {}", strings(words.keys()));
    }
}

/// The values, each in its most frequent spelling: letter case and outer spaces make no other word.
fn vocabulary(seen: &BTreeMap<String, u64>) -> BTreeMap<&str, u64> {
    let mut best: BTreeMap<String, (&str, u64)> = BTreeMap::new();
    for (value, count) in seen {
        let entry = best.entry(value.trim().to_lowercase()).or_insert((value, *count));
        if *count > entry.1 {
            *entry = (value, *count);
        }
    }
    best.into_values().collect()
}

/// Keys that are too rare for a rule.
fn tail(out: &mut String, groups: &[Group<'_>]) {
    let rare: BTreeSet<(u64, &str)> =
        groups.iter().filter(|group| !group.common).map(|group| (group.total, group.key)).collect();
    if rare.is_empty() {
        return;
    }
    let _ = writeln!(out);
    comment(out, &format!("Too rare for a rule ({}), the most frequent first:", count(rare.len() as u64, "key")));
    for (n, key) in rare.iter().rev().take(NAMED) {
        comment(out, &format!("  {} on {}", shown(key), count(*n, "resource")));
    }
}

#[cfg(test)]
mod tests;
