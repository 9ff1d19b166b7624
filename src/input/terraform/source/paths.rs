//! `path.*`, and the functions of paths. Terraform is expected to run in the folder of the root module.

use std::path::Path;

use super::eval::{EvaluationContext, HclEvaluator};
use super::path_text::clean;
use super::value::{HclValue, UnknownReason};

impl HclEvaluator {
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

    /// The functions whose result depends on the folder of Terraform.
    pub(super) fn in_context(&self, _env: EvaluationContext<'_>, name: &str, args: &[HclValue]) -> Option<HclValue> {
        let ("abspath", [path]) = (name, args) else { return None };
        let result = path.as_text().and_then(|path| {
            let folder = self.scopes.root.module.folder.to_str().filter(|folder| !folder.is_empty());
            let folder = folder.ok_or_else(|| UnknownReason::from("abspath() of a text without a folder"))?;
            Ok(clean(&if path.starts_with('/') { path.to_string() } else { format!("{folder}/{path}") }))
        });
        Some(result.map_or_else(HclValue::unknown, HclValue::text).with_sensitivity(path.sensitive))
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
