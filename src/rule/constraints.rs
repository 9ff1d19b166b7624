//! What a tag rule demands of a value.

use std::borrow::Cow;
use std::cmp::Ordering;

use hashbrown::HashSet;
use regex::Regex;

use super::ViolationKind;
use super::format::{Format, compare_numbers};
use super::pattern_table::Table;
use crate::base::{Glob, Globs, any_of, quote};
use crate::model::Day;

/// A regular expression with the text that its author wrote.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written in the policy.
    pub text: String,
    /// Compiled; for `pattern` as `\A(?:…)\z`.
    pub regex: Regex,
    /// The same as one table, where that is small: it answers without any set-up. Only for patterns that must match the
    /// whole value.
    pub table: Option<Table>,
}

impl Pattern {
    /// Whether the value matches.
    #[must_use]
    pub fn is_match(&self, value: &str) -> bool {
        self.table.as_ref().map_or_else(|| self.regex.is_match(value), |table| table.matches(value))
    }
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A decimal number, as [`super::is_number`] has it.
    Number(String),
    /// A day.
    Day(Day),
    /// Days after (negative: before) the day of the run.
    Today(i32),
}

impl Bound {
    /// Whether `value`, which has the rule's format, lies on the right side.
    fn order(&self, value: &str, today: Day) -> Option<Ordering> {
        match self {
            Self::Number(number) => Some(compare_numbers(value, number)),
            Self::Day(day) => Some(Day::parse(value)?.cmp(day)),
            Self::Today(days) => Some(Day::parse(value)?.cmp(&today.plus(*days))),
        }
    }

    fn words(&self, today: Day) -> String {
        match self {
            Self::Number(number) => number.clone(),
            Self::Day(day) => day.to_string(),
            Self::Today(0) => format!("today ({today})"),
            Self::Today(days) => format!("today{days:+}d ({})", today.plus(*days)),
        }
    }

    fn is_day(&self) -> bool {
        !matches!(self, Self::Number(_))
    }
}

/// How a value is a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// Taken literally.
    pub separator: String,
    /// The least number of items.
    pub min: Option<usize>,
    /// The greatest number of items.
    pub max: Option<usize>,
    /// No item stands twice.
    pub unique: bool,
}

/// Allowed values: literal ones by hash, the rest by glob.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    /// The literal ones, each with its lower case.
    lower: Vec<(String, String)>,
    /// All of them in a sentence.
    words: String,
    literal: HashSet<String>,
    globs: Globs,
}

impl Allowed {
    /// Whether a value is among them, once its case is evened out where that does not matter.
    fn has(&self, folded: &str) -> bool {
        self.literal.contains(folded) || self.globs.matches(folded)
    }
}

/// Everything that a tag rule demands of a value.
#[derive(Debug, Clone, Default)]
pub struct Constraints {
    /// Set by [`Constraints::set_values`].
    pub(crate) allowed: Option<Allowed>,
    pub(crate) refused: Globs,
    pub(crate) ignore_case: bool,
    /// The whole value matches.
    pub pattern: Option<Pattern>,
    /// Nothing in the value matches.
    pub not_pattern: Option<Pattern>,
    /// The value's format.
    pub format: Option<Format>,
    /// The lower bound.
    pub min: Option<Bound>,
    /// The upper bound.
    pub max: Option<Bound>,
    /// The least number of characters.
    pub min_length: Option<usize>,
    /// The greatest number of characters.
    pub max_length: Option<usize>,
    /// How the value is a list, if it is one.
    pub items: Option<Items>,
    /// An empty value is good.
    pub allow_empty: bool,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The first kind in the order of the contract.
    pub kind: ViolationKind,
    /// What it must be instead, each a full clause (`it must match \d{5}`); empty unless words were asked for.
    pub clauses: Vec<String>,
}

