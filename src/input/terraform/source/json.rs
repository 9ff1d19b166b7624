//! `.tf.json` files: JSON in which texts are templates, and objects are blocks where Terraform's schema says so.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::hcl::{self, Mistake, Parsed};
use super::syntax::{At, Attribute, Block, Body, Expr, Node};

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

/// What the JSON syntax of HCL takes as a comment.
pub(super) const COMMENT: &str = "//";

/// JSON as it is defined, with nothing that only JSON5 has.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a `.tf.json` file.
pub(super) fn parse(text: &str, file: u32) -> Result<Parsed, Mistake> {
    let mut body = Body::default();
    let reader = Reader { file, templates: true };
    for object in objects(&root(text)?) {
        for property in &object.properties {
            let kind = property.name.as_str();
            if let Some((kind, labels)) = TOP.iter().find(|(known, _)| *known == kind) {
                reader.blocks(kind, *labels, &mut Vec::new(), property, &mut body.blocks);
            }
        }
    }
    Ok(Parsed { body, texts: Vec::new() })
}

/// Reads a `.tfvars.json` file: attributes only, whose texts are no templates.
pub(super) fn parse_values(text: &str, file: u32) -> Result<Parsed, Mistake> {
    let mut body = Body::default();
    for object in objects(&root(text)?) {
        let reader = Reader { file, templates: false };
        let attributes = object.properties.iter().filter(|property| property.name.as_str() != COMMENT);
        body.attributes.extend(attributes.map(|property| Attribute {
            name: property.name.as_str().to_owned(),
            at: reader.at(property.range.start),
            value: reader.node(&property.value),
        }));
    }
    Ok(Parsed { body, texts: Vec::new() })
}

fn root(text: &str) -> Result<Value<'_>, Mistake> {
    let collect = CollectOptions { comments: jsonc_parser::CommentCollectionStrategy::Off, tokens: false };
    let parsed = parse_to_ast(text, &collect, &STRICT).map_err(|error| {
        let range = error.range();
        (range.start..range.end, error.kind().to_string())
    })?;
    parsed.value.ok_or_else(|| (0..0, "the file is empty".to_owned()))
}

/// An object, or each of a list of objects.
fn objects<'v, 'a>(value: &'v Value<'a>) -> Vec<&'v Object<'a>> {
    match value {
        Value::Object(object) => vec![object],
        Value::Array(list) => list.elements.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    }
}

struct Reader {
    file: u32,
    /// Whether texts are templates.
    templates: bool,
}

impl Reader {
    fn at(&self, offset: usize) -> At {
        At { file: self.file, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// The blocks that a property holds: below as many labels, an object or a list of objects for each.
    fn blocks(
        &self,
        kind: &str,
        labels: usize,
        path: &mut Vec<String>,
        property: &ObjectProp<'_>,
        out: &mut Vec<Block>,
    ) {
        for object in objects(&property.value) {
            if path.len() < labels {
                for inner in object.properties.iter().filter(|inner| inner.name.as_str() != COMMENT) {
                    path.push(inner.name.as_str().to_owned());
                    self.blocks(kind, labels, path, inner, out);
                    path.pop();
                }
                continue;
            }
            // The block begins at its name, which is what a person looks for; one of a list at its own brace.
            let start = match &property.value {
                Value::Object(_) => property.range.start,
                _ => object.range.start,
            };
            out.push(Block {
                kind: kind.to_owned(),
                labels: path.clone(),
                at: self.at(start),
                end: u32::try_from(object.range.end).unwrap_or(u32::MAX),
                body: self.body(object),
            });
        }
    }

    fn body(&self, object: &Object<'_>) -> Body {
        let mut body = Body::default();
        for property in &object.properties {
            let name = property.name.as_str();
            if NESTED.contains(&name) {
                let labels = usize::from(name == "dynamic");
                self.blocks(name, labels, &mut Vec::new(), property, &mut body.blocks);
            } else {
                body.attributes.push(self.attribute(property));
            }
        }
        body
    }

    fn attribute(&self, property: &ObjectProp<'_>) -> Attribute {
        let name = property.name.as_str().to_owned();
        let value = match (&property.value, name.as_str()) {
            // These are read by name, not evaluated.
            (Value::StringLit(text), "provider" | "source" | "version" | COMMENT) => {
                Node { at: self.at(text.range.start), expr: Expr::Text(text.value.to_string()) }
            }
            (Value::StringLit(text), "type") => {
                let at = self.at(text.range.start);
                hcl::expression(&text.value, at).unwrap_or(Node { at, expr: Expr::Text(text.value.to_string()) })
            }
            (value, _) => self.node(value),
        };
        Attribute { name, at: self.at(property.range.start), value }
    }

    fn node(&self, value: &Value<'_>) -> Node {
        let at = self.at(value.range().start);
        let expr = match value {
            Value::NullKeyword(_) => Expr::Null,
            Value::BooleanLit(it) => Expr::Bool(it.value),
            Value::NumberLit(it) => Expr::Number(it.value.to_owned()),
            Value::StringLit(text) => self.words(&text.value, at),
            Value::Array(list) => Expr::List(list.elements.iter().map(|item| self.node(item)).collect()),
            Value::Object(object) => Expr::Object(
                object
                    .properties
                    .iter()
                    .map(|property| {
                        let at = self.at(property.range.start);
                        (Node { at, expr: self.words(property.name.as_str(), at) }, self.node(&property.value))
                    })
                    .collect(),
            ),
        };
        Node { at, expr }
    }

    /// A text, which is a template where it holds one.
    fn words(&self, text: &str, at: At) -> Expr {
        if !self.templates || !(text.contains("${") || text.contains("%{")) {
            return Expr::Text(text.to_owned());
        }
        hcl::template(text, at).unwrap_or(Expr::Opaque("a template that can't be read"))
    }
}
