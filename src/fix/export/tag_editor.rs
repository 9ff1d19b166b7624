//! The CSV table for Tag Editor.

use std::io::{self, Write};

use crate::aws::supported;
use crate::base::encode::csv;
use crate::fix::plan::Change;
use crate::fix::tags::differing;

/// The columns: those of Tag Editor's own export, and the changed tag.
const COLUMNS: [&str; 8] = ["Identifier", "Service", "Type", "Region", "ARN", "Tag key", "Before", "After"];

/// Writes one row for each changed tag.
pub(super) fn write(changes: &[&Change], out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    csv::append_record(&mut text, COLUMNS);
    for change in changes {
        // A plan contains only changes of supported types; a plan file is checked when it is read.
        let Some(resource_type) = supported::by_name(&change.kind) else { continue };
        let (service, kind) = resource_type.tag_editor;
        let id = change.id.as_deref().filter(|_| !resource_type.has_path());
        let name = id.or(change.name.as_deref()).unwrap_or("");
        let region = change.region.as_deref().unwrap_or("global");
        for key in differing(&change.before, &change.after) {
            let value = |tags: &crate::fix::tags::TagMap| tags.get(key).cloned().unwrap_or_default();
            let (before, after) = (value(&change.before), value(&change.after));
            csv::append_record(&mut text, [name, service, kind, region, &change.arn, key, &before, &after]);
        }
    }
    out.write_all(&text)
}
