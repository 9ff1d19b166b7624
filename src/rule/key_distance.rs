//! The relation of the key of a tag to the key that a rule names.

use std::cell::RefCell;

use hashbrown::HashMap;
use unicode_normalization::UnicodeNormalization as _;

/// The relation of another key to the one that a rule names, the most certain first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A spelling that the rule lists under `aliases`.
    Alias,
    /// The same except for letter case.
    Case,
    /// The number of edits, once case, spaces, `-`, `_`, `.` and look-alike letters are normalized.
    Near(usize),
}

impl Relation {
    /// Returns `true` if the other key is certainly a misspelling: an alias, or the same except for case, separators
    /// and outer space. A fix renames other keys only with `--allow-guess`.
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

/// A key without case and separators.
fn even(key: &str) -> String {
    key.chars().filter(|c| !is_separator(*c)).flat_map(char::to_lowercase).collect()
}

/// A key without case, separators and look-alike letters (Unicode TS #39 confusables).
#[must_use]
pub fn skeleton(key: &str) -> String {
    // TS #39 replaces these characters of ASCII; control characters are invisible.
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

/// A key with look-alike letters replaced by Latin ones, before case is normalized: the capital of Cyrillic `т` looks like a
/// `T`, the small letter does not.
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

/// The letters of a text that look like other ones of the text that is meant, as a clause in parentheses; empty if there
/// are none. The two texts may look the same, so only the code points tell them apart.
pub(super) fn look_alikes(meant: &str, written: &str) -> String {
    let mut clauses: Vec<String> = Vec::new();
    for c in written.chars().filter(|c| !c.is_ascii() && !meant.contains(*c)) {
        let plain: String = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).collect();
        // A letter with an accent becomes two characters, and looks like no other.
        let mut letters = plain.chars();
        let is_meant = match (letters.next(), letters.next()) {
            (Some(letter), None) => {
                letter != c && meant.chars().any(|one| one.to_lowercase().eq(letter.to_lowercase()))
            }
            _ => false,
        };
        let clause = format!("U+{:04X} looks like {}", u32::from(c), crate::base::quote(&plain));
        if is_meant && !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    if clauses.is_empty() { String::new() } else { format!(" ({})", crate::base::all_of(clauses)) }
}

/// The letters of a key that its reader takes for others: invisible ones, and Greek or Cyrillic ones among Latin ones.
pub(super) fn misleading(key: &str) -> Option<String> {
    if let Some(c) = key.chars().find(|c| crate::base::is_hostile(*c)) {
        return Some(format!("U+{:04X} is invisible", u32::from(c)));
    }
    let is_mixed = key.chars().any(|c| c.is_ascii_alphabetic());
    let other = |c: &char| matches!(c, '\u{370}'..='\u{52f}');
    let meant: String = key.chars().map(|c| if other(&c) { latin(&c.to_string()) } else { c.to_string() }).collect();
    let found = look_alikes(&meant, key);
    (is_mixed && !found.is_empty()).then(|| found.trim_matches([' ', '(', ')']).to_owned())
}

fn digits(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| c.is_numeric())
}

/// The relations of pairs of keys that were compared: the one that a rule names, then the other.
type RelationCache = HashMap<Box<str>, HashMap<Box<str>, Option<Relation>>>;

thread_local! {
    /// The cache of a thread. A million resources have a few hundred different keys, and a comparison costs as much as a
    /// hundred look-ups.
    static CACHE: RefCell<RelationCache> = RefCell::new(RelationCache::new());
}

/// The maximum number of other keys for each key, and the maximum length of one in bytes: hostile input could fill the
/// memory otherwise.
const CACHE_LIMITS: (usize, usize) = (4096, 256);

/// The relation of a misspelling to a key. A key that differs in a digit is another key.
#[must_use]
pub(super) fn near(key: &str, other: &str) -> Option<Relation> {
    near_with_letters((key, &Letters::of(key)), (other, &Letters::of(other)))
}

/// The same for keys whose letters are known: of many that are compared with one, nearly all differ in them.
#[must_use]
pub(super) fn near_with_letters((key, letters): (&str, &Letters), other: (&str, &Letters)) -> Option<Relation> {
    let (other, other_letters) = other;
    if letters.differ_for_certain(other_letters) {
        return None;
    }
    if other.len() > CACHE_LIMITS.1 {
        return compare(key, other);
    }
    CACHE.with_borrow_mut(|known| {
        if let Some(relation) = known.get(key).and_then(|others| others.get(other)) {
            return *relation;
        }
        let relation = compare(key, other);
        let others = known.entry(key.into()).or_default();
        if others.len() >= CACHE_LIMITS.0 {
            // Only hostile input comes here, so starting again is good enough.
            others.clear();
        }
        others.insert(other.into(), relation);
        relation
    })
}

/// The letters of a key as bit sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letters {
    /// The number of letters in which a misspelling may differ from the key: an edit takes one from the set, and adds one.
    most: u32,
    /// False if the key has other letters than those of ASCII, or signs that look like letters.
    are_plain: bool,
    /// Those of the key without case and separators.
    written: u32,
    /// Those of its skeleton.
    skeleton: u32,
}

