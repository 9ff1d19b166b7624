//! The check: `run(settings, inputs) → Report`.
//!
//! An inventory is never held in memory. The first pass ([`run()`]) reads the inputs in chunks on all threads, evaluates
//! the rules, and keeps counts and one 24-byte entry for each resource with something to report. A report then reads
//! those lines again and evaluates the rules a second time, with messages. So memory does not grow with the size of the
//! input, and the order of a report does not depend on threads.
//!
//! Where the format has one finding on each line ([`Settings::finding_line`]), the first pass renders the findings of a
//! sorted input. They wait in a spool (`stream/spool.rs`) until the input is known to be valid, and the second pass renders
//! the rest.
//!
//! - `stream/` reads inputs: bytes, chunks, lines, the first and last line of an inventory, merging.
//! - `prefilter/` holds everything that exists only for speed. `TAGLINT_SLOW=1` runs without it, and the report is the
//!   same ([`QuickPaths`]).
//! - The other files hold the meaning: evaluation, waivers, baseline, counts, notices, redaction, rendering.

mod accounts;
mod alternatives;
mod baseline;
mod chunk_scan;
mod cost_totals;
mod costs;
mod coverage;
mod evaluate;
mod finding;
mod hidden;
mod inline_waivers;
mod input;
mod inventory_facts;
mod notice;
mod parts;
mod policy_tests;
mod prefilter;
mod redact;
mod render;
mod report;
mod report_entry;
mod report_notices;
mod report_part;
mod report_scope;
mod resource_index;
mod resources;
mod rule_set;
mod run;
mod settings;
mod stream;
mod summary;
mod targets;
mod waiver_matching;

pub use crate::base::digest::hex;
pub use baseline::{Baseline, BaselineEntry, BaselineError, BaselineKey};
pub use costs::{
    BillShares, CostPair, CostSum, CostSums, CostTotals, CostVerdict, ResourceCost, UnknownCost, UnmatchedCost,
};
pub use coverage::Coverage;
pub use evaluate::{evaluate, evaluate_rule};
pub use finding::{AppliedWaiver, BaselineState, Finding, Fingerprint, UnknownResult};
pub use hidden::{HIDDEN, HiddenTags, hide_key};
pub use inline_waivers::InlineWaiverUse;
pub use input::{Input, InputError, InputFoundBy, InputKind};
pub use inventory_facts::{InventoryFacts, resource_index};
pub use notice::Notice;
pub use parts::{Division, MAX_PARTS, PartField};
pub use policy_tests::{Difference, TestCoverage, TestResult, run_tests};
pub use prefilter::QuickPaths;
pub use redact::{MIN_REDACTION_KEY, Redactor};
pub use render::ResourceReport;
pub use report::Report;
pub use report_part::{NO_REGION, OTHER_PARTS, ReportPart, UNKNOWN_PART, WHOLE_RUN};
pub use report_scope::{CheckedAccount, CheckedInput, WaiverUse};
pub use resources::{find_resource, resources};
pub use run::run;
pub use settings::{FindingLine, Ownership, Settings};
pub use stream::{ByteSource, MAX_LINE, Merge, Merged};
pub use summary::{AccountSummary, Counts, RuleSummary, Summary, TypeSummary};
pub use targets::{Share, TargetCounts, TargetResult, TargetState, is_target};
