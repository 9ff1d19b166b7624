//! Attributes and blocks.

use std::collections::HashSet;

use super::cursor::{Cursor, MAX_ENTRIES, Parsed, offset};
use crate::syntax::hcl::tree::{Expression, HclAttribute, HclBlock, HclBody};

impl<'t> Cursor<'t> {
    /// The body of a whole file.
    pub(super) fn file(&mut self) -> Parsed<HclBody> {
        let body = self.body()?;
        if self.at < self.text.len() {
            return Err(self.expected("an attribute or a block"));
        }
        Ok(body)
    }

    pub(super) fn whole_expression(&mut self) -> Parsed<Expression> {
        self.newlines_are_space = true;
        let out = self.expression()?;
        self.space()?;
        if self.at < self.text.len() { Err(self.expected("the end of the expression")) } else { Ok(out) }
    }

    fn body(&mut self) -> Parsed<HclBody> {
        let (mut out, mut names) = (HclBody::default(), HashSet::new());
        loop {
            self.with_newlines(true, Self::space)?;
            if self.peek().is_none_or(|byte| byte == b'}') {
                return Ok(out);
            }
            self.item(&mut out, &mut names)?;
            self.end_of_line()?;
            if names.len() > MAX_ENTRIES {
                let message = format!("more than {MAX_ENTRIES} entries in one pair of braces");
                return Err(self.mistake(self.at, message));
            }
        }
    }

    fn item(&mut self, out: &mut HclBody, names: &mut HashSet<&'t str>) -> Parsed<()> {
        let start = self.at;
        let name = self.name_here().ok_or_else(|| self.expected("the name of an attribute or a block"))?;
        self.at += name.len();
        self.space()?;
        if self.peek() == Some(b'=') {
            self.at += 1;
            if !names.insert(name) {
                return Err(self.mistake(start, format!("the attribute `{name}` is set twice")));
            }
            let value = self.expression()?;
            out.attributes.push(HclAttribute { name: name.to_owned(), at: self.position(start), value });
        } else {
            out.blocks.push(self.block(start, name)?);
        }
        Ok(())
    }

    /// The end of the line or of the file.
    fn end_of_line(&mut self) -> Parsed<()> {
        self.space()?;
        match self.peek() {
            None | Some(b'\n') => Ok(()),
            Some(_) => Err(self.expected("a new line")),
        }
    }

    /// The content of a block on one line: one attribute and no block.
    fn single_attribute(&mut self) -> Parsed<HclBody> {
        let mut out = HclBody::default();
        let start = self.at;
        self.item(&mut out, &mut HashSet::new())?;
        if !out.blocks.is_empty() {
            return Err(self.mistake(start, "a block inside a block on one line".to_owned()));
        }
        self.space()?;
        if self.peek() != Some(b'}') {
            return Err(self.expected("`}`: a block on one line has one attribute"));
        }
        Ok(out)
    }

    fn block(&mut self, start: usize, kind: &str) -> Parsed<HclBlock> {
        let mut labels = Vec::new();
        while !self.take("{") {
            match self.peek() {
                Some(b'"') => labels.push(self.label()?),
                _ => match self.name_here() {
                    Some(name) => {
                        self.at += name.len();
                        labels.push(name.to_owned());
                    }
                    None => return Err(self.expected("`=`, `{` or a label")),
                },
            }
            self.space()?;
        }
        self.space()?;
        let is_on_one_line = !matches!(self.peek(), None | Some(b'\n' | b'}'));
        let body = self.nested(if is_on_one_line { Self::single_attribute } else { Self::body })?;
        self.expect("}")?;
        Ok(HclBlock { kind: kind.to_owned(), labels, at: self.position(start), end: offset(self.at), body })
    }
}
