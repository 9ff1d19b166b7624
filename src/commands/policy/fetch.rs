//! Reads files on other machines, with `git` and `curl` of the user: they know proxies, certificates and credentials.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::base::digest::{hex, plain_sha256};
use crate::base::{escape, read_whole};
use crate::commands::git_commit::{command, output_of};
use crate::policy::remote::RemoteFile;
use crate::policy::{FetchRemote, LockedFile, MAX_FILE};

/// The most files on other machines of one policy.
const MAX_FILES: usize = 200;
/// The longest time of one transfer.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// The size limit of an error message, in bytes.
const MAX_ERROR: u64 = 64 << 10;

/// A file that was fetched.
pub(super) struct FetchedFile {
    pub(super) content: Vec<u8>,
    commit: Option<String>,
}

impl FetchedFile {
    /// The entry of the lock file.
    pub(super) fn entry(&self, file: &RemoteFile) -> LockedFile {
        let sha256 = hex(&plain_sha256(&self.content));
        LockedFile { source: file.to_string(), commit: self.commit.clone(), sha256 }
    }
}

/// A commit of a repository in a temporary folder, whose objects git has.
struct FetchedCommit {
    folder: TempDir,
    id: String,
}

/// The files that a policy names on other machines, read once each.
#[derive(Default)]
pub(super) struct Fetcher {
    /// The files by the folder of the policy file that leads to them.
    pub(super) files: RefCell<BTreeMap<PathBuf, BTreeMap<RemoteFile, FetchedFile>>>,
    commits: RefCell<BTreeMap<(String, String), FetchedCommit>>,
}

impl FetchRemote for Fetcher {
    fn fetch(&self, folder: &Path, file: &RemoteFile) -> Result<Vec<u8>, String> {
        let known = |known: &BTreeMap<RemoteFile, FetchedFile>| known.get(file).map(|found| found.content.clone());
        if let Some(content) = self.files.borrow().get(folder).and_then(known) {
            return Ok(content);
        }
        if self.files.borrow().values().map(BTreeMap::len).sum::<usize>() >= MAX_FILES {
            return Err(format!("the policy names more than {MAX_FILES} files on other machines"));
        }
        let fetched = match file {
            RemoteFile::Git { repository, path, reference } => self.git(repository, path, reference)?,
            RemoteFile::Https { .. } => FetchedFile { content: https(&file.to_string())?, commit: None },
        };
        let content = fetched.content.clone();
        self.files.borrow_mut().entry(folder.to_owned()).or_default().insert(file.clone(), fetched);
        Ok(content)
    }
}

impl Fetcher {
    fn git(&self, repository: &str, path: &str, reference: &str) -> Result<FetchedFile, String> {
        let key = (repository.to_owned(), reference.to_owned());
        if !self.commits.borrow().contains_key(&key) {
            let commit = fetch_commit(repository, reference)?;
            self.commits.borrow_mut().insert(key.clone(), commit);
        }
        let commits = self.commits.borrow();
        let commit = &commits[&key];
        let object = format!("{}:{path}", commit.id);
        let mut show = git(commit.folder.path(), &["cat-file", "blob", &object]);
        let read = output_of(show.stderr(Stdio::null()), MAX_FILE as u64).map_err(|error| error.to_string())?;
        let content = read.ok_or_else(|| format!("the commit {} has no such file", &commit.id[..12]))?;
        Ok(FetchedFile { content, commit: Some(commit.id.clone()) })
    }
}

/// Fetches one commit without its history, into an empty repository without hooks.
fn fetch_commit(repository: &str, reference: &str) -> Result<FetchedCommit, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    run(&mut git(folder.path(), &["init", "--quiet", "--bare", "--template="]))?;
    let options = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"];
    let args = [&options[..], &["--", repository, reference]].concat();
    run(&mut git(folder.path(), &args))?;
    let mut parse = git(folder.path(), &["rev-parse", "--verify", "FETCH_HEAD^{commit}"]);
    let id = output_of(parse.stderr(Stdio::null()), MAX_ERROR).map_err(|error| error.to_string())?;
    let id = id.map(|id| String::from_utf8_lossy(&id).trim().to_owned()).filter(|id| id.len() >= 40);
    Ok(FetchedCommit { folder, id: id.ok_or("the reference is no commit")? })
}

/// A run of git in a folder, which may use these protocols only, redirects included.
fn git(folder: &Path, args: &[&str]) -> Command {
    let mut all = vec![OsStr::new("-c"), OsStr::new("core.hooksPath=/dev/null"), OsStr::new("-C"), folder.as_os_str()];
    all.extend(args.iter().map(OsStr::new));
    let mut command = command(&all);
    command.env("GIT_ALLOW_PROTOCOL", "https:ssh:file");
    command
}

fn https(url: &str) -> Result<Vec<u8>, String> {
    let mut curl = Command::new("curl");
    // `--disable` must be first: a configuration file could allow other protocols.
    curl.args(["--disable", "--proto", "=https", "--proto-redir", "=https", "--location", "--max-redirs", "5"]);
    curl.args(["--fail", "--silent", "--show-error", "--globoff", "--max-time", &TIME_LIMIT.as_secs().to_string()]);
    curl.args(["--max-filesize", &MAX_FILE.to_string(), "--url", url]);
    let errors = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    curl.stdin(Stdio::null()).stderr(errors.reopen().map_err(|error| error.to_string())?);
    let read = output_of(&mut curl, MAX_FILE as u64).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "curl is not installed; install it, or name the file with git::".to_owned(),
        _ => error.to_string(),
    })?;
    read.ok_or_else(|| error_line(errors.reopen(), "curl"))
}

/// Runs a program without output until it ends or its time is over.
fn run(command: &mut Command) -> Result<(), String> {
    let errors = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let stderr = errors.reopen().map_err(|error| error.to_string())?;
    let mut child = command
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|error| format!("git does not start: {error}; install git"))?;
    match wait(&mut child).map_err(|error| error.to_string())? {
        true => Ok(()),
        false => Err(error_line(errors.reopen(), "git")),
    }
}

/// Waits for a program, and ends it when its time is over. Returns `true` if it succeeded.
fn wait(child: &mut Child) -> std::io::Result<bool> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            return Err(std::io::Error::other(format!("no answer within {} seconds", TIME_LIMIT.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The error among a program's messages, which begins with its name or `fatal`; else the last line.
fn error_line(errors: std::io::Result<std::fs::File>, program: &str) -> String {
    let bytes = errors.and_then(|errors| read_whole(errors, MAX_ERROR)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let reason = |line: &str| {
        let rest = line.strip_prefix("fatal: ").or_else(|| line.strip_prefix(program)?.strip_prefix(": "));
        rest.map(str::to_owned)
    };
    let found = lines.clone().find_map(reason).or_else(|| lines.next_back().map(str::to_owned));
    format!("{program}: {}", escape(&found.unwrap_or_else(|| "it failed without a message".to_owned())))
}
