//! Makes a draft from the counts: keys that most resources have become rules, with their values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::packs;
use super::profile::{KeyProfile, Profile};
use super::shape::{CommonFormat, names_people};
use crate::authoring::write::{Ids, comment, shown, string, strings};
use crate::base::{count, thousands};
use crate::model::Resource;
use crate::rule::skeleton;

/// The percentage of resources of a type that have a key for which a rule is proposed.
const RULE: u64 = 60;
/// The percentage from which the rule requires the key.
const REQUIRED: u64 = 95;
/// The maximum number of words in a vocabulary, and the minimum number of uses of each on average.
const WORDS: usize = 12;
const USES: u64 = 3;
/// The factor by which a misspelling is rarer than its key.
const MIN_RATIO: u64 = 10;
/// The maximum number of rare keys in the list at the end.
const NAMED: usize = 20;

/// A draft of a policy from existing resources: keys that most resources of a type have, with their usual values. The input
/// is read in one pass with bounded memory. The same resources give the same draft.
pub fn propose<'r>(resources: impl Iterator<Item = Resource<'r>>) -> String {
    let mut profile = Profile::default();
    for resource in resources {
        profile.add(&resource);
    }
    let mut out = String::new();
    let (groups, mut ids) = (groups(&profile), Ids::default());
    head(&mut out, &profile);
    packs::comments(&mut out, &groups.iter().filter(|group| group.common).map(|group| group.key).collect());
    out.push_str("version = 1\n\n# The limits of AWS itself.\nextends = [\"aws\"]\n");
    for group in &groups {
        for required in [true, false] {
            rule(&mut out, &mut ids, &profile, group, required);
        }
    }
    tail(&mut out, &groups);
    out
}

fn head(out: &mut String, profile: &Profile) {
    comment(out, "A draft of `taglint init --from`, made from existing tags. Common is not always right:");
    comment(out, "review every rule, change or remove it, and write its purpose into its description.");
    comment(out, "");
    comment(
        out,
        &format!(
            "A key that at least {RULE} % of the resources of a type have is a rule; one that {REQUIRED} % have is required."
        ),
    );
    for (kind, of_type) in &profile.types {
        comment(out, &format!("Read: {} of the type {}.", count(of_type.resources, "resource"), shown(kind)));
        if of_type.aws_made > 0 {
            let n = count(of_type.aws_made, "resource");
            comment(out, &format!("Omitted: {n} of the type {} that AWS made; the rules exclude them.", shown(kind)));
        }
    }
    for (what, left_out) in [("keys", profile.keys_capped), ("types", profile.types_capped)] {
        if left_out {
            comment(out, &format!("There were too many {what}; the last ones are omitted."));
        }
    }
    if profile.unread > 0 {
        let n = count(profile.unread, "resource");
        comment(out, &format!("Omitted: {n} whose tags are not all known."));
    }
}

/// A key with all of its spellings.
struct KeyGroup<'p> {
    /// The most frequent spelling.
    key: &'p str,
    /// The other spellings, with the numbers of resources.
    others: BTreeMap<&'p str, u64>,
    /// The number of resources with any spelling.
    total: u64,
    /// `true` if enough resources of one type have the key for a rule.
    common: bool,
}

impl KeyGroup<'_> {
    /// The profile of the key on one type.
    fn of_type(&self, profile: &Profile, kind: &str) -> KeyProfile {
        let mut out = KeyProfile { values: Some(BTreeMap::new()), ..KeyProfile::default() };
        if let Some(of_type) = profile.types.get(kind) {
            let spellings = std::iter::once(self.key).chain(self.others.keys().copied());
            spellings.filter_map(|key| of_type.keys.get(key)).for_each(|of_key| out.merge(of_key));
        }
        out
    }
}

/// Groups keys that are equal without case, separators and look-alike letters, and adds much rarer keys that differ
/// from them in one or two letters.
fn groups(profile: &Profile) -> Vec<KeyGroup<'_>> {
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
    let mut out: Vec<(String, KeyGroup<'_>)> =
        by_skeleton.into_iter().map(|(even, keys)| (even, group(profile, &keys))).collect();
    // The most frequent first: a misspelling belongs to the key that most resources have.
    out.sort_by(|(_, a), (_, b)| b.total.cmp(&a.total).then_with(|| a.key.cmp(b.key)));
    let mut kept: Vec<(String, KeyGroup<'_>)> = Vec::new();
    for (even, group) in out {
        let target = kept.iter_mut().find(|(other, target)| {
            let rarer = !group.common && target.common && target.total >= group.total * MIN_RATIO;
            rarer && near(target.key, other, group.key, &even)
        });
        match target {
            Some((_, target)) => {
                target.others.insert(group.key, group.total - group.others.values().sum::<u64>());
                target.others.extend(group.others);
                target.total += group.total;
            }
            None => kept.push((even, group)),
        }
    }
    let mut out: Vec<_> = kept.into_iter().map(|(_, group)| group).collect();
    out.sort_by_key(|group| group.key);
    out
}

fn group<'p>(profile: &Profile, keys: &[(&'p str, u64)]) -> KeyGroup<'p> {
    // If counts are equal, the first in key order wins, because `keys` has that order.
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
    KeyGroup { key: best.0, others, total: keys.iter().map(|(_, count)| count).sum(), common }
}

