//! The `sirank` binary: arguments, telemetry, an exit code; everything else is in the library.

use std::process::ExitCode;

/// Gives memory back between the runs of a service, which the system's allocator keeps; SQLite's as well.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    sirank::cli::main()
}
