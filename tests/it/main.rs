//! The program as its users run it: the real binary, real files, and (feature `aws`) the real SDK over HTTP against an
//! AWS emulator that these tests start.

#[cfg(not(feature = "sarif"))]
compile_error!("the integration tests need SARIF: add `--features sarif`");

mod access;
#[cfg(feature = "aws")]
mod access_live;
mod action;
mod added_tags;
mod bad_input;
mod budgets;
mod cdk;
mod check;
mod cloudformation;
mod cloudformation_files;
mod cloudformation_values;
mod common;
mod constructs;
mod contract;
mod corpus;
mod cost;
mod cost_bills;
mod cost_order;
mod coverage;
mod default_tags;
mod deployment;
mod devices;
mod docs;
mod dumps;
mod dumps_counted;
#[cfg(feature = "aws")]
mod emulator;
mod events;
mod expressions;
#[cfg(feature = "aws")]
mod faults;
mod fix;
#[cfg(feature = "aws")]
mod fix_agreement;
#[cfg(feature = "aws")]
mod fix_any;
#[cfg(feature = "aws")]
mod fix_apply;
mod fix_batches;
#[cfg(feature = "aws")]
mod fix_faults;
mod fix_properties;
mod fix_run;
#[cfg(feature = "aws")]
mod fix_safety;
mod fix_template;
#[cfg(feature = "aws")]
mod fix_trust;
#[cfg(feature = "aws")]
mod fix_unlisted;
mod folders;
mod formats;
#[cfg(all(feature = "aws", unix))]
mod function;
mod grace;
mod hostile;
mod html_page;
mod idle_flags;
mod lake;
#[cfg(feature = "aws")]
mod lake_live;
mod layers;
mod lists;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod live_accounts;
#[cfg(feature = "aws")]
mod live_any;
#[cfg(feature = "aws")]
mod live_bad;
#[cfg(feature = "aws")]
mod live_composite;
#[cfg(feature = "aws")]
mod live_connection;
#[cfg(feature = "aws")]
mod live_family;
#[cfg(feature = "aws")]
mod live_index;
#[cfg(feature = "aws")]
mod live_limits;
#[cfg(feature = "aws")]
mod live_org;
#[cfg(feature = "aws")]
mod live_scale;
mod managed;
mod merge;
#[cfg(unix)]
mod messages;
mod migration;
mod module_sources;
mod nested;
mod opens;
mod organization;
#[cfg(feature = "aws")]
mod parity;
#[cfg(feature = "aws")]
mod permissions;
mod places;
mod policies;
#[cfg(feature = "aws")]
mod policy_diff_live;
mod policy_export;
mod policy_from;
mod policy_lock;
mod policy_schema;
mod properties;
mod pyyaml;
mod quick_paths;
#[cfg(unix)]
mod recipes;
mod redaction;
mod registry;
mod registry_input;
mod registry_live;
mod registry_report;
mod repeated_keys;
mod report_facts;
mod resource_names;
mod runner_commands;
#[cfg(all(feature = "aws", unix))]
mod runtime_api;
mod sam;
mod sarif;
mod schemas;
mod secrets;
mod settings;
mod source;
mod source_callers;
mod source_graph;
mod source_limits;
mod source_plans;
mod source_values;
mod split_by;
mod standards;
mod target_shares;
mod targets;
mod terminal;
mod terraform;
mod terraform_inputs;
mod terraform_tool;
mod three_answers;
#[cfg(feature = "aws")]
mod truth;
mod types;
mod vocabulary;
