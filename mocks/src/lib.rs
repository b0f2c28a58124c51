//! Stateful mock servers of the systems that sirank talks to, over real HTTP on loopback.
//!
//! They behave like the vendor where it hurts: limits, paging, partial failures, lagging search, read-only values.
//! They share no types with the product. Every mock also answers under `/_mock/` for tests in other processes.

pub mod clock;
pub mod dolibarr;
pub mod fattureincloud;
pub mod faults;
pub mod hubspot;
pub mod journal;
pub mod odoo;
pub mod seed;
pub mod vtiger;

mod consent;
mod http;
mod window;

pub use consent::Person;
