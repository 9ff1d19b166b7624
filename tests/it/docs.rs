//! What the documentation shows works: every policy in it loads and passes its tests, every command of `rules/README.md`
//! says what stands below it.

use std::path::PathBuf;

use crate::common::{Scratch, repository};

const RULES: &str = "rules/README.md";

/// The pages with policies: `docs/*.md` and the guide to packs.
fn pages() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(repository("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.push(repository(RULES));
    files.retain(|path| path.extension().is_some_and(|e| e == "md"));
    files.sort();
    files.into_iter().map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// The fenced blocks of one language, each with the line that it begins in.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut fence: Option<(&str, bool)> = None;
    for (at, line) in page.lines().enumerate() {
        let text = line.trim_start();
        match fence {
            None if text.starts_with("```") => {
                let ticks = &text[..text.len() - text.trim_start_matches('`').len()];
                let wanted = text.trim_start_matches('`').trim() == language;
                if wanted {
                    out.push((at + 2, String::new()));
                }
                fence = Some((ticks, wanted));
            }
            Some((ticks, _)) if text == ticks => fence = None,
            Some((_, true)) => {
                let (_, block) = out.last_mut().expect("the block that is open");
                block.push_str(line);
                block.push('\n');
            }
            None | Some((_, false)) => {}
        }
    }
    out
}

/// A whole policy as it is, a lone rule with its first line; anything else is no policy.
fn policy(block: &str) -> Option<String> {
    let first = block.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    if block.lines().any(|line| line.trim() == "version = 1") {
        Some(block.to_owned())
    } else {
        (first == "[[rule]]").then(|| format!("version = 1\n{block}"))
    }
}

#[test]
fn every_policy_of_the_documentation_loads_and_passes_its_tests() {
    let scratch = Scratch::new();
    let (mut seen, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        for (line, block) in blocks(&text, "toml") {
            let Some(policy) = policy(&block) else { continue };
            seen += 1;
            scratch.file("taglint.toml", &policy);
            let run = scratch.run(["policy", "check"]);
            if run.code != 0 || !run.stderr.is_empty() {
                wrong.push(format!("{page}:{line}:\n{}", run.stderr));
                continue;
            }
            if block.contains("[[test]]") {
                let run = scratch.run(["policy", "test"]);
                if run.code != 0 {
                    wrong.push(format!("{page}:{line}:\n{}{}", run.stdout, run.stderr));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 20, "too few cases: {seen} policies");
}

#[test]
fn every_command_of_the_guide_to_packs_says_what_stands_below_it() {
    let scratch = Scratch::new();
    let text = std::fs::read_to_string(repository(RULES)).unwrap();
    // The first policy of the page is the one that its commands speak of.
    let (_, first) = blocks(&text, "toml").into_iter().find(|(_, block)| block.contains("version = 1")).unwrap();
    scratch.file("taglint.toml", first);
    let mut seen = 0;
    for (_, block) in blocks(&text, "console") {
        for command in block.split("$ ").skip(1) {
            let (command, want) = command.split_once('\n').unwrap();
            let arguments =
                command.strip_prefix("taglint ").unwrap_or_else(|| panic!("no command of taglint: {command}"));
            assert!(!arguments.contains(['|', '>', '<', '"', '\'', '*']), "the test knows no shell: {command}");
            assert_eq!(scratch.run(arguments.split(' ')).exits(0).stdout, want, "{command}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "too few cases: {seen} commands");
}

#[test]
fn every_command_of_the_quick_start_works_on_the_first_day() {
    let page = std::fs::read_to_string(repository("docs/quick-start.md")).unwrap();
    let mut seen = 0;
    for section in page.split("\n## ").skip(1) {
        let scratch = Scratch::new();
        scratch.file("infra/main.tf", std::fs::read(repository("examples/gate/main.tf")).unwrap());
        // What `collect` writes; the content says that it is not compressed.
        scratch.file("inventory.jsonl.zst", std::fs::read(repository("examples/inventory.jsonl")).unwrap());
        for (line, block) in blocks(section, "console") {
            let text = block.replace("\\\n", " ");
            for command in text.lines().filter_map(|line| line.trim().strip_prefix("$ ")) {
                let words: Vec<&str> = command.split_whitespace().collect();
                match words[..] {
                    ["mkdir", "-p", folder] => std::fs::create_dir_all(scratch.path().join(folder)).unwrap(),
                    ["taglint", "check" | "init" | "policy" | "fix" | "merge", ..] => {
                        let run = scratch.run(&words[1..]);
                        assert!(matches!(run.code, 0 | 1), "{line}: {command}: {}", run.stderr);
                        seen += 1;
                    }
                    // They need an account.
                    ["taglint", "scan" | "collect" | "permissions" | "explain-access", ..] => {}
                    _ => panic!("{line}: {command}"),
                }
            }
        }
    }
    assert!(seen >= 6, "too few cases: {seen} commands");
}
