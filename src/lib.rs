//! sirank keeps a company's customer analytics alive inside its CRM.
//!
//! The modules in dependency order; `ARCHITECTURE.md` tells the whole.

pub mod compute;
pub mod connectors;
pub mod domain;
pub mod http;
pub mod ports;
pub mod settings;
