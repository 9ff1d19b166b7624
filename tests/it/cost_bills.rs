//! `--cost`: bills that are cut off, copied or poor in columns, and resources that the inputs have several times.

use std::collections::BTreeSet;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch, inventory, line};
use crate::cost::{CUR2, INSTANCE, ITEMS, Item, LAMBDA, POLICY, check, cur2, ec2, scratch, usd};

/// The parts of a bill, which add up to its total; in hundredths of the currency.
fn adds_up(report: &Value) -> [i64; 4] {
    let bill = &report["cost"]["bill"];
    let sum = |field: &str| -> i64 {
        let amounts = bill[field].as_array().unwrap_or_else(|| panic!("no {field} in {bill}")).iter();
        let number = |one: &Value| one["amount"].as_str().unwrap().parse::<f64>().unwrap() * 1e7;
        amounts.map(|one| format!("{:.0}", number(one)).parse::<i64>().unwrap()).sum()
    };
    let parts = ["matched-total", "not-counted-total", "unmatched-total", "without-id-total"].map(sum);
    assert_eq!(parts.iter().sum::<i64>(), sum("total"), "{bill}");
    assert_eq!(sum("unmatched"), parts[2], "{bill}");
    assert_eq!(sum("without-id"), parts[3], "{bill}");
    parts.map(|part| part / 100_000)
}

fn run(scratch: &Scratch, inputs: &[&str], more: &[&str]) -> Run {
    let fixed = ["--cost", "cur.csv", "--allow-incomplete", "--now", "2026-11-28"];
    scratch.run(["check"].iter().chain(inputs).chain(&fixed).chain(more))
}

