//! Globs of the policy language.

/// A glob over whole texts: `*` is any run of characters, `?` one character, nothing else is special.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    text: String,
    shape: GlobShape,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum GlobShape {
    /// No wildcard at all.
    Literal,
    /// `*` alone.
    Everything,
    Wild,
}

impl Glob {
    /// Compiles a glob; every text is a valid one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let shape = match text {
            "*" => GlobShape::Everything,
            _ if text.contains(['*', '?']) => GlobShape::Wild,
            _ => GlobShape::Literal,
        };
        Self { text: text.to_owned(), shape }
    }

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns `true` if the text has no wildcard.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.shape == GlobShape::Literal
    }

    /// Returns `true` for `*` alone.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.shape == GlobShape::Everything
    }

    /// Returns `true` if the whole of `text` matches, including letter case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self.shape {
            GlobShape::Everything => true,
            GlobShape::Literal => self.text == text,
            GlobShape::Wild => wild(&self.text, text, |a, b| a == b),
        }
    }

    /// Returns `true` if the whole of `text` matches, ignoring letter case.
    #[must_use]
    pub fn matches_any_case(&self, text: &str) -> bool {
        let same = |a: char, b: char| {
            a == b
                || if a.is_ascii() && b.is_ascii() {
                    a.eq_ignore_ascii_case(&b)
                } else {
                    a.to_lowercase().eq(b.to_lowercase())
                }
        };
        match self.shape {
            GlobShape::Everything => true,
            GlobShape::Literal | GlobShape::Wild => wild(&self.text, text, same),
        }
    }
}

/// Greedy matching with one point to go back to: linear in practice, never worse than `pattern * text`.
fn wild(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut p, mut t) = (pattern.chars(), text.chars());
    let mut back: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let at_t = t.clone();
        match (p.next(), t.next()) {
            (Some('*'), _) => {
                t = at_t.clone();
                back = Some((p.clone(), at_t));
            }
            (Some('?'), Some(_)) => {}
            (Some(a), Some(b)) if same(a, b) => {}
            (None, None) => return true,
            _ => {
                let Some((star, mut from)) = back.take() else { return false };
                if from.next().is_none() {
                    return false;
                }
                (p, t) = (star.clone(), from.clone());
                back = Some((star, from));
            }
        }
    }
}

/// A list of globs, one of which must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Globs(pub Vec<Glob>);

impl Globs {
    /// Compiles each text.
    pub fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self(texts.into_iter().map(|t| Glob::new(t.as_ref())).collect())
    }

    /// Returns `true` if any glob matches the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|glob| glob.matches(text))
    }

    /// Returns `true` if there is no glob at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_the_whole_text() {
        for (glob, text, want) in [
            ("iam:*", "iam:user", true),
            ("iam:*", "xiam:user", false),
            ("*user*", "iam:user/a", true),
            ("?", "é", true),
            ("?", "", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("**", "", true),
            ("[a]", "[a]", true),
            ("[a]", "a", false),
            ("arn:aws:iam::*:user/legacy/*", "arn:aws:iam::123456789012:user/legacy/x/y", true),
            ("A", "a", false),
        ] {
            assert_eq!(Glob::new(glob).matches(text), want, "{glob} on {text}");
        }
    }

    #[test]
    fn a_glob_of_many_stars_does_not_run_away() {
        let text = "a".repeat(5_000);
        assert!(!Glob::new(&("*a".repeat(40) + "b")).matches(&text));
    }
}
