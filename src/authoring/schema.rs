//! The JSON Schema of a policy file, for editors (taplo, Even Better TOML): made from the table of fields, so that what
//! an editor offers is what the program reads.
//!
//! Draft 7 is what taplo validates with. It hands a TOML date on as a string, so a date is a string of that shape here. It
//! offers no completion below `allOf`, which is why a rule says what its kinds exclude by `dependencies` on the field that
//! tells the kind: the field that does not belong is then the one that is marked.

use serde_json::{Map, Value, json};

use crate::policy::fields::{CONDITION, Field, KINDS, KindSpec, POLICY, RULE, TEST, TEST_RESOURCE, TOP, Ty, WAIVER};
use crate::rule::ViolationKind;

/// `YYYY-MM-DD`.
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// One key, written out.
const LITERAL: &str = "^[^*?]+$";
/// Lists that may be empty; in every other an empty list is a mistake.
const MAY_BE_EMPTY: &[&str] = &["extends", "disable", "labels", "expect", "unknown", "unknown-values"];
/// Tag fields that need one key: a glob names many.
const NEED_ONE_KEY: &[&str] = &["required", "aliases", "default", "default-from"];

/// The schema of a policy file, as it is committed in `rules/schema.json`.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = table(TOP, place(TOP));
    insert(&mut schema, "$schema", json!("http://json-schema.org/draft-07/schema#"));
    insert(&mut schema, "title", json!("taglint policy"));
    insert(
        &mut schema,
        "description",
        json!("Rules for the tags of AWS resources, version 1 of taglint's policy language."),
    );
    let definitions: Map<String, Value> = [POLICY, RULE, CONDITION, WAIVER, TEST, TEST_RESOURCE]
        .into_iter()
        .map(|fields| (place(fields).to_owned(), definition(fields)))
        .collect();
    insert(&mut schema, "definitions", Value::Object(definitions));
    let mut text = serde_json::to_string_pretty(&sorted(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// The name of a table's definition.
fn place(fields: &'static [Field]) -> &'static str {
    for (known, name) in [
        (POLICY, "policy"),
        (RULE, "rule"),
        (CONDITION, "condition"),
        (WAIVER, "waiver"),
        (TEST, "test"),
        (TEST_RESOURCE, "test-resource"),
    ] {
        if known == fields {
            return name;
        }
    }
    "top"
}

fn definition(fields: &'static [Field]) -> Value {
    let name = place(fields);
    let mut out = table(fields, name);
    match name {
        "rule" => {
            insert(&mut out, "anyOf", kinds());
            insert(&mut out, "dependencies", rule_dependencies());
            // A key that is a glob has nothing that needs one key.
            insert(&mut out, "if", json!({ "required": ["key"], "properties": { "key": { "pattern": "[*?]" } } }));
            insert(&mut out, "then", excluding(NEED_ONE_KEY.iter().copied()));
        }
        "condition" => insert(&mut out, "minProperties", json!(1)),
        "test-resource" => insert(
            &mut out,
            "dependencies",
            json!({
                "unknown": excluding(["tags", "unknown-values", "more-tags"]),
                "user": { "properties": { "type": { "const": "iam:mfa" } } },
            }),
        ),
        _ => {}
    }
    out
}

fn table(fields: &'static [Field], place: &str) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), property(field, place))).collect();
    let mut out = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    // The word stands in the field's text, which the docs print too: there is one place to change.
    let required: Vec<&str> = fields.iter().filter(|f| f.doc.contains("Required")).map(|f| f.name).collect();
    if !required.is_empty() {
        insert(&mut out, "required", json!(required));
    }
    out
}

fn property(field: &Field, place: &str) -> Value {
    let mut out = value(field.ty);
    let item = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match (place, field.name) {
        ("rule", "id") => insert(&mut out, "pattern", json!("^[a-z0-9][a-z0-9-]*$")),
        ("rule", "key" | "separator") => insert(&mut out, "minLength", json!(1)),
        ("rule", "unique") => insert(&mut out, "pattern", json!(LITERAL)),
        ("rule", "any-of" | "same-as-user") => insert(&mut out, "items", item(LITERAL)),
        ("rule", "aliases" | "forbid") => insert(&mut out, "items", item("^[\\s\\S]")),
        ("rule", "message") => {
            insert(&mut out, "pattern", json!("^([^{}]|\\{\\{|\\}\\}|\\{(key|value|name|type)\\})*$"));
        }
        ("waiver", "reason") => insert(&mut out, "pattern", json!("\\S")),
        ("test", "expect") => {
            let kinds: Vec<_> = ViolationKind::ALL.iter().map(|(kind, _)| kind.name()).collect();
            insert(&mut out, "items", item(&format!("^[a-z0-9][a-z0-9-]*(:({}))?$", kinds.join("|"))));
        }
        _ => {}
    }
    if matches!(field.ty, Ty::Texts) && !MAY_BE_EMPTY.contains(&field.name) {
        insert(&mut out, "minItems", json!(1));
    }
    // Draft 7 does not look beside a `$ref`; editors do, and the text tells what the field is.
    insert(&mut out, "description", json!(field.doc));
    out
}

fn value(ty: Ty) -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let filled = || json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    let date = || json!({ "type": "string", "format": "date", "pattern": DATE });
    let whole = || json!({ "type": "integer", "minimum": 0 });
    match ty {
        Ty::Text | Ty::Regex => text(),
        Ty::Texts => texts(),
        Ty::TextOrTexts => json!({ "anyOf": [text(), filled()] }),
        Ty::Flag => json!({ "type": "boolean" }),
        Ty::Count => whole(),
        Ty::Date => date(),
        Ty::Bound => {
            let today = json!({ "type": "string", "pattern": "^today([+-][0-9]{1,5}d)?$" });
            json!({ "anyOf": [{ "type": "number" }, date(), today] })
        }
        Ty::Age => json!({ "anyOf": [{ "type": "string", "pattern": "^[0-9]{1,5}d$" }, date()] }),
        Ty::Choice(known) => json!({ "type": "string", "enum": known }),
        Ty::KeysOrDeclared => {
            let keys = json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 });
            json!({ "anyOf": [{ "type": "string", "enum": ["declared"] }, keys] })
        }
        Ty::TagTests => {
            let one = json!({ "anyOf": [text(), filled(), { "type": "boolean" }] });
            json!({ "type": "object", "additionalProperties": one, "minProperties": 1 })
        }
        Ty::TagMap => json!({ "type": "object", "additionalProperties": text() }),
        Ty::Table(fields) => reference(fields),
        Ty::Tables(fields) => json!({ "type": "array", "items": reference(fields) }),
        Ty::Version => json!({ "type": "integer", "enum": [1] }),
    }
}

