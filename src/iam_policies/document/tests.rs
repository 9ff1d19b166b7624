use serde_json::{Value, json};

use super::super::meaning;
use super::*;

fn of(document: &str) -> Result<Vec<Statement>, DocumentError> {
    statements(&PolicyJson::Scalar(document.to_owned()))
}

fn policy(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

/// The condition keys that one statement reads.
fn reads(statement: &Value) -> Vec<String> {
    let found = of(&policy(statement)).unwrap();
    found.iter().flat_map(|statement| &statement.tag_references).map(TagReference::written).collect()
}

#[test]
fn a_tag_is_found_wherever_a_statement_reads_it() {
    let allow = |more: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:*"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        statement
    };
    let condition = |operator: &str, key: &str, values: Value| {
        allow(json!({"Resource": "*", "Condition": {operator: {key: values}}}))
    };
    for (statement, want) in [
        (condition("StringEquals", "aws:PrincipalTag/Owner", json!("a")), &["aws:PrincipalTag/Owner"][..]),
        (condition("StringLikeIfExists", "AWS:PRINCIPALTAG/owner", json!(["a", "b"])), &["aws:PrincipalTag/owner"]),
        (condition("ForAllValues:StringEquals", "aws:TagKeys", json!(["a"])), &["aws:TagKeys"]),
        (condition("Null", "iam:ResourceTag/Owner", json!(true)), &["iam:ResourceTag/Owner"]),
        (condition("Null", "aws:RequestTag/Owner", json!("false")), &["aws:RequestTag/Owner"]),
        (
            condition("StringEquals", "aws:ResourceTag/Team", json!("${aws:PrincipalTag/Team}")),
            &["aws:PrincipalTag/Team", "aws:ResourceTag/Team"],
        ),
        (
            condition("StringLike", "s3:prefix", json!(["x", "${aws:PrincipalTag/Team, 'none'}/*"])),
            &["aws:PrincipalTag/Team"],
        ),
        (condition("StringEquals", "aws:PrincipalTag/${aws:username}", json!("x")), &["aws:PrincipalTag/*"]),
        (allow(json!({"Resource": "arn:aws:s3:::x/${aws:PrincipalTag/Team}/*"})), &["aws:PrincipalTag/Team"]),
        (
            allow(json!({"Resource": ["*", "${aws:PrincipalTag/A}${aws:PrincipalTag/B}"]})),
            &["aws:PrincipalTag/A", "aws:PrincipalTag/B"],
        ),
        (allow(json!({"NotResource": "${aws:PrincipalTag/Team}"})), &["aws:PrincipalTag/Team"]),
        (condition("StringEquals", "aws:username", json!("${aws:username}")), &[]),
        (allow(json!({"Resource": "*", "Sid": "${aws:PrincipalTag/Team}"})), &[]),
    ] {
        assert_eq!(reads(&statement), want, "{statement}");
        let mut denied = statement.clone();
        denied["Effect"] = "Deny".into();
        assert_eq!(reads(&denied), want, "{denied}");
        assert_eq!(reads(&json!([{"Effect": "Deny", "Action": "*"}, statement])), want, "in a list");
    }
}

