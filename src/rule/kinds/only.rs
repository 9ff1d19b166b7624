//! A closed dictionary of keys.

use crate::base::{Globs, quote};
use crate::rule::{Context, Declared, ELSEWHERE, Indeterminate, Verdict, Violation, ViolationKind, key_matches};

/// Any key that is not listed is reported.
#[derive(Debug, Clone)]
pub enum Only {
    /// These keys and globs.
    Keys(Globs),
    /// The keys that the policy names.
    Declared,
}

impl Only {
    /// Whether a key is in the dictionary.
    pub(in crate::rule) fn has(&self, key: &str, fold: bool, declared: &Declared) -> bool {
        match self {
            Self::Keys(keys) => keys.0.iter().any(|glob| key_matches(glob, key, fold)),
            Self::Declared => declared.has(key, fold),
        }
    }

    /// A listed key that looks like this one, for the message.
    fn meant<'c>(&'c self, key: &str, cx: &Context<'c>) -> Option<&'c str> {
        let listed = match self {
            Self::Keys(keys) => &keys.0,
            Self::Declared => &cx.declared.keys,
        };
        let literal = listed.iter().filter(|glob| glob.is_literal()).map(crate::base::Glob::as_str);
        literal
            .filter_map(|listed| crate::rule::key_distance::near(listed, key).map(|near| (near, listed)))
            .min()
            .map(|(_, listed)| listed)
    }

    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
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
                let meant = self.meant(key, cx).map(|meant| format!("; did you mean {}?", quote(meant)));
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
}
