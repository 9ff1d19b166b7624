//! The native syntax, read with hcl-edit, which keeps every span.

use std::ops::Range;

use hcl_edit::expr::{self, BinaryOperator, ForExpr, FuncCall, Object, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::{Element, Strip, Template};
use hcl_edit::{Span, parser};

use super::tree::{
    BinaryOp, Expression, ExpressionKind, ForExpression, HclAttribute, HclBlock, HclBody, Position, TemplatePart,
    TraversalStep,
};
use super::{ParsedFile, SyntaxError};

/// The largest number of entries between two braces: hcl-edit 0.10 compares each entry with all earlier ones.
const MAX_ENTRIES: u32 = 10_000;
/// The bound of comparisons: the parser compares each key of an object with those before it.
const MAX_COMPARISONS: u64 = 150_000_000;

/// Parses a `.tf` or `.tfvars` file. `file` becomes the file of every position.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(text: &str, file: u32) -> Result<ParsedFile, SyntaxError> {
    bounded(text)?;
    let body = parser::parse_body(text).map_err(|error| mistake(text, &error))?;
    let mut builder = HclTreeBuilder { file, fixed: None, strings: Vec::new() };
    let body = builder.body(&body);
    Ok(ParsedFile { body, strings: builder.strings })
}

/// Parses a template inside a JSON string. All its nodes have the position of that string.
pub(super) fn template(text: &str, at: Position) -> Option<ExpressionKind> {
    let template = parser::parse_template(text).ok()?;
    Some(HclTreeBuilder::inside(at).template(&template))
}

/// Parses an expression that stands alone: a type in JSON, a value on the command line. All its nodes have the given
/// position. `None` if it is not one.
#[must_use]
pub fn expression(text: &str, at: Position) -> Option<Expression> {
    let expression = parser::parse_expr(text).ok()?;
    Some(HclTreeBuilder::inside(at).expression(&expression))
}

fn mistake(text: &str, error: &parser::Error) -> SyntaxError {
    let mut start = error.location().offset().min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    SyntaxError { span: start..end, message: error.message().to_owned() }
}

