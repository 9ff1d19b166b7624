//! The values of expressions, as far as the source determines them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::limits::DOCUMENT_NESTING;
use crate::syntax::hcl::Position;

/// The reason why a value is unknown.
pub(super) type UnknownReason = Arc<str>;

/// The largest collections and texts; larger ones are unknown, which bounds memory.
pub(super) const MAX_ENTRIES: usize = 10_000;
pub(super) const MAX_TEXT: usize = 64 << 10;

/// A value, its position, and its sensitivity.
#[derive(Debug, Clone)]
pub(super) struct HclValue {
    pub(super) kind: HclValueKind,
    pub(super) at: Option<Position>,
    pub(super) sensitive: bool,
    /// True for an unknown value that may be null.
    pub(super) nullable: bool,
}

/// The kinds of values.
#[derive(Debug, Clone)]
pub(super) enum HclValueKind {
    Unknown(UnknownReason),
    Null,
    Bool(bool),
    Number(HclNumber),
    Text(Arc<str>),
    List(Arc<HclList>),
    Map(Arc<HclMap>),
}

/// A list, tuple or set.
#[derive(Debug)]
pub(super) struct HclList {
    pub(super) items: Vec<HclValue>,
    /// True for a set: sorted, without duplicates.
    pub(super) set: bool,
    depth: usize,
    /// True if an item is sensitive, at any depth.
    sensitive: bool,
}

/// A map or object.
#[derive(Debug, Default)]
pub(super) struct HclMap {
    /// The entries that certainly exist.
    pub(super) entries: BTreeMap<String, HclValue>,
    /// The keys that may exist, each with the reason.
    pub(super) possible: BTreeMap<String, UnknownReason>,
    /// The reason why any other keys may exist.
    pub(super) more: Option<UnknownReason>,
    depth: usize,
    /// True if a value is sensitive, at any depth.
    sensitive: bool,
}

/// An exact number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HclNumber {
    Whole(i64),
    /// With a fraction, as Terraform writes it.
    Decimal(Arc<str>),
}

impl HclNumber {
    /// Parses a written number; `None` for one that Terraform may format differently.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.trim().strip_prefix('-') {
            Some(rest) => ("-", rest.trim_start()),
            None => ("", text.trim()),
        };
        let plain =
            |digits: &str| !digits.is_empty() && digits.len() < 18 && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.split_once('.') {
            None if plain(digits) => format!("{sign}{digits}").parse().ok().map(Self::Whole),
            Some((whole, fraction)) if plain(whole) && plain(fraction) => {
                let fraction = fraction.trim_end_matches('0');
                if fraction.is_empty() {
                    return format!("{sign}{whole}").parse().ok().map(Self::Whole);
                }
                let whole: i64 = whole.parse().ok()?;
                Some(Self::Decimal(format!("{sign}{whole}.{fraction}").into()))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for HclNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(text) => f.write_str(text),
        }
    }
}

impl HclValue {
    pub(super) fn new(kind: HclValueKind) -> Self {
        Self { kind, at: None, sensitive: false, nullable: false }
    }

    pub(super) fn unknown(why: impl Into<UnknownReason>) -> Self {
        Self::new(HclValueKind::Unknown(why.into()))
    }

    pub(super) fn null() -> Self {
        Self::new(HclValueKind::Null)
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::new(HclValueKind::Bool(value))
    }

    pub(super) fn whole(value: i64) -> Self {
        Self::new(HclValueKind::Number(HclNumber::Whole(value)))
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if text.len() > MAX_TEXT {
            return Self::unknown("a string that is too long");
        }
        Self::new(HclValueKind::Text(text))
    }

    pub(super) fn list(items: Vec<HclValue>) -> Self {
        Self::items(items, false)
    }

    /// A set of texts, sorted without duplicates; unknown if one of them is.
    pub(super) fn set(items: Vec<HclValue>) -> Self {
        let mut texts = BTreeMap::new();
        for item in items {
            let text = item.as_text();
            match text {
                Ok(text) => drop(texts.entry(text).or_insert(item)),
                Err(why) => return Self::unknown(why),
            }
        }
        Self::items(texts.into_values().collect(), true)
    }

