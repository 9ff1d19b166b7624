//! How keys are written.

use crate::base::{escape, quote};
use crate::rule::{Context, ELSEWHERE, Indeterminate, Pattern, Verdict, Violation, ViolationKind};

/// A style of writing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are those of the contract
pub enum Style {
    Pascal,
    Camel,
    Kebab,
    Snake,
    Title,
    Lower,
    Upper,
}

impl Style {
    /// Every style with its name.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Pascal, "PascalCase"),
        (Self::Camel, "camelCase"),
        (Self::Kebab, "kebab-case"),
        (Self::Snake, "snake_case"),
        (Self::Title, "Title Case"),
        (Self::Lower, "lowercase"),
        (Self::Upper, "UPPERCASE"),
    ];

    /// The style with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(style, _)| *style)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(style, _)| *style == self).map_or("", |(_, name)| name)
    }

    fn accepts(self, part: &str) -> bool {
        let word = |first: fn(u8) -> bool| {
            let bytes = part.as_bytes();
            bytes.first().is_some_and(|b| first(*b)) && bytes.iter().all(u8::is_ascii_alphanumeric)
        };
        let upper_or_digit = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let parts =
            |separator: char, good: &dyn Fn(&str) -> bool| part.split(separator).all(|p| !p.is_empty() && good(p));
        let low = |p: &str| p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        match self {
            Self::Pascal => word(|b| b.is_ascii_uppercase()),
            Self::Camel => word(|b| b.is_ascii_lowercase()),
            Self::Kebab => parts('-', &low),
            Self::Snake => parts('_', &low),
            Self::Title => {
                parts(' ', &|p| upper_or_digit(p.as_bytes()[0]) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
            }
            Self::Lower => !part.chars().any(char::is_uppercase),
            Self::Upper => !part.chars().any(char::is_lowercase),
        }
    }
}

/// Every key is written so. Each part between `:` and `/` is looked at; a key that a tag rule names is spared.
#[derive(Debug, Clone)]
pub enum KeyStyle {
    /// In a named style.
    Style(Style),
    /// Each part matches, whole.
    Pattern(Pattern),
}

impl KeyStyle {
    /// Whether every part of a key is written so.
    pub(in crate::rule) fn accepts(&self, key: &str) -> bool {
        key.split([':', '/']).all(|part| match self {
            Self::Style(style) => style.accepts(part),
            Self::Pattern(pattern) => pattern.is_match(part),
        })
    }

    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let (mut violations, mut uncertain) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            let spoken_of = cx.reported.misspelled.contains(&at) || cx.declared.has_tag_rule(key, cx.fold());
            if spoken_of || self.accepts(key) {
                continue;
            }
            if cx.reported.may_be_misspelled.contains(&at) {
                uncertain = Some(key);
                continue;
            }
            let mut violation = Violation::of_tag(ViolationKind::KeyStyle, key, at, cx.resource);
            if cx.with_messages {
                let demand = match self {
                    Self::Style(style) => format!("be written in {}", style.name()),
                    Self::Pattern(pattern) => format!("match {}", escape(&pattern.text)),
                };
                violation.message = format!("the key {} must {demand}", quote(key));
            }
            violations.push(violation);
        }
        Verdict::from_violations(violations, || match uncertain {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(Some(key), ELSEWHERE)),
            None if cx.resource.tags.complete() => Verdict::Pass,
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles() {
        for (style, good, bad) in [
            (Style::Pascal, "CostCenter2", "costCenter"),
            (Style::Camel, "costCenter", "CostCenter"),
            (Style::Kebab, "cost-center-2", "cost--center"),
            (Style::Snake, "cost_center", "cost_Center"),
            (Style::Title, "Cost Center 2", "Cost center"),
            (Style::Lower, "cost.center é", "cost Center"),
            (Style::Upper, "COST_CENTER", "COST_center"),
        ] {
            assert!(style.accepts(good), "{style:?} {good}");
            assert!(!style.accepts(bad), "{style:?} {bad}");
            assert!(KeyStyle::Style(style).accepts(&format!("{good}:{good}/{good}")), "{style:?} parts");
            assert!(!KeyStyle::Style(style).accepts(&format!("{good}:{bad}")), "{style:?} bad part");
        }
    }
}