#[test]
fn a_resource_of_several_inputs_counts_once_by_its_worst_copy() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("cur.csv", cur2(ITEMS));
    for (name, tags) in [
        ("none.jsonl", &[][..]),
        ("owner.jsonl", &[("Owner", "x")]),
        ("center.jsonl", &[("Cost Center", "1")]),
        ("good.jsonl", &[("Cost Center", "1"), ("Owner", "y")]),
    ] {
        scratch.file(name, inventory(&[ec2("instance", INSTANCE, tags)]));
    }
    let cost = usd("100.1000006", 1);
    let names = |report: &Value| -> Vec<String> {
        let rules = report["cost"]["rules"].as_array().unwrap().iter();
        rules
            .map(|rule| {
                assert_eq!(rule["resources"], cost, "{rule}");
                rule["rule"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    for (inputs, rules) in [
        (["good.jsonl", "none.jsonl"], &["cost-center", "owner"][..]),
        (["owner.jsonl", "center.jsonl"], &["cost-center", "owner"]),
        (["good.jsonl", "owner.jsonl"], &["cost-center"]),
        (["owner.jsonl", "owner.jsonl.copy"], &["cost-center"]),
    ] {
        std::fs::copy(scratch.path().join("owner.jsonl"), scratch.path().join("owner.jsonl.copy")).unwrap();
        let mut reversed = inputs;
        reversed.reverse();
        for inputs in [inputs, reversed] {
            let report = run(&scratch, &inputs, &["--format", "json"]).json();
            assert_eq!(report["cost"]["fail"]["resources"], cost, "{inputs:?}");
            assert_eq!(report["cost"]["pass"]["resources"], json!([]), "{inputs:?}");
            assert_eq!(names(&report), rules, "{inputs:?}");
            adds_up(&report);
            // The page counts by group what the summary counts.
            run(&scratch, &inputs, &["--output", "t.html"]);
            let page = scratch.read("t.html");
            let cells = page.matches("class=\"n\">100.10 USD<").count();
            // The account and the type, and each rule and its fix.
            assert_eq!(cells, 2 + 2 * rules.len(), "{inputs:?}");
            assert!(!page.contains("200.20"), "{inputs:?}");
        }
    }
    // Two copies whose cost is not known are one resource.
    scratch.file("cur.csv", cur2(&ITEMS[4..]));
    let report = run(&scratch, &["none.jsonl", "owner.jsonl"], &["--format", "json"]).json();
    assert_eq!(report["cost"]["unknown-cost"], json!([{"reason": "not in the bill", "resources": 1}]));
}

#[test]
fn the_parts_of_a_bill_add_up_to_its_total() {
    let first = scratch();
    first.file("cur.csv", cur2(ITEMS));
    let parts = adds_up(&check(&first, &["--cost", "cur.csv", "--format", "json"]).json());
    assert_eq!(parts, [13085, 0, 104_900, 1650]);

    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let role = |path: &str| line("iam:role", &format!("arn:aws:iam::{ACCOUNT}:role/{path}App"), "App", &[]);
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/App/s");
    let own = format!("arn:aws:iam::{ACCOUNT}:role/App");
    let items: Vec<Item<'_>> = vec![
        ("Usage", "AWSIAM", &own, "5", ""),
        ("Usage", "AmazonBedrock", "", "9", &session),
        ("Usage", "AmazonEC2", INSTANCE, "1", ""),
        ("Usage", "AmazonS3", "shared", "2", ""),
        ("Tax", "", "", "-0.5", ""),
    ];
    let bucket = |partition: &str| line("s3:bucket", &format!("arn:{partition}:s3:::shared"), "shared", &[]);
    scratch.file("cur.csv", cur2(&items) + cur2(&items[2..3]).replace(",USD,", ",CNY,").split_once('\n').unwrap().1);
    let lines = [role(""), ec2("instance", INSTANCE, &[]), bucket("aws"), bucket("aws-cn")];
    scratch.file("in.jsonl", inventory(&lines));
    let report = check(&scratch, &["--cost", "cur.csv", "--format", "json"]).json();
    assert_eq!(report["cost"]["fail"]["principals"], usd("9", 1));
    // The line item of the role itself, those in two currencies, and those of the ambiguous bucket.
    assert_eq!(adds_up(&report), [0, 900, 0, 850]);
    assert_eq!(report["cost"]["bill"]["unmatched-principals"], json!([{"currency": "USD", "amount": "0"}]));
    let text = check(&scratch, &["--cost", "cur.csv"]).stdout;
    assert!(text.contains("on resources whose cost is unknown or that of calls"), "{text}");

    // A session does not say which of two roles of one name it is of.
    scratch.file("in.jsonl", inventory(&[role(""), role("service/")]));
    let report = check(&scratch, &["--cost", "cur.csv", "--format", "json"]).json();
    assert_eq!(report["cost"]["fail"]["principals"], json!([]));
    assert_eq!(report["cost"]["unknown-cost"], json!([{"reason": "several resources have its id", "resources": 2}]));
    assert_eq!(report["cost"]["bill"]["unmatched-principals"][0]["amount"], "9");
    adds_up(&report);
}

#[test]
fn a_bill_that_is_cut_off_or_copied_ends_the_run() {
    let scratch = scratch();
    let good = cur2(ITEMS);
    let gzip = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let fails = |content: Vec<u8>, words: &str| {
        scratch.file("bad.csv", content);
        check(&scratch, &["--cost", "bad.csv"]).fails_with(2, &["bad.csv", words]);
    };
    // A quote that nothing closes takes the rest of the file into one cell, the last of a line.
    let open = good.replacen("\"{\"\"user_a\"\":\"\"x\"\"}\"\n", "\"{}\n", 1);
    assert_ne!(open, good);
    fails(open.clone().into_bytes(), "line 3: text follows a closing quote");
    fails(gzip(&open), "line 3: text follows a closing quote");
    let last = good.rfind("{\"\"user_a").unwrap();
    fails(good[..last + 3].to_owned().into_bytes(), "line 14: the file ends inside quotes");
    fails(good.trim_end().to_owned().into_bytes(), "the last line has no end");
    let minimal = "line_item_resource_id,line_item_usage_account_id,line_item_currency_code,line_item_unblended_cost\n";
    fails(format!("{minimal}{LAMBDA},{ACCOUNT},USD,34").into_bytes(), "the last line has no end");
    // Without an end of its last line inside of gzip, and with other ends of lines.
    for text in [good.trim_end().to_owned(), good.replace('\n', "\r\n"), good.replace('\n', "\r")] {
        scratch.file("good.csv.gz", gzip(&text));
        let report = check(&scratch, &["--cost", "good.csv.gz", "--format", "json"]).json();
        assert_eq!(report["cost"]["bill"]["total"][0]["amount"], "1196.3500006");
    }

    scratch.file("two/cur.csv", &good);
    scratch.file("two/cur.csv.gz", gzip(&good));
    check(&scratch, &["--cost", "two"]).fails_with(2, &["two/cur.csv.gz: the same text is in two/cur.csv too"]);
    let text = format!("{minimal}{LAMBDA},{ACCOUNT},USD,34\n");
    scratch.file("a/x.csv", &text);
    scratch.file("b/y.csv", &text);
    check(&scratch, &["--cost", "a", "--cost", "b"]).fails_with(2, &["b/y.csv: the same text is in a/x.csv too"]);
    // Chunks without line items are no copies.
    scratch.file("chunks/1.csv", &good);
    scratch.file("chunks/2.csv", format!("{CUR2}\n"));
    scratch.file("chunks/3.csv", format!("{CUR2}\n"));
    check(&scratch, &["--cost", "chunks"]).exits(1);

    // Sums of more currencies than there are would be sums of several.
    let code = |n: usize| [n / 676, n / 26 % 26, n % 26].map(|n| char::from(b'A' + u8::try_from(n).unwrap()));
    let lines = |most| (0..most).map(|n| format!("{LAMBDA},{ACCOUNT},{},1\n", String::from_iter(code(n))));
    scratch.file("many.csv", minimal.to_owned() + &lines(1000).collect::<String>());
    check(&scratch, &["--cost", "many.csv"]).exits(1);
    fails((minimal.to_owned() + &lines(1001).collect::<String>()).into_bytes(), "\"BMM\" is one currency too many");
}

#[test]
fn an_export_without_columns_of_an_id_makes_its_cost_unknown_and_a_bucket_needs_no_account() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let table = line("dynamodb:table", &format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"), "orders", &[]);
    scratch.file(
        "in.jsonl",
        inventory(&[ec2("instance", INSTANCE, &[]), table, line("lambda:function", LAMBDA, "run", &[])]),
    );
    let items = format!(
        "{INSTANCE},{ACCOUNT},USD,1,AmazonEC2\norders,{ACCOUNT},USD,2,AmazonDynamoDB\n{LAMBDA},{ACCOUNT},USD,4,AWSLambda\n"
    );
    let header = "line_item_resource_id,line_item_usage_account_id,line_item_currency_code,line_item_unblended_cost";
    let costs = |text: &str| {
        scratch.file("cur.csv", text);
        let report = check(&scratch, &["--cost", "cur.csv", "--format", "json", "--select", "cost-center"]).json();
        adds_up(&report);
        let cost = |one: &Value| {
            let cost = &one["cost"];
            cost["amount"].as_str().or(cost["unknown"].as_str()).unwrap().to_owned()
        };
        report["findings"].as_array().unwrap().iter().map(cost).collect::<BTreeSet<_>>()
    };
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let lacking = "the export lacks the service or region of its id";
    assert_eq!(costs(&format!("{header},line_item_product_code\n{items}")), set(&["1", "4", lacking]));
    assert_eq!(costs(&format!("{header},x\n{items}")), set(&["4", lacking]));
    let noted = check(&scratch, &["--cost", "cur.csv"]);
    assert!(noted.stderr.contains("the export has no product codes, so costs"), "{}", noted.stderr);
    assert_eq!(
        costs(&format!("{header},line_item_product_code,product_region_code\n{}", items.replace('\n', ",eu-west-1\n"))),
        set(&["1", "2", "4"])
    );

    // The tagging API writes the ARN of a bucket alone.
    scratch.file(
        "dump.json",
        json!({"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::logs", "Tags": []}]}).to_string(),
    );
    scratch.file("cur.csv", cur2(&[("Usage", "AmazonS3", "logs", "7.5", "")]));
    let report = run(&scratch, &["dump.json"], &["--format", "json"]).json();
    assert_eq!(report["findings"][0]["cost"]["amount"], "7.5");
}

