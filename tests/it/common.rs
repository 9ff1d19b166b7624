//! Runs the program in a temporary folder, without the AWS configuration of the machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Says why a test does nothing here. `.ci/run` sets `TAGLINT_ALL_TESTS`: it installs what every test needs.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("TAGLINT_ALL_TESTS").is_none(), "a test was skipped: {why}");
    eprintln!("skipped: {why}");
}

/// A scratch folder that the program runs in.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A repository's root: no policy of a folder above is found.
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The program with these arguments; the caller may add to its environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("TAGLINT_") || text.starts_with("CLICOLOR") {
                command.env_remove(&name);
            }
        }
        command.env("NO_COLOR", "1").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", self.folder.path());
        command.current_dir(self.folder.path()).args(args).stdin(Stdio::null());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command(args).output().expect("the program starts"))
    }

    /// Runs with bytes on standard input.
    pub(crate) fn pipe<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
        use std::io::Write as _;
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let run = Run::of(child.wait_with_output().expect("the program ends"));
        writer.join().expect("the writer ends");
        run
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        let run =
            Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }

    /// The exit code is this one, and standard error has each of these.
    #[track_caller]
    pub(crate) fn fails_with(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in:\n{}", self.stderr);
        }
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}:\n{}", self.stdout))
    }
}

pub(crate) const ACCOUNT: &str = "123456789012";

/// An inventory of these resource lines, with its first and last line.
pub(crate) fn inventory(lines: &[String]) -> String {
    let mut text = format!(
        "{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T00:00:00Z\",\"scope\":{{\"accounts\":[\"{ACCOUNT}\"]}}}}\n"
    );
    for line in lines {
        text += line;
        text.push('\n');
    }
    text + &format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":[]}}\n", lines.len())
}

/// A user's line.
pub(crate) fn user(name: &str, tags: &[(&str, &str)]) -> String {
    line("iam:user", &format!("arn:aws:iam::{ACCOUNT}:user/{name}"), name, tags)
}

/// An MFA device's line.
pub(crate) fn device(name: &str, tags: &[(&str, &str)]) -> String {
    line("iam:mfa", &format!("arn:aws:iam::{ACCOUNT}:mfa/{name}"), name, tags)
}

/// A resource's line.
pub(crate) fn line(kind: &str, arn: &str, name: &str, tags: &[(&str, &str)]) -> String {
    let tags: serde_json::Map<_, _> = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
    serde_json::json!({"type": kind, "arn": arn, "name": name, "account": ACCOUNT, "tags": tags}).to_string()
}

/// The file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
