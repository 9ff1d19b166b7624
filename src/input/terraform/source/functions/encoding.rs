//! Functions that encode and decode.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha2::{Digest as _, Sha256, Sha512};

use super::super::value::{HclValue, UnknownReason};
use super::digest;
use super::json;
use super::shared::{FunctionResult, bounded, failure};

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    let [value] = args else { return None };
    let text = |change: &dyn Fn(&str) -> String| value.as_text().map(|text| HclValue::text(change(&text)));
    Some(match name {
        "base64encode" => text(&|it| STANDARD.encode(it)),
        "base64decode" => value.as_text().and_then(|text| base64decode(&text)),
        "base64sha256" => text(&|it| STANDARD.encode(Sha256::digest(it))),
        "base64sha512" => text(&|it| STANDARD.encode(Sha512::digest(it))),
        "sha256" => text(&|it| hex(&Sha256::digest(it))),
        "sha512" => text(&|it| hex(&Sha512::digest(it))),
        "md5" => text(&|it| hex(&digest::md5(it.as_bytes()))),
        "sha1" => text(&|it| hex(&digest::sha1(it.as_bytes()))),
        "urlencode" => text(&urlencode),
        "jsonencode" => json::encode(value).and_then(|text| bounded(text.len()).map(|()| HclValue::text(text))),
        "jsondecode" => json::decoded(value),
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn base64decode(text: &str) -> FunctionResult {
    // As Go does: line breaks and the bits of the last letter that no byte has do not matter.
    let text = text.replace(['\r', '\n'], "");
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let bytes = engine.decode(text).map_err(|_| failure("base64decode() of a text that is not base64"))?;
    let text =
        String::from_utf8(bytes).map_err(|_| UnknownReason::failure("base64decode() of bytes that are no text"))?;
    Ok(HclValue::text(text))
}

fn urlencode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
