//! Message templates: `{key}`, `{value}`, `{name}` and `{type}`; `{{` and `}}` are braces.

use std::fmt::Write as _;

use crate::base::{TemplatePart, parse_template};

/// The placeholders.
pub(super) const PLACEHOLDERS: &[&str] = &["key", "value", "name", "type"];

/// A message with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTemplate(Vec<TemplatePart<&'static str>>);

impl MessageTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// A message about an unknown placeholder or an unbalanced brace.
    pub fn parse(text: &str) -> Result<Self, String> {
        let placeholder = |name: &str| {
            let known = PLACEHOLDERS.iter().find(|known| **known == name);
            known.copied().ok_or_else(|| format!("unknown placeholder `{{{name}}}`"))
        };
        parse_template(text, placeholder).map(Self)
    }

    /// Replaces the placeholders; hostile characters of their values are escaped.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> &'v str) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                TemplatePart::Text(text) => out.push_str(&crate::base::escape(text)),
                TemplatePart::Placeholder(name) => {
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
