//! Policies in Terraform source: rules of AWS Config, and tag policies.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::found::{Found, NotFound, tag_policy};
use super::note::Note;
use super::steps::{MAX_DEPTH, Steps};
use crate::authoring::write::shown;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, HclBody, TemplatePart, TraversalStep};

/// A policy in a file, or the text of a conformance pack in it.
pub(super) enum TerraformPolicy {
    /// A policy.
    Found(Found),
    /// A template.
    Template(String),
}

/// The policies in a file.
///
/// # Errors
/// [`NotFound::Json`], if a tag policy in it is not JSON.
pub(super) fn from_terraform(
    source: &str,
    body: &HclBody,
    notes: &mut Vec<Note>,
) -> Result<Vec<TerraformPolicy>, NotFound> {
    let scope = TerraformValues::new(body);
    let (mut out, mut others) = (Vec::new(), 0);
    for module in body.blocks("module") {
        let label = module.labels.first().map(String::as_str).unwrap_or_default();
        notes.push(Note::lost(format!("the module {} of {} is not looked into", shown(label), shown(source))));
    }
    for block in body.blocks("resource") {
        let [kind, label] = &block.labels[..] else { continue };
        let said = format!("{} of {}", shown(&format!("{kind}.{label}")), shown(source));
        if !is_policy(kind) {
            others += 1;
            continue;
        }
        if !scope.exists(&block.body, &said, notes) {
            continue;
        }
        match kind.as_str() {
            "aws_config_config_rule" => out.push(TerraformPolicy::Found(scope.config_rule(label, &block.body))),
            "aws_config_organization_managed_rule" => {
                out.push(TerraformPolicy::Found(scope.organization_rule(label, &block.body)));
            }
            "aws_config_conformance_pack" | "aws_config_organization_conformance_pack" => {
                match scope.attribute(&block.body, "template_body") {
                    Some(Value::String(text)) => out.push(TerraformPolicy::Template(text)),
                    _ => notes.push(Note::lost(format!("{said} is omitted: its template_body is not known"))),
                }
            }
            "aws_organizations_policy" => out.extend(scope.organizations_policy(source, &said, block, notes)?),
            _ => {}
        }
    }
    notes.extend(Note::others(others, source));
    Ok(out)
}

fn is_policy(kind: &str) -> bool {
    matches!(
        kind,
        "aws_config_config_rule"
            | "aws_config_organization_managed_rule"
            | "aws_config_conformance_pack"
            | "aws_config_organization_conformance_pack"
            | "aws_organizations_policy"
    )
}

/// The values of a file, as far as it determines them.
struct TerraformValues<'t> {
    locals: HashMap<&'t str, &'t Expression>,
    variables: HashMap<&'t str, &'t Expression>,
    steps: Steps,
}

impl<'t> TerraformValues<'t> {
    fn new(body: &'t HclBody) -> Self {
        let locals = body.blocks("locals").flat_map(|block| &block.body.attributes);
        let variable = |block: &'t HclBlock| Some((block.labels.first()?.as_str(), block.body.value("default")?));
        Self {
            locals: locals.map(|attribute| (attribute.name.as_str(), &attribute.value)).collect(),
            variables: body.blocks("variable").filter_map(variable).collect(),
            steps: Steps::default(),
        }
    }

    /// `true` if a resource has an instance, by its `count`.
    fn exists(&self, body: &HclBody, said: &str, notes: &mut Vec<Note>) -> bool {
        match self.attribute(body, "count") {
            Some(Value::String(count)) if count == "0" => {
                notes.push(Note::lost(format!("{said} is omitted: its count is 0")));
                return false;
            }
            Some(Value::Null) => {
                notes.push(Note::lost(format!("{said} has a count that is not known, and is imported")));
            }
            _ => {}
        }
        true
    }

