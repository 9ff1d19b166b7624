//! A value that is composed of other facts about the resource: `{account-name}-{tags.Environment}`.

use super::property::{Property, PropertyValue};
use crate::base::{TemplatePart, parse_template};
use crate::model::Resource;

/// The most placeholders: a composed text is in the message of a finding, and no value of a tag is that long.
const MOST_PLACEHOLDERS: usize = 50;

/// A text with the values of properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueTemplate {
    written: String,
    parts: Vec<TemplatePart<(Property, Case)>>,
}

/// The change of letter case of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
    Upper,
}

/// The text of a template for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ComposedValue {
    /// The text, and the indexes of the tags in it.
    Known(String, Vec<usize>),
    /// A property that the resource does not have.
    Lacking(Property),
    /// A property that is not known.
    Unknown(Property),
}

impl ValueTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// A message about an unknown property or an unbalanced brace.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parts = parse_template(text, property)?;
        let placeholders = parts.iter().filter(|part| matches!(part, TemplatePart::Placeholder(_))).count();
        if placeholders > MOST_PLACEHOLDERS {
            return Err(format!("it has {placeholders} placeholders; {MOST_PLACEHOLDERS} are allowed"));
        }
        Ok(Self { written: text.to_owned(), parts })
    }

    /// The template as it is written in the policy.
    pub(super) fn as_str(&self) -> &str {
        &self.written
    }

    /// The properties in it.
    pub(super) fn properties(&self) -> impl Iterator<Item = &Property> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Placeholder((property, _)) => Some(property),
            TemplatePart::Text(_) => None,
        })
    }

    /// The text for a resource. Values are only put together: nothing in them is a placeholder.
    pub(super) fn compose(&self, resource: &Resource<'_>) -> ComposedValue {
        let (mut out, mut tags, mut unknown) = (String::new(), Vec::new(), None);
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Placeholder((property, case)) => match property.of(resource) {
                    // A missing tag is certain, whatever the others are.
                    PropertyValue::Lacking => return ComposedValue::Lacking(property.clone()),
                    PropertyValue::Unknown => unknown = unknown.or(Some(property)),
                    PropertyValue::Known(value, tag) => {
                        tags.extend(tag);
                        match case {
                            Case::Kept => out.push_str(value),
                            Case::Lower => out.push_str(&value.to_lowercase()),
                            Case::Upper => out.push_str(&value.to_uppercase()),
                        }
                    }
                },
            }
        }
        unknown.map_or(ComposedValue::Known(out, tags), |property| ComposedValue::Unknown(property.clone()))
    }
}

/// `tags.Environment` or `tags.Environment|lower`. No key has a `|`.
fn property(text: &str) -> Result<(Property, Case), String> {
    let (name, case) = match text.split_once('|') {
        None => (text, Case::Kept),
        Some((name, "lower")) => (name, Case::Lower),
        Some((name, "upper")) => (name, Case::Upper),
        Some((_, other)) => return Err(format!("unknown filter `{other}`: `lower` and `upper` exist")),
    };
    match Property::parse(name) {
        Some(Property::AccountOu) => Err(format!("`{{{name}}}` is no placeholder: an account is in several units")),
        Some(property) => Ok((property, case)),
        None => Err(format!("unknown placeholder `{{{name}}}`: it is one of {}", Property::known_placeholders())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tag, Tags, Text};

    #[test]
    fn values_are_composed_and_never_interpreted() {
        let tag =
            |key: &'static str, value: Option<&'static str>| Tag { key: Text::from(key), value: value.map(Text::from) };
        let tags =
            vec![tag("Env", Some("{name}")), tag("Later", None), tag("Empty", Some(" ")), tag("a.b c", Some("X"))];
        let resource = Resource {
            kind: Text::from("iam:user"),
            name: Some(Text::from("Ünï")),
            tags: Tags::Read { tags, more: false.into() },
            ..Resource::default()
        };
        for (template, want) in [
            ("{{{name}}}", "Ünï in {}"),
            ("x-{tags.Env}", "x-{name}"),
            ("{name|upper}{name|lower}", "ÜNÏünï"),
            ("{tags.a.b c|lower}", "x"),
            ("{type}", "iam:user"),
            ("{tags.Later}", "unknown tag Later"),
            ("{account-name}-{tags.None}", "no tag None"),
            ("{tags.Empty}", "no tag Empty"),
            ("{region}", "no region"),
            ("{account-tags.x}", "unknown tag x of its account"),
            ("", ""),
        ] {
            let got = match ValueTemplate::parse(template).unwrap().compose(&resource) {
                ComposedValue::Known(text, _) if template == "{{{name}}}" => {
                    format!("{} in {{}}", text.trim_matches(['{', '}']))
                }
                ComposedValue::Known(text, _) => text,
                ComposedValue::Lacking(property) => format!("no {}", property.describe()),
                ComposedValue::Unknown(property) => format!("unknown {}", property.describe()),
            };
            assert_eq!(got, want, "{template}");
        }
        assert!(
            ValueTemplate::parse(&"{name}".repeat(50)).is_ok() && ValueTemplate::parse(&"{name}".repeat(51)).is_err()
        );
        for bad in ["{", "}", "{}", "{Name}", "{tags}", "{tags.}", "{name|title}", "{ou}", "{account-ou}"] {
            assert!(ValueTemplate::parse(bad).is_err(), "{bad}");
        }
    }
}
