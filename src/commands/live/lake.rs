//! `taglint collect --lake`: one inventory for each account, in the folder of its day.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::super::Failure;
use super::super::output::OutputFile;
use super::super::packing::Packing;
use super::packing::write_lines;
use crate::aws::AccountId;
use crate::base::count;
use crate::cli::Global;
use crate::collect::Collected;
use crate::model::lake::{LAKE_FILE, account_folder, day_folder};
use crate::model::{Day, Gap, InventoryEnd, InventoryHeader, Resource, Scope};

/// The folder of `--lake`.
pub(super) struct LakeFolder(PathBuf);

impl LakeFolder {
    /// Creates the folder and tests it before any call.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(path)
            .and_then(|()| tempfile::tempfile_in(path))
            .map_err(|error| failed(path, &error))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes the inventory of each account. What belongs to no account, or a shard without accounts, has a file of its
    /// own; one of an earlier run of the day is removed if this run has none.
    pub(super) fn write(&self, collected: &Collected, global: &Global) -> Result<(), Failure> {
        let time = collected.header.collected.as_deref().unwrap_or_default();
        let day = Day::of_text(time).ok_or_else(|| Failure::new("the collection has no time"))?;
        let folder = self.0.join(day_folder(day));
        let accounts = accounts(collected);
        let shard = collected.header.scope.shard.as_deref();
        for account in &accounts {
            let (header, resources, end) = part(collected, account);
            let folder = folder.join(account_folder(account, shard));
            std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
            let file = OutputFile::open(&folder.join(LAKE_FILE))?;
            file.write(|out| Packing::Zstd.write(out, |out| write_lines(&header, resources, &end, out)))?;
        }
        if !accounts.contains("") {
            let old = folder.join(account_folder("", shard)).join(LAKE_FILE);
            match std::fs::remove_file(&old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&old, &error)),
                _ => {}
            }
        }
        if !global.quiet {
            let resources = count(collected.resources.len() as u64, "resource");
            let accounts = count(accounts.iter().filter(|account| !account.is_empty()).count() as u64, "account");
            say!("{resources} of {accounts} in {}", crate::base::escape(&folder.display().to_string()));
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("--lake {}: {error}", path.display()))
        .help("use a folder that you can write to; taglint creates it if necessary")
}

/// The account that a text names; empty for what belongs to no account.
fn account_of(text: Option<&str>) -> &str {
    text.filter(|account| AccountId::is_valid(account)).unwrap_or("")
}

/// The accounts of a run: those that were read, and those that could not be read. An empty id stands for what belongs to
/// none.
fn accounts(collected: &Collected) -> BTreeSet<&str> {
    let scope = collected.header.scope.accounts.iter().map(|account| account_of(Some(account)));
    let gaps = collected.end.unread.iter().map(|gap| account_of(gap.account.as_deref()));
    let resources = collected.resources.iter().map(|resource| account_of(resource.account.as_deref()));
    let mut accounts: BTreeSet<&str> = scope.chain(gaps).chain(resources).collect();
    if accounts.is_empty() {
        accounts.insert("");
    }
    accounts
}

/// The part of one account: its resources, its gaps and its scope.
fn part<'c>(collected: &'c Collected, account: &str) -> (InventoryHeader, &'c [Resource<'static>], InventoryEnd) {
    // The resources are in the order of their accounts.
    let all = &collected.resources;
    let start = all.partition_point(|resource| account_of(resource.account.as_deref()) < account);
    let length = all[start..].partition_point(|resource| account_of(resource.account.as_deref()) <= account);
    let resources = &all[start..start + length];
    let own = |gap: &&Gap| account_of(gap.account.as_deref()) == account;
    let gaps: Vec<Gap> = collected.end.unread.iter().filter(own).cloned().collect();
    let header = InventoryHeader {
        scope: Scope {
            accounts: Some(account.to_owned()).filter(|account| !account.is_empty()).into_iter().collect(),
            ..collected.header.scope.clone()
        },
        ..collected.header.clone()
    };
    let end = InventoryEnd {
        not_enabled: collected.end.not_enabled.clone(),
        // An upper bound: lines do not say whether their tags come from the index.
        indexed: collected.end.indexed.min(length as u64),
        ..InventoryEnd::new(length as u64, gaps)
    };
    (header, resources, end)
}
