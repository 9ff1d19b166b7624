//! The first words of operations that create or tag something.

/// Operations with these first words may create or tag a resource of a type that taglint does not know.
const VERBS: &[&str] = &[
    "Add",
    "Allocate",
    "Clone",
    "Copy",
    "Create",
    "Import",
    "Launch",
    "Provision",
    "Purchase",
    "Register",
    "Request",
    "Restore",
    "Run",
    "Tag",
    "Untag",
    "Upload",
];

/// Returns `true` if an operation may create or tag a resource.
pub(super) fn may_create(name: &str) -> bool {
    let first = name.char_indices().skip(1).find(|(_, letter)| letter.is_ascii_uppercase());
    VERBS.contains(&first.map_or(name, |(end, _)| &name[..end]))
}

/// The name of an operation without the version that some services append: `CreateFunction20150331`,
/// `TagResource20170331v2`, `CreateDistribution2020_05_31`.
pub(super) fn without_version(name: &str) -> &str {
    let Some(start) = name.find("20").filter(|start| *start > 0) else { return name };
    let is_version = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        digits >= 8 && text.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'v')
    };
    if is_version(&name[start..]) { &name[..start] } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_by_their_words() {
        for (name, plain) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("TagResource20170331v2", "TagResource"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("CreateUser", "CreateUser"),
            ("Run2020", "Run2020"),
            ("20150331", "20150331"),
            ("é20", "é20"),
        ] {
            assert_eq!(without_version(name), plain);
        }
        for (name, want) in [
            ("CreateUser", true),
            ("Creates", false),
            ("RunInstances", true),
            ("Decrypt", false),
            ("", false),
            ("é", false),
        ] {
            assert_eq!(may_create(name), want, "{name}");
        }
    }
}
