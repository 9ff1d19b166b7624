//! `taglint policy lock`: policies and lists over git and https, read from copies with known hashes. The repositories are
//! local and the server is on the loopback interface.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::common::{Run, Scratch, inventory, user};
use crate::policy_from::git;

const BASE: &str = "version = 1\nextends = [\"./more.toml\"]\n[lists]\nstages = { file = \"../codes.csv\", column = \"code\" }\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nvalues = \"@stages\"\n";
const MORE: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";

/// A repository with policies, beside the folder that the program runs in.
fn company() -> Scratch {
    let company = Scratch::new();
    std::fs::remove_dir(company.path().join(".git")).unwrap();
    git(&company, &["init", "--quiet"]);
    company.file("tags/base.toml", BASE);
    company.file("tags/more.toml", MORE);
    company.file("codes.csv", "code\ndev\nprod\n");
    commit(&company);
    company
}

fn commit(scratch: &Scratch) {
    git(scratch, &["add", "."]);
    git(scratch, &["commit", "--quiet", "-m", "x"]);
}

fn source(company: &Scratch) -> String {
    format!("git::file://{}//tags/base.toml?ref=main", company.path().display())
}

/// A folder whose policy extends that of the repository.
fn project(company: &Scratch) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", format!("version = 1\nextends = [\"{}\"]\n", source(company)));
    scratch.file("in.jsonl", inventory(&[user("a", &[("Stage", "live")])]));
    scratch
}

fn check(scratch: &Scratch) -> Run {
    scratch.run(["check", "in.jsonl", "--format", "json"])
}

/// The ids of the rules with findings.
fn found(run: &Run) -> String {
    let report = run.exits(1).json();
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().filter_map(|finding| finding["rule"].as_str()).collect::<Vec<_>>().join(" ")
}

/// The name of a copy, by the end of it.
fn copy(scratch: &Scratch, end: &str) -> String {
    let names = std::fs::read_dir(scratch.path().join(".taglint")).unwrap().map(|entry| entry.unwrap().file_name());
    let name = names.map(|name| name.into_string().unwrap()).find(|name| name.ends_with(end)).expect(end);
    format!(".taglint/{name}")
}

#[test]
fn a_check_reads_the_copies_and_never_the_source() {
    let company = company();
    let scratch = project(&company);
    check(&scratch).fails_with(2, &["can't read \"git::file://", "taglint.lock", "run `taglint policy lock`"]);
    let locked = scratch.run(["policy", "lock"]);
    let base = format!("new       {} sha256:", source(&company));
    assert!(locked.exits(0).stdout.contains(&base) && locked.stdout.lines().count() == 3, "{}", locked.stdout);
    assert!(scratch.read("taglint.lock").contains("commit = \""));
    company.file("tags/more.toml", MORE.replace("Owner", "Team"));
    commit(&company);
    let run = check(&scratch);
    assert_eq!(found(&run), "owner stage");
    let list = &run.json()["policy"]["lists"][0];
    let file = list["file"].as_str().expect("a file");
    assert!(file.starts_with("git::file://") && file.ends_with("//codes.csv?ref=main"), "{list}");
    assert!(scratch.read("taglint.lock").contains(list["sha256"].as_str().expect("a hash")));
    // The next lock takes the new state, and removes what is used no more.
    company.file("tags/base.toml", "version = 1\nextends = [\"more.toml\"]\n");
    commit(&company);
    let locked = scratch.run(["policy", "lock"]);
    let changes: Vec<_> = locked.exits(0).stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(changes, ["changed", "changed", "removed"]);
    assert_eq!(std::fs::read_dir(scratch.path().join(".taglint")).unwrap().count(), 2);
    std::fs::remove_dir_all(company.path().join(".git")).unwrap();
    assert_eq!(found(&check(&scratch)), "owner");
}

#[test]
fn a_copy_that_is_not_the_locked_one_is_refused() {
    let company = company();
    let scratch = project(&company);
    scratch.run(["policy", "lock"]).exits(0);
    for end in ["-more.toml", "-codes.csv"] {
        let name = copy(&scratch, end);
        let text = scratch.read(&name);
        scratch.file(&name, text.clone() + "\n");
        check(&scratch).fails_with(2, &["does not have the SHA-256 that taglint.lock names", "policy lock"]);
        std::fs::remove_file(scratch.path().join(&name)).unwrap();
        check(&scratch).fails_with(2, &["its copy", "run `taglint policy lock`"]);
        scratch.file(&name, text);
        check(&scratch).exits(1);
    }
    let lock = scratch.read("taglint.lock");
    scratch.file("taglint.lock", lock.replace("codes.csv", "other.csv"));
    check(&scratch).fails_with(2, &["taglint.lock does not have it"]);
    scratch.file("taglint.lock", "<<<<<<< HEAD\n".to_owned() + &lock);
    check(&scratch).fails_with(2, &["taglint.lock:", "run `taglint policy lock`"]);
}

