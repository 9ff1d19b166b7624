//! The errors of an import.

/// The error of an import. `source` is the name of the input in which it is.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ImportError {
    /// An input that is not JSON.
    #[error("{name}: not JSON: {error}")]
    Json { name: String, error: serde_json::Error },
    /// A template or Terraform source with a mistake.
    #[error("{name}: {message}")]
    Syntax { name: String, message: String },
    /// An input of another kind.
    #[error(
        "{0}: this is neither an AWS Organizations tag policy (an object with `tags`, or the output of `aws organizations describe-effective-policy --policy-type TAG_POLICY`), nor an AWS Config rule required-tags (`tag1Key`, the output of `aws configservice describe-config-rules`, a CloudFormation template, a conformance pack or Terraform source), nor the output of `aws resourcegroupstaggingapi list-required-tags`"
    )]
    Unknown(String),
    /// An effective policy beside other policies.
    #[error(
        "{0} is an effective tag policy, which parent policies are merged into already; import it alone, or the policies that it is made from"
    )]
    EffectiveAmongSeveral(String),
    /// An input from which no rule can be made.
    #[error("no rule can be made from it{}", reasons(.0))]
    Nothing(Vec<String>),
    /// An input or a result that is too large.
    #[error("{0}: a policy of {1} bytes is too large")]
    TooLarge(String, usize),
}

fn reasons(notes: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = notes.iter().take(SHOWN).map(|note| crate::base::escape(note)).collect();
    if shown.is_empty() { String::new() } else { format!(": {}", shown.join("; ")) }
}
