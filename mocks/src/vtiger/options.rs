//! What can be chosen about a mock.

use super::pace::Pace;

/// How the answers of a mock differ from those of a stock 8.4.0.
#[derive(Clone, Debug)]
pub struct Options {
    /// Milliseconds without a request after which a session is gone (PHP's collection: 1440 s).
    pub session_idle_ms: i64,
    /// The version that a login tells.
    pub version: String,
    /// An administrator registered the parameter that `sync` lacks in the stock release.
    pub sync_patched: bool,
    /// The guard without which a stock 8.4.0 refuses every new invoice.
    pub invoice_guard: bool,
    /// The longest target (path and query) that the front-end web server takes, in bytes; 414 above.
    pub longest_target: usize,
    /// Limits as vTiger Cloud has them; none on an own server.
    pub cloud: CloudLimits,
    /// How long requests take; none: at once.
    pub pace: Option<Pace>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            session_idle_ms: 1_440_000,
            version: "8.4.0".to_owned(),
            sync_patched: false,
            invoice_guard: false,
            longest_target: 8_192,
            cloud: CloudLimits::default(),
            pace: None,
        }
    }
}

/// The limits of an edition of vTiger Cloud; none: unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudLimits {
    /// Requests in a minute of the clock.
    pub minute: Option<u32>,
    /// Requests in an hour of the clock.
    pub hour: Option<u32>,
    /// Requests in a day (UTC).
    pub day: Option<u32>,
}

impl CloudLimits {
    /// 30 a minute, 1,000 an hour, 24,000 a day.
    pub fn smallest() -> Self {
        Self { minute: Some(30), hour: Some(1_000), day: Some(24_000) }
    }

    /// 60 a minute, 4,000 an hour, 72,000 a day.
    pub fn middle() -> Self {
        Self { minute: Some(60), hour: Some(4_000), day: Some(72_000) }
    }

    /// 90 a minute, 5,000 an hour, 120,000 a day.
    pub fn largest() -> Self {
        Self { minute: Some(90), hour: Some(5_000), day: Some(120_000) }
    }
}
