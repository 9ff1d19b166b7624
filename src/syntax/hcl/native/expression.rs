//! Operators, calls and steps into values.

use super::cursor::{Cursor, Parsed};
use crate::syntax::hcl::tree::{BinaryOp, Expression, ExpressionKind, TraversalStep};

/// The binary operators by their precedence, the weakest first.
const LEVELS: [&[(&str, BinaryOp)]; 6] = [
    &[("||", BinaryOp::Or)],
    &[("&&", BinaryOp::And)],
    &[("==", BinaryOp::Equal), ("!=", BinaryOp::NotEqual)],
    &[(">=", BinaryOp::GreaterOrEqual), ("<=", BinaryOp::LessOrEqual), (">", BinaryOp::Greater), ("<", BinaryOp::Less)],
    &[("+", BinaryOp::Plus), ("-", BinaryOp::Minus)],
    &[("*", BinaryOp::Times), ("/", BinaryOp::Divide), ("%", BinaryOp::Modulo)],
];

impl Cursor<'_> {
    /// An expression, after white space.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(|cursor| {
            let chain = cursor.chain();
            let out = cursor.conditional();
            cursor.end_chain(chain);
            out
        })
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        self.space()?;
        let condition = self.binary(0)?;
        self.space()?;
        if !self.take("?") {
            return Ok(condition);
        }
        let then = self.expression()?;
        self.space()?;
        self.expect(":")?;
        let other = self.expression()?;
        Ok(Expression { at: condition.at, kind: ExpressionKind::If(Box::new([condition, then, other])) })
    }

    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let before = self.at;
            self.space()?;
            // `=>` is the arrow of a `for`, and `//` was a comment.
            let found = operators.iter().find(|(sign, _)| self.is_at(sign));
            let Some((sign, op)) = found else {
                self.at = before;
                return Ok(left);
            };
            self.count_operator()?;
            self.at += sign.len();
            self.space()?;
            let right = self.binary(level + 1)?;
            left = Expression { at: left.at, kind: ExpressionKind::Binary(*op, Box::new([left, right])) };
        }
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let at = self.position(self.at);
        let wrap = match self.peek() {
            Some(b'-') => ExpressionKind::Negative,
            Some(b'!') => ExpressionKind::Not,
            _ => {
                let base = self.term()?;
                return self.steps(base);
            }
        };
        self.at += 1;
        let inner = self.nested(|cursor| {
            cursor.space()?;
            cursor.unary()
        })?;
        Ok(Expression { at, kind: wrap(Box::new(inner)) })
    }

    fn term(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let at = self.position(start);
        let kind = match self.peek() {
            Some(b'(') => return self.parenthesis(),
            Some(b'"') => self.quoted()?,
            Some(b'[') => self.list()?,
            Some(b'{') => self.object()?,
            Some(b'0'..=b'9') => self.number(),
            Some(b'<') if self.is_at("<<") => self.heredoc()?,
            _ => match self.name_here() {
                Some(name) => {
                    self.at += name.len();
                    self.named(name)?
                }
                None => return Err(self.expected("an expression")),
            },
        };
        Ok(Expression { at, kind })
    }

    fn parenthesis(&mut self) -> Parsed<Expression> {
        self.at += 1;
        let inner = self.with_newlines(true, |cursor| {
            let inner = cursor.expression()?;
            cursor.space()?;
            Ok(inner)
        })?;
        self.expect(")")?;
        Ok(inner)
    }

    fn number(&mut self) -> ExpressionKind {
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let start = self.at;
        let mut end = digits(start);
        if bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if is_digit(end + 1 + sign) {
                end = digits(end + 1 + sign);
            }
        }
        self.at = end;
        ExpressionKind::Number(self.text[start..end].to_owned())
    }

    /// A keyword, a variable or a call.
    fn named(&mut self, name: &str) -> Parsed<ExpressionKind> {
        let after = self.at;
        self.space()?;
        if self.is_at("::") {
            return self.provider_call(name);
        }
        if self.take("(") {
            return self.call(name.to_owned());
        }
        self.at = after;
        Ok(match name {
            "true" => ExpressionKind::Bool(true),
            "false" => ExpressionKind::Bool(false),
            "null" => ExpressionKind::Null,
            _ => ExpressionKind::Name(name.to_owned()),
        })
    }

    /// `core::upper(…)` is `upper(…)`; other names are of providers.
    fn provider_call(&mut self, first: &str) -> Parsed<ExpressionKind> {
        let mut names = vec![first];
        while self.take("::") {
            self.space()?;
            names.push(self.name()?);
            self.space()?;
        }
        self.expect("(")?;
        if let ["core", name] = names.as_slice() {
            return self.call((*name).to_owned());
        }
        self.call(String::new())?;
        Ok(ExpressionKind::Opaque("a function of a provider"))
    }

    fn call(&mut self, name: String) -> Parsed<ExpressionKind> {
        let (mut args, mut expand) = (Vec::new(), false);
        self.with_newlines(true, |cursor| {
            loop {
                cursor.space()?;
                if cursor.is_at(")") {
                    return Ok(());
                }
                args.push(cursor.expression()?);
                cursor.space()?;
                if cursor.take("...") {
                    expand = true;
                    cursor.space()?;
                }
                if expand || !cursor.take(",") {
                    return Ok(());
                }
            }
        })?;
        self.expect(")")?;
        Ok(ExpressionKind::Call { name, args, expand })
    }

    /// The steps after a value: `.name`, `[key]`, `.0`, `.*`, `[*]`.
    fn steps(&mut self, mut base: Expression) -> Parsed<Expression> {
        let (mut steps, mut only_attributes) = (Vec::new(), false);
        loop {
            let before = self.at;
            self.space()?;
            if self.is_at("[") {
                if only_attributes {
                    // An index after `.*` takes from the list, not from each of its items.
                    self.count_operator()?;
                    base = select(base, std::mem::take(&mut steps));
                    only_attributes = false;
                }
                steps.push(self.index()?);
            } else if self.is_at(".") && !self.is_at("..") {
                self.at += 1;
                let step = self.attribute_step()?;
                only_attributes |= matches!(step, TraversalStep::Splat);
                steps.push(step);
            } else {
                self.at = before;
                return Ok(select(base, steps));
            }
        }
    }

    fn attribute_step(&mut self) -> Parsed<TraversalStep> {
        self.space()?;
        if self.take("*") {
            return Ok(TraversalStep::Splat);
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            let kind = ExpressionKind::Number(self.text[start..self.at].to_owned());
            return Ok(TraversalStep::Index(Expression { at: self.position(start), kind }));
        }
        Ok(TraversalStep::Attribute(self.name()?.to_owned()))
    }

    fn index(&mut self) -> Parsed<TraversalStep> {
        self.at += 1;
        let step = self.with_newlines(true, |cursor| {
            cursor.space()?;
            if cursor.take("*") {
                cursor.space()?;
                return Ok(TraversalStep::Splat);
            }
            let key = cursor.expression()?;
            cursor.space()?;
            Ok(TraversalStep::Index(key))
        })?;
        self.expect("]")?;
        Ok(step)
    }
}

fn select(base: Expression, steps: Vec<TraversalStep>) -> Expression {
    if steps.is_empty() {
        return base;
    }
    Expression { at: base.at, kind: ExpressionKind::Select(Box::new(base), steps) }
}
