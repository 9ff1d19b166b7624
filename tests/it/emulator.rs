//! The AWS emulator of the tests (`tests/emulator`) and its control endpoints.
//!
//! One Python process (`pool.py`) starts the emulators of a test process: one for each [`Emulator`], which no other test
//! shares. The Python environment is created once, in the target folder; only `pip` needs the network.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::{ACCOUNT, Run, Scratch, repository};

/// Must never reach an output.
const SECRET: &str = "emulatorSecretThatNobodyMaySee0123456789";

/// The process that starts and stops emulators. It and they end when its standard input closes, so with this process.
struct Pool {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Pool {
    #[allow(clippy::zombie_processes)] // the process ends with its standard input, and this one ends right after
    fn new() -> Self {
        let mut process = Command::new(environment())
            .arg(repository("tests/emulator/pool.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let requests = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { requests, answers }
    }

    /// The answer to a request, or an empty text if the process has ended.
    fn request(request: &str) -> String {
        static POOL: OnceLock<Mutex<Pool>> = OnceLock::new();
        let mut pool = POOL.get_or_init(|| Mutex::new(Self::new())).lock().unwrap_or_else(PoisonError::into_inner);
        let mut answer = String::new();
        let _ = writeln!(pool.requests, "{request}").and_then(|()| pool.answers.read_line(&mut answer));
        answer.trim_end().to_owned()
    }
}

/// A running emulator with accounts of its own. It stops when the handle is dropped.
pub(crate) struct Emulator {
    address: String,
}

impl Emulator {
    pub(crate) fn start() -> Self {
        let answer = Pool::request("start");
        let Some(address) = answer.strip_prefix("listening on http://") else {
            panic!("the emulator did not start: it answered {answer:?}; its standard error is above");
        };
        Self { address: address.to_owned() }
    }

    /// A server that holds what this seed says.
    pub(crate) fn with(seed: &Value) -> Self {
        let emulator = Self::start();
        emulator.seed(seed);
        emulator
    }

    pub(crate) fn seed(&self, seed: &Value) -> Value {
        self.ask("POST", "seed", Some(seed))
    }

    /// Forgets every account.
    pub(crate) fn empty(&self) {
        self.ask("DELETE", "seed", None);
    }

    pub(crate) fn faults(&self, faults: &Value) {
        self.ask("PUT", "faults", Some(faults));
    }

    /// How many requests the faults hit.
    pub(crate) fn applied(&self) -> u64 {
        let faults = self.ask("GET", "faults", None);
        faults.as_array().expect("a list").iter().filter_map(|fault| fault["applied"].as_u64()).sum()
    }

    pub(crate) fn limits(&self, limits: &Value) {
        self.ask("PUT", "limits", Some(limits));
    }

    /// The truth.
    pub(crate) fn state(&self, account: &str) -> Value {
        self.ask("GET", &format!("state?account={account}"), None)
    }

    /// Requests by operation since the last [`forget`](Self::forget).
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        counts(&self.tally()["calls"])
    }

    /// All that the server counts: `calls`, `by_region`, `by_status`.
    pub(crate) fn tally(&self) -> Value {
        self.ask("GET", "calls", None)
    }

    /// Every request since the last [`forget`](Self::forget), oldest first.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.ask("GET", "log", None).as_array().expect("a list").clone()
    }

