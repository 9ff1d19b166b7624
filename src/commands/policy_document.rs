//! The IAM policy that a command prints, and its limits of size.

use std::collections::BTreeSet;
use std::path::Path;

use super::Failure;
use super::inputs::note;
use super::output::{OutputFile, stdout};
use super::output_folder::make_folder;
use crate::base::{LogSpelling, count, thousands};
use crate::collect::{MANAGED_POLICY_SIZE, policy_parts, policy_size};

/// The start of the names of parts.
const NAME: &str = "taglint-";

/// Prints a policy, or writes its parts into a folder. A note says if it is too large for a managed policy.
pub(super) fn print(text: &str, split: Option<&Path>, quiet: bool) -> Result<(), Failure> {
    if let Some(folder) = split {
        return write_parts(text, folder, quiet);
    }
    if let (Some(words), false) = (too_large(text), quiet) {
        note(&words);
    }
    stdout(LogSpelling::Json, format!("{text}\n").as_bytes())
}

/// The note on a policy that is too large for a managed policy.
fn too_large(text: &str) -> Option<String> {
    let size = policy_size(text);
    (size > MANAGED_POLICY_SIZE).then(|| {
        format!(
            "the policy has {} characters, and a managed policy takes {} (the inline policies of a role 10,240, those of \
             a user 2,048); --split DIR writes it as {} to attach together",
            thousands(size as u64),
            thousands(MANAGED_POLICY_SIZE as u64),
            count(policy_parts(text).len() as u64, "managed policy")
        )
    })
}

fn write_parts(text: &str, folder: &Path, quiet: bool) -> Result<(), Failure> {
    make_folder("--split", folder)?;
    let parts = policy_parts(text);
    let names: BTreeSet<String> = (1..=parts.len()).map(|number| format!("{NAME}{number}.json")).collect();
    for (number, part) in parts.iter().enumerate() {
        let path = folder.join(format!("{NAME}{}.json", number + 1));
        OutputFile::open(&path)?.write(|out| writeln!(out, "{part}"))?;
        if policy_size(part) > MANAGED_POLICY_SIZE {
            note(&format!(
                "{} has {} characters, and a managed policy takes {}: its statement cannot be divided",
                path.display(),
                thousands(policy_size(part) as u64),
                thousands(MANAGED_POLICY_SIZE as u64)
            ));
        }
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_part =
        |name: &String| name.starts_with(NAME) && Path::new(name).extension().is_some_and(|one| one == "json");
    let old = found.filter(|name| is_part(name) && !names.contains(name)).count();
    if old > 0 {
        note(&format!("{} has {} of another run: remove them", folder.display(), count(old as u64, "policy")));
    }
    if !quiet {
        say!("{} in {}", count(parts.len() as u64, "policy"), folder.display());
    }
    Ok(())
}
