//! Reads live AWS accounts.
