//! The envelope of an inventory: its header, its end line, and whether it is whole.

use super::line_scanner::{InvalidLine, LineScanner};
use crate::engine::input::{Input, InputError};
use crate::model::{Gap, InventoryEnd, InventoryHeader, Marker};

const SECOND_INVENTORY: &str =
    "a second inventory begins or ends in this file; pass each file by itself, or combine them with `taglint merge`";

/// The envelope of one input.
pub(in crate::engine) struct Envelope {
    /// The first line, if there is one.
    pub(in crate::engine) header: Option<InventoryHeader>,
    /// The gaps that the inventory lists, and the parts missing from the inventory itself.
    pub(in crate::engine) gaps: Vec<Gap>,
    /// Regions left out because the account has not enabled them.
    pub(in crate::engine) not_enabled: Vec<String>,
    /// Number of resources whose tags come from the tagging API's index.
    pub(in crate::engine) indexed: u64,
}

/// The lines of an input, added chunk by chunk in order.
#[derive(Default)]
pub(in crate::engine) struct EnvelopeScan {
    /// The number of the line at which a second inventory begins or ends.
    second: Option<u64>,
    header: Option<InventoryHeader>,
    /// The end line and its number.
    end: Option<(u64, InventoryEnd)>,
    /// The first invalid line and its number.
    first_invalid: Option<(u64, InvalidLine)>,
    invalid: u64,
    resources: u64,
    /// Number of lines so far.
    count: u64,
    /// The number of the last line that is not blank; 0 if there is none.
    last: u64,
}

impl EnvelopeScan {
    /// The envelope of an input, after its last chunk.
    ///
    /// # Errors
    /// [`InputError`] if lines are invalid. Then no part of the input can be trusted.
    pub(in crate::engine) fn finish(self, input: &Input) -> Result<Envelope, InputError> {
        let line_error = |(line, message, more)| InputError::Line { name: input.name.clone(), line, message, more };
        if let Some(line) = self.second {
            return Err(line_error((line, SECOND_INVENTORY.to_owned(), 0)));
        }
        self.reject_invalid().map_err(line_error)?;
        if self.last == 0 && input.is_native_inventory {
            return Err(InputError::Invalid { name: input.name.clone(), message: "the input is empty".to_owned() });
        }
        let mut gaps = input.gaps.clone();
        gaps.extend(self.end.iter().flat_map(|(_, end)| &end.unread).cloned());
        gaps.extend(self.missing(input.is_native_inventory).map(|why| Gap::of_input(&input.name, &why)));
        let (indexed, not_enabled) = self.end.map_or_else(Default::default, |(_, end)| (end.indexed, end.not_enabled));
        Ok(Envelope { header: self.header, gaps, not_enabled, indexed })
    }

    /// Adds the next chunk.
    pub(in crate::engine) fn add(&mut self, chunk: &LineScanner) {
        for (number, marker) in &chunk.markers {
            let line = self.count + number + 1;
            match marker {
                Marker::Header(header) if line == 1 => self.header = Some(header.clone()),
                Marker::End(end) if self.end.is_none() => self.end = Some((line, end.clone())),
                Marker::Header(_) | Marker::End(_) => self.second = self.second.or(Some(line)),
            }
        }
        if let (None, Some(invalid)) = (&self.first_invalid, &chunk.first_invalid) {
            self.first_invalid = Some((self.count + invalid.number + 1, invalid.clone()));
        }
        self.invalid += chunk.invalid;
        self.last = chunk.last_line.map_or(self.last, |number| self.count + number + 1);
        self.count += chunk.lines;
        self.resources += chunk.resources;
    }

    /// Rejects invalid lines and lines after the end. A file that is cut off in its last line is accepted, because the
    /// lines before are valid; [`Self::missing`] reports it.
    ///
    /// # Errors
    /// The line's number, the problem, and the number of further invalid lines.
    fn reject_invalid(&self) -> Result<(), (u64, String, u64)> {
        if let Some((line, invalid)) = &self.first_invalid {
            let cut_off = !invalid.ended && self.invalid == 1 && *line == self.last && *line > 1;
            if !cut_off {
                return Err((*line, invalid.message.clone(), self.invalid - 1));
            }
        }
        match &self.end {
            Some((line, _)) if *line != self.last => {
                Err((line + 1, "there are lines after the inventory's end".to_owned(), 0))
            }
            _ => Ok(()),
        }
    }

    /// The reason why the inventory is not whole, if it is not.
    fn missing(&self, is_native_inventory: bool) -> Option<String> {
        match &self.end {
            Some((_, end)) if end.resources != self.resources => Some(format!(
                "the end line counts {} resources, but the inventory has {}",
                end.resources, self.resources
            )),
            Some(_) => None,
            None => is_native_inventory.then(|| "the inventory is truncated: it has no end line".to_owned()),
        }
    }
}
