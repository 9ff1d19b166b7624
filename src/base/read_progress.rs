//! How far a long read is, for those who wait for it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The progress of the reads of a run. Readers say what they read and how much of it; a progress line watches. Without a
/// watcher it costs nothing.
///
/// Clones share their counts. All are equal: what is read does not depend on them.
#[derive(Debug, Clone, Default)]
pub struct ReadProgress(Option<Arc<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    stage: Mutex<ReadStage>,
    done: AtomicU64,
}

/// A read and how far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadStage {
    /// The number of reads before this one.
    pub number: u64,
    /// The work in words, such as `reading plan.json`. It contains raw data.
    pub what: String,
    /// The unit of `done` and `total`; `None` if nothing is counted.
    pub unit: Option<ReadUnit>,
    /// The amount that is read.
    pub done: u64,
    /// The whole amount, if it is known.
    pub total: Option<u64>,
}

/// The unit of a progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadUnit {
    /// Bytes.
    Bytes,
    /// Files.
    Files,
}

impl PartialEq for ReadProgress {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ReadProgress {}

impl ReadProgress {
    /// A progress that somebody watches.
    #[must_use]
    pub fn watched() -> Self {
        Self(Some(Arc::default()))
    }

    /// Begins a read.
    pub fn begin(&self, what: impl FnOnce() -> String, unit: Option<ReadUnit>, total: Option<u64>) {
        let Some(watched) = &self.0 else { return };
        let mut stage = watched.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = ReadStage { number: stage.number + 1, what: what(), unit, done: 0, total };
        watched.done.store(0, Ordering::Relaxed);
    }

    /// Adds to the amount that is read.
    pub fn add(&self, amount: u64) {
        if let Some(watched) = &self.0 {
            watched.done.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// The read and how far it is now; `None` if none has begun.
    #[must_use]
    pub fn now(&self) -> Option<ReadStage> {
        let watched = self.0.as_ref()?;
        let stage = watched.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (stage.number > 0).then(|| ReadStage { done: watched.done.load(Ordering::Relaxed), ..stage })
    }

    /// A stream that adds each byte that is read of it.
    pub fn count<R: Read>(&self, stream: R) -> impl Read {
        CountedStream { stream, progress: self.clone() }
    }
}

struct CountedStream<R> {
    stream: R,
    progress: ReadProgress,
}

impl<R: Read> Read for CountedStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        self.progress.add(length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watcher_sees_the_last_read() {
        let progress = ReadProgress::watched();
        assert_eq!(progress.now(), None);
        progress.begin(|| "reading a".to_owned(), Some(ReadUnit::Bytes), Some(7));
        io::copy(&mut progress.clone().count(&b"1234"[..]), &mut io::sink()).expect("memory");
        let stage = progress.now().expect("a read");
        assert_eq!((stage.number, &*stage.what, stage.done, stage.total), (1, "reading a", 4, Some(7)));
        progress.begin(|| "checking".to_owned(), None, None);
        assert_eq!(progress.now().map(|stage| (stage.number, stage.done)), Some((2, 0)));
        let unwatched = ReadProgress::default();
        unwatched.begin(|| unreachable!("nobody watches"), None, None);
        assert_eq!(unwatched.now(), None);
    }
}
