//! The JSON syntax: strings are templates, and an object is a block where Terraform's schema says so.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::json_schema::{BlockSchema, COMMENT_KEY, IsBlock, StringMeaning};
use super::tree::{Expression, ExpressionKind, HclAttribute, HclBlock, HclBody, Position};
use super::{ParsedFile, SyntaxError};
use crate::syntax::json::STRICT;

/// Parses a `.tf.json` file. `file` becomes the file of every position. `is_block` names blocks besides those that every
/// reader looks at.
///
/// # Errors
/// The first mistake and its place.
pub fn parse_json(text: &str, file: u32, is_block: IsBlock) -> Result<ParsedFile, SyntaxError> {
    let mut body = HclBody::default();
    let reader = HclJsonTreeBuilder { file, is_block };
    for object in objects(&root(text)?) {
        for property in &object.properties {
            if let Some((labels, schema)) = BlockSchema::File.block(property.name.as_str(), is_block) {
                reader.blocks(labels, schema, &mut Vec::new(), property, &mut body.blocks);
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
    let reader = HclJsonTreeBuilder { file, is_block: |_, _| false };
    for object in objects(&root(text)?) {
        let attributes = object.properties.iter().filter(|property| property.name.as_str() != COMMENT_KEY);
        body.attributes.extend(attributes.map(|property| HclAttribute {
            name: property.name.as_str().to_owned(),
            at: reader.at(property.range.start),
            value: reader.node(&property.value, StringMeaning::Literal),
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
    is_block: IsBlock,
}

impl HclJsonTreeBuilder {
    fn at(&self, offset: usize) -> Position {
        Position { file: self.file, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// The blocks that a property holds: below as many labels, an object or a list of objects for each. `path` is the name
    /// of the block and the labels so far.
    fn blocks<'o>(
        &self,
        labels: usize,
        schema: BlockSchema<'o>,
        path: &mut Vec<&'o str>,
        property: &'o ObjectProp<'_>,
        out: &mut Vec<HclBlock>,
    ) {
        path.push(property.name.as_str());
        for object in objects(&property.value) {
            if path.len() <= labels {
                for inner in object.properties.iter().filter(|inner| inner.name.as_str() != COMMENT_KEY) {
                    self.blocks(labels, schema, path, inner, out);
                }
                continue;
            }
            // The block begins at its name, which is what a person looks for; one of a list at its own brace.
            let start = match &property.value {
                Value::Object(_) => property.range.start,
                _ => object.range.start,
            };
            out.push(HclBlock {
                kind: path[0].to_owned(),
                labels: path[1..].iter().map(|&label| label.to_owned()).collect(),
                at: self.at(start),
                end: u32::try_from(object.range.end).unwrap_or(u32::MAX),
                body: self.body(object, schema.of_labels(&path[1..])),
            });
        }
        path.pop();
    }

    fn body(&self, object: &Object<'_>, schema: BlockSchema<'_>) -> HclBody {
        let mut body = HclBody::default();
        for property in &object.properties {
            let name = property.name.as_str();
            if let Some((labels, inner)) = schema.block(name, self.is_block) {
                self.blocks(labels, inner, &mut Vec::new(), property, &mut body.blocks);
            } else {
                body.attributes.push(HclAttribute {
                    name: name.to_owned(),
                    at: self.at(property.range.start),
                    value: self.node(&property.value, schema.strings_of(name)),
                });
            }
        }
        body
    }

    fn node(&self, value: &Value<'_>, strings: StringMeaning) -> Expression {
        let at = self.at(value.range().start);
        let kind = match value {
            Value::NullKeyword(_) => ExpressionKind::Null,
            Value::BooleanLit(it) => ExpressionKind::Bool(it.value),
            Value::NumberLit(it) => ExpressionKind::Number(it.value.to_owned()),
            Value::StringLit(text) => return strings.read(&text.value, at),
            Value::Array(list) => {
                ExpressionKind::List(list.elements.iter().map(|item| self.node(item, strings)).collect())
            }
            Value::Object(object) => ExpressionKind::Object(
                object
                    .properties
                    .iter()
                    .map(|property| {
                        let at = self.at(property.range.start);
                        (strings.of_keys().read(property.name.as_str(), at), self.node(&property.value, strings))
                    })
                    .collect(),
            ),
        };
        Expression { at, kind }
    }
}
