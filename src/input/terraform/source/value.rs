//! The values of expressions, as far as the source determines them.

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::base::limits::DOCUMENT_NESTING;
use crate::syntax::hcl::Position;

pub(super) use super::number::HclNumber;
pub(super) use super::reason::UnknownReason;

/// The largest collections and texts; larger ones are unknown, which bounds memory.
pub(super) const MAX_ENTRIES: usize = 10_000;
pub(super) const MAX_TEXT: usize = 64 << 10;

/// The reason of a number that is too large to compute with.
pub(super) const TOO_LARGE: &str = "a number that taglint does not write out";

/// The largest number of values within one, those that are shared counted each time.
const MAX_NODES: usize = 1_000_000;

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
    /// True for a list or set, whose items have one type; false for a tuple.
    pub(super) typed: bool,
    depth: usize,
    nodes: usize,
    /// True if an item is sensitive, at any depth.
    sensitive: bool,
}

/// A map or object.
#[derive(Debug, Default)]
pub(super) struct HclMap {
    /// The entries that certainly exist.
    pub(super) entries: BTreeMap<String, HclValue>,
    /// The keys that may exist.
    pub(super) possible: BTreeMap<String, PossibleEntry>,
    /// The reason why any other keys may exist.
    pub(super) more: Option<UnknownReason>,
    /// True for a map, whose values have one type; false for an object.
    pub(super) typed: bool,
    depth: usize,
    nodes: usize,
    /// True if a value is sensitive, at any depth.
    sensitive: bool,
}

/// An entry that may exist: its value if it does, and the reason for the doubt.
#[derive(Debug, Clone)]
pub(super) struct PossibleEntry {
    pub(super) value: HclValue,
    pub(super) why: UnknownReason,
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

    /// A number that Terraform counts.
    pub(super) fn whole(value: i64) -> Self {
        Self::new(HclValueKind::Number(HclNumber::counted(value)))
    }

    /// The number of an item.
    pub(super) fn index(at: usize) -> Self {
        Self::whole(i64::try_from(at).unwrap_or(i64::MAX))
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        let text = normalized(text.into());
        if text.len() > MAX_TEXT {
            return Self::unknown("a string that is too long");
        }
        Self::new(HclValueKind::Text(text))
    }

    /// A tuple, as `[a, b]` makes it.
    pub(super) fn list(items: Vec<HclValue>) -> Self {
        Self::items(items, false, false)
    }

    /// A list, set or tuple of these items as they are.
    pub(super) fn items(items: Vec<HclValue>, set: bool, typed: bool) -> Self {
        let depth = 1 + items.iter().map(HclValue::depth).max().unwrap_or(0);
        let nodes = items.iter().fold(1, |sum: usize, item| sum.saturating_add(item.nodes()));
        if depth > DOCUMENT_NESTING || items.len() > MAX_ENTRIES || nodes > MAX_NODES {
            return Self::unknown("a list that is too large");
        }
        let sensitive = items.iter().any(HclValue::holds_sensitive);
        Self::new(HclValueKind::List(Arc::new(HclList { items, set, typed, depth, nodes, sensitive })))
    }

    pub(super) fn map(entries: BTreeMap<String, HclValue>, more: Option<UnknownReason>) -> Self {
        Self::partial_map(entries, BTreeMap::new(), more)
    }

    pub(super) fn partial_map(
        entries: BTreeMap<String, HclValue>,
        possible: BTreeMap<String, PossibleEntry>,
        more: Option<UnknownReason>,
    ) -> Self {
        Self::map_of(entries, possible, more, false)
    }

    /// A map (`typed`) or an object.
    pub(super) fn map_of(
        entries: BTreeMap<String, HclValue>,
        possible: BTreeMap<String, PossibleEntry>,
        more: Option<UnknownReason>,
        typed: bool,
    ) -> Self {
        let values = || entries.values().chain(possible.values().map(|entry| &entry.value));
        let depth = 1 + values().map(HclValue::depth).max().unwrap_or(0);
        let nodes = values().fold(1, |sum: usize, item| sum.saturating_add(item.nodes()));
        if depth > DOCUMENT_NESTING || entries.len() + possible.len() > MAX_ENTRIES || nodes > MAX_NODES {
            return Self::unknown("a map that is too large");
        }
        let sensitive = values().any(HclValue::holds_sensitive);
        Self::new(HclValueKind::Map(Arc::new(HclMap { entries, possible, more, typed, depth, nodes, sensitive })))
    }