    fn config_rule(&self, label: &str, body: &HclBody) -> Found {
        let mut rule = Map::new();
        rule.insert("ConfigRuleName".to_owned(), self.name(label, body));
        let source = self.block(body, "source", &[("source_identifier", "SourceIdentifier")]);
        rule.insert("Source".to_owned(), source.unwrap_or_default());
        rule.extend(self.attribute(body, "input_parameters").map(|value| ("InputParameters".to_owned(), value)));
        let scope = [
            ("compliance_resource_types", "ComplianceResourceTypes"),
            ("compliance_resource_id", "ComplianceResourceId"),
            ("tag_key", "TagKey"),
            ("tag_value", "TagValue"),
        ];
        rule.extend(self.block(body, "scope", &scope).map(|scope| ("Scope".to_owned(), scope)));
        Found::ConfigRule(rule)
    }

    fn organization_rule(&self, label: &str, body: &HclBody) -> Found {
        let mut rule = Map::new();
        rule.insert("ConfigRuleName".to_owned(), self.name(label, body));
        rule.insert(
            "Source".to_owned(),
            json!({ "SourceIdentifier": self.attribute(body, "rule_identifier").unwrap_or_default() }),
        );
        for (from, to) in [("input_parameters", "InputParameters"), ("excluded_accounts", "ExcludedAccounts")] {
            rule.extend(self.attribute(body, from).map(|value| (to.to_owned(), value)));
        }
        let scope = [
            ("resource_types_scope", "ComplianceResourceTypes"),
            ("resource_id_scope", "ComplianceResourceId"),
            ("tag_key_scope", "TagKey"),
            ("tag_value_scope", "TagValue"),
        ];
        let scope = scope.iter().filter_map(|(from, to)| Some(((*to).to_owned(), self.attribute(body, from)?)));
        rule.insert("Scope".to_owned(), Value::Object(scope.collect()));
        Found::ConfigRule(rule)
    }

    fn organizations_policy(
        &self,
        source: &str,
        said: &str,
        block: &HclBlock,
        notes: &mut Vec<Note>,
    ) -> Result<Option<TerraformPolicy>, NotFound> {
        match self.attribute(&block.body, "type") {
            Some(Value::String(kind)) if kind == "TAG_POLICY" => {}
            Some(Value::Null) => {
                notes.push(Note::lost(format!("{said} is omitted: its type is not known")));
                return Ok(None);
            }
            // Without a type, it is a service control policy.
            _ => return Ok(None),
        }
        let name = self.attribute(&block.body, "name").and_then(|name| name.as_str().map(str::to_owned));
        if let Some(content @ (Value::String(_) | Value::Object(_))) = self.attribute(&block.body, "content") {
            let found = tag_policy(source, content, name, None, false)?;
            return Ok(Some(TerraformPolicy::Found(found)));
        }
        notes.push(Note::lost(format!("{said} is omitted: its content is not known")));
        Ok(None)
    }

    /// The name of a rule: a known one, or the label of its block.
    fn name(&self, label: &str, body: &HclBody) -> Value {
        self.attribute(body, "name").filter(Value::is_string).unwrap_or_else(|| Value::String(label.to_owned()))
    }

    /// An attribute; null where it is not known, `None` where it does not exist.
    fn attribute(&self, body: &HclBody, name: &str) -> Option<Value> {
        let expression = body.value(name)?;
        (!matches!(expression.kind, ExpressionKind::Null)).then(|| self.value(expression, 0))
    }

    /// A nested block with its attributes by AWS's names. JSON writes it as an attribute.
    fn block(&self, body: &HclBody, name: &str, fields: &[(&str, &str)]) -> Option<Value> {
        let pick = |read: &dyn Fn(&str) -> Option<Value>| {
            fields.iter().filter_map(|(from, to)| Some(((*to).to_owned(), read(from)?))).collect::<Map<_, _>>()
        };
        if let Some(block) = body.blocks(name).next() {
            return Some(Value::Object(pick(&|from| self.attribute(&block.body, from))));
        }
        let dynamic = body.blocks("dynamic").any(|block| block.labels.first().is_some_and(|label| label == name));
        if dynamic {
            return Some(Value::Null);
        }
        match self.attribute(body, name)? {
            Value::Array(list) if list.len() == 1 => Some(Value::Object(pick(&|from| list[0].get(from).cloned()))),
            value @ Value::Object(_) => Some(Value::Object(pick(&|from| value.get(from).cloned()))),
            _ => Some(Value::Null),
        }
    }

