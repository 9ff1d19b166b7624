//! The lists of all files of a policy, looked up before the rules are compiled: a rule of an extended file then uses the
//! list of the file that extends it, if both have one of this name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::list_file;
use super::loader::Loader;
use crate::base::digest::{hex, plain_sha256};
use crate::base::limits::EXTENDS_NESTING;
use crate::base::{Diagnostic, SourceFile, quote};
use crate::policy::compile::lists::{ListContent, ListDefinition, ListFileFields, ListItem, outline};
use crate::policy::{ListSource, PolicyList, PolicyLocation};
use crate::rule::{Lists, Located};

/// The most items of one list, and of all lists together.
const MAX_ITEMS: usize = 100_000;
const MAX_ALL_ITEMS: usize = 1_000_000;
/// The most lists that name each other in a row.
const MAX_DEPTH: usize = 32;

/// The definitions of each list, those with precedence last.
#[derive(Default)]
struct Definitions(BTreeMap<String, Vec<ListDefinition>>);

/// The lists of a policy, the files that have some of them, and the mistakes in them.
#[derive(Default)]
pub(super) struct LoadedLists {
    pub(super) lists: Lists,
    /// The same lists, with their places.
    pub(super) named: Vec<PolicyList>,
    pub(super) sources: Vec<ListSource>,
    pub(super) problems: Vec<Diagnostic>,
}

impl LoadedLists {
    /// Reads the lists of these files and of those that they extend.
    pub(super) fn of(loader: &mut Loader<'_>, roots: &[Arc<SourceFile>]) -> Self {
        let (mut out, mut all) = (Self::default(), Definitions::default());
        let mut seen = BTreeSet::new();
        let outlines: Vec<_> = roots.iter().map(outline).collect();
        for (root, outline) in roots.iter().zip(&outlines) {
            seen.insert(loader.place(&root.path));
            for name in &outline.extends {
                out.extended(loader, root, name, 1, &mut seen, &mut all);
            }
        }
        let mut own: BTreeMap<String, (PathBuf, usize)> = BTreeMap::new();
        for outline in outlines {
            out.problems.extend(outline.problems);
            for list in outline.lists {
                let (line, _) = list.file.line_column(list.name.span.start);
                if let Some((path, line)) = own.get(&list.name.value) {
                    let message = format!("duplicate list {}", quote(&list.name.value));
                    let help = format!("rename one of them; the first is in {}, line {line}", path.display());
                    out.problems.push(Diagnostic::error(&list.file, list.name.span, message).help(help));
                    continue;
                }
                own.insert(list.name.value.clone(), (list.file.path.clone(), line));
                all.0.entry(list.name.value.clone()).or_default().push(list);
            }
        }
        out.resolve_all(loader, &all);
        out
    }

    /// Adds the lists of an extended file, after those of the files that it extends.
    fn extended(
        &mut self,
        loader: &mut Loader<'_>,
        file: &Arc<SourceFile>,
        name: &Located<String>,
        depth: usize,
        seen: &mut BTreeSet<PathBuf>,
        all: &mut Definitions,
    ) {
        let path = loader.extended_path(file, &name.value);
        // Too many files in a row are reported with the rules of the last one.
        if depth > EXTENDS_NESTING || !seen.insert(path.clone()) {
            return;
        }
        // A file that can't be read is reported when its rules are wanted.
        let Ok(Some(source)) = loader.source(file, name, &path) else { return };
        let outline = outline(&source);
        for name in &outline.extends {
            self.extended(loader, &source, name, depth + 1, seen, all);
        }
        self.problems.extend(outline.problems);
        for list in outline.lists {
            all.0.entry(list.name.value.clone()).or_default().push(list);
        }
    }

    fn resolve_all(&mut self, loader: &Loader<'_>, all: &Definitions) {
        let mut resolver = Resolver { loader, all, known: BTreeMap::new(), items: 0, out: self };
        for (name, definitions) in &all.0 {
            resolver.resolve(name, definitions.len() - 1, &mut Vec::new());
        }
        let known = resolver.known;
        for (name, definitions) in &all.0 {
            // After a mistake the list stays known, so that its uses are no further mistakes.
            let items = known.get(&(name.clone(), definitions.len() - 1)).cloned().flatten();
            let items = items.unwrap_or_else(|| Arc::from(vec![String::new()]));
            if let Some(last) = definitions.last() {
                let origin = PolicyLocation { file: Arc::clone(&last.file), span: last.name.span.clone() };
                self.named.push(PolicyList { name: name.clone(), items: Arc::clone(&items), origin });
            }
            self.lists.0.insert(name.clone(), items);
        }
    }
}

/// A definition: its name, and its number among those of the name.
type DefinitionKey = (String, usize);

