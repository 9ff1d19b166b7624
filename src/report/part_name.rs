//! The name of a part's files (`--split-by`), which is also its name in addresses and labels.

use super::group_by::GROUP_NAMES;
use crate::base::digest::{hex, plain_sha256};
use crate::engine::WHOLE_RUN;

/// The maximum length of a name before its suffix and extension.
const MAX_STEM: usize = 64;
/// The number of hexadecimal digits of a suffix.
const DIGITS: usize = 12;

/// The name of a part's file without the extension. It depends on the value alone, so that a file keeps its name from run to
/// run. A value of lowercase letters, digits, `-` and `_` is its own name; any other gets a suffix from its hash, so that
/// names differ also where the file system ignores case. `None` is what belongs to no resource.
#[must_use]
pub fn part_file_stem(value: Option<&str>) -> String {
    let value = value.unwrap_or(WHOLE_RUN);
    // No name of a value begins with `_`.
    if GROUP_NAMES.contains(&value) {
        return format!("_{}", value.trim_matches(['(', ')']).replace(' ', "-"));
    }
    let mut plain = String::new();
    for c in value.chars().map(|c| c.to_ascii_lowercase()) {
        let c = if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        if plain.len() < MAX_STEM && !(c == '-' && plain.ends_with('-')) {
            plain.push(c);
        }
    }
    let plain = plain.trim_matches(['-', '_']);
    let has_suffix = plain
        .rsplit_once('-')
        .is_some_and(|(_, end)| end.len() == DIGITS && end.bytes().all(|b| b.is_ascii_hexdigit()));
    if plain == value && !has_suffix && !is_reserved(plain) {
        return plain.to_owned();
    }
    let hash = hex(&plain_sha256(value.as_bytes()));
    format!("{}-{}", if plain.is_empty() { "value" } else { plain }, &hash[..DIGITS])
}

/// Returns `true` for the name of the index, and for the names of devices of Windows (Microsoft Learn, "Naming Files, Paths,
/// and Namespaces").
fn is_reserved(name: &str) -> bool {
    let is_device = |name: &str| {
        let number = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name, "" | "index" | "con" | "prn" | "aux" | "nul") || is_device(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_names_and_others_get_a_suffix() {
        for value in ["ops", "123456789012", "redacted-0a1b2c3d4e5f6071", "eu-central-1", "com10", "a_b"] {
            assert_eq!(part_file_stem(Some(value)), value);
        }
        for (value, start) in [
            ("Ops", "ops-"),
            ("team@example.com", "team-example-com-"),
            ("../../etc/passwd", "etc-passwd-"),
            ("a\\b", "a-b-"),
            ("con", "con-"),
            ("COM1", "com1-"),
            ("index", "index-"),
            ("lpt9", "lpt9-"),
            ("", "value-"),
            ("..", "value-"),
            ("\u{202e}\0", "value-"),
            ("ops-0a1b2c3d4e5f", "ops-0a1b2c3d4e5f-"),
            ("_unknown", "unknown-"),
            ("a.html", "a-html-"),
            ("ops ", "ops-"),
            (&"x".repeat(1000), &"x".repeat(64)),
        ] {
            let name = part_file_stem(Some(value));
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
            assert!(name.starts_with(start) && name.len() == name.len().min(MAX_STEM + 1 + DIGITS), "{value}: {name}");
            assert!(name.chars().all(plain) && name != value, "{value}: {name}");
        }
        assert_ne!(part_file_stem(Some("Ops")), part_file_stem(Some("OPS")));
        assert_eq!((&*part_file_stem(Some("(no tag)")), &*part_file_stem(None)), ("_no-tag", "_whole-run"));
    }
}
