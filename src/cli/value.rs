//! Parsers of flag values.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::aws::{AccountId, Region};

/// A parser of one of several names, each with its description and value. `--help` lists them.
pub(super) fn choice<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = (&'static str, &'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let values: Vec<_> = values.into_iter().collect();
    let possible = values.iter().map(|(name, about, _)| match *about {
        "" => PossibleValue::new(*name),
        about => PossibleValue::new(*name).help(about),
    });
    PossibleValuesParser::new(possible.collect::<Vec<_>>()).map(move |given| {
        let (_, _, value) = values.iter().find(|(name, ..)| *name == given).expect("clap accepts listed names only");
        value.clone()
    })
}

/// A tag. The key ends at the first `=`; values may contain others.
pub(super) fn stack_tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a stack tag as KEY=VALUE".to_owned()),
    }
}

/// An account id.
pub(super) fn account(text: &str) -> Result<String, String> {
    text.parse::<AccountId>().map(|id| id.to_string()).map_err(|error| error.to_string())
}

/// A region name. The name becomes part of ARNs and is compared with `when.region`, so only a well-formed one passes.
pub(super) fn region(text: &str) -> Result<String, String> {
    text.parse::<Region>().map(|region| region.to_string()).map_err(|error| error.to_string())
}