    fn items(items: Vec<HclValue>, set: bool) -> Self {
        let depth = 1 + items.iter().map(HclValue::depth).max().unwrap_or(0);
        if depth > DOCUMENT_NESTING || items.len() > MAX_ENTRIES {
            return Self::unknown("a list that is too large");
        }
        let sensitive = items.iter().any(HclValue::holds_sensitive);
        Self::new(HclValueKind::List(Arc::new(HclList { items, set, depth, sensitive })))
    }

    pub(super) fn map(entries: BTreeMap<String, HclValue>, more: Option<UnknownReason>) -> Self {
        Self::partial_map(entries, BTreeMap::new(), more)
    }

    pub(super) fn partial_map(
        entries: BTreeMap<String, HclValue>,
        possible: BTreeMap<String, UnknownReason>,
        more: Option<UnknownReason>,
    ) -> Self {
        let depth = 1 + entries.values().map(HclValue::depth).max().unwrap_or(0);
        if depth > DOCUMENT_NESTING || entries.len() + possible.len() > MAX_ENTRIES {
            return Self::unknown("a map that is too large");
        }
        let sensitive = entries.values().any(HclValue::holds_sensitive);
        Self::new(HclValueKind::Map(Arc::new(HclMap { entries, possible, more, depth, sensitive })))
    }

    pub(super) fn at(mut self, at: Option<Position>) -> Self {
        self.at = at;
        self
    }

