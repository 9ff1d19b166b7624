//! The functions that read files inside the folder that is checked.

use std::path::Path;

use super::eval::{EvaluationContext, HclEvaluator};
use super::functions;
use super::path_text::clean;
use super::value::{HclValue, MAX_TEXT, UnknownReason};
use crate::base::read_regular;

/// The steps that reading a file costs.
const COST_OF_A_FILE: usize = 100;

/// The functions of a file, each with the function of its text.
const OF_TEXT: &[(&str, &str)] = &[
    ("filebase64", "base64encode"),
    ("filebase64sha256", "base64sha256"),
    ("filebase64sha512", "base64sha512"),
    ("filemd5", "md5"),
    ("filesha1", "sha1"),
    ("filesha256", "sha256"),
    ("filesha512", "sha512"),
];

impl HclEvaluator {
    /// The functions whose result depends on the folder of Terraform.
    pub(super) fn in_context(
        &mut self,
        env: EvaluationContext<'_>,
        name: &str,
        args: &[HclValue],
    ) -> Option<HclValue> {
        if let ("templatefile" | "templatestring", [template, names]) = (name, args) {
            return Some(self.rendered(env, name, template, names));
        }
        if let ("fileset", [folder, pattern]) = (name, args) {
            let value = self.fileset(folder, pattern).unwrap_or_else(HclValue::unknown);
            return Some(value.with_sensitivity(folder.sensitive || pattern.sensitive));
        }
        let [path] = args else { return None };
        let result = match name {
            "abspath" => path.as_text().and_then(|path| self.absolute(&path)).map(HclValue::text),
            "file" => path.as_text().and_then(|path| self.file_text(&path)).map(HclValue::text),
            "fileexists" => path.as_text().and_then(|path| self.file_exists(&path)).map(HclValue::bool),
            _ => {
                let (_, of_text) = OF_TEXT.iter().find(|(function, _)| *function == name)?;
                path.as_text().and_then(|path| self.file_text(&path)).and_then(|text| {
                    // A value of Terraform has the composed form of a text, and a file any bytes.
                    let is_ascii = text.is_ascii();
                    let text = is_ascii.then(|| HclValue::text(text)).ok_or("a file with characters beyond ASCII")?;
                    Ok(functions::call(of_text, &[text]))
                })
            }
        };
        Some(result.unwrap_or_else(HclValue::unknown).with_sensitivity(path.sensitive))
    }

    /// A path in the folder of the root module.
    pub(super) fn absolute(&self, path: &str) -> Result<String, UnknownReason> {
        let folder = self.scopes.root.module.folder.to_str().filter(|folder| !folder.is_empty());
        let folder = folder.ok_or_else(|| UnknownReason::from("a path of a text without a folder"))?;
        Ok(clean(&if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") }))
    }

    /// The text of a file.
    pub(super) fn file_text(&mut self, path: &str) -> Result<String, UnknownReason> {
        let place = self.absolute(path)?;
        if path.starts_with('~') || !self.spend(COST_OF_A_FILE) {
            return Err("too large to evaluate, or a file in a home folder".into());
        }
        // A build may write a file that is not there.
        let found = self.scopes.project.resolve(Path::new(&place));
        let found = found.ok_or("a file that is not there, or is outside the checked folder")?;
        let bytes = read_regular(&found, MAX_TEXT as u64);
        let bytes = bytes.map_err(|error| UnknownReason::from(format!("a file that cannot be read: {error}")))?;
        String::from_utf8(bytes).map_err(|_| UnknownReason::failure("file() of bytes that are no text"))
    }

    /// Returns whether a file exists: a build may write one that does not.
    fn file_exists(&self, path: &str) -> Result<bool, UnknownReason> {
        let place = self.absolute(path)?;
        let found = self.scopes.project.resolve(Path::new(&place)).filter(|found| found.is_file());
        found.map(|_| true).ok_or_else(|| "a file that is not there, or is outside the checked folder".into())
    }
}
