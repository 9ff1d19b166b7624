//! The error of a failed call: a text for reports, and the few distinctions that the collector acts on.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, Instant};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};

use super::timeouts::{Timeouts, seconds};
use crate::base::{count, escape};

/// The failure of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LastAttempt {
    /// The service answered with this error code, or with an HTTP status alone.
    Said(String),
    /// No connection in time.
    NoConnection,
    /// No answer in time.
    NoAnswer,
    /// The connection failed.
    Broken(String),
    /// An answer that cannot be parsed.
    Garbled(String),
}

impl LastAttempt {
    /// Returns `true` if the same request may succeed later, although nothing changes but the time.
    fn is_transient(&self) -> bool {
        match self {
            Self::Said(code) => is_throttling(code) || code.starts_with("RequestTimeout"),
            Self::NoConnection => true,
            Self::NoAnswer | Self::Broken(_) | Self::Garbled(_) => false,
        }
    }
}

/// The attempts of one call so far.
#[derive(Debug, Clone)]
pub(crate) struct Attempts {
    /// The start of the call.
    pub(crate) started: Instant,
    /// The number of requests that were sent.
    pub(crate) sent: u32,
    /// Scheme and host of the requests.
    pub(crate) endpoint: Option<String>,
    /// The failure of the last attempt.
    pub(crate) last: Option<LastAttempt>,
    /// The number of attempts that did not reach the service.
    pub(crate) failed: u32,
    /// `true` if any attempt leaves open what the service did: it got no answer, or an answer without an error code.
    pub(crate) uncertain: bool,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { started: Instant::now(), sent: 0, endpoint: None, last: None, failed: 0, uncertain: false }
    }
}

/// The error of a call. Its text is the reason that inventories and reports show.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    /// The distinction that the collector acts on.
    pub(crate) cause: Cause,
    /// Scheme and host of the request, if one was sent.
    pub(crate) endpoint: Option<String>,
    /// `true` if the service may have carried out the request although the call failed.
    pub(crate) uncertain: bool,
    /// `true` if nothing was carried out and the same request may succeed later: it was throttled or not sent.
    pub(crate) transient: bool,
    text: String,
}

/// The cause of a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The caller has no permission.
    Denied,
    /// The resource is not there any more.
    Gone,
    /// Another request was writing to the resource at that moment.
    Conflict,
    /// The credentials have expired and there are no others.
    Expired,
    /// The service does not know the credentials. If they are valid elsewhere, the region is not enabled.
    UnknownToken,
    /// No credentials were found at all.
    NoCredentials,
    /// Credentials are configured and could not be loaded.
    BadCredentials,
    /// The endpoint cannot be reached; `true` if its name does not resolve.
    Unreachable(bool),
    /// The endpoint did not answer within this time limit.
    Timeout(Duration),
    /// The answer cannot be parsed.
    Garbled,
    /// Anything else.
    Other,
}

impl ApiError {
    /// The error for a list that may be incomplete.
    pub(crate) fn paging(what: &str) -> Self {
        Self {
            cause: Cause::Other,
            endpoint: None,
            uncertain: false,
            transient: false,
            text: format!("{what}; the list may be incomplete"),
        }
    }

    /// The error for an answer without the requested data.
    pub(crate) fn empty(operation: &str) -> Self {
        let text = format!("unreadable answer: {operation}");
        Self { cause: Cause::Garbled, endpoint: None, uncertain: true, transient: false, text }
    }

    /// The error for a call that was not made because the credentials have expired.
    pub(crate) fn expired(operation: &str) -> Self {
        let text = format!("ExpiredToken: {operation} (the credentials expired during the scan)");
        Self { cause: Cause::Expired, endpoint: None, uncertain: false, transient: false, text }
    }

    /// The error for a call that was not made because many calls before it did not reach the service.
    pub(crate) fn unreachable(operation: &str) -> Self {
        let text =
            format!("connection failed: {operation} (not tried: too many earlier calls did not reach the service)");
        Self { cause: Cause::Unreachable(false), endpoint: None, uncertain: false, transient: false, text }
    }

    /// The error for a call that was not made because this many calls of the operation failed in a row, the last with
    /// `code`.
    pub(crate) fn not_tried(code: &str, operation: &str, failed: u32) -> Self {
        let text = format!("{code}: {operation} (given up: {} in a row failed)", count(failed.into(), "call"));
        Self { cause: Cause::Other, endpoint: None, uncertain: false, transient: false, text }
    }

    /// The error code, or the kind of failure where there is none.
    pub(crate) fn code(&self) -> &str {
        self.text.split_once(": ").map_or(&self.text, |(code, _)| code)
    }

