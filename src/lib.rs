//! sirank keeps a company's customer analytics alive inside its CRM.
//!
//! The modules in dependency order; `ARCHITECTURE.md` tells the whole.

pub mod cli;
pub mod clock;
pub mod compute;
pub mod connectors;
mod daemon;
pub mod domain;
pub mod engine;
pub mod events;
pub mod files;
pub mod http;
pub mod notify;
pub mod ports;
pub mod settings;
pub mod store;
pub mod telemetry;
