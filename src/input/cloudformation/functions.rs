//! The intrinsic functions, each as far as its arguments are known.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::evaluate::{Eval, LONGEST, Value, literal};
use crate::syntax::{Node, NodeKind};

/// What a function gives. Those that only the deployment can answer (`Fn::GetAtt`, `Fn::ImportValue`, `Fn::GetAZs`,
/// `Fn::Cidr`, `Fn::Transform`, …) and those that no one knows yet are unknown.
pub(super) fn call(eval: &Eval<'_, '_>, name: &str, argument: &Node) -> Value {
    let items = argument.items();
    match (name, items) {
        ("Ref", _) => argument.text().map_or(Value::Unknown, |name| eval.reference(name)),
        ("Fn::Sub", []) => argument.text().map_or(Value::Unknown, |text| sub(eval, text, &[])),
        ("Fn::Sub", [text, names]) => text.text().map_or(Value::Unknown, |text| {
            let names: Vec<_> =
                names.entries().iter().map(|entry| (entry.key.as_str(), eval.value(&entry.value))).collect();
            sub(eval, text, &names)
        }),
        ("Fn::If", [condition, yes, no]) => choose(eval, condition, yes, no),
        ("Fn::Join", [separator, list]) => join(eval, separator, list).unwrap_or(Value::Unknown),
        ("Fn::Select", [at, list]) => select(eval, at, list).unwrap_or(Value::Unknown),
        ("Fn::Split", [separator, text]) => split(eval, separator, text).unwrap_or(Value::Unknown),
        ("Fn::FindInMap", [map, top, second, rest @ ..]) => find(eval, [map, top, second], rest),
        ("Fn::Base64", _) => {
            eval.text(argument).map_or(Value::Unknown, |text| Value::text(BASE64_STANDARD.encode(text)))
        }
        ("Fn::Length", _) => match eval.value(argument) {
            Value::List(items) => Value::Text(items.len().to_string()),
            _ => Value::Unknown,
        },
        ("Fn::ToJsonString", _) if !has_bare(argument) => match json(&eval.value(argument)) {
            Some(json) => Value::text(json.to_string()),
            None => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// One of two values; where the condition can't be told, what they have in common.
fn choose(eval: &Eval<'_, '_>, condition: &Node, yes: &Node, no: &Node) -> Value {
    match condition.text().and_then(|name| eval.condition(name)) {
        Some(true) => eval.value(yes),
        Some(false) => eval.value(no),
        None => {
            let (yes, no) = (eval.value(yes), eval.value(no));
            if yes == no { yes } else { Value::Unknown }
        }
    }
}

/// `${Name}` in a text: first the names of the call, then what `Ref` knows; `${!Name}` stands for itself.
fn sub(eval: &Eval<'_, '_>, text: &str, names: &[(&str, Value)]) -> Value {
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
            Value::Text(text) if out.len() + text.len() <= LONGEST => out += &text,
            _ => return Value::Unknown,
        }
    }
    Value::text(out + rest)
}

fn join(eval: &Eval<'_, '_>, separator: &Node, list: &Node) -> Option<Value> {
    let separator = eval.text(separator)?;
    let Value::List(items) = eval.value(list) else { return None };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = item.as_text()?;
        if out.len() + separator.len() + item.len() > LONGEST {
            return None;
        }
        if at > 0 {
            out += &separator;
        }
        out += item;
    }
    Some(Value::text(out))
}

fn select(eval: &Eval<'_, '_>, at: &Node, list: &Node) -> Option<Value> {
    let at: usize = eval.text(at)?.parse().ok()?;
    match eval.value(list) {
        Value::List(mut items) if at < items.len() => Some(items.swap_remove(at)),
        _ => None,
    }
}

fn split(eval: &Eval<'_, '_>, separator: &Node, text: &Node) -> Option<Value> {
    let (separator, text) = (eval.text(separator)?, eval.text(text)?);
    if separator.is_empty() {
        return None;
    }
    Some(Value::List(text.split(&separator).map(|part| Value::Text(part.to_owned())).collect()))
}

/// The value of a mapping; where it has none, the default that the call gives.
fn find(eval: &Eval<'_, '_>, names: [&Node; 3], rest: &[Node]) -> Value {
    let [Some(map), Some(top), Some(second)] = names.map(|name| eval.text(name)) else { return Value::Unknown };
    match eval.mapping(&map, &top, &second) {
        Some(node) => literal(node),
        None => rest.iter().find_map(|more| more.get("DefaultValue")).map_or(Value::Unknown, |node| eval.value(node)),
    }
}

/// Whether an expression has a value that is no text: JSON would show it without quotes.
fn has_bare(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Text(_) => false,
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::AmbiguousNumber(_) => true,
        NodeKind::List(items) => items.iter().any(has_bare),
        NodeKind::Map(entries) => entries.iter().any(|entry| has_bare(&entry.value)),
    }
}

fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        // In which order several keys come is not documented.
        Value::Map(entries) if entries.len() < 2 => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), json(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::Map(_) | Value::Nothing | Value::Unknown => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::evaluate::{Place, Scope};
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

    fn eval(text: &str) -> (Value, bool) {
        let root = yaml(TEMPLATE);
        let place = Place { account: Some("111122223333".into()), region: Some("cn-north-1".into()), stack: None };
        let given = BTreeMap::from([("Given".to_owned(), Value::Text("given".to_owned()))]);
        let scope = Scope::new(&root, place, given);
        let value = Eval::new(&scope).value(&yaml(text));
        (value, scope.take_secret())
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
            assert_eq!(eval(text), (Value::Text(want.to_owned()), false), "{text}");
        }
        assert_eq!(eval("!Ref Secret"), (Value::Text("s3".to_owned()), true));
        assert_eq!(eval("!Ref AWS::NoValue"), (Value::Nothing, false));
        assert_eq!(eval("!If [IsYes, !Ref AWS::NoValue, a]"), (Value::Nothing, false));
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
            assert_eq!(eval(text).0, Value::Unknown, "{text}");
        }
    }

    #[test]
    fn conditions_that_run_deep_or_wide_come_to_an_end() {
        let mut text = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
        for n in 1..400 {
            text += &format!("  C{n}: !And [!Condition C{0}, !Condition C{0}]\n", n - 1);
        }
        let root = yaml(&text);
        let scope = Scope::new(&root, Place::default(), BTreeMap::new());
        let eval = Eval::new(&scope);
        assert_eq!(eval.condition("C399"), None);
        assert_eq!(Eval::new(&Scope::new(&root, Place::default(), BTreeMap::new())).condition("C50"), Some(true));
    }

    #[test]
    fn long_texts_are_not_put_together() {
        let part = "x".repeat(40_000);
        for text in [
            format!("!Join ['', [{part}, {part}]]"),
            format!("!Sub ['${{A}}${{A}}', {{A: {part}}}]"),
            "x".repeat(LONGEST + 1),
        ] {
            assert_eq!(eval(&text).0, Value::Unknown);
        }
    }
}
