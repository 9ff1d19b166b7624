//! Random policies and resources, the same for the same seed.

use super::model::{Demand, PlainPolicy, PlainResource, PlainRule, PlainUser, ROOT, SPECIAL_UNIT, Side, Source, Test};

/// Keys of tags: among them another letter case, an alias (`Stage`), a near match (`Environmnt`) and one of AWS's own.
const KEYS: &[&str] = &[
    "Environment",
    "environment",
    "Environmnt",
    "Stage",
    "Owner",
    "OWNER",
    "Contact",
    "tmp1",
    "cost-center",
    "Cost Center:Eu",
    "aws:x",
    "aws:dlm:lifecycle-policy-id",
    "aws:cloudformation:stack-id",
];
const VALUES: &[&str] = &[
    "Production",
    "Prod",
    "payments",
    "a@example.com",
    "",
    " ",
    "2026-01-01",
    "2027-01-01",
    "2026-12-01T10:00:00Z",
    "payments : Production",
    "Production:payments:Production",
    "payments:",
    "a,b",
    "AWS:x",
    LONG,
    WIDE,
];
/// One character more than a value may have.
const LONG: &str = text(&[b'x'; 257]);
/// A value of 200 letters that are 400 units in UTF-16.
const WIDE: &str = text(&WIDE_BYTES);
const WIDE_BYTES: [u8; 800] = {
    let (mut bytes, mut at) = ([0; 800], 0);
    while at < 800 {
        // U+1D4B3, a letter.
        bytes[at] = [0xf0, 0x9d, 0x92, 0xb3][at % 4];
        at += 1;
    }
    bytes
};

const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("UTF-8"),
    }
}

const STYLES: &[&str] =
    &["PascalCase", "camelCase", "kebab-case", "snake_case", "Title Case", "lowercase", "UPPERCASE"];
const TAG_KEYS: &[&str] = &["Environment", "Owner", "Contact"];

/// A small generator of pseudo-random numbers (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).expect("below a usize")
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Each of these with even odds, at least one.
    pub(crate) fn some<T: Copy>(&mut self, from: &[T]) -> Vec<T> {
        let out: Vec<T> = from.iter().copied().filter(|_| self.one_in(2)).collect();
        if out.is_empty() { vec![self.pick(from)] } else { out }
    }
}

/// A policy of one to six rules.
pub(super) fn policy(random: &mut Random) -> PlainPolicy {
    let rules = 1 + random.below(6);
    PlainPolicy((0..rules).map(|n| rule(format!("r{n}"), random)).collect())
}

fn rule(id: String, random: &mut Random) -> PlainRule {
    let demand = demand(random);
    let grace = random.one_in(4).then(|| random.pick(&[7, 90]));
    PlainRule { id, demand, when: tests(random), unless: tests(random), listed: random.one_in(3), grace }
}

fn demand(random: &mut Random) -> Demand {
    let values = if random.one_in(2) { random.some(&["Production", "payments", "a@example.com"]) } else { Vec::new() };
    match random.below(23) {
        0..3 => {
            let key = random.pick(TAG_KEYS);
            let aliases = if key == "Environment" && random.one_in(2) { vec!["Stage"] } else { Vec::new() };
            Demand::Tag { key, required: random.one_in(2), aliases, values, no_at: random.one_in(3) }
        }
        3 => Demand::Every { values, no_at: random.one_in(2) },
        4 => Demand::Forbid(random.some(&["tmp*", "Stage", "environment", "Contact", "E*"])),
        5 => Demand::Only(None),
        6 => Demand::Only(Some(random.some(&["Environment", "Owner", "Stage", "C*"]))),
        7 | 8 => Demand::Linked {
            key: random.pick(&["Owner", "Contact"]),
            equals: source(random),
            prefix: source(random),
            requires: random.one_in(2).then(|| random.pick(&["Environment", "Stage", "tmp1"])),
        },
        9 | 10 => Demand::AnyCase { key: random.pick(TAG_KEYS), required: random.one_in(2), values },
        11 => Demand::ByAccount { key: random.pick(&["Owner", "Contact"]), special: "Production", other: "payments" },
        12 => Demand::AnyOf(random.some(&["Owner", "Contact", "Stage", "tmp1"])),
        13 => Demand::Style,
        14 => Demand::NamedStyle(random.pick(STYLES)),
        15 => Demand::Syntax,
        16 | 17 => Demand::Unique { key: random.pick(TAG_KEYS), in_all: random.one_in(2) },
        18 => Demand::SameAsUser(random.some(TAG_KEYS)),
        19 => {
            let min = random.one_in(3).then(|| 1 + random.below(2));
            let max = random.one_in(3).then(|| 2 + random.below(2));
            let (trim, unique) = (random.one_in(2), random.one_in(3));
            Demand::Items { key: random.pick(&["Owner", "Contact"]), values, trim, unique, min, max }
        }
        20 => Demand::ByUnit { key: random.pick(&["Owner", "Contact"]), special: "Production", other: "payments" },
        _ => count(random),
    }
}

