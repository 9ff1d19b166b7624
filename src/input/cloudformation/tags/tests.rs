//! Tests of the tags of template resources.

use std::path::Path;

use super::super::evaluate::{GivenValues, StackEnvironment, TemplateScope};
use super::*;
use crate::syntax::Node;

const HEAD: &str = "
Parameters: {Open: {Type: String}, Stage: {Type: String, Default: Production}, Secret: {Type: String, Default: s, NoEcho: true}}
Conditions: {IsYes: !Equals [a, a], Open: !Equals [!Ref Open, x]}
Resources: {}
";

fn shown(tags: &str) -> String {
    let text = format!("{HEAD}Tags:\n  {}\n", tags.replace('\n', "\n  "));
    let template = ParsedTemplate::parse(Path::new("t.yaml"), "t.yaml".to_owned(), text, false).unwrap();
    let scope = TemplateScope::new(&template.root, StackEnvironment::default(), GivenValues::default());
    let form = if tags.starts_with('{') { Form::Map } else { Form::List };
    let reading = read(&TemplateEvaluator::new(&scope), &template, template.root.get("Tags").unwrap(), form);
    let tag = |tag: &EvaluatedTag| {
        let secret = if tag.secret { " (secret)" } else { "" };
        format!("{}={}{secret}", tag.key, tag.value.as_deref().unwrap_or("?"))
    };
    let mut all: Vec<_> = reading.written.iter().map(tag).collect();
    match reading.more {
        UnlistedTags::None => {}
        UnlistedTags::Keys(keys) => all.push(format!("…{}", keys.join(","))),
        UnlistedTags::Any | UnlistedTags::AllBut(_) => all.push("…".to_owned()),
    }
    all.extend(reading.why);
    all.join(" ")
}

#[test]
fn tags_are_what_the_template_says_of_them() {
    for (tags, want) in [
        ("[]", ""),
        ("~", ""),
        ("[{Key: A, Value: b}, {Key: C}]", "A=b C="),
        ("[{key: A, value: b}, {TagKey: C, TagValue: d}]", "A=b C=d"),
        ("[{Key: A, Value: !Ref Open}]", "A=?"),
        ("[{Key: A, Value: !Ref Secret}, {Key: B, Value: !Ref Stage}]", "A=s (secret) B=Production"),
        ("[{Key: A, Value: !Ref AWS::NoValue}]", "A="),
        ("[{Key: !Ref Stage, Value: b}]", "Production=b"),
        ("[{Key: !Ref Open, Value: b}, {Key: A, Value: b}]", "A=b …"),
        ("[!Ref AWS::NoValue, {Key: A, Value: b}]", "A=b"),
        ("[!If [IsYes, {Key: A, Value: b}, {Key: C, Value: d}]]", "A=b"),
        ("[!If [Open, {Key: A, Value: b}, !Ref AWS::NoValue], {Key: C, Value: d}]", "C=d …A"),
        ("[!If [Open, {Key: A, Value: b}, {Key: !Ref Open, Value: c}], {Key: C, Value: d}]", "C=d …"),
        ("[!If [Open, {Key: A, Value: b}, {Key: B, Value: c}], {Key: C, Value: d}]", "C=d …A,B"),
        ("[!If [Open, !If [Open, {Key: A, Value: b}, !Ref AWS::NoValue], {Key: A, Value: b}]]", "…A"),
        ("[!If [Open, {Key: A, Value: b}, {Key: A, Value: c}]]", "A=?"),
        ("[!If [Open, {Key: A, Value: b}, {Key: A, Value: b}]]", "A=b"),
        ("!If [IsYes, [{Key: A, Value: b}], []]", "A=b"),
        ("!If [Open, [{Key: A, Value: b}], [{Key: A, Value: b}, {Key: C, Value: d}]]", "A=b …C"),
        ("!If [Open, !Ref AWS::NoValue, [{Key: A, Value: b}]]", "…A"),
        ("!Transform {Name: X}", "… Fn::Transform gives the tags when the stack is deployed"),
        ("!Ref Stage", "… Ref gives the tags when the stack is deployed"),
        ("[!Transform {Name: X}, {Key: A, Value: b}]", "A=b …"),
        ("[{Fn::Transform: {Name: X}, Key: A}]", "A="),
        ("[plain]", "… an element in the list of tags has no `Key`: CloudFormation refuses it"),
        ("[{Name: A, Value: b}]", "… an element in the list of tags has no `Key`: CloudFormation refuses it"),
        ("!If [IsYes, {A: b}, []]", "… a map stands where the type takes a list of tags: CloudFormation refuses it"),
        ("plain", "… what stands for the tags is neither a list nor a map"),
        ("{A: b, C: 1, D: !Ref Open, E: !Ref AWS::NoValue, F: ~}", "A=b C=1 D=? F="),
        ("{A: !If [Open, b, !Ref AWS::NoValue], C: d}", "C=d …A"),
        ("{A: !If [IsYes, b, !Ref AWS::NoValue], Condition: d}", "A=b Condition=d"),
        ("{A: b, 'Fn::Transform': {Name: X}}", "A=b …"),
        ("{'Fn::ForEach::L': [N, [x, y], {'K${N}': !Sub '${N}!'}], A: b}", "Kx=x! Ky=y! A=b"),
        ("{'Fn::ForEach::L': [N, [x, y], {'K${N}': !If ['Is${N}', a, b]}]}", "Kx=? Ky=?"),
        ("{'Fn::ForEach::L': [N, ['Yes'], {'K${N}': !If ['Is${N}', a, b]}]}", "KYes=a"),
        ("{on: a, 'Yes': b, 1.10: c}", "true=a Yes=b 1.1=c"),
        ("{010: a, A: b}", "A=b … YAML 1.1 reads the key 010 as another text: quote it"),
        ("{A: b, ? [c] : d}", "A=b … the key \"[c]\" is no string"),
        ("{'Fn::ForEach::L': [N, !Ref Open, {'K${N}': v}], A: b}", "A=b …"),
    ] {
        assert_eq!(shown(tags), want, "{tags}");
    }
}

