//! The intrinsic functions, each as far as its arguments are known.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::evaluate::{MAX_TEXT, TemplateEvaluator, TemplateValue, literal};
use crate::syntax::{Node, NodeKind};

/// What a function gives. Those that only the deployment can answer (`Fn::GetAtt`, `Fn::ImportValue`, `Fn::GetAZs`,
/// `Fn::Cidr`, `Fn::Transform`, …) and those that no one knows yet are unknown.
pub(super) fn call(eval: &TemplateEvaluator<'_, '_>, name: &str, argument: &Node) -> TemplateValue {
    let items = argument.items();
    match (name, items) {
        ("Ref", _) => argument.text().map_or(TemplateValue::Unknown, |name| eval.reference(name)),
        ("Fn::Sub", []) => argument.text().map_or(TemplateValue::Unknown, |text| sub(eval, text, &[])),
        ("Fn::Sub", [text, names]) => text.text().map_or(TemplateValue::Unknown, |text| {
            let names: Vec<_> =
                names.entries().iter().map(|entry| (entry.key.as_str(), eval.value(&entry.value))).collect();
            sub(eval, text, &names)
        }),
        ("Fn::If", [condition, yes, no]) => if_function(eval, condition, yes, no),
        ("Fn::Join", [separator, list]) => join(eval, separator, list).unwrap_or(TemplateValue::Unknown),
        ("Fn::Select", [at, list]) => select(eval, at, list).unwrap_or(TemplateValue::Unknown),
        ("Fn::Split", [separator, text]) => split(eval, separator, text).unwrap_or(TemplateValue::Unknown),
        ("Fn::FindInMap", [map, top, second, rest @ ..]) => find(eval, [map, top, second], rest),
        ("Fn::Base64", _) => {
            eval.text(argument).map_or(TemplateValue::Unknown, |text| TemplateValue::text(BASE64_STANDARD.encode(text)))
        }
        ("Fn::Length", _) => match eval.value(argument) {
            TemplateValue::List(items) => TemplateValue::Text(items.len().to_string()),
            _ => TemplateValue::Unknown,
        },
        ("Fn::ToJsonString", _) if !has_unquoted_scalar(argument) => match to_json(&eval.value(argument)) {
            Some(to_json) => TemplateValue::text(to_json.to_string()),
            None => TemplateValue::Unknown,
        },
        _ => TemplateValue::Unknown,
    }
}

/// One of two values; where the condition can't be told, what they have in common.
fn if_function(eval: &TemplateEvaluator<'_, '_>, condition: &Node, yes: &Node, no: &Node) -> TemplateValue {
    match condition.text().and_then(|name| eval.condition(name)) {
        Some(true) => eval.value(yes),
        Some(false) => eval.value(no),
        None => {
            let (yes, no) = (eval.value(yes), eval.value(no));
            if yes == no { yes } else { TemplateValue::Unknown }
        }
    }
}

/// `${Name}` in a text: first the names of the call, then what `Ref` knows; `${!Name}` stands for itself.
fn sub(eval: &TemplateEvaluator<'_, '_>, text: &str, names: &[(&str, TemplateValue)]) -> TemplateValue {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at..].find('}') else { break };
        out += &rest[..at];
        let name = rest[at + 2..at + length].trim();
        rest = &rest[at + length + 1..];
        if let Some(literal) = name.strip_prefix('!') {
            out += &format!("${{{literal}}}");
            continue;
        }
        let own = names.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        match own.unwrap_or_else(|| eval.reference(name)) {
            TemplateValue::Text(text) if out.len() + text.len() <= MAX_TEXT => out += &text,
            _ => return TemplateValue::Unknown,
        }
    }
    TemplateValue::text(out + rest)
}

fn join(eval: &TemplateEvaluator<'_, '_>, separator: &Node, list: &Node) -> Option<TemplateValue> {
    let separator = eval.text(separator)?;
    let TemplateValue::List(items) = eval.value(list) else { return None };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = item.as_text()?;
        if out.len() + separator.len() + item.len() > MAX_TEXT {
            return None;
        }
        if at > 0 {
            out += &separator;
        }
        out += item;
    }
    Some(TemplateValue::text(out))
}

fn select(eval: &TemplateEvaluator<'_, '_>, at: &Node, list: &Node) -> Option<TemplateValue> {
    let at: usize = eval.text(at)?.parse().ok()?;
    match eval.value(list) {
        TemplateValue::List(mut items) if at < items.len() => Some(items.swap_remove(at)),
        _ => None,
    }
}

