//! The limits that a declaration sets to the value of a parameter (AWS `CloudFormation` Template Reference, "Parameters").

use regex::RegexBuilder;

use crate::base::quote;
use crate::syntax::{Node, NodeKind};

/// The largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// The limits of a parameter besides its `AllowedValues`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ParameterLimits {
    /// The type: `String`, `Number` and so on.
    kind: String,
    pattern: Option<String>,
    min_length: Option<String>,
    max_length: Option<String>,
    min_value: Option<String>,
    max_value: Option<String>,
}

impl ParameterLimits {
    /// The limits of a declaration.
    pub(super) fn of(parameter: &Node) -> Self {
        let text = |name: &str| parameter.get(name).and_then(scalar);
        Self {
            kind: text("Type").unwrap_or_default(),
            pattern: text("AllowedPattern"),
            min_length: text("MinLength"),
            max_length: text("MaxLength"),
            min_value: text("MinValue"),
            max_value: text("MaxValue"),
        }
    }

    /// The reason why `CloudFormation` refuses a value. It does not contain the value: it may be secret.
    pub(super) fn refusal(&self, value: &str) -> Option<String> {
        match self.kind.as_str() {
            "Number" => self.number_refusal(value),
            "List<Number>" if !value.is_empty() => {
                value.split(',').any(|item| number(item.trim()).is_none()).then(|| {
                    "the type is List<Number>, and an element is no number; use numbers with commas between them"
                        .to_owned()
                })
            }
            "String" => self.text_refusal(value),
            _ => None,
        }
    }

    fn number_refusal(&self, value: &str) -> Option<String> {
        let Some(given) = number(value) else {
            return Some("the type is Number, and the value is none; use a number".to_owned());
        };
        let limit = |text: &Option<String>| text.as_deref().and_then(number);
        if limit(&self.min_value).is_some_and(|least| given < least) {
            return Some(format!("the value is less than MinValue {}", shown(self.min_value.as_deref())));
        }
        let is_more = limit(&self.max_value).is_some_and(|most| given > most);
        is_more.then(|| format!("the value is more than MaxValue {}", shown(self.max_value.as_deref())))
    }

    fn text_refusal(&self, value: &str) -> Option<String> {
        let length = value.chars().count();
        let limit = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<usize>().ok());
        if limit(&self.min_length).is_some_and(|least| length < least) {
            return Some(format!(
                "the value has fewer characters than MinLength {}",
                shown(self.min_length.as_deref())
            ));
        }
        if limit(&self.max_length).is_some_and(|most| length > most) {
            return Some(format!("the value has more characters than MaxLength {}", shown(self.max_length.as_deref())));
        }
        let pattern = self.pattern.as_deref()?;
        if differs_from_java(pattern) || (!value.is_ascii() && pattern.contains('\\')) {
            return None;
        }
        // The pattern holds for the whole value. What this syntax cannot say (look-around) is not checked.
        let whole = RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(MAX_PATTERN).build().ok()?;
        (!whole.is_match(value)).then(|| format!("the value does not match AllowedPattern {}", quote(pattern)))
    }
}

/// Returns whether a pattern has what `java.util.regex.Pattern`, which `CloudFormation` uses, reads in another way: a class
/// in a class, the operators of classes, and `\v`, `\<` and `\>`. Classes such as `\w` differ in other than ASCII text too.
fn differs_from_java(pattern: &str) -> bool {
    let (mut in_class, mut rest) = (false, pattern);
    while let Some(at) = rest.find(['\\', '[', ']', '&', '-', '~']) {
        let found = &rest[at..];
        let escaped = found.strip_prefix('\\').and_then(|rest| rest.chars().next());
        let length = 1 + escaped.map_or(0, char::len_utf8);
        rest = &found[length..];
        match &found[..1] {
            "\\" if matches!(escaped, Some('v' | '<' | '>')) => return true,
            "[" if in_class => return true,
            "[" => {
                in_class = true;
                rest = rest.strip_prefix('^').unwrap_or(rest);
                // The first bracket is a literal.
                rest = rest.strip_prefix(']').unwrap_or(rest);
            }
            "]" => in_class = false,
            _ if in_class && ["&&", "--", "~~"].iter().any(|operator| found.starts_with(operator)) => return true,
            _ => {}
        }
    }
    false
}

/// The text of a scalar.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn shown(limit: Option<&str>) -> String {
    quote(limit.unwrap_or_default())
}

/// A finite number as `CloudFormation` reads it: an integer or a float.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_checked_as_the_declaration_says() {
        let limits = |kind: &str, pattern: &str, [min, max]: [&str; 2]| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            ParameterLimits {
                kind: kind.to_owned(),
                pattern: text(pattern),
                min_length: text(min),
                max_length: text(max),
                min_value: text(min),
                max_value: text(max),
            }
        };
        for (limits, value, want) in [
            (limits("Number", "", ["", ""]), "1.5", None),
            (limits("Number", "", ["", ""]), "-3", None),
            (limits("Number", "", ["", ""]), "", Some("the value is none")),
            (limits("Number", "", ["", ""]), "inf", Some("the value is none")),
            (limits("Number", "", ["1", "10"]), "0", Some("less than MinValue \"1\"")),
            (limits("Number", "", ["1", "10"]), "10.5", Some("more than MaxValue \"10\"")),
            (limits("Number", "", ["1", "10"]), "10", None),
            (limits("List<Number>", "", ["", ""]), "1, 2", None),
            (limits("List<Number>", "", ["", ""]), "1,b", Some("no number")),
            (limits("String", "[a-z]+", ["", ""]), "abc", None),
            (limits("String", "[a-z]+|[0-9]", ["", ""]), "abc1", Some("AllowedPattern")),
            (limits("String", "^[a-z]+$", ["", ""]), "abc\n", Some("AllowedPattern")),
            (limits("String", "(?!x)a", ["", ""]), "xa", None),
            (limits("String", "[[:alpha:]]+", ["", ""]), ":", None),
            (limits("String", "[a-z&&[^x]]+", ["", ""]), "X", None),
            (limits("String", "[a-z~~]+", ["", ""]), "~", None),
            (limits("String", "[+--]+", ["", ""]), ",", None),
            (limits("String", "[^a[b]]", ["", ""]), "b", None),
            (limits("String", r"\W\<", ["", ""]), "é<", None),
            (limits("String", r"\W", ["", ""]), "é", None),
            (limits("String", r"[a\]-z]+-&&", ["", ""]), "z--", Some("AllowedPattern")),
            (limits("String", "[]a]+[[]", ["", ""]), "b", None),
            (limits("String", "[^]a]+--~~", ["", ""]), "]", Some("AllowedPattern")),
            (limits("String", "", ["2", "3"]), "é", Some("MinLength")),
            (limits("String", "", ["2", "3"]), "ééé", None),
            (limits("String", "", ["2", "3"]), "abcd", Some("MaxLength")),
            (limits("AWS::EC2::VPC::Id", "[0-9]", ["2", "3"]), "vpc-1", None),
        ] {
            let found = limits.refusal(value);
            match want {
                None => assert_eq!(found, None, "{limits:?} {value}"),
                Some(want) => assert!(found.as_deref().is_some_and(|found| found.contains(want)), "{found:?} {value}"),
            }
        }
    }
}
