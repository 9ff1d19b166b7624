//! `examples/ci/github-issues.sh`, with a stub of `gh` that keeps issues in a file.

use std::process::Command;

use serde_json::{Value, json};

use super::{POLICY, path_with, program};
use crate::common::{Scratch, inventory, repository, user};

/// `gh api`: lists, opens and changes issues.
const GH: &str = r#"#!/bin/sh
[ "$1" = api ] || exit 9
shift
method=GET title= state= body=
while [ $# -gt 0 ]; do
    case $1 in
    --method) method=$2; shift ;;
    --jq) filter=$2; shift ;;
    --raw-field) case $2 in title=*) title=${2#title=} ;; state=*) state=${2#state=} ;; esac; shift ;;
    --field) body=$(cat "${2#body=@}"); shift ;;
    --*) ;;
    *) path=$1 ;;
    esac
    shift
done
list=$STUB/issues.json
case $method in
GET)
    echo "GET $path" >> "$STUB/log"
    jq --raw-output "$filter" "$list"
    exit ;;
POST) change='. + [{number: (length + 1), state: "open", title: $title, body: $body, user: {login: "github-actions[bot]"}}]' ;;
PATCH) change='map(if .number == ($path | split("/") | last | tonumber) then
    (if $state != "" then .state = $state else . end) | (if $body != "" then .body = $body | .title = $title else . end)
    else . end)' ;;
esac
echo "$method $path $state" >> "$STUB/log"
jq --arg title "$title" --arg state "$state" --arg body "$body" --arg path "$path" "$change" "$list" > "$list.new" && mv "$list.new" "$list"
"#;

/// A repository with issues that are nobody's business.
struct Repository {
    scratch: Scratch,
}

impl Repository {
    fn new(others: &Value) -> Self {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file("stub/issues.json", others.to_string());
        program(&scratch, "bin/gh", GH);
        Self { scratch }
    }

    /// Checks these users, and updates the issues. Returns the changes.
    fn run(&self, users: &[String], unread: bool) -> Vec<String> {
        let mut text = inventory(users);
        if unread {
            let end = json!({"taglint": "end", "resources": users.len(), "unread": [{"account": "444455556666", "error": "AccessDenied"}]});
            text = text.split_inclusive('\n').take(users.len() + 1).collect::<String>() + &end.to_string() + "\n";
        }
        self.scratch.file("tags.jsonl", text);
        let args = ["check", "tags.jsonl", "--split-by", "tags.Owner", "--split-dir", "owners", "--fail-on", "never"];
        self.scratch.run([&args[..], &["--allow-incomplete", "-q"]].concat()).exits(0);
        let (code, said) = self.script(&[]);
        assert_eq!(code, Some(0), "{said}");
        let log = self.scratch.read("stub/log");
        std::fs::remove_file(self.scratch.path().join("stub/log")).unwrap();
        log.lines().filter(|line| !line.starts_with("GET ")).map(|line| line.trim().to_owned()).collect()
    }

