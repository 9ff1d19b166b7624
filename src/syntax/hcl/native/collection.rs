//! Lists, objects and `for` expressions.

use super::cursor::{Cursor, MAX_ENTRIES, Parsed};
use crate::syntax::hcl::tree::{Expression, ExpressionKind, ForExpression};

impl Cursor<'_> {
    pub(super) fn list(&mut self) -> Parsed<ExpressionKind> {
        self.at += 1;
        let out = self.with_newlines(true, |cursor| {
            cursor.space()?;
            if cursor.is_at_word("for") {
                return cursor.for_expression(false);
            }
            let mut items = Vec::new();
            while !cursor.is_at("]") {
                items.push(cursor.expression()?);
                cursor.space()?;
                if !cursor.take(",") {
                    break;
                }
                cursor.space()?;
            }
            Ok(ExpressionKind::List(items))
        })?;
        self.expect("]")?;
        Ok(out)
    }

    pub(super) fn object(&mut self) -> Parsed<ExpressionKind> {
        self.at += 1;
        let start = self.at;
        self.with_newlines(true, Self::space)?;
        let out = if self.is_at_word("for") && !self.is_key() {
            self.with_newlines(true, |cursor| cursor.for_expression(true))?
        } else {
            self.at = start;
            self.with_newlines(false, Self::entries)?
        };
        self.expect("}")?;
        Ok(out)
    }

    /// Returns whether the word here is the key of an entry: `for = 1`.
    fn is_key(&self) -> bool {
        let rest = self.rest()["for".len()..].trim_start();
        rest.starts_with([':', '=']) && !rest.starts_with("==")
    }

    fn entries(&mut self) -> Parsed<ExpressionKind> {
        let mut entries = Vec::new();
        loop {
            self.with_newlines(true, Self::space)?;
            if self.is_at("}") {
                return Ok(ExpressionKind::Object(entries));
            }
            entries.push(self.entry()?);
            if entries.len() > MAX_ENTRIES {
                let message = format!("more than {MAX_ENTRIES} entries in one pair of braces");
                return Err(self.mistake(self.at, message));
            }
            self.space()?;
            if !self.take(",") && !matches!(self.peek(), Some(b'\n' | b'}')) {
                return Err(self.expected("`,`, `}` or a new line"));
            }
        }
    }

    fn entry(&mut self) -> Parsed<(Expression, Expression)> {
        let is_name = self.name_here().is_some();
        let mut key = self.expression()?;
        // A bare name is the key itself. In parentheses it is a variable.
        if is_name {
            let text = match &key.kind {
                ExpressionKind::Name(name) => Some(name.clone()),
                ExpressionKind::Bool(value) => Some(value.to_string()),
                ExpressionKind::Null => Some("null".to_owned()),
                _ => None,
            };
            key.kind = text.map_or(key.kind, ExpressionKind::Text);
        }
        self.space()?;
        if !self.take(":") && (self.is_at("==") || !self.take("=")) {
            return Err(self.expected("`=` or `:`"));
        }
        Ok((key, self.expression()?))
    }

    /// `for k, v in list : value if condition`, up to the closing bracket.
    fn for_expression(&mut self, object: bool) -> Parsed<ExpressionKind> {
        self.take("for");
        let (key_name, value_name, list) = self.for_intro()?;
        self.expect(":")?;
        let mut key = None;
        let mut value = self.expression()?;
        self.space()?;
        if object {
            self.expect("=>")?;
            key = Some(std::mem::replace(&mut value, self.expression()?));
            self.space()?;
        }
        let grouping = object && self.take("...");
        self.space()?;
        let condition = if self.take_word("if") { Some(self.expression()?) } else { None };
        self.space()?;
        let it = ForExpression { key_name, value_name, list, key, value, grouping, condition };
        Ok(ExpressionKind::For(Box::new(it)))
    }

    /// The names and the collection of a `for`.
    pub(super) fn for_intro(&mut self) -> Parsed<(Option<String>, String, Expression)> {
        self.space()?;
        let mut value_name = self.name()?.to_owned();
        let mut key_name = None;
        self.space()?;
        if self.take(",") {
            self.space()?;
            key_name = Some(std::mem::replace(&mut value_name, self.name()?.to_owned()));
            self.space()?;
        }
        if !self.take_word("in") {
            return Err(self.expected("`in`"));
        }
        let list = self.expression()?;
        self.space()?;
        Ok((key_name, value_name, list))
    }
}
