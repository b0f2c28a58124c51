//! One file per command.

pub(super) mod apply;
pub(super) mod auth;
pub(super) mod backfill;
pub(super) mod backup;
pub(super) mod check;
pub(super) mod compute;
pub(super) mod config;
pub(super) mod contacts;
#[cfg(feature = "demo")]
pub(super) mod demo;
pub(super) mod explain;
pub(super) mod history;
pub(super) mod lists;
pub(super) mod plan;
pub(super) mod report;
pub(super) mod runs;
pub(super) mod setup;
pub(super) mod undo;
