//! The client layer: every AWS client, its credentials, and the path of one call.
//!
//! [`session`] builds the clients, from what [`profile`] and [`network`] find in the configuration. Each call goes through an [`api_call::ApiCaller`], which waits for the
//! [`rate_limiter`], limits the open requests, counts, and turns what the SDK says into an [`api_error::ApiError`].
//! [`paging`] reads a whole list.

mod answer_limit;
mod answer_shape;
pub(crate) mod api_call;
pub(crate) mod api_error;
mod circuit_breaker;
pub(crate) mod credentials;
pub(crate) mod network;
pub(crate) mod pace;
pub(crate) mod paging;
pub(crate) mod profile;
pub(crate) mod rate_limiter;
pub(crate) mod session;
pub(crate) mod timeouts;
