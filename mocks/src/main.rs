//! The mock servers as a program of their own, for tests in other processes and for benchmarks.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::say(&mut std::io::stderr(), &format!("sirank-mocks: {error}"));
            ExitCode::FAILURE
        }
    }
}
