//! Properties of plans, over made-up policies and inventories: what a plan names goes away, nothing else breaks, no tag
//! changes that it does not name, and a second plan has nothing left to do.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use taglint::engine::{Settings, run};
use taglint::fix::plan::{Override, Plan, PlanOptions, make, read};
use taglint::input::in_memory;
use taglint::model::{Day, DeviceAssignment, Resource, Tag, Tags, Text};
use taglint::policy::{Policy, parse_text};

const RULES: &[&str] = &[
    "key = \"Environment\"\nrequired = true\naliases = [\"Env\"]\nvalues = [\"Production\", \"Test\"]\ndefault = \"Test\"",
    "key = \"Cost Center\"\nrequired = true\npattern = '\\d{5}'\ndefault-from = \"user\"",
    "key = \"Owner\"\nrequired = true\ndefault = \"me@example.com\"",
    "key = \"Team\"\nvalues = [\"a\", \"b\"]\ndefault = \"a\"",
    "forbid = [\"tmp*\", \"x:y\"]",
    "only = \"declared\"",
    "key-style = \"PascalCase\"",
    "max-tags = 4\nmin-tags = 1",
    "syntax = \"service\"",
    "key = \"Owner\"\nrequired = true\nwhen.tags.Environment = \"Production\"",
    "unique = \"Owner\"",
    "same-as-user = [\"Team\", \"Cost Center\"]",
    "any-of = [\"Owner\", \"Team\"]",
];
const KEYS: &[&str] = &[
    "Environment",
    "environment",
    "Env",
    "Cost Center",
    "cost_center",
    "CostCentre",
    "Owner",
    "owner ",
    "tmp1",
    "Team",
    "team",
    "x:y",
    "\u{212a}ey",
];
const KINDS: &[&str] = &["user", "mfa", "pool", "queue", "bucket"];
const VALUES: &[&str] = &["Production", "production", " Test ", "12345", "12E45", "", "a", "A", "me@example.com"];

fn policy() -> impl Strategy<Value = Policy> {
    proptest::sample::subsequence((0..RULES.len()).collect::<Vec<_>>(), 1..RULES.len()).prop_map(|rules| {
        let rules = rules.iter().map(|at| format!("[[rule]]\nid = \"r{at}\"\n{}\n", RULES[*at]));
        parse_text(&("version = 1\n".to_owned() + &rules.collect::<String>())).unwrap()
    })
}

fn resource(at: usize) -> impl Strategy<Value = Resource<'static>> {
    let tags = proptest::collection::btree_map(proptest::sample::select(KEYS), proptest::sample::select(VALUES), 0..6);
    (proptest::sample::select(KINDS), tags, 0..4_usize).prop_map(move |(kind, tags, user)| {
        let (kind, arn) = match kind {
            "pool" => {
                ("cognito-idp:userpool", format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_{at}"))
            }
            "queue" => ("sqs:queue", format!("arn:aws:sqs:eu-west-1:123456789012:n{at}")),
            "bucket" => ("s3:bucket", format!("arn:aws:s3:::n{at}")),
            kind => {
                (if kind == "user" { "iam:user" } else { "iam:mfa" }, format!("arn:aws:iam::123456789012:{kind}/n{at}"))
            }
        };
        Resource {
            kind: Text::from(kind),
            arn: Some(Text::from(arn)),
            account: Some(Text::from("123456789012")),
            // No ARN of a bucket names its region.
            region: (kind == "s3:bucket").then(|| Text::from("eu-west-1")),
            user: match kind {
                "iam:mfa" => DeviceAssignment::User(Text::from(format!("arn:aws:iam::123456789012:user/n{user}"))),
                _ => DeviceAssignment::Unknown,
            },
            tags: of(tags.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()),
            ..Resource::default()
        }
    })
}

