//! The rules of the customer analytics: pure functions of records, parameters and an as-of day.
//!
//! Nothing here blocks, reads a clock, a file, an environment variable or a network.

pub mod catalogue;
pub mod classes;
pub mod cluster;
pub mod company;
pub mod contact_plan;
pub mod document;
pub mod duplicates;
pub mod explain;
pub mod explanation;
pub mod figures;
pub mod ids;
pub mod intake;
pub mod keys;
pub mod matching;
pub mod money;
pub mod owner;
pub mod plan;
pub mod portfolio;
pub mod readings;
pub mod reconciliation;
pub mod rules;
pub mod table;
pub mod tasks;
pub mod time;
pub mod value;
pub mod wake_up;
