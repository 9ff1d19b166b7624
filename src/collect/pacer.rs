//! Keeps a stream of calls below the rate that AWS allows.
//!
//! Throttling is dearer than waiting: 300 reads against a limit of 15 a second took 24.7 s and 422 throttled requests
//! with retries alone, 21.4 s and none with a pacer in front (measured, facts/aws.md section 7). One pacer stands for
//! one bucket of AWS's: account, service and region.

use std::collections::VecDeque;
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
pub(super) const IAM: Limits = Limits { start: 14.0, ceiling: 50.0, burst: 5.0 };
/// Cognito's `UserPoolResourceRead`, which the reads of tags count against: 20 a second, not adjustable. Lists and
/// descriptions are `UserPoolRead`, 15 a second; burst and start together stay below that.
pub(super) const COGNITO: Limits = Limits { start: 13.0, ceiling: 18.0, burst: 2.0 };
/// Cognito's `TagResource` and `UntagResource`: 5 a second for an account, whatever the region.
pub(super) const COGNITO_WRITES: Limits = Limits { start: 4.8, ceiling: 4.8, burst: 1.0 };
/// `GetResources`: 15 a second, not adjustable.
pub(super) const TAGGING: Limits = Limits { start: 12.0, ceiling: 14.0, burst: 3.0 };
/// Organizations publishes no rate.
pub(super) const ORGANIZATIONS: Limits = Limits { start: 5.0, ceiling: 15.0, burst: 3.0 };
/// `ListRegions`: 5 a second.
pub(super) const ACCOUNT: Limits = Limits { start: 4.0, ceiling: 5.0, burst: 1.0 };
/// STS allows hundreds of roles a second.
pub(super) const STS: Limits = Limits { start: 40.0, ceiling: 100.0, burst: 10.0 };

/// One call a second: slow enough for any bucket, fast enough to notice when it fills again.
const FLOOR: f64 = 1.0;
/// What a throttled answer leaves of the rate that was throttled, while the bucket fills again.
const BACK_OFF: f64 = 0.6;
/// How near the pacer goes to a rate that was throttled.
const CAUTION: f64 = 0.95;
/// Answers to requests that were in flight together are one signal.
const SETTLE: Duration = Duration::from_secs(1);
/// The rate grows by this share of the ceiling a second while calls are waiting.
const GROWTH: f64 = 0.05;
/// A limit that was met is forgotten after this time without another: IAM's is shared with callers that come and go.
const MEMORY: Duration = Duration::from_mins(1);
/// How often what was answered is noted, and how long that is remembered.
const MARK: Duration = Duration::from_millis(500);
const MARKED: Duration = Duration::from_secs(30);
/// How long a call sleeps at most before it looks at the rate again.
const NAP: Duration = Duration::from_millis(100);

/// A token bucket with a rate that learns from the answers. Calls wait in one queue: a rate that drops holds for those
/// that wait already.
#[derive(Debug)]
pub(super) struct Pacer {
    limits: Limits,
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: f64,
    /// Calls that may go out now; below zero where retries went out unasked.
    tokens: f64,
    /// When `tokens` was right.
    at: Instant,
    /// The last change of the rate.
    changed: Instant,
    /// The last time that a limit was met, and the rate that the service then served.
    met: Option<(Instant, f64)>,
    /// What was answered since `since`, when the service's bucket was last known: full where nothing was asked for a
    /// while, else empty, as a limit was met.
    served: f64,
    since: Instant,
    full: bool,
    /// How much was answered by when, the last half minute long.
    marks: VecDeque<(Instant, f64)>,
    /// Whether a call had to wait since the last change: a rate that limits nobody tells nothing.
    limiting: bool,
}

impl Pacer {
    /// A pacer that starts now.
    pub(super) fn new(limits: Limits) -> Self {
        Self::at(limits, Instant::now())
    }

