//! Keeps a stream of calls below the rate that AWS allows.
//!
//! Throttling is dearer than waiting: 300 reads against a limit of 15 a second took 24.7 s and 422 throttled requests
//! with retries alone, 21.4 s and none with a pacer in front (measured, facts/aws.md section 7). One pacer stands for
//! one bucket of AWS's: account, service, region and, for Cognito, the quota's category.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a pacer starts and how far it may go, in calls a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The rate before anything is known.
    pub(super) start: f64,
    /// The rate that is never passed.
    pub(super) ceiling: f64,
    /// Calls that go out at once after a pause, so that a handful is never delayed.
    pub(super) burst: f64,
}

/// IAM publishes no rate and shares it with every other caller of the account: find it by asking.
pub(super) const IAM: Limits = Limits { start: 20.0, ceiling: 50.0, burst: 10.0 };
/// Cognito's `UserPoolRead`: 15 a second, not adjustable. Burst and start together stay below it.
pub(super) const POOL_READ: Limits = Limits { start: 10.0, ceiling: 14.0, burst: 5.0 };
/// Cognito's `UserPoolResourceRead`: 20 a second, not adjustable.
pub(super) const POOL_TAGS: Limits = Limits { start: 14.0, ceiling: 18.0, burst: 6.0 };

/// One call a second: slow enough for any bucket, fast enough to notice when it fills again.
const FLOOR: f64 = 1.0;
/// What a throttled answer leaves of the rate.
const BACK_OFF: f64 = 0.6;
/// Answers to requests that were in flight together are one signal.
const SETTLE: Duration = Duration::from_secs(1);
/// The rate grows by this share of the ceiling a second while calls are waiting.
const GROWTH: f64 = 0.05;

/// A token bucket that goes into debt, with a rate that learns from the answers.
#[derive(Debug)]
pub(super) struct Pacer {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: f64,
    /// Calls that may go out now; below zero, those that are already waiting.
    tokens: f64,
    /// When `tokens` was right.
    at: Instant,
    /// The last change of the rate.
    changed: Instant,
    dropped: Option<Instant>,
    /// Whether a call had to wait since the last change: a rate that limits nobody tells nothing.
    limiting: bool,
}

impl Pacer {
    /// A pacer that starts now.
    pub(super) fn new(limits: Limits) -> Self {
        Self::at(limits, Instant::now())
    }

    fn at(limits: Limits, now: Instant) -> Self {
        let state =
            State { rate: limits.start, tokens: limits.burst, at: now, changed: now, dropped: None, limiting: false };
        Self { limits, state: Mutex::new(state) }
    }

    /// Waits for this call's turn.
    pub(super) async fn turn(&self) {
        let wait = self.reserve(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a place in the queue; how long until its turn.
    pub(super) fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.lock();
        state.refill(now, self.limits.burst);
        state.tokens -= 1.0;
        if state.tokens >= 0.0 {
            return Duration::ZERO;
        }
        state.limiting = true;
        Duration::from_secs_f64(-state.tokens / state.rate)
    }

    /// A call that was answered.
    pub(super) fn answered(&self, now: Instant) {
        let mut state = self.lock();
        let settled = state.dropped.is_none_or(|then| now.saturating_duration_since(then) >= 2 * SETTLE);
        if state.limiting && settled && now.saturating_duration_since(state.changed) >= SETTLE {
            state.refill(now, self.limits.burst);
            state.rate = (state.rate + self.limits.ceiling * GROWTH).min(self.limits.ceiling);
            state.changed = now;
            state.limiting = false;
        }
    }

    /// A call that AWS refused because of too many.
    pub(super) fn throttled(&self, now: Instant) {
        let mut state = self.lock();
        if state.dropped.is_some_and(|then| now.saturating_duration_since(then) < SETTLE) {
            return;
        }
        state.refill(now, self.limits.burst);
        state.rate = (state.rate * BACK_OFF).max(FLOOR);
        state.tokens = state.tokens.min(0.0);
        state.changed = now;
        state.dropped = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Numbers only: a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refill(&mut self, now: Instant, burst: f64) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(burst);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls one after another for `seconds`, each taking no time; how many went out.
    fn run(pacer: &Pacer, clock: &mut Instant, seconds: f64, mut answer: impl FnMut(&Pacer, Instant)) -> u32 {
        let end = *clock + Duration::from_secs_f64(seconds);
        let mut sent = 0;
        loop {
            *clock += pacer.reserve(*clock);
            if *clock >= end {
                return sent;
            }
            sent += 1;
            answer(pacer, *clock);
        }
    }

    #[test]
    fn a_handful_of_calls_waits_for_nothing() {
        let now = Instant::now();
        for limits in [IAM, POOL_READ, POOL_TAGS] {
            let pacer = Pacer::at(limits, now);
            assert!((0..5).all(|_| pacer.reserve(now).is_zero()));
        }
    }

    #[test]
    fn documented_quotas_hold_in_every_second() {
        for (limits, quota) in [(POOL_READ, 15), (POOL_TAGS, 20)] {
            let mut clock = Instant::now();
            let pacer = Pacer::at(limits, clock);
            for second in 0..30 {
                let sent = run(&pacer, &mut clock, 1.0, Pacer::answered);
                assert!(sent <= quota, "{sent} in second {second}");
            }
        }
    }

    #[test]
    fn the_queue_is_spaced_evenly() {
        let now = Instant::now();
        let pacer = Pacer::at(Limits { start: 10.0, ceiling: 10.0, burst: 1.0 }, now);
        let waits: Vec<u128> = (0..4).map(|_| pacer.reserve(now).as_millis()).collect();
        assert_eq!(waits, [0, 100, 200, 300]);
    }

    #[test]
    fn throttling_slows_once_for_answers_in_flight_together_and_recovers() {
        let mut clock = Instant::now();
        let pacer = Pacer::at(Limits { start: 20.0, ceiling: 20.0, burst: 1.0 }, clock);
        for _ in 0..16 {
            pacer.throttled(clock);
        }
        assert!((pacer.lock().rate - 12.0).abs() < 1e-9);
        for _ in 0..200 {
            clock += 2 * SETTLE;
            pacer.throttled(clock);
        }
        assert!((pacer.lock().rate - FLOOR).abs() < 1e-9, "never to a stop");
        run(&pacer, &mut clock, 60.0, Pacer::answered);
        assert!((pacer.lock().rate - 20.0).abs() < 1e-9, "never above the ceiling");
    }

    #[test]
    fn an_unknown_limit_is_found() {
        // A service that allows 8 a second, counted in a bucket of 8.
        let mut clock = Instant::now();
        let pacer = Pacer::at(IAM, clock);
        let (mut bucket, mut at, mut refused) = (8.0_f64, clock, 0);
        let sent = run(&pacer, &mut clock, 60.0, |pacer, now| {
            bucket = (bucket + (now - at).as_secs_f64() * 8.0).min(8.0);
            at = now;
            if bucket >= 1.0 {
                bucket -= 1.0;
                pacer.answered(now);
            } else {
                refused += 1;
                pacer.throttled(now);
            }
        });
        let served = sent - refused;
        assert!(served > 60 * 6, "{served} of 480 used");
        assert!(refused * 10 < sent, "{refused} of {sent} refused");
    }
}
