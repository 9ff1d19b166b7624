//! One line of a bill.

use super::amount::Amount;

/// A line item. Texts that an export does not have are empty.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineItem<'l> {
    pub(super) cost: Amount,
    pub(super) currency: &'l str,
    pub(super) account: &'l str,
    /// The id or ARN of the resource; empty for taxes, credits and others.
    pub(super) resource: &'l str,
    /// The service, for lists.
    pub(super) service: &'l str,
    /// The product code, such as `AmazonEC2`.
    pub(super) code: &'l str,
    pub(super) region: &'l str,
    /// The kind of charge, such as `Usage` or `Tax`.
    pub(super) kind: &'l str,
    /// The ARN of the caller.
    pub(super) principal: &'l str,
}