fn reference(fields: &'static [Field]) -> Value {
    json!({ "$ref": format!("#/definitions/{}", place(fields)) })
}

/// A rule is of one kind at least; that it is of one at most is said by [`rule_dependencies`].
fn kinds() -> Value {
    let kind = |kind: &KindSpec| {
        let told: Vec<_> = kind.told_by.iter().map(|field| json!({ "required": [field] })).collect();
        let mut out = if told.len() == 1 { told[0].clone() } else { json!({ "anyOf": told }) };
        insert(&mut out, "title", json!(format!("{} rule", kind.name)));
        insert(&mut out, "description", json!(kind.what));
        out
    };
    KINDS.iter().map(kind).collect()
}

/// What each field excludes, and what it needs beside it.
fn rule_dependencies() -> Value {
    let mut out = Map::new();
    for kind in KINDS {
        for told_by in kind.told_by {
            let foreign = RULE.iter().filter(|f| !f.kinds.is_empty() && !f.kinds.contains(&kind.name));
            let twin = kind.told_by.iter().filter(|other| kind.name == "key-style" && *other != told_by);
            out.insert((*told_by).to_owned(), excluding(foreign.map(|f| f.name).chain(twin.copied())));
        }
    }
    let bounded =
        json!({ "required": ["format"], "properties": { "format": { "enum": ["integer", "number", "date"] } } });
    for name in ["min", "max"] {
        out.insert(name.to_owned(), bounded.clone());
    }
    for name in ["min-items", "max-items", "unique-items"] {
        out.insert(name.to_owned(), json!(["separator"]));
    }
    out.insert(
        "ignore-case".to_owned(),
        json!({ "anyOf": [{ "required": ["values"] }, { "required": ["not-values"] }] }),
    );
    Value::Object(out)
}

