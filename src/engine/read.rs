//! Resources of an input one after the other, for the commands that want to look at all of them.

use std::io;

use super::resource_index::InventoryIndex;
use super::store::{ByteSource, Input, InputError, MAX_LINE};
use crate::model::{Line, Resource, parse_line};
use crate::policy::Policy;
use crate::rule::ResourceIndex;

/// So much of an input is read at a time: many inputs are open at once when they are merged.
const STEP: usize = 128 << 10;

/// The lines of a store in their order, one in memory at a time.
pub(super) struct Lines<'s> {
    store: &'s ByteSource,
    /// Of the end of the buffer.
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'s> Lines<'s> {
    pub(super) fn new(store: &'s ByteSource) -> Self {
        Self { store, offset: 0, buffer: Vec::new(), start: 0 }
    }

    /// The next line without its end, and whether it has one. A line above the limit is cut.
    pub(super) fn next(&mut self) -> io::Result<Option<(&[u8], bool)>> {
        let mut searched = self.start;
        let (end, ended) = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                break (searched + at, true);
            }
            if self.offset >= self.store.len() || self.buffer.len() - self.start > MAX_LINE {
                break (self.buffer.len(), false);
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let before = self.buffer.len();
            self.store.read_at(self.offset, STEP, &mut self.buffer)?;
            self.offset += (self.buffer.len() - before) as u64;
            searched = before;
        };
        let start = self.start;
        self.start = (end + 1).min(self.buffer.len());
        Ok((start < self.buffer.len()).then(|| (&self.buffer[start..end], ended)))
    }
}

/// The resources of an input in its order. Lines that are none end it with an error.
pub fn resources(input: &Input) -> impl Iterator<Item = Result<Resource<'static>, InputError>> + '_ {
    let (mut lines, mut number, mut failed) = (Lines::new(&input.store), 0_u64, false);
    std::iter::from_fn(move || {
        while !failed {
            number += 1;
            let line = match lines.next() {
                Ok(Some((line, _))) => line,
                Ok(None) => return None,
                Err(error) => {
                    failed = true;
                    return Some(Err(InputError::Read { name: input.name.clone(), error }));
                }
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_line(line) {
                Ok(Line::Resource(resource)) => return Some(Ok(resource.into_owned())),
                Ok(Line::Header(_) | Line::End(_)) => {}
                Err(error) => {
                    failed = true;
                    let message = error.to_string();
                    return Some(Err(InputError::Line { name: input.name.clone(), line: number, message, more: 0 }));
                }
            }
        }
        None
    })
}

/// The resource with this ARN, address or name, and what rules need to know of the others.
///
/// # Errors
/// [`InputError`] where an input can't be read.
pub fn find_resource(
    policy: &Policy,
    inputs: &[Input],
    name: &str,
) -> Result<Option<(Resource<'static>, impl ResourceIndex + use<>)>, InputError> {
    for input in inputs {
        for resource in resources(input) {
            let resource = resource?;
            let names = [resource.arn.as_deref(), resource.address.as_deref(), resource.name.as_deref()];
            if names.contains(&Some(name)) {
                let failed = |error| InputError::Read { name: input.name.clone(), error };
                return Ok(Some((resource, InventoryIndex::build(policy, inputs).map_err(failed)?)));
            }
        }
    }
    Ok(None)
}
