//! `[server]`: where the service answers operations.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Where the service answers operations, over HTTP on this machine alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Whether it answers at all.
    pub enabled: bool,
    /// The address: of this machine (127.0.0.1 or `[::1]`), and a port of its own for each service; port 0 takes a free
    /// one, which the event `service_ready` tells.
    pub address: Address,
}

impl Default for Server {
    fn default() -> Self {
        Self { enabled: true, address: Address::default() }
    }
}

/// An address of this machine with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(pub SocketAddr);

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// No address at all.
    #[error("`{0}` is no address with a port: write one such as \"127.0.0.1:9477\"")]
    NotAddress(String),
    /// An address that others reach.
    #[error(
        "`{0}` can be reached from elsewhere, and the pages ask nobody who he is: take 127.0.0.1 or [::1], and a proxy before it"
    )]
    NotLoopback(String),
}

impl Default for Address {
    fn default() -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], 9477)))
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let address: SocketAddr = text.parse().map_err(|_| InvalidAddress::NotAddress(text.to_owned()))?;
        if address.ip().is_loopback() {
            Ok(Self(address))
        } else {
            Err(InvalidAddress::NotLoopback(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;
    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl JsonSchema for Address {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "socket-address" })
    }
}
