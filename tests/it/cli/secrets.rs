//! The state holds what a company earns: its owner alone may read it. Credentials are looked for in `runs.rs`.

use super::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn the_state_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::small().await;
    desk.run(&["backfill", "--dry-run"]).exits(0);
    let mode = std::fs::metadata(desk.path("state.sqlite3")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
