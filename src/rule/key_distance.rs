//! How a key that is there relates to the key that a rule names.

use std::cell::RefCell;

use hashbrown::HashMap;
use unicode_normalization::UnicodeNormalization as _;

/// How another key relates to the one that a rule names, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A spelling that the rule lists under `aliases`.
    Alias,
    /// The same but for letter case.
    Case,
    /// The same once case, spaces, `-`, `_`, `.` and look-alike letters are evened out (0), or so many edits away.
    Near(usize),
}

impl Relation {
    /// Whether the other key is certainly meant: an alias, or the same but for case, separators and outer space. A fix
    /// carries out the rest only when it is allowed to guess.
    #[must_use]
    pub fn certain(self, key: &str, other: &str) -> bool {
        match self {
            Self::Alias | Self::Case => true,
            Self::Near(0) => even(key) == even(other),
            Self::Near(_) => false,
        }
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.')
}

/// Case and separators evened out.
fn even(key: &str) -> String {
    key.chars().filter(|c| !is_separator(*c)).flat_map(char::to_lowercase).collect()
}

/// Case, separators and look-alike letters evened out (Unicode TS #39 confusables).
#[must_use]
pub fn skeleton(key: &str) -> String {
    // These are the characters of ASCII that TS #39 writes otherwise, and those that nobody sees.
    let odd = |b: u8| b.is_ascii_control() || b"mM01|`\"%".contains(&b);
    if key.is_ascii() && !key.bytes().any(odd) {
        return even(key);
    }
    look_alike(key)
}

fn look_alike(key: &str) -> String {
    let plain: String = key.nfkc().filter(|c| !is_separator(*c) && !crate::base::is_hostile(*c)).collect();
    let lower = plain.to_lowercase();
    unicode_security::skeleton(&lower).collect::<String>().to_lowercase()
}

/// Foreign letters that look Latin written so, before letter case is evened out: the capital of Cyrillic `т` is a `T`.
fn latin(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for c in key.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(unicode_security::skeleton(c.encode_utf8(&mut [0; 4])));
        }
    }
    out
}

fn digits(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| c.is_numeric())
}

/// What is known of pairs of keys: the one that a rule names, then the other.
type Known = HashMap<Box<str>, HashMap<Box<str>, Option<Relation>>>;

thread_local! {
    /// A million resources have a few hundred keys between them, and a comparison costs a hundred look-ups.
    static KNOWN: RefCell<Known> = RefCell::new(Known::new());
}

/// So many other keys are remembered for each key, none longer than this (bytes): hostile input has no end of them.
const REMEMBERED: (usize, usize) = (4096, 256);

/// The near miss that `other` is of `key`, if it is one. A key that differs in a digit is another key.
#[must_use]
pub(super) fn near(key: &str, other: &str) -> Option<Relation> {
    if other.len() > REMEMBERED.1 {
        return compare(key, other);
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(relation) = known.get(key).and_then(|others| others.get(other)) {
            return *relation;
        }
        let relation = compare(key, other);
        let others = known.entry(key.into()).or_default();
        if others.len() >= REMEMBERED.0 {
            others.clear();
        }
        others.insert(other.into(), relation);
        relation
    })
}

fn compare(key: &str, other: &str) -> Option<Relation> {
    let length = key.chars().count();
    // Longer than the key by more than separators could explain: spare the work.
    if other.len() > 4 * length + 16 || !digits(key).eq(digits(other)) {
        return None;
    }
    let (a, b) = (skeleton(key), skeleton(other));
    let foreign = !key.is_ascii() || !other.is_ascii();
    if a == b || foreign && skeleton(&latin(key)) == skeleton(&latin(other)) {
        return Some(Relation::Near(0));
    }
    let limit = match length {
        0..=3 => return None,
        4..=7 => 1,
        _ => 2,
    };
    if a.len().abs_diff(b.len()) > limit * 4 {
        return None;
    }
    // A letter whose skeleton is two (`m` is `rn`) is still one edit.
    let distance = strsim::osa_distance(&a, &b).min(strsim::osa_distance(&even(key), &even(other)));
    (distance <= limit).then_some(Relation::Near(distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses() {
        for (key, other, want) in [
            ("Cost Center", "Cost-Center", Some(0)),
            ("Cost Center", "cost_center", Some(0)),
            ("Cost Center", "CostCenter", Some(0)),
            ("Cost Center", " Cost Center ", Some(0)),
            ("Cost Center", "Cost\u{a0}Center", Some(0)),
            ("Cost Center", "\u{421}ost Center", Some(0)), // Cyrillic Es
            ("Cost Center", "CostCentre", Some(1)),
            ("Cost Center", "CostCenters", Some(1)),
            ("Cost Center", "CostCntr", Some(2)),
            ("Cost Center", "Cost Owner", None),
            ("Environment", "Enviroment", Some(1)),
            ("Environment", "Environmnet", Some(1)),
            ("Owner", "Ownr", Some(1)),
            ("Owner", "Onwer", Some(1)),
            ("Owner", "Ower2", None),
            ("Team", "Term", Some(1)),
            ("Team", "Tier", None),
            ("Team", "Tea", Some(1)),
            ("Team", "Teas", Some(1)),
            ("Team", "Tearn", Some(0)),
            ("T0p", "\u{422}0p", Some(0)),                             // Cyrillic Te
            ("Cost Center", "\u{421}ost-\u{421}en\u{442}er", Some(1)), // small Te looks like no Latin letter
            ("Тег-1", "тег 1", Some(0)),
            ("Tier1", "Tier2", None),
            ("Tier", "Tier2", None),
            ("Env", "Enw", None),
            ("Env", "env", Some(0)),
        ] {
            assert_eq!(near(key, other), want.map(Relation::Near), "{key} / {other}");
        }
    }

    #[test]
    fn the_quick_way_is_the_long_way() {
        for c in '\0'..='\u{7f}' {
            let key = format!("a{c}B");
            assert_eq!(skeleton(&key), look_alike(&key), "{key}");
        }
    }

    #[test]
    fn only_case_separators_and_space_are_certain() {
        for (key, other, want) in [
            ("Cost Center", "cost-center ", true),
            ("Cost Center", "\u{421}ost Center", false),
            ("Cost Center", "CostCentre", false),
        ] {
            let relation = near(key, other).expect("near");
            assert_eq!(relation.certain(key, other), want, "{other}");
        }
    }
}
