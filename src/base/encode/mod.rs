//! Encoders, one for each output language. They convert text from outside to text with the same meaning in that
//! language.
//!
//! The output of an encoder stays inside the place where it is written: no value becomes a quote, a template, a
//! formula, a link or a tag. Hostile characters ([`crate::base::is_hostile`]) are escaped in the way of the language if
//! it has one, so that a parser reads the original text and a terminal shows nothing harmful. In other languages they
//! are written as `\u{…}` ([`crate::base::escape`]).

pub mod csv;
pub mod hcl;
pub mod html;
pub mod json;
pub mod markdown;
pub mod script;
pub mod shell;
pub mod slack;
pub mod xlsx;
pub mod yaml;

/// Adds a character to a string in double quotes, for languages with the escapes `\"`, `\\`, `\uXXXX` and `\UXXXXXXXX`.
fn push_quoted(out: &mut String, c: char) {
    use std::fmt::Write as _;
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        _ if crate::base::is_hostile(c) => {
            let _ = match u32::from(c) {
                code @ 0..=0xffff => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            };
        }
        _ => out.push(c),
    }
}
