//! The switch of everything that exists only for speed.

use std::sync::LazyLock;

/// Returns `true` unless the hidden `TAGLINT_SLOW=1` switches every optimization off, to confirm or rule out an error in
/// one of them. A report is the same either way.
#[must_use]
pub fn quick_paths_enabled() -> bool {
    static ENABLED: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("TAGLINT_SLOW").is_none_or(|value| value != "1"));
    *ENABLED
}
