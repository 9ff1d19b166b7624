//! Reports for the tests of the formats.

use std::sync::Arc;

use serde_json::{Value, json};

use super::format::ReportFormat;
use super::options::{ReportOptions, Show};
use crate::base::Globs;
use crate::base::SourceFile;
use crate::engine::{ByteSource, Input, InputKind, Report, Settings, run};
use crate::model::{Day, Gap};
use crate::policy::{PolicyLocation, PolicySource, Waiver, load};

/// Texts that are markup or commands in one of the formats. Some of them cannot exist in AWS, but all can be in a file.
pub(super) const HOSTILE: &[&str] = &[
    "\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}",
    "one\ntwo\r\n::error::three\u{2028}##[error]four",
    "::stop-commands::x",
    "x ##[set-output name=a]b",
    "\u{202e}gnp.exe\u{2066}\u{200b}",
    "=cmd|' /C calc'!A0",
    "  +1",
    "\t@SUM(1)",
    "＝1+1",
    "x;=1+1",
    "`` ` ``` ` ``",
    "`",
    "a|b\\|c\\\\|`|",
    "\\",
    "$`x$",
    "  ",
    "@someone #12 GH-12 owner/repo#1 0123456789abcdef0123456789abcdef01234567",
    "https://evil.example www.evil.example a@evil.example",
    "</details><script>alert(1)</script><!-- -->",
    "![x](https://evil.example/x.png) [x](y) **b** _i_ ~~s~~ :smile:",
    "]]> <![CDATA[ & &amp; \" ' \u{0}\u{c}\u{fffe}\u{ffff}",
    "100%25,title=x:%0A",
];

/// One user with these tags, as a line of an inventory.
pub(super) fn user(name: &str, tags: impl Into<Value>) -> Value {
    let tags = tags.into();
    let arn = format!("arn:aws:iam::111122223333:user/{name}");
    json!({"type": "iam:user", "arn": arn, "name": name, "account": "111122223333", "tags": tags})
}

/// Three users: one is compliant, one lacks a tag, one has a misspelled tag.
pub(super) fn normal() -> Vec<Value> {
    let mut terraform = user("cy", json!({"Environment": "Test", "CostCenter": "12345"}));
    terraform["location"] = json!({"path": "modules/a,b/main.tf", "line": 14, "column": 5});
    vec![
        user("anika", json!({"Environment": "Production", "Cost Center": "12345"})),
        user("bo", json!({"Environment": "Prod"})),
        terraform,
    ]
}

/// Each hostile text as a name, a key, a value and an account.
pub(super) fn hostile() -> Vec<Value> {
    let astral = "\u{1f600}".repeat(256);
    let texts = HOSTILE.iter().copied().chain([astral.as_str()]);
    let resource = |text: &str| {
        let mut user = user(text, json!({"Environment": text, "Cost Center": text, text: text}));
        user["account"] = json!(text);
        user["region"] = json!(text);
        user["location"] = json!({"path": text, "line": 1});
        user
    };
    texts.map(resource).collect()
}

/// A number of users without any tag.
pub(super) fn many(n: usize) -> Vec<Value> {
    (0..n).map(|at| user(&format!("user-{at:05}"), json!({}))).collect()
}

/// A report on these resources; `set` may change the run.
pub(super) fn report_with(resources: &[Value], gaps: Vec<Gap>, set: impl FnOnce(&mut Settings)) -> Report {
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    let policy = load(&PolicySource::Pack("default")).expect("the pack is valid");
    let mut settings = Settings::new(policy, Day::parse("2026-11-22").expect("a day"));
    set(&mut settings);
    let store = ByteSource::Memory(Arc::from(lines.join("\n").into_bytes()));
    run(settings, vec![Input { gaps, ..Input::new("test", store, InputKind::Live) }]).expect("lines are valid")
}

/// A complete report on these resources.
pub(super) fn report(resources: &[Value]) -> Report {
    report_with(resources, Vec::new(), |_| {})
}

/// Waives a rule for every resource.
pub(super) fn waive(settings: &mut Settings, rule: &str, reason: &str) {
    let file = SourceFile { path: "waivers.toml".into(), text: String::new(), built_in: false };
    settings.policy.waivers.push(Waiver {
        rules: Globs::new([rule]),
        resources: Globs::new(["*"]),
        reason: reason.to_owned(),
        owner: None,
        from: None,
        expires: Day::parse("2027-11-22").expect("a day"),
        origin: PolicyLocation { file: Arc::new(file), span: 0..0 },
    });
}

/// Gaps with the texts of [`HOSTILE`].
pub(super) fn gaps(n: usize) -> Vec<Gap> {
    (0..n)
        .map(|at| Gap {
            account: Some("444455556666".to_owned()),
            region: Some(format!("region-{at:03}")),
            kind: Some("cognito-idp:userpool".to_owned()),
            operation: Some("cognito-idp:ListUserPools".to_owned()),
            error: format!("AccessDenied {}", HOSTILE[at % HOSTILE.len()]),
        })
        .collect()
}

/// A text without the hash of the report's policy, which changes with every word of the built-in packs.
pub(super) fn without_hash(text: &str, report: &Report) -> String {
    text.replace(&report.policy_hash()[..12], "HASH")
}

/// Options that show everything, or only findings.
pub(super) fn render(format: &ReportFormat, report: &Report, everything: bool) -> String {
    let show = if everything { vec![Show::Waived, Show::Unknown] } else { Vec::new() };
    let mut out = Vec::new();
    format.write(report, &ReportOptions { show, ..ReportOptions::default() }, &mut out).expect("memory");
    String::from_utf8(out).expect("UTF-8")
}
