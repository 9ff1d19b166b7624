//! The tree of HCL: bodies of attributes and blocks, and expressions. A position names its file, so that the trees of
//! several files make one module.

/// A byte of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The index of the file, as the caller of the parser counts them.
    pub file: u32,
    /// The byte offset.
    pub offset: u32,
}

/// An expression and its first byte.
#[derive(Debug, Clone)]
pub struct Expression {
    /// The first byte.
    pub at: Position,
    /// The expression.
    pub kind: ExpressionKind,
}

/// The kinds of expressions.
#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string without interpolations.
    Text(String),
    /// A string with interpolations.
    Template(Vec<TemplatePart>),
    /// `[a, b]`.
    List(Vec<Expression>),
    /// `{ key = value }`. Keys are expressions too: `(var.key) = …`.
    Object(Vec<(Expression, Expression)>),
    /// A root name such as `var` or `local`.
    Name(String),
    /// A value and the steps into it: `var.tags["a"]`.
    Select(Box<Expression>, Vec<TraversalStep>),
    /// A function call.
    Call {
        /// The name of the function.
        name: String,
        /// The arguments.
        args: Vec<Expression>,
        /// True if the last argument is a list of arguments: `f(a...)`.
        expand: bool,
    },
    /// Condition, then, else.
    If(Box<[Expression; 3]>),
    /// `!a`.
    Not(Box<Expression>),
    /// `-a`.
    Negative(Box<Expression>),
    /// An operator between two values.
    Binary(BinaryOp, Box<[Expression; 2]>),
    /// A `for` expression.
    For(Box<ForExpression>),
    /// An expression that taglint does not evaluate, as a noun phrase.
    Opaque(&'static str),
}

/// A part of a string with interpolations.
#[derive(Debug, Clone)]
pub enum TemplatePart {
    /// Literal text.
    Text(String),
    /// `${ … }`.
    Value(Expression),
    /// `%{ if … } … %{ else } … %{ endif }`: the condition, and the parts of both branches.
    If(Expression, Vec<TemplatePart>, Vec<TemplatePart>),
    /// `%{ for … } … %{ endfor }`.
    For(Box<TemplateFor>),
}

/// `%{ for k, v in list }`, and the parts that are repeated.
#[derive(Debug, Clone)]
pub struct TemplateFor {
    /// The first of two names.
    pub key_name: Option<String>,
    /// The name of the element.
    pub value_name: String,
    /// The collection.
    pub list: Expression,
    /// The repeated parts.
    pub body: Vec<TemplatePart>,
}

/// A step of a traversal.
#[derive(Debug, Clone)]
pub enum TraversalStep {
    /// `.name`.
    Attribute(String),
    /// `[key]`.
    Index(Expression),
    /// `.*` or `[*]`.
    Splat,
}

/// The binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `[for k, v in list : value if condition]` and `{for … : key => value}`.
#[derive(Debug, Clone)]
pub struct ForExpression {
    /// The first of two names.
    pub key_name: Option<String>,
    /// The name of the element.
    pub value_name: String,
    /// The collection.
    pub list: Expression,
    /// The key of each entry; `None` where the result is a list.
    pub key: Option<Expression>,
    /// The value of each entry.
    pub value: Expression,
    /// `...`: the values of one key become a list.
    pub grouping: bool,
    /// The condition after `if`.
    pub condition: Option<Expression>,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub struct HclAttribute {
    /// The name.
    pub name: String,
    /// The first byte of the name.
    pub at: Position,
    /// The value.
    pub value: Expression,
}

/// The content of a file or block.
#[derive(Debug, Clone, Default)]
pub struct HclBody {
    /// The attributes, in order.
    pub attributes: Vec<HclAttribute>,
    /// The blocks, in order.
    pub blocks: Vec<HclBlock>,
}

/// `kind "label" … { body }`.
#[derive(Debug, Clone)]
pub struct HclBlock {
    /// The type of the block, such as `resource`.
    pub kind: String,
    /// The labels.
    pub labels: Vec<String>,
    /// The first byte.
    pub at: Position,
    /// The offset of the end, in the same file.
    pub end: u32,
    /// The content.
    pub body: HclBody,
}

impl HclBody {
    /// The attribute with a name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&HclAttribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Expression> {
        self.attribute(name).map(|attribute| &attribute.value)
    }

    /// The blocks of a type.
    pub fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b HclBlock> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// The dynamic blocks that make blocks of a type.
    pub fn dynamic_blocks<'b>(&'b self, kind: &str) -> impl Iterator<Item = &'b HclBlock> {
        self.blocks("dynamic").filter(move |block| block.labels.first().is_some_and(|label| label == kind))
    }

    /// Returns whether a dynamic block makes blocks of a type.
    #[must_use]
    pub fn has_dynamic(&self, kind: &str) -> bool {
        self.dynamic_blocks(kind).next().is_some()
    }

    /// Merges the body of an override file: its attributes replace those of the same name, its nested blocks those of the
    /// same kind.
    pub fn override_with(&mut self, other: HclBody) {
        self.attributes.retain(|attribute| other.attribute(&attribute.name).is_none());
        self.blocks.retain(|block| other.blocks(&block.kind).next().is_none());
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
    }
}

impl Expression {
    /// A name with dots, as in `provider = aws.west`; JSON writes it as a string.
    #[must_use]
    pub fn dotted(&self) -> Option<String> {
        match &self.kind {
            ExpressionKind::Name(name) | ExpressionKind::Text(name) => Some(name.clone()),
            ExpressionKind::Select(base, steps) => {
                let mut out = base.dotted()?;
                for step in steps {
                    let TraversalStep::Attribute(name) = step else { return None };
                    out.push('.');
                    out.push_str(name);
                }
                Some(out)
            }
            _ => None,
        }
    }

    /// The value of a literal string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a literal boolean, or of a string that Terraform converts to one.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match &self.kind {
            ExpressionKind::Bool(value) => Some(*value),
            ExpressionKind::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}