#[test]
#[cfg(unix)]
fn a_link_leads_neither_reads_nor_writes_elsewhere() {
    let company = company();
    let scratch = project(&company);
    scratch.run(["policy", "lock"]).exits(0);
    let elsewhere = tempfile::tempdir().unwrap();
    let (copies, moved) = (scratch.path().join(".taglint"), elsewhere.path().join("copies"));
    std::fs::rename(&copies, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &copies).unwrap();
    check(&scratch).fails_with(2, &["outside of the"]);
    scratch.run(["policy", "lock"]).fails_with(2, &[".taglint"]);
}

#[test]
fn a_commit_has_its_own_lock_and_copies() {
    let company = company();
    let scratch = project(&company);
    std::fs::remove_dir(scratch.path().join(".git")).unwrap();
    git(&scratch, &["init", "--quiet"]);
    scratch.run(["policy", "lock"]).exits(0);
    commit(&scratch);
    std::fs::remove_dir_all(scratch.path().join(".taglint")).unwrap();
    std::fs::remove_file(scratch.path().join("taglint.lock")).unwrap();
    check(&scratch).fails_with(2, &["taglint.lock"]);
    let run = scratch.run(["check", "in.jsonl", "--format", "json", "--policy-from", "main"]);
    assert_eq!(found(&run), "owner stage");
}

#[test]
fn what_cannot_be_fetched_writes_nothing() {
    let company = company();
    let scratch = project(&company);
    let base = source(&company);
    for (name, want) in [
        (base.replace("base.toml", "none.toml"), "has no such file"),
        (base.replace("ref=main", "ref=none"), "git: "),
        (base.replace("file://", "ext://"), "with https, ssh or file"),
        (base.replace("?ref=main", "?ref=--upload-pack=x"), "`ref` is a branch, a tag or a commit"),
        ("http://127.0.0.1/a.toml".to_owned(), "only https:// and git:: are read"),
    ] {
        scratch.file("taglint.toml", format!("version = 1\nextends = [\"{name}\"]\n"));
        scratch.run(["policy", "lock"]).fails_with(2, &["taglint.toml:2", want]);
        assert!(!scratch.path().join("taglint.lock").exists() && !scratch.path().join(".taglint").exists());
    }
    scratch.file("taglint.toml", "version = 1\nextends = [\"default\"]\n");
    assert!(scratch.run(["policy", "lock"]).exits(0).stdout.contains("names no files on other machines"));
}

/// A server for TLS on the loopback interface, which ends with this value.
struct TlsServer {
    child: Child,
    address: String,
}

impl TlsServer {
    /// Serves the files of a folder, which have their HTTP header; `None` without the program.
    fn start(folder: &Scratch) -> Option<Self> {
        let openssl = || {
            let mut command = Command::new("openssl");
            command.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            command
        };
        let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
        let key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"];
        openssl().args(key).args(name).status().ok().filter(std::process::ExitStatus::success)?;
        let serve = ["s_server", "-accept", "127.0.0.1:0", "-HTTP", "-cert", "cert.pem", "-key", "key.pem"];
        let mut child = openssl().args(serve).spawn().ok()?;
        let lines = BufReader::new(child.stdout.take()?).lines();
        let address = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("ACCEPT ")?.to_owned()));
        Some(Self { child, address: address? })
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn https_is_read_once_and_only_over_https() {
    let site = Scratch::new();
    site.file("base.toml", "HTTP/1.0 200 ok\r\nContent-Type: text/plain\r\n\r\n".to_owned() + MORE);
    site.file("moved.toml", "HTTP/1.0 302 moved\r\nLocation: http://127.0.0.1:9/base.toml\r\n\r\n");
    site.file("large.toml", "HTTP/1.0 200 ok\r\n\r\n".to_owned() + &"#".repeat(5 << 20));
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let server = TlsServer::start(&site).filter(|_| has_curl);
    let Some(server) = server else { return eprintln!("skipped: needs curl and openssl") };
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    let lock = |file: &str, trusts: bool| {
        let policy = format!("version = 1\nextends = [\"https://{}/{file}\"]\n", server.address);
        scratch.file("taglint.toml", policy);
        let mut command = scratch.command(["policy", "lock"]);
        if trusts {
            command.env("CURL_CA_BUNDLE", site.path().join("cert.pem"));
        }
        Run::of(command.output().unwrap())
    };
    lock("base.toml", false).fails_with(2, &["curl: ", "certificate"]);
    lock("moved.toml", true).fails_with(2, &["curl: ", "http"]);
    lock("large.toml", true).fails_with(2, &["can't read"]);
    assert!(!scratch.path().join("taglint.lock").exists());
    lock("base.toml", true).exits(0);
    drop(server);
    assert_eq!(found(&check(&scratch)), "owner");
}