#[test]
fn weaker_tags_fill_in_what_is_not_there() {
    let read = |text: &str, more: bool| {
        let mut out = TemplateTags { more: more.into(), ..TemplateTags::default() };
        for tag_of_value in text.split_whitespace() {
            let (key, value) = tag_of_value.split_once('=').unwrap();
            out.add(TemplateTags::given_tag(key, value));
        }
        out
    };
    let values = |reading: TemplateTags| {
        let all = reading.written.into_iter().map(|tag| format!("{}={}", tag.key, tag.value.unwrap_or("?".into())));
        all.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(values(read("A=1 B=2", false).with_fallback(read("B=3 C=4", false))), "A=1 B=2 C=4");
    assert_eq!(values(read("A=1", true).with_fallback(read("A=2 C=4", false))), "A=1 C=?");
    let any_others = TemplateTags::possible_keys(["C".to_owned()]);
    assert_eq!(values(any_others.with_fallback(read("B=3 C=4", false))), "B=3 C=?");
    assert_eq!(values(TemplateTags::unknown("why").with_fallback(read("C=4", false))), "C=?");
}

#[test]
fn each_tag_points_at_its_value() {
    let text = format!("{HEAD}Tags:\n  - Key: ä\n    Value:   !Sub 'é'\n  - {{Key: b}}\n");
    let template = ParsedTemplate::parse(Path::new("t.yaml"), "dir/t.yaml".to_owned(), text, false).unwrap();
    let scope = TemplateScope::new(&template.root, StackEnvironment::default(), GivenValues::default());
    let node: &Node = template.root.get("Tags").unwrap();
    let reading = read(&TemplateEvaluator::new(&scope), &template, node, Form::List);
    let places: Vec<_> = reading.written.iter().map(|tag| tag.at.clone().unwrap()).collect();
    let at = |line, column| Location { path: "dir/t.yaml".to_owned(), line, column: Some(column) };
    assert_eq!(places, [at(7, 14), at(8, 5)]);
}
