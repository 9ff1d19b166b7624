//! Transition tables for patterns that must match a whole value. A value is looked up byte by byte.

use std::collections::HashMap;
use std::sync::Arc;

use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::{Anchored, Input};

/// A pattern that is anchored at both ends, as one table of states.
#[derive(Debug, Clone)]
pub(crate) struct PatternTable(Arc<States>);

#[derive(Debug)]
struct States {
    /// The class of each byte. Bytes that the pattern does not distinguish have the same class.
    classes: [u8; 256],
    /// The next states: a row for each state, a column for each class. A state is the index of its row, and the length
    /// of a row is a power of two.
    next: Vec<u16>,
    /// For each row, `true` if a value that ends in this state matches.
    matches: Vec<bool>,
    row: u32,
}

impl PatternTable {
    /// The table of an automaton. `None` if it would be too large, or if the automaton gives up on some bytes (a quit
    /// state).
    #[must_use]
    pub(crate) fn new(automaton: &dense::DFA<Vec<u32>>) -> Option<Self> {
        let start = automaton.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok()?;
        let classes: [u8; 256] =
            std::array::from_fn(|byte| automaton.byte_classes().get(u8::try_from(byte).expect("there are 256 bytes")));
        let columns = classes.iter().map(|class| usize::from(*class) + 1).max()?.next_power_of_two();
        let mut out = States { classes, next: Vec::new(), matches: Vec::new(), row: columns.trailing_zeros() };
        // The start is the first state, and every state gets its row in the order in which it was found.
        let (mut found, mut rows) = (vec![start], HashMap::from([(start, 0)]));
        while let Some(state) = found.get(out.matches.len()).copied() {
            let from = out.next.len();
            out.next.resize(from + columns, 0);
            for byte in 0..=u8::MAX {
                let to = automaton.next_state(state, byte);
                if automaton.is_quit_state(to) {
                    return None;
                }
                let row = *rows.entry(to).or_insert_with(|| {
                    found.push(to);
                    found.len() - 1
                });
                out.next[from + usize::from(classes[usize::from(byte)])] = u16::try_from(row * columns).ok()?;
            }
            out.matches.push(automaton.is_match_state(automaton.next_eoi_state(state)));
        }
        Some(Self(Arc::new(out)))
    }

    /// Returns `true` if the whole value matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        let States { classes, next, matches, row } = &*self.0;
        let mut state = 0;
        for byte in value.bytes() {
            // Rows are aligned to a power of two, so `|` adds the column.
            state = usize::from(next[state | usize::from(classes[usize::from(byte)])]);
        }
        matches[state >> row]
    }
}