/// Bounds the entries of each pair of braces. It counts `=` and `:`, in strings too: an upper bound is enough.
fn bounded(text: &str) -> Result<(), SyntaxError> {
    let (mut open, mut comparisons) = (Vec::new(), 0_u64);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(0_u32),
            b'}' => drop(open.pop()),
            b'=' | b':' => {
                if let Some(entries) = open.last_mut() {
                    *entries += 1;
                    comparisons += u64::from(*entries);
                    let message = if *entries > MAX_ENTRIES {
                        format!("more than {MAX_ENTRIES} entries in one pair of braces")
                    } else if comparisons > MAX_COMPARISONS {
                        "too many objects with thousands of entries".to_owned()
                    } else {
                        continue;
                    };
                    return Err(SyntaxError { span: at..at + 1, message });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct HclTreeBuilder {
    file: u32,
    /// The position of every node, for text inside a JSON string.
    fixed: Option<Position>,
    strings: Vec<Range<usize>>,
}

impl HclTreeBuilder {
    fn inside(at: Position) -> Self {
        Self { file: at.file, fixed: Some(at), strings: Vec::new() }
    }

    fn at(&self, span: Option<Range<usize>>) -> Position {
        self.fixed.unwrap_or_else(|| Position { file: self.file, offset: offset(span.map_or(0, |span| span.start)) })
    }

    fn body(&mut self, body: &structure::Body) -> HclBody {
        let mut out = HclBody::default();
        for item in body {
            match item {
                Structure::Attribute(attribute) => {
                    let value = self.expression(&attribute.value);
                    let at = match attribute.key.span().or(attribute.span()) {
                        None => value.at,
                        span => self.at(span),
                    };
                    out.attributes.push(HclAttribute { name: attribute.key.as_str().to_owned(), at, value });
                }
                Structure::Block(block) => {
                    let span = block.span();
                    out.blocks.push(HclBlock {
                        kind: block.ident.as_str().to_owned(),
                        labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
                        end: offset(span.as_ref().map_or(0, |span| span.end)),
                        at: self.at(span),
                        body: self.body(&block.body),
                    });
                }
            }
        }
        out
    }

    fn expression(&mut self, expression: &expr::Expression) -> Expression {
        let at = self.at(expression.span());
        let kind = match expression {
            expr::Expression::Null(_) => ExpressionKind::Null,
            expr::Expression::Bool(value) => ExpressionKind::Bool(*value.value()),
            expr::Expression::Number(number) => ExpressionKind::Number(
                number.as_repr().map_or_else(|| number.value().to_string(), |written| written.to_string()),
            ),
            expr::Expression::String(text) => {
                self.strings.extend(expression.span());
                ExpressionKind::Text(text.value().clone())
            }
            expr::Expression::Array(list) => {
                ExpressionKind::List(list.iter().map(|item| self.expression(item)).collect())
            }
            expr::Expression::Object(object) => self.object(object),
            expr::Expression::StringTemplate(template) => {
                self.strings.extend(expression.span());
                self.template(template)
            }
            expr::Expression::HeredocTemplate(heredoc) => {
                self.strings.extend(expression.span());
                self.template(&heredoc.template)
            }
            expr::Expression::Parenthesis(inner) => return self.expression(inner.inner()),
            expr::Expression::Variable(name) => ExpressionKind::Name(name.as_str().to_owned()),
            expr::Expression::Conditional(it) => ExpressionKind::If(Box::new([
                self.expression(&it.cond_expr),
                self.expression(&it.true_expr),
                self.expression(&it.false_expr),
            ])),
            expr::Expression::FuncCall(call) => self.call(call),
            expr::Expression::Traversal(it) => {
                let steps = it.operators.iter().map(|step| self.step(step.value())).collect();
                ExpressionKind::Select(Box::new(self.expression(&it.expr)), steps)
            }
            expr::Expression::UnaryOp(it) => {
                let inner = Box::new(self.expression(&it.expr));
                match it.operator.value() {
                    UnaryOperator::Neg => ExpressionKind::Negative(inner),
                    UnaryOperator::Not => ExpressionKind::Not(inner),
                }
            }
            expr::Expression::BinaryOp(it) => {
                let sides = Box::new([self.expression(&it.lhs_expr), self.expression(&it.rhs_expr)]);
                ExpressionKind::Binary(operator(*it.operator.value()), sides)
            }
            expr::Expression::ForExpr(it) => self.for_expression(it),
        };
        Expression { at, kind }
    }

    fn object(&mut self, object: &Object) -> ExpressionKind {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(expr::Expression::Variable(name)) => {
                    Expression { at: self.at(name.span()), kind: ExpressionKind::Text(name.as_str().to_owned()) }
                }
                ObjectKey::Expression(key) => self.expression(key),
            };
            entries.push((key, self.expression(value.expr())));
        }
        ExpressionKind::Object(entries)
    }

    fn call(&mut self, call: &FuncCall) -> ExpressionKind {
        if call.name.is_namespaced() {
            return ExpressionKind::Opaque("a function of a provider");
        }
        ExpressionKind::Call {
            name: call.name.name.as_str().to_owned(),
            args: call.args.iter().map(|arg| self.expression(arg)).collect(),
            expand: call.args.expand_final(),
        }
    }

    fn step(&mut self, step: &TraversalOperator) -> TraversalStep {
        match step {
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => TraversalStep::Splat,
            TraversalOperator::GetAttr(name) => TraversalStep::Attribute(name.as_str().to_owned()),
            TraversalOperator::Index(key) => TraversalStep::Index(self.expression(key)),
            TraversalOperator::LegacyIndex(index) => TraversalStep::Index(Expression {
                at: self.at(None),
                kind: ExpressionKind::Number(index.value().to_string()),
            }),
        }
    }

    fn for_expression(&mut self, it: &ForExpr) -> ExpressionKind {
        ExpressionKind::For(Box::new(ForExpression {
            key_name: it.intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
            value_name: it.intro.value_var.as_str().to_owned(),
            list: self.expression(&it.intro.collection_expr),
            key: it.key_expr.as_ref().map(|key| self.expression(key)),
            value: self.expression(&it.value_expr),
            grouping: it.grouping,
            condition: it.cond.as_ref().map(|condition| self.expression(&condition.expr)),
        }))
    }

    fn template(&mut self, template: &Template) -> ExpressionKind {
        let mut parts = Vec::with_capacity(template.len());
        for element in template {
            match element {
                Element::Literal(text) => parts.push(TemplatePart::Text(text.value().clone())),
                Element::Interpolation(inner) if inner.strip == Strip::None => {
                    parts.push(TemplatePart::Value(self.expression(&inner.expr)));
                }
                Element::Interpolation(_) => return ExpressionKind::Opaque("a template that trims with `~`"),
                Element::Directive(_) => return ExpressionKind::Opaque("a template with `%{ … }`"),
            }
        }
        match parts.as_mut_slice() {
            [] => ExpressionKind::Text(String::new()),
            // One interpolation and nothing else is the value itself, whatever its type.
            [TemplatePart::Value(_)] => match parts.pop() {
                Some(TemplatePart::Value(node)) => node.kind,
                _ => ExpressionKind::Opaque("a template"),
            },
            _ => ExpressionKind::Template(parts),
        }
    }
}

/// Files are far smaller than 4 GiB: their size is bounded where they are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn operator(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Eq => BinaryOp::Equal,
        BinaryOperator::NotEq => BinaryOp::NotEqual,
        BinaryOperator::LessEq => BinaryOp::LessOrEqual,
        BinaryOperator::GreaterEq => BinaryOp::GreaterOrEqual,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::Plus => BinaryOp::Plus,
        BinaryOperator::Minus => BinaryOp::Minus,
        BinaryOperator::Mul => BinaryOp::Times,
        BinaryOperator::Div => BinaryOp::Divide,
        BinaryOperator::Mod => BinaryOp::Modulo,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Or => BinaryOp::Or,
    }
}
