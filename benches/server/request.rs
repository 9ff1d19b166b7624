//! A request as the SDK sends it, and errors as AWS words them.

use std::io::{BufRead, Read as _};

use serde_json::{Value, json};

/// The two shapes of AWS's protocols that are needed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// A form in, XML out: IAM and STS.
    Query,
    /// JSON both ways.
    Json,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) protocol: Protocol,
    /// As it stands in the signature: `iam`, `tagging`, …
    pub(super) service: String,
    pub(super) region: String,
    /// Of the credentials: the twelve digits in the access key id.
    pub(super) account: String,
    pub(super) operation: String,
    params: Value,
}

impl Request {
    /// Reads one; `None` where there is none, or none that AWS would take.
    pub(super) fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let path = line.split(' ').nth(1)?.to_owned();
        let (mut length, mut target, mut credential) = (0, None, None);
        loop {
            line.clear();
            reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "x-amz-target" => target = Some(value.trim().to_owned()),
                "authorization" => {
                    credential = value.split_once("Credential=").map(|(_, rest)| rest.trim().to_owned());
                }
                _ => {}
            }
        }
        let mut body = Vec::new();
        reader.take(length).read_to_end(&mut body).ok()?;
        let credential = credential?;
        let scope: Vec<&str> = credential.split(',').next()?.split('/').collect();
        let [key, _, region, service, "aws4_request"] = scope[..] else { return None };
        let (protocol, operation, params) = match target {
            Some(target) => {
                let operation = target.rsplit('.').next()?.to_owned();
                (Protocol::Json, operation, serde_json::from_slice(&body).ok()?)
            }
            None if service == "account" => {
                let operation = if path.ends_with("/listRegions") { "ListRegions" } else { "?" };
                (Protocol::Json, operation.to_owned(), serde_json::from_slice(&body).unwrap_or(json!({})))
            }
            None if service == "resource-explorer-2" => {
                let operation = path.trim_start_matches('/').to_owned();
                (Protocol::Json, operation, serde_json::from_slice(&body).unwrap_or(json!({})))
            }
            None => {
                let params = form(&body)?;
                (Protocol::Query, params["Action"].as_str()?.to_owned(), params)
            }
        };
        let own = |text: &str| text.to_owned();
        Some(Self {
            protocol,
            service: own(service),
            region: own(region),
            account: own(key.get(4..16)?),
            operation,
            params,
        })
    }

    /// As IAM policies name the operation.
    pub(super) fn name(&self) -> String {
        let service = if self.service == "tagging" { "tag" } else { &self.service };
        format!("{service}:{}", self.operation)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params[name].as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn object(&self, name: &str) -> Option<&serde_json::Map<String, Value>> {
        self.params[name].as_object()
    }

    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.params[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A page size; a form has only texts.
    pub(super) fn size(&self, name: &str, default: usize, most: usize) -> Result<usize, (&'static str, String)> {
        let given = match &self.params[name] {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
            _ => Some(default),
        };
        given
            .filter(|n| (1..=most).contains(n))
            .ok_or_else(|| ("ValidationError", format!("{name} must be from 1 to {most}")))
    }

    pub(super) fn content_type(&self) -> &'static str {
        if self.protocol == Protocol::Query { "text/xml" } else { "application/x-amz-json-1.1" }
    }

    /// What each service calls too many requests.
    pub(super) fn throttling_code(&self) -> &'static str {
        match self.service.as_str() {
            "iam" | "sts" => "Throttling",
            "tagging" => "ThrottledException",
            _ => "TooManyRequestsException",
        }
    }

    pub(super) fn error(&self, code: &str, message: &str) -> (u16, String) {
        let body = match self.protocol {
            Protocol::Query => format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            ),
            Protocol::Json => json!({"__type": code, "message": message}).to_string(),
        };
        (400, body)
    }
}

/// A form as an object of texts.
fn form(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    let mut out = serde_json::Map::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=')?;
        out.insert(decode(name)?, decode(value)?.into());
    }
    Some(Value::Object(out))
}
