//! The recipes of `examples/ci`: their shell runs with stubs of the CI system around the real program, and the
//! documentation shows them word for word.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{Scratch, repository};

const STRICT: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const LAX: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\n";
const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";
const PLAN: &str = r#"{"format_version":"1.2","resource_changes":[{"address":"aws_iam_user.u","mode":"managed",
"type":"aws_iam_user","name":"u","provider_name":"registry.terraform.io/hashicorp/aws",
"change":{"actions":["create"],"before":null,"after":{"name":"u","path":"/","tags":{"Name":"u"},"tags_all":{"Name":"u"}},"after_unknown":{}}}],"configuration":{"provider_config":{"aws":{"name":"aws"}},"root_module":{"resources":[
{"address":"aws_iam_user.u","mode":"managed","type":"aws_iam_user","name":"u","provider_config_key":"aws",
"expressions":{"name":{"constant_value":"u"},"tags":{"constant_value":{"Name":"u"}}}}]}}}"#;

/// `curl` answers with the tarball of the release, or plays the runtime of Lambda.
const CURL: &str = r#"#!/bin/sh
echo "curl $*" >> "$STUB/log"
while [ $# -gt 0 ]; do
    case $1 in
    --output) [ "$2" = /dev/null ] || cp "$STUB/release.tar.gz" "$2"; shift ;;
    --dump-header) printf 'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 42\r\n' > "$2"; shift ;;
    esac
    shift
done
"#;

/// `terraform show -json` prints the plan; every other command does nothing.
const TERRAFORM: &str = "#!/bin/sh\necho \"terraform $*\" >> \"$STUB/log\"\ncase \"$*\" in *'show -json'*) cat \"$STUB/plan.json\" ;; esac\n";

const TERRAGRUNT: &str = r#"#!/bin/sh
while [ "$1" != --json-out-dir ]; do shift; done
mkdir -p "$2/live/dev" && cp "$STUB/plan.json" "$2/live/dev/tfplan.json"
"#;

/// `aws s3 cp FROM TO`: the bucket is a folder.
const AWS: &str = "#!/bin/sh\ncp \"$STUB/bucket/${3##*/}\" \"$4\"\n";

/// `gh` logs its arguments.
const GH: &str = "#!/bin/sh\necho \"gh $*\" >> \"$STUB/log\"\n";

/// A checkout of a pull request, and the stubs.
struct Ci {
    scratch: Scratch,
    base: String,
    sha256: String,
}

impl Ci {
    fn new() -> Self {
        let mut ci = Self { scratch: Scratch::new(), base: String::new(), sha256: String::new() };
        for (name, text) in
            [("curl", CURL), ("terraform", TERRAFORM), ("terragrunt", TERRAGRUNT), ("aws", AWS), ("gh", GH)]
        {
            ci.program(name, text);
        }
        ci.scratch.file("stub/plan.json", PLAN);
        let install = std::fs::read_to_string(repository("examples/ci/install.sh")).unwrap();
        ci.scratch.file("stub/bucket/install.sh", &install);
        ci.scratch.file("stub/bucket/taglint.toml", STRICT);
        ci.release();
        ci.scratch.file("work/taglint.toml", STRICT);
        ci.scratch.file("work/ci/install.sh", &install);
        ci.scratch.file("work/infra/main.tf", USER);
        ci.git(&["init", "--quiet", "--initial-branch", "main"]);
        ci.commit();
        ci.base = ci.git(&["rev-parse", "HEAD"]);
        ci.git(&["clone", "--quiet", "--bare", ".", "../origin.git"]);
        ci.git(&["remote", "add", "origin", "../origin.git"]);
        // The pull request relaxes its policy and replaces the script that installs.
        ci.scratch.file("work/taglint.toml", LAX);
        ci.scratch.file("work/ci/install.sh", "touch hacked\n");
        ci.commit();
        ci
    }

    fn work(&self) -> PathBuf {
        self.scratch.path().join("work")
    }

    fn stub(&self) -> PathBuf {
        self.scratch.path().join("stub")
    }

    fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.scratch.file(&format!("stub/bin/{name}"), text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The tarball of a release with the real program.
    fn release(&mut self) {
        let name = format!("taglint-0.2.0-{}-unknown-linux-musl", std::env::consts::ARCH);
        let folder = self.stub().join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_taglint"), folder.join("taglint")).unwrap();
        let shell = format!("tar -czf release.tar.gz {name} && sha256sum release.tar.gz");
        let output = Command::new("sh").args(["-c", &shell]).current_dir(self.stub()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()[..64].clone_into(&mut self.sha256);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(self.work()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "change"]);
    }

    /// Runs shell as the CI system does: each command line after the other, until one fails.
    fn shell(&self, shell: &str, script: &str, environment: &[(&str, &str)]) -> Run {
        let path = format!("{}:{}", self.stub().join("bin").display(), std::env::var("PATH").unwrap());
        let folder = |name: &str| {
            let path = self.scratch.path().join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let output = Command::new(shell)
            .args(["-e", "-c", script])
            .current_dir(self.work())
            .env("PATH", path)
            .env("STUB", self.stub())
            .env("HOME", folder("home"))
            .env("RUNNER_TEMP", folder("temp"))
            .env("AGENT_TEMPDIRECTORY", folder("agent"))
            .env("GITHUB_STEP_SUMMARY", self.scratch.path().join("summary"))
            .env("BASE", &self.base)
            .env("INSTALL_VERSION", "0.2.0")
            .env("INSTALL_SHA256", &self.sha256)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        Run::of(&output)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.scratch.path().join(name)).unwrap_or_default()
    }

    /// The gate finds the user without an owner, with the policy and the installer of the base.
    #[track_caller]
    fn gate(&self, run: &Run, report: &str) {
        assert_eq!(run.code, 1, "{run:?}");
        let text = format!("{}{}", run.text, if report.is_empty() { String::new() } else { self.read(report) });
        assert!(text.contains("Owner") && text.contains("aws_iam_user.u"), "{report}: {text}");
        assert!(!self.work().join("hacked").exists(), "the pull request chose the installer");
    }
}

#[derive(Debug)]
struct Run {
    code: i32,
    text: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), text: text(&output.stdout) + &text(&output.stderr) }
    }
}

fn recipe(name: &str) -> String {
    std::fs::read_to_string(repository("examples/ci").join(name)).unwrap()
}

/// The shell of a recipe below each line that ends with a mark, such as `run:` or `script:`: a block, a list or the rest
/// of the line.
fn steps(recipe: &str, mark: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = recipe.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().trim_start_matches("- ").strip_prefix(mark) else { continue };
        if !rest.trim().is_empty() && rest.trim() != "|" {
            out.push(rest.trim().to_owned());
            continue;
        }
        let own = indent(line) + 2 * usize::from(line.trim_start().starts_with("- "));
        let block: Vec<&str> =
            lines[at + 1..].iter().take_while(|l| l.trim().is_empty() || indent(l) > own).copied().collect();
        let cut = block.first().map_or(0, |l| indent(l));
        let item = |l: &&str| l.get(cut..).unwrap_or_default().to_owned();
        let shell: Vec<String> =
            block.iter().map(item).map(|l| l.strip_prefix("- ").map_or(l.clone(), str::to_owned)).collect();
        out.push(shell.join("\n"));
    }
    assert!(!out.is_empty(), "no {mark} in the recipe");
    out
}

#[test]
fn the_gate_of_github_takes_policy_and_installer_of_the_base() {
    let ci = Ci::new();
    let [install, plan, check, publish] = &steps(&recipe("github-gate.yml"), "run:")[..] else { panic!("four steps") };
    for step in [install, plan] {
        let run = ci.shell("bash", step, &[]);
        assert_eq!(run.code, 0, "{run:?}");
    }
    ci.gate(&ci.shell("bash", check, &[]), "work/tags.sarif");
    for (fork, comments) in [("true", 0), ("", 1)] {
        let run = ci.shell("bash", publish, &[("FORK", fork), ("PR", "7")]);
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(ci.read("stub/log").matches("gh pr comment 7").count(), comments);
    }
    assert!(ci.read("summary").contains("Owner"));
}

