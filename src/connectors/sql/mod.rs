//! Databases as sources of documents: PostgreSQL, MySQL and MariaDB, SQL Server, by a query of the user's.
//!
//! # Guarantees
//! - Nothing is written: one SELECT, in a transaction that only reads, or that is never committed.
//! - Values come as texts without loss; what varies is bound as a parameter.
//! - Rows are streamed: memory does not grow with the result.

mod aggregate;
mod columns;
mod config;
mod failure;
mod mysql;
mod postgres;
mod query;
mod since;
mod source;
mod sqlserver;
mod stream;
mod tls;

pub use config::{Address, Encryption, Engine, Limits, Mode, SqlConfig};
pub use source::{SqlSource, is_loopback};