#[test]
fn long_lists_and_names_of_a_bill_are_cut_and_redaction_keeps_known_services_alone() {
    let scratch = scratch();
    let services: Vec<String> = (0..1_500).map(|n| format!("Vendor{n:04}")).collect();
    let long = "s".repeat(100_000);
    let mut items: Vec<Item<'_>> = services.iter().map(|name| ("Usage", name.as_str(), "id", "1", "")).collect();
    items.push(("Usage", &long, "id", "9", ""));
    items.push(("Usage", "AWSecretVendor", "id", "8", ""));
    items.push(("Usage", "AmazonSageMaker", "id", "7", ""));
    scratch.file("cur.csv", cur2(&items));
    let report = check(&scratch, &["--cost", "cur.csv", "--format", "json"]).json();
    adds_up(&report);
    let unmatched = report["cost"]["bill"]["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 1001);
    let others = json!({"account": "(others)", "service": "(others)", "currency": "USD", "amount": "503"});
    assert_eq!(unmatched[1000], others);
    assert_eq!(unmatched[0]["service"].as_str().unwrap().len(), 256);
    let redacted = check(&scratch, &["--cost", "cur.csv", "--format", "json", "--redact"]).stdout;
    assert!(
        redacted.contains("AmazonSageMaker") && !redacted.contains("AWSecretVendor") && !redacted.contains("Vendor0")
    );
}

#[test]
fn formats_without_costs_say_so_and_negative_costs_are_numbers() {
    let scratch = scratch();
    scratch.file("cur.csv", cur2(&[("Refund", "AmazonEC2", INSTANCE, "-5", "")]));
    let run = check(&scratch, &["--cost", "cur.csv", "--output", "t.csv", "--format", "github"]);
    assert!(run.stderr.contains("without costs, which have no place there: github"), "{}", run.stderr);
    assert!(scratch.read("t.csv").contains(",-5,USD,resource"), "{}", scratch.read("t.csv"));
    assert!(!check(&scratch, &["--cost", "cur.csv"]).stderr.contains("without costs"));
}

/// A file of one owner says that resources whose tags could not be read may belong to it.
#[test]
fn a_part_is_not_complete_if_tags_could_not_be_read() {
    let scratch = scratch();
    let split = ["--split-by", "tags.Owner", "--split-dir", "o", "--split-format", "markdown,csv,sns"];
    check(&scratch, &split);
    let markdown = scratch.read("o/b.md");
    assert!(markdown.contains("the tags of 1 resource could not be read; any may belong here"), "{markdown}");
    assert!(scratch.read("o/b.csv").contains("the tags of 1 resource could not be read"));
    let sns: Value = serde_json::from_str(&scratch.read("o/b.sns.json")).unwrap();
    assert_eq!(sns["MessageAttributes"]["complete"]["StringValue"], "false");
    assert!(!scratch.read("o/_unknown.md").contains("may belong here"));
    let whole = check(&scratch, &["--format", "json"]).stdout;
    assert!(!whole.contains("may belong here"));
}
