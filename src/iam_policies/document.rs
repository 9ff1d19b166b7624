//! One policy document: its statements that read tags.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::name::{Key, Whose, of_condition, of_variables};
use super::node::Node;

/// No policy is longer, in bytes: IAM's longest has 10,240 characters, each of which is at most twelve when encoded.
const MAX_DOCUMENT: usize = 256 << 10;

/// A statement that reads tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the document, from 1.
    pub number: usize,
    /// Its `Sid`, unless it has none or an empty one.
    pub sid: Option<String>,
    /// Whether it allows; else it denies.
    pub allows: bool,
    /// Its actions, as they are written.
    pub actions: Vec<String>,
    /// Whether it is about all actions but these.
    pub other_actions: bool,
    /// What it reads, in the order of the document; never empty.
    pub reads: Vec<Read>,
}

/// A tag that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Whose.
    pub whose: Whose,
    /// Under which key.
    pub key: Key,
    /// Where the statement reads it.
    pub place: Place,
}

/// Where a statement reads a tag. The texts are shared: a hostile document says one a thousand times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// As the condition key that is tested.
    Condition {
        /// `StringEquals`, `ForAllValues:StringLikeIfExists`, …
        operator: Arc<str>,
        /// As it is written: `aws:PrincipalTag/Team`.
        name: Arc<str>,
        /// What it is compared with.
        values: Vec<Arc<str>>,
    },
    /// As a variable in what another condition key is compared with.
    Value {
        /// The condition's operator.
        operator: Arc<str>,
        /// The condition's key.
        name: Arc<str>,
        /// The value with the variable.
        text: Arc<str>,
    },
    /// As a variable in a resource's ARN.
    Resource {
        /// Whether it is an ARN of `NotResource`.
        other: bool,
        /// The ARN with the variable.
        text: Arc<str>,
    },
}

/// Why a document is not understood. What it reads is then unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Longer than IAM takes.
    #[error("longer than any policy")]
    Long,
    /// Encoded in a way that gives no text.
    #[error("not UTF-8 under its percent encoding")]
    Encoding,
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// JSON, and no policy.
    #[error("no policy: {0}")]
    Shape(&'static str),
}

/// The statements of a document that read tags. IAM gives a document as percent-encoded text; the AWS CLI prints it as
/// an object.
///
/// # Errors
/// [`DocumentError`] where any part of it is not understood.
pub fn statements(document: &Node) -> Result<Vec<Statement>, DocumentError> {
    match document {
        Node::Scalar(text) => of_policy(&parse(text)?),
        node => of_policy(node),
    }
}

fn parse(text: &str) -> Result<Node, DocumentError> {
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

fn of_policy(policy: &Node) -> Result<Vec<Statement>, DocumentError> {
    // Variables came with the version of 2012; before, and without a version, `${…}` is text like any other.
    let variables = policy.all("Version").any(|version| *version != Node::Scalar("2008-10-17".to_owned()));
    let found: Vec<&Node> = policy.all("Statement").flat_map(Node::items).collect();
    if found.is_empty() {
        return Err(DocumentError::Shape("it has no statement"));
    }
    let mut out = Vec::new();
    for (at, node) in found.into_iter().enumerate() {
        let statement = of_statement(node, at + 1, variables)?;
        if !statement.reads.is_empty() {
            out.push(statement);
        }
    }
    Ok(out)
}

fn of_statement(node: &Node, number: usize, variables: bool) -> Result<Statement, DocumentError> {
    let mut reads = Vec::new();
    if variables {
        for (element, other) in [("Resource", false), ("NotResource", true)] {
            for text in texts(node, element)? {
                let place = |text: &Arc<str>| Place::Resource { other, text: text.clone() };
                reads.extend(of_variables(&text).into_iter().map(|(whose, key)| Read {
                    whose,
                    key,
                    place: place(&text),
                }));
            }
        }
    }
    for condition in node.all("Condition") {
        let Node::Object(operators) = condition else {
            return Err(DocumentError::Shape("a condition is no object"));
        };
        for (operator, tests) in operators {
            let operator: Arc<str> = operator.as_str().into();
            let Node::Object(tests) = tests else {
                return Err(DocumentError::Shape("a condition's operator has no object"));
            };
            for (name, values) in tests {
                of_test(&operator, &name.as_str().into(), strings(values)?, variables, &mut reads);
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
        reads,
    })
}

/// Whether a statement allows. One that says both, or neither, is none.
fn effect(node: &Node) -> Result<bool, DocumentError> {
    let wrong = DocumentError::Shape("a statement neither allows nor denies");
    let mut effects = node.all("Effect").map(|effect| match effect {
        Node::Scalar(text) if text == "Allow" => Some(true),
        Node::Scalar(text) if text == "Deny" => Some(false),
        _ => None,
    });
    match (effects.next().flatten(), effects.next()) {
        (Some(allows), None) => Ok(allows),
        _ => Err(wrong),
    }
}

fn of_test(operator: &Arc<str>, name: &Arc<str>, values: Vec<Arc<str>>, variables: bool, reads: &mut Vec<Read>) {
    if variables {
        for text in &values {
            let place = || Place::Value { operator: operator.clone(), name: name.clone(), text: text.clone() };
            reads.extend(of_variables(text).into_iter().map(|(whose, key)| Read { whose, key, place: place() }));
        }
    }
    if let Some((whose, key)) = of_condition(name) {
        let place = Place::Condition { operator: operator.clone(), name: name.clone(), values };
        reads.push(Read { whose, key, place });
    }
}

/// The texts of an element: one, or a list of them.
fn texts(node: &Node, element: &str) -> Result<Vec<Arc<str>>, DocumentError> {
    let mut out = Vec::new();
    for value in node.all(element) {
        out.append(&mut strings(value)?);
    }
    Ok(out)
}

fn strings(node: &Node) -> Result<Vec<Arc<str>>, DocumentError> {
    let text = |item: &Node| match item {
        Node::Scalar(text) => Ok(text.as_str().into()),
        Node::List(_) | Node::Object(_) => Err(DocumentError::Shape("an object or a list where a text belongs")),
    };
    node.items().iter().map(text).collect()
}

#[cfg(test)]
mod tests;
