//! A small fast AWS on the loopback: HTTP/1.1 with keep-alive, one thread a connection, nothing kept but counts.
//!
//! Every answer is made from the request alone ([`world`]), so a hundred accounts cost no memory. It counts requests by
//! operation, and can allow so many a second of each account, service and region, and refuse the rest as AWS does.

mod request;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use request::Request;
pub(crate) use world::{MANAGEMENT, Size, World};

/// What was asked of one operation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    /// Requests.
    pub(crate) requests: u64,
    /// Those among them that were refused as too many.
    pub(crate) throttled: u64,
    /// Those among them that were refused as wrong.
    pub(crate) refused: u64,
}

/// How the server answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    /// Requests a second of each account, service and region; the bucket holds one second's worth.
    pub(crate) rate: Option<f64>,
    /// How long each answer takes.
    pub(crate) delay: Duration,
}

/// A running server; its threads end with the process.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    world: World,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: Limits,
    counts: BTreeMap<String, Count>,
    /// Requests by account, service and region.
    buckets: HashMap<(String, String, String), Bucket>,
}

struct Bucket {
    tokens: f64,
    then: Instant,
    requests: u64,
}

impl Server {
    /// Starts on a free port of the loopback.
    pub(crate) fn start(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port's address");
        let shared = Arc::new(Shared { world, state: Mutex::default() });
        let own = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = own.clone();
                let thread = std::thread::Builder::new().stack_size(256 << 10);
                thread.spawn(move || serve(stream, &shared)).expect("a thread for a connection");
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets what was counted, and answers like this from now on.
    pub(crate) fn reset(&self, limits: Limits) {
        *self.shared.lock() = State { limits, ..State::default() };
    }

    /// Counts by operation since the last reset.
    pub(crate) fn counts(&self) -> BTreeMap<String, Count> {
        self.shared.lock().counts.clone()
    }

    /// The requests of the account, service and region that had most of them, throttled ones left out.
    pub(crate) fn longest_bucket(&self) -> u64 {
        self.shared.lock().buckets.values().map(|bucket| bucket.requests).max().unwrap_or(0)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request; whether it is above the limit, and how long its answer takes.
    fn admit(&self, request: &Request) -> (bool, Duration) {
        let mut state = self.lock();
        let limits = state.limits;
        let place = [&request.account, &request.service, &request.region].map(String::clone);
        let now = Instant::now();
        let size = limits.rate.unwrap_or(0.0).max(1.0);
        let bucket =
            state.buckets.entry(place.into()).or_insert_with(|| Bucket { tokens: size, then: now, requests: 0 });
        let mut throttled = false;
        if let Some(rate) = limits.rate {
            bucket.tokens = (bucket.tokens + now.duration_since(bucket.then).as_secs_f64() * rate).min(size);
            bucket.then = now;
            throttled = bucket.tokens < 1.0;
            bucket.tokens -= if throttled { 0.0 } else { 1.0 };
        }
        bucket.requests += u64::from(!throttled);
        let count = state.counts.entry(request.name()).or_default();
        count.requests += 1;
        count.throttled += u64::from(throttled);
        (throttled, limits.delay)
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let Ok(reading) = stream.try_clone() else { return };
    let (mut reader, mut stream) = (BufReader::new(reading), stream);
    // `None`: the client has closed the connection, or has sent what is no request.
    while let Some(request) = Request::read(&mut reader) {
        let (throttled, delay) = shared.admit(&request);
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        let (status, body) = if throttled {
            request.error(request.throttling_code(), "Rate exceeded")
        } else {
            shared.world.answer(&request).unwrap_or_else(|(code, message)| {
                shared.lock().counts.entry(request.name()).or_default().refused += 1;
                request.error(code, &message)
            })
        };
        let head = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: {}\r\nContent-Length: {}\r\nx-amzn-RequestId: 0\r\n\r\n",
            request.content_type(),
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}
