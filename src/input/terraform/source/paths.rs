//! `path.*` and `terraform.workspace`. Terraform is expected to run in the folder of the root module.

use std::path::Path;

use super::eval::{EvaluationContext, HclEvaluator};
use super::value::HclValue;
use crate::model::NO_WORKSPACE;

impl HclEvaluator {
    /// The selected workspace. Without one it is not certain that it is `default`: a pipeline may select another.
    pub(super) fn workspace(&self) -> HclValue {
        match &self.scopes.root.workspace {
            Some(name) => HclValue::text(name.as_str()),
            None => HclValue::unknown(format!("`terraform.workspace` {NO_WORKSPACE}")),
        }
    }

    /// `path.module`, `path.root` and `path.cwd`.
    pub(super) fn path_value(&self, env: EvaluationContext<'_>, name: &str) -> HclValue {
        let root = &self.scopes.root.module.folder;
        if root.as_os_str().is_empty() {
            return HclValue::unknown(format!("`path.{name}` of a text without a folder"));
        }
        let text = match name {
            "root" => Some(".".to_owned()),
            "cwd" => root.to_str().map(str::to_owned),
            "module" => relative(root, &self.scope(env.scope).module.folder),
            _ => None,
        };
        text.map_or_else(|| HclValue::unknown(format!("`path.{name}` is not decided by source")), HclValue::text)
    }
}

/// The path of a folder below another; `None` for a folder elsewhere.
fn relative(root: &Path, folder: &Path) -> Option<String> {
    if root == folder {
        return Some(".".to_owned());
    }
    let up = root.ancestors().position(|above| folder.starts_with(above))?;
    let above = root.ancestors().nth(up)?;
    let below = folder.strip_prefix(above).ok()?.to_str()?;
    let parts: Vec<&str> = std::iter::repeat_n("..", up).chain((!below.is_empty()).then_some(below)).collect();
    Some(parts.join("/"))
}
