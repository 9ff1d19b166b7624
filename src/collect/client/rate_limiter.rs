//! The rate limiter of one account, service and region: it keeps calls below the rate that AWS allows.
//!
//! Waiting is cheaper than being throttled. 300 reads against a limit of 15 a second took 24.7 s and 422 throttled
//! requests with retries alone, and 21.4 s and none with a rate limiter; the SDK's adaptive mode took 38.1 s (measured,
//! `docs/contributing/aws-facts.md`).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The rates of a limiter, in calls a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimits {
    /// The rate at the start.
    pub(crate) start: f64,
    /// The highest rate.
    pub(crate) ceiling: f64,
    /// The number of calls that may go out at once after a pause, so that a handful is never delayed.
    pub(crate) burst: f64,
}

/// IAM publishes no rate, and all callers in the account share it: the limiter has to find it.
pub(crate) const IAM: RateLimits = RateLimits { start: 14.0, ceiling: 50.0, burst: 5.0 };
/// Reads of tags count against Cognito's `UserPoolResourceRead`: 20 a second, not adjustable. Lists and descriptions are
/// `UserPoolRead`, 15 a second; burst and start together stay below that (Amazon Cognito Developer Guide, "Quotas").
pub(crate) const COGNITO: RateLimits = RateLimits { start: 13.0, ceiling: 18.0, burst: 2.0 };
/// Cognito's `TagResource` and `UntagResource`: 5 a second for an account in all regions together.
pub(crate) const COGNITO_WRITES: RateLimits = RateLimits { start: 4.8, ceiling: 4.8, burst: 1.0 };
/// `ListTagsForResource` of identity pools: 10 a second for an account (Amazon Cognito Developer Guide, "Quotas").
pub(crate) const COGNITO_IDENTITY: RateLimits = RateLimits { start: 8.0, ceiling: 9.5, burst: 2.0 };
/// `TagResource` and `UntagResource` of identity pools: 5 a second.
pub(crate) const COGNITO_IDENTITY_WRITES: RateLimits = RateLimits { start: 4.8, ceiling: 4.8, burst: 1.0 };
/// `GetResources`: 15 a second, not adjustable.
pub(crate) const TAGGING: RateLimits = RateLimits { start: 12.0, ceiling: 14.0, burst: 3.0 };
/// `TagResources` and `UntagResources`: 5 a second each (unverified, `docs/contributing/aws-facts.md`).
pub(crate) const TAGGING_WRITES: RateLimits = RateLimits { start: 4.8, ceiling: 4.8, burst: 1.0 };
/// Resource Explorer: 3 a second of each operation in a region, not adjustable; 5 of `Search` (AWS Resource Explorer User
/// Guide, "Quotas").
pub(crate) const EXPLORER: RateLimits = RateLimits { start: 2.8, ceiling: 2.9, burst: 1.0 };
/// Cloud Control publishes no rate; some 25 a second have been measured.
pub(crate) const CLOUD_CONTROL: RateLimits = RateLimits { start: 10.0, ceiling: 25.0, burst: 5.0 };
/// Organizations publishes no rate.
pub(crate) const ORGANIZATIONS: RateLimits = RateLimits { start: 5.0, ceiling: 15.0, burst: 3.0 };
/// `ListRegions`: 5 a second.
pub(crate) const ACCOUNT: RateLimits = RateLimits { start: 4.0, ceiling: 5.0, burst: 1.0 };
/// STS allows hundreds of calls a second.
pub(crate) const STS: RateLimits = RateLimits { start: 40.0, ceiling: 100.0, burst: 10.0 };

