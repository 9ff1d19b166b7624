//! Encoders, one for each output language: text from outside goes in, text that means the same in that language comes out.
//!
//! Nothing an encoder writes ends the place it is written to: no value becomes a quote, a template, a formula, a link or a
//! tag. Hostile characters ([`crate::base::is_hostile`]) are escaped in the language's own way where it has one, so that
//! a parser reads the original text and a terminal shows nothing harmful. Where a language has no such escape they are
//! written as `\u{…}` ([`crate::base::escape`]).

pub mod csv;
pub mod hcl;
pub mod html;
pub mod json;
pub mod markdown;
pub mod shell;
