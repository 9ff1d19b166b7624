//! The description of a format: objects with fields, each with its type and meaning.

/// The values that a field has.
#[derive(Clone, Copy)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// `YYYY-MM-DD`.
    Day,
    /// RFC 3339.
    Time,
    /// A whole number from 0.
    Count,
    /// A share in percent, from 0 to 100.
    Percent,
    /// `true` or `false`.
    Flag,
    /// This text.
    Word(&'static str),
    /// This number.
    Version(u64),
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// A list.
    List(&'static Type),
    /// A list of exactly these two.
    Pair(&'static Type, &'static Type),
    /// An object with any names.
    Map(&'static Type),
    /// An object.
    Object(&'static Object),
    /// The type, or `null`.
    Nullable(&'static Type),
    /// One of these types.
    Any(&'static [Type]),
}

/// A field of an object.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// `true` if it may be absent.
    pub(super) optional: bool,
    pub(super) ty: Type,
    /// The meaning, with its unit.
    pub(super) about: &'static str,
}

/// A field that is always there.
pub(super) const fn always(name: &'static str, ty: Type, about: &'static str) -> Field {
    Field { name, optional: false, ty, about }
}

/// A field that may be absent.
pub(super) const fn maybe(name: &'static str, ty: Type, about: &'static str) -> Field {
    Field { name, optional: true, ty, about }
}

/// An object.
pub(super) struct Object {
    /// The name in `$defs` and the heading of its table.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The object whose fields it has too.
    pub(super) base: Option<&'static Object>,
    pub(super) fields: &'static [Field],
    /// `true` if taglint refuses other fields. Readers of the others ignore fields that they do not know.
    pub(super) closed: bool,
}

/// An object that later versions may give more fields.
pub(super) const fn open(name: &'static str, about: &'static str, fields: &'static [Field]) -> Object {
    Object { name, about, base: None, fields, closed: false }
}

/// An object whose other fields taglint refuses.
pub(super) const fn closed(name: &'static str, about: &'static str, fields: &'static [Field]) -> Object {
    Object { name, about, base: None, fields, closed: true }
}

impl Object {
    /// The fields, those of the base first.
    pub(super) fn fields(&self) -> Vec<&'static Field> {
        let base = self.base.map(Object::fields).unwrap_or_default();
        base.into_iter().chain(self.fields).collect()
    }
}

impl Type {
    /// The objects in it.
    pub(super) fn objects(self) -> Vec<&'static Object> {
        match self {
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.objects(),
            Self::Object(object) => vec![object],
            Self::Any(types) => types.iter().flat_map(|ty| ty.objects()).collect(),
            Self::Pair(first, second) => [first.objects(), second.objects()].concat(),
            _ => Vec::new(),
        }
    }
}

/// A format.
pub struct FormatSchema {
    /// The name on the command line.
    pub name: &'static str,
    /// The documents that it describes, as a noun phrase.
    pub about: &'static str,
    /// The path of the committed schema in the repository.
    pub file: &'static str,
    /// A document is one of these; in JSON Lines, each line is.
    pub(super) roots: &'static [&'static Object],
    /// The section of the documentation about it.
    pub(super) page: &'static str,
}

impl std::fmt::Debug for FormatSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl FormatSchema {
    /// All objects of the format: the roots, then each where it first occurs.
    pub(super) fn objects(&self) -> Vec<&'static Object> {
        let mut out: Vec<&'static Object> = self.roots.to_vec();
        let mut at = 0;
        while let Some(object) = out.get(at) {
            for inner in object.fields().into_iter().flat_map(|field| field.ty.objects()) {
                if !out.iter().any(|known| std::ptr::eq(*known, inner)) {
                    out.push(inner);
                }
            }
            at += 1;
        }
        out
    }
}
