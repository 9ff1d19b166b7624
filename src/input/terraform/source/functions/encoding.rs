//! Functions that encode and decode.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::value::{HclValue, MAX_TEXT, UnknownReason};
use super::csv;
use super::digest;
use super::json;
use super::yaml;
use super::yaml_text;
use super::shared::{FunctionResult, bounded, failure};
use crate::base::read_whole;

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    let [value] = args else { return of_two(name, args) };
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
        "csvdecode" => csv::decode(value),
        "yamldecode" => yaml::decode(value),
        "yamlencode" => yaml_text::encode(value),
        "urldecode" => value.as_text().and_then(|text| urldecode(&text)),
        "base64gunzip" => value.as_text().and_then(|text| gunzip(&text)),
        _ => return None,
    })
}

fn of_two(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    let [first, second] = args else { return None };
    let texts = || Ok((first.as_text()?, second.as_text()?));
    Some(match name {
        "textencodebase64" => texts().and_then(|(text, encoding)| encode_text(&text, &encoding)),
        "textdecodebase64" => texts().and_then(|(text, encoding)| decode_text(&text, &encoding)),
        "uuidv5" => texts().and_then(|(namespace, text)| uuid_of_name(&namespace, &text)),
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
    let bytes = decoded_bytes(text).ok_or_else(|| failure("base64decode() of a text that is not base64"))?;
    let text =
        String::from_utf8(bytes).map_err(|_| UnknownReason::failure("base64decode() of bytes that are no text"))?;
    Ok(HclValue::text(text))
}

/// The bytes of base64 as Go reads it: line breaks and the bits of the last letter that no byte has do not matter.
fn decoded_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.replace(['\r', '\n'], "");
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    engine.decode(text).ok()
}

/// The text of compressed bytes in base64 (`OpenTofu`).
fn gunzip(text: &str) -> FunctionResult {
    let bytes = decoded_bytes(text).ok_or_else(|| failure("base64gunzip() of a text that is not base64"))?;
    let bytes = read_whole(MultiGzDecoder::new(&*bytes), MAX_TEXT as u64);
    let bytes = bytes.map_err(|_| UnknownReason::from("bytes that taglint does not unpack"))?;
    String::from_utf8(bytes).map(HclValue::text).map_err(|_| "bytes that are no text".into())
}

/// The base64 of a text in an encoding.
fn encode_text(text: &str, encoding: &str) -> FunctionResult {
    let units = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-16le" => units(u16::to_le_bytes),
        "utf-16be" => units(u16::to_be_bytes),
        _ => return Err("an encoding that taglint does not write".into()),
    };
    bounded(bytes.len() / 3 * 4)?;
    Ok(HclValue::text(STANDARD.encode(bytes)))
}

/// The text that base64 holds in an encoding.
fn decode_text(text: &str, encoding: &str) -> FunctionResult {
    let bytes = decoded_bytes(text).ok_or_else(|| failure("textdecodebase64() of a text that is not base64"))?;
    let units = |unit: fn([u8; 2]) -> u16| {
        let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&words).ok().filter(|_| bytes.len().is_multiple_of(2))
    };
    let text = match encoding.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes.clone()).ok(),
        "utf-16le" => units(u16::from_le_bytes),
        "utf-16be" => units(u16::from_be_bytes),
        _ => return Err("an encoding that taglint does not read".into()),
    };
    text.map(HclValue::text).ok_or_else(|| "bytes that are no text of this encoding".into())
}

/// The name-based UUID (RFC 9562, version 5).
fn uuid_of_name(namespace: &str, text: &str) -> FunctionResult {
    // The well-known namespaces differ in one byte.
    let known = |number: u8| format!("6ba7b81{number}-9dad-11d1-80b4-00c04fd430c8");
    let namespace = match namespace {
        "dns" => known(0),
        "url" => known(1),
        "oid" => known(2),
        "x500" => known(4),
        other => other.to_owned(),
    };
    let digits = namespace.replace('-', "");
    let is_usual = namespace.len() == 32 || namespace.len() == 36 && namespace.matches('-').count() == 4;
    let number = Some(&digits).filter(|digits| is_usual && digits.len() == 32 && !digits.starts_with('+'));
    let number = number.and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let number = number.ok_or_else(|| UnknownReason::failure_if(digits.len() < 32, "a namespace that is no UUID"))?;
    let mut bytes = digest::sha1(&[&number.to_be_bytes()[..], text.as_bytes()].concat());
    bytes.truncate(16);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    Ok(HclValue::text([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")))
}

/// The text of a query of an address (`OpenTofu`).
fn urldecode(text: &str) -> FunctionResult {
    let is_escape = |rest: &str| rest.get(..2).is_some_and(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !text.split('%').skip(1).all(is_escape) {
        return Err(failure("urldecode() of a text with a broken escape"));
    }
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text.replace('+', " ")).collect();
    String::from_utf8(bytes).map(HclValue::text).map_err(|_| "urldecode() of bytes that are no text".into())
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
