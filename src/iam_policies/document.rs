//! The statements of a policy document that read tags.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::condition_key::{ReferencedKey, TagConditionKey, of_condition, of_variables};
use super::node::PolicyJson;

/// The longest document, in bytes. The longest of IAM has 10,240 characters (IAM User Guide, "IAM and AWS STS quotas"), each
/// of at most twelve bytes when percent-encoded.
const MAX_DOCUMENT: usize = 256 << 10;

/// A statement that reads tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The number in the document, from 1.
    pub number: usize,
    /// The `Sid`, if it is not empty.
    pub sid: Option<String>,
    /// `true` if the effect is `Allow`.
    pub allows: bool,
    /// The actions as written.
    pub actions: Vec<String>,
    /// `true` if the statement has `NotAction`: all actions but these.
    pub other_actions: bool,
    /// The references to tags in the order of the document; never empty.
    pub tag_references: Vec<TagReference>,
}

/// A reference to a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagReference {
    /// The kind of condition key.
    pub condition_key: TagConditionKey,
    /// The tag key.
    pub key: ReferencedKey,
    /// The element of the statement.
    pub element: ReferenceElement,
}

/// The element of a statement that refers to a tag. The texts are shared: a hostile document may repeat one a thousand
/// times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceElement {
    /// A condition on the tag.
    Condition {
        /// `StringEquals`, `ForAllValues:StringLikeIfExists`, …
        operator: Arc<str>,
        /// The condition key as written: `aws:PrincipalTag/Team`.
        name: Arc<str>,
        /// The values.
        values: Vec<Arc<str>>,
    },
    /// A variable in the value of a condition on another key.
    Value {
        /// The operator of the condition.
        operator: Arc<str>,
        /// The condition key.
        name: Arc<str>,
        /// The value with the variable.
        text: Arc<str>,
    },
    /// A variable in the ARN of a resource.
    Resource {
        /// `true` if the element is `NotResource`.
        other: bool,
        /// The ARN with the variable.
        text: Arc<str>,
    },
}

/// The error of a document that cannot be parsed. The tags that it reads are then unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The document is longer than IAM allows.
    #[error("longer than any policy")]
    Long,
    /// The percent encoding does not give UTF-8.
    #[error("not UTF-8 under its percent encoding")]
    Encoding,
    /// The document is not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// The document is JSON, but not a policy.
    #[error("not a policy: {0}")]
    Shape(&'static str),
}

/// Parses a document and returns the statements that read tags. IAM returns a document as percent-encoded text; the AWS CLI
/// prints it as an object.
///
/// # Errors
/// [`DocumentError`] if any part of it cannot be parsed.
pub fn statements(document: &PolicyJson) -> Result<Vec<Statement>, DocumentError> {
    match document {
        PolicyJson::Scalar(text) => of_policy(&parse(text)?),
        node => of_policy(node),
    }
}

fn parse(text: &str) -> Result<PolicyJson, DocumentError> {
    if text.len() > MAX_DOCUMENT {
        return Err(DocumentError::Long);
    }
    let plain = if text.trim_start().starts_with('{') {
        text.into()
    } else {
        percent_decode_str(text).decode_utf8().map_err(|_| DocumentError::Encoding)?
    };
    serde_json::from_str(&plain).map_err(|error| DocumentError::Json(error.to_string()))
}

fn of_policy(policy: &PolicyJson) -> Result<Vec<Statement>, DocumentError> {
    // Variables need version 2012-10-17; in version 2008-10-17 `${…}` is plain text (IAM User Guide, "Version").
    let variables = policy.all("Version").any(|version| *version != PolicyJson::Scalar("2008-10-17".to_owned()));
    let found: Vec<&PolicyJson> = policy.all("Statement").flat_map(PolicyJson::items).collect();
    if found.is_empty() {
        return Err(DocumentError::Shape("it has no statement"));
    }
    let mut out = Vec::new();
    for (at, node) in found.into_iter().enumerate() {
        let statement = of_statement(node, at + 1, variables)?;
        if !statement.tag_references.is_empty() {
            out.push(statement);
        }
    }
    Ok(out)
}

