//! Tests of parsed templates.

use super::*;

fn parse(text: &str) -> Result<ParsedTemplate, Diagnostic> {
    ParsedTemplate::parse(Path::new("t.yaml"), "t.yaml".to_owned(), text.to_owned(), false)
}

#[test]
fn a_waiver_belongs_to_the_resource_it_stands_at() {
    let text = "\
# taglint:ignore far too far away
Resources:
  # taglint:ignore above-a the reason
  # another line
  A:
    Type: X # taglint:ignore at-the-end  of a line\u{20}
    # taglint:ignore in-a well indented
    Properties:
      UserData: |
        # taglint:ignore script no comment at all
      Text: '# taglint:ignore quoted no comment'
      Tags: !If # taglint:ignore in-a-call a reason
        - C
        - []
        - []
      # taglint:ignore below-a still in it

  # taglint:ignore no-reason
  # taglint:ignorewhat is this
  # taglint:ignore above-b the reason
  B: {Type: X}
  #taglint:ignore above-c no space before it
  C: {Type: X}
# taglint:ignore after too far
Outputs: {}
";
    let template = parse(text).unwrap();
    let rules = |id: &str| {
        let entry = template.root.get("Resources").unwrap().entry(id).unwrap();
        let ignores = template.ignores(entry);
        ignores.iter().map(|i| format!("{} ({}) {}", i.rule, i.reason, i.location.line)).collect::<Vec<_>>()
    };
    let a = [
        "above-a (the reason) 3",
        "at-the-end (of a line) 6",
        "in-a (well indented) 7",
        "in-a-call (a reason) 12",
        "below-a (still in it) 16",
    ];
    assert_eq!(rules("A"), a);
    assert_eq!(rules("B"), ["above-b (the reason) 20"]);
    assert_eq!(rules("C"), ["above-c (no space before it) 22"]);
}

#[test]
fn columns_count_characters_however_long_the_line() {
    let text = format!("{{\"Resources\": {{\"{}\": {{}}, \"B\": {{}}}}}}\n", "é".repeat(3000));
    let template = parse(&text).unwrap();
    for (at, _) in text.char_indices() {
        let (line, column) = template.file.line_column(at);
        let got = template.location(at);
        assert_eq!((got.line as usize, got.column), (line, u32::try_from(column).ok()), "byte {at}");
    }
}

#[test]
fn what_is_no_template_is_refused_with_its_place() {
    for (text, line, words) in [
        ("a: 1\n", 1, "it has no `Resources`"),
        ("[]", 1, "it has no `Resources`"),
        ("A: 1\nResources:\n- a\n", 3, "must be a map"),
        ("{\"Resources\": []}", 1, "must be a map"),
        ("{\"Resources\": {", 1, "not YAML"),
    ] {
        let problem = parse(text).expect_err(words);
        assert!(problem.message.contains(words), "{text}: {}", problem.message);
        assert_eq!(problem.file.line_column(problem.span.start).0, line, "{text}: {}", problem.message);
    }
    assert!(parse("{Resources: {A: {Type: X}}}").is_ok(), "YAML may begin with a brace");
}

#[test]
fn a_duplicate_key_is_unknown_where_it_may_change_tags() {
    let resource =
        |properties: &str| format!("Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties: {properties}\n");
    for (text, want) in [
        (resource("{Policies: [{PolicyName: a, PolicyName: b}]}"), "later"),
        (resource("{Path: /a/, Path: /b/}"), "later"),
        (resource("{Tags: [{Key: a}], Tags: [{Key: a}]}"), "later"),
        (resource("{}\n    DependsOn: B\n    DependsOn: C"), "later"),
        (resource("{}\n    Condition: B\n    Condition: B"), "later"),
        (resource("{}\nOutputs: {A: {Value: 1, Value: 2}}"), "later"),
        (resource("{}\nOutputs: {}\nOutputs: {A: {}}"), "later"),
        (resource("{Policies: [{X: {Tags: []}, X: 1}]}"), "unknown"),
        (resource("{Tags: [{Key: a, Key: b}]}"), "unknown"),
        (resource("{Tags: [], Tags: [{Key: a}]}"), "unknown"),
        (resource("{X: {'Fn::Transform': 1, 'Fn::Transform': 2}}"), "unknown"),
        (resource("{}\n    Condition: B\n    Condition: C"), "unknown"),
        (resource("{}\n  A: {Type: X}"), "unknown"),
        (resource("{}\nConditions: {A: {'Fn::Equals': [a, a]}, A: {'Fn::Equals': [a, b]}}"), "unknown"),
        (resource("{}\nMappings: {M: {A: {B: 1}, A: {B: 2}}}"), "unknown"),
        (resource("{}\nParameters: {A: {Default: 1, Default: 2}}"), "unknown"),
        (resource("{Parameters: {A: 1, A: 2}}"), "error"),
        (resource("{}\nMappings: {M: {A: {B: 1}}, M: {}}"), "error"),
        (resource("{}\nParameters: {A: {NoEcho: true, NoEcho: false}}"), "error"),
        (resource("{}\nResources: {}"), "error"),
    ] {
        let found = parse(&text).map(|template| template.duplicates);
        let got = match found.as_deref() {
            Ok([duplicate]) if duplicate.is_unknown => "unknown",
            Ok([_]) => "later",
            Ok(_) => "not noted",
            Err(_) => "error",
        };
        assert_eq!(got, want, "{text}");
    }
    let json = r#"{"Resources": {}, "Outputs": {"A": {"Value": "1", "Value": "2"}}}"#;
    let template = parse(json).unwrap();
    assert_eq!(template.root.get("Outputs").unwrap().get("A").unwrap().get("Value").unwrap().text(), Some("2"));
}
