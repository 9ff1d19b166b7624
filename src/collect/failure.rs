//! Why a call failed, in words for a person and in the few distinctions that the collector acts on.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

use super::Timeouts;
use super::calls::{Last, Trail};
use crate::base::{count, escape};

/// A call that gave no answer to use. Its text is the reason that inventories and reports show.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What the collector acts on.
    pub(super) cause: Cause,
    /// Scheme and host that were asked, where a request was sent.
    pub(super) endpoint: Option<String>,
    /// Whether the service may have done all the same what it was asked for: some attempt got no answer, or one that tells
    /// nothing.
    pub(super) unsure: bool,
    text: String,
}

/// The distinctions that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The caller has no permission.
    Denied,
    /// The resource is not there any more.
    Gone,
    /// Somebody else was writing to the resource at that moment.
    Conflict,
    /// The credentials have expired, or cannot be had any more.
    Expired,
    /// The service does not know the credentials: elsewhere valid ones mean a region that is not enabled.
    UnknownToken,
    /// No credentials were found at all.
    NoCredentials,
    /// Credentials are configured and could not be loaded.
    BadCredentials,
    /// Nobody answers at the endpoint; true where its name does not resolve.
    Unreachable(bool),
    /// The endpoint did not answer within this time.
    Timeout(Duration),
    /// There is an answer, and it makes no sense.
    Garbled,
    /// Anything else.
    Other,
}

impl Failure {
    /// A list that cannot be trusted to be whole.
    pub(super) fn paging(what: &str) -> Self {
        Self { cause: Cause::Other, endpoint: None, unsure: false, text: format!("{what}; the list may be incomplete") }
    }

    /// An answer that lacks what was asked for.
    pub(super) fn empty(operation: &str) -> Self {
        Self { cause: Cause::Garbled, endpoint: None, unsure: true, text: format!("unreadable answer: {operation}") }
    }

    /// A call that was not made, since the credentials are known to have expired.
    pub(super) fn expired(operation: &str) -> Self {
        let text = format!("ExpiredToken: {operation} (the credentials expired during the scan)");
        Self { cause: Cause::Expired, endpoint: None, unsure: false, text }
    }

    /// A call that was not made, since many before it did not get through.
    pub(super) fn unreachable(operation: &str) -> Self {
        let text = format!("connection failed: {operation} (not tried: too many calls before it did not get through)");
        Self { cause: Cause::Unreachable(false), endpoint: None, unsure: false, text }
    }

