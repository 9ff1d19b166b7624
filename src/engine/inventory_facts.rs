//! The facts about one inventory without its resources, for commands that compare several.

use jiff::Timestamp;

use super::input::{Input, InputError};
use super::resource_index::InventoryIndex;
use super::stream::Survey;
use crate::base::ReadProgress;
use crate::model::{Gap, Scope};
use crate::policy::Policy;
use crate::rule::ResourceIndex;

/// The time, scope and gaps of an inventory. Every line of it was read, and is valid.
#[derive(Debug, Clone)]
pub struct InventoryFacts {
    /// The time of the collection; `None` if not known.
    pub collected: Option<Timestamp>,
    /// The scope of the collection.
    pub scope: Scope,
    /// The gaps, and the parts missing from the inventory itself.
    pub gaps: Vec<Gap>,
}

impl InventoryFacts {
    /// Reads an inventory.
    ///
    /// # Errors
    /// [`InputError`] if the input is not an inventory or has invalid lines.
    pub fn of(input: &Input) -> Result<Self, InputError> {
        let Survey { collected, scope, gaps, .. } = Survey::new(input)?;
        Ok(Self { collected, scope, gaps })
    }
}

/// The index of all resources that the rules of a policy compare.
///
/// # Errors
/// [`InputError`] if an input can't be read.
pub fn resource_index(policy: &Policy, inputs: &[Input]) -> Result<impl ResourceIndex + use<>, InputError> {
    let name = || inputs.first().map_or(String::new(), |input| input.name.clone());
    InventoryIndex::build(policy, inputs, true, &ReadProgress::default())
        .map_err(|error| InputError::Read { name: name(), error })
}