#[test]
fn a_gate_says_when_the_base_has_no_policy_and_publishes_nothing() {
    let mut ci = Ci::new();
    ci.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    ci.git(&["rm", "--quiet", "--cached", "taglint.toml"]);
    std::fs::remove_file(ci.work().join("taglint.toml")).unwrap();
    std::fs::copy(ci.stub().join("bucket/install.sh"), ci.work().join("ci/install.sh")).unwrap();
    ci.commit();
    ci.base = ci.git(&["rev-parse", "HEAD"]);
    let all = steps(&recipe("github-gate.yml"), "run:");
    assert_eq!(ci.shell("bash", &all[0], &[]).code, 0);
    assert_eq!(ci.shell("bash", &all[1], &[]).code, 0);
    let run = ci.shell("bash", &all[2], &[]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.text.contains("polic"), "{run:?}");
    assert_eq!(ci.shell("bash", &all[3], &[("FORK", ""), ("PR", "7")]).code, 0);
    assert!(!ci.read("stub/log").contains("gh pr comment"));
}

#[test]
fn a_download_with_another_checksum_is_not_run() {
    let ci = Ci::new();
    let install = &steps(&recipe("github-gate.yml"), "run:")[0];
    let run = ci.shell("bash", install, &[("INSTALL_SHA256", &"0".repeat(64))]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.text.contains("does not have the checksum"), "{run:?}");
    assert!(!ci.scratch.path().join("temp/bin/taglint").exists());
}

