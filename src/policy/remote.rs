//! The names of files on other machines: `https://HOST/PATH` and `git::URL//PATH?ref=REF`, which is the form of module
//! sources in Terraform.

use std::fmt;

use crate::base::digest::{hex, plain_sha256};

/// The protocols that git may use.
const GIT_SCHEMES: [&str; 3] = ["https", "ssh", "file"];

/// A file on another machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoteFile {
    /// A file in a git repository.
    Git {
        /// The URL of the repository.
        repository: String,
        /// The path of the file in it.
        path: String,
        /// The branch, tag or commit; `HEAD` if the policy names none.
        reference: String,
    },
    /// A file of a web server.
    Https {
        /// `https://` and the host.
        origin: String,
        /// The path of the file, without its first `/`.
        path: String,
        /// The query with its `?`, or nothing.
        query: String,
    },
}

impl RemoteFile {
    /// Returns `true` for the name of a file on another machine, valid or not.
    #[must_use]
    pub fn is_meant(name: &str) -> bool {
        name.starts_with("git::") || name.contains("://")
    }

    /// Parses a name.
    ///
    /// # Errors
    /// The reason why it is invalid.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        if !name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}#*[]".contains(&byte)) {
            return Err("a URL here has no white space, no fragment, and letters of ASCII only");
        }
        match name.strip_prefix("git::") {
            Some(url) => Self::parse_git(url),
            None => Self::parse_https(name),
        }
    }

    fn parse_git(url: &str) -> Result<Self, &'static str> {
        let form = "write git::https://HOST/REPOSITORY.git//PATH?ref=REF, with https, ssh or file";
        let (scheme, rest) = url.split_once("://").ok_or(form)?;
        if !GIT_SCHEMES.contains(&scheme) {
            return Err(form);
        }
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (repository, path) = place.split_once("//").ok_or(form)?;
        let reference = match query {
            None => "HEAD",
            Some(query) => query.strip_prefix("ref=").ok_or("a git source has no query but ?ref=REF")?,
        };
        let named = |c: char| c.is_ascii_alphanumeric() || "._/+-".contains(c);
        if reference.is_empty()
            || reference.starts_with('-')
            || reference.contains("..")
            || !reference.chars().all(named)
        {
            return Err("`ref` is a branch, a tag or a commit");
        }
        let host = repository.split('/').next().unwrap_or_default();
        check_host(host, scheme == "file", scheme == "ssh")?;
        check_path(path)?;
        let repository = format!("{scheme}://{repository}");
        Ok(Self::Git { repository, path: path.to_owned(), reference: reference.to_owned() })
    }

    fn parse_https(url: &str) -> Result<Self, &'static str> {
        let rest = url.strip_prefix("https://").ok_or("only https:// and git:: are read")?;
        let (host, rest) = rest.split_once('/').ok_or("the URL has no path of a file")?;
        let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        check_host(host, false, false)?;
        check_path(path)?;
        Ok(Self::Https { origin: format!("https://{host}"), path: path.to_owned(), query: query.to_owned() })
    }

    /// The file that this one names: a URL, or a path relative to this file.
    ///
    /// # Errors
    /// The reason why the name is invalid.
    pub fn join(&self, name: &str) -> Result<Self, &'static str> {
        if Self::is_meant(name) {
            return Self::parse(name);
        }
        let mut parts: Vec<&str> = self.path().split('/').collect();
        parts.pop();
        for part in name.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop().ok_or("the path leads out of the repository or server")?),
                other => parts.push(other),
            }
        }
        let mut out = self.clone();
        match &mut out {
            Self::Git { path, .. } => *path = parts.join("/"),
            Self::Https { path, query, .. } => (*path, *query) = (parts.join("/"), String::new()),
        }
        Self::parse(&out.to_string())
    }

    fn path(&self) -> &str {
        match self {
            Self::Git { path, .. } | Self::Https { path, .. } => path,
        }
    }

    /// The name of the copy: part of the hash of the URL, so that two files with one name differ, and the name of the file.
    #[must_use]
    pub fn copy_name(&self) -> String {
        let hash = hex(&plain_sha256(self.to_string().as_bytes()));
        let name = self.path().rsplit('/').next().unwrap_or_default();
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        // The end of the name is the kind of the file.
        let name: String = name.chars().skip(name.len().saturating_sub(64)).map(plain).collect();
        format!("{}-{name}", &hash[..12])
    }
}

impl fmt::Display for RemoteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git { repository, path, reference } if reference == "HEAD" => {
                write!(f, "git::{repository}//{path}")
            }
            Self::Git { repository, path, reference } => write!(f, "git::{repository}//{path}?ref={reference}"),
            Self::Https { origin, path, query } => write!(f, "{origin}/{path}{query}"),
        }
    }
}