impl Constraints {
    /// Sets `values`, `not-values` and `ignore-case`, which go together.
    pub fn set_values(&mut self, values: Option<&[String]>, not_values: &[String], ignore_case: bool) {
        let fold = |text: &String| if ignore_case { text.to_lowercase() } else { text.clone() };
        self.ignore_case = ignore_case;
        self.refused = Globs::new(not_values.iter().map(fold));
        self.allowed = values.map(|values| {
            let (literal, globs): (Vec<_>, Vec<_>) = values.iter().map(fold).partition(|v| Glob::new(v).is_literal());
            Allowed {
                lower: values
                    .iter()
                    .filter(|value| Glob::new(value).is_literal())
                    .map(|value| (value.clone(), value.to_lowercase()))
                    .collect(),
                words: one_of(values),
                literal: literal.into_iter().collect(),
                globs: Globs::new(globs),
            }
        });
    }

    /// Whether any value but an empty one is good.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.allowed.as_ref().is_none_or(|a| a.globs.0.iter().any(Glob::is_everything))
            && self.refused.is_empty()
            && self.pattern.is_none()
            && self.not_pattern.is_none()
            && self.format.is_none()
            && self.min.is_none()
            && self.max.is_none()
            && self.min_length.is_none_or(|n| n <= 1)
            && self.max_length.is_none()
            && self.items.is_none()
    }

    /// The literal values that are allowed, as written; empty where there is no list or it has only globs.
    #[must_use]
    pub fn literals(&self) -> Vec<&str> {
        self.both_cases().map(|(written, _)| written).collect()
    }

    /// The same, each with its lower case.
    fn both_cases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.allowed.iter().flat_map(|allowed| &allowed.lower).map(|(written, lower)| (&**written, &**lower))
    }

    /// Whether nothing is wrong with a value.
    #[must_use]
    pub fn accepts(&self, value: &str, today: Day) -> bool {
        let good = match self.items {
            _ if is_empty(value) => self.allow_empty,
            None => self.accepts_one(value, today),
            Some(_) => return self.judge(value, today, false).is_none(),
        };
        debug_assert_eq!(good, self.judge(value, today, false).is_none(), "{value:?} {self:?}");
        good
    }

    /// The short way to what [`Constraints::judge_one`] finds: most values are good, and nobody asks why.
    fn accepts_one(&self, value: &str, today: Day) -> bool {
        let within = |bound: &Option<Bound>, bad| bound.as_ref().is_none_or(|b| b.order(value, today) != Some(bad));
        let length = || value.chars().count();
        let spelled = || {
            let folded = self.fold(value);
            self.allowed.as_ref().is_none_or(|allowed| allowed.has(&folded)) && !self.refused.matches(&folded)
        };
        self.format.is_none_or(|format| format.accepts(value))
            && within(&self.min, Ordering::Less)
            && within(&self.max, Ordering::Greater)
            && (self.allowed.is_none() && self.refused.is_empty() || spelled())
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(value))
            && self.not_pattern.as_ref().is_none_or(|pattern| !pattern.is_match(value))
            && self.min_length.is_none_or(|min| length() >= min)
            && self.max_length.is_none_or(|max| length() <= max)
    }

    /// A value as allowed and refused ones are compared with it.
    fn fold<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if self.ignore_case { Cow::Owned(value.to_lowercase()) } else { Cow::Borrowed(value) }
    }

    /// What is wrong with a value, if anything is. `words` asks for the clauses.
    #[must_use]
    pub fn judge(&self, value: &str, today: Day, words: bool) -> Option<Wrong> {
        let mut wrongs = Wrongs { kind: None, clauses: Vec::new(), words };
        if is_empty(value) {
            if !self.allow_empty {
                wrongs.add(ViolationKind::Empty, || {
                    self.demand("it must", today).unwrap_or_else(|| "give it a value".to_owned())
                });
            }
            return wrongs.finish();
        }
        let Some(items) = &self.items else {
            self.judge_one(value, "it", today, &mut wrongs);
            return wrongs.finish();
        };
        for item in value.split(items.separator.as_str()) {
            if is_empty(item) {
                if !self.allow_empty {
                    wrongs.add(ViolationKind::Empty, || {
                        format!("no item between {} may be empty", quote(&items.separator))
                    });
                }
            } else if words {
                self.judge_one(item, &quote(item), today, &mut wrongs);
            } else {
                self.judge_one(item, "", today, &mut wrongs);
            }
        }
        items.judge(value, &mut wrongs);
        wrongs.finish()
    }

    fn judge_one(&self, value: &str, subject: &str, today: Day, wrongs: &mut Wrongs) {
        let must = |demand: String| format!("{subject} must {demand}");
        if let Some(format) = self.format
            && !format.accepts(value)
        {
            wrongs.add(ViolationKind::Format, || must(format!("be {}", format.words())));
        } else {
            // Bounds speak of what has the format: a value that has not would be reported twice.
            for (bound, bad) in [(&self.min, Ordering::Less), (&self.max, Ordering::Greater)] {
                if let Some(bound) = bound
                    && bound.order(value, today) == Some(bad)
                {
                    wrongs.add(ViolationKind::Range, || must(bound_words(bound, bad, today)));
                }
            }
        }
        let folded = self.fold(value);
        if let Some(allowed) = &self.allowed
            && !allowed.has(&folded)
        {
            wrongs.add(ViolationKind::Value, || must(format!("be {}", allowed.words)));
        }
        if self.refused.matches(&folded) {
            let subject = if subject == "it" { quote(value) } else { subject.to_owned() };
            wrongs.add(ViolationKind::Value, || format!("{subject} is not allowed"));
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(value)
        {
            wrongs.add(ViolationKind::Pattern, || must(format!("match {}", crate::base::escape(&pattern.text))));
        }
        if let Some(pattern) = &self.not_pattern
            && pattern.is_match(value)
        {
            wrongs.add(ViolationKind::Pattern, || {
                must(format!("hold nothing that matches {}", crate::base::escape(&pattern.text)))
            });
        }
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = value.chars().count();
            if let Some(min) = self.min_length.filter(|min| length < *min) {
                wrongs.add(ViolationKind::Length, || must(format!("have at least {}, not {length}", characters(min))));
            }
            if let Some(max) = self.max_length.filter(|max| length > *max) {
                wrongs.add(ViolationKind::Length, || must(format!("have at most {}, not {length}", characters(max))));
            }
        }
    }

    /// What a good value is, as one clause: `it must be Production or Test and match …`. `None` where anything goes.
    #[must_use]
    pub fn demand(&self, lead: &str, today: Day) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(format) = self.format {
            parts.push(format!("be {}", format.words()));
        }
        if let Some(allowed) = &self.allowed {
            parts.push(format!("be {}", allowed.words));
        }
        if let Some(pattern) = &self.pattern {
            parts.push(format!("match {}", crate::base::escape(&pattern.text)));
        }
        for (bound, bad) in [(&self.min, Ordering::Less), (&self.max, Ordering::Greater)] {
            if let Some(bound) = bound {
                parts.push(bound_words(bound, bad, today));
            }
        }
        if let Some(min) = self.min_length {
            parts.push(format!("have at least {}", characters(min)));
        }
        if let Some(max) = self.max_length {
            parts.push(format!("have at most {}", characters(max)));
        }
        if parts.is_empty() {
            return None;
        }
        let each = match &self.items {
            Some(items) => format!(" in every item between {}", quote(&items.separator)),
            None => String::new(),
        };
        Some(format!("{lead} {}{each}", crate::base::all_of(parts)))
    }

    /// The value that was certainly meant: one that differs only in case or outer space from a value that is allowed,
    /// and that the whole rule accepts.
    #[must_use]
    pub fn correct(&self, value: &str, today: Day) -> Option<String> {
        let corrected = match &self.items {
            None => self.correct_one(value)?,
            Some(items) => {
                let parts = value.split(items.separator.as_str());
                parts.map(|part| self.correct_one(part)).collect::<Option<Vec<_>>>()?.join(&items.separator)
            }
        };
        (corrected != value && self.judge(&corrected, today, false).is_none()).then_some(corrected)
    }

    fn correct_one(&self, value: &str) -> Option<String> {
        let allowed = self.allowed.as_ref()?;
        if allowed.has(&self.fold(value)) {
            return Some(value.to_owned());
        }
        let wanted = value.trim().to_lowercase();
        let close = || self.both_cases().filter(|(_, lower)| *lower == wanted).map(|(written, _)| written);
        let first = close().next()?;
        // Two allowed values that differ only in case: nothing is certain.
        match close().count() {
            1 => Some(first.to_owned()),
            _ if close().any(|written| written == value.trim()) => Some(value.trim().to_owned()),
            _ => None,
        }
    }

    /// An allowed value that looks like this one; a guess, for the message only.
    #[must_use]
    pub fn looks_like(&self, value: &str) -> Option<&str> {
        let folded = value.trim().to_lowercase();
        let limit = (folded.chars().count() / 4).clamp(1, 3);
        // Every character that one has and the other has not is an edit: most values are too long or too short.
        let length = folded.chars().count();
        let near = self
            .both_cases()
            .filter(|(_, lower)| lower.chars().count().abs_diff(length) <= limit)
            .map(|(l, lower)| (strsim::osa_distance(lower, &folded), l))
            .filter(|(d, _)| *d <= limit);
        near.min_by_key(|(d, _)| *d).map(|(_, l)| l).or_else(|| {
            let mut starts = self.both_cases().filter(|(_, lower)| folded.len() >= 3 && lower.starts_with(&folded));
            let (first, _) = starts.next()?;
            starts.next().is_none().then_some(first)
        })
    }
}