    fn script(&self, environment: &[(&str, &str)]) -> (Option<i32>, String) {
        let output = Command::new("bash")
            .arg(repository("examples/ci/github-issues.sh"))
            .arg("owners")
            .current_dir(self.scratch.path())
            .env("PATH", path_with(&self.scratch.path().join("bin")))
            .env("STUB", self.scratch.path().join("stub"))
            .env("GITHUB_REPOSITORY", "o/r")
            .env("PAUSE", "0")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn issues(&self) -> Vec<Value> {
        serde_json::from_str(&self.scratch.read("stub/issues.json")).unwrap()
    }
}

fn issue(number: u64, login: &str, body: &str) -> Value {
    json!({"number": number, "state": "open", "title": "x", "body": body, "user": {"login": login}})
}

#[test]
fn an_owner_has_one_issue_which_each_run_updates_and_the_last_one_closes() {
    let others = json!([
        issue(1, "anika", "<!-- taglint: tags/payments -->\nof a person"),
        issue(2, "github-actions[bot]", "no marker"),
        issue(3, "github-actions[bot]", "<!-- taglint: nightly/payments -->\nof another report"),
        issue(4, "github-actions[bot]", "see\n<!-- taglint: tags/payments -->"),
        {"number": 5, "state": "open", "title": "x", "body": "<!-- taglint: tags/payments -->", "pull_request": {},
            "user": {"login": "github-actions[bot]"}},
        {"number": 6, "state": "open", "title": "x", "body": null, "user": {"login": "github-actions[bot]"}},
    ]);
    let repository = Repository::new(&others);
    let bad = |owner: &str| user(owner, &[("Owner", owner)]);
    let good = |owner: &str| user(owner, &[("Owner", owner), ("Cost Center", "1")]);
    assert_eq!(repository.run(&[bad("payments"), bad("search"), good("shop")], false), ["POST repos/o/r/issues"; 2]);
    let made = repository.issues();
    assert_eq!(made[6]["title"], "Tags: 1 finding of `payments`");
    assert!(
        made[6]["body"]
            .as_str()
            .unwrap()
            .starts_with("<!-- taglint: tags/payments -->\n<!-- taglint -->\n## taglint: 1 error")
    );
    // Findings come and go.
    assert_eq!(
        repository.run(&[good("payments"), bad("search")], false),
        ["PATCH repos/o/r/issues/8 open", "PATCH repos/o/r/issues/7 closed"]
    );
    assert_eq!(repository.run(&[bad("payments"), bad("search")], false).len(), 2);
    assert_eq!(repository.issues()[6]["state"], "open");
    // What could not be read closes nothing, also for an owner whom the run does not have.
    assert_eq!(repository.run(&[good("payments")], true), ["PATCH repos/o/r/issues/7"]);
    let text = repository.issues()[6]["body"].as_str().unwrap().to_owned();
    assert!(text.contains("**Incomplete"), "{text}");
    // A resource with unread tags may be anybody's.
    let dark = user("dark", &[]).replace("\"tags\":{}", "\"tags\":null,\"unknown\":\"AccessDenied\"");
    assert_eq!(repository.run(&[good("payments"), dark], false), ["PATCH repos/o/r/issues/7"]);
    assert_eq!(
        repository.run(&[good("payments")], false),
        ["PATCH repos/o/r/issues/7 closed", "PATCH repos/o/r/issues/8 closed"]
    );
    assert_eq!(repository.run(&[good("payments")], false), [""; 0], "nothing is left to do");
    assert_eq!(json!(repository.issues()[..6]), others, "no other issue was touched");
}

#[test]
fn a_hostile_owner_is_text_in_the_title_and_a_plain_name_in_the_marker() {
    let repository = Repository::new(&json!([]));
    let owners =
        ["`$(touch hacked)`", "@octo/all #12", "--> <script>", "-x", "@/etc/passwd", "a\tb\nc", &"x".repeat(300)];
    let users: Vec<String> =
        owners.iter().enumerate().map(|(at, owner)| user(&format!("u{at}"), &[("Owner", owner)])).collect();
    assert_eq!(repository.run(&users, false).len(), owners.len());
    assert!(!repository.scratch.path().join("hacked").exists());
    for issue in repository.issues() {
        let (title, body) = (issue["title"].as_str().unwrap(), issue["body"].as_str().unwrap());
        assert_eq!(title.matches('`').count(), 2, "{title}");
        assert!(title.starts_with("Tags: 1 finding of `") && title.ends_with('`') && title.len() < 200, "{title}");
        let marker = body.lines().next().unwrap();
        let part = marker.strip_prefix("<!-- taglint: tags/").and_then(|rest| rest.strip_suffix(" -->")).expect(marker);
        assert!(part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') && !part.contains("--"));
    }
    // The second run finds all of them.
    assert!(repository.run(&users, false).iter().all(|line| line.starts_with("PATCH ")));
    assert_eq!(repository.issues().len(), owners.len());
}

#[test]
fn a_wrong_use_of_the_script_changes_nothing() {
    let repository = Repository::new(&json!([]));
    repository.scratch.file("owners/x", "");
    let (code, said) = repository.script(&[]);
    assert!(code == Some(2) && said.contains("index.tsv"), "{said}");
    repository.run(&[], false);
    for variable in [("NAME", "a --> b"), ("NAME", ""), ("AUTHOR", "x\" or true")] {
        let (code, said) = repository.script(&[variable]);
        // An empty variable is the default.
        assert_eq!(code, Some(if variable.1.is_empty() { 0 } else { 2 }), "{variable:?}: {said}");
    }
    repository.scratch.file("owners/index.tsv", "part\terrors\n../../x\t1\t0\t0\t1\t0\t1\t0\ttrue\tx\n");
    let (code, said) = repository.script(&[]);
    assert!(code == Some(2) && said.contains("../../x"), "{said}");
    assert!(repository.issues().is_empty());
}

/// Of more than 5,000 owners, those in `(others)` have no row of their own, and may have findings.
#[test]
fn no_issue_is_closed_for_an_owner_who_may_be_among_the_others() {
    let repository = Repository::new(&json!([]));
    repository.run(&[user("u", &[("Owner", "payments")])], false);
    assert_eq!(repository.issues()[0]["state"], "open");
    let header = "part\terrors\twarnings\tnotes\tresources\tpass\tfail\tunknown\tcomplete\tvalue\n\
        index\t0\t0\t0\t1\t1\t0\t0\ttrue\t(all)\n";
    for (rows, state) in [("_others\t0\t0\t0\t1\t1\t0\t0\ttrue\t(others)\n", "open"), ("", "closed")] {
        repository.scratch.file("owners/index.tsv", format!("{header}{rows}"));
        repository.scratch.file("owners/_others.md", "x");
        let (code, said) = repository.script(&[]);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(repository.issues()[0]["state"], state);
    }
}
