//! Commands that CI runners obey in a job's log, taken out of what is printed.
//!
//! GitHub's runner obeys `::name::` at the start of a line, after white space, and `##[name]` anywhere in a line. Azure
//! Pipelines obeys `##vso[` and `##[`, `TeamCity` `##teamcity[`. Every line that a command prints may hold text from outside,
//! such as a tag key, so none may form such a command.

use std::borrow::Cow;
use std::io::{self, Write};

use memchr::{memchr, memmem};

/// The start of commands that count anywhere in a line, in lowercase.
const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];
/// The length of the longest of them, in bytes.
const MAX_COMMAND: usize = 11;
/// The number of bytes of one line that are kept before they are written.
const MAX_LINE: usize = 1 << 20;

/// The spelling of a character that would form a command, so that readers of the format still read the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSpelling {
    /// `\u{5b}`, for people.
    Text,
    /// `\u005b`, the escape in a string of JSON.
    Json,
    /// `&#91;`, the character reference of HTML and XML.
    Markup,
    /// Nothing is changed: the format consists of such commands and encodes text from outside itself.
    Commands,
    /// Nothing is changed: the format is not text, and only files get it.
    Binary,
}

impl LogSpelling {
    fn bracket(self) -> &'static str {
        match self {
            Self::Text => "\\u{5b}",
            Self::Json => "\\u005b",
            Self::Markup => "&#91;",
            Self::Commands | Self::Binary => "[",
        }
    }

    fn colon(self) -> &'static str {
        match self {
            Self::Text => "\\u{3a}",
            // A line of JSON begins with a bracket or a quotation mark, never with text from outside.
            Self::Json | Self::Commands | Self::Binary => ":",
            Self::Markup => "&#58;",
        }
    }
}

/// One or several lines without commands.
#[must_use]
pub fn without_commands(text: &str, spelling: LogSpelling) -> Cow<'_, str> {
    if matches!(spelling, LogSpelling::Commands | LogSpelling::Binary) || !(text.contains("##") || text.contains("::"))
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive('\n').map(|line| line_without_commands(line, spelling, true)).collect())
}

/// A part of a line, not its start, without commands.
#[must_use]
pub fn without_inner_commands(text: &str, spelling: LogSpelling) -> Cow<'_, str> {
    line_without_commands(text, spelling, false)
}

/// A line, or a part of one that is its start or not.
fn line_without_commands(line: &str, spelling: LogSpelling, is_start: bool) -> Cow<'_, str> {
    let line = if is_start { without_first_colon(line, spelling) } else { Cow::Borrowed(line) };
    if !line.contains("##") {
        return line;
    }
    let lower = line.to_ascii_lowercase();
    let mut brackets: Vec<usize> = ANYWHERE
        .iter()
        .flat_map(|command| lower.match_indices(command).map(|(at, found)| at + found.len() - 1))
        .collect();
    brackets.sort_unstable();
    let (mut out, mut from) = (String::with_capacity(line.len() + 8 * brackets.len()), 0);
    for at in brackets {
        out.push_str(&line[from..at]);
        out.push_str(spelling.bracket());
        from = at + 1;
    }
    out.push_str(&line[from..]);
    Cow::Owned(out)
}

/// A line whose first colon is spelled out if the line begins with `::` after white space and colors.
fn without_first_colon(line: &str, spelling: LogSpelling) -> Cow<'_, str> {
    let at = line.len() - after_blanks(line).len();
    if !line[at..].starts_with("::") {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}{}{}", &line[..at], spelling.colon(), &line[at + 1..]))
}

/// A line after its white space and its ANSI sequences (`ESC [ … m`).
fn after_blanks(line: &str) -> &str {
    let mut rest = line.trim_start();
    while let Some(sequence) = rest.strip_prefix("\u{1b}[") {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).map_or(sequence.len(), |end| end + 1);
        rest = sequence[end..].trim_start();
    }
    rest
}

/// A writer that takes commands out of every line.
pub struct CommandGuard<W: Write> {
    inner: W,
    spelling: LogSpelling,
    line: Vec<u8>,
    is_start: bool,
}

impl<W: Write> CommandGuard<W> {
    /// A guard of a stream at the start of a line.
    pub fn new(inner: W, spelling: LogSpelling) -> Self {
        Self { inner, spelling, line: Vec::new(), is_start: true }
    }