impl Items {
    fn judge(&self, value: &str, wrongs: &mut Wrongs) {
        let items: Vec<&str> = value.split(self.separator.as_str()).collect();
        let noun = |n: usize| if n == 1 { "1 item".to_owned() } else { format!("{n} items") };
        if let Some(min) = self.min.filter(|min| items.len() < *min) {
            wrongs.add(ViolationKind::Items, || format!("it must have at least {}, not {}", noun(min), items.len()));
        }
        if let Some(max) = self.max.filter(|max| items.len() > *max) {
            wrongs.add(ViolationKind::Items, || format!("it must have at most {}, not {}", noun(max), items.len()));
        }
        if self.unique {
            let mut seen = HashSet::with_capacity(items.len());
            if let Some(twice) = items.iter().find(|item| !seen.insert(**item)) {
                wrongs.add(ViolationKind::Items, || format!("{} stands in it twice", quote(twice)));
            }
        }
    }
}

struct Wrongs {
    kind: Option<ViolationKind>,
    clauses: Vec<String>,
    words: bool,
}

impl Wrongs {
    fn add(&mut self, kind: ViolationKind, clause: impl FnOnce() -> String) {
        self.kind = Some(self.kind.map_or(kind, |first| first.min(kind)));
        if self.words {
            let clause = clause();
            if !self.clauses.contains(&clause) {
                self.clauses.push(clause);
            }
        }
    }

