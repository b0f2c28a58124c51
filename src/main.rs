//! The `sirank` binary: arguments, telemetry, an exit code; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    sirank::cli::main()
}
