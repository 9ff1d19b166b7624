//! Regular expressions and negations in fields that take globs, where they match nothing.

use super::table::{Diagnostics, Located};
use crate::base::quote;

/// The texts that a field can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GlobSubject {
    /// Account IDs.
    Account,
    /// IDs of organizational units and roots.
    Unit,
    /// Regions.
    Region,
    /// IAM paths.
    Path,
    /// ARNs.
    Arn,
    /// ARNs and addresses of resources that are waived.
    WaivedResource,
    /// IDs of rules that are waived.
    WaivedRule,
    /// Names, keys and values, which only look wrong.
    Text,
}

/// Warns about each text that matches nothing, because it is a regular expression or a negation.
pub(crate) fn warn(diagnostics: &mut Diagnostics<'_>, texts: &[Located<String>], subject: GlobSubject) {
    let mut before = None;
    for text in texts {
        // All items of a named list have the place of its name, and one warning there is enough.
        if before.as_ref() != Some(&text.span) {
            let warnings = diagnostics.list.len();
            warn_one(diagnostics, text, subject);
            before = (diagnostics.list.len() > warnings).then(|| text.span.clone());
        }
    }
}

fn warn_one(diagnostics: &mut Diagnostics<'_>, text: &Located<String>, subject: GlobSubject) {
    let glob = text.value.as_str();
    let help = "in a glob only `*` (any characters) and `?` (one character) are special";
    if let Some(reason) = subject.refuses(glob) {
        diagnostics.warn_help(text.span.clone(), format!("{} matches nothing: {reason}", quote(glob)), help);
    } else if glob.starts_with('!') {
        diagnostics.warn_help(
            text.span.clone(),
            format!("{} is not a negation: AWS allows no `!` in most tags and names", quote(glob)),
            subject.instead_of_negation(),
        );
    } else if subject.looks_like_regex(glob) {
        let pattern = match subject {
            GlobSubject::WaivedResource | GlobSubject::WaivedRule => "",
            _ => "; `pattern` takes a regular expression for the value of a tag",
        };
        diagnostics.warn_help(
            text.span.clone(),
            format!("{} looks like a regular expression, but this field takes globs", quote(glob)),
            format!("{help}{pattern}"),
        );
    }
}

impl GlobSubject {
    /// The reason why no text of this subject can match.
    pub(super) fn refuses(self, glob: &str) -> Option<&'static str> {
        let only = |good: fn(char) -> bool| glob.chars().all(|c| matches!(c, '*' | '?') || good(c));
        let begins = |start: &str| {
            let wild = glob.find(['*', '?']).unwrap_or(glob.len());
            let shared = wild.min(start.len());
            glob.as_bytes()[..shared] == start.as_bytes()[..shared] && (wild < glob.len() || wild >= start.len())
        };
        match self {
            Self::Account if !only(|c| c.is_ascii_digit()) => Some("an account ID has only digits"),
            Self::Region if !only(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') => {
                Some("the name of a region has only lowercase letters, digits and `-`")
            }
            Self::Unit
                if !begins("ou-") && !begins("r-")
                    || !only(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') =>
            {
                Some("the ID of an organizational unit looks like `ou-ab12-cd34ef56`, that of a root like `r-ab12`")
            }
            Self::Path if !begins("/") => Some("an IAM path begins with `/`"),
            Self::Arn if !begins("arn:") => Some("an ARN begins with `arn:`"),
            Self::WaivedRule if !only(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') => {
                Some("the ID of a rule has only lowercase letters, digits and `-`")
            }
            _ => None,
        }
    }

    fn instead_of_negation(self) -> &'static str {
        match self {
            Self::WaivedResource => {
                "list the resources that are waived, or write the exception as `unless` of the rule"
            }
            _ => "write the condition without `!` under `unless`, or use `not-values`",
        }
    }

    /// Returns `true` for a text that is a regular expression rather than a glob. An address has brackets of its own
    /// (`module.a["b"]*`).
    fn looks_like_regex(self, glob: &str) -> bool {
        match self {
            Self::WaivedResource => looks_like_regex(&glob.replace(['[', ']'], "")),
            _ => looks_like_regex(glob),
        }
    }
}

