//! A made-up organization of 100 accounts, for the test of the web page.

use serde_json::{Value, json};

/// The accounts follow this one.
const FIRST: u64 = 111_122_223_333;
const TEAMS: [&str; 20] = [
    "payments",
    "checkout",
    "identity",
    "catalog",
    "search",
    "data",
    "models",
    "mobile",
    "web",
    "network",
    "security",
    "logistics",
    "billing",
    "support",
    "marketing",
    "finance",
    "partners",
    "media",
    "devices",
    "sandbox",
];
const STAGES: [(&str, &str); 5] =
    [("prod", "Production"), ("staging", "Staging"), ("test", "Test"), ("dev", "Development"), ("tools", "Production")];
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
const TYPES: [(&str, &str, u64); 8] = [
    ("lambda:function", "function:", 22),
    ("iam:role", "role/", 20),
    ("ec2:instance", "instance/i-0", 16),
    ("ec2:volume", "volume/vol-0", 14),
    ("s3:bucket", "", 10),
    ("dynamodb:table", "table/", 8),
    ("rds:db", "db:", 6),
    ("sqs:queue", "", 4),
];

/// The policy of the organization, with waivers and a target.
pub(crate) const POLICY: &str = r#"version = 1

[policy]
name = "company-tags"

[[rule]]
id = "cost-center"
description = "Each resource names the cost center that pays for it"
key = "Cost Center"
aliases = ["CostCenter"]
required = true
pattern = '\d{5}'

[[rule]]
id = "environment"
description = "Each resource says which environment it belongs to"
key = "Environment"
required = true
values = ["Production", "Staging", "Test", "Development"]

[[rule]]
id = "owner"
description = "Each resource has a team that answers for it"
key = "Owner"
required = true
pattern = '[a-z-]+@example\.com'
help = "https://wiki.example.com/tags/owner"

[[rule]]
id = "data-class"
description = "Storage says how sensitive its data is"
key = "DataClass"
required = true
severity = "warning"
values = ["public", "internal", "restricted"]
resources = ["s3:bucket", "dynamodb:table", "rds:db"]

[[rule]]
id = "no-temp"
description = "Nothing temporary stays"
forbid = ["temp"]
severity = "note"

[[target]]
id = "owner-share"
rules = ["owner"]
compliant = "90%"

[[waiver]]
rules = ["cost-center"]
resources = ["arn:aws:*:*:111122223352:*"]
reason = "the tools of the old network are switched off, OPS-123"
owner = "network@example.com"
expires = 2026-12-15

[[waiver]]
rules = ["data-class"]
resources = ["arn:aws:s3:::media-*"]
reason = "the media archive is classified as a whole"
owner = "media@example.com"
expires = 2027-03-31
"#;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn new(at: usize, n: u64) -> Self {
        let mut dice = Self(1 + at as u64 * 1_000_003 + n * 7919);
        dice.below(1);
        dice.below(1);
        dice
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// An inventory of 100 accounts with `each` resources, of which about `good` percent of the tags are right.
pub(crate) fn inventory(collected: &str, each: u64, good: u64) -> String {
    let accounts: Vec<String> = (0..100).map(|n| format!("{:012}", FIRST + n)).collect();
    let types: Vec<&str> = TYPES.iter().map(|(kind, ..)| *kind).collect();
    let scope = json!({"accounts": accounts, "regions": REGIONS, "types": types, "organization": "o-ab12cd34ef"});
    let header = json!({"taglint": "inventory", "version": 1, "collected": collected, "scope": scope});
    let mut lines = vec![header.to_string()];
    let denied = |account: usize| account % 33 == 32;
    for (at, id) in accounts.iter().enumerate().filter(|(at, _)| !denied(*at)) {
        let number = each * (60 + Dice::new(at, 0).below(80)) / 100;
        for n in 1..=number {
            lines.push(resource(&mut Dice::new(at, n), at, id, n, good).to_string());
        }
    }
    let gaps: Vec<Value> = accounts
        .iter()
        .enumerate()
        .filter(|(at, _)| denied(*at))
        .map(|(_, id)| {
            json!({"account": id, "operation": "sts:AssumeRole",
                "error": "AccessDenied: the role taglint-scan does not exist or does not trust this account"})
        })
        .chain([
            json!({"account": accounts[3], "region": "us-east-1", "type": "sqs:queue", "operation": "sqs:ListQueues",
            "error": "Throttling: rate exceeded, after 8 tries"}),
        ])
        .collect();
    let count = lines.len() - 1;
    lines.push(json!({"taglint": "end", "resources": count, "unread": gaps}).to_string());
    lines.join("\n") + "\n"
}

fn resource(dice: &mut Dice, at: usize, account: &str, n: u64, good: u64) -> Value {
    let (team, (stage, environment)) = (TEAMS[at / 5], STAGES[at % 5]);
    let mut left = dice.below(100);
    let mut types = TYPES.iter();
    let (kind, prefix, _) = loop {
        let one = types.next().unwrap_or(&TYPES[0]);
        if left < one.2 {
            break *one;
        }
        left -= one.2;
    };
    let name = match kind {
        "ec2:instance" | "ec2:volume" => format!("{:016x}", dice.below(u64::MAX >> 20) + n),
        _ => format!("{team}-{stage}-{}-{n:03}", ["api", "worker", "store", "index"][at % 4]),
    };
    let region = (kind != "iam:role").then(|| REGIONS[usize::try_from(dice.below(3)).unwrap()]);
    let service = kind.split(':').next().unwrap();
    let arn = if kind == "s3:bucket" {
        format!("arn:aws:s3:::{name}-{at}")
    } else {
        format!("arn:aws:{service}:{}:{account}:{prefix}{name}", region.unwrap_or(""))
    };
    let unit = ["core", "shop", "data", "platform"][at / 25];
    let mut resource = json!({"type": kind, "arn": arn, "name": name, "account": account,
        "account-name": format!("{team}-{stage}"), "account-ou": format!("r-ab12/ou-ab12-{unit}")});
    if let Some(region) = region {
        resource["region"] = json!(region);
    }
    if dice.chance(3) {
        resource["tags"] = Value::Null;
        resource["unknown"] = json!("AccessDenied: no permission for tag:GetResources");
        return resource;
    }
    // Production is tagged better than the rest, and a few teams worse.
    let good = (good + if at.is_multiple_of(5) { 12 } else { 0 }).saturating_sub(if at / 5 % 7 == 3 { 35 } else { 0 });
    let mut tags = serde_json::Map::new();
    if dice.chance(good + 6) {
        tags.insert("Owner".to_owned(), json!(format!("{team}@example.com")));
    } else if dice.chance(30) {
        tags.insert("Owner".to_owned(), json!(team));
    }
    if dice.chance(good) {
        tags.insert("Cost Center".to_owned(), json!(format!("{}", 40_000 + at / 5)));
    } else if dice.chance(60) {
        tags.insert("CostCenter".to_owned(), json!(format!("{}", 40_000 + at / 5)));
    }
    if dice.chance(good + 4) {
        tags.insert("Environment".to_owned(), json!(environment));
    } else if dice.chance(70) {
        tags.insert("Environment".to_owned(), json!(stage));
    }
    if dice.chance(good.saturating_sub(10)) {
        tags.insert("DataClass".to_owned(), json!("internal"));
    }
    if dice.chance(2) {
        tags.insert("temp".to_owned(), json!("yes"));
    }
    resource["tags"] = Value::Object(tags);
    if kind == "lambda:function" {
        resource["location"] = json!({"path": format!("services/{team}/main.tf"), "line": 10 + n});
    }
    resource
}
