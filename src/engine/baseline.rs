//! The baseline: an earlier report whose findings do not count as new.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::finding::Fingerprint;
use super::redact::{Redactor, is_redacted};

/// The findings of an earlier taglint report.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// Sorted by fingerprint.
    pub(super) entries: Vec<(Fingerprint, BaselineEntry)>,
    /// The key checks of the findings; `None` for findings without one.
    key_checks: BTreeSet<Option<String>>,
}

/// A finding of the baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaselineEntry {
    /// The rule's id.
    pub rule: String,
    /// ARN, address or name of the resource.
    pub resource: String,
    /// The account id, twelve digits; empty if not known.
    pub account: String,
    /// The region; empty for IAM.
    pub region: String,
    /// The resource type.
    pub kind: String,
}

/// The reason why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file is not a taglint report.
    #[error("not a taglint report (.json, .jsonl or .sarif): {0}")]
    NotAReport(String),
    /// The report is redacted, and this run is not.
    #[error(
        "it is redacted, and this run is not: none of its findings would be recognized; use --redact with its key in TAGLINT_REDACT_KEY, or a baseline without redaction"
    )]
    Redacted,
    /// This run is redacted, and the report is not.
    #[error(
        "it is not redacted, and this run is: none of its findings would be recognized; write it with --redact and the same TAGLINT_REDACT_KEY"
    )]
    NotRedacted,
    /// The report has another key.
    #[error(
        "it is redacted with another key than this run: none of its findings would be recognized; set TAGLINT_REDACT_KEY to the key of the baseline (without this variable each run has a random key)"
    )]
    OtherKey,
    /// A file put together of several reports.
    #[error("its findings are redacted with different keys, or only some of them are: use the report of one run")]
    SeveralKeys,
    /// The report has no key check, and none of its findings was recognized.
    #[error(
        "it is redacted, has no key check, and none of its findings was recognized: its key may be another one; write it again with this taglint, --redact and TAGLINT_REDACT_KEY"
    )]
    UnknownKey,
}

/// The agreement between the redaction of a baseline and the one of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaselineKey {
    /// They agree.
    Same,
    /// An earlier taglint wrote the baseline without a key check.
    NotChecked,
}

#[derive(Deserialize)]
struct JsonFinding {
    rule: String,
    fingerprint: String,
    #[serde(default)]
    resource: JsonResource,
    #[serde(default, rename = "redaction-key")]
    redaction_key: Option<String>,
}