    /// A value as JSON; null where it is not known.
    fn value(&self, expression: &Expression, depth: u32) -> Value {
        // Names copy the text that they stand for, and each copy may be copied again.
        let text = if let ExpressionKind::Text(text) = &expression.kind { text.len() } else { 0 };
        if depth > MAX_DEPTH || !self.steps.take(text) {
            return Value::Null;
        }
        match &expression.kind {
            ExpressionKind::Bool(value) => Value::String(value.to_string()),
            ExpressionKind::Number(text) | ExpressionKind::Text(text) => Value::String(text.clone()),
            ExpressionKind::Template(parts) => self.template(parts, depth).map_or(Value::Null, Value::String),
            ExpressionKind::List(items) => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            ExpressionKind::Object(entries) => self.object(entries, depth).unwrap_or_default(),
            ExpressionKind::Select(base, steps) => self.select(base, steps, depth).unwrap_or_default(),
            ExpressionKind::Call { name, args, expand: false } => self.call(name, args, depth).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn template(&self, parts: &[TemplatePart], depth: u32) -> Option<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => out += text,
                TemplatePart::Value(value) => out += self.value(value, depth + 1).as_str()?,
                TemplatePart::If(..) | TemplatePart::For(_) => return None,
            }
        }
        Some(out)
    }

    fn object(&self, entries: &[(Expression, Expression)], depth: u32) -> Option<Value> {
        let mut out = Map::new();
        for (key, value) in entries {
            let key = match &key.kind {
                ExpressionKind::Name(name) => name.clone(),
                _ => self.value(key, depth + 1).as_str()?.to_owned(),
            };
            if !matches!(value.kind, ExpressionKind::Null) {
                out.insert(key, self.value(value, depth + 1));
            }
        }
        Some(Value::Object(out))
    }

    /// `local.name` and `var.name` with a default.
    fn select(&self, base: &Expression, steps: &[TraversalStep], depth: u32) -> Option<Value> {
        let ExpressionKind::Name(root) = &base.kind else { return None };
        let [TraversalStep::Attribute(name), rest @ ..] = steps else { return None };
        let names = match root.as_str() {
            "local" => &self.locals,
            "var" => &self.variables,
            _ => return None,
        };
        let mut value = self.value(names.get(name.as_str())?, depth + 1);
        for step in rest {
            let TraversalStep::Attribute(name) = step else { return None };
            value = value.get(name)?.clone();
        }
        Some(value)
    }

    fn call(&self, name: &str, args: &[Expression], depth: u32) -> Option<Value> {
        let mut values = args.iter().map(|arg| self.value(arg, depth + 1));
        match (name, args.len()) {
            // Readers of JSON in a string take the value itself too.
            ("jsonencode" | "tostring" | "tolist" | "toset" | "tomap" | "sensitive" | "nonsensitive", 1) => {
                values.next()
            }
            ("join", 2) => {
                let (separator, list) = (values.next()?, values.next()?);
                let items: Option<Vec<&str>> = list.as_array()?.iter().map(Value::as_str).collect();
                Some(Value::String(items?.join(separator.as_str()?)))
            }
            ("concat", _) => values
                .map(|value| value.as_array().cloned())
                .collect::<Option<Vec<_>>>()
                .map(|lists| Value::Array(lists.concat())),
            ("merge", _) => {
                let maps: Option<Vec<_>> = values.map(|value| value.as_object().cloned()).collect();
                Some(Value::Object(maps?.into_iter().flatten().collect()))
            }
            _ => None,
        }
    }
}