/// The ending of a file's name, such as `csv`, without the query of a URL.
#[must_use]
pub fn ending(name: &str) -> &str {
    let path = if RemoteFile::is_meant(name) { name.split('?').next().unwrap_or(name) } else { name };
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Credentials in a URL would be committed with the policy.
fn check_host(host: &str, may_be_empty: bool, may_have_user: bool) -> Result<(), &'static str> {
    let (user, host) = host.split_once('@').map_or((None, host), |(user, host)| (Some(user), host));
    if user.is_some_and(|user| !may_have_user || user.is_empty() || user.contains(':')) {
        return Err("leave credentials out of the URL; git has them in its configuration");
    }
    if host.starts_with('-') || user.is_some_and(|user| user.starts_with('-')) {
        return Err("the host is invalid");
    }
    if host.is_empty() && !may_be_empty { Err("the URL has no host") } else { Ok(()) }
}

fn check_path(path: &str) -> Result<(), &'static str> {
    let bad = |part: &str| part.is_empty() || part == "." || part == "..";
    if path.split('/').any(bad) { Err("the path of the file has an empty part, `.` or `..`") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_and_written_back() {
        for name in [
            "https://example.com/tags/base.toml",
            "https://example.com:8443/codes.csv?version=2",
            "git::https://example.com/platform/policies.git//tags/base.toml?ref=v1.2.0",
            "git::ssh://git@example.com/policies.git//base.toml",
            "git::file:///srv/policies.git//lists/codes.txt?ref=main",
        ] {
            assert_eq!(RemoteFile::parse(name).map(|file| file.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_could_reach_elsewhere_is_refused() {
        for (name, want) in [
            ("http://example.com/a.toml", "only https"),
            ("ftp://example.com/a.toml", "only https"),
            ("https://user:secret@example.com/a.toml", "credentials"),
            ("git::https://token@example.com/r.git//a.toml", "credentials"),
            ("git::ssh://git:secret@example.com/r.git//a.toml", "credentials"),
            ("git::ssh://-oProxyCommand=x/r.git//a.toml", "host is invalid"),
            ("git::ssh://-x@example.com/r.git//a.toml", "host is invalid"),
            ("git::ext://sh/-c//a.toml", "with https, ssh or file"),
            ("git::https://example.com/r.git", "with https, ssh or file"),
            ("git::https://example.com/r.git//../a.toml", "`..`"),
            ("git::https://example.com/r.git//a.toml?ref=--upload-pack=x", "`ref` is a branch"),
            ("git::https://example.com/r.git//a.toml?ref=a:b", "`ref` is a branch"),
            ("git::https://example.com/r.git//a.toml?depth=1", "no query but"),
            ("https://example.com", "no path"),
            ("https:///a.toml", "no host"),
            ("https://example.com/a b.toml", "white space"),
            ("https://example.com/a.toml#x", "no fragment"),
        ] {
            let error = RemoteFile::parse(name).unwrap_err();
            assert!(error.contains(want), "{name}: {error}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        let git = RemoteFile::parse("git::file:///r.git//tags/base.toml?ref=v1").unwrap();
        for (name, want) in [
            ("./more.toml", Ok("git::file:///r.git//tags/more.toml?ref=v1")),
            ("../codes.txt", Ok("git::file:///r.git//codes.txt?ref=v1")),
            ("../../codes.txt", Err("the path leads out of the repository or server")),
            ("https://example.com/a.toml", Ok("https://example.com/a.toml")),
        ] {
            assert_eq!(
                git.join(name).map(|file| file.to_string()).as_deref(),
                want.as_ref().map(|text| *text).map_err(|e| e)
            );
        }
        let web = RemoteFile::parse("https://example.com/x/a.toml?v=1").unwrap();
        assert_eq!(web.join("b.toml").unwrap().to_string(), "https://example.com/x/b.toml");
    }

    #[test]
    fn a_copy_has_a_harmless_name() {
        let name = |url: &str| RemoteFile::parse(url).unwrap().copy_name();
        let base = name("https://example.com/x/a%2f..%2fb:c.toml");
        assert!(base.ends_with("-a_2f.._2fb_c.toml") && !base.contains(['/', ':', '%']), "{base}");
        assert_ne!(name("https://example.com/x/a.toml"), name("https://example.com/y/a.toml"));
        assert!(name(&format!("https://example.com/{}.toml", "a".repeat(300))).len() < 80);
        assert_eq!(ending("https://example.com/codes.csv?x=1.2"), "csv");
    }
}
