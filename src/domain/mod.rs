//! The rules of the customer analytics: pure functions of records, parameters and an as-of day.
//!
//! Nothing here blocks, reads a clock, a file, an environment variable or a network.

pub mod catalogue;
pub mod cluster;
pub mod company;
pub mod document;
pub mod figures;
pub mod ids;
pub mod money;
pub mod rules;
pub mod time;
pub mod value;
