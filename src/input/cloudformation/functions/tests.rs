//! Tests of the intrinsic functions.

use std::collections::BTreeMap;

use super::super::evaluate::{GivenValues, StackEnvironment, TemplateScope, Traced};
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
    let given = BTreeMap::from([("Given".to_owned(), Traced::open(TemplateValue::Text("given".to_owned())))]);
    let scope = TemplateScope::new(&root, place, given.into());
    let Traced { value, secret } = scope.trace(|| TemplateEvaluator::new(&scope).value(&yaml(text)));
    (value, secret)
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
    let scope = TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default());
    let eval = TemplateEvaluator::new(&scope);
    assert_eq!(eval.condition("C399"), None);
    assert_eq!(
        TemplateEvaluator::new(&TemplateScope::new(&root, StackEnvironment::default(), GivenValues::default()))
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
