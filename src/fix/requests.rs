//! The write requests that turn one set of tags into another: the fewest, in the order that loses no value.
//!
//! This is the only place that builds them. Plans are checked with it, `--apply` sends its result, and the exported AWS
//! CLI script prints it.

use serde::{Deserialize, Serialize};

use super::tags::{TagMap, put};
use crate::aws::{KeyIdentity, TagLimits, has_reserved_prefix, is_aws_key};
use crate::base::quote;

/// A request that writes tags. A resource gets at most one of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Adds or overwrites tags.
    Tag(TagMap),
    /// Removes tags.
    Untag(Vec<String>),
}

impl Request {
    /// The tags after this request.
    #[must_use]
    pub fn apply_to(&self, tags: &TagMap, limits: TagLimits) -> TagMap {
        let mut after = tags.clone();
        match self {
            Self::Tag(set) => set.iter().for_each(|(key, value)| put(&mut after, key, value, limits)),
            Self::Untag(keys) => keys.iter().for_each(|key| drop(after.remove(key))),
        }
        after
    }

    /// Returns `true` if the request writes or removes a key, or perhaps one that the service treats as the same.
    #[must_use]
    pub fn covers(&self, key: &str, limits: TagLimits) -> bool {
        let same = |other: &String| limits.key_identity(other, key) != KeyIdentity::Different;
        match self {
            Self::Tag(tags) => tags.keys().any(same),
            Self::Untag(keys) => keys.iter().any(same),
        }
    }
}

