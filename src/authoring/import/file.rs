//! The policy file that an import writes.

use std::fmt::Write as _;

use super::draft::RuleDraft;
use super::error::ImportError;
use super::note::Note;
use crate::authoring::write::{Ids, comment, shown, string};

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The policy file.
    pub policy: String,
    /// The parts of the input that could not be carried over. The file names each of them too.
    pub omitted: Vec<String>,
}

/// A policy file that is being written.
#[derive(Default)]
pub(super) struct PolicyDraft {
    /// The comments above the version.
    head: String,
    name: Option<String>,
    /// The rules.
    out: String,
    ids: Ids,
    omitted: Vec<String>,
    rules: usize,
}

impl PolicyDraft {
    /// Appends remarks on the whole, and names the policy if it has no name yet.
    pub(super) fn head(&mut self, name: &str, notes: &[Note]) {
        let rules = std::mem::take(&mut self.out);
        self.comments(None, notes);
        self.head += &std::mem::replace(&mut self.out, rules);
        self.name.get_or_insert_with(|| name.to_owned());
    }

    /// Appends remarks as a paragraph of their own. `subject` begins them on standard error.
    pub(super) fn remarks(&mut self, subject: Option<&str>, notes: &[Note]) {
        if !notes.is_empty() {
            self.out.push('\n');
            self.comments(subject, notes);
        }
    }

    /// Appends a rule.
    pub(super) fn rule(&mut self, draft: &RuleDraft) {
        self.out.push('\n');
        self.comments(Some(&format!("the tag {}", shown(&draft.key))), &draft.notes);
        draft.write(&mut self.ids, &mut self.out);
        self.rules += 1;
    }

    /// The result.
    ///
    /// # Errors
    /// [`ImportError::Nothing`], if there is no rule in it.
    pub(super) fn finish(self) -> Result<Imported, ImportError> {
        if self.rules == 0 {
            return Err(ImportError::Nothing(self.omitted));
        }
        let mut policy = self.head;
        let name = string(self.name.as_deref().unwrap_or("aws"));
        let _ = write!(policy, "version = 1\n\n[policy]\nname = {name}\n{}", self.out);
        Ok(Imported { policy, omitted: self.omitted })
    }

    fn comments(&mut self, subject: Option<&str>, notes: &[Note]) {
        for note in notes {
            comment(&mut self.out, &note.text);
        }
        let lost = notes.iter().filter(|note| note.lost);
        self.omitted.extend(lost.map(|note| match subject {
            Some(subject) => format!("{subject}: {}", note.text),
            None => note.text.clone(),
        }));
    }
}
