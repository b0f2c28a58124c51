//! The real binary from outside: exit codes, messages, output, kills, signals.

mod bad_input;
mod commands;
mod compute;
mod desk;
mod help;
mod killed;
mod secrets;
mod service;
mod state;
