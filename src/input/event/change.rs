//! The changes that events make to the tags of resources.

use crate::model::Resource;

/// A tag of an event. The value is `None` if the record hides it.
pub(super) type Pair = (String, Option<String>);

/// Something that an event tells, or the reason why it does not.
pub(super) type Told<T> = Result<T, String>;

/// One change of one resource.
pub(super) struct Change {
    /// The time of the event, RFC 3339; may be empty.
    pub(super) time: String,
    /// The resource; its tags are not set.
    pub(super) resource: Resource<'static>,
    /// The effect of the event.
    pub(super) what: What,
}

/// The effect of an event on tags.
pub(super) enum What {
    /// It created the resource with these tags.
    Created {
        /// The tags.
        tags: Told<Vec<Pair>>,
        /// The reason why others may be there.
        others: Option<&'static str>,
    },
    /// It set these tags, and left others as they were.
    Set(Told<Vec<Pair>>),
    /// It removed these keys, and left others as they were.
    Removed(Told<Vec<String>>),
    /// The resource has exactly these tags now.
    Replaced(Told<Vec<Pair>>),
    /// The resource is gone.
    Deleted,
}

impl What {
    /// Creations come before other events of the same second.
    pub(super) fn order(&self) -> u8 {
        match self {
            Self::Created { .. } => 0,
            Self::Set(_) | Self::Removed(_) | Self::Replaced(_) => 1,
            Self::Deleted => 2,
        }
    }
}
