//! An interrupt (Ctrl-C) while a progress line is drawn: the line is erased, then the program ends as without it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;
use signal_hook::{flag, low_level};

/// The interrupt of a time in which a line is drawn.
pub(super) struct Interrupt(Option<&'static Flags>);

struct Flags {
    came: Arc<AtomicBool>,
    /// `true` while no line is drawn: an interrupt ends the program at once.
    is_idle: Arc<AtomicBool>,
}

/// The handlers are set once, because the default of a signal cannot be restored.
static FLAGS: OnceLock<Option<Flags>> = OnceLock::new();

fn set_handlers() -> Option<Flags> {
    let flags = Flags { came: Arc::default(), is_idle: Arc::default() };
    flag::register_conditional_default(SIGINT, Arc::clone(&flags.is_idle)).ok()?;
    flag::register(SIGINT, Arc::clone(&flags.came)).ok()?;
    Some(flags)
}

impl Interrupt {
    /// Holds an interrupt back until the line is erased.
    pub(super) fn hold() -> Self {
        let flags = FLAGS.get_or_init(set_handlers).as_ref();
        flags.inspect(|flags| flags.is_idle.store(false, Ordering::SeqCst));
        Self(flags)
    }

    /// Returns whether an interrupt came.
    pub(super) fn came(&self) -> bool {
        self.0.is_some_and(|flags| flags.came.load(Ordering::SeqCst))
    }

    /// Ends the program as an interrupt does.
    pub(super) fn obey() {
        drop(low_level::emulate_default_handler(SIGINT));
    }

    /// Lets interrupts end the program at once again.
    pub(super) fn release(&self) {
        if let Some(flags) = self.0 {
            flags.is_idle.store(true, Ordering::SeqCst);
        }
        if self.came() {
            Self::obey();
        }
    }
}
