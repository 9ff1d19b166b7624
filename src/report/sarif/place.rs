//! The place of a result. GitHub refuses a whole file if one location is not a relative path
//! (docs/contributing/code-scanning-facts.md, "Locations"), so this file writes nothing else, whatever the input contains.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::elements::{ArtifactLocation, PhysicalLocation, Region};
use super::words::cut;
use crate::base::SourceFile;
use crate::model::{Location, Resource};
use crate::policy::TRUNCATED_RULE;

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The maximum length of an id. An IAM path has at most 512 characters, so a longer id is hostile. The fingerprint
/// covers the whole id.
const MAX_ID: usize = 1024;
/// The maximum length of a path segment. File systems allow names of 255 bytes; a user name has at most 64 characters.
const MAX_SEGMENT: usize = 128;

/// A place that GitHub accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResultLocation {
    /// Relative and percent-encoded.
    pub(super) uri: String,
    /// From 1.
    pub(super) line: u32,
    /// From 1, in characters.
    pub(super) column: u32,
    /// A file of the repository; otherwise the path is made up.
    pub(super) source: bool,
}

impl ResultLocation {
    /// A made-up path.
    fn synthetic<'s>(segments: impl IntoIterator<Item = &'s str>) -> Self {
        Self { uri: encode(segments), line: 1, column: 1, source: false }
    }

    /// The place of the result that reports omitted results.
    pub(super) fn truncated() -> Self {
        Self::synthetic(["aws-live", TRUNCATED_RULE])
    }

    /// The place of a finding on a resource: `location` if that is in the repository, otherwise a made-up path.
    pub(super) fn of(resource: &Resource<'_>, location: Option<&Location>, srcroot: &SourceRoot) -> Self {
        if let Some(place) = location.and_then(|location| Self::in_source(location, srcroot)) {
            return place;
        }
        let (account, region) = (resource.account.as_deref(), resource.region.as_deref());
        // A planned resource is shown under its address, because its ARN is often unknown until apply.
        let arn = resource.arn.as_ref().filter(|_| !resource.is_planned() || resource.address.is_none());
        match (arn, &resource.address) {
            (Some(arn), _) => Self::live(&resource.kind, account, region, arn),
            (None, Some(address)) => {
                let input = cut(resource.input.as_deref().unwrap_or(""), MAX_ID);
                Self::synthetic(["terraform-plan"].into_iter().chain(input.split('/')).chain(address_parts(address)))
            }
            (None, None) => {
                let name = resource.id.as_deref().or(resource.name.as_deref()).unwrap_or("unnamed");
                Self::live(&resource.kind, account, region, name)
            }
        }
    }

    /// `aws-live/<account>/<region|global>/<service>/<kind>/<id…>`.
    pub(super) fn live(kind: &str, account: Option<&str>, region: Option<&str>, arn: &str) -> Self {
        let some = |text: &&str| !text.is_empty();
        let parts: Vec<&str> = if arn.starts_with("arn:") { arn.splitn(6, ':').collect() } else { Vec::new() };
        let of_arn = |at: usize| parts.get(at).copied().filter(some);
        let account = account.filter(some).or_else(|| of_arn(4)).unwrap_or("unknown");
        let region = region.filter(some).or_else(|| of_arn(3)).unwrap_or("global");
        let id = cut(of_arn(5).unwrap_or(arn), MAX_ID);
        let (service, kind) = kind.split_once(':').unwrap_or(("aws", kind));
        // An ARN repeats the kind: `user/anika`.
        let id = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&id);
        Self::synthetic(["aws-live", account, region, service, kind].into_iter().chain(id.split('/')))
    }

    /// The place that an input states, if it is in the repository.
    pub(super) fn in_source(location: &Location, srcroot: &SourceRoot) -> Option<Self> {
        Some(Self::in_file(srcroot.relative(&location.path)?, location.line, location.column))
    }

    fn in_file(uri: String, line: u32, column: Option<u32>) -> Self {
        Self { uri, line: line.max(1), column: column.unwrap_or(1).max(1), source: true }
    }

    /// A place in a policy file, if that is a file of the repository.
    pub(super) fn of_policy(file: &SourceFile, offset: usize, srcroot: &SourceRoot) -> Option<Self> {
        if file.built_in {
            return None;
        }
        let (line, column) = file.line_column(offset);
        Some(Self::in_file(srcroot.of_file(&file.path)?, u32::try_from(line).unwrap_or(1), u32::try_from(column).ok()))
    }

    /// Converts the place to SARIF. GitHub's documentation requires all four numbers. A made-up path gets an empty
    /// region, because it has no text to mark. In a file, the region is one character.
    pub(super) fn physical(&self) -> PhysicalLocation {
        let end_column = self.column.saturating_add(u32::from(self.source));
        PhysicalLocation {
            artifact_location: ArtifactLocation { uri: self.uri.clone() },
            region: Region { end_column, end_line: self.line, start_column: self.column, start_line: self.line },
        }
    }
}

