//! The published standards in `examples/policies`: each passes its tests and covers its rules, each of its demands is a rule or
//! has a reason why it is none, and the table of the README counts them.

use crate::common::{Scratch, repository};

/// A policy of the folder, as text.
struct Standard {
    file: String,
    text: String,
}

impl Standard {
    /// The numbers of the demands in comments that begin so, in their order.
    fn demands(&self, comment: &str) -> Vec<usize> {
        let rests = self.text.lines().filter_map(|line| line.strip_prefix(comment));
        let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        rests.map(|rest| digits(rest).parse().unwrap_or_else(|e| panic!("{}: {rest}: {e}", self.file))).collect()
    }

    /// The demands that are rules.
    fn expressed(&self) -> Vec<usize> {
        self.demands("# Demand ")
    }

    /// The demands of the list under "Not expressed".
    fn not_expressed(&self) -> Vec<usize> {
        self.demands("# - Demand ")
    }

    fn path(&self) -> String {
        repository("examples/policies").join(&self.file).to_str().expect("UTF-8").to_owned()
    }
}

fn standards() -> Vec<Standard> {
    let mut files: Vec<_> =
        std::fs::read_dir(repository("examples/policies")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let read = |path: std::path::PathBuf| Standard {
        file: path.file_name().expect("a file has a name").to_str().expect("UTF-8").to_owned(),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_standard_passes_its_tests_and_covers_its_rules() {
    let scratch = Scratch::new();
    let standards = standards();
    assert!(standards.len() >= 10, "{}", standards.len());
    for standard in standards {
        let run = scratch.run(["policy", "test", "--require-coverage", &standard.path()]);
        run.exits(0);
        assert!(run.stdout.contains(", 0 failed"), "{}: {}", standard.file, run.stdout);
        let run = scratch.run(["policy", "check", &standard.path()]);
        run.exits(0);
        assert!(!run.stderr.contains("warning"), "{}: {}", standard.file, run.stderr);
    }
}

#[test]
fn every_demand_is_a_rule_or_has_a_reason() {
    for standard in standards() {
        let mut all = standard.expressed();
        all.extend(standard.not_expressed());
        all.sort_unstable();
        assert_eq!(all, (1..=all.len()).collect::<Vec<_>>(), "{}: each demand has its number once", standard.file);
        for (at, line) in standard.text.lines().enumerate().filter(|(_, line)| line.starts_with("# Demand ")) {
            let below = standard.text.lines().skip(at).find(|line| !line.starts_with('#'));
            assert_eq!(below, Some("[[rule]]"), "{}:{}: {line}", standard.file, at + 1);
        }
        let none = standard.text.lines().any(|line| line == "# - none");
        assert_eq!(none, standard.not_expressed().is_empty(), "{}: the list says what it has", standard.file);
    }
}

#[test]
fn every_standard_names_its_source() {
    for standard in standards() {
        let (head, _) = standard.text.split_once("\nversion = 1\n").expect("a policy has a version");
        for part in ["# Source: \"", "https://", "seen on", "\n# Not expressed:\n"] {
            assert!(head.replace("seen\n# on", "seen on").contains(part), "{}: no {part:?}", standard.file);
        }
        let name = standard.file.trim_end_matches(".toml");
        assert!(
            standard.text.contains(&format!("\nname = \"{name}\"\n")),
            "{}: the policy has its name",
            standard.file
        );
    }
}

#[test]
fn the_table_of_the_readme_counts_the_demands() {
    let readme = std::fs::read_to_string(repository("examples/policies/README.md")).unwrap();
    let (mut demands, mut expressed) = (0, 0);
    for standard in standards() {
        let (yes, no) = (standard.expressed().len(), standard.not_expressed().len());
        let row = readme.lines().find(|line| line.contains(&format!("({})", standard.file)));
        let cells: Vec<_> =
            row.unwrap_or_else(|| panic!("no row for {}", standard.file)).split('|').map(str::trim).collect();
        let counts = [yes + no, yes, no].map(|count| count.to_string());
        assert_eq!(cells[3..6], counts.each_ref().map(String::as_str), "{}", standard.file);
        demands += yes + no;
        expressed += yes;
    }
    let total = format!("{expressed} of {demands} demands");
    assert!(readme.contains(&total), "the README does not say {total:?}");
    let rows = readme.lines().filter(|line| line.contains(".toml) |")).count();
    assert_eq!(rows, standards().len(), "the table has other files");
}
