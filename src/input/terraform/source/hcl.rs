//! `.tf` files: from hcl-edit's tree, which keeps every span, to ours.

use std::ops::Range;

use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::{Element, Strip, Template};
use hcl_edit::{Span, parser};

use super::syntax::{At, Attribute, Block, Body, Expr, For, Node, Op, Part, Step};

/// More entries between two braces than this are refused: the parser looks at each earlier one for each.
const MAX_ENTRIES: u32 = 10_000;

/// What is wrong with a file, and the bytes where.
pub(super) type Mistake = (Range<usize>, String);

/// What a file holds, and where its texts lie (comments are looked for outside of them).
pub(super) struct Parsed {
    pub(super) body: Body,
    pub(super) texts: Vec<Range<usize>>,
}

/// Reads the body of a `.tf` or `.tfvars` file.
pub(super) fn parse(text: &str, file: u32) -> Result<Parsed, Mistake> {
    bounded(text)?;
    let body = parser::parse_body(text).map_err(|error| mistake(text, &error))?;
    let mut reader = Reader { file, fixed: None, texts: Vec::new() };
    let body = reader.body(&body);
    Ok(Parsed { body, texts: reader.texts })
}

/// Reads a template that stands in a JSON text; its nodes all have the place of that text.
pub(super) fn template(text: &str, at: At) -> Option<Expr> {
    let template = parser::parse_template(text).ok()?;
    let mut reader = Reader { file: at.file, fixed: Some(at), texts: Vec::new() };
    Some(reader.template(&template))
}

/// Reads an expression that stands in a JSON text (a type).
pub(super) fn expression(text: &str, at: At) -> Option<Node> {
    let expression = parser::parse_expr(text).ok()?;
    Some(Reader { file: at.file, fixed: Some(at), texts: Vec::new() }.node(&expression))
}

fn mistake(text: &str, error: &parser::Error) -> Mistake {
    let mut start = error.location().offset().min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    (start..end, error.message().to_owned())
}