    /// The value, marked as sensitive if `sensitive`.
    pub(super) fn with_sensitivity(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    fn depth(&self) -> usize {
        match &self.kind {
            HclValueKind::List(list) => list.depth,
            HclValueKind::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// Whether the value or a part of it is sensitive.
    pub(super) fn holds_sensitive(&self) -> bool {
        self.sensitive
            || match &self.kind {
                HclValueKind::List(list) => list.sensitive,
                HclValueKind::Map(map) => map.sensitive,
                _ => false,
            }
    }

    /// The reason why the whole value is unknown. A map with unknown parts has none.
    pub(super) fn why(&self) -> Option<&UnknownReason> {
        match &self.kind {
            HclValueKind::Unknown(why) => Some(why),
            _ => None,
        }
    }

    /// The value converted to text.
    pub(super) fn as_text(&self) -> Result<Arc<str>, UnknownReason> {
        match &self.kind {
            HclValueKind::Text(text) => Ok(Arc::clone(text)),
            HclValueKind::Bool(value) => Ok(if *value { "true" } else { "false" }.into()),
            HclValueKind::Number(number) => Ok(number.to_string().into()),
            HclValueKind::Unknown(why) => Err(Arc::clone(why)),
            HclValueKind::Null => Err("null where a string is expected".into()),
            HclValueKind::List(_) | HclValueKind::Map(_) => Err("a collection where a string is expected".into()),
        }
    }

    /// The value converted to a boolean.
    pub(super) fn as_bool(&self) -> Result<bool, UnknownReason> {
        match &self.kind {
            HclValueKind::Bool(value) => Ok(*value),
            HclValueKind::Text(text) if &**text == "true" => Ok(true),
            HclValueKind::Text(text) if &**text == "false" => Ok(false),
            HclValueKind::Unknown(why) => Err(Arc::clone(why)),
            _ => Err("something that is neither true nor false".into()),
        }
    }

    /// The value converted to a whole number.
    pub(super) fn as_whole(&self) -> Result<i64, UnknownReason> {
        match &self.kind {
            HclValueKind::Number(HclNumber::Whole(number)) => Ok(*number),
            HclValueKind::Text(text) => match HclNumber::parse(text) {
                Some(HclNumber::Whole(number)) => Ok(number),
                _ => Err("a string that is not a whole number".into()),
            },
            HclValueKind::Unknown(why) => Err(Arc::clone(why)),
            _ => Err("a value that is not a whole number".into()),
        }
    }
}

impl HclMap {
    /// The reason why not every key is known.
    pub(super) fn incomplete_reason(&self) -> Option<&UnknownReason> {
        self.more.as_ref().or_else(|| self.possible.values().next())
    }
}

/// The value of a conditional with an unknown condition: the common part of both branches.
pub(super) fn either(then: &HclValue, other: &HclValue, why: &UnknownReason) -> HclValue {
    let sensitive = then.sensitive || other.sensitive;
    let at = if then.at == other.at { then.at } else { None };
    let kind = match (&then.kind, &other.kind) {
        (HclValueKind::Map(a), HclValueKind::Map(b)) => {
            return merge_branches(a, b, why).at(at).with_sensitivity(sensitive);
        }
        (
            HclValueKind::Bool(_) | HclValueKind::Number(_) | HclValueKind::Text(_),
            HclValueKind::Bool(_) | HclValueKind::Number(_) | HclValueKind::Text(_),
        ) if then.as_text().ok() == other.as_text().ok() => then.kind.clone(),
        (HclValueKind::Null, HclValueKind::Null) => HclValueKind::Null,
        _ => HclValueKind::Unknown(Arc::clone(why)),
    };
    let null = |value: &HclValue| value.nullable || matches!(value.kind, HclValueKind::Null);
    let nullable = matches!(kind, HclValueKind::Unknown(_)) && (null(then) || null(other));
    HclValue { kind, at, sensitive, nullable }
}

fn merge_branches(a: &HclMap, b: &HclMap, why: &UnknownReason) -> HclValue {
    let (mut entries, mut possible) = (BTreeMap::new(), a.possible.clone());
    possible.extend(b.possible.iter().map(|(key, why)| (key.clone(), Arc::clone(why))));
    for (key, value) in &a.entries {
        match b.entries.get(key) {
            Some(other) => drop(entries.insert(key.clone(), either(value, other, why))),
            None => drop(possible.insert(key.clone(), Arc::clone(why))),
        }
    }
    let others = b.entries.keys().filter(|key| !a.entries.contains_key(*key));
    possible.extend(others.map(|key| (key.clone(), Arc::clone(why))));
    HclValue::partial_map(entries, possible, a.more.clone().or_else(|| b.more.clone()))
}

/// The function `merge`: later maps win. A key that a later map may have makes the earlier value unknown, not absent.
pub(super) fn merge<'v>(maps: impl IntoIterator<Item = &'v HclValue>) -> HclValue {
    let (mut entries, mut possible) = (BTreeMap::<String, HclValue>::new(), BTreeMap::<String, UnknownReason>::new());
    let (mut more, mut sensitive, mut at) = (None, false, None);
    let mut make_unknown = |why: &UnknownReason, entries: &mut BTreeMap<String, HclValue>| {
        more = Some(Arc::clone(why));
        for value in entries.values_mut() {
            value.kind = HclValueKind::Unknown(Arc::clone(why));
        }
    };
    for map in maps {
        sensitive |= map.sensitive;
        match &map.kind {
            HclValueKind::Map(map) => {
                if let Some(why) = &map.more {
                    make_unknown(why, &mut entries);
                }
                for (key, why) in &map.possible {
                    match entries.get_mut(key) {
                        Some(value) => value.kind = HclValueKind::Unknown(Arc::clone(why)),
                        None => drop(possible.insert(key.clone(), Arc::clone(why))),
                    }
                }
                for (key, value) in &map.entries {
                    possible.remove(key);
                    entries.insert(key.clone(), value.clone());
                }
            }
            HclValueKind::Null => {}
            HclValueKind::Unknown(why) => make_unknown(why, &mut entries),
            _ => make_unknown(&"merge() with an argument that is not a map".into(), &mut entries),
        }
        at = at.or(map.at);
    }
    HclValue::partial_map(entries, possible, more).at(at).with_sensitivity(sensitive)
}
