//! The inputs of an import.

/// A file to import.
#[derive(Debug, Clone)]
pub struct ImportInput {
    /// Its name in messages. The extension `.tf` marks Terraform source.
    pub name: String,
    /// Its text.
    pub text: String,
}