impl Letters {
    /// The letters of a key.
    pub(super) fn of(key: &str) -> Self {
        let most = 2 * u32::try_from(edits(key.len()).unwrap_or(0)).expect("at most two");
        let (mut written, mut others, mut are_plain) = (0, 0, true);
        let bit = |letter: u8| 1_u32 << (letter - b'a');
        for byte in key.bytes() {
            match byte.to_ascii_lowercase() {
                b'm' => (written, others) = (written | bit(b'm'), others | bit(b'r') | bit(b'n')),
                letter @ b'a'..=b'z' => written |= bit(letter),
                b'0' => others |= bit(b'o'),
                b'1' => others |= bit(b'l'),
                b'|' | b'`' | b'"' | b'%' | 0x80.. => are_plain = false,
                byte => are_plain &= !byte.is_ascii_control(),
            }
        }
        Self { most, are_plain, written, skeleton: written & !bit(b'm') | others }
    }

    /// Returns `true` if the letters of two keys already rule out that the other one is a misspelling of this one. It costs
    /// less than a look-up in the cache, and nearly every pair of keys ends here.
    fn differ_for_certain(&self, other: &Self) -> bool {
        let far = |a: u32, b: u32| (a ^ b).count_ones() > self.most;
        self.are_plain && other.are_plain && far(self.written, other.written) && far(self.skeleton, other.skeleton)
    }
}

/// The number of edits that a misspelling of a key of this length may have. In a key of up to three characters, one edit
/// is more likely another key than a misspelling.
fn edits(length: usize) -> Option<usize> {
    match length {
        0..=3 => None,
        4..=7 => Some(1),
        _ => Some(2),
    }
}

fn compare(key: &str, other: &str) -> Option<Relation> {
    let length = key.chars().count();
    // Longer than separators and edits can explain: no comparison is needed.
    if other.len() > 4 * length + 16 || !digits(key).eq(digits(other)) {
        return None;
    }
    let (a, b) = (skeleton(key), skeleton(other));
    let foreign = !key.is_ascii() || !other.is_ascii();
    if a == b || foreign && skeleton(&latin(key)) == skeleton(&latin(other)) {
        return Some(Relation::Near(0));
    }
    let limit = edits(length)?;
    // A character has at most four bytes of UTF-8.
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
    fn letters_that_look_alike_are_named_by_their_code_points() {
        for (meant, written, want) in [
            ("Owner", "\u{41e}wner", " (U+041E looks like \"O\")"),
            ("owner", "\u{43e}wn\u{435}r", " (U+043E looks like \"o\" and U+0435 looks like \"e\")"),
            ("Owner", "Ownr", ""),
            ("Cafe", "Café", ""),
            ("\u{41e}wner", "\u{41e}wnr", ""),
        ] {
            assert_eq!(look_alikes(meant, written), want, "{written}");
        }
    }

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
    fn keys_that_differ_for_certain_are_not_near() {
        let letters = ["a", "m", "rn", "M", "0", "o", "1", "l", "-", " ", "E", "z", "|", "é", ":"];
        let (mut state, mut ruled_out) = (1_u64, 0);
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for _ in 0..20_000 {
            let key: String = (0..next(12)).map(|_| letters[next(letters.len())]).collect();
            let mut other: Vec<char> = key.chars().collect();
            for _ in 0..next(5) {
                let (at, letter) = (next(other.len() + 1), letters[next(letters.len())]);
                other.truncate(other.len().saturating_sub(next(2)));
                other.insert(at.min(other.len()), letter.chars().next().expect("a letter"));
            }
            let other: String = other.into_iter().collect();
            if Letters::of(&key).differ_for_certain(&Letters::of(&other)) {
                ruled_out += 1;
                assert_eq!(compare(&key, &other), None, "{key:?} {other:?}");
            }
        }
        assert!(ruled_out > 1000, "{ruled_out}");
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
