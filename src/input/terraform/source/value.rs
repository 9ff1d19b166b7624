//! What an expression is worth, as far as source decides it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::syntax::hcl::Position;

/// Why something is not known.
pub(super) type Why = Arc<str>;

/// More entries or characters than this make a value unknown: nobody writes such tags, and memory is bounded.
pub(super) const MAX_ENTRIES: usize = 10_000;
pub(super) const MAX_TEXT: usize = 64 << 10;
/// Values nest no deeper than this.
const MAX_DEPTH: u16 = 64;

/// A value, where it is written, and whether it may be shown.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) at: Option<Position>,
    pub(super) sensitive: bool,
    /// It is not known, and may be null.
    pub(super) nullable: bool,
}

/// The kinds of values.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Unknown(Why),
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    List(Arc<List>),
    Map(Arc<Map>),
}

/// A list, tuple or set.
#[derive(Debug)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    /// Sorted, each once.
    pub(super) set: bool,
    depth: u16,
}

/// A map or object.
#[derive(Debug, Default)]
pub(super) struct Map {
    /// These are there for certain.
    pub(super) entries: BTreeMap<String, Value>,
    /// Keys that may be there, and why that is not known.
    pub(super) maybe: BTreeMap<String, Why>,
    /// Any other keys may be there, and why that is not known.
    pub(super) more: Option<Why>,
    depth: u16,
}

/// A number that is known exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    Whole(i64),
    /// With a fraction, as Terraform writes it.
    Decimal(Arc<str>),
}

impl Number {
    /// A number as it is written; `None` for one whose text Terraform would change in a way that is not known here.
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

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(text) => f.write_str(text),
        }
    }
}

