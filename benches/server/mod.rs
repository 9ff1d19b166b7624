//! A small fast AWS on the loopback: HTTP/1.1 with keep-alive, one thread a connection, nothing kept but counts.
//!
//! Every answer is made from the request alone ([`world`]), so a hundred accounts cost no memory. It counts requests by
//! operation, and can allow so many a second of each account, service and region, and refuse the rest as AWS does.

mod any;
mod request;
mod tags;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use request::Request;
use tags::Store;
pub(crate) use tags::TagMap;
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
    /// What AWS allows of reads and writes of tags, in place of `rate`.
    pub(crate) quotas: Option<Quotas>,
    /// How long each answer takes.
    pub(crate) delay: Duration,
}

/// Requests a second; each is a bucket of its own, which holds one second's worth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quotas {
    /// IAM's reads for an account.
    pub(crate) iam_reads: f64,
    /// IAM's writes for an account; `None`: they are in one bucket with the reads.
    pub(crate) iam_writes: Option<f64>,
    /// Cognito's reads for an account and region.
    pub(crate) pool_reads: f64,
    /// Cognito's writes for an account.
    pub(crate) pool_writes: f64,
}

/// What went through one of AWS's limits.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    /// Service, reads or writes where they are apart, and region where that counts.
    pub(crate) name: String,
    /// Requests, throttled ones left out.
    pub(crate) requests: u64,
    /// Requests a second that are allowed; `None`: any.
    pub(crate) rate: Option<f64>,
}

/// A running server; its threads end with the process.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    world: World,
    tags: Store,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: Limits,
    counts: BTreeMap<String, Count>,
    /// Requests by account, service (with quotas: and what is done) and region.
    buckets: HashMap<(String, String, String), Bucket>,
}

struct Bucket {
    rate: Option<f64>,
    tokens: f64,
    then: Instant,
    requests: u64,
}

impl Server {
    /// Starts on a free port of the loopback.
    pub(crate) fn start(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port's address");
        let shared = Arc::new(Shared { world, tags: Store::default(), state: Mutex::default() });
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

    /// Every limit that something went through, of all accounts, by name.
    pub(crate) fn used(&self) -> Vec<Used> {
        let state = self.shared.lock();
        let name = |(_, service, region): &(String, String, String)| format!("{service} {region}").trim().to_owned();
        let used =
            |(place, bucket): (&_, &Bucket)| Used { name: name(place), requests: bucket.requests, rate: bucket.rate };
        let mut all: Vec<Used> = state.buckets.iter().map(used).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Gives resources these tags, by ARN. From now on single resources' tags are read from here, and can be written.
    pub(crate) fn fill(&self, tags: BTreeMap<String, TagMap>) {
        self.shared.tags.fill(tags);
    }

    /// The tags of what was filled in, as they are now.
    pub(crate) fn tags(&self) -> BTreeMap<String, TagMap> {
        self.shared.tags.all()
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
        let (place, rate) = place(request, limits);
        let now = Instant::now();
        let size = rate.unwrap_or(0.0).max(1.0);
        let bucket =
            state.buckets.entry(place).or_insert_with(|| Bucket { rate, tokens: size, then: now, requests: 0 });
        let mut throttled = false;
        if let Some(rate) = rate {
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

/// The bucket that a request is counted in, and its rate.
fn place(request: &Request, limits: Limits) -> ((String, String, String), Option<f64>) {
    let (account, service, region) = (request.account.clone(), request.service.clone(), request.region.clone());
    let Some(quotas) = limits.quotas else { return ((account, service, region), limits.rate) };
    let write = request.operation.starts_with("Tag") || request.operation.starts_with("Untag");
    let (name, region, rate) = match (service.as_str(), write) {
        ("iam", true) if quotas.iam_writes.is_some() => ("iam writes", String::new(), quotas.iam_writes),
        ("iam", _) if quotas.iam_writes.is_some() => ("iam reads", String::new(), Some(quotas.iam_reads)),
        ("iam", _) => ("iam", String::new(), Some(quotas.iam_reads)),
        ("cognito-idp", true) => ("cognito-idp writes", String::new(), Some(quotas.pool_writes)),
        ("cognito-idp", false) => ("cognito-idp reads", region, Some(quotas.pool_reads)),
        (other, _) => (other, region, None),
    };
    ((account, name.to_owned(), region), rate)
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
            let answer = shared.tags.answer(&request).unwrap_or_else(|| shared.world.answer(&request));
            answer.unwrap_or_else(|(code, message)| {
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
