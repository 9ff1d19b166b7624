//! Types by the ARNs of their resources.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::lookup::all;
use super::row::ResourceType;
use crate::aws::Arn;

/// The resource part of a pattern, and the type whose ARNs have that form.
type Pattern = (&'static str, &'static ResourceType);

/// The type of the resource with this ARN; `None` where no pattern fits. Of several that fit, the one with the most
/// characters that are no wildcards decides: `loadbalancer/app/*/*` before `loadbalancer/*`.
#[must_use]
pub fn by_arn(text: &str) -> Option<&'static ResourceType> {
    let arn = Arn::split(text)?;
    let patterns = patterns().get(arn.service)?;
    patterns.iter().find(|(pattern, _)| fits(pattern, arn.resource)).map(|(_, row)| *row)
}

fn patterns() -> &'static HashMap<&'static str, Vec<Pattern>> {
    static PATTERNS: OnceLock<HashMap<&'static str, Vec<Pattern>>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let mut out: HashMap<_, Vec<Pattern>> = HashMap::new();
        for (pattern, row) in all().iter().flat_map(|row| row.arn_patterns().map(move |pattern| (pattern, row))) {
            let (service, resource) = pattern.split_once(':').expect("a pattern has a service");
            out.entry(service).or_default().push((resource, row));
        }
        for patterns in out.values_mut() {
            let written = |pattern: &str| pattern.chars().filter(|character| *character != '*').count();
            patterns.sort_by_cached_key(|(pattern, _)| std::cmp::Reverse(written(pattern)));
        }
        out
    })
}

/// Whether a resource part has the form of a pattern. A `*` is at least one character, and none that is the one after it
/// in the pattern; the last `*` takes the rest, since paths and names may contain separators.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((literal, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(literal) else { return false };
    let Some(next) = after.chars().next() else { return !rest.is_empty() };
    match rest.find(next) {
        None | Some(0) => false,
        Some(end) => fits(after, &rest[end..]),
    }
}
