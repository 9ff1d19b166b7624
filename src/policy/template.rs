//! Message templates: `{key}`, `{value}`, `{name}` and `{type}`; `{{` and `}}` are braces.

use std::fmt::Write as _;

/// The placeholders.
pub(super) const PLACEHOLDERS: &[&str] = &["key", "value", "name", "type"];

/// A message with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTemplate(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Placeholder(&'static str),
}

impl MessageTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// A message about an unknown placeholder or an unbalanced brace.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if brace == "{" {
                let Some((name, after)) = rest.split_once('}') else {
                    return Err("a `{` is not closed".to_owned());
                };
                let known = PLACEHOLDERS.iter().find(|known| **known == name);
                let Some(known) = known else { return Err(format!("unknown placeholder `{{{name}}}`")) };
                parts.push(Segment::Text(std::mem::take(&mut plain)));
                parts.push(Segment::Placeholder(known));
                rest = after;
            } else {
                return Err("a `}` has no `{`".to_owned());
            }
        }
        plain.push_str(rest);
        parts.push(Segment::Text(plain));
        Ok(Self(parts))
    }

    /// Replaces the placeholders; hostile characters of their values are escaped.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> &'v str) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Segment::Text(text) => out.push_str(&crate::base::escape(text)),
                Segment::Placeholder(name) => {
                    let _ = write!(out, "{}", crate::base::escape(value(name)));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let fill =
            |text: &str| MessageTemplate::parse(text).map(|t| t.fill(|name| if name == "key" { "K\n" } else { "v" }));
        assert_eq!(fill("{{x}} {key}={value}").as_deref(), Ok("{x} K\\u{a}=v"));
        for bad in ["{Key}", "{", "}", "{key", "a } b", "{}"] {
            assert!(fill(bad).is_err(), "{bad}");
        }
    }
}
