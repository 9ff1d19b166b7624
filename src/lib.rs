//! taglint checks whether AWS resources are tagged as a company's policy says.
//!
//! The layers, lowest first. A layer imports only layers above it in this list; a test checks that.
//!
//! * [`base`]: source files and spans, diagnostics, globs, and the encoders of output languages.
//! * [`aws`]: facts about AWS: resource types and their names, tag limits, key comparison.
//! * [`syntax`]: parsers of YAML, JSON and HCL. Their trees have the span of each node.
//! * [`model`]: resources, their tags (known or unknown), and inventories with their gaps.
//! * [`cost`]: exports of AWS costs as a sum for each resource.
//! * [`rule`]: the kinds of rules, one file or folder for each. A rule gives one verdict on a resource.
//! * [`policy`]: policies in TOML. One table of fields makes the parser, the schema, `explain` and the docs.
//! * [`engine`]: the evaluation of every rule on every resource, streamed, on all threads.
//! * [`iam_policies`]: the IAM policies that read tags.
//! * [`report`]: the report formats, one file for each.
//! * [`authoring`]: the JSON Schema, explanations, imports and starter policies.
//! * [`fix`]: fix plans, their application with a journal, and exports.
//! * [`input`]: conversion of files to inventories.
//! * [`collect`] (feature `aws`): conversion of live accounts to inventories.
//! * [`cli`]: the command line arguments.
//! * [`commands`]: the commands. They connect the other layers.
#![cfg_attr(not(feature = "aws"), allow(rustdoc::broken_intra_doc_links))]

pub mod authoring;
pub mod aws;
pub mod base;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod commands;
pub mod cost;
pub mod engine;
pub mod fix;
pub mod history;
pub mod iam_policies;
pub mod input;
pub mod model;
pub mod policy;
pub mod report;
pub mod rule;
pub mod syntax;
