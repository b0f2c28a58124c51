//! The help of every command, so that changes of the interface are seen.

use tempfile::TempDir;

use super::desk::{sirank, told};

const COMMANDS: [&str; 19] = [
    "demo",
    "check",
    "setup",
    "backfill",
    "run",
    "compute",
    "plan",
    "apply",
    "contacts",
    "explain",
    "report",
    "runs",
    "history",
    "undo",
    "backup",
    "unmatched",
    "rejected",
    "failed",
    "config",
];

#[test]
fn the_help_of_every_command() {
    let folder = TempDir::new().unwrap();
    let help = |arguments: &[&str]| {
        let mut command = sirank(folder.path());
        command.args(arguments).arg("--help");
        told(command).exits(0).out
    };
    let mut text = help(&[]);
    for command in COMMANDS {
        text.extend(["\n──── sirank ", command, " ────\n", &help(&[command])]);
    }
    insta::assert_snapshot!("help", text);
}
