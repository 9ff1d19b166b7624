//! `key-style` and `key-pattern`: the style in which keys are written.

use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::aws::{TagLimits, is_aws_key};
use crate::base::{escape, quote};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::pattern::Pattern;
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{ELSEWHERE, Indeterminate, Verdict, Violation, ViolationKind};

/// A style in which keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
enum Style {
    #[strum(serialize = "PascalCase")]
    Pascal,
    #[strum(serialize = "camelCase")]
    Camel,
    #[strum(serialize = "kebab-case")]
    Kebab,
    #[strum(serialize = "snake_case")]
    Snake,
    #[strum(serialize = "Title Case")]
    Title,
    #[strum(serialize = "lowercase")]
    Lower,
    #[strum(serialize = "UPPERCASE")]
    Upper,
}

impl Style {
    fn name(self) -> &'static str {
        self.into()
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

/// A rule that every part of a key, between `:` and `/`, has a style. Keys that a tag rule names are exempt.
#[derive(Debug, Clone)]
pub struct KeyStyleRule(PartStyle);

/// The style of each part of a key.
#[derive(Debug, Clone)]
enum PartStyle {
    /// A named style.
    Named(Style),
    /// A pattern that matches the whole part.
    Pattern(Pattern),
}

impl KeyStyleRule {
    /// Returns `true` if every part of a key has the style.
    fn accepts_key(&self, key: &str) -> bool {
        key.split([':', '/']).all(|part| match &self.0 {
            PartStyle::Named(style) => style.accepts(part),
            PartStyle::Pattern(pattern) => pattern.is_match(part),
        })
    }

    /// The style as a phrase after "must".
    fn phrase(&self) -> String {
        match &self.0 {
            PartStyle::Named(style) => format!("be written in {}", style.name()),
            PartStyle::Pattern(pattern) => format!("match {}", escape(&pattern.text)),
        }
    }
}

impl RuleDefinition for KeyStyleRule {
    const SPEC: KindSpec = KindSpec {
        name: "key-style",
        discriminating_fields: &["key-style", "key-pattern"],
        exclusive: true,
        fields: &[
            Field::new(
                "key-style",
                FieldType::Choice(Style::VARIANTS),
                "The style of every key; each part between `:` and `/` must have it. Keys that a tag rule names are exempt.",
            ),
            Field::new(
                "key-pattern",
                FieldType::Regex,
                "A regular expression that each whole part of every key, between `:` and `/`, must match.",
            ),
        ],
        example: "key-style = \"PascalCase\"",
        summary: "Every key is written in one style.",
        why: "Keys are case-sensitive almost everywhere in AWS: one style avoids near misses.",
        fix: "Rename the key.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        if builder.fields.has("key-style") && builder.fields.has("key-pattern") {
            builder.diagnostics.error_help(
                builder.span("key-pattern"),
                "`key-style` and `key-pattern` in one rule",
                "write a rule for each",
            );
            return None;
        }
        if builder.fields.has("key-style") {
            return builder.choice("key-style").map(|style| Self(PartStyle::Named(style)));
        }
        let pattern = builder.pattern("key-pattern", true)?;
        if pattern.text.contains([':', '/']) && !pattern.text.contains("(?:") && !pattern.text.contains("[:") {
            builder.diagnostics.warn_help(
                builder.span("key-pattern"),
                "`key-pattern` checks each part of a key between `:` and `/`, so no part contains these two",
                "describe one part",
            );
        }
        Some(Self(PartStyle::Pattern(pattern)))
    }
}

impl Check for KeyStyleRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let (mut violations, mut uncertain) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            let exempt = cx.reported.misspelled.contains(&at) || cx.declared.has_tag_rule(key, cx.fold());
            if exempt || self.accepts_key(key) {
                continue;
            }
            if cx.reported.may_be_misspelled.contains(&at) {
                uncertain = Some(key);
                continue;
            }
            let mut violation = Violation::of_tag(ViolationKind::KeyStyle, key, at, cx.resource);
            if cx.with_messages {
                violation.message = format!("the key {} must {}", quote(key), self.phrase());
            }
            violations.push(violation);
        }
        Verdict::from_violations(violations, || match uncertain {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(Some(key), ELSEWHERE)),
            None if cx.resource.tags.complete() => Verdict::Pass,
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::None
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
        let exempt = is_aws_key(key) || declared.has_tag_rule(key, limits.folds_case);
        KeyEffect::violates_if(!exempt && !self.accepts_key(key))
    }

    fn remove_pattern_tables(&mut self) {
        if let PartStyle::Pattern(pattern) = &mut self.0 {
            pattern.table = None;
        }
    }

    fn describe(&self) -> String {
        format!("The key of every tag must {}", self.phrase())
    }

    fn remediation(&self) -> Remediation {
        Remediation::default().set("RIGHT KEY", ANY_VALUE).remove("WRONG KEY")
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::None("how the key should be written is not certain")
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
            let rule = KeyStyleRule(PartStyle::Named(style));
            assert!(rule.accepts_key(&format!("{good}:{good}/{good}")), "{style:?} parts");
            assert!(!rule.accepts_key(&format!("{good}:{bad}")), "{style:?} bad part");
        }
    }
}