/// Returns `true` if two keys are as close as a tag rule's near misses: at most one edit in keys of 4 to 7 characters,
/// two in longer ones, and no different digit.
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

/// Writes the rule for the types on which a key is required, or for those on which it is only common.
fn rule(out: &mut String, ids: &mut Ids, profile: &Profile, group: &KeyGroup<'_>, required: bool) {
    let mut all = KeyProfile { values: Some(BTreeMap::new()), ..KeyProfile::default() };
    let (mut types, mut shares) = (Vec::new(), Vec::new());
    let mut aws_made = 0;
    for (kind, of_type) in &profile.types {
        let here = group.of_type(profile, kind);
        let percent = share(here.count, of_type.resources);
        let wanted = if required { percent >= REQUIRED } else { (RULE..REQUIRED).contains(&percent) };
        if wanted {
            shares.push(format!("{} of {} {kind} ({percent} %)", thousands(here.count), thousands(of_type.resources)));
            types.push(kind);
            aws_made += of_type.aws_made;
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
        comment(out, "Add `required = true` when the others have it too.");
    }
    let mut body = String::new();
    let _ = writeln!(body, "id = {}", string(&ids.make(group.key, if required { "" } else { "-optional" })));
    let _ = writeln!(body, "description = {}", string(&format!("The tag {} (describe its purpose)", group.key)));
    if types.len() < profile.types.len() {
        let _ = writeln!(body, "resources = {}", strings(&types));
    }
    if aws_made > 0 {
        body.push_str("unless.managed-by = \"aws\"\n");
    }
    let _ = writeln!(body, "key = {}", string(group.key));
    if required {
        body.push_str("required = true\n");
    }
    aliases(out, &mut body, group);
    values(out, &mut body, group.key, &all);
    let _ = write!(out, "[[rule]]\n{body}");
}

/// Lists other spellings as aliases. The rule detects those that differ only in case without a list.
fn aliases(out: &mut String, body: &mut String, group: &KeyGroup<'_>) {
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
        comment(out, &format!("Assumed misspellings: {}. Remove those that are separate tags.", list(&other)));
        let _ = writeln!(body, "aliases = {}", strings(other.iter().map(|(key, _)| **key)));
    }
}

/// Writes the constraint on the values: a format, else a small vocabulary.
fn values(out: &mut String, body: &mut String, key: &str, all: &KeyProfile) {
    if all.empty > 0 {
        comment(out, &format!("Empty on {}, which the rule reports.", count(all.empty, "resource")));
    }
    if let Some((shape, others)) = all.shapes.common() {
        if others > 0 {
            comment(
                out,
                &format!("{} of {} values have another format.", thousands(others), thousands(all.shapes.values())),
            );
        }
        let _ = match shape {
            CommonFormat::Format(name) => writeln!(body, "format = {}", string(name)),
            CommonFormat::Digits(length) => writeln!(body, "pattern = {}", string(&format!(r"\d{{{length}}}"))),
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
        comment(out, "No list: the values differ too much, or are too few.");
    } else if all.shapes.personal() || names_people(key) {
        comment(out, "No list: the values may name people, so they are not copied into this file.");
    } else if words.keys().any(|word| word.contains(['*', '?'])) {
        comment(out, "No list: a value contains `*` or `?`, which would be a glob here.");
    } else {
        let wrong: Vec<_> = seen.iter().filter(|(value, _)| !words.contains_key(value.as_str())).collect();
        for (value, n) in wrong {
            comment(
                out,
                &format!(
                    "The value {} ({}) is assumed to be a misspelling of one of these.",
                    shown(value),
                    thousands(*n)
                ),
            );
        }
        let _ = writeln!(body, "values = {}", strings(words.keys()));
    }
}

/// The values, each in its most frequent spelling. Values that differ only in letter case and outer spaces are the same
/// word.
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

/// Lists keys that are too rare for a rule.
fn tail(out: &mut String, groups: &[KeyGroup<'_>]) {
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
