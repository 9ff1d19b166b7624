//! `syntax`: keys and values that the resource's own service accepts.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::aws::{TagLimits, fold_key, has_reserved_prefix, is_aws_key};
use crate::base::{escape, quote};
use crate::model::{Day, Tag};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{Indeterminate, Verdict, Violation, ViolationKind};

/// The source of the limits.
#[derive(Debug, Clone, Copy, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
enum LimitsOf {
    /// The resource's own service.
    Service,
}

/// A rule that the resource's own service accepts each tag: lengths, characters, the `aws:` prefix, and keys that differ
/// only in case where the service ignores case.
#[derive(Debug, Clone)]
pub struct SyntaxRule;

/// A limit of the service that a key or value exceeds.
enum Excess {
    /// The service refuses the key or value.
    Refused(String),
    /// AWS does not document whether it counts characters or UTF-16 units, and the two differ here.
    Undocumented,
}

impl RuleDefinition for SyntaxRule {
    const SPEC: KindSpec = KindSpec {
        name: "syntax",
        discriminating_fields: &["syntax"],
        exclusive: true,
        fields: &[Field::new(
            "syntax",
            FieldType::Choice(<LimitsOf as strum::VariantNames>::VARIANTS),
            "`\"service\"`: the resource's own service must accept every tag (lengths, characters, no `aws:` prefix, no keys of a user that differ only in case).",
        )],
        example: "syntax = \"service\"",
        summary: "The resource's own service accepts every tag: lengths, characters, no `aws:` prefix, and no keys that differ only in case where the service ignores case.",
        why: "AWS refuses a whole request for one bad tag; found here, it does not break a deployment.",
        fix: "Use letters, numbers, spaces and `_ . : / = + - @`, at most 128 characters in a key and 256 in a value, and no `aws:` prefix.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        builder.choice("syntax").map(|LimitsOf::Service| Self)
    }
}

