//! `only`: a closed list of keys.

use crate::aws::{TagLimits, is_aws_key};
use crate::base::{Glob, Globs, quote};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::describe::globs;
use crate::rule::key_distance::look_alikes;
use crate::rule::key_set::KeySet;
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_KEY, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{ELSEWHERE, Indeterminate, Verdict, Violation, ViolationKind};

/// A rule that every key is in a closed list.
#[derive(Debug, Clone)]
pub enum OnlyRule {
    /// These keys and globs.
    Keys(ListedKeys),
    /// The keys that the policy names.
    Declared,
}

/// The keys and globs of a list.
#[derive(Debug, Clone)]
pub struct ListedKeys {
    globs: Globs,
    set: KeySet,
    /// True if a glob matches every key.
    has_everything: bool,
}

impl ListedKeys {
    fn new(globs: Globs) -> Self {
        let mut set = KeySet::default();
        set.extend(globs.0.iter().cloned());
        let has_everything = globs.0.iter().any(Glob::is_everything);
        Self { globs, set, has_everything }
    }
}

impl OnlyRule {
    /// Returns `true` if a key is in the list.
    fn has(&self, key: &str, fold: bool, declared: &DeclaredKeys) -> bool {
        match self {
            Self::Keys(listed) => listed.has_everything || listed.set.matches(key, fold),
            Self::Declared => declared.has(key, fold),
        }
    }

    /// The listed key that is most similar, for the message.
    fn nearest<'c>(&'c self, key: &str, cx: &Context<'c>) -> Option<&'c str> {
        match self {
            Self::Keys(listed) => listed.set.nearest(key),
            Self::Declared => cx.declared.keys.nearest(key),
        }
    }
}

impl RuleDefinition for OnlyRule {
    const SPEC: KindSpec = KindSpec {
        name: "only",
        discriminating_fields: &["only"],
        exclusive: true,
        fields: &[Field::new(
            "only",
            FieldType::KeysOrDeclared,
            "A closed list of keys (globs); any other key is reported. `\"declared\"`: the keys that the policy's rules and conditions name.",
        )],
        example: "only = \"declared\"",
        summary: "Every key is in a closed list.",
        why: "Nobody reads a tag that nobody declared, or it is a misspelling of one that somebody reads.",
        fix: "Remove the tag, rename it to the intended key, or declare it in the policy.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let Some(word) = builder.fields.text("only") else {
            return Some(Self::Keys(ListedKeys::new(Globs::new(builder.keys("only")?))));
        };
        if word.value == "declared" {
            return Some(Self::Declared);
        }
        builder.diagnostics.error_help(
            word.span,
            format!("unknown only {}", quote(&word.value)),
            "write \"declared\", or a list of keys",
        );
        None
    }
}

impl Check for OnlyRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let (mut violations, mut uncertain) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            if self.has(key, cx.fold(), cx.declared)
                || cx.reported.misspelled.contains(&at)
                || cx.reported.forbidden.contains(&at)
            {
                continue;
            }
            if cx.reported.may_be_misspelled.contains(&at) || cx.reported.may_be_forbidden.contains(&at) {
                uncertain = Some(key);
                continue;
            }
            let mut violation = Violation::of_tag(ViolationKind::Undeclared, key, at, cx.resource);
            if cx.with_messages {
                let meant = self
                    .nearest(key, cx)
                    .map(|meant| format!("; did you mean {}?{}", quote(meant), look_alikes(meant, key)));
                let what = meant.unwrap_or_else(|| "; remove it, or add it to the policy".to_owned());
                violation.message = format!("the tag {} is not one of the policy's keys{what}", quote(key));
            }
            violations.push(violation);
        }
        Verdict::from_violations(violations, || match uncertain {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(Some(key), ELSEWHERE)),
            None if !cx.resource.tags.may_hold(|more| more.any(|key| !self.has(key, cx.fold(), cx.declared))) => {
                Verdict::Pass
            }
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::None
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
        KeyEffect::violates_if(!is_aws_key(key) && !self.has(key, limits.folds_case, declared))
    }

    fn describe(&self) -> String {
        match self {
            Self::Keys(listed) => format!("The key of every tag must be {}", globs(&listed.globs)),
            Self::Declared => "The key of every tag must be one that the policy names".to_owned(),
        }
    }

    fn remediation(&self) -> Remediation {
        Remediation::default().remove(ANY_KEY)
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::None("what the key should be is not certain; only tags that a rule forbids are removed")
    }
}
