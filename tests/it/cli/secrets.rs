//! No credential is ever seen again: in no output, and not in the state.

use super::desk::{Desk, FATTURE_TOKEN, HUBSPOT_TOKEN};

const SECRETS: [&str; 2] = [HUBSPOT_TOKEN, FATTURE_TOKEN];

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    for secret in SECRETS {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "a token in {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_in_any_output_or_in_the_state() {
    let desk = Desk::small().await;
    let commands: [&[&str]; 9] = [
        &["check"],
        &["backfill", "--dry-run"],
        &["plan", "--limit", "3"],
        &["backfill"],
        &["report", "--companies"],
        &["runs"],
        &["explain", "1000001"],
        &["config"],
        &["check", "--offline"],
    ];
    for command in commands {
        for more in [
            ["-vv", "--log-format", "json", "--format", "json"],
            ["-vv", "--log-format", "text", "--format", "table"],
        ] {
            let told = desk.run(&[command, &more].concat()).exits(0);
            assert_clean(&format!("stdout of {command:?}"), told.out.as_bytes());
            assert_clean(&format!("stderr of {command:?}"), told.err.as_bytes());
        }
    }
    desk.hub.expire_token(HUBSPOT_TOKEN);
    let told = desk.run(&["-vv", "backfill"]).exits(4);
    assert_clean("stderr of a refused token", told.err.as_bytes());
    for file in std::fs::read_dir(desk.path("")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::small().await;
    desk.run(&["backfill", "--dry-run"]).exits(0);
    let mode = std::fs::metadata(desk.path("state.sqlite3")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
