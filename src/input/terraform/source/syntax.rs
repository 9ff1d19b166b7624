//! What Terraform's two syntaxes say, in one shape: bodies of attributes and blocks, and expressions. Every node knows
//! its place; files of other folders can be asked about together, since a place names its file too.

/// A place: a file of the project and a byte in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Index into the project's files.
    pub(super) file: u32,
    /// Byte offset.
    pub(super) offset: u32,
}

/// An expression and where it begins.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) expr: Expr,
}

/// An expression. What taglint never evaluates is [`Expr::Opaque`].
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Null,
    Bool(bool),
    /// A number as it is written.
    Number(String),
    Text(String),
    Template(Vec<Part>),
    List(Vec<Node>),
    /// Keys are expressions too: `(var.key) = …`.
    Object(Vec<(Node, Node)>),
    Name(String),
    Select(Box<Node>, Vec<Step>),
    Call {
        name: String,
        args: Vec<Node>,
        /// The last argument is a list of arguments: `f(a...)`.
        expand: bool,
    },
    /// Condition, then, else.
    If(Box<[Node; 3]>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Binary(Op, Box<[Node; 2]>),
    For(Box<For>),
    Opaque(&'static str),
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Value(Node),
}

/// A step into a value.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Attribute(String),
    Index(Node),
    Splat,
}

/// The operators between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    And,
    Or,
}

/// `[for k, v in list : value if condition]` and `{for … : key => value}`.
#[derive(Debug, Clone)]
pub(super) struct For {
    pub(super) key_name: Option<String>,
    pub(super) value_name: String,
    pub(super) list: Node,
    /// There for objects.
    pub(super) key: Option<Node>,
    pub(super) value: Node,
    /// `...`: values of one key become a list.
    pub(super) grouping: bool,
    pub(super) condition: Option<Node>,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) value: Node,
}

/// What stands between braces.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<Block>,
}

/// `kind "label" … { body }`.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    pub(super) at: At,
    /// Byte offset of its end, in the same file.
    pub(super) end: u32,
    pub(super) body: Body,
}

impl Body {
    /// The attribute of this name.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The value of an attribute.
    pub(super) fn value(&self, name: &str) -> Option<&Node> {
        self.attribute(name).map(|attribute| &attribute.value)
    }

    /// The blocks of this kind.
    pub(super) fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// What an override file does: its attributes replace those of the same name, its nested blocks those of the same
    /// kind.
    pub(super) fn override_with(&mut self, other: Body) {
        self.attributes.retain(|attribute| other.attribute(&attribute.name).is_none());
        self.blocks.retain(|block| other.blocks(&block.kind).next().is_none());
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
    }
}

impl Node {
    /// A name with dots, for `provider = aws.west` and the like; JSON writes it as text.
    pub(super) fn dotted(&self) -> Option<String> {
        match &self.expr {
            Expr::Name(name) | Expr::Text(name) => Some(name.clone()),
            Expr::Select(base, steps) => {
                let mut out = base.dotted()?;
                for step in steps {
                    let Step::Attribute(name) = step else { return None };
                    out.push('.');
                    out.push_str(name);
                }
                Some(out)
            }
            _ => None,
        }
    }

    /// Text that is written as it is.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.expr {
            Expr::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean that is written as it is.
    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.expr {
            Expr::Bool(value) => Some(*value),
            Expr::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}
