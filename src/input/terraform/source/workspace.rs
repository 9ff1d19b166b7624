//! `terraform.workspace`.

use std::path::Path;

use super::eval::HclEvaluator;
use super::files::ReadBoundary;
use super::value::HclValue;
use crate::base::read_regular;

/// The bytes of the name of a workspace.
const MAX_NAME: u64 = 1 << 10;

/// The workspace that `terraform workspace select` wrote into the folder of a root module.
pub(super) fn selected(folder: &Path, boundary: &ReadBoundary) -> Option<String> {
    let path = boundary.resolve(&folder.join(".terraform/environment"))?;
    let name = String::from_utf8(read_regular(&path, MAX_NAME).ok()?).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

impl HclEvaluator {
    /// The selected workspace. Without one it is not certain that it is `default`: a pipeline may select another.
    pub(super) fn workspace(&self) -> HclValue {
        match &self.scopes.root.workspace {
            Some(name) => HclValue::text(name.as_str()),
            None => HclValue::unknown("`terraform.workspace` is not selected (`--workspace`)"),
        }
    }
}