fn split(eval: &TemplateEvaluator<'_, '_>, separator: &Node, text: &Node) -> Option<TemplateValue> {
    let (separator, text) = (eval.text(separator)?, eval.text(text)?);
    if separator.is_empty() {
        return None;
    }
    Some(TemplateValue::List(text.split(&separator).map(|part| TemplateValue::Text(part.to_owned())).collect()))
}

/// The value of a mapping; where it has none, the default that the call gives.
fn find(eval: &TemplateEvaluator<'_, '_>, names: [&Node; 3], rest: &[Node]) -> TemplateValue {
    let [Some(map), Some(top), Some(second)] = names.map(|name| eval.text(name)) else { return TemplateValue::Unknown };
    match eval.mapping(&map, &top, &second) {
        Some(node) => literal(node),
        None => rest
            .iter()
            .find_map(|more| more.get("DefaultValue"))
            .map_or(TemplateValue::Unknown, |node| eval.value(node)),
    }
}

/// Whether an expression has a value that is no text: JSON would show it without quotes.
fn has_unquoted_scalar(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Text(_) => false,
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::AmbiguousNumber(_) => true,
        NodeKind::List(items) => items.iter().any(has_unquoted_scalar),
        NodeKind::Map(entries) => entries.iter().any(|entry| has_unquoted_scalar(&entry.value)),
    }
}

