//! Tags in an `OpenAPI` definition: API Gateway gives them to the HTTP API that it makes of the definition.

use super::evaluate::TemplateEvaluator;
use super::tags::{self, TemplateTags};
use super::template::ParsedTemplate;
use crate::base::quote;
use crate::syntax::{Node, NodeKind};

/// The field with the value of a tag; without it the value is empty (API Gateway Developer Guide,
/// "x-amazon-apigateway-tag-value property").
const VALUE: &str = "x-amazon-apigateway-tag-value";

/// The tags of a definition.
pub(super) fn tags<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, body: &'t Node) -> TemplateTags {
    let mut out = TemplateTags::default();
    if let Some((name, _)) = body.call() {
        return TemplateTags::unknown(format!("{} gives the definition of the API", quote(name)));
    }
    let Some(list) = body.get("tags") else { return out };
    if !matches!(list.kind, NodeKind::List(_)) {
        return TemplateTags::any_others();
    }
    for item in list.items() {
        let key = item.get("name").map(|name| eval.scope.trace(|| eval.text(name)));
        let key = key.filter(|key| !key.secret).and_then(|key| key.value);
        let written = item.get(VALUE).map(|value| (value, eval.scope.trace(|| tags::value_of(eval, value))));
        out.add(match written {
            Some((node, value)) => {
                TemplateTags::one(key, value.value, value.secret, template.location(node.span.start))
            }
            None => TemplateTags::one(key, Some(String::new()), false, template.location(item.span.start)),
        });
    }
    out
}

/// The tags of an API whose definition is a file of S3.
pub(super) fn tags_of_file() -> TemplateTags {
    TemplateTags::unknown("the definition of the API is a file that can have tags")
}

/// Returns whether SAM takes a value for an `OpenAPI` definition that it can add tags to.
pub(super) fn is_definition(body: &Node) -> bool {
    let is_map = |node: &Node| node.call().is_none() && matches!(node.kind, NodeKind::Map(_));
    is_map(body) && body.get("openapi").is_some() && body.get("paths").is_some_and(is_map)
}
