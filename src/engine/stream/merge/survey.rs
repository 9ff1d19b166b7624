//! The first pass over one input of a merge.

use std::io;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::base::ReadProgress;
use crate::engine::input::{Input, InputError};
use crate::engine::prefilter::TagOffsets;
use crate::engine::stream::chunks::{RawLine, fold_chunks, map_chunks};
use crate::engine::stream::envelope::{Envelope, EnvelopeScan};
use crate::engine::stream::line_scanner::LineScanner;
use crate::engine::stream::order::sort_key;
use crate::engine::stream::parse::parse_line;
use crate::model::{Gap, Line, Resource, Scope};

/// Offset and length of a line in bytes.
pub(super) type LinePosition = (u64, usize);

/// The facts about one input.
pub(in crate::engine) struct Survey {
    /// The time of the collection; `None` if not known.
    pub(in crate::engine) collected: Option<Timestamp>,
    pub(in crate::engine) scope: Scope,
    pub(in crate::engine) gaps: Vec<Gap>,
    pub(super) not_enabled: Vec<String>,
    /// Number of resources whose tags come from the tagging API's index.
    pub(super) indexed: u64,
    /// The positions of the resources in order, if the input is not sorted.
    pub(super) positions: Option<Vec<LinePosition>>,
}

/// An account, region and type, which are read as one unit.
pub(super) struct Cell<'a> {
    pub(super) account: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) kind: &'a str,
}

impl Survey {
    /// Scans every line of an input.
    ///
    /// # Errors
    /// [`InputError`] if the input is not an inventory or has invalid lines.
    pub(in crate::engine) fn new(input: &Input) -> Result<Self, InputError> {
        let failed = |error| InputError::Read { name: input.name.clone(), error };
        let (mut envelope, mut sorted, mut last) = (EnvelopeScan::default(), true, Vec::new());
        let scan = |lines: &mut dyn Iterator<Item = RawLine<'_>>| {
            let mut scanner = LineScanner::new(true, true);
            let (mut resource, mut offsets) = (Resource::default(), TagOffsets::default());
            lines.for_each(|line| {
                scanner.scan(line, &mut offsets, &mut resource);
            });
            scanner
        };
        fold_chunks(&input.bytes, &ReadProgress::default(), scan, |chunk| {
            envelope.add(&chunk);
            sorted &= chunk.order.continues(&mut last);
        })
        .map_err(failed)?;
        let envelope = envelope.finish(input)?;
        let positions = if sorted { None } else { Some(sorted_positions(input).map_err(failed)?) };
        let header = envelope.header;
        let collected = header.as_ref().and_then(|header| header.collected.as_deref()?.parse().ok());
        // The scope of an inventory without a header is unknown, so it counts as partial.
        let scope = header.map_or_else(|| Scope { partial: true, ..Scope::default() }, |header| header.scope);
        let Envelope { gaps, not_enabled, indexed, .. } = envelope;
        Ok(Self { collected, scope, gaps, not_enabled, indexed, positions })
    }

    /// Returns `true` if all resources of an account, region and type were read.
    pub(super) fn covers(&self, cell: &Cell<'_>) -> bool {
        self.scope.reads(cell.account, cell.region, cell.kind)
            && !self.gaps.iter().any(|gap| gap.concerns(cell.account, cell.region, cell.kind))
    }

    /// Returns `true` if this input read everything that a gap of another input misses. A gap without a type or region
    /// is as wide as the scope of its own input. A gap without an account concerns the file itself, and nothing fills
    /// it.
    pub(super) fn fills(&self, gap: &Gap, own: &Scope) -> bool {
        let Some(account) = gap.account.as_deref() else { return false };
        let kinds: Vec<&str> = gap.kind.as_deref().map_or_else(|| texts(&own.types), |kind| vec![kind]);
        let regions: Vec<&str> = gap.region.as_deref().map_or_else(|| texts(&own.regions), |region| vec![region]);
        !kinds.is_empty()
            && kinds.iter().all(|kind| {
                if gap.region.is_none() && is_global(kind) {
                    return self.covers(&Cell { account, region: None, kind });
                }
                !regions.is_empty()
                    && regions.iter().all(|region| self.covers(&Cell { account, region: Some(region), kind }))
            })
    }
}

/// Returns `true` if resources of a type have no region.
fn is_global(kind: &str) -> bool {
    kind.starts_with("iam:")
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// The positions of all resources in order.
fn sorted_positions(input: &Input) -> io::Result<Vec<LinePosition>> {
    let chunks = map_chunks(&input.bytes, &ReadProgress::default(), |lines| {
        let mut found: Vec<(String, LinePosition)> = Vec::new();
        for line in lines {
            if let Ok(Line::Resource(resource)) = parse_line(line.bytes, true) {
                found.push((key_of(&resource), (line.offset, line.bytes.len())));
            }
        }
        found
    })?;
    let mut all = chunks.concat();
    all.par_sort();
    Ok(all.into_iter().map(|(_, position)| position).collect())
}

fn key_of(resource: &Resource<'_>) -> String {
    let mut key = String::new();
    sort_key(resource, &mut key);
    key
}