/// Counts what could be entries of each pair of braces, without looking at what is text and what is not.
fn bounded(text: &str) -> Result<(), Mistake> {
    let mut open = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(0_u32),
            b'}' => drop(open.pop()),
            b'=' | b':' => {
                if let Some(entries) = open.last_mut() {
                    *entries += 1;
                    if *entries > MAX_ENTRIES {
                        return Err((at..at + 1, format!("more than {MAX_ENTRIES} entries in one pair of braces")));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Reader {
    file: u32,
    /// The place of every node, for what stands inside a JSON text.
    fixed: Option<At>,
    texts: Vec<Range<usize>>,
}

impl Reader {
    fn at(&self, span: Option<Range<usize>>) -> At {
        self.fixed.unwrap_or_else(|| At { file: self.file, offset: offset(span.map_or(0, |span| span.start)) })
    }

    fn body(&mut self, body: &structure::Body) -> Body {
        let mut out = Body::default();
        for item in body {
            match item {
                Structure::Attribute(attribute) => {
                    let value = self.node(&attribute.value);
                    let at = match attribute.key.span().or(attribute.span()) {
                        None => value.at,
                        span => self.at(span),
                    };
                    out.attributes.push(Attribute { name: attribute.key.as_str().to_owned(), at, value });
                }
                Structure::Block(block) => {
                    let span = block.span();
                    out.blocks.push(Block {
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

    fn node(&mut self, expression: &Expression) -> Node {
        let at = self.at(expression.span());
        let expr = match expression {
            Expression::Null(_) => Expr::Null,
            Expression::Bool(value) => Expr::Bool(*value.value()),
            Expression::Number(number) => {
                Expr::Number(number.as_repr().map_or_else(|| number.value().to_string(), |written| written.to_string()))
            }
            Expression::String(text) => {
                self.texts.extend(expression.span());
                Expr::Text(text.value().clone())
            }
            Expression::Array(list) => Expr::List(list.iter().map(|item| self.node(item)).collect()),
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => {
                self.texts.extend(expression.span());
                self.template(template)
            }
            Expression::HeredocTemplate(heredoc) => {
                self.texts.extend(expression.span());
                self.template(&heredoc.template)
            }
            Expression::Parenthesis(inner) => return self.node(inner.inner()),
            Expression::Variable(name) => Expr::Name(name.as_str().to_owned()),
            Expression::Conditional(it) => {
                Expr::If(Box::new([self.node(&it.cond_expr), self.node(&it.true_expr), self.node(&it.false_expr)]))
            }
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(it) => {
                let steps = it.operators.iter().map(|step| self.step(step.value())).collect();
                Expr::Select(Box::new(self.node(&it.expr)), steps)
            }
            Expression::UnaryOp(it) => {
                let inner = Box::new(self.node(&it.expr));
                match it.operator.value() {
                    UnaryOperator::Neg => Expr::Negative(inner),
                    UnaryOperator::Not => Expr::Not(inner),
                }
            }
            Expression::BinaryOp(it) => {
                let sides = Box::new([self.node(&it.lhs_expr), self.node(&it.rhs_expr)]);
                Expr::Binary(operator(*it.operator.value()), sides)
            }
            Expression::ForExpr(it) => self.for_expression(it),
        };
        Node { at, expr }
    }

    fn object(&mut self, object: &Object) -> Expr {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) => Node { at: self.at(name.span()), expr: Expr::Text(name.as_str().to_owned()) },
                ObjectKey::Expression(Expression::Variable(name)) => {
                    Node { at: self.at(name.span()), expr: Expr::Text(name.as_str().to_owned()) }
                }
                ObjectKey::Expression(key) => self.node(key),
            };
            entries.push((key, self.node(value.expr())));
        }
        Expr::Object(entries)
    }

    fn call(&mut self, call: &FuncCall) -> Expr {
        if call.name.is_namespaced() {
            return Expr::Opaque("a function of a provider");
        }
        Expr::Call {
            name: call.name.name.as_str().to_owned(),
            args: call.args.iter().map(|arg| self.node(arg)).collect(),
            expand: call.args.expand_final(),
        }
    }

    fn step(&mut self, step: &TraversalOperator) -> Step {
        match step {
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
            TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().to_owned()),
            TraversalOperator::Index(key) => Step::Index(self.node(key)),
            TraversalOperator::LegacyIndex(index) => {
                Step::Index(Node { at: self.at(None), expr: Expr::Number(index.value().to_string()) })
            }
        }
    }

    fn for_expression(&mut self, it: &ForExpr) -> Expr {
        Expr::For(Box::new(For {
            key_name: it.intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
            value_name: it.intro.value_var.as_str().to_owned(),
            list: self.node(&it.intro.collection_expr),
            key: it.key_expr.as_ref().map(|key| self.node(key)),
            value: self.node(&it.value_expr),
            grouping: it.grouping,
            condition: it.cond.as_ref().map(|condition| self.node(&condition.expr)),
        }))
    }

    fn template(&mut self, template: &Template) -> Expr {
        let mut parts = Vec::with_capacity(template.len());
        for element in template {
            match element {
                Element::Literal(text) => parts.push(Part::Text(text.value().clone())),
                Element::Interpolation(inner) if inner.strip == Strip::None => {
                    parts.push(Part::Value(self.node(&inner.expr)));
                }
                Element::Interpolation(_) => return Expr::Opaque("a template that trims with `~`"),
                Element::Directive(_) => return Expr::Opaque("a template with `%{ … }`"),
            }
        }
        match parts.as_mut_slice() {
            [] => Expr::Text(String::new()),
            // One interpolation and nothing else is the value itself, whatever its type.
            [Part::Value(_)] => match parts.pop() {
                Some(Part::Value(node)) => node.expr,
                _ => Expr::Opaque("a template"),
            },
            _ => Expr::Template(parts),
        }
    }
}

/// Files are far smaller than 4 GiB: their size is bounded where they are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn operator(operator: BinaryOperator) -> Op {
    match operator {
        BinaryOperator::Eq => Op::Equal,
        BinaryOperator::NotEq => Op::NotEqual,
        BinaryOperator::LessEq => Op::LessOrEqual,
        BinaryOperator::GreaterEq => Op::GreaterOrEqual,
        BinaryOperator::Less => Op::Less,
        BinaryOperator::Greater => Op::Greater,
        BinaryOperator::Plus => Op::Plus,
        BinaryOperator::Minus => Op::Minus,
        BinaryOperator::Mul => Op::Times,
        BinaryOperator::Div => Op::Divide,
        BinaryOperator::Mod => Op::Modulo,
        BinaryOperator::And => Op::And,
        BinaryOperator::Or => Op::Or,
    }
}
