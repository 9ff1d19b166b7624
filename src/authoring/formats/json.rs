//! A format as a JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::spec::{FormatSchema, Object, Type};

impl FormatSchema {
    /// The schema, as it is committed in [`FormatSchema::file`].
    #[must_use]
    pub fn json_schema(&self) -> String {
        let references: Vec<Value> = self.roots.iter().map(|root| reference(root)).collect();
        let definitions: Map<String, Value> =
            self.objects().into_iter().map(|object| (object.name.to_owned(), definition(object))).collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("taglint {}", self.name),
            "description": self.about,
            "$defs": definitions,
        });
        schema["anyOf"] = Value::Array(references);
        let mut text = serde_json::to_string_pretty(&crate::authoring::schema::sorted(schema)).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn reference(object: &Object) -> Value {
    json!({ "$ref": format!("#/$defs/{}", object.name) })
}

fn definition(object: &Object) -> Value {
    let fields = object.fields();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut value = value(field.ty);
            // Beside a `$ref`, draft 2020-12 keeps the description.
            value["description"] = json!(field.about);
            (field.name.to_owned(), value)
        })
        .collect();
    let required: Vec<&str> = fields.iter().filter(|field| !field.optional).map(|field| field.name).collect();
    let mut out = json!({ "type": "object", "description": object.about, "properties": properties });
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    if object.closed {
        out["additionalProperties"] = json!(false);
    }
    out
}

fn value(ty: Type) -> Value {
    match ty {
        Type::Text => json!({ "type": "string" }),
        Type::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Type::Time => json!({ "type": "string", "format": "date-time" }),
        Type::Count => json!({ "type": "integer", "minimum": 0 }),
        Type::Percent => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
        Type::Flag => json!({ "type": "boolean" }),
        Type::Word(word) => json!({ "const": word }),
        Type::Version(version) => json!({ "const": version }),
        Type::Words(words) => json!({ "enum": words() }),
        Type::List(inner) => json!({ "type": "array", "items": value(*inner) }),
        Type::Pair(first, second) => {
            let items = [value(*first), value(*second)];
            json!({ "type": "array", "prefixItems": items, "items": false, "minItems": 2 })
        }
        Type::Map(inner) => json!({ "type": "object", "additionalProperties": value(*inner) }),
        Type::Object(object) => reference(object),
        Type::Nullable(inner) => json!({ "anyOf": [value(*inner), { "type": "null" }] }),
        Type::Any(types) => json!({ "anyOf": types.iter().map(|ty| value(*ty)).collect::<Vec<_>>() }),
    }
}
