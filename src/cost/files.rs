//! The files of a bill.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ending::TextPrint;
use super::error::CostError;
use super::ledger::CostLedger;
use super::reader::{Bill, read};
use crate::base::{open_named, open_regular};

/// The endings of files that are read in a folder. Exports have manifests beside them.
const ENDINGS: [&str; 4] = [".csv", ".csv.gz", ".csv.zip", ".zip"];
/// The ending of files that are refused, because a bill without them would be incomplete.
const PARQUET: &str = ".parquet";
/// The most folders inside each other.
const MAX_DEPTH: usize = 20;

/// Reads the exports in files and folders.
///
/// # Errors
/// [`CostError`] for the first file that cannot be read or is wrong, for a folder without exports, and for a bill that is in two
/// folders or files, because its costs would count twice.
pub fn read_costs(paths: &[PathBuf]) -> Result<CostLedger, CostError> {
    let (mut ledger, mut seen) = (CostLedger::default(), BTreeSet::new());
    // The folder of the files of each bill: an export writes all chunks of one version into one.
    let mut bills: HashMap<Bill, PathBuf> = HashMap::new();
    let mut texts: HashMap<TextPrint, PathBuf> = HashMap::new();
    for (path, is_named) in files(paths)? {
        let help = "give the file or folder of an export; docs/cost.md says how to download one";
        let failed = |error: std::io::Error| CostError::of_file(&path, error.to_string(), help);
        if !seen.insert(path.canonicalize().map_err(failed)?) {
            return Err(CostError::of_file(&path, "the file is given twice", "name each file once"));
        }
        let file = if is_named { open_named(&path) } else { open_regular(&path) }.map_err(failed)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let found = read(&path, file, &mut ledger)?;
        for bill in found.bills {
            let period = bill.1.clone();
            let first = bills.entry(bill).or_insert_with(|| folder.clone());
            if *first != folder {
                return Err(CostError::twice(&period, first, &path));
            }
        }
        if let Some(first) = found.print.and_then(|print| texts.insert(print, path.clone())) {
            let why = format!("the same text is in {} too: its costs would count twice", first.display());
            return Err(CostError::of_file(&path, why, "remove the copy"));
        }
    }
    if ledger.line_items() == 0 {
        let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
        return Err(CostError::of_file(path, "no line items", "export a period with usage"));
    }
    Ok(ledger)
}

/// Reads an export from a stream; `name` is for messages.
///
/// # Errors
/// [`CostError`] for a stream that is wrong.
pub fn read_cost_stream(name: &Path, stream: impl Read) -> Result<CostLedger, CostError> {
    let mut ledger = CostLedger::default();
    read(name, stream, &mut ledger)?;
    Ok(ledger)
}

/// The files of all paths, each with `true` if a person named it.
fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, CostError> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push((path.clone(), true));
            continue;
        }
        let mut found = Vec::new();
        walk(path, 0, &mut found)?;
        if found.is_empty() {
            let endings = crate::base::any_of(ENDINGS.map(str::to_owned));
            let why = format!("the folder has no file that ends in {endings}");
            return Err(CostError::of_file(path, why, "give the folder with the files of one export"));
        }
        found.sort();
        out.extend(found.into_iter().map(|path| (path, false)));
    }
    Ok(out)
}

fn walk(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), CostError> {
    let failed = |error: std::io::Error| CostError::of_file(folder, error.to_string(), "make the folder readable");
    if depth > MAX_DEPTH {
        return Err(CostError::of_file(folder, "too many folders inside each other", "name the folder of the files"));
    }
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        // A link may lead out of the folder, or in a circle.
        let kind = entry.file_type().map_err(failed)?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), depth + 1, out)?;
        } else if kind.is_file() && (name.ends_with(PARQUET) || ENDINGS.iter().any(|ending| name.ends_with(ending))) {
            out.push(entry.path());
        }
    }
    Ok(())
}
