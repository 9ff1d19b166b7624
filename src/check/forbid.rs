//! Keys that must not be there.

use super::{Answer, Breach, Context, Declared, Doubt, ELSEWHERE, Kind, Suggestion, key_matches};
use crate::text::{Globs, quote};

/// Keys (globs) that must not be there. A glob spares the keys that the policy names; a key written out does not.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// The keys.
    pub keys: Globs,
}

impl Forbid {
    /// Whether a key must not be there.
    pub(super) fn hits(&self, key: &str, fold: bool, declared: &Declared) -> bool {
        let mut globs = self.keys.0.iter();
        globs.any(|glob| key_matches(glob, key, fold) && (glob.is_literal() || !declared.has(key, fold)))
    }

    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let (mut breaches, mut doubtful) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            if !self.hits(key, cx.fold(), cx.declared) || cx.claims.misspelled.contains(&at) {
                continue;
            }
            if cx.claims.may_be_misspelled.contains(&at) {
                doubtful = Some(key);
                continue;
            }
            let mut breach = Breach::of_tag(Kind::Forbidden, key, at, cx.resource);
            if cx.words {
                breach.message = format!("the tag {} is not allowed; remove it", quote(key));
                breach.suggestion = Some(Suggestion { remove: vec![key.to_owned()], ..Suggestion::default() });
            }
            breaches.push(breach);
        }
        Answer::from_breaches(breaches, || match doubtful {
            Some(key) => Answer::Unknown(Doubt::new(Some(key), ELSEWHERE)),
            None if !cx.resource.tags.may_hold(|more| more.any(|key| self.hits(key, cx.fold(), cx.declared))) => {
                Answer::Holds
            }
            None => Answer::untold(None, cx.resource),
        })
    }
}