/// One call a second: slow enough for any bucket, fast enough to notice when it fills again.
const FLOOR: f64 = 1.0;
/// The share of the throttled rate that is used while the bucket of AWS fills again.
const BACK_OFF: f64 = 0.6;
/// The share of a throttled rate that the limiter returns to.
const CAUTION: f64 = 0.95;
/// Throttled answers within this time count as one: their requests were in flight together.
const SETTLE: Duration = Duration::from_secs(1);
/// The share of the ceiling by which the rate grows each second while calls are waiting.
const GROWTH: f64 = 0.05;
/// The time after which a limit is forgotten: IAM's is shared with callers that come and go.
const MEMORY: Duration = Duration::from_mins(1);
/// The interval at which the number of answers is noted, and the time for which it is kept.
const MARK: Duration = Duration::from_millis(500);
const MARKED: Duration = Duration::from_secs(30);
/// The longest sleep of a call before it looks at the rate again.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A token bucket whose rate adapts to the answers. Calls wait in one queue, so that a lower rate holds for those that
/// wait already.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    limits: RateLimits,
    queue: tokio::sync::Mutex<()>,
    state: Mutex<LimiterState>,
}

#[derive(Debug)]
struct LimiterState {
    rate: f64,
    /// The calls that may go out now; below zero if retries went out without waiting.
    tokens: f64,
    /// The time of `tokens`.
    at: Instant,
    /// The last change of the rate.
    changed: Instant,
    /// The time of the last throttling, and the rate that the service then served.
    met: Option<(Instant, f64)>,
    /// The answers since `since`, when the fill of the service's bucket was last known: full after a pause, empty after
    /// throttling.
    served: f64,
    since: Instant,
    full: bool,
    /// The number of answers at times of the last half minute.
    marks: VecDeque<(Instant, f64)>,
    /// `true` if a call has waited since the last change. A rate at which no call waits says nothing about the limit.
    limiting: bool,
}

