//! The view of a person at a terminal: a pseudo-terminal that Python makes.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Run, Scratch, inventory, repository, skip, user};

/// The exit code of a command that a signal ended, as a shell says it for Ctrl-C.
const INTERRUPTED: i64 = -2;

/// Variables of a run's environment.
type Variables<'v> = &'v [(&'v str, &'v str)];

/// A run in a terminal.
struct Seen {
    /// All that was written, with the carriage returns of a terminal.
    written: String,
    /// The exit code, or the negative number of a signal.
    code: i64,
}

impl Seen {
    /// The lines that stand on the terminal in the end.
    fn screen(&self) -> String {
        let (mut lines, mut line, mut column) = (Vec::new(), Vec::<char>::new(), 0);
        let mut rest = self.written.as_str();
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\u{1b}[K") {
                line.truncate(column);
                rest = after;
                continue;
            }
            match c {
                '\r' => column = 0,
                '\n' => {
                    lines.push(line.drain(..).collect::<String>());
                    column = 0;
                }
                c => {
                    if column < line.len() {
                        line[column] = c;
                    } else {
                        line.push(c);
                    }
                    column += 1;
                }
            }
            rest = &rest[c.len_utf8()..];
        }
        lines.push(line.into_iter().collect());
        lines.join("\n")
    }

    /// The progress lines that were drawn.
    fn drawn(&self) -> Vec<&str> {
        self.written
            .split('\r')
            .filter_map(|part| part.strip_suffix("\u{1b}[K"))
            .filter(|line| !line.is_empty())
            .collect()
    }
}

/// Runs taglint in a terminal; `None` where Python cannot make one.
fn terminal(scratch: &Scratch, options: &Value, variables: Variables<'_>, args: &[&str]) -> Option<Seen> {
    let mut all = json!({"columns": 80, "stdin": "", "hold": 0});
    all.as_object_mut().expect("an object").extend(options.as_object().expect("an object").clone());
    let taglint = scratch.command::<&str>([]);
    let mut command = Command::new("python3");
    command.arg(repository("tests/it/terminal.py")).arg(all.to_string()).arg(taglint.get_program()).args(args);
    for (name, value) in taglint.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env_remove("CI").env_remove("COLUMNS").env("TERM", "xterm").envs(variables.iter().copied());
    let Ok(output) = command.current_dir(scratch.path()).output() else {
        skip("it needs Python 3");
        return None;
    };
    let run = Run::of(output);
    run.exits(0);
    let ended = run.json();
    let code = ended["code"].as_i64().or(ended["signal"].as_i64().map(|signal| -signal));
    Some(Seen { written: ended["shown"].as_str().expect("a text").to_owned(), code: code.expect("an end") })
}

fn one_user() -> String {
    inventory(&[user("anika", &[("Environment", "Production"), ("Cost Center", "12E45")])])
}

#[test]
fn a_long_read_shows_its_progress_and_erases_it() {
    let scratch = Scratch::new();
    let slow = json!({"columns": 40, "stdin": one_user(), "hold": 2});
    let Some(seen) = terminal(&scratch, &slow, &[], &["check", "-"]) else { return };
    assert_eq!(seen.code, 1, "{}", seen.written);
    let drawn = seen.drawn();
    assert!(drawn.iter().any(|line| line.starts_with("reading standard input: 0.")), "{drawn:?}");
    assert!(drawn.iter().all(|line| line.chars().count() < 40), "{drawn:?}");
    assert!(!seen.screen().contains("reading standard input"), "{}", seen.screen());
    assert!(seen.screen().contains("iam:user anika\n  arn:aws:iam::"), "{}", seen.screen());
    // Nobody waits for a quick one.
    let quick = json!({"stdin": one_user()});
    let Some(seen) = terminal(&scratch, &quick, &[], &["check", "-"]) else { return };
    assert!(seen.code == 1 && seen.drawn().is_empty(), "{}", seen.written);
}

