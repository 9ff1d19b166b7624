//! The bounds of evaluating one file.

use std::cell::Cell;

/// The maximum depth of names that name each other.
pub(super) const MAX_DEPTH: u32 = 30;
/// The number of steps in one file.
const MAX_STEPS: usize = 100_000;
/// The bytes of text that one step copies.
const BYTES: usize = 64;

/// The steps that a file may still take: its names can name each other, and each use of a name copies its text.
pub(super) struct Steps(Cell<usize>);

impl Default for Steps {
    fn default() -> Self {
        Self(Cell::new(MAX_STEPS))
    }
}

impl Steps {
    /// Takes the steps of a value with a text of this length. Returns `false` if too few are left.
    pub(super) fn take(&self, text: usize) -> bool {
        let left = self.0.get().checked_sub(1 + text / BYTES);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::authoring::import::ImportError;
    use crate::authoring::import::testing::import_texts;

    #[test]
    fn names_that_multiply_a_text_are_not_known() {
        let long = "x".repeat(100_000);
        let doubled: Vec<String> =
            (1..=14).map(|at| format!(" a{at} = \"${{local.a{0}}}${{local.a{0}}}\"\n", at - 1)).collect();
        let doubled = doubled.concat();
        let source = format!(
            "locals {{\n a0 = \"{long}\"\n{doubled}}}\nresource \"aws_config_config_rule\" \"r\" {{\n name = local.a14\n \
             source {{\n source_identifier = \"REQUIRED_TAGS\"\n }}\n input_parameters = {{ tag1Key = \"Owner\" }}\n}}\n"
        );
        let template = format!(
            "Parameters:\n  A: {{Type: String, Default: {long}}}\nResources:\n  R:\n    Type: AWS::Config::ConfigRule\n    \
             Properties:\n      Source: {{SourceIdentifier: REQUIRED_TAGS}}\n      InputParameters: {{tag1Key: Owner}}\n      \
             ConfigRuleName: !Sub '{}'\n",
            "${A}".repeat(100_000)
        );
        // The steps end before the rest of the file is known.
        assert!(matches!(import_texts(&[("a.tf", &source)]), Err(ImportError::Nothing(_))));
        let imported = import_texts(&[("a.yaml", &template)]).unwrap();
        assert!(imported.policy.len() < 10_000 && imported.policy.contains("key = \"Owner\""));
    }
}
