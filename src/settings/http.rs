//! `[http]`: what all remote systems have in common.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the calls to all remote systems have in common.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpRules {
    /// Seconds to reach a host.
    #[schemars(range(min = 1, max = 120))]
    pub connect_timeout_seconds: u32,
    /// Seconds for one call, from the connection to the end of the answer.
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: u32,
    /// How often a call is attempted that is safe to repeat, the first time included.
    #[schemars(range(min = 1, max = 20))]
    pub max_attempts: u32,
    /// The largest answer that is read, in MiB.
    #[schemars(range(min = 1, max = 1024))]
    pub max_body_mib: u32,
}

impl Default for HttpRules {
    fn default() -> Self {
        Self { connect_timeout_seconds: 10, timeout_seconds: 60, max_attempts: 6, max_body_mib: 32 }
    }
}

impl HttpRules {
    /// How long reaching a host may take.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds.into())
    }

    /// How long one call may take, where its system sets `own` seconds or none.
    pub fn timeout(&self, own: Option<u32>) -> Duration {
        Duration::from_secs(own.unwrap_or(self.timeout_seconds).into())
    }

    /// The largest answer that is read, in bytes.
    pub fn max_body_bytes(&self) -> usize {
        usize::try_from(self.max_body_mib).unwrap_or(usize::MAX).saturating_mul(1024 * 1024)
    }
}
