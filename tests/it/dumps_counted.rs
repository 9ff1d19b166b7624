//! Every resource of a dump is counted once: judged, unread, or not judged with a reason.

use proptest::prelude::*;
use serde_json::{Value, json};
use taglint::engine::{Settings, run};
use taglint::input::{InputOptions, open_all};
use taglint::model::Day;
use taglint::policy::parse_text;

use crate::dumps::{CSV_HEAD, POLICY, explorer, owned, row, tags_property};

/// The kinds of resources in generated dumps.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Owned,
    Bare,
    Unknown,
    Broken,
    NoTags,
}

impl Kind {
    fn arn(self, at: usize) -> String {
        match self {
            Self::Broken => format!("x{at}"),
            Self::Unknown => format!("arn:aws:newthing:eu-west-1:111122223333:widget/{at}"),
            Self::Owned | Self::Bare | Self::NoTags => format!("arn:aws:iam::111122223333:role/r{at}"),
        }
    }

    fn tags(self) -> Value {
        match self {
            Self::Owned => owned(),
            Self::NoTags => Value::Null,
            Self::Bare | Self::Unknown | Self::Broken => json!([]),
        }
    }
}

/// The dumps with these resources, one for each shape.
fn dumps(kinds: &[Kind]) -> Vec<(&'static str, String)> {
    let list = |one: &dyn Fn(usize, Kind) -> Value| -> Vec<Value> {
        kinds.iter().enumerate().map(|(at, kind)| one(at, *kind)).collect()
    };
    let without_null = |mut value: Value| {
        value.as_object_mut().unwrap().retain(|_, field| !field.is_null());
        value
    };
    let role = |at, kind: Kind| without_null(json!({"RoleName": "r", "Arn": kind.arn(at), "Tags": kind.tags()}));
    let device = |at, kind: Kind| without_null(json!({"SerialNumber": kind.arn(at), "Tags": kind.tags()}));
    let explorer_row = |at, kind: Kind| {
        let tags = kind.tags();
        let properties = if tags.is_null() { json!([]) } else { tags_property(tags) };
        explorer(&kind.arn(at), "iam:role", properties)
    };
    let config_row = |at, kind: Kind| {
        let tags = if matches!(kind, Kind::Owned) { json!([{"key": "Owner", "value": "a"}]) } else { kind.tags() };
        Value::from(without_null(row("AWS::IAM::Role", &kind.arn(at), tags)).to_string())
    };
    let details = json!({"UserDetailList": [], "RoleDetailList": list(&role), "GroupDetailList": list(&role), "Policies": list(&role)});
    let mut csv = format!("{CSV_HEAD}\n");
    for (at, kind) in kinds.iter().enumerate() {
        let (owner, number) = match kind {
            Kind::Owned => ("a", "1"),
            Kind::NoTags => ("", ""),
            Kind::Bare | Kind::Unknown | Kind::Broken => ("(not tagged)", "0"),
        };
        csv += &format!("r,{owner},IAM,Role,global,(not tagged),{number},{}\n", kind.arn(at));
    }
    vec![
        ("a.json", json!({"ResourceTagMappingList": list(&|at, kind| without_null(json!({"ResourceARN": kind.arn(at), "Tags": kind.tags()})))}).to_string()),
        ("a.json", details.to_string()),
        ("a.json", json!({"Resources": list(&explorer_row)}).to_string()),
        ("a.json", json!({"Results": list(&config_row)}).to_string()),
        ("a.json", json!({"Roles": list(&role)}).to_string()),
        ("a.json", json!({"VirtualMFADevices": list(&device)}).to_string()),
        ("a.csv", csv),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_resource_of_a_dump_is_judged_unread_or_named(
        kinds in proptest::collection::vec(
            proptest::sample::select(&[Kind::Owned, Kind::Bare, Kind::Unknown, Kind::Broken, Kind::NoTags][..]), 1..12)
    ) {
        for (name, text) in dumps(&kinds) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, &text).unwrap();
            let opened = open_all(&[path], &InputOptions::default()).unwrap();
            let settings = Settings::new(parse_text(POLICY).unwrap(), Day::parse("2026-11-22").unwrap());
            let report = run(settings, opened.into_iter().map(|opened| opened.input).collect()).unwrap();
            let coverage = report.coverage();
            let named = coverage.not_judged.iter().filter(|group| !group.kind.contains(' '));
            let out = coverage.judged + named.map(|group| group.count).sum::<u64>() + report.gaps().len() as u64;
            let lists = if text.contains("UserDetailList") { 3 } else { 1 };
            prop_assert_eq!(out, lists * kinds.len() as u64, "{}: {:?} {:?}", text, coverage, report.gaps());
        }
    }
}
