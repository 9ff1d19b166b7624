//! The order by cost, with bills of several currencies, in pages and messages.

use serde_json::json;

use crate::common::{ACCOUNT, Scratch, inventory};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"center\"\nkey = \"Cost Center\"\nrequired = true\n\
    [[rule]]\nid = \"stage\"\nkey = \"Stage\"\nrequired = true\nseverity = \"warning\"\n\
    [[rule]]\nid = \"note\"\nkey = \"Note\"\nrequired = true\nseverity = \"warning\"\n";

/// Queues of teams, each with what it costs and the tags that it has besides its team.
fn scratch(queues: &[(&str, &str, &str, &[&str])]) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let mut lines = Vec::new();
    let mut bill = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,\
        ChargePeriodStart,EffectiveCost,RegionId,ResourceId,ServiceName,SubAccountId,Tags,x_ServiceCode\n"
        .to_owned();
    for (at, (team, amount, currency, keys)) in queues.iter().enumerate() {
        let arn = format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:q{at}");
        let mut tags = json!({"Team": team});
        keys.iter().for_each(|key| tags[*key] = "x".into());
        let line = json!({"type": "sqs:queue", "arn": arn, "name": format!("q{at}"), "account": ACCOUNT, "tags": tags});
        lines.push(line.to_string());
        if !amount.is_empty() {
            bill += &format!(
                "{amount},111122223333,{currency},2026-11-01 00:00:00,2026-10-01 00:00:00,Usage,2026-11-01 00:00:00,\
                 2026-10-01 00:00:00,0,eu-west-1,{arn},Queues,{ACCOUNT},{{}},AWSQueueService\n"
            );
        }
    }
    scratch.file("in.jsonl", inventory(&lines));
    scratch.file("bill.csv", bill);
    scratch
}

fn outputs(scratch: &Scratch, names: &[&str]) {
    let args =
        ["check", "in.jsonl", "--cost", "bill.csv", "--group-by", "tags.Team", "--now", "2026-11-28"].into_iter();
    scratch.run(args.chain(names.iter().flat_map(|name| ["--output", name]))).exits(1);
}

fn order(text: &str, words: &[&str]) {
    let mut from = 0;
    for word in words {
        from += text[from..].find(word).unwrap_or_else(|| panic!("no {word} after {}", &text[from..]));
    }
}

#[test]
fn a_message_says_the_cost_that_it_is_sorted_by() {
    let none: &[&str] = &[];
    let scratch = scratch(&[
        ("many", "", "USD", none),
        ("many", "", "USD", none),
        ("dear", "8146.24", "USD", &["Note"]),
        ("cheap", "3.5", "USD", none),
    ]);
    outputs(&scratch, &["t.slack.json", "t.teams.json", "t.sns.json", "t.jira.json", "t.html"]);
    for name in ["t.slack.json", "t.teams.json", "t.sns.json", "t.jira.json"] {
        let text = scratch.read(name);
        order(
            &text,
            &[
                "Add Cost Center: 8,149.74 USD, 4 findings",
                "Add Stage: 8,149.74 USD, 4 findings",
                "Add Note: 3.50 USD, 3 findings",
            ],
        );
        order(
            &text,
            &["Highest cost by", "dear: 8,146.24 USD, 2 findings", "cheap: 3.50 USD, 3 findings", "many: 6 findings"],
        );
        assert!(
            !text.contains("Most findings by") && text.contains("8,149.74 USD (billed) in 2026-10"),
            "{name}: {text}"
        );
    }
    let page = scratch.read("t.html");
    order(&page, &["Add Cost Center</a>", "8,149.74 USD</td>", "Add Note</a>", "3.50 USD</td>"]);
    assert!(page.contains("\"8,146.24 USD\""), "{page}");
}

#[test]
fn one_line_of_the_bill_in_another_currency_leaves_the_order_of_the_others() {
    let none: &[&str] = &[];
    let scratch = scratch(&[
        ("a-cheap", "1", "USD", none),
        ("b-euro", "5000", "EUR", none),
        ("c-dear", "900", "USD", none),
        ("d-euro", "70000", "EUR", &["Cost Center", "Stage"]),
        ("e-middle", "20", "USD", none),
    ]);
    outputs(&scratch, &["t.sns.json", "t.html"]);
    let sorted = ["c-dear", "e-middle", "a-cheap", "d-euro", "b-euro"];
    order(&scratch.read("t.sns.json"), &[&["Highest cost by"][..], &sorted].concat());
    order(&scratch.read("t.html"), &[&["By Team"][..], &sorted].concat());
}
