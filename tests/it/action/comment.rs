//! The comment of a pull request.

use super::{Checkout, stub, stub_path};

/// `gh api` lists the comments, and logs the others calls.
const GH: &str = r#"#!/bin/sh
case "$*" in
*--jq*)
    [ -z "$READ_ONLY" ] || exit 1
    while [ "$1" != --jq ]; do shift; done
    jq --raw-output "$2" "$STUB/comments.json" ;;
*) echo "gh $*" >> "$STUB/log" ;;
esac
"#;

/// Runs the script, and returns its exit code with the calls that write and what it printed.
fn comment(checkout: &Checkout, comments: &str, environment: &[(&str, &str)]) -> (i32, String) {
    stub(checkout, "gh", GH);
    checkout.scratch.file("stub/comments.json", comments);
    let (path, folder) = (stub_path(checkout), checkout.scratch.path().join("stub"));
    let log = folder.join("log");
    let _ = std::fs::remove_file(&log);
    let mut all = vec![("PATH", path.as_str()), ("STUB", folder.to_str().unwrap())];
    all.extend([("NAME", "tags"), ("PR", "7"), ("GITHUB_REPOSITORY", "o/r"), ("READ_ONLY", "")]);
    all.extend(environment);
    let output = checkout.script("comment.sh", &all);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code().unwrap(), std::fs::read_to_string(log).unwrap_or_default() + &text)
}

#[test]
fn the_comment_with_the_marker_of_a_program_is_updated() {
    let checkout = Checkout::new(&[("main.tf", "")], &[]);
    checkout.scratch.file("temp/taglint-summary.md", "<!-- taglint -->\n## taglint: 1 finding\n");
    // A person wrote the first one, and the second one belongs to another job.
    let others = r#"{"id":1,"user":{"type":"User"},"body":"<!-- taglint: tags -->"},
        {"id":2,"user":{"type":"Bot"},"body":"<!-- taglint: other -->"}"#;
    let own = r#"{"id":3,"user":{"type":"Bot"},"body":"<!-- taglint: tags -->\n## taglint"}"#;
    let (code, calls) = comment(&checkout, &format!("[{others}]"), &[]);
    assert_eq!(code, 0, "{calls}");
    assert!(calls.starts_with("gh api --method POST repos/o/r/issues/7/comments --field body=@"), "{calls}");
    let (code, calls) = comment(&checkout, &format!("[{others},{own}]"), &[]);
    assert_eq!(code, 0, "{calls}");
    assert!(calls.starts_with("gh api --method PATCH repos/o/r/issues/comments/3 --field body=@"), "{calls}");
    assert_eq!(calls.lines().count(), 1, "{calls}");
    let body = checkout.scratch.read("temp/taglint-comment.md");
    assert_eq!(body, "<!-- taglint: tags -->\n<!-- taglint -->\n## taglint: 1 finding\n");
}

#[test]
fn a_run_that_checked_nothing_replaces_the_earlier_result() {
    let checkout = Checkout::new(&[("main.tf", "")], &[]);
    checkout.scratch.file("temp/other", "");
    assert_eq!(comment(&checkout, "[]", &[]).0, 0);
    assert!(checkout.scratch.read("temp/taglint-comment.md").contains("## taglint: nothing was checked"));
}

#[test]
fn a_read_only_token_is_a_warning_and_a_name_cannot_end_the_marker() {
    let checkout = Checkout::new(&[("main.tf", "")], &[]);
    checkout.scratch.file("temp/other", "");
    let (code, text) = comment(&checkout, "[]", &[("READ_ONLY", "1")]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("::warning title=taglint::"), "{text}");
    for name in ["a --> b", "\"", "a\nb", "", "a--b"] {
        let (code, text) = comment(&checkout, "[]", &[("NAME", name)]);
        assert_eq!(code, 2, "{name}: {text}");
        assert!(text.starts_with("::error title=taglint::"), "{name}: {text}");
    }
}
