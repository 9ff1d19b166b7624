//! Resources of any type, from AWS's own indexes: Resource Explorer lists them, the tagging API has their tags.
//!
//! [`account`] reads one account. [`view`] reads all accounts that one view of Resource Explorer shows. An index is late and
//! may lack resources: what it does not tell is a gap or unknown ([`gaps`]), and a resource of which no index shows tags is
//! read from Cloud Control ([`confirm`]) before it is reported, and before a fix changes it ([`unlisted`]).

use self::confirm::GET_RESOURCE;
use self::explorer::{GET_DEFAULT_VIEW, GET_INDEX, GET_VIEW, LIST_INDEXES, LIST_TYPES, SEARCH};

pub(crate) mod account;
pub(crate) mod confirm;
pub(crate) mod explorer;
mod found;
mod gaps;
pub(crate) mod types;
pub(crate) mod unlisted;
pub(crate) mod view;
pub(crate) mod view_arn;

/// The actions on Resource Explorer and Cloud Control that a scan of any type needs.
pub(crate) const INDEX_ACTIONS: [&str; 7] =
    [GET_RESOURCE, GET_DEFAULT_VIEW, GET_INDEX, GET_VIEW, LIST_INDEXES, LIST_TYPES, SEARCH];

/// The actions on the view that a scan of one view needs.
pub(crate) const VIEW_ACTIONS: [&str; 2] = [GET_VIEW, SEARCH];
