//! The options of reading inputs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::cloudformation::GivenParameter;
use super::unpack_budget::UnpackBudget;
use crate::base::ReadProgress;
use crate::model::lake::DayRange;

/// A format that an input can be forced to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputFormat {
    /// The value of `--input-format`.
    pub name: &'static str,
    /// A summary for the help.
    pub about: &'static str,
}

/// The days of a lake that are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LakeDays {
    /// The newest day.
    #[default]
    Newest,
    /// The newest inventory of each account in a range.
    Range(DayRange),
    /// Every inventory.
    All,
}

/// The options of reading inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputOptions {
    /// The format of every input (`--input-format`); `None`: the content decides.
    pub format: Option<InputFormat>,
    /// The folder of the source that a plan was made from (`--source`); `None`: the plan's own folder.
    pub source: Option<PathBuf>,
    /// `true` for the changed resources of a plan (`--changed`), `false` for all (`--all`); `None`: the default of the
    /// reader, which is `--changed` for plans and all for other inputs.
    pub changed: Option<bool>,
    /// Tags that a stack is deployed with (`--stack-tag`), each key once.
    pub stack_tags: Vec<(String, String)>,
    /// Parameters that a stack is deployed with (`--parameter`, `--parameters`), by name.
    pub parameters: BTreeMap<String, GivenParameter>,
    /// The name of the stack of a template that does not name it (`--stack-name`).
    pub stack_name: Option<String>,
    /// Files with values of Terraform variables (`--var-file`); later ones win.
    pub variable_files: Vec<PathBuf>,
    /// Values of Terraform variables (`--var`), which win over those of files; the last one of a name wins.
    pub variables: Vec<(String, String)>,
    /// The selected workspace of Terraform source (`--workspace`).
    pub workspace: Option<String>,
    /// The account of resources whose source does not state it (`--account`), twelve digits.
    pub account: Option<String>,
    /// The region of resources whose source does not state it (`--region`). IAM resources never have one.
    pub region: Option<String>,
    /// The days that are read of a lake (`--day`).
    pub lake_days: LakeDays,
    /// True for several inputs: resources that only the path of their input distinguishes then carry that path.
    pub several: bool,
    /// The folder that locations are relative to and that contains every file that is read (`--srcroot`, else the root
    /// of the repository).
    pub srcroot: PathBuf,
    /// The bytes that streams and compressed files may unpack to.
    pub unpack: UnpackBudget,
    /// The progress of the reads, for those who wait for them.
    pub progress: ReadProgress,
}

impl InputOptions {
    /// Returns whether only changed resources of a plan are checked.
    #[must_use]
    pub fn only_changed(&self) -> bool {
        self.changed.unwrap_or(true)
    }
}
