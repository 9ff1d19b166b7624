//! The CSV table for Tag Editor.

use std::io::{self, Write};

use crate::aws::{resource_types, supported};
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
        let (service, kind) = columns(&change.kind);
        let has_path = supported::by_name(&change.kind).is_some_and(supported::SupportedType::has_path);
        let id = change.id.as_deref().filter(|_| !has_path);
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

/// The service and type columns of a type. Tag Editor has the words of CloudFormation's names there.
fn columns(kind: &str) -> (&str, &str) {
    if let Some(native) = supported::by_name(kind) {
        return native.tag_editor;
    }
    let template = resource_types::named(kind).and_then(|row| row.cloudformation?.strip_prefix("AWS::"));
    template.and_then(|name| name.split_once("::")).or_else(|| kind.split_once(':')).unwrap_or(("", kind))
}
