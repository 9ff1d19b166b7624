//! What one input of a merge says of itself.

use std::io;

use jiff::Timestamp;
use rayon::prelude::*;

use super::super::chunk;
use super::super::frame::{Frame, Seen};
use super::super::order::sort_key;
use super::super::store::{Input, InputError};
use crate::model::{Gap, Line, Resource, Scope, TagOffsets, parse_line};

/// Where a line stands: offset and length in bytes.
pub(super) type Place = (u64, usize);

/// An input that was looked at once.
pub(super) struct Survey {
    /// When it was collected; `None` where it does not say.
    pub(super) collected: Option<Timestamp>,
    pub(super) scope: Scope,
    pub(super) gaps: Vec<Gap>,
    pub(super) not_enabled: Vec<String>,
    /// How many resources have their tags from the tagging API's index.
    pub(super) indexed: u64,
    /// The places of the resources in order, where the input itself is not sorted.
    pub(super) places: Option<Vec<Place>>,
}

/// Account, region and type: what is read, or not, as one.
pub(super) struct Cell<'a> {
    pub(super) account: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) kind: &'a str,
}

impl Survey {
    pub(super) fn of(input: &Input) -> Result<Self, InputError> {
        let failed = |error| InputError::Read { name: input.name.clone(), error };
        let pieces = chunk::each(&input.store, |lines| {
            let mut seen = Seen::default();
            let (mut resource, mut places) = (Resource::default(), TagOffsets::default());
            lines.for_each(|line| {
                seen.read(line, &mut places, &mut resource);
            });
            seen
        })
        .map_err(failed)?;
        let frame = Frame::of(input, pieces.iter())?;
        let mut last = Vec::new();
        let sorted = pieces.iter().all(|piece| piece.order.goes_on(&mut last));
        let places = if sorted { None } else { Some(places(input).map_err(failed)?) };
        let header = frame.header;
        let collected = header.as_ref().and_then(|header| header.collected.as_deref()?.parse().ok());
        // Lines without a header are of nobody knows what scope: they must not pass for a whole one.
        let scope = header.map_or_else(|| Scope { partial: true, ..Scope::default() }, |header| header.scope);
        let Frame { gaps, not_enabled, indexed, .. } = frame;
        Ok(Self { collected, scope, gaps, not_enabled, indexed, places })
    }

    /// Whether everything here was to be read, and was.
    pub(super) fn covers(&self, cell: &Cell<'_>) -> bool {
        let fits = |gap: &Option<String>, have: Option<&str>| gap.is_none() || gap.as_deref() == have;
        self.scope.reads(cell.account, cell.region, cell.kind)
            && !self.gaps.iter().any(|gap| {
                fits(&gap.account, Some(cell.account))
                    && fits(&gap.region, cell.region)
                    && fits(&gap.kind, Some(cell.kind))
            })
    }

    /// Whether this input read all that a gap of another leaves open. A gap that names no type or region is as wide as
    /// its own input's scope; one that names no account is the file's, and nothing fills it.
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

/// IAM belongs to no region.
fn is_global(kind: &str) -> bool {
    kind.starts_with("iam:")
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// Every resource's place, in the order of the resources.
fn places(input: &Input) -> io::Result<Vec<Place>> {
    let pieces = chunk::each(&input.store, |lines| {
        let mut found: Vec<(String, Place)> = Vec::new();
        for line in lines {
            if let Ok(Line::Resource(resource)) = parse_line(line.bytes) {
                found.push((key_of(&resource), (line.offset, line.bytes.len())));
            }
        }
        found
    })?;
    let mut all = pieces.concat();
    all.par_sort();
    Ok(all.into_iter().map(|(_, place)| place).collect())
}

fn key_of(resource: &Resource<'_>) -> String {
    let mut key = String::new();
    sort_key(resource, &mut key);
    key
}
