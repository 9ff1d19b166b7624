//! The inventories of a history by day.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::aws::AccountId;
use crate::cli::HistoryArgs;
use crate::commands::Failure;
use crate::commands::inputs::plain_input_options;
use crate::engine::{Input, InventoryFacts};
use crate::input::{INVENTORY, InputOptions, is_lake, open, open_inventory, read_lake};
use crate::model::{Day, Gap};

/// An inventory of a day.
pub(super) enum DayInput {
    /// A file of a lake, opened when its day comes: all of them at once would need their space unpacked.
    Lake { account: String, path: PathBuf },
    /// An inventory that a person named.
    Named { input: Box<Input>, facts: Box<InventoryFacts> },
}

impl DayInput {
    /// Opens the inventory. The gap stands for a file of a lake that can't be read.
    pub(super) fn open(&self) -> Result<Result<(Input, InventoryFacts), Gap>, Failure> {
        match self {
            Self::Named { input, facts } => Ok(Ok(((**input).clone(), (**facts).clone()))),
            Self::Lake { account, path } => {
                let opened = open_inventory(path, &plain_input_options()?).and_then(|mut opened| {
                    let input = opened.remove(0).input;
                    InventoryFacts::of(&input).map(|facts| (input, facts))
                });
                Ok(opened.map_err(|error| {
                    let account = Some(account.clone()).filter(|account| AccountId::is_valid(account));
                    Gap { account, error: error.to_string(), ..Gap::default() }
                }))
            }
        }
    }
}

/// The inventories by day.
pub(super) struct Sources(BTreeMap<Day, Vec<DayInput>>);

impl Sources {
    /// Finds the inventories of the arguments.
    ///
    /// # Errors
    /// [`Failure`] if there are none, or a named one can't be read or has no time.
    pub(super) fn new(args: &HistoryArgs) -> Result<Self, Failure> {
        let mut sources = Self(BTreeMap::new());
        for folder in &args.lake {
            sources.add_lake(folder)?;
        }
        for path in &args.inputs {
            if is_lake(path) { sources.add_lake(path)? } else { sources.add_named(path)? }
        }
        let all = sources.0.keys().next().copied().zip(sources.0.keys().next_back().copied());
        sources.0.retain(|day, _| args.day.is_none_or(|days| days.has(*day)));
        match (sources.0.is_empty(), all, args.day) {
            (true, Some((first, last)), Some(days)) => {
                Err(Failure::new(format!("--day {days}: there is no inventory of these days"))
                    .help(format!("the days are from {first} to {last}")))
            }
            (true, ..) => Err(Failure::new("there are no inventories")
                .help("name inventories, or a lake: the folder that `taglint collect --lake` writes")),
            _ => Ok(sources),
        }
    }

    /// The inventories of each day, in order.
    pub(super) fn days(&self) -> &BTreeMap<Day, Vec<DayInput>> {
        &self.0
    }

    fn add_lake(&mut self, folder: &Path) -> Result<(), Failure> {
        let failed = |why: String| {
            Failure::new(format!("{}: {why}", folder.display()))
                .help("name the folder that `taglint collect --lake` writes, with folders such as dt=2026-11-27")
        };
        if !is_lake(folder) {
            return Err(failed("not a lake".to_owned()));
        }
        for (day, accounts) in read_lake(folder).map_err(|error| failed(error.to_string()))? {
            let files = accounts.into_iter().flat_map(|account| {
                let name = account.account;
                account.files.into_iter().map(move |path| DayInput::Lake { account: name.clone(), path })
            });
            self.0.entry(day).or_default().extend(files);
        }
        Ok(())
    }

    fn add_named(&mut self, path: &Path) -> Result<(), Failure> {
        let options = InputOptions { format: Some(INVENTORY), ..plain_input_options()? };
        for opened in open(path, &options)? {
            let input = opened.input;
            let facts = InventoryFacts::of(&input)?;
            let Some(collected) = facts.collected else {
                return Err(Failure::new(format!("{}: the inventory does not say when it was collected", input.name))
                    .help("a history needs inventories as `taglint collect` writes them"));
            };
            let named = DayInput::Named { input: Box::new(input), facts: Box::new(facts) };
            self.0.entry(Day::of(collected)).or_default().push(named);
        }
        Ok(())
    }
}