/// Joins segments to a relative path. Empty segments are dropped, the others percent-encoded. `.` and `..` are encoded
/// twice (`%252E`), because a reader that decodes before it resolves the path would treat `%2E` as a dot.
fn encode<'s>(segments: impl IntoIterator<Item = &'s str>) -> String {
    let mut out = String::new();
    for segment in segments.into_iter().filter(|segment| !segment.is_empty()) {
        let mut segment = cut(segment, MAX_SEGMENT);
        if segment == "." || segment == ".." {
            segment = segment.replace('.', "%2E").into();
        }
        if !out.is_empty() {
            out.push('/');
        }
        out.extend(utf8_percent_encode(&segment, SEGMENT));
    }
    out
}

/// The parts of an address: `module.a`, `aws_iam_user.b["x.y"]`. Dots in brackets do not separate parts.
fn address_parts(address: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let end = address.char_indices().nth(MAX_ID).map_or(address.len(), |(at, _)| at);
    address[..end].split(move |c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == '/' || (c == '.' && depth <= 0)
    })
}

/// The folder that paths are relative to.
pub(super) struct SourceRoot(Option<PathBuf>);

impl SourceRoot {
    /// Creates a root from a path that the user gave.
    pub(super) fn new(path: &Path) -> Self {
        Self(absolute(path))
    }

    /// Converts a path from an input to a URI relative to this folder; `None` if it leads out of the folder. The file
    /// system is not accessed, because the input is not trusted to name files.
    fn relative(&self, path: &str) -> Option<String> {
        let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
        let inside = if path.starts_with(['/', '\\']) || drive {
            Path::new(path).strip_prefix(self.0.as_ref()?).ok()?.to_str()?
        } else {
            path
        };
        let parts = || inside.split('/').filter(|part| !matches!(*part, "" | "."));
        // No file system has longer names. Cutting such a name would produce that of another file, so the path is
        // rejected.
        let good = parts().all(|part| part != ".." && part.len() <= MAX_SEGMENT * 2);
        (good && parts().next().is_some()).then(|| {
            let encoded: Vec<String> = parts().map(|part| utf8_percent_encode(part, SEGMENT).to_string()).collect();
            encoded.join("/")
        })
    }

    /// Converts the path of a file that was read to a URI relative to this folder.
    fn of_file(&self, path: &Path) -> Option<String> {
        let path = absolute(path)?;
        let inside = path.strip_prefix(self.0.as_ref()?).ok()?;
        let parts: Option<Vec<&str>> = inside
            .components()
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        self.relative(&parts?.join("/"))
    }
}

/// Resolves a path: without symbolic links if it exists, otherwise it is only made absolute. The empty path, which
/// means no folder, is `None`.
fn absolute(path: &Path) -> Option<PathBuf> {
    if path.as_os_str().is_empty() {
        return None;
    }
    path.canonicalize().or_else(|_| std::path::absolute(path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_paths() {
        for (kind, region, arn, want) in [
            ("iam:user", None, "arn:aws:iam::123456789012:user/team/anika", "123456789012/global/iam/user/team/anika"),
            (
                "cognito-idp:userpool",
                Some("eu-west-1"),
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a",
                "123456789012/eu-west-1/cognito-idp/userpool/eu-west-1_a",
            ),
            ("iam:mfa", None, "arn:aws:iam::123456789012:mfa//../.", "123456789012/global/iam/mfa/%252E%252E/%252E"),
            ("iam:user", None, "https://evil/x y%", "unknown/global/iam/user/https%3A/evil/x%20y%25"),
            ("..", Some("/"), "", "unknown/%2F/aws/%252E%252E"),
        ] {
            assert_eq!(ResultLocation::live(kind, None, region, arn).uri, format!("aws-live/{want}"));
        }
        assert_eq!(encode(address_parts("module.a[\"x.y\"].aws_iam_user.b")), "module/a%5B%22x.y%22%5D/aws_iam_user/b");
    }

    #[test]
    fn only_paths_inside_the_root_are_written() {
        let root = SourceRoot(Some(PathBuf::from("/repo")));
        for (path, want) in [
            ("infra/main.tf", Some("infra/main.tf")),
            ("./a b/ü:%.tf", Some("a%20b/%C3%BC%3A%25.tf")),
            ("/repo/x.tf", Some("x.tf")),
            ("/repository/x.tf", None),
            ("/repo/../etc/passwd", None),
            ("a/../../b", None),
            ("C:/x.tf", None),
            ("\\\\host\\x", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(root.relative(path).as_deref(), want, "{path}");
        }
    }
}