/// Returns `true` for a text with anchors, escapes, classes or alternatives. AWS allows no `^ $ \ [ ] ( ) |` in most tags
/// and names, and `*` and `.` alone are no sign.
fn looks_like_regex(text: &str) -> bool {
    let anchored = text.starts_with('^') || text.len() > 1 && text.ends_with('$');
    let escaped = text.split('\\').skip(1).any(|rest| rest.starts_with(['d', 'D', 'w', 'W', 's', 'S', 'b', '.', '-']));
    let quantified = |close: char| text.split(close).skip(1).any(|rest| rest.starts_with(['*', '+', '{']));
    let class = text.contains('[') && quantified(']');
    let group = text.contains('(') && (quantified(')') || text.contains('|') && text.contains(')'));
    anchored || escaped || class || group
}

/// Warns about a regular expression between slashes, as other languages write it, if the slashes make it match nothing.
pub(crate) fn warn_of_slashes(diagnostics: &mut Diagnostics<'_>, text: &Located<String>) {
    let pattern = text.value.as_str();
    if pattern.starts_with("/^") || pattern.starts_with('/') && pattern.ends_with("$/") {
        diagnostics.warn_help(
            text.span.clone(),
            format!("{} matches nothing: the slashes are part of the pattern", quote(pattern)),
            "write the pattern without slashes; `pattern` matches the whole value, without `^` and `$`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_are_told_from_globs() {
        for (text, want) in [
            ("^svc-.*", true),
            (r"CC-\d+", true),
            ("[a-z]+", true),
            ("(prod|test)", true),
            ("(dev){2}", true),
            ("prod$", true),
            ("svc.*", false),
            ("*", false),
            ("$", false),
            ("a (old)", false),
            ("list[0]", false),
            (r"DOMAIN\user", false),
            ("a|b", false),
            ("C++", false),
        ] {
            assert_eq!(looks_like_regex(text), want, "{text}");
        }
    }

    #[test]
    fn an_address_is_no_regular_expression() {
        for (text, want) in [
            ("module.a[\"b\"]*", false),
            ("aws_iam_user.u[0]", false),
            ("arn:aws:iam::111122223333:user/*", false),
            ("^arn:aws:iam::.*", true),
            (r"arn:aws:iam::\d+:user/x", true),
            ("aws_iam_user.(a|b)", true),
        ] {
            assert_eq!(GlobSubject::WaivedResource.looks_like_regex(text), want, "{text}");
        }
    }

    #[test]
    fn a_glob_of_impossible_characters_matches_nothing() {
        use GlobSubject::{Account, Arn, Path, Region, Text, Unit, WaivedRule};
        for (subject, text, refused) in [
            (Account, "1234*", false),
            (Account, "!1234", true),
            (Account, "prod", true),
            (Unit, "ou-ab12-cd34ef56", false),
            (Unit, "r-*", false),
            (Unit, "*-cd34ef56", false),
            (Unit, "Workloads", true),
            (Unit, "ou-Prod*", true),
            (Region, "eu-*", false),
            (Region, "eu-(west|north)-1", true),
            (Path, "/eng/*", false),
            (Path, "*", false),
            (Path, "eng/*", true),
            (Arn, "arn:aws:*", false),
            (Arn, "a*", false),
            (Arn, "*:user/x", false),
            (Arn, "ar", true),
            (Arn, "^arn:.*", true),
            (WaivedRule, "tag-*", false),
            (WaivedRule, "tag-.*", true),
            (WaivedRule, "!owner", true),
            (Text, "!x", false),
        ] {
            assert_eq!(subject.refuses(text).is_some(), refused, "{text}");
        }
    }
}
