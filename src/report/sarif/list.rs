//! The list of results as it is written: what is one problem is one result, and no more of them than were asked for.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_sarif::sarif;

use super::result::{Placed, RenderedResult};
use crate::engine::Fingerprint;

/// Writes results as they come. Those of source files wait for the others of their block: there are as many of them as a
/// repository has blocks, while live resources come by the million.
pub(super) struct ResultList<'o> {
    out: &'o mut dyn Write,
    first: bool,
    /// How many more are taken; the others are only counted.
    room: usize,
    /// Findings that stand in the list, alone or with others.
    shown: u64,
    /// The same resource may stand in two inputs, and GitHub would open an alert for each.
    seen: HashSet<Fingerprint>,
    waiting: Vec<Placed>,
    places: HashMap<String, usize>,
}

impl<'o> ResultList<'o> {
    pub(super) fn new(out: &'o mut dyn Write, room: usize) -> Self {
        Self { out, first: true, room, shown: 0, seen: HashSet::new(), waiting: Vec::new(), places: HashMap::new() }
    }

    /// Takes one rendered finding.
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

    /// Takes a result that comes from elsewhere, unless it is there.
    pub(super) fn add_result(&mut self, print: &Fingerprint, result: &sarif::Result) -> io::Result<()> {
        if self.admit(print) { self.item(&serde_json::to_vec(result)?) } else { Ok(()) }
    }

    /// Whether nothing that may come can change the list.
    pub(super) fn full(&self) -> bool {
        self.room == 0 && self.waiting.is_empty()
    }

    /// Whether a new result is wanted; if so, its place is taken.
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

    /// Writes what waits, then what `last` makes of the number of findings that are in the list.
    pub(super) fn end(mut self, last: impl FnOnce(u64) -> Option<sarif::Result>) -> io::Result<&'o mut dyn Write> {
        for placed in std::mem::take(&mut self.waiting) {
            self.item(&serde_json::to_vec(&placed.finish())?)?;
        }
        if let Some(result) = last(self.shown) {
            self.item(&serde_json::to_vec(&result)?)?;
        }
        Ok(self.out)
    }
}
