//! taglint: whether AWS resources are tagged as the company says they must be.
//!
//! The layers, from the ground up; imports go down only, which a test holds:
//!
//! * [`source`] and [`text`]: files that people wrote and places in them; hostile text made safe; globs.
//! * [`model`]: the nouns. A resource, its tags (known or unknown), an inventory with its gaps, what AWS itself demands.
//! * [`check`]: what a rule can demand of a resource, one file a kind. Every check gives one of three answers.
//! * [`policy`]: from TOML to rules. One table of fields makes the reader, the schema, `explain` and the docs.
//! * [`engine`]: every rule asked of every resource, streamed, on all threads; a report that reads its findings again.
//! * [`access`]: which IAM policies read which tags.
//! * [`report`]: one format a file. [`authoring`]: schema, explanations, imports and starters for policies.
//! * [`input`]: files into inventories. [`collect`] (feature `aws`): live accounts into inventories.
//! * [`cli`] and [`commands`]: the verbs. Only they know all the rest.
#![cfg_attr(not(feature = "aws"), allow(rustdoc::broken_intra_doc_links))]

pub mod access;
pub mod authoring;
pub mod check;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod commands;
pub mod engine;
pub mod fix;
pub mod input;
pub mod model;
pub mod policy;
pub mod report;
pub mod source;
pub mod text;
