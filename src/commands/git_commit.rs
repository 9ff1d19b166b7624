//! The policy of a commit of the repository (`--policy-from`). Only `git` is started, with object ids and paths, never with
//! the content of a file; it runs no filter, hook or helper for these commands.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;

use super::Failure;
use super::inputs::note;
use crate::base::{SourceFile, quote, read_regular, read_whole};
use crate::cli::Global;
use crate::policy::{MAX_FILE, Policy, PolicyFiles, PolicySource, find, lexical, load_files, root_files_of};

/// The name of the policy that is found.
const NAME: &str = "taglint.toml";
/// The size limit of the list of a folder, in bytes.
const MAX_LIST: u64 = 64 << 20;

/// Loads the policy of a commit: the named files and folders, else the policy that a check in this folder would find there.
pub(super) fn policy_of_commit(reference: &str, named: &[PathBuf], global: &Global) -> Result<Policy, Failure> {
    let commit = opened(reference)?;
    let roots = commit.roots(named)?;
    let mut policy = load_files(&*commit, &roots, &commit.root)?;
    for file in &mut policy.files {
        *file = commit.named_file(file);
    }
    if !global.quiet {
        commit.notes(named.is_empty().then(|| &*roots[0])).iter().for_each(|text| note(text));
    }
    Ok(policy)
}

/// The files of the policy of a commit, without those that they extend.
pub(super) fn policy_files_of_commit(reference: &str, named: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let commit = opened(reference)?;
    Ok(root_files_of(&*commit, &commit.roots(named)?)?)
}

thread_local! {
    /// The commit of this run. Settings and rules come from the same files, so they are read once, and a branch that moves
    /// in between cannot give the settings of one commit and the rules of another.
    static OPENED: RefCell<Option<Rc<GitCommit>>> = const { RefCell::new(None) };
}

/// The commit of this name, opened once.
fn opened(reference: &str) -> Result<Rc<GitCommit>, Failure> {
    let known = OPENED.with_borrow(|opened| opened.clone().filter(|commit| commit.reference == reference));
    if let Some(commit) = known {
        return Ok(commit);
    }
    let commit = Rc::new(GitCommit::open(reference)?);
    OPENED.set(Some(Rc::clone(&commit)));
    Ok(commit)
}

/// A commit of the repository of the working directory.
struct GitCommit {
    /// The name that the user gave.
    reference: String,
    /// The object id.
    id: String,
    /// The root of the repository, and the working directory, without links.
    root: PathBuf,
    folder: PathBuf,
    /// The files of the policy, by the paths that were named.
    roots: RefCell<Option<(Vec<PathBuf>, Vec<PathBuf>)>>,
    /// The entries that were asked for, by their paths from the root.
    entries: RefCell<BTreeMap<OsString, Option<TreeEntry>>>,
    /// The files that were read.
    read: RefCell<Vec<(PathBuf, Vec<u8>)>>,
}

/// An entry of a folder of the commit.
#[derive(Clone)]
struct TreeEntry {
    /// The path from the root.
    path: PathBuf,
    mode: String,
    id: String,
}

impl TreeEntry {
    fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

impl GitCommit {
    fn open(reference: &str) -> Result<Self, Failure> {
        let failed = |why: &str| Failure::new(format!("--policy-from {}: {why}", quote(reference)));
        let help = "name a commit of this repository, such as origin/main; in CI, fetch it first";
        if reference.is_empty()
            || reference.starts_with('-')
            || reference.contains(|c: char| c.is_control() || c == ':')
        {
            return Err(failed("not the name of a commit").help(help));
        }
        let top = command(&["rev-parse".as_ref(), "--show-toplevel".as_ref()]).output().map_err(|error| {
            failed(&format!("git does not start: {error}")).help("install git, or name the policy with --policy alone")
        })?;
        let folder = std::env::current_dir().and_then(|folder| folder.canonicalize());
        let (Some(root), Ok(folder)) = (top.status.success().then(|| first_line(&top.stdout)), folder) else {
            let why = format!("the working directory is in no git repository: {}", text(&top.stderr));
            return Err(failed(&why).help("run taglint in a checkout"));
        };
        let root = Path::new(&root).canonicalize().map_err(|error| failed(&error.to_string()))?;
        let name = format!("{reference}^{{commit}}");
        let found = command(&["rev-parse".as_ref(), "--verify".as_ref(), name.as_ref()])
            .output()
            .map_err(|error| failed(&error.to_string()))?;
        if text(&found.stderr).contains("ambiguous") {
            return Err(failed("the name is ambiguous: a branch and a tag have it")
                .help("write the full name, such as refs/remotes/origin/main"));
        }
        let id = text(&found.stdout);
        if !found.status.success() || !is_id(&id) {
            return Err(failed("no such commit").help(help));
        }
        Ok(Self {
            reference: reference.to_owned(),
            id,
            root,
            folder,
            roots: RefCell::default(),
            entries: RefCell::default(),
            read: RefCell::default(),
        })
    }

