//! Tests of the index against git itself.

use std::process::Command;

use super::*;

/// A repository with these files, of which git tracks all but `untracked`.
fn repository(options: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &[&["init", "-q"], options].concat());
    for name in ["a.tf", "b/c.tf", "b/cé.tf", "b/deep/er/x.yaml", "bc.tf", &format!("{}.tf", "long".repeat(50))] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    git(folder.path(), &["add", "-f", "."]);
    std::fs::write(folder.path().join("untracked.tf"), "").unwrap();
    folder
}

fn git(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("git").current_dir(folder).args(args).output().expect("git is installed");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn same_as_git(folder: &Path, what: &str) {
    let listed = git(folder, &["ls-files", "-z"]);
    let mut want: Vec<&[u8]> = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).collect();
    want.sort_unstable();
    assert!(!want.is_empty(), "{what}");
    assert_eq!(TrackedPaths::of_repository(folder).unwrap().0, want, "{what}");
}

#[test]
fn every_version_lists_what_git_lists() {
    for hash in ["sha1", "sha256"] {
        let folder = repository(&["--object-format", hash]);
        for version in ["2", "3", "4"] {
            git(folder.path(), &["update-index", "--index-version", version]);
            same_as_git(folder.path(), &format!("{hash} version {version}"));
        }
        // Version 3 is written where an entry needs the further flags.
        std::fs::write(folder.path().join("later.tf"), "").unwrap();
        git(folder.path(), &["add", "-N", "later.tf"]);
        git(folder.path(), &["update-index", "--index-version", "3"]);
        same_as_git(folder.path(), &format!("{hash} with an intent to add"));
    }
}

#[test]
fn a_split_index_is_read_with_the_shared_one() {
    for version in ["2", "4"] {
        split_index(version);
    }
}

fn split_index(version: &str) {
    let folder = repository(&[]);
    git(folder.path(), &["update-index", "--index-version", version]);
    git(folder.path(), &["update-index", "--split-index"]);
    same_as_git(folder.path(), "split");
    std::fs::write(folder.path().join("more.tf"), "").unwrap();
    std::fs::write(folder.path().join("a.tf"), "changed").unwrap();
    git(folder.path(), &["add", "more.tf", "a.tf"]);
    same_as_git(folder.path(), "split and changed");
    let shared = std::fs::read_dir(folder.path().join(".git")).unwrap().filter_map(Result::ok);
    let shared = shared.filter(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex")).count();
    assert!(shared > 0, "the index is not split");
}

#[test]
fn a_work_tree_has_an_index_of_its_own() {
    let folder = repository(&[]);
    git(folder.path(), &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "all"]);
    git(folder.path(), &["worktree", "add", "-q", "tree"]);
    same_as_git(&folder.path().join("tree"), "work tree");
}

#[test]
fn files_and_folders_are_found() {
    let folder = repository(&[]);
    let tracked = TrackedPaths::of_repository(folder.path()).unwrap();
    for (path, file, within) in [
        ("a.tf", true, true),
        ("b", false, true),
        ("b/deep", false, true),
        ("b/c.tf", true, true),
        ("b/d", false, false),
        ("untracked.tf", false, false),
        ("", false, false),
    ] {
        assert_eq!((tracked.has(path.as_bytes()), tracked.has_within(path.as_bytes())), (file, within), "{path}");
    }
}

#[test]
fn a_damaged_index_is_an_error_and_none_is_empty() {
    let folder = repository(&[]);
    let index = folder.path().join(".git/index");
    let whole = std::fs::read(&index).unwrap();
    for cut in [0, 3, 8, 11, 12, 40, 80, whole.len() / 2, whole.len() - 21] {
        std::fs::write(&index, &whole[..cut]).unwrap();
        assert!(TrackedPaths::of_repository(folder.path()).is_err(), "{cut} of {}", whole.len());
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        // Any result, and no panic.
        drop(parse(&bytes));
    }
    std::fs::remove_file(&index).unwrap();
    assert!(!TrackedPaths::of_repository(folder.path()).unwrap().has(b"a.tf"));
}
