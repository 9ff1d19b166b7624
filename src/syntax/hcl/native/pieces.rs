//! The pieces of a template, put together: what stands between `%{ if }` and `%{ endif }` belongs to it.

use crate::syntax::hcl::tree::{Expression, ExpressionKind, TemplateFor, TemplatePart};

/// A piece of a template, in the order of the text.
pub(super) enum Piece {
    Text(String),
    Value(Expression),
    If(Expression),
    Else,
    EndIf,
    For(ForPiece),
    EndFor,
}

/// `%{ for k, v in list }`.
pub(super) struct ForPiece {
    pub(super) key_name: Option<String>,
    pub(super) value_name: String,
    pub(super) list: Expression,
}

/// The largest depth of directives inside directives.
const MAX_DIRECTIVES: usize = 32;

const UNBALANCED: &str = "the directives of this template do not end in the order in which they begin";

/// A directive that has not ended.
enum Open {
    If { condition: Expression, then: Option<Vec<TemplatePart>> },
    For(ForPiece),
}

/// The expression of a template.
pub(super) fn assemble(pieces: Vec<Piece>) -> Result<ExpressionKind, &'static str> {
    let mut parts = parts(pieces)?;
    Ok(match parts.as_mut_slice() {
        [] => ExpressionKind::Text(String::new()),
        [TemplatePart::Text(text)] => ExpressionKind::Text(std::mem::take(text)),
        // One interpolation and nothing else is the value itself, whatever its type.
        [TemplatePart::Value(_)] => match parts.pop() {
            Some(TemplatePart::Value(node)) => node.kind,
            _ => ExpressionKind::Text(String::new()),
        },
        _ => ExpressionKind::Template(parts),
    })
}

fn parts(pieces: Vec<Piece>) -> Result<Vec<TemplatePart>, &'static str> {
    let mut open: Vec<(Open, Vec<TemplatePart>)> = Vec::new();
    let mut here = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => push_text(&mut here, text),
            Piece::Value(value) => here.push(TemplatePart::Value(value)),
            Piece::If(condition) => {
                open.push((Open::If { condition, then: None }, std::mem::take(&mut here)));
            }
            Piece::For(it) => open.push((Open::For(it), std::mem::take(&mut here))),
            Piece::Else => match open.last_mut() {
                Some((Open::If { then: then @ None, .. }, _)) => *then = Some(std::mem::take(&mut here)),
                _ => return Err(UNBALANCED),
            },
            Piece::EndIf | Piece::EndFor => {
                let (directive, before) = open.pop().ok_or(UNBALANCED)?;
                let body = std::mem::replace(&mut here, before);
                here.push(closed(directive, body, matches!(piece, Piece::EndIf))?);
            }
        }
        if open.len() > MAX_DIRECTIVES {
            return Err("too many directives inside directives");
        }
    }
    if open.is_empty() { Ok(here) } else { Err(UNBALANCED) }
}

/// Literals that follow each other are one part. The empty literal of a heredoc separates nothing, but keeps it text.
fn push_text(parts: &mut Vec<TemplatePart>, text: String) {
    match parts.last_mut() {
        Some(TemplatePart::Text(before)) => before.push_str(&text),
        _ => parts.push(TemplatePart::Text(text)),
    }
}

fn closed(directive: Open, body: Vec<TemplatePart>, by_endif: bool) -> Result<TemplatePart, &'static str> {
    match directive {
        Open::If { condition, then: Some(then) } if by_endif => Ok(TemplatePart::If(condition, then, body)),
        Open::If { condition, then: None } if by_endif => Ok(TemplatePart::If(condition, body, Vec::new())),
        Open::For(ForPiece { key_name, value_name, list }) if !by_endif => {
            Ok(TemplatePart::For(Box::new(TemplateFor { key_name, value_name, list, body })))
        }
        _ => Err(UNBALANCED),
    }
}

/// Removes the indentation that all lines have. A blank line does not count, and keeps its spaces.
pub(super) fn without_indent(pieces: &mut [Piece]) {
    let mut smallest = usize::MAX;
    let mut adjusted = Vec::new();
    let mut is_line_start = true;
    for (at, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Text(text) => text.as_str(),
            _ => "",
        };
        if std::mem::replace(&mut is_line_start, text.ends_with('\n')) {
            let rest = text.trim_start();
            if rest.is_empty() && text.ends_with('\n') {
                continue;
            }
            smallest = smallest.min(text[..text.len() - rest.len()].chars().count());
            adjusted.push(at);
        }
    }
    for at in adjusted {
        if let Piece::Text(text) = &mut pieces[at] {
            *text = text.chars().skip(smallest).collect();
        }
    }
}
