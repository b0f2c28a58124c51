//! The state: full disks, other processes, none at all.

use std::process::Command;

use sirank::store::Store;

use super::desk::{AS_OF, Desk, told};

/// Runs sirank with a limit on the size of files, as a full disk has it.
fn limited(desk: &Desk, blocks: u32, arguments: &str) -> Command {
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_sirank");
    let line =
        format!("ulimit -f {blocks} && exec '{binary}' --config sirank.toml --as-of {AS_OF} {arguments}");
    command.env_clear().current_dir(desk.path("")).args(["-c", &line]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_with_1_and_leaves_the_state_intact() {
    let desk = Desk::small().await;
    for blocks in [0, 16, 64, 128, 256, 400] {
        let ended = told(limited(&desk, blocks, "backfill --resume"));
        if ended.code == Some(0) {
            break;
        }
        ended.exits(1).says("state.sqlite3").says("full");
    }
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.writes().written_twice("companies").len(), 0);
    assert_eq!(desk.crm.writes().all().len(), 301);
    desk.run(&["runs"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_another_process_holds_ends_with_8_and_names_it() {
    let desk = Desk::small().await;
    let held = Store::open(&desk.path("state.sqlite3")).unwrap();
    let holder = format!("process {}", std::process::id());
    for command in [vec!["backfill"], vec!["run"], vec!["plan"], vec!["apply", "p1"], vec!["setup"]] {
        desk.run(&command).exits(8).says("state.sqlite3").says(&holder);
    }
    for command in ["report", "runs", "unmatched", "rejected", "failed", "check"] {
        desk.run(&[command]).exits(0);
    }
    drop(held);
    desk.was_only_read();
    desk.run(&["backfill"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_state_reading_commands_say_what_makes_one() {
    let desk = Desk::small().await;
    for command in [
        vec!["report"],
        vec!["runs"],
        vec!["unmatched"],
        vec!["rejected"],
        vec!["failed"],
        vec!["explain", "x"],
    ] {
        desk.run(&command).exits(3).says("no state at").says("sirank backfill");
    }
    assert!(!desk.path("state.sqlite3").exists(), "reading makes no state");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_cannot_be_opened_ends_with_1() {
    let desk = Desk::small().await;
    desk.run_with("[store]\npath = \"no/such/folder/s.sqlite3\"\n", &["backfill"])
        .exits(1)
        .says("no/such/folder")
        .says("store.path");
    desk.file("state.sqlite3", "this is no database, and long enough to be taken for something else");
    desk.run(&["backfill"]).exits(1).says("state.sqlite3");
    desk.was_only_read();
}