    fn at(limits: Limits, now: Instant) -> Self {
        let state = State {
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

    /// Waits for this call's turn.
    pub(super) async fn turn(&self) {
        let _first = self.queue.lock().await;
        while let Some(wait) = self.take(Instant::now()) {
            tokio::time::sleep(wait.min(NAP)).await;
        }
    }

    /// Takes a call's token, or says how long until there is one.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut state = self.lock();
        state.refill(now, self.limits.burst);
        // Sleeps are a millisecond too short or long: a token that is all but there will do.
        if state.tokens > 1.0 - 1e-6 {
            state.tokens -= 1.0;
            return None;
        }
        state.limiting = true;
        Some(Duration::from_secs_f64((1.0 - state.tokens) / state.rate))
    }

    /// A call that goes out without asking, as a retry does: later ones wait for it.
    pub(super) fn spend(&self, now: Instant) {
        let mut state = self.lock();
        state.refill(now, self.limits.burst);
        state.tokens -= 1.0;
    }

    /// A call that was answered.
    pub(super) fn answered(&self, now: Instant) {
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
        // Below a limit that is known there is nothing to find out: back to it at once.
        state.rate = match state.met {
            Some((_, limit)) => (limit * CAUTION).clamp(FLOOR, self.limits.ceiling),
            None => (state.rate + self.limits.ceiling * GROWTH).min(self.limits.ceiling),
        };
        state.changed = now;
        state.limiting = false;
    }

    /// A call that AWS refused because of too many.
    pub(super) fn throttled(&self, now: Instant) {
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

    fn lock(&self) -> MutexGuard<'_, State> {
        // Numbers only: a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refill(&mut self, now: Instant, burst: f64) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens += passed * self.rate;
        self.at = self.at.max(now);
        if self.tokens >= burst {
            self.tokens = burst;
            self.begin(now, true);
        }
    }

    /// Counts anew from a moment at which the service's bucket is known.
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

    /// The rate that the service allows, now that it refuses. Its bucket is empty, and a full one is taken for one second's
    /// worth of calls: since it was last full it served that and what came in. When that was nobody knows, and what is
    /// reckoned from any other moment is less; so the most that any moment gives is nearest. Never more than the rate that
    /// was just refused, nor than the pacer goes to after one that was refused before.
    fn limit(&self, now: Instant) -> f64 {
        let passed = |then: Instant| now.saturating_duration_since(then).as_secs_f64();
        let most = self.met.map_or(self.rate, |(_, limit)| self.rate.min(limit * CAUTION));
        // What was near enough the last time is not far off now.
        let least = most * if self.met.is_some() { 0.8 } else { 0.5 };
        let known = (self.served, passed(self.since), f64::from(u8::from(self.full)));
        let marks = self.marks.iter().map(|(then, before)| (self.served - before, passed(*then), 1.0));
        let rates = marks.chain([known]).filter(|(_, seconds, _)| *seconds >= 2.0);
        // A moment tells nothing.
        let rate = rates.map(|(served, seconds, bucket)| served / (seconds + bucket)).reduce(f64::max).unwrap_or(most);
        rate.clamp(least, most).max(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service's token bucket.
    struct Server {
        rate: f64,
        size: f64,
        tokens: f64,
        at: Instant,
    }

    impl Server {
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

    /// Makes calls until `calls` were answered, each answered after `latency`; the seconds that took, and the refusals.
    fn run(pacer: &Pacer, server: &mut Server, calls: u32, latency: Duration) -> (f64, u32) {
        let mut now = server.at;
        // The lists before the many small calls: few, and slow.
        for _ in 0..3 {
            assert!(pacer.take(now).is_none() && server.allows(now));
            now += Duration::from_secs(1);
            pacer.answered(now);
        }
        let start = now;
        let (mut answered, mut refused) = (0, 0);
        let mut flight: std::collections::VecDeque<(Instant, bool)> = std::collections::VecDeque::new();
        while answered < calls {
            while let Some((at, allowed)) = flight.front().copied().filter(|(at, _)| *at <= now) {
                flight.pop_front();
                if allowed {
                    answered += 1;
                    pacer.answered(at);
                } else {
                    refused += 1;
                    pacer.throttled(at);
                }
            }
            match pacer.take(now) {
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
            let pacer = Pacer::at(limits, now);
            assert!((0..3).all(|_| pacer.take(now).is_none()));
        }
    }

    #[test]
    fn the_documented_quota_of_user_pools_holds_in_every_second() {
        let start = Instant::now();
        let pacer = Pacer::at(COGNITO, start);
        let mut now = start;
        for second in 0..30 {
            let mut sent = 0;
            while now < start + Duration::from_secs(second + 1) {
                match pacer.take(now) {
                    None => {
                        sent += 1;
                        pacer.answered(now);
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
        let pacer = Pacer::at(Limits { start: 10.0, ceiling: 10.0, burst: 1.0 }, now);
        for _ in 0..4 {
            assert_eq!(pacer.take(now), None);
            let wait = pacer.take(now).unwrap();
            assert!((wait.as_secs_f64() - 0.1).abs() < 1e-6, "{wait:?}");
            now += wait;
        }
        pacer.spend(now);
        assert!(pacer.take(now).unwrap().as_secs_f64() > 0.09, "a retry counts");
    }

    #[test]
    fn throttling_slows_once_for_answers_in_flight_together_and_never_to_a_stop() {
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
        // After a time without any, it tries again.
        let mut server = Server::new(1000.0, 1000.0, clock + MEMORY);
        run(&pacer, &mut server, 3000, Duration::ZERO);
        assert!((pacer.lock().rate - 20.0).abs() < 1e-9, "never above the ceiling");
    }

    #[test]
    fn an_unknown_limit_is_found_and_kept() {
        for latency in [20, 300] {
            for limits in [IAM, COGNITO] {
                for (rate, size) in [(15.0, 15.0), (15.0, 1.0), (8.0, 8.0), (30.0, 30.0), (15.0, 45.0)] {
                    for calls in [500, 2000, 5000] {
                        let start = Instant::now();
                        let pacer = Pacer::at(limits, start);
                        let mut server = Server::new(rate, size, start);
                        let latency = Duration::from_millis(latency);
                        let (seconds, refused) = run(&pacer, &mut server, calls, latency);
                        let share = f64::from(refused) / f64::from(calls + refused);
                        let ideal = f64::from(calls) / rate.min(limits.ceiling);
                        println!(
                            "{latency:?} {limits:?} {rate}/{size} {calls}: {seconds:.1} of {ideal:.1} s, {refused} refused"
                        );
                        assert!(share <= 0.02, "{refused} of {calls} refused");
                        // A bucket of one call allows no unevenness at all, and AWS has none such.
                        let slack = if size < 2.0 { 1.6 } else { 1.25 };
                        assert!(seconds <= ideal * slack, "{seconds} for {ideal}");
                        // What the benchmark holds a scan to.
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
