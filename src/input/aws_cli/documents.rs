//! The JSON documents of an output.

use serde::Deserialize;

use super::top_level::{Key, TopLevel};
use crate::engine::InputError;

/// The next step after an error.
const HELP: &str = "give whole outputs of the AWS CLI as JSON (--output json); docs/dumps.md lists the commands";

/// One JSON document of an output.
pub(super) struct Document<'a> {
    /// The name of the input.
    pub(super) name: &'a str,
    /// Its keys.
    pub(super) keys: Vec<Key>,
    text: &'a [u8],
    /// The line of the input that it begins in, from 1.
    line: u64,
}

impl<'a> Document<'a> {
    /// The document as a type.
    ///
    /// # Errors
    /// [`InputError::Document`] if a field is missing or has another form.
    pub(super) fn parse<T: Deserialize<'a>>(&self, command: &str) -> Result<T, InputError> {
        serde_json::from_slice(self.text).map_err(|error| {
            let what = format!("not what `aws {command}` prints as JSON");
            json_error(self.name, self.line, &what, &error)
        })
    }

    /// An error of the whole document.
    pub(super) fn invalid(&self, message: &str) -> InputError {
        InputError::Document { name: self.name.to_owned(), line: self.line, message: message.to_owned(), help: HELP }
    }
}

/// The documents of an input, in order.
pub(super) struct Documents<'a> {
    name: &'a str,
    text: &'a [u8],
    /// The end of the last document.
    offset: usize,
    line: u64,
    has_failed: bool,
}

impl<'a> Documents<'a> {
    pub(super) fn new(name: &'a str, text: &'a [u8]) -> Self {
        Self { name, text, offset: 0, line: 1, has_failed: false }
    }

    /// An error of the line after the last document.
    pub(super) fn invalid(&self, message: &str) -> InputError {
        InputError::Document { name: self.name.to_owned(), line: self.line, message: message.to_owned(), help: HELP }
    }

    fn skip_to(&mut self, offset: usize) {
        self.line += memchr::memchr_iter(b'\n', &self.text[self.offset..offset]).count() as u64;
        self.offset = offset;
    }
}

impl<'a> Iterator for Documents<'a> {
    type Item = Result<Document<'a>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.offset..];
        let start = self.text.len() - rest.trim_ascii_start().len();
        if self.has_failed || start == self.text.len() {
            return None;
        }
        self.skip_to(start);
        let (rest, line) = (&self.text[start..], self.line);
        let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<TopLevel>();
        Some(match stream.next()? {
            Ok(TopLevel(keys)) => {
                let end = stream.byte_offset();
                self.skip_to(start + end);
                Ok(Document { name: self.name, keys, text: &rest[..end], line })
            }
            Err(error) => {
                self.has_failed = true;
                Err(json_error(self.name, line, "not a JSON object as the AWS CLI prints it", &error))
            }
        })
    }
}

/// An error of JSON text that begins in a line, with its line and column.
fn json_error(name: &str, line: u64, what: &str, error: &serde_json::Error) -> InputError {
    let text = error.to_string();
    let reason = &text[..text.rfind(" at line ").unwrap_or(text.len())];
    let hint = if error.is_eof() { "; the output breaks off" } else { "" };
    let message = format!("{what}: {reason} (column {}){hint}", error.column());
    let line = line + (error.line() as u64).saturating_sub(1);
    InputError::Document { name: name.to_owned(), line, message, help: HELP }
}
