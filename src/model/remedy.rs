//! Ways to settle an unknown result, by the words of its reason.
//!
//! A reason is text, not a type of its own: an inventory carries it as text, and those of older versions and of other tools
//! have nothing else. A type beside the text would have to be written into every inventory line and read back to help
//! there, for a hint of one line in the text report. A test holds that each word below stands in a reason that taglint
//! writes, so that none is reworded alone.

/// The end of the reason of a variable that source gives no value.
pub const NO_VALUE_IN_SOURCE: &str = "has no value in source";

/// The end of the reason of a value that an apply computes.
pub const KNOWN_AFTER_APPLY: &str = "is known only after apply";

/// The end of the reason of a value that a plan has and source has not.
pub const KNOWN_TO_A_PLAN: &str = "is known only to a plan";

/// The end of the reason of a workspace that nothing selects.
pub const NO_WORKSPACE: &str = "is not selected (`--workspace`)";

/// The end of the reason of a caller whose arguments and providers are not read.
pub const CALLER_NOT_READ: &str = "and what it sets is not read";

/// The end of the reason of what something else than the source sets.
pub const SET_ELSEWHERE: &str = "something else may set it";

/// Words of reasons, and what settles them. The words are parts of reasons that taglint itself writes.
const REMEDIES: &[(&[&str], &str)] = &[
    (
        &[NO_VALUE_IN_SOURCE, "that Terraform does not load by itself"],
        "--var, --var-file or a default gives a variable its value; a plan has all values",
    ),
    (&["a file of values could not be read"], "the values of variables are known once that file can be read"),
    (&[NO_WORKSPACE], "--workspace selects the workspace"),
    (
        &["`terraform init` does that", "run `terraform init`"],
        "`terraform init` fetches the modules that could not be read",
    ),
    (
        &["outside the checked folder", "in what could be read", "may call this module"],
        "the reason is settled once the files that could not be read are read: check the whole repository (`--srcroot`), and mend broken files",
    ),
    (
        &[CALLER_NOT_READ, "sets the inputs and providers", "takes its providers from a caller"],
        "a plan of the caller has the values that it sets (docs/terragrunt.md, docs/atmos.md, docs/terraform-stacks.md)",
    ),
    (
        &[KNOWN_TO_A_PLAN, "is read by Terraform", "whose attributes a plan knows", "taglint does not"],
        "a plan (`terraform show -json`) has the values of data sources, of other resources and of all functions",
    ),
    (&["the plan does not show all tags"], "the source beside the plan, or `--source`, has the other tags"),
    (
        &[KNOWN_AFTER_APPLY, "is known only after the apply"],
        "nothing settles before an apply what is known only after it; `taglint scan` checks the resources then",
    ),
    (
        &[SET_ELSEWHERE, "to something else", "the tags of another resource"],
        "neither source nor a plan has what something else sets; `taglint scan` checks the resources in the account",
    ),
];

/// The ways to settle unknown results with these reasons, each once.
pub fn remedies<'r>(reasons: impl IntoIterator<Item = &'r str> + Clone) -> impl Iterator<Item = &'static str> {
    REMEDIES.iter().filter_map(move |(words, remedy)| {
        let is_one = |reason: &str| words.iter().any(|words| reason.contains(words));
        reasons.clone().into_iter().any(is_one).then_some(*remedy)
    })
}

/// The ways to settle denied calls, as texts of an operation and an error, each once.
pub fn access_remedies<'r>(errors: impl IntoIterator<Item = &'r str>) -> impl Iterator<Item = &'static str> {
    let denied = |error: &str| ["AccessDenied", "UnauthorizedOperation"].iter().any(|code| error.contains(code));
    // Where the role cannot be assumed, no permission of it helps.
    let (mut of_role, mut of_call) = (false, false);
    for error in errors.into_iter().filter(|error| denied(error)) {
        if error.contains("AssumeRole") { of_role = true } else { of_call = true }
    }
    [
        (
            of_role,
            "to settle a denied sts:AssumeRole: create the role in the account, or let it trust the caller; with the flags of the scan, `taglint permissions scan --for-role` prints its permissions, and `--trust` its trust policy",
        ),
        (
            of_call,
            "to settle AccessDenied: `taglint permissions scan` prints the IAM policy that the reading role needs",
        ),
    ]
    .into_iter()
    .filter_map(|(is, remedy)| is.then_some(remedy))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The text of all source files but this one.
    fn sources(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.file_name().is_some_and(|name| name != "remedy.rs") {
                out.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn each_word_of_a_remedy_stands_in_a_reason_that_is_written() {
        let shared =
            [NO_VALUE_IN_SOURCE, KNOWN_AFTER_APPLY, KNOWN_TO_A_PLAN, NO_WORKSPACE, CALLER_NOT_READ, SET_ELSEWHERE];
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        for words in REMEDIES.iter().flat_map(|(words, _)| *words) {
            assert!(shared.contains(words) || text.contains(words), "no reason says {words:?}");
        }
    }

    #[test]
    fn each_way_is_given_once_and_a_reason_of_none_has_none() {
        let of = |reasons: &[&str]| remedies(reasons.iter().copied()).count();
        assert_eq!(of(&["`var.a` has no value in source", "`var.b` has no value in source (a.tf:1)"]), 1);
        assert_eq!(
            of(&["`timestamp()` is known only after apply", "`terraform.workspace` is not selected (`--workspace`)"]),
            2
        );
        assert_eq!(of(&["a string that is too long"]), 0);
        assert_eq!(access_remedies(["ThrottlingException: sts:AssumeRole"]).count(), 0);
        let (call, role) = ("iam:ListMFADeviceTags AccessDenied", "sts:AssumeRole AccessDenied");
        assert_eq!(access_remedies([call, role, role]).count(), 2);
        let of = |error| access_remedies([error]).next().unwrap();
        assert!(of(role).contains("--for-role") && of(role).contains("--trust") && !of(call).contains("--for-role"));
    }
}
