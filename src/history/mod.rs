//! The history of tags over the days of several inventories. A day on which a resource could not be read is unknown:
//! neither right nor wrong.
//!
//! [`coverage`] knows what each day covers, [`standing`] keeps one entry for each resource, and [`resource`] the tags of
//! one resource by day.

mod coverage;
mod csv;
mod format;
mod json;
mod report;
mod resource;
mod standing;
mod text;

pub use coverage::{Cell, Coverage, DayGap};
pub use format::{HISTORY_FORMATS, HistoryFormat};
pub use report::{HistoryReport, ResourceHistoryReport, StandingRow};
pub use resource::{Change, DayState, Period, periods};
pub use standing::{Observed, Standing, Standings, Status, digest};
