//! The installation of a release: checksum, attestation, cache and the build without a release.

use std::path::PathBuf;
use std::process::Command;

use super::{Checkout, stub, stub_path};
use crate::common::repository;

/// `curl` answers with the files of the release, and with status 404 without one.
const CURL: &str = r#"#!/bin/sh
for last; do :; done
echo "curl $last" >> "$STUB/log"
while [ "$1" != --output ]; do shift; done
if [ -n "$STATUS" ]; then printf %s "$STATUS"
elif [ -e "$STUB/release/${last##*/}" ]; then cp "$STUB/release/${last##*/}" "$2"; printf 200
else printf 404; fi
"#;

const GH: &str = "#!/bin/sh\necho \"gh $*\" >> \"$STUB/log\"\ncase $2 in verify) exit \"${VERIFIED:-0}\" ;; esac\n";

/// `cargo install` makes the program of the tests.
const CARGO: &str = r#"#!/bin/sh
echo "cargo $* in $PWD" >> "$STUB/log"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin" && ln -s "$TAGLINT" "$2/bin/taglint"
"#;

/// A runner whose release contains the program of the tests.
struct Runner {
    checkout: Checkout,
    sha256: String,
}

impl Runner {
    fn new() -> Self {
        let checkout = Checkout::new(&[("main.tf", "")], &[]);
        for (name, text) in [("curl", CURL), ("gh", GH), ("cargo", CARGO)] {
            stub(&checkout, name, text);
        }
        let name = format!("taglint-{}-{}-unknown-linux-musl", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
        let folder = checkout.scratch.path().join("stub/release");
        std::fs::create_dir_all(folder.join(&name)).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_taglint"), folder.join(&name).join("taglint")).unwrap();
        let shell = format!("tar -czf {name}.tar.gz {name} && sha256sum {name}.tar.gz | tee sha256sums.txt");
        let output = Command::new("sh").args(["-c", &shell]).current_dir(&folder).output().unwrap();
        let sha256 = String::from_utf8(output.stdout).unwrap()[..64].to_owned();
        Self { checkout, sha256 }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.checkout.scratch.path().join(name)
    }

    /// The exit code, and everything that was printed.
    fn install(&self, environment: &[(&str, &str)]) -> (i32, String) {
        let (path, stub) = (stub_path(&self.checkout), self.file("stub"));
        let (downloads, action) = (self.file("downloads"), repository(""));
        let mut all = vec![
            ("PATH", path.as_str()),
            ("STUB", stub.to_str().unwrap()),
            ("DOWNLOADS", downloads.to_str().unwrap()),
            ("GITHUB_ACTION_PATH", action.to_str().unwrap().trim_end_matches('/')),
            ("GITHUB_SERVER_URL", "https://github.example.com"),
            ("REPOSITORY", "o/taglint"),
            ("TAGLINT", env!("CARGO_BIN_EXE_taglint")),
            ("VERSION", ""),
            ("SHA256", ""),
            ("STATUS", ""),
        ];
        all.extend(environment);
        let output = self.checkout.script("install.sh", &all);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.code().unwrap(), text)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.file("stub/log")).unwrap_or_default()
    }

    /// Whether the last run gave the workflow a program.
    fn installed(&self) -> bool {
        let program = self.file("temp/taglint-program/taglint");
        let output = std::fs::read_to_string(self.file("output")).unwrap_or_default();
        output.ends_with(&format!("program={}\n", program.display())) && program.exists()
    }
}

#[test]
fn a_release_is_downloaded_once_and_verified_on_each_run() {
    let runner = Runner::new();
    for _ in 0..2 {
        let (code, text) = runner.install(&[]);
        assert_eq!(code, 0, "{text}");
        assert!(runner.installed(), "{text}");
    }
    let log = runner.log();
    let count = |word: &str| log.matches(word).count();
    assert_eq!((count(".tar.gz\n"), count("/sha256sums.txt\n")), (1, 2), "{log}");
    assert_eq!(count("--signer-workflow o/taglint/.github/workflows/release.yml"), 2, "{log}");
    assert!(log.contains("curl https://github.example.com/o/taglint/releases/download/v"), "{log}");
}

#[test]
fn an_archive_with_another_checksum_or_attestation_is_not_run() {
    let runner = Runner::new();
    let (code, text) = runner.install(&[("SHA256", &"0".repeat(64))]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("does not have the checksum") && !runner.installed(), "{text}");
    let (code, text) = runner.install(&[("VERIFIED", "1")]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("no valid attestation of o/taglint") && !runner.installed(), "{text}");
    assert!(!runner.log().contains("cargo"), "a build must not hide the failure");
    // The input names the checksum: that of the release is not asked.
    std::fs::remove_file(runner.file("stub/release/sha256sums.txt")).unwrap();
    let (code, text) = runner.install(&[("SHA256", &runner.sha256)]);
    assert!(code == 0 && runner.installed(), "{text}");
}

#[test]
fn an_archive_that_was_changed_in_the_cache_is_downloaded_again() {
    let runner = Runner::new();
    assert_eq!(runner.install(&[]).0, 0);
    let archive = std::fs::read_dir(runner.file("downloads")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(archive, "changed").unwrap();
    let (code, text) = runner.install(&[]);
    assert!(code == 0 && runner.installed(), "{text}");
    assert_eq!(runner.log().matches(".tar.gz\n").count(), 2);
}

#[test]
fn without_gh_the_attestation_is_said_to_be_unverified() {
    let runner = Runner::new();
    stub(&runner.checkout, "gh", "#!/bin/sh\nexit 127\n");
    let (code, text) = runner.install(&[]);
    assert!(code == 0 && runner.installed(), "{text}");
    assert!(text.contains("the attestation of taglint-") && text.contains("was not verified"), "{text}");
}

#[test]
fn without_a_release_the_action_is_built_outside_of_the_workspace() {
    for environment in [("REPOSITORY", ""), ("STATUS", "404")] {
        let runner = Runner::new();
        let (code, text) = runner.install(&[environment]);
        assert!(code == 0 && runner.installed(), "{text}");
        let log = runner.log();
        assert!(log.contains("--no-default-features --features sarif --path") && log.ends_with("/temp\n"), "{log}");
    }
    let runner = Runner::new();
    for environment in [
        [("VERSION", "0.0.1"), ("STATUS", "404")],
        [("STATUS", "404"), ("SHA256", &"0".repeat(64))],
        [("STATUS", "500"), ("VERSION", "")],
        [("VERSION", "../../x"), ("STATUS", "")],
        [("VERSION", "1.2.3\nx"), ("STATUS", "")],
        [("SHA256", "abc"), ("STATUS", "")],
    ] {
        let (code, text) = runner.install(&environment);
        assert_eq!(code, 2, "{environment:?}: {text}");
        assert!(text.contains("::error title=taglint::"), "{environment:?}: {text}");
    }
    assert!(!runner.log().contains("cargo"));
}
