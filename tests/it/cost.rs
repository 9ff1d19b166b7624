//! `--cost`: the bill, found again at resources; sums that `DuckDB` gets too; bad and hostile bills.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch, inventory, line, skip};

pub(crate) const POLICY: &str = r#"version = 1

[[rule]]
id = "cost-center"
key = "Cost Center"
required = true

[[rule]]
id = "owner"
key = "Owner"
required = true
severity = "warning"
resources = ["ec2:*", "s3:*", "iam:role", "lambda:*", "dynamodb:*", "rds:*"]
"#;

pub(crate) const INSTANCE: &str = "i-0a1b2c3d4e5f60718";
pub(crate) const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:run";

/// The columns of a CUR 2.0 export.
pub(crate) const CUR2: &str = "bill_billing_period_start_date,bill_billing_period_end_date,bill_payer_account_id,\
    line_item_currency_code,line_item_iam_principal,line_item_line_item_type,line_item_product_code,line_item_resource_id,\
    line_item_unblended_cost,line_item_usage_account_id,line_item_usage_end_date,line_item_usage_start_date,\
    product_region_code,resource_tags";

/// A line item: type, product, resource, cost, principal.
pub(crate) type Item<'i> = (&'i str, &'i str, &'i str, &'i str, &'i str);

pub(crate) const ITEMS: &[Item<'static>] = &[
    ("Usage", "AmazonEC2", INSTANCE, "100.10", ""),
    ("SavingsPlanCoveredUsage", "AmazonEC2", INSTANCE, "50", ""),
    ("SavingsPlanNegation", "AmazonEC2", INSTANCE, "-50", ""),
    ("Usage", "AmazonCloudWatch", INSTANCE, "6.0E-7", ""),
    ("Usage", "AWSLambda", LAMBDA, "20.25", ""),
    ("Usage", "AmazonS3", "logs", "7.5", ""),
    // The same word of another service.
    ("Usage", "AmazonDynamoDB", "logs", "1000", ""),
    ("Usage", "AmazonEC2", "vol-0a1b2c3d4e5f60718", "3", ""),
    ("Usage", "AmazonEC2", "i-0ffffffffffffffff", "40", ""),
    (
        "Usage",
        "AmazonBedrock",
        "arn:aws:bedrock:eu-west-1::foundation-model/m",
        "9",
        "arn:aws:sts::123456789012:assumed-role/App/session",
    ),
    ("Usage", "AmazonBedrock", "", "2", "arn:aws:iam::123456789012:user/bo"),
    ("Tax", "AmazonEC2", "", "19.5", ""),
    ("Credit", "AmazonEC2", "", "-5", ""),
];

