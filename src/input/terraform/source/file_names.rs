//! The meaning of file names to Terraform and OpenTofu.

/// The endings of source, each before one that is its end.
const ENDINGS: [&str; 4] = [".tf.json", ".tofu.json", ".tf", ".tofu"];

/// The names of the file that Terragrunt reads in a folder, of which it makes a root module.
const TERRAGRUNT: [&str; 2] = ["terragrunt.hcl", "terragrunt.hcl.json"];

/// Returns whether Terragrunt makes a root module of the folder of this file.
pub(super) fn is_terragrunt(name: &str) -> bool {
    TERRAGRUNT.contains(&name)
}

/// Returns whether Terraform or OpenTofu reads a file of this name as part of a module. The comparison is case-sensitive, as in
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
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The file that `OpenTofu` reads instead of a file of Terraform, if it exists: `a.tofu` instead of `a.tf`.
pub(super) fn replacement(name: &str) -> Option<String> {
    let (stem, ending) = name.split_at(stem(name).len());
    ending.starts_with(".tf").then(|| format!("{stem}{}", ending.replacen(".tf", ".tofu", 1)))
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

/// The file in which Terraform locks the providers of a root module.
const LOCK: &str = ".terraform.lock.hcl";

/// Returns whether a file of this name stands in the folder of a root module only.
pub(super) fn is_of_root(name: &str) -> bool {
    name == LOCK || is_terragrunt(name) || precedence(name).is_some_and(|precedence| precedence != OPTIONAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_they_mean_to_both_programs() {
        for (name, read, override_file, instead) in [
            ("main.tf", true, false, Some("main.tofu")),
            ("main.tf.json", true, false, Some("main.tofu.json")),
            ("main.tofu", true, false, None),
            ("main.tofu.json", true, false, None),
            ("override.tofu", true, true, None),
            ("a_override.tofu.json", true, true, None),
            ("a_override.tf", true, true, Some("a_override.tofu")),
            (".main.tofu", false, false, None),
            ("main.tofu~", false, false, None),
            ("main.tofutest.hcl", false, false, None),
        ] {
            assert_eq!((is_terraform(name), overrides(name)), (read, override_file), "{name}");
            assert_eq!(replacement(name).as_deref(), instead, "{name}");
        }
    }
}
