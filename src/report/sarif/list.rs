//! The writer of the list of results. It combines the findings of one place, and enforces the limit.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::elements::SarifResult;
use super::result::{Placed, RenderedResult};
use crate::engine::Fingerprint;

/// Writes results as they arrive. Results in source files are held until the end, because later findings may join them.
/// Their number is bounded by the blocks in a repository, but there can be millions of live resources.
pub(super) struct ResultList<'o> {
    out: &'o mut dyn Write,
    first: bool,
    /// The number of results that still fit; the others are only counted.
    room: usize,
    /// The number of findings in the list, including those that were combined.
    shown: u64,
    /// The fingerprints in the list. A resource may be in two inputs, and GitHub would open an alert for each copy.
    seen: HashSet<Fingerprint>,
    waiting: Vec<Placed>,
    places: HashMap<String, usize>,
}

impl<'o> ResultList<'o> {
    pub(super) fn new(out: &'o mut dyn Write, room: usize) -> Self {
        Self { out, first: true, room, shown: 0, seen: HashSet::new(), waiting: Vec::new(), places: HashMap::new() }
    }

    /// Adds one rendered finding.
    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<ControlFlow<()>> {
        match RenderedResult::read(bytes)? {
            RenderedResult::Live(print, json) => {
                if self.admit(&print) {
                    self.item(json)?;
                }
            }
            RenderedResult::Placed(print, placed) => {
                if let Some(at) = self.places.get(&placed.key) {
                    self.shown += 1;
                    self.waiting[*at].join(*placed);
                } else if self.admit(&print) {
                    self.places.insert(placed.key.clone(), self.waiting.len());
                    self.waiting.push(*placed);
                }
            }
        }
        Ok(if self.full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Adds a result that was not rendered as a finding, unless its fingerprint is in the list already.
    pub(super) fn add_result(&mut self, print: &Fingerprint, result: &SarifResult) -> io::Result<()> {
        if self.admit(print) { self.item(&serde_json::to_vec(result)?) } else { Ok(()) }
    }

    /// Returns `true` if no later result can change the list.
    pub(super) fn full(&self) -> bool {
        self.room == 0 && self.waiting.is_empty()
    }

    /// Returns `true` if there is room for a new result, and reserves it.
    fn admit(&mut self, print: &Fingerprint) -> bool {
        if self.seen.contains(print) {
            self.shown += 1;
            return false;
        }
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.shown += 1;
        self.seen.insert(*print);
        true
    }

    fn item(&mut self, json: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        self.out.write_all(json)
    }

    /// Writes the held results, then the result that `last` returns for the number of listed findings.
    pub(super) fn end(mut self, last: impl FnOnce(u64) -> Option<SarifResult>) -> io::Result<&'o mut dyn Write> {
        for placed in std::mem::take(&mut self.waiting) {
            self.item(&serde_json::to_vec(&placed.finish())?)?;
        }
        if let Some(result) = last(self.shown) {
            self.item(&serde_json::to_vec(&result)?)?;
        }
        Ok(self.out)
    }
}