    /// Writes the kept bytes except the last `keep`.
    fn write_line(&mut self, keep: usize) -> io::Result<()> {
        let mut end = self.line.len() - keep.min(self.line.len());
        // A character is never split.
        while end > 0 && end < self.line.len() && self.line[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        let line = String::from_utf8_lossy(&self.line[..end]);
        let safe = line_without_commands(&line, self.spelling, self.is_start);
        self.inner.write_all(safe.as_bytes())?;
        self.is_start = self.line[..end].ends_with(b"\n") || (self.is_start && end == 0);
        self.line.drain(..end);
        Ok(())
    }
}

impl<W: Write> Write for CommandGuard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.spelling, LogSpelling::Commands | LogSpelling::Binary) {
            return self.inner.write(bytes);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).map(|at| at + 1);
            let part = &rest[..end.unwrap_or(rest.len())];
            let is_plain = self.spelling == LogSpelling::Json && self.line.is_empty() && end.is_some();
            if is_plain && memmem::find(part, b"##").is_none() {
                self.inner.write_all(part)?;
            } else {
                self.line.extend_from_slice(part);
                if end.is_some() {
                    self.write_line(0)?;
                } else if self.line.len() > MAX_LINE {
                    self.write_line(MAX_COMMAND)?;
                }
            }
            rest = &rest[part.len()..];
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_line(0)?;
        self.inner.flush()
    }
}

/// Prints text to standard error without commands. A closed standard error is no reason to stop.
pub fn print_stderr(text: &str) {
    drop(io::stderr().lock().write_all(without_commands(text, LogSpelling::Text).as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `true` if a runner obeys a line.
    fn is_command(line: &str) -> bool {
        let lower = line.to_ascii_lowercase();
        ANYWHERE.iter().any(|command| lower.contains(command))
            || after_blanks(line).strip_prefix("::").is_some_and(|rest| rest.contains("::"))
    }

    const HOSTILE: [&str; 9] = [
        "::error::x",
        "  \u{a0}\u{3000}::add-mask::x",
        "\u{1b}[1m \u{1b}[31m::stop-commands::x",
        "a ##[error]b ##[group]c",
        "##vso[task.setvariable variable=x]y",
        "##VSO[task.complete]",
        "a ##teamcity[buildStatus status='SUCCESS']",
        "###[error]x",
        "##[[##[error]",
    ];

    #[test]
    fn no_line_is_a_command_and_readers_of_the_format_read_the_same() {
        for text in HOSTILE {
            for spelling in [LogSpelling::Text, LogSpelling::Markup] {
                let safe = without_commands(text, spelling);
                assert!(!is_command(&safe), "{safe}");
            }
            let json = serde_json::to_string(&[text]).unwrap();
            let safe = without_commands(&json, LogSpelling::Json);
            assert!(!is_command(&safe), "{safe}");
            assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [text]);
        }
        for plain in ["a :: b", "# [x]", "x::y", "arn:aws:iam::1:user/a"] {
            assert_eq!(without_commands(plain, LogSpelling::Text), plain);
        }
    }

    #[test]
    fn a_command_that_is_written_in_pieces_is_none() {
        let text = format!("{}\n{}", HOSTILE.join("\n"), HOSTILE[0]);
        for size in 1..40 {
            let mut out = Vec::new();
            let mut guard = CommandGuard::new(&mut out, LogSpelling::Text);
            for piece in text.as_bytes().chunks(size) {
                guard.write_all(piece).unwrap();
            }
            guard.flush().unwrap();
            drop(guard);
            assert_eq!(String::from_utf8(out).unwrap(), without_commands(&text, LogSpelling::Text), "{size}");
        }
    }

    #[test]
    fn a_command_in_a_line_beyond_the_bound_is_none() {
        let text = format!("{}##[error]x\n", "é".repeat(MAX_LINE / 2 - 1));
        let mut out = Vec::new();
        let mut guard = CommandGuard::new(&mut out, LogSpelling::Text);
        text.as_bytes().chunks(4096).for_each(|piece| guard.write_all(piece).unwrap());
        guard.flush().unwrap();
        drop(guard);
        assert!(!is_command(&String::from_utf8(out).unwrap()));
    }
}
