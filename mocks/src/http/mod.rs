//! What the mocks share of HTTP: a request read whole, an answer built whole, and the server between.

pub(crate) mod call;
pub(crate) mod control;
pub(crate) mod mock;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod wire;

pub(crate) use call::Call;
pub(crate) use reply::Reply;
