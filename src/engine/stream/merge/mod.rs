//! The merge of inventories, as a merge of sorted streams in constant memory.
//!
//! A first pass scans every line, so that invalid inputs are rejected before anything is written, and checks whether the
//! resources are sorted. For an unsorted input the positions of its lines are sorted, as for a report.

mod cursor;
mod survey;

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;

use cursor::{MergeCursor, Streams};
pub(in crate::engine) use survey::Survey;

use crate::engine::input::{Input, InputError};
use crate::model::{Gap, InventoryEnd, InventoryHeader, Scope};

/// Inventories that are ready to be merged: each was scanned once.
pub struct Merge {
    inputs: Vec<Input>,
    surveys: Vec<Survey>,
    header: InventoryHeader,
    gaps: Vec<Gap>,
    filled: usize,
}

/// The result of a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Number of resources written.
    pub resources: u64,
    /// Number of written resources whose tags could not be read.
    pub unread: u64,
    /// Number of gaps that no other input fills.
    pub gaps: usize,
    /// Number of gaps that another input fills.
    pub filled: usize,
    /// Number of resources in more than one input.
    pub duplicates: u64,
    /// Number of resources left out because an input that was collected later covers them and does not have them.
    pub deleted: u64,
}

impl Merged {
    /// Returns `true` if everything was read.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.gaps == 0 && self.unread == 0
    }
}

impl Merge {
    /// Scans every line of every input.
    ///
    /// # Errors
    /// [`InputError`] if an input is not an inventory or has invalid lines. A truncated inventory is a gap.
    pub fn new(inputs: Vec<Input>) -> Result<Self, InputError> {
        let surveys = inputs.iter().map(Survey::new).collect::<Result<Vec<_>, _>>()?;
        let (mut gaps, mut filled) = (BTreeSet::new(), BTreeSet::new());
        for survey in &surveys {
            for gap in &survey.gaps {
                let found = surveys.iter().any(|other| other.fills(gap, &survey.scope));
                if found { &mut filled } else { &mut gaps }.insert(gap.clone());
            }
        }
        let scopes: Vec<Scope> = surveys.iter().map(|survey| survey.scope.clone()).collect();
        // The merged inventory is as old as its oldest part. `None` is less than any time, so one unknown time makes
        // the result unknown.
        let collected = surveys.iter().map(|survey| survey.collected).min().flatten();
        let header = InventoryHeader {
            collected: collected.map(|time| time.to_string()),
            ..InventoryHeader::new(String::new(), Scope::unite(&scopes))
        };
        Ok(Self { inputs, surveys, header, gaps: gaps.into_iter().collect(), filled: filled.len() })
    }

    /// The scope of all inventories together.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.header.scope
    }

    /// Writes the merged inventory.
    ///
    /// # Errors
    /// Errors of reading the inputs again and of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<Merged> {
        serde_json::to_writer(&mut *out, &self.header)?;
        out.write_all(b"\n")?;
        let mut merged = Merged { gaps: self.gaps.len(), filled: self.filled, ..Merged::default() };
        let mut streams = Streams::new(&self.inputs, &self.surveys)?;
        let (mut same, mut last, mut coverage) = (Vec::new(), String::new(), CellCoverage::default());
        while streams.take(&mut same) {
            // An input may contain a resource twice. Its first line was written already.
            let repeated = same[0].has_arn && same[0].key == last;
            last.clone_from(&same[0].key);
            merged.duplicates += u64::from(same.len() > 1 || repeated);
            if self.is_deleted(&same, &mut coverage) {
                merged.deleted += 1;
            } else if !repeated {
                let best = same.iter().max_by_key(|cursor| self.preference(cursor)).expect("`take` gives a cursor");
                merged.resources += 1;
                merged.unread += u64::from(!best.tags_read);
                out.write_all(&best.line)?;
                out.write_all(b"\n")?;
            }
            streams.put_back(&mut same)?;
        }
        let not_enabled: BTreeSet<&String> = self.surveys.iter().flat_map(|survey| &survey.not_enabled).collect();
        let mut end = InventoryEnd::new(merged.resources, self.gaps.clone());
        end.not_enabled = not_enabled.into_iter().cloned().collect();
        // An upper bound: lines do not say whether their tags come from the index.
        end.indexed = self.surveys.iter().map(|survey| survey.indexed).sum::<u64>().min(merged.resources);
        serde_json::to_writer(&mut *out, &end)?;
        out.write_all(b"\n")?;
        Ok(merged)
    }

    /// The preference among several lines about one resource: not a context resource, then read tags, then the later
    /// collection, then the first input.
    fn preference(&self, cursor: &MergeCursor<'_>) -> impl Ord + use<> {
        (!cursor.is_context, cursor.tags_read, self.surveys[cursor.input].collected, std::cmp::Reverse(cursor.input))
    }

    /// Returns `true` if an input that was collected later covers a resource and does not have it, because it was
    /// deleted meanwhile.
    fn is_deleted(&self, same: &[MergeCursor<'_>], coverage: &mut CellCoverage) -> bool {
        let Some(cell) = same[0].cell() else { return false };
        let last = same.iter().map(|cursor| self.surveys[cursor.input].collected).max().flatten();
        if coverage.cell != same[0].cell_key() {
            same[0].cell_key().clone_into(&mut coverage.cell);
            let covering = self.surveys.iter().filter(|survey| survey.covers(&cell));
            coverage.latest = covering.filter_map(|survey| survey.collected).max();
        }
        last.is_some() && coverage.latest > last
    }
}

/// The last time at which the current account, region and type were read in full.
#[derive(Default)]
struct CellCoverage {
    cell: String,
    latest: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