fn of_statement(node: &PolicyJson, number: usize, variables: bool) -> Result<Statement, DocumentError> {
    let mut tag_references = Vec::new();
    if variables {
        for (element, other) in [("Resource", false), ("NotResource", true)] {
            for text in texts(node, element)? {
                let place = |text: &Arc<str>| ReferenceElement::Resource { other, text: text.clone() };
                tag_references.extend(of_variables(&text).into_iter().map(|(condition_key, key)| TagReference {
                    condition_key,
                    key,
                    element: place(&text),
                }));
            }
        }
    }
    for condition in node.all("Condition") {
        let PolicyJson::Object(operators) = condition else {
            return Err(DocumentError::Shape("a condition is not an object"));
        };
        for (operator, tests) in operators {
            let operator: Arc<str> = operator.as_str().into();
            let PolicyJson::Object(tests) = tests else {
                return Err(DocumentError::Shape("a condition's operator has no object"));
            };
            for (name, values) in tests {
                of_test(&operator, &name.as_str().into(), strings(values)?, variables, &mut tag_references);
            }
        }
    }
    let (actions, other) = (texts(node, "Action")?, texts(node, "NotAction")?);
    Ok(Statement {
        number,
        sid: texts(node, "Sid")?.first().map(ToString::to_string).filter(|sid| !sid.is_empty()),
        allows: effect(node)?,
        other_actions: !other.is_empty(),
        actions: actions.into_iter().chain(other).map(|action| action.to_string()).collect(),
        tag_references,
    })
}

/// Returns `true` if the effect of a statement is `Allow`. A missing, repeated or unknown effect is an error.
fn effect(node: &PolicyJson) -> Result<bool, DocumentError> {
    let wrong = DocumentError::Shape("a statement neither allows nor denies");
    let mut effects = node.all("Effect").map(|effect| match effect {
        PolicyJson::Scalar(text) if text == "Allow" => Some(true),
        PolicyJson::Scalar(text) if text == "Deny" => Some(false),
        _ => None,
    });
    match (effects.next().flatten(), effects.next()) {
        (Some(allows), None) => Ok(allows),
        _ => Err(wrong),
    }
}

fn of_test(
    operator: &Arc<str>,
    name: &Arc<str>,
    values: Vec<Arc<str>>,
    variables: bool,
    tag_references: &mut Vec<TagReference>,
) {
    if variables {
        for text in &values {
            let place =
                || ReferenceElement::Value { operator: operator.clone(), name: name.clone(), text: text.clone() };
            tag_references.extend(of_variables(text).into_iter().map(|(condition_key, key)| TagReference {
                condition_key,
                key,
                element: place(),
            }));
        }
    }
    if let Some((condition_key, key)) = of_condition(name) {
        let place = ReferenceElement::Condition { operator: operator.clone(), name: name.clone(), values };
        tag_references.push(TagReference { condition_key, key, element: place });
    }
}

/// The texts of an element: one or a list.
fn texts(node: &PolicyJson, element: &str) -> Result<Vec<Arc<str>>, DocumentError> {
    let mut out = Vec::new();
    for value in node.all(element) {
        out.append(&mut strings(value)?);
    }
    Ok(out)
}

fn strings(node: &PolicyJson) -> Result<Vec<Arc<str>>, DocumentError> {
    let text = |item: &PolicyJson| match item {
        PolicyJson::Scalar(text) => Ok(text.as_str().into()),
        PolicyJson::List(_) | PolicyJson::Object(_) => {
            Err(DocumentError::Shape("an object or a list instead of a string"))
        }
    };
    node.items().iter().map(text).collect()
}

#[cfg(test)]
mod tests;
