//! A closed dictionary of keys.

use super::{Answer, Breach, Context, Declared, Doubt, ELSEWHERE, Kind, key_matches};
use crate::text::{Globs, quote};

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
    pub(super) fn has(&self, key: &str, fold: bool, declared: &Declared) -> bool {
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
        let literal = listed.iter().filter(|glob| glob.is_literal()).map(crate::text::Glob::as_str);
        literal
            .filter_map(|listed| super::near::near(listed, key).map(|near| (near, listed)))
            .min()
            .map(|(_, listed)| listed)
    }

    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let (mut breaches, mut doubtful) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            if self.has(key, cx.fold(), cx.declared)
                || cx.claims.misspelled.contains(&at)
                || cx.claims.forbidden.contains(&at)
            {
                continue;
            }
            if cx.claims.may_be_misspelled.contains(&at) || cx.claims.may_be_forbidden.contains(&at) {
                doubtful = Some(key);
                continue;
            }
            let mut breach = Breach::of_tag(Kind::Undeclared, key, at, cx.resource);
            if cx.words {
                let meant = self.meant(key, cx).map(|meant| format!("; did you mean {}?", quote(meant)));
                let what = meant.unwrap_or_else(|| "; remove it, or add it to the policy".to_owned());
                breach.message = format!("the tag {} is not one of the policy's keys{what}", quote(key));
            }
            breaches.push(breach);
        }
        Answer::from_breaches(breaches, || match doubtful {
            Some(key) => Answer::Unknown(Doubt::new(Some(key), ELSEWHERE)),
            None if !cx.resource.tags.may_hold(|more| more.any(|key| !self.has(key, cx.fold(), cx.declared))) => {
                Answer::Holds
            }
            None => Answer::untold(None, cx.resource),
        })
    }
}
