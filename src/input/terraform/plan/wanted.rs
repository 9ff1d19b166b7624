//! The parts of a plan that are read. The rest is dropped before the plan is parsed: most of a plan repeats its changes.

use std::sync::LazyLock;

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::document::{
    LaunchExpressions, PlanBlock, PlanChange, PlanConfiguration, PlanDocument, PlanModule, PlanModuleCall,
    ResourceChange,
};
use crate::input::terraform::json::is_wanted_attribute;
use crate::input::terraform::json_filter::Keep;

/// The names of the fields of a struct.
type FieldNames = LazyLock<&'static [&'static str]>;

/// The part of a field that is kept: all of it if the struct has it.
fn field_of(names: &FieldNames, name: &[u8]) -> Keep {
    if names.iter().any(|own| own.as_bytes() == name) { Keep::All } else { Keep::Nothing }
}

/// The fields of a plan.
pub(super) fn plan(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanDocument<'_>>);
    match name {
        b"planned_values" | b"values" => Keep::Presence,
        b"resource_changes" => Keep::Items(resource_change),
        b"configuration" => Keep::Fields(configuration),
        _ => field_of(&NAMES, name),
    }
}

fn resource_change(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<ResourceChange<'_>>);
    if name == b"change" { Keep::Fields(change) } else { field_of(&NAMES, name) }
}

fn change(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanChange<'_>>);
    match name {
        b"before" | b"after" | b"after_unknown" | b"before_sensitive" | b"after_sensitive" => Keep::Fields(attribute),
        _ => field_of(&NAMES, name),
    }
}

fn attribute(name: &[u8]) -> Keep {
    if is_wanted_attribute(name) { Keep::All } else { Keep::Nothing }
}

fn configuration(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanConfiguration<'_>>);
    if name == b"root_module" { Keep::Fields(module) } else { field_of(&NAMES, name) }
}

fn module(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanModule<'_>>);
    match name {
        b"resources" => Keep::Items(block),
        b"module_calls" => Keep::Entries(module_call),
        _ => field_of(&NAMES, name),
    }
}

fn module_call(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanModuleCall<'_>>);
    if name == b"module" { Keep::Fields(module) } else { field_of(&NAMES, name) }
}

fn block(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<PlanBlock<'_>>);
    if name == b"expressions" { Keep::Fields(expression) } else { field_of(&NAMES, name) }
}

fn expression(name: &[u8]) -> Keep {
    static NAMES: FieldNames = LazyLock::new(field_names::<LaunchExpressions<'_>>);
    field_of(&NAMES, name)
}

/// The names of the fields of a struct, so that a new field is kept without a word here.
fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // It ends with an error once the names are known.
    let _ = T::deserialize(NameCollector(&mut names));
    names
}

struct NameCollector<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for NameCollector<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("only the names are wanted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("only structs have names"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::terraform::json_filter::KeepField;

    #[test]
    fn every_field_that_is_read_is_kept() {
        let kept = |keep: Keep| !matches!(keep, Keep::Nothing);
        let fields: [(&[&str], KeepField); 8] = [
            (field_names::<PlanDocument<'_>>(), plan),
            (field_names::<ResourceChange<'_>>(), resource_change),
            (field_names::<PlanChange<'_>>(), change),
            (field_names::<PlanConfiguration<'_>>(), configuration),
            (field_names::<PlanModule<'_>>(), module),
            (field_names::<PlanModuleCall<'_>>(), module_call),
            (field_names::<PlanBlock<'_>>(), block),
            (field_names::<LaunchExpressions<'_>>(), expression),
        ];
        for (names, keep) in fields {
            assert!(!names.is_empty() && names.iter().all(|name| kept(keep(name.as_bytes()))), "{names:?}");
            assert!(!kept(keep(b"prior_state")));
        }
    }
}
