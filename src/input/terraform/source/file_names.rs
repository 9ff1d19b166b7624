//! The meaning of file names to Terraform.

/// Returns whether Terraform reads a file of this name as part of a module. The comparison is case-sensitive, as in
/// Terraform.
pub(super) fn is_terraform(name: &str) -> bool {
    let junk = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    !junk && stem(name).len() < name.len()
}

/// Returns whether a file of this name has values of variables.
pub(super) fn is_values(name: &str) -> bool {
    precedence(name).is_some()
}

pub(super) fn is_json(name: &str) -> bool {
    name.strip_suffix(".json").is_some()
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".tf.json").or_else(|| name.strip_suffix(".tf")).unwrap_or(name)
}

pub(super) fn overrides(name: &str) -> bool {
    let stem = stem(name);
    stem == "override" || stem.ends_with("_override")
}

pub(super) const OPTIONAL: u8 = 0;

/// The order in which Terraform loads files of values; later ones win (Terraform, "Variable definition precedence").
pub(super) fn precedence(name: &str) -> Option<u8> {
    let stem = name.strip_suffix(".json").unwrap_or(name).strip_suffix(".tfvars")?;
    Some(match name {
        "terraform.tfvars" => 1,
        "terraform.tfvars.json" => 2,
        _ if stem.strip_suffix(".auto").is_some() => 3,
        _ => OPTIONAL,
    })
}
