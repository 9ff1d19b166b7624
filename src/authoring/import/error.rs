//! The errors of an import.

/// The error of an import.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An input that is not JSON.
    #[error("not JSON: {0}")]
    Json(serde_json::Error),
    /// JSON of another kind.
    #[error(
        "this is neither an AWS Organizations tag policy (an object with `tags`, or the output of `aws organizations describe-effective-policy --policy-type TAG_POLICY`) nor parameters of the AWS Config rule required-tags (`tag1Key`, or the output of `aws configservice describe-config-rules`)"
    )]
    Unknown,
    /// An input from which no rule can be made.
    #[error("no rule can be made from it{}", reasons(.0))]
    Nothing(Vec<String>),
    /// An input or a result that is too large.
    #[error("a policy of {0} bytes is too large")]
    TooLarge(usize),
}

fn reasons(notes: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = notes.iter().take(SHOWN).map(|note| crate::base::escape(note)).collect();
    if shown.is_empty() { String::new() } else { format!(": {}", shown.join("; ")) }
}
