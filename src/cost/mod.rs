//! The bill: exports of AWS costs, read line by line into a sum for each resource and each principal.
//!
//! A line item is never kept. For each distinct resource id of the files, [`CostLedger`] keeps a hash and a sum, about 100
//! bytes, so memory does not grow with the number of line items.

mod amount;
mod columns;
mod ending;
mod error;
mod files;
mod keys;
mod ledger;
mod line_item;
mod period;
mod reader;
mod unpack;

pub use amount::Amount;
pub use error::CostError;
pub use files::{read_cost_stream, read_costs};
pub use keys::is_known_service;
pub use ledger::{CostLedger, LedgerGroup, LedgerHit, Lookup, OTHERS};
pub use period::Period;