    /// Reads what the SDK says, with the trail of attempts where that says more.
    pub(super) fn of<E>(error: &SdkError<E>, operation: &'static str, trail: &Trail, timeouts: &Timeouts) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let (cause, text) = if let Some(credentials) = find::<CredentialsError>(error) {
            of_credentials(credentials, operation)
        } else if let SdkError::ServiceError(service) = error {
            of_service(service.err(), service.raw().status().as_u16(), operation, trail)
        } else {
            of_transport(error, operation, trail, timeouts)
        };
        // The time for all attempts can run out in the midst of one.
        let lost =
            trail.sent > 0 && !matches!(error, SdkError::ServiceError(_)) && trail.last != Some(Last::NoConnection);
        let unsure = trail.unsure || lost;
        Self { cause, endpoint: trail.endpoint.clone(), unsure, text }
    }

    /// Whether permission is missing.
    pub(super) fn denied(&self) -> bool {
        self.cause == Cause::Denied
    }

    /// Whether another operation may say what this one does not: this one is not permitted, or not understood.
    pub(super) fn has_detour(&self) -> bool {
        matches!(self.cause, Cause::Denied | Cause::Garbled)
    }

    /// Whether the resource was deleted meanwhile.
    pub(super) fn gone(&self) -> bool {
        self.cause == Cause::Gone
    }

    /// Whether it is the way to the service that failed, not the service.
    pub(super) fn transport(&self) -> bool {
        matches!(self.cause, Cause::Unreachable(_) | Cause::Timeout(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How AWS says no: IAM `AccessDenied`, JSON services `AccessDeniedException`, Cognito its own.
fn is_denial(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorizedException")
}

/// How AWS says too many: the codes that the SDK retries as throttling, of which IAM sends `Throttling` with HTTP 400.
pub(super) fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttl")
        || code.starts_with("TooManyRequests")
        || code.starts_with("RequestThrottled")
        || matches!(code, "RequestLimitExceeded" | "SlowDown" | "LimitExceededException" | "PriorRequestNotComplete")
}

fn of_service<E: ProvideErrorMetadata>(error: &E, status: u16, operation: &str, trail: &Trail) -> (Cause, String) {
    let message = error.message().unwrap_or_default();
    let Some(code) = error.code() else {
        let what = if status < 300 { "unreadable answer, HTTP" } else { "HTTP" };
        let cause = if status < 300 { Cause::Garbled } else { Cause::Other };
        return (cause, format!("{what} {status}: {operation}"));
    };
    let named = format!("{}: {operation}", clean(code));
    match code {
        _ if is_denial(code) => (Cause::Denied, format!("AccessDenied: {operation}{}", who_denies(message))),
        "NoSuchEntity" | "NoSuchEntityException" | "ResourceNotFoundException" => (Cause::Gone, named),
        "ConcurrentModification" | "ConcurrentModificationException" => (Cause::Conflict, named),
        "ExpiredToken" | "ExpiredTokenException" => (Cause::Expired, Failure::expired(operation).text),
        // A signature's error spells out what was signed, session token included: its message stays out.
        "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => (Cause::Other, format!("{named}{}", whose_clock(code, message))),
        "UnrecognizedClientException" | "InvalidClientTokenId" => (Cause::UnknownToken, named),
        _ if message.contains("security token included in the request is invalid") => (Cause::UnknownToken, named),
        _ if is_throttling(code) => (Cause::Other, format!("{named} (gave up after {})", attempts(trail))),
        _ if message.is_empty() => (Cause::Other, named),
        _ => (Cause::Other, format!("{named} ({})", clean(message))),
    }
}

/// A signature holds for minutes: where the time is what is wrong, the machine's clock is.
fn whose_clock(code: &str, message: &str) -> &'static str {
    let by_time = ["Signature expired", "Signature not yet current"].iter().any(|words| message.contains(words));
    if by_time || code.starts_with("RequestExpired") || code.starts_with("RequestTime") {
        " (the times do not fit: check this machine's clock)"
    } else {
        ""
    }
}

/// A denial's message names the caller; the one thing that helps and tells nothing is which kind of policy denies.
fn who_denies(message: &str) -> &'static str {
    [
        ("in a service control policy", " (explicit deny in a service control policy)"),
        ("in a resource control policy", " (explicit deny in a resource control policy)"),
        ("in a permissions boundary", " (explicit deny in a permissions boundary)"),
        ("in a session policy", " (explicit deny in a session policy)"),
    ]
    .into_iter()
    .find(|(policy, _)| message.contains("explicit deny") && message.contains(policy))
    .map_or("", |(_, text)| text)
}

fn of_credentials(error: &CredentialsError, operation: &str) -> (Cause, String) {
    let cause = match error {
        CredentialsError::CredentialsNotLoaded(_) => Cause::NoCredentials,
        _ => Cause::BadCredentials,
    };
    (cause, format!("no credentials: {operation} ({})", clean(&chain(error))))
}

fn of_transport<E>(error: &SdkError<E>, operation: &str, trail: &Trail, timeouts: &Timeouts) -> (Cause, String)
where
    E: StdError + 'static,
{
    let tries = if trail.sent > 1 { format!(" ({})", attempts(trail)) } else { String::new() };
    let timeout = |limit| (Cause::Timeout(limit), format!("timeout after {}: {operation}{tries}", seconds(limit)));
    let answer = if trail.started.elapsed() >= timeouts.operation { timeouts.operation } else { timeouts.attempt };
    // The time for all attempts can run out while the SDK waits before the next one: what ended the last one is why.
    match &trail.last {
        Some(Last::Said(code)) => {
            (Cause::Other, format!("{}: {operation} (gave up after {})", clean(code), attempts(trail)))
        }
        Some(Last::NoConnection) => timeout(timeouts.connect),
        Some(Last::NoAnswer) => timeout(answer),
        Some(Last::Broken(why)) => {
            let unknown_host = ["dns error", "lookup address"].iter().any(|words| why.contains(words));
            (Cause::Unreachable(unknown_host), format!("connection failed: {operation} ({})", clean(why)))
        }
        Some(Last::Garbled(why)) => (Cause::Garbled, format!("unreadable answer: {operation} ({})", clean(why))),
        None => of_request(error, operation).unwrap_or_else(|| timeout(answer)),
    }
}

/// An answer that is none, or a request that was never sent. The SDK's message prints the whole of it, headers included, and stays out.
fn of_request<E: StdError + 'static>(error: &SdkError<E>, operation: &str) -> Option<(Cause, String)> {
    match error {
        SdkError::TimeoutError(_) => return None,
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            return Some((Cause::Garbled, format!("unreadable answer, HTTP {status}: {operation}")));
        }
        _ => {}
    }
    let endpoint = chain(error).contains("endpoint");
    let hint = if endpoint {
        " (the endpoint URL is not valid: see AWS_ENDPOINT_URL and the profile's endpoint_url)"
    } else {
        ""
    };
    Some((Cause::Other, format!("the request could not be made: {operation}{hint}")))
}

