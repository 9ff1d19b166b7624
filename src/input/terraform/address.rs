//! Addresses of Terraform resources.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::Text;

/// An address without the keys of instances: `module.a["x"].aws_iam_user.u[0]` is `module.a.aws_iam_user.u`. All
/// instances of a block share it, and so do their source and configuration.
#[must_use]
pub(in crate::input) fn block(address: &str) -> Cow<'_, str> {
    if !address.contains('[') {
        return Cow::Borrowed(address);
    }
    let mut out = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(open) = rest.find('[') {
        out.push_str(&rest[..open]);
        rest = after_key(&rest[open + 1..]);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The modules of an address, with the last dot, and the resource in them: `module.a["x"].` and `aws_iam_user.u[0]`.
pub(super) fn split_module(address: &str) -> (&str, &str) {
    let mut rest = address;
    while let Some((_, after)) = split_call(rest) {
        rest = after;
    }
    address.split_at(address.len() - rest.len())
}

/// The first module call of an address, with its dot, and the rest.
pub(super) fn split_call(address: &str) -> Option<(&str, &str)> {
    let call = address.strip_prefix("module.")?;
    let end = call.find(['.', '['])?;
    let after = if call.as_bytes()[end] == b'[' { after_key(&call[end + 1..]) } else { &call[end..] };
    let after = after.strip_prefix('.')?;
    Some(address.split_at(address.len() - after.len()))
}

/// An address with the keys of instances replaced that are secret; `None` if none is. `aws_iam_user.u["key"]` becomes
/// `aws_iam_user.u["(sensitive)"]`.
pub(super) fn with_hidden_keys(address: &str, is_secret: impl Fn(&str) -> bool) -> Option<String> {
    let (mut out, mut rest, mut is_hidden) = (String::new(), address, false);
    while let Some(open) = rest.find('[') {
        let (before, key) = rest.split_at(open + 1);
        let after = after_key(key);
        let key = &key[..key.len() - after.len()];
        out.push_str(before);
        if key.starts_with('"') && is_secret(&unquoted_key(key)) {
            is_hidden = true;
            out.push_str(&format!("{HIDDEN_KEY}]"));
        } else {
            out.push_str(key);
        }
        rest = after;
    }
    out.push_str(rest);
    is_hidden.then_some(out)
}

/// The replacement of a secret key.
pub(super) const HIDDEN_KEY: &str = "\"(sensitive)\"";

/// The address of a further resource whose address would be the same because a key is hidden. `number` is 2 for the second
/// one.
fn numbered(address: &str, number: usize) -> String {
    match address.rsplit_once(HIDDEN_KEY) {
        Some((before, after)) => format!("{before}\"(sensitive {number})\"{after}"),
        None => address.to_owned(),
    }
}

/// The key that [`quoted_key`] wrote, with the text up to its bracket.
fn unquoted_key(quoted: &str) -> String {
    let inner = quoted.trim_end_matches(']').trim_start_matches('"');
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let (mut out, mut chars) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                other => out.extend(other),
            },
            c => out.push(c),
        }
    }
    out.replace("$${", "${").replace("%%{", "%{")
}

/// The addresses with hidden keys so far.
#[derive(Debug, Default)]
pub(in crate::input) struct HiddenAddresses(HashMap<String, usize>);

impl HiddenAddresses {
    /// The address, with a number if another resource has the same one.
    pub(in crate::input) fn distinct<'a>(&mut self, address: Text<'a>) -> Text<'a> {
        let number = self.0.entry(address.to_string()).or_default();
        *number += 1;
        if *number == 1 { address } else { Text::from(numbered(&address, *number)) }
    }
}

/// The text after the key of an instance and its bracket. A string key may contain brackets, and quotes after a
/// backslash.
fn after_key(text: &str) -> &str {
    let end = if text.starts_with('"') {
        let mut escaped = false;
        let mut close = text.len();
        for (at, c) in text.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    close = at + 1;
                    break;
                }
                _ => {}
            }
        }
        close
    } else {
        0
    };
    text[end..].find(']').map_or("", |at| &text[end + at + 1..])
}

/// The key of an instance as an address writes it: a quoted HCL string. Not [`crate::base::encode::hcl`], which escapes
/// line breaks by number; Terraform writes `\n`, `\r` and `\t` (its `internal/addrs/instance_key.go`).
pub(super) fn quoted_key(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 2);
    out.push('"');
    for c in key.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_keys_are_hidden_and_numbered() {
        for (address, want) in [
            ("aws_iam_user.secret[0]", None),
            (r#"aws_iam_user.u["open"]"#, None),
            (
                r#"module.m["a]\"secret"].aws_iam_user.u["open"]"#,
                Some(r#"module.m["(sensitive)"].aws_iam_user.u["open"]"#),
            ),
            ("aws_iam_user.u[\"secret", Some("aws_iam_user.u[\"(sensitive)\"]")),
        ] {
            assert_eq!(with_hidden_keys(address, |key| key.contains("secret")).as_deref(), want, "{address}");
        }
        assert_eq!(numbered(r#"aws_iam_user.u["(sensitive)"]"#, 2), r#"aws_iam_user.u["(sensitive 2)"]"#);
        let key = "a\"\\\n${x}";
        assert_eq!(unquoted_key(&format!("{}]", quoted_key(key))), key);
    }

    #[test]
    fn keys_of_instances_are_taken_out_whatever_they_hold() {
        for (address, want) in [
            ("aws_iam_user.u", "aws_iam_user.u"),
            ("aws_iam_user.u[0]", "aws_iam_user.u"),
            ("module.a[\"x\"].module.b[1].aws_iam_user.u[\"k\"]", "module.a.module.b.aws_iam_user.u"),
            (r#"module.a["b.c\"]x"].aws_iam_user.u"#, "module.a.aws_iam_user.u"),
            (r#"module.a["\\"].aws_iam_user.u"#, "module.a.aws_iam_user.u"),
            ("aws_iam_user.u[", "aws_iam_user.u"),
            ("aws_iam_user.u[\"é", "aws_iam_user.u"),
        ] {
            assert_eq!(block(address), want, "{address}");
        }
    }
}