    pub(crate) fn forget(&self) {
        self.ask("DELETE", "calls", None);
        self.ask("DELETE", "faults", None);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The program, with keys of the test account and no region.
    pub(crate) fn aws(&self, scratch: &Scratch, args: &[&str]) -> Command {
        aws(scratch, &self.url(), args)
    }

    /// Runs the program as [`aws`](Self::aws) gives it, to its end.
    pub(crate) fn run(&self, scratch: &Scratch, args: &[&str]) -> Run {
        run(&mut self.aws(scratch, args))
    }

    /// Runs the program at the pace that AWS allows, to its end.
    pub(crate) fn run_at_the_pace_of_aws(&self, scratch: &Scratch, args: &[&str]) -> Run {
        run(&mut at_the_pace_of_aws(self.aws(scratch, args)))
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).expect("the emulator listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a time limit");
        let head = format!(
            "{method} /_emulator/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).expect("the emulator reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the emulator answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        assert!(head.starts_with("HTTP/1.1 200 "), "{method} {path}: {head}\n{body}");
        serde_json::from_str(body).unwrap_or_else(|e| panic!("{method} {path}: {e}: {body}"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        Pool::request(&format!("stop {}", self.url()));
    }
}

/// An emulator's address behind TLS, with a certificate of its own authority. It ends when the handle is dropped.
pub(crate) struct TlsFront {
    pub(crate) url: String,
    folder: tempfile::TempDir,
    process: Child,
}

impl TlsFront {
    pub(crate) fn of(emulator: &Emulator) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut process = Command::new(environment())
            .arg(repository("tests/emulator/tls.py"))
            .arg(&emulator.address)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the TLS front starts");
        let mut url = String::new();
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
        answers.read_line(&mut url).expect("the TLS front prints its address");
        Self { url: url.trim_end().to_owned(), folder, process }
    }

    /// The certificate of its authority.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The pace of the tests: the emulator has no limits of its own. [`at_the_pace_of_aws`] is for tests of the pace.
const PACE: (&str, &str) = ("TAGLINT_EMULATOR_PACE", "100");

/// The program at the pace that AWS allows.
pub(crate) fn at_the_pace_of_aws(mut command: Command) -> Command {
    command.env_remove(PACE.0);
    command
}

/// The program against any endpoint, with keys of the test account and no region.
pub(crate) fn aws(scratch: &Scratch, endpoint: &str, args: &[&str]) -> Command {
    let mut command = scratch.command(args);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("AWS_ENDPOINT_URL", endpoint).env(PACE.0, PACE.1);
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{ACCOUNT}TEST")).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command
}

/// Runs to the end; no credential may be in what is said.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Run {
    let run = Run::of(command.output().expect("the program starts"));
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(SECRET) && !text.contains("AWS4-HMAC"), "a credential is shown:\n{text}");
    }
    run
}

/// An object of numbers.
pub(crate) fn counts(object: &Value) -> BTreeMap<String, u64> {
    let object = object.as_object().expect("an object of counts");
    object.iter().map(|(name, count)| (name.clone(), count.as_u64().expect("a count"))).collect()
}

/// So many users, devices and pools, every tenth of each without tags and the others good.
pub(crate) fn crowd(users: usize, devices: usize, pools: &[(&str, usize)]) -> Value {
    let tags = |i: usize| match i % 10 {
        0 => json!({}),
        _ => json!({"Environment": "Production", "Cost Center": format!("{i:05}")}),
    };
    let many = |prefix: &str, count: usize| -> Vec<Value> {
        (0..count).map(|i| json!({"name": format!("{prefix}{i:04}"), "tags": tags(i)})).collect()
    };
    let pools: serde_json::Map<_, _> =
        pools.iter().map(|(region, count)| ((*region).to_owned(), many("pool", *count).into())).collect();
    json!({"users": many("user", users), "devices": many("device", devices), "pools": pools})
}

/// The crowd with so many of IAM's other types, and identity pools in each region of its user pools.
pub(crate) fn family_crowd(mut crowd: Value, roles: usize, policies: usize, profiles: usize, pools: usize) -> Value {
    let tags = |i: usize| match i % 10 {
        0 => json!({}),
        _ => json!({"Environment": "Production", "Cost Center": format!("{i:05}")}),
    };
    let many = |prefix: &str, count: usize| -> Vec<Value> {
        (0..count).map(|i| json!({"name": format!("{prefix}{i:04}"), "tags": tags(i)})).collect()
    };
    crowd["roles"] = many("role", roles).into();
    crowd["policies"] = many("policy", policies).into();
    crowd["instance_profiles"] = many("profile", profiles).into();
    let regions: Vec<String> = crowd["pools"].as_object().expect("regions").keys().cloned().collect();
    let pools: serde_json::Map<_, _> =
        regions.into_iter().map(|region| (region, many("identity pool ", pools).into())).collect();
    crowd["identity_pools"] = pools.into();
    crowd
}

/// A Python with the emulator's requirements.
fn environment() -> PathBuf {
    let requirements = repository("tests/emulator/requirements.txt");
    let (python, version) = python();
    let mut hash = Sha256::new();
    hash.update(std::fs::read(&requirements).expect("the emulator's requirements"));
    hash.update(&version);
    let hash = hash.finalize()[..6].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(target).expect("the target's folder");
    let folder = target.join(format!("emulator-{hash}"));
    let made = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let finished = folder.join("finished");

    let lock = File::create(target.join(format!("emulator-{hash}.lock"))).expect("a lock file");
    lock.lock().expect("a lock: other test processes make the same environment");
    if !finished.exists() {
        must(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder));
        must(
            Command::new(&made).args(["-m", "pip", "install", "--disable-pip-version-check", "-r"]).arg(&requirements),
        );
        File::create(&finished).expect("a marker");
    }
    made
}

/// The first of these that runs, is new enough and can make environments. A name on the PATH may be a mere shim.
fn python() -> (&'static str, String) {
    const PROBE: &str =
        "import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.version, sys.prefix)";
    let names = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];
    let probe = |name| {
        let output = Command::new(name).args(["-c", PROBE]).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| (name, String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    names.into_iter().find_map(probe).unwrap_or_else(|| {
        panic!(
            "the tests against the AWS emulator need Python 3.10 or newer with the modules venv and ensurepip \
             (Debian: apt install python3-venv) as one of {} on the PATH; \
             `cargo test --no-default-features --features sarif` runs the tests that do without",
            names.join(", ")
        )
    })
}

/// Runs it; its output is shown only if it fails.
fn must(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "the environment of the AWS emulator can't be made: {command:?} ended with {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
}