fn of(tags: BTreeMap<String, String>) -> Tags<'static> {
    let tag = |(key, value)| Tag { key: Text::from(key), value: Some(Text::from(value)) };
    Tags::Read { tags: tags.into_iter().map(tag).collect(), more: false.into() }
}

fn inventory() -> impl Strategy<Value = Vec<Resource<'static>>> {
    (resource(0), resource(1), resource(2), resource(3)).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

/// The plan, and the findings (resource, rule, kind, key).
fn planned(policy: &Policy, resources: &[Resource<'static>], all: bool) -> (Plan, BTreeSet<[String; 4]>) {
    let inputs = vec![in_memory("test", resources.to_vec(), Vec::new())];
    let settings = Settings::new(policy.clone(), Day::parse("2026-11-22").unwrap());
    let report = run(settings, inputs.clone()).unwrap();
    let flags = [Override::AllowGuess, Override::AllowRemove, Override::AllowOverwrite];
    let overrides = flags.into_iter().filter(|_| all).collect();
    let wanted = PlanOptions { overrides, created: "2026-11-22T00:00:00Z".to_owned(), ..PlanOptions::default() };
    let plan = make(&report, &inputs, &wanted).unwrap().plan;
    let mut found = BTreeSet::new();
    let name = |finding: &taglint::engine::Finding<'_>, out: &mut Vec<u8>| {
        let key = finding.violation.key.as_deref().unwrap_or("");
        let parts = [&*finding.resource.handle(), finding.rule.id, finding.violation.kind.name(), key].join("\n");
        out.extend_from_slice(parts.as_bytes());
    };
    let mut keep = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let parts: Vec<String> = text.split('\n').map(str::to_owned).collect();
        found.insert(parts.try_into().unwrap());
        Ok(std::ops::ControlFlow::Continue(()))
    };
    report.findings(name, &mut keep).unwrap();
    (plan, found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn a_plan_does_what_it_says_and_nothing_else(policy in policy(), resources in inventory(), all in any::<bool>()) {
        let (plan, before) = planned(&policy, &resources, all);
        prop_assert_eq!(&planned(&policy, &resources, all).0, &plan, "the same input, the same plan");
        prop_assert_eq!(&read(&serde_json::to_vec(&plan).unwrap()[..]).unwrap(), &plan);
        let mut fixed = resources.clone();
        for resource in &mut fixed {
            let Some(change) = plan.changes.iter().find(|change| Some(&*change.arn) == resource.arn.as_deref()) else { continue };
            prop_assert_eq!(change.apply_to(&change.before), change.after.clone());
            for (key, value) in &change.before {
                let named = change.remove.contains(key) || change.set.contains_key(key)
                    || change.renames.iter().any(|rename| rename.from == *key);
                prop_assert!(named || change.after.get(key) == Some(value), "{} of {:?}", key, change);
            }
            resource.tags = of(change.after.clone());
        }
        let (second, after) = planned(&policy, &fixed, all);
        prop_assert!(second.changes.is_empty(), "a second plan: {:?}\nafter {:?}", second.changes, plan.changes);
        for change in &plan.changes {
            for ask in &change.rules {
                let still = after.iter().find(|found| {
                    found[0] == change.arn && Some(&found[1]) == ask.rule.as_ref() && found[3] == ask.key
                });
                prop_assert!(still.is_none(), "{:?} still there: {:?}", ask, still);
            }
        }
        let new: Vec<_> = after.difference(&before).collect();
        prop_assert!(new.is_empty(), "broken by the plan: {:?}\n{:?}", new, plan.changes);
        // What is not fixed has its reason.
        prop_assert!(plan.not_fixed.iter().all(|left| !left.reason.is_empty()));
        let open = after.iter().filter(|found| !plan.not_fixed.iter().any(|left| {
            left.arn == found[0] && left.finding.rule.as_deref() == Some(&*found[1])
        }));
        prop_assert_eq!(open.count(), 0, "neither fixed nor listed: {:?}", after);
    }
}