/// Returns the requests that change the tags `from` into `to` on a resource of this type.
///
/// On an IAM user the new spelling of a key replaces the old one. A rename that changes only letter case is therefore one
/// request, and untagging the old spelling would remove the new one (IAM User Guide, "Tag naming rules", case
/// sensitivity). All other changes are tagged first and untagged after, so that no value is missing in between. The order
/// is reversed only if the tag limit leaves no room for both.
///
/// # Errors
/// The reason why a request would fail, or would have an effect that was not requested.
pub fn requests(kind: &str, from: &TagMap, to: &TagMap) -> Result<Vec<Request>, String> {
    let limits = TagLimits::of(kind);
    let set: TagMap =
        to.iter().filter(|(key, value)| from.get(*key) != Some(*value)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let gone: Vec<&String> = from.keys().filter(|key| !to.contains_key(*key)).collect();
    if let Some(key) = set.keys().chain(gone.iter().copied()).find(|key| has_reserved_prefix(key)) {
        return Err(format!("{} is reserved by AWS", quote(key)));
    }
    let max = limits.max_tags as usize;
    if own_keys(to) > max {
        return Err(format!("there would be {} tags, and {} allows {max}", own_keys(to), limits.name));
    }
    check_identity(&set, &gone, from, to, limits)?;
    let replaced = |key: &String| set.keys().any(|new| limits.key_identity(key, new) == KeyIdentity::Same);
    let added = set.keys().filter(|key| !exists(key, from, limits)).count();
    let mut requests = Vec::new();
    let remove: Vec<String> = gone.into_iter().filter(|key| !replaced(key)).cloned().collect();
    if !set.is_empty() {
        requests.push(Request::Tag(set));
    }
    if !remove.is_empty() {
        requests.push(Request::Untag(remove));
    }
    if own_keys(from) + added > max {
        requests.reverse();
    }
    Ok(requests)
}

/// Counts the tags that count towards the limit; those of AWS do not.
fn own_keys(tags: &TagMap) -> usize {
    tags.keys().filter(|key| !is_aws_key(key)).count()
}

/// Returns `true` if writing a key overwrites an existing tag.
fn exists(key: &str, tags: &TagMap, limits: TagLimits) -> bool {
    tags.contains_key(key) || tags.keys().any(|other| limits.key_identity(key, other) == KeyIdentity::Same)
}

/// Rejects a change of keys that the service may treat as one key with another one.
fn check_identity(set: &TagMap, gone: &[&String], from: &TagMap, to: &TagMap, limits: TagLimits) -> Result<(), String> {
    if !limits.folds_case {
        return Ok(());
    }
    for key in set.keys().chain(gone.iter().copied()) {
        for other in from.keys().chain(to.keys()).filter(|other| *other != key) {
            let pair = || format!("{} and {}", quote(key), quote(other));
            match limits.key_identity(key, other) {
                // AWS does not say how IAM compares letters beyond ASCII, so removing one key could remove the other.
                KeyIdentity::Unknown => {
                    let (pair, service) = (pair(), limits.name);
                    return Err(format!(
                        "{pair} differ in letter case beyond ASCII; whether {service} treats them as one key is not documented"
                    ));
                }
                KeyIdentity::Same if from.contains_key(key) && from.contains_key(other) => {
                    return Err(format!("{} has both {}, which are one key to it", limits.name, pair()));
                }
                KeyIdentity::Same if to.contains_key(key) && to.contains_key(other) => {
                    return Err(format!("{} are one key to {}", pair(), limits.name));
                }
                KeyIdentity::Same | KeyIdentity::Different => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> TagMap {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn tag(pairs: &[(&str, &str)]) -> Request {
        Request::Tag(tags(pairs))
    }

    fn untag(keys: &[&str]) -> Request {
        Request::Untag(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn a_rename_in_letter_case_on_a_user_is_one_request_and_two_elsewhere() {
        let (from, to) = (tags(&[("owner", "a")]), tags(&[("Owner", "a")]));
        assert_eq!(requests("iam:user", &from, &to).unwrap(), [tag(&[("Owner", "a")])]);
        for kind in ["iam:mfa", "cognito-idp:userpool"] {
            assert_eq!(requests(kind, &from, &to).unwrap(), [tag(&[("Owner", "a")]), untag(&["owner"])]);
        }
    }

    #[test]
    fn any_other_rename_tags_first() {
        let (from, to) = (tags(&[("CostCenter", "1"), ("x", "y")]), tags(&[("Cost Center", "1"), ("x", "y")]));
        for kind in ["iam:user", "iam:mfa", "cognito-idp:userpool"] {
            assert_eq!(requests(kind, &from, &to).unwrap(), [tag(&[("Cost Center", "1")]), untag(&["CostCenter"])]);
        }
    }

    #[test]
    fn at_the_tag_limit_a_tag_is_removed_first() {
        let full = |last: &str| {
            let mut all: TagMap = (0..49).map(|n| (format!("k{n}"), String::new())).collect();
            all.insert("aws:cloudformation:stack-name".to_owned(), "s".to_owned());
            all.insert(last.to_owned(), "v".to_owned());
            all
        };
        for kind in ["iam:user", "iam:mfa", "cognito-idp:userpool"] {
            let requests = requests(kind, &full("CostCenter"), &full("Cost Center")).unwrap();
            assert_eq!(requests, [untag(&["CostCenter"]), tag(&[("Cost Center", "v")])], "{kind}");
        }
        let case = requests("iam:user", &full("owner"), &full("Owner")).unwrap();
        assert_eq!(case, [tag(&[("Owner", "v")])], "the new spelling takes the old one's place");
        let mut more = full("a");
        more.insert("b".to_owned(), String::new());
        assert!(requests("iam:mfa", &full("a"), &more).unwrap_err().contains("51 tags"));
    }

    #[test]
    fn keys_of_unclear_identity_are_rejected() {
        for (from, to) in [
            ("\u{212a}ey", "key"),
            ("\u{c9}t\u{e9}", "\u{e9}t\u{e9}"),
            ("\u{17f}ize", "Size"),
            ("ß", "SS"),
            ("Straße", "Strasse"),
        ] {
            let (from, to) = (tags(&[(from, "v")]), tags(&[(to, "v")]));
            assert!(requests("iam:user", &from, &to).unwrap_err().contains("beyond ASCII"));
            assert_eq!(requests("iam:mfa", &from, &to).unwrap().len(), 2, "it tells case apart");
        }
        let both = requests("iam:user", &tags(&[]), &tags(&[("\u{212a}ey", ""), ("key", "")]));
        assert!(both.unwrap_err().contains("one key"));
        // Removes a key that only Unicode case folding makes equal to a remaining key.
        let kept = requests("iam:user", &tags(&[("\u{212a}ey", ""), ("key", "")]), &tags(&[("key", "")]));
        assert!(kept.unwrap_err().contains("beyond ASCII"));
        // Two spellings of one key on a user, which IAM cannot store.
        let twins = requests("iam:user", &tags(&[("Owner", "a"), ("owner", "b")]), &tags(&[("Owner", "a")]));
        assert!(twins.unwrap_err().contains("one key"));
    }

    #[test]
    fn keys_reserved_by_aws_are_not_written() {
        let (with, without) = (tags(&[("aws:x", "1")]), tags(&[]));
        for (from, to) in [(&with, &without), (&without, &with)] {
            assert!(requests("cognito-idp:userpool", from, to).is_err());
        }
        assert!(requests("iam:mfa", &without, &tags(&[("AWS:x", "1")])).is_err());
        assert_eq!(requests("iam:user", &with, &with).unwrap(), []);
    }
}
