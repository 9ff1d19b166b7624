//! An input that is ready to be checked.

use rayon::prelude::*;

use super::cloudformation::DeclaredParameter;
use crate::engine::{ByteSource, Input, InputKind};
use crate::model::{Gap, Resource, append_resource};

/// An input that is ready to be checked, with notes for the person who named it.
#[derive(Debug)]
pub struct OpenedInput {
    /// The inventory.
    pub input: Input,
    /// Notes for the person.
    pub notes: Vec<String>,
    /// The kind that replaces the input's own where another input has the same root: two plans of one module have the
    /// same addresses, and their fingerprints must differ.
    pub distinct_kind: Option<InputKind>,
    /// The parameters that templates declare, for the check of given ones.
    pub parameters: Vec<DeclaredParameter>,
}

impl OpenedInput {
    /// An input without notes.
    #[must_use]
    pub fn new(input: Input) -> Self {
        Self { input, notes: Vec::new(), distinct_kind: None, parameters: Vec::new() }
    }
}

/// An inventory in memory of these resources, in the order of reports.
///
/// # Panics
/// Never: memory takes every byte.
#[must_use]
pub fn in_memory(name: &str, mut resources: Vec<Resource<'_>>, gaps: Vec<Gap>) -> Input {
    resources.par_sort_by(|a, b| a.order().cmp(&b.order()));
    let (mut lines, mut resources) = (Vec::new(), resources.into_iter());
    loop {
        // A part at a time: the resources take many times the memory of their lines.
        let part: Vec<Resource<'_>> = resources.by_ref().take(PART).collect();
        if part.is_empty() {
            break;
        }
        let written: Vec<Vec<u8>> = part.par_chunks(CHUNK).map(lines_of).collect();
        for mut written in written {
            lines.append(&mut written);
        }
    }
    Input { gaps, ..Input::new(name, ByteSource::Memory(lines.into()), InputKind::Live) }
}

/// The number of resources that one thread writes at a time.
const CHUNK: usize = 256;
/// The number of resources that all threads write at a time.
const PART: usize = 16 * CHUNK;

fn lines_of(resources: &[Resource<'_>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for resource in resources {
        append_resource(&mut lines, resource);
    }
    lines
}