    /// An unknown value that may be null.
    pub(super) fn or_null(mut self, nullable: bool) -> Self {
        self.nullable |= nullable && matches!(self.kind, HclValueKind::Unknown(_));
        self
    }

    /// Returns whether the value is or may be null.
    pub(super) fn may_be_null(&self) -> bool {
        self.nullable || matches!(self.kind, HclValueKind::Null)
    }

    /// Sets the position of the reason of an unknown value, unless it has one.
    pub(super) fn with_reason_at(mut self, at: Position) -> Self {
        if let HclValueKind::Unknown(why) = &mut self.kind {
            why.place(at);
        }
        self
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

    fn nodes(&self) -> usize {
        match &self.kind {
            HclValueKind::List(list) => list.nodes,
            HclValueKind::Map(map) => map.nodes,
            _ => 1,
        }
    }

    /// Returns whether the value or a part of it is sensitive.
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
            HclValueKind::Unknown(why) => Err(why.clone()),
            HclValueKind::Null => Err(UnknownReason::failure("null where a string is expected")),
            HclValueKind::List(_) | HclValueKind::Map(_) => {
                Err(UnknownReason::failure("a collection where a string is expected"))
            }
        }
    }

    /// The value converted to a boolean.
    pub(super) fn as_bool(&self) -> Result<bool, UnknownReason> {
        match &self.kind {
            HclValueKind::Bool(value) => Ok(*value),
            HclValueKind::Text(text) if matches!(&**text, "true" | "1") => Ok(true),
            HclValueKind::Text(text) if matches!(&**text, "false" | "0") => Ok(false),
            HclValueKind::Unknown(why) => Err(why.clone()),
            _ => Err(UnknownReason::failure("something that is neither true nor false")),
        }
    }

    /// The value converted to a number.
    pub(super) fn as_number(&self) -> Result<HclNumber, UnknownReason> {
        match &self.kind {
            HclValueKind::Number(number) => Ok(number.clone()),
            HclValueKind::Text(text) => match HclNumber::parse(text) {
                Some(number) => Ok(number),
                // Terraform reads infinities and powers of two, and numbers of any length.
                None if may_be_number(text) => Err(TOO_LARGE.into()),
                None => Err(UnknownReason::failure("a string that is not a number")),
            },
            HclValueKind::Unknown(why) => Err(why.clone()),
            _ => Err(UnknownReason::failure("a value that is not a number")),
        }
    }

    /// The value converted to a whole number.
    pub(super) fn as_whole(&self) -> Result<i64, UnknownReason> {
        let whole = self.as_number()?.to_i64();
        whole.ok_or_else(|| UnknownReason::failure("a number that is not whole, or is large"))
    }

    /// The first unknown part, a failure before any other.
    pub(super) fn unknown_part(&self) -> Option<UnknownReason> {
        let mut parts: Vec<UnknownReason> = Vec::new();
        match &self.kind {
            HclValueKind::Unknown(why) => return Some(why.clone()),
            HclValueKind::List(list) => parts.extend(list.items.iter().filter_map(HclValue::unknown_part)),
            HclValueKind::Map(map) => {
                parts.extend(map.entries.values().filter_map(HclValue::unknown_part));
                parts.extend(map.possible.values().map(|it| it.why.clone()));
                parts.extend(map.more.clone());
            }
            _ => {}
        }
        parts.iter().find(|why| why.fails).or(parts.first()).cloned()
    }
}

/// Returns whether Terraform may read a text as a number of a notation that taglint does not read.
fn may_be_number(text: &str) -> bool {
    let has_other = text.bytes().any(|byte| !byte.is_ascii_digit() && !b"+-.eEpPiInNfF".contains(&byte));
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    !has_other && (has_digit || text.to_ascii_lowercase().ends_with("inf"))
}

/// A text in the composed form (NFC), to which Terraform brings every string.
fn normalized(text: Arc<str>) -> Arc<str> {
    if text.is_ascii() || is_nfc(&text) { text } else { text.nfc().collect::<String>().into() }
}

impl HclMap {
    /// The reason why not every key is known.
    pub(super) fn incomplete_reason(&self) -> Option<&UnknownReason> {
        self.more.as_ref().or_else(|| self.possible.values().next().map(|it| &it.why))
    }
}
