//! Keys that must not be there.

use crate::base::{Globs, quote};
use crate::rule::{
    Context, Declared, ELSEWHERE, Indeterminate, Suggestion, Verdict, Violation, ViolationKind, key_matches,
};

/// Keys (globs) that must not be there. A glob spares the keys that the policy names; a key written out does not.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// The keys.
    pub keys: Globs,
}

impl Forbid {
    /// Whether a key must not be there.
    pub(in crate::rule) fn hits(&self, key: &str, fold: bool, declared: &Declared) -> bool {
        let mut globs = self.keys.0.iter();
        globs.any(|glob| key_matches(glob, key, fold) && (glob.is_literal() || !declared.has(key, fold)))
    }

    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let (mut violations, mut uncertain) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            if !self.hits(key, cx.fold(), cx.declared) || cx.reported.misspelled.contains(&at) {
                continue;
            }
            if cx.reported.may_be_misspelled.contains(&at) {
                uncertain = Some(key);
                continue;
            }
            let mut violation = Violation::of_tag(ViolationKind::Forbidden, key, at, cx.resource);
            if cx.with_messages {
                violation.message = format!("the tag {} is not allowed; remove it", quote(key));
                violation.suggestion = Some(Suggestion { remove: vec![key.to_owned()], ..Suggestion::default() });
            }
            violations.push(violation);
        }
        Verdict::from_violations(violations, || match uncertain {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(Some(key), ELSEWHERE)),
            None if !cx.resource.tags.may_hold(|more| more.any(|key| self.hits(key, cx.fold(), cx.declared))) => {
                Verdict::Pass
            }
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }
}
