//! What stands around the resources of one inventory: its first and last line, and whether it is whole.

use super::chunk::RawLine;
use super::order::Order;
use super::report::source_gap;
use super::store::{Input, InputError, MAX_LINE};
use crate::model::{
    FastLine, Gap, InventoryHeader, LineError, Marker, Resource, TagOffsets, parse_marker, parse_resource,
    read_resource,
};

/// What is seen of the lines of one piece, besides their resources.
#[derive(Default)]
pub(super) struct Seen {
    /// Lines that start in the piece.
    lines: u64,
    resources: u64,
    /// Header and end lines: number in the piece, and what it is.
    markers: Vec<(u64, Marker)>,
    /// The first line that is wrong, and whether it has its line end.
    wrong: Option<(u64, String, bool)>,
    wrongs: u64,
    /// The number of the last line that is not blank.
    last_line: Option<u64>,
    pub(super) order: Order,
}

/// What one line is.
pub(super) enum Found<'b, 'p> {
    /// No resource.
    Nothing,
    /// A resource that is taken apart where it stands.
    FastLine(FastLine<'b, 'p>),
    /// A resource that had to be read.
    Resource,
}

impl Seen {
    /// Takes note of one line. A resource that is not plain is read into `resource`, whose memory is used again.
    pub(super) fn read<'b, 'p>(
        &mut self,
        line: RawLine<'b>,
        places: &'p mut TagOffsets,
        resource: &mut Resource<'b>,
    ) -> Found<'b, 'p> {
        self.lines += 1;
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            return Found::Nothing;
        }
        self.last_line = Some(line.number);
        if line.bytes.len() > MAX_LINE {
            self.wrong(line, format!("the line is longer than {} MiB", MAX_LINE >> 20));
            return Found::Nothing;
        }
        if let Some(plain) = line.text.and_then(|text| FastLine::of(text, places)) {
            self.resources += 1;
            self.order.next(plain.order());
            return Found::FastLine(plain);
        }
        let read = match parse_marker(line.bytes) {
            // Text that came here is not plain: there is no need to try that again.
            None => match line.text {
                Some(text) => parse_resource(text).map(|read| *resource = read),
                None => read_resource(line.bytes, resource),
            }
            .map(|()| None),
            Some(marker) => marker.map(Some),
        };
        match read {
            Ok(None) => {
                self.resources += 1;
                self.order.next_resource(resource);
                return Found::Resource;
            }
            Ok(Some(marker)) => self.markers.push((line.number, marker)),
            Err(error) => self.wrong(line, explain(&error)),
        }
        Found::Nothing
    }

    fn wrong(&mut self, line: RawLine<'_>, message: String) {
        self.wrongs += 1;
        if self.wrong.is_none() {
            self.wrong = Some((line.number, message, line.ended));
        }
    }
}

fn explain(error: &LineError) -> String {
    match error {
        LineError::Version(_) => format!("{error}; update taglint"),
        _ => error.to_string(),
    }
}

/// What stands around the resources of one input.
pub(super) struct Frame {
    /// The first line, where there is one.
    pub(super) header: Option<InventoryHeader>,
    /// What the inventory says was not read, and what is missing from the inventory itself.
    pub(super) gaps: Vec<Gap>,
    /// Regions that were left out because the account has them switched off.
    pub(super) not_enabled: Vec<String>,
    /// How many resources have their tags from the tagging API's index.
    pub(super) indexed: u64,
}

impl Frame {
    /// What the pieces of an input make together.
    ///
    /// # Errors
    /// [`InputError`] where lines are wrong: then nothing of the input can be trusted.
    pub(super) fn of<'s>(input: &Input, pieces: impl Iterator<Item = &'s Seen>) -> Result<Self, InputError> {
        let name = || input.name.clone();
        let mut gaps = input.gaps.clone();
        let (mut header, mut end, mut base, mut last_line) = (None, None, 0_u64, 0_u64);
        let (mut wrong, mut wrongs) = (None, 0_u64);
        let mut resources = 0;
        for piece in pieces {
            for (number, marker) in &piece.markers {
                let line = base + number + 1;
                match marker {
                    Marker::Header(found) if line == 1 => header = Some(found.clone()),
                    Marker::End(found) if end.is_none() => end = Some((line, found.clone())),
                    Marker::Header(_) | Marker::End(_) => {
                        return Err(InputError::Line {
                            name: name(),
                            line,
                            message: "a second inventory begins or ends in this one; name both files, or put them together with `taglint merge`".to_owned(),
                            more: 0,
                        });
                    }
                }
            }
            if let (None, Some((number, message, ended))) = (&wrong, &piece.wrong) {
                wrong = Some((base + number + 1, message.clone(), *ended));
            }
            wrongs += piece.wrongs;
            last_line = piece.last_line.map_or(last_line, |number| base + number + 1);
            base += piece.lines;
            resources += piece.resources;
        }
        match wrong {
            // A file that breaks off in the middle of its last line: what came before is good.
            Some((line, _, false)) if wrongs == 1 && line == last_line && line > 1 => {}
            Some((line, message, _)) => return Err(InputError::Line { name: name(), line, message, more: wrongs - 1 }),
            None => {}
        }
        match &end {
            Some((line, _)) if *line != last_line => {
                return Err(InputError::Line {
                    name: name(),
                    line: line + 1,
                    message: "there are lines after the inventory's end".to_owned(),
                    more: 0,
                });
            }
            Some((_, end)) => {
                gaps.extend(end.unread.iter().cloned());
                if end.resources != resources {
                    gaps.push(source_gap(format!(
                        "{}: the inventory says that it has {} resources, and has {resources}",
                        input.name, end.resources
                    )));
                }
            }
            None if input.foreign => {}
            None => {
                gaps.push(source_gap(format!("{}: the inventory breaks off: its last line is not there", input.name)));
            }
        }
        if last_line == 0 && !input.foreign {
            return Err(InputError::Whole { name: name(), message: "the input is empty".to_owned() });
        }
        let (indexed, not_enabled) = end.map_or_else(Default::default, |(_, end)| (end.indexed, end.not_enabled));
        Ok(Self { header, gaps, not_enabled, indexed })
    }
}
