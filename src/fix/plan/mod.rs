//! Fix plans: built from findings, written as JSON, and validated again when they are read back.

mod feasibility;
mod model;
mod owner;
mod planned_state;
mod planner;
mod read;
mod readers;
mod replan;
mod resource_plan;
mod resource_state;
mod rule_failures;
mod step;

pub use model::{
    Access, Change, ChangeReason, NotEvaluated, NotFixed, Override, Overrides, Owner, OwnerKind, Plan, PolicyStamp,
    Rejection, Rename, VERSION,
};
pub use owner::update_owner;
pub(in crate::fix) use owner::{STACK_TAG_PREFIX, UNKNOWN as OWNER_UNKNOWN};
pub use planned_state::takes_from_users;
pub use planner::{PlanOptions, PlanOutput, make};
pub(in crate::fix) use read::not_taggable;
pub use read::{MAX_PLAN, PlanError, read};
pub use readers::{Readers, note_readers};
pub use replan::replan;
