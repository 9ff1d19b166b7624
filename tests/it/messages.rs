//! Messages for Slack, Teams, SNS and Jira: read by someone else's readers, and sent by the commands of
//! `docs/integrations.md` to a server on the loopback interface. Issues of GitHub, with a stub of `gh`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::common::{Scratch, inventory, repository, skip, user};

mod issues;

const POLICY: &str = r#"
version = 1
[[rule]]
id = "cost-center"
key = "Cost Center"
required = true
aliases = ["CostCenter"]
[[rule]]
id = "owner"
key = "Owner"
severity = "warning"
"#;

/// Texts that are a mention, a link, markup or a function in one of the services.
const HOSTILE: &[&str] = &[
    "<!channel> <@U024BE7LH> <!subteam^S1>",
    "<https://evil.example|ok> & &lt;!here&gt;",
    "*b* _i_ ~s~ `c` :tada: > q",
    "[x](https://evil.example) **b**",
    "{{DATE(2026-02-14T06:08:00Z)}} ${x} @{x}",
    "<at>all</at> [~accountid:1] @here {panel}",
    "one\ntwo\u{202e}\u{1b}[31m",
    "\u{1f600}\u{1f600} größe",
];

/// An inventory with hostile owners and keys, many owners with long names, and gaps.
fn hostile_inventory(complete: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (at, text) in HOSTILE.iter().enumerate() {
        lines.push(user(&format!("h{at}"), &[("Owner", text), ("CostCenter", text)]));
        lines.push(user(&format!("i{at}"), &[("Owner", text)]));
        let mut one: Value = serde_json::from_str(&user(text, &[])).unwrap();
        one["account-name"] = json!(text);
        lines.push(one.to_string());
    }
    for at in 0..30 {
        lines.push(user(&format!("long{at}"), &[("Owner", &format!("{at}{}", "<&>\u{1f600}".repeat(60)))]));
    }
    let gap = |at: usize| {
        let error = format!("AccessDenied {} {}", HOSTILE[at % HOSTILE.len()], "x".repeat(400));
        json!({"account": "444455556666", "region": format!("region-{at}"), "type": "sqs:queue", "error": error})
    };
    let unread: Vec<Value> = (0..if complete { 0 } else { 20 }).map(gap).collect();
    let text = inventory(&lines);
    let end = json!({"taglint": "end", "resources": lines.len(), "unread": unread});
    text.split_inclusive('\n').take(lines.len() + 1).collect::<String>() + &end.to_string() + "\n"
}

/// The answer of a service's reader on a file; `None` where it is not installed.
fn read(format: &str, path: &Path) -> Option<Value> {
    let python = || {
        let mut python = Command::new("python3");
        python.args(["-B", "-X", "utf8"]).arg(repository("tests/it/formats.py")).arg(format);
        python
    };
    if !python().stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return None;
    }
    let output = python().arg(path).output().expect("python3 starts");
    assert!(output.status.success(), "{format}:\n{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// The readers of the services.
const READERS: [(&str, &str); 4] = [
    ("slack", "python3 with slack-sdk"),
    ("teams", "node with the reader of Adaptive Cards: tests/messages/install.sh"),
    ("sns", "python3 with botocore"),
    ("jira", "python3 with jsonschema and the schema of Atlassian documents: tests/messages/install.sh"),
];

#[test]
fn the_readers_of_the_services_take_the_messages() {
    for (format, reader) in READERS {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file("in.jsonl", hostile_inventory(false));
        scratch.file("good.jsonl", inventory(&[user("good", &[("Cost Center", "1")])]));
        let url = ["--report-url", "https://reports.example.com/{part}.html", "--jira-project", "TAGS"];
        for (input, code) in [("in.jsonl", 3), ("good.jsonl", 0)] {
            let output = format!("{input}.{format}.json");
            let args = ["check", input, "--now", "2026-11-28", "--group-by", "tags.Owner", "--output", &output, "-q"];
            scratch.run([&args[..], &url].concat()).exits(code);
            let Some(said) = read(format, &scratch.path().join(&output)) else {
                return skip(&format!("there is no {reader}"));
            };
            let text = said["text"].as_str().unwrap();
            assert_eq!(text.contains("Incomplete: not everything could be read"), code == 3, "{text}");
            assert!(text.contains("checked on 2026-11-28 by taglint"), "{text}");
            if code == 3 {
                for part in ["444455556666 region-0 sqs:queue", "and 10 more", "more characters)", "Add Cost Center: "]
                {
                    assert!(text.contains(part), "{format}: {part}: {text}");
                }
                assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'));
            }
            match format {
                "teams" | "jira" => assert_eq!(said["links"], json!(["https://reports.example.com/index.html"])),
                _ => assert!(text.contains("https://reports.example.com/index.html"), "{text}"),
            }
        }
        // Each part has a message, whose name is in the title.
        let split = ["--split-by", "tags.Owner", "--split-dir", "owners", "--split-format", format];
        scratch.run([&["check", "in.jsonl", "--now", "2026-11-28", "-q"][..], &split, &url].concat()).exits(3);
        let mut parts = 0;
        for entry in std::fs::read_dir(scratch.path().join("owners")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let said = read(format, &path).expect("the reader is there");
                assert!(said["text"].as_str().unwrap().contains("in tags.Owner "), "{said}");
                parts += 1;
            }
        }
        assert_eq!(parts, HOSTILE.len() + 30 + 1);
    }
}

