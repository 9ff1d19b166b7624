//! Bounds of inputs. Readers recurse, and a thread's stack is finite: input that nests deeper is refused with a message
//! instead of ending the process.

/// Tables and lists of a policy.
pub const POLICY_NESTING: usize = 32;

/// Policy files that extend each other, by depth.
pub const EXTENDS_NESTING: usize = 32;

/// Conditions inside conditions of a rule (`any`, `not`).
pub const CONDITION_NESTING: usize = 8;

/// Nodes of a YAML or JSON document, and the values of expressions. No template or plan needs more.
pub const DOCUMENT_NESTING: usize = 64;

/// Expressions inside expressions, through the names that they use (Terraform), and conditions inside conditions
/// (`CloudFormation`).
pub const EXPRESSION_NESTING: usize = 120;

/// Terraform modules that call each other, by depth.
pub const MODULE_NESTING: usize = 32;

/// `CloudFormation` stacks in stacks, and CDK assemblies in assemblies.
pub const STACK_NESTING: usize = 8;

/// The largest zstd window, as a power of two (8 MiB). The sender of a file chooses the window, and the reader has to
/// allocate it: `collect` writes no larger one, and inputs with a larger one are refused.
pub const ZSTD_WINDOW_LOG: u32 = 23;