/// No property of these names.
fn excluding<'n>(names: impl IntoIterator<Item = &'n str>) -> Value {
    let none: Map<String, Value> = names.into_iter().map(|name| (name.to_owned(), Value::Bool(false))).collect();
    json!({ "properties": none })
}

fn insert(value: &mut Value, name: &str, entry: Value) {
    if let Value::Object(map) = value {
        map.insert(name.to_owned(), entry);
    }
}

/// The same with every object in name order, whatever order `serde_json`'s features make it keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: std::collections::BTreeMap<_, _> = map.into_iter().collect();
            Value::Object(ordered.into_iter().map(|(name, entry)| (name, sorted(entry))).collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_current() {
        super::super::assert_committed("rules/schema.json", &json_schema());
    }

    #[test]
    fn what_it_requires_is_what_the_program_requires() {
        let schema: Value = serde_json::from_str(&json_schema()).expect("good JSON");
        let required = |place: &str| schema.pointer(&format!("{place}/required")).cloned();
        for (place, want) in [
            ("", Some(json!(["version"]))),
            ("/definitions/policy", None),
            ("/definitions/rule", Some(json!(["id"]))),
            ("/definitions/condition", None),
            ("/definitions/waiver", Some(json!(["rules", "resources", "reason", "expires"]))),
            ("/definitions/test", Some(json!(["name", "resource", "expect"]))),
            ("/definitions/test-resource", Some(json!(["type"]))),
        ] {
            assert_eq!(required(place), want, "{place}");
        }
    }

    #[test]
    fn lists_that_must_not_be_empty_are_refused_empty_by_the_program_too() {
        for kind in KINDS {
            for field in RULE.iter().filter(|f| matches!(f.ty, Ty::Texts | Ty::KeysOrDeclared)) {
                if !field.kinds.is_empty() && !field.kinds.contains(&kind.name) {
                    continue;
                }
                let tell = match kind.name {
                    _ if kind.told_by.contains(&field.name) => String::new(),
                    "tag" => "key = 'K'".to_owned(),
                    "syntax" => "syntax = 'service'".to_owned(),
                    "key-style" => "key-style = 'PascalCase'".to_owned(),
                    "count" => "max-tags = 5".to_owned(),
                    "unique" => "unique = 'K'".to_owned(),
                    name => format!("{name} = ['K']"),
                };
                let text = format!("version = 1\n[[rule]]\nid = 'r'\n{tell}\n{} = []\n", field.name);
                let may = MAY_BE_EMPTY.contains(&field.name);
                assert_eq!(super::super::load_text(&text).is_ok(), may, "{} of {}", field.name, kind.name);
            }
        }
    }

    #[test]
    fn every_field_of_every_table_is_there_with_its_text() {
        let schema: Value = serde_json::from_str(&json_schema()).expect("good JSON");
        for fields in [TOP, POLICY, RULE, CONDITION, WAIVER, TEST, TEST_RESOURCE] {
            let at = if fields == TOP { String::new() } else { format!("/definitions/{}", place(fields)) };
            for field in fields {
                let text = schema.pointer(&format!("{at}/properties/{}/description", field.name));
                assert_eq!(text.and_then(Value::as_str), Some(field.doc), "{at} {}", field.name);
            }
            let table = schema.pointer(&at).and_then(Value::as_object).expect("a table");
            assert_eq!(table["additionalProperties"], json!(false));
            assert_eq!(table["properties"].as_object().map(Map::len), Some(fields.len()));
        }
    }
}
