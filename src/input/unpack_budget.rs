//! The bound of what the streams and compressed files of a run unpack to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::size;

/// The default total in bytes: an inventory of 15 million resources.
const TOTAL: u64 = 8 << 30;
/// The default multiple of the compressed size. Inventories have 10 to 60 times theirs, bombs about 1000 times.
const RATIO: u64 = 100;
/// The size in bytes that every compressed file may have.
const ALWAYS: u64 = 64 << 20;

/// The environment variable with another total.
pub const MAX_UNPACKED: &str = "TAGLINT_MAX_UNPACKED";

/// The bytes that the streams and compressed files of a run may have in memory and in temporary files. Copies share one
/// total.
#[derive(Debug, Clone)]
pub struct UnpackBudget {
    total: u64,
    /// The multiple of its compressed size that a file may have, if it is bounded.
    ratio: Option<u64>,
    used: Arc<AtomicU64>,
}

impl Default for UnpackBudget {
    fn default() -> Self {
        Self { total: TOTAL, ratio: Some(RATIO), used: Arc::default() }
    }
}

impl PartialEq for UnpackBudget {
    fn eq(&self, other: &Self) -> bool {
        (self.total, self.ratio) == (other.total, other.ratio)
    }
}

impl Eq for UnpackBudget {}

impl UnpackBudget {
    /// A total that a person chose. It is the only bound.
    #[must_use]
    pub fn of_total(total: u64) -> Self {
        Self { total, ratio: None, used: Arc::default() }
    }

    /// The bytes of one more file, none yet.
    pub(super) fn hold(&self) -> HeldBytes {
        HeldBytes { budget: self.clone(), bytes: 0 }
    }

    /// Checks the size of one file against its compressed size so far.
    ///
    /// # Errors
    /// If it is too large for that.
    pub(super) fn check_ratio(&self, unpacked: u64, compressed: u64) -> io::Result<()> {
        let Some(ratio) = self.ratio else { return Ok(()) };
        if unpacked <= ALWAYS.max(compressed.saturating_mul(ratio)) {
            return Ok(());
        }
        Err(too_much(&format!("it unpacks to more than {ratio} times its size")))
    }
}

/// The bytes of one file. They are free again if it is not kept.
#[derive(Debug)]
pub(super) struct HeldBytes {
    budget: UnpackBudget,
    bytes: u64,
}

impl HeldBytes {
    /// Takes the bytes of one more piece.
    ///
    /// # Errors
    /// If the files of the run then have more than the total.
    pub(super) fn take(&mut self, bytes: u64) -> io::Result<()> {
        self.bytes += bytes;
        let (total, used) = (self.budget.total, self.budget.used.fetch_add(bytes, Ordering::Relaxed));
        if used.saturating_add(bytes) <= total {
            return Ok(());
        }
        Err(too_much(&format!("the streams and compressed files of this run unpack to more than {}", size(total))))
    }

    /// Keeps the bytes until the run ends.
    pub(super) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn too_much(what: &str) -> io::Error {
    let text = format!("{what}; if you trust the input, set {MAX_UNPACKED} to a larger total, such as 64GiB");
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}
