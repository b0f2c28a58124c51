//! The limits of vTiger Cloud: fixed windows of the clock, told in headers.

use super::json::Json;
use super::options::CloudLimits;
use crate::http::Reply;

#[derive(Clone, Copy, Debug)]
struct Window {
    span_s: i64,
    number: i64,
    used: u32,
}

impl Window {
    fn new(span_s: i64) -> Self {
        Self { span_s, number: i64::MIN, used: 0 }
    }

    fn turn(&mut self, now_s: i64) {
        let number = now_s.div_euclid(self.span_s);
        if number != self.number {
            self.number = number;
            self.used = 0;
        }
    }

    fn full(&self, limit: Option<u32>) -> bool {
        limit.is_some_and(|limit| self.used >= limit)
    }

    fn resets_s(&self) -> i64 {
        self.number.saturating_add(1).saturating_mul(self.span_s)
    }
}

/// Counts requests against the limits.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    pub(crate) limits: CloudLimits,
    minute: Window,
    hour: Window,
    day: Window,
}

impl Cloud {
    pub(crate) fn new(limits: CloudLimits) -> Self {
        Self { limits, minute: Window::new(60), hour: Window::new(3_600), day: Window::new(86_400) }
    }

    /// Counts a request. False: over a limit, and not counted.
    pub(crate) fn admit(&mut self, now_ms: i64) -> bool {
        let second = now_ms.div_euclid(1000);
        let windows = [&mut self.minute, &mut self.hour, &mut self.day];
        let limits = [self.limits.minute, self.limits.hour, self.limits.day];
        let mut full = false;
        for (window, limit) in windows.into_iter().zip(limits) {
            window.turn(second);
            full |= window.full(limit);
        }
        if !full {
            for window in [&mut self.minute, &mut self.hour, &mut self.day] {
                window.used += 1;
            }
        }
        !full
    }

    /// The headers of every answer.
    pub(crate) fn headers(&self, reply: Reply) -> Reply {
        let mut reply = reply;
        if let Some(limit) = self.limits.minute {
            reply = reply
                .header("X-FloodControl-MinuteLimit", limit)
                .header("X-FloodControl-Remaining", limit.saturating_sub(self.minute.used))
                .header("X-FloodControl-Reset", self.minute.resets_s());
        }
        if let Some(limit) = self.limits.day {
            reply = reply
                .header("X-RateLimit-DailyLimit", limit)
                .header("X-RateLimit-Remaining", limit.saturating_sub(self.day.used))
                .header("X-RateLimit-Reset", self.day.resets_s());
        }
        reply
    }
}

/// The answer over a limit. Its body is not documented.
pub(crate) fn refused() -> Reply {
    let error = Json::object([
        ("code", Json::text("RATE_LIMIT_EXCEEDED")),
        ("message", Json::text("API rate limit exceeded")),
    ]);
    let mut text = String::new();
    Json::object([("success", Json::Bool(false)), ("error", error)]).write(&mut text);
    Reply::raw(429, "application/json", text)
}