    /// Converts the error of the SDK. The attempts are used if they contain more information.
    pub(crate) fn of<E>(error: &SdkError<E>, operation: &'static str, attempts: &Attempts, timeouts: &Timeouts) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let kind = match error {
            SdkError::ServiceError(service) => Failure::Service(service.err(), service.raw().status().as_u16()),
            SdkError::ResponseError(answer) => Failure::Answer(answer.raw().status().as_u16()),
            SdkError::TimeoutError(_) => Failure::Time,
            _ => Failure::Other,
        };
        Self::of_failure(error, &kind, operation, attempts, timeouts)
    }

    fn of_failure(
        error: &(dyn StdError + 'static),
        kind: &Failure<'_>,
        operation: &'static str,
        attempts: &Attempts,
        timeouts: &Timeouts,
    ) -> Self {
        let (cause, text) = if let Some(credentials) = find::<CredentialsError>(error) {
            from_credentials(credentials, operation)
        } else if let Failure::Service(said, status) = kind {
            from_service(*said, *status, operation, attempts)
        } else {
            from_transport(error, kind, operation, attempts, timeouts)
        };
        // The time limit of the call can pass during an attempt.
        let lost = attempts.sent > 0
            && !matches!(kind, Failure::Service(..))
            && attempts.last != Some(LastAttempt::NoConnection);
        let uncertain = attempts.uncertain || lost;
        let transient = !uncertain && attempts.last.as_ref().is_some_and(LastAttempt::is_transient);
        Self { cause, endpoint: attempts.endpoint.clone(), uncertain, transient, text }
    }

    /// The error of one resource, in an answer that says for each resource how it failed.
    pub(crate) fn of_resource(code: &str, message: &str, status: i32, operation: &str) -> Self {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        let (cause, text) = from_service(&error, 200, operation, &Attempts { sent: 1, ..Attempts::default() });
        let transient = is_throttling(code);
        let uncertain = !transient && (status >= 500 || code.starts_with("Internal"));
        Self { cause, endpoint: None, uncertain, transient, text }
    }

    /// Returns the same error, after which the request may succeed.
    pub(crate) fn transient(self) -> Self {
        Self { transient: true, ..self }
    }

    /// Returns `true` if permission is missing.
    pub(crate) fn denied(&self) -> bool {
        self.cause == Cause::Denied
    }

    /// Returns `true` if another operation may give the same data: this one is not permitted, or its answer cannot be
    /// parsed.
    pub(crate) fn has_detour(&self) -> bool {
        matches!(self.cause, Cause::Denied | Cause::Garbled)
    }

    /// Returns `true` if the resource was deleted in the meantime.
    pub(crate) fn gone(&self) -> bool {
        self.cause == Cause::Gone
    }

    /// Returns `true` if the next call may fail for the same reason, whatever it asks for. A network that is down has a
    /// count of its own, for all operations.
    pub(crate) fn may_last(&self) -> bool {
        matches!(self.cause, Cause::Garbled | Cause::Timeout(_) | Cause::Other)
    }

    /// Returns `true` if the call did not reach the service.
    pub(crate) fn transport(&self) -> bool {
        matches!(self.cause, Cause::Unreachable(_) | Cause::Timeout(_))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns `true` if an error code denies permission: IAM sends `AccessDenied`, JSON services `AccessDeniedException`,
/// Cognito `NotAuthorizedException`.
fn is_denial(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorizedException")
}

/// Returns `true` if an error code means throttling: the codes that the SDK retries as such. IAM sends `Throttling`
/// with HTTP 400.
pub(crate) fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttl")
        || code.starts_with("TooManyRequests")
        || code.starts_with("RequestThrottled")
        || matches!(code, "RequestLimitExceeded" | "SlowDown" | "LimitExceededException" | "PriorRequestNotComplete")
}

/// The kind of a failure, without the operation's type.
enum Failure<'e> {
    /// The service said so, with this HTTP status.
    Service(&'e dyn ProvideErrorMetadata, u16),
    /// An answer with this HTTP status that is not one of the API.
    Answer(u16),
    Time,
    Other,
}

fn from_service(
    error: &dyn ProvideErrorMetadata,
    status: u16,
    operation: &str,
    attempts: &Attempts,
) -> (Cause, String) {
    let message = error.message().unwrap_or_default();
    let Some(code) = error.code() else {
        let what = if status < 300 { "unreadable answer, HTTP" } else { "HTTP" };
        let cause = if status < 300 { Cause::Garbled } else { Cause::Other };
        return (cause, format!("{what} {status}: {operation}"));
    };
    let named = format!("{}: {operation}", clean(code));
    match code {
        _ if is_denial(code) => (Cause::Denied, format!("AccessDenied: {operation}{}", denying_policy(message))),
        "NoSuchEntity" | "NoSuchEntityException" | "ResourceNotFoundException" => (Cause::Gone, named),
        "ConcurrentModification" | "ConcurrentModificationException" => (Cause::Conflict, named),
        "ExpiredToken" | "ExpiredTokenException" => (Cause::Expired, ApiError::expired(operation).text),
        // The message of a signature error contains what was signed, including the session token, so it is not shown.
        "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => (Cause::Other, format!("{named}{}", clock_advice(code, message))),
        "UnrecognizedClientException" | "InvalidClientTokenId" => (Cause::UnknownToken, named),
        _ if message.contains("security token included in the request is invalid") => (Cause::UnknownToken, named),
        _ if is_throttling(code) => (Cause::Other, format!("{named} (gave up after {})", attempt_count(attempts))),
        _ if message.is_empty() => (Cause::Other, named),
        _ => (Cause::Other, format!("{named} ({})", clean(message))),
    }
}

/// The advice for a signature outside its validity of a few minutes: the machine's clock is wrong.
fn clock_advice(code: &str, message: &str) -> &'static str {
    let by_time = ["Signature expired", "Signature not yet current"].iter().any(|words| message.contains(words));
    if by_time || code.starts_with("RequestExpired") || code.starts_with("RequestTime") {
        " (the times do not match: check this machine's clock)"
    } else {
        ""
    }
}