fn to_json(value: &TemplateValue) -> Option<serde_json::Value> {
    Some(match value {
        TemplateValue::Text(text) => text.clone().into(),
        TemplateValue::List(items) => items.iter().map(to_json).collect::<Option<Vec<_>>>()?.into(),
        // In which order several keys come is not documented.
        TemplateValue::Map(entries) if entries.len() < 2 => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), to_json(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        TemplateValue::Map(_) | TemplateValue::NoValue | TemplateValue::Unknown => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::evaluate::{StackEnvironment, TemplateScope};
    use super::*;
    use crate::syntax::testing::yaml;

    const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String, Default: Production}
  Number: {Type: Number, Default: 7}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Empty: {Type: CommaDelimitedList, Default: ''}
  Open: {Type: String}
  Given: {Type: String, Default: not this}
  Kept: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/name}
  Round: {Type: String, Default: {Ref: Round}}
  Secret: {Type: String, Default: s3, NoEcho: true}
Mappings:
  Codes:
    Production: {Code: '12345', Teams: [x, y], Round: {'Fn::FindInMap': [Codes, Production, Round]}}
Conditions:
  IsYes: !Equals [!Ref Stage, Production]
  IsNo: !Not [!Condition IsYes]
  Open: !Equals [!Ref Open, x]
  Both: !And [!Condition IsYes, !Condition Open]
  Neither: !And [!Condition IsNo, !Condition Open]
  Either: !Or [!Condition IsYes, !Condition Open]
  Perhaps: !Or [!Condition IsNo, !Condition Open]
  Round: !Not [!Condition Round]
  Wrong: !Equals [a]
Resources:
  Anika: {Type: AWS::IAM::User, Properties: {UserName: !Ref Given}}
  Nameless: {Type: AWS::IAM::User}
  Circle: {Type: AWS::IAM::User, Properties: {UserName: !Sub '${Circle}'}}
  Pool: {Type: AWS::Cognito::UserPool}
";

    fn eval(text: &str) -> (TemplateValue, bool) {
        let root = yaml(TEMPLATE);
        let place =
            StackEnvironment { account: Some("111122223333".into()), region: Some("cn-north-1".into()), stack: None };
        let given = BTreeMap::from([("Given".to_owned(), TemplateValue::Text("given".to_owned()))]);
        let scope = TemplateScope::new(&root, place, given);
        let value = TemplateEvaluator::new(&scope).value(&yaml(text));
        (value, scope.take_no_echo())
    }

    #[test]
    fn what_the_template_decides_is_decided() {
        for (text, want) in [
            ("plain", "plain"),
            ("12", "12"),
            ("true", "true"),
            ("No", "false"),
            ("!Ref Stage", "Production"),
            ("!Ref Number", "7"),
            ("!Ref Given", "given"),
            ("!Ref Anika", "given"),
            ("!Ref AWS::AccountId", "111122223333"),
            ("!Ref AWS::Region", "cn-north-1"),
            ("!Ref AWS::Partition", "aws-cn"),
            ("!Ref AWS::URLSuffix", "amazonaws.com.cn"),
            ("!Sub 'x-${Stage}-${ AWS::Region }'", "x-Production-cn-north-1"),
            ("!Sub '${!Literal} ${ open'", "${Literal} ${ open"),
            ("!Sub ['${A}/${Stage}', {A: !Ref Number, Stage: own}]", "7/own"),
            ("!Join ['-', [a, !Ref Stage, 3]]", "a-Production-3"),
            ("!Join ['-', !Ref Names]", "a-b-c"),
            ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b"),
            ("!Select [1, !Ref Names]", "b"),
            ("!Select ['0', !Split ['/', a/b]]", "a"),
            ("!Select [1, [!Ref Open, b]]", "b"),
            ("!FindInMap [Codes, !Ref Stage, Code]", "12345"),
            ("!FindInMap [Codes, None, Code, {DefaultValue: !Ref Stage}]", "Production"),
            ("!Select [1, !FindInMap [Codes, Production, Teams]]", "y"),
            ("!If [IsYes, a, !Ref Open]", "a"),
            ("!If [IsNo, a, b]", "b"),
            ("!If [Open, same, same]", "same"),
            ("!If [Neither, a, b]", "b"),
            ("!If [Either, a, b]", "a"),
            ("!Base64 abc", "YWJj"),
            ("!Base64 {Ref: Number}", "Nw=="),
            ("Fn::Length: !Ref Names", "3"),
            ("Fn::Length: !Ref Empty", "0"),
            ("Fn::ToJsonString: {a: [x, !Ref Stage]}", "{\"a\":[\"x\",\"Production\"]}"),
        ] {
            assert_eq!(eval(text), (TemplateValue::Text(want.to_owned()), false), "{text}");
        }
        assert_eq!(eval("!Ref Secret"), (TemplateValue::Text("s3".to_owned()), true));
        assert_eq!(eval("!Ref AWS::NoValue"), (TemplateValue::NoValue, false));
        assert_eq!(eval("!If [IsYes, !Ref AWS::NoValue, a]"), (TemplateValue::NoValue, false));
    }

    #[test]
    fn what_only_the_deployment_knows_is_unknown() {
        for text in [
            "007",
            "!Ref Open",
            "!Ref Kept",
            "!Ref Round",
            "!Ref Nameless",
            "!Ref Circle",
            "!Ref Pool",
            "!Ref NotThere",
            "!Ref [a]",
            "!Ref AWS::StackName",
            "!Ref AWS::StackId",
            "!Sub '${Pool.Arn}'",
            "!Sub '${Names}'",
            "!Sub ['${A}', {A: !Ref Open}]",
            "!Sub [a]",
            "!Join ['-', [a, !Ref Open]]",
            "!Join [a]",
            "!Select [3, !Ref Names]",
            "!Select [-1, !Ref Names]",
            "!Select [0, [!Ref Open, b]]",
            "!Split ['', abc]",
            "!FindInMap [Codes, None, Code]",
            "!FindInMap [Codes, !Ref Open, Code]",
            "!FindInMap [Codes, Production, Round]",
            "!If [Open, a, b]",
            "!If [Both, a, b]",
            "!If [Perhaps, a, b]",
            "!If [Round, a, b]",
            "!If [Wrong, a, b]",
            "!If [NotThere, a, b]",
            "!If [IsYes, a]",
            "!GetAtt Pool.Arn",
            "!ImportValue x",
            "!GetAZs ''",
            "!Cidr [10.0.0.0/8, 2, 8]",
            "!Transform {Name: X}",
            "!Nobody knows",
            "Fn::ToJsonString: {a: 1}",
            "Fn::ToJsonString: {a: x, b: y}",
            "Fn::Length: !Ref Open",
            "'{{resolve:ssm:/a/b}}'",
            "!Sub '{{resolve:secretsmanager:${Stage}}}'",
            "!Equals [a, a]",
        ] {
            assert_eq!(eval(text).0, TemplateValue::Unknown, "{text}");
        }
    }

    #[test]
    fn conditions_that_run_deep_or_wide_come_to_an_end() {
        let mut text = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
        for n in 1..400 {
            text += &format!("  C{n}: !And [!Condition C{0}, !Condition C{0}]\n", n - 1);
        }
        let root = yaml(&text);
        let scope = TemplateScope::new(&root, StackEnvironment::default(), BTreeMap::new());
        let eval = TemplateEvaluator::new(&scope);
        assert_eq!(eval.condition("C399"), None);
        assert_eq!(
            TemplateEvaluator::new(&TemplateScope::new(&root, StackEnvironment::default(), BTreeMap::new()))
                .condition("C50"),
            Some(true)
        );
    }

    #[test]
    fn long_texts_are_not_put_together() {
        let part = "x".repeat(40_000);
        for text in [
            format!("!Join ['', [{part}, {part}]]"),
            format!("!Sub ['${{A}}${{A}}', {{A: {part}}}]"),
            "x".repeat(MAX_TEXT + 1),
        ] {
            assert_eq!(eval(&text).0, TemplateValue::Unknown);
        }
    }
}