impl Value {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, at: None, sensitive: false, nullable: false }
    }

    pub(super) fn unknown(why: impl Into<Why>) -> Self {
        Self::new(Kind::Unknown(why.into()))
    }

    pub(super) fn null() -> Self {
        Self::new(Kind::Null)
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    pub(super) fn whole(value: i64) -> Self {
        Self::new(Kind::Number(Number::Whole(value)))
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if text.len() > MAX_TEXT {
            return Self::unknown("a text that is too long");
        }
        Self::new(Kind::Text(text))
    }

    pub(super) fn list(items: Vec<Value>) -> Self {
        Self::items(items, false)
    }

    /// A set of texts, sorted and each once; unknown where one of them is.
    pub(super) fn set(items: Vec<Value>) -> Self {
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

    fn items(items: Vec<Value>, set: bool) -> Self {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or(0);
        if depth > MAX_DEPTH || items.len() > MAX_ENTRIES {
            return Self::unknown("a list that is too large");
        }
        Self::new(Kind::List(Arc::new(List { items, set, depth })))
    }

    pub(super) fn map(entries: BTreeMap<String, Value>, more: Option<Why>) -> Self {
        Self::doubtful_map(entries, BTreeMap::new(), more)
    }

    pub(super) fn doubtful_map(
        entries: BTreeMap<String, Value>,
        maybe: BTreeMap<String, Why>,
        more: Option<Why>,
    ) -> Self {
        let depth = 1 + entries.values().map(Value::depth).max().unwrap_or(0);
        if depth > MAX_DEPTH || entries.len() + maybe.len() > MAX_ENTRIES {
            return Self::unknown("a map that is too large");
        }
        Self::new(Kind::Map(Arc::new(Map { entries, maybe, more, depth })))
    }

    pub(super) fn at(mut self, at: Option<Position>) -> Self {
        self.at = at;
        self
    }

    /// The same value, not to be shown if `sensitive`.
    pub(super) fn guarded(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    fn depth(&self) -> u16 {
        match &self.kind {
            Kind::List(list) => list.depth,
            Kind::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// Why the value is not known, if it is not. A map with unknown parts is known as far as it goes.
    pub(super) fn why(&self) -> Option<&Why> {
        match &self.kind {
            Kind::Unknown(why) => Some(why),
            _ => None,
        }
    }

    /// The value as text, as Terraform converts it, or why that is not known.
    pub(super) fn as_text(&self) -> Result<Arc<str>, Why> {
        match &self.kind {
            Kind::Text(text) => Ok(Arc::clone(text)),
            Kind::Bool(value) => Ok(if *value { "true" } else { "false" }.into()),
            Kind::Number(number) => Ok(number.to_string().into()),
            Kind::Unknown(why) => Err(Arc::clone(why)),
            Kind::Null => Err("null where a text is needed".into()),
            Kind::List(_) | Kind::Map(_) => Err("a collection where a text is needed".into()),
        }
    }

    /// The value as true or false, as Terraform converts it.
    pub(super) fn as_bool(&self) -> Result<bool, Why> {
        match &self.kind {
            Kind::Bool(value) => Ok(*value),
            Kind::Text(text) if &**text == "true" => Ok(true),
            Kind::Text(text) if &**text == "false" => Ok(false),
            Kind::Unknown(why) => Err(Arc::clone(why)),
            _ => Err("something that is neither true nor false".into()),
        }
    }

    /// The value as a whole number, as Terraform converts it.
    pub(super) fn as_whole(&self) -> Result<i64, Why> {
        match &self.kind {
            Kind::Number(Number::Whole(number)) => Ok(*number),
            Kind::Text(text) => match Number::parse(text) {
                Some(Number::Whole(number)) => Ok(number),
                _ => Err("a text that is no whole number".into()),
            },
            Kind::Unknown(why) => Err(Arc::clone(why)),
            _ => Err("something that is no whole number".into()),
        }
    }
}

impl Map {
    /// Why not every key is known, if so.
    pub(super) fn doubt(&self) -> Option<&Why> {
        self.more.as_ref().or_else(|| self.maybe.values().next())
    }
}

/// What a condition that is not known leaves: what both branches agree on.
pub(super) fn either(then: &Value, other: &Value, why: &Why) -> Value {
    let sensitive = then.sensitive || other.sensitive;
    let at = if then.at == other.at { then.at } else { None };
    let kind = match (&then.kind, &other.kind) {
        (Kind::Map(a), Kind::Map(b)) => return merge_branches(a, b, why).at(at).guarded(sensitive),
        (Kind::Bool(_) | Kind::Number(_) | Kind::Text(_), Kind::Bool(_) | Kind::Number(_) | Kind::Text(_))
            if then.as_text().ok() == other.as_text().ok() =>
        {
            then.kind.clone()
        }
        (Kind::Null, Kind::Null) => Kind::Null,
        _ => Kind::Unknown(Arc::clone(why)),
    };
    let null = |value: &Value| value.nullable || matches!(value.kind, Kind::Null);
    let nullable = matches!(kind, Kind::Unknown(_)) && (null(then) || null(other));
    Value { kind, at, sensitive, nullable }
}

fn merge_branches(a: &Map, b: &Map, why: &Why) -> Value {
    let (mut entries, mut maybe) = (BTreeMap::new(), a.maybe.clone());
    maybe.extend(b.maybe.iter().map(|(key, why)| (key.clone(), Arc::clone(why))));
    for (key, value) in &a.entries {
        match b.entries.get(key) {
            Some(other) => drop(entries.insert(key.clone(), either(value, other, why))),
            None => drop(maybe.insert(key.clone(), Arc::clone(why))),
        }
    }
    let others = b.entries.keys().filter(|key| !a.entries.contains_key(*key));
    maybe.extend(others.map(|key| (key.clone(), Arc::clone(why))));
    Value::doubtful_map(entries, maybe, a.more.clone().or_else(|| b.more.clone()))
}

/// `merge`: a later map wins. What may also be in a later map makes an earlier value unknown, not absent.
pub(super) fn merge<'v>(maps: impl IntoIterator<Item = &'v Value>) -> Value {
    let (mut entries, mut maybe) = (BTreeMap::<String, Value>::new(), BTreeMap::<String, Why>::new());
    let (mut more, mut sensitive, mut at) = (None, false, None);
    let mut cloud = |why: &Why, entries: &mut BTreeMap<String, Value>| {
        more = Some(Arc::clone(why));
        for value in entries.values_mut() {
            value.kind = Kind::Unknown(Arc::clone(why));
        }
    };
    for map in maps {
        sensitive |= map.sensitive;
        match &map.kind {
            Kind::Map(map) => {
                if let Some(why) = &map.more {
                    cloud(why, &mut entries);
                }
                for (key, why) in &map.maybe {
                    match entries.get_mut(key) {
                        Some(value) => value.kind = Kind::Unknown(Arc::clone(why)),
                        None => drop(maybe.insert(key.clone(), Arc::clone(why))),
                    }
                }
                for (key, value) in &map.entries {
                    maybe.remove(key);
                    entries.insert(key.clone(), value.clone());
                }
            }
            Kind::Null => {}
            Kind::Unknown(why) => cloud(why, &mut entries),
            _ => cloud(&"merge() of something that is no map".into(), &mut entries),
        }
        at = at.or(map.at);
    }
    Value::doubtful_map(entries, maybe, more).at(at).guarded(sensitive)
}
