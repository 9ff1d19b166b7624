//! `CloudFormation` templates in files with an unusual ending, such as `.txt` or `.yaml.j2`: they are named and not read.

use std::path::Path;

use memchr::memmem;

use crate::base::encoding::without_bom;
use crate::base::{open_regular, read_start};

/// The number of bytes that decide whether more of a file is read.
const FIRST: u64 = 4 << 10;
/// The number of bytes that are searched for a resource.
const HEAD: u64 = 64 << 10;

/// The ending of reports (SARIF), which quote the templates that they are about.
const REPORT: &str = "sarif";

/// The keys at the top of a template.
const KEYS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
];
/// The keys with a text.
const TEXTS: [&str; 3] = ["AWSTemplateFormatVersion", "Description", "Transform"];
/// The starts of lines of template engines and comments, which may stand before the first key.
const SKIPPED: [&str; 7] = ["#", "---", "{%", "{{", "{#", "<%", "%"];

/// Returns whether a file looks like a template by its beginning. Prose with a template in it, such as a README, does
/// not.
pub(super) fn is_template(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(REPORT)) {
        return false;
    }
    let start = |length| open_regular(path).and_then(|file| read_start(file, length)).unwrap_or_default();
    let first = start(FIRST);
    if !may_begin_template(&String::from_utf8_lossy(without_bom(&first))) {
        return false;
    }
    let head = if first.len() as u64 == FIRST { start(HEAD) } else { first };
    let holds = |word: &str| memmem::find(&head, word.as_bytes()).is_some();
    holds("Resources") && holds("Type") && (holds("AWS::") || holds("Alexa::"))
}

/// Returns whether the first line that counts begins with a key of a template, or with a brace.
fn may_begin_template(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let first = lines.find(|line| !SKIPPED.iter().any(|start| line.trim_start().starts_with(start)));
    first.is_some_and(|line| {
        let Some((key, value)) = line.split_once(':') else { return line.trim_start().starts_with('{') };
        let (key, value) = (key.trim_matches(['"', '\'', ' ']), value.trim_start());
        // The value of the others is a map.
        let is_text = TEXTS.contains(&key) || value.is_empty() || value.starts_with(['{', '&', '!', '#']);
        line.trim_start().starts_with('{') || (KEYS.contains(&key) && is_text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_told_from_prose_with_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let yaml = "Resources:\n  U:\n    Type: AWS::IAM::User\n";
        for (text, want) in [
            (yaml.to_owned(), true),
            (format!("---\n# x\n{{% set a = 1 %}}\nDescription: x\n{yaml}"), true),
            ("\n{\"Resources\": {\"U\": {\"Type\": \"AWS::IAM::User\"}}}".to_owned(), true),
            (format!("\u{feff}AWSTemplateFormatVersion: \"2010-09-09\"\n{}{yaml}", "# c\n".repeat(4000)), true),
            (format!("# How to\n\nWrite this:\n\n{yaml}"), false),
            (format!("An example:\n{yaml}"), false),
            (format!("Resources: see {yaml}"), false),
            ("{ font-size: 1px }".to_owned(), false),
            ("\0\0\0".to_owned(), false),
        ] {
            std::fs::write(&path, &text).unwrap();
            assert_eq!(is_template(&path), want, "{text}");
            std::fs::write(folder.path().join("f.SARIF"), &text).unwrap();
            assert!(!is_template(&folder.path().join("f.SARIF")), "{text}");
        }
    }
}
