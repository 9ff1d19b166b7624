//! Several inventories put together, in memory that does not grow with them: a merge of sorted streams.
//!
//! A first pass looks at every line, so that a broken input is refused before anything is written, and tells whether the
//! resources are sorted. Of an input that is not, the places of its lines are sorted instead, as for a report.

mod cursor;
mod survey;

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;

use cursor::{Cursor, Streams};
use survey::Survey;

use super::store::{Input, InputError};
use crate::model::{Gap, InventoryEnd, InventoryHeader, Scope};

/// Inventories that can be put together: all of them were looked at once.
pub struct Merge {
    inputs: Vec<Input>,
    surveys: Vec<Survey>,
    header: InventoryHeader,
    gaps: Vec<Gap>,
    filled: usize,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Resources written.
    pub resources: u64,
    /// Resources among them whose tags could not be read.
    pub unread: u64,
    /// Scopes that no input read.
    pub gaps: usize,
    /// Scopes that one input could not read and another could.
    pub filled: usize,
    /// Resources that stood in more than one input.
    pub twice: u64,
    /// Resources left out because an input that was collected later read all around them and does not have them.
    pub gone: u64,
}

impl Merged {
    /// Whether everything was read.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.gaps == 0 && self.unread == 0
    }
}

impl Merge {
    /// Looks at every line of every input.
    ///
    /// # Errors
    /// [`InputError`] where an input is no inventory or has wrong lines. One that breaks off is a gap.
    pub fn of(inputs: Vec<Input>) -> Result<Self, InputError> {
        let surveys = inputs.iter().map(Survey::of).collect::<Result<Vec<_>, _>>()?;
        let (mut gaps, mut filled) = (BTreeSet::new(), BTreeSet::new());
        for survey in &surveys {
            for gap in &survey.gaps {
                let found = surveys.iter().any(|other| other.fills(gap, &survey.scope));
                if found { &mut filled } else { &mut gaps }.insert(gap.clone());
            }
        }
        let scopes: Vec<Scope> = surveys.iter().map(|survey| survey.scope.clone()).collect();
        // A whole that is in part older is as old as its oldest part.
        let collected = surveys.iter().map(|survey| survey.collected).min().flatten();
        let header = InventoryHeader {
            collected: collected.map(|time| time.to_string()),
            ..InventoryHeader::new(String::new(), Scope::unite(&scopes))
        };
        Ok(Self { inputs, surveys, header, gaps: gaps.into_iter().collect(), filled: filled.len() })
    }

    /// What is read by all of them together.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.header.scope
    }

    /// Writes the whole as one inventory.
    ///
    /// # Errors
    /// Those of reading the inputs again, and of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<Merged> {
        serde_json::to_writer(&mut *out, &self.header)?;
        out.write_all(b"\n")?;
        let mut merged = Merged { gaps: self.gaps.len(), filled: self.filled, ..Merged::default() };
        let mut streams = Streams::new(&self.inputs, &self.surveys)?;
        let (mut same, mut last, mut around) = (Vec::new(), String::new(), Around::default());
        while streams.take(&mut same) {
            let again = same[0].named && same[0].key == last;
            last.clone_from(&same[0].key);
            merged.twice += u64::from(same.len() > 1 || again);
            if self.gone(&same, &mut around) {
                merged.gone += 1;
            } else if !again {
                let best = same.iter().max_by_key(|cursor| self.worth(cursor)).expect("a key comes from a cursor");
                merged.resources += 1;
                merged.unread += u64::from(!best.read);
                out.write_all(&best.line)?;
                out.write_all(b"\n")?;
            }
            streams.give_back(&mut same)?;
        }
        let not_enabled: BTreeSet<&String> = self.surveys.iter().flat_map(|survey| &survey.not_enabled).collect();
        let mut end = InventoryEnd::new(merged.resources, self.gaps.clone());
        end.not_enabled = not_enabled.into_iter().cloned().collect();
        // Which resources these are no line says: at most so many.
        end.indexed = self.surveys.iter().map(|survey| survey.indexed).sum::<u64>().min(merged.resources);
        serde_json::to_writer(&mut *out, &end)?;
        out.write_all(b"\n")?;
        Ok(merged)
    }

    /// Which of several lines about one resource is kept: one that is there to be reported, then one whose tags were
    /// read, then the one collected later, then the one named first.
    fn worth(&self, cursor: &Cursor<'_>) -> impl Ord + use<> {
        (!cursor.context, cursor.read, self.surveys[cursor.input].collected, std::cmp::Reverse(cursor.input))
    }

    /// Whether a later input read all around a resource and does not have it: it was deleted meanwhile.
    fn gone(&self, same: &[Cursor<'_>], around: &mut Around) -> bool {
        let Some(cell) = same[0].cell() else { return false };
        let last = same.iter().map(|cursor| self.surveys[cursor.input].collected).max().flatten();
        if around.cell != same[0].cell_key() {
            same[0].cell_key().clone_into(&mut around.cell);
            let covering = self.surveys.iter().filter(|survey| survey.covers(&cell));
            around.latest = covering.filter_map(|survey| survey.collected).max();
        }
        last.is_some() && around.latest > last
    }
}

/// When the account, region and type that the merge is at were last read in full.
#[derive(Default)]
struct Around {
    cell: String,
    latest: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
