//! taglint checks whether AWS resources are tagged as a company's policy says.
//!
//! The layers, from the ground up; imports go down only, and a test holds that:
//!
//! * [`base`]: source files and places in them, diagnostics, globs, text made safe to show.
//! * [`syntax`]: YAML, JSON and HCL as trees in which every node knows its place.
//! * [`aws`]: facts about AWS: resource types and their names, tag limits, key comparison.
//! * [`model`]: a resource, its tags (known or unknown), an inventory with its gaps.
//! * [`rule`]: the rule kinds, one file for each. A rule gives one verdict on a resource.
//! * [`policy`]: the TOML language. One table of fields makes the reader, the schema, `explain` and the docs.
//! * [`engine`]: the evaluation of every rule on every resource, streamed, on all threads.
//! * [`iam_policies`]: the IAM policies that read tags.
//! * [`report`]: the report formats, one file for each. [`authoring`]: schema, explanations, imports and starters.
//! * [`input`]: files into inventories. [`collect`] (feature `aws`): live accounts into inventories.
//! * [`fix`]: fix plans, their application with a journal, and exports.
//! * [`cli`] and [`commands`]: the command line and the verbs. Only they know all the rest.
#![cfg_attr(not(feature = "aws"), allow(rustdoc::broken_intra_doc_links))]

pub mod authoring;
pub mod aws;
pub mod base;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod commands;
pub mod engine;
pub mod fix;
pub mod iam_policies;
pub mod input;
pub mod model;
pub mod policy;
pub mod report;
pub mod rule;
pub mod syntax;
