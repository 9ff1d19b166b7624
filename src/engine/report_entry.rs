//! The entry that the first pass keeps for a resource with something to report.

use crate::policy::Severity;

/// The kinds of results that a resource has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OutcomeFlags(u8);

const SEVERITIES: u8 = 0b111;
const UNKNOWN: u8 = 1 << 3;
const WAIVED: u8 = 1 << 4;

impl OutcomeFlags {
    /// An unwaived finding of this severity.
    pub(super) fn finding(severity: Severity) -> Self {
        Self(1 << severity as u8)
    }

    /// An unknown result.
    pub(super) const UNKNOWN: Self = Self(UNKNOWN);

    /// A waived finding.
    pub(super) const WAIVED: Self = Self(WAIVED);

    /// Adds the kinds of `other`.
    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Returns `true` if the resource has an unwaived finding of this severity.
    pub(super) fn has(self, severity: Severity) -> bool {
        self.0 & (1 << severity as u8) != 0
    }

    /// Returns `true` if the resource has an unwaived finding.
    pub(super) fn violating(self) -> bool {
        self.0 & SEVERITIES != 0
    }

    /// Returns `true` if the resource has an unknown result.
    pub(super) fn unknown(self) -> bool {
        self.0 & UNKNOWN != 0
    }

    /// Returns `true` if the resource has a waived finding.
    pub(super) fn waived(self) -> bool {
        self.0 & WAIVED != 0
    }

    /// Returns `true` if there is anything to report.
    pub(super) fn any(self) -> bool {
        self.0 != 0
    }
}

/// The place of a resource with something to report. A run of a million resources may keep a million of these, so each
/// has 24 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportEntry {
    /// Offset of the line in its input, in bytes.
    pub(super) offset: u64,
    /// Length of the line in bytes.
    pub(super) length: u32,
    /// Index of the input.
    pub(super) input: u16,
    pub(super) outcome: OutcomeFlags,
    /// The candidate rules as a bit set, so that the report need not compute them again; 0 if the policy has more than
    /// 64 rules.
    pub(super) rules: u64,
}

impl ReportEntry {
    /// The number of bytes in [`Self::to_bytes`].
    pub(super) const BYTES: usize = 23;

    /// The place of the line among all inputs.
    pub(super) fn place(&self) -> (u16, u64) {
        (self.input, self.offset)
    }

    /// All fields, for a temporary file.
    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[..8].copy_from_slice(&self.offset.to_le_bytes());
        out[8..16].copy_from_slice(&self.rules.to_le_bytes());
        out[16..20].copy_from_slice(&self.length.to_le_bytes());
        out[20..22].copy_from_slice(&self.input.to_le_bytes());
        out[22] = self.outcome.0;
        out
    }

    /// Restores an entry from [`Self::to_bytes`].
    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self {
            offset: u64::from_le_bytes(part(&bytes, 0)),
            rules: u64::from_le_bytes(part(&bytes, 8)),
            length: u32::from_le_bytes(part(&bytes, 16)),
            input: u16::from_le_bytes(part(&bytes, 20)),
            outcome: OutcomeFlags(bytes[22]),
        }
    }
}

fn part<const N: usize>(bytes: &[u8], start: usize) -> [u8; N] {
    *bytes[start..].first_chunk().expect("the fields of an entry are inside of its bytes")
}

const _: () = assert!(size_of::<ReportEntry>() == 24);