impl Check for SyntaxRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        // The ARN of a planned resource may be known before the resource exists.
        let exists = cx.resource.arn.is_some() && !cx.resource.is_planned();
        let (mut violations, mut undocumented) = (Vec::new(), None);
        for (at, tag) in cx.resource.tags.known().iter().enumerate() {
            let key = tag.key.as_str();
            if exists && is_aws_key(key) {
                continue;
            }
            let mut clauses = Vec::new();
            for excess in excesses(tag, exists, cx) {
                match excess {
                    Excess::Refused(clause) => clauses.push(clause),
                    Excess::Undocumented => undocumented = Some(key),
                }
            }
            if !clauses.is_empty() {
                let mut violation = Violation::of_tag(ViolationKind::Syntax, key, at, cx.resource);
                if cx.with_messages {
                    violation.message =
                        format!("{} refuses the tag {}: {}", cx.limits.name, quote(key), clauses.join(", and "));
                }
                violations.push(violation);
            }
        }
        if cx.fold() {
            duplicates(cx, &mut violations);
        }
        Verdict::from_violations(violations, || match undocumented {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(
                Some(key),
                "AWS does not document whether its limit counts characters or UTF-16 units, and here they differ",
            )),
            None if cx.resource.tags.complete() => {
                // Tags of AWS on an existing resource pass, even if their values are unknown.
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

    fn requirement(&self) -> TagRequirement {
        TagRequirement::None
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, _: &DeclaredKeys) -> KeyEffect {
        if is_aws_key(key) {
            KeyEffect::None
        } else if !key.is_empty() && is_certainly_accepted(key, limits.max_key, limits) {
            KeyEffect::Value
        } else {
            KeyEffect::Violates
        }
    }

    fn accepts(&self, value: &str, limits: &TagLimits, _: Day) -> bool {
        is_certainly_accepted(value, limits.max_value, limits)
    }

    fn is_stricter_before_creation(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        "The resource's own service must accept every tag".to_owned()
    }

    fn remediation(&self) -> Remediation {
        Remediation::default().set("RIGHT KEY", ANY_VALUE).remove("WRONG KEY")
    }

    fn repair(&self, violation: ViolationKind) -> Repair {
        Repair::None(match violation {
            ViolationKind::Duplicate => "which of the keys stays is not certain",
            _ => "the correct value is not certain",
        })
    }
}

fn excesses(tag: &Tag<'_>, exists: bool, cx: &Context<'_>) -> Vec<Excess> {
    excesses_of(&tag.key, tag.value.as_deref(), exists, &cx.limits)
}

/// The reason why a service refuses a new tag, if it does, or if AWS does not document it.
#[must_use]
pub fn refused(key: &str, value: &str, limits: TagLimits) -> Option<String> {
    excesses_of(key, Some(value), false, &limits).into_iter().next().map(|excess| match excess {
        Excess::Refused(clause) => clause,
        Excess::Undocumented => "AWS does not document whether it is too long".to_owned(),
    })
}

fn excesses_of(key: &str, value: Option<&str>, exists: bool, limits: &TagLimits) -> Vec<Excess> {
    let mut out = Vec::new();
    let mut part = |what: &str, text: &str, max: usize| {
        // AWS's prefix is refused in any letter case; AWS's own tags on a resource that exists were left out before.
        if has_reserved_prefix(text) {
            out.push(Excess::Refused(format!("{what} begins with {}, which AWS reserves", quote(&text[..4]))));
        }
        // A text never has fewer bytes than characters or UTF-16 units, so most texts need no counting.
        if text.len() > max {
            let characters = text.chars().count();
            let units = text.encode_utf16().count();
            if characters > max {
                out.push(Excess::Refused(format!("{what} has {characters} characters; {max} are allowed")));
            } else if units > max && !exists {
                // On an existing resource the service has accepted the text.
                out.push(Excess::Undocumented);
            }
        }
        if limits.plain_characters
            && let Some(bad) = text.chars().find(|c| !is_plain(*c))
        {
            out.push(Excess::Refused(format!(
                "{what} contains {} (only letters, numbers, spaces and _ . : / = + - @ are allowed)",
                quote(&bad.to_string())
            )));
        }
    };
    part("its key", key, limits.max_key);
    if let Some(value) = value {
        part("its value", value, limits.max_value);
    }
    if key.is_empty() {
        out.push(Excess::Refused("its key is empty".to_owned()));
    }
    out
}

/// Returns `true` if a text that belongs to no AWS tag is within every limit, documented or not.
fn is_certainly_accepted(text: &str, max: usize, limits: &TagLimits) -> bool {
    let reserved = has_reserved_prefix(text);
    text.len() <= max && !reserved && (!limits.plain_characters || text.chars().all(is_plain))
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

/// Reports two spellings of one key. Only a file can have them: the service would store one tag.
fn duplicates<'a>(cx: &Context<'a>, violations: &mut Vec<Violation<'a>>) {
    let tags = cx.resource.tags.known();
    let mut spellings: HashMap<Cow<'_, str>, Vec<usize>> = HashMap::new();
    for (at, tag) in tags.iter().enumerate() {
        spellings.entry(fold_key(&tag.key)).or_default().push(at);
    }
    let mut duplicates: Vec<Vec<usize>> = spellings.into_values().filter(|places| places.len() > 1).collect();
    duplicates.sort_unstable();
    for places in duplicates {
        let key = tags[places[0]].key.as_str();
        let of_first = Violation::of_tag(ViolationKind::Duplicate, key, places[0], cx.resource);
        let mut violation = Violation { is_about_key: true, ..of_first };
        if cx.with_messages {
            let spellings = crate::base::all_of(places.iter().map(|at| quote(&tags[*at].key)));
            violation.message = format!(
                "{} are the same key for {}, which ignores case; keep one of them",
                escape(&spellings),
                cx.limits.name
            );
        }
        violations.push(violation);
    }
}