pub(crate) fn cur2(items: &[Item<'_>]) -> String {
    let mut out = format!("{CUR2}\n");
    for (kind, product, resource, cost, principal) in items {
        out += &format!(
            "2026-10-01T00:00:00.000Z,2026-11-01T00:00:00.000Z,111122223333,USD,{principal},{kind},{product},{resource},{cost},\
             {ACCOUNT},2026-11-01T00:00:00.000Z,2026-10-01T00:00:00.000Z,eu-west-1,\"{{\"\"user_a\"\":\"\"x\"\"}}\"\n"
        );
    }
    out
}

/// The same items as a legacy report.
fn legacy(items: &[Item<'_>]) -> String {
    let mut out = "identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,\
        lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,\
        lineItem/ResourceId,lineItem/CurrencyCode,lineItem/UnblendedCost,product/regionCode\n"
        .to_owned();
    for (at, (kind, product, resource, cost, _)) in items.iter().enumerate() {
        out += &format!(
            "x{at},111122223333,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,{ACCOUNT},{kind},2026-10-01T00:00:00Z,\
             2026-10-02T00:00:00Z,{product},{resource},USD,{cost},eu-west-1\n"
        );
    }
    out
}

/// The same items as a FOCUS export.
pub(crate) fn focus(items: &[Item<'_>]) -> String {
    let mut out = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,\
        ChargePeriodStart,EffectiveCost,RegionId,ResourceId,ServiceName,SubAccountId,Tags,x_ServiceCode\n"
        .to_owned();
    for (kind, product, resource, cost, _) in items {
        out += &format!(
            "{cost},111122223333,USD,2026-11-01 00:00:00,2026-10-01 00:00:00,{kind},2026-11-01 00:00:00,2026-10-01 00:00:00,0,\
             eu-west-1,{resource},Service {product},{ACCOUNT},{{}},{product}\n"
        );
    }
    out
}

pub(crate) fn ec2(kind: &str, id: &str, tags: &[(&str, &str)]) -> String {
    line(&format!("ec2:{kind}"), &format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:{kind}/{id}"), id, tags)
}

/// Resources of every kind: they fail twice, fail, pass, cannot be judged, call a model, and are not in the bill.
pub(crate) fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let unread = json!({"type": "ec2:volume", "arn": format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/vol-0a1b2c3d4e5f60718"),
        "name": "vol-0a1b2c3d4e5f60718", "account": ACCOUNT, "tags": null, "unknown": "AccessDenied"});
    let lines = [
        ec2("instance", INSTANCE, &[("Team", "a")]),
        unread.to_string(),
        line("iam:role", &format!("arn:aws:iam::{ACCOUNT}:role/service/App"), "App", &[("Owner", "b")]),
        line("lambda:function", LAMBDA, "run", &[("Owner", "b")]),
        line("rds:db", &format!("arn:aws:rds:eu-west-1:{ACCOUNT}:db:main"), "main", &[("Owner", "b")]),
        line("s3:bucket", "arn:aws:s3:::logs", "logs", &[("Owner", "a"), ("Cost Center", "1")]),
    ];
    scratch.file("in.jsonl", inventory(&lines));
    scratch
}

pub(crate) fn check(scratch: &Scratch, more: &[&str]) -> Run {
    let arguments = ["check", "in.jsonl", "--allow-incomplete", "--now", "2026-11-28"];
    scratch.run(arguments.iter().chain(more))
}

pub(crate) fn usd(amount: &str, resources: u64) -> Value {
    json!([{"currency": "USD", "amount": amount, "resources": resources}])
}

#[test]
fn a_bill_is_found_again_at_its_resources_and_each_counts_once() {
    let scratch = scratch();
    scratch.file("cur.csv", cur2(ITEMS));
    let report = check(&scratch, &["--cost", "cur.csv", "--format", "json"]).json();
    let cost = &report["cost"];
    assert_eq!((&cost["export"], &cost["metric"]), (&json!("CUR 2.0"), &json!("unblended")));
    assert_eq!((&cost["files"], &cost["line-items"]), (&json!(1), &json!(ITEMS.len())));
    assert_eq!(cost["period"], json!({"first": "2026-10-01", "last": "2026-10-31"}));
    assert_eq!(cost["part-of"], Value::Null);
    // The instance has two findings.
    assert_eq!(cost["fail"], json!({"resources": usd("120.3500006", 2), "principals": usd("9", 1)}));
    assert_eq!(cost["unknown"]["resources"], usd("3", 1));
    assert_eq!(cost["pass"]["resources"], usd("7.5", 1));
    assert_eq!(cost["unknown-cost"], json!([{"reason": "not in the bill", "resources": 1}]));
    let rules: Vec<_> =
        cost["rules"].as_array().unwrap().iter().map(|rule| (&rule["rule"], &rule["resources"])).collect();
    assert_eq!(rules, [(&json!("cost-center"), &usd("120.3500006", 2)), (&json!("owner"), &usd("100.1000006", 1))]);
    let bill = &cost["bill"];
    let amount = |value: &str| json!([{"currency": "USD", "amount": value}]);
    assert_eq!(bill["total"], amount("1196.3500006"));
    assert_eq!(bill["unmatched-total"], amount("1049"));
    assert_eq!(bill["unmatched-principals"], amount("2"));
    assert_eq!(bill["without-id-total"], amount("16.5"));
    let first = &bill["unmatched"][0];
    assert_eq!(*first, json!({"account": ACCOUNT, "service": "AmazonDynamoDB", "currency": "USD", "amount": "1000"}));
    let kinds: Vec<_> =
        bill["without-id"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Tax", "Usage", "Credit"]);
    // Matched, unmatched and without an id are the whole bill.
    let findings = report["findings"].as_array().unwrap();
    let costs: Vec<_> = findings
        .iter()
        .map(|one| (one["severity"].as_str().unwrap(), one["resource"]["name"].as_str().unwrap(), one["cost"].clone()))
        .collect();
    let known = |amount: &str, basis: &str| json!({"amount": amount, "currency": "USD", "basis": basis});
    assert_eq!(
        costs,
        [
            ("error", INSTANCE, known("100.1000006", "resource")),
            ("error", "run", known("20.25", "resource")),
            ("error", "App", known("9", "calls")),
            ("error", "main", json!({"unknown": "not in the bill"})),
            ("warning", INSTANCE, known("100.1000006", "resource")),
        ]
    );
    // Without a bill nothing of it is in the report.
    let plain = check(&scratch, &["--format", "json"]).json();
    assert!(plain.get("cost").is_none() && plain["findings"][0].get("cost").is_none());
}

#[test]
fn every_format_for_people_has_the_costs_and_the_most_expensive_first() {
    let scratch = scratch();
    scratch.file("cur.csv", cur2(ITEMS));
    let outputs = ["t.csv", "t.md", "t.html", "t.xlsx", "t.sarif", "t.jsonl"];
    let outputs: Vec<&str> = outputs.iter().flat_map(|name| ["--output", name]).collect();
    let text = check(&scratch, &[&["--cost", "cur.csv"], &outputs[..]].concat()).stdout;
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("cost") || line.starts_with("bill")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    cost: 120.35 USD (unblended) in 2026-10 on 2 resources with findings
    cost by rule: cost-center 120.35 USD; calls 9.00 USD (3 resources), owner 100.10 USD (1 resource)
    cost of calls: 9.00 USD by 1 IAM user or role with findings; not added, it may be a part of other costs
    cost unknown: 1 resource with findings: 1 not in the bill
    cost of others: 3.00 USD on 1 resource that could not be judged; 7.50 USD on 1 resource without findings
    bill: 1,196.35 USD in all; 1,049.00 USD on no resource of the inputs (123456789012 AmazonDynamoDB 1,000.00 USD, 123456789012 AmazonEC2 40.00 USD, 123456789012 AmazonBedrock 9.00 USD); 16.50 USD without a resource id (Tax 19.50 USD, Usage 2.00 USD, Credit -5.00 USD)
    ");
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in\n{text}"));
    assert!(at("  100.10 USD\n") < at("  20.25 USD\n") && at("  20.25 USD\n") < at("  9.00 USD (calls)\n"));
    assert!(at("  9.00 USD (calls)\n") < at("cost unknown\n"), "{text}");

    let csv = scratch.read("t.csv");
    let rows: Vec<BTreeMap<String, String>> =
        csv::Reader::from_reader(csv.as_bytes()).deserialize().map(Result::unwrap).collect();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name && row["severity"] == "error").unwrap();
    let cells = |name: &str| ["cost", "currency", "cost-basis"].map(|column| row(name)[column].clone());
    assert_eq!(cells(INSTANCE), ["100.1000006", "USD", "resource"]);
    assert_eq!(cells("App"), ["9", "USD", "calls"]);
    assert_eq!(cells("main"), ["", "", "unknown: not in the bill"]);
    let run =
        |key: &str| rows.iter().find(|row| row["kind"] == "run" && row["key"] == key).map(|row| row["message"].clone());
    assert_eq!(run("cost").as_deref(), Some("120.35 USD (unblended) in 2026-10 on 2 resources with findings"));

    let markdown = scratch.read("t.md");
    assert!(markdown.contains("Cost: `120.35 USD (unblended) in 2026-10 on 2 resources with findings`"), "{markdown}");
    assert!(
        markdown.contains("| Severity | Rule | Resource | Cost |") && markdown.contains("| `100.10 USD` |"),
        "{markdown}"
    );

    let page = scratch.read("t.html");
    assert!(page.contains("<strong>120.35 USD (unblended) in 2026-10 on 2 resources with findings</strong>"));
    assert!(page.contains("<th class=\"n\">Cost</th>") && page.contains(">120.35 USD; calls 9.00 USD</td>"));
    assert!(page.contains("\"100.10 USD\"") && page.contains("\"unknown: not in the bill\""));

    let sarif: Value = serde_json::from_str(&scratch.read("t.sarif")).unwrap();
    let first = &sarif["runs"][0]["results"][0]["properties"];
    assert_eq!((&first["cost"], &first["currency"]), (&json!("100.1000006"), &json!("USD")));
    let scope = &sarif["runs"][0]["invocations"][0]["properties"]["scope"];
    assert!(scope["bill"].as_str().unwrap().contains("1,196.35 USD in all"), "{scope}");

    // As a number, which a sum in a spreadsheet takes.
    let script =
        "import zipfile\nbook = zipfile.ZipFile('t.xlsx')\nprint(*[book.read(n).decode() for n in book.namelist()])";
    match Command::new("python3").args(["-c", script]).current_dir(scratch.path()).output() {
        Err(_) => skip("there is no python3"),
        Ok(run) => {
            let sheets = String::from_utf8_lossy(&run.stdout).into_owned();
            assert!(run.status.success() && sheets.contains("<v>100.1000006</v>"), "{sheets}");
        }
    }

    let lines = scratch.read("t.jsonl");
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["cost"]["fail"]["resources"], usd("120.3500006", 2));
    assert!(lines.lines().next().unwrap().contains("\"amount\":\"100.1000006\""));
}

#[test]
fn other_exports_and_archives_have_the_same_costs() {
    let scratch = scratch();
    let gzip = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    scratch.file("cur.csv", cur2(ITEMS));
    scratch.file("legacy.csv", legacy(ITEMS));
    scratch.file("focus.csv", focus(ITEMS));
    scratch.file("mark.csv", format!("\u{feff}{}", cur2(ITEMS)));
    // An export of two chunks, in the folders that AWS writes.
    let (one, two) = ITEMS.split_at(5);
    scratch.file("export/data/BILLING_PERIOD=2026-10/tags-00001.csv.gz", gzip(&cur2(one)));
    scratch.file("export/data/BILLING_PERIOD=2026-10/tags-00002.csv.gz", gzip(&cur2(two)));
    scratch.file("export/metadata/BILLING_PERIOD=2026-10/tags-Manifest.json", "{}");
    let fail = |path: &str| {
        let run = check(&scratch, &["--cost", path, "--format", "json"]);
        let cost = run.exits(1).json()["cost"].take();
        (cost["fail"]["resources"].clone(), cost["bill"]["total"][0]["amount"].clone(), cost)
    };
    for path in ["cur.csv", "mark.csv", "export", "legacy.csv", "focus.csv"] {
        let (resources, total, _) = fail(path);
        assert_eq!(resources, usd("120.3500006", 2), "{path}");
        assert_eq!(total, "1196.3500006", "{path}");
    }
    let (_, _, cost) = fail("legacy.csv");
    assert_eq!(cost["period"], json!({"first": "2026-10-01", "last": "2026-10-01"}));
    assert_eq!(cost["part-of"], json!({"first": "2026-10-01", "last": "2026-10-31"}));
    let (_, _, cost) = fail("focus.csv");
    assert_eq!((&cost["export"], &cost["metric"]), (&json!("FOCUS"), &json!("billed")));
    assert_eq!(cost["bill"]["unmatched"][0]["service"], "Service AmazonDynamoDB");
}

#[test]
fn a_bill_that_would_count_twice_or_is_wrong_ends_the_run() {
    let scratch = scratch();
    let good = cur2(ITEMS);
    scratch.file("v/a/x.csv", &good);
    scratch.file("v/b/x.csv", &good);
    check(&scratch, &["--cost", "v"]).fails_with(2, &["the bill of 2026-10-01 is in v/a too", "count twice"]);
    check(&scratch, &["--cost", "v/a", "--cost", "v/a/x.csv"]).fails_with(2, &["v/a/x.csv: the file is given twice"]);
    scratch.file("mixed/a.csv", &good);
    scratch.file("mixed/b.csv", focus(ITEMS));
    check(&scratch, &["--cost", "mixed"])
        .fails_with(2, &["mixed/b.csv: a FOCUS export, and another file is a CUR 2.0 export"]);
    std::fs::create_dir(scratch.path().join("empty")).unwrap();
    let change = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    for (content, words) in [
        (change("100.10", "1,5"), &["bad.csv:2: the line has 15 columns, and the header has 14"][..]),
        (change("100.10", "12 USD"), &["bad.csv:2: column line_item_unblended_cost: \"12 USD\" is not an amount"]),
        (change("20.25", "NaN"), &["bad.csv:6: column line_item_unblended_cost: \"NaN\" is not an amount"]),
        (change("20.25", "1e14"), &["column line_item_unblended_cost: \"1e14\" makes a sum too large"]),
        (change(",USD,", ",usd,"), &["bad.csv:2: column line_item_currency_code: \"usd\" is not a currency"]),
        (
            change("2026-10-01T00:00:00.000Z,eu-", "soon,eu-"),
            &["bad.csv:2: column line_item_usage_start_date: \"soon\" is not a time"],
        ),
        (change("2026-11-01T00:00:00.000Z,1111", "2026-13-01,1111"), &["column bill_billing_period_end_date"]),
        (change("line_item_resource_id", "x"), &["bad.csv:1: no column line_item_resource_id", "INCLUDE_RESOURCES"]),
        (change("line_item_currency_code", "x"), &["no column line_item_currency_code"]),
        (change("product_region_code", "line_item_resource_id"), &["two columns line_item_resource_id"]),
        (format!("{CUR2}\n"), &["no line items"]),
        (String::new(), &["no column of a CUR 2.0, CUR or FOCUS export"]),
        ("a,b\n1,2\n".to_owned(), &["no column of a CUR 2.0, CUR or FOCUS export"]),
        ("Service,EC2-Instances($),Total costs($)\nService total,1,1\n".to_owned(), &["the page of Cost Explorer"]),
        ("PAR1....".to_owned(), &["bad.csv: a Parquet file", "duckdb -c", "read_parquet('bad.csv')"]),
        ("\u{1f}\u{8b}".to_owned(), &["no column"]),
    ] {
        scratch.file("bad.csv", &content);
        check(&scratch, &["--cost", "bad.csv"]).fails_with(2, words);
    }
    let mut bytes = good.clone().into_bytes();
    let at = good.find("AWSLambda").unwrap();
    bytes[at] = 0xff;
    scratch.file("bad.csv", bytes);
    check(&scratch, &["--cost", "bad.csv"]).fails_with(2, &["bad.csv:6: column 7: the text is not UTF-8"]);
    scratch.file("bad.csv", [0x1f, 0x8b, 8, 0, 1, 2, 3]);
    check(&scratch, &["--cost", "bad.csv"]).fails_with(2, &["bad.csv"]);
    check(&scratch, &["--cost", "none.csv"]).fails_with(2, &["--cost none.csv: No such file"]);
    check(&scratch, &["--cost", "empty"]).fails_with(2, &["the folder has no file that ends in .csv"]);
}

#[test]
fn a_bare_id_of_two_resources_and_a_cost_in_two_currencies_are_unknown() {
    let scratch = scratch();
    let table = |region: &str| {
        line("dynamodb:table", &format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/orders"), "orders", &[])
    };
    // Two buckets of one name can only be in a file that somebody made.
    let bucket = |partition: &str| line("s3:bucket", &format!("arn:{partition}:s3:::shared"), "shared", &[]);
    let lines =
        [table("eu-west-1"), table("us-east-1"), ec2("instance", INSTANCE, &[]), bucket("aws"), bucket("aws-cn")];
    scratch.file("in.jsonl", inventory(&lines));
    let items = [
        ("Usage", "AmazonDynamoDB", "orders", "5", ""),
        ("Usage", "AmazonEC2", INSTANCE, "1", ""),
        ("Usage", "AmazonS3", "shared", "2", ""),
    ];
    let other =
        cur2(&[("Usage", "AmazonEC2", INSTANCE, "8", "")]).replace(",USD,", ",CNY,").replace("111122223333", "4");
    scratch.file("a.csv", cur2(&items));
    scratch.file("b.csv", other);
    let report = check(&scratch, &["--cost", "a.csv", "--cost", "b.csv", "--format", "json"]).json();
    let cost = |part: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().find(|one| one["resource"]["arn"].as_str().unwrap().contains(part)).unwrap()["cost"].clone()
    };
    // The table of the other region has no line item, and is not the one that has.
    assert_eq!(cost("eu-west-1:123456789012:table")["amount"], "5");
    assert_eq!(cost("us-east-1"), json!({"unknown": "not in the bill"}));
    assert_eq!(cost(INSTANCE), json!({"unknown": "in several currencies"}));
    assert_eq!(cost("aws:s3"), json!({"unknown": "several resources have its id"}));
    let total = json!([{"currency": "CNY", "amount": "8"}, {"currency": "USD", "amount": "8"}]);
    assert_eq!(report["cost"]["bill"]["total"], total);
}

#[test]
fn parts_settings_and_redaction_have_costs_too() {
    let scratch = scratch();
    scratch.file("cur.csv", cur2(ITEMS));
    let split = ["--split-by", "tags.Owner", "--split-dir", "owners", "--split-format", "markdown,csv"];
    check(&scratch, &[&["--cost", "cur.csv"], &split[..]].concat()).exits(1);
    let index = scratch.read("owners/index.md");
    let row = |name: &str| {
        index.lines().find(|line| line.starts_with(&format!("| `{name}`"))).unwrap_or_else(|| panic!("{index}"))
    };
    assert!(row("(no tag)").contains("| `100.10 USD` |"), "{index}");
    assert!(row("b").contains("| `20.25 USD; calls 9.00 USD` |"), "{index}");
    assert!(index.contains("| **all** ") && index.contains("| `120.35 USD; calls 9.00 USD` |"), "{index}");
    assert!(index.find("`(no tag)`").unwrap() < index.find("| `b`").unwrap(), "{index}");
    let part = scratch.read("owners/b.md");
    assert!(part.contains("Cost: `20.25 USD (unblended) in 2026-10 on 1 resource with findings`"), "{part}");
    assert!(!part.contains("Bill:"), "the rest of the bill is of the whole run: {part}");

    let mut command = scratch.command(["check", "in.jsonl", "--allow-incomplete", "--format", "json"]);
    let run = Run::of(command.env("TAGLINT_COST", "cur.csv").output().unwrap());
    assert_eq!(run.json()["cost"]["files"], 1);
    scratch.file("taglint.toml", format!("{POLICY}\n[output]\ncost = [\"cur.csv\"]\n"));
    assert_eq!(check(&scratch, &["--format", "json"]).json()["cost"]["files"], 1);
    let redacted = check(&scratch, &["--redact"]).stdout + &check(&scratch, &["--redact", "--format", "json"]).stdout;
    assert!(redacted.contains("120.35 USD") && redacted.contains("\"amount\":\"100.1000006\""));
    for secret in [ACCOUNT, INSTANCE, "App", "cur.csv"] {
        assert!(!redacted.contains(secret), "{secret} in {redacted}");
    }
}

#[test]
fn hostile_words_of_a_bill_stay_words() {
    let scratch = scratch();
    let hostile = "<script>alert(1)</script>\u{1b}[31m=cmd|' /C calc'!A0\u{202e}";
    let text = cur2(&[("Usage", hostile, "some-id", "5", ""), (hostile, "AmazonEC2", "", "-3.20", "")]);
    scratch.file("cur.csv", text);
    let outputs = ["t.csv", "t.md", "t.html", "t.sarif", "t.jsonl", "t.json", "t.xml", "t.xlsx"];
    let outputs: Vec<&str> = outputs.iter().flat_map(|name| ["--output", name]).collect();
    let run = check(&scratch, &[&["--cost", "cur.csv", "--no-config"], &outputs[..]].concat());
    let all = [run.stdout, scratch.read("t.csv"), scratch.read("t.md"), scratch.read("t.html"), scratch.read("t.xml")];
    for text in &all {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
    assert!(all[0].contains("alert(1)"), "it is named: {}", all[0]);
    assert!(!all[3].contains("<script>alert"));
    let mut reader = csv::Reader::from_reader(all[1].as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    assert!(rows.flat_map(BTreeMap::into_values).all(|cell| !cell.starts_with('=')));
}

/// Runs a query over the files of a scratch folder; `None` without `DuckDB`.
fn duckdb(scratch: &Scratch, query: &str) -> Option<Value> {
    let has = Command::new("python3").args(["-c", "import duckdb"]).output();
    if !has.is_ok_and(|run| run.status.success()) {
        skip("there is no python3 with duckdb");
        return None;
    }
    let script = "import duckdb, json, sys\nrows = duckdb.sql(sys.argv[1])\n\
        print(json.dumps([[str(c) for c in r] for r in (rows.fetchall() if rows else [])]))";
    let run = Command::new("python3").args(["-c", script, query]).current_dir(scratch.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

/// Numbers that differ from run to run no more than the test does.
fn random(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn duckdb_gets_the_same_sums() {
    let scratch = scratch();
    let (mut state, mut text) = (7, format!("{CUR2}\n"));
    for _ in 0..5_000 {
        let instance = format!("i-{:017x}", random(&mut state, 300));
        let digits = u32::try_from(random(&mut state, 11)).unwrap();
        let sign = if random(&mut state, 9) == 0 { "-" } else { "" };
        let cost = format!(
            "{sign}{}.{:0width$}",
            random(&mut state, 500),
            random(&mut state, 10_u64.pow(digits.min(9))),
            width = digits.max(1) as usize
        );
        let item = [("Usage", "AmazonEC2", instance.as_str(), cost.as_str(), "")];
        text += cur2(&item).split_once('\n').unwrap().1;
    }
    scratch.file("cur.csv", &text);
    let lines: Vec<String> = (0..200).map(|n| ec2("instance", &format!("i-{n:017x}"), &[])).collect();
    scratch.file("in.jsonl", inventory(&lines));
    let report = check(&scratch, &["--cost", "cur.csv", "--format", "json", "--select", "cost-center"]).json();
    let mut own: BTreeMap<String, String> = BTreeMap::new();
    let mut last: Option<f64> = None;
    for finding in report["findings"].as_array().unwrap() {
        let Some(amount) = finding["cost"]["amount"].as_str() else { continue };
        let number: f64 = amount.parse().unwrap();
        assert!(last.is_none_or(|last| number <= last), "{amount} is after {last:?}");
        last = Some(number);
        own.insert(finding["resource"]["name"].as_str().unwrap().to_owned(), amount.to_owned());
    }
    let plain = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    let query = "SELECT line_item_resource_id, sum(line_item_unblended_cost::DECIMAL(38, 12)) FROM read_csv('cur.csv', \
        all_varchar = true) WHERE line_item_resource_id < 'i-000000000000000c8' GROUP BY 1";
    let Some(theirs) = duckdb(&scratch, query) else { return };
    let theirs: BTreeMap<String, String> = theirs
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].as_str().unwrap().to_owned(), plain(row[1].as_str().unwrap())))
        .collect();
    assert!(theirs.len() > 150);
    assert_eq!(own, theirs);
    let total = duckdb(
        &scratch,
        "SELECT sum(line_item_unblended_cost::DECIMAL(38, 12)) FROM read_csv('cur.csv', all_varchar = true)",
    );
    let total = plain(total.unwrap()[0][0].as_str().unwrap());
    assert_eq!(report["cost"]["bill"]["total"][0]["amount"], total.as_str());
}

/// The command that the error of a Parquet file names makes a file that gives the same costs.
#[test]
fn a_parquet_file_is_converted_by_the_command_of_its_error() {
    let scratch = scratch();
    scratch.file("cur.csv", cur2(ITEMS));
    let make = "COPY (SELECT * REPLACE (line_item_unblended_cost::DOUBLE AS line_item_unblended_cost, \
        line_item_usage_start_date::TIMESTAMP AS line_item_usage_start_date) FROM read_csv('cur.csv', all_varchar = true)) \
        TO 'it''s.snappy.parquet' (FORMAT parquet)";
    if duckdb(&scratch, make).is_none() {
        return;
    }
    let run = check(&scratch, &["--cost", "it's.snappy.parquet"]);
    run.fails_with(2, &["a Parquet file"]);
    let command = run.stderr.split("duckdb -c \"").nth(1).unwrap().split('"').next().unwrap();
    duckdb(&scratch, command).unwrap();
    let report = check(&scratch, &["--cost", "it's.snappy.csv.gz", "--format", "json"]).json();
    assert_eq!(report["cost"]["fail"]["resources"], usd("120.3500006", 2), "{}", report["cost"]);
    assert_eq!(report["cost"]["period"], json!({"first": "2026-10-01", "last": "2026-10-31"}));
}