/// The source of a composed value, half of the time.
fn source(random: &mut Random) -> Option<Source> {
    random.one_in(2).then(|| random.pick(&[Source::Name, Source::Tag("Environment"), Source::Tag("Stage")]))
}

fn count(random: &mut Random) -> Demand {
    let max = random.one_in(2).then(|| 1 + random.below(4));
    let min = random.one_in(3).then(|| random.below(1 + max.unwrap_or(3)));
    let room = 1 + random.below(max.unwrap_or(50));
    let reserve = (max.is_none() && min.is_none() || random.one_in(3)).then_some(if max.is_none() {
        44 + random.below(7)
    } else {
        room
    });
    Demand::Count { max, min, reserve }
}

/// No condition, or one or two tests of different fields.
fn tests(random: &mut Random) -> Vec<Test> {
    if random.one_in(3) { condition(random, 0) } else { Vec::new() }
}

/// One or two tests of different fields. Conditions are nested up to three deep.
fn condition(random: &mut Random, depth: usize) -> Vec<Test> {
    let fields: &[u8] = if depth < 2 { &[0, 1, 2, 3, 4, 5, 6, 7] } else { &[0, 1, 2, 3, 4, 7] };
    let first = random.pick(fields);
    let second = random.pick(fields);
    let mut out = vec![test(first, random, depth)];
    if second != first && random.one_in(2) {
        out.push(test(second, random, depth));
    }
    out
}

fn test(field: u8, random: &mut Random, depth: usize) -> Test {
    match field {
        0 => Test::Account(random.pick(&["1234", "9"])),
        1 => Test::Name(random.pick(&["orders", "web"])),
        2 => Test::Service(random.pick(&["iam", "cognito-idp"])),
        3 => Test::Managed(random.pick(&["terraform", "cloudformation", "aws"])),
        4 => match random.below(3) {
            0 => Test::Exists(random.pick(&["Owner", "Stage", "aws:x"]), random.one_in(2)),
            1 => Test::Date(
                random.pick(&["Owner", "Contact"]),
                random.pick(&[Side::Before, Side::After, Side::Within(30), Side::Within(60)]),
            ),
            _ => Test::Value(random.pick(&["Owner", "Environment"]), random.pick(&["Production", "payments"])),
        },
        7 => Test::Unit(random.pick(&[ROOT, SPECIAL_UNIT, "ou-ab12-bbbbbbbb"])),
        5 => Test::Any((0..=random.below(2)).map(|_| condition(random, depth + 1)).collect()),
        _ => Test::Not(condition(random, depth + 1)),
    }
}

/// A resource of which anything may be unknown.
pub(super) fn resource(random: &mut Random) -> PlainResource {
    let kind = random.pick(&["iam:user", "cognito-idp:userpool", "iam:mfa"]);
    let mut tags: Vec<(&'static str, Option<&'static str>)> = Vec::new();
    for _ in 0..random.below(6) {
        let key = random.pick(KEYS);
        // A key exists once. IAM ignores letter case in the keys of users.
        let same = |other: &str| key == other || kind == "iam:user" && key.eq_ignore_ascii_case(other);
        if !tags.iter().any(|(other, _)| same(other)) {
            let value = (!random.one_in(4)).then(|| random.pick(VALUES));
            tags.push((key, value));
        }
    }
    PlainResource {
        kind,
        account: random.pick(&[Some("123456789012"), Some("111122223333"), None, None]),
        units: random.pick(&[
            None,
            Some("r-ab12/ou-ab12-aaaaaaaa/ou-ab12-bbbbbbbb"),
            Some("r-ab12/ou-ab12-aaaaaaaa"),
            Some("r-ab12/ou-ab12-cccccccc"),
            Some("r-ab12"),
            // The units above are not known.
            Some("ou-ab12-aaaaaaaa"),
        ]),
        name: random.pick(&[Some("orders"), Some("web"), None]),
        more: random.one_in(3),
        declared_in: random.pick(&[None, None, Some("terraform"), Some("cloudformation")]),
        tags: (!random.one_in(12)).then_some(tags),
        user: match random.below(8) {
            0 => PlainUser::Unknown,
            1 => PlainUser::Unassigned,
            2 => PlainUser::Root,
            n => PlainUser::Number(random.below(n + 4)),
        },
        created: random.pick(&[None, Some("2026-11-20T23:00:00Z"), Some("2026-10-01T00:00:00Z")]),
    }
}
