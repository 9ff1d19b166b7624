//! The JSON Schemas of the files that taglint writes for programs: inventories, reports, findings, fix plans and
//! journals. One description gives the schema and the page of the documentation.
//!
//! The description is not made from the types that write the files, which are spread over several layers and write some
//! fields by hand. `tests/it/schemas.rs` holds both together: everything that the program writes is valid, also without
//! any field that the description lacks, and every described field occurs in some output.

mod cost;
mod inventory;
mod journal;
mod json;
mod markdown;
mod parts;
mod plan;
mod report;
mod spec;

pub use markdown::schemas_markdown;
pub use spec::FormatSchema;

/// All formats.
pub const FORMAT_SCHEMAS: &[FormatSchema] = &[
    FormatSchema {
        name: "report",
        about: "A report in JSON, of `check` and `scan`, also of events",
        file: "schemas/report.json",
        roots: &[&report::REPORT],
        page: "[reports.md](reports.md)",
    },
    FormatSchema {
        name: "finding",
        about: "A line of a report in JSON Lines: a finding, or the last line about the run",
        file: "schemas/finding.json",
        roots: &[&report::FINDING_LINE, &report::RUN_LINE],
        page: "[reports.md](reports.md#scope-date-and-completeness)",
    },
    FormatSchema {
        name: "inventory",
        about: "A line of an inventory: the header, a resource or the end",
        file: "schemas/inventory.json",
        roots: &[&inventory::HEADER, &inventory::RESOURCE, &inventory::END],
        page: "[scan.md](scan.md)",
    },
    FormatSchema {
        name: "plan",
        about: "A plan of `fix`",
        file: "schemas/plan.json",
        roots: &[&plan::PLAN],
        page: "[fix.md](fix.md#plan-file)",
    },
    FormatSchema {
        name: "journal",
        about: "A line of a journal of `fix`",
        file: "schemas/journal.json",
        roots: &[&journal::JOURNAL, &journal::INTENT, &journal::ANSWER, &journal::RESULT, &journal::END],
        page: "[fix.md](fix.md#journal)",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schemas_and_their_page_are_current() {
        for format in FORMAT_SCHEMAS {
            crate::authoring::assert_committed(format.file, &format.json_schema());
        }
        crate::authoring::assert_committed("docs/schemas.md", &schemas_markdown());
    }

    #[test]
    fn the_objects_of_a_format_have_different_names_and_fields() {
        for format in FORMAT_SCHEMAS {
            let objects = format.objects();
            let names: std::collections::BTreeSet<_> = objects.iter().map(|object| object.name).collect();
            assert_eq!(names.len(), objects.len(), "{}: two objects have one name", format.name);
            for object in objects {
                let fields = object.fields();
                let names: std::collections::BTreeSet<_> = fields.iter().map(|field| field.name).collect();
                assert_eq!(names.len(), fields.len(), "{}", object.name);
                for field in fields {
                    let is_sentence = field.about.ends_with('.') || field.about.contains('|');
                    assert!(!field.about.is_empty() && !is_sentence, "{}: {}", object.name, field.about);
                }
            }
        }
    }
}
