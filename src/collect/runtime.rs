//! The async runtime of a run, and the reasons to stop it.

use std::time::Duration;

use super::error::CollectError;

/// The exit code of a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: i32 = 130;

/// The reason that a run ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Ctrl-C or SIGTERM.
    Signal,
    /// [`CollectOptions::deadline`](super::CollectOptions::deadline).
    Deadline,
}

impl StopReason {
    /// The text of a gap for what was not read.
    pub(crate) fn gap_text(self) -> &'static str {
        match self {
            Self::Signal => "stopped before it was read",
            Self::Deadline => "the deadline came before it was read",
        }
    }
}

impl From<StopReason> for CollectError {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Signal => Self::Interrupted,
            StopReason::Deadline => Self::Deadline,
        }
    }
}

/// A runtime with two worker threads.
pub(crate) fn new_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Runs `work` on a new runtime.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, CollectError>>) -> Result<T, CollectError> {
    let runtime = new_runtime()?;
    let result = runtime.block_on(work);
    // No task listens for the signal any more, so from here on it ends the program at once, as the user expects while
    // output is written.
    runtime.spawn(async {
        stop_signal().await;
        std::process::exit(INTERRUPTED);
    });
    // Dropping the runtime would wait for a name lookup that is under way, and would end the task above.
    std::mem::forget(runtime);
    result
}

/// Completes when the run has to stop.
pub(crate) async fn stop(deadline: Option<Duration>) -> StopReason {
    let late = async {
        match deadline {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = late => StopReason::Deadline,
        () = stop_signal() => StopReason::Signal,
    }
}

/// Completes with Ctrl-C or, on Unix, with SIGTERM, which job systems send before they kill.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