#[test]
fn a_wrong_option_of_a_message_is_refused() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    let run = |args: &[&str]| scratch.run([&["check", "in.jsonl", "--format", "slack"][..], args].concat());
    for url in ["javascript:alert(1)", "https://x y", "https://a/|b", "https://a/>", "reports.example.com"] {
        run(&["--report-url", url]).fails_with(2, &["--report-url", "https://"]);
    }
    for key in ["tags", "A B", "", "1A"] {
        run(&["--jira-project", key]).fails_with(2, &["--jira-project"]);
    }
    run(&["--report-url", "http://reports.example.com/{part}.html?x=1", "--group-by", "tags.Owner"]).exits(1);
    scratch.run(["check", "in.jsonl", "--group-by", "tags.Owner"]).fails_with(2, &["--group-by", "--format html"]);
}

/// A request that the server got.
#[derive(Debug)]
struct Request {
    line: String,
    headers: String,
    body: String,
}

/// A server that takes requests, for the time of a test.
struct Server {
    port: u16,
    requests: mpsc::Receiver<Request>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let mut reader = BufReader::new(&stream);
                let (mut line, mut headers, mut length) = (String::new(), String::new(), 0);
                reader.read_line(&mut line).expect("a request");
                loop {
                    let mut header = String::new();
                    reader.read_line(&mut header).expect("a header");
                    if header.trim().is_empty() {
                        break;
                    }
                    let header = header.to_lowercase();
                    if let Some(value) = header.strip_prefix("content-length:") {
                        length = value.trim().parse().expect("a length");
                    }
                    headers += &header;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a body");
                let body = String::from_utf8(body).expect("UTF-8");
                // The answer of SNS; the others do not read theirs.
                let answer =
                    "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
                (&stream).write_all((head + answer).as_bytes()).expect("an answer");
                if sender.send(Request { line: line.trim().to_owned(), headers, body }).is_err() {
                    return;
                }
            }
        });
        Self { port, requests }
    }

    /// The requests until now.
    fn got(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

/// `aws sns publish`, with the model and the client of botocore.
const AWS: &str = r#"#!/usr/bin/env python3
import json, os, sys
from botocore.session import get_session
words = sys.argv[1:]
assert words[:3] == ["sns", "publish", "--topic-arn"] and words[4] == "--cli-input-json", words
path = words[5].removeprefix("file://")
client = get_session().create_client("sns", region_name="eu-west-1", endpoint_url=os.environ["ENDPOINT"],
    aws_access_key_id="test", aws_secret_access_key="test")
client.publish(TopicArn=words[3], **json.load(open(path, encoding="utf-8")))
"#;

/// The blocks of shell of a section of `docs/integrations.md`.
fn recipes(section: &str) -> Vec<String> {
    let page = std::fs::read_to_string(repository("docs/integrations.md")).unwrap();
    let text = page.split(&format!("\n## {section}\n")).nth(1).unwrap_or_else(|| panic!("no section {section}"));
    let text = text.split("\n## ").next().unwrap();
    let blocks: Vec<String> =
        text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect();
    assert!(!blocks.is_empty(), "{section} has no commands");
    blocks
}

/// A folder with an inventory, the files that the recipes name, and the program on the path.
fn workplace(aws: bool) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let lines = [
        user("a", &[("Owner", "payments")]),
        user("b", &[("Owner", "search"), ("CostCenter", "1")]),
        user("c", &[("Owner", "good"), ("Cost Center", "1")]),
    ];
    let gap =
        json!({"taglint": "end", "resources": 3, "unread": [{"account": "444455556666", "error": "AccessDenied"}]});
    let text = inventory(&lines);
    scratch
        .file("inventory.jsonl.zst", text.split_inclusive('\n').take(4).collect::<String>() + &gap.to_string() + "\n");
    scratch.file("jira-issues.txt", "payments TAGS-12\nsearch TAGS-13\n");
    let bin = scratch.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    link(&bin.join("taglint"));
    if aws {
        program(&scratch, "bin/aws", AWS);
    }
    scratch
}