fn attempts(trail: &Trail) -> String {
    count(trail.sent.into(), "attempt")
}

/// `3.1 s`, `10 s`.
pub(super) fn seconds(time: Duration) -> String {
    let text = format!("{:.1}", time.as_secs_f64());
    format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
}

/// An error, then what it stems from.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The error of this type among an error and what it stems from.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    causes(error).find_map(<dyn StdError>::downcast_ref)
}

/// An error and what it stems from, each once, without the names of the SDK's own layers.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for error in causes(error) {
        let part = error.to_string();
        let layer = matches!(&*part, "dispatch failure" | "connector error" | "io error" | "other" | "response error")
            || part.starts_with("client error (");
        if !layer && !parts.iter().any(|other| other.contains(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

/// A message that AWS, a server in between or a program wrote, made fit to be shown: one line, short, and without
/// ARNs, access keys and anything as long as a secret. What a credential process wrote to stderr stays out.
pub(super) fn clean(message: &str) -> String {
    const MOST: usize = 240;
    let end = [" Stderr:", "Request {", "Response {"].iter().filter_map(|mark| message.find(mark)).min();
    let message = &message[..end.unwrap_or(message.len())];
    let words = message.split_whitespace().map(|word| match word {
        _ if word.contains("arn:") => "<arn>",
        _ if word.contains("AKIA") || word.contains("ASIA") => "<key>",
        _ if word.len() >= 40 && !word.contains("://") && !word.contains(['\\', '[']) && !is_path(word) => "<…>",
        _ => word,
    });
    let text = escape(&words.collect::<Vec<_>>().join(" ")).into_owned();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A file's path (the SDK quotes it) or a host's name, which help, and no key: base64 has no dot.
fn is_path(word: &str) -> bool {
    word.contains('.') || word.contains('`')
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::error::ErrorMetadata;

    fn service(code: &str, message: &str) -> (Cause, String) {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        of_service(&error, 400, "iam:ListUserTags", &Trail { sent: 10, ..Trail::default() })
    }

    #[test]
    fn reasons_are_code_and_operation() {
        let caller = "User: arn:aws:iam::111122223333:user/scan is not authorized to perform: iam:ListUserTags";
        for (code, message, cause, reason) in [
            ("AccessDenied", caller, Cause::Denied, "AccessDenied: iam:ListUserTags"),
            ("NotAuthorizedException", "", Cause::Denied, "AccessDenied: iam:ListUserTags"),
            (
                "AccessDeniedException",
                "x with an explicit deny in a service control policy",
                Cause::Denied,
                "AccessDenied: iam:ListUserTags (explicit deny in a service control policy)",
            ),
            ("NoSuchEntity", "The user with name x cannot be found.", Cause::Gone, "NoSuchEntity: iam:ListUserTags"),
            ("UnrecognizedClientException", "", Cause::UnknownToken, "UnrecognizedClientException: iam:ListUserTags"),
            ("Throttling", "Rate exceeded", Cause::Other, "Throttling: iam:ListUserTags (gave up after 10 attempts)"),
            (
                "ExpiredToken",
                "",
                Cause::Expired,
                "ExpiredToken: iam:ListUserTags (the credentials expired during the scan)",
            ),
            (
                "ValidationError",
                "Value at 'serialNumber'\u{1b}[2J failed",
                Cause::Other,
                "ValidationError: iam:ListUserTags (Value at 'serialNumber'\\u{1b}[2J failed)",
            ),
            (
                "SignatureDoesNotMatch",
                "The canonical string: x-amz-security-token:IQoJb3JpZ2luX2Vj",
                Cause::Other,
                "SignatureDoesNotMatch: iam:ListUserTags",
            ),
        ] {
            assert_eq!(service(code, message), (cause, reason.to_owned()));
        }
    }

    #[test]
    fn messages_are_cleaned_of_what_must_not_be_shown() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1";
        for (message, shown) in [
            ("caller arn:aws:sts::111122223333:assumed-role/a/b may not", "caller <arn> may not"),
            ("key AKIAIOSFODNN7EXAMPLE is off", "key <key> is off"),
            ("a\nb", "a b"),
            ("exited with code 1. Stderr: token=abc", "exited with code 1."),
        ] {
            assert_eq!(clean(message), shown);
        }
        assert!(!clean(&format!("got {secret} here")).contains("wJalr"));
        assert!(clean(&"long ".repeat(1000)).chars().count() <= 241);
    }

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(Duration::from_millis(3100)), "3.1 s");
        assert_eq!(seconds(Duration::from_secs(10)), "10 s");
    }
}
