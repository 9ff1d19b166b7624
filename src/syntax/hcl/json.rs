//! The JSON syntax: strings are templates, and an object is a block where Terraform's schema says so.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::native;
use super::tree::{Expression, ExpressionKind, HclAttribute, HclBlock, HclBody, Position};
use super::{ParsedFile, SyntaxError};
use crate::aws::resource_types::nested;
use crate::syntax::json::STRICT;

/// Blocks at the top of a file, with how many labels each has.
const TOP: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("module", 1),
    ("provider", 1),
    ("variable", 1),
    ("output", 1),
    ("locals", 0),
    ("terraform", 0),
];

/// Blocks inside of blocks, as far as taglint looks at them.
const NESTED: &[&str] =
    &["default_tags", "dynamic", "ignore_tags", "lifecycle", "override_provider", "required_providers", "tag"];

/// The key whose value is a comment, by the JSON syntax of HCL.
pub const COMMENT_KEY: &str = "//";

/// Parses a `.tf.json` file. `file` becomes the file of every position.
///
/// # Errors
/// The first mistake and its place.
pub fn parse_json(text: &str, file: u32) -> Result<ParsedFile, SyntaxError> {
    let mut body = HclBody::default();
    let reader = HclJsonTreeBuilder { file, templates: true };
    for object in objects(&root(text)?) {
        for property in &object.properties {
            let kind = property.name.as_str();
            if let Some((kind, labels)) = TOP.iter().find(|(known, _)| *known == kind) {
                reader.blocks(kind, *labels, &mut Vec::new(), property, None, &mut body.blocks);
            }
        }
    }
    Ok(ParsedFile { body, strings: Vec::new() })
}

/// Parses a `.tfvars.json` file, which has attributes only. Its strings are not templates.
///
/// # Errors
/// The first mistake and its place.
pub fn parse_json_values(text: &str, file: u32) -> Result<ParsedFile, SyntaxError> {
    let mut body = HclBody::default();
    for object in objects(&root(text)?) {
        let reader = HclJsonTreeBuilder { file, templates: false };
        let attributes = object.properties.iter().filter(|property| property.name.as_str() != COMMENT_KEY);
        body.attributes.extend(attributes.map(|property| HclAttribute {
            name: property.name.as_str().to_owned(),
            at: reader.at(property.range.start),
            value: reader.node(&property.value),
        }));
    }
    Ok(ParsedFile { body, strings: Vec::new() })
}

fn root(text: &str) -> Result<Value<'_>, SyntaxError> {
    let collect = CollectOptions { comments: jsonc_parser::CommentCollectionStrategy::Off, tokens: false };
    let parsed = parse_to_ast(text, &collect, &STRICT).map_err(|error| {
        let range = error.range();
        SyntaxError { span: range.start..range.end, message: error.kind().to_string() }
    })?;
    parsed.value.ok_or_else(|| SyntaxError { span: 0..0, message: "the file is empty".to_owned() })
}

/// An object, or each of a list of objects.
fn objects<'v, 'a>(value: &'v Value<'a>) -> Vec<&'v Object<'a>> {
    match value {
        Value::Object(object) => vec![object],
        Value::Array(list) => list.elements.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    }
}

struct HclJsonTreeBuilder {
    file: u32,
    /// True if texts are templates.
    templates: bool,
}

impl HclJsonTreeBuilder {
    fn at(&self, offset: usize) -> Position {
        Position { file: self.file, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// The blocks that a property holds: below as many labels, an object or a list of objects for each. `owner` is the type
    /// of the resource around them.
    fn blocks(
        &self,
        kind: &str,
        labels: usize,
        path: &mut Vec<String>,
        property: &ObjectProp<'_>,
        owner: Option<&str>,
        out: &mut Vec<HclBlock>,
    ) {
        for object in objects(&property.value) {
            if path.len() < labels {
                for inner in object.properties.iter().filter(|inner| inner.name.as_str() != COMMENT_KEY) {
                    path.push(inner.name.as_str().to_owned());
                    self.blocks(kind, labels, path, inner, owner, out);
                    path.pop();
                }
                continue;
            }
            // The block begins at its name, which is what a person looks for; one of a list at its own brace.
            let start = match &property.value {
                Value::Object(_) => property.range.start,
                _ => object.range.start,
            };
            out.push(HclBlock {
                kind: kind.to_owned(),
                labels: path.clone(),
                at: self.at(start),
                end: u32::try_from(object.range.end).unwrap_or(u32::MAX),
                body: self
                    .body(object, owner.or(if kind == "resource" { path.first().map(String::as_str) } else { None })),
            });
        }
    }

    /// The content of a block. `owner` is the type of the resource that it belongs to.
    fn body(&self, object: &Object<'_>, owner: Option<&str>) -> HclBody {
        let mut body = HclBody::default();
        for property in &object.properties {
            let name = property.name.as_str();
            if NESTED.contains(&name) || owner.is_some_and(|owner| nested::is_terraform_block(owner, name)) {
                let labels = usize::from(name == "dynamic");
                self.blocks(name, labels, &mut Vec::new(), property, owner, &mut body.blocks);
            } else {
                body.attributes.push(self.attribute(property));
            }
        }
        body
    }

    fn attribute(&self, property: &ObjectProp<'_>) -> HclAttribute {
        let name = property.name.as_str().to_owned();
        let value = match (&property.value, name.as_str()) {
            // These are read by name, not evaluated.
            (Value::StringLit(text), "provider" | "source" | "version" | COMMENT_KEY) => {
                Expression { at: self.at(text.range.start), kind: ExpressionKind::Text(text.value.to_string()) }
            }
            (Value::StringLit(text), "type") => {
                let at = self.at(text.range.start);
                native::expression(&text.value, at)
                    .unwrap_or(Expression { at, kind: ExpressionKind::Text(text.value.to_string()) })
            }
            (value, _) => self.node(value),
        };
        HclAttribute { name, at: self.at(property.range.start), value }
    }

    fn node(&self, value: &Value<'_>) -> Expression {
        let at = self.at(value.range().start);
        let kind = match value {
            Value::NullKeyword(_) => ExpressionKind::Null,
            Value::BooleanLit(it) => ExpressionKind::Bool(it.value),
            Value::NumberLit(it) => ExpressionKind::Number(it.value.to_owned()),
            Value::StringLit(text) => self.words(&text.value, at),
            Value::Array(list) => ExpressionKind::List(list.elements.iter().map(|item| self.node(item)).collect()),
            Value::Object(object) => ExpressionKind::Object(
                object
                    .properties
                    .iter()
                    .map(|property| {
                        let at = self.at(property.range.start);
                        (Expression { at, kind: self.words(property.name.as_str(), at) }, self.node(&property.value))
                    })
                    .collect(),
            ),
        };
        Expression { at, kind }
    }

    /// A text, which is a template where it holds one.
    fn words(&self, text: &str, at: Position) -> ExpressionKind {
        if !self.templates || !(text.contains("${") || text.contains("%{")) {
            return ExpressionKind::Text(text.to_owned());
        }
        native::template(text, at).unwrap_or(ExpressionKind::Opaque("a template that can't be read"))
    }
}