    /// The files of the policy: the named files and folders, else the one that is found.
    fn roots(&self, named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        if let Some((_, roots)) = self.roots.borrow().as_ref().filter(|(known, _)| known == named) {
            return Ok(roots.clone());
        }
        let roots = if named.is_empty() { vec![self.discovered()?] } else { self.named(named)? };
        self.roots.replace(Some((named.to_vec(), roots.clone())));
        Ok(roots)
    }

    /// The name of a file of the commit in reports: `taglint.toml at origin/main (5f3c0a1b2c3d)`. Others keep theirs.
    fn named_file(&self, path: &Path) -> PathBuf {
        const SHOWN: usize = 12;
        match path.strip_prefix(&self.root) {
            Ok(inside) => format!("{} at {} ({})", inside.display(), self.reference, &self.id[..SHOWN]).into(),
            Err(_) => path.to_owned(),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(format!("--policy-from {}: {why}", quote(&self.reference)))
    }

    /// The `taglint.toml` of the working directory or the nearest parent, in the commit.
    fn discovered(&self) -> Result<PathBuf, Failure> {
        for folder in self.folder.ancestors().take_while(|folder| folder.starts_with(&self.root)) {
            let path = folder.join(NAME);
            match self.entry(&path).map_err(|error| self.failed(&error.to_string()))? {
                Some(entry) if entry.is_file() => return Ok(path),
                Some(_) => return Err(self.failed(&format!("{} is no regular file", path.display()))),
                None => {}
            }
        }
        Err(self
            .failed(&format!("the commit has no {NAME} in this folder or a parent"))
            .help("commit a policy there first, or name its path with --policy"))
    }

    /// The policy files of named paths: files, and the `*.toml` of folders.
    fn named(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let mut out = Vec::new();
        for path in paths {
            let failed = |why: &str| self.failed(&format!("--policy {}: {why}", path.display()));
            let place = lexical(&self.folder.join(path));
            if !place.starts_with(&self.root) {
                return Err(failed("outside of the repository"));
            }
            let entry = self.entry(&place).map_err(|error| failed(&error.to_string()))?;
            if place == self.root || entry.as_ref().is_some_and(|entry| entry.mode == "040000") {
                let mut files = self.policies_in(&place).map_err(|error| failed(&error.to_string()))?;
                if files.is_empty() {
                    return Err(failed("the commit has no *.toml file in this folder"));
                }
                out.append(&mut files);
            } else if entry.as_ref().is_some_and(TreeEntry::is_file) {
                out.push(place);
            } else {
                let why = if entry.is_some() { "no regular file" } else { "the commit has no such file" };
                return Err(failed(why).help("paths are relative to the working directory"));
            }
        }
        Ok(out)
    }

    fn policies_in(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut inside = self.in_tree(folder)?;
        if !inside.is_empty() {
            // git lists the content of a folder if its name ends so.
            inside.push("/");
        }
        let is_policy = |entry: &TreeEntry| entry.is_file() && entry.path.extension().is_some_and(|end| end == "toml");
        let entries = self.list(&inside)?.into_iter().filter(is_policy);
        Ok(entries.map(|entry| self.root.join(entry.path)).collect())
    }

    /// The path from the root, as git writes it.
    fn in_tree(&self, path: &Path) -> io::Result<OsString> {
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "outside of the repository");
        let inside = path.strip_prefix(&self.root).map_err(|_| outside())?;
        let mut out = OsString::new();
        for part in inside.components() {
            if !out.is_empty() {
                out.push("/");
            }
            out.push(part);
        }
        Ok(out)
    }

