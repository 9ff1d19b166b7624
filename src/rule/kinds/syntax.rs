//! What the resource's own service would refuse.

use crate::aws::{TagLimits, is_aws_key, same_key};
use crate::base::{escape, quote};
use crate::model::Tag;
use crate::rule::{Context, Indeterminate, Verdict, Violation, ViolationKind};

/// What the resource's own service would refuse: lengths, characters, the `aws:` prefix, and keys that differ only in
/// case where the service folds case.
#[derive(Debug, Clone)]
pub struct Syntax;

/// What is wrong with one key or value.
enum Fault {
    Refused(String),
    /// AWS does not document whether it counts characters or UTF-16 units; the two differ here.
    UnknownResult,
}

impl Syntax {
    #[allow(clippy::unused_self)] // every kind answers in the same form
    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        // The ARN of what source is about to make may be known already: it does not exist for that.
        let exists = cx.resource.arn.is_some() && !cx.resource.is_planned();
        let (mut violations, mut doubt) = (Vec::new(), None);
        for (at, tag) in cx.resource.tags.known().iter().enumerate() {
            let key = tag.key.as_str();
            if exists && is_aws_key(key) {
                continue;
            }
            let mut clauses = Vec::new();
            for fault in faults(tag, exists, cx) {
                match fault {
                    Fault::Refused(clause) => clauses.push(clause),
                    Fault::UnknownResult => doubt = Some(key),
                }
            }
            if !clauses.is_empty() {
                let mut violation = Violation::of_tag(ViolationKind::Syntax, key, at, cx.resource);
                if cx.with_messages {
                    violation.message =
                        format!("{} refuses the tag {}: {}", cx.service.name, quote(key), clauses.join(", and "));
                }
                violations.push(violation);
            }
        }
        if cx.fold() {
            duplicates(cx, &mut violations);
        }
        Verdict::from_violations(violations, || match doubt {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(
                Some(key),
                "AWS does not document whether its limit counts characters or UTF-16 units, and here they differ",
            )),
            None if cx.resource.tags.complete() => {
                // AWS's own tags on a resource that exists hold whatever their values will be.
                let unknown = cx
                    .resource
                    .tags
                    .known()
                    .iter()
                    .find(|tag| tag.value.is_none() && !(exists && is_aws_key(&tag.key)));
                unknown.map_or(Verdict::Pass, |tag| Verdict::value_unknown(tag.key.as_str()))
            }
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }
}

fn faults(tag: &Tag<'_>, exists: bool, cx: &Context<'_>) -> Vec<Fault> {
    faults_of(&tag.key, tag.value.as_deref(), exists, &cx.service)
}

/// Why a service would refuse a tag that somebody is about to write, if it would or if that is not documented.
#[must_use]
pub fn refused(key: &str, value: &str, service: TagLimits) -> Option<String> {
    faults_of(key, Some(value), false, &service).into_iter().next().map(|fault| match fault {
        Fault::Refused(clause) => clause,
        Fault::UnknownResult => "AWS does not document whether it has room for it".to_owned(),
    })
}

fn faults_of(key: &str, value: Option<&str>, exists: bool, service: &TagLimits) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut part = |what: &str, text: &str, max: usize| {
        // AWS's prefix is refused in any letter case; AWS's own tags on a resource that exists were left out before.
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            faults.push(Fault::Refused(format!("{what} begins with {}, which is AWS's own", quote(&text[..4]))));
        }
        if text.len() > max {
            let characters = text.chars().count();
            let units = text.encode_utf16().count();
            if characters > max {
                faults.push(Fault::Refused(format!("{what} has {characters} characters of {max}")));
            } else if units > max && !exists {
                faults.push(Fault::UnknownResult);
            }
        }
        if service.plain_characters
            && let Some(bad) = text.chars().find(|c| !is_plain(*c))
        {
            faults.push(Fault::Refused(format!(
                "{what} holds {} (letters, numbers, spaces and _ . : / = + - @ only)",
                quote(&bad.to_string())
            )));
        }
    };
    part("its key", key, service.max_key);
    if let Some(value) = value {
        part("its value", value, service.max_value);
    }
    if key.is_empty() {
        faults.push(Fault::Refused("its key is empty".to_owned()));
    }
    faults
}

/// Whether a key, not one of AWS's own, is refused by no service of this kind, whatever is not documented.
pub(in crate::rule) fn certainly_good_key(key: &str, service: &TagLimits) -> bool {
    !key.is_empty() && certainly_good(key, service.max_key, service)
}

/// The same of a value.
pub(in crate::rule) fn certainly_good_value(value: &str, service: &TagLimits) -> bool {
    certainly_good(value, service.max_value, service)
}

fn certainly_good(text: &str, max: usize, service: &TagLimits) -> bool {
    let prefixed = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    text.len() <= max && !prefixed && (!service.plain_characters || text.chars().all(is_plain))
}

/// Letters, spaces and numbers beyond ASCII.
static CLASS: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| regex::Regex::new(r"\A[\p{L}\p{Z}\p{N}]\z").expect("a constant pattern"));

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, as the IAM model and `CloudFormation`'s schema of user pools have it.
fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@');
    }
    let mut buffer = [0; 4];
    CLASS.is_match(c.encode_utf8(&mut buffer))
}

/// Two spellings of one key: possible only in a file, as the service would fold them into one.
fn duplicates<'a>(cx: &Context<'a>, violations: &mut Vec<Violation<'a>>) {
    let tags = cx.resource.tags.known();
    let mut spoken_of: Vec<&str> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let key = tag.key.as_str();
        let same: Vec<&str> = tags.iter().map(|t| t.key.as_str()).filter(|other| same_key(key, other)).collect();
        if same.len() < 2 || spoken_of.iter().any(|other| same_key(key, other)) {
            continue;
        }
        spoken_of.push(key);
        let mut violation = Violation::of_tag(ViolationKind::Duplicate, key, at, cx.resource);
        if cx.with_messages {
            let spellings = crate::base::all_of(same.iter().map(|key| quote(key)));
            violation.message = format!(
                "{} are one key to {}, whatever its case; keep one of them",
                escape(&spellings),
                cx.service.name
            );
        }
        violations.push(violation);
    }
}