impl RateLimiter {
    /// A limiter that starts now.
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self::at(limits, Instant::now())
    }

    fn at(limits: RateLimits, now: Instant) -> Self {
        let state = LimiterState {
            rate: limits.start,
            tokens: limits.burst,
            at: now,
            changed: now,
            met: None,
            served: 0.0,
            since: now,
            full: true,
            marks: VecDeque::new(),
            limiting: false,
        };
        Self { limits, queue: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// Waits until the call may go out.
    pub(crate) async fn acquire(&self) {
        let _first = self.queue.lock().await;
        while let Some(wait) = self.take(Instant::now()) {
            tokio::time::sleep(wait.min(POLL_INTERVAL)).await;
        }
    }

    /// Takes a token, or returns the time until there is one.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut state = self.lock();
        state.refill(now, self.limits.burst);
        // Sleeps are not exact to the millisecond, so nearly a whole token is enough.
        if state.tokens > 1.0 - 1e-6 {
            state.tokens -= 1.0;
            return None;
        }
        state.limiting = true;
        Some(Duration::from_secs_f64((1.0 - state.tokens) / state.rate))
    }

    /// Records a call that goes out without waiting, as a retry does. Later calls wait for its token.
    pub(crate) fn spend(&self, now: Instant) {
        let mut state = self.lock();
        state.refill(now, self.limits.burst);
        state.tokens -= 1.0;
    }

    /// Records an answer.
    pub(crate) fn answered(&self, now: Instant) {
        let mut state = self.lock();
        state.served += 1.0;
        state.mark(now);
        let settled = state.met.is_none_or(|(then, _)| now.saturating_duration_since(then) >= 2 * SETTLE);
        if !(state.limiting && settled && now.saturating_duration_since(state.changed) >= SETTLE) {
            return;
        }
        if state.met.is_some_and(|(then, _)| now.saturating_duration_since(then) >= MEMORY) {
            state.met = None;
        }
        state.refill(now, self.limits.burst);
        // Below a known limit there is nothing to find out, so the rate returns to it at once.
        state.rate = match state.met {
            Some((_, limit)) => (limit * CAUTION).clamp(FLOOR, self.limits.ceiling),
            None => (state.rate + self.limits.ceiling * GROWTH).min(self.limits.ceiling),
        };
        state.changed = now;
        state.limiting = false;
    }

    /// Records a throttled answer.
    pub(crate) fn throttled(&self, now: Instant) {
        let mut state = self.lock();
        if state.met.is_some_and(|(then, _)| now.saturating_duration_since(then) < SETTLE) {
            return;
        }
        state.refill(now, self.limits.burst);
        let limit = state.limit(now);
        state.rate = (limit * BACK_OFF).max(FLOOR);
        state.tokens = state.tokens.min(0.0);
        state.changed = now;
        state.met = Some((now, limit));
        state.begin(now, false);
    }

    fn lock(&self) -> MutexGuard<'_, LimiterState> {
        // The state holds numbers only, so a panic elsewhere leaves nothing inconsistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LimiterState {
    fn refill(&mut self, now: Instant, burst: f64) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens += passed * self.rate;
        self.at = self.at.max(now);
        if self.tokens >= burst {
            self.tokens = burst;
            self.begin(now, true);
        }
    }

    /// Restarts the counting at a time when the fill of the service's bucket is known.
    fn begin(&mut self, now: Instant, full: bool) {
        (self.served, self.since, self.full) = (0.0, now, full);
        self.marks.clear();
    }

    fn mark(&mut self, now: Instant) {
        let passed = |then: Instant| now.saturating_duration_since(then);
        if self.marks.back().is_none_or(|(then, _)| passed(*then) >= MARK) {
            self.marks.push_back((now, self.served));
        }
        while self.marks.front().is_some_and(|(then, _)| passed(*then) > MARKED) {
            self.marks.pop_front();
        }
    }

    /// The estimated rate of the service at the moment of throttling.
    ///
    /// The service's bucket is now empty. A full one is assumed to hold the calls of one second; since it was last full,
    /// the service has served those calls and what flowed in. That moment is unknown, and any other moment gives a lower
    /// rate, so the highest rate over all moments is the best estimate. It never exceeds the rate that was just throttled,
    /// nor the rate to which the limiter returned after the throttling before.
    fn limit(&self, now: Instant) -> f64 {
        let passed = |then: Instant| now.saturating_duration_since(then).as_secs_f64();
        let most = self.met.map_or(self.rate, |(_, limit)| self.rate.min(limit * CAUTION));
        // A limit that was found once does not change much.
        let least = most * if self.met.is_some() { 0.8 } else { 0.5 };
        let known = (self.served, passed(self.since), f64::from(u8::from(self.full)));
        let marks = self.marks.iter().map(|(then, before)| (self.served - before, passed(*then), 1.0));
        let rates = marks.chain([known]).filter(|(_, seconds, _)| *seconds >= 2.0);
        // Rates over less than two seconds are too uncertain.
        let rate = rates.map(|(served, seconds, bucket)| served / (seconds + bucket)).reduce(f64::max).unwrap_or(most);
        rate.clamp(least, most).max(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token bucket of a service.
    struct FakeService {
        rate: f64,
        size: f64,
        tokens: f64,
        at: Instant,
    }

    impl FakeService {
        fn new(rate: f64, size: f64, now: Instant) -> Self {
            Self { rate, size, tokens: size, at: now }
        }

        fn allows(&mut self, now: Instant) -> bool {
            self.tokens = (self.tokens + (now - self.at).as_secs_f64() * self.rate).min(self.size);
            self.at = now;
            let allowed = self.tokens >= 1.0;
            self.tokens -= f64::from(u8::from(allowed));
            allowed
        }
    }

    /// Makes calls until `calls` were answered, each after `latency`; returns the seconds and the throttled answers.
    fn run(limiter: &RateLimiter, server: &mut FakeService, calls: u32, latency: Duration) -> (f64, u32) {
        let mut now = server.at;
        // Lists come first: few and slow calls.
        for _ in 0..3 {
            assert!(limiter.take(now).is_none() && server.allows(now));
            now += Duration::from_secs(1);
            limiter.answered(now);
        }
        let start = now;
        let (mut answered, mut refused) = (0, 0);
        let mut flight: std::collections::VecDeque<(Instant, bool)> = std::collections::VecDeque::new();
        while answered < calls {
            while let Some((at, allowed)) = flight.front().copied().filter(|(at, _)| *at <= now) {
                flight.pop_front();
                if allowed {
                    answered += 1;
                    limiter.answered(at);
                } else {
                    refused += 1;
                    limiter.throttled(at);
                }
            }
            match limiter.take(now) {
                None => flight.push_back((now + latency, server.allows(now))),
                Some(wait) => now += wait.min(Duration::from_millis(5)),
            }
        }
        ((now - start).as_secs_f64(), refused)
    }

    #[test]
    fn a_handful_of_calls_waits_for_nothing() {
        let now = Instant::now();
        for limits in [IAM, TAGGING, ORGANIZATIONS, STS] {
            let limiter = RateLimiter::at(limits, now);
            assert!((0..3).all(|_| limiter.take(now).is_none()));
        }
    }

    #[test]
    fn the_documented_quota_of_user_pools_holds_in_every_second() {
        let start = Instant::now();
        let limiter = RateLimiter::at(COGNITO, start);
        let mut now = start;
        for second in 0..30 {
            let mut sent = 0;
            while now < start + Duration::from_secs(second + 1) {
                match limiter.take(now) {
                    None => {
                        sent += 1;
                        limiter.answered(now);
                    }
                    Some(wait) => now += wait,
                }
            }
            assert!(sent <= if second == 0 { 15 } else { 20 }, "{sent} in second {second}");
        }
    }

    #[test]
    fn the_queue_is_spaced_evenly() {
        let mut now = Instant::now();
        let limiter = RateLimiter::at(RateLimits { start: 10.0, ceiling: 10.0, burst: 1.0 }, now);
        for _ in 0..4 {
            assert_eq!(limiter.take(now), None);
            let wait = limiter.take(now).unwrap();
            assert!((wait.as_secs_f64() - 0.1).abs() < 1e-6, "{wait:?}");
            now += wait;
        }
        limiter.spend(now);
        assert!(limiter.take(now).unwrap().as_secs_f64() > 0.09, "a retry counts");
    }

    #[test]
    fn throttling_slows_once_for_answers_in_flight_together_and_never_to_a_stop() {
        let mut clock = Instant::now();
        let limiter = RateLimiter::at(RateLimits { start: 20.0, ceiling: 20.0, burst: 1.0 }, clock);
        for _ in 0..16 {
            limiter.throttled(clock);
        }
        assert!((limiter.lock().rate - 12.0).abs() < 1e-9);
        for _ in 0..200 {
            clock += 2 * SETTLE;
            limiter.throttled(clock);
        }
        assert!((limiter.lock().rate - FLOOR).abs() < 1e-9, "never to a stop");
        // After a minute without throttling, the limiter tries a higher rate again.
        let mut server = FakeService::new(1000.0, 1000.0, clock + MEMORY);
        run(&limiter, &mut server, 3000, Duration::ZERO);
        assert!((limiter.lock().rate - 20.0).abs() < 1e-9, "never above the ceiling");
    }

    #[test]
    fn an_unknown_limit_is_found_and_kept() {
        for latency in [20, 300] {
            for limits in [IAM, COGNITO] {
                for (rate, size) in [(15.0, 15.0), (15.0, 1.0), (8.0, 8.0), (30.0, 30.0), (15.0, 45.0)] {
                    for calls in [500, 2000, 5000] {
                        let start = Instant::now();
                        let limiter = RateLimiter::at(limits, start);
                        let mut server = FakeService::new(rate, size, start);
                        let latency = Duration::from_millis(latency);
                        let (seconds, refused) = run(&limiter, &mut server, calls, latency);
                        let share = f64::from(refused) / f64::from(calls + refused);
                        let ideal = f64::from(calls) / rate.min(limits.ceiling);
                        println!(
                            "{latency:?} {limits:?} {rate}/{size} {calls}: {seconds:.1} of {ideal:.1} s, {refused} refused"
                        );
                        assert!(share <= 0.02, "{refused} of {calls} refused");
                        // A bucket of one call allows no variation at all. AWS has no such bucket.
                        let slack = if size < 2.0 { 1.6 } else { 1.25 };
                        assert!(seconds <= ideal * slack, "{seconds} for {ideal}");
                        // The limit on the time of a scan in the benchmark.
                        if (rate, size) == (15.0, 15.0) && latency < Duration::from_millis(100) {
                            assert!(
                                share <= 0.01 && seconds <= ideal * 1.15,
                                "{seconds} for {ideal}, {refused} refused"
                            );
                        }
                    }
                }
            }
        }
    }
}
