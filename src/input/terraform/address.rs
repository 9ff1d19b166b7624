//! Addresses of Terraform resources.

use std::borrow::Cow;

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