#[test]
fn no_progress_is_shown_where_nobody_wants_or_sees_it() {
    let scratch = Scratch::new();
    let slow = json!({"stdin": one_user(), "hold": 1.6});
    let cases: [(Variables<'_>, &[&str]); 5] = [
        (&[], &["--quiet"]),
        (&[], &["--no-progress"]),
        (&[("TAGLINT_NO_PROGRESS", "true")], &[]),
        (&[("CI", "true")], &[]),
        (&[("TERM", "dumb")], &[]),
    ];
    for (variables, flags) in cases {
        let args = [&["check", "-"], flags].concat();
        let Some(seen) = terminal(&scratch, &slow, variables, &args) else { return };
        assert!(seen.code == 1 && !seen.written.contains('\u{1b}'), "{variables:?} {flags:?}: {}", seen.written);
    }
    // A log on a file has no line of it, also if standard output is a terminal.
    let logged = json!({"stdin": one_user(), "hold": 1.6, "stderr": "log"});
    let Some(seen) = terminal(&scratch, &logged, &[], &["check", "-"]) else { return };
    assert!(seen.code == 1 && !seen.written.contains('\u{1b}'), "{}", seen.written);
    assert_eq!(scratch.read("log"), "note: no taglint.toml found; using the built-in policy `default`\n");
}

#[test]
fn an_interrupt_leaves_a_clean_line() {
    let scratch = Scratch::new();
    let options = json!({"stdin": one_user(), "hold": 30, "interrupt_on": "reading standard input"});
    let Some(seen) = terminal(&scratch, &options, &[], &["check", "-"]) else { return };
    assert_eq!(seen.code, INTERRUPTED, "{}", seen.written);
    let screen = seen.screen();
    assert!(screen.ends_with("`default`\n") || screen.ends_with("`default`\n^C"), "{screen:?}");
}

#[test]
fn a_report_is_as_wide_as_the_terminal_and_whole_in_a_file() {
    let scratch = Scratch::new();
    let examples = repository("examples/inventory.jsonl").display().to_string();
    let args = ["check", &*examples, "--srcroot", "."];
    let whole = scratch.run(args).stdout;
    assert!(whole.lines().any(|line| line.len() > 120));
    for columns in [40, 80, 120, 200] {
        let Some(seen) = terminal(&scratch, &json!({"columns": columns}), &[], &args) else { return };
        let (screen, words) =
            (seen.screen(), |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let report = screen.split_once("`default`\n").expect("the note comes first").1;
        let marks =
            |text: &str| words(text).into_iter().filter(|word| !word.trim_matches('^').is_empty()).collect::<Vec<_>>();
        assert_eq!(marks(report), marks(&whole), "{columns}");
        for line in report.lines().filter(|line| line.len() > columns) {
            assert!(!line.trim().contains(' ') || line.contains(" = \""), "{columns}: {line:?}");
        }
        // A user can say otherwise.
        for (variables, flags, want) in [
            (&[("COLUMNS", "60")][..], &[][..], 60),
            (&[("COLUMNS", "60")], &["--width", "100"], 100),
            (&[("COLUMNS", "wide")], &[], columns),
        ] {
            let args = [&args[..], flags].concat();
            let Some(seen) = terminal(&scratch, &json!({"columns": columns}), variables, &args) else { return };
            let same = scratch.run(["check", &*examples, "--srcroot", ".", "--width", &want.to_string()]);
            assert_eq!(seen.screen().split_once("`default`\n").expect("a note").1, same.stdout, "{columns} {flags:?}");
        }
        let Some(seen) =
            terminal(&scratch, &json!({"columns": columns}), &[], &[&args[..], &["--width", "0"]].concat())
        else {
            return;
        };
        assert!(seen.screen().ends_with(&whole), "{columns}");
    }
    // What is no terminal has no width.
    let output = scratch.command(args).env("COLUMNS", "40").output().expect("the program starts");
    assert_eq!(Run::of(output).stdout, whole);
}

#[test]
fn a_terminal_shows_the_first_findings_and_counts_all() {
    let scratch = Scratch::new();
    let users: Vec<String> = (0..2500).map(|at| user(&format!("user-{at:04}"), &[])).collect();
    scratch.file("in.jsonl", inventory(&users));
    let piped = scratch.run(["check", "in.jsonl", "-o", "report.txt"]);
    piped.exits(1);
    let findings = |text: &str| text.lines().filter(|line| line.starts_with("  error  ")).count();
    assert_eq!((findings(&piped.stdout), findings(&scratch.read("report.txt"))), (5000, 5000));
    let totals = "5,000 errors in 2,500 resources\n0 pass (0%), 2,500 fail, 0 unknown\n";
    assert!(piped.stdout.ends_with(totals) && !piped.stdout.contains("--limit"));
    for (flags, shown) in
        [(&[][..], 200), (&["--limit", "7"], 8), (&["--limit", "0"], 5000), (&["--limit", "5000"], 5000)]
    {
        let args = [&["check", "in.jsonl", "-o", "report.txt"], flags].concat();
        let Some(seen) = terminal(&scratch, &json!({}), &[], &args) else { return };
        let screen = seen.screen();
        assert_eq!((seen.code, findings(&screen)), (1, shown), "{flags:?}");
        assert_eq!(
            screen.contains(&format!("shown: {shown} of 5,000 findings, errors first")),
            shown < 5000,
            "{flags:?}"
        );
        assert!(screen.ends_with(totals), "{flags:?}");
        assert_eq!(findings(&scratch.read("report.txt")), 5000, "{flags:?}");
    }
}

#[test]
fn errors_and_notes_are_wrapped_too() {
    let scratch = Scratch::new();
    scratch.file("bad.toml", "version = 1\n[[rule]]\nid = \"x\"\n");
    for args in [
        &["check", "no-such-file.jsonl"][..],
        &["check", "x.jsonl", "--baseline", "no-such-baseline.json"],
        &["check", "x.jsonl", "--no-such-flag-of-taglint", "value"],
        &["check", "x.jsonl", "--limit", "many"],
        &["chekc", "x.jsonl"],
        &["check", "x.jsonl", "--policy", "bad.toml"],
    ] {
        let Some(seen) = terminal(&scratch, &json!({"columns": 40}), &[], args) else { return };
        let screen = seen.screen();
        assert_eq!(seen.code, 2, "{screen}");
        let too_long = |line: &&str| line.chars().count() > 40 && line.trim().contains(' ');
        assert_eq!(screen.lines().find(too_long), None, "{screen}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&screen), words(&scratch.run(args).stderr));
    }
}