#[test]
fn encoded_text_plain_text_and_objects_are_one() {
    let text = policy(&json!({"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*", "Sid": "Own 100%",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/Größe + x": "%20"}}}));
    let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let found = of(&text).unwrap();
    assert_eq!(of(&encoded).unwrap(), found);
    assert_eq!(statements(&serde_json::from_str(&text).unwrap()).unwrap(), found);
    assert_eq!((found[0].title(), found[0].allows, found[0].other_actions), ("Own 100%".to_owned(), false, true));
    assert_eq!(found[0].tag_references[0].written(), "aws:PrincipalTag/Größe + x");
    let ReferenceElement::Condition { values, .. } = &found[0].tag_references[0].element else { panic!("{found:?}") };
    assert_eq!(&*values[0], "%20", "a plain document is not decoded");
}

#[test]
fn before_2012_a_variable_is_text() {
    let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "${aws:PrincipalTag/Team}",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Owner": "${aws:PrincipalTag/Team}"}}}"#;
    for (version, want) in [
        (r#""Version": "2012-10-17","#, 3),
        (r#""Version": "2008-10-17","#, 1),
        ("", 1),
        (r#""Version": "2008-10-17", "Version": "2012-10-17","#, 3),
        (r#""version": "2030-01-01","#, 3),
    ] {
        let found = of(&format!(r#"{{{version} "Statement": {statement}}}"#)).unwrap();
        assert_eq!(found[0].tag_references.len(), want, "{version}");
    }
}

#[test]
fn what_is_said_twice_is_read_twice() {
    let found = of(r#"{"Version": "2012-10-17", "Statement": [], "Statement": {"Effect": "Allow", "Action": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "1"}}, "Condition": {},
        "condition": {"StringEquals": {"aws:PrincipalTag/c": "1"}}}}"#);
    assert_eq!(found.unwrap()[0].tag_references.len(), 3);
}

#[test]
fn what_is_not_understood_is_an_error_and_not_a_policy_that_reads_nothing() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let long = " ".repeat(MAX_DOCUMENT + 1);
    for (document, words) in [
        ("", "not JSON"),
        ("%7B", "not JSON"),
        ("%ff%fe", "not UTF-8"),
        (long.as_str(), "longer"),
        (deep.as_str(), "not JSON"),
        ("{}", "no statement"),
        ("[]", "not JSON"),
        (r#"{"Statement": "x"}"#, "neither allows nor denies"),
        (r#"{"Statement": {"Effect": "allow"}}"#, "neither allows nor denies"),
        (r#"{"Statement": {"Effect": "Allow", "Effect": "Deny"}}"#, "neither allows nor denies"),
        (r#"{"Statement": {"Effect": "Allow", "Condition": "x"}}"#, "a condition is not an object"),
        (r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEquals": 1}}}"#, "operator has no object"),
        (
            r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEquals": {"a": {}}}}}"#,
            "an object or a list instead of a string",
        ),
        (
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": [[]]}}"#,
            "an object or a list instead of a string",
        ),
    ] {
        let error = of(document).map_err(|error| error.to_string());
        let shown = &document[..document.len().min(80)];
        assert!(error.as_ref().is_err_and(|error| error.contains(words)) || document == "[]", "{shown}: {error:?}");
        assert!(error.is_err(), "{shown}");
    }
}

#[test]
fn sentences_say_what_a_statement_does() {
    let sentence = |effect: &str, more: Value| {
        let mut statement = json!({"Effect": effect, "Action": "s3:*"});
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = of(&policy(&statement)).unwrap();
        meaning(&found[0], &found[0].tag_references[0])
    };
    let condition = |operator: &str, key: &str, values: Value| json!({"Condition": {operator: {key: values}}});
    for (effect, more, want) in [
        (
            "Allow",
            condition("StringEquals", "aws:PrincipalTag/Owner", json!(["a", "b"])),
            r#"allows this only where the caller's tag "Owner" is "a" or "b""#,
        ),
        (
            "Deny",
            condition("StringNotEquals", "aws:ResourceTag/Owner", json!("a")),
            r#"denies this where the resource's tag "Owner" is not "a", or there is none"#,
        ),
        (
            "Allow",
            condition("StringLikeIfExists", "iam:ResourceTag/Owner", json!("a*")),
            r#"allows this only where the iam resource's tag "Owner" matches "a*", or there is none"#,
        ),
        (
            "Deny",
            condition("Null", "aws:PrincipalTag/Owner", json!("true")),
            r#"denies this where the caller's tag "Owner" is absent"#,
        ),
        (
            "Allow",
            condition("ForAllValues:StringEquals", "aws:TagKeys", json!(["a", "b", "c", "d", "e", "f", "g"])),
            r#"allows this only where every value of a key that the request writes or removes is "a", "b", "c", "d", "e" or one of 2 more, or there is none"#,
        ),
        (
            "Allow",
            condition("StringOdd", "aws:PrincipalTag/Owner", json!([])),
            r#"allows this only where the caller's tag "Owner" meets "StringOdd" no value"#,
        ),
        (
            "Allow",
            json!({"Resource": "arn:aws:s3:::x/${aws:PrincipalTag/Owner}"}),
            r#"allows this only on "arn:aws:s3:::x/${aws:PrincipalTag/Owner}", with the caller's tag "Owner" in its place"#,
        ),
        (
            "Deny",
            json!({"NotResource": "${aws:PrincipalTag/Owner}"}),
            r#"denies this on all resources but "${aws:PrincipalTag/Owner}", with the caller's tag "Owner" in its place"#,
        ),
        (
            "Allow",
            condition("StringLike", "s3:prefix", json!("${aws:PrincipalTag/Owner}/*")),
            r#"allows this only where s3:prefix matches "${aws:PrincipalTag/Owner}/*", with the caller's tag "Owner" in its place"#,
        ),
    ] {
        assert_eq!(sentence(effect, more), want);
    }
}
