//! Texts with placeholders in braces: `{name}`; `{{` and `}}` are braces.

/// A part of a text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart<P> {
    /// Text that stays as it is.
    Text(String),
    /// A placeholder.
    Placeholder(P),
}

/// Splits a text into its parts; `placeholder` reads the text between two braces.
///
/// # Errors
/// A message about an unbalanced brace, or that of `placeholder`.
pub fn parse_template<P>(
    text: &str,
    placeholder: impl Fn(&str) -> Result<P, String>,
) -> Result<Vec<TemplatePart<P>>, String> {
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
        } else if brace == "}" {
            return Err("a `}` has no `{`".to_owned());
        } else {
            let (inner, after) = rest.split_once('}').ok_or("a `{` is not closed")?;
            parts.push(TemplatePart::Text(std::mem::take(&mut plain)));
            parts.push(TemplatePart::Placeholder(placeholder(inner)?));
            rest = after;
        }
    }
    plain.push_str(rest);
    parts.push(TemplatePart::Text(plain));
    Ok(parts)
}
