//! The shell of `action.yml`, with a stub of the runner around the real program.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::common::{Scratch, repository};

mod comment;
mod install;

const STRICT: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const LAX: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\n";
const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";

/// The outputs of `policy.sh`: a path, and the commit that has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Decides {
    path: String,
    from: String,
}

impl Decides {
    /// A policy of the checkout.
    fn file(path: &str) -> Self {
        Self { path: path.to_owned(), from: String::new() }
    }
}

/// A checkout with a base commit and a commit of a pull request.
struct Checkout {
    scratch: Scratch,
    base: String,
}

impl Checkout {
    fn new(base: &[(&str, &str)], pull_request: &[(&str, &str)]) -> Self {
        let scratch = Scratch::new();
        let mut checkout = Self { scratch, base: String::new() };
        checkout.git(&["init", "--quiet", "--initial-branch", "main"]);
        checkout.commit(base);
        checkout.base = checkout.git(&["rev-parse", "HEAD"]);
        checkout.commit(pull_request);
        checkout
    }

    fn root(&self) -> PathBuf {
        self.scratch.path().join("work")
    }

    fn git(&self, arguments: &[&str]) -> String {
        std::fs::create_dir_all(self.root()).unwrap();
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(self.root()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn script(&self, name: &str, environment: &[(&str, &str)]) -> Output {
        let temp = self.scratch.path().join("temp");
        std::fs::create_dir_all(&temp).unwrap();
        let file = |name: &str| self.scratch.path().join(name);
        Command::new("bash")
            .arg(repository("tools/action").join(name))
            .current_dir(self.root())
            .env("RUNNER_TEMP", &temp)
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .env("BASE_SHA", &self.base)
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    /// The policy that decides on a pull request, or the failure.
    fn policy(&self, input: &str) -> Result<Decides, String> {
        self.policy_of("pull_request", input)
    }

    fn policy_of(&self, event: &str, input: &str) -> Result<Decides, String> {
        let output = self.script("policy.sh", &[("POLICY", input), ("EVENT", event)]);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.code() {
            Some(0) => {
                let outputs = text(&output.stdout);
                let (path, from) = outputs.trim_end_matches('\n').split_once("\nfrom=").expect("two outputs");
                let path = path.strip_prefix("path=").expect("the path");
                assert!(!path.contains('\n') && !from.contains('\n'), "{outputs}");
                Ok(Decides { path: path.to_owned(), from: from.to_owned() })
            }
            code => Err(format!("{code:?} {}", text(&output.stderr).trim())),
        }
    }

    /// The policy at a path of the base.
    fn of_base(&self, path: &str) -> Decides {
        Decides { path: path.to_owned(), from: self.base.clone() }
    }

    /// The exit code of the check with a policy, and its standard output.
    fn check(&self, policy: &Decides, inputs: &str) -> (i32, String) {
        self.check_with(policy, inputs, "")
    }

    fn check_with(&self, policy: &Decides, inputs: &str, arguments: &str) -> (i32, String) {
        let program = env!("CARGO_BIN_EXE_taglint");
        let output = self.script(
            "check.sh",
            &[
                ("POLICY_PATH", &policy.path),
                ("POLICY_FROM", &policy.from),
                ("TAGLINT", program),
                ("INPUTS", inputs),
                ("SOURCE", ""),
                ("FAIL_ON", "error"),
                ("SARIF", ""),
                ("ARGS", arguments),
            ],
        );
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Makes a program of shell text in the folder of the stubs.
fn stub(checkout: &Checkout, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = checkout.scratch.file(&format!("stub/bin/{name}"), text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// `PATH` with the stubs first.
fn stub_path(checkout: &Checkout) -> String {
    let bin = checkout.scratch.path().join("stub/bin");
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_pull_request_does_not_choose_the_policy_that_judges_it() {
    let checkout = Checkout::new(&[("taglint.toml", STRICT), ("main.tf", USER)], &[("taglint.toml", LAX)]);
    for input in ["", "taglint.toml", "./taglint.toml"] {
        let policy = checkout.policy(input).unwrap();
        assert_eq!(policy, checkout.of_base("taglint.toml"));
        assert_eq!(checkout.check(&policy, ".").0, 1);
    }
    // On another event the checkout decides.
    let policy = checkout.policy_of("push", "").unwrap();
    assert_eq!(policy, Decides::default());
    assert_eq!(checkout.check(&policy, ".").0, 0);
}

#[test]
fn a_policy_extends_files_of_the_base() {
    let extending = "version = 1\nextends = [\"./rules/owner.toml\"]\n";
    let base = [("policies/taglint.toml", extending), ("policies/rules/owner.toml", STRICT), ("main.tf", USER)];
    let checkout = Checkout::new(&base, &[("policies/rules/owner.toml", LAX)]);
    let policy = checkout.policy("policies/taglint.toml").unwrap();
    assert_eq!(checkout.check(&policy, ".").0, 1);
}

#[test]
fn lists_and_locked_copies_of_the_policy_come_from_the_base() {
    let listed = "version = 1\n[lists]\nteams = { file = \"lists/teams.txt\" }\n\
        [[rule]]\nid = \"team\"\nkey = \"Team\"\nrequired = true\nvalues = \"@teams\"\n";
    let user =
        "provider \"aws\" {}\nresource \"aws_iam_user\" \"a\" {\n  name = \"a\"\n  tags = { Team = \"evil\" }\n}\n";
    let base = [("taglint.toml", listed), ("lists/teams.txt", "blue\n"), ("main.tf", user)];
    let checkout = Checkout::new(&base, &[("lists/teams.txt", "evil\n")]);
    let (code, report) = checkout.check(&checkout.policy("").unwrap(), ".");
    assert_eq!(code, 1, "{report}");

    let source = "https://example.com/owner.toml";
    let copy = taglint::policy::remote::RemoteFile::parse(source).unwrap().copy_name();
    let extending = format!("version = 1\nextends = [\"{source}\"]\n");
    let digest = taglint::base::digest::hex(&taglint::base::digest::plain_sha256(STRICT.as_bytes()));
    let lock = format!("version = 1\n[[file]]\nsource = \"{source}\"\nsha256 = \"{digest}\"\n");
    let copy = format!("policies/.taglint/{copy}");
    let base = [
        ("policies/taglint.toml", extending.as_str()),
        ("policies/taglint.lock", &lock),
        (&copy, STRICT),
        ("main.tf", USER),
    ];
    let checkout = Checkout::new(&base, &[("policies/taglint.lock", "version = 1\n")]);
    let (code, report) = checkout.check(&checkout.policy("policies/taglint.toml").unwrap(), ".");
    assert_eq!(code, 1, "{report}");
}

/// Paths that the settings of a policy name are relative to its file in the checkout, wherever its content comes from.
#[test]
fn paths_in_settings_of_the_base_are_those_of_the_checkout() {
    let policy = format!("{STRICT}[check]\nvar-file = [\"env/prod.tfvars\"]\n");
    let source = "variable \"owner\" {}\nprovider \"aws\" {}\n\
        resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n  tags = { Owner = var.owner }\n}\n";
    let base = [
        ("infra/taglint.toml", policy.as_str()),
        ("infra/env/prod.tfvars", "owner = \"a\"\n"),
        ("infra/main.tf", source),
    ];
    let checkout = Checkout::new(&base, &[("infra/taglint.toml", LAX)]);
    let policy = checkout.policy("infra/taglint.toml").unwrap();
    let (code, report) = checkout.check_with(&policy, "infra", "--fail-on-unknown");
    assert_eq!(code, 0, "{report}");
}

#[test]
fn a_base_that_cannot_be_read_has_no_other_policy() {
    let checkout = Checkout::new(&[("taglint.toml", STRICT), ("lists/teams.txt", "blue\n")], &[("taglint.toml", LAX)]);
    for (object, path) in [("lists/teams.txt", "taglint.toml"), ("", "")] {
        let id = checkout.git(&["rev-parse", &format!("{}:{object}", checkout.base)]);
        std::fs::remove_file(checkout.root().join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
        assert!(checkout.policy(path).unwrap_err().contains("base"), "{object}");
    }
}

#[test]
fn a_policy_that_the_base_lacks_does_not_decide() {
    let checkout = Checkout::new(&[("main.tf", USER)], &[("taglint.toml", LAX), ("other.toml", LAX)]);
    let policy = checkout.policy("").unwrap();
    assert_eq!(std::fs::read_to_string(&policy.path).unwrap(), "version = 1\nextends = [\"default\"]\n");
    assert_eq!(policy.from, "");
    assert_eq!(checkout.check(&policy, ".").0, 1);
    for input in ["other.toml", "../other.toml", "a/../../b.toml"] {
        assert!(checkout.policy(input).unwrap_err().starts_with("Some(2) ::error"), "{input}");
    }
}

#[test]
fn a_policy_that_the_workflow_put_beside_the_checkout_decides() {
    let checkout = Checkout::new(&[("taglint.toml", STRICT)], &[("taglint.toml", LAX), (".fake/taglint.toml", LAX)]);
    checkout.write(".base/taglint.toml", STRICT);
    assert_eq!(checkout.policy(".base/taglint.toml").unwrap(), Decides::file(".base/taglint.toml"));
    // What the commit contains is not the workflow's, nor is what a committed link leads to.
    assert!(checkout.policy(".fake/taglint.toml").is_err());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(".base", checkout.root().join("link")).unwrap();
        checkout.git(&["add", "link"]);
        assert!(checkout.policy("link/taglint.toml").is_err());
    }
}

#[test]
#[cfg(unix)]
fn a_policy_of_the_base_decides_however_the_pull_request_spells_or_exports_it() {
    let checkout = Checkout::new(&[("pol/base.toml", &format!("{STRICT}# Zürich\n")), ("main.tf", USER)], &[]);
    checkout.git(&["rm", "-r", "--quiet", "pol"]);
    checkout.write("evil/base.toml", LAX);
    checkout.write(".gitattributes", "*.toml working-tree-encoding=ISO-8859-1\n");
    std::os::unix::fs::symlink("evil", checkout.root().join("pol")).unwrap();
    checkout.git(&["add", "--all"]);
    checkout.git(&["commit", "--quiet", "--message", "evil"]);
    for input in ["pol/base.toml", "./pol/base.toml", ".//pol/./base.toml"] {
        let policy = checkout.policy(input).unwrap();
        assert_eq!(policy, checkout.of_base("pol/base.toml"), "{input}");
        assert_eq!(checkout.check(&policy, "main.tf").0, 1, "{input}");
    }
    for input in ["evil/base.toml", "./evil/base.toml", "EVIL/base.toml"] {
        assert!(checkout.policy(input).is_err(), "{input}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_the_policy_is_not_the_same_as_no_policy() {
    let checkout = Checkout::new(&[("main.tf", USER), ("rules/owner.toml", STRICT)], &[]);
    std::os::unix::fs::symlink("rules/owner.toml", checkout.root().join("taglint.toml")).unwrap();
    checkout.commit(&[]);
    let linked = Checkout { base: checkout.git(&["rev-parse", "HEAD"]), ..checkout };
    assert!(linked.policy("").unwrap_err().contains("is no file"), "the built-in policy would judge instead");
    assert!(linked.policy("taglint.toml").is_err());
}

#[test]
#[cfg(unix)]
fn hostile_names_are_names() {
    let extending = "version = 1\nextends = [\"./-x/owner.toml\"]\n";
    let hostile = [
        "-x/owner.toml",
        "a b/$(touch hacked).toml",
        "`touch hacked`.toml",
        "new\nline.toml",
        "*.toml",
        "::error::.toml",
    ];
    let mut base = vec![("taglint.toml", extending), ("main.tf", USER), ("-infra/it's $HOME;/main.tf", USER)];
    base.extend(hostile.map(|name| (name, STRICT)));
    let checkout = Checkout::new(&base, &[("-x/owner.toml", LAX), ("taglint.toml", LAX)]);
    let policy = checkout.policy("").unwrap();
    assert_eq!(checkout.check(&policy, ".").0, 1, "the file of the base that the policy extends decides");
    for name in hostile {
        if name.contains('\n') {
            assert!(checkout.policy(name).unwrap_err().contains("one line"));
        } else {
            let policy = checkout.policy(name).unwrap();
            assert_eq!(policy, checkout.of_base(name));
            assert_eq!(checkout.check(&policy, "main.tf").0, 1, "{name}");
        }
    }
    // Each item is one path, also one that looks like a flag or like shell.
    for (inputs, arguments) in [
        ("-infra/it's $HOME;\n", ""),
        ("-infra/it's $HOME;\n--output=/dev/null\n", ""),
        ("$(touch hacked)\n`touch hacked`\n", ""),
        ("main.tf", "--select\n$(touch hacked)\n"),
        ("main.tf;touch hacked", "--all;touch hacked"),
    ] {
        let (code, text) = checkout.check_with(&policy, inputs, arguments);
        assert_eq!(code, if inputs == "-infra/it's $HOME;\n" { 1 } else { 2 }, "{inputs}: {text}");
    }
    assert!(!checkout.root().join("hacked").exists() && !checkout.scratch.path().join("hacked").exists());
}

#[test]
fn a_run_without_a_check_publishes_no_earlier_summary() {
    let checkout = Checkout::new(&[("main.tf", USER)], &[]);
    let temp = checkout.scratch.path().join("temp");
    std::fs::create_dir_all(&temp).unwrap();
    std::fs::write(temp.join("taglint-summary.md"), "all is well").unwrap();
    let (code, text) = checkout.check(&Decides::file("missing.toml"), ".");
    assert_eq!(code, 2);
    assert!(text.contains("::error title=taglint::nothing was checked"), "{text}");
    let summary = std::fs::read_to_string(checkout.scratch.path().join("summary")).unwrap_or_default();
    assert_eq!(summary, "");
    let output = std::fs::read_to_string(checkout.scratch.path().join("output")).unwrap();
    assert_eq!(output, "exit-code=2\n");
}

#[test]
fn an_input_of_lines_takes_paths_with_spaces_and_the_counts_are_outputs() {
    let checkout = Checkout::new(&[("taglint.toml", STRICT), ("my infra/main.tf", USER), ("more/main.tf", USER)], &[]);
    let output = || std::fs::read_to_string(checkout.scratch.path().join("output")).unwrap();
    assert_eq!(checkout.check_with(&Decides::default(), "my infra\nmore\n", "--all\n--select\nowner\n").0, 1);
    let counts = "findings=2\nerrors=2\nwarnings=0\nnotes=0\nunknown=0\nresources=2\ncomplete=true\nexit-code=1\n";
    assert_eq!(output(), counts);
    // A single line is separated by spaces, and its parts do not exist.
    assert_eq!(checkout.check(&Decides::default(), "my infra").0, 2);
    assert_eq!(checkout.check(&Decides::default(), "more my*").0, 2);
    assert_eq!(output(), format!("{counts}exit-code=2\nexit-code=2\n"));
    assert_eq!(checkout.check(&Decides::default(), " \n\n").0, 2);
}
