//! Lakes: folders of inventories by day and account, as `taglint collect --lake` writes them. A resource is in the
//! inventory of each day, so a check reads one inventory of each account.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::candidate::Candidate;
use super::inventory;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions, LakeDays};
use super::reader::{InFolder, InputReader};
use crate::aws::AccountId;
use crate::base::{all_of, count};
use crate::engine::{InputError, InputFoundBy};
use crate::model::lake::{DayRange, folder_account, folder_day};
use crate::model::{Day, Gap};

/// The endings of inventories.
const ENDINGS: [&str; 3] = [".jsonl", ".jsonl.gz", ".jsonl.zst"];

/// The inventories of one account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeAccount {
    /// The account id, or another word for what belongs to no account.
    pub account: String,
    /// The files, in order of their names.
    pub files: Vec<PathBuf>,
}

/// The days of a lake with their accounts.
pub type Lake = BTreeMap<Day, Vec<LakeAccount>>;

/// Returns whether a folder is a lake, or one day of a lake.
#[must_use]
pub fn is_lake(folder: &Path) -> bool {
    own_day(folder).is_some()
        || named_folders(folder).is_ok_and(|names| names.iter().any(|(name, _)| folder_day(name).is_some()))
}

/// Lists the inventories of a lake, or of one day of it.
///
/// # Errors
/// Those of reading the folders.
pub fn read_lake(folder: &Path) -> io::Result<Lake> {
    if let Some(day) = own_day(folder) {
        return Ok(BTreeMap::from([(day, accounts(folder)?)]));
    }
    let mut days = Lake::new();
    for (name, path) in named_folders(folder)? {
        if let Some(day) = folder_day(&name) {
            days.insert(day, accounts(&path)?);
        }
    }
    Ok(days)
}

fn own_day(folder: &Path) -> Option<Day> {
    folder.file_name().and_then(|name| folder_day(&name.to_string_lossy())).filter(|_| folder.is_dir())
}

fn accounts(day: &Path) -> io::Result<Vec<LakeAccount>> {
    let mut out = Vec::new();
    for (name, path) in named_folders(day)? {
        let Some(account) = folder_account(&name) else { continue };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_file() && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                files.push(entry.path());
            }
        }
        files.sort();
        if !files.is_empty() {
            out.push(LakeAccount { account: account.to_owned(), files });
        }
    }
    Ok(out)
}

/// The folders in a folder with their names, in order.
fn named_folders(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            out.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    out.sort();
    Ok(out)
}

/// The reader of lakes.
pub(super) struct LakeReader;

impl InputReader for LakeReader {
    fn format(&self) -> Option<InputFormat> {
        None
    }

    fn claims_folder(&self, folder: &Path) -> bool {
        is_lake(folder)
    }

    fn in_folder(&self) -> InFolder {
        InFolder::Read
    }

    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let name = candidate.name.clone();
        let Some(folder) = candidate.path else {
            return Err(InputError::Invalid { name, message: "not a folder".to_owned() });
        };
        let lake = read_lake(folder).map_err(|error| InputError::Read { name: name.clone(), error })?;
        let choice =
            choose(&lake, options.lake_days).map_err(|message| InputError::Invalid { name: name.clone(), message })?;
        let mut gaps = choice.gaps;
        let (mut out, mut first_error) = (Vec::new(), None);
        for (account, path) in choice.files {
            match open_inventory(path, options) {
                Ok(opened) => out.extend(opened),
                Err(error) => {
                    let account = Some(account.to_owned()).filter(|account| AccountId::is_valid(account));
                    gaps.push(Gap { account, error: error.to_string(), ..Gap::default() });
                    first_error.get_or_insert(error);
                }
            }
        }
        let Some(first) = out.first_mut() else {
            let message = "the lake has no inventories (dt=DAY/account=ID/inventory.jsonl.zst)".to_owned();
            return Err(first_error.unwrap_or(InputError::Invalid { name, message }));
        };
        first.notes.extend(choice.note.map(|note| format!("{name}: {note}")));
        first.input.gaps.extend(gaps);
        Ok(out)
    }

    /// Opens the lakes in a folder. Each has many inventories.
    fn open_found(
        &self,
        _folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let opened = |path: &PathBuf| match self.open(Candidate::of_path(path), options) {
            Ok(opened) => opened.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        found.iter().flat_map(opened).collect()
    }
}

/// Opens one inventory of a lake.
///
/// # Errors
/// [`InputError`] if it could not be read.
pub fn open_inventory(path: &Path, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    let mut opened = inventory::open(Candidate::of_named_in_folder(path, options)?)?;
    for opened in &mut opened {
        opened.input.found_by = InputFoundBy::Walk;
    }
    Ok(opened)
}

