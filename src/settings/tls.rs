//! What can be said of certificates without reaching a system.

use std::path::Path;

use super::problem::Report;

/// That a file of certificates, where one is given, can be read and holds one.
pub(super) fn check_bundle(key: &str, path: Option<&Path>, report: &mut Report<'_>) {
    let Some(path) = path else { return };
    match std::fs::read(path) {
        Err(error) => report.add(
            key,
            format!("cannot read {}: {error}", path.display()),
            "Check the path, and that the user that sirank runs as may read it",
        ),
        Ok(bytes) => {
            if !String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----") {
                report.add(
                    key,
                    format!("{} holds no certificate", path.display()),
                    "Give a PEM file: one or more blocks that begin with -----BEGIN CERTIFICATE-----",
                );
            }
        }
    }
}
