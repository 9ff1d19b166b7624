//! The time limits of connections, requests and calls.

use std::time::Duration;

/// The time limits of AWS calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The limit for a connection.
    pub connect: Duration,
    /// The limit for the answer to one request.
    pub attempt: Duration,
    /// The limit for a call with all its retries. The SDK has none of its own.
    pub operation: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(3100),
            attempt: Duration::from_secs(10),
            operation: Duration::from_mins(1),
        }
    }
}

/// A duration as text: `3.1 s`, `10 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let text = format!("{:.1}", time.as_secs_f64());
    format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_to_tenths() {
        assert_eq!(seconds(Duration::from_millis(3100)), "3.1 s");
        assert_eq!(seconds(Duration::from_secs(10)), "10 s");
    }
}
