//! The `sirank` binary.
fn main() {}
