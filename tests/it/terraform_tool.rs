//! The real Terraform with the real AWS provider, where both are installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::common::{ACCOUNT, Scratch, repository};

/// The real Terraform and a mirror of the real provider; `None`, with the reason on standard error, where one is not
/// there. `TAGLINT_TERRAFORM=required` makes that a failure.
pub(crate) fn terraform() -> Option<&'static Path> {
    static CONFIG: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let made = CONFIG.get_or_init(|| {
        let runs = Command::new("terraform").arg("version").env("CHECKPOINT_DISABLE", "1").output();
        let mirror = runs.is_ok_and(|output| output.status.success()).then(mirror).flatten();
        let Some(mirror) = mirror else {
            let why =
                "needs `terraform` on the PATH and its AWS provider in a plugin folder (TAGLINT_TERRAFORM_PLUGINS)";
            assert!(std::env::var_os("TAGLINT_TERRAFORM").is_none_or(|word| word != "required"), "{why}");
            eprintln!("skipped: {why}");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("terraform.rc");
        let mirror = mirror.display().to_string().replace('\\', "/");
        let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n");
        std::fs::write(&config, text).expect("a file");
        Some((folder, config))
    });
    made.as_ref().map(|(_, config)| config.as_path())
}

/// The plugin folder that has AWS's provider: `<mirror>/<host>/<namespace>/aws/<version>/<platform>/terraform-provider-aws…`.
fn mirror() -> Option<PathBuf> {
    const DEPTH: usize = 8;
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut open: Vec<(PathBuf, usize)> = std::env::var_os("TAGLINT_TERRAFORM_PLUGINS")
        .map(PathBuf::from)
        .into_iter()
        .chain(home.map(|home| home.join(".terraform.d/plugins")))
        .chain(["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt"].map(PathBuf::from))
        .map(|folder| (folder, 0))
        .collect();
    open.reverse();
    while let Some((folder, depth)) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with("terraform-provider-aws") && path.is_file() {
                return path.ancestors().nth(6).map(Path::to_owned);
            }
            if depth < DEPTH && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push((path, depth + 1));
            }
        }
    }
    None
}

/// A copy of a project that Terraform can work in.
pub(crate) struct Project {
    scratch: Scratch,
    config: &'static Path,
}

impl Project {
    pub(crate) fn copy(name: &str, config: &'static Path) -> Self {
        let scratch = Scratch::new();
        copy(&repository(&format!("tests/terraform/{name}")), scratch.path());
        let project = Self { scratch, config };
        project.run(&["init", "-input=false"], &[]);
        project
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Runs Terraform to its end; its standard output.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Vec<u8> {
        let mut command = Command::new("terraform");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("TF_") || text.to_ascii_uppercase().ends_with("_PROXY") {
                command.env_remove(&name);
            }
        }
        command.env("TF_CLI_CONFIG_FILE", self.config).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ACCESS_KEY_ID", format!("AKIA{ACCOUNT}TEST"));
        command.env("AWS_SECRET_ACCESS_KEY", "test").envs(env.iter().copied());
        let output = command.args(args).current_dir(self.scratch.path()).stdin(Stdio::null()).output();
        let output = output.expect("terraform starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{args:?}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
        output.stdout
    }

    /// Plans, and gives the plan as JSON.
    pub(crate) fn plan(&self, env: &[(&str, &str)]) -> Vec<u8> {
        self.run(&["plan", "-input=false", "-no-color", "-refresh=false", "-out=plan.bin"], env);
        self.run(&["show", "-json", "plan.bin"], env)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a project").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