    fn finish(self) -> Option<Wrong> {
        self.kind.map(|kind| Wrong { kind, clauses: self.clauses })
    }
}

/// Whether a value counts as empty: it has nothing but white space.
#[must_use]
pub(super) fn is_empty(value: &str) -> bool {
    value.chars().all(char::is_whitespace)
}

fn characters(n: usize) -> String {
    crate::base::count(n as u64, "character")
}

fn bound_words(bound: &Bound, bad: Ordering, today: Day) -> String {
    let side = match (bad, bound.is_day()) {
        (Ordering::Less, true) => "be on or after",
        (_, true) => "be on or before",
        (Ordering::Less, false) => "be at least",
        (_, false) => "be at most",
    };
    format!("{side} {}", bound.words(today))
}

/// `Production, Staging or Test`; a long list is cut.
fn one_of(values: &[String]) -> String {
    const SHOWN: usize = 8;
    let word = |value: &String| {
        let quoted = quote(value);
        let plain = &quoted[1..quoted.len() - 1];
        if plain == value && !value.contains([' ', ',']) && !value.is_empty() { value.clone() } else { quoted }
    };
    if values.len() > SHOWN + 1 {
        let shown: Vec<_> = values.iter().take(SHOWN).map(word).collect();
        return format!("one of {} values such as {}", values.len(), shown.join(", "));
    }
    any_of(values.iter().map(word))
}