/// The kind of policy that denies. The rest of a denial's message is not shown because it names the caller.
fn denying_policy(message: &str) -> &'static str {
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

fn from_credentials(error: &CredentialsError, operation: &str) -> (Cause, String) {
    let cause = match error {
        CredentialsError::CredentialsNotLoaded(_) => Cause::NoCredentials,
        _ => Cause::BadCredentials,
    };
    (cause, format!("no credentials: {operation} ({})", clean(&chain(error))))
}

fn from_transport(
    error: &(dyn StdError + 'static),
    kind: &Failure<'_>,
    operation: &str,
    attempts: &Attempts,
    timeouts: &Timeouts,
) -> (Cause, String) {
    let tries = if attempts.sent > 1 { format!(" ({})", attempt_count(attempts)) } else { String::new() };
    let timeout = |limit| (Cause::Timeout(limit), format!("timeout after {}: {operation}{tries}", seconds(limit)));
    let answer = if attempts.started.elapsed() >= timeouts.operation { timeouts.operation } else { timeouts.attempt };
    // The time limit of the call can pass while the SDK waits before a retry: the reason is then the last attempt.
    match &attempts.last {
        Some(LastAttempt::Said(code)) => {
            (Cause::Other, format!("{}: {operation} (gave up after {})", clean(code), attempt_count(attempts)))
        }
        Some(LastAttempt::NoConnection) => timeout(timeouts.connect),
        Some(LastAttempt::NoAnswer) => timeout(answer),
        Some(LastAttempt::Broken(why)) => {
            let unknown_host = ["dns error", "lookup address"].iter().any(|words| why.contains(words));
            (Cause::Unreachable(unknown_host), format!("connection failed: {operation} ({})", clean(why)))
        }
        Some(LastAttempt::Garbled(why)) => (Cause::Garbled, format!("unreadable answer: {operation} ({})", clean(why))),
        None => from_request(error, kind, operation).unwrap_or_else(|| timeout(answer)),
    }
}

/// The error for an answer that is not one of the API, or for a request that was never sent. The SDK's message contains
/// the whole request or answer with its headers, so it is not shown.
fn from_request(error: &(dyn StdError + 'static), kind: &Failure<'_>, operation: &str) -> Option<(Cause, String)> {
    match kind {
        Failure::Time => return None,
        Failure::Answer(status) => {
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

fn attempt_count(attempts: &Attempts) -> String {
    count(attempts.sent.into(), "attempt")
}

/// An error, followed by its sources.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The first error of this type in a chain of sources.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    causes(error).find_map(<dyn StdError>::downcast_ref)
}

/// The texts of an error and its sources, each once, without the names of the SDK's layers.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
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

/// Sanitizes a message from AWS, a proxy or a credential process: one line, short, without ARNs, access keys and anything
/// as long as a secret. What a credential process wrote to stderr is left out.
pub(crate) fn clean(message: &str) -> String {
    const MAX_MESSAGE: usize = 240;
    let end = [" Stderr:", "Request {", "Response {"].iter().filter_map(|mark| message.find(mark)).min();
    let message = &message[..end.unwrap_or(message.len())];
    let words = message.split_whitespace().map(|word| match word {
        _ if word.contains("arn:") => "<arn>",
        _ if word.contains("AKIA") || word.contains("ASIA") => "<key>",
        // A secret access key has 40 characters, a session token has more.
        _ if word.len() >= 40 && !word.contains("://") && !word.contains(['\\', '[']) && !is_path(word) => "<…>",
        _ => word,
    });
    let text = escape(&words.collect::<Vec<_>>().join(" ")).into_owned();
    match text.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Returns `true` if a long word is a file path (the SDK quotes it) or a host name. A secret has no dot: it is base64.
fn is_path(word: &str) -> bool {
    word.contains('.') || word.contains('`')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str, message: &str) -> (Cause, String) {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        from_service(&error, 400, "iam:ListUserTags", &Attempts { sent: 10, ..Attempts::default() })
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
}
