//! The place of a result. GitHub refuses a whole file if one location is not a relative path
//! (docs/contributing/code-scanning-facts.md, "Locations"), so this file writes nothing else, whatever the input contains.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_sarif::sarif::{ArtifactLocation, PhysicalLocation, Region};

use super::words::cut;
use crate::base::SourceFile;
use crate::model::{Location, Resource};
use crate::policy::TRUNCATED_RULE;

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// An IAM path has 512 characters; what is longer is hostile. The fingerprint has the whole of it.
const MAX_ID: usize = 1024;
/// File systems take 255 bytes of a name; a user's name has 64 characters.
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

    /// Where the result about left-out results stands.
    pub(super) fn truncated() -> Self {
        Self::synthetic(["aws-live", TRUNCATED_RULE])
    }

    /// Where a finding on this resource is shown: at `location`, if that is a place of the repository.
    pub(super) fn of(resource: &Resource<'_>, location: Option<&Location>, srcroot: &SourceRoot) -> Self {
        if let Some(place) = location.and_then(|location| Self::in_source(location, srcroot)) {
            return place;
        }
        let (account, region) = (resource.account.as_deref(), resource.region.as_deref());
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

    /// A place that an input names, if it is one of the repository.
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

    /// As SARIF has it. GitHub's page asks for all four numbers. A made-up path has nothing to mark: an empty region; in a
    /// file the first character is there, whatever follows.
    pub(super) fn physical(&self) -> PhysicalLocation {
        let (line, column) = (i64::from(self.line), i64::from(self.column));
        let region = Region::builder().start_line(line).start_column(column).end_line(line);
        PhysicalLocation::builder()
            .artifact_location(ArtifactLocation::builder().uri(self.uri.clone()).build())
            .region(region.end_column(column + i64::from(self.source)).build())
            .build()
    }
}

/// Segments as one relative path: empty ones dropped, the others percent-encoded. `.` and `..` become the text `%2E…`,
/// encoded once more, as a reader that decodes before it resolves would take a plain `%2E` for the dot.
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

/// The parts of an address: `module.a`, `aws_iam_user.b["x.y"]`; dots between brackets divide nothing.
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
    /// Of a path as the user gave it.
    pub(super) fn new(path: &Path) -> Self {
        Self(absolute(path))
    }

    /// A path of an input as a URI relative to this folder; `None` where it leads out of it. It is only text: the input is
    /// not trusted to name files that are then looked at.
    fn relative(&self, path: &str) -> Option<String> {
        let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
        let inside = if path.starts_with(['/', '\\']) || drive {
            Path::new(path).strip_prefix(self.0.as_ref()?).ok()?.to_str()?
        } else {
            path
        };
        let parts = || inside.split('/').filter(|part| !matches!(*part, "" | "."));
        // A name longer than any file system's would be cut, and cut it names another file.
        let good = parts().all(|part| part != ".." && part.len() <= MAX_SEGMENT * 2);
        (good && parts().next().is_some()).then(|| {
            let encoded: Vec<String> = parts().map(|part| utf8_percent_encode(part, SEGMENT).to_string()).collect();
            encoded.join("/")
        })
    }

    /// A file that was read as a URI relative to this folder.
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

/// The path without links, where it exists; else without `.`; `None` for the empty path of no folder at all.
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