#[test]
fn gates_of_other_systems_take_policy_and_installer_of_the_target() {
    let target = [
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("CHANGE_TARGET", "main"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
    ];
    let jenkins = recipe("Jenkinsfile");
    let jenkins = jenkins.split("'''").nth(1).expect("a block of shell").to_owned();
    let bitbucket = steps(&recipe("bitbucket-pipelines.yml"), "script:").remove(0);
    for (shell, script, report) in [
        ("sh", steps(&recipe("gitlab-ci.yml"), "script:").remove(0), "work/tags.sarif"),
        ("bash", steps(&recipe("azure-pipelines.yml"), "bash:").remove(0), "work/tags.sarif"),
        ("sh", jenkins, "work/tags.html"),
        // The export names the checksum of a release, which the test does not have.
        ("bash", bitbucket.lines().skip(1).collect::<Vec<_>>().join("\n"), "work/test-results/tags.xml"),
    ] {
        let ci = Ci::new();
        ci.gate(&ci.shell(shell, &script, &target), report);
    }
}

#[test]
fn plans_of_terragrunt_are_checked_with_the_policy_of_the_base() {
    let ci = Ci::new();
    let all = steps(&recipe("terragrunt.yml"), "run:");
    assert_eq!(ci.shell("bash", &all[0], &[]).code, 0);
    assert_eq!(ci.shell("bash", &all[1], &[]).code, 0);
    let run = ci.shell("bash", &all[2], &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.text.contains("aws_iam_user.u"), "{run:?}");
}

#[test]
fn a_server_decides_about_the_policy_in_atlantis_spacelift_and_codebuild() {
    let ci = Ci::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_taglint"), ci.stub().join("bin/taglint")).unwrap();
    let at = |text: &str, from: &str| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, ci.stub().join("bucket/taglint.toml").to_str().unwrap())
    };
    let plan = ci.work().join("plan.bin");
    let atlantis = steps(&recipe("atlantis-repos.yaml"), "run:").join("\n");
    let run = ci.shell("sh", &at(&atlantis, "/etc/taglint/company.toml"), &[("PLANFILE", plan.to_str().unwrap())]);
    ci.gate(&run, "");
    ci.gate(&ci.shell("sh", &at(&recipe("spacelift-after-plan.sh"), "/mnt/workspace/company.toml"), &[]), "");

    ci.scratch.file("work/cdk.out/s.template.json", r#"{"Resources":{"u":{"Type":"AWS::IAM::User"}}}"#);
    let phases = steps(&recipe("buildspec.yml"), "commands:").join("\n");
    let local = ci.scratch.path().join("local");
    let phases = phases.replace("/tmp/", &format!("{}/", ci.scratch.path().display()));
    let phases = phases.replace("/usr/local/bin", local.to_str().unwrap());
    let run = ci.shell("bash", &phases, &[("POLICY", "s3://BUCKET/taglint.toml")]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(local.join("taglint").exists() && ci.read("work/tags.xml").contains("Owner"));
}

#[test]
fn every_account_is_uploaded_although_one_upload_fails() {
    let ci = Ci::new();
    ci.program("gh", "#!/bin/sh\necho \"gh $*\" >> \"$STUB/log\"\n[ -s upload.b64 ] || exit 2\n[ -e first ] || { touch first; exit 1; }\n");
    let upload = steps(&recipe("github-organization.yml"), "run:").pop().unwrap();
    let environment = [("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SHA", "a"), ("GITHUB_REF", "refs/heads/main")];
    assert_eq!(ci.shell("bash", &upload, &environment).code, 1, "no file is a failure");
    for account in ["111122223333", "444455556666"] {
        ci.scratch.file(&format!("work/sarif/{account}.sarif"), "{}");
    }
    let run = ci.shell("bash", &upload, &environment);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(ci.read("stub/log").matches("repos/o/r/code-scanning/sarifs").count(), 2);
    assert_eq!(ci.shell("bash", &upload, &environment).code, 0);
}

#[test]
fn an_incomplete_scan_fails_the_invocation_of_lambda() {
    for (code, path) in [(0, "response"), (1, "response"), (2, "error"), (3, "error")] {
        let ci = Ci::new();
        ci.program("taglint", &format!("#!/bin/sh\necho \"taglint $*\" >> \"$STUB/log\"\nexit {code}\n"));
        let root = ci.stub().join("bin");
        let environment =
            [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("LAMBDA_TASK_ROOT", root.to_str().unwrap()), ("ONCE", "1")];
        let run = ci.shell("sh", &recipe("lambda-bootstrap.sh"), &environment);
        assert_eq!(run.code, 0, "{run:?}");
        let log = ci.read("stub/log");
        assert!(log.contains(&format!("/invocation/42/{path}")), "{log}");
        assert!(log.contains("taglint scan --policy"), "{log}");
    }
}

#[test]
fn the_commands_of_recipes_that_call_aws_parse() {
    let scan = steps(&recipe("github-nightly.yml"), "run:").pop().unwrap();
    let organization = steps(&recipe("github-organization.yml"), "run:").remove(1);
    for script in [scan, organization] {
        let words = script.replace("\\\n", " ").replace("\"$RUNNER_TEMP/bin/taglint\" ", "");
        if cfg!(feature = "aws") {
            // With `--help` at its end, a command line is parsed and nothing is called.
            let scratch = Scratch::new();
            let run = scratch.command(words.split_whitespace().chain(["--help"])).output().unwrap();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        }
        assert!(words.starts_with("scan "), "{words}");
    }
}

#[test]
fn the_documentation_shows_each_recipe_word_for_word() {
    let page = std::fs::read_to_string(repository("docs/ci.md")).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(repository("examples/ci")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(page.contains(&format!("](../examples/ci/{name})")), "docs/ci.md does not name {name}");
        assert!(page.contains(&format!("\n{text}```\n")), "docs/ci.md shows another text than {name}");
        seen += 1;
    }
    assert!(seen >= 12, "too few recipes: {seen}");
    assert!(
        Path::new(&repository("examples/taglint-scan-schedule.yaml")).exists()
            && page.contains("taglint-scan-schedule.yaml")
    );
}

#[test]
fn the_owner_of_the_repository_is_a_placeholder_that_one_command_replaces() {
    for path in ["action.yml", "tools/dist/dist.py", "tools/dist/packages.py", "tools/action/install.sh"] {
        assert!(!std::fs::read_to_string(repository(path)).unwrap().contains("OWNER"), "{path}");
    }
    for path in ["Cargo.toml", "examples/ci/install.sh", "examples/ci/kubernetes-cronjob.yaml", "docs/terraform.md"] {
        let text = std::fs::read_to_string(repository(path)).unwrap();
        assert!(text.contains("OWNER/taglint"), "{path}");
        assert!(!text.replace("OWNER/taglint", "").contains("OWNER"), "{path}");
    }
}