struct Resolver<'r, 'f> {
    loader: &'r Loader<'f>,
    all: &'r Definitions,
    /// The items of each definition that was looked up; `None` after a mistake.
    known: BTreeMap<DefinitionKey, Option<Arc<[String]>>>,
    items: usize,
    out: &'r mut LoadedLists,
}

impl Resolver<'_, '_> {
    /// The items of a definition; `None` after reporting a mistake. `open` are the definitions that lead to it.
    fn resolve(&mut self, name: &str, level: usize, open: &mut Vec<DefinitionKey>) -> Option<Arc<[String]>> {
        let key = (name.to_owned(), level);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let definition = self.all.0.get(name)?.get(level)?;
        open.push(key.clone());
        let items = self.items_of(definition, level, open);
        open.pop();
        let items = items.and_then(|items| self.within_limits(definition, items));
        self.known.insert(key, items.clone());
        items
    }

    fn items_of(
        &mut self,
        definition: &ListDefinition,
        level: usize,
        open: &mut Vec<DefinitionKey>,
    ) -> Option<Vec<String>> {
        let items = match &definition.content {
            ListContent::File(fields) => return self.of_file(definition, fields),
            ListContent::Items(items) => items,
        };
        let mut out = Vec::new();
        for item in items {
            match item {
                ListItem::Text(text) => out.push(text.clone()),
                ListItem::List(named) => out.extend(self.of_list(definition, named, level, open)?.iter().cloned()),
            }
        }
        Some(out)
    }

    /// The items of a list that another one names. Its own name means the list that it replaces.
    fn of_list(
        &mut self,
        definition: &ListDefinition,
        named: &Located<String>,
        level: usize,
        open: &mut Vec<DefinitionKey>,
    ) -> Option<Arc<[String]>> {
        let is_own = named.value == definition.name.value;
        let last = self.all.0.get(&named.value).map(|all| all.len() - 1);
        let target = if is_own { level.checked_sub(1) } else { last };
        let shown = quote(&named.value);
        let Some(target) = target else {
            let (message, help) = if is_own {
                (
                    format!("no extended file has a list {shown}"),
                    "a list that names itself adds to the extended one".to_owned(),
                )
            } else {
                let known = Lists(self.all.0.keys().map(|name| (name.clone(), Arc::default())).collect());
                (
                    format!("the policy has no list {shown}"),
                    known.help(&named.value) + "; write @@ for a text that begins with @",
                )
            };
            self.error(definition, &named.span, message, help);
            return None;
        };
        let key = (named.value.clone(), target);
        if open.contains(&key) {
            self.error(
                definition,
                &named.span,
                format!("the lists are circular: {shown} names this list"),
                "remove one of the names",
            );
            return None;
        }
        if open.len() >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} lists name each other in a row");
            self.error(definition, &named.span, message, "write the items into fewer lists");
            return None;
        }
        self.resolve(&named.value, target, open)
    }

    fn of_file(&mut self, definition: &ListDefinition, fields: &ListFileFields) -> Option<Vec<String>> {
        let read = self.loader.list_file(&definition.file, &fields.file.value);
        let items = read.and_then(|(path, bytes)| {
            let hash = hex(&plain_sha256(&bytes));
            let bad = |why: String| (why, "correct the file, or the fields of the list");
            let text = crate::base::encoding::decode(bytes);
            let text = text.map_err(|error| bad(format!("{}: {error}", fields.file.value)))?;
            Ok((path, hash, list_file::items(fields, &text).map_err(bad)?))
        });
        match items {
            Ok((file, sha256, items)) => {
                let name = definition.name.value.clone();
                self.out.sources.push(ListSource { name, file, sha256, items: items.len() });
                Some(items)
            }
            Err((message, help)) => {
                self.error(definition, &fields.file.span, message, help);
                None
            }
        }
    }

    /// Each item once, unless there are too many.
    fn within_limits(&mut self, definition: &ListDefinition, items: Vec<String>) -> Option<Arc<[String]>> {
        let mut seen = hashbrown::HashSet::with_capacity(items.len());
        let items: Vec<String> = items.into_iter().filter(|item| seen.insert(item.clone())).collect();
        self.items += items.len();
        let name = quote(&definition.name.value);
        let message = if items.len() > MAX_ITEMS {
            format!("the list {name} has more than {MAX_ITEMS} items")
        } else if self.items > MAX_ALL_ITEMS {
            format!("the lists have more than {MAX_ALL_ITEMS} items together")
        } else {
            return Some(items.into());
        };
        self.error(definition, &definition.name.span, message, "use a `pattern`, or fewer items");
        None
    }

    fn error(
        &mut self,
        definition: &ListDefinition,
        span: &crate::base::Span,
        message: String,
        help: impl Into<String>,
    ) {
        self.out.problems.push(Diagnostic::error(&definition.file, span.clone(), message).help(help));
    }
}