#[derive(Deserialize, Default)]
struct JsonResource {
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// The last line of a JSON Lines report that is not complete. It is no finding.
#[derive(Deserialize)]
struct SummaryLine {
    #[serde(rename = "summary")]
    _summary: serde::de::IgnoredAny,
}

impl Baseline {
    /// Parses a report in one of the three formats, which is detected from the content.
    ///
    /// # Errors
    /// [`BaselineError`] if the text is not a taglint report.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let bad = |why: &str| BaselineError::NotAReport(why.to_owned());
        let (mut entries, mut key_checks) = (BTreeMap::new(), BTreeSet::new());
        let mut add = |finding: JsonFinding| {
            let print = fingerprint(&finding.fingerprint).ok_or_else(|| bad("a finding has no fingerprint"))?;
            let resource = finding.resource;
            key_checks.insert(finding.redaction_key);
            entries.insert(
                print,
                BaselineEntry {
                    rule: finding.rule,
                    resource: resource.arn.or(resource.address).or(resource.name).unwrap_or_default(),
                    account: resource.account.unwrap_or_default(),
                    region: resource.region.unwrap_or_default(),
                    kind: resource.kind.unwrap_or_default(),
                },
            );
            Ok::<_, BaselineError>(())
        };
        // One JSON value is a report, or the only line of a JSONL report. Other text is read as JSONL.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
            if value.get("runs").is_some() {
                for finding in sarif(&value).ok_or_else(|| bad("another tool wrote this SARIF file"))? {
                    add(finding)?;
                }
            } else if let Some(findings) = value.get("findings").and_then(|f| f.as_array()) {
                let key = value.get("redaction-key").and_then(|key| key.as_str()).map(str::to_owned);
                for finding in findings {
                    let finding = JsonFinding::deserialize(finding).map_err(|e| bad(&e.to_string()))?;
                    add(JsonFinding { redaction_key: key.clone(), ..finding })?;
                }
            } else if value.get("summary").is_none() {
                add(JsonFinding::deserialize(&value).map_err(|e| bad(&e.to_string()))?)?;
            }
        } else {
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                if serde_json::from_str::<SummaryLine>(line).is_ok() {
                    continue;
                }
                add(serde_json::from_str(line).map_err(|e| bad(&format!("line {}: {e}", number + 1)))?)?;
            }
        }
        Ok(Self { entries: entries.into_iter().collect(), key_checks })
    }

    /// Compares the redaction of the baseline with the one of the run. With different keys every finding would look new,
    /// and every known one gone.
    ///
    /// # Errors
    /// [`BaselineError`] if they differ.
    pub fn compare_key(&self, redactor: Option<&Redactor>) -> Result<BaselineKey, BaselineError> {
        let mut checks = self.key_checks.iter();
        match (checks.next(), checks.next(), redactor) {
            (None, ..) => Ok(BaselineKey::Same),
            (_, Some(_), _) => Err(BaselineError::SeveralKeys),
            (Some(Some(_)), None, None) => Err(BaselineError::Redacted),
            (Some(Some(key)), None, Some(redactor)) if *key == redactor.key_check() => Ok(BaselineKey::Same),
            (Some(Some(_)), None, Some(_)) => Err(BaselineError::OtherKey),
            (Some(None), None, redactor) => match (self.looks_redacted(), redactor) {
                (false, None) => Ok(BaselineKey::Same),
                (false, Some(_)) => Err(BaselineError::NotRedacted),
                (true, None) => Err(BaselineError::Redacted),
                (true, Some(_)) => Ok(BaselineKey::NotChecked),
            },
        }
    }

    /// Returns whether every name is a hash: earlier versions of taglint wrote no key check.
    fn looks_redacted(&self) -> bool {
        let is_hashed = |entry: &BaselineEntry| entry.resource.split([':', '/', '#']).any(is_redacted);
        self.entries.iter().all(|(_, entry)| is_hashed(entry))
    }

    /// The index of a finding.
    #[must_use]
    pub fn find(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.entries.binary_search_by(|(known, _)| known.cmp(fingerprint)).ok()
    }

    /// Number of findings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns `true` if there are no findings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn fingerprint(hex: &str) -> Option<Fingerprint> {
    let bytes = hex.as_bytes();
    if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; 16];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(out)
}

/// The findings of a SARIF file; `None` if another tool wrote it.
fn sarif(value: &serde_json::Value) -> Option<Vec<JsonFinding>> {
    let mut out = Vec::new();
    for run in value.get("runs")?.as_array()? {
        if run.pointer("/tool/driver/name")?.as_str()? != "taglint" {
            return None;
        }
        let redaction_key = run.pointer("/properties/redactionKey").and_then(|key| key.as_str());
        for result in run.get("results").and_then(|r| r.as_array()).into_iter().flatten() {
            // The result that reports omitted findings has no fingerprint of taglint.
            let Some(print) = result.pointer("/partialFingerprints/taglint~1v1").and_then(|p| p.as_str()) else {
                continue;
            };
            let text = |pointer: &str| result.pointer(pointer).and_then(|v| v.as_str()).map(str::to_owned);
            // One result represents all instances of a Terraform block.
            let also = result.pointer("/properties/also").and_then(|also| also.as_array()).into_iter().flatten();
            for print in std::iter::once(print).chain(also.filter_map(|print| print.as_str())) {
                out.push(JsonFinding {
                    rule: text("/ruleId")?,
                    fingerprint: print.to_owned(),
                    resource: JsonResource {
                        arn: text("/locations/0/logicalLocations/0/fullyQualifiedName"),
                        kind: text("/properties/type"),
                        account: text("/properties/account"),
                        region: text("/properties/region"),
                        ..JsonResource::default()
                    },
                    redaction_key: redaction_key.map(str::to_owned),
                });
            }
        }
    }
    Some(out)
}