#[cfg(unix)]
fn link(path: &Path) {
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_taglint"), path).unwrap();
}

#[cfg(unix)]
fn program(scratch: &Scratch, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = scratch.file(name, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// `PATH` with the programs of a folder first.
fn path_with(bin: &Path) -> String {
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

/// Runs the commands of a section one after the other, and returns what the server got from each.
fn send(scratch: &Scratch, section: &str) -> Vec<Vec<Request>> {
    let server = Server::start();
    let url = format!("http://127.0.0.1:{}", server.port);
    scratch.file("webhooks/payments", format!("{url}/payments\n"));
    let run = |block: String| {
        let output = Command::new("sh")
            .args(["-e", "-c", &block])
            .current_dir(scratch.path())
            .env("PATH", path_with(&scratch.path().join("bin")))
            .env("SLACK_WEBHOOK_URL", format!("{url}/slack"))
            .env("TEAMS_WEBHOOK_URL", format!("{url}/teams"))
            .env("ENDPOINT", &url)
            .env("TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:tags")
            .env("JIRA_URL", &url)
            .env("JIRA_USER", "bot@example.com")
            .env("JIRA_TOKEN", "token")
            .output()
            .expect("sh starts");
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
        server.got()
    };
    recipes(section).into_iter().map(run).collect()
}

/// A request with JSON: its first line and its body.
fn posted(request: &Request) -> (&str, Value) {
    assert!(request.headers.contains("content-type: application/json"), "{request:?}");
    (&request.line, serde_json::from_str(&request.body).expect("JSON"))
}

#[test]
fn slack_and_teams_get_their_messages() {
    let scratch = workplace(false);
    let sent = send(&scratch, "Slack");
    let [whole, parts] = &sent[..] else { panic!("{sent:?}") };
    let (line, body) = posted(&whole[0]);
    assert_eq!((whole.len(), line), (1, "POST /slack HTTP/1.1"));
    assert_eq!(body["blocks"][0]["text"]["text"], "Tag compliance: 33% pass (incomplete)");
    // Only a team with errors and a webhook.
    let (line, body) = posted(&parts[0]);
    assert_eq!((parts.len(), line), (1, "POST /payments HTTP/1.1"));
    assert_eq!(body["blocks"][0]["text"]["text"], "1 finding (incomplete) in tags.Owner payments");
    let sent = send(&scratch, "Microsoft Teams");
    let (line, body) = posted(&sent[0][0]);
    assert_eq!((sent.len(), sent[0].len(), line), (1, 1, "POST /teams HTTP/1.1"));
    assert_eq!(body["attachments"][0]["content"]["type"], "AdaptiveCard");
}

#[test]
fn jira_gets_a_new_issue_and_updates() {
    let sent = send(&workplace(false), "Jira");
    let [create, update, parts] = &sent[..] else { panic!("{sent:?}") };
    assert!(create[0].headers.contains("authorization: basic"), "{create:?}");
    let (line, body) = posted(&create[0]);
    assert_eq!(line, "POST /rest/api/3/issue HTTP/1.1");
    assert_eq!(body["fields"]["project"], json!({"key": "TAGS"}));
    let (line, body) = posted(&update[0]);
    assert_eq!(line, "PUT /rest/api/3/issue/TAGS-12 HTTP/1.1");
    assert_eq!(body["fields"]["project"], Value::Null);
    let lines: Vec<&str> = parts.iter().map(|request| posted(request).0).collect();
    assert_eq!(lines, ["PUT /rest/api/3/issue/TAGS-12 HTTP/1.1", "PUT /rest/api/3/issue/TAGS-13 HTTP/1.1"]);
    assert_eq!(posted(&parts[1]).1["fields"]["labels"], json!(["taglint", "taglint-search"]));
}

#[test]
fn sns_gets_its_messages_from_botocore() {
    let has_botocore = Command::new("python3").args(["-c", "import botocore"]).stderr(Stdio::null()).status();
    if !has_botocore.is_ok_and(|status| status.success()) {
        return skip("there is no python3 with botocore");
    }
    let sent = send(&workplace(true), "Amazon SNS");
    let [whole, parts] = &sent[..] else { panic!("{sent:?}") };
    let (body, count) = (&whole[0].body, whole.len());
    assert!(count == 1 && body.contains("Action=Publish") && body.contains("Tag+compliance"), "{body}");
    let owners: Vec<bool> = ["payments", "search"].map(|owner| parts.iter().any(|r| r.body.contains(owner))).to_vec();
    assert_eq!((parts.len(), owners), (2, vec![true, true]), "{parts:?}");
}