    fn entry(&self, path: &Path) -> io::Result<Option<TreeEntry>> {
        let inside = self.in_tree(path)?;
        if inside.is_empty() {
            return Ok(None);
        }
        if let Some(known) = self.entries.borrow().get(&inside) {
            return Ok(known.clone());
        }
        let found = self.list(&inside)?.into_iter().find(|entry| entry.path == Path::new(&inside));
        self.entries.borrow_mut().insert(inside, found.clone());
        Ok(found)
    }

    /// The entries that `git ls-tree` gives for a path; those of the root for an empty one.
    fn list(&self, path: &OsStr) -> io::Result<Vec<TreeEntry>> {
        let mut args: Vec<&OsStr> = ["ls-tree", "-z", "--full-tree", &self.id].map(OsStr::new).to_vec();
        if !path.is_empty() {
            args.extend([OsStr::new("--"), path]);
        }
        let listed = output(&args, MAX_LIST)?;
        Ok(listed.split(|byte| *byte == 0).filter_map(tree_entry).collect())
    }

    /// The notes about the working tree, whose policy does not decide.
    fn notes(&self, discovered: Option<&Path>) -> Vec<String> {
        let shown = |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let mut out = Vec::new();
        if let (Some(decides), PolicySource::Discovered { file, .. }) = (discovered, find(&self.folder))
            && file != decides
        {
            out.push(format!("{} does not decide: {} of {} does", shown(&file), shown(decides), self.reference));
        }
        for (path, bytes) in &*self.read.borrow() {
            let own = read_regular(path, MAX_FILE as u64).unwrap_or_default();
            // git may have converted the line ends.
            if !own.iter().filter(|byte| **byte != b'\r').eq(bytes.iter().filter(|byte| **byte != b'\r')) {
                let (path, reference) = (shown(path), &self.reference);
                out.push(format!("{path} in the working tree differs from that of {reference}, which decides"));
            }
        }
        out
    }
}

impl PolicyFiles for GitCommit {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some((_, bytes)) = self.read.borrow().iter().find(|(known, _)| known == path) {
            return Ok(bytes.clone());
        }
        let what = match self.entry(path)? {
            None => return Err(io::ErrorKind::NotFound.into()),
            Some(entry) if entry.is_file() => entry.id,
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        };
        let bytes = output(&["cat-file", "blob", &what].map(OsStr::new), MAX_FILE as u64)?;
        self.read.borrow_mut().push((path.to_owned(), bytes.clone()));
        Ok(bytes)
    }
}

/// A run of git in the repository of the working directory, whatever the environment says.
pub(super) fn command(args: &[&OsStr]) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_LITERAL_PATHSPECS", "1").env("GIT_NO_REPLACE_OBJECTS", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).args(args);
    command
}

/// The output of a run of git, up to a limit.
fn output(args: &[&OsStr], limit: u64) -> io::Result<Vec<u8>> {
    output_of(command(args).stderr(Stdio::null()), limit)?
        .ok_or_else(|| io::Error::other("git cannot read it; is the object fetched?"))
}

/// The output of a program, up to a limit; `None` if the program fails.
pub(super) fn output_of(command: &mut Command, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let read = child.stdout.take().map_or_else(|| Ok(Vec::new()), |stdout| read_whole(stdout, limit));
    if read.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let bytes = read?;
    Ok(status.success().then_some(bytes))
}

/// An entry of `git ls-tree -z`: mode, type, id, a tab and the path.
fn tree_entry(line: &[u8]) -> Option<TreeEntry> {
    let tab = memchr::memchr(b'\t', line)?;
    let words = std::str::from_utf8(&line[..tab]).ok()?;
    let path = std::str::from_utf8(&line[tab + 1..]).ok()?;
    let mut words = words.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    is_id(id).then(|| TreeEntry { path: path.into(), mode: mode.to_owned(), id: id.to_owned() })
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn first_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\r', '\n']).to_owned()
}
