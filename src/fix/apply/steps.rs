//! From the tags that are there to those that shall be: the fewest requests, in the order that loses nothing.

use serde::{Deserialize, Serialize};

use super::TagMap;
use crate::aws::{TagLimits, is_aws_key};
use crate::base::quote;

/// One call that writes. A resource gets at most one of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Adds or overwrites.
    Tag(TagMap),
    /// Takes away.
    Untag(Vec<String>),
}

/// The requests that make `to` of `from` on a resource of this type.
///
/// On an IAM user a new spelling replaces the old one, so a rename in letter case alone is one request, and taking the
/// old spelling away would take the new one (facts in the IAM User Guide, "Case sensitivity"). Otherwise tags are
/// written first and taken away after, so that no moment is without a value; the other way round only where all places
/// are taken.
///
/// # Errors
/// Why a request is known to fail, or to do what nobody asked for.
pub fn requests(kind: &str, from: &TagMap, to: &TagMap) -> Result<Vec<Request>, String> {
    let service = TagLimits::of(kind);
    let set: TagMap =
        to.iter().filter(|(key, value)| from.get(*key) != Some(*value)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut remove: Vec<String> = from.keys().filter(|key| !to.contains_key(*key)).cloned().collect();
    if let Some(key) = set.keys().chain(&remove).find(|key| begins_with_aws(key)) {
        return Err(format!("{} is AWS's own", quote(key)));
    }
    let own = |tags: &TagMap| tags.keys().filter(|key| !is_aws_key(key)).count();
    let most = service.max_tags as usize;
    if own(to) > most {
        return Err(format!("there would be {} tags, and {} takes {most}", own(to), service.name));
    }
    if service.folds_case {
        remove = folded(&set, remove, to)?;
    }
    let full = own(from) + set.keys().filter(|key| !replaces(key, from, service.folds_case)).count() > most;
    let mut requests = Vec::new();
    if !set.is_empty() {
        requests.push(Request::Tag(set));
    }
    if !remove.is_empty() {
        requests.push(Request::Untag(remove));
    }
    if full {
        requests.reverse();
    }
    Ok(requests)
}

/// Of the keys that go, those that have to be taken away by name: not the old spelling of one that is written.
fn folded(set: &TagMap, remove: Vec<String>, to: &TagMap) -> Result<Vec<String>, String> {
    for key in set.keys() {
        if let Some(other) = to.keys().find(|other| *other != key && may_be_one(key, other)) {
            return Err(format!("{} and {} may be one key to IAM", quote(key), quote(other)));
        }
    }
    let mut by_name = Vec::new();
    for key in remove {
        match to.keys().find(|other| may_be_one(&key, other)) {
            None => by_name.push(key),
            Some(other) if key.eq_ignore_ascii_case(other) && set.contains_key(other) => {}
            Some(other) => {
                return Err(format!(
                    "{} and {} differ in letter case beyond ASCII: whether IAM takes them for one key is not documented, \
                     and taking the one away could take the other",
                    quote(&key),
                    quote(other)
                ));
            }
        }
    }
    Ok(by_name)
}

fn begins_with_aws(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// Whether a key takes the place of one that is there.
fn replaces(key: &str, from: &TagMap, fold: bool) -> bool {
    from.contains_key(key) || fold && from.keys().any(|other| other.eq_ignore_ascii_case(key))
}

/// Whether any of the usual ways to fold case makes one key of two.
pub(super) fn may_be_one(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.to_lowercase() == b.to_lowercase()
        || a.to_uppercase() == b.to_uppercase()
        || a.to_uppercase().to_lowercase() == b.to_uppercase().to_lowercase()
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
    fn where_all_places_are_taken_one_is_freed_first() {
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
    fn where_ways_to_fold_disagree_nothing_is_written() {
        for (from, to) in
            [("\u{212a}ey", "key"), ("\u{c9}t\u{e9}", "\u{e9}t\u{e9}"), ("\u{17f}ize", "Size"), ("ß", "SS")]
        {
            let (from, to) = (tags(&[(from, "v")]), tags(&[(to, "v")]));
            assert!(requests("iam:user", &from, &to).unwrap_err().contains("beyond ASCII"));
            assert_eq!(requests("iam:mfa", &from, &to).unwrap().len(), 2, "it tells case apart");
        }
        let both = requests("iam:user", &tags(&[]), &tags(&[("\u{212a}ey", ""), ("key", "")]));
        assert!(both.unwrap_err().contains("one key"));
        // Taking one away that only Unicode folds to one that stays.
        let kept = requests("iam:user", &tags(&[("\u{212a}ey", ""), ("key", "")]), &tags(&[("key", "")]));
        assert!(kept.unwrap_err().contains("beyond ASCII"));
    }

    #[test]
    fn what_is_aws_own_is_left_alone() {
        let (with, without) = (tags(&[("aws:x", "1")]), tags(&[]));
        for (from, to) in [(&with, &without), (&without, &with)] {
            assert!(requests("cognito-idp:userpool", from, to).is_err());
        }
        assert!(requests("iam:mfa", &without, &tags(&[("AWS:x", "1")])).is_err());
        assert_eq!(requests("iam:user", &with, &with).unwrap(), []);
    }
}