/// The inventories that a check reads.
struct Choice<'l> {
    files: Vec<(&'l str, &'l Path)>,
    gaps: Vec<Gap>,
    note: Option<String>,
}

/// Chooses the inventories of the wanted days. An account without an inventory of the last of these days becomes a gap,
/// because its state on that day is unknown.
///
/// # Errors
/// The reason if there are none.
fn choose(lake: &Lake, wanted: LakeDays) -> Result<Choice<'_>, String> {
    let Some((first, newest)) = lake.keys().next().zip(lake.keys().next_back()) else {
        return Ok(Choice { files: Vec::new(), gaps: Vec::new(), note: None });
    };
    let range = match wanted {
        LakeDays::All => {
            let files = lake.values().flatten().flat_map(of_account).collect();
            return Ok(Choice { files, gaps: Vec::new(), note: None });
        }
        LakeDays::Newest => DayRange { from: *first, to: *newest },
        LakeDays::Range(range) => range,
    };
    let in_range: Vec<(Day, &Vec<LakeAccount>)> =
        lake.iter().filter(|(day, _)| range.has(**day)).map(|(day, accounts)| (*day, accounts)).collect();
    let Some((last, _)) = in_range.last().copied() else {
        return Err(format!("no inventory of {range}; the lake has the days from {first} to {newest}"));
    };
    let mut latest: BTreeMap<&str, (Day, &LakeAccount)> = BTreeMap::new();
    for (day, accounts) in in_range {
        latest.extend(accounts.iter().map(|account| (account.account.as_str(), (day, account))));
    }
    let (mut files, mut gaps, mut old) = (Vec::new(), Vec::new(), Vec::new());
    let last = if let LakeDays::Range(range) = wanted { range.to } else { last };
    let newest_of_all = latest.values().map(|(day, _)| *day).max().unwrap_or(last);
    for (account, (day, inventories)) in latest {
        let is_account = AccountId::is_valid(account);
        if day < last && is_account {
            old.push(account.to_owned());
            let error = if wanted == LakeDays::Newest {
                format!("no inventory of {last}: the newest is of {day}")
            } else {
                format!("its newest inventory is of {day}, so its state on {last} is unknown")
            };
            gaps.push(Gap { account: Some(account.to_owned()), error, ..Gap::default() });
        }
        // What belongs to no account is of interest on its own day only.
        if day == newest_of_all || (is_account && wanted != LakeDays::Newest) {
            files.extend(of_account(inventories));
        }
    }
    let what = match wanted {
        LakeDays::Range(range) if range.from < range.to => format!("the newest inventory of each account in {range}"),
        _ => newest_of_all.to_string(),
    };
    let mut note = format!("a lake of {}: only {what} is checked", count(lake.len() as u64, "day"));
    if wanted == LakeDays::Newest && lake.len() > 1 {
        note += " (--day chooses others)";
    }
    if !old.is_empty() {
        note += &format!("; unknown, because their newest inventory is older: {}", all_of(old));
    }
    Ok(Choice { files, gaps, note: Some(note) })
}

fn of_account(account: &LakeAccount) -> impl Iterator<Item = (&str, &Path)> {
    account.files.iter().map(|file| (account.account.as_str(), file.as_path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lake(days: &[(&str, &[&str])]) -> Lake {
        let account =
            |account: &&str| LakeAccount { account: (*account).to_owned(), files: vec![PathBuf::from(account)] };
        days.iter().map(|(day, accounts)| (Day::parse(day).unwrap(), accounts.iter().map(account).collect())).collect()
    }

    #[test]
    fn a_check_reads_one_inventory_of_each_account() {
        let lake = lake(&[
            ("2026-11-26", &["111122223333", "444455556666", "none"]),
            ("2026-11-27", &["111122223333", "444455556666"]),
            ("2026-11-28", &["111122223333"]),
        ]);
        let range = |text: &str| LakeDays::Range(DayRange::parse(text).unwrap());
        for (days, files, gaps) in [
            (LakeDays::Newest, 1, 1),
            (range("2026-11-28"), 1, 0),
            (range("2026-11-27"), 2, 0),
            (range("2026-11-26"), 3, 0),
            (range("2026-11-27..2026-11-28"), 2, 1),
            (range("2026-11-28..2026-11-30"), 1, 1),
            (LakeDays::All, 6, 0),
        ] {
            let choice = choose(&lake, days).unwrap();
            assert_eq!((choice.files.len(), choice.gaps.len()), (files, gaps), "{days:?}");
        }
        assert!(choose(&lake, range("2026-10-01")).is_err());
    }
}
