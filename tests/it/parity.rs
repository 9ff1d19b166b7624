//! What the gate says of a plan is what the scan says after the apply: the real Terraform plans and applies projects
//! against the emulator, and both are asked every rule. Only what the gate tells to be unknown may turn out either way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::Emulator;
use crate::terraform_tool::{Project, terraform};

/// A rule of every kind, and conditions on all that a plan has to know of a resource.
const POLICY: &str = r#"
version = 1

[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Staging", "Test"]

[[rule]]
id = "cost-center"
key = "Cost Center"
aliases = ["CostCenter"]
required = true
pattern = '\d{5}'

[[rule]]
id = "owner"
any-of = ["Owner", "Team", "Creator"]

[[rule]]
id = "no-team"
forbid = ["Team"]

[[rule]]
id = "closed"
only = ["Environment", "Cost Center", "Owner"]

[[rule]]
id = "style"
key-style = "PascalCase"

[[rule]]
id = "few"
max-tags = 2

[[rule]]
id = "some"
min-tags = 1

[[rule]]
id = "legal"
syntax = "service"

[[rule]]
id = "one-team"
unique = "Team"

[[rule]]
id = "one-center"
unique = "Cost Center"

[[rule]]
id = "like-its-user"
same-as-user = ["Cost Center"]

[[rule]]
id = "in-ireland"
key = "Ireland"
required = true
when = { region = "eu-west-1" }

[[rule]]
id = "by-path"
key = "Path"
required = true
when = { path = "/team/*" }

[[rule]]
id = "by-arn"
key = "Arn"
required = true
when = { arn = "arn:aws:iam::123456789012:*/blue-*" }

[[rule]]
id = "by-name"
key = "Named"
required = true
when = { name = "*-lead" }
unless = { account = "111122223333" }

[[rule]]
id = "given"
key = "Holder"
required = true
when = { assigned = true }

[[rule]]
id = "spare"
key = "Spare"
required = true
when = { assigned = false }

[[rule]]
id = "producing"
key = "OnCall"
required = true
when = { tags.Environment = "Production" }
"#;

/// Findings and unknown rules of each resource, which its type and name tell from all others here.
#[derive(Debug, Default)]
struct Verdict {
    /// The value that is shown of each; `-` for none, or one that is not known yet.
    findings: BTreeMap<String, String>,
    unknown: BTreeSet<String>,
}

fn verdicts(run: &Run) -> BTreeMap<String, Verdict> {
    let report = run.json();
    let mut out: BTreeMap<String, Verdict> = BTreeMap::new();
    let list = |name: &str| report[name].as_array().unwrap_or_else(|| panic!("no {name}: {report}")).clone();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let of = |resource: &Value| format!("{} {}", text(&resource["type"]), text(&resource["name"]));
    for finding in list("findings") {
        let parts = ["rule", "kind", "key", "found"].map(|part| text(&finding[part]));
        let verdict = out.entry(of(&finding["resource"])).or_default();
        verdict.findings.insert(parts.join(" "), text(&finding["value"]));
    }
    for unknown in list("unknown") {
        out.entry(of(&unknown["resource"])).or_default().unknown.insert(text(&unknown["rule"]));
    }
    for passed in list("passed") {
        out.entry(of(&passed)).or_default();
    }
    out
}

/// Holds the two to each other; how many rules the gate could not tell.
#[track_caller]
fn agree(gate: &BTreeMap<String, Verdict>, scan: &BTreeMap<String, Verdict>) -> usize {
    assert_eq!(gate.keys().collect::<Vec<_>>(), scan.keys().collect::<Vec<_>>(), "the same resources");
    let mut untold = 0;
    for (name, planned) in gate {
        let live = &scan[name];
        assert!(live.unknown.is_empty(), "{name}: {live:?}");
        let told = |finding: &&String| !planned.unknown.contains(finding.split(' ').next().unwrap());
        assert_eq!(
            planned.findings.keys().collect::<Vec<_>>(),
            live.findings.keys().filter(told).collect::<Vec<_>>(),
            "{name}: the gate and the scan disagree; unknown: {:?}",
            planned.unknown
        );
        for (finding, value) in planned.findings.iter().filter(|(_, value)| *value != "-") {
            assert_eq!(Some(value), live.findings.get(finding), "{name}: {finding}");
        }
        untold += planned.unknown.len();
    }
    untold
}

const SHOWN: &[&str] =
    &["--format", "json", "--show", "passed,unknown", "--fail-on", "never", "--policy", "parity.toml"];

fn gate(scratch: &Scratch, plan: &str, scope: &str) -> BTreeMap<String, Verdict> {
    let args = ["check", plan, scope, "--account", ACCOUNT].into_iter().chain(SHOWN.iter().copied());
    verdicts(scratch.run(args).exits(0))
}

fn scan(emulator: &Emulator, scratch: &Scratch) -> BTreeMap<String, Verdict> {
    let args: Vec<&str> =
        ["scan", "--region", "eu-central-1,eu-west-1"].into_iter().chain(SHOWN.iter().copied()).collect();
    verdicts(emulator.run(scratch, &args).exits(0))
}

/// Plans, asks the gate with and without the source, applies, and asks the scan; how many rules the gate could not tell.
fn hold(project: &Project, emulator: &Emulator) -> (usize, usize) {
    let url = emulator.url();
    let env = [("AWS_ENDPOINT_URL", url.as_str())];
    let scratch = project.scratch();
    scratch.file("parity.toml", POLICY);
    let plan = project.plan(&env);
    scratch.file("plan.json", &plan);
    scratch.file("alone/plan.json", &plan);
    let with_source = gate(scratch, "plan.json", "--all");
    let alone = gate(scratch, "alone/plan.json", "--all");
    project.run(&["apply", "-input=false", "-no-color", "plan.bin"], &env);
    let live = scan(emulator, scratch);
    assert!(live.values().any(|verdict| !verdict.findings.is_empty()));
    (agree(&with_source, &live), agree(&alone, &live))
}

#[test]
fn the_gate_and_the_scan_after_the_apply_agree_on_every_resource_and_rule() {
    let Some(config) = terraform() else { return };
    let emulator = Emulator::start();
    let project = Project::copy("fleet", config);
    let (with_source, alone) = hold(&project, &emulator);
    // One user's map of tags has one unknown value; source knows its keys, so little is left.
    assert!(with_source < alone && alone < 20, "{with_source} {alone}");
}

#[test]
fn they_agree_after_updates_renames_and_replacements_too() {
    let Some(config) = terraform() else { return };
    let emulator = Emulator::start();
    let project = Project::copy("changes", config);
    std::fs::remove_file(project.scratch().path().join("terraform.tfstate")).unwrap();
    let url = emulator.url();
    let env = [("AWS_ENDPOINT_URL", url.as_str())];
    project.run(&["apply", "-auto-approve", "-input=false", "-no-color", "-var", "stage=before"], &env);
    assert_eq!(hold(&project, &emulator), (0, 0));
    // What the plan says it leaves as it is, it does not report.
    let changed = gate(project.scratch(), "plan.json", "--changed");
    assert!(!changed.contains_key("iam:user kept") && changed.contains_key("iam:user retagged"), "{changed:?}");
}
