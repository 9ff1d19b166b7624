//! The pace of a run: that of AWS, or a quicker one for an emulator.

use std::time::Duration;

use aws_config::retry::RetryConfig;

use super::rate_limiter::RateLimits;

/// The SDK's pause before the first retry, and its longest pause.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(20));

/// The pace of AWS calls: how many times as fast as AWS allows.
///
/// Only an emulator may be asked more quickly than AWS allows. Whoever makes a quicker pace makes sure that no request of
/// the run can reach AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u16);

impl Pace {
    /// The quickest pace.
    pub const MOST: u16 = 1000;

    /// So many times as fast as AWS allows; `None` if it is 0 or more than [`MOST`](Self::MOST).
    #[must_use]
    pub fn of_emulator(times: u16) -> Option<Self> {
        (1..=Self::MOST).contains(&times).then_some(Self(times))
    }

    /// The rates of a limiter at this pace.
    pub(super) fn rates(self, limits: RateLimits) -> RateLimits {
        let times = f64::from(self.0);
        RateLimits { start: limits.start * times, ceiling: limits.ceiling * times, burst: limits.burst * times }
    }

    /// The retries of a call at this pace.
    pub(super) fn retries(self, attempts: u32) -> RetryConfig {
        let (first, longest) = PAUSES;
        RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(self.pause(first))
            .with_max_backoff(self.pause(longest))
    }

    /// A pause between two calls at this pace.
    pub(crate) fn pause(self, time: Duration) -> Duration {
        time / u32::from(self.0)
    }
}

/// The pace of AWS.
impl Default for Pace {
    fn default() -> Self {
        Self(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::client::rate_limiter::IAM;

    #[test]
    fn the_default_is_the_pace_of_aws() {
        let rates = Pace::default().rates(IAM);
        assert!((rates.start - IAM.start).abs() < 1e-9 && (rates.ceiling - IAM.ceiling).abs() < 1e-9);
        assert_eq!(Pace::default().retries(10), RetryConfig::standard().with_max_attempts(10), "the SDK's own pauses");
    }

    #[test]
    fn a_quicker_pace_raises_the_rates_and_shortens_the_pauses() {
        let pace = Pace::of_emulator(100).unwrap();
        let rates = pace.rates(IAM);
        assert!((rates.start - 1400.0).abs() < 1e-9 && (rates.burst - 500.0).abs() < 1e-9);
        assert_eq!(pace.retries(3).initial_backoff(), Duration::from_millis(10));
        assert_eq!([0, Pace::MOST + 1].map(Pace::of_emulator), [None, None]);
    }
}
